package funnel_test

import (
	"encoding/json"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/leadloop/leadloop/funnel"
)

// Whatever is read compiles or is refused, can be drawn, and survives writing.
func FuzzParse(f *testing.F) {
	whole, err := json.Marshal(funnel.Standard())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add([]byte(`{"schema": 2}`))
	f.Add([]byte(`{"name":"x","version":1,"initial":"a","stages":[{"name":"a","kind":"gate"}],"edges":[{"from":"a","on":"b","to":"a","when":"Grade == \"A1\""}]}`))
	f.Add([]byte(`{"name":"x","version":1,"initial":"a","stages":[{"name":"a","kind":"sla"},{"name":"\"","kind":"detour"}],"returns":[{"from":"a","on":"r","dispositions":["merge"],"to":"\""}]}`))
	f.Add([]byte(`{"reasons":[{"adjust":[{"dimension":"*","op":"scale","factor":"1/2"}],"re_entry":{"field":"x"}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := funnel.Parse(data)
		if err != nil {
			return
		}
		written, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		policy, err := funnel.Compile[Lead](d)
		if err != nil {
			_ = err.Error()
			return
		}
		if first, second := policy.Mermaid(), policy.Mermaid(); first != second {
			t.Error("two drawings differ")
		}
		back, err := funnel.Parse(written)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(d, back, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("after JSON:\n%s", diff)
		}
	})
}

// Random commands on random definitions from a random start: nothing panics, what is accepted is in the definition and
// replays, a refusal changes nothing.
func FuzzCommands(f *testing.F) {
	f.Add(uint64(1), "mql", "no_need", "accept", "", 1, int64(0), "x")
	f.Add(uint64(2), "recycled", "timing", "requalify", "", 4, int64(9), "2026-01-01")
	f.Add(uint64(3), "sal", "", "", "recycle", 1, int64(-1), "a,b")
	f.Add(uint64(4), "nowhere", "x", "reopen", "reject", -1, int64(1)<<62, "\xff")
	f.Fuzz(func(t *testing.T, seed uint64, stage, reason, event, back string, round int, version int64, text string) {
		random := rand.New(rand.NewPCG(seed, 0))
		d := randomDefinition(random)
		policy, err := funnel.Compile(d, consent())
		if err != nil {
			t.Fatal(err)
		}
		// Anything from a database: no panic, and the reference agrees where it applies.
		pos := policy.Start("lead", on("", "2026-01-01"))
		pos.Stage, pos.Reason, pos.Round, pos.Version = funnel.Stage(stage), funnel.Reason(reason), round, version
		by := on("", "2026-06-01")
		for _, c := range []command{
			{event: funnel.Event(event), by: by, lead: &Lead{Consent: true}},
			{back: funnel.Return(back), reason: funnel.Reason(reason), by: by, feedback: funnel.Feedback{Note: text, Fields: map[string]string{text: text}}},
		} {
			if tr, err := do(policy, pos, c); err != nil {
				_ = err.Error()
			} else if funnel.Apply(pos, tr).Version != version+1 {
				t.Errorf("%+v leads to version %d", pos, tr.Version)
			}
		}
		if _, err := policy.Replay([]funnel.Transition{{ID: text, From: funnel.Stage(stage), Event: funnel.Event(event), Return: funnel.Return(back),
			Reason: funnel.Reason(reason), Version: version, Round: round}}); err == nil {
			t.Error("a transition without times replays")
		} else {
			_ = err.Error()
		}

		pos = policy.Start("lead", on("", "2026-01-01"))
		var log []funnel.Transition
		for range 20 {
			c := randomCommand(random, &d, pos)
			got, err := do(policy, pos, c)
			if want, wantErr := (reference{d}).decide(pos, c); (err == nil) != (wantErr == nil) || !cmp.Equal(got, want) {
				t.Fatalf("%+v at %+v gives %+v, %v; want %+v, %v", c, pos, got, err, want, wantErr)
			}
			if err == nil {
				log, pos = append(log, got), funnel.Apply(pos, got)
			}
		}
		if len(log) > 0 {
			if replayed, err := policy.Replay(log); err != nil || replayed != pos {
				t.Fatalf("replayed to %+v, %v, want %+v", replayed, err, pos)
			}
		}
	})
}
