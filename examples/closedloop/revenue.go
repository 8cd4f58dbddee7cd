package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/leadloop/leadloop/attribution"
	"github.com/leadloop/leadloop/attribution/markov"
	"github.com/leadloop/leadloop/attribution/shapley"
)

// A creditModel is one way to share out revenue among channels, side by side with the others: the key of the JSON and the
// heading of the text.
type creditModel struct {
	key, heading string
	rule         attribution.Model // of those that look at journeys; else zero
	paths        func(*attribution.Paths) ([]attribution.ChannelCredit, error)
}

var models = []creditModel{
	{key: "first", heading: "first touch", rule: attribution.First.Within(lookback)},
	{key: "last", heading: "last touch", rule: attribution.Last.Within(lookback)},
	{key: "last_non_direct", heading: "last but direct", rule: attribution.LastNonDirect("direct").Within(lookback)},
	{key: "lead_creation", heading: "lead creation", rule: attribution.LeadCreation.Within(lookback)},
	{key: "linear", heading: "linear", rule: attribution.Linear.Within(lookback)},
	{key: "u_shaped", heading: "U-shaped", rule: attribution.PositionBased.Within(lookback)},
	{key: "j_shaped", heading: "J-shaped", rule: attribution.JShaped.Within(lookback)},
	{key: "inverse_j_shaped", heading: "inverse J", rule: attribution.InverseJShaped.Within(lookback)},
	{key: "w_shaped", heading: "W-shaped", rule: attribution.WShaped.Within(lookback)},
	{key: "full_path", heading: "full path", rule: attribution.FullPath.Within(lookback)},
	{key: "time_decay_14d", heading: "decay 14 d", rule: attribution.TimeDecay(14 * 24 * time.Hour).Within(lookback)},
	{key: "shapley", heading: "Shapley", paths: func(p *attribution.Paths) ([]attribution.ChannelCredit, error) {
		return credit(shapley.NewSimplified(p.Channels()), p)
	}},
	{key: "shao_li", heading: "Shao and Li", paths: func(p *attribution.Paths) ([]attribution.ChannelCredit, error) {
		return credit(shapley.NewShaoLi(p.Channels()), p)
	}},
	{key: "markov_1", heading: "Markov, order 1", paths: func(p *attribution.Paths) ([]attribution.ChannelCredit, error) { return chain(p, 1) }},
	{key: "markov_2", heading: "Markov, order 2", paths: func(p *attribution.Paths) ([]attribution.ChannelCredit, error) { return chain(p, 2) }},
}

// credit feeds paths to a model that adds them up.
func credit(model interface {
	Add([]uint16, attribution.Counts) error
	Credit() ([]attribution.ChannelCredit, error)
}, paths *attribution.Paths) ([]attribution.ChannelCredit, error) {
	for path, counts := range paths.All() {
		if err := model.Add(path, counts); err != nil {
			return nil, err
		}
	}
	return model.Credit()
}

func chain(paths *attribution.Paths, order int) ([]attribution.ChannelCredit, error) {
	model, err := markov.Fit(paths, order)
	if err != nil {
		return nil, err
	}
	return model.Credits()
}

// byModel is the money of each channel under one model.
type byModel struct {
	channels     map[string]int64
	unattributed int64
}

// lookback is how long before a deal a touch may lie to be credited with it.
const lookback = 180 * 24 * time.Hour

// unattributed is the key of revenue that no marketing touch has earned.
const unattributed = "(no marketing touch)"

// attribute shares out all deals under every model, and gives the statement of the linear one, and what sales' own touches
// cost by channel. It looks at the journeys of all accounts, won or not: those without a deal still cost money, and the models
// that learn need them.
func (b *books) attribute(accounts int64, journey func(account uint32) attribution.Journey) ([]byModel, attribution.Statement, map[string]int64, error) {
	fail := func(err error) ([]byModel, attribution.Statement, map[string]int64, error) {
		return nil, attribution.Statement{}, nil, err
	}
	var rules []attribution.Model
	linear := 0
	for _, m := range models {
		if m.paths == nil {
			if m.key == "linear" {
				linear = len(rules)
			}
			rules = append(rules, m.rule)
		}
	}
	tally, err := attribution.NewTally(attribution.Options{AsOf: b.asOf}, rules...)
	if err != nil {
		return fail(err)
	}
	paths := attribution.NewPaths(0)
	reader, err := attribution.NewJourneyPaths(paths.Channels(), lookback, b.asOf)
	if err != nil {
		return fail(err)
	}
	untouched := int64(0) // revenue of deals without a valid touch
	own := map[string]int64{}
	for number := range accounts {
		j := journey(uint32(number))
		for i := range j.Touches {
			if t := &j.Touches[i]; t.Side == attribution.Sales {
				own[t.Channel] += t.Cost
			}
		}
		found, err := reader.Of(j)
		if err := errors.Join(err, tally.Add(j)); err != nil {
			return fail(err)
		}
		for p := range found {
			if len(p.Channels) == 0 {
				untouched += p.Counts.Value
				continue
			}
			if err := paths.Add(p.Channels, p.Counts); err != nil {
				return fail(err)
			}
		}
	}
	statements := tally.Result()
	var all []byModel
	rule := 0
	for _, m := range models {
		by := byModel{channels: map[string]int64{}, unattributed: untouched}
		if m.paths == nil {
			s := statements[rule]
			rule++
			by.unattributed = s.Unattributed
			for _, c := range s.Channels {
				by.channels[c.Name] = c.Revenue
			}
		} else if paths.Total().Conversions > 0 { // without a conversion there is nothing to learn
			credits, err := m.paths(paths)
			if err != nil {
				return fail(fmt.Errorf("%s: %w", m.key, err))
			}
			for _, c := range credits {
				by.channels[c.Channel] = c.Value
			}
		}
		all = append(all, by)
	}
	return all, statements[linear], own, nil
}

// journey is what all contacts of an account did, as attribution takes it.
func (h *host) journey(account uint32) attribution.Journey {
	first, last := h.world.accounts[account], h.world.accounts[account+1]
	j := attribution.Journey{ID: accountID(account), Source: h.journeySource(account)}
	for lead := first; lead < last; lead++ {
		p := h.world.people[lead]
		contact := leadID(int(lead))
		j.Milestones = append(j.Milestones, attribution.Milestone{Stage: attribution.LeadCreated, At: instant(p.created)})
		for i, a := range h.diary.read(h.leads[lead].acts) {
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
	h.books.milestones(account, &j)
	return j
}

// milestones adds an account's milestones and deals to its journey.
func (b *books) milestones(account uint32, j *attribution.Journey) {
	for _, m := range b.marks[account] {
		j.Milestones = append(j.Milestones, attribution.Milestone{Stage: m.stage, At: time.Unix(m.at, 0).UTC()})
	}
	for i, s := range b.deals[account] {
		j.Conversions = append(j.Conversions, attribution.Conversion{
			ID: fmt.Sprintf("%s/%d", b.roster.id(s.lead), i+1), At: time.Unix(s.at, 0).UTC(), Revenue: s.revenue,
		})
	}
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
func (b *books) money(out *Report, journey func(account uint32) attribution.Journey) error {
	results, s, own, err := b.attribute(out.Accounts, journey)
	if err != nil {
		return err
	}
	out.Attributed = Attribution{}
	for i, m := range models {
		by := results[i].channels
		var parts []Part
		for _, name := range sortedKeys(by) {
			parts = append(parts, Part{name, by[name]})
		}
		by[unattributed] = results[i].unattributed
		out.Models = append(out.Models, m.key)
		out.Attributed[m.key] = by
		out.Conservation.balance("revenue, "+m.key, "cents", b.revenue, append(parts, Part{unattributed, results[i].unattributed})...)
	}
	leads := make([]int64, len(b.channels))
	for lead := range out.Leads {
		leads[b.roster.channel(uint32(lead))]++
	}
	for i, name := range b.channels {
		line := Channel{Channel: name, Leads: leads[i], MQL: int64(b.offered[i]), Won: int64(b.won[i]), Cost: own[name]}
		if at, known := slices.BinarySearchFunc(s.Channels, name, func(c attribution.Channel, name string) int { return strings.Compare(c.Name, name) }); known {
			f := s.Channels[at].Figures
			line.Cost += f.Cost
			line.Sourced, line.Influenced = Rate{f.Sourced, s.Revenue}, Rate{f.Influenced, s.Revenue}
			line.Return = Rate{f.Revenue, f.Cost}
		}
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
		for _, a := range h.diary.read(h.leads[i].acts) {
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
