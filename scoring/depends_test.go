package scoring_test

import (
	"fmt"
	"math/rand"
	"slices"
	"testing"
	"time"

	"github.com/leadloop/leadloop/scoring"
)

func TestDepends(t *testing.T) {
	day := scoring.Day
	five := 5 * scoring.Point
	m := scoring.Model{Schema: 1, Name: "depends",
		Dimensions: []scoring.Dimension{{Name: "d", Rules: []scoring.Rule{
			{Name: "lead", When: `Country == "DE"`, Points: five},
			{Name: "count", When: `count(Activities, .Kind == "a" and .At > Now - duration("10d")) > 1`, Points: five},
			{Name: "each", Each: `Kind == "a"`, Points: five},
			{Name: "condition", Each: `Kind == "a" and At > Now - duration("12d")`, Points: five},
			{Name: "span", Each: `Kind == "a"`, Points: five, Window: &scoring.Window{Span: 13 * day}},
			{Name: "days", Each: `true`, PointsExpression: "Value", Window: &scoring.Window{Days: 14}},
			{Name: "half", Each: `true`, Points: five, HalfLife: 14 * day},
			{Name: "observed", Each: `true`, HalfLife: 14 * day},
			{Name: "linear", Each: `true`, Points: five, Linear: 36 * scoring.Duration(time.Hour)},
			{Name: "steps", Each: `true`, Points: five, Steps: []scoring.Step{{After: day, Share: scoring.Point / 2}, {After: 9 * day}}},
			{Name: "open", Each: `true`, Points: five, Steps: []scoring.Step{{After: day, Share: scoring.Point / 2}}},
			{Name: "three", Each: `true`, Points: five, Linear: day, AtLeast: 3},
			{Name: "idle", Points: -five, Idle: &scoring.Idle{Every: day, Since: "Created"}},
			{Name: "clock", When: `Now.Hour() < 9`, Points: five},
		}}},
		Disqualifiers: []scoring.Disqualifier{{Name: "late", When: "Closed != nil", Reason: "closed"}},
	}
	d := scoring.MustCompile[person, happening](m).Depends()
	if !slices.Equal(d.Lead, []string{"Closed", "Country", "Created"}) || !slices.Equal(d.Activity, []string{"At", "Kind", "Value"}) ||
		!d.Horizon.All || !slices.Equal(d.Clock, []string{"d/clock"}) {
		t.Errorf("%+v", d)
	}
	// 5 points are 5 000 000 micropoints: 2^-n of them is below one half, which rounds to 0, from n = 23.26 half-lives,
	// 325.6 days, on.
	all := scoring.Horizon{All: true}
	want := []scoring.Horizon{{}, {Span: 10 * day}, all, {Span: 12 * day}, {Span: 13 * day}, {Span: 18 * day}, {Span: 326 * day}, all,
		{Span: 2 * day}, {Span: 9 * day}, all, all, all, {}}
	for i, r := range d.Rules {
		if r.Horizon != want[i] {
			t.Errorf("%s looks back %+v, want %+v", r.Rule, r.Horizon, want[i])
		}
	}
	m.Dimensions[0].Rules = m.Dimensions[0].Rules[3:7]
	scorer := scoring.MustCompile[person, happening](m)
	since, ok := scorer.Horizon().Since(noon)
	if !ok || !since.Equal(ago(326)) {
		t.Errorf("%v, %t", since, ok)
	}
	if _, ok := all.Since(noon); ok {
		t.Error("there is no such instant")
	}
}

// told is what the horizon keeps of a score.
func told(s scoring.Score) string {
	var lines []scoring.Line
	for _, l := range s.Lines {
		if l.Count = 0; l.Points != 0 {
			lines = append(lines, l)
		}
	}
	return fmt.Sprint(s.Total, s.Grade, s.Dimensions, s.Reached, s.Disqualified, lines)
}

// Activities beyond the horizon make no difference, now and later.
func TestHorizon(t *testing.T) {
	r := rand.New(rand.NewSource(5))
	compared, dropped := 0, 0
	for compared < 2000 {
		p := pick(r, seconds, hours)
		m := p.model(r, false)
		scorer := scoring.MustCompile[person, happening](m, scoring.Zones(time.LoadLocation))
		horizon := scorer.Horizon()
		if horizon.All {
			continue
		}
		for range 20 {
			compared++
			now := noon.Add(time.Duration(r.Intn(60)) * p.unit)
			s := p.subject(r, now)
			since, _ := horizon.Since(now)
			cut := s
			cut.Activities = slices.DeleteFunc(slices.Clone(s.Activities), func(a happening) bool { return !a.At.After(since) })
			dropped += len(s.Activities) - len(cut.Activities)
			for _, later := range []time.Duration{0, 1, 7, 60, 3600} {
				all, kept := scorer.Score(s, now.Add(later*p.unit)), scorer.Score(cut, now.Add(later*p.unit))
				if told(all) != told(kept) {
					t.Fatalf("%s\nwithout %v and older:\n%s\n%+v", all.Explain(), since, kept.Explain(), m)
				}
			}
		}
	}
	if dropped < 500 {
		t.Errorf("%d dropped activities tell little", dropped)
	}
}
