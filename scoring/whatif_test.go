package scoring_test

import (
	"fmt"
	"math/rand"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/leadloop/leadloop/scoring"
)

// wish is a lead that can be made to meet each rule by itself.
type wish struct {
	F0, F1, F2, F3 bool
	N0, N1         int
}

var tiers = []scoring.Range{{From: new(5.0), Below: new(10.0), Points: 4 * scoring.Point}, {From: new(10.0), Points: 9 * scoring.Point}}

// wishModel has rules that do not touch each other: a field, or a kind of activity, for each.
func wishModel(r *rand.Rand) scoring.Model {
	m := scoring.Model{Schema: 1, Name: "wishes"}
	points := func() scoring.Points { return scoring.Points(r.Intn(14)-2) * scoring.Point }
	for i := range 2 {
		var rules []scoring.Rule
		for j := range 2 {
			rules = append(rules, scoring.Rule{Name: fmt.Sprint("flag", j), When: fmt.Sprint("F", 2*i+j), Points: points()},
				scoring.Rule{Name: fmt.Sprint("kind", j), Each: fmt.Sprintf("Kind == %q", fmt.Sprint("k", 2*i+j)), Points: points(), Repeat: oneOf(r, "", scoring.Once),
					AtLeast: oneOf(r, 0, 0, 3), Distinct: oneOf(r, "", "Value"), HalfLife: oneOf(r, 0, 2*scoring.Day), Maximum: perhaps(r, 3, 10*scoring.Point)})
		}
		rules = append(rules, scoring.Rule{Name: "size", Table: &scoring.Table{Of: fmt.Sprint("N", i), Ranges: tiers}, Minimum: perhaps(r, 3, -scoring.Point)})
		r.Shuffle(len(rules), func(a, b int) { rules[a], rules[b] = rules[b], rules[a] })
		cut := r.Intn(len(rules))
		d := scoring.Dimension{Name: fmt.Sprint("d", i), Rules: rules[:cut], Maximum: perhaps(r, 3, 22*scoring.Point),
			Groups: []scoring.Group{{Name: "g", Rules: rules[cut:], Maximum: perhaps(r, 2, 12*scoring.Point)}}}
		if r.Intn(3) > 0 || i == 0 {
			d.Bands = []scoring.Band{{Name: "A", From: new(20 * scoring.Point)}, {Name: "B", From: new(10 * scoring.Point)}, {Name: "C"}}
		}
		m.Dimensions = append(m.Dimensions, d)
	}
	if r.Intn(4) == 0 {
		m.Dimensions[0].Bands, m.Dimensions[1].Bands = nil, nil
	}
	for _, d := range m.Dimensions {
		if d.Bands != nil && r.Intn(3) > 0 {
			if m.Grade == nil {
				m.Grade = &scoring.Grade{}
			}
			m.Grade.Dimensions = append(m.Grade.Dimensions, d.Name)
		}
	}
	if m.Grade != nil && len(m.Grade.Dimensions) == 1 && r.Intn(2) == 0 { // A and B are one grade
		m.Grade.Cells = []scoring.Cell{{Bands: []string{"A"}, Label: "hot"}, {Bands: []string{"B"}, Label: "hot"}, {Bands: []string{"C"}, Label: "cold"}}
	}
	m.Thresholds = []scoring.Threshold{{Name: "some", From: 15 * scoring.Point}, {Name: "many", From: 30 * scoring.Point}}
	m.Maximum = perhaps(r, 4, 35*scoring.Point)
	return m
}

func wishSubject(r *rand.Rand) scoring.Subject[wish, deed] {
	s := scoring.Subject[wish, deed]{Lead: &wish{r.Intn(3) == 0, r.Intn(3) == 0, r.Intn(3) == 0, r.Intn(3) == 0, r.Intn(14), r.Intn(14)}}
	for range r.Intn(7) {
		s.Activities = append(s.Activities, deed{fmt.Sprint("k", r.Intn(4)), float64(r.Intn(3)), noon.Add(-time.Duration(r.Intn(100)) * time.Hour)})
	}
	if r.Intn(3) == 0 {
		s.Adjustments = []scoring.Adjustment{{At: noon.Add(-time.Duration(r.Intn(3)) * 24 * time.Hour), Dimension: "*", Op: scoring.Scale, Amount: scoring.Point / 2}}
	}
	return s
}

// grant makes a copy of the subject meet a rule.
func grant(m scoring.Model, s scoring.Subject[wish, deed], u scoring.Unmet) scoring.Subject[wish, deed] {
	lead := *s.Lead
	s.Lead = &lead
	s.Activities = slices.Clone(s.Activities)
	for _, d := range m.Dimensions {
		for _, r := range append(slices.Clone(d.Rules), d.Groups[0].Rules...) {
			switch {
			case d.Name != u.Dimension || r.Name != u.Rule:
			case r.Table != nil:
				v := reflect.ValueOf(s.Lead).Elem().FieldByName(r.Table.Of)
				if v.SetInt(10); u.Points == tiers[0].Points {
					v.SetInt(5)
				}
			case r.When != "":
				reflect.ValueOf(s.Lead).Elem().FieldByName(r.When).SetBool(true)
			default:
				for i := range u.Activities {
					s.Activities = append(s.Activities, deed{r.Each[len(`Kind == "`) : len(r.Each)-1], float64(1000 + i), noon})
				}
			}
		}
	}
	return s
}

// standsBetter is the definition of a lift, over two scores.
func standsBetter(m scoring.Model, a, b scoring.Score) bool {
	any, rises := false, false
	for i, d := range m.Dimensions {
		if d.Bands == nil || m.Grade != nil && !slices.Contains(m.Grade.Dimensions, d.Name) {
			continue
		}
		any = true
		if b.Dimensions[i].Band > a.Dimensions[i].Band { // A is above B
			return false
		}
		rises = rises || b.Dimensions[i].Band < a.Dimensions[i].Band
	}
	if !any {
		return len(scoring.Crossed(a, b)) > 0
	}
	return rises && (m.Grade == nil || a.Grade != b.Grade)
}

// What WhatIf predicts is what Score says once the lead meets the rules, and it
// misses no rule or pair of rules that would do.
func TestWhatIf(t *testing.T) {
	r := rand.New(rand.NewSource(51))
	sizes := map[int]int{}
	for range 800 {
		m := wishModel(r)
		scorer, err := scoring.Compile[wish, deed](m)
		if err != nil {
			t.Fatal(err)
		}
		s := wishSubject(r)
		before := scorer.Score(s, noon)
		lifts := scorer.WhatIf(s, noon)
		if !reflect.DeepEqual(lifts, scorer.WhatIf(s, noon)) {
			t.Fatal("two answers")
		}
		size := 0
		for _, lift := range lifts {
			granted := s
			for _, u := range lift.Unmet {
				granted = grant(m, granted, u)
			}
			after := scorer.Score(granted, noon)
			if after.Total != lift.Total || after.Grade != lift.Grade || !reflect.DeepEqual(after.Dimensions, lift.Dimensions) ||
				!slices.Equal(scoring.Crossed(before, after), lift.Crossed) || !standsBetter(m, before, after) {
				t.Fatalf("%+v\n%s\n%s", lift, before.Explain(), after.Explain())
			}
			size = len(lift.Unmet)
		}
		sizes[size]++
		// All options, as the model has them.
		var options []scoring.Unmet
		for _, d := range m.Dimensions {
			for _, rule := range append(slices.Clone(d.Rules), d.Groups[0].Rules...) {
				u := scoring.Unmet{Dimension: d.Name, Rule: rule.Name, Points: rule.Points}
				switch {
				case rule.Table != nil:
					options = append(options, scoring.Unmet{Dimension: d.Name, Rule: rule.Name, Points: tiers[1].Points})
					if v := reflect.ValueOf(s.Lead).Elem().FieldByName(rule.Table.Of).Int(); v < 5 {
						u.Points = tiers[0].Points
						options = append(options, u)
					}
				case rule.Each == "" && rule.Points > 0:
					options = append(options, u)
				case rule.Points > 0 && rule.AtLeast == 0:
					u.Activities = 1
					options = append(options, u)
				}
			}
		}
		alone, pairs := 0, 0
		for i, a := range options {
			one := grant(m, s, a)
			if standsBetter(m, before, scorer.Score(one, noon)) {
				alone++
			}
			for _, b := range options[i+1:] {
				if (a.Rule != b.Rule || a.Dimension != b.Dimension) && standsBetter(m, before, scorer.Score(grant(m, one, b), noon)) {
					pairs++
				}
			}
		}
		found := 0
		for _, lift := range lifts {
			if len(lift.Unmet) == 1 && lift.Unmet[0].Activities < 2 {
				found++
			}
		}
		// Where a rule wants 3 activities the last of them is an option that the list above leaves out.
		if found < alone || alone == 0 && pairs > 0 && (len(lifts) == 0 || size > 2) {
			t.Fatalf("%d rules alone, %d pairs, but %+v", alone, pairs, lifts)
		}
		if !slices.IsSortedFunc(lifts, func(a, b scoring.Lift) int { return int(a.Added - b.Added) }) {
			t.Fatalf("not by fewest points: %+v", lifts)
		}
	}
	for size := range 4 {
		if sizes[size] < 10 {
			t.Errorf("only %d answers of %d rules", sizes[size], size)
		}
	}
}

// An activity ends a silence; a disqualifier stays in the way; without a lead there is no answer.
func TestWhatIfSilence(t *testing.T) {
	scorer := scoring.MustCompile[prospect, deed](scoring.Model{Schema: 1, Name: "m",
		Dimensions: []scoring.Dimension{{Name: "engagement",
			Rules: []scoring.Rule{
				{Name: "visit", Each: `Kind == "visit"`, Points: 10 * scoring.Point, Repeat: scoring.Once},
				{Name: "silent", Idle: &scoring.Idle{Every: 7 * scoring.Day, Floor: new(scoring.Points(0))}, Points: -2 * scoring.Point},
				{Name: "computed", When: "Seats > 1000", PointsExpression: "Seats"}},
			Bands: []scoring.Band{{Name: "hot", From: new(10 * scoring.Point)}, {Name: "cold"}}}},
		Disqualifiers: []scoring.Disqualifier{{Name: "abroad", When: `Country != "DE"`, Reason: "no branch"}}})
	subject := scoring.Subject[prospect, deed]{Lead: &prospect{Country: "US"}, Activities: []deed{{Kind: "visit", At: ago(15)}}}
	got := scorer.WhatIf(subject, noon)
	want := []scoring.Lift{{
		Unmet: []scoring.Unmet{{Dimension: "engagement", Rule: "silent", Activities: 1, Points: 4 * scoring.Point}},
		Added: 4 * scoring.Point, Total: 10 * scoring.Point,
		Dimensions:   []scoring.DimensionScore{{Name: "engagement", Points: 10 * scoring.Point, Band: "hot"}},
		Disqualified: []scoring.Disqualification{{Name: "abroad", Reason: "no branch"}},
	}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
	if lifts := scorer.WhatIf(scoring.Subject[prospect, deed]{}, noon); lifts != nil {
		t.Errorf("%+v", lifts)
	}
}
