package scoring_test

import (
	"fmt"
	"math/rand"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/scoring"
)

// The reference workload: fifty rules (testdata/fifty_rules.json) over leads of
// 20 fields with 20 activities each, by which this package is measured against
// others. All who score it must agree.

// contact is a lead of a typical host. Others than this package find its
// activities, and the time, in the lead.
type contact struct {
	Email, Domain, Title, Company, Industry, Country, City, Source, Stage, Owner string
	Employees, Founded                                                           int
	Revenue                                                                      float64
	OptedIn                                                                      bool
	Phone, LinkedIn                                                              *string
	Budget                                                                       *float64
	Tags                                                                         []string
	CreatedAt, LastSeen                                                          time.Time
	Activities                                                                   []action
	Now                                                                          time.Time
}

// action is an activity of a contact.
type action struct {
	Kind     string
	At       time.Time
	Channel  string
	Page     string
	Duration int
	Value    float64
}

// contacts makes seeded leads of 20 activities each, spread over 120 days.
func contacts(n int) []*contact {
	r := rand.New(rand.NewSource(42))
	hoursAgo := func(most int) time.Time { return noon.Add(-time.Duration(r.Intn(most)) * time.Hour) }
	all := make([]*contact, n)
	for i := range all {
		c := &contact{
			Domain: pick(r, "gmail.com", "yahoo.com", "acme-software.io", "mit.edu", "globex-industries.com", "initech.de", "umbrella.co.uk"),
			Title: pick(r, "Chief Technology Officer", "VP of Engineering", "Senior Software Engineer", "Head of Growth Marketing", "Account Manager",
				"CTO", "Director of Operations", "Sales Development Representative", "Student", "Data Analyst, Business Intelligence"),
			Company:  pick(r, "Acme Software Inc", "Globex", "Initech GmbH", ""),
			Industry: pick(r, "software", "fintech", "healthcare", "retail", "manufacturing", "gambling", "education"),
			Country:  pick(r, "US", "DE", "AT", "IN", "FR", "GB", "CA", "BR"),
			City:     pick(r, "Berlin", "New York", "", "Paris"), Source: pick(r, "referral", "webinar", "event", "ads", "organic"),
			Stage: pick(r, "new", "mql", "sql", "customer"), Owner: pick(r, "", "alice", "bob"),
			Employees: pick(r, 3, 12, 45, 220, 900, 4200, 12000), Founded: 1990 + r.Intn(35), Revenue: float64(r.Intn(100_000_000)),
			OptedIn: r.Intn(3) > 0, CreatedAt: hoursAgo(100 * 24), LastSeen: hoursAgo(150 * 24), Now: noon,
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
		for range 20 {
			c.Activities = append(c.Activities, action{
				Kind: pick(r, "page_view", "page_view", "page_view", "email_open", "email_open", "email_click", "webinar", "call", "form_submit", "pricing_page", "login", "chat"),
				At:   hoursAgo(120 * 24), Channel: pick(r, "web", "email", "phone"),
				Page:     pick(r, "/", "/docs/start", "/pricing", "/blog/some-longer-post-title", "/contact", "/product/pricing/enterprise"),
				Duration: r.Intn(900), Value: r.Float64() * 60,
			})
		}
		all[i] = c
	}
	return all
}

func subjectsOf(leads []*contact) []scoring.Subject[contact, action] {
	subjects := make([]scoring.Subject[contact, action], len(leads))
	for i, lead := range leads {
		subjects[i] = scoring.Subject[contact, action]{Lead: lead, Activities: lead.Activities}
	}
	return subjects
}

func fiftyRules(t testing.TB) scoring.Model {
	t.Helper()
	data, err := os.ReadFile("testdata/fifty_rules.json")
	if err != nil {
		t.Fatal(err)
	}
	m, err := scoring.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// fiveDecaying are rules of which each looks at every activity of a kind.
func fiveDecaying() scoring.Dimension {
	d := scoring.Dimension{Name: "decaying"}
	for _, kind := range []string{"page_view", "email_click", "webinar", "call", "pricing_page"} {
		d.Rules = append(d.Rules, scoring.Rule{Name: kind, Each: fmt.Sprintf("Kind == %q", kind), Points: 5 * scoring.Point, HalfLife: 14 * scoring.Day})
	}
	return d
}

// manyRules makes rules that are mostly conjunctions of an equality and more;
// two in three ask for the country first.
func manyRules(n int) scoring.Model {
	r := rand.New(rand.NewSource(7))
	countries := []string{"US", "DE", "AT", "IN", "FR", "GB", "CA", "BR"}
	for i := range 60 {
		countries = append(countries, fmt.Sprintf("C%d", i))
	}
	industries := []string{"software", "fintech", "healthcare", "retail", "manufacturing", "energy", "media", "legal", "mining", "aviation"}
	d := scoring.Dimension{Name: "fit"}
	for i := range n {
		var when string
		switch i % 3 {
		case 0:
			when = fmt.Sprintf(`Country == %q && Employees >= %d`, pick(r, countries...), r.Intn(9000))
		case 1:
			when = fmt.Sprintf(`Industry in [%q, %q] && Country == %q`, pick(r, industries...), pick(r, industries...), pick(r, countries...))
		default:
			when = fmt.Sprintf(`Country == %q && Founded >= %d && OptedIn`, pick(r, countries...), 1990+r.Intn(35))
		}
		d.Rules = append(d.Rules, scoring.Rule{Name: fmt.Sprint(i), When: when, Points: scoring.Points(1+i%7) * scoring.Point})
	}
	return scoring.Model{Schema: 1, Name: "many rules", Dimensions: []scoring.Dimension{d}}
}

// asRecords makes the model fit for contacts and actions that are maps: it
// declares their fields, and what may be missing in a map gets a default.
func asRecords(m scoring.Model) scoring.Model {
	dimensions := slices.Clone(m.Dimensions)
	for i, d := range dimensions {
		dimensions[i].Rules = slices.Clone(d.Rules)
		for j, r := range d.Rules {
			dimensions[i].Rules[j].When = strings.ReplaceAll(r.When, "OptedIn", "(OptedIn ?? false)")
		}
	}
	m.Dimensions = dimensions
	m.Fields = map[string]scoring.FieldType{"Employees": scoring.Integer, "Founded": scoring.Integer, "Revenue": scoring.Number, "OptedIn": scoring.Boolean,
		"Budget": scoring.Number, "Tags": scoring.Texts, "CreatedAt": scoring.Time, "LastSeen": scoring.Time}
	for _, name := range strings.Fields("Email Domain Title Company Industry Country City Source Stage Owner Phone LinkedIn") {
		m.Fields[name] = scoring.Text
	}
	m.ActivityFields = map[string]scoring.FieldType{"Kind": scoring.Text, "At": scoring.Time, "Channel": scoring.Text, "Page": scoring.Text,
		"Duration": scoring.Integer, "Value": scoring.Number}
	return m
}

// recordOf is a contact as a map; its activities and the time are left out.
func recordOf(c *contact) scoring.Record {
	r := scoring.Record{"Email": c.Email, "Domain": c.Domain, "Title": c.Title, "Company": c.Company, "Industry": c.Industry, "Country": c.Country, "City": c.City,
		"Source": c.Source, "Stage": c.Stage, "Owner": c.Owner, "Employees": c.Employees, "Founded": c.Founded, "Revenue": c.Revenue, "OptedIn": c.OptedIn,
		"Tags": c.Tags, "CreatedAt": c.CreatedAt, "LastSeen": c.LastSeen, "Phone": nil, "LinkedIn": nil, "Budget": nil}
	if c.Phone != nil {
		r["Phone"] = *c.Phone
	}
	if c.LinkedIn != nil {
		r["LinkedIn"] = *c.LinkedIn
	}
	if c.Budget != nil {
		r["Budget"] = *c.Budget
	}
	return r
}

func recordsOf(leads []*contact) []scoring.Subject[scoring.Record, scoring.Record] {
	subjects := make([]scoring.Subject[scoring.Record, scoring.Record], len(leads))
	for i, lead := range leads {
		r := recordOf(lead)
		subjects[i].Lead = &r
		for _, a := range lead.Activities {
			subjects[i].Activities = append(subjects[i].Activities, scoring.Record{"Kind": a.Kind, "At": a.At, "Channel": a.Channel, "Page": a.Page,
				"Duration": a.Duration, "Value": a.Value})
		}
	}
	return subjects
}

// Whoever scores the workload comes to the same total for every lead.
func TestWorkload(t *testing.T) {
	leads := contacts(256)
	fifty, many := fiftyRules(t), manyRules(500)
	subjects, records := subjectsOf(leads), recordsOf(leads)
	candidates := map[string][]candidate{
		"fifty rules": slices.Concat(ours(t, fifty, subjects), ours(t, asRecords(fifty), records), []candidate{afterAChange(t, fifty, subjects), byExpression(t, fifty, leads), byOneExpression(t, fifty, leads),
			byExpressionOverMaps(t, fifty, leads), byHand("by-hand", scoreByHand, leads), byHand("by-an-expert", scoreByExpert, leads)}),
		"many rules": append(slices.Concat(ours(t, many, subjects), ours(t, asRecords(many), records)), byExpression(t, many, leads)),
	}
	for workload, all := range candidates {
		distinct := map[int64]bool{}
		for i := range leads {
			want := all[0].total(i)
			distinct[want] = true
			for _, c := range all[1:] {
				if got := c.total(i); got != want {
					t.Errorf("%s, lead %d: %s says %d points, %s says %d", workload, i, c.name, got, all[0].name, want)
				}
			}
		}
		if len(distinct) < 20 {
			t.Errorf("%s: only %d totals occur: the test tells little", workload, len(distinct))
		}
	}
}
