package main

import (
	"encoding/csv"
	"fmt"
	"hash/fnv"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/leadloop/leadloop/attribution"
	"github.com/leadloop/leadloop/scoring"
)

// rated is an account as its journey, and the grades of its leads.
type rated struct {
	Journey attribution.Journey
	Grades  []string // one for each lead, in the order of their ids
	Dropped []dropped
	Needed  int64 // how many touches of a month must be kept so that none is dropped; 0 if none was
	Strays  int64 // touches of a lead that the account does not have
	Shared  sharedIDs
}

// dropped is what the cap has dropped of a campaign.
type dropped struct {
	Channel, Campaign string
	Touches, Cost     int64
}

// scoreLine is a line of the files of scores, and the file that it goes to.
type scoreLine struct {
	file int
	text string
}

// rate scores the leads of an account, and makes its journey. The account is tidied first.
func (e *engine) rate(a account) (rated, []scoreLine, error) {
	a = a.tidy(e.plan.MaxTouches)
	r := rated{Journey: a.journey(), Shared: a.shared}
	if err := r.drop(a, e.plan.MaxTouches); err != nil {
		return rated{}, nil, err
	}
	deeds := map[string][]Touch{}
	for _, t := range a.touches {
		deeds[t.Lead] = append(deeds[t.Lead], t)
	}
	var lines []scoreLine
	r.Strays = int64(len(a.touches) - len(deeds[""]))
	for i := range a.leads {
		l := &a.leads[i]
		r.Strays -= int64(len(deeds[l.ID]))
		if l.Created.After(e.plan.AsOf) {
			continue // not there yet
		}
		score := e.scorer.Score(scoring.Subject[Lead, Touch]{Lead: l, Activities: deeds[l.ID]}, e.plan.AsOf)
		if err := score.Err(); err != nil {
			return rated{}, nil, fmt.Errorf("account %q, lead %q: %w", a.id, l.ID, err)
		}
		r.Grades = append(r.Grades, score.Grade)
		lines = append(lines, scoreLine{int(hashOf(l.ID) % uint32(e.plan.ScoreFiles)), csvLine(l.ID, a.id, score.Total.String(), score.Grade)})
	}
	return r, lines, nil
}

// drop takes over what the cap has dropped, by campaign.
func (r *rated) drop(a account, maxTouches int) error {
	months := map[int]int64{}
	for _, from := range slices.SortedFunc(maps.Keys(a.dropped), compareDropped) {
		sum := a.dropped[from]
		if sum.cost == math.MaxInt64 {
			return fmt.Errorf("account %q, channel %q: costs do not fit 64 bits: correct them, or use a larger unit of money", a.id, from.channel)
		}
		months[from.month] += sum.touches
		r.Needed = max(r.Needed, int64(maxTouches)+months[from.month])
		r.Dropped = append(r.Dropped, dropped{from.channel, from.campaign, sum.touches, sum.cost})
	}
	return nil
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
