package main

import (
	"encoding"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
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
	tally    *attribution.Tally
	accounts int64
	capped   int64 // of them, with as many touches as are kept
	grades   map[string]int64
}

func (e *engine) emptyAccounts() (*accountSums, error) {
	tally, err := attribution.NewTally(attribution.Options{AsOf: e.plan.AsOf}, e.models...)
	return &accountSums{tally: tally, grades: map[string]int64{}}, err
}

func (s *accountSums) add(r rated) error {
	if err := s.tally.Add(r.journey); err != nil {
		return err
	}
	s.accounts++
	if r.capped {
		s.capped++
	}
	for _, grade := range r.grades {
		s.grades[grade]++
	}
	return nil
}

func (s *accountSums) merge(other aggregate) error {
	o := other.(*accountSums)
	s.accounts, s.capped = s.accounts+o.accounts, s.capped+o.capped
	for grade, n := range o.grades {
		s.grades[grade] += n
	}
	return s.tally.Merge(o.tally)
}

const accountsMagic = "LBaccts\x01"

// MarshalBinary writes canonical bytes.
func (s *accountSums) MarshalBinary() ([]byte, error) {
	tally, err := s.tally.MarshalBinary()
	b := appendBlock([]byte(accountsMagic), tally)
	b = binary.AppendVarint(binary.AppendVarint(b, s.accounts), s.capped)
	b = binary.AppendUvarint(b, uint64(len(s.grades)))
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
	accounts, capped, grades := w.varint(), w.varint(), map[string]int64{}
	for range w.count(2) {
		grade := w.text()
		grades[grade] = w.varint()
	}
	if err := errors.Join(w.done(), s.tally.UnmarshalBinary(tally)); err != nil {
		return err
	}
	s.accounts, s.capped, s.grades = accounts, capped, grades
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
