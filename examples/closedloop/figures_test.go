package main

import (
	"strings"
	"testing"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/scoring"
)

// TestPeople: what each person did with offers adds up to what became of all of them.
func TestPeople(t *testing.T) {
	r, err := simulate(1, 1200, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	var sum Person
	for _, p := range r.People {
		sum.Offers += p.Offers
		sum.Accepted += p.Accepted
		sum.Rejected += p.Rejected
		sum.Expired += p.Expired
		sum.Won += p.Won
	}
	want := Person{Offers: r.Offers.Offers, Accepted: r.Offers.Accepted, Rejected: r.Offers.Rejected, Expired: r.Offers.Expired, Won: r.Won}
	if sum != want || want.Expired == 0 {
		t.Errorf("people %+v, offers %+v", sum, want)
	}
}

// TestLostLeadBreaksConservation: the balance of leads is counted, not inferred, so that a lead that vanishes shows.
func TestLostLeadBreaksConservation(t *testing.T) {
	for _, damage := range []func(h *host){
		func(h *host) { h.books.standing[funnel.Recycled]-- },
		func(h *host) { h.books.standing[funnel.Won]++ },
	} {
		h, err := newHost(1, 400, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := h.run(); err != nil {
			t.Fatal(err)
		}
		damage(h)
		r, err := h.report(1)
		if err != nil {
			t.Fatal(err)
		}
		if r.Conservation.Holds || !strings.Contains(r.text(), "BROKEN") {
			t.Error("a lead is missing or counted twice, and conservation holds")
		}
	}
}

// TestScoringProblems are counted by their kind, for messages are for people and differ from lead to lead.
func TestScoringProblems(t *testing.T) {
	h, err := newHost(1, 10, nil)
	if err != nil {
		t.Fatal(err)
	}
	l := &h.leads[0]
	h.diary.write(&l.acts, []act{{at: 5000, kind: visit}, {at: 6000, kind: visit}})
	l.next = 2
	r := &record{state: handoff.Case{}, adjustments: []scoring.Adjustment{{At: instant(1), Dimension: "nowhere", Op: scoring.Reset}}}
	h.score(0, r, instant(5500))
	h.score(0, nil, instant(4000))
	if h.oddity[scoring.ActivityNotYet] != 2 || h.oddity[scoring.AdjustmentIgnored] != 1 || len(h.oddity) != 2 {
		t.Errorf("%v", h.oddity)
	}
}

// TestFewLeadsFindNothing: with a handful of leads the outcomes contradict no rule.
func TestFewLeadsFindNothing(t *testing.T) {
	for seed := range uint64(6) {
		r, err := simulate(seed, 10, "", nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, rule := range r.Rules {
			if rule.Acceptance.Finding != "open" || rule.Win.Finding != "open" {
				t.Errorf("seed %d: %s is %s, %s on %d and %d leads", seed, rule.Rule, rule.Acceptance.Finding, rule.Win.Finding,
					rule.Acceptance.Support.Count, rule.Win.Support.Count)
			}
		}
		if text := r.text(); strings.Contains(text, "contradict:") || strings.Contains(text, "NaN") || strings.Contains(text, "Inf") {
			t.Errorf("seed %d:\n%s", seed, text)
		}
	}
}

// TestWidth: the report fits a terminal of 130 letters and stays within 240 lines, whatever the data.
func TestWidth(t *testing.T) {
	texts := map[string]string{}
	for _, n := range []int{1, 50} {
		r, err := simulate(1, n, "", nil)
		if err != nil {
			t.Fatal(err)
		}
		texts[thousands(int64(n))+" leads"] = r.text()
	}
	h, err := newHost(0, defaultLeads, nil) // a seed with many findings
	if err != nil {
		t.Fatal(err)
	}
	if err := h.run(); err != nil {
		t.Fatal(err)
	}
	r, err := h.report(0)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.judge(0, 300); err != nil { // a small market is as wide, and sooner lived through
		t.Fatal(err)
	}
	texts["seed 0"] = r.text()
	leads, deals := strings.Replace(goodLeads, "b,", "b0123456789,", 1), "mql_id,sdr_id,sr_id,won_date,declared_monthly_revenue\na,,,2017-06-01 10:00:00,5\n"
	for i := range 20 {
		leads += "x" + string(rune('a'+i)) + ",2018-01-03,p,origin number " + string(rune('a'+i)) + "\n"
	}
	dir := writeOlist(t, leads, deals)
	if r, err = olistReport(dir, yearStart); err != nil {
		t.Fatal(err)
	}
	texts["Olist"] = r.text()
	for name, text := range texts {
		if lines := strings.Count(text, "\n"); lines > 240 {
			t.Errorf("%s: %d lines", name, lines)
		}
		for line := range strings.Lines(text) {
			if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > 130 {
				t.Errorf("%s: %d letters: %s", name, n, line)
			}
		}
	}
}

// TestOlistHeadings: a section says what its figures are of. The Olist data knows no hand-over.
func TestOlistHeadings(t *testing.T) {
	r, err := olistReport(writeOlist(t, goodLeads, goodDeals), yearStart)
	if err != nil {
		t.Fatal(err)
	}
	if text := r.text(); strings.Contains(text, "grade at the hand-over") || !strings.Contains(text, "grade at the first contact") {
		t.Errorf("the grade of a lead that nobody hands over:\n%s", text)
	}
}
