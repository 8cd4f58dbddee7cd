package handoff_test

import (
	"encoding/json"
	"errors"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/handoff/goals"
)

// withGoals is the agreement with goals of January and the pay of sales.
func withGoals(t *testing.T) handoff.Agreement {
	t.Helper()
	a := agreement(t)
	data, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	more := `,"goals": {"periods": [{"name": "2026-01", "from": "2026-01-01T00:00:00Z", "to": "2026-02-01T00:00:00Z",
		"marketing": {"count": 4}, "sales": {"revenue": 100000, "acceptance": "1/2", "follow_up": "9/10"}}]},
	"pay": {"name": "2026", "version": 1, "roles": [{"name": "sales", "target": 10000, "components": [
		{"name": "revenue", "weight": "1", "measure": "revenue", "curve": {"kind": "tiers", "tiers": [{"from": "0", "rate": "1"}, {"from": "1", "rate": "2"}]}}],
		"gates": [{"name": "quality", "measure": "acceptance_rate", "threshold": "3/5", "factor": "0"}]}]}}`
	if a, err = handoff.Parse([]byte(strings.TrimSuffix(string(data), "}") + more)); err != nil {
		t.Fatal(err)
	}
	return a
}

// From a month's logs to both sides' standing and a payout: two of four offers were accepted, and revenue is 120 % of its goal.
func TestGoalsAndPayOfAReport(t *testing.T) {
	d, err := handoff.Compile(withGoals(t), policy(t), time.LoadLocation)
	if err != nil {
		t.Fatal(err)
	}
	from, to := goals.Month(at(t, "2026-01-15 12:00").UTC())
	report := d.Report(to).Within(from, to)
	offer, accept := "Mon 2026-01-12 10:00 offer by scoring grade A1", "Mon 2026-01-12 11:00 accept by anna"
	for _, log := range [][]handoff.Event{
		told(t, offer, accept, "Mon 2026-01-12 12:00 attempt by anna reached", "Mon 2026-01-12 12:30 qualify by anna"),
		told(t, offer, accept, "Mon 2026-01-12 12:00 attempt by anna reached", "Mon 2026-01-12 12:30 qualify by anna"),
		told(t, offer, "Mon 2026-01-12 11:00 reject by anna for not_target_market with failed_criterion=size"),
		told(t, offer, "Mon 2026-01-12 11:00 reject by anna for not_target_market with failed_criterion=size"),
		told(t, "Mon 2026-02-02 10:00 offer by scoring grade A1", "Mon 2026-02-02 11:00 accept by anna"), // of another month
	} {
		report.Add(log)
	}
	result := report.Result()
	if result.Offers.Made != 4 || result.Cases != 5 {
		t.Errorf("%+v", result.Offers)
	}
	done := result.Done(goals.Delivered{Count: 3}, 120_000, 250_000)
	want := goals.Done{Delivered: goals.Delivered{Count: 3}, Revenue: 120_000, Pipeline: 250_000,
		Acceptance: goals.Ratio{Part: 2, Whole: 4}, FollowUp: goals.Ratio{Part: 8, Whole: 8}} // four answers, two touches, two outcomes
	if !reflect.DeepEqual(done, want) {
		t.Errorf("%+v", done)
	}
	standing, ok := d.Board().Progress("2026-01", done, to)
	attained := standing.Attained()
	for name, want := range map[string]*big.Rat{
		goals.AttainedCount: big.NewRat(3, 4), goals.AttainedRevenue: big.NewRat(6, 5), goals.AttainedAcceptance: big.NewRat(1, 1), goals.AttainedFollowUp: big.NewRat(10, 9),
	} {
		if got := attained[name]; !ok || got == nil || got.Cmp(want) != 0 {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	payout, err := d.Pay().Payout("sales", attained)
	if err != nil {
		t.Fatal(err)
	}
	if payout.Amount != 0 { // one half is accepted, and the gate asks for three fifths
		t.Errorf("%s", payout.Explain())
	}
}

// Two shards of a month merge; shards of different months do not. What an earlier month accepted first is no first acceptance of this one.
func TestReportsOfPeriods(t *testing.T) {
	january, february := at(t, "2026-01-01 00:00"), at(t, "2026-02-01 00:00")
	asOf := at(t, "2026-03-01 00:00")
	log := told(t, "Mon 2026-01-12 10:00 offer by scoring grade A1", "Mon 2026-01-12 11:00 accept by anna", "Mon 2026-01-12 12:00 attempt by anna",
		"Tue 2026-01-13 12:00 recycle by anna for timing with revisit_at=2026-02-20", "Mon 2026-02-09 10:00 offer by scoring grade A1",
		"Mon 2026-02-09 11:00 accept by ben", "Mon 2026-02-09 11:30 attempt by ben")
	a, b := handoff.NewReport(asOf).Within(january, february), handoff.NewReport(asOf).Within(february, time.Time{})
	for _, r := range []*handoff.Report{a, b} {
		r.Add(log)
	}
	if got := a.Result(); got.Offers.Made != 1 || got.Cases != 1 || got.Created.Later+got.Created.Day != 1 {
		t.Errorf("January: %+v", got)
	}
	if got := b.Result(); got.Cases != 0 || got.Offers.Accepted != 1 || got.Assigned.Day != 1 || got.Created != (handoff.Speed{}) {
		t.Errorf("since February: %+v", got)
	}
	if err := a.Merge(b); !errors.Is(err, handoff.ErrPeriod) {
		t.Errorf("different months: %v", err)
	}
	if err := a.Merge(handoff.NewReport(asOf).Within(january, february)); err != nil {
		t.Error(err)
	}
}

// What goals and pay get wrong is told with its place in the agreement, and the desk's copy is its own.
func TestGoalsAndPayAreChecked(t *testing.T) {
	a := withGoals(t)
	d, err := handoff.Compile(a, policy(t), time.LoadLocation)
	if err != nil {
		t.Fatal(err)
	}
	a.Pay.Roles[0].Components[0].Weight, a.Pay.Roles[0].Gates[0].Threshold, a.Goals.Periods[0].Sales.Acceptance = "1/2", "2", "7/5"
	a.Pay.Roles[0].Components[0].Curve.Tiers[1].From = "0"
	_, err = handoff.Compile(a, policy(t), time.LoadLocation)
	for _, path := range []string{"goals.periods[0].sales.acceptance: ", "pay.roles[0].components", "pay.roles[0].components[0].curve.tiers[1].from: "} {
		if err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s is not told: %v", path, err)
		}
	}
	if kept := d.Agreement(); kept.Pay.Roles[0].Components[0].Weight != "1" || kept.Goals.Periods[0].Sales.Acceptance != "1/2" || kept.Pay.Roles[0].Components[0].Curve.Tiers[1].From != "1" {
		t.Errorf("the desk's agreement changed: %+v", kept.Pay)
	}
	if bare := desk(t); bare.Board() != nil || bare.Pay() != nil {
		t.Error("goals and pay that nobody agreed on")
	}
}

// Attempts are kept by their number, by reaching the lead, or by an outcome; missed when their time is over, and open before.
func TestAttemptsInReports(t *testing.T) {
	d := ladderDesk(t)
	report := d.Report(at(t, "2026-01-15 12:00"))
	for _, steps := range [][]string{
		{"Mon 2026-01-12 11:00 accept by anna", "Mon 2026-01-12 12:00 attempt by anna", "Tue 2026-01-13 12:00 attempt by anna", "Wed 2026-01-14 12:00 attempt by anna"},
		{"Mon 2026-01-12 11:00 accept by anna", "Mon 2026-01-12 12:00 attempt by anna reached"},
		{"Mon 2026-01-12 11:00 accept by anna", "Mon 2026-01-12 12:00 attempt by anna", "Mon 2026-01-12 13:00 recycle by anna for no_need"},
		{"Mon 2026-01-12 11:00 accept by anna", "Mon 2026-01-12 12:00 attempt by anna", "Thu 2026-01-15 11:00 tick"},
		{"Mon 2026-01-12 11:00 accept by anna", "Mon 2026-01-12 12:00 attempt by anna"}, // nobody ticked
		{"Mon 2026-01-12 15:00 accept by anna", "Mon 2026-01-12 16:00 attempt by anna"}, // due at three on Thursday
		{"Mon 2026-01-12 15:00 accept by anna", "Mon 2026-01-12 16:00 withdraw by crm for duplicate with survivor_id=lead-7"},
	} {
		s := onOffer(t, d, steps...)
		report.Add(s.log)
	}
	if got := report.Result().Attempts; got != (handoff.Attainment{Met: 3, Missed: 2, Open: 1, Oldest: at(t, "2026-01-12 15:00").UTC()}) {
		t.Errorf("%+v", got)
	}
}

func TestAttemptsWithinIsChecked(t *testing.T) {
	for within, want := range map[time.Duration]string{
		time.Hour:      "attempts_within: the last attempt would be due before the first",
		41 * time.Hour: "attempts_within: the last attempt would be due before the first, or later than the outcome",
		-time.Hour:     "attempts_within: a deadline must be longer than 0",
	} {
		a := agreement(t)
		a.AttemptsWithin = handoff.Duration(within)
		if _, err := handoff.Compile(a, policy(t), time.LoadLocation); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v", within, err)
		}
	}
	a := agreement(t)
	a.AttemptsWithin, a.Attempts = handoff.Duration(10*time.Hour), 0
	if _, err := handoff.Compile(a, policy(t), time.LoadLocation); err == nil || !strings.Contains(err.Error(), "attempts_within: a deadline for attempts needs their number") {
		t.Errorf("without a number: %v", err)
	}
}
