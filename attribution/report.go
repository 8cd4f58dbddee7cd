package attribution

import (
	"cmp"
	"slices"
	"time"
)

// Options of a report.
type Options struct {
	// AsOf is the last instant that counts: later conversions, touches and milestones are not there yet. Zero counts all.
	AsOf time.Time
	// Origin is the definition by which a deal counts as sourced by marketing; the zero value is OriginFirstTouch.
	Origin Origin
}

// Statement is the closed-loop report under one model. All money is in minor units. Rates come as Ratio, with numerator
// and denominator; what has no data is undefined, not zero.
//
// Sourced and influenced revenue overlap: never add them.
type Statement struct {
	Model  string    `json:"model"`
	AsOf   time.Time `json:"as_of,omitzero"`
	Origin Origin    `json:"origin"`

	// Conversions and Revenue are all that was won, attributed or not.
	Conversions int64 `json:"conversions"`
	Revenue     int64 `json:"revenue"`
	// Attributed plus Unattributed is Revenue; an unattributed conversion has no valid touch.
	Attributed              int64 `json:"attributed"`
	Unattributed            int64 `json:"unattributed"`
	UnattributedConversions int64 `json:"unattributed_conversions"`

	// Sourced is the revenue of the deals whose origin is marketing ÷ Revenue.
	Sourced Ratio `json:"sourced"`
	// Influenced is the revenue of the deals with at least one valid touch ÷ Revenue.
	Influenced Ratio `json:"influenced"`
	// Origins shows every definition of origin side by side. Ledger.Gaps lists the deals behind Gap.
	Origins []OriginRevenue `json:"origins"`
	// Gap is the revenue of the deals that the definitions do not agree on ÷ Revenue.
	Gap Ratio `json:"gap"`

	// Touches and Cost are those of marketing, valid or not, converted or not.
	Touches int64 `json:"touches"`
	Cost    int64 `json:"cost"`
	// OtherTouches and OtherCost are those of sales, internal and automated touches, which no channel shows.
	OtherTouches int64 `json:"other_touches"`
	OtherCost    int64 `json:"other_cost"`

	// Stages counts the journeys that reached each stage, in the order of the funnel.
	Stages []StageCost `json:"stages"`

	// Channels are in order of their names. Their revenue sums to Attributed, their touches to Touches, their cost to Cost.
	Channels []Channel `json:"channels"`
}

// Figures are what a channel or a campaign cost and earned.
type Figures struct {
	// Revenue is the sum of the amounts in the ledger.
	Revenue int64 `json:"revenue"`
	// Conversions is the sum of the shares in the ledger.
	Conversions Count `json:"conversions"`
	Touches     int64 `json:"touches"`
	Cost        int64 `json:"cost"`
	// Sourced is the whole revenue of the deals that marketing sourced and whose first touch by marketing is here.
	Sourced int64 `json:"sourced"`
	// Influenced is the whole revenue of the deals with a valid touch here. It overlaps between channels, and between
	// the campaigns of a channel: never add it up.
	Influenced int64 `json:"influenced"`
}

// ROAS is the return on advertising spend: attributed revenue ÷ cost.
func (f Figures) ROAS() Ratio { return Ratio{f.Revenue, f.Cost} }

// Channel is a channel and its campaigns, in order of their names.
type Channel struct {
	Name string `json:"name"`
	Figures
	Campaigns []Campaign `json:"campaigns"`
}

// Campaign is a campaign of a channel; Name is "" for touches without a campaign.
type Campaign struct {
	Name string `json:"name"`
	Figures
}

// OriginRevenue is revenue by who found the deal, under one definition. The three sum to all revenue.
type OriginRevenue struct {
	Origin    Origin `json:"origin"`
	Marketing int64  `json:"marketing"`
	Other     int64  `json:"other"` // sales, internal or automated
	Unknown   int64  `json:"unknown"`
}

// StageCost is how many journeys reached a stage, and what one cost: Cost of the Statement ÷ Journeys.
type StageCost struct {
	Stage    Stage `json:"stage"`
	Journeys int64 `json:"journeys"`
	Cost     Ratio `json:"cost"`
}

// ROAS is the return on advertising spend of all channels: attributed revenue ÷ marketing's cost.
func (s Statement) ROAS() Ratio { return Ratio{s.Attributed, s.Cost} }

// Share is an amount as a part of all revenue, for example the revenue sourced by one channel.
func (s Statement) Share(amount int64) Ratio { return Ratio{amount, s.Revenue} }

// Report sums a ledger of Book, whose rows may since have been stored and come back in another order. An entry whose deal
// is not in the ledger does not count. Sums are not checked for overflow: Book has done so for the rows that it made. Time
// is linear in a ledger in order.
func Report(l Ledger, options Options) Statement {
	// A deal counts once as influenced by a channel, for which its entries must stand together.
	byDeal := func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.Journey, b.Journey), cmp.Compare(a.Conversion, b.Conversion))
	}
	if !slices.IsSortedFunc(l.Entries, byDeal) {
		l.Entries = slices.SortedFunc(slices.Values(l.Entries), byDeal)
	}
	b := newBalance()
	b.add(&l, options)
	return b.statement(l.Model, options)
}

// balance holds the sums of a Statement. All are integers, so that they add in any order.
type balance struct {
	conversions, revenue                   int64
	unattributed, unattributedConversions  int64
	origins                                [len(origins)]struct{ marketing, other, unknown int64 }
	gap                                    int64
	touches, cost, otherTouches, otherCost int64
	stages                                 [len(stages)]int64
	channels                               map[string]*channelBalance

	deals map[dealKey]int // buffer of add
	mark  uint64          // serial number of the deal being added, over the life of the balance
}

type channelBalance struct {
	lineBalance
	campaigns map[string]*lineBalance
}

type lineBalance struct {
	Figures
	mark uint64 // the last deal counted as influenced
}

type dealKey struct{ journey, conversion string }

func newBalance() *balance {
	return &balance{channels: map[string]*channelBalance{}, deals: map[dealKey]int{}}
}

// lines returns the sums of a channel and of its campaign.
func (b *balance) lines(channel, campaign string) (*lineBalance, *lineBalance) {
	c := b.channels[channel]
	if c == nil {
		c = &channelBalance{campaigns: map[string]*lineBalance{}}
		b.channels[channel] = c
	}
	line := c.campaigns[campaign]
	if line == nil {
		line = &lineBalance{}
		c.campaigns[campaign] = line
	}
	return &c.lineBalance, line
}

// add adds a ledger, whose journeys must be others than those added before. The entries of a deal stand together.
func (b *balance) add(l *Ledger, options Options) {
	counts := func(at time.Time) bool { return options.AsOf.IsZero() || !at.After(options.AsOf) }

	clear(b.deals)
	for i := range l.Deals {
		if d := &l.Deals[i]; counts(d.At) {
			b.deals[dealKey{d.Journey, d.Conversion}] = i
			b.addDeal(d, options.Origin)
		}
	}
	for i := range l.Entries {
		e := &l.Entries[i]
		if deal, ok := b.deals[dealKey{e.Journey, e.Conversion}]; ok {
			b.addEntry(e, l.Deals[deal].Revenue, b.mark+uint64(deal)+1)
		}
	}
	b.mark += uint64(len(l.Deals))
	for i := range l.Spend {
		if s := &l.Spend[i]; counts(s.At) {
			b.addSpend(s)
		}
	}
	for _, r := range l.Reached {
		if i := slices.Index(stages[:], r.Stage); i >= 0 && counts(r.At) {
			b.stages[i]++
		}
	}
}

func (b *balance) addDeal(d *Deal, origin Origin) {
	b.conversions++
	b.revenue += d.Revenue
	for i, definition := range origins {
		switch d.Origins.By(definition) {
		case Marketing:
			b.origins[i].marketing += d.Revenue
		case "":
			b.origins[i].unknown += d.Revenue
		default:
			b.origins[i].other += d.Revenue
		}
	}
	if !d.Origins.Agree() {
		b.gap += d.Revenue
	}
	if d.Channel != "" && d.Origins.By(origin) == Marketing {
		channel, campaign := b.lines(d.Channel, d.Campaign)
		channel.Sourced += d.Revenue
		campaign.Sourced += d.Revenue
	}
}

func (b *balance) addEntry(e *Entry, revenue int64, mark uint64) {
	if e.Touch == "" {
		b.unattributed += e.Amount
		b.unattributedConversions++
		return
	}
	channel, campaign := b.lines(e.Channel, e.Campaign)
	for _, line := range [...]*lineBalance{channel, campaign} {
		line.Revenue += e.Amount
		line.Conversions = line.Conversions.Add(Count{Part: e.Share})
		if line.mark != mark {
			line.mark = mark
			line.Influenced += revenue
		}
	}
}

func (b *balance) addSpend(s *Spend) {
	if s.Side != Marketing {
		b.otherTouches++
		b.otherCost += s.Cost
		return
	}
	b.touches++
	b.cost += s.Cost
	channel, campaign := b.lines(s.Channel, s.Campaign)
	for _, line := range [...]*lineBalance{channel, campaign} {
		line.Touches++
		line.Cost += s.Cost
	}
}

// merge adds the sums of other journeys.
func (b *balance) merge(from *balance) {
	b.conversions += from.conversions
	b.revenue += from.revenue
	b.unattributed += from.unattributed
	b.unattributedConversions += from.unattributedConversions
	for i, o := range from.origins {
		b.origins[i].marketing += o.marketing
		b.origins[i].other += o.other
		b.origins[i].unknown += o.unknown
	}
	b.gap += from.gap
	b.touches += from.touches
	b.cost += from.cost
	b.otherTouches += from.otherTouches
	b.otherCost += from.otherCost
	for i, n := range from.stages {
		b.stages[i] += n
	}
	for name, c := range from.channels {
		for campaign, figures := range c.campaigns {
			_, line := b.lines(name, campaign)
			line.Figures = line.Figures.plus(figures.Figures)
		}
		channel := b.channels[name] // exists: every channel has a campaign, if only ""
		channel.Figures = channel.Figures.plus(c.Figures)
	}
}

func (f Figures) plus(g Figures) Figures {
	return Figures{
		Revenue:     f.Revenue + g.Revenue,
		Conversions: f.Conversions.Add(g.Conversions),
		Touches:     f.Touches + g.Touches,
		Cost:        f.Cost + g.Cost,
		Sourced:     f.Sourced + g.Sourced,
		Influenced:  f.Influenced + g.Influenced,
	}
}

// statement presents the sums.
func (b *balance) statement(model string, options Options) Statement {
	attributed := b.revenue - b.unattributed
	s := Statement{
		Model: model, AsOf: utc(options.AsOf), Origin: options.Origin,
		Conversions: b.conversions, Revenue: b.revenue, Attributed: attributed,
		Unattributed: b.unattributed, UnattributedConversions: b.unattributedConversions,
		// Who has a valid touch is attributed in full, so that influenced is the same sum.
		Influenced: Ratio{attributed, b.revenue},
		Gap:        Ratio{b.gap, b.revenue},
		Touches:    b.touches, Cost: b.cost, OtherTouches: b.otherTouches, OtherCost: b.otherCost,
		Channels: make([]Channel, 0, len(b.channels)),
	}
	for i, definition := range origins {
		o := b.origins[i]
		if definition == options.Origin {
			s.Sourced = Ratio{o.marketing, b.revenue}
		}
		s.Origins = append(s.Origins, OriginRevenue{definition, o.marketing, o.other, o.unknown})
	}
	for i, n := range b.stages {
		s.Stages = append(s.Stages, StageCost{stages[i], n, Ratio{b.cost, n}})
	}
	for name, c := range b.channels {
		channel := Channel{Name: name, Figures: c.Figures}
		for campaign, line := range c.campaigns {
			channel.Campaigns = append(channel.Campaigns, Campaign{campaign, line.Figures})
		}
		slices.SortFunc(channel.Campaigns, func(a, b Campaign) int { return cmp.Compare(a.Name, b.Name) })
		s.Channels = append(s.Channels, channel)
	}
	slices.SortFunc(s.Channels, func(a, b Channel) int { return cmp.Compare(a.Name, b.Name) })
	return s
}
