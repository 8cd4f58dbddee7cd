package attribution_test

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/leadloop/leadloop/attribution"
)

// This file says a second time, slowly and in fractions, what the package documentation promises.

// reference is a model as a table, beside the model that should do the same.
type reference struct {
	model                                attribution.Model
	first, lead, opportunity, last, rest int64
	halfLife, lookback                   time.Duration
}

const hours24 = 24 * time.Hour

var references = []reference{
	{model: attribution.First, first: 100},
	{model: attribution.Last, last: 100},
	{model: attribution.Linear, rest: 100},
	{model: attribution.PositionBased, first: 40, last: 40, rest: 20},
	{model: attribution.WShaped, first: 30, lead: 30, opportunity: 30, rest: 10},
	{model: attribution.TimeDecay(5 * hours24), halfLife: 5 * hours24},
	{model: attribution.TimeDecay(time.Hour), halfLife: time.Hour},
	{model: attribution.First.Within(3 * hours24), first: 100, lookback: 3 * hours24},
	{model: attribution.WShaped.Within(6 * hours24), first: 30, lead: 30, opportunity: 30, rest: 10, lookback: 6 * hours24},
	{model: attribution.TimeDecay(36 * time.Hour).Within(10 * hours24), halfLife: 36 * time.Hour, lookback: 10 * hours24},
}

// path returns the valid touches, in order, by selecting the least of the remaining again and again.
func (r reference) path(j attribution.Journey, conversion time.Time) (path []attribution.Touch) {
	left := map[string]attribution.Touch{}
	for _, touch := range j.Touches {
		marketing := touch.Side == "" || touch.Side == attribution.Marketing
		suppressed := !j.Suppressed.IsZero() && touch.At.After(j.Suppressed)
		tooOld := r.lookback > 0 && conversion.Sub(touch.At) > r.lookback
		if marketing && !suppressed && !tooOld && !touch.At.After(conversion) {
			left[touch.ID] = touch
		}
	}
	for len(left) > 0 {
		var least *attribution.Touch
		for _, touch := range left {
			if least == nil || touch.At.Before(least.At) || touch.At.Equal(least.At) && touch.ID < least.ID {
				least = &touch
			}
		}
		path = append(path, *least)
		delete(left, least.ID)
	}
	return path
}

// weights returns the parts of a conversion, which sum to 1.
func (r reference) weights(j attribution.Journey, path []attribution.Touch, conversion time.Time) []*big.Rat {
	weights := make([]*big.Rat, len(path))
	key := make([]bool, len(path))
	for i := range weights {
		weights[i] = new(big.Rat)
	}
	give := func(i int, weight int64) {
		if i >= 0 && weight > 0 {
			weights[i].Add(weights[i], big.NewRat(weight, 1))
			key[i] = true
		}
	}
	lastUntil := func(at time.Time) int {
		found := -1
		for i, touch := range path {
			if !touch.At.After(at) {
				found = i
			}
		}
		return found
	}
	var created, opened time.Time
	for _, m := range j.Milestones {
		if m.Stage == attribution.LeadCreated && (created.IsZero() || m.At.Before(created)) {
			created = m.At
		}
		if m.Stage == attribution.Opportunity && !m.At.After(conversion) && m.At.After(opened) {
			opened = m.At
		}
	}
	switch {
	case r.halfLife > 0:
		for i, touch := range path {
			weights[i] = power(path[len(path)-1].At.Sub(touch.At), r.halfLife)
		}
	default:
		give(0, r.first)
		if !created.IsZero() && !created.After(conversion) {
			give(lastUntil(created), r.lead)
		}
		if !opened.IsZero() {
			give(lastUntil(opened), r.opportunity)
		}
		give(len(path)-1, r.last)
		others := int64(0)
		for i := range path {
			if !key[i] {
				others++
			}
		}
		for i := range path {
			if !key[i] {
				weights[i] = big.NewRat(r.rest, others)
			}
		}
	}
	sum := new(big.Rat)
	for _, weight := range weights {
		sum.Add(sum, weight)
	}
	for _, weight := range weights {
		weight.Quo(weight, sum)
	}
	return weights
}

// power returns 2^(−age/half) with some 150 bits, from repeated square roots of ½.
func power(age, half time.Duration) *big.Rat {
	const bits = 200
	result := big.NewFloat(1).SetPrec(bits)
	for range age / half {
		result.Quo(result, big.NewFloat(2))
		if result.MantExp(nil) < -100 {
			return new(big.Rat) // far below one unit of a share
		}
	}
	root := big.NewFloat(0.5).SetPrec(bits)
	left := new(big.Int).SetInt64(int64(age % half))
	for range 150 {
		root.Sqrt(root)
		left.Lsh(left, 1)
		if left.Cmp(big.NewInt(int64(half))) >= 0 {
			left.Sub(left, big.NewInt(int64(half)))
			result.Mul(result, root)
		}
	}
	rat, _ := result.Rat(nil)
	return rat
}

// apportion gives whole units by largest remainder, one after the other.
func apportion(total int64, parts []*big.Rat) []int64 {
	units := make([]int64, len(parts))
	remainders := make([]*big.Rat, len(parts))
	left := total
	for i, part := range parts {
		exact := new(big.Rat).Mul(part, big.NewRat(total, 1))
		whole := new(big.Int).Quo(exact.Num(), exact.Denom())
		units[i] = whole.Int64()
		remainders[i] = exact.Sub(exact, new(big.Rat).SetInt(whole))
		left -= units[i]
	}
	for ; left > 0; left-- {
		largest := 0
		for i := range remainders {
			if remainders[i].Cmp(remainders[largest]) > 0 {
				largest = i
			}
		}
		units[largest]++
		remainders[largest] = big.NewRat(-1, 1)
	}
	return units
}

// randomJourney draws a journey of few days and few channels, so that ties, coinciding key touches and empty paths are common.
func randomJourney(r *rand.Rand, id int) attribution.Journey {
	moment := func() time.Time { return day(1).Add(time.Duration(r.IntN(60)) * 6 * time.Hour) }
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	j := attribution.Journey{ID: fmt.Sprintf("j%05d", id), Source: attribution.Side(pick("", "marketing", "sales"))}
	for i := range r.IntN(12) {
		j.Touches = append(j.Touches, attribution.Touch{
			ID:       fmt.Sprintf("t%02d", (i*7+3)%12), // not in order of time
			Channel:  pick("email", "search", "event", "social"),
			Campaign: pick("", "spring", "autumn"),
			At:       moment(),
			Cost:     int64(r.IntN(500)),
			Side:     attribution.Side(pick("", "", "", "", "", "marketing", "sales", "internal", "automated")),
		})
	}
	for range r.IntN(5) {
		stage := pick("lead_created", "lead_created", "mql", "sal", "opportunity", "opportunity", "won")
		j.Milestones = append(j.Milestones, attribution.Milestone{Stage: attribution.Stage(stage), At: moment()})
	}
	for i := range r.IntN(3) {
		j.Conversions = append(j.Conversions, attribution.Conversion{ID: fmt.Sprintf("c%d", i), At: moment(), Revenue: r.Int64N(1_000_00)})
	}
	if r.IntN(6) == 0 {
		j.Suppressed = moment()
	}
	return j
}

func random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 2026)) }

func TestBookAgainstReference(t *testing.T) {
	r := random(1)
	var attributed, unattributed int
	for id := range 400 {
		j := randomJourney(r, id)
		for _, ref := range references {
			ledger, err := attribution.Book([]attribution.Journey{j}, ref.model)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range j.Conversions {
				path := ref.path(j, c.At)
				entries := ledger.DealTouches(j.ID, c.ID)
				if len(path) == 0 {
					unattributed++
					if len(entries) != 1 || entries[0].Touch != "" || entries[0].Share != attribution.One || entries[0].Amount != c.Revenue {
						t.Fatalf("%s of %+v: got %+v, want one unattributed entry", ref.model.Name(), j, entries)
					}
					continue
				}
				attributed++
				checkEntries(t, ref, j, c, path, entries)
			}
		}
	}
	if attributed < 1500 || unattributed < 150 {
		t.Errorf("too few cases to tell: %d attributed, %d not", attributed, unattributed)
	}
}

func checkEntries(t *testing.T, ref reference, j attribution.Journey, c attribution.Conversion, path []attribution.Touch, entries []attribution.Entry) {
	t.Helper()
	if len(entries) != len(path) {
		t.Fatalf("%s of %+v: got %d entries, want %d", ref.model.Name(), j, len(entries), len(path))
	}
	weights := ref.weights(j, path, c.At)
	shares := apportion(int64(attribution.One), weights)
	for i, e := range entries {
		if e.Touch != path[i].ID || e.Channel != path[i].Channel || e.Campaign != path[i].Campaign || !e.At.Equal(path[i].At) {
			t.Fatalf("%s: entry %d is %+v, want touch %+v", ref.model.Name(), i, e, path[i])
		}
		difference := int64(e.Share) - shares[i]
		if limit := int64(0); ref.halfLife > 0 { // an irrational weight may miss by a little
			limit = shares[i]>>48 + 16
			if difference < -limit || difference > limit {
				t.Fatalf("%s of %+v: share %d is %d, want %d", ref.model.Name(), j, i, e.Share, shares[i])
			}
		} else if difference != 0 {
			t.Fatalf("%s of %+v: share %d is %d, want %d", ref.model.Name(), j, i, e.Share, shares[i])
		}
	}
	for i, amount := range apportion(c.Revenue, weights) {
		difference := entries[i].Amount - amount
		if ref.halfLife == 0 && difference != 0 || difference < -1 || difference > 1 { // an irrational weight may miss by a unit
			t.Fatalf("%s of %+v: amount %d is %d, want %d", ref.model.Name(), j, i, entries[i].Amount, amount)
		}
	}
}

func TestCreditIsTheLatestConversion(t *testing.T) {
	r := random(2)
	for id := range 2000 {
		j := randomJourney(r, id)
		if len(j.Conversions) == 0 {
			continue
		}
		latest := j.Conversions[0]
		for _, c := range j.Conversions[1:] {
			if c.At.After(latest.At) || c.At.Equal(latest.At) && c.ID > latest.ID {
				latest = c
			}
		}
		for _, ref := range references {
			ledger, err := attribution.Book([]attribution.Journey{j}, ref.model)
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]attribution.Share{}
			for _, e := range ledger.DealTouches(j.ID, latest.ID) {
				want[e.Touch] = e.Share
			}
			credit, err := ref.model.Credit(j)
			if (err != nil) != (want[""] == attribution.One) {
				t.Fatalf("%s of %+v: %v", ref.model.Name(), j, err)
			}
			for i, share := range credit {
				if share != want[j.Touches[i].ID] {
					t.Fatalf("%s of %+v: got %v, want %v", ref.model.Name(), j, credit, want)
				}
			}
		}
	}
}
