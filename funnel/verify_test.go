package funnel_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/internal/script"
)

var findingKinds = []funnel.FindingKind{funnel.DeadEnd, funnel.SLAWithoutExit, funnel.Trap, funnel.AmbiguousEdges, funnel.UnreachableStage,
	funnel.EdgeNeverTaken, funnel.ShadowedEdge, funnel.ShadowedLimit, funnel.UncappedCycle, funnel.UnusedReason, funnel.UnusedGuard}

func parsed(t testing.TB, path string) funnel.Definition {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	d, err := funnel.Parse(data)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return d
}

// Each bad definition in testdata/verify has a finding of the kind that its name begins with, and of no other.
func TestVerifyFindsExactlyWhatIsWrong(t *testing.T) {
	paths, err := filepath.Glob("testdata/verify/*.json")
	if err != nil {
		t.Fatal(err)
	}
	found := map[funnel.FindingKind]bool{}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".json")
		findings := funnel.Verify(parsed(t, path), "consent", "budget")
		findings = slices.DeleteFunc(findings, func(f funnel.Finding) bool {
			return f.Kind == funnel.UnusedGuard && !strings.HasPrefix(name, "unused_guard")
		})
		if len(findings) == 0 {
			t.Errorf("%s: nothing found", name)
		}
		for _, f := range findings {
			found[f.Kind] = true
			if !strings.HasPrefix(name, string(f.Kind)) {
				t.Errorf("%s: %s: %v", name, f.Kind, f)
			}
			errors := []funnel.FindingKind{funnel.DeadEnd, funnel.SLAWithoutExit, funnel.Trap, funnel.AmbiguousEdges}
			if want := slices.Contains(errors, f.Kind); want != (f.Severity == funnel.SeverityError) {
				t.Errorf("%s is of severity %s", f.Kind, f.Severity)
			}
		}
	}
	for _, kind := range findingKinds {
		if !found[kind] {
			t.Errorf("no definition in testdata/verify has a finding %s", kind)
		}
	}
}

// What each finding says, where, and whether Compile refuses the definition for it already.
func TestVerifySays(t *testing.T) {
	script.Run(t, "testdata/verify/findings.txt", func(name string) string {
		d := parsed(t, "testdata/verify/"+name+".json")
		var out []string
		guards := []string{"consent", "budget"}
		if name != "unused_guard" {
			guards = nil
		}
		for _, f := range funnel.Verify(d, guards...) {
			line := f.String()
			if f.Other != "" {
				line += " (" + f.Other + ")"
			}
			out = append(out, line)
		}
		if _, err := funnel.Compile[Lead](d); err != nil && name != "unused_guard" {
			out = append(out, "Compile refuses it: "+strings.ReplaceAll(err.Error(), "\n", "\n  "))
		}
		return strings.Join(out, "\n")
	})
}

func TestVerifyGuards(t *testing.T) {
	d := parsed(t, "testdata/verify/unused_guard.json")
	if findings := funnel.Verify(d, "consent"); findings != nil {
		t.Errorf("all guards are asked: %v", findings)
	}
	if got := fmt.Sprint(funnel.Verify(d, "consent", "budget")); got != `[warning: guards[1]: no edge asks the guard "budget"]` {
		t.Errorf("got %s", got)
	}
	d = parsed(t, "testdata/verify/edge_never_taken.json")
	d.Edges[1].Guards = []string{"consent"}
	findings := funnel.Verify(d, "consent")
	if last := findings[len(findings)-1]; last.Kind != funnel.UnusedGuard || last.Other != "edges[1]" || last.Path != "guards[0]" {
		t.Errorf("got %v", findings)
	}
}

// A reason can have a return that takes it, at a stage to which no lead comes.
func TestVerifyReasonWhereNoLeadComes(t *testing.T) {
	d := parsed(t, "testdata/verify/unreachable_stage.json")
	spam := d.Reasons[0]
	spam.Code, spam.Disposition = "spam", funnel.DispositionSuppress
	d.Reasons = append(d.Reasons, spam)
	d.Returns = append(d.Returns, funnel.ReturnEdge{From: "second", On: "park", Dispositions: []funnel.Disposition{funnel.DispositionSuppress}, To: "parked"})
	if _, err := funnel.Compile[Lead](d); err != nil {
		t.Fatal(err)
	}
	findings := funnel.Verify(d)
	if len(findings) != 2 || findings[1].Kind != funnel.UnusedReason || findings[1].Path != "reasons[1]" || findings[1].Other != "returns[1]" {
		t.Errorf("got %v", findings)
	}
}

// Verify takes what Compile refuses: it neither panics nor goes in circles.
func TestVerifyOfBrokenDefinitions(t *testing.T) {
	if got := funnel.Verify(funnel.Definition{}); got != nil {
		t.Errorf("the empty definition has %v", got)
	}
	d := funnel.Standard()
	d.Initial = "nowhere"
	if got := funnel.Verify(d); got != nil {
		t.Errorf("without an initial stage there is nothing to walk: %v", got)
	}
	d = funnel.Standard()
	d.Stages = append(d.Stages, d.Stages[0])
	d.Stages[1].Limits = []funnel.TimeLimit{{After: -1, Unit: "years", Event: "no such"}, {After: math.MaxInt, Unit: funnel.UnitDays, Return: "reject", Reason: "no such"}}
	d.Edges = append(d.Edges, funnel.Edge{From: "x", To: "y"}, funnel.Edge{})
	d.Returns = append(d.Returns, funnel.ReturnEdge{From: funnel.MQL, To: "y"}, funnel.ReturnEdge{})
	d.MaxRounds = -7
	funnel.Verify(d)
}

// A funnel that is walked in one direction is as good as any; nobody must be told.
func TestVerifyIsContentWithStandard(t *testing.T) {
	for _, f := range funnel.Verify(funnel.Standard()) {
		t.Error(f)
	}
	for rounds := range 4 { // without a bound the returns circle, with one round nothing lets a lead back
		d := funnel.Standard()
		d.MaxRounds = rounds
		var kinds []funnel.FindingKind
		for _, f := range funnel.Verify(d) {
			kinds = append(kinds, f.Kind)
		}
		want := map[int][]funnel.FindingKind{0: {funnel.UncappedCycle}, 1: slices.Repeat([]funnel.FindingKind{funnel.EdgeNeverTaken}, 5)}[rounds]
		if !slices.Equal(kinds, want) {
			t.Errorf("at most %d rounds: %v, want %v", rounds, kinds, want)
		}
	}
}

// explore drives a compiled policy from its start by every event and every return with every reason, at a time when all
// waits are over, and notes what happens. It knows stages, reasons and rounds as a host does, and nothing of Verify.
type explored struct {
	stages  map[funnel.Stage]bool
	steps   map[string]bool
	reasons map[funnel.Reason]bool
	stuck   map[funnel.Stage]bool
}

func explore(t *testing.T, d funnel.Definition) explored {
	t.Helper()
	policy, err := funnel.Compile[Lead](d)
	if err != nil {
		t.Fatal(err)
	}
	seen := explored{map[funnel.Stage]bool{}, map[string]bool{}, map[funnel.Reason]bool{}, map[funnel.Stage]bool{}}
	type key struct {
		stage  funnel.Stage
		reason funnel.Reason
		round  int
	}
	known := map[key]int{}
	var positions []funnel.Position
	var next [][]int
	visit := func(pos funnel.Position) int {
		k := key{pos.Stage, pos.Reason, pos.Round}
		if _, ok := known[k]; !ok {
			known[k] = len(positions)
			positions = append(positions, pos)
		}
		return known[k]
	}
	visit(policy.Start("x", on("a", "2026-01-01")))
	for i := 0; i < len(positions); i++ {
		pos := positions[i]
		seen.stages[pos.Stage] = true
		by := funnel.By{Occurred: pos.Since.Add(100 * 365 * 24 * time.Hour)}
		var after []int
		apply := func(path string, tr funnel.Transition) {
			seen.steps[path] = true
			back := funnel.Apply(pos, tr)
			back.Since, back.NotBefore = positions[0].Since, time.Time{}
			if d.MaxRounds == 0 {
				back.Round = 1 // it decides nothing
			}
			after = append(after, visit(back))
		}
		for k, e := range d.Edges {
			if e.From == pos.Stage {
				if tr, err := policy.Move(pos, e.On, nil, by); err == nil {
					apply(fmt.Sprintf("edges[%d]", k), tr)
				}
			}
		}
		for k, e := range d.Returns {
			for _, reason := range d.Reasons {
				if e.From == pos.Stage && slices.Contains(e.Dispositions, reason.Disposition) {
					if tr, err := policy.Return(pos, e.On, reason.Code, feedback(reason), nil, by); err == nil {
						seen.reasons[reason.Code] = true
						apply(fmt.Sprintf("returns[%d]", k), tr)
					}
				}
			}
		}
		next = append(next, after)
	}
	for i, pos := range positions { // a lead is stuck where it never sees another stage
		reach, queue, leaves := map[int]bool{i: true}, []int{i}, false
		for ; len(queue) > 0; queue = queue[1:] {
			for _, n := range next[queue[0]] {
				leaves = leaves || positions[n].Stage != pos.Stage
				if !reach[n] {
					reach[n], queue = true, append(queue, n)
				}
			}
		}
		if !leaves {
			seen.stuck[pos.Stage] = true
		}
	}
	return seen
}

// Random definitions: what Verify says of stages, edges, reasons and standstill is what an exploration of the compiled
// policy finds.
func TestVerifyAgreesWithExploration(t *testing.T) {
	random := rand.New(rand.NewPCG(8, 15))
	kinds := map[funnel.FindingKind]int{}
	for range 600 {
		d := smallDefinition(random)
		seen := explore(t, d)
		findings := map[string]funnel.FindingKind{}
		told := map[string]bool{}
		for _, f := range funnel.Verify(d) {
			if f.Kind != funnel.ShadowedEdge && f.Kind != funnel.UncappedCycle && f.Kind != funnel.AmbiguousEdges && f.Kind != funnel.Trap {
				findings[f.Path] = f.Kind
			}
			kinds[f.Kind]++
			told[f.Other] = true
		}
		want := map[string]funnel.FindingKind{}
		for i, stage := range d.Stages {
			path := fmt.Sprintf("stages[%d]", i)
			switch {
			case !seen.stages[stage.Name]:
				want[path] = funnel.UnreachableStage
			case !seen.stuck[stage.Name]:
			case stage.Kind == funnel.KindInventory, stage.Kind == funnel.KindGate:
				want[path] = funnel.DeadEnd
			case stage.Kind == funnel.KindSLA:
				want[path] = funnel.SLAWithoutExit
			}
		}
		check := func(path string, from, to funnel.Stage) {
			if seen.stages[from] && seen.stages[to] && !seen.steps[path] {
				want[path] = funnel.EdgeNeverTaken
			}
		}
		for i, e := range d.Edges {
			check(fmt.Sprintf("edges[%d]", i), e.From, e.To)
		}
		for i, e := range d.Returns {
			check(fmt.Sprintf("returns[%d]", i), e.From, e.To)
		}
		for i, reason := range d.Reasons {
			if !seen.reasons[reason.Code] {
				want[fmt.Sprintf("reasons[%d]", i)] = funnel.UnusedReason
			}
		}
		if fmt.Sprint(findings) != fmt.Sprint(want) {
			text, _ := json.Marshal(d)
			t.Fatalf("Verify: %v\nwant:   %v\n%s", findings, want, text)
		}
	}
	for _, kind := range findingKinds {
		if kinds[kind] == 0 && kind != funnel.ShadowedEdge && kind != funnel.ShadowedLimit && kind != funnel.UnusedGuard {
			t.Errorf("no random definition has a finding %s", kind)
		}
	}
}

// smallDefinition is one that Compile accepts, with few stages, and releases, reasons and returns of all sorts.
func smallDefinition(random *rand.Rand) funnel.Definition {
	kinds := []funnel.Kind{funnel.KindInventory, funnel.KindGate, funnel.KindSLA, funnel.KindWon, funnel.KindLost, funnel.KindDetour, funnel.KindDetour}
	whens := []funnel.When{funnel.WhenAtOnce, funnel.WhenCoolDown, funnel.WhenManual, funnel.WhenNever}
	for {
		d := funnel.Definition{Name: "small", Version: 1, Initial: "s0", MaxRounds: random.IntN(4)}
		name := func(i int) funnel.Stage { return funnel.Stage(fmt.Sprint("s", i)) }
		n := 3 + random.IntN(4)
		for i := range n {
			d.Stages = append(d.Stages, funnel.StageDefinition{Name: name(i), Kind: pick(random, kinds)})
		}
		for i := range 1 + random.IntN(3) {
			reason := funnel.ReasonDefinition{Code: funnel.Reason(fmt.Sprint("r", i)), Class: funnel.ClassAny, AtFault: funnel.SideNone, BeforeContact: random.IntN(2) == 0,
				Disposition: pick(random, []funnel.Disposition{funnel.DispositionRecycle, funnel.DispositionMerge, funnel.DispositionReview}),
				ReEntry:     funnel.ReEntry{When: pick(random, whens), Needs: funnel.NeedsNone}}
			if random.IntN(2) == 0 && (reason.ReEntry.When == funnel.WhenAtOnce || reason.ReEntry.When == funnel.WhenCoolDown) {
				reason.ReEntry.Bypass = funnel.BypassHighIntent
			}
			d.Reasons = append(d.Reasons, reason)
		}
		for range random.IntN(4) + n/2 {
			e := funnel.ReturnEdge{From: name(random.IntN(n)), On: funnel.Return(fmt.Sprint("r", random.IntN(3))), To: name(random.IntN(n)), BeforeContact: random.IntN(4) == 0}
			e.Dispositions = []funnel.Disposition{pick(random, d.Reasons).Disposition}
			if random.IntN(4) == 0 {
				e.Dispositions = []funnel.Disposition{funnel.DispositionEnrich}
			}
			d.Returns = append(d.Returns, e)
		}
		for range random.IntN(5) + n/2 {
			e := funnel.Edge{From: name(random.IntN(n)), On: funnel.Event(fmt.Sprint("e", random.IntN(4))), To: name(random.IntN(n))}
			if random.IntN(2) == 0 {
				e.Release = pick(random, []funnel.Release{funnel.ReleaseCoolDown, funnel.ReleaseHighIntent, funnel.ReleaseManual})
			}
			d.Edges = append(d.Edges, e)
		}
		if _, err := funnel.Compile[Lead](d); err == nil {
			return d
		}
	}
}

// A hostile definition as large as Parse takes is reviewed in a time that a person waits.
func TestVerifyOfALargeDefinition(t *testing.T) {
	d := funnel.Standard()
	d.MaxRounds = 1 << 30
	for i := range 4000 {
		name := funnel.Stage(fmt.Sprint("s", i))
		d.Stages = append(d.Stages, funnel.StageDefinition{Name: name, Kind: funnel.KindInventory,
			Limits: []funnel.TimeLimit{{After: 3, Unit: funnel.UnitDays, Return: "x", Reason: funnel.ReasonBelowThreshold}}})
		d.Edges = append(d.Edges, funnel.Edge{From: funnel.Inquiry, On: funnel.Event(name), To: name},
			funnel.Edge{From: name, On: "back", To: funnel.Recycled, Release: funnel.ReleaseManual})
		d.Returns = append(d.Returns, funnel.ReturnEdge{From: funnel.Recycled, On: funnel.Return("r" + name), To: name, Dispositions: []funnel.Disposition{funnel.DispositionReview}})
	}
	start := time.Now()
	funnel.Verify(d)
	if spent := time.Since(start); spent > 20*time.Second {
		t.Errorf("took %v", spent)
	}
}

func BenchmarkVerifyStandard(b *testing.B) {
	b.ReportAllocs()
	d := funnel.Standard()
	for b.Loop() {
		if funnel.Verify(d) != nil {
			b.Fatal("a finding")
		}
	}
}
