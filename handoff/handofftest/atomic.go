package handofftest

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
)

// gaps commits decisions that somebody has tampered with.
func gaps(k *kit) error {
	for _, c := range []struct {
		what   string
		tamper func(w *write)
	}{
		{"an event is missing at the front", func(w *write) { w.d.Events = w.d.Events[1:] }},
		{"two events have changed places", func(w *write) { slices.Reverse(w.d.Events) }},
		{"an event stands there twice", func(w *write) { w.d.Events = append(w.d.Events[:1], w.d.Events...) }},
		{"a version is left out between two events", func(w *write) { w.d.Events[1].Version++ }},
		{"an event is of another lead", func(w *write) { w.d.Events[1].ID = two }},
		{"the case was loaded in a version that the store has not reached", func(w *write) {
			w.c.Version += 2
			for i := range w.d.Events {
				w.d.Events[i].Version += 2
			}
		}},
	} {
		s := k.session()
		if err := s.do(life(one)[:1]...); err != nil {
			return err
		}
		s.now = s.now.Add(time.Hour)
		w, err := s.decide(one, life(one)[1].cmd)
		if err != nil {
			return err
		}
		bad := w
		bad.d.Events = slices.Clone(w.d.Events)
		c.tamper(&bad)
		before, err := s.look(one, two)
		if err != nil {
			return err
		}
		s.note("in the next decision %s", c.what)
		if err := s.commit(bad); err == nil {
			return fmt.Errorf("%s, and Commit stores it: check that versions follow on c.Version without gap or double, all of one lead", c.what)
		}
		if err := s.unchanged(&before, "a decision that was refused"); err != nil {
			return err
		}
		if err := s.save(w); err != nil {
			return err
		}
	}
	return nil
}

// unwritable is an instant that JSON can't hold, nor most columns.
var unwritable = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)

// allOrNothing commits what can be stored in part only.
func allOrNothing(k *kit) error {
	for _, c := range []struct {
		what   string
		tamper func(w *write)
	}{
		{"the last event has an instant in the year 10000", func(w *write) {
			w.d.Events = slices.Clone(w.d.Events)
			w.d.Events[len(w.d.Events)-1].Deadlines.Wake = unwritable
		}},
		{"the last effect has an instant in the year 10000", func(w *write) {
			w.d.Effects = slices.Clone(w.d.Effects)
			w.d.Effects[len(w.d.Effects)-1].Until = unwritable
		}},
	} {
		if err := k.session().unwritten(c.what, c.tamper); err != nil {
			return err
		}
	}
	if err := k.session().stalePool(); err != nil {
		return err
	}
	return k.session().staleCase()
}

// unwritten commits a decision that the storage may be unable to write. A storage that can may do so.
func (s *session) unwritten(what string, tamper func(w *write)) error {
	if err := s.do(life(one)[:1]...); err != nil {
		return err
	}
	s.now = s.now.Add(time.Hour)
	w, err := s.decide(one, life(one)[1].cmd)
	if err != nil {
		return err
	}
	before, err := s.look(one, two)
	if err != nil {
		return err
	}
	bad := w
	tamper(&bad)
	s.note("in the next decision %s", what)
	if err := s.commit(bad); err != nil {
		if err := s.unchanged(&before, "a decision that could not be written"); err != nil {
			return err
		}
		return s.save(w) // the store must go on working
	}
	after, err := s.look(one, two)
	if err != nil {
		return err
	}
	if all := len(before.logs[0]) + len(bad.d.Events); len(after.logs[0]) != all {
		return fmt.Errorf("the answer of Commit is that it stored a decision, and the log has %d events of %d", len(after.logs[0]), all)
	}
	if all := len(before.pending) + len(bad.d.Effects); len(after.pending) != all {
		return fmt.Errorf("the answer of Commit is that it stored a decision, and %d effects of %d are pending", len(after.pending), all)
	}
	return nil
}

// stalePool lets the check of the pool fail while that of the case holds.
func (s *session) stalePool() error {
	faster, slower, err := s.twoOffers()
	if err != nil {
		return err
	}
	if err := s.save(faster); err != nil {
		return err
	}
	before, err := s.look(one, two)
	if err != nil {
		return err
	}
	if err := s.commit(slower); !errors.Is(err, ErrConflict) {
		return nil // that is the law of the pool
	}
	return s.unchanged(&before, "a decision whose pool had changed, and that was answered with ErrConflict,")
}

// staleCase lets the check of the case fail while that of the pool holds.
func (s *session) staleCase() error {
	if err := s.do(life(one)[:1]...); err != nil {
		return err
	}
	s.now = s.now.Add(time.Hour)
	s.note("two writers load %s and decide", one)
	offer, err := s.decide(one, life(one)[1].cmd)
	if err != nil {
		return err
	}
	other, err := s.decide(one, handoff.Disqualify{By: by("import", 1), Reason: funnel.ReasonSpamOrTest})
	if err != nil {
		return err
	}
	if err := s.save(other); err != nil {
		return err
	}
	before, err := s.look(one, two)
	if err != nil {
		return err
	}
	if err := s.commit(offer); !errors.Is(err, ErrConflict) {
		return nil // that is the law of the lost update
	}
	return s.unchanged(&before, "an offer whose case had changed, and that was answered with ErrConflict,")
}

// twoOffers registers two leads and decides about an offer of each from the same state of the pools.
func (s *session) twoOffers() (faster, slower write, err error) {
	if err = s.do(life(one)[0], life(two)[0]); err != nil {
		return faster, slower, err
	}
	s.now = s.now.Add(time.Hour)
	s.note("two writers load %s and %s, and both the same state of the pools", one, two)
	if faster, err = s.decide(one, life(one)[1].cmd); err != nil {
		return faster, slower, err
	}
	slower, err = s.decide(two, life(two)[1].cmd)
	return faster, slower, err
}
