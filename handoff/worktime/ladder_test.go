package worktime_test

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"math/rand"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/handoff/worktime"
)

func TestOffsetText(t *testing.T) {
	for text, want := range map[string]worktime.Offset{
		"0":           {},
		"0%":          {},
		"75%":         {Percent: 75},
		"1000%":       {Percent: 1000},
		"30m":         {Plus: 30 * time.Minute},
		"0%+30m":      {Plus: 30 * time.Minute},
		"100%+1h":     {Percent: 100, Plus: time.Hour},
		"100%-15m30s": {Percent: 100, Plus: -15*time.Minute - 30*time.Second},
		"1d":          {Plus: 24 * time.Hour},
		"5%-0":        {Percent: 5},
	} {
		var got worktime.Offset
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
		back, err := want.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		if err := got.UnmarshalText(back); err != nil || got != want {
			t.Errorf("%+v is written %q and read as %+v, %v", want, back, got, err)
		}
	}
	for want, o := range map[string]worktime.Offset{"0%": {}, "26h": {Plus: 26 * time.Hour}, "100%-1h30m": {Percent: 100, Plus: -90 * time.Minute}, "7%+5s": {Percent: 7, Plus: 5 * time.Second}} {
		if o.String() != want {
			t.Errorf("%+v is written %q, want %q", o, o, want)
		}
	}
	for _, text := range []string{"", "%", "x%", "-1%", "1001%", "70000%", "75", "75 %", "75%1h", "75%+", "75%+-1h", "75%--1h", "-1h", "0%-1h", "1.5%", "1ms", "+1h", "1h%", "+5%"} {
		got := worktime.Offset{Percent: 1}
		if err := got.UnmarshalText([]byte(text)); err == nil || got != (worktime.Offset{Percent: 1}) {
			t.Errorf("%q is read as %+v", text, got)
		}
	}
	for _, o := range []worktime.Offset{{Percent: -1}, {Percent: 1001}, {Plus: 1}, {Plus: -time.Hour}, {Plus: math.MinInt64}} {
		if text, err := o.MarshalText(); err == nil {
			t.Errorf("%+v is written %q", o, text)
		}
		if o.String() == "" {
			t.Errorf("%+v has no text", o)
		}
	}
}

func TestLadderMistakes(t *testing.T) {
	_, err := worktime.NewLadder([]worktime.Step{{Name: "a"}, {At: worktime.Offset{Percent: 2000}}, {Name: "a"}, {Name: "\xff"}})
	var e *worktime.Error
	if !errors.Is(err, worktime.ErrStep) || !errors.As(err, &e) || e.Path == "" {
		t.Fatalf("%v", err)
	}
	var places []string
	for line := range strings.SplitSeq(err.Error(), "\n") {
		place, _, _ := strings.Cut(line, ": ")
		places = append(places, place)
	}
	if got := strings.Join(places, " "); got != "ladder[1].name ladder[1].at ladder[2].name ladder[3].name" {
		t.Errorf("places %s", got)
	}
	var steps []worktime.Step
	if err := json.Unmarshal([]byte(`[{"name": "a", "at": "soon"}]`), &steps); err == nil || !strings.Contains(err.Error(), "100%+1h") {
		t.Errorf("%v", err)
	}
	before := []worktime.Step{{Name: "a"}, {Name: "b"}}
	l, err := worktime.NewLadder(before)
	if err != nil {
		t.Fatal(err)
	}
	before[0].Name, l.Steps()[1].Name = "b", "a"
	if got := l.Steps(); got[0].Name != "a" || got[1].Name != "b" {
		t.Errorf("the ladder was changed from outside: %v", got)
	}
}

// A step comes at its share of the budget, rounded down, to the nanosecond; what
// is too long for a Duration never comes before the longest one.
func TestStepsAreExact(t *testing.T) {
	r := rand.New(rand.NewSource(3))
	start := utc("2026-01-01T00:00:00Z")
	for range 5000 {
		granted := time.Duration(r.Int63() >> r.Intn(62))
		o := worktime.Offset{Percent: r.Intn(1001), Plus: time.Duration(r.Int63n(1<<33)-1<<32) >> r.Intn(33) * time.Second}
		if o.Percent == 0 {
			o.Plus = max(o.Plus, 0)
		}
		l, err := worktime.NewLadder([]worktime.Step{{Name: "step", At: o}})
		if err != nil {
			t.Fatal(err)
		}
		want := new(big.Int).Mul(big.NewInt(int64(granted)), big.NewInt(int64(o.Percent)))
		want.Div(want, big.NewInt(100)).Add(want, big.NewInt(int64(o.Plus)))
		if want.Sign() < 0 {
			want.SetInt64(0)
		}
		if !want.IsInt64() {
			want.SetInt64(math.MaxInt64)
		}
		terms := &worktime.Terms{Calendars: map[string]*worktime.Calendar{"always": worktime.Always()}, Ladder: l}
		c, _, err := terms.Decide(worktime.Clock{}, worktime.Event{Kind: worktime.Start, At: start, Calendar: "always", Budget: granted})
		if err != nil {
			t.Fatal(err)
		}
		if next, err := terms.Next(c); err != nil || !next.At.Equal(start.Add(time.Duration(want.Int64()))) {
			t.Fatalf("%v of %v: %v after the start, want %v (%v)", o, granted, next.At.Sub(start), want, err)
		}
	}
}
