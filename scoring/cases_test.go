package scoring_test

import (
	"encoding/json"
	"math/rand"
	"os"
	"testing"
	"time"

	"github.com/leadloop/leadloop/scoring"
)

// fieldCase is a case of testdata/cases.json, as far as tests read it.
type fieldCase struct {
	Name         string
	Leads        []postHogLead
	Events       json.RawMessage
	Expect       int64
	Evergreen    int64 `json:"expect_evergreen"`
	Window       int64 `json:"expect_window_30_days"`
	AgeMonths    []int `json:"events_age_months"`
	Points       int64
	Initial      int64
	Score        int64
	WeeksPassive int `json:"weeks_inactive"`
}

type postHogLead struct {
	Country     string
	Employees   int
	RevenueMUSD float64 `json:"revenue_musd"`
	Role        string
	SubRole     string `json:"sub_role"`
	Expect      int64
}

func (l postHogLead) record() *scoring.Record {
	return &scoring.Record{"country": l.Country, "employees": l.Employees, "revenue_musd": l.RevenueMUSD, "role": l.Role, "sub_role": l.SubRole}
}

func caseNamed(t *testing.T, name string) fieldCase {
	t.Helper()
	data, err := os.ReadFile("testdata/cases.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []fieldCase
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("no case %s", name)
	return fieldCase{}
}

func caseModel(t *testing.T, file string) scoring.Model {
	t.Helper()
	data, err := os.ReadFile("testdata/cases/" + file)
	if err != nil {
		t.Fatal(err)
	}
	m, err := scoring.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// caseScore scores records by a case's model.
func caseScore(t *testing.T, file string, s scoring.Subject[scoring.Record, scoring.Record], now time.Time) scoring.Score {
	t.Helper()
	scorer, err := scoring.Compile[scoring.Record, scoring.Record](caseModel(t, file))
	if err != nil {
		t.Fatal(err)
	}
	if s.Lead == nil {
		s.Lead = &scoring.Record{}
	}
	score := scorer.Score(s, now)
	checkSums(t, score)
	if score.Err() != nil {
		t.Error(score.Err())
	}
	return score
}

func event(kind string, at time.Time) scoring.Record { return scoring.Record{"kind": kind, "At": at} }

type records = scoring.Subject[scoring.Record, scoring.Record]

// The scorecard that PostHog publishes, with leads scored by hand. As published, its bands
// overlap at the edges: there the first counts, and the published order has the lower one first.
func TestPostHogScorecard(t *testing.T) {
	leads := caseNamed(t, "posthog_scorecard").Leads
	if len(leads) != 7 {
		t.Fatalf("%d leads, want 7", len(leads))
	}
	for _, l := range leads {
		score := caseScore(t, "posthog.json", records{Lead: l.record()}, noon)
		if score.Total != scoring.Points(l.Expect)*scoring.Point {
			t.Errorf("%+v: %s, want %d\n%s", l, score.Total, l.Expect, score.Explain())
		}
		edges := 0 // where the published bands overlap, and the lower one has 5 or 10 points less
		switch l.RevenueMUSD {
		case 1, 10:
			edges = 5
		case 100:
			edges = 10
		}
		published := caseScore(t, "posthog_published.json", records{Lead: l.record()}, noon)
		if published.Total != score.Total-scoring.Points(edges)*scoring.Point {
			t.Errorf("%+v: %s as published, want %d less than %s", l, published.Total, edges, score.Total)
		}
	}
}

// Opening an email counts once for each email.
func TestMauticOncePerDistinctObject(t *testing.T) {
	c := caseNamed(t, "mautic_7320_once_per_distinct_object")
	var emails []string
	if err := json.Unmarshal(c.Events, &emails); err != nil || len(emails) != 3 {
		t.Fatal(err, emails)
	}
	var s records
	for i, email := range emails {
		s.Activities = append(s.Activities, scoring.Record{"kind": "email opened", "email": email, "At": ago(i)})
	}
	if got := caseScore(t, "mautic_7320.json", s, noon).Total; got != scoring.Points(c.Expect)*scoring.Point {
		t.Errorf("%s, want %d", got, c.Expect)
	}
}

// A threshold at 10 is reached with 10 points and with 12, and not with 8. Source of
// the case: mautic#3854.
func TestMauticThreshold(t *testing.T) {
	var s records
	for points := scoring.Points(0); points <= 12*scoring.Point; points += 2 * scoring.Point {
		score := caseScore(t, "mautic_3854.json", s, noon)
		if reached := len(score.Reached) == 1; score.Total != points || reached != (points >= 10*scoring.Point) {
			t.Errorf("%s points reach %v, want it of %s", score.Total, score.Reached, points)
		}
		s.Activities = append(s.Activities, event("visit", ago(1)))
	}
}

// Each event decays on its own from its own date. The case counts months; the model takes
// 30 days for one.
func TestHubSpotLinearDecay(t *testing.T) {
	c := caseNamed(t, "hubspot_decay_linear_per_event")
	var s records
	for _, months := range c.AgeMonths {
		s.Activities = append(s.Activities, event("event", ago(30*months)))
	}
	if score := caseScore(t, "hubspot_linear.json", s, noon); len(c.AgeMonths) != 3 || score.Total != scoring.Points(c.Expect)*scoring.Point {
		t.Errorf("%s, want %d", score.Explain(), c.Expect)
	}
}

// An evergreen score counts all events, a window the recent ones.
func TestZohoEvergreenAndWindow(t *testing.T) {
	c := caseNamed(t, "zoho_evergreen_vs_window")
	var events [][2]int
	if err := json.Unmarshal(c.Events, &events); err != nil || len(events) != 2 {
		t.Fatal(err, events)
	}
	var s records
	for _, e := range events {
		s.Activities = append(s.Activities, scoring.Record{"points": e[1], "At": ago(e[0])})
	}
	score := caseScore(t, "zoho_window.json", s, noon)
	if a, b := score.Dimensions[0].Points, score.Dimensions[1].Points; a != scoring.Points(c.Evergreen)*scoring.Point || b != scoring.Points(c.Window)*scoring.Point {
		t.Errorf("evergreen %s, window %s, want %d and %d", a, b, c.Evergreen, c.Window)
	}
}

// Each inactive week takes points, but not below the initial score.
func TestDripInactivity(t *testing.T) {
	c := caseNamed(t, "drip_inactivity")
	s := records{Activities: []scoring.Record{event("click", ago(7*c.WeeksPassive))}}
	if active := caseScore(t, "drip_inactivity.json", s, ago(7*c.WeeksPassive)).Total; active != scoring.Points(c.Score)*scoring.Point {
		t.Errorf("%s while active, want %d", active, c.Score)
	}
	if score := caseScore(t, "drip_inactivity.json", s, noon); score.Total != scoring.Points(c.Expect)*scoring.Point || c.Expect != c.Initial {
		t.Errorf("want %d\n%s", c.Expect, score.Explain())
	}
}

// A reset is a fact with a date: when the rules change later, what was earned before it
// is still worth nothing, neither more nor less. Source: pardotgeeks.com, December 2020,
// where a score adjusted to zero fell to -1200 when a rule changed.
func TestPardotResetAndRuleChange(t *testing.T) {
	caseNamed(t, "pardot_reset_then_retroactive_change")
	r := rand.New(rand.NewSource(4))
	model := caseModel(t, "pardot_reset.json")
	for range 200 {
		reset := ago(r.Intn(40))
		s := records{Lead: &scoring.Record{}, Adjustments: []scoring.Adjustment{{At: reset, Dimension: "*", Op: scoring.Reset, Cause: "recycled"}}}
		after := scoring.Points(0)
		for range r.Intn(60) {
			at := ago(r.Intn(40))
			if at.After(reset) {
				after++
			}
			s.Activities = append(s.Activities, event("view", at))
		}
		model.Version++
		points := scoring.Points(r.Intn(1e7))
		model.Dimensions[0].Rules[0].Points = points
		model.Dimensions[0].Rules[0].Maximum = nil
		scorer, err := scoring.Compile[scoring.Record, scoring.Record](model)
		if err != nil {
			t.Fatal(err)
		}
		score := scorer.Score(s, noon)
		checkSums(t, score)
		if score.Total != after*points {
			t.Fatalf("%s, want %d views of %s after the reset\n%s", score.Total, after, points, score.Explain())
		}
	}
}
