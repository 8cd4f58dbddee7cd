package funneltest

import "fmt"

// Never asserts that no step that a lead can take is one of these.
func Never(name string, steps Match) Check {
	return lawCheck(name, &law{matches: []Match{steps}, breaks: func(l *law, s subject) string {
		return l.first(s, steps, "a path with a step "+steps.text)
	}})
}

// Always asserts that each step that a lead can take is one of these.
func Always(name string, steps Match) Check {
	return lawCheck(name, &law{matches: []Match{steps}, breaks: func(l *law, s subject) string {
		return l.first(s, Not(steps), "a path with a step that is not "+steps.text)
	}})
}

// Precedes asserts that on each path a step of the first kind comes before any of the other, and that there is a path
// with one of the other.
func Precedes(name string, first, then Match) Check {
	return lawCheck(name, &law{matches: []Match{first, then}, breaks: func(l *law, s subject) string { return l.precedes(s, first, then) }})
}

// EventuallyPossible asserts that after each step of one kind, whatever came before and whatever was done wrong, a way is left
// to a step of the other, and that there is a path with one of the first kind. Where paths end at Suite.Depth only, a way is
// taken to be left.
func EventuallyPossible(name string, after, then Match) Check {
	return lawCheck(name, &law{matches: []Match{after, then}, breaks: func(l *law, s subject) string { return l.possible(s, after, then) }})
}

// A law is a check over all paths.
type law struct {
	name    string
	matches []Match
	breaks  func(l *law, s subject) string
}

func lawCheck(name string, l *law) Check {
	l.name = name
	return fixed(name, l)
}

func (l *law) valid(own subject) error {
	for _, m := range l.matches {
		if err := m.valid(own.definition()); err != nil {
			return fmt.Errorf("%s: %w", l.name, err)
		}
	}
	return nil
}

func (l *law) update(subject) error { return nil }

func (l *law) run(s subject) string {
	if s.paths().tooLarge {
		return fmt.Sprintf("there are more than %d places that a lead can reach: bound the rounds, or choose a smaller depth\n", maxPlaces)
	}
	return l.breaks(l, s)
}

// first shows the shortest path to a step that is picked.
func (l *law) first(s subject, steps Match, title string) string {
	g := s.paths()
	for i := range g.places {
		for j := range g.places[i].ways {
			if w := &g.places[i].ways[j]; steps.holds(&g.places[i].pos, &w.tr) {
				return g.path(s, title, i, w)
			}
		}
	}
	return ""
}

// precedes walks along all steps but those of the first kind: no step of the other kind may be found.
func (l *law) precedes(s subject, first, then Match) string {
	g := s.paths()
	type arrival struct {
		from int // place before; -1: not reached
		by   *way
	}
	reached := make([]arrival, len(g.places))
	for i := range reached {
		reached[i].from = -1
	}
	seen := make([]bool, len(g.places))
	seen[0] = true
	queue := []int{0}
	for len(queue) > 0 {
		i := queue[0]
		queue = queue[1:]
		for j := range g.places[i].ways {
			w := &g.places[i].ways[j]
			if then.holds(&g.places[i].pos, &w.tr) {
				ways := []way{*w}
				for at := i; reached[at].from >= 0; at = reached[at].from {
					ways = append([]way{*reached[at].by}, ways...)
				}
				return scenarioOf(s, fmt.Sprintf("a path with a step %s, and none %s before", then.text, first.text), g.places[0].pos, ways)
			}
			if !first.holds(&g.places[i].pos, &w.tr) && !seen[w.to] {
				seen[w.to] = true
				reached[w.to] = arrival{i, w}
				queue = append(queue, w.to)
			}
		}
	}
	return l.vacuous(s, then)
}

// possible finds the places from which a way is left, from their ends backwards.
func (l *law) possible(s subject, after, then Match) string {
	g := s.paths()
	before := make([][]int, len(g.places)) // from where steps lead to a place
	left := make([]bool, len(g.places))
	var queue []int
	for i := range g.places {
		left[i] = g.places[i].cut
		for j := range g.places[i].ways {
			w := &g.places[i].ways[j]
			before[w.to] = append(before[w.to], i)
			left[i] = left[i] || then.holds(&g.places[i].pos, &w.tr)
		}
		if left[i] {
			queue = append(queue, i)
		}
	}
	for len(queue) > 0 {
		i := queue[0]
		queue = queue[1:]
		for _, j := range before[i] {
			if !left[j] {
				left[j] = true
				queue = append(queue, j)
			}
		}
	}
	for i := range g.places {
		for j := range g.places[i].ways {
			if w := &g.places[i].ways[j]; !left[w.to] && after.holds(&g.places[i].pos, &w.tr) {
				return g.path(s, "a path after which no step is possible any more "+then.text, i, w)
			}
		}
	}
	return l.vacuous(s, after)
}

// vacuous says so if no path has a step of a kind of which a law speaks.
func (l *law) vacuous(s subject, steps Match) string {
	if l.first(s, steps, "") != "" {
		return ""
	}
	return fmt.Sprintf("no path has a step %s, so that the law says nothing\n", steps.text)
}
