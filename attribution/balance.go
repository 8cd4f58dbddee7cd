package attribution

import (
	"cmp"
	"slices"
)

// balance holds the sums of a Statement. All are integers, so that they add in any order.
type balance struct {
	conversions, revenue, refunded         int64
	customers, influenced                  int64
	unattributed, unattributedConversions  int64
	pipeline, unattributedPipeline         int64
	origins                                [len(origins)]struct{ marketing, other, unknown int64 }
	gap                                    int64
	touches, cost, otherTouches, otherCost int64
	stages                                 [len(stages)]int64
	channels                               map[string]*channelBalance

	// Buffers of add, and serial numbers over the life of the balance of the deals that were added.
	deals     map[dealKey]int
	net       []int64 // revenue less refunds, by deal
	refunds   map[refundKey]bool
	customer  map[string]bool
	mark      uint64
	touched   uint64 // the last deal counted as influenced
	pipelines map[dealKey]uint64
}

type channelBalance struct {
	lineBalance
	campaigns map[string]*lineBalance
	name      string       // of the campaign that was asked for last: often it is the next, too
	campaign  *lineBalance // that campaign
}

type lineBalance struct {
	Figures
	stages   [len(stages)]int64
	mark     uint64 // the last deal counted as influenced
	pipeMark uint64 // the last open deal counted, under Participation
}

type dealKey struct{ journey, deal string }

type refundKey struct{ journey, deal, refund string }

func newBalance() *balance {
	return &balance{channels: map[string]*channelBalance{}, deals: map[dealKey]int{}, refunds: map[refundKey]bool{},
		customer: map[string]bool{}, pipelines: map[dealKey]uint64{}}
}

// lines returns the sums of a channel and of its campaign.
func (b *balance) lines(channel, campaign string) [2]*lineBalance {
	c := b.channels[channel]
	if c == nil {
		c = &channelBalance{campaigns: map[string]*lineBalance{}}
		b.channels[channel] = c
	}
	if c.campaign == nil || c.name != campaign {
		c.name, c.campaign = campaign, c.campaigns[campaign]
		if c.campaign == nil {
			c.campaign = &lineBalance{}
			c.campaigns[campaign] = c.campaign
		}
	}
	return [2]*lineBalance{&c.lineBalance, c.campaign}
}

// add adds a ledger, whose journeys must be others than those added before. The rows of a deal stand together.
func (b *balance) add(l *Ledger, options Options) {
	clear(b.deals)
	clear(b.refunds)
	clear(b.customer)
	b.net = b.net[:0]
	for i := range l.Deals {
		d := &l.Deals[i]
		b.net = append(b.net, d.Revenue)
		key := dealKey{d.Journey, d.Conversion}
		if _, again := b.deals[key]; !again && options.counts(d.At) {
			b.deals[key] = i
			b.customer[d.Journey] = true
		}
	}
	b.customers += int64(len(b.customer))
	for i := range l.Refunds {
		r := &l.Refunds[i]
		key := refundKey{r.Journey, r.Conversion, r.Refund}
		if deal, ok := b.deals[dealKey{r.Journey, r.Conversion}]; ok && options.counts(r.At) && !b.refunds[key] {
			b.refunds[key] = true
			b.net[deal] -= r.Amount
			b.refunded += r.Amount
		}
	}
	for i := range l.Deals {
		d := &l.Deals[i]
		if at, ok := b.deals[dealKey{d.Journey, d.Conversion}]; ok && at == i {
			b.addDeal(d, b.net[i], options.Origin)
		}
	}
	var key dealKey // of the entry before
	deal, known := 0, false
	for i := range l.Entries {
		e := &l.Entries[i]
		if i == 0 || key.journey != e.Journey || key.deal != e.Conversion {
			key = dealKey{e.Journey, e.Conversion}
			deal, known = b.deals[key]
		}
		if !known || e.Refund != "" && !b.refunds[refundKey{e.Journey, e.Conversion, e.Refund}] {
			continue
		}
		b.addEntry(e, b.net[deal], b.mark+uint64(deal)+1, l.Participation)
	}
	b.mark += uint64(len(l.Deals))
	b.addPipeline(l, options)
	for i := range l.Spend {
		b.addSpend(&l.Spend[i], options)
	}
	for i := range l.Reached {
		r := &l.Reached[i]
		stage := slices.Index(stages[:], r.Stage)
		if stage < 0 || !options.counts(r.At) {
			continue
		}
		b.stages[stage]++
		if r.Channel != "" {
			for _, line := range b.lines(r.Channel, r.Campaign) {
				line.stages[stage]++
			}
		}
	}
}

func (b *balance) addDeal(d *Deal, net int64, origin Origin) {
	b.conversions++
	b.revenue += net
	for i, definition := range origins {
		switch d.Origins.By(definition) {
		case Marketing:
			b.origins[i].marketing += net
		case "":
			b.origins[i].unknown += net
		default:
			b.origins[i].other += net
		}
	}
	if !d.Origins.Agree() {
		b.gap += net
	}
	if d.Channel != "" && d.Origins.By(origin) == Marketing {
		for _, line := range b.lines(d.Channel, d.Campaign) {
			line.Sourced += net
		}
	}
}

func (b *balance) addEntry(e *Entry, net int64, mark uint64, participation bool) {
	if e.Touch == "" {
		b.unattributed += e.Amount
		if e.Refund == "" {
			b.unattributedConversions++
		}
		return
	}
	if b.touched != mark {
		b.touched = mark
		b.influenced += net
	}
	for _, line := range b.lines(e.Channel, e.Campaign) {
		first := line.mark != mark
		if first {
			line.mark = mark
			line.Influenced += net
		}
		switch {
		case !participation:
			line.Revenue += e.Amount
			line.Conversions = line.Conversions.Add(Count{Part: e.Share})
		case first:
			line.Revenue += net
			line.Conversions = line.Conversions.Add(Count{Whole: 1})
		}
	}
}

// addPipeline adds the deals that are open. Under Participation each counts once for a channel and for a campaign.
func (b *balance) addPipeline(l *Ledger, options Options) {
	clear(b.pipelines)
	for i := range l.Pipeline {
		e := &l.Pipeline[i]
		if !options.counts(e.Opened) || !e.Closed.IsZero() && options.counts(e.Closed) {
			continue
		}
		key := dealKey{e.Journey, e.Deal}
		mark, known := b.pipelines[key]
		if !known {
			b.mark++
			mark = b.mark
			b.pipelines[key] = mark
		}
		if !known || !l.Participation {
			b.pipeline += e.Amount
		}
		if e.Touch == "" {
			b.unattributedPipeline += e.Amount
			continue
		}
		for _, line := range b.lines(e.Channel, e.Campaign) {
			if !l.Participation || line.pipeMark != mark {
				line.Pipeline += e.Amount
			}
			line.pipeMark = mark
		}
	}
}

func (b *balance) addSpend(s *Spend, options Options) {
	if !options.counts(s.At) {
		return
	}
	if s.Side != Marketing {
		b.otherTouches++
		b.otherCost += s.Cost
		return
	}
	b.touches++
	b.cost += s.Cost
	for _, line := range b.lines(s.Channel, s.Campaign) {
		line.Touches++
		line.Cost += s.Cost
	}
}

// sums are the places of numbers that whoever adds, writes or reads them treats alike, by what bounds them.
type sums struct{ revenue, pipeline, cost, counts []*int64 }

func (s sums) all() []*int64 { return slices.Concat(s.revenue, s.pipeline, s.cost, s.counts) }

// sums lists all but those of channels.
func (b *balance) sums() sums {
	s := sums{
		revenue:  []*int64{&b.revenue, &b.influenced, &b.unattributed, &b.gap, &b.refunded},
		pipeline: []*int64{&b.pipeline, &b.unattributedPipeline},
		cost:     []*int64{&b.cost, &b.otherCost},
		counts:   []*int64{&b.conversions, &b.customers, &b.unattributedConversions, &b.touches, &b.otherTouches},
	}
	for i := range b.origins {
		s.revenue = append(s.revenue, &b.origins[i].marketing, &b.origins[i].other, &b.origins[i].unknown)
	}
	for i := range b.stages {
		s.counts = append(s.counts, &b.stages[i])
	}
	return s
}

func (l *lineBalance) sums() sums {
	s := sums{
		revenue:  []*int64{&l.Revenue, &l.Sourced, &l.Influenced},
		pipeline: []*int64{&l.Pipeline},
		cost:     []*int64{&l.Cost},
		counts:   []*int64{&l.Touches, &l.Conversions.Whole}, // the part is apart
	}
	for i := range l.stages {
		s.counts = append(s.counts, &l.stages[i])
	}
	return s
}

// merge adds the sums of other journeys.
func (b *balance) merge(from *balance) {
	mine := b.sums().all()
	for i, n := range from.sums().all() {
		*mine[i] += *n
	}
	for name, c := range from.channels {
		for campaign, line := range c.campaigns {
			b.lines(name, campaign)[1].merge(line)
		}
		b.channels[name].lineBalance.merge(&c.lineBalance) // exists: every channel has a campaign, if only ""
	}
}

// mostCounted is more than any tally has counted one by one.
const mostCounted = 1 << 53

// countable reports whether what both have counted stays below that together. What channels count is never more.
func (b *balance) countable(from *balance) bool {
	mine := b.sums().counts
	for i, n := range from.sums().counts {
		if *n > mostCounted-*mine[i] {
			return false
		}
	}
	return true
}

func (l *lineBalance) merge(from *lineBalance) {
	conversions := l.Conversions.Add(from.Conversions)
	mine := l.sums().all()
	for i, n := range from.sums().all() {
		*mine[i] += *n
	}
	l.Conversions = conversions
}

// statement presents the sums.
func (b *balance) statement(model, currency string, options Options) Statement {
	s := Statement{
		Model: model, AsOf: utc(options.AsOf), Origin: options.Origin, Currency: currency,
		Conversions: b.conversions, Revenue: b.revenue, Refunded: b.refunded, Customers: b.customers,
		Attributed: b.revenue - b.unattributed, Unattributed: b.unattributed, UnattributedConversions: b.unattributedConversions,
		Influenced: Ratio{b.influenced, b.revenue},
		Gap:        Ratio{b.gap, b.revenue},
		Pipeline:   b.pipeline, UnattributedPipeline: b.unattributedPipeline,
		Touches: b.touches, Cost: b.cost, OtherTouches: b.otherTouches, OtherCost: b.otherCost,
		Stages:   stageCosts(&b.stages, b.cost),
		Channels: make([]Channel, 0, len(b.channels)),
	}
	for i, definition := range origins {
		o := b.origins[i]
		if definition == options.Origin {
			s.Sourced = Ratio{o.marketing, b.revenue}
		}
		s.Origins = append(s.Origins, OriginRevenue{definition, o.marketing, o.other, o.unknown})
	}
	for name, c := range b.channels {
		channel := Channel{Name: name, Figures: c.Figures, Stages: stageCosts(&c.stages, c.Cost)}
		for campaign, line := range c.campaigns {
			channel.Campaigns = append(channel.Campaigns, Campaign{campaign, line.Figures, stageCosts(&line.stages, line.Cost)})
		}
		slices.SortFunc(channel.Campaigns, func(a, b Campaign) int { return cmp.Compare(a.Name, b.Name) })
		s.Channels = append(s.Channels, channel)
	}
	slices.SortFunc(s.Channels, func(a, b Channel) int { return cmp.Compare(a.Name, b.Name) })
	return s
}

func stageCosts(journeys *[len(stages)]int64, cost int64) (all []StageCost) {
	for i, n := range journeys {
		all = append(all, StageCost{stages[i], n, Ratio{cost, n}})
	}
	return all
}
