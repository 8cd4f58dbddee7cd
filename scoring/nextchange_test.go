package scoring_test

import (
	"cmp"
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // windows of days and months are tested in zones with clock changes

	"github.com/leadloop/leadloop/scoring"
)

// person and happening are the types of the tests of time.
type person struct {
	Country string
	Created time.Time
	Closed  *time.Time
}

type happening struct {
	Kind  string
	Value float64
	At    time.Time
}

// pace is how fast time goes in a random model: its tick, and the unit of all spans.
type pace struct {
	unit    time.Duration
	somehow func(r *rand.Rand) time.Duration // off the unit
}

var (
	seconds = pace{time.Second, func(r *rand.Rand) time.Duration { return time.Duration(r.Intn(3) - 1) }}
	hours   = pace{time.Hour, func(r *rand.Rand) time.Duration { return time.Duration(r.Intn(2)) * 30 * time.Minute }}
)

func (p pace) span(r *rand.Rand, most int) scoring.Duration {
	return scoring.Duration(time.Duration(1+r.Intn(most)) * p.unit)
}

func (p pace) text(r *rand.Rand, most int) string {
	return fmt.Sprintf(`duration("%s")`, p.span(r, most))
}

func (p pace) at(r *rand.Rand, now time.Time, back, ahead int) time.Time {
	return now.Add(time.Duration(r.Intn(back+ahead+1)-back)*p.unit + p.somehow(r))
}

func (p pace) when(r *rand.Rand) string {
	switch r.Intn(7) {
	case 0:
		return `Country == "DE"`
	case 1:
		return `Now - Created >= ` + p.text(r, 60)
	case 2:
		return `Closed < Now - ` + p.text(r, 30)
	case 3:
		return `count(Activities, .Kind == "a" and .At > Now - ` + p.text(r, 40) + `) >= 2`
	case 4:
		return fmt.Sprintf(`any(Activities, 5 %% int(.Value) == 1) or (Now - Created).Seconds() < %v`, time.Duration(p.span(r, 30)).Seconds())
	case 5:
		return `none(Activities, Now - .At < ` + p.text(r, 20) + `)`
	}
	return `len(Activities) > 2`
}

func (p pace) each(r *rand.Rand) string {
	switch r.Intn(5) {
	case 0:
		return `Kind == "a" and At > Now - ` + p.text(r, 40)
	case 1:
		return `At > Lead.Created and 5 % int(Value) == 1`
	case 2:
		return `At + ` + p.text(r, 30) + ` >= Lead.Closed and Now > Lead.Closed`
	case 3:
		return `true`
	}
	return `Kind == "a"`
}

// sign is which way the points of a random model go: 1, -1 or, for both, 0.
func (p pace) points(r *rand.Rand, sign int) scoring.Points {
	points := scoring.Points(r.Intn(20_000_000))
	if sign < 0 || sign == 0 && r.Intn(2) == 0 {
		return -points
	}
	return points
}

func (p pace) rule(r *rand.Rand, sign int, grouped bool) scoring.Rule {
	rule := scoring.Rule{Points: p.points(r, sign)}
	rule.Minimum, rule.Maximum = randomLimits(r, true)
	switch n := r.Intn(8); {
	case n == 0 && !grouped:
		rule.Points = p.points(r, cmp.Or(-sign, -1)) / 5
		rule.Idle = &scoring.Idle{Every: p.span(r, 20), Since: pick(r, "", "Created", "Closed")}
		if rule.Points <= 0 && r.Intn(2) == 0 {
			rule.Idle.Floor = new(p.points(r, 0))
		}
		if r.Intn(2) == 0 {
			rule.Each = p.each(r)
		}
		return rule
	case n <= 2:
		rule.When = p.when(r)
		return rule
	}
	rule.Each, rule.Repeat = p.each(r), pick(r, "", scoring.Once)
	switch r.Intn(8) {
	case 0:
		rule.Points, rule.PointsExpression = 0, "Value"
	case 1:
		rule.Points = 0
		rule.Table = &scoring.Table{Of: "Kind", Values: []scoring.ValueGroup{{Is: []string{"a"}, Points: p.points(r, sign)}}, Otherwise: new(p.points(r, sign))}
	}
	switch r.Intn(5) {
	case 0, 1:
		rule.HalfLife = p.span(r, 30)
	case 2:
		rule.Linear = p.span(r, 60)
	case 3:
		rule.Steps = []scoring.Step{{After: p.span(r, 5), Share: scoring.Point / 2}, {After: 6 * p.span(r, 9), Share: scoring.Points(r.Intn(2) * 200_000)}}
	}
	if r.Intn(3) == 0 {
		rule.Distinct = "Kind"
	}
	if r.Intn(3) == 0 {
		rule.AtLeast = r.Intn(4)
	}
	if r.Intn(2) == 0 {
		rule.Window = &scoring.Window{Span: p.span(r, 60)}
		if p.unit == time.Hour {
			rule.Window = pick(r, rule.Window, &scoring.Window{Days: 1 + r.Intn(4)}, &scoring.Window{Months: 1})
		}
	}
	return rule
}

// model makes a random model. In a steady one each dimension's points go one way.
func (p pace) model(r *rand.Rand, steady bool) scoring.Model {
	m := scoring.Model{Schema: 1, Name: "time", Tick: p.span(r, 7)}
	if p.unit == time.Hour {
		m.Zone = pick(r, "America/Sao_Paulo", "Africa/Cairo", "Asia/Beirut", "Pacific/Apia", "America/St_Johns")
	}
	grade := &scoring.Grade{}
	names := 0
	outcome, sign := r.Intn(6), pick(r, 1, 1, -1)
	for i := range 1 + r.Intn(2) {
		switch {
		case !steady:
			sign = 0
		case outcome < 2: // of a grade, not of a total
			sign = pick(r, 1, 1, -1)
		}
		d := scoring.Dimension{Name: fmt.Sprint("d", i)}
		d.Minimum, d.Maximum = randomLimits(r, false)
		rules := func(n int, grouped bool) (list []scoring.Rule) {
			for range n {
				rule := p.rule(r, sign, grouped)
				names++
				rule.Name = fmt.Sprint("r", names)
				if steady && rule.PointsExpression != "" {
					rule.PointsExpression, rule.Points = "", p.points(r, sign)
				}
				list = append(list, rule)
			}
			return list
		}
		d.Rules = rules(1+r.Intn(4), false)
		if r.Intn(2) == 0 {
			g := scoring.Group{Name: "g", Rules: rules(1+r.Intn(2), true)}
			g.Minimum, g.Maximum = randomLimits(r, true)
			d.Groups = append(d.Groups, g)
		}
		from := p.points(r, pick(r, -1, 1))
		for j := range 3 + r.Intn(5) {
			d.Bands = append(d.Bands, scoring.Band{Name: fmt.Sprint(j), From: new(from)})
			from -= scoring.Points(1 + r.Intn(9_000_000))
		}
		d.Bands[len(d.Bands)-1].From = nil
		grade.Dimensions = append(grade.Dimensions, d.Name)
		m.Dimensions = append(m.Dimensions, d)
	}
	switch outcome {
	case 0, 1:
		m.Grade = grade
		if len(m.Dimensions) == 1 { // bands that share a label
			for i, b := range m.Dimensions[0].Bands {
				grade.Cells = append(grade.Cells, scoring.Cell{Bands: []string{b.Name}, Label: fmt.Sprint("L", i/2%2)})
			}
		}
	case 2:
		for i := range m.Dimensions {
			m.Dimensions[i].Bands = nil
		}
		m.Thresholds = []scoring.Threshold{{Name: "hot", From: p.points(r, 0)}, {Name: "warm", Dimension: "d0", From: p.points(r, 0)}}
	case 3:
		for i := range m.Dimensions {
			m.Dimensions[i].Bands = nil
		}
		m.Minimum, m.Maximum = randomLimits(r, false)
	}
	if r.Intn(3) == 0 {
		m.Disqualifiers = []scoring.Disqualifier{{Name: "out", When: p.when(r), Reason: "because"}}
	}
	return m
}

func (p pace) subject(r *rand.Rand, now time.Time) scoring.Subject[person, happening] {
	s := scoring.Subject[person, happening]{Lead: &person{Country: pick(r, "DE", "US"), Created: p.at(r, now, 60, 40)}}
	if r.Intn(2) == 0 {
		s.Lead.Closed = new(p.at(r, now, 40, 30))
	}
	for range r.Intn(6) {
		s.Activities = append(s.Activities, happening{pick(r, "a", "b", "c"), float64(r.Intn(4)) - 0.5, p.at(r, now, 60, r.Intn(2)*20)})
	}
	for range r.Intn(6) - 3 {
		s.Adjustments = append(s.Adjustments, scoring.Adjustment{At: p.at(r, now, 30, 30), Dimension: pick(r, "*", "d0"),
			Op: pick(r, scoring.Reset, scoring.Scale, scoring.Add), Amount: scoring.Points(r.Intn(1_000_001))})
	}
	return s
}

// standing is the reference for what NextChange watches.
func standing(m scoring.Model, score scoring.Score) string {
	var bands, out []string
	for i, d := range m.Dimensions {
		if len(d.Bands) > 0 {
			bands = append(bands, score.Dimensions[i].Band)
		}
	}
	grade := score.Total.String()
	switch {
	case m.Grade != nil:
		grade = score.Grade
	case len(bands) > 0:
		grade = strings.Join(bands, " ")
	case len(m.Thresholds) > 0:
		grade = strings.Join(score.Reached, " ")
	}
	for _, d := range score.Disqualified {
		out = append(out, d.Name)
	}
	return fmt.Sprint(grade, out)
}

// checkNext compares NextChange with scoring at every instant of a grid.
func checkNext(t *testing.T, m scoring.Model, scorer *scoring.Scorer[person, happening], s scoring.Subject[person, happening], now time.Time, grid []time.Time) scoring.Outlook {
	t.Helper()
	next := scorer.NextChange(s, now)
	said := func(s scoring.Standing) string { return fmt.Sprint(s.Grade, s.Disqualified) }
	first := standing(m, scorer.Score(s, now))
	if said(next.From) != first {
		t.Fatalf("it stands at %s, not %s", first, said(next.From))
	}
	for _, at := range grid {
		then := standing(m, scorer.Score(s, at))
		switch {
		case then != first && next.Kind != scoring.Changes:
			t.Fatalf("%s until %v, but it changes from %s to %s at %v\n%+v\n%+v", next.Kind, next.At, first, then, at, m, s)
		case then != first && (!next.At.Equal(at) || said(next.To) != then):
			t.Fatalf("it changes at %v to %s, not at %v to %s, from %s\n%+v\n%+v %+v", at, then, next.At, said(next.To), first, m, s, *s.Lead)
		case then != first:
			return next.Kind
		case next.Kind != scoring.Never && !at.Before(next.At):
			t.Fatalf("%s at %v to %s, but it still stands at %s at %v\n%+v\n%+v", next.Kind, next.At, said(next.To), first, at, m, s)
		}
	}
	if next.Kind == scoring.Changes && !next.At.After(grid[len(grid)-1]) {
		t.Fatalf("it changes at %v, which is not on the grid: %+v", next.At, m)
	}
	return next.Kind
}

// The next change is the first that scoring at every nanosecond at which anything can
// happen finds.
func TestNextChange(t *testing.T) {
	r := rand.New(rand.NewSource(3))
	kinds := map[scoring.Outlook]int{}
	for i := range 120 {
		now := time.Date(2026, 6, 15, 12, 0, r.Intn(60), 0, time.UTC)
		m := seconds.model(r, i%3 > 0)
		scorer, err := scoring.Compile[person, happening](m)
		if err != nil {
			t.Fatal(err)
		}
		var grid []time.Time
		for second := range 60 {
			for off := range time.Duration(5) {
				if at := now.Add(time.Duration(second)*time.Second + off - 2); at.After(now) {
					grid = append(grid, at)
				}
			}
		}
		for range 5 {
			kinds[checkNext(t, m, scorer, seconds.subject(r, now), now, grid)]++
		}
	}
	if kinds[scoring.Changes] < 150 || kinds[scoring.Never] < 100 {
		t.Errorf("%v tells little", kinds)
	}
}

// Windows of days and months end at the midnights of zones whose clocks change, some of
// them at midnight, one by a whole day.
func TestNextChangeInZones(t *testing.T) {
	r := rand.New(rand.NewSource(4))
	starts := []time.Time{
		time.Date(2018, 11, 1, 0, 0, 0, 0, time.UTC), time.Date(2018, 2, 15, 0, 0, 0, 0, time.UTC), // São Paulo, at midnight
		time.Date(2010, 11, 5, 0, 0, 0, 0, time.UTC),  // St John's, back at 00:01
		time.Date(2011, 12, 27, 0, 0, 0, 0, time.UTC), // Apia, 30 December is skipped
		time.Date(2025, 10, 22, 0, 0, 0, 0, time.UTC), // Beirut and Cairo, back at midnight
	}
	kinds := map[scoring.Outlook]int{}
	for i := range 40 {
		now := pick(r, starts...).Add(time.Duration(r.Intn(100)) * 30 * time.Minute)
		m := hours.model(r, i%3 > 0)
		scorer, err := scoring.Compile[person, happening](m, scoring.Zones(time.LoadLocation))
		if err != nil {
			t.Fatal(err)
		}
		var grid []time.Time
		for half := range 5 * 48 {
			for _, off := range []time.Duration{-1, 0, 1, time.Minute - 1, time.Minute} {
				if at := now.Add(time.Duration(half)*30*time.Minute + off); at.After(now) {
					grid = append(grid, at)
				}
			}
		}
		for range 3 {
			kinds[checkNext(t, m, scorer, hours.subject(r, now), now, grid)]++
		}
	}
	if kinds[scoring.Changes] < 30 {
		t.Errorf("%v tells little", kinds)
	}
}

// A rule that reads the clock in another way makes the answer unknown, if the standing depends on it.
func TestNextChangeUnknown(t *testing.T) {
	m := scoring.Model{Schema: 1, Name: "clock",
		Dimensions: []scoring.Dimension{
			{Name: "fit", Bands: []scoring.Band{{Name: "A", From: new(5 * scoring.Point)}, {Name: "B"}}, Rules: []scoring.Rule{
				{Name: "young", When: `Now - Created < duration("10d")`, Points: 9 * scoring.Point},
			}},
			{Name: "mood", Rules: []scoring.Rule{{Name: "morning", When: `Now.Hour() < 12`, Points: scoring.Point}}},
		}}
	subject := scoring.Subject[person, happening]{Lead: &person{Created: ago(3)}}
	want := scoring.NextChange{Kind: scoring.Changes, At: ago(-7), From: scoring.Standing{Grade: "A"}, To: scoring.Standing{Grade: "B"}}
	if got := scoring.MustCompile[person, happening](m).NextChange(subject, noon); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	m.Disqualifiers = []scoring.Disqualifier{{Name: "weekend", When: "Now.Weekday() == 6", Reason: "closed"}}
	m.Dimensions[1].Bands = []scoring.Band{{Name: "only"}}
	scorer := scoring.MustCompile[person, happening](m)
	got := scorer.NextChange(subject, noon)
	if got.Kind != scoring.Unknown || !got.At.Equal(noon.Add(1)) || !slices.Equal(got.Because, []string{"mood/morning", "weekend"}) || got.From.Grade != "A only" {
		t.Errorf("%+v", got)
	}
	if clock := scorer.Depends().Clock; !slices.Equal(clock, []string{"mood/morning", "weekend"}) {
		t.Errorf("%v", clock)
	}
}

// A search that would take too long ends, and says how far it came.
func TestNextChangeLimit(t *testing.T) {
	m := scoring.Model{Schema: 1, Name: "long", Tick: scoring.Duration(time.Second),
		Dimensions: []scoring.Dimension{{Name: "both", Bands: []scoring.Band{{Name: "A", From: new(50 * scoring.Point)}, {Name: "B"}}, Rules: []scoring.Rule{
			{Name: "up", Each: "true", Points: 2 * scoring.Point, HalfLife: 30 * scoring.Day},
			{Name: "down", Each: "true", Points: -scoring.Point, HalfLife: 60 * scoring.Day},
		}}}}
	subject := scoring.Subject[person, happening]{Lead: &person{}, Activities: []happening{{"a", 1, noon}}}
	got := scoring.MustCompile[person, happening](m).NextChange(subject, noon)
	if got.Kind != scoring.Unknown || got.At.Before(noon.Add(99_000*time.Second)) || got.At.After(noon.Add(100_001*time.Second)) || got.Because != nil {
		t.Errorf("%+v", got)
	}
	m.Dimensions[0].Rules = m.Dimensions[0].Rules[:1]
	if got := scoring.MustCompile[person, happening](m).NextChange(subject, noon); got.Kind != scoring.Never {
		t.Errorf("%+v", got)
	}
}

// In St John's clocks went back from 00:01 to 23:01: the day before came again, and with it
// what a window of days had left behind.
func TestNextChangeWhereTheDayComesTwice(t *testing.T) {
	scorer := scoring.MustCompile[person, happening](scoring.Model{Schema: 1, Name: "zone", Zone: "America/St_Johns",
		Dimensions: []scoring.Dimension{{Name: "d", Rules: []scoring.Rule{{Name: "r", Each: "true", Points: scoring.Point, Window: &scoring.Window{Days: 1}}}}}},
		scoring.Zones(time.LoadLocation))
	now := time.Date(2010, 11, 6, 12, 0, 0, 0, time.UTC)
	subject := scoring.Subject[person, happening]{Lead: &person{}, Activities: []happening{{"a", 1, now.Add(-24 * time.Hour)}}}
	for _, want := range []string{"2010-11-07T02:30:00Z 1 0", "2010-11-07T02:31:00Z 0 1", "2010-11-07T03:30:00Z 1 0"} {
		next := scorer.NextChange(subject, now)
		if got := fmt.Sprint(next.At.UTC().Format(time.RFC3339Nano), " ", next.From.Grade, " ", next.To.Grade); got != want {
			t.Errorf("%s, want %s", got, want)
		}
		now = next.At
	}
	if next := scorer.NextChange(subject, now); next.Kind != scoring.Never {
		t.Errorf("%+v", next)
	}
}
