package learn_test

import (
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/leadloop/leadloop/scoring"
	"github.com/leadloop/leadloop/scoring/learn"
)

type cardLead struct {
	Seats   int
	Country string
	Budget  *float64
	Member  bool
}

type cardVisit struct {
	At   time.Time
	Kind string
}

// everything has rules of all kinds, with limits at all levels.
func everything() scoring.Model {
	point := func(n int64) *scoring.Points { return new(scoring.Points(n) * scoring.Point) }
	number := func(x float64) *float64 { return &x }
	return scoring.Model{
		Schema: scoring.Schema, Name: "everything", Version: 1, Minimum: point(-15), Maximum: point(60),
		Dimensions: []scoring.Dimension{
			{
				Name: "fit", Maximum: point(35),
				Rules: []scoring.Rule{
					{Name: "member", When: "Member", Points: 8 * scoring.Point},
					{Name: "size", Maximum: point(12), Table: &scoring.Table{Of: "Seats", Ranges: []scoring.Range{
						{Below: number(10), Points: -3 * scoring.Point}, {From: number(10), Below: number(100), Points: 6 * scoring.Point}, {From: number(100), Points: 20 * scoring.Point}}}},
					{Name: "seats", When: "Seats > 50", PointsExpression: "Seats / 20 // large ones"},
				},
				Groups: []scoring.Group{{Name: "where", Maximum: point(9), Rules: []scoring.Rule{
					{Name: "country", Table: &scoring.Table{Of: "Country", Values: []scoring.ValueGroup{{Is: []string{"FR", "DE"}, Points: 7 * scoring.Point}}, Otherwise: point(-2)}},
					{Name: "budget", Table: &scoring.Table{Of: "Budget", Ranges: []scoring.Range{{From: number(1000), Points: 5 * scoring.Point}}, Missing: point(0)}},
				}}},
			},
			{
				Name: "engagement", Minimum: point(-10),
				Rules: []scoring.Rule{
					{Name: "visits", Each: `Kind == "visit"`, Points: 3 * scoring.Point, Maximum: point(10)},
					{Name: "bounces", Each: `Kind == "bounce"`, Points: -4 * scoring.Point, HalfLife: 10 * scoring.Day, Minimum: point(-6)},
					{Name: "seen", Each: `Kind == "call"`},
					{Name: "calls", Each: `Kind == "call"`, Table: &scoring.Table{Of: "Kind", Values: []scoring.ValueGroup{{Is: []string{"call"}, Points: 4 * scoring.Point}}}},
					{Name: "silent", Points: -2 * scoring.Point, Idle: &scoring.Idle{Every: 7 * scoring.Day, Floor: point(-3)}},
				},
			},
		},
	}
}

var kinds = []string{"visit", "bounce", "call", "mail"}

func randomSubject(r *rand.Rand) scoring.Subject[cardLead, cardVisit] {
	lead := &cardLead{Seats: r.IntN(200), Country: []string{"FR", "DE", "US"}[r.IntN(3)], Member: r.IntN(2) == 0}
	if r.IntN(2) == 0 {
		budget := float64(r.IntN(3000))
		lead.Budget = &budget
	}
	s := scoring.Subject[cardLead, cardVisit]{Lead: lead}
	for range r.IntN(6) {
		s.Activities = append(s.Activities, cardVisit{noon.Add(-time.Duration(r.IntN(40)) * 24 * time.Hour), kinds[r.IntN(4)]})
	}
	return s
}

// The totals that learning calibrates are those that the scorer gives, of the unchanged model as of the learned one.
func TestTotalsAreTheScorers(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 1))
	for round := range 12 {
		m := everything()
		scorer := made(scoring.Compile[cardLead, cardVisit](m))
		subjects := make([]scoring.Subject[cardLead, cardVisit], 300)
		sample := made(learn.NewSample(m))
		for i := range subjects {
			subjects[i] = randomSubject(r)
			score := scorer.Score(subjects[i], noon)
			o := learn.Outcome{Hits: score.Hits(), Accepted: learn.Negative}
			lead := subjects[i].Lead
			if (lead.Member != (lead.Country == "US")) != (r.IntN(4) == 0) == (round%3 > 0) {
				o.Accepted = learn.Positive
			}
			if err := sample.Add(o); err != nil {
				t.Fatal(err)
			}
		}
		options := learn.Options{Target: learn.Acceptance}
		if round%2 == 1 {
			options.PointsToDoubleOdds = 12 * scoring.Point
		}
		fit := made(sample.Fit(options))
		learned, err := scoring.Compile[cardLead, cardVisit](fit.Model())
		if err != nil {
			t.Fatal(err)
		}
		for i := range subjects {
			one := made(learn.NewSample(m))
			score := scorer.Score(subjects[i], noon)
			if err := one.Add(learn.Outcome{Hits: score.Hits(), Accepted: learn.Positive}); err != nil {
				t.Fatal(err)
			}
			if p := made(fit.PredictExpert(one)); len(p) != 1 || p[0].Points != score.Total {
				t.Fatalf("the unchanged card gives %s, the scorer %s", p[0].Points, score.Total)
			}
			now := learned.Score(subjects[i], noon)
			p := made(fit.Predict(one))[0]
			// Decay rounds each activity to micropoints, and expressions are floats.
			if gap := p.Points - now.Total; gap > 100 || gap < -100 {
				t.Fatalf("the learned card gives %s, the scorer %s:\n%s\n%s", p.Points, now.Total, score.Explain(), now.Explain())
			}
			if now.Total == p.Points && now.Probability != p.Probability {
				t.Fatalf("probability %v, the scorer gives %v", p.Probability, now.Probability)
			}
		}
	}
}

func TestHitsThatTheModelCannotGive(t *testing.T) {
	m := everything()
	for text, want := range map[string]error{
		"fit/member=8":                           nil,
		"fit/member":                             nil,
		"fit/size#ranges[2]=12":                  nil,
		"fit/seats=7.5":                          nil,
		"engagement/visits=9":                    nil,
		"engagement/seen=0":                      nil,
		"engagement/silent=-4":                   nil,
		"fit/member=9":                           learn.ErrHit,
		"fit/member#ranges[0]=8":                 learn.ErrHit,
		"fit/size#ranges[2]=20":                  learn.ErrHit,
		"fit/size#ranges[3]=20":                  learn.ErrHit,
		"fit/size=12":                            learn.ErrHit,
		"fit/size":                               learn.ErrHit,
		"fit/seats":                              learn.ErrHit, // a sample needs the points
		"fit/seats=9000000000000":                learn.ErrHit,
		"engagement/visits=-3":                   learn.ErrHit,
		"engagement/seen=1":                      learn.ErrHit,
		"fit/no=1":                               learn.ErrUnknownRule,
		"fit/no":                                 learn.ErrUnknownRule,
		"":                                       learn.ErrUnknownRule,
		"engagement/calls=-9223372036854.775808": learn.ErrHit,
	} {
		if err := made(learn.NewSample(m)).Add(learn.Outcome{Hits: []string{text}}); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", text, err, want)
		}
	}
	// Evidence counts matches: the name of a rule with computed points is enough.
	if err := made(learn.NewEvidence(m)).Add(learn.Outcome{Hits: []string{"fit/seats"}}); err != nil {
		t.Error(err)
	}
	twice := m
	twice.Dimensions = append([]scoring.Dimension(nil), m.Dimensions...)
	twice.Dimensions[1].Rules = append(twice.Dimensions[1].Rules, scoring.Rule{Name: "visits"})
	if _, err := learn.NewSample(twice); err == nil {
		t.Error("two rules of one name pass")
	}
	if _, err := learn.NewEvidence(scoring.Model{Tick: 1}); err == nil {
		t.Error("a model that cannot be written passes")
	}
	// Names may look like hits.
	odd := pointsModel()
	for i, name := range []string{"a=1", "b#missing", "c#missing=2"} {
		odd.Dimensions[0].Rules = append(odd.Dimensions[0].Rules, scoring.Rule{Name: name, When: "true", Points: scoring.Points(i+1) * scoring.Point})
	}
	for _, text := range []string{"d/a=1", "d/a=1=1", "d/b#missing", "d/b#missing=2", "d/c#missing=2", "d/c#missing=2=3"} {
		if err := made(learn.NewSample(odd)).Add(learn.Outcome{Hits: []string{text}}); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// Evidence has a row for each row of a table, and for rules in groups.
func TestEvidenceOfTables(t *testing.T) {
	m := everything()
	e := made(learn.NewEvidence(m))
	r := rand.New(rand.NewPCG(22, 1))
	var outcomes []learn.Outcome
	for range 400 {
		o := learn.Outcome{Hits: []string{"fit/country#otherwise=-2"}, Accepted: learn.Negative}
		if r.IntN(2) == 0 {
			o.Hits[0] = "fit/country#values[0]=7"
		}
		if (o.Hits[0] == "fit/country#values[0]=7") != (r.IntN(50) == 0) {
			o.Accepted = learn.Positive
		}
		outcomes = append(outcomes, o)
		if err := e.Add(o); err != nil {
			t.Fatal(err)
		}
	}
	report := e.Report(learn.Acceptance)
	weights := map[string]float64{}
	for _, row := range report.Rows {
		weights[row.Name()] = row.WeightOfEvidence
	}
	if !(weights["fit/country#values[0]"] > 2 && weights["fit/country#otherwise"] < -2) {
		t.Errorf("weights of evidence %v", weights)
	}
	for _, rule := range report.Information {
		if rule.Leakage != (rule.Rule == "fit/country") {
			t.Errorf("%+v", rule)
		}
	}
	// Removed again, in another order, nothing is left.
	r.Shuffle(len(outcomes), func(i, j int) { outcomes[i], outcomes[j] = outcomes[j], outcomes[i] })
	for i, o := range outcomes {
		before := made(e.MarshalBinary())
		o.Reason = "never given"
		if err := e.Remove(o); !errors.Is(err, learn.ErrNotAdded) || string(made(e.MarshalBinary())) != string(before) {
			t.Fatalf("removing what was not added: %v", err)
		}
		o.Reason = ""
		if err := e.Remove(o); err != nil {
			t.Fatal(err)
		}
		again := made(learn.NewEvidence(m))
		for _, left := range outcomes[i+1:] {
			if i%50 == 0 {
				if err := again.Add(left); err != nil {
					t.Fatal(err)
				}
			}
		}
		if i%50 == 0 && string(made(again.MarshalBinary())) != string(made(e.MarshalBinary())) {
			t.Fatal("removing left something behind")
		}
	}
	if err := e.Remove(outcomes[0]); !errors.Is(err, learn.ErrNotAdded) {
		t.Errorf("removing from nothing: %v", err)
	}
}

func TestOutcomesThatContradictThemselves(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for i, o := range []learn.Outcome{
		{Propensity: -1}, {Propensity: scoring.Point + 1},
		{Accepted: learn.Negative, Offered: at, Answered: at.AddDate(0, 0, -1)},
		{Accepted: learn.Positive, Won: learn.Negative, Answered: at, Closed: at.AddDate(0, 0, -1)},
		{Answered: at}, {Accepted: learn.Positive, Closed: at},
		{Offered: time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC)}, {Offered: time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC)},
	} {
		if err := made(learn.NewSample(pointsModel(1))).Add(o); !errors.Is(err, learn.ErrOutcome) {
			t.Errorf("%d: %v", i, err)
		}
	}
	same := learn.Outcome{Accepted: learn.Positive, Won: learn.Positive, Offered: at, Answered: at.Add(-2 * time.Hour), Closed: at.Add(time.Hour)}
	if err := made(learn.NewSample(pointsModel(1))).Add(same); err != nil {
		t.Errorf("of one day, which is all that counts: %v", err)
	}
	if err := new(learn.Sample).Add(learn.Outcome{Hits: []string{"a/b=1"}}); !errors.Is(err, learn.ErrUnknownRule) {
		t.Errorf("without a model: %v", err)
	}
	var zero learn.Sample
	if err := zero.Add(learn.Outcome{}); err != nil || zero.Len() != 1 {
		t.Error(err)
	}
	if err := zero.Merge(made(learn.NewSample(pointsModel(1)))); !errors.Is(err, learn.ErrOtherModel) {
		t.Error(err)
	}
	other := pointsModel(1)
	other.Version++
	for _, m := range []scoring.Model{pointsModel(2), other} {
		if err := made(learn.NewSample(pointsModel(1))).Merge(made(learn.NewSample(m))); !errors.Is(err, learn.ErrOtherModel) {
			t.Error(err)
		}
		data := made(made(learn.NewSample(m)).MarshalBinary())
		if err := made(learn.NewSample(pointsModel(1))).UnmarshalBinary(data); !errors.Is(err, learn.ErrOtherModel) {
			t.Error(err)
		}
		evidence := made(made(learn.NewEvidence(m)).MarshalBinary())
		if err := made(learn.NewEvidence(pointsModel(1))).UnmarshalBinary(evidence); !errors.Is(err, learn.ErrOtherModel) {
			t.Error(err)
		}
	}
}
