package learn

import "slices"

// Seen gives how many won and lost leads of a team had a value, and whether any had.
func (b *Bayes) Seen(team, field, value string) (won, lost int64, ok bool) {
	t := b.teams[team]
	if t == nil {
		return 0, 0, false
	}
	var p bayesPair
	switch field {
	case StageField:
		p = t.stages[slices.IndexFunc(b.stages, func(s BayesStage) bool { return s.Name == value })]
	case TagField:
		p = t.fields[len(b.fields)][value]
	default:
		p = t.fields[slices.IndexFunc(b.fields, func(f BayesField) bool { return f.Name == field })][value]
	}
	won, lost = p.leads()
	return won, lost, p != (bayesPair{})
}
