package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/funnel"
)

var lastSecond = yearEnd.Add(-time.Second)

// atYearEnd lives through a year and looks ahead, with the store still open.
func atYearEnd(t *testing.T) *host {
	t.Helper()
	h, err := newHost(1, 2500, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.year(); err != nil {
		t.Fatal(err)
	}
	if err := h.outlook(lastSecond); err != nil {
		t.Fatal(err)
	}
	return h
}

// The outlook's falls are those that scoring each lead on every day to come finds.
func TestCoolingAgainstEveryDay(t *testing.T) {
	h := atYearEnd(t)
	want := Cooling{Next: []Fall{}}
	for lead := range uint32(len(h.leads)) {
		r := h.store.records[lead]
		if r == nil || !slices.Contains([]funnel.Stage{funnel.MQL, funnel.SAL, funnel.SQL, funnel.Opportunity}, r.state.Stage) {
			continue
		}
		view, subject := h.subject(lead, r)
		grade := func(at time.Time) string { return h.scorer.Score(subject, at).Grade }
		from := grade(lastSecond)
		want.Leads++
		want.Stay++
		for days := range 1000 { // the longest half-life is 60 days: nothing is left then
			at := yearEnd.AddDate(0, 0, days)
			if before := grade(at.Add(-1)); before != from {
				t.Fatalf("%s is %s just before %v, and was %s", view.ID, before, at, from)
			}
			to := grade(at)
			if to == from {
				continue
			}
			want.Stay--
			if to < from {
				want.Rise++
				break
			}
			want.Fall++
			if days <= 6 { // the seventh midnight comes 6 days and a second later
				want.Soon++
			}
			want.Next = append(want.Next, Fall{view.ID, string(r.state.Stage), r.state.Owner, from, to, at})
			break
		}
	}
	slices.SortStableFunc(want.Next, func(a, b Fall) int { return cmp.Or(a.At.Compare(b.At), strings.Compare(a.From, b.From)) })
	want.Next = want.Next[:listed]
	if got := h.books.outlook.Cooling; fmt.Sprint(got) != fmt.Sprint(want) || got.Soon == 0 || got.Stay == 0 {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

// The lifts are those that trying every kind of activity, and a telephone number, finds.
func TestNearAgainstTrial(t *testing.T) {
	h := atYearEnd(t)
	enough := []string{"A1", "A2", "B1", "B2", "C1"} // the agreement's criterion
	if want := `Grade in [\"A1\", \"A2\", \"B1\", \"B2\", \"C1\"]`; !strings.Contains(string(agreementJSON), want) {
		t.Fatalf("the agreement no longer says %s", want)
	}
	type try struct {
		lead, grade string
		points      int64
	}
	var tries []try
	short := int64(0)
	ways := map[string]string{} // by lead and way: the grade
	for lead := range uint32(len(h.leads)) {
		r := h.store.records[lead]
		if r == nil && h.leads[lead].desk || r != nil && (r.state.Stage != funnel.Recycled || r.state.NotBefore.After(lastSecond)) {
			continue
		}
		view, subject := h.subject(lead, r)
		before := h.scorer.Score(subject, lastSecond)
		if !slices.Contains([]string{"A3", "B3", "C2", "D1"}, before.Grade) {
			continue
		}
		short++
		least := try{points: 1 << 62}
		note := func(way string, lifted Lead, acts []Activity) {
			tried := subject
			tried.Lead, tried.Activities = &lifted, acts
			after := h.scorer.Score(tried, lastSecond)
			if !slices.Contains(enough, after.Grade) {
				return
			}
			ways[view.ID+" "+way] = after.Grade
			if added := int64(after.Total - before.Total); added < least.points {
				least = try{view.ID, before.Grade, added}
			}
		}
		for _, name := range kindNames {
			note("engagement/"+name, view, append(slices.Clone(subject.Activities), Activity{At: lastSecond, Kind: name}))
		}
		if phone := view; !phone.HasPhone {
			phone.HasPhone = true
			note("fit/phone_known", phone, subject.Activities)
		}
		if least.lead != "" {
			tries = append(tries, least)
		}
	}
	slices.SortStableFunc(tries, func(a, b try) int { return cmp.Or(cmp.Compare(a.points, b.points), strings.Compare(a.grade, b.grade)) })
	near := h.books.outlook.Near
	if near.Leads != short || len(near.Next) != listed {
		t.Fatalf("%d leads, %d listed; want %d, %d", near.Leads, len(near.Next), short, listed)
	}
	for i, got := range near.Next {
		if want := tries[i]; got.Lead != want.lead || got.Grade != want.grade || int64(got.Lifts[0].Points) != want.points {
			t.Errorf("number %d is %+v, want %+v", i, got, want)
		}
		for _, way := range got.Lifts {
			if len(way.Needs) != 1 || ways[got.Lead+" "+way.Needs[0].Rule] != way.Grade {
				t.Errorf("%s would not be %s with %v", got.Lead, way.Grade, way.Needs)
			}
		}
	}
}

// The desk says which grades suffice, not a copy of the agreement.
func TestHandedOver(t *testing.T) {
	h, err := newHost(1, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	var enough, short []string
	for _, fit := range "ABCD" {
		for _, engagement := range "1234" {
			grade := string(fit) + string(engagement)
			if ok, err := h.handedOver(grade, lastSecond); err != nil {
				t.Fatal(err)
			} else if ok {
				enough = append(enough, grade)
			}
			if ok, err := h.oneBandShort(grade, lastSecond); err != nil {
				t.Fatal(err)
			} else if ok {
				short = append(short, grade)
			}
		}
	}
	if got := strings.Join(enough, " ") + "; " + strings.Join(short, " "); got != "A1 A2 B1 B2 C1; A3 B3 C2 D1" {
		t.Error(got)
	}
}

// The text says what the figures say, and nothing of what there is none of.
func TestOutlookText(t *testing.T) {
	r := &Report{Outlook: &Outlook{
		Cooling: Cooling{Leads: 4, Fall: 1, Soon: 1, Rise: 1, Stay: 1, Unknown: 1, Next: []Fall{{"L1", "sal", "ae-1", "A1", "A2", yearEnd}}},
		Near: Near{Leads: 3, Next: []NearLead{{"L2", "inquiry", "A3", []Way{
			{[]Need{{"engagement/visit", 2}, {"fit/phone_known", 0}}, 9_500_000, "A2"}, {[]Need{{"engagement/webinar", 1}}, 10_000_000, "A2"}}}}},
	}}
	for _, test := range []struct{ outlook, want string }{
		{"full", `
WHICH LEADS OF SALES COOL NEXT?     when their grade falls if they do nothing more
  4 leads are with sales: the grade of 1 falls, of 1 of them within 7 days; of 1 it rises, as what counts against them fades;
  of 1 it stays; of 1 it can't be told
  falls (UTC)       lead  stage  owner  from  to
  2026-01-01 00:00  L1    SAL    ae-1   A1    A2

WHAT WOULD LIFT LEADS TO THE HAND-OVER?     of those that marketing has and that are one band short
  3 leads are one band of fit or engagement short of it; first those that lack least
  lead  stage    grade  one of these would do
  L2    inquiry  A3     2 × visit and phone_known (+9.5: A2), webinar (+10: A2)
`},
		{"empty", `
WHICH LEADS OF SALES COOL NEXT?     when their grade falls if they do nothing more
  0 leads are with sales: the grade of 0 falls, of 0 of them within 7 days; of 0 it stays

WHAT WOULD LIFT LEADS TO THE HAND-OVER?     of those that marketing has and that are one band short
  0 leads are one band of fit or engagement short of it
`},
		{"none", ""},
	} {
		switch test.outlook {
		case "empty":
			r.Outlook = &Outlook{}
		case "none":
			r.Outlook = nil
		}
		s := &sheet{}
		if r.textOutlook(s); s.String() != test.want {
			t.Errorf("%s:\n%s", test.outlook, s.String())
		}
	}
	s := &sheet{}
	if r.textReview(s); !strings.Contains(s.String(), "nothing to find fault with") {
		t.Error(s.String())
	}
}
