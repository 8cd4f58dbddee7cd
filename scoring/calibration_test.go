package scoring_test

import (
	"fmt"
	"iter"
	"math"
	"math/big"
	"math/rand"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/scoring"
)

// checkProbability holds a score's probability to what the calibration gives for a total in
// millionths, worked out in fractions and by the machine's e^x.
func checkProbability(t *testing.T, c *scoring.Calibration, total *big.Rat, score scoring.Score) {
	t.Helper()
	if c == nil {
		if score.Probability != 0 || score.Outcome != "" {
			t.Fatalf("a probability %v of %q without a calibration", score.Probability, score.Outcome)
		}
		return
	}
	fraction := func(x float64) *big.Rat { return new(big.Rat).SetFloat64(x) }
	var want float64
	if len(c.Steps) == 0 {
		points := new(big.Rat).Quo(total, rat(1_000_000))
		logOdds, _ := new(big.Rat).Add(fraction(c.Intercept), points.Mul(points, fraction(c.Slope))).Float64()
		want = 1 / (1 + math.Exp(-logOdds))
		if logOdds < 0 { // the same, where e^−x is large
			want = math.Exp(logOdds) / (1 + math.Exp(logOdds))
		}
	} else {
		p := fraction(c.Steps[0].Probability)
		for i, step := range c.Steps {
			if total.Cmp(rat(step.From)) < 0 {
				break
			}
			p = fraction(step.Probability)
			if c.Interpolate && i+1 < len(c.Steps) {
				next := c.Steps[i+1]
				way := new(big.Rat).Sub(total, rat(step.From))
				way.Quo(way, rat(next.From-step.From))
				rise := new(big.Rat).Sub(fraction(next.Probability), p)
				p = new(big.Rat).Add(p, rise.Mul(rise, way))
			}
		}
		want, _ = p.Float64()
	}
	// The log-odds are rounded three times, which their size magnifies.
	points, _ := total.Float64()
	tolerance := want * 1e-15 * (2 + math.Abs(c.Intercept) + math.Abs(c.Slope*points/1e6))
	if score.Outcome != c.Outcome || !(math.Abs(score.Probability-want) <= tolerance+1e-320) && !(want == 1 && score.Probability > 1-1e-15) {
		t.Fatalf("probability %v of %q at %s, want %v of %q", score.Probability, score.Outcome, score.Total, want, c.Outcome)
	}
	if score.Probability <= 0 || score.Probability >= 1 {
		t.Fatalf("the probability %v is impossible or certain", score.Probability)
	}
}

// calibrated compiles a model of which a lead's total is its employees.
func calibrated(t testing.TB, c scoring.Calibration) *scoring.Scorer[Lead, Activity] {
	t.Helper()
	s, err := scoring.Compile[Lead, Activity](scoring.Model{Schema: 1, Name: "m", Calibration: &c, Dimensions: []scoring.Dimension{
		{Name: "fit", Rules: []scoring.Rule{{Name: "size", When: "true", PointsExpression: "Employees / 1000"}}}}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func thousandths(employees int) scoring.Subject[Lead, Activity] {
	return scoring.Subject[Lead, Activity]{Lead: &Lead{Employees: employees}}
}

// Probabilities worked out by hand.
func TestProbability(t *testing.T) {
	steps := []scoring.CalibrationStep{{From: 0, Probability: 0.125}, {From: 10 * scoring.Point, Probability: 0.25}, {From: 30 * scoring.Point, Probability: 0.75}}
	for _, test := range []struct {
		name string
		c    scoring.Calibration
		want map[int]float64 // by the total, in thousandths of a point
	}{
		{"even odds", scoring.Calibration{Intercept: -1, Slope: 0.25}, map[int]float64{4000: 0.5}},
		{"odds of 3 and 1/3: ln 3 is 1.0986…", scoring.Calibration{Slope: 1.0986122886681098}, map[int]float64{1000: 0.75, -1000: 0.25, 0: 0.5}},
		{"the base rate alone: ln(1/4)", scoring.Calibration{Intercept: -1.3862943611198906}, map[int]float64{0: 0.2, 5_000_000: 0.2}},
		{"next to certain", scoring.Calibration{Slope: 1}, map[int]float64{50_000: 1 - 0x1p-53, 900_000_000: 1 - 0x1p-53, -900_000_000: math.SmallestNonzeroFloat64}},
		{"beyond all floats", scoring.Calibration{Slope: math.MaxFloat64, Intercept: -math.MaxFloat64}, map[int]float64{50_000: 1 - 0x1p-53, -50_000: math.SmallestNonzeroFloat64}},
		{"steps", scoring.Calibration{Steps: steps}, map[int]float64{-5000: 0.125, 0: 0.125, 9999: 0.125, 10_000: 0.25, 29_999: 0.25, 30_000: 0.75, 900_000: 0.75}},
		{"one step", scoring.Calibration{Steps: steps[1:2]}, map[int]float64{-5000: 0.25, 50_000: 0.25}},
		{"lines", scoring.Calibration{Steps: steps, Interpolate: true}, map[int]float64{-5000: 0.125, 0: 0.125, 5000: 0.1875, 10_000: 0.25, 15_000: 0.375, 30_000: 0.75, 900_000: 0.75}},
	} {
		test.c.Outcome = "won"
		s := calibrated(t, test.c)
		for total, want := range test.want {
			score := s.Score(thousandths(total), noon)
			if math.Abs(score.Probability-want) > want*3e-16 || score.Outcome != "won" || score.Total != scoring.Points(total)*scoring.Point/1000 {
				t.Errorf("%s: %v of %q at %s, want %v", test.name, score.Probability, score.Outcome, score.Total, want)
			}
		}
	}
}

// The bits of probabilities are the same on each machine, and at most one unit in the
// last place from the exact ones, which were computed with 60 decimal digits.
func TestProbabilityBits(t *testing.T) {
	c := scoring.Calibration{Outcome: "won", Intercept: -2.7182818, Slope: 0.0314159}
	for _, test := range []struct {
		total       int
		bits, exact uint64
	}{
		{-250_000, 0x3efadc51741517e2, 0x3efadc51741517e2}, {0, 0x3fafb1c5ad541d81, 0x3fafb1c5ad541d81}, {7, 0x3fafb37239b4fb09, 0x3fafb37239b4fb09},
		{33_333, 0x3fc442757251ee4e, 0x3fc442757251ee4f}, {86_525, 0x3fdfffe9ecc3374f, 0x3fdfffe9ecc33750},
		{120_001, 0x3fe7b708d5aaba30, 0x3fe7b708d5aaba30}, {999_999, 0x3feffffffffff3e4, 0x3feffffffffff3e4},
	} {
		got := math.Float64bits(calibrated(t, c).Score(thousandths(test.total), noon).Probability)
		if got != test.bits || got-test.exact+1 > 2 {
			t.Errorf("%d: %x, want %x, exact %x", test.total, got, test.bits, test.exact)
		}
	}
}

// With a slope above 0, or steps that rise, more points are never less probable.
func TestProbabilityRises(t *testing.T) {
	r := rand.New(rand.NewSource(21))
	for range 300 {
		c := randomCalibration(r)
		if c == nil {
			continue
		}
		c.Slope = math.Abs(c.Slope)
		slices.SortFunc(c.Steps, func(a, b scoring.CalibrationStep) int { return int(a.From - b.From) })
		for i := range c.Steps {
			c.Steps[i].Probability = float64(i+1) / 7
		}
		s := calibrated(t, *c)
		last := 0.0
		for total := -50_000; total < 150_000; total += 1 + r.Intn(20_000) {
			p := s.Score(thousandths(total), noon).Probability
			if p < last {
				t.Fatalf("%+v: %v after %v at %d", c, p, last, total)
			}
			last = p
		}
	}
}

// All ways to score give the same probability, and memory that is used again keeps none.
func TestProbabilityOfAllWays(t *testing.T) {
	r := rand.New(rand.NewSource(22))
	var reused scoring.Score
	for range 60 {
		m := randomModel(r)
		s, err := scoring.Compile[visitor, visit](m, scoring.Zones(time.LoadLocation))
		if err != nil {
			t.Fatal(err)
		}
		if m.Calibration != nil { // the scorer keeps its own
			for i := range m.Calibration.Steps {
				m.Calibration.Steps[i].Probability = 0.999
			}
			m.Calibration.Intercept, m.Calibration.Outcome = 99, "changed"
		}
		now := randomNow(r)
		var subjects []scoring.Subject[visitor, visit]
		for range 5 {
			subject := randomSubject(r, m, now)
			subject.Adjustments = nil
			subjects = append(subjects, subject)
		}
		var all iter.Seq[scoring.Subject[visitor, visit]] = slices.Values(subjects)
		i := 0
		batch := s.Batch(nil, subjects, now, 2)
		for subject, score := range s.All(all, now) {
			want := s.Score(subject, now)
			s.ScoreInto(&reused, subject, now)
			for _, other := range []scoring.Score{*score, reused, batch[i]} {
				if other.Probability != want.Probability || other.Outcome != want.Outcome {
					t.Fatalf("%v of %q, want %v of %q", other.Probability, other.Outcome, want.Probability, want.Outcome)
				}
			}
			if want.Outcome == "changed" {
				t.Fatal("the scorer follows changes of the model")
			}
			i++
		}
	}
}

// Where nothing could be summed, or there is no lead, there is nothing to be probable.
func TestNoProbability(t *testing.T) {
	c := scoring.Calibration{Outcome: "won", Slope: 1}
	s := calibrated(t, c)
	score := scoring.Score{Probability: 0.5, Outcome: "old"}
	s.ScoreInto(&score, scoring.Subject[Lead, Activity]{}, noon)
	if score.Probability != 0 || score.Outcome != "" || score.Problems[0].Kind != scoring.LeadMissing {
		t.Errorf("without a lead: %v of %q", score.Probability, score.Outcome)
	}
	m := scoring.Model{Schema: 1, Name: "m", Calibration: &c, Dimensions: []scoring.Dimension{{Name: "d"}}}
	for i := range 9 {
		m.Dimensions[0].Rules = append(m.Dimensions[0].Rules, scoring.Rule{Name: fmt.Sprint(i), Each: "true", Points: scoring.MaxPoints})
	}
	large := scoring.MustCompile[Lead, Activity](m)
	score = large.Score(subject(slices.Repeat([]Activity{{"x", ago(1)}}, 60_000)...), noon)
	if score.Probability != 0 || score.Outcome != "" || score.Problems[0].Kind != scoring.TooMuch {
		t.Errorf("with too many points: %v of %q", score.Probability, score.Outcome)
	}
}

// The explanation says what is how probable, and neither impossible nor certain.
func TestExplainProbability(t *testing.T) {
	for p, want := range map[float64]string{0.1234: "12.3 %", 0.0004: "below 0.1 %", 0.99951: "above 99.9 %", 0.0005: "0.1 %", 0.9995: "above 99.9 %", 0.9994: "99.9 %"} {
		score := calibrated(t, scoring.Calibration{Outcome: "won\n", Steps: []scoring.CalibrationStep{{Probability: p}}}).Score(thousandths(1), noon)
		if text := score.Explain(); !strings.HasSuffix(text, "\ntotal    0.001\n\nprobability of won : "+want+"\n") {
			t.Errorf("%v: %s", p, text)
		}
	}
}

// FuzzProbability calibrates any total by any numbers: what compiles gives a probability
// above 0 and below 1 that follows the reference.
func FuzzProbability(f *testing.F) {
	f.Add(-2.0, 0.05, int64(40_000), int64(0), int64(0), 0.0, 0.0, false)
	f.Add(math.MaxFloat64, -math.MaxFloat64, int64(1), int64(0), int64(0), 0.0, 0.0, false)
	f.Add(0.0, 0.0, int64(15_000), int64(10_000_000), int64(20_000_000), 0.25, 0.75, true)
	f.Add(0.0, 0.0, int64(15_000), int64(-1e12), int64(1e12), 5e-324, 1-0x1p-53, true)
	f.Fuzz(func(t *testing.T, intercept, slope float64, total, from, next int64, p, q float64, lines bool) {
		c := scoring.Calibration{Outcome: "won", Intercept: intercept, Slope: slope}
		if p != 0 || q != 0 {
			c.Steps = []scoring.CalibrationStep{{scoring.Points(from), p}, {scoring.Points(next), q}}
			c.Interpolate = lines
		}
		m := scoring.Model{Schema: 1, Name: "m", Calibration: &c, Dimensions: []scoring.Dimension{
			{Name: "fit", Rules: []scoring.Rule{{Name: "size", When: "true", PointsExpression: "Employees / 1000"}}}}}
		s, err := scoring.Compile[Lead, Activity](m)
		if err != nil {
			if len(scoring.Mistakes(err)) == 0 {
				t.Fatalf("no mistake in %v", err)
			}
			return
		}
		score := s.Score(thousandths(int(total%1_000_000_000)), noon)
		if p := score.Probability; !(p > 0 && p < 1) {
			t.Fatalf("the probability is %v", p)
		}
		if len(c.Steps) > 0 || math.Abs(slope) < 1e6 && math.Abs(intercept) < 600 {
			if math.Abs(slope*float64(score.Total)/1e6) < 600 {
				checkProbability(t, &c, rat(score.Total), score)
			}
		}
	})
}
