package flow_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"testing"
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/funnel/flow"
)

const oneDay = 24 * time.Hour

// published is one estimate by R's package survival, see testdata/survival.R.
type published struct {
	Name, Method        string
	Start, Time, Status []float64
	At                  []float64
	AtRisk              []float64 `json:"at_risk"`
	Events              []float64
	Share               []float64
	StdError            []float64 `json:"std_error"`
	Low, High           []*float64
	Median, P90         []*float64

	Share1, Share2, Share3          []float64
	StdError1, StdError2, StdError3 []float64 `json:"-"`
	Low1, Low2, Low3                []*float64
	High1, High2, High3             []*float64
}

func (p *published) UnmarshalJSON(data []byte) error {
	type plain published
	if err := json.Unmarshal(data, (*plain)(p)); err != nil {
		return err
	}
	var errors map[string]json.RawMessage
	if err := json.Unmarshal(data, &errors); err != nil || p.Method != "aj" {
		return err
	}
	for name, into := range map[string]*[]float64{"std_error1": &p.StdError1, "std_error2": &p.StdError2, "std_error3": &p.StdError3} {
		if err := json.Unmarshal(errors[name], into); err != nil {
			return err
		}
	}
	return nil
}

// studyOf makes a log of a data set: all that ends, ends at the instant of the report.
func studyOf(t *testing.T, p *published) *flow.Report {
	t.Helper()
	asOf := day("2026-01-01")
	f, err := flow.New(flow.Options{Definition: flow.Path("study", []funnel.Stage{"entered", "won"}, "lost", "aside"), AsOf: asOf, Tick: oneDay})
	if err != nil {
		t.Fatal(err)
	}
	for i := range p.Time {
		begin := asOf.Add(-time.Duration(p.Time[i]) * oneDay)
		j := flow.Journey{Lead: fmt.Sprint(i), Steps: []flow.Step{{At: begin, Stage: "entered"}}}
		if p.Start[i] > 0 {
			j.Observed = begin.Add(time.Duration(p.Start[i]) * oneDay)
		}
		if p.Status[i] > 0 {
			j.Steps = append(j.Steps, flow.Step{At: asOf, Stage: []funnel.Stage{"won", "lost", "aside"}[int(p.Status[i])-1]})
		}
		f.Add(j)
	}
	return f.Report()
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > 1e-9 {
		t.Errorf("%s: got %.17g, want %.17g", what, got, want)
	}
}

// Where R has NA, at shares of 0 and 1, there is no interval; ours is the share itself.
func nearLimit(t *testing.T, what string, got float64, want *float64, share float64) {
	t.Helper()
	if want == nil {
		near(t, what, got, share)
		return
	}
	near(t, what, got, *want)
}

func TestCurvesAgreeWithR(t *testing.T) {
	data, err := os.ReadFile("testdata/survival.json")
	if err != nil {
		t.Fatal(err)
	}
	var list []published
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	if len(list) != 10 {
		t.Fatalf("%d data sets", len(list))
	}
	for _, p := range list {
		t.Run(p.Name, func(t *testing.T) {
			c, ok := studyOf(t, &p).Conversion("entered", "won")
			if !ok {
				t.Fatal("no conversion")
			}
			if p.Method == "km" {
				compareKaplanMeier(t, &p, &c.Alone)
				return
			}
			for k, curve := range []*flow.Curve{&c.Converted, &c.Lost, &c.Aside} {
				share := [][]float64{p.Share1, p.Share2, p.Share3}[k]
				stdError := [][]float64{p.StdError1, p.StdError2, p.StdError3}[k]
				low, high := [][]*float64{p.Low1, p.Low2, p.Low3}[k], [][]*float64{p.High1, p.High2, p.High3}[k]
				if len(curve.Points) != len(p.At) {
					t.Fatalf("cause %d: %d points, want %d", k, len(curve.Points), len(p.At))
				}
				for i, point := range curve.Points {
					what := fmt.Sprintf("cause %d at %v", k+1, p.At[i])
					near(t, what+": time", float64(point.Time)/float64(oneDay), p.At[i])
					near(t, what+": at risk", float64(point.AtRisk), p.AtRisk[i])
					near(t, what+": share", point.Share, share[i])
					near(t, what+": error", point.StdError, stdError[i])
					l, h := point.Interval()
					nearLimit(t, what+": low", l, low[i], share[i])
					nearLimit(t, what+": high", h, high[i], share[i])
				}
			}
		})
	}
}

func compareKaplanMeier(t *testing.T, p *published, curve *flow.Curve) {
	t.Helper()
	if len(curve.Points) != len(p.At) {
		t.Fatalf("%d points, want %d", len(curve.Points), len(p.At))
	}
	for i, point := range curve.Points {
		what := fmt.Sprintf("at %v", p.At[i])
		near(t, what+": time", float64(point.Time)/float64(oneDay), p.At[i])
		near(t, what+": at risk", float64(point.AtRisk), p.AtRisk[i])
		near(t, what+": events", float64(point.Events), p.Events[i])
		near(t, what+": share", point.Share, p.Share[i])
		if p.Share[i] < 1 { // 0/0 in R
			near(t, what+": error", point.StdError, p.StdError[i])
		}
		l, h := point.Interval()
		nearLimit(t, what+": low", l, p.Low[i], p.Share[i])
		nearLimit(t, what+": high", h, p.High[i], p.Share[i])
	}
	for name, q := range map[string]struct {
		got  flow.Quantile
		want []*float64
	}{"median": {curve.Median, p.Median}, "p90": {curve.P90, p.P90}} {
		for i, s := range []flow.Span{q.got.Span, q.got.Low, q.got.High} {
			switch want := q.want[i]; {
			case want == nil && s.Reached:
				t.Errorf("%s %d: got %s, want not reached", name, i, s)
			case want != nil && s.Days() != *want:
				t.Errorf("%s %d: got %s, want %v", name, i, s, *want)
			}
		}
	}
}

// The table of the 6-MP group as textbooks print it (Kalbfleisch and Prentice 1980; Collett 2003): the share in remission.
func TestFreireich(t *testing.T) {
	p := &published{
		Time:   []float64{6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35},
		Status: []float64{1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0},
		Start:  make([]float64, 21),
	}
	c, _ := studyOf(t, p).Conversion("entered", "won")
	want := []struct {
		at, atRisk, events int
		survival, stdError string
	}{{6, 21, 3, "0.857", "0.0764"}, {7, 17, 1, "0.807", "0.0869"}, {10, 15, 1, "0.753", "0.0963"}, {13, 12, 1, "0.690", "0.1068"},
		{16, 11, 1, "0.627", "0.1141"}, {22, 7, 1, "0.538", "0.1282"}, {23, 6, 1, "0.448", "0.1346"}}
	if len(c.Alone.Points) != len(want) {
		t.Fatalf("%d points", len(c.Alone.Points))
	}
	for i, w := range want {
		p := c.Alone.Points[i]
		got := fmt.Sprintf("%v %d %d %.3f %.4f", float64(p.Time)/float64(oneDay), p.AtRisk, p.Events, 1-p.Share, p.StdError)
		if exp := fmt.Sprintf("%d %d %d %s %s", w.at, w.atRisk, w.events, w.survival, w.stdError); got != exp {
			t.Errorf("got %s, want %s", got, exp)
		}
	}
	if c.Alone.Median.Days() != 23 || c.Alone.P90.Reached || c.Alone.P90.String() != "not reached" || !math.IsNaN(c.Alone.P90.Days()) {
		t.Errorf("median %s, 9 of 10 %s", c.Alone.Median, c.Alone.P90)
	}
	if m := c.Alone.Marks; len(m) != 4 || m[3].AtRisk != 4 || m[2].AtRisk != 11 || m[1].AtRisk != 17 || m[3].Time.Days() != 30 {
		t.Errorf("marks %+v", m) // at 30 weeks four are at risk, at 14 weeks eleven
	}
	if p := c.Alone.At(5 * oneDay); p.Share != 0 || p.AtRisk != 0 {
		t.Errorf("before the first step: %+v", p)
	}
	if q := c.Alone.Quantile(1); q.Reached {
		t.Errorf("quantile 1 is %v", q)
	}
}

// Without competing risks the incidence is 1 − Kaplan–Meier.
func TestIncidenceWithoutCompetition(t *testing.T) {
	p := &published{Time: []float64{3, 1, 4, 1, 5, 9, 2, 6}, Status: []float64{1, 0, 1, 1, 0, 1, 1, 0}, Start: make([]float64, 8)}
	c, _ := studyOf(t, p).Conversion("entered", "won")
	for i, k := range c.Alone.Points {
		near(t, "share", c.Converted.Points[i].Share, k.Share)
		near(t, "error", c.Converted.Points[i].StdError, k.StdError)
	}
}

// Once all have ended the share stays 1 and certain, even when spells that are watched only from later are at risk again.
func TestAllEndedBeforeOthersAreWatched(t *testing.T) {
	p := &published{Time: []float64{2, 2, 7, 9, 9}, Status: []float64{1, 1, 1, 1, 0}, Start: []float64{0, 0, 5, 5, 5}}
	c, _ := studyOf(t, p).Conversion("entered", "won")
	for _, curve := range []flow.Curve{c.Alone, c.Converted} {
		for i, atRisk := range []int64{2, 3, 2} {
			p := curve.Points[i]
			if low, high := p.Interval(); p.AtRisk != atRisk || p.Share != 1 || p.StdError != 0 || low != 1 || high != 1 {
				t.Errorf("step %d: %+v, interval %v to %v", i, p, low, high)
			}
		}
	}
}
