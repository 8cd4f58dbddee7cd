package attribution

import (
	"errors"
	"fmt"
	"slices"
)

// Tally is the report at scale: it adds one journey after the other, under several models at once, and keeps sums by
// channel and campaign instead of a ledger. Tallies of different journeys merge, in any order and grouping, into the same
// sums and the same bytes, so that shards can be added on all cores or on many machines. Result gives what Report gives for the ledger.
//
// Make one with NewTally. A Tally is not safe for concurrent use. It cannot see that a journey was added twice; the host
// adds each once.
type Tally struct {
	models   []Model
	options  Options
	totals   totals
	balances []*balance // one per model

	journey  Journey // the one being added; here so that Add allocates nothing
	timeline timeline
	scratch  scratch
	ledger   Ledger // of that journey, under one model after the other
}

// NewTally returns an empty tally. An error wraps ErrModel: one of the models is invalid, given twice, or there is none.
func NewTally(options Options, models ...Model) (*Tally, error) {
	var errs []error
	if len(models) == 0 {
		errs = append(errs, fmt.Errorf("attribution: %w: a tally needs at least one", ErrModel))
	}
	for i, m := range models {
		errs = append(errs, m.Validate())
		if slices.ContainsFunc(models[:i], func(other Model) bool { return other.Name() == m.Name() }) {
			errs = append(errs, fmt.Errorf("attribution: %w %q: a model of this name is given twice", ErrModel, m.Name()))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	t := &Tally{models: slices.Clone(models), options: options}
	for range models {
		t.balances = append(t.balances, newBalance())
	}
	return t, nil
}

// Add adds a journey. On an error (each an *Error, joined, or one that wraps ErrModel if the tally was not made by NewTally)
// the tally is as it was before.
func (t *Tally) Add(j Journey) error {
	if len(t.models) == 0 {
		return fmt.Errorf("attribution: add: %w: zero Tally; make it with NewTally", ErrModel)
	}
	t.journey = j
	err := t.add(&t.journey, -1)
	t.journey = Journey{}
	return err
}

func (t *Tally) add(j *Journey, index int) error {
	if err := t.timeline.read(j, index); err != nil {
		return err
	}
	sums, err := t.totals.plus(&t.timeline, index)
	if err != nil {
		return err
	}
	t.totals = sums
	for i, m := range t.models {
		t.addUnder(m, t.balances[i])
	}
	return nil
}

// addUnder adds the journey of the timeline under one model, deal by deal: a journey of many touches and many conversions then
// takes the memory of one of them at a time.
func (t *Tally) addUnder(m Model, b *balance) {
	l := &t.ledger
	empty := func() {
		l.Deals, l.Entries, l.Spend, l.Reached = l.Deals[:0], l.Entries[:0], l.Spend[:0], l.Reached[:0]
		l.Refunds, l.Pipeline, l.Participation = l.Refunds[:0], l.Pipeline[:0], m.participation
	}
	customers := b.customers
	for i := range t.timeline.conversions {
		empty()
		l.bookDeal(&t.timeline, &t.timeline.conversions[i], m, &t.scratch)
		b.add(l, t.options)
	}
	b.customers = min(b.customers, customers+1) // all of them are one customer's
	for _, i := range t.timeline.pipeline {
		empty()
		l.bookPipeline(&t.timeline, &t.timeline.journey.Pipeline[i], m, &t.scratch)
		b.add(l, t.options)
	}
	empty()
	l.bookStages(&t.timeline)
	b.add(l, t.options)
	for _, i := range t.timeline.touches {
		spend := t.timeline.spend(i)
		b.addSpend(&spend, t.options)
	}
}

// Merge adds the journeys of another tally, which stays as it is. An error wraps ErrIncompatible if it has other models,
// the same in another order or other options, ErrCurrency if its money is of another currency, or ErrOverflow; the tally is
// then as it was before.
func (t *Tally) Merge(from *Tally) error {
	if !slices.Equal(t.models, from.models) || !t.options.AsOf.Equal(from.options.AsOf) || t.options.Origin != from.options.Origin {
		return fmt.Errorf("attribution: merge: %w: make both with the same options and models", ErrIncompatible)
	}
	if t.totals.clashes(from.totals) {
		return fmt.Errorf("attribution: merge: %w: tally the journeys of each currency for themselves", ErrCurrency)
	}
	sums, ok := t.totals.merge(from.totals)
	for i := range t.balances {
		ok = ok && t.balances[i].countable(from.balances[i])
	}
	if !ok {
		return fmt.Errorf("attribution: merge: %w: tally fewer journeys at once or use a larger unit of money", ErrOverflow)
	}
	t.totals = sums
	for i := range t.balances {
		t.balances[i].merge(from.balances[i])
	}
	return nil
}

// Result returns the statements of the models, in the order in which NewTally got them.
func (t *Tally) Result() []Statement {
	var all []Statement
	for i, m := range t.models {
		all = append(all, t.balances[i].statement(m.Name(), t.totals.currency, t.options))
	}
	return all
}

// Compare puts models side by side: a statement for each, in their order. Errors are those of NewTally and Book.
func Compare(journeys []Journey, options Options, models ...Model) ([]Statement, error) {
	t, err := NewTally(options, models...)
	if err != nil {
		return nil, err
	}
	order, err := distinctJourneys(journeys)
	errs := []error{err}
	for _, i := range order {
		err := t.add(&journeys[i], i)
		errs = append(errs, err)
		if errors.Is(err, ErrOverflow) {
			break // one is enough
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return t.Result(), nil
}
