package funnel_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/leadloop/leadloop/funnel"
)

// amended is a history with each kind of amendment: versions 1 to 8 are those of history, 9 takes the win back, 10 merges a
// duplicate, 11 migrates to version 2 of the policy, in which "sql" is called "qualified", 12 wins.
func amended(t testing.TB) (start funnel.Position, log []funnel.Transition, policy *funnel.Policy[Lead]) {
	t.Helper()
	old := standard(t)
	start = old.Start("lead", on("web", "2026-01-01"))
	log, pos := history(t, old)
	add := func(tr funnel.Transition, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		log, pos = append(log, tr), funnel.Apply(pos, tr)
	}
	add(old.Correct(start, log, 8, on("ann", "2026-04-20")))
	duplicate := with(at(funnel.SAL), func(p *funnel.Position) { p.ID, p.Round = "duplicate", 3 })
	add(old.Merge(pos, duplicate, on("ann", "2026-04-21")))
	stages := map[funnel.Stage]funnel.Stage{funnel.SQL: "qualified"}
	next := renamed(funnel.Standard(), stages, nil)
	migration, err := funnel.Migrate(funnel.Standard(), next, funnel.Mapping{Stages: stages})
	if err != nil {
		t.Fatal(err)
	}
	add(migration.Carry(pos, on("system", "2026-05-01")))
	if policy, err = funnel.Compile[Lead](next); err != nil {
		t.Fatal(err)
	}
	add(policy.Move(pos, funnel.Win, nil, on("ann", "2026-05-02")))
	if want := (funnel.Position{ID: "lead", Policy: "standard", PolicyVersion: 2, Stage: funnel.Won, Since: on("", "2026-05-02").Occurred, Round: 3, Version: 12}); pos != want {
		t.Fatalf("it leads to %+v", pos)
	}
	return start, log, policy
}

func TestReplayOfAmendments(t *testing.T) {
	start, good, policy := amended(t)
	for name, replay := range map[string]func([]funnel.Transition) (funnel.Position, error){
		"Replay":     policy.Replay,
		"ReplayFrom": func(log []funnel.Transition) (funnel.Position, error) { return policy.ReplayFrom(start, log) },
	} {
		if pos, err := replay(good); err != nil || pos != fold(start, good) {
			t.Errorf("%s: %+v, %v", name, pos, err)
		}
	}
	if pos, err := policy.ReplayFrom(fold(start, good[:5]), good[5:]); err != nil || pos != fold(start, good) {
		t.Errorf("from a snapshot: %+v, %v", pos, err)
	}
	if pos, err := policy.ReplayFrom(start, nil); err != nil || pos != start {
		t.Errorf("an empty history: %+v, %v", pos, err)
	}

	type violation struct {
		index int
		field string
		kind  error
	}
	late := func(a *funnel.Amendment) { a.Since = a.Since.Add(time.Hour) }
	var none []violation
	for _, test := range []struct {
		name   string
		cut    int // how much of the history is replayed, and by the policy of then
		i      int
		change func(*funnel.Transition, *funnel.Amendment)
		want   []violation
	}{
		{"nothing", 10, 0, func(*funnel.Transition, *funnel.Amendment) {}, none},
		{"an event as well", 9, 8, func(tr *funnel.Transition, _ *funnel.Amendment) { tr.Event = funnel.Win }, []violation{{8, "event", funnel.ErrHistory}}},
		{"no amendment at all", 9, 8, func(_ *funnel.Transition, a *funnel.Amendment) { a.Corrects = 0 }, []violation{{8, "amendment", funnel.ErrHistory}}},
		{"two at once", 9, 8, func(_ *funnel.Transition, a *funnel.Amendment) { a.Merges = &start }, []violation{{8, "amendment", funnel.ErrHistory}}},
		{"corrects what is to come", 9, 8, func(_ *funnel.Transition, a *funnel.Amendment) { a.Corrects = 9 }, []violation{{8, "amendment.corrects", funnel.ErrHistory}}},
		{"corrects the start", 9, 8, func(_ *funnel.Transition, a *funnel.Amendment) { a.Corrects = -1 }, []violation{{8, "amendment.corrects", funnel.ErrHistory}}},
		{"corrects to elsewhere", 9, 8, func(tr *funnel.Transition, _ *funnel.Amendment) { tr.To = funnel.SQL }, []violation{{8, "to", funnel.ErrHistory}}},
		{"corrects to another round", 9, 8, func(tr *funnel.Transition, _ *funnel.Amendment) { tr.Round = 1 }, []violation{{8, "round", funnel.ErrHistory}}},
		{"corrects to another time", 9, 8, func(_ *funnel.Transition, a *funnel.Amendment) { late(a) }, []violation{{8, "amendment.since", funnel.ErrHistory}}},
		{"corrects without a time", 9, 8, func(_ *funnel.Transition, a *funnel.Amendment) { a.Since = time.Time{} }, []violation{{8, "amendment.since", funnel.ErrHistory}}},
		{"corrects before what it corrects", 9, 8, func(tr *funnel.Transition, _ *funnel.Amendment) { tr.Occurred = tr.Occurred.AddDate(0, -1, 0) }, []violation{{8, "", funnel.ErrTimeBackwards}}},
		{"corrects under another policy", 9, 8, func(tr *funnel.Transition, _ *funnel.Amendment) { tr.Policy = "x" }, []violation{{8, "", funnel.ErrWrongPolicy}}},
		{"corrects to a later version of the policy", 9, 8, func(tr *funnel.Transition, _ *funnel.Amendment) { tr.PolicyVersion = 2 }, []violation{{8, "", funnel.ErrPolicyVersion}}},
		{"corrects to an earlier version of the policy", 9, 8, func(tr *funnel.Transition, _ *funnel.Amendment) { tr.PolicyVersion = 0 }, []violation{{8, "policy_version", funnel.ErrHistory}}},
		{"merges against the rule", 10, 9, func(tr *funnel.Transition, a *funnel.Amendment) { tr.To, a.Since = a.Merges.Stage, a.Merges.Since }, []violation{{9, "to", funnel.ErrHistory}}},
		{"merges and forgets a round", 10, 9, func(tr *funnel.Transition, _ *funnel.Amendment) { tr.Round = 2 }, []violation{{9, "round", funnel.ErrHistory}}},
		{"merges and puts off", 10, 9, func(_ *funnel.Transition, a *funnel.Amendment) { late(a) }, []violation{{9, "amendment.since", funnel.ErrHistory}}},
		{"merges itself", 10, 9, func(_ *funnel.Transition, a *funnel.Amendment) {
			itself := *a.Merges
			itself.ID, a.Merges = "lead", &itself
		}, []violation{{9, "", funnel.ErrSameLead}}},
		{"merges a strange duplicate", 10, 9, func(_ *funnel.Transition, a *funnel.Amendment) {
			strange := *a.Merges
			strange.Stage, a.Merges = "x", &strange
		}, []violation{{9, "", funnel.ErrUnknownStage}}},
		{"migrates from another version", 12, 10, func(_ *funnel.Transition, a *funnel.Amendment) { a.Migrates = 3 }, []violation{{10, "amendment.migrates", funnel.ErrHistory}}},
		{"migrates to the same version", 12, 10, func(tr *funnel.Transition, _ *funnel.Amendment) { tr.PolicyVersion = 1 }, []violation{{10, "policy_version", funnel.ErrHistory}}},
		{"migrates to nowhere", 12, 10, func(tr *funnel.Transition, _ *funnel.Amendment) { tr.To = "x" },
			[]violation{{10, "", funnel.ErrUnknownStage}, {11, "from", funnel.ErrHistory}}},
		{"migrates and loses a round", 12, 10, func(tr *funnel.Transition, _ *funnel.Amendment) { tr.Round = 1 }, []violation{{10, "round", funnel.ErrHistory}, {11, "round", funnel.ErrHistory}}},
		{"migrates and finds a reason", 12, 10, func(tr *funnel.Transition, _ *funnel.Amendment) { tr.Reason = funnel.ReasonPrice }, []violation{{10, "reason", funnel.ErrHistory}}},
		{"migrates and puts off", 12, 10, func(_ *funnel.Transition, a *funnel.Amendment) { late(a) }, []violation{{10, "amendment.since", funnel.ErrHistory}}},
		{"before the migration all must fit together", 12, 3, func(tr *funnel.Transition, _ *funnel.Amendment) { tr.From = funnel.Won }, []violation{{3, "from", funnel.ErrHistory}}},
		{"before the migration times go forward", 12, 3, func(tr *funnel.Transition, _ *funnel.Amendment) { tr.Occurred = start.Since }, []violation{{3, "", funnel.ErrTimeBackwards}}},
		{"before the migration it is the same policy", 12, 3, func(tr *funnel.Transition, _ *funnel.Amendment) { tr.Policy = "x" }, []violation{{3, "", funnel.ErrWrongPolicy}}},
		{"before the migration no event is held against the new version", 12, 3, func(tr *funnel.Transition, _ *funnel.Amendment) { tr.Event = "requalify_again" }, none},
	} {
		log := slices.Clone(good[:test.cut])
		if tr := &log[test.i]; tr.Amendment != nil {
			own := *tr.Amendment
			tr.Amendment = &own
		}
		test.change(&log[test.i], log[test.i].Amendment)
		judge := policy
		if test.cut < 11 {
			judge = standard(t)
		}
		pos, err := judge.ReplayFrom(start, log)
		if pos != fold(start, log) {
			t.Errorf("%s: it leads to %+v", test.name, pos)
		}
		var got []violation
		if err != nil {
			for _, err := range err.(interface{ Unwrap() []error }).Unwrap() {
				var v *funnel.Violation
				if !errors.As(err, &v) {
					t.Fatalf("%T", err)
				}
				kind := v.Err
				var refusal *funnel.Refusal
				if errors.As(err, &refusal) {
					kind = refusal.Kind
				}
				got = append(got, violation{v.Index, v.Field, kind})
			}
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

// A lead may be merged, carried over or corrected before it has moved: then Replay does not know since when it was there.
func TestReplayOfAmendmentsAtTheStart(t *testing.T) {
	old := standard(t)
	start := old.Start("lead", on("web", "2026-01-01"))
	duplicate := with(start, func(p *funnel.Position) { p.ID, p.Since = "duplicate", on("", "2026-02-01").Occurred })
	by := on("ann", "2026-03-01")
	merged, err := old.Merge(start, duplicate, by)
	if err != nil {
		t.Fatal(err)
	}
	moved, err := old.Move(start, funnel.Qualify, nil, by)
	if err != nil {
		t.Fatal(err)
	}
	corrected, err := old.Correct(start, []funnel.Transition{moved}, 1, by)
	if err != nil {
		t.Fatal(err)
	}
	mapping := funnel.Mapping{Stages: map[funnel.Stage]funnel.Stage{funnel.Inquiry: "prospect"}}
	next := renamed(funnel.Standard(), mapping.Stages, nil)
	migration, err := funnel.Migrate(funnel.Standard(), next, mapping)
	if err != nil {
		t.Fatal(err)
	}
	migrated, err := migration.Carry(start, by)
	if err != nil {
		t.Fatal(err)
	}
	policy, err := funnel.Compile[Lead](next)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		policy *funnel.Policy[Lead]
		log    []funnel.Transition
	}{"merge": {old, []funnel.Transition{merged}}, "correction": {old, []funnel.Transition{moved, corrected}}, "migration": {policy, []funnel.Transition{migrated}}} {
		if pos, err := test.policy.Replay(test.log); err != nil || pos != fold(start, test.log) {
			t.Errorf("%s: %+v, %v", name, pos, err)
		}
	}
	for version, want := range map[int]bool{0: false, 1: true, 2: false} {
		back := corrected
		back.PolicyVersion = version
		if _, err := old.Replay([]funnel.Transition{moved, back}); (err == nil) != want {
			t.Errorf("a correction leads back to a start under version %d: %v", version, err)
		}
		// Under the next version the same holds: the first step was taken under version 1.
		d := funnel.Standard()
		d.Version = 2
		next, err := funnel.Compile[Lead](d)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := next.Replay([]funnel.Transition{moved, back}); (err == nil) != want {
			t.Errorf("under the next version, a correction leads back to a start under version %d: %v", version, err)
		}
	}
	late := *corrected.Amendment
	late.Since = by.Occurred.Add(time.Second)
	corrected.Amendment = &late
	if _, err := old.Replay([]funnel.Transition{moved, corrected}); err == nil {
		t.Error("a correction leads back to the start after the first step")
	}
}
