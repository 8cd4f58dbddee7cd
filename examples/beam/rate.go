package main

import (
	"encoding/csv"
	"fmt"
	"hash/fnv"
	"strings"

	"github.com/leadloop/leadloop/attribution"
	"github.com/leadloop/leadloop/scoring"
)

// rated is an account as its journey, and the grades of its leads.
type rated struct {
	journey attribution.Journey
	grades  []string // one for each lead, in the order of their ids
	capped  bool     // as many touches as are kept, so that there may have been more
}

// scoreLine is a line of the files of scores, and the file that it goes to.
type scoreLine struct {
	file int
	text string
}

// rate scores the leads of an account, and makes its journey. The account is tidied first.
func (e *engine) rate(a account) (rated, []scoreLine, error) {
	a = a.tidy(e.plan.MaxTouches)
	if err := a.check(); err != nil {
		return rated{}, nil, err
	}
	r := rated{journey: a.journey(), capped: len(a.touches) == e.plan.MaxTouches}
	deeds := map[string][]Touch{}
	for _, t := range a.touches {
		deeds[t.Lead] = append(deeds[t.Lead], t)
	}
	var lines []scoreLine
	for i := range a.leads {
		l := &a.leads[i]
		if l.Created.After(e.plan.AsOf) {
			continue // not there yet
		}
		score := e.scorer.Score(scoring.Subject[Lead, Touch]{Lead: l, Activities: deeds[l.ID]}, e.plan.AsOf)
		if err := score.Err(); err != nil {
			return rated{}, nil, fmt.Errorf("account %q, lead %q: %w", a.id, l.ID, err)
		}
		r.grades = append(r.grades, score.Grade)
		lines = append(lines, scoreLine{int(hashOf(l.ID) % uint32(e.plan.ScoreFiles)), csvLine(l.ID, a.id, score.Total.String(), score.Grade)})
	}
	return r, lines, nil
}

// journey is what attribution needs to know of an account.
func (a *account) journey() attribution.Journey {
	j := attribution.Journey{ID: a.id}
	for _, t := range a.touches {
		j.Touches = append(j.Touches, attribution.Touch{ID: t.ID, Channel: t.Channel, Campaign: t.Campaign, At: t.At, Cost: t.Cost, Contact: t.Lead})
	}
	for _, l := range a.leads {
		j.Milestones = append(j.Milestones, attribution.Milestone{Stage: attribution.LeadCreated, At: l.Created})
	}
	for _, d := range a.deals {
		j.Milestones = append(j.Milestones, attribution.Milestone{Stage: attribution.Opportunity, At: d.Opened})
		j.Pipeline = append(j.Pipeline, attribution.OpenDeal{ID: d.ID, At: d.Opened, Closed: d.Closed, Amount: d.Amount})
		if d.Outcome == won {
			j.Milestones = append(j.Milestones, attribution.Milestone{Stage: attribution.Won, At: d.Closed})
			j.Conversions = append(j.Conversions, attribution.Conversion{ID: d.ID, At: d.Closed, Revenue: d.Amount})
		}
	}
	return j
}

// The outcomes of deals.
const (
	open = "open"
	won  = "won"
	lost = "lost"
)

// csvLine writes cells as a line of CSV. A cell that a spreadsheet would take for a formula gets an apostrophe in front.
func csvLine(cells ...string) string {
	for i, cell := range cells[:2] { // the ids: all others are made by scoring
		if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
			cells[i] = "'" + cell
		}
	}
	var b strings.Builder
	w := csv.NewWriter(&b)
	w.Write(cells) // to memory: it can't fail
	w.Flush()
	return b.String()
}

// scoreHeader is the first line of each file of scores.
const scoreHeader = "lead,account,points,grade\n"

// hashOf spreads ids and paths evenly over workers and files. It is the same everywhere.
func hashOf(text string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(text))
	return h.Sum32()
}
