package scoring_test

import (
	"fmt"
	"math/rand"
	"os"
	"testing"
	"time"

	"github.com/leadloop/leadloop/scoring"
)

// contact and action are a lead and an activity of a typical host.
type contact struct {
	Email, Domain, Title, Company, Industry, Country, City, Source, Stage, Owner string
	Employees, Founded                                                           int
	Revenue                                                                      float64
	OptedIn                                                                      bool
	Phone, LinkedIn                                                              *string
	Budget                                                                       *float64
	Tags                                                                         []string
	CreatedAt, LastSeen                                                          time.Time
}

type action struct {
	Kind, Channel, Page string
	At                  time.Time
	Duration            int
	Value               float64
}

// contacts makes seeded subjects of 20 activities each, spread over 120 days.
func contacts(n int) []scoring.Subject[contact, action] {
	r := rand.New(rand.NewSource(42))
	hoursAgo := func(most int) time.Time { return noon.Add(-time.Duration(r.Intn(most)) * time.Hour) }
	all := make([]scoring.Subject[contact, action], n)
	for i := range all {
		c := &contact{
			Domain:   pick(r, "gmail.com", "yahoo.com", "acme-software.io", "mit.edu", "globex-industries.com", "initech.de", "umbrella.co.uk"),
			Title:    pick(r, "Chief Technology Officer", "VP of Engineering", "Senior Software Engineer", "Account Manager", "CTO", "Director of Operations", "Student"),
			Company:  pick(r, "Acme Software Inc", "Globex", "Initech GmbH", ""),
			Industry: pick(r, "software", "fintech", "healthcare", "retail", "manufacturing", "gambling", "education"),
			Country:  pick(r, "US", "DE", "AT", "IN", "FR", "GB", "CA", "BR"),
			City:     pick(r, "Berlin", "New York", "", "Paris"), Source: pick(r, "referral", "webinar", "event", "ads", "organic"),
			Stage: pick(r, "new", "mql", "sql", "customer"), Owner: pick(r, "", "alice", "bob"),
			Employees: pick(r, 3, 12, 45, 220, 900, 4200, 12000), Founded: 1990 + r.Intn(35), Revenue: float64(r.Intn(100_000_000)),
			OptedIn: r.Intn(3) > 0, CreatedAt: hoursAgo(100 * 24), LastSeen: hoursAgo(150 * 24),
		}
		c.Email = fmt.Sprintf("%s.%d@%s", pick(r, "john.doe", "mary+news", "kim"), i, c.Domain)
		if r.Intn(2) == 0 {
			c.Phone = new(pick(r, "+49 30 1234567", "+1 212 5551234"))
		}
		if r.Intn(2) == 0 {
			c.LinkedIn = new("https://social.example/in/x")
		}
		if r.Intn(2) == 0 {
			c.Budget = new(float64(r.Intn(40000)))
		}
		for range r.Intn(5) {
			c.Tags = append(c.Tags, pick(r, "enterprise", "trial", "newsletter", "partner", "beta"))
		}
		all[i].Lead = c
		for range 20 {
			all[i].Activities = append(all[i].Activities, action{
				Kind: pick(r, "page_view", "page_view", "page_view", "email_open", "email_open", "email_click", "webinar", "call", "form_submit", "pricing_page", "login", "chat"),
				At:   hoursAgo(120 * 24), Channel: pick(r, "web", "email", "phone"),
				Page:     pick(r, "/", "/docs/start", "/pricing", "/blog/some-longer-post-title", "/contact", "/product/pricing/enterprise"),
				Duration: r.Intn(900), Value: r.Float64() * 60,
			})
		}
	}
	return all
}

// BenchmarkScore scores leads of 20 activities: by 50 rules on the lead, by five decaying
// rules on each activity, and by both with adjustments.
func BenchmarkScore(b *testing.B) {
	data, err := os.ReadFile("testdata/fifty_rules.json")
	if err != nil {
		b.Fatal(err)
	}
	fifty, err := scoring.Parse(data)
	if err != nil {
		b.Fatal(err)
	}
	decaying := scoring.Dimension{Name: "decaying"}
	for _, kind := range []string{"page_view", "email_click", "webinar", "call", "pricing_page"} {
		decaying.Rules = append(decaying.Rules, scoring.Rule{Name: kind, Each: fmt.Sprintf("Kind == %q", kind), Points: 5 * scoring.Point, HalfLife: 14 * scoring.Day})
	}
	five := scoring.Model{Schema: 1, Name: "five decaying rules", Dimensions: []scoring.Dimension{decaying}}
	both := fifty
	both.Dimensions = append(fifty.Dimensions[:2:2], decaying)
	subjects := contacts(256)
	adjusted := contacts(256)
	for i := range adjusted {
		adjusted[i].Adjustments = []scoring.Adjustment{{At: ago(30), Dimension: "*", Op: scoring.Scale, Amount: scoring.Point / 2}, {At: ago(60), Dimension: "*", Op: scoring.Reset}}
	}
	for _, bench := range []struct {
		name     string
		model    scoring.Model
		subjects []scoring.Subject[contact, action]
	}{{"50 rules", fifty, subjects}, {"5 decaying", five, subjects}, {"55 rules adjusted", both, adjusted}} {
		scorer, err := scoring.Compile[contact, action](bench.model)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			var sum scoring.Points
			for i := 0; b.Loop(); i++ {
				score := scorer.Score(bench.subjects[i%len(bench.subjects)], noon)
				sum += score.Total
				if len(score.Problems) > 0 {
					b.Fatal(score.Err())
				}
			}
			_ = sum
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	data, err := os.ReadFile("testdata/fifty_rules.json")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		m, err := scoring.Parse(data)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := scoring.Compile[contact, action](m); err != nil {
			b.Fatal(err)
		}
	}
}
