package goals_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/leadloop/leadloop/handoff/goals"
)

// Two sources: of four leads, three come from the web and one from an event.
//
//	web:   1/2 × 1/10 = 1/20 of deals of 60,000: a lead is worth  3,000
//	event: 1/2 × 1/2  = 1/4  of deals of 60,000: a lead is worth 15,000
//
// so that a lead of the mix is worth (3 × 3,000 + 15,000) ÷ 4 = 6,000, and a goal
// of 1,000,000 asks for 166 2/3 leads: 125 of the web and 41 2/3 of the event.
func TestBackwardsOfAMix(t *testing.T) {
	got := backwards(t, goals.Target{
		Revenue: 1_000_000, Stages: []string{"mql", "sal", "won"},
		Segments: []goals.Segment{
			{Source: "web", Band: "A", Weight: 3, Deal: "60000", Rates: []goals.Fraction{"1/2", "1/10"}},
			{Source: "event", Band: "A", Weight: 1, Deal: "60000", Rates: []goals.Fraction{"1/2", "1/2"}},
		},
	})
	text := fmt.Sprint(got.Value.RatString(), volumes(got.Stages))
	for _, s := range got.Segments {
		text += fmt.Sprint(" | ", s.Source, s.Band, " ", s.Win.RatString(), " ", s.Value.RatString(), volumes(s.Stages))
	}
	want := "6000 mql 167 (500/3) sal 84 (250/3) won 17 (50/3)" +
		" | webA 1/20 3000 mql 125 (125) sal 63 (125/2) won 7 (25/4)" +
		" | eventA 1/4 15000 mql 42 (125/3) sal 21 (125/6) won 11 (125/12)"
	if text != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
}

func volumes(list []goals.Volume) (text string) {
	for _, v := range list {
		text += fmt.Sprintf(" %s %d (%s)", v.Stage, v.Count, v.Exact.RatString())
	}
	return text
}

// What is required brings the goal, exactly, and one lead less at the first stage does not.
func TestBackwardsLaws(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 100))
	for range 3000 {
		target := randomTarget(r)
		got := backwards(t, target)
		won, first := new(big.Rat), new(big.Rat)
		for i, s := range got.Segments {
			deal := rat(t, string(target.Segments[i].Deal))
			won.Add(won, deal.Mul(deal, s.Stages[len(s.Stages)-1].Exact))
			first.Add(first, s.Stages[0].Exact)
			if s.Stages[0].Exact.Cmp(new(big.Rat).Mul(got.Stages[0].Exact, big.NewRat(target.Segments[i].Weight, weights(target)))) != 0 {
				t.Fatalf("%+v: segment %d is not its part of the mix", target, i)
			}
			for k, rate := range target.Segments[i].Rates {
				if next := new(big.Rat).Mul(s.Stages[k].Exact, rat(t, string(rate))); next.Cmp(s.Stages[k+1].Exact) != 0 {
					t.Fatalf("%+v: segment %d, stage %d", target, i, k)
				}
			}
		}
		if won.Cmp(new(big.Rat).SetInt64(target.Revenue)) != 0 || first.Cmp(got.Stages[0].Exact) != 0 {
			t.Fatalf("%+v brings %s with %s leads of %s", target, won, first, got.Stages[0].Exact)
		}
		for _, v := range got.Stages {
			enough := new(big.Rat).SetInt64(v.Count)
			if enough.Cmp(v.Exact) < 0 || enough.Sub(enough, big.NewRat(1, 1)).Cmp(v.Exact) >= 0 {
				t.Fatalf("%+v: %d for %s", target, v.Count, v.Exact)
			}
		}
		one := new(big.Rat).Mul(got.Value, new(big.Rat).SetInt64(got.Stages[0].Count))
		if goal := new(big.Rat).SetInt64(target.Revenue); one.Cmp(goal) < 0 || one.Sub(one, got.Value).Cmp(goal) >= 0 {
			t.Fatalf("%+v: %d leads of %s", target, got.Stages[0].Count, got.Value)
		}
	}
}

func weights(t goals.Target) (sum int64) {
	for _, s := range t.Segments {
		sum += s.Weight
	}
	return sum
}

func randomTarget(r *rand.Rand) goals.Target {
	t := goals.Target{Revenue: 1 + r.Int64N(1<<(1+r.IntN(40)))}
	for i := range 2 + r.IntN(4) {
		t.Stages = append(t.Stages, fmt.Sprint("stage", i))
	}
	for i := range 1 + r.IntN(4) {
		s := goals.Segment{Source: fmt.Sprint(i), Weight: 1 + r.Int64N(20), Deal: goals.Fraction(big.NewRat(1+r.Int64N(1e6), 1+r.Int64N(9)).RatString())}
		for range len(t.Stages) - 1 {
			whole := 1 + r.Int64N(200)
			s.Rates = append(s.Rates, goals.Fraction(big.NewRat(1+r.Int64N(whole), whole).RatString()))
		}
		t.Segments = append(t.Segments, s)
	}
	return t
}

func TestBackwardsReportsEverything(t *testing.T) {
	two := []string{"mql", "won"}
	segment := func(rate goals.Fraction) goals.Segment {
		return goals.Segment{Deal: "100", Rates: []goals.Fraction{rate}}
	}
	for _, c := range []struct {
		name   string
		target goals.Target
		want   []string
		is     error
	}{
		{"nothing", goals.Target{}, []string{"revenue: the goal is not above 0", "stages: there are 0", "segments: there are 0"}, goals.ErrAmount},
		{"zero", goals.Target{Revenue: 1, Stages: two, Segments: []goals.Segment{segment("0")}}, []string{"segments[0].rates[0]: it is zero"}, goals.ErrFraction},
		{"above one", goals.Target{Revenue: 1, Stages: two, Segments: []goals.Segment{segment("3/2")}}, []string{"segments[0].rates[0]: it is above one"}, goals.ErrFraction},
		{"empty", goals.Target{Revenue: 1, Stages: two, Segments: []goals.Segment{segment("")}}, []string{"segments[0].rates[0]: it is missing"}, goals.ErrFraction},
		{"malformed", goals.Target{Revenue: 1, Stages: two, Segments: []goals.Segment{segment("0.5")}}, []string{"segments[0].rates[0]: it is no fraction"}, goals.ErrFraction},
		{"missing", goals.Target{Revenue: 1, Stages: two, Segments: []goals.Segment{{Deal: "1"}}}, []string{"segments[0].rates: there are 0 rates for 2"}, goals.ErrFraction},
		{"deals", goals.Target{Revenue: 1, Stages: two, Segments: []goals.Segment{
			{Weight: 1, Deal: "0", Rates: []goals.Fraction{"1"}}, {Source: "x", Rates: []goals.Fraction{"1"}},
		}}, []string{"segments[0].deal: the mean deal is 0", "segments[1].weight: the weight is not above 0", "segments[1].deal: it is missing"}, goals.ErrAmount},
		{"twice", goals.Target{Revenue: 1, Stages: []string{"mql", "mql", ""}, Segments: []goals.Segment{
			{Weight: 1, Band: "A", Deal: "1", Rates: []goals.Fraction{"1", "1"}}, {Weight: 1, Band: "A", Deal: "1", Rates: []goals.Fraction{"1", "1"}},
		}}, []string{"stages[1]: the name stands here twice", "stages[2]: the name is missing", "segments[1]: source and band"}, goals.ErrName},
		{"negative", goals.Target{Revenue: -1, Stages: make([]string, 13), Segments: make([]goals.Segment, 33)}, nil, goals.ErrAmount},
		{"too many leads", goals.Target{Revenue: math.MaxInt64, Stages: two, Segments: []goals.Segment{segment("1/999999999")}}, []string{"revenue: stage \"mql\" would need more leads"}, goals.ErrAmount},
	} {
		got, err := goals.Backwards(c.target)
		if !errors.Is(err, c.is) || got.Stages != nil {
			t.Errorf("%s: %+v, %v", c.name, got, err)
			continue
		}
		lines := strings.Split(err.Error(), "\n")
		if c.want != nil && len(lines) != len(c.want) {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		for i, want := range c.want {
			if !strings.HasPrefix(lines[i], want) {
				t.Errorf("%s: %q, want %q", c.name, lines[i], want)
			}
		}
	}
}

func TestParseTarget(t *testing.T) {
	target := randomTarget(rand.New(rand.NewPCG(1, 1)))
	data, err := json.Marshal(target)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := goals.ParseTarget(data); err != nil || !reflect.DeepEqual(got, target) {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, bad := range []string{``, `{"revenue": 1.5}`, `{"goal": 1}`, `{"segments": [{"deal": 5}]}`} {
		if got, err := goals.ParseTarget([]byte(bad)); err == nil || got.Segments != nil {
			t.Errorf("%s is accepted", bad)
		}
	}
}

func TestFractions(t *testing.T) {
	for text, want := range map[goals.Fraction]string{"0": "0", "3/100": "3/100", "30/1000": "3/100", "2": "2", "0/5": "0", "999999999999999999/999999999": "1000000001"} {
		if got, err := text.Rat(); err != nil || got.RatString() != want {
			t.Errorf("%s is %v, %v", text, got, err)
		}
	}
	for _, text := range []goals.Fraction{"", "/", "1/", "/2", "1/0", "1/2/3", "-1", "+1", "1.5", "1e3", " 1", "1 ", "01", "00", "1/02", "1_0", "0x1", "٣", "1000000000000000000", "1/1000000000"} {
		if got, err := text.Rat(); !errors.Is(err, goals.ErrFraction) || got != nil {
			t.Errorf("%q is %v, %v", text, got, err)
		}
	}
	for ratio, want := range map[goals.Ratio]string{{6, 8}: "3/4", {0, 1}: "0", {-1, 2}: "-1/2", {1, 0}: "", {0, 0}: "", {1, -1}: "", {math.MinInt64, math.MaxInt64}: "-9223372036854775808/9223372036854775807"} {
		if got, ok := ratio.Rat(); ok != (want != "") || ok && got.RatString() != want || !ok && got != nil {
			t.Errorf("%+v is %v, %v", ratio, got, ok)
		}
	}
}

func TestLeadValueIsUndefinedWithoutData(t *testing.T) {
	some := goals.Ratio{Part: 1, Whole: 2}
	for _, c := range [][2]goals.Ratio{{{}, some}, {some, {}}, {{}, {}}} {
		if v, ok := goals.LeadValue(c[0], c[1]); ok || v != nil {
			t.Errorf("%+v give %v", c, v)
		}
	}
	if v, ok := goals.LeadValue(goals.Ratio{Whole: 9}, some); !ok || v.Sign() != 0 {
		t.Errorf("leads of which none is won are worth %v", v)
	}
}
