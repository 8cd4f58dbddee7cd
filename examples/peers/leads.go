package main

import (
	"fmt"
	"math/rand"
	"time"

	"github.com/leadloop/leadloop/scoring"
)

var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// lead is a lead of a typical host. Others than leadloop find its activities, and the time, in the lead.
type lead struct {
	Email, Domain, Title, Company, Industry, Country, City, Source, Stage, Owner string
	Employees, Founded                                                           int
	Revenue                                                                      float64
	OptedIn                                                                      bool
	Phone, LinkedIn                                                              *string
	Budget                                                                       *float64
	Tags                                                                         []string
	CreatedAt, LastSeen                                                          time.Time
	Activities                                                                   []activity
	Now                                                                          time.Time
}

type activity struct {
	Kind     string
	At       time.Time
	Channel  string
	Page     string
	Duration int
	Value    float64
}

func pick[T any](r *rand.Rand, from ...T) T { return from[r.Intn(len(from))] }

// makeLeads makes seeded leads with so many activities each, spread over 120 days.
func makeLeads(n, activities int) []*lead {
	r := rand.New(rand.NewSource(42))
	hoursAgo := func(most int) time.Time { return noon.Add(-time.Duration(r.Intn(most)) * time.Hour) }
	all := make([]*lead, n)
	for i := range all {
		l := &lead{
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
		l.Email = fmt.Sprintf("%s.%d@%s", pick(r, "john.doe", "mary+news", "kim"), i, l.Domain)
		if r.Intn(2) == 0 {
			l.Phone = new(pick(r, "+49 30 1234567", "+1 212 5551234"))
		}
		if r.Intn(2) == 0 {
			l.LinkedIn = new("https://social.example/in/x")
		}
		if r.Intn(2) == 0 {
			l.Budget = new(float64(r.Intn(40000)))
		}
		for range r.Intn(5) {
			l.Tags = append(l.Tags, pick(r, "enterprise", "trial", "newsletter", "partner", "beta"))
		}
		for range activities {
			l.Activities = append(l.Activities, activity{
				Kind: pick(r, "page_view", "page_view", "page_view", "email_open", "email_open", "email_click", "webinar", "call", "form_submit", "pricing_page", "login", "chat"),
				At:   hoursAgo(120 * 24), Channel: pick(r, "web", "email", "phone"),
				Page:     pick(r, "/", "/docs/start", "/pricing", "/blog/some-longer-post-title", "/contact", "/product/pricing/enterprise"),
				Duration: r.Intn(900), Value: r.Float64() * 60,
			})
		}
		all[i] = l
	}
	return all
}

func subjectsOf(leads []*lead) []scoring.Subject[lead, activity] {
	subjects := make([]scoring.Subject[lead, activity], len(leads))
	for i, l := range leads {
		subjects[i] = scoring.Subject[lead, activity]{Lead: l, Activities: l.Activities}
	}
	return subjects
}

// recordOf is a lead as a map, as a host with custom fields has it.
func recordOf(l *lead) scoring.Record {
	r := scoring.Record{"Email": l.Email, "Domain": l.Domain, "Title": l.Title, "Company": l.Company, "Industry": l.Industry, "Country": l.Country, "City": l.City,
		"Source": l.Source, "Stage": l.Stage, "Owner": l.Owner, "Employees": l.Employees, "Founded": l.Founded, "Revenue": l.Revenue, "OptedIn": l.OptedIn,
		"Tags": l.Tags, "CreatedAt": l.CreatedAt, "LastSeen": l.LastSeen, "Phone": nil, "LinkedIn": nil, "Budget": nil}
	if l.Phone != nil {
		r["Phone"] = *l.Phone
	}
	if l.LinkedIn != nil {
		r["LinkedIn"] = *l.LinkedIn
	}
	if l.Budget != nil {
		r["Budget"] = *l.Budget
	}
	return r
}

func recordsOf(leads []*lead) []scoring.Subject[scoring.Record, scoring.Record] {
	subjects := make([]scoring.Subject[scoring.Record, scoring.Record], len(leads))
	for i, l := range leads {
		subjects[i].Lead = new(recordOf(l))
		for _, a := range l.Activities {
			subjects[i].Activities = append(subjects[i].Activities, scoring.Record{"Kind": a.Kind, "At": a.At, "Channel": a.Channel, "Page": a.Page,
				"Duration": a.Duration, "Value": a.Value})
		}
	}
	return subjects
}

// environmentsOf are leads as maps that hold activities and the time, too.
func environmentsOf(leads []*lead) []map[string]any {
	environments := make([]map[string]any, len(leads))
	for i, subject := range recordsOf(leads) {
		environments[i] = *subject.Lead
		activities := make([]map[string]any, len(subject.Activities))
		for j, a := range subject.Activities {
			activities[j] = a
		}
		environments[i]["Activities"], environments[i]["Now"] = activities, noon
	}
	return environments
}
