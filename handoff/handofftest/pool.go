package handofftest

import (
	"errors"
	"fmt"
	"time"

	"github.com/leadloop/leadloop/handoff"
)

// pool offers leads that are decided from the same state, one after the other, and at the same time.
func pool(k *kit) error {
	for _, story := range []func(s *session) error{inTurn, fromOneState, atOnce} {
		if err := story(k.session()); err != nil {
			return err
		}
	}
	return nil
}

// inTurn offers leads one after the other, with a restart and with commands that have nothing to do with the pool between.
func inTurn(s *session) error {
	var stored handoff.Offer // for its Pools
	var owners []string
	for i := range 4 {
		id := fmt.Sprintf("lead-%d", i+1)
		steps := life(id)
		if err := s.do(steps[0]); err != nil {
			return err
		}
		s.now = s.now.Add(time.Hour)
		w, err := s.decide(id, steps[1].cmd)
		if err != nil {
			return err
		}
		if d := difference(stored.Pools, w.cmd.(handoff.Offer).Pools); d != "" {
			return fmt.Errorf("after offers to %v LoadPools does not give the state of the pools that was stored, so that somebody gets a burst: %s", owners, d)
		}
		if err := s.save(w); err != nil {
			return err
		}
		stored.Pools = w.d.Pools
		owners = append(owners, owner(w))
		if err := s.do(step{2 * time.Hour, id, handoff.Accept{By: by(owner(w), 3)}}); err != nil {
			return err
		}
		if err := s.reopen(restart); err != nil {
			return err
		}
	}
	return nil
}

// owner is to whom a decision offers the lead.
func owner(w write) string { return w.d.Events[len(w.d.Events)-1].Owner }

// fromOneState offers two leads that were decided from the same state of the pools. The second must be decided again.
func fromOneState(s *session) error {
	faster, slower, err := s.twoOffers()
	if err != nil {
		return err
	}
	if err := s.save(faster); err != nil {
		return err
	}
	if err := s.loses(slower, fmt.Sprintf("both offers, of %s and of %s, were decided from the same state of the pools, and for %s", one, two, owner(slower))); err != nil {
		return err
	}
	slower, err = s.decide(two, life(two)[1].cmd)
	if err != nil {
		return err
	}
	return s.save(slower)
}

// atOnce lets hosts offer leads at the same time, each until it gets through: as if they had come one after the other, no
// two may have been decided from the same state.
func atOnce(s *session) error {
	const leads, tries = 12, 1000
	var steps []step
	for i := range leads {
		steps = append(steps, life(fmt.Sprintf("lead-%d", i+1))[0])
	}
	if err := s.do(steps...); err != nil {
		return err
	}
	s.now = s.now.Add(time.Hour)
	s.note("%d hosts offer a lead each at the same time, and begin again at each conflict", leads)
	stored := make([]write, leads)
	errs := together(leads, func(i int) error {
		for range tries {
			w, err := s.prepare(steps[i].id, handoff.Offer{By: by("scoring", 1)})
			if err != nil {
				return err
			}
			err = s.store.Commit(w.c, w.cmd, w.d)
			switch {
			case err == nil:
				stored[i] = w
				return nil
			case !errors.Is(err, ErrConflict):
				return fmt.Errorf("the answer of Commit is not ErrConflict, but: %w", err)
			}
		}
		return fmt.Errorf("the offer of %s met a conflict %d times: there is always one host that is the fastest", steps[i].id, tries)
	})
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	for i, a := range stored {
		for _, b := range stored[:i] {
			if difference(a.cmd.(handoff.Offer).Pools, b.cmd.(handoff.Offer).Pools) == "" {
				return fmt.Errorf("the offers of %s and %s at the same time were decided from the same state of the pools, and stored both: %s gets a burst", b.id(), a.id(), owner(a))
			}
		}
	}
	return nil
}
