package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/leadloop/leadloop/attribution"
)

// models are the attribution models of the report, side by side: the key of the JSON and the heading of the text.
var models = []struct {
	key, heading string
	model        attribution.Model
}{
	{"first", "first", attribution.First.Within(lookback)},
	{"last", "last", attribution.Last.Within(lookback)},
	{"linear", "linear", attribution.Linear.Within(lookback)},
	{"u_shaped", "U-shape", attribution.PositionBased.Within(lookback)},
	{"w_shaped", "W-shape", attribution.WShaped.Within(lookback)},
	{"time_decay_14d", "decay 14d", attribution.TimeDecay(14 * 24 * time.Hour).Within(lookback)},
}

// lookback is how long before a deal a touch may lie to be credited with it.
const lookback = 180 * 24 * time.Hour

// unattributed is the key of revenue that no marketing touch has earned.
const unattributed = "(no marketing touch)"

// attribute tallies the journeys of all accounts, won or not: those without a deal still cost money.
func (h *host) attribute() ([]attribution.Statement, error) {
	var list []attribution.Model
	for _, m := range models {
		list = append(list, m.model)
	}
	tally, err := attribution.NewTally(attribution.Options{AsOf: yearEnd.Add(-time.Second)}, list...)
	if err != nil {
		return nil, err
	}
	var errs []error
	for number := range h.accounts {
		errs = append(errs, tally.Add(h.journey(uint32(number))))
	}
	return tally.Result(), errors.Join(errs...)
}

// journey is what all contacts of an account did, as attribution takes it.
func (h *host) journey(account uint32) attribution.Journey {
	first, last := h.world.accounts[account], h.world.accounts[account+1]
	j := attribution.Journey{ID: accountID(account), Source: h.journeySource(account)}
	for lead := first; lead < last; lead++ {
		p := h.world.people[lead]
		contact := leadID(int(lead))
		j.Milestones = append(j.Milestones, attribution.Milestone{Stage: attribution.LeadCreated, At: instant(p.created)})
		for i, a := range h.leads[lead].acts {
			if a.campaign == noCampaign {
				continue
			}
			c := &campaigns[a.campaign]
			t := attribution.Touch{
				ID: contact + "/" + strconv.Itoa(i), Channel: c.channel, Campaign: c.name, At: instant(a.at), Cost: int64(a.cents),
				Contact: contact,
			}
			if a.campaign == coldCalls {
				t.Side = attribution.Sales
			}
			j.Touches = append(j.Touches, t)
		}
	}
	for _, m := range h.books.marks[account] {
		j.Milestones = append(j.Milestones, attribution.Milestone{Stage: m.stage, At: instant(m.at)})
	}
	for i, s := range h.books.deals[account] {
		j.Conversions = append(j.Conversions, attribution.Conversion{
			ID: fmt.Sprintf("%s/%d", leadID(int(s.lead)), i+1), At: instant(s.at), Revenue: s.revenue,
		})
	}
	return j
}

// journeySource is what the CRM's source field says of an account: who found its first lead. One in fourteen people
// forgets to fill it in, and nobody guesses it later.
func (h *host) journeySource(account uint32) attribution.Side {
	if roll(h.world.seed, 8, uint64(account)).below(14) == 0 {
		return ""
	}
	first := h.world.accounts[account]
	for lead := first; lead < h.world.accounts[account+1]; lead++ {
		if h.world.people[lead].created < h.world.people[first].created {
			first = lead
		}
	}
	if h.world.people[first].entry == coldCalls {
		return attribution.Sales
	}
	return attribution.Marketing
}

// money fills in what depends on attribution, and proves for each model that no cent was lost.
func (h *host) money(out *Report) error {
	statements, err := h.attribute()
	if err != nil {
		return err
	}
	out.Attributed = Attribution{}
	for i, s := range statements {
		by := map[string]int64{unattributed: s.Unattributed}
		parts := []Part{}
		for _, c := range s.Channels {
			by[c.Name] = c.Revenue
			parts = append(parts, Part{c.Name, c.Revenue})
		}
		parts = append(parts, Part{unattributed, s.Unattributed})
		out.Models = append(out.Models, models[i].key)
		out.Attributed[models[i].key] = by
		out.Conservation.balance("revenue, "+models[i].key, "cents", h.books.revenue, parts...)
	}
	s := statements[0]
	cost := map[string]int64{"sales outbound": s.OtherCost}
	for _, c := range s.Channels {
		cost[c.Name] = c.Cost
	}
	leads := make([]int64, len(channels))
	for i := range h.world.people {
		leads[channelOf(&h.world.people[i])]++
	}
	for i, name := range channels {
		line := Channel{Channel: name, Leads: leads[i], MQL: int64(h.books.offered[i]), Won: int64(h.books.won[i]), Cost: cost[name]}
		if line.MQL > 0 {
			per := (line.Cost + line.MQL/2) / line.MQL
			line.CostPer = &per
		}
		out.Channels = append(out.Channels, line)
	}
	for _, o := range s.Origins {
		out.Shares = append(out.Shares, Share{"sourced, by " + o.Origin.String(), Rate{o.Marketing, s.Revenue}})
	}
	out.Shares = append(out.Shares, Share{"influenced", Rate{s.Influenced.Numerator, s.Influenced.Denominator}},
		Share{"definitions of sourced disagree", Rate{s.Gap.Numerator, s.Gap.Denominator}})
	return nil
}

// costs is the cost of every touch, counted without attribution: what the statements must agree with.
func (h *host) costs() (marketing, sales int64) {
	for i := range h.leads {
		for _, a := range h.leads[i].acts {
			if a.campaign == coldCalls {
				sales += int64(a.cents)
			} else {
				marketing += int64(a.cents)
			}
		}
	}
	return marketing, sales
}

// sortedKeys lists the keys of a map in order.
func sortedKeys[K ~string, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
