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
	_ "time/tzdata"

	diff "github.com/google/go-cmp/cmp"

	"github.com/leadloop/leadloop/internal/num"
	"github.com/leadloop/leadloop/scoring"
)

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

func rat[T ~int | ~int64](n T) *big.Rat { return new(big.Rat).SetInt64(int64(n)) }

// item is one thing that was earned: its date, if it has one, and its points.
type item struct {
	dated  bool
	at     time.Time
	points *big.Rat
	key    string // of Distinct
}

// slow scores slowly and plainly: a list of items for each rule, adjusted one
// by one, in exact fractions. It writes the lines that a score must have.
type slow struct {
	model       scoring.Model
	lead        visitor
	visits      []visit
	now         time.Time
	zone        *time.Location
	adjustments []scoring.Adjustment
	changes     []*big.Rat // what each has changed in the dimension at hand
	lines       []string
	failures    []string
}

func newSlow(t *testing.T, m scoring.Model, s scoring.Subject[visitor, visit], now time.Time) *slow {
	f := &slow{model: m, lead: *s.Lead, now: now, zone: time.UTC}
	if m.Zone != "" {
		f.zone = zone(t, m.Zone)
	}
	for _, a := range s.Adjustments {
		if !a.At.After(now) {
			f.adjustments = append(f.adjustments, a)
		}
	}
	slices.SortStableFunc(f.adjustments, func(a, b scoring.Adjustment) int { return a.At.Compare(b.At) })
	for _, v := range s.Activities {
		if !v.At.After(now) {
			f.visits = append(f.visits, v)
		}
	}
	return f
}

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func (f *slow) line(kind scoring.LineKind, dimension, group, rule string, count int, points *big.Rat, limit string) {
	f.lines = append(f.lines, fmt.Sprintf("%s|%s|%s|%s|%d|%s|%s", kind, dimension, group, rule, count, points.RatString(), limit))
}

// adjusted takes the item through all adjustments, one after the other. An added item is
// subject to those after the index of its own.
func (f *slow) adjusted(dimension string, i item, after int) *big.Rat {
	points := new(big.Rat).Set(i.points)
	for k, a := range f.adjustments {
		if k <= after || a.Dimension != dimension && a.Dimension != "*" || i.dated && i.at.After(a.At) {
			continue
		}
		left := new(big.Rat).Set(points)
		switch a.Op {
		case scoring.Reset:
			left.SetInt64(0)
		case scoring.Scale:
			left = halfEven(left.Mul(left, big.NewRat(int64(a.Amount), 1_000_000)))
		}
		f.changes[k].Add(f.changes[k], left).Sub(f.changes[k], points)
		points = left
	}
	return points
}

// clamp bounds a sum and says by how much and what.
func clamp(p *big.Rat, minimum, maximum *scoring.Points) (bounded, change *big.Rat, limit string) {
	switch {
	case maximum != nil && p.Cmp(rat(*maximum)) > 0:
		bounded, limit = rat(*maximum), "maximum "+maximum.String()
	case minimum != nil && p.Cmp(rat(*minimum)) < 0:
		bounded, limit = rat(*minimum), "minimum "+minimum.String()
	default:
		return p, rat(0), ""
	}
	return bounded, new(big.Rat).Sub(bounded, p), limit
}

// age gives the ticks between the dates, in seconds.
func (f *slow) age(at time.Time) *big.Int {
	tick := big.NewInt(int64(time.Duration(f.model.Tick) / time.Second))
	if f.model.Tick == 0 {
		tick.SetInt64(24 * 60 * 60)
	}
	ticks := func(t time.Time) *big.Int { return new(big.Int).Div(big.NewInt(t.Unix()), tick) } // Euclidean, which is floor here
	return new(big.Int).Mul(new(big.Int).Sub(ticks(f.now), ticks(at)), tick)
}

func (f *slow) decayed(r scoring.Rule, points *big.Rat, at time.Time) *big.Rat {
	age := f.age(at)
	weight := big.NewRat(1, 1)
	second := func(d scoring.Duration) int64 { return int64(time.Duration(d) / time.Second) }
	switch {
	case r.HalfLife != 0:
		weight = new(big.Rat).SetFrac64(int64(num.HalfLifeWeight(age.Uint64(), uint64(second(r.HalfLife)))), 1<<32)
	case r.Linear != 0:
		weight.Sub(weight, new(big.Rat).SetFrac(age, big.NewInt(second(r.Linear))))
		if weight.Sign() < 0 {
			weight.SetInt64(0)
		}
		weight = halfEven(weight.Mul(weight, rat(int64(1)<<32)))
		weight.Quo(weight, rat(int64(1)<<32))
	default:
		for _, s := range r.Steps {
			if age.Cmp(big.NewInt(second(s.After))) >= 0 {
				weight = big.NewRat(int64(s.Share), 1_000_000)
			}
		}
	}
	return halfEven(new(big.Rat).Mul(points, weight))
}

// looksAt tells whether an instant is in a window, by walking minute by minute
// to the first instant of its date.
func (f *slow) looksAt(w *scoring.Window, at time.Time) bool {
	switch {
	case w == nil:
		return true
	case w.Span != 0:
		return f.now.Sub(at) < time.Duration(w.Span)
	}
	year, month, day := f.now.In(f.zone).Date()
	date := time.Date(year, month, day-w.Days, 0, 0, 0, 0, time.UTC)
	if w.Months != 0 {
		first := time.Date(year, month-time.Month(w.Months), 1, 0, 0, 0, 0, time.UTC)
		for date = first.AddDate(0, 0, day-1); date.Month() != first.Month(); {
			date = date.AddDate(0, 0, -1)
		}
	}
	key := fmt.Sprint(f.zone, date)
	start, ok := starts[key]
	if !ok {
		for start = date.Add(-26 * time.Hour); ; start = start.Add(time.Minute) {
			if y, m, d := start.In(f.zone).Date(); !time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Before(date) {
				break
			}
		}
		starts[key] = start
	}
	return !at.Before(start)
}

// starts remembers where dates begin.
var starts = map[string]time.Time{}

// matched lists what a rule that is not idle earns, before adjustments, and on how many
// activities it fails.
func (f *slow) matched(r scoring.Rule) (items []item, failures int) {
	if r.Each == "" {
		return f.onLead(r)
	}
	for _, v := range f.visits {
		if !f.looksAt(r.Window, v.At) {
			continue
		}
		for _, e := range eachs {
			ok, failed := e.is(f.lead, v)
			if e.text != r.Each || !ok && !failed {
				continue
			}
			i := item{dated: true, at: v.At}
			if !failed {
				i.points, failed = f.points(r, v)
			}
			if r.Distinct != "" && !failed && i.points != nil {
				for _, value := range activityValues {
					if value.text == r.Distinct {
						var key looked
						key, failed = value.of(v)
						if i.key = "none"; key.number != nil {
							i.key = key.number.String()
						} else if key.text != nil {
							i.key = fmt.Sprintf("%q", *key.text)
						}
					}
				}
			}
			if failed {
				failures++
			} else if i.points != nil {
				i.points = f.decayed(r, i.points, v.At)
				items = append(items, i)
			}
		}
	}
	newer := func(a, b item) int { return -cmp.Or(a.at.Compare(b.at), a.points.Cmp(b.points)) }
	slices.SortFunc(items, newer)
	if r.Distinct != "" {
		seen := map[string]bool{}
		items = slices.DeleteFunc(items, func(i item) bool {
			again := seen[i.key]
			seen[i.key] = true
			return again
		})
	}
	if len(items) < r.AtLeast {
		items = nil
	}
	if r.Repeat == scoring.Once && len(items) > 1 {
		items = items[:1]
	}
	return items, failures
}

// points gives what an activity earns before decay; nil if a table has no row.
func (f *slow) points(r scoring.Rule, v visit) (points *big.Rat, failed bool) {
	switch {
	case r.PointsExpression == "Value":
		return halfEven(new(big.Rat).Mul(new(big.Rat).SetFloat64(v.Value), rat(1_000_000))), false
	case r.Table == nil:
		return rat(r.Points), false
	}
	for _, value := range activityValues {
		if value.text == r.Table.Of {
			x, failed := value.of(v)
			if failed {
				return nil, true
			}
			if row := lookUp(*r.Table, x); row != nil {
				return rat(*row), false
			}
		}
	}
	return nil, false
}

func (f *slow) onLead(r scoring.Rule) (items []item, failures int) {
	if r.When != "" {
		for _, w := range whens {
			if w.text != r.When {
				continue
			}
			if ok, failed := w.is(f.lead, f.visits); failed {
				return nil, 1
			} else if !ok {
				return nil, 0
			}
		}
	}
	if r.Table == nil {
		return []item{{points: rat(r.Points)}}, 0
	}
	for _, value := range leadValues {
		if value.text == r.Table.Of {
			x, failed := value.of(f.lead)
			if failed {
				return nil, 1
			}
			if row := lookUp(*r.Table, x); row != nil {
				return []item{{points: rat(*row)}}, 0
			}
		}
	}
	return nil, 0
}

// silent lists what an idle rule earns, one item for each period.
func (f *slow) silent(r scoring.Rule) (items []item, failures int) {
	var newest time.Time
	for _, v := range f.visits {
		ok, failed := r.Each == "", false
		for _, e := range eachs {
			if e.text == r.Each {
				ok, failed = e.is(f.lead, v)
			}
		}
		if failed {
			failures++
		} else if ok && v.At.After(newest) {
			newest = v.At
		}
	}
	if newest.IsZero() {
		switch {
		case r.Idle.Since == "Created":
			newest = f.lead.Created
		case r.Idle.Since == "Joined" && f.lead.Joined != nil:
			newest = *f.lead.Joined
		}
	}
	if newest.IsZero() {
		return nil, failures
	}
	for end := newest.Add(time.Duration(r.Idle.Every)); !end.After(f.now); end = end.Add(time.Duration(r.Idle.Every)) {
		items = append(items, item{dated: true, at: end, points: rat(r.Points)})
	}
	return items, failures
}

func (f *slow) score() (total *big.Rat, dimensions []*big.Rat) {
	total = rat(0)
	for _, d := range f.model.Dimensions {
		sum := f.dimension(d)
		dimensions = append(dimensions, sum)
		total.Add(total, sum)
	}
	total, change, limit := clamp(total, f.model.Minimum, f.model.Maximum)
	if limit != "" {
		f.line(scoring.TotalLimitLine, "", "", "", 0, change, limit)
	}
	return total, dimensions
}

func (f *slow) dimension(d scoring.Dimension) *big.Rat {
	f.changes = nil
	for range f.adjustments {
		f.changes = append(f.changes, rat(0))
	}
	sum := rat(0)
	for k, a := range f.adjustments {
		if a.Op == scoring.Add && (a.Dimension == d.Name || a.Dimension == "*") {
			f.changes[k].Add(f.changes[k], rat(a.Amount))
			sum.Add(sum, f.adjusted(d.Name, item{points: rat(a.Amount)}, k))
		}
	}
	var limits, groupLimits, floors []func()
	rule := func(group string, r scoring.Rule) (earned *big.Rat) {
		items, failures := f.matched(r)
		if r.Idle != nil {
			items, failures = f.silent(r)
		}
		if failures > 0 {
			f.failures = append(f.failures, fmt.Sprint(d.Name, "/", r.Name, " ", failures))
		}
		raw, earned := rat(0), rat(0)
		for _, i := range items {
			raw.Add(raw, i.points)
			earned.Add(earned, f.adjusted(d.Name, i, -1))
		}
		if len(items) > 0 {
			f.line(scoring.RuleLine, d.Name, group, r.Name, len(items), raw, "")
		}
		earned, change, limit := clamp(earned, r.Minimum, r.Maximum)
		if limit != "" {
			limits = append(limits, func() { f.line(scoring.RuleLimitLine, d.Name, group, r.Name, 0, change, limit) })
		}
		return earned
	}
	for _, r := range d.Rules {
		earned := rule("", r)
		if r.Idle == nil {
			sum.Add(sum, earned)
			continue
		}
		floors = append(floors, func() { // once all others are in the sum
			before := new(big.Rat).Set(sum)
			sum.Add(sum, earned)
			if r.Idle.Floor == nil || earned.Sign() >= 0 {
				return
			}
			lowest := rat(*r.Idle.Floor)
			if before.Cmp(lowest) < 0 {
				lowest = before
			}
			if sum.Cmp(lowest) < 0 {
				f.line(scoring.RuleLimitLine, d.Name, "", r.Name, 0, new(big.Rat).Sub(lowest, sum), "floor "+r.Idle.Floor.String())
				sum.Set(lowest)
			}
		})
	}
	for _, g := range d.Groups {
		part := rat(0)
		for _, r := range g.Rules {
			part.Add(part, rule(g.Name, r))
		}
		part, change, limit := clamp(part, g.Minimum, g.Maximum)
		if limit != "" {
			groupLimits = append(groupLimits, func() { f.line(scoring.GroupLimitLine, d.Name, g.Name, "", 0, change, limit) })
		}
		sum.Add(sum, part)
	}
	for k, a := range f.adjustments {
		if a.Dimension == d.Name || a.Dimension == "*" {
			f.line(scoring.AdjustmentLine, d.Name, "", "", 0, f.changes[k], "")
		}
	}
	for _, write := range slices.Concat(limits, groupLimits, floors) {
		write()
	}
	sum, change, limit := clamp(sum, d.Minimum, d.Maximum)
	if limit != "" {
		f.line(scoring.DimensionLimitLine, d.Name, "", "", 0, change, limit)
	}
	return sum
}

// marks lists the thresholds and disqualifiers.
func (f *slow) marks(total *big.Rat, dimensions []*big.Rat) (marks []string) {
	for _, t := range f.model.Thresholds {
		points := total
		for i, d := range f.model.Dimensions {
			if d.Name == t.Dimension {
				points = dimensions[i]
			}
		}
		if points.Cmp(rat(t.From)) >= 0 {
			marks = append(marks, t.Name)
		}
	}
	var knockouts []string
	for _, d := range f.model.Disqualifiers {
		items, failures := f.onLead(scoring.Rule{When: d.When})
		if failures > 0 {
			knockouts = append(knockouts, "/"+d.Name+" 1")
		} else if len(items) > 0 {
			marks = append(marks, d.Name+" because")
		}
	}
	f.failures = append(knockouts, f.failures...)
	return marks
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

// The score equals a slow reference in exact fractions, line by line, and the order of the
// activities does not matter. Source of the invariant that the lines sum to the score: mautic#5369,
// where a contact shows 127 points and its log explains 47.
func TestRandomModels(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	seen := map[string]int{}
	for range 250 { // compiling takes the most time
		m := randomModel(r)
		scorer, err := scoring.Compile[visitor, visit](m, scoring.Zones(time.LoadLocation))
		if err != nil {
			t.Fatal(err)
		}
		for range 12 {
			now := randomNow(r)
			s := randomSubject(r, m, now)
			score := scorer.Score(s, now)
			checkSums(t, score)
			compare(t, newSlow(t, m, s, now), score)
			for _, l := range score.Lines {
				seen[string(l.Kind)+l.Bound]++
			}
			r.Shuffle(len(s.Activities), func(i, j int) { s.Activities[i], s.Activities[j] = s.Activities[j], s.Activities[i] })
			if again := scorer.Score(s, now); again.Explain() != score.Explain() {
				t.Fatalf("the order of activities matters:\n%s\n%s", score.Explain(), again.Explain())
			}
		}
	}
	for _, kind := range strings.Fields(`rule adjustment rule_limitminimum rule_limitmaximum rule_limitfloor group_limitminimum
		group_limitmaximum dimension_limitminimum dimension_limitmaximum total_limitminimum total_limitmaximum`) {
		if seen[kind] < 60 {
			t.Errorf("%d lines of %s tell little", seen[kind], kind)
		}
	}
}

func compare(t *testing.T, f *slow, score scoring.Score) {
	t.Helper()
	total, dimensions := f.score()
	checkProbability(t, f.model.Calibration, total, score)
	want := slices.Concat(f.lines, []string{"total " + total.RatString()})
	for _, d := range dimensions {
		want = append(want, "dimension "+d.RatString())
	}
	want = append(want, f.marks(total, dimensions)...)
	want = append(want, f.failures...)
	var got []string
	for _, l := range score.Lines {
		limit := ""
		if l.Bound != "" {
			limit = l.Bound + " " + l.Limit.String()
		}
		got = append(got, fmt.Sprintf("%s|%s|%s|%s|%d|%d|%s", l.Kind, l.Dimension, l.Group, l.Rule, l.Count, int64(l.Points), limit))
	}
	got = append(got, fmt.Sprint("total ", int64(score.Total)))
	for _, d := range score.Dimensions {
		got = append(got, fmt.Sprint("dimension ", int64(d.Points)))
	}
	got = append(got, score.Reached...)
	for _, d := range score.Disqualified {
		got = append(got, d.Name+" "+d.Reason)
	}
	for _, p := range score.Problems {
		if p.Kind == scoring.RuleFailed {
			got = append(got, fmt.Sprint(p.Dimension, "/", p.Rule, " ", max(1, p.Count)))
		}
	}
	if d := diff.Diff(want, got); d != "" {
		t.Fatalf("-reference +score\n%s\n%s", d, score.Explain())
	}
}
