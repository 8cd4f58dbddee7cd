package attribution

import (
	"cmp"
	"errors"
	"math"
	"slices"
	"time"
)

// Ledger is the money: for every conversion, what each touch earned of it under one model. Reports only sum it. Its
// contents are in order of the journeys' IDs; within a journey deals, open deals and touches in order of time, then ID, refunds and
// entries by their deal, stages in the order of the funnel. Times are in UTC.
//
// The amounts of a conversion's entries sum to its revenue less its refunds, and their shares to One, exactly and under every
// model but Participation; revenue that no touch earned stands in an entry of its own, without a touch.
type Ledger struct {
	Model string `json:"model"`
	// Participation tells that each touch has all credit, so that a report counts a deal once for each channel and campaign.
	Participation bool            `json:"participation,omitempty"`
	Currency      string          `json:"currency,omitempty"`
	Deals         []Deal          `json:"deals"`
	Refunds       []DealRefund    `json:"refunds,omitempty"`
	Entries       []Entry         `json:"entries"`
	Pipeline      []PipelineEntry `json:"pipeline,omitempty"`
	Spend         []Spend         `json:"spend"`
	Reached       []Reached       `json:"reached"`
}

// Deal is one conversion and who found it.
type Deal struct {
	Journey    string    `json:"journey"`
	Conversion string    `json:"conversion"`
	At         time.Time `json:"at"`
	Revenue    int64     `json:"revenue"` // before refunds
	Origins    Origins   `json:"origins"`
	// Channel and Campaign are those of marketing's first touch, which a deal sourced by marketing is counted to; "" if
	// marketing never touched it.
	Channel  string `json:"channel,omitempty"`
	Campaign string `json:"campaign,omitempty"`
}

// DealRefund is a refund of a deal.
type DealRefund struct {
	Journey    string    `json:"journey"`
	Conversion string    `json:"conversion"`
	Refund     string    `json:"refund"`
	At         time.Time `json:"at"`
	Amount     int64     `json:"amount"` // positive
}

// Entry is what one touch earned of one conversion, or how a refund changed that. Touches on the path that earned nothing have an
// entry too: they influenced the deal. A refund has entries where it changes an amount; now and then one of them is a cent
// more for a touch, as what is left is rounded anew.
type Entry struct {
	Journey    string    `json:"journey"`
	Conversion string    `json:"conversion"`
	Refund     string    `json:"refund,omitempty"` // the ID of the refund; "" for what was earned
	Touch      string    `json:"touch,omitempty"`  // "" if no touch could take the credit; Channel and At are empty then, too
	Channel    string    `json:"channel,omitempty"`
	Campaign   string    `json:"campaign,omitempty"`
	At         time.Time `json:"at,omitzero"` // when the touch happened
	Share      Share     `json:"share,string"`
	Amount     int64     `json:"amount"` // minor units; a refund's entries sum to what it took back, below zero
}

// PipelineEntry is the part that one touch has in an open deal: as an Entry would, if the deal were won as it was opened.
type PipelineEntry struct {
	Journey  string    `json:"journey"`
	Deal     string    `json:"deal"`
	Opened   time.Time `json:"opened"`
	Closed   time.Time `json:"closed,omitzero"`
	Touch    string    `json:"touch,omitempty"`
	Channel  string    `json:"channel,omitempty"`
	Campaign string    `json:"campaign,omitempty"`
	Amount   int64     `json:"amount"`
}

// Spend is one touch as a cost, whether or not its journey converted.
type Spend struct {
	Journey  string    `json:"journey"`
	Touch    string    `json:"touch"`
	Channel  string    `json:"channel"`
	Campaign string    `json:"campaign,omitempty"`
	Side     Side      `json:"side"` // never ""
	At       time.Time `json:"at"`
	Cost     int64     `json:"cost"`
}

// Reached is the first time that a journey reached a stage. Channel and Campaign are those of marketing's first touch up to
// then, which the journey is counted to; "" if there was none.
type Reached struct {
	Journey  string    `json:"journey"`
	Stage    Stage     `json:"stage"`
	At       time.Time `json:"at"`
	Channel  string    `json:"channel,omitempty"`
	Campaign string    `json:"campaign,omitempty"`
}

// Book shares out every conversion of the journeys by the model. The order of the journeys does not matter. It books all
// or nothing: on errors (each an *Error, joined, or one that wraps ErrModel) the ledger is empty.
func Book(journeys []Journey, model Model) (Ledger, error) {
	if err := model.Validate(); err != nil {
		return Ledger{}, err
	}
	order, err := distinctJourneys(journeys)
	errs := []error{err}
	deals, entries, spend := 0, 0, 0
	for i := range journeys {
		touches, conversions := len(journeys[i].Touches), len(journeys[i].Conversions)
		deals, spend = deals+conversions, spend+touches
		entries += touches * min(conversions, 1) // few journeys convert again
	}
	ledger := Ledger{Model: model.Name(), Participation: model.participation,
		Deals: make([]Deal, 0, deals), Entries: make([]Entry, 0, entries), Spend: make([]Spend, 0, spend), Reached: []Reached{}} // [] in JSON, not null
	var t timeline
	var s scratch
	var sums totals
	for _, i := range order {
		if err := t.read(&journeys[i], i); err != nil {
			errs = append(errs, err)
			continue
		}
		if sums, err = sums.plus(&t, i); err != nil {
			errs = append(errs, err)
			if errors.Is(err, ErrOverflow) {
				break // one is enough: others that don't fit would tell nothing new
			}
			continue
		}
		ledger.book(&t, model, &s)
	}
	if err := errors.Join(errs...); err != nil {
		return Ledger{}, err
	}
	ledger.Currency = sums.currency
	return ledger, nil
}

// distinctJourneys returns the order of the journeys by ID, and an error for each that has an earlier one's.
func distinctJourneys(journeys []Journey) ([]int, error) {
	order := make([]int, len(journeys))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(journeys[a].ID, journeys[b].ID), cmp.Compare(a, b))
	})
	var errs []error
	for k := 1; k < len(order); k++ {
		if i, id := order[k], journeys[order[k]].ID; id != "" && id == journeys[order[k-1]].ID {
			errs = append(errs, &Error{Index: i, Journey: id, Path: "id", Err: ErrConflict,
				Advice: "bring all rows of a lead or an account into one journey"})
		}
	}
	return order, errors.Join(errs...)
}

// totals are the sums that bound all others; as long as they fit, nothing overflows. All their money is of one currency.
type totals struct {
	revenue, cost, pipeline int64
	currency                string // "" without money
}

func (a totals) money() bool { return a.revenue|a.cost|a.pipeline > 0 }

// plus returns the totals with a journey added, or an *Error that wraps ErrOverflow or ErrCurrency.
func (a totals) plus(t *timeline, index int) (totals, error) {
	j := t.journey
	var revenue, cost, pipeline uint64 // at most 2⁶³, which stands for all that don't fit
	for i := range t.conversions {
		revenue = min(revenue+uint64(t.conversions[i].Revenue), 1<<63)
	}
	for _, i := range t.touches {
		cost = min(cost+uint64(j.Touches[i].Cost), 1<<63)
	}
	for _, i := range t.pipeline {
		pipeline = min(pipeline+uint64(j.Pipeline[i].Amount), 1<<63)
	}
	fail := func(path string, err error, advice string) (totals, error) {
		return a, &Error{Index: index, Journey: j.ID, Path: path, Err: err, Advice: advice}
	}
	const fewer = "take fewer journeys at once or a larger unit of money"
	switch {
	case revenue|cost|pipeline == 0:
		return a, nil
	case a.money() && a.currency != j.Currency:
		return fail("currency", ErrCurrency, "book the journeys of each currency for themselves, or convert all money to one")
	case revenue > uint64(math.MaxInt64-a.revenue):
		return fail("conversions", ErrOverflow, fewer)
	case cost > uint64(math.MaxInt64-a.cost):
		return fail("touches", ErrOverflow, fewer)
	case pipeline > uint64(math.MaxInt64-a.pipeline):
		return fail("pipeline", ErrOverflow, fewer)
	}
	return totals{a.revenue + int64(revenue), a.cost + int64(cost), a.pipeline + int64(pipeline), j.Currency}, nil
}

// clashes reports whether both have money, of different currencies.
func (a totals) clashes(b totals) bool { return a.money() && b.money() && a.currency != b.currency }

// merge returns the sum of both, and false if it does not fit. The currencies must not clash.
func (a totals) merge(b totals) (totals, bool) {
	if b.revenue > math.MaxInt64-a.revenue || b.cost > math.MaxInt64-a.cost || b.pipeline > math.MaxInt64-a.pipeline {
		return a, false
	}
	sum := totals{a.revenue + b.revenue, a.cost + b.cost, a.pipeline + b.pipeline, a.currency}
	if b.money() {
		sum.currency = b.currency
	}
	return sum, true
}

// book appends a journey.
func (l *Ledger) book(t *timeline, model Model, s *scratch) {
	j := t.journey
	for i := range t.conversions {
		l.bookDeal(t, &t.conversions[i], model, s)
	}
	for _, i := range t.pipeline {
		l.bookPipeline(t, &j.Pipeline[i], model, s)
	}
	for _, i := range t.touches {
		l.Spend = append(l.Spend, t.spend(i))
	}
	l.bookStages(t)
}

// spend is a touch as a cost.
func (t *timeline) spend(i int) Spend {
	touch := &t.journey.Touches[i]
	return Spend{Journey: t.journey.ID, Touch: touch.ID, Channel: touch.Channel, Campaign: touch.Campaign, Side: touch.side(), At: touch.at(), Cost: touch.Cost}
}

// bookStages appends what was reached.
func (l *Ledger) bookStages(t *timeline) {
	j := t.journey
	for i, at := range t.reached {
		if at.IsZero() {
			continue
		}
		reached := Reached{Journey: j.ID, Stage: stages[i], At: at}
		if len(t.marketing) > 0 {
			if first := &j.Touches[t.marketing[0]]; !first.at().After(at) {
				reached.Channel, reached.Campaign = first.Channel, first.Campaign
			}
		}
		l.Reached = append(l.Reached, reached)
	}
}

// bookDeal appends a conversion, and its refunds.
func (l *Ledger) bookDeal(t *timeline, c *conversion, model Model, s *scratch) {
	j := t.journey
	deal := Deal{Journey: j.ID, Conversion: c.ID, At: c.At, Revenue: c.Revenue}
	origins, first := t.origins(c.At)
	deal.Origins = origins
	if first != nil {
		deal.Channel, deal.Campaign = first.Channel, first.Campaign
	}
	l.Deals = append(l.Deals, deal)

	p := t.path(model, c.At)
	credited := s.weigh(model, p)
	entry := func(i int, refund string, share, amount int64) {
		touch := &j.Touches[i]
		l.Entries = append(l.Entries, Entry{Journey: j.ID, Conversion: c.ID, Refund: refund, Touch: touch.ID, Channel: touch.Channel,
			Campaign: touch.Campaign, At: touch.at(), Share: Share(share), Amount: amount})
	}
	if credited {
		shares, amounts := s.share(), s.amount(c.Revenue)
		for k, i := range p.touches {
			entry(i, "", shares[k], amounts[k])
		}
	} else {
		l.Entries = append(l.Entries, Entry{Journey: j.ID, Conversion: c.ID, Share: One, Amount: c.Revenue})
		for _, i := range p.touches {
			entry(i, "", 0, 0)
		}
	}
	left := c.Revenue
	for _, r := range c.Refunds {
		l.Refunds = append(l.Refunds, DealRefund{Journey: j.ID, Conversion: c.ID, Refund: r.ID, At: r.At, Amount: r.Amount})
		if credited {
			for k, change := range s.refund(left, left-r.Amount) {
				if change != 0 {
					entry(p.touches[k], r.ID, 0, change)
				}
			}
		} else {
			l.Entries = append(l.Entries, Entry{Journey: j.ID, Conversion: c.ID, Refund: r.ID, Amount: -r.Amount})
		}
		left -= r.Amount
	}
}

// bookPipeline appends an open deal.
func (l *Ledger) bookPipeline(t *timeline, d *OpenDeal, model Model, s *scratch) {
	p := t.path(model, utc(d.At))
	row := PipelineEntry{Journey: t.journey.ID, Deal: d.ID, Opened: utc(d.At), Closed: utc(d.Closed), Amount: d.Amount}
	if !s.weigh(model, p) {
		l.Pipeline = append(l.Pipeline, row)
		return
	}
	amounts := s.amount(d.Amount)
	for k, i := range p.touches {
		touch := &t.journey.Touches[i]
		row.Touch, row.Channel, row.Campaign, row.Amount = touch.ID, touch.Channel, touch.Campaign, amounts[k]
		l.Pipeline = append(l.Pipeline, row)
	}
}

// Touches returns the entries of a channel: the touches that earned the revenue which a report shows for it. A report as of
// an instant leaves out those of later deals. The channel "" gives the entries that nothing could be attributed to.
func (l Ledger) Touches(channel string) []Entry {
	return l.entries(func(e Entry) bool { return e.Channel == channel })
}

// CampaignTouches returns the entries of a campaign within a channel.
func (l Ledger) CampaignTouches(channel, campaign string) []Entry {
	return l.entries(func(e Entry) bool { return e.Channel == channel && e.Campaign == campaign })
}

// DealTouches returns the entries of one conversion of a journey.
func (l Ledger) DealTouches(journey, conversion string) []Entry {
	return l.entries(func(e Entry) bool { return e.Journey == journey && e.Conversion == conversion })
}

func (l Ledger) entries(keep func(Entry) bool) []Entry {
	var kept []Entry
	for _, e := range l.Entries {
		if keep(e) {
			kept = append(kept, e)
		}
	}
	return kept
}

// Gaps returns the deals that the definitions of Origin do not agree on.
func (l Ledger) Gaps() []Deal {
	var gaps []Deal
	for _, d := range l.Deals {
		if !d.Origins.Agree() {
			gaps = append(gaps, d)
		}
	}
	return gaps
}
