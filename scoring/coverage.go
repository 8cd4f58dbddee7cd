package scoring

// Uncovered is a text of the model that is not decided by the engine but, more
// slowly, by the machine of the expression language: for instance one with sum
// or map.
type Uncovered struct {
	Dimension string // empty for a disqualifier
	Rule      string // or the disqualifier's name
	Why       string // the first part of the condition that the engine does not know
}

// Coverage lists the conditions that take the slower way, in the model's order. They
// are as right as the others, and about fifty times as slow; see the package's benchmarks.
func (s *Scorer[L, A]) Coverage() []Uncovered {
	leads, eaches := s.set.Coverage()
	var all []Uncovered
	add := func(dimension, name, why string) {
		if why != "" {
			all = append(all, Uncovered{dimension, name, why})
		}
	}
	for i := range s.dimensions {
		d := &s.dimensions[i]
		lists := [][]compiledRule[L, A]{d.rules}
		for j := range d.groups {
			lists = append(lists, d.groups[j].rules)
		}
		for _, rules := range lists {
			for j := range rules {
				switch r := &rules[j]; {
				case r.index < 0:
				case r.kind == onLead:
					add(d.name, r.name, leads[r.index])
				default:
					add(d.name, r.name, eaches[r.index])
				}
			}
		}
	}
	for i := range s.disqualifiers {
		add("", s.disqualifiers[i].Name, leads[s.disqualifiers[i].index])
	}
	return all
}
