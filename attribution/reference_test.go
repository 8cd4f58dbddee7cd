package attribution_test

import (
	"cmp"
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
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
	equally, participation               bool
	direct                               string // not the last, if there is another
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
	{model: attribution.LeadCreation, lead: 100},
	{model: attribution.JShaped, first: 20, last: 60, rest: 20},
	{model: attribution.JShaped.WithAbsent(attribution.SplitEqually), first: 20, last: 60, rest: 20, equally: true},
	{model: attribution.InverseJShaped, first: 60, last: 20, rest: 20},
	{model: attribution.FullPath, first: 225, lead: 225, opportunity: 225, last: 225, rest: 100},
	{model: attribution.FullPath.WithAbsent(attribution.SplitEqually), first: 225, lead: 225, opportunity: 225, last: 225, rest: 100, equally: true},
	{model: attribution.Custom("odd", attribution.Weights{Lead: 1, Opportunity: 999_983, Rest: 77}).WithAbsent(attribution.SplitEqually).Within(4 * hours24),
		lead: 1, opportunity: 999_983, rest: 77, equally: true, lookback: 4 * hours24},
	{model: attribution.LastNonDirect("email"), last: 100, direct: "email"},
	{model: attribution.Participation, participation: true},
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

// weights returns the parts of a conversion, which sum to 1, or nil if no touch takes part.
func (r reference) weights(j attribution.Journey, path []attribution.Touch, conversion time.Time) []*big.Rat {
	if len(path) == 0 {
		return nil
	}
	weights := make([]*big.Rat, len(path))
	for i := range weights {
		weights[i] = new(big.Rat)
	}
	if r.participation {
		for i := range weights {
			weights[i].SetInt64(1)
		}
		return weights
	}
	if r.halfLife > 0 {
		for i, touch := range path {
			weights[i] = power(path[len(path)-1].At.Sub(touch.At), r.halfLife)
		}
		return normalised(weights)
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
	last := len(path) - 1
	for i, touch := range path {
		if r.direct != "" && touch.Channel != r.direct {
			last = i
		}
	}
	type part struct {
		at     int
		weight int64
	}
	parts := []part{{0, r.first}, {-1, r.lead}, {-1, r.opportunity}, {last, r.last}}
	if !created.IsZero() && !created.After(conversion) {
		parts[1].at = lastUntil(created)
	}
	if !opened.IsZero() {
		parts[2].at = lastUntil(opened)
	}
	missing, present := new(big.Rat), int64(0)
	key := map[int]bool{}
	for _, p := range parts {
		if p.at < 0 {
			missing.Add(missing, big.NewRat(p.weight, 1))
		} else if p.weight > 0 {
			present++
			key[p.at] = true
		}
	}
	others := int64(len(path) - len(key))
	if others == 0 {
		missing.Add(missing, big.NewRat(r.rest, 1))
	}
	for i := range path {
		if !key[i] {
			weights[i] = big.NewRat(r.rest, others)
		}
	}
	for _, p := range parts {
		if p.at >= 0 && p.weight > 0 {
			weights[p.at].Add(weights[p.at], big.NewRat(p.weight, 1))
			if r.equally {
				weights[p.at].Add(weights[p.at], new(big.Rat).Quo(missing, big.NewRat(present, 1)))
			}
		}
	}
	return normalised(weights)
}

// normalised divides by the sum, and gives nil if that is zero.
func normalised(weights []*big.Rat) []*big.Rat {
	sum := new(big.Rat)
	for _, weight := range weights {
		sum.Add(sum, weight)
	}
	if sum.Sign() == 0 {
		return nil
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

// share is apportion, but where each takes part in all of it.
func (r reference) share(total int64, parts []*big.Rat) []int64 {
	if !r.participation {
		return apportion(total, parts)
	}
	units := make([]int64, len(parts))
	for i := range units {
		units[i] = total
	}
	return units
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
		stage := pick("lead_created", "lead_created", "mql", "sal", "sql", "opportunity", "opportunity", "won")
		j.Milestones = append(j.Milestones, attribution.Milestone{Stage: attribution.Stage(stage), At: moment()})
	}
	for i := range r.IntN(3) {
		c := attribution.Conversion{ID: fmt.Sprintf("c%d", i), At: moment(), Revenue: r.Int64N(1_000_00)}
		left := c.Revenue
		for k := 0; left > 0 && r.IntN(3) == 0; k++ {
			amount := 1 + r.Int64N(left)
			left -= amount
			c.Refunds = append(c.Refunds, attribution.Refund{ID: fmt.Sprintf("r%d", 9-k), At: c.At.Add(time.Duration(r.IntN(9)) * 12 * time.Hour), Amount: amount})
		}
		j.Conversions = append(j.Conversions, c)
	}
	for i := range max(0, r.IntN(6)-3) {
		d := attribution.OpenDeal{ID: fmt.Sprintf("d%d", 9-i), At: moment(), Amount: r.Int64N(1_000_00)}
		if r.IntN(2) == 0 {
			d.Closed = d.At.Add(time.Duration(r.IntN(9)) * 12 * time.Hour)
		}
		j.Pipeline = append(j.Pipeline, d)
	}
	if r.IntN(6) == 0 {
		j.Suppressed = moment()
	}
	return j
}

func random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 2026)) }

func TestBookAgainstReference(t *testing.T) {
	r := random(1)
	var attributed, unattributed, refunded int
	for id := range 400 {
		j := randomJourney(r, id)
		for _, ref := range references {
			ledger, err := attribution.Book([]attribution.Journey{j}, ref.model)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range j.Conversions {
				path := ref.path(j, c.At)
				weights := ref.weights(j, path, c.At)
				var earned []attribution.Entry
				lost := map[string]map[string]int64{} // by refund and touch
				for _, e := range ledger.DealTouches(j.ID, c.ID) {
					if e.Refund == "" {
						earned = append(earned, e)
						continue
					}
					if e.Amount >= 0 || e.Share != 0 {
						t.Fatalf("%s of %+v: entry %+v takes nothing back", ref.model.Name(), j, e)
					}
					if lost[e.Refund] == nil {
						lost[e.Refund] = map[string]int64{}
					}
					lost[e.Refund][e.Touch] += e.Amount
				}
				if weights == nil {
					unattributed++
					if len(earned) != 1+len(path) || earned[0].Touch != "" || earned[0].Share != attribution.One || earned[0].Amount != c.Revenue {
						t.Fatalf("%s of %+v: got %+v, want an unattributed entry", ref.model.Name(), j, earned)
					}
					for i, e := range earned[1:] {
						if e.Touch != path[i].ID || e.Share != 0 || e.Amount != 0 {
							t.Fatalf("%s of %+v: got %+v for touch %d, want nothing", ref.model.Name(), j, e, i)
						}
					}
				} else {
					attributed++
					checkEntries(t, ref, weights, j, c, path, earned)
				}
				refunded += checkRefunds(t, ref, weights, c, path, lost)
			}
		}
	}
	if attributed < 3000 || unattributed < 300 || refunded < 1000 {
		t.Errorf("too few cases to tell: %d attributed, %d not, %d refunds", attributed, unattributed, refunded)
	}
}

// checkRefunds holds what each refund takes back against what is left of the revenue, shared out before and after.
func checkRefunds(t *testing.T, ref reference, weights []*big.Rat, c attribution.Conversion, path []attribution.Touch, lost map[string]map[string]int64) int {
	t.Helper()
	refunds := slices.Clone(c.Refunds)
	slices.SortFunc(refunds, func(a, b attribution.Refund) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
	left := c.Revenue
	for _, r := range refunds {
		want := map[string]int64{}
		if weights == nil {
			want[""] = -r.Amount
		} else {
			before, after := ref.share(left, weights), ref.share(left-r.Amount, weights)
			for i, touch := range path {
				want[touch.ID] = after[i] - before[i]
			}
		}
		left -= r.Amount
		var sum int64
		for touch, amount := range want {
			got := lost[r.ID][touch]
			sum += got
			slack := int64(0)
			if ref.halfLife > 0 {
				slack = 2 // an irrational weight may miss by a unit before, and after
			}
			if got < amount-slack || got > amount+slack {
				t.Fatalf("%s of %+v: refund %s takes %d of %s, want %d", ref.model.Name(), c, r.ID, got, touch, amount)
			}
		}
		if !ref.participation && sum != -r.Amount {
			t.Fatalf("%s of %+v: refund %s takes %d back", ref.model.Name(), c, r.ID, sum)
		}
	}
	return len(refunds)
}

func checkEntries(t *testing.T, ref reference, weights []*big.Rat, j attribution.Journey, c attribution.Conversion, path []attribution.Touch, entries []attribution.Entry) {
	t.Helper()
	if len(entries) != len(path) {
		t.Fatalf("%s of %+v: got %d entries, want %d", ref.model.Name(), j, len(entries), len(path))
	}
	shares := ref.share(int64(attribution.One), weights)
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
	for i, amount := range ref.share(c.Revenue, weights) {
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
				want[e.Touch] += e.Share // refunds have none
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
