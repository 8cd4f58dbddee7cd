package scoring_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/scoring"
)

// The four ways to score agree with each other on random models, whatever the memory held before.
func TestScoreWays(t *testing.T) {
	r := seeded(71)
	var reused scoring.Score
	var batch []scoring.Score
	short := 0
	for range 200 {
		m := randomModel(r)
		if r.Intn(2) == 0 { // rules without memory for periods take Points the shortest way
			for i := range m.Dimensions {
				m.Dimensions[i].Rules = slices.DeleteFunc(m.Dimensions[i].Rules, func(r scoring.Rule) bool { return r.Idle != nil })
			}
		}
		scorer, err := scoring.Compile[visitor, visit](m, scoring.Zones(time.LoadLocation))
		if err != nil {
			t.Fatal(err)
		}
		now := randomNow(r)
		subjects := make([]scoring.Subject[visitor, visit], r.Intn(80))
		for i := range subjects {
			subjects[i] = randomSubject(r, m, now)
			if r.Intn(2) == 0 {
				subjects[i].Adjustments = nil
				short++
			}
			if r.Intn(30) == 0 {
				subjects[i].Lead = nil
			}
		}
		batch = scorer.Batch(batch[:r.Intn(len(batch)+1)], subjects, now, r.Intn(4)-1)
		if len(batch) != len(subjects) {
			t.Fatalf("%d scores of %d subjects", len(batch), len(subjects))
		}
		i := 0
		for s, score := range scorer.All(slices.Values(subjects), now) {
			want := scorer.Score(subjects[i], now)
			sameScore(t, "All", score, &want)
			sameScore(t, "Batch", &batch[i], &want)
			scorer.ScoreInto(&reused, s, now)
			sameScore(t, "ScoreInto", &reused, &want)
			if points := scorer.Points(s, now); points != want.Total {
				t.Fatalf("Points gives %s\n%s", points, want.Explain())
			}
			i++
		}
		if i != len(subjects) {
			t.Fatalf("All gave %d scores of %d subjects", i, len(subjects))
		}
	}
	if short < 2000 {
		t.Errorf("%d subjects without adjustments tell little", short)
	}
}

// sameScore compares all of two scores; an empty list and none are one.
func sameScore(t *testing.T, way string, got, want *scoring.Score) {
	t.Helper()
	a, b := *got, *want
	for _, s := range []*scoring.Score{&a, &b} {
		s.Reached, s.Disqualified, s.Problems = orNil(s.Reached), orNil(s.Disqualified), orNil(s.Problems)
	}
	if !reflect.DeepEqual(a, b) {
		t.Fatalf("%s gives another score than Score:\n%s\n%s\n%#v\n%#v", way, a.Explain(), b.Explain(), a, b)
	}
}

func orNil[T any](list []T) []T {
	if len(list) == 0 {
		return nil
	}
	return list
}

// A loop that ends early asks for no more subjects, and one over none scores none.
func TestAllEnds(t *testing.T) {
	s := compile(t, scoring.Rule{When: "true", Points: scoring.Point})
	asked := 0
	subjects := func(yield func(scoring.Subject[Lead, Activity]) bool) {
		for range 10 {
			if asked++; !yield(subject()) {
				return
			}
		}
	}
	for range s.All(subjects, noon) {
		if asked == 3 {
			break
		}
	}
	if asked != 3 {
		t.Errorf("%d subjects were asked for", asked)
	}
	for range s.All(slices.Values([]scoring.Subject[Lead, Activity]{}), noon) {
		t.Error("no subject has a score")
	}
}

// All scores subject after subject, in one memory.
func ExampleScorer_All() {
	scorer := scoring.MustCompile[Lead, Activity](visits)
	leads := []scoring.Subject[Lead, Activity]{
		{Lead: &Lead{Title: "VP"}, Activities: []Activity{{"visit", ago(1)}}},
		{Lead: &Lead{Title: "CTO"}, Activities: []Activity{{"visit", ago(1)}, {"visit", ago(2)}}},
	}
	for lead, score := range scorer.All(slices.Values(leads), noon) {
		fmt.Println(lead.Lead.Title, score.Total)
	}
	// Output:
	// VP 10
	// CTO 20
}

// Batch scores on several workers. The next batch uses the memory again.
func ExampleScorer_Batch() {
	scorer := scoring.MustCompile[Lead, Activity](visits)
	leads := make([]scoring.Subject[Lead, Activity], 1000)
	for i := range leads {
		leads[i] = scoring.Subject[Lead, Activity]{Lead: &Lead{}, Activities: []Activity{{"visit", ago(i % 10)}}}
	}
	var scores []scoring.Score
	for _, now := range []time.Time{ago(5), noon} {
		scores = scorer.Batch(scores, leads, now, 4)
		active := 0
		for i := range scores {
			if scores[i].Total > 0 {
				active++
			}
		}
		fmt.Println(now.Format(time.DateOnly), active)
	}
	// Output:
	// 2026-06-10 500
	// 2026-06-15 1000
}

// Points is enough to rank leads.
func ExampleScorer_Points() {
	scorer := scoring.MustCompile[Lead, Activity](visits)
	fmt.Println(scorer.Points(scoring.Subject[Lead, Activity]{Lead: &Lead{}, Activities: []Activity{{"visit", ago(1)}}}, noon))
	// Output: 10
}

// Of two conditions one has a part that the engine does not know.
func ExampleScorer_Coverage() {
	scorer := scoring.MustCompile[Lead, Activity](scoring.Model{Schema: 1, Name: "fit", Dimensions: []scoring.Dimension{{Name: "fit", Rules: []scoring.Rule{
		{Name: "size", When: `Employees > 100`, Points: scoring.Point},
		{Name: "busy days", When: `Employees > 0 and len(map(Activities, .At.Weekday())) > 1`, Points: scoring.Point},
	}}}})
	for _, u := range scorer.Coverage() {
		fmt.Printf("%s/%s: %s\n", u.Dimension, u.Rule, u.Why)
	}
	// Output:
	// fit/busy days: map(Activities, .At.Weekday())
}

// Each rule that takes the slower way is listed, also where several have the same part, and
// in no other words than its author's.
func TestCoverage(t *testing.T) {
	slow := `len(map(Activities, .Kind)) > 1`
	within := `len(filter(Activities, .At.Weekday() != int("4") and .Kind != ")\"(")) > 1 and sum(Activities, int(.At.Weekday())) > 1`
	counted := `count(Activities, len(map(["a"], # + "b")) > 0 and .Kind == "c") > 1`
	s := scoring.MustCompile[Lead, Activity](scoring.Model{Schema: 1, Name: "m",
		Dimensions: []scoring.Dimension{{Name: "d",
			Rules: []scoring.Rule{{Name: "a", When: slow}, {Name: "b", When: within}, {Name: "c", When: within}, {Name: "fast", When: `Employees > 1`},
				{Name: "counts", When: counted}, {Name: "counts, too", When: counted},
				{Name: "each", Each: `len(map(["a"], # + Kind)) > 0`}, {Name: "idle", Each: `len(map(["a"], # + Kind)) > 1`, Idle: &scoring.Idle{Every: scoring.Day}}},
			Groups: []scoring.Group{{Name: "g", Rules: []scoring.Rule{{Name: "in a group", When: slow}}}}}},
		Disqualifiers: []scoring.Disqualifier{{Name: "x", When: slow, Reason: "y"}}})
	var got []string
	for _, u := range s.Coverage() {
		got = append(got, u.Dimension+"/"+u.Rule)
		if u.Why == "" || strings.Contains(u.Why, "$") {
			t.Errorf("%s: %s", u.Rule, u.Why)
		}
	}
	if want := "d/a d/b d/c d/counts d/counts, too d/each d/idle d/in a group /x"; strings.Join(got, " ") != want {
		t.Errorf("%s, want %s", strings.Join(got, " "), want)
	}
}

// visits gives 10 points for each visit.
var visits = scoring.Model{Schema: 1, Name: "visits", Dimensions: []scoring.Dimension{{Name: "engagement", Rules: []scoring.Rule{
	{Name: "visit", Each: `Kind == "visit"`, Points: 10 * scoring.Point},
}}}}
