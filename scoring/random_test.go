package scoring_test

import (
	"fmt"
	"math/rand"
	"time"

	"github.com/leadloop/leadloop/scoring"
)

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

func maybe(r *rand.Rand, points scoring.Points) *scoring.Points {
	if r.Intn(2) == 0 {
		return nil
	}
	return &points
}

func randomModel(r *rand.Rand) scoring.Model {
	m := scoring.Model{Schema: 1, Name: "random", Version: r.Intn(9),
		Tick: pick(r, 0, scoring.Day, scoring.Duration(time.Hour), scoring.Duration(7*time.Second)),
		Zone: pick(r, "", "UTC", "America/Sao_Paulo", "Africa/Cairo", "Asia/Beirut", "Europe/Berlin", "Pacific/Apia", "America/St_Johns")}
	m.Minimum, m.Maximum = randomLimits(r, false)
	names := 0
	rules := func(n int, idle bool) (list []scoring.Rule) {
		for range n {
			rule := randomRule(r, idle)
			names++
			rule.Name = fmt.Sprint("r", names)
			list = append(list, rule)
		}
		return list
	}
	for i := range 1 + r.Intn(3) {
		d := scoring.Dimension{Name: fmt.Sprint("d", i)}
		d.Minimum, d.Maximum = randomLimits(r, false)
		d.Rules = rules(r.Intn(6), true)
		for j := range r.Intn(3) {
			g := scoring.Group{Name: fmt.Sprint("g", j), Rules: rules(1+r.Intn(3), false)}
			g.Minimum, g.Maximum = randomLimits(r, true)
			d.Groups = append(d.Groups, g)
		}
		m.Dimensions = append(m.Dimensions, d)
		m.Thresholds = append(m.Thresholds, scoring.Threshold{Name: fmt.Sprint("t", i), Dimension: pick(r, "", d.Name), From: randomPoints(r)})
		m.Disqualifiers = append(m.Disqualifiers, scoring.Disqualifier{Name: fmt.Sprint("x", i), When: pick(r, whens...).text, Reason: "because"})
	}
	m.Calibration = randomCalibration(r)
	return m
}

// randomCalibration is none, one with a slope or one of steps.
func randomCalibration(r *rand.Rand) *scoring.Calibration {
	c := &scoring.Calibration{Outcome: pick(r, "accepted", "won")}
	switch r.Intn(3) {
	case 0:
		return nil
	case 1:
		c.Intercept, c.Slope = r.NormFloat64(), pick(r, 0.1, 0.05, -0.02, 0)*r.Float64()
		return c
	}
	from := -randomPoints(r) % scoring.Point
	for range 1 + r.Intn(5) {
		c.Steps = append(c.Steps, scoring.CalibrationStep{From: from, Probability: pick(r, 0.25, 0.5, (1+float64(r.Intn(998)))/1000)})
		from += 1 + scoring.Points(r.Int63n(int64(20*scoring.Point)))
	}
	c.Interpolate = len(c.Steps) > 1 && r.Intn(2) == 0
	return c
}

func randomRule(r *rand.Rand, idle bool) scoring.Rule {
	rule := scoring.Rule{Points: randomPoints(r)}
	rule.Minimum, rule.Maximum = randomLimits(r, true)
	switch n := r.Intn(8); {
	case n == 0 && idle:
		rule.Idle = &scoring.Idle{Every: pick(r, scoring.Day, 7*scoring.Day, scoring.Duration(36*time.Hour+time.Second)), Since: pick(r, "", "Created", "Joined")}
		if r.Intn(2) == 0 {
			rule.Each = pick(r, eachs...).text
		}
		if rule.Points <= 0 && r.Intn(3) > 0 {
			rule.Idle.Floor = new(randomPoints(r))
		}
	case n < 4:
		rule.When = pick(r, whens...).text
		if r.Intn(3) == 0 {
			rule.Points, rule.Table = 0, randomTable(r, pick(r, leadValues...).text)
			if r.Intn(2) == 0 {
				rule.When = ""
			}
		}
	default:
		rule.Each = pick(r, eachs...).text
		rule.Repeat = pick(r, "", scoring.Every, scoring.Once)
		switch r.Intn(6) {
		case 0:
			rule.Points, rule.PointsExpression = 0, "Value"
		case 1:
			rule.Points, rule.Table = 0, randomTable(r, pick(r, activityValues...).text)
		}
		randomDecay(r, &rule)
		if r.Intn(3) == 0 {
			rule.Distinct = pick(r, activityValues...).text
		}
		if r.Intn(3) == 0 {
			rule.AtLeast = r.Intn(4)
		}
		if r.Intn(3) == 0 {
			rule.Window = pick(r, &scoring.Window{Span: 3 * scoring.Day}, &scoring.Window{Span: scoring.Duration(100*time.Hour + time.Second)},
				&scoring.Window{Days: 1 + r.Intn(5)}, &scoring.Window{Days: 200}, &scoring.Window{Months: 1 + r.Intn(15)})
		}
	}
	return rule
}

func randomDecay(r *rand.Rand, rule *scoring.Rule) {
	span := pick(r, 14*scoring.Day, 3*scoring.Day, scoring.Duration(5*time.Hour), scoring.Duration(11*time.Second))
	switch r.Intn(6) {
	case 0, 1:
		rule.HalfLife = span
	case 2:
		rule.Linear = span
	case 3:
		share := scoring.Point
		for i := range 1 + r.Intn(4) {
			share -= scoring.Points(r.Int63n(int64(share) + 1))
			rule.Steps = append(rule.Steps, scoring.Step{After: scoring.Duration(r.Intn(2))*scoring.Duration(time.Hour) + scoring.Duration(i)*span, Share: share})
		}
		for i := 1; i < len(rule.Steps); i++ {
			rule.Steps[i].After = max(rule.Steps[i].After, rule.Steps[i-1].After+scoring.Duration(time.Second))
		}
	}
}

func randomTable(r *rand.Rand, of string) *scoring.Table {
	t := &scoring.Table{Of: of, Otherwise: maybe(r, randomPoints(r)), Missing: maybe(r, randomPoints(r))}
	if of == "Country" || of == "Kind" || of == "Page" {
		for range 1 + r.Intn(3) {
			g := scoring.ValueGroup{Points: randomPoints(r)}
			for range 1 + r.Intn(3) {
				g.Is = append(g.Is, pick(r, "DE", "a", "b", "/", "/pricing", ""))
			}
			t.Values = append(t.Values, g)
		}
		return t
	}
	for range 1 + r.Intn(4) {
		from := pick(r, float64(r.Intn(20)), float64(r.Intn(5000))/1024, -0.5)
		row := scoring.Range{From: &from, Points: randomPoints(r)}
		switch r.Intn(4) {
		case 0:
			row.To = new(from + float64(r.Intn(8)))
		case 1:
			row.Below = new(from + 0.5 + float64(r.Intn(8)))
		case 2:
			row.From, row.Below = nil, &from
		}
		t.Ranges = append(t.Ranges, row)
	}
	return t
}

// Instants at which clocks change around midnight somewhere in the zones of randomModel.
var changes = []time.Time{
	time.Date(2018, 11, 5, 0, 0, 0, 0, time.UTC),   // São Paulo skips midnight of the 4th
	time.Date(2018, 2, 18, 12, 0, 0, 0, time.UTC),  // and has the 17th's last hour twice
	time.Date(2011, 12, 31, 12, 0, 0, 0, time.UTC), // Apia skips the 30th
	time.Date(2023, 4, 28, 22, 30, 0, 0, time.UTC), // Cairo skips midnight of the 28th
	time.Date(2023, 10, 27, 12, 0, 0, 0, time.UTC), // and has the 26th's last hour twice
	time.Date(2024, 4, 1, 9, 0, 0, 0, time.UTC),    // Beirut skips midnight of March 31st
	time.Date(2006, 10, 29, 14, 0, 0, 0, time.UTC), // St. John's goes back at a minute past midnight
}

// randomNow is an instant of 2026, or one near a change of clocks.
func randomNow(r *rand.Rand) time.Time {
	base := time.Date(2026, 6, 15, 0, 0, 0, 0, time.UTC)
	if r.Intn(2) == 0 {
		base = pick(r, changes...).AddDate(0, 0, r.Intn(3)-1)
	}
	return base.Add(time.Duration(r.Intn(24*3600))*time.Second + time.Duration(r.Intn(1e9)))
}

// randomTime is near now, and often on an instant that others share.
func randomTime(r *rand.Rand, now time.Time) time.Time {
	switch r.Intn(10) {
	case 0:
		return now
	case 1:
		return now.Add(time.Duration(r.Int63n(int64(48 * time.Hour)))) // after now
	case 2:
		return time.Unix(int64(r.Intn(1000))-500, 0) // about 1970
	case 3:
		return now.Truncate(24 * time.Hour).Add(-time.Duration(r.Intn(200)) * time.Hour) // about midnight
	case 4:
		return now.Add(-time.Duration(r.Intn(80)) * 7 * 24 * time.Hour)
	}
	return now.Add(-time.Duration(r.Intn(40)) * 12 * time.Hour)
}

func randomSubject(r *rand.Rand, m scoring.Model, now time.Time) scoring.Subject[visitor, visit] {
	s := scoring.Subject[visitor, visit]{Lead: &visitor{Country: pick(r, "DE", "US"), Seats: r.Intn(20)}}
	if r.Intn(2) == 0 {
		s.Lead.Budget = new(float64(r.Intn(200)))
	}
	if r.Intn(2) == 0 {
		s.Lead.Created = randomTime(r, now)
	}
	if r.Intn(2) == 0 {
		s.Lead.Joined = new(randomTime(r, now))
	}
	for range pick(r, 0, 1, 4, 12) {
		v := visit{Kind: pick(r, "a", "b", "c"), Value: float64(r.Intn(5000)) / 1024, At: randomTime(r, now)}
		if r.Intn(2) == 0 {
			v.Page = new(pick(r, "/", "/pricing", ""))
		}
		s.Activities = append(s.Activities, v)
	}
	for range pick(r, 0, 0, 1, 4) {
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

func seeded(seed int64) *rand.Rand { return rand.New(rand.NewSource(seed)) }
