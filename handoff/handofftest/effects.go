package handofftest

import (
	"fmt"
	"slices"
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
)

// effects looks at what is pending after every Commit and every Done, on a life whose versions have two digits in the end:
// "lead-1/10/0" comes after "lead-1/9/0", but before it in the alphabet.
func effects(k *kit) error {
	s := k.session()
	steps := append(life(one)[:4],
		step{4 * time.Hour, one, handoff.Attempt{By: by("anna", 5)}},
		step{5 * time.Hour, one, handoff.Attempt{By: by("anna", 6)}},
		step{6 * time.Hour, one, handoff.Attempt{By: by("anna", 7)}},
		step{7 * time.Hour, one, handoff.Attempt{By: by("anna", 8)}},
		step{8 * time.Hour, one, handoff.Recycle{By: by("anna", 9), Reason: funnel.ReasonNoNeed}},
	)
	var want []handoff.Effect
	for _, step := range steps {
		s.now = start.Add(step.after)
		w, err := s.decide(step.id, step.cmd)
		if err != nil {
			return err
		}
		if err := s.save(w); err != nil {
			return err
		}
		want = append(want, w.d.Effects...)
		if err := s.pending(want); err != nil {
			return err
		}
	}
	if err := s.reopen(restart); err != nil {
		return err
	}
	for i := 0; len(want) > 0; i++ {
		if err := s.pending(want); err != nil {
			return err
		}
		n := i % 2 * (len(want) - 1) // from the front and from the back
		for _, again := range []string{"", " once more"} {
			s.note("Done(%q)%s", want[n].Key, again)
			if err := s.store.Done(want[n].Key); err != nil {
				return failed(err, "Done(%q)%s", want[n].Key, again)
			}
		}
		want = slices.Delete(want, n, n+1)
	}
	if err := s.pending(nil); err != nil {
		return err
	}
	if err := s.reopen(restart); err != nil {
		return err
	}
	return s.pending(nil)
}

// pending compares the keys of what is pending with those that are due.
func (s *session) pending(want []handoff.Effect) error {
	got, err := s.store.Pending()
	if err != nil {
		return failed(err, "Pending")
	}
	if w, g := keys(want), keys(got); w != g {
		return fmt.Errorf("pending should be %s, and is %s", orNone(w), orNone(g))
	}
	return nil
}
