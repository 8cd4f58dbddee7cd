package handofftest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
)

const (
	one = "lead-1"
	two = "lead-2"
)

func unknownLead(k *kit) error {
	s := k.session()
	got, err := s.look(one)
	if err != nil {
		return err
	}
	want := view{ids: []string{one}, cases: make([]handoff.Case, 1), logs: make([][]handoff.Event, 1)}
	if d := got.unlike(&want); d != "" {
		return errors.New("of an empty store, " + d)
	}
	if err := s.do(life(one)[:2]...); err != nil {
		return err
	}
	c, err := s.store.Load(two)
	if err != nil {
		return failed(err, "Load(%q)", two)
	}
	if d := difference(handoff.Case{}, c); d != "" {
		return fmt.Errorf("in the case of %s, which nobody has registered: %s", two, d)
	}
	log, err := s.store.Log(two)
	if err != nil {
		return failed(err, "Log(%q)", two)
	}
	if len(log) > 0 {
		return fmt.Errorf("the log of %s, which nobody has registered, has %s", two, kinds(log))
	}
	_, err = s.decide(two, handoff.Register{By: by("form", 0), ID: two}) // the desk asks for the very zero: nil slices, no time zones
	return err
}

// lostUpdate lets two load the same version: what the faster one stores stands, and nothing of the other is there.
func lostUpdate(k *kit) error {
	mara := handoff.By{Actor: "mara", Version: 3, Because: "she is ill"}
	for _, rivals := range []struct {
		before      []step
		first, then handoff.Command
	}{
		{nil, handoff.Register{By: by("form", 0), ID: one}, handoff.Register{By: by("import", 0), ID: one}},
		{life(one)[:2], handoff.Accept{By: by("anna", 3)}, handoff.Reject{By: mara, Reason: funnel.ReasonNoCapacity}},
		{life(one)[:2], handoff.Reject{By: by("anna", 3), Reason: funnel.ReasonNoCapacity}, handoff.Accept{By: mara}},
		{life(one)[:1], // of which the other has more events than the faster one
			handoff.Disqualify{By: by("import", 1), Reason: funnel.ReasonSpamOrTest}, handoff.Offer{By: by("scoring", 1)}},
		{life(one)[:1], handoff.Offer{By: by("scoring", 1)}, handoff.Disqualify{By: by("import", 1), Reason: funnel.ReasonSpamOrTest}},
	} {
		s := k.session()
		if err := s.rival(rivals.before, rivals.first, rivals.then); err != nil {
			return err
		}
	}
	return race(k.session())
}

func (s *session) rival(before []step, first, then handoff.Command) error {
	if err := s.do(before...); err != nil {
		return err
	}
	s.now = s.now.Add(time.Hour)
	s.note("two writers load %s and decide", one)
	faster, err := s.decide(one, first)
	if err != nil {
		return err
	}
	slower, err := s.decide(one, then)
	if err != nil {
		return err
	}
	if err := s.save(faster); err != nil {
		return err
	}
	return s.loses(slower, fmt.Sprintf("both decided from version %d of %s", faster.c.Version, one))
}

// loses commits a decision that comes too late, and looks for what it leaves behind.
func (s *session) loses(w write, why string) error {
	before, err := s.look(one, two)
	if err != nil {
		return err
	}
	err = s.commit(w)
	switch {
	case err == nil:
		return fmt.Errorf("%s, and Commit answers both that they are stored: check in its transaction that nothing has changed since", why)
	case !errors.Is(err, ErrConflict):
		return fmt.Errorf("%s, and the second is not answered with ErrConflict, but with: %w", why, err)
	}
	return s.unchanged(&before, "a decision that was answered with ErrConflict")
}

// unchanged compares the store with what it was before a Commit that failed.
func (s *session) unchanged(before *view, what string) error {
	after, err := s.look(before.ids...)
	if err != nil {
		return err
	}
	if d := after.unlike(before); d != "" {
		return fmt.Errorf("%s has left something behind: %s", what, d)
	}
	return nil
}

// race lets writers commit at the same time, again and again: a check that is apart from its write lets two of them through.
func race(s *session) error {
	const rounds, writers = 20, 4
	for round := range rounds {
		id := fmt.Sprintf("lead-%d", round+1)
		list := make([]write, writers)
		for i := range list {
			w, err := s.decide(id, handoff.Register{By: by(fmt.Sprintf("form-%d", i+1), 0), ID: id})
			if err != nil {
				return err
			}
			list[i] = w
		}
		s.steps = nil // of one round, which stands for itself
		s.note("%d writers register %s and call Commit at the same time", writers, id)
		errs := together(writers, func(i int) error { return s.store.Commit(list[i].c, list[i].cmd, list[i].d) })
		won := 0
		for _, err := range errs {
			switch {
			case err == nil:
				won++
			case !errors.Is(err, ErrConflict):
				return fmt.Errorf("of writers at the same time, one is not answered with ErrConflict, but with: %w", err)
			}
		}
		if won != 1 {
			return fmt.Errorf("of writers at the same time %d were stored, not 1: check and write in one transaction", won)
		}
		log, err := s.store.Log(id)
		if err != nil {
			return failed(err, "Log(%q)", id)
		}
		if len(log) != 1 || log[0].Actor != list[slices.Index(errs, nil)].d.Events[0].Actor {
			return fmt.Errorf("of writers at the same time one was told that it is stored, and the log has %s", orNone(kinds(log)))
		}
	}
	return nil
}

// together calls a function n times at once and waits for all.
func together(n int, f func(i int) error) []error {
	errs := make([]error, n)
	begin := make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			<-begin
			errs[i] = f(i)
		})
	}
	close(begin)
	all.Wait()
	return errs
}

// repeatedCommand sends every command twice, at once and after a restart: the desk knows it by the version of the case.
func repeatedCommand(k *kit) error {
	for n := range life(one) {
		s := k.session()
		steps := life(one)[:n+1]
		if err := s.do(steps...); err != nil {
			return err
		}
		for _, restarted := range []bool{false, true} {
			if restarted {
				if err := s.reopen(restart); err != nil {
					return err
				}
			}
			if err := s.again(steps[n]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *session) again(step step) error {
	w, err := s.prepare(step.id, step.cmd)
	switch {
	case errors.Is(err, handoff.ErrRepeated):
		s.note("%s once more → the desk knows it", s.line(step.id, step.cmd))
		return nil
	case err == nil:
		s.note("%s once more → decided %s", s.line(step.id, step.cmd), kinds(w.d.Events))
		return fmt.Errorf("the case that Load gives has version %d of %s, although a later one was stored, so that the desk decides the command twice", w.c.Version, step.id)
	}
	return fmt.Errorf("a command that comes twice should be answered with handoff.ErrRepeated, and is with: %w", err)
}
