package learn_test

import (
	"fmt"
	"math/big"
	"math/rand"
	"slices"

	"github.com/leadloop/leadloop/scoring/learn"
)

// closedLead is a lead with its outcome.
type closedLead struct {
	learn.BayesLead
	won learn.Verdict
}

var randomBayesStages = []learn.BayesStage{{Name: "new"}, {Name: "offer"}, {Name: "won", Won: true}}

// randomBayesLead has few different values, so that they repeat.
func randomBayesLead(r *rand.Rand, fields []learn.BayesField, stages []learn.BayesStage) closedLead {
	l := closedLead{won: eitherOf(r, learn.Positive, learn.Negative)}
	l.Team = []string{"", "a", "b", "c"}[r.Intn(4)]
	if len(stages) > 0 && r.Intn(8) > 0 {
		l.Stage = stages[r.Intn(len(stages))].Name
	}
	for range fields {
		l.Values = append(l.Values, []string{"", "x", "y", "z"}[r.Intn(4)])
	}
	for range r.Intn(4) {
		l.Tags = append(l.Tags, []string{"", "hot", "cold", "fair", "rare"}[min(r.Intn(5), r.Intn(5))])
	}
	return l
}

func eitherOf[T any](r *rand.Rand, a, b T) T {
	if r.Intn(2) == 0 {
		return a
	}
	return b
}

// slowBayes works the odds out from a list of leads, in fractions: false if there are none.
func slowBayes(fields []learn.BayesField, stages []learn.BayesStage, closed []closedLead, lead learn.BayesLead) (odds *big.Rat, ok bool) {
	type pair struct{ won, lost *big.Rat }
	tenth := big.NewRat(1, 10)
	// count gives the tables of one team: by field, value and side.
	count := func(team string) map[string]map[string]pair {
		table := map[string]map[string]pair{}
		note := func(field, value string, won learn.Verdict) {
			if table[field] == nil {
				table[field] = map[string]pair{}
			}
			p, ok := table[field][value]
			if !ok {
				p = pair{new(big.Rat).Set(tenth), new(big.Rat).Set(tenth)}
				table[field][value] = p
			}
			side := p.won
			if won == learn.Negative {
				side = p.lost
			}
			side.Add(side, big.NewRat(1, 1))
		}
		for _, c := range closed {
			if c.Team != team {
				continue
			}
			for i, value := range c.Values {
				if value != "" || fields[i].Unset {
					note(fields[i].Name, value, c.won)
				}
			}
			tags := map[string]bool{}
			for _, tag := range c.Tags {
				if tag != "" && !tags[tag] {
					note(learn.TagField, tag, c.won)
				}
				tags[tag] = true
			}
			at := slices.IndexFunc(stages, func(s learn.BayesStage) bool { return s.Name == c.Stage })
			for i, s := range stages {
				if c.won == learn.Positive || i <= at {
					note(learn.StageField, s.Name, c.won)
				}
			}
			if len(stages) == 0 {
				note(learn.StageField, "", c.won)
			}
		}
		for tag, p := range table[learn.TagField] {
			if new(big.Rat).Add(p.won, p.lost).Cmp(big.NewRat(50, 1)) < 0 {
				delete(table[learn.TagField], tag)
			}
		}
		return table
	}
	table := count(lead.Team)
	if lead.Team == "" || !slices.ContainsFunc(closed, func(c closedLead) bool { return c.Team == lead.Team }) {
		table = map[string]map[string]pair{}
		teams := map[string]bool{}
		for _, c := range closed {
			if teams[c.Team] {
				continue
			}
			teams[c.Team] = true
			for field, values := range count(c.Team) {
				if table[field] == nil {
					table[field] = map[string]pair{}
				}
				for value, p := range values {
					if sum, ok := table[field][value]; ok {
						p = pair{new(big.Rat).Add(sum.won, p.won), new(big.Rat).Add(sum.lost, p.lost)}
					}
					table[field][value] = p
				}
			}
		}
	}
	first := ""
	if len(stages) > 0 {
		first = stages[0].Name
	}
	start, ok := table[learn.StageField][first]
	if !ok {
		return nil, false
	}
	odds = new(big.Rat).Quo(start.won, start.lost)
	times := func(field, value string) {
		p, ok := table[field][value]
		if !ok {
			return
		}
		won, lost := start.won, start.lost
		if field != learn.StageField {
			won, lost = new(big.Rat), new(big.Rat)
			for _, p := range table[field] {
				won.Add(won, p.won)
				lost.Add(lost, p.lost)
			}
		}
		odds.Mul(odds, new(big.Rat).Quo(new(big.Rat).Quo(p.won, won), new(big.Rat).Quo(p.lost, lost)))
	}
	for i, value := range lead.Values {
		if value != "" || fields[i].Unset {
			times(fields[i].Name, value)
		}
	}
	for tag := range setOf(lead.Tags) {
		if tag != "" {
			times(learn.TagField, tag)
		}
	}
	if lead.Stage != "" {
		times(learn.StageField, lead.Stage)
	}
	return odds, true
}

// setOf is a set of texts.
func setOf(texts []string) map[string]bool {
	set := map[string]bool{}
	for _, text := range texts {
		set[text] = true
	}
	return set
}

// oddsShare is odds/(1 + odds).
func oddsShare(odds *big.Rat) float64 {
	p, _ := new(big.Rat).Quo(odds, new(big.Rat).Add(odds, big.NewRat(1, 1))).Float64()
	return p
}

func randomBayesFields(r *rand.Rand, most int) (fields []learn.BayesField) {
	for i := range r.Intn(most + 1) {
		fields = append(fields, learn.BayesField{Name: fmt.Sprint("f", i), Unset: r.Intn(4) == 0})
	}
	return fields
}
