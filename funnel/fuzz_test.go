package funnel_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/leadloop/leadloop/funnel"
)

// Whatever is read can be reviewed, compiles or is refused, can be drawn, and survives writing.
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
		for _, finding := range funnel.Verify(d) {
			_ = finding.String()
		}
		if changes := funnel.Diff(d, d); len(changes) > 0 {
			t.Errorf("a definition differs from itself: %v", changes)
		}
		funnel.Diff(d, funnel.Standard())
		policy, err := funnel.Compile[Lead](d)
		if err != nil {
			_ = err.Error()
			return
		}
		if first, second := policy.DOT(), policy.DOT(); first != second {
			t.Error("two drawings for Graphviz differ")
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

// Random commands on random definitions, each step chosen by a byte: moves and returns as the reference decides them,
// corrections, merges, migrations, and whatever a database or a clock may hold that is none of ours. Nothing panics; what is
// accepted is in the definition; a refusal answers nothing and changes nothing; the accepted transitions replay to the position.
func FuzzCommands(f *testing.F) {
	f.Add(uint64(0), []byte("\x00\x01\x02\x03\x04\x00\x01\x05\x02\x06\x00\x01\x0c\x02\x06\x01"), "mql", int64(0))
	f.Add(uint64(1), []byte("\x00\x01\x07\x0e\x15\x0e\x00\x04\x06\x00\x0c\x06\x00\x14\x06"), "no_need", int64(1)<<62)
	f.Add(uint64(2), []byte("\x07\x0f\x17\x1f\x27\x2f\x37\x3f\x47\x4f"), "\xff", int64(-1)<<63)
	f.Add(uint64(3), []byte("\x00\x00\x00\x00\x00\x00\x00\x00\x00\x04\x05\x06\x04\x05\x06\x04\x05\x06"), "2026-01-01", int64(253402300800))
	f.Add(uint64(4), []byte("\x06\x05\x04\x00\x06\x05\x04\x00\x2c\x34\x3c\x00\x00\x06\x05\x04"), "sal", int64(-62135596800))
	f.Fuzz(func(t *testing.T, seed uint64, script []byte, text string, number int64) {
		w := newFuzzWalk(t, seed)
		for _, b := range script[:min(len(script), 48)] {
			switch b % 8 {
			case 4:
				w.correct(1 + int64(b>>3)%(w.pos.Version+2))
			case 5:
				w.merge(b >> 3)
			case 6:
				w.migrate()
			case 7:
				w.hostile(b>>3, text, number)
			default:
				w.step()
			}
		}
		w.replay()
	})
}

// A fuzzWalk is a lead on its way through a random definition and its versions.
type fuzzWalk struct {
	t          *testing.T
	random     *rand.Rand
	versions   []funnel.Definition
	policies   []*funnel.Policy[Lead]
	migrations []*funnel.Migration // from each version to the next
	now        int                 // the version in force
	start, pos funnel.Position
	log        []funnel.Transition
}

func newFuzzWalk(t *testing.T, seed uint64) *fuzzWalk {
	random := rand.New(rand.NewPCG(seed, 0))
	w := &fuzzWalk{t: t, random: random}
	d := randomDefinition(random)
	if seed%2 == 0 {
		d = smallDefinition(random)
	}
	for version := range 3 {
		if version > 0 {
			mapping := funnel.Mapping{Stages: map[funnel.Stage]funnel.Stage{}, Reasons: map[funnel.Reason]funnel.Reason{}}
			for _, s := range d.Stages {
				if random.IntN(4) == 0 {
					mapping.Stages[s.Name] = funnel.Stage(fmt.Sprint(s.Name, version))
				}
			}
			for _, r := range d.Reasons {
				if random.IntN(4) == 0 {
					mapping.Reasons[r.Code] = funnel.Reason(fmt.Sprint(r.Code, version))
				}
			}
			next := renamed(d, mapping.Stages, mapping.Reasons)
			migration, err := funnel.Migrate(d, next, mapping)
			if err != nil {
				t.Fatal(err)
			}
			w.migrations, d = append(w.migrations, migration), next
		}
		var guards []funnel.Guard[Lead]
		if seed%2 != 0 {
			guards = append(guards, consent())
		}
		policy, err := funnel.Compile(d, guards...)
		if err != nil {
			t.Fatal(err)
		}
		w.versions, w.policies = append(w.versions, d), append(w.policies, policy)
	}
	w.start = w.policies[0].Start("lead", on("", "2026-01-01"))
	w.pos = w.start
	return w
}

// take appends a transition if it was accepted, and checks that a refusal answers none.
func (w *fuzzWalk) take(tr funnel.Transition, err error) {
	w.t.Helper()
	if err != nil {
		if _ = err.Error(); !reflect.DeepEqual(tr, funnel.Transition{}) {
			w.t.Fatalf("refused with %v, and answers %+v", err, tr)
		}
		return
	}
	if !w.inDefinition(tr) {
		w.t.Fatalf("not in the definition: %+v", tr)
	}
	w.log, w.pos = append(w.log, tr), funnel.Apply(w.pos, tr)
	if w.pos.Version != int64(len(w.log)) {
		w.t.Fatalf("after %d transitions %+v", len(w.log), w.pos)
	}
}

// inDefinition looks a transition up in the version that it carries.
func (w *fuzzWalk) inDefinition(tr funnel.Transition) bool {
	i := slices.IndexFunc(w.versions, func(d funnel.Definition) bool { return d.Version == tr.PolicyVersion })
	if i < 0 || tr.Policy != w.versions[i].Name {
		return false
	}
	d := w.versions[i]
	var disposition funnel.Disposition
	for _, r := range d.Reasons {
		if r.Code == tr.Reason {
			disposition = r.Disposition
		}
	}
	return slices.ContainsFunc(d.Edges, func(e funnel.Edge) bool {
		return tr.Event != "" && e.From == tr.From && e.On == tr.Event && e.To == tr.To
	}) || slices.ContainsFunc(d.Returns, func(e funnel.ReturnEdge) bool {
		return tr.Return != "" && e.From == tr.From && e.On == tr.Return && e.To == tr.To && slices.Contains(e.Dispositions, disposition)
	}) || tr.Amendment != nil && slices.ContainsFunc(d.Stages, func(s funnel.StageDefinition) bool { return s.Name == tr.To })
}

func (w *fuzzWalk) step() {
	d := &w.versions[w.now]
	c := randomCommand(w.random, d, w.pos)
	got, err := do(w.policies[w.now], w.pos, c)
	want, wantErr := reference{*d}.decide(w.pos, c)
	if !errors.Is(err, wantErr) || (err == nil) != (wantErr == nil) || !cmp.Equal(got, want) {
		w.t.Fatalf("%+v at %+v gives %+v, %v; want %+v, %v", c, w.pos, got, err, want, wantErr)
	}
	w.take(got, err)
}

func (w *fuzzWalk) correct(wrong int64) {
	tr, err := w.policies[w.now].Correct(w.start, w.log, wrong, later(w.pos))
	if (err == nil) != (wrong <= w.pos.Version) {
		w.t.Fatalf("taking back %d of %d: %v", wrong, w.pos.Version, err)
	}
	w.take(tr, err)
	if err == nil {
		if want := fold(w.start, w.log[:wrong-1]); content(w.pos) != content(want) || w.pos.PolicyVersion != want.PolicyVersion {
			w.t.Fatalf("taking back %d leads to %+v, want %+v", wrong, w.pos, want)
		}
	}
}

func (w *fuzzWalk) merge(b byte) {
	d := w.versions[w.now]
	other := funnel.Position{ID: "duplicate", Policy: d.Name, PolicyVersion: d.Version, Stage: d.Stages[int(b)%len(d.Stages)].Name,
		Since: w.pos.Since.AddDate(0, 0, int(b)-3), Round: 1 + int(b)%3}
	if w.random.IntN(2) == 0 {
		other.Reason = pick(w.random, d.Reasons).Code
	}
	pos, by := w.pos, w.pos.Since.AddDate(0, 2, 0)
	tr, err := w.policies[w.now].Merge(pos, other, funnel.By{Occurred: by})
	if (err == nil) != (w.policies[w.now].Check(pos) == nil) {
		w.t.Fatalf("merging %+v with %+v: %v", pos, other, err)
	}
	w.take(tr, err)
	if err != nil {
		return
	}
	if want := mergeByHand(d, pos, other); content(w.pos) != content(want) {
		w.t.Fatalf("%+v and %+v merge to %+v, want %+v", pos, other, w.pos, want)
	}
}

func (w *fuzzWalk) migrate() {
	if w.now == len(w.migrations) {
		return
	}
	pos := w.pos
	tr, err := w.migrations[w.now].Carry(pos, later(pos))
	if (err == nil) != (w.policies[w.now].Check(pos) == nil) {
		w.t.Fatalf("carrying %+v over: %v", pos, err)
	}
	if w.take(tr, err); err == nil {
		w.now++
		if err := w.policies[w.now].Check(w.pos); err != nil {
			w.t.Fatalf("carried over to %+v: %v", w.pos, err)
		}
	}
}

// hostile asks everything about positions, commands and histories that nobody of ours has written.
func (w *fuzzWalk) hostile(b byte, text string, number int64) {
	policy, pos, at := w.policies[w.now], w.pos, time.Unix(number, number)
	by := funnel.By{Actor: text, Occurred: at}
	switch b % 12 {
	case 0:
		pos.ID = ""
	case 1:
		pos.Policy = text
	case 2:
		pos.PolicyVersion = int(int32(number))
	case 3:
		pos.Stage = funnel.Stage(text)
	case 4:
		pos.Since = at
	case 5:
		pos.Round = int(int32(number))
	case 6:
		pos.Version = number
	case 7:
		pos.NotBefore = at
	case 8:
		pos.Reason = funnel.Reason(text)
	case 9:
		by = later(pos)
		by.Recorded = at
	case 10:
		by = funnel.By{}
	}
	tr := funnel.Transition{ID: text, Policy: pos.Policy, PolicyVersion: pos.PolicyVersion, Version: number, From: pos.Stage, To: funnel.Stage(text), Event: funnel.Event(text),
		Reason: pos.Reason, Occurred: at, Recorded: by.Recorded, Round: pos.Round, NotBefore: pos.NotBefore, Feedback: funnel.Feedback{Note: text}}
	if b&1 != 0 {
		tr.Event, tr.Amendment = "", &funnel.Amendment{Corrects: number, Since: at}
	}
	if b&2 != 0 && tr.Amendment != nil {
		*tr.Amendment = funnel.Amendment{Merges: &pos, Since: at}
	}
	if b&4 != 0 && tr.Amendment != nil {
		*tr.Amendment = funnel.Amendment{Migrates: int(int32(number)), Since: at}
	}
	d := w.versions[w.now]
	reason, feedback := pick(w.random, d.Reasons).Code, funnel.Feedback{Note: text, Fields: map[string]string{text: text}}
	refused := func(tr funnel.Transition, err error) {
		w.t.Helper()
		if err != nil && !reflect.DeepEqual(tr, funnel.Transition{}) {
			w.t.Fatalf("refused with %v, and answers %+v", err, tr)
		}
		if err == nil && (tr.Version < 1 || tr.Round < 1 || tr.ID == "") {
			w.t.Fatalf("accepted is %+v", tr)
		}
		if err != nil {
			_ = err.Error()
		}
	}
	refused(policy.Move(pos, pick(w.random, d.Edges).On, nil, by))
	refused(policy.Move(pos, funnel.Event(text), &Lead{}, by))
	refused(policy.Return(pos, pick(w.random, d.Returns).On, reason, feedback, &Lead{Consent: true}, by))
	refused(policy.Return(pos, funnel.Return(text), funnel.Reason(text), feedback, nil, by))
	refused(policy.Merge(pos, w.pos, by))
	refused(policy.Merge(w.pos, pos, by))
	refused(policy.Correct(pos, w.log, number, by))
	refused(policy.Correct(w.start, append(slices.Clip(w.log), tr), number, by))
	if w.now < len(w.migrations) {
		refused(w.migrations[w.now].Carry(pos, by))
	}
	for _, option := range policy.Permitted(pos, &Lead{}, at) {
		if option.Err != nil {
			_ = option.Err.Error()
		}
	}
	_, _ = policy.Due(pos, nil)
	_ = policy.Redact(tr)
	for _, start := range []funnel.Position{w.start, pos} {
		for _, log := range [][]funnel.Transition{{tr}, append(slices.Clip(w.log), tr), append([]funnel.Transition{tr}, w.log...)} {
			got, err := policy.ReplayFrom(start, log)
			if got != fold(start, log) {
				w.t.Fatalf("it replays to %+v", got)
			}
			if err != nil {
				_ = err.Error()
			}
			_, _ = policy.Replay(log)
		}
	}
}

// replay folds the history anew.
func (w *fuzzWalk) replay() {
	policy := w.policies[w.now]
	if got, err := policy.ReplayFrom(w.start, w.log); err != nil || got != w.pos {
		w.t.Fatalf("replayed to %+v, %v, want %+v", got, err, w.pos)
	}
	if len(w.log) == 0 {
		return
	}
	if got, err := policy.Replay(w.log); err != nil || got != w.pos {
		for _, tr := range w.log {
			w.t.Logf("%+v %+v", tr, tr.Amendment)
		}
		w.t.Fatalf("from an unknown start replayed to %+v, %v, want %+v", got, err, w.pos)
	}
}
