package main

import (
	"encoding"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/leadloop/leadloop/attribution"
	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/funnel/flow"
	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/scoring/learn"
)

// aggregate is what all sums of the program have in common. Their bytes are canonical: the same input, in whatever order and however
// sharded, gives the same ones.
type aggregate interface {
	encoding.BinaryMarshaler
	encoding.BinaryUnmarshaler
	merge(aggregate) error // of the same kind
}

// The kinds of aggregates. Each has its part of the report.
const (
	ofAccounts = "accounts"
	ofCases    = "cases"
	ofPaths    = "paths"
)

var kinds = [...]string{ofAccounts, ofCases, ofPaths}

// empty makes an aggregate to add to, to merge into, or to read bytes into.
func (e *engine) empty(kind string) (aggregate, error) {
	switch kind {
	case ofAccounts:
		return e.emptyAccounts()
	case ofCases:
		return e.emptyCases()
	case ofPaths:
		return &topPaths{most: e.plan.TopPaths}, nil
	}
	return nil, fmt.Errorf("aggregate of kind %q: there is none", kind)
}

// accountSums is the aggregate over accounts.
type accountSums struct {
	asOf   time.Time
	tally  *attribution.Tally
	counts accountCounts
	grades map[string]int64
}

// accountCounts are how many there are, of accounts and of what the report has to say about them.
type accountCounts struct {
	accounts int64
	capped   int64 // of them, those of which touches were dropped
	dropped  int64 // touches
	needed   int64 // how many touches of a month must be kept so that none is dropped; 0 if none was
	strays   int64 // touches of a lead that their account does not have
	shared   sharedIDs
}

func (e *engine) emptyAccounts() (*accountSums, error) {
	tally, err := attribution.NewTally(attribution.Options{AsOf: e.plan.AsOf}, e.models...)
	return &accountSums{asOf: e.plan.AsOf, tally: tally, grades: map[string]int64{}}, err
}

func (s *accountSums) add(r rated) error {
	if err := s.tally.Add(r.Journey); err != nil {
		return err
	}
	one := accountCounts{accounts: 1, needed: r.Needed, strays: r.Strays, shared: r.Shared}
	for _, d := range r.Dropped {
		one.capped = 1
		one.dropped += d.Touches
		if err := s.addDropped(r.Journey.ID, d); err != nil {
			return err
		}
	}
	s.counts = s.counts.plus(one)
	for _, grade := range r.Grades {
		s.grades[grade]++
	}
	return nil
}

// addDropped adds touches that the cap has dropped as journeys of their own, which lead nowhere: so they cost what they have cost, and
// earn nothing. When they were makes no difference to a cost.
func (s *accountSums) addDropped(account string, d dropped) error {
	for left := d.Touches; left > 0; {
		j := attribution.Journey{ID: account}
		for range min(left, 1000) { // not all at once: they may be millions
			j.Touches = append(j.Touches, attribution.Touch{ID: strconv.FormatInt(left, 10), Channel: d.Channel, Campaign: d.Campaign, At: s.asOf, Cost: d.Cost})
			left, d.Cost = left-1, 0
		}
		if err := s.tally.Add(j); err != nil {
			return err
		}
	}
	return nil
}

func (c accountCounts) plus(d accountCounts) accountCounts {
	return accountCounts{c.accounts + d.accounts, c.capped + d.capped, c.dropped + d.dropped, max(c.needed, d.needed), c.strays + d.strays, c.shared.plus(d.shared)}
}

func (s *accountSums) merge(other aggregate) error {
	o := other.(*accountSums)
	s.counts = s.counts.plus(o.counts)
	for grade, n := range o.grades {
		s.grades[grade] += n
	}
	return s.tally.Merge(o.tally)
}

const accountsMagic = "LBaccts\x02"

// MarshalBinary writes canonical bytes.
func (s *accountSums) MarshalBinary() ([]byte, error) {
	tally, err := s.tally.MarshalBinary()
	b := appendBlock([]byte(accountsMagic), tally)
	c := &s.counts
	for _, n := range []int64{c.accounts, c.capped, c.dropped, c.needed, c.strays} {
		b = appendNatural(b, n)
	}
	b = binary.AppendUvarint(appendShared(b, c.shared), uint64(len(s.grades)))
	for _, grade := range slices.Sorted(maps.Keys(s.grades)) {
		b = binary.AppendVarint(appendText(b, grade), s.grades[grade])
	}
	return b, err
}

// UnmarshalBinary reads what MarshalBinary wrote, into sums made for the same plan.
func (s *accountSums) UnmarshalBinary(data []byte) error {
	w := &wire{rest: data}
	w.magic(accountsMagic)
	tally := w.block()
	counts := accountCounts{w.natural(), w.natural(), w.natural(), w.natural(), w.natural(), w.shared()}
	grades := map[string]int64{}
	for range w.count(2) {
		grade := w.text()
		grades[grade] = w.varint()
	}
	if err := errors.Join(w.done(), s.tally.UnmarshalBinary(tally)); err != nil {
		return err
	}
	s.counts, s.grades = counts, grades
	return nil
}

// caseSums is the aggregate over the desk's cases.
type caseSums struct {
	asOf     time.Time
	flow     *flow.Flow
	report   *handoff.Report
	evidence *learn.Evidence
}

func (e *engine) emptyCases() (*caseSums, error) {
	evidence, err := learn.NewEvidence(e.model)
	return &caseSums{asOf: e.plan.AsOf, flow: e.flow.Empty(), report: e.desk.Report(e.plan.AsOf), evidence: evidence}, err
}

// add counts the log of a case, in the order of its versions. What occurred later than the instant of the report does not count.
func (s *caseSums) add(log []handoff.Event) error {
	known := slices.DeleteFunc(slices.Clone(log), func(e handoff.Event) bool { return e.Occurred.After(s.asOf) })
	for _, o := range handoff.Outcomes(known) {
		if err := s.evidence.Add(judgement(o)); err != nil {
			return fmt.Errorf("case %q: %w", o.ID, err)
		}
	}
	s.flow.Add(flowJourney(log))
	s.report.Add(log)
	return nil
}

func flowJourney(log []handoff.Event) flow.Journey {
	j := flow.Journey{Lead: log[0].ID}
	for i := range log {
		e := &log[i]
		switch {
		case e.Kind == handoff.Registered:
			j.Steps = append(j.Steps, flow.Step{At: e.Occurred, Stage: e.Stage})
		case e.Transition != nil:
			step := flow.StepOf(*e.Transition)
			step.Version, step.Amount = 0, e.Revenue // versions count offers, too, which are no steps
			j.Steps = append(j.Steps, step)
		case e.Kind == handoff.Offered && e.Rating.Source != "":
			j.Segments = append(j.Segments, "source: "+e.Rating.Source)
		}
	}
	return j
}

// judgement is what an outcome tells about the rules that recommended the lead. Silence judges no lead, nor does a rejection that
// counts against somebody else than marketing.
func judgement(o handoff.Outcome) learn.Outcome {
	row := learn.Outcome{Hits: o.Rating.Hits, Reason: string(o.Reason)}
	switch {
	case o.Status == handoff.StatusAccepted && o.Won:
		row.Accepted, row.Won = learn.Positive, learn.Positive
	case o.Status == handoff.StatusAccepted && o.Closed:
		row.Accepted, row.Won = learn.Positive, learn.Negative
	case o.Status == handoff.StatusAccepted:
		row.Accepted = learn.Positive
	case o.Status == handoff.StatusRejected && o.AtFault == funnel.SideMarketing:
		row.Accepted = learn.Negative
	}
	return row
}

func (s *caseSums) merge(other aggregate) error {
	o := other.(*caseSums)
	return errors.Join(s.flow.Merge(o.flow), s.report.Merge(o.report), s.evidence.Merge(o.evidence))
}

const casesMagic = "LBcases\x01"

// MarshalBinary writes canonical bytes.
func (s *caseSums) MarshalBinary() ([]byte, error) {
	flow, err := s.flow.MarshalBinary()
	report, err2 := s.report.MarshalBinary()
	evidence, err3 := s.evidence.MarshalBinary()
	return appendBlock(appendBlock(appendBlock([]byte(casesMagic), flow), report), evidence), errors.Join(err, err2, err3)
}

// UnmarshalBinary reads what MarshalBinary wrote, into sums made for the same plan.
func (s *caseSums) UnmarshalBinary(data []byte) error {
	w := &wire{rest: data}
	w.magic(casesMagic)
	flow, report, evidence := w.block(), w.block(), w.block()
	if err := w.done(); err != nil {
		return err
	}
	return errors.Join(s.flow.UnmarshalBinary(flow), s.report.UnmarshalBinary(report), s.evidence.UnmarshalBinary(evidence))
}
