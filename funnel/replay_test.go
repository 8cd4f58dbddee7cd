package funnel_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/funnel"
)

// history is a lead that is recycled, comes back and is won.
func history(t testing.TB, policy *funnel.Policy[Lead]) ([]funnel.Transition, funnel.Position) {
	t.Helper()
	pos := policy.Start("lead", on("web", "2026-01-01"))
	var log []funnel.Transition
	add := func(tr funnel.Transition, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		log, pos = append(log, tr), funnel.Apply(pos, tr)
	}
	add(policy.Move(pos, funnel.Qualify, nil, on("a", "2026-01-02")))
	add(policy.Move(pos, funnel.Accept, nil, on("a", "2026-01-03")))
	add(policy.Return(pos, funnel.Recycle, funnel.ReasonUnreachable, funnel.Feedback{Note: "x"}, nil, on("a", "2026-01-10")))
	add(policy.Move(pos, funnel.Requalify, nil, on("a", "2026-02-09")))
	add(policy.Move(pos, funnel.Accept, nil, on("a", "2026-02-10")))
	add(policy.Move(pos, funnel.SalesQualify, nil, on("a", "2026-02-20")))
	add(policy.Move(pos, funnel.Open, nil, on("a", "2026-03-01")))
	add(policy.Move(pos, funnel.Win, nil, on("a", "2026-04-01")))
	return log, pos
}

func TestReplayViolations(t *testing.T) {
	policy := standard(t)
	good, end := history(t, policy)
	if pos, err := policy.Replay(good); err != nil || pos != end {
		t.Fatalf("%+v, %v", pos, err)
	}
	if _, err := policy.Replay(nil); err != funnel.ErrNoHistory {
		t.Errorf("no history: %v", err)
	}
	type violation struct {
		index int
		field string
		kind  error
	}
	for _, test := range []struct {
		name   string
		change func([]funnel.Transition) []funnel.Transition
		want   []violation
	}{
		{"another lead", func(log []funnel.Transition) []funnel.Transition { log[1].ID = "x"; return log },
			[]violation{{1, "id", funnel.ErrHistory}, {2, "id", funnel.ErrHistory}}},
		{"gap", func(log []funnel.Transition) []funnel.Transition { return slices.Delete(log, 1, 2) },
			[]violation{{1, "version", funnel.ErrHistory}, {1, "from", funnel.ErrHistory}}},
		{"middle", func(log []funnel.Transition) []funnel.Transition { return log[4:] },
			[]violation{{0, "version", funnel.ErrHistory}, {0, "from", funnel.ErrHistory}, {0, "round", funnel.ErrHistory}}},
		{"target", func(log []funnel.Transition) []funnel.Transition { log[7].To = funnel.Lost; return log },
			[]violation{{7, "to", funnel.ErrHistory}}},
		{"round", func(log []funnel.Transition) []funnel.Transition { log[7].Round = 1; return log },
			[]violation{{7, "round", funnel.ErrHistory}}},
		{"reason of an event", func(log []funnel.Transition) []funnel.Transition { log[7].Reason = "x"; return log },
			[]violation{{7, "reason", funnel.ErrHistory}}},
		{"wait", func(log []funnel.Transition) []funnel.Transition {
			log[2].NotBefore = log[2].NotBefore.AddDate(0, 0, 1)
			return log
		}, []violation{{2, "not_before", funnel.ErrHistory}, {3, "", funnel.ErrCoolingDown}}},
		{"event and return", func(log []funnel.Transition) []funnel.Transition { log[2].Event = "x"; return log },
			[]violation{{2, "event", funnel.ErrHistory}}},
		{"neither", func(log []funnel.Transition) []funnel.Transition { log[7].Event = ""; return log },
			[]violation{{7, "event", funnel.ErrHistory}}},
		{"event", func(log []funnel.Transition) []funnel.Transition { log[7].Event = "close"; return log },
			[]violation{{7, "", funnel.ErrNotPermitted}}},
		{"reason", func(log []funnel.Transition) []funnel.Transition { log[2].Reason = "silence"; return log },
			[]violation{{2, "", funnel.ErrReasonUnknown}, {3, "", funnel.ErrReasonUnknown}}},
		{"policy", func(log []funnel.Transition) []funnel.Transition { log[0].Policy = "x"; return log },
			[]violation{{0, "", funnel.ErrWrongPolicy}}},
		{"later version", func(log []funnel.Transition) []funnel.Transition { log[0].PolicyVersion = 2; return log },
			[]violation{{0, "", funnel.ErrPolicyVersion}, {1, "policy_version", funnel.ErrHistory}}},
		{"version of the policy runs backwards", func(log []funnel.Transition) []funnel.Transition {
			log[6].PolicyVersion = 0
			return log
		}, []violation{{6, "policy_version", funnel.ErrHistory}, {6, "", funnel.ErrPosition}}},
		{"stage", func(log []funnel.Transition) []funnel.Transition { log[1].From = "x"; return log },
			[]violation{{1, "from", funnel.ErrHistory}, {1, "", funnel.ErrUnknownStage}}},
		{"time", func(log []funnel.Transition) []funnel.Transition { log[7].Occurred = log[0].Occurred; return log },
			[]violation{{7, "", funnel.ErrTimeBackwards}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			log := test.change(slices.Clone(good))
			pos, err := policy.Replay(log)
			var want funnel.Position
			for _, tr := range log {
				want = funnel.Apply(want, tr)
			}
			if pos != want {
				t.Errorf("position %+v, want %+v", pos, want)
			}
			joined, ok := err.(interface{ Unwrap() []error })
			if !ok {
				t.Fatalf("no violations: %v", err)
			}
			var got []violation
			for _, err := range joined.Unwrap() {
				var v *funnel.Violation
				if !errors.As(err, &v) {
					t.Fatalf("%T", err)
				}
				if v.Version != log[v.Index].Version || !strings.HasPrefix(err.Error(), "history[") {
					t.Errorf("%+v prints %s", v, err)
				}
				i := slices.IndexFunc(append(kinds, funnel.ErrHistory), func(kind error) bool { return errors.Is(err, kind) })
				got = append(got, violation{v.Index, v.Field, append(kinds, funnel.ErrHistory)[i]})
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

// Database drivers read times in the machine's zone. A position is comparable all the same.
func TestReplayOfTimesInAnotherZone(t *testing.T) {
	policy := standard(t)
	log, _ := history(t, policy)
	log = log[:3] // ends in a wait
	want, err := policy.Replay(log)
	if err != nil || want.NotBefore.IsZero() {
		t.Fatalf("%+v, %v", want, err)
	}
	zone := time.FixedZone("CET", 3600)
	for i := range log {
		log[i].Occurred, log[i].Recorded, log[i].NotBefore = log[i].Occurred.In(zone), log[i].Recorded.In(zone), log[i].NotBefore.In(zone)
	}
	if got, err := policy.Replay(log); err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}

// "Which leads would break if we shipped this?": an old history under a new version of the policy.
func TestReplayUnderNewVersion(t *testing.T) {
	log, end := history(t, standard(t))
	d := funnel.Standard()
	d.Version = 2
	for i := range d.Reasons {
		if d.Reasons[i].Code == funnel.ReasonUnreachable {
			d.Reasons[i].CoolDownDays = 60
		}
	}
	policy, err := funnel.Compile[Lead](d)
	if err != nil {
		t.Fatal(err)
	}
	pos, err := policy.Replay(log)
	if pos != end {
		t.Errorf("got %+v", pos)
	}
	const want = "history[2].not_before: the history does not fit together: it does not follow from the transitions before and the policy"
	if err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
}
