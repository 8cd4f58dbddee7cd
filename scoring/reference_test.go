package scoring_test

import (
	"cmp"
	"fmt"
	"math/big"
	"math/rand"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/internal/num"
	"github.com/leadloop/leadloop/scoring"
)

// visitor and visit are the types of the random tests.
type visitor struct {
	Country string
	Seats   int
	Budget  *float64
}

type visit struct {
	Kind  string
	Value float64
	At    time.Time
}

// Conditions in both languages: the model's and Go. A nil pointer fails.
var whens = []struct {
	text string
	is   func(v visitor, visits []visit) (ok, failed bool)
}{
	{`Country == "DE"`, func(v visitor, _ []visit) (bool, bool) { return v.Country == "DE", false }},
	{`Seats >= 10`, func(v visitor, _ []visit) (bool, bool) { return v.Seats >= 10, false }},
	{`Budget > 100.0`, func(v visitor, _ []visit) (bool, bool) {
		if v.Budget == nil {
			return false, true
		}
		return *v.Budget > 100, false
	}},
	{`count(Activities, .Kind == "a") >= 2`, func(_ visitor, visits []visit) (bool, bool) {
		n := 0
		for _, v := range visits {
			if v.Kind == "a" {
				n++
			}
		}
		return n >= 2, false
	}},
	{`any(Activities, 5 % int(.Value) == 1)`, func(_ visitor, visits []visit) (ok, failed bool) {
		for _, v := range visits {
			if n := int(v.Value); n == 0 {
				failed = true // whatever stands before or after it
			} else if 5%n == 1 {
				ok = true
			}
		}
		return ok, failed
	}},
}

var eachs = []struct {
	text string
	is   func(v visitor, a visit) (ok, failed bool)
}{
	{`Kind == "a"`, func(_ visitor, a visit) (bool, bool) { return a.Kind == "a", false }},
	{`Kind in ["a", "b"] and Lead.Seats > 5`, func(v visitor, a visit) (bool, bool) {
		return (a.Kind == "a" || a.Kind == "b") && v.Seats > 5, false
	}},
	{`Value > 2.0 or Lead.Budget > 50.0`, func(v visitor, a visit) (bool, bool) {
		if a.Value > 2 {
			return true, false
		}
		if v.Budget == nil {
			return false, true
		}
		return *v.Budget > 50, false
	}},
	{`true`, func(visitor, visit) (bool, bool) { return true, false }},
}

// halfEven rounds to the nearest integer, ties to even.
func halfEven(r *big.Rat) *big.Rat {
	q := new(big.Int)
	m := new(big.Int)
	q.DivMod(r.Num(), r.Denom(), m) // floor
	switch m.Lsh(m, 1).Cmp(r.Denom()) {
	case 1:
		q.Add(q, big.NewInt(1))
	case 0:
		if q.Bit(0) == 1 {
			q.Add(q, big.NewInt(1))
		}
	}
	return new(big.Rat).SetInt(q)
}

// item is one thing that was earned: its date, if it has one, and its points.
type item struct {
	dated  bool
	at     time.Time
	points *big.Rat
}

// adjusted takes the item through all adjustments, one after the other. An added item is
// subject to those after the index of its own.
func (i item) adjusted(dimension string, adjustments []scoring.Adjustment, after int) *big.Rat {
	points := new(big.Rat).Set(i.points)
	for k, a := range adjustments {
		if k <= after || a.Dimension != dimension && a.Dimension != "*" || i.dated && i.at.After(a.At) {
			continue
		}
		switch a.Op {
		case scoring.Reset:
			points.SetInt64(0)
		case scoring.Scale:
			points = halfEven(points.Mul(points, big.NewRat(int64(a.Amount), 1_000_000)))
		}
	}
	return points
}

func clamp(p *big.Rat, minimum, maximum *scoring.Points) *big.Rat {
	if minimum != nil && p.Cmp(new(big.Rat).SetInt64(int64(*minimum))) < 0 {
		return new(big.Rat).SetInt64(int64(*minimum))
	}
	if maximum != nil && p.Cmp(new(big.Rat).SetInt64(int64(*maximum))) > 0 {
		return new(big.Rat).SetInt64(int64(*maximum))
	}
	return p
}

// reference scores slowly and plainly: a list of items for each rule, adjusted
// one by one, in exact fractions.
func reference(m scoring.Model, s scoring.Subject[visitor, visit], now time.Time) (total *big.Rat, dimensions []*big.Rat, hits []string) {
	var adjustments []scoring.Adjustment
	for _, a := range s.Adjustments {
		if !a.At.After(now) {
			adjustments = append(adjustments, a)
		}
	}
	slices.SortStableFunc(adjustments, func(a, b scoring.Adjustment) int { return a.At.Compare(b.At) })
	var visits []visit
	for _, v := range s.Activities {
		if !v.At.After(now) {
			visits = append(visits, v)
		}
	}
	tick := new(big.Int).SetInt64(int64(time.Duration(m.Tick)))
	if m.Tick == 0 {
		tick.SetInt64(int64(24 * time.Hour))
	}
	ticks := func(t time.Time) *big.Int {
		n := new(big.Int).Mul(big.NewInt(t.Unix()), big.NewInt(1e9))
		n.Add(n, big.NewInt(int64(t.Nanosecond())))
		return n.Div(n, tick) // Euclidean, which is floor here
	}
	total = new(big.Rat)
	for _, d := range m.Dimensions {
		sum := new(big.Rat)
		for k, a := range adjustments {
			if a.Op == scoring.Add && (a.Dimension == d.Name || a.Dimension == "*") {
				added := item{false, time.Time{}, new(big.Rat).SetInt64(int64(a.Amount))}
				sum.Add(sum, added.adjusted(d.Name, adjustments, k))
			}
		}
		for _, r := range d.Rules {
			var items []item
			if r.When != "" {
				for _, w := range whens {
					if ok, failed := w.is(*s.Lead, visits); w.text == r.When && ok && !failed {
						items = append(items, item{false, time.Time{}, new(big.Rat).SetInt64(int64(r.Points))})
					}
				}
			}
			for _, v := range visits {
				for _, e := range eachs {
					ok, failed := e.is(*s.Lead, v)
					if e.text != r.Each || !ok || failed {
						continue
					}
					points := new(big.Rat).SetInt64(int64(r.Points))
					if r.PointsExpression == "Value" {
						points = halfEven(new(big.Rat).Mul(new(big.Rat).SetFloat64(v.Value), big.NewRat(1_000_000, 1)))
					}
					if r.HalfLife != 0 {
						age := new(big.Int).Sub(ticks(now), ticks(v.At))
						age.Mul(age, tick)
						weight := num.HalfLifeWeight(age.Uint64(), uint64(time.Duration(r.HalfLife)))
						points = halfEven(points.Mul(points, new(big.Rat).SetFrac64(int64(weight), 1<<32)))
					}
					items = append(items, item{true, v.At, points})
				}
			}
			if r.Repeat == scoring.Once && len(items) > 1 {
				items = []item{slices.MaxFunc(items, func(a, b item) int { return cmp.Or(a.at.Compare(b.at), a.points.Cmp(b.points)) })}
			}
			if len(items) > 0 {
				hits = append(hits, d.Name+"/"+r.Name)
			}
			earned := new(big.Rat)
			for _, i := range items {
				earned.Add(earned, i.adjusted(d.Name, adjustments, -1))
			}
			if len(items) > 0 {
				earned = clamp(earned, r.Minimum, r.Maximum)
			}
			sum.Add(sum, earned)
		}
		sum = clamp(sum, d.Minimum, d.Maximum)
		dimensions = append(dimensions, sum)
		total.Add(total, sum)
	}
	return clamp(total, m.Minimum, m.Maximum), dimensions, hits
}

func randomPoints(r *rand.Rand) scoring.Points {
	if r.Intn(10) == 0 {
		return scoring.Points(r.Int63n(2*int64(scoring.MaxPoints)+1)) - scoring.MaxPoints
	}
	return scoring.Points(r.Intn(41)-20) * scoring.Point / scoring.Points(1+r.Intn(3))
}

func randomLimits(r *rand.Rand, aroundZero bool) (minimum, maximum *scoring.Points) {
	a, b := randomPoints(r), randomPoints(r)
	if a > b {
		a, b = b, a
	}
	if aroundZero {
		a, b = min(a, -a), max(b, -b)
	}
	if r.Intn(3) == 0 {
		minimum = &a
	}
	if r.Intn(3) == 0 {
		maximum = &b
	}
	return minimum, maximum
}

func pick[T any](r *rand.Rand, from ...T) T { return from[r.Intn(len(from))] }

func randomModel(r *rand.Rand) scoring.Model {
	m := scoring.Model{Schema: 1, Name: "random", Version: r.Intn(9),
		Tick: pick(r, 0, scoring.Day, scoring.Duration(time.Hour), scoring.Duration(7*time.Second))}
	m.Minimum, m.Maximum = randomLimits(r, false)
	for i := range 1 + r.Intn(3) {
		d := scoring.Dimension{Name: fmt.Sprint("d", i)}
		d.Minimum, d.Maximum = randomLimits(r, false)
		for j := range r.Intn(6) {
			rule := scoring.Rule{Name: fmt.Sprint("r", j), Points: randomPoints(r)}
			rule.Minimum, rule.Maximum = randomLimits(r, true)
			if r.Intn(3) == 0 {
				rule.When = pick(r, whens...).text
			} else {
				rule.Each = pick(r, eachs...).text
				rule.Repeat = pick(r, "", scoring.Every, scoring.Once)
				rule.HalfLife = pick(r, 0, 14*scoring.Day, scoring.Duration(5*time.Hour), scoring.Duration(11*time.Second))
				if r.Intn(4) == 0 {
					rule.Points, rule.PointsExpression = 0, "Value"
				}
			}
			d.Rules = append(d.Rules, rule)
		}
		m.Dimensions = append(m.Dimensions, d)
	}
	return m
}

// randomTime is near now, and often on an instant that others share.
func randomTime(r *rand.Rand, now time.Time) time.Time {
	switch r.Intn(8) {
	case 0:
		return now
	case 1:
		return now.Add(time.Duration(r.Int63n(int64(48 * time.Hour)))) // after now
	case 2:
		return time.Unix(int64(r.Intn(1000))-500, 0) // about 1970
	}
	return now.Add(-time.Duration(r.Intn(40)) * 12 * time.Hour)
}

func randomSubject(r *rand.Rand, m scoring.Model, now time.Time) scoring.Subject[visitor, visit] {
	s := scoring.Subject[visitor, visit]{Lead: &visitor{Country: pick(r, "DE", "US"), Seats: r.Intn(20)}}
	if r.Intn(2) == 0 {
		s.Lead.Budget = new(float64(r.Intn(200)))
	}
	for range r.Intn(12) {
		s.Activities = append(s.Activities, visit{pick(r, "a", "b", "c"), float64(r.Intn(5000)) / 1024, randomTime(r, now)})
	}
	for range r.Intn(5) {
		a := scoring.Adjustment{At: randomTime(r, now), Dimension: pick(r, "*", m.Dimensions[r.Intn(len(m.Dimensions))].Name),
			Op: pick(r, scoring.Reset, scoring.Scale, scoring.Scale, scoring.Add, scoring.Add), Cause: "test"}
		switch a.Op {
		case scoring.Scale:
			a.Amount = scoring.Points(r.Intn(1_000_001))
		case scoring.Add:
			a.Amount = randomPoints(r)
		}
		s.Adjustments = append(s.Adjustments, a)
	}
	return s
}

// checkSums sees that the lines sum to the dimensions and the total.
func checkSums(t *testing.T, score scoring.Score) {
	t.Helper()
	var total scoring.Points
	sums := map[string]scoring.Points{}
	for _, l := range score.Lines {
		total += l.Points
		sums[l.Dimension] += l.Points
	}
	if total != score.Total {
		t.Fatalf("the lines sum to %s, the total is %s\n%s", total, score.Total, score.Explain())
	}
	for _, d := range score.Dimensions {
		if sums[d.Name] != d.Points {
			t.Fatalf("the lines of %s sum to %s, it has %s\n%s", d.Name, sums[d.Name], d.Points, score.Explain())
		}
	}
}

// The score equals a slow reference in exact fractions, its lines sum to it, and the
// order of the activities does not matter. Source of the invariant: mautic#5369, where a contact
// shows 127 points and its log explains 47.
func TestRandomModels(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	scored, adjusted, limited := 0, 0, 0
	for range 160 { // compiling takes the most time
		now := time.Date(2026, 6, 15, r.Intn(24), r.Intn(60), r.Intn(60), r.Intn(1e9), time.UTC)
		m := randomModel(r)
		scorer, err := scoring.Compile[visitor, visit](m)
		if err != nil {
			t.Fatal(err)
		}
		for range 15 {
			s := randomSubject(r, m, now)
			score := scorer.Score(s, now)
			checkSums(t, score)
			total, dimensions, hits := reference(m, s, now)
			if total.Cmp(new(big.Rat).SetInt64(int64(score.Total))) != 0 {
				t.Fatalf("total %s, the reference says %s\n%s", score.Total, total, score.Explain())
			}
			for i, d := range score.Dimensions {
				if dimensions[i].Cmp(new(big.Rat).SetInt64(int64(d.Points))) != 0 {
					t.Fatalf("%s has %s, the reference says %s\n%s", d.Name, d.Points, dimensions[i], score.Explain())
				}
			}
			if !slices.Equal(score.Hits(), hits) {
				t.Fatalf("hits %v, the reference says %v", score.Hits(), hits)
			}
			for _, l := range score.Lines {
				scored++
				if l.Kind == scoring.AdjustmentLine && l.Points != 0 {
					adjusted++
				}
				if strings.HasSuffix(string(l.Kind), "limit") {
					limited++
				}
			}
			r.Shuffle(len(s.Activities), func(i, j int) { s.Activities[i], s.Activities[j] = s.Activities[j], s.Activities[i] })
			if again := scorer.Score(s, now); again.Explain() != score.Explain() {
				t.Fatalf("the order of activities matters:\n%s\n%s", score.Explain(), again.Explain())
			}
		}
	}
	if scored < 5000 || adjusted < 1000 || limited < 1000 {
		t.Errorf("%d lines, %d adjustments and %d limits tell little", scored, adjusted, limited)
	}
}
