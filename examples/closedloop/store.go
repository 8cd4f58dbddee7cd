package main

import (
	"fmt"
	"reflect"

	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/handoff/routing"
	"github.com/leadloop/leadloop/scoring"
)

// record is what the host keeps of a lead that has reached the desk: the log, which is the truth, the case that follows
// from it, and the host's own notes.
type record struct {
	state       handoff.Case
	log         []byte               // its events, packed as they would lie in a database
	adjustments []scoring.Adjustment // left by feedback, for the scorer
	filled      []string             // fields completed since the return

	stamp    uint32 // of the one thing that a person has planned; a higher one calls it off
	tick     uint32 // of the next tick
	mail     uint32 // of the nurture track; odd while it runs
	mails    int    // nurture mails so far
	plan     step
	look     look
	work     work
	deal     deal
	attempts int // of work.attempts, made so far

	notes notes // of the report
}

// store keeps the records in memory. A database would do the same in one transaction: compare the version, append the
// events, save the pool's state (locked since it was read, for the offers of all leads share it), and put the effects into
// an outbox and the next instant on a timer. Here one loop does everything in turn, so that nobody is ever in between.
type store struct {
	records map[uint32]*record
	pool    routing.States
	replay  func([]handoff.Event) (handoff.Case, error)

	shelf shelf
	log   []handoff.Event // reused: a log as a whole
}

// append adds the events of a decision, if they follow the version that is stored, and the pool's new state with them.
func (s *store) append(r *record, d *handoff.Decision) error {
	if len(d.Events) > 0 && d.Events[0].Version != r.state.Version+1 {
		return fmt.Errorf("case %s is at version %d, the decision was made at %d: decide again",
			r.state.ID, r.state.Version, d.Events[0].Version-1)
	}
	for i := range d.Events {
		r.state = handoff.Apply(r.state, d.Events[i])
		r.log = s.shelf.pack(r.log, &d.Events[i])
	}
	if d.Pools != nil {
		s.pool = d.Pools
	}
	return nil
}

// whole is a record's log from its beginning, until the next one is asked for.
func (s *store) whole(r *record) (log []handoff.Event, err error) {
	clear(s.log)
	if s.log, err = s.shelf.unpack(s.log[:0], r.state.ID, r.log); err != nil {
		return nil, fmt.Errorf("case %s: its log cannot be read: %w", r.state.ID, err)
	}
	return s.log, nil
}

// close takes a record out and answers its whole log, until the next one is asked for, after a check that the log alone gives
// the case again.
func (s *store) close(lead uint32, r *record) ([]handoff.Event, error) {
	log, err := s.whole(r)
	if err != nil {
		return nil, err
	}
	again, err := s.replay(log)
	if err != nil {
		return nil, fmt.Errorf("case %s: its log does not replay: %w", r.state.ID, err)
	}
	if !reflect.DeepEqual(again, r.state) {
		return nil, fmt.Errorf("case %s: its log gives another case than the one that was stored", r.state.ID)
	}
	delete(s.records, lead)
	return log, nil
}
