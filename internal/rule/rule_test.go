package rule_test

import (
	"time"

	"github.com/leadloop/leadloop/internal/rule"
)

type stage string

type rank int8

type address struct {
	City    string
	Country *string
}

type base struct {
	Email string
	Owner string `expr:"owner"`
}

type lead struct {
	base
	Title     string
	Stage     stage
	Past      []stage
	Rank      rank
	Employees int
	Seats     uint16
	Revenue   float64
	OptedIn   bool
	Confirmed *bool
	Phone     *string
	Referrer  *stage
	Budget    *float64
	Tags      []string
	Address   address
	Office    *address
	CreatedAt time.Time
	ClosedAt  *time.Time
	Extra     any
	Numbers   map[string]int
	Hook      func() bool
	Hidden    string `expr:"-"`

	Now        time.Time // gives way to the reserved name
	Activities []activity
}

// Secret is a method that no rule may call.
func (l *lead) Secret() string { panic("a rule called the host's method") }

// String is a method that no rule may call.
func (s stage) String() string { panic("a rule called the host's method") }

type activity struct {
	Kind     stage
	Page     string
	Value    float64
	Duration int
	Labels   []string
	At       time.Time
}

var now = time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)

func days(n int) time.Time { return now.AddDate(0, 0, -n) }

// example is a subject with something of everything; its pointers are nil.
func example() *rule.Subject[lead, activity] {
	return &rule.Subject[lead, activity]{
		Lead: &lead{
			base: base{Email: "ann@example.com", Owner: "kim"}, Title: "VP Engineering", Stage: "mql", Past: []stage{"inquiry", "mql"},
			Rank: 3, Employees: 250, Seats: 12, Revenue: 1.5e6, OptedIn: true, Tags: []string{"a", "b"},
			Address: address{City: "Bern"}, CreatedAt: days(40), Numbers: map[string]int{"x": 1}, Extra: "extra",
		},
		Activities: []activity{
			{Kind: "call", Page: "/", Value: 2.5, Duration: 60, Labels: []string{"hot"}, At: days(1)},
			{Kind: "visit", Page: "/pricing", Duration: 5, At: days(20)},
			{Kind: "visit", Page: "/blog", Duration: 7, At: days(50)},
		},
		Now: now,
	}
}
