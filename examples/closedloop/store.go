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
	log         []handoff.Event
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
// events, save the pool's state and put the effects into an outbox.
type store struct {
	records map[uint32]*record
	pool    routing.State
	replay  func([]handoff.Event) (handoff.Case, error)
}

// append adds the events of a decision under a version check, and the pool's new state with them.
func (s *store) append(r *record, version int64, d *handoff.Decision) error {
	if r.state.Version != version {
		return fmt.Errorf("case %s is at version %d, not at %d: decide again", r.state.ID, r.state.Version, version)
	}
	for _, e := range d.Events {
		r.state = handoff.Apply(r.state, e)
		r.log = append(r.log, e)
	}
	if d.Pool != nil {
		s.pool = *d.Pool
	}
	return nil
}

// close checks that the log alone gives the case again, and lets go of it: a finished lead needs no memory but what the
// report has counted.
func (s *store) close(lead uint32, r *record) error {
	again, err := s.replay(r.log)
	if err != nil {
		return fmt.Errorf("case %s: its log does not replay: %w", r.state.ID, err)
	}
	if !reflect.DeepEqual(again, r.state) {
		return fmt.Errorf("case %s: its log gives another case than the one that was stored", r.state.ID)
	}
	delete(s.records, lead)
	return nil
}
