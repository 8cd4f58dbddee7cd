package learn_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/leadloop/leadloop/scoring"
	"github.com/leadloop/leadloop/scoring/learn"
)

// model has n rules that give and take points in turn.
func model(n int) scoring.Model {
	m := scoring.Model{Schema: scoring.Schema, Name: "m", Version: 1, Dimensions: []scoring.Dimension{{Name: "a"}, {Name: "b"}}}
	for i := range n {
		d := &m.Dimensions[i%2]
		points := scoring.Point
		if i%3 == 1 {
			points = -points
		}
		d.Rules = append(d.Rules, scoring.Rule{Name: fmt.Sprintf("r%d", i), When: "true", Points: points})
	}
	return m
}

// made gives what a constructor makes of a model that is in order.
func made[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func names(m scoring.Model) (list []string) {
	for _, d := range m.Dimensions {
		for _, r := range d.Rules {
			list = append(list, d.Name+"/"+r.Name)
		}
	}
	return list
}

func randomOutcomes(r *rand.Rand, rules []string, n int) []learn.Outcome {
	outcomes := make([]learn.Outcome, n)
	for i := range outcomes {
		o := &outcomes[i]
		for _, rule := range rules {
			if r.IntN(3) == 0 {
				o.Hits = append(o.Hits, rule)
			}
		}
		o.Accepted = learn.Verdict(r.IntN(3))
		if o.Accepted == learn.Positive {
			o.Won = learn.Verdict(r.IntN(3))
		}
		if o.Accepted == learn.Negative {
			o.Reason = []string{"timing", "no_budget", "other"}[r.IntN(3)]
		}
	}
	return outcomes
}

// reference counts one rule by going through all outcomes again.
func reference(outcomes []learn.Outcome, rule string, target learn.Target) (support, precision, base learn.Rate) {
	for _, o := range outcomes {
		v := o.Accepted
		if target == learn.Win {
			v = o.Won
		}
		if v == learn.Pending {
			continue
		}
		base.Whole++
		if v == learn.Positive {
			base.Part++
		}
		if slices.Contains(o.Hits, rule) {
			precision.Whole++
			if v == learn.Positive {
				precision.Part++
			}
		}
	}
	return learn.Rate{Part: precision.Whole, Whole: base.Whole}, precision, base
}

func TestReportAgainstCountingAgain(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	m := model(7)
	for range 300 {
		outcomes := randomOutcomes(r, names(m), r.IntN(60))
		e := made(learn.NewEvidence(m))
		for _, o := range outcomes {
			if err := e.Add(o); err != nil {
				t.Fatal(err)
			}
		}
		for _, target := range []learn.Target{learn.Acceptance, learn.Win} {
			report := e.Report(target)
			for i, rule := range names(m) {
				row := report.Rows[i]
				support, precision, base := reference(outcomes, rule, target)
				if row.Rule != rule || row.Support != support || row.Precision != precision || report.Base != base {
					t.Fatalf("%s of %s: %+v, base %v; want support %v, precision %v, base %v", rule, target, row, report.Base, support, precision, base)
				}
				lift, ok := row.Lift()
				if ok != (precision.Whole > 0 && base.Part > 0) {
					t.Fatalf("lift of %+v is defined: %v", row, ok)
				}
				if ok {
					want, _ := big.NewRat(precision.Part*base.Whole, precision.Whole*base.Part).Float64()
					if math.Abs(lift-want) > 1e-12 {
						t.Fatalf("lift %v, want %v", lift, want)
					}
				}
				low, high := row.Interval.Low, row.Interval.High
				if v, ok := precision.Value(); ok && !(0 <= low && low <= v+1e-12 && v-1e-12 <= high && high <= 1) {
					t.Fatalf("interval %v of %v", row.Interval, precision)
				}
			}
		}
	}
}

// Wilson's bounds are the rates p at which the observed one lies z standard
// errors away: |k/n − p| = z·sqrt(p(1−p)/n). The test asks just that of them.
func TestIntervalSolvesWilsonsEquation(t *testing.T) {
	const z = 1.959963984540054
	r := rand.New(rand.NewPCG(2, 1))
	for range 5000 {
		n := 1 + r.Int64N(10_000)
		rate := learn.Rate{Part: r.Int64N(n + 1), Whole: n}
		v, _ := rate.Value()
		interval := rate.Interval()
		for _, p := range []float64{interval.Low, interval.High} {
			if gap := math.Abs(math.Abs(v-p) - z*math.Sqrt(p*(1-p)/float64(n))); gap > 1e-9 {
				t.Fatalf("bound %v of %v misses the equation by %v", p, rate, gap)
			}
		}
	}
	if got := (learn.Rate{}).Interval(); got != (learn.Interval{Low: 0, High: 1}) {
		t.Errorf("interval of nothing: %v", got)
	}
	// Newcombe, "Two-sided confidence intervals for the single proportion"
	// (Statistics in Medicine 17, 1998), table I: 81 of 263 has 0.2553 to 0.3662.
	got := learn.Rate{Part: 81, Whole: 263}.Interval()
	if math.Abs(got.Low-0.2553) > 5e-5 || math.Abs(got.High-0.3662) > 5e-5 {
		t.Errorf("81 of 263: %v", got)
	}
}

func TestFindings(t *testing.T) {
	m := scoring.Model{Schema: scoring.Schema, Name: "m", Dimensions: []scoring.Dimension{{Name: "d", Rules: []scoring.Rule{
		{Name: "plus good", Points: 1}, {Name: "plus bad", Points: 1}, {Name: "minus good", Points: -1}, {Name: "minus bad", Points: -1},
		{Name: "computed good", PointsExpression: "Employees"}, {Name: "few", Points: 1}, {Name: "never", Points: 1},
	}}}}
	e := made(learn.NewEvidence(m))
	add := func(n int, v learn.Verdict, hits ...string) {
		for range n {
			if err := e.Add(learn.Outcome{Hits: hits, Accepted: v}); err != nil {
				t.Fatal(err)
			}
		}
	}
	add(50, learn.Positive, "d/plus good", "d/minus good", "d/computed good")
	add(50, learn.Negative, "d/plus bad", "d/minus bad")
	add(1, learn.Positive, "d/few")
	add(1, learn.Negative, "d/few")
	want := map[string]learn.Finding{
		"d/plus good": learn.Supported, "d/plus bad": learn.Contradicted, "d/minus good": learn.Contradicted, "d/minus bad": learn.Supported,
		"d/computed good": learn.Open, "d/few": learn.Open, "d/never": learn.Open,
	}
	for _, row := range e.Report(learn.Acceptance).Rows {
		if row.Finding != want[row.Rule] {
			t.Errorf("%s is %s, want %s", row.Rule, row.Finding, want[row.Rule])
		}
	}
	for _, row := range e.Report(learn.Win).Rows {
		if row.Finding != learn.Open || row.Support.String() != "undefined" {
			t.Errorf("nothing was won or lost, but %s is %s with support %s", row.Rule, row.Finding, row.Support)
		}
	}
	if base := e.Report("revenue").Base; base != (learn.Rate{}) {
		t.Errorf("an unknown target has the base rate %v", base)
	}
	if s := e.Report(learn.Win).String(); !strings.Contains(s, "–") || !strings.Contains(s, "base rate undefined") {
		t.Errorf("a report without judgements:\n%s", s)
	}
}

// However outcomes are sharded and in whatever order shards merge, the
// evidence is the same.
func TestMergeIsOrderFree(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	m := model(5)
	for range 200 {
		outcomes := randomOutcomes(r, names(m), 40)
		whole := made(learn.NewEvidence(m))
		shards := []*learn.Evidence{made(learn.NewEvidence(m)), made(learn.NewEvidence(m)), made(learn.NewEvidence(m)), made(learn.NewEvidence(m))}
		for _, o := range outcomes {
			if err := errors.Join(whole.Add(o), shards[r.IntN(3)].Add(o)); err != nil { // the last shard stays empty
				t.Fatal(err)
			}
		}
		r.Shuffle(len(shards), func(i, j int) { shards[i], shards[j] = shards[j], shards[i] })
		left := made(learn.NewEvidence(m))
		for _, s := range shards {
			if err := left.Merge(s); err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(shards[2].Merge(shards[3]), shards[1].Merge(shards[2]), shards[0].Merge(shards[1])); err != nil {
			t.Fatal(err)
		}
		for _, e := range []*learn.Evidence{left, shards[0]} {
			for _, target := range []learn.Target{learn.Acceptance, learn.Win} {
				if diff := cmp.Diff(whole.Report(target), e.Report(target)); diff != "" {
					t.Fatal(diff)
				}
			}
			if diff := cmp.Diff(whole.Reasons(), e.Reasons()); diff != "" {
				t.Fatal(diff)
			}
		}
	}
}

func TestRefusalsCountNothing(t *testing.T) {
	e := made(learn.NewEvidence(model(2)))
	for _, c := range []struct {
		outcome learn.Outcome
		want    error
	}{
		{learn.Outcome{Hits: []string{"a/r0", "x"}, Accepted: learn.Positive}, learn.ErrUnknownRule},
		{learn.Outcome{Hits: []string{"a/r0", "a/r0"}, Accepted: learn.Positive}, learn.ErrRepeatedHit},
		{learn.Outcome{Won: learn.Positive}, learn.ErrOutcome},
		{learn.Outcome{Accepted: learn.Negative, Won: learn.Negative}, learn.ErrOutcome},
		{learn.Outcome{Accepted: 3}, learn.ErrOutcome},
		{learn.Outcome{Accepted: -1}, learn.ErrOutcome},
	} {
		if err := e.Add(c.outcome); !errors.Is(err, c.want) {
			t.Errorf("%+v: %v, want %v", c.outcome, err, c.want)
		}
	}
	dearer := model(2)
	dearer.Dimensions[0].Rules[0].Points *= 2 // the version was not raised
	newer := model(2)
	newer.Version = 2
	for _, other := range []scoring.Model{model(3), newer, dearer, {Name: "m", Version: 1}} {
		if err := e.Merge(made(learn.NewEvidence(other))); !errors.Is(err, learn.ErrOtherModel) {
			t.Errorf("merging %s version %d: %v", other.Name, other.Version, err)
		}
	}
	if base := e.Report(learn.Acceptance).Base; base != (learn.Rate{}) || len(e.Reasons()) != 0 {
		t.Errorf("refused outcomes were counted: %v", base)
	}
}

// A report that was stored as JSON says the same when it is read again.
func TestReportSurvivesJSON(t *testing.T) {
	m := model(4)
	e := made(learn.NewEvidence(m))
	for _, o := range randomOutcomes(rand.New(rand.NewPCG(4, 1)), names(m), 50) {
		if err := e.Add(o); err != nil {
			t.Fatal(err)
		}
	}
	report := e.Report(learn.Acceptance)
	data, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	var back learn.Report
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	if back.String() != report.String() || !strings.Contains(report.String(), "0.") {
		t.Errorf("after JSON:\n%s\nwant\n%s", back, report)
	}
}

// A hit that a refused outcome named first is no repetition in the next outcome, and the zero value does not panic.
func TestAddAfterRefusal(t *testing.T) {
	e := made(learn.NewEvidence(model(2)))
	if err := e.Add(learn.Outcome{Hits: []string{"a/r0", "x"}}); !errors.Is(err, learn.ErrUnknownRule) {
		t.Fatal(err)
	}
	if err := e.Add(learn.Outcome{Hits: []string{"a/r0"}, Accepted: learn.Positive}); err != nil {
		t.Fatal(err)
	}
	var one, two learn.Evidence
	if err := errors.Join(one.Add(learn.Outcome{Accepted: learn.Negative, Reason: "other"}), two.Merge(&one)); err != nil {
		t.Error(err)
	}
}

func FuzzAdd(f *testing.F) {
	f.Add("a/r0", "b/r1", int8(1), int8(2), "timing")
	f.Add("a/r0", "a/r0", int8(0), int8(1), "")
	f.Add("", "x", int8(-128), int8(127), "other")
	f.Fuzz(func(t *testing.T, one, two string, accepted, won int8, reason string) {
		e := made(learn.NewEvidence(model(4)))
		err := e.Add(learn.Outcome{Hits: []string{one, two}, Accepted: learn.Verdict(accepted), Won: learn.Verdict(won), Reason: reason})
		for _, target := range []learn.Target{learn.Acceptance, learn.Win} {
			base := e.Report(target).Base
			if base.Part > base.Whole || base.Whole > 1 || err != nil && base.Whole != 0 {
				t.Fatalf("after %v the base rate is %v", err, base)
			}
		}
	})
}

func BenchmarkAdd(b *testing.B) {
	b.ReportAllocs()
	m := model(50)
	e := made(learn.NewEvidence(m))
	o := learn.Outcome{Hits: names(m)[:12], Accepted: learn.Positive, Won: learn.Negative}
	for b.Loop() {
		if err := e.Add(o); err != nil {
			b.Fatal(err)
		}
	}
}

// A handful of leads is no finding, however clear it looks.
func TestFindingsNeedSupport(t *testing.T) {
	m := scoring.Model{Schema: scoring.Schema, Name: "m", Dimensions: []scoring.Dimension{{Name: "d", Rules: []scoring.Rule{
		{Name: "enough", Points: 1}, {Name: "one less", Points: 1},
	}}}}
	e := made(learn.NewEvidence(m))
	add := func(n int, o learn.Outcome) {
		for range n {
			if err := e.Add(o); err != nil {
				t.Fatal(err)
			}
		}
	}
	add(1000, learn.Outcome{Accepted: learn.Positive})
	add(learn.MinimumSupport, learn.Outcome{Hits: []string{"d/enough"}, Accepted: learn.Negative})
	add(learn.MinimumSupport-1, learn.Outcome{Hits: []string{"d/one less"}, Accepted: learn.Negative})
	rows := e.Report(learn.Acceptance).Rows
	if rows[0].Finding != learn.Contradicted || rows[1].Finding != learn.Open {
		t.Errorf("%s with %d leads, %s with one less", rows[0].Finding, learn.MinimumSupport, rows[1].Finding)
	}
}
