package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/funnel"
)

var update = flag.Bool("update", false, "rewrite the golden report")

func reportOf(t *testing.T, args ...string) []byte {
	t.Helper()
	var out, errs bytes.Buffer
	if code := run(args, &out, &errs, false); code != 0 || errs.Len() > 0 {
		t.Fatalf("%v: exit code %d: %s", args, code, errs.String())
	}
	return out.Bytes()
}

// TestConservation: what goes in comes out, counted in two ways.
func TestConservation(t *testing.T) {
	for _, seed := range []uint64{1, 2, 99} {
		h, err := newHost(seed, 1200, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := h.run(); err != nil {
			t.Fatal(err)
		}
		r, err := h.report(seed)
		if err != nil {
			t.Fatal(err)
		}
		if !r.Conservation.Holds || len(r.Conservation.Lines) != 2+len(path)+len(r.Standing)+1+len(models)+len(h.agreed.Pay.Roles) { // leads, offers, flow's three, revenue, pay
			t.Errorf("seed %d: %+v", seed, r.Conservation)
		}
		o := r.Offers
		if o.Offers == 0 || o.Offers != o.Accepted+o.AutoAccepted+o.Rejected+o.Expired+o.Withdrawn+o.Open {
			t.Errorf("seed %d: offers %+v", seed, o)
		}
		var offered int64
		for _, p := range r.People {
			offered += p.Offers
		}
		if offered != o.Offers {
			t.Errorf("seed %d: people were offered %d leads, the desk counts %d", seed, offered, o.Offers)
		}
		won, deals := int64(0), int64(0)
		for _, list := range h.books.deals {
			for _, d := range list {
				won += d.revenue
				deals++
			}
		}
		if won != *r.Revenue || deals != r.Won || r.Waterfall[len(r.Waterfall)-1].Leads != r.Won {
			t.Errorf("seed %d: %d won for %d, the report says %d for %d", seed, deals, won, r.Won, *r.Revenue)
		}
		for _, m := range r.Models {
			sum := int64(0)
			for _, cents := range r.Attributed[m] {
				sum += cents
			}
			if sum != won {
				t.Errorf("seed %d: %s attributes %d cents of %d", seed, m, sum, won)
			}
		}
		standing := int64(0)
		for _, s := range r.Standing {
			standing += s.Leads
		}
		if standing != r.Leads {
			t.Errorf("seed %d: %d leads stand somewhere, there are %d", seed, standing, r.Leads)
		}
		marketing, sales := h.costs()
		cost := int64(0)
		for _, c := range r.Channels {
			cost += c.Cost
		}
		if cost != marketing+sales {
			t.Errorf("seed %d: channels cost %d cents, the touches %d", seed, cost, marketing+sales)
		}
		if len(h.store.records) != 0 {
			t.Errorf("seed %d: %d records were never closed", seed, len(h.store.records))
		}
		for _, p := range r.Promises {
			if p.Met.Of == 0 || p.Met.Count > p.Met.Of {
				t.Errorf("seed %d: promise %+v", seed, p)
			}
		}
	}
}

// TestPlausible holds the default data to what practitioners would believe. It guards the tuning of the simulation.
func TestPlausible(t *testing.T) {
	r, err := simulate(1, defaultLeads, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	between := func(what string, value, lo, hi int64) {
		t.Helper()
		if value < lo || value > hi {
			t.Errorf("%s is %d, want %d to %d", what, value, lo, hi)
		}
	}
	between("activities", r.Activities, 50_000, 75_000)
	between("MQLs", r.MQL, 1000, 1900)
	steps := map[string]int64{}
	for _, s := range r.Waterfall[1:] {
		steps[s.Stage] = s.Conversion.tenths()
	}
	between("MQL to SAL, per mille", steps["sal"], 600, 850)
	between("SAL to SQL, per mille", steps["sql"], 350, 700)
	between("SQL to opportunity, per mille", steps["opportunity"], 600, 900)
	lost := int64(0)
	for _, s := range r.Standing {
		if s.Stage == string(funnel.Lost) {
			lost = s.Leads
		}
	}
	between("win rate of decided deals, per mille", Rate{r.Won, r.Won + lost}.tenths(), 150, 350)
	for _, p := range r.Promises {
		between(p.Name+", per mille met", p.Met.tenths(), 750, 990)
	}
	findings := map[string]string{}
	for _, rule := range r.Rules {
		findings[rule.Rule] = rule.Acceptance.Finding + " " + rule.Win.Finding
	}
	if !strings.Contains(findings["engagement/demo_request"], "supported") {
		t.Errorf("demo_request is %s", findings["engagement/demo_request"])
	}
	for _, misleading := range []string{"engagement/ebook", "fit/chief_officer"} {
		if !strings.Contains(findings[misleading], "contradicted") {
			t.Errorf("%s is %s: feedback should find out that it misleads", misleading, findings[misleading])
		}
	}
	for _, p := range r.Proposals {
		if p.Refused != "" || p.Backtest == nil {
			t.Fatalf("nothing is proposed for %s: %s", p.Target, p.Refused)
		}
		loss := func(f Fitness) float64 { n, _ := f.LogLoss.Float64(); return n }
		if b := p.Backtest; loss(b.After) >= loss(b.Before) || loss(b.Before) >= loss(b.Base) {
			t.Errorf("%s: the backtest gives %+v", p.Target, b)
		}
		for _, c := range p.Changes { // who reads an e-book, and chief officers who are none, look good and are not
			misleading := c.Rule == "engagement/ebook" || c.Rule == "fit/chief_officer" && p.Target == "win"
			if misleading && c.After >= 0 || c.Rule == "engagement/demo_request" && c.After <= 0 {
				t.Errorf("%s: %s gets %v points", p.Target, c.Rule, c.After)
			}
		}
	}
	if len(r.Proposals) != 2 {
		t.Errorf("there are %d proposals: one for acceptance and one for the deals won were to be made", len(r.Proposals))
	}
	for _, kind := range []int64{r.Offers.Accepted, r.Offers.AutoAccepted, r.Offers.Rejected, r.Offers.Expired} {
		if kind == 0 {
			t.Errorf("a kind of outcome never happens: %+v", r.Offers)
		}
	}
	for _, f := range r.Problems {
		if strings.HasPrefix(f.What, "scoring:") {
			t.Errorf("scoring has a problem with the data: %+v", f)
		}
	}
	// The channels that really bring most are those that most models see, too; no model is right, none far off.
	for _, m := range r.Models {
		between(m+", off the truth, per mille", int64(r.Truth.Off[m]), 10, 300)
	}
	if lines := strings.Count(r.text(), "\n"); lines > 240 {
		t.Errorf("the report has %d lines", lines)
	}
	if v := r.Velocity; v.PerDay == nil || *v.PerDay*days < *r.Revenue/2 || *v.PerDay*days > 3**r.Revenue {
		t.Errorf("velocity %+v does not go with a year's revenue of %d", v, *r.Revenue)
	}
	if r.TimeToWin.Median.Time != nil {
		t.Errorf("half of the MQLs are won within %s", r.TimeToWin.Median.Time)
	}
	if !strings.Contains(r.text(), "SIMULATED") {
		t.Error("the text does not say that it is simulated")
	}
}

// TestSeed: the same seed gives the same bytes, another seed others.
func TestSeed(t *testing.T) {
	a, b := reportOf(t, "-json", "-leads", "400", "-seed", "7"), reportOf(t, "-json", "-leads", "400", "-seed", "7")
	if !bytes.Equal(a, b) {
		t.Error("two runs of one seed differ")
	}
	if bytes.Equal(a, reportOf(t, "-json", "-leads", "400", "-seed", "8")) {
		t.Error("two seeds give the same report")
	}
}

// TestGolden holds the JSON of a small run to testdata. It is the same on every architecture.
func TestGolden(t *testing.T) {
	file := filepath.Join("testdata", "simulated_300.json")
	got := reportOf(t, "-json", "-leads", "300")
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("the report is not the one of %s. If the change is meant, run go test -run Golden -update ./examples/closedloop and review the difference.\n%s",
			file, firstDifference(string(got), string(want)))
	}
	var keys map[string]any
	if err := json.Unmarshal(got, &keys); err != nil {
		t.Fatal(err)
	}
	if keys["simulated"] != true {
		t.Error("the JSON does not say that it is simulated")
	}
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return "line " + thousands(int64(i+1)) + ":\n got " + g[i] + "\nwant " + w[i]
		}
	}
	return "one is the beginning of the other"
}

// TestSmallestMarket: one lead is a market too, and what has no data is undefined, not 0.
func TestSmallestMarket(t *testing.T) {
	text := string(reportOf(t, "-leads", "1"))
	if !strings.Contains(text, "undefined") {
		t.Errorf("nothing is undefined with one lead:\n%s", text)
	}
}

// TestAgenda takes appointments in a total order, whatever the order in which they were made.
func TestAgenda(t *testing.T) {
	d := roll(3)
	var a agenda
	var all []entry
	for range 5000 {
		e := entry{at: uint32(d.below(400)*d.below(2) + d.below(3)*day + d.below(2)*400*day), lead: uint32(d.below(40)), stamp: uint32(d.below(9)), task: task(d.below(4))}
		a.add(e)
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b entry) int {
		switch {
		case a.before(b):
			return -1
		case b.before(a):
			return 1
		}
		return 0
	})
	for i, want := range all {
		if got := a.next(); got != want {
			t.Fatalf("appointment %d is %+v, want %+v", i, got, want)
		}
	}
}

// TestWorld checks what the loop relies on: times inside the year, contacts of an account side by side, and the number asked for.
func TestWorld(t *testing.T) {
	w := newWorld(5, 3000)
	if len(w.people) != 3000 || w.accounts[len(w.accounts)-1] != 3000 {
		t.Fatalf("%d people", len(w.people))
	}
	end := second(yearEnd)
	if instant(end) != yearEnd || yearStart.Weekday() != time.Wednesday {
		t.Error("the year does not end where it should")
	}
	for i := range w.people {
		p := &w.people[i]
		if number := uint32(i); number < w.accounts[p.account] || number >= w.accounts[p.account+1] {
			t.Fatalf("lead %d is not among the contacts of account %d", i, p.account)
		}
		acts := w.activities(i)
		if len(acts) == 0 || acts[0].at != p.created || acts[len(acts)-1].at >= end {
			t.Fatalf("lead %d, created %d: %d activities", i, p.created, len(acts))
		}
		if !slices.IsSortedFunc(acts, func(a, b act) int { return int(int64(a.at) - int64(b.at)) }) {
			t.Fatalf("lead %d: activities out of order", i)
		}
	}
	for i, c := range campaigns[1:] {
		if channels[channelNumber[i+1]] != c.channel || c.hi > 65535 || c.lo > c.hi {
			t.Errorf("campaign %d: %+v", i+1, c)
		}
	}
}
