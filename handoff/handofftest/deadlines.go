package handofftest

import (
	"fmt"
	"slices"
	"time"

	"github.com/leadloop/leadloop/handoff"
)

// deadlines lives a lead's life to each of its points, and lets only ticks follow: at every instant that the desk asks for,
// after a restart, so that nothing but the store can know of it.
func deadlines(k *kit) error {
	for n := range life(one) {
		for _, restarted := range []bool{true, false} { // without it, what Due says in memory could differ
			s := k.session()
			if err := s.ticks(life(one)[:n+1], restarted); err != nil {
				return err
			}
		}
	}
	return k.session().twoDue()
}

// ticks gives all ticks that are due after some steps. Three offers that nobody answers take the most.
func (s *session) ticks(steps []step, restarted bool) error {
	var next time.Time
	for _, step := range steps {
		s.now = start.Add(step.after)
		w, err := s.decide(step.id, step.cmd)
		if err != nil {
			return err
		}
		if err := s.save(w); err != nil {
			return err
		}
		next = w.d.Next
	}
	for !next.IsZero() {
		if restarted {
			if err := s.reopen(restart); err != nil {
				return err
			}
		}
		s.now = next
		if err := s.due(one); err != nil {
			return err
		}
		w, err := s.decide(one, handoff.Tick{})
		if err != nil {
			return err
		}
		if len(w.d.Events) == 0 {
			s.note("%s → nothing", s.line(one, handoff.Tick{}))
			return fmt.Errorf("a deadline of %s ends at %s, and the case that Load gives has none then", one, next.Format(time.RFC3339Nano))
		}
		if err := s.save(w); err != nil {
			return err
		}
		next = w.d.Next
	}
	return nil
}

// due asks who needs a tick.
func (s *session) due(ids ...string) error {
	got, err := s.store.Due(s.now)
	if err != nil {
		return failed(err, "Due")
	}
	for _, id := range ids {
		if !slices.Contains(got, id) {
			return fmt.Errorf("a deadline of %s ends at %s, and Due does not name it then, but %q: nobody gives it its tick", id, s.now.Format(time.RFC3339Nano), got)
		}
	}
	return nil
}

// twoDue has two leads whose deadlines end at the same instant.
func (s *session) twoDue() error {
	if err := s.do(life(one)[0], life(two)[0], life(one)[1], life(two)[1]); err != nil {
		return err
	}
	if err := s.reopen(restart); err != nil {
		return err
	}
	s.now = s.now.AddDate(0, 0, 1)
	return s.due(one, two)
}
