package attribution_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/attribution"
	"github.com/leadloop/leadloop/internal/script"
)

// cases are those of testdata/attribution.json; the file names their source.
type cases struct {
	Weights struct {
		U        map[string][]json.Number `json:"U_40_20_40"`
		J        vendorsJ                 `json:"J_20_20_60"`
		InverseJ vendorsJ                 `json:"inverseJ_60_20_20"`
		W        map[string]any           `json:"W"`         // "FT,LC,OC", a list, and "rest"
		FullPath map[string]any           `json:"full_path"` // "FT,LC,OC,CW", a list, and "rest"
		MarketoU map[string]json.Number   `json:"marketo_measure_U"`
		HubSpot  []json.Number            `json:"hubspot_legacy_simple_decay"`
		Adobe    struct {
			J             []json.Number `json:"J"`
			Participation []json.Number `json:"participation"`
			HalfLifeDays  int           `json:"halflife_days"`
			Linear        []json.Number `json:"linear"`
			Revenue       int64         `json:"revenue"`
			Credit        []json.Number `json:"time_decay_credit_exact"`
			Cents         []int64       `json:"time_decay_doc_cents"`
			Touches       [][]any       `json:"touches"`
		} `json:"adobe_doc_example"`
		Cents []struct {
			Cents   []int64       `json:"cents"`
			Total   int64         `json:"total"`
			Weights []json.Number `json:"weights"`
		} `json:"largest_remainder_cents"`
	} `json:"weights"`
	Tiny map[string]struct {
		Rows []struct {
			Conv  json.Number `json:"conv"`
			Path  string      `json:"path"`
			Value json.Number `json:"value"`
		} `json:"rows"`
		Heuristic []heuristic `json:"heuristic"`
	} `json:"tiny"`
	PathData []heuristic `json:"pathdata"`
}

// vendorsJ are weights by the number of touches, under each rule for what is absent.
type vendorsJ struct {
	Renormalise  map[string][]json.Number `json:"renormalize"`
	SplitEqually map[string][]json.Number `json:"split_middle"`
}

// heuristic is a channel's row of results. Numbers come as numbers or as strings.
type heuristic struct {
	Channel     string `json:"channel_name"`
	FirstCount  any    `json:"first_touch_conversions"`
	FirstValue  any    `json:"first_touch_value"`
	LastCount   any    `json:"last_touch_conversions"`
	LastValue   any    `json:"last_touch_value"`
	LinearCount any    `json:"linear_touch_conversions"`
	LinearValue any    `json:"linear_touch_value"`
}

func readCases(t *testing.T) (c cases) {
	t.Helper()
	data, err := os.ReadFile("testdata/attribution.json")
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.UseNumber()
	if err := d.Decode(&c); err != nil {
		t.Fatal(err)
	}
	return c
}

func rat(t *testing.T, number any) *big.Rat {
	t.Helper()
	r, ok := new(big.Rat).SetString(fmt.Sprint(number))
	if !ok {
		t.Fatalf("not a number: %v", number)
	}
	return r
}

// wantNear fails if got differs from want by more than 1e-12 of want.
func wantNear(t *testing.T, what string, got, want *big.Rat) {
	t.Helper()
	difference := new(big.Rat).Sub(got, want)
	bound := new(big.Rat).Mul(want, big.NewRat(1, 1e12))
	if difference.Abs(difference).Cmp(bound.Abs(bound)) > 0 {
		t.Errorf("%s: got %s, want %s", what, got.FloatString(15), want.FloatString(15))
	}
}

func exact(s attribution.Share) *big.Rat { return big.NewRat(int64(s), int64(attribution.One)) }

// journeyOf makes a journey with a touch a day, the last one on the day of the conversion.
func journeyOf(revenue int64, channels ...string) attribution.Journey {
	j := attribution.Journey{ID: "j", Conversions: []attribution.Conversion{{ID: "c", Revenue: revenue}}}
	at := day(1)
	for i, channel := range channels {
		at = day(1).AddDate(0, 0, i)
		j.Touches = append(j.Touches, attribution.Touch{ID: fmt.Sprintf("t%04d", i), Channel: channel, At: at})
	}
	j.Conversions[0].At = at
	return j
}

func amounts(t *testing.T, j attribution.Journey, m attribution.Model) (cents []int64) {
	t.Helper()
	ledger, err := attribution.Book([]attribution.Journey{j}, m)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range ledger.Entries {
		cents = append(cents, e.Amount)
	}
	return cents
}

func TestPublishedWeightsByLength(t *testing.T) {
	c := readCases(t).Weights
	checked := 0
	for _, list := range []struct {
		model   attribution.Model
		weights map[string][]json.Number
	}{
		{attribution.PositionBased, c.U},
		{attribution.JShaped, c.J.Renormalise},
		{attribution.JShaped.WithAbsent(attribution.SplitEqually), c.J.SplitEqually},
		{attribution.InverseJShaped, c.InverseJ.Renormalise},
		{attribution.InverseJShaped.WithAbsent(attribution.SplitEqually), c.InverseJ.SplitEqually},
	} {
		for n, want := range list.weights {
			var length int
			fmt.Sscan(n, &length)
			credit, err := list.model.Credit(journeyOf(0, slices.Repeat([]string{"x"}, length)...))
			if err != nil || len(credit) != len(want) {
				t.Fatal(n, credit, err)
			}
			for i, share := range credit {
				wantNear(t, fmt.Sprintf("%s of %s, touch %d", list.model.Name(), n, i), exact(share), rat(t, want[i]))
				checked++
			}
		}
	}
	if checked != 15+10+2+10+2 {
		t.Errorf("%d weights: the cases have changed", checked)
	}
}

// milestones is a journey of key touches and others, each key touch named by the vendors' letters.
func milestones() attribution.Journey {
	j := journeyOf(0, "FT", "rest", "LC", "rest", "OC", "rest", "CW")
	j.Milestones = []attribution.Milestone{
		{Stage: attribution.LeadCreated, At: j.Touches[2].At},
		{Stage: attribution.Opportunity, At: j.Touches[4].At.Add(time.Hour)},
	}
	return j
}

func TestPublishedWeightsOfMilestones(t *testing.T) {
	c := readCases(t).Weights
	for _, list := range []struct {
		model   attribution.Model
		weights map[string]any
		letters string
	}{
		{attribution.WShaped, c.W, "FT,LC,OC"},
		{attribution.FullPath, c.FullPath, "FT,LC,OC,CW"},
		{attribution.Custom("Marketo's U", attribution.Weights{First: 50, Lead: 50}), map[string]any{
			"FT,LC": []any{c.MarketoU["FT"], c.MarketoU["LC"]}, "rest": c.MarketoU["rest"]}, "FT,LC"},
	} {
		j := milestones()
		credit, err := list.model.Credit(j)
		if err != nil {
			t.Fatal(err)
		}
		keys, weights := strings.Split(list.letters, ","), list.weights[list.letters].([]any)
		rest := new(big.Rat)
		for i, share := range credit {
			what := fmt.Sprint(list.model.Name(), " ", j.Touches[i].Channel, " ", i)
			if k := slices.Index(keys, j.Touches[i].Channel); k >= 0 {
				wantNear(t, what, exact(share), rat(t, weights[k]))
			} else {
				rest.Add(rest, exact(share))
				part := big.NewRat(1, int64(len(credit)-len(keys)))
				wantNear(t, what, exact(share), part.Mul(part, rat(t, list.weights["rest"])))
			}
		}
		wantNear(t, list.model.Name()+" rest", rest, rat(t, list.weights["rest"]))
	}
}

// HubSpot's old decay halves from touch to touch; half-lives between the touches do the same. The list is rounded to five places.
func TestHubSpotsDecay(t *testing.T) {
	want := readCases(t).Weights.HubSpot
	if len(want) != 6 {
		t.Fatal("the cases have changed")
	}
	j := journeyOf(0, slices.Repeat([]string{"x"}, len(want))...)
	credit, err := attribution.TimeDecay(hours24).Credit(j)
	if err != nil {
		t.Fatal(err)
	}
	newest := credit[len(credit)-1]
	for i, w := range want {
		got, _ := new(big.Rat).SetFrac64(int64(credit[len(credit)-1-i]), int64(newest)).Float64()
		published, _ := w.Float64()
		if diff := got/2 - published; diff < -5.1e-6 || diff > 5.1e-6 {
			t.Errorf("touch %d from the end weighs %v, want %v", i, got/2, published)
		}
	}
}

func TestAdobeExample(t *testing.T) {
	c := readCases(t).Weights.Adobe
	conversion := day(20)
	j := attribution.Journey{ID: "j", Conversions: []attribution.Conversion{{ID: "c", At: conversion, Revenue: c.Revenue * 100}}}
	for i, touch := range c.Touches {
		before, err := touch[1].(json.Number).Int64()
		if err != nil {
			t.Fatal(err)
		}
		j.Touches = append(j.Touches, attribution.Touch{ID: fmt.Sprint(i), Channel: touch[0].(string), At: conversion.AddDate(0, 0, -int(before))})
	}
	decay := attribution.TimeDecay(time.Duration(c.HalfLifeDays) * 24 * time.Hour)
	revenue := big.NewRat(c.Revenue, 1)
	for _, check := range []struct {
		model attribution.Model
		want  []json.Number
	}{{attribution.Linear, c.Linear}, {decay, c.Credit}, {attribution.JShaped, c.J}, {attribution.Participation, c.Participation}} {
		credit, err := check.model.Credit(j)
		if err != nil {
			t.Fatal(err)
		}
		for i, share := range credit {
			got := new(big.Rat).Mul(exact(share), revenue)
			wantNear(t, fmt.Sprint(check.model.Name(), " ", i), got, rat(t, check.want[i]))
		}
	}
	if got := amounts(t, j, decay); !slices.Equal(got, c.Cents) {
		t.Errorf("cents: got %v, want %v", got, c.Cents)
	}
}

func TestLargestRemainderCents(t *testing.T) {
	c := readCases(t).Weights.Cents
	if len(c) != 3 {
		t.Fatal("the cases have changed")
	}
	three := journeyOf(c[0].Total, "a", "b", "c")
	five := journeyOf(c[1].Total, "a", "b", "c", "d", "e")
	decay := journeyOf(c[2].Total, "paid search", "social", "email", "display")
	for i, days := range []int{9, 6, 0, 0} {
		decay.Touches[i].At = decay.Conversions[0].At.AddDate(0, 0, -days)
	}
	for i, check := range []struct {
		journey attribution.Journey
		model   attribution.Model
	}{{three, attribution.Linear}, {five, attribution.PositionBased}, {decay, attribution.TimeDecay(7 * 24 * time.Hour)}} {
		if got := amounts(t, check.journey, check.model); !slices.Equal(got, c[i].Cents) {
			t.Errorf("%s: got %v, want %v", check.model.Name(), got, c[i].Cents)
		}
	}
}

// pathRow is one line of a table of paths.
type pathRow struct {
	path        string
	conv, value *big.Rat
}

// checkHeuristics compares the first, last and linear model with a peer's results.
func checkHeuristics(t *testing.T, rows []pathRow, want []heuristic) {
	t.Helper()
	models := [...]attribution.Model{attribution.First, attribution.Last, attribution.Linear}
	var counts, values [len(models)]map[string]*big.Rat
	for m := range models {
		counts[m], values[m] = map[string]*big.Rat{}, map[string]*big.Rat{}
	}
	for _, row := range rows {
		channels := strings.Split(row.path, ">")
		for i := range channels {
			channels[i] = strings.TrimSpace(channels[i])
		}
		j := journeyOf(0, channels...)
		for m, model := range models {
			credit, err := model.Credit(j)
			if err != nil {
				t.Fatal(err)
			}
			byChannel := map[string]*big.Rat{} // shares are integers: add them up before the costly multiplication
			for i, share := range credit {
				if byChannel[channels[i]] == nil {
					byChannel[channels[i]] = new(big.Rat)
				}
				byChannel[channels[i]].Add(byChannel[channels[i]], exact(share))
			}
			for channel, share := range byChannel {
				add := func(sums map[string]*big.Rat, amount *big.Rat) {
					if sums[channel] == nil {
						sums[channel] = new(big.Rat)
					}
					sums[channel].Add(sums[channel], new(big.Rat).Mul(share, amount))
				}
				add(counts[m], row.conv)
				add(values[m], row.value)
			}
		}
	}
	for m := range models {
		if len(counts[m]) != len(want) {
			t.Errorf("%s: got channels %v, want %d", models[m].Name(), slices.Sorted(maps.Keys(counts[m])), len(want))
		}
	}
	for _, h := range want {
		numbers := [len(models)][2]any{{h.FirstCount, h.FirstValue}, {h.LastCount, h.LastValue}, {h.LinearCount, h.LinearValue}}
		for m, model := range models {
			what := model.Name() + " " + h.Channel
			wantNearPrinted(t, what+" conversions", counts[m][h.Channel], numbers[m][0])
			wantNearPrinted(t, what+" value", values[m][h.Channel], numbers[m][1])
		}
	}
}

// wantNearPrinted compares with a number that was printed with 15 digits or more.
func wantNearPrinted(t *testing.T, what string, got *big.Rat, want any) {
	t.Helper()
	if got == nil {
		t.Errorf("%s: missing", what)
		return
	}
	wantNear(t, what, got, rat(t, want))
}

func TestHeuristicsOfPeers(t *testing.T) {
	for name, c := range readCases(t).Tiny {
		t.Run(name, func(t *testing.T) {
			var rows []pathRow
			for _, row := range c.Rows {
				rows = append(rows, pathRow{row.Path, rat(t, row.Conv), rat(t, row.Value)})
			}
			checkHeuristics(t, rows, c.Heuristic)
		})
	}
}

func TestHeuristicsOfPathData(t *testing.T) {
	records, err := csv.NewReader(script.Open(t, "pathdata.csv")).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []pathRow
	for _, r := range records[1:] {
		if r[1] != "0" {
			rows = append(rows, pathRow{r[0], rat(t, r[1]), rat(t, r[2])})
		}
	}
	checkHeuristics(t, rows, readCases(t).PathData)
}
