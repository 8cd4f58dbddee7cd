package attribution

import (
	"cmp"
	"errors"
	"math"
	"slices"
	"time"
)

// Ledger is the money: for every conversion, what each touch earned of it under one model. Reports only sum it. Its
// contents are in order of the journeys' IDs, within a journey in order of time, then ID. Times are in UTC.
//
// The amounts of a conversion's entries sum to its revenue and their shares to One, exactly and under every model; revenue
// that no valid touch earned stands in an entry of its own, without a touch.
type Ledger struct {
	Model   string    `json:"model"`
	Deals   []Deal    `json:"deals"`
	Entries []Entry   `json:"entries"`
	Spend   []Spend   `json:"spend"`
	Reached []Reached `json:"reached"`
}

// Deal is one conversion and who found it.
type Deal struct {
	Journey    string    `json:"journey"`
	Conversion string    `json:"conversion"`
	At         time.Time `json:"at"`
	Revenue    int64     `json:"revenue"`
	Origins    Origins   `json:"origins"`
	// Channel and Campaign are those of marketing's first touch, which a deal sourced by marketing is counted to; "" if
	// marketing never touched it.
	Channel  string `json:"channel,omitempty"`
	Campaign string `json:"campaign,omitempty"`
}

// Entry is what one touch earned of one conversion. Touches on the path that earned nothing have an entry too: they
// influenced the deal.
type Entry struct {
	Journey    string    `json:"journey"`
	Conversion string    `json:"conversion"`
	Touch      string    `json:"touch,omitempty"` // "" if no valid touch could take the credit; Channel and At are empty then, too
	Channel    string    `json:"channel,omitempty"`
	Campaign   string    `json:"campaign,omitempty"`
	At         time.Time `json:"at,omitzero"` // when the touch happened
	Share      Share     `json:"share,string"`
	Amount     int64     `json:"amount"` // minor units
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

// Reached is the first time that a journey reached a stage.
type Reached struct {
	Journey string    `json:"journey"`
	Stage   Stage     `json:"stage"`
	At      time.Time `json:"at"`
}

// Book shares out every conversion of the journeys by the model. The order of the journeys does not matter. It books all
// or nothing: on errors (each an *Error, joined, or one that wraps ErrModel or ErrOverflow) the ledger is empty.
func Book(journeys []Journey, model Model) (Ledger, error) {
	if err := model.Validate(); err != nil {
		return Ledger{}, err
	}
	order, err := distinctJourneys(journeys)
	errs := []error{err}
	ledger := Ledger{Model: model.Name()}
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
			break
		}
		ledger.book(&t, model, &s)
	}
	if err := errors.Join(errs...); err != nil {
		return Ledger{}, err
	}
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

// totals are the sums that bound all others; as long as they fit, nothing overflows.
type totals struct{ revenue, cost int64 }

// plus returns the totals with a journey added, or an *Error that wraps ErrOverflow.
func (a totals) plus(t *timeline, index int) (totals, error) {
	ok := true
	overflow := func(path string) error {
		return &Error{Index: index, Journey: t.journey.ID, Path: path, Err: ErrOverflow,
			Advice: "take fewer journeys at once or a larger unit of money"}
	}
	for _, c := range t.conversions {
		if a, ok = a.merge(totals{revenue: c.Revenue}); !ok {
			return a, overflow("conversions")
		}
	}
	for _, i := range t.touches {
		if a, ok = a.merge(totals{cost: t.journey.Touches[i].Cost}); !ok {
			return a, overflow("touches")
		}
	}
	return a, nil
}

// merge returns the sum of both, and false if it does not fit.
func (a totals) merge(b totals) (totals, bool) {
	if b.revenue > math.MaxInt64-a.revenue || b.cost > math.MaxInt64-a.cost {
		return a, false
	}
	return totals{a.revenue + b.revenue, a.cost + b.cost}, true
}

// book appends a journey.
func (l *Ledger) book(t *timeline, model Model, s *scratch) {
	j := t.journey
	for _, c := range t.conversions {
		deal := Deal{Journey: j.ID, Conversion: c.ID, At: c.At, Revenue: c.Revenue}
		origins, first := t.origins(c.At)
		deal.Origins = origins
		if first != nil {
			deal.Channel, deal.Campaign = first.Channel, first.Campaign
		}
		l.Deals = append(l.Deals, deal)

		p := t.path(model, c.At)
		if len(p.touches) == 0 {
			l.Entries = append(l.Entries, Entry{Journey: j.ID, Conversion: c.ID, Share: One, Amount: c.Revenue})
			continue
		}
		shares := s.share(model, p)
		amounts := s.amount(c.Revenue)
		for k, i := range p.touches {
			touch := &j.Touches[i]
			l.Entries = append(l.Entries, Entry{Journey: j.ID, Conversion: c.ID, Touch: touch.ID, Channel: touch.Channel,
				Campaign: touch.Campaign, At: touch.at(), Share: Share(shares[k]), Amount: amounts[k]})
		}
	}
	for _, i := range t.touches {
		touch := &j.Touches[i]
		l.Spend = append(l.Spend, Spend{Journey: j.ID, Touch: touch.ID, Channel: touch.Channel, Campaign: touch.Campaign,
			Side: touch.side(), At: touch.at(), Cost: touch.Cost})
	}
	for i, at := range t.reached {
		if !at.IsZero() {
			l.Reached = append(l.Reached, Reached{Journey: j.ID, Stage: stages[i], At: at})
		}
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
