package funnel_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/leadloop/leadloop/funnel"
)

// fold applies a history to its start.
func fold(start funnel.Position, history []funnel.Transition) funnel.Position {
	for _, tr := range history {
		start = funnel.Apply(start, tr)
	}
	return start
}

// walk takes random steps of a random definition until n are accepted, or too many refused.
func walk(t testing.TB, random *rand.Rand, policy *funnel.Policy[Lead], d *funnel.Definition, start funnel.Position, n int) []funnel.Transition {
	t.Helper()
	var log []funnel.Transition
	pos := start
	for tries := 0; len(log) < n && tries < 20*n; tries++ {
		if tr, err := do(policy, pos, randomCommand(random, d, pos)); err == nil {
			log, pos = append(log, tr), funnel.Apply(pos, tr)
		}
	}
	return log
}

// later is some time after a position's last step.
func later(pos funnel.Position) funnel.By {
	return funnel.By{Actor: "ann", Occurred: pos.Since.AddDate(0, 0, 3)}
}

// After a correction the position is what it would be had the wrong step and all after it not happened, but for the version.
// That holds for corrections of corrections, too, and the history replays.
func TestCorrectIsAsIfItHadNotHappened(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 1))
	corrections := 0
	for range 200 {
		d := randomDefinition(random)
		policy, err := funnel.Compile(d, consent())
		if err != nil {
			t.Fatal(err)
		}
		start := policy.Start("lead", on("web", "2026-01-01"))
		log := walk(t, random, policy, &d, start, 8)
		for range 4 {
			if len(log) == 0 {
				break
			}
			wrong := 1 + random.Int64N(int64(len(log)))
			pos := fold(start, log)
			tr, err := policy.Correct(start, log, wrong, later(fold(start, log)))
			if err != nil {
				t.Fatal(err)
			}
			corrections++
			got, want := funnel.Apply(pos, tr), fold(start, log[:wrong-1])
			want.Version = int64(len(log)) + 1
			if got != want {
				t.Fatalf("taking back %d of %d gives\n%+v, want\n%+v", wrong, len(log), got, want)
			}
			if tr.From != pos.Stage || tr.ID != "lead" || tr.Actor != "ann" || tr.Amendment.Corrects != wrong || tr.Event != "" || tr.Return != "" {
				t.Fatalf("it is %+v", tr)
			}
			log = append(log, tr)
			log = append(log, walk(t, random, policy, &d, got, random.IntN(4))...)
			roundTrip(t, tr)
		}
		if pos, err := policy.ReplayFrom(start, log); err != nil || pos != fold(start, log) {
			t.Fatalf("replayed to %+v: %v", pos, err)
		}
		if pos, err := policy.Replay(log); len(log) > 0 && (err != nil || pos != fold(start, log)) {
			t.Fatalf("replayed from an unknown start to %+v: %v", pos, err)
		}
	}
	if corrections < 500 {
		t.Errorf("only %d corrections", corrections)
	}
}

func TestCorrectRefuses(t *testing.T) {
	policy := standard(t)
	start := policy.Start("lead", on("web", "2026-01-01"))
	log, end := history(t, policy)
	by := later(end)
	change := func(i int, change func(*funnel.Transition)) []funnel.Transition {
		changed := slices.Clone(log)
		change(&changed[i])
		return changed
	}
	for name, test := range map[string]struct {
		start   funnel.Position
		history []funnel.Transition
		wrong   int64
		by      funnel.By
		kind    error
		field   string // of the violation or the refusal
		text    string
	}{
		"no history":      {start, nil, 1, by, funnel.ErrNoSuchStep, "", "funnel: the history has no transition with version 1 that could be taken back"},
		"the start":       {start, log, 0, by, funnel.ErrNoSuchStep, "", ""},
		"a later version": {start, log, 9, by, funnel.ErrNoSuchStep, "", ""},
		"another policy":  {with(start, func(p *funnel.Position) { p.Policy = "x" }), log, 1, by, funnel.ErrWrongPolicy, "", ""},
		"later policy":    {start, change(7, func(tr *funnel.Transition) { tr.PolicyVersion = 2 }), 1, by, funnel.ErrPolicyVersion, "", ""},
		"later policy before": {start, change(6, func(tr *funnel.Transition) { tr.PolicyVersion = 2 }), 8, by,
			funnel.ErrPolicyVersion, "", ""},
		"impossible start": {with(start, func(p *funnel.Position) { p.Since = time.Time{} }), log, 2, by, funnel.ErrPosition, "since", ""},
		"impossible round": {start, change(6, func(tr *funnel.Transition) { tr.Round = 0 }), 8, by, funnel.ErrPosition, "round", ""},
		"another lead":     {with(start, func(p *funnel.Position) { p.ID = "other" }), log, 1, by, funnel.ErrHistory, "id", "history[0].id: the history does not fit together"},
		"gap":              {start, log[1:], 2, by, funnel.ErrHistory, "version", ""},
		"another stage":    {start, change(3, func(tr *funnel.Transition) { tr.From = funnel.Won }), 2, by, funnel.ErrHistory, "from", ""},
		"mixed policies":   {start, change(3, func(tr *funnel.Transition) { tr.Policy = "x" }), 2, by, funnel.ErrHistory, "policy", ""},
		"no time":          {start, log, 2, funnel.By{}, funnel.ErrTimeInvalid, "Occurred", ""},
		"before the last":  {start, log, 2, on("a", "2026-03-31"), funnel.ErrTimeBackwards, "Occurred", ""},
	} {
		tr, err := policy.Correct(test.start, test.history, test.wrong, test.by)
		refused(t, name, tr, err, test.kind, test.field, test.text)
	}
}

// refused checks that nothing was answered but an error of a kind.
func refused(t *testing.T, name string, tr funnel.Transition, err, kind error, field, text string) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Errorf("%s: %v, want %v", name, err, kind)
		return
	}
	if diff := cmp.Diff(funnel.Transition{}, tr); diff != "" {
		t.Errorf("%s: a transition was answered: %s", name, diff)
	}
	var refusal *funnel.Refusal
	var violation *funnel.Violation
	got := ""
	switch {
	case errors.As(err, &violation):
		got = violation.Field
	case errors.As(err, &refusal):
		got = refusal.Field
	}
	if got != field {
		t.Errorf("%s: the field is %q, want %q", name, got, field)
	}
	if len(err.Error()) < len(text) || err.Error()[:len(text)] != text {
		t.Errorf("%s: says %q, want %q", name, err, text)
	}
}

// A correction and what was decided anew after it, by hand.
func TestCorrectThenDecideAnew(t *testing.T) {
	policy := standard(t)
	start := policy.Start("lead", on("web", "2026-01-01"))
	log, end := history(t, policy) // won on 2026-04-01, as was believed
	tr, err := policy.Correct(start, log, 8, on("ann", "2026-04-20"))
	if err != nil {
		t.Fatal(err)
	}
	pos := funnel.Apply(end, tr)
	if want := (funnel.Position{ID: "lead", Policy: "standard", PolicyVersion: 1, Stage: funnel.Opportunity,
		Since: on("", "2026-03-01").Occurred, Round: 2, Version: 9}); pos != want {
		t.Errorf("corrected to %+v", pos)
	}
	lost, err := policy.Return(pos, funnel.Lose, funnel.ReasonPrice, funnel.Feedback{Note: "too dear"}, nil,
		funnel.By{Actor: "ann", Occurred: on("", "2026-04-02").Occurred, Recorded: on("", "2026-04-20").Occurred})
	if err != nil {
		t.Fatal(err)
	}
	log = append(log, tr, lost)
	if got, err := policy.Replay(log); err != nil || got.Stage != funnel.Lost || got.Version != 10 {
		t.Errorf("replayed to %+v: %v", got, err)
	}
	// The correction itself was wrong: it was won after all.
	tr, err = policy.Correct(start, log, 9, on("ann", "2026-05-01"))
	if err != nil {
		t.Fatal(err)
	}
	if got := funnel.Apply(fold(start, log), tr); got != with(end, func(p *funnel.Position) { p.Version = 11 }) {
		t.Errorf("taken back to %+v", got)
	}
}
