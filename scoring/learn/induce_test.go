package learn_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/leadloop/leadloop/scoring"
	"github.com/leadloop/leadloop/scoring/learn"
)

// The case is from the tests of optbinning, which writes the negatives on top.
func TestInformOfReference(t *testing.T) {
	data, err := os.ReadFile("testdata/woe_iv_js.json")
	if err != nil {
		t.Fatal(err)
	}
	var reference struct {
		BinCounts [][2]int64 `json:"bin_counts"`
		Tolerance float64
		Expect    struct{ Gini, IV, JS float64 }
	}
	if err := json.Unmarshal(data, &reference); err != nil {
		t.Fatal(err)
	}
	bins := make([]learn.Counts, len(reference.BinCounts))
	var all learn.Counts
	for i, c := range reference.BinCounts {
		bins[i] = learn.Counts{Positive: c[0], Negative: c[1]}
		all.Positive += c[0]
		all.Negative += c[1]
	}
	weights, info := learn.Inform(bins, 0)
	for _, f := range []struct {
		name      string
		got, want float64
	}{{"value", info.Value, reference.Expect.IV}, {"divergence", info.Divergence, reference.Expect.JS}, {"gini", info.Gini, reference.Expect.Gini}} {
		if math.Abs(f.got-f.want) > reference.Tolerance {
			t.Errorf("%s is %v, want %v", f.name, f.got, f.want)
		}
	}
	for i, b := range bins {
		inverse := math.Log(float64(b.Negative) / float64(all.Negative) / (float64(b.Positive) / float64(all.Positive)))
		if math.Abs(weights[i]+inverse) > 1e-12 {
			t.Errorf("weight of %+v is %v, the reference has %v with the other sign", b, weights[i], inverse)
		}
	}
}

// Laws of information, whatever the counts.
func TestInformLaws(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 3000 {
		bins := make([]learn.Counts, r.IntN(6))
		swapped := make([]learn.Counts, len(bins))
		for i := range bins {
			bins[i] = learn.Counts{Positive: r.Int64N(5), Negative: r.Int64N(5)}
			swapped[i] = learn.Counts{Positive: bins[i].Negative, Negative: bins[i].Positive}
		}
		s := []float64{0, 0.5, 1}[r.IntN(3)]
		weights, info := learn.Inform(bins, s)
		other, mirror := learn.Inform(swapped, s)
		for i := range weights {
			if math.IsNaN(weights[i]) || math.IsInf(weights[i], 0) || math.Abs(weights[i]+other[i]) > 1e-12 {
				t.Fatalf("weights of %v are %v, of its mirror image %v", bins, weights, other)
			}
		}
		if math.Abs(info.Value-mirror.Value) > 1e-12 || math.Abs(info.Divergence-mirror.Divergence) > 1e-12 || math.Abs(info.Gini-mirror.Gini) > 1e-12 {
			t.Fatalf("%v: %+v, its mirror image %+v", bins, info, mirror)
		}
		if !(info.Divergence >= -1e-12 && info.Divergence <= math.Ln2+1e-12) || !(info.Gini >= 0 && info.Gini <= 1) || !(info.Chance >= 0) || s == 0 && info.Value < 0 {
			t.Fatalf("%v: %+v", bins, info)
		}
	}
	// Leads that the bins tell apart completely.
	if _, info := learn.Inform([]learn.Counts{{Positive: 3}, {Negative: 4}}, 0); math.Abs(info.Divergence-math.Ln2) > 1e-12 || info.Gini != 1 {
		t.Errorf("told apart completely: %+v", info)
	}
	if weights, info := learn.Inform([]learn.Counts{{Positive: 3}, {Positive: 4}}, 0.5); info != (learn.Information{}) || !slices.Equal(weights, []float64{0, 0}) {
		t.Errorf("without negatives: %+v", info)
	}
}

// By hand: 3 of 5 and 1 of 5, with ½: ln(3.5/4 ÷ 2.5/6) and ln(1.5/4 ÷ 4.5/6).
func TestInformByHand(t *testing.T) {
	weights, _ := learn.Inform([]learn.Counts{{3, 2}, {1, 4}}, learn.DefaultSmoothing)
	if math.Abs(weights[0]-math.Log(2.1)) > 1e-12 || math.Abs(weights[1]-math.Log(0.5)) > 1e-12 {
		t.Errorf("weights %v", weights)
	}
}

// logLikelihood is that of bins, each at its own rate.
func logLikelihood(bins []learn.Counts) (sum float64) {
	for _, b := range bins {
		for _, k := range []int64{b.Positive, b.Negative} {
			if k > 0 {
				sum += float64(k) * math.Log(float64(k)/float64(b.Sum()))
			}
		}
	}
	return sum
}

// follows tells whether bins keep to a trend.
func follows(bins []learn.Counts, trend learn.Trend) bool {
	up, down := true, true
	for i := 1; i < len(bins); i++ {
		a, b := bins[i-1].Positive*bins[i].Negative, bins[i].Positive*bins[i-1].Negative
		up, down = up && b >= a, down && a >= b
	}
	switch trend {
	case learn.Rising:
		return up
	case learn.Falling:
		return down
	case learn.Monotone:
		return up || down
	}
	return true
}

// The bins are as good as the best of all ways to cut, tried one by one.
func TestCutsAgainstAllCuts(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 1))
	trends := []learn.Trend{learn.Free, learn.Rising, learn.Falling, learn.Monotone}
	several := 0
	for round := range 1500 {
		values, trend := 2+r.IntN(8), trends[round%len(trends)]
		rows := 20 + r.IntN(70)
		table := newTable(t, learn.Column{Name: "X", Type: scoring.Integer})
		counts := make([]learn.Counts, values)
		for i := range rows {
			x := r.IntN(values)
			positive := r.Float64() < []float64{.1, .9, .5}[(x+round)/3%3]
			if i < 2 {
				positive = i == 0
			}
			if positive {
				counts[x].Positive++
			} else {
				counts[x].Negative++
			}
			if err := table.Add(scoring.Record{"X": x}, positive); err != nil {
				t.Fatal(err)
			}
		}
		counts = slices.DeleteFunc(counts, func(c learn.Counts) bool { return c.Sum() == 0 })
		least, penalty := max(3, int64(rows+19)/20), math.Log(float64(rows))/2
		best := math.Inf(-1)
		for cuts := range 1 << (len(counts) - 1) {
			bins := []learn.Counts{counts[0]}
			for i, c := range counts[1:] {
				if cuts>>i&1 == 1 {
					bins = append(bins, c)
					continue
				}
				b := &bins[len(bins)-1]
				b.Positive, b.Negative = b.Positive+c.Positive, b.Negative+c.Negative
			}
			small := slices.ContainsFunc(bins, func(c learn.Counts) bool { return c.Sum() < least })
			if !small && follows(bins, trend) {
				best = max(best, logLikelihood(bins)-float64(len(bins))*penalty)
			}
		}
		in, err := learn.Induce(table, learn.InduceOptions{Trends: map[string]learn.Trend{"X": trend}})
		var got []learn.Counts
		if errors.Is(err, learn.ErrTable) { // one bin
			got = []learn.Counts{table.Total()}
		} else if err != nil {
			t.Fatal(err)
		} else {
			for _, b := range in.Columns[0].Bins {
				if b.Sum() > 0 {
					got = append(got, b.Counts)
				}
			}
			several++
		}
		small := slices.ContainsFunc(got, func(c learn.Counts) bool { return c.Sum() < least })
		if worth := logLikelihood(got) - float64(len(got))*penalty; math.Abs(worth-best) > 1e-9 || small || !follows(got, trend) {
			t.Fatalf("round %d: %v of %v (%s, at least %d) are worth %v, the best %v", round, got, counts, trend, least, worth, best)
		}
	}
	if several < 500 {
		t.Errorf("only %d of the tables had several bins", several)
	}
}

func newTable(t testing.TB, columns ...learn.Column) *learn.Table {
	t.Helper()
	table, err := learn.NewTable(columns)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

var mixed = []learn.Column{{Name: "Employees", Type: scoring.Integer}, {Name: "Budget", Type: scoring.Number}, {Name: "Country", Type: scoring.Text}}

// randomLead has values of all kinds, and none. What it is worth depends on them.
func randomLead(r *rand.Rand) (scoring.Record, bool) {
	lead := scoring.Record{}
	logOdds := -1.0
	if r.IntN(5) > 0 {
		n := r.IntN(300)
		lead["Employees"] = n
		logOdds += float64(n) / 100
	}
	if r.IntN(3) > 0 {
		x := math.Round(r.NormFloat64()*1000) / 8
		lead["Budget"] = x
		logOdds -= math.Abs(x) / 200
	}
	switch country := r.IntN(8); {
	case country < 4:
		lead["Country"] = []string{"DE", "FR", "", "ünï"}[country]
		logOdds += float64(country) / 2
	case country == 4:
		lead["Country"] = fmt.Sprint("C", r.IntN(1000))
	}
	return lead, r.Float64() < 1/(1+math.Exp(-logOdds))
}

type judged struct {
	lead     scoring.Record
	positive bool
}

func randomLeads(r *rand.Rand, n int) []judged {
	leads := make([]judged, n)
	for i := range leads {
		leads[i].lead, leads[i].positive = randomLead(r)
	}
	leads[0].positive, leads[1].positive = true, false
	return leads
}

func tableOf(t testing.TB, columns []learn.Column, leads []judged) *learn.Table {
	t.Helper()
	table := newTable(t, columns...)
	for _, l := range leads {
		if err := table.Add(l.lead, l.positive); err != nil {
			t.Fatal(err)
		}
	}
	return table
}

// Every lead falls into the row of the model that counted it.
func TestDraftReadsLeadsAsTheTableDid(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	for range 60 {
		leads := randomLeads(r, 40+r.IntN(400))
		in, err := learn.Induce(tableOf(t, mixed, leads), learn.InduceOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if findings := scoring.Lint(in.Model); slices.ContainsFunc(findings, func(f scoring.Finding) bool { return f.Severity == scoring.SeverityError }) {
			t.Fatal(findings)
		}
		scorer := scoring.MustCompile[scoring.Record, struct{}](in.Model)
		hits := map[string]learn.Counts{}
		for _, l := range leads {
			for _, hit := range scorer.Score(scoring.Subject[scoring.Record, struct{}]{Lead: &l.lead}, noon).Hits() {
				c := hits[hit]
				if l.positive {
					c.Positive++
				} else {
					c.Negative++
				}
				hits[hit] = c
			}
		}
		want := map[string]learn.Counts{}
		for _, c := range in.Columns {
			for _, b := range c.Bins {
				if c.Rule != "" && b.Sum() > 0 {
					want[scoring.Hit{Rule: c.Rule, Row: b.Row}.String()] = b.Counts
				}
			}
		}
		if diff := cmp.Diff(want, hits); diff != "" {
			t.Fatal(diff)
		}
		if _, err := learn.NewSample(in.Model); err != nil {
			t.Fatal(err)
		}
	}
}

// However leads are ordered and sharded, the induction has the same bits.
func TestInduceIsOrderFree(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 1))
	for range 40 {
		leads := randomLeads(r, 300)
		want, err := learn.Induce(tableOf(t, mixed, leads), learn.InduceOptions{})
		if err != nil {
			t.Fatal(err)
		}
		r.Shuffle(len(leads), func(i, j int) { leads[i], leads[j] = leads[j], leads[i] })
		shards := []*learn.Table{newTable(t, mixed...), tableOf(t, mixed, leads[:70]), tableOf(t, mixed, leads[70:80]), tableOf(t, mixed, leads[80:])}
		r.Shuffle(len(shards), func(i, j int) { shards[i], shards[j] = shards[j], shards[i] })
		if err := errors.Join(shards[2].Merge(shards[3]), shards[0].Merge(shards[1]), shards[0].Merge(shards[2])); err != nil {
			t.Fatal(err)
		}
		got, err := learn.Induce(shards[0], learn.InduceOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
		if want.String() != got.String() {
			t.Fatal("the text differs")
		}
	}
	table := tableOf(t, mixed, randomLeads(r, 10))
	if err := table.Merge(table); err != nil || table.Total().Sum() != 20 {
		t.Errorf("merged with itself: %v, %v", table.Total(), err)
	}
}

func TestColumnsWithoutRule(t *testing.T) {
	columns := []learn.Column{{"Constant", scoring.Integer}, {"Same", scoring.Text}, {"Empty", scoring.Number}, {"None", scoring.Text}, {"Id", scoring.Text},
		{"Noise", scoring.Integer}, {"Rare", scoring.Text}, {"Sparse", scoring.Number}, {"Good", scoring.Text}, {"Filled", scoring.Integer}}
	table := newTable(t, columns...)
	for i := range 1000 {
		lead := scoring.Record{"Constant": 7, "Same": "x", "Id": fmt.Sprint(i), "Noise": i / 4 % 5, "Rare": "no", "Good": []string{"a", "b"}[i%2]}
		if i%500 == 0 {
			lead["Rare"], lead["Sparse"] = "yes", 1.5
		}
		if i%3 == 0 {
			lead["Filled"] = 3
		}
		if err := table.Add(lead, i%4 == 0); err != nil {
			t.Fatal(err)
		}
	}
	in, err := learn.Induce(table, learn.InduceOptions{Name: "m", Dimension: "fit"})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"Constant": "it is constant", "Same": "it is constant", "Empty": "it is always missing", "None": "it is always missing",
		"Id": "each of its texts is rare", "Noise": "no two ranges of it, of 5 % of the leads each, differ enough in their outcomes",
		"Rare": "it is constant but for 2 of the leads", "Sparse": "it is missing but for 2 of the leads", "Good": "", "Filled": ""}
	for _, c := range in.Columns {
		if c.Unused != want[c.Name] || (c.Rule == "") != (c.Unused != "") {
			t.Errorf("%s has the rule %q, unused: %q", c.Name, c.Rule, c.Unused)
		}
	}
	if len(in.Model.Dimensions[0].Rules) != 2 || len(in.Model.Fields) != 2 || in.Model.Dimensions[0].Name != "fit" || in.Model.Name != "m" {
		t.Errorf("%+v", in.Model)
	}
	text := in.String()
	for _, part := range []string{"1000 leads, base rate 250/1000 25.0 %", "no rule: it is constant but for 2 of the leads", "Good: information value", "from 3"} {
		if !strings.Contains(text, part) {
			t.Errorf("no %q in\n%s", part, text)
		}
	}
}

// A column that was filled in afterwards is suspected; one that tells much is not.
func TestLeakage(t *testing.T) {
	table := newTable(t, learn.Column{Name: "Good", Type: scoring.Text}, learn.Column{Name: "Settled", Type: scoring.Text}, learn.Column{Name: "Twin", Type: scoring.Text})
	for i := range 2000 {
		positive := i%2 == 0
		pick := func(share int) string { // the outcome, told right in so many of 100 leads
			return map[bool]string{true: "x", false: "y"}[positive == (i/2%100 < share)]
		}
		lead := scoring.Record{"Good": pick(70), "Settled": pick(70), "Twin": pick(99)}
		if positive && i%8 == 0 {
			lead["Settled"] = "signed"
		}
		if !positive && i%8 == 1 {
			lead["Settled"] = "lost"
		}
		if err := table.Add(lead, positive); err != nil {
			t.Fatal(err)
		}
	}
	in, err := learn.Induce(table, learn.InduceOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got := in.Leakage(); !slices.Equal(got, []string{"Settled", "Twin"}) {
		t.Errorf("suspected are %v\n%s", got, in)
	}
	if !strings.Contains(in.String(), "LEAKAGE? its information value is ") {
		t.Error(in)
	}
}

func TestRefusedTables(t *testing.T) {
	if _, err := learn.NewTable([]learn.Column{{"", scoring.Text}, {"A", scoring.Boolean}, {"B", scoring.Text}, {"B", scoring.Number}}); !errors.Is(err, learn.ErrColumn) ||
		strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("columns: %v", err)
	}
	table := newTable(t, mixed...)
	for _, lead := range []scoring.Record{{"Employees": "7"}, {"Employees": 7.5}, {"Employees": int64(1<<53 + 1)}, {"Budget": math.NaN()}, {"Budget": math.Inf(1)},
		{"Country": 7}, {"Country": true}, {"Country": []string{"x"}}, {"Employees": uint64(1 << 60)}, {"Budget": "x"}} {
		if err := table.Add(lead, true); !errors.Is(err, learn.ErrCell) {
			t.Errorf("%v: %v", lead, err)
		}
	}
	if table.Total() != (learn.Counts{}) {
		t.Errorf("what was refused has been counted: %v", table.Total())
	}
	type name string
	var none *int
	for _, lead := range []scoring.Record{{"Employees": int8(7), "Budget": float32(1.5), "Country": name("DE")}, {"Employees": new(7), "Budget": 3, "Country": nil},
		{"Employees": none, "Budget": uint8(3), "Other": true}} {
		if err := table.Add(lead, true); err != nil {
			t.Errorf("%v: %v", lead, err)
		}
	}
	other := newTable(t, mixed[:2]...)
	turned := newTable(t, mixed[1], mixed[0], mixed[2])
	if err := table.Merge(other); !errors.Is(err, learn.ErrColumn) {
		t.Error(err)
	}
	if err := table.Merge(turned); !errors.Is(err, learn.ErrColumn) {
		t.Error(err)
	}
	if got := table.Columns(); !slices.Equal(got, mixed) {
		t.Error(got)
	}
	both := tableOf(t, mixed, []judged{{scoring.Record{"Employees": 1}, true}, {scoring.Record{"Employees": 2}, false}})
	for _, test := range []struct {
		name    string
		table   *learn.Table
		options learn.InduceOptions
		want    error
	}{
		{"empty", newTable(t, mixed...), learn.InduceOptions{}, learn.ErrNoOutcomes},
		{"positive", table, learn.InduceOptions{}, learn.ErrOneClass},
		{"negative", tableOf(t, mixed, []judged{{scoring.Record{}, false}}), learn.InduceOptions{}, learn.ErrOneClass},
		{"nothing", both, learn.InduceOptions{}, learn.ErrTable},
		{"no columns", tableOf(t, nil, []judged{{nil, true}, {nil, false}}), learn.InduceOptions{}, learn.ErrTable},
		{"smoothing", both, learn.InduceOptions{Smoothing: new(-1.0)}, learn.ErrOptions},
		{"no smoothing", both, learn.InduceOptions{Smoothing: new(math.NaN())}, learn.ErrOptions},
		{"trend of nothing", both, learn.InduceOptions{Trends: map[string]learn.Trend{"X": learn.Rising}}, learn.ErrOptions},
		{"trend of a text", both, learn.InduceOptions{Trends: map[string]learn.Trend{"Country": learn.Rising}}, learn.ErrOptions},
		{"trend", both, learn.InduceOptions{Trends: map[string]learn.Trend{"Budget": "up"}}, learn.ErrOptions},
	} {
		if _, err := learn.Induce(test.table, test.options); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
	odd := newTable(t, learn.Column{Name: "Lead Source", Type: scoring.Text})
	for i := range 20 {
		if err := odd.Add(scoring.Record{"Lead Source": []string{"a", "b"}[i%2]}, i%3 == 0); err != nil {
			t.Fatal(err)
		}
	}
	var where *scoring.Error
	if _, err := learn.Induce(odd, learn.InduceOptions{}); !errors.As(err, &where) {
		t.Errorf("a name that rules can't use: %v", err)
	}
}

// Whatever a table holds: an answer or an error, no panic, and no figure that is no number.
func FuzzInduce(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 200, 100, 7, 9, 255}, uint8(0))
	f.Add([]byte("leads of all kinds and their outcomes, some of them the same"), uint8(3))
	f.Fuzz(func(t *testing.T, data []byte, option uint8) {
		table := newTable(t, mixed...)
		for len(data) >= 3 {
			lead := scoring.Record{"Budget": math.Float64frombits(uint64(data[0])<<56 | uint64(data[1])<<40)}
			if data[1]%3 > 0 {
				lead["Employees"] = int(int8(data[1]))
			}
			if data[2]%3 > 0 {
				lead["Country"] = string(data[2] / 16)
			}
			if err := table.Add(lead, data[2]%2 == 0); err != nil && !errors.Is(err, learn.ErrCell) {
				t.Fatal(err)
			}
			data = data[3:]
		}
		trend := []learn.Trend{learn.Free, learn.Rising, learn.Falling, learn.Monotone}[option%4]
		in, err := learn.Induce(table, learn.InduceOptions{Trends: map[string]learn.Trend{"Budget": trend}})
		if err != nil {
			return
		}
		if _, err := json.Marshal(in); err != nil { // JSON has no NaN
			t.Fatal(err)
		}
		for _, c := range in.Columns {
			var all learn.Counts
			for _, b := range c.Bins {
				all.Positive, all.Negative = all.Positive+b.Positive, all.Negative+b.Negative
			}
			if all != table.Total() {
				t.Fatalf("%s has %v of %v leads", c.Name, all, table.Total())
			}
		}
		scoring.MustCompile[scoring.Record, struct{}](in.Model)
	})
}

func BenchmarkTableAdd(b *testing.B) {
	leads := randomLeads(rand.New(rand.NewPCG(6, 1)), 1000)
	table := newTable(b, mixed...)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if err := table.Add(leads[i%1000].lead, leads[i%1000].positive); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkInduce(b *testing.B) {
	table := tableOf(b, mixed, randomLeads(rand.New(rand.NewPCG(7, 1)), 100_000))
	for _, trend := range []learn.Trend{learn.Free, learn.Monotone} {
		b.Run(string(trend), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := learn.Induce(table, learn.InduceOptions{Trends: map[string]learn.Trend{"Employees": trend, "Budget": trend}}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
