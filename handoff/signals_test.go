package handoff_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
)

// offered is the log of an offer and what came of it, as far as reports look: accepted, rejected for a reason, recycled for one
// after it was accepted, or open.
func offered(id int, at time.Time, owner, what string, reason funnel.Reason) []handoff.Event {
	rating := handoff.Rating{Grade: []string{"A1", "B2"}[id%2], Source: []string{"event", "search", ""}[id%3]}
	due := at.Add(24 * time.Hour)
	log := []handoff.Event{
		{ID: fmt.Sprint(id), Version: 1, Kind: handoff.Registered, Occurred: at.Add(-time.Hour), Stage: funnel.Inquiry},
		{ID: fmt.Sprint(id), Version: 2, Kind: handoff.Offered, Occurred: at, Owner: owner, Rating: rating,
			Deadlines: handoff.Deadlines{}},
	}
	log[1].Deadlines.Accept.Due, log[1].Deadlines.Accept.MetUntil = due, due
	add := func(kind handoff.Kind, after time.Duration, back funnel.Return) {
		e := handoff.Event{ID: fmt.Sprint(id), Version: int64(len(log) + 1), Kind: kind, Occurred: at.Add(after), Owner: owner, AtFault: funnel.SideMarketing}
		e.Transition = &funnel.Transition{To: funnel.SAL, Return: back, Reason: reason, Version: e.Version, Round: 1}
		log = append(log, e)
	}
	switch what {
	case "accepted":
		add(handoff.Accepted, time.Hour, "")
	case "rejected":
		add(handoff.Rejected, time.Hour, funnel.Reject)
	case "recycled":
		add(handoff.Accepted, time.Hour, "")
		add(handoff.Moved, 2*time.Hour, funnel.Recycle)
	}
	return log
}

// offers makes so many offers a month, spread over its first days, of which so many per ten are accepted.
func offers(month time.Month, n, accepted int) (logs [][]handoff.Event) {
	for i := range n {
		what, reason := "rejected", funnel.Reason("not_target_market")
		if i%10 < accepted {
			what, reason = "accepted", ""
		}
		logs = append(logs, offered(len(logs), time.Date(2026, month, 1+i%20, 10, 0, 0, 0, time.UTC), fmt.Sprint("owner", i%7), what, reason))
	}
	return logs
}

func reported(asOf time.Time, lists ...[][]handoff.Event) handoff.Result {
	r := handoff.NewReport(asOf)
	for _, logs := range lists {
		for _, log := range logs {
			r.Add(log)
		}
	}
	return r.Result()
}

func TestMoreButWorse(t *testing.T) {
	april := time.Date(2026, 4, 30, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name            string
		before, now     [][]handoff.Event
		want            int
		offers, before2 int64
	}{
		{"a fifth more, ten points less", offers(1, 50, 9), offers(2, 60, 8), 1, 60, 50},
		{"not quite a fifth more", offers(1, 60, 9), offers(2, 71, 8), 0, 0, 0},
		{"as good", offers(1, 50, 9), offers(2, 90, 9), 0, 0, 0},
		{"fewer", offers(1, 80, 9), offers(2, 50, 2), 0, 0, 0},
		{"too few to tell", offers(1, 20, 9), offers(2, 40, 2), 0, 0, 0},
		{"a month apart", offers(1, 50, 9), offers(3, 90, 2), 0, 0, 0},
	} {
		got := reported(april, c.before, c.now).Signals
		if len(got) != c.want {
			t.Errorf("%s: %v", c.name, got)
		} else if c.want > 0 {
			want := handoff.Signal{Kind: handoff.MoreButWorse, Month: "2026-02", Evidence: []handoff.Figure{
				{Name: "offers", Ratio: handoff.Ratio{Numerator: c.offers, Denominator: c.before2}},
				{Name: "acceptance", Ratio: handoff.Ratio{Numerator: 48, Denominator: 60}},
				{Name: "acceptance_before", Ratio: handoff.Ratio{Numerator: 45, Denominator: 50}}}}
			if diff := cmp.Diff(want, got[0]); diff != "" {
				t.Error(diff)
			}
			if text := got[0].String(); text != "2026-02: more offers than the month before, and fewer of them accepted: offers 60/50 (120.0 %), acceptance 48/60 (80.0 %), acceptance before 45/50 (90.0 %)" {
				t.Error(text)
			}
		}
	}
}

// Of the 31 days of March the last three are due less than a tenth: 7 of 36 are more than twice that, 6 of 36 are not.
func TestBunching(t *testing.T) {
	march := func(late int) (logs [][]handoff.Event) {
		for i := range 36 {
			at := time.Date(2026, 3, 1+i%28, 12, 0, 0, 0, time.UTC)
			if i < late {
				at = time.Date(2026, 3, 29, 0, 0, 0, 0, time.UTC).Add(time.Duration(i) * 10 * time.Hour)
			}
			logs = append(logs, offered(i, at, "anna", "open", ""))
		}
		return logs
	}
	over := time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
	got := reported(over, march(7)).Signals
	want := []handoff.Signal{{Kind: handoff.Bunching, Month: "2026-03", Evidence: []handoff.Figure{
		{Name: "last_days", Ratio: handoff.Ratio{Numerator: 7, Denominator: 36}}, {Name: "their_part", Ratio: handoff.Ratio{Numerator: 3, Denominator: 31}}}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got[0].String() != "2026-03: many offers in its last three days: last days 7/36 (19.4 %), their part 3/31 (9.7 %)" {
		t.Error(got[0])
	}
	if got := reported(over, march(6)).Signals; len(got) != 0 {
		t.Errorf("6 of 36: %v", got)
	}
	if got := reported(over.Add(-1), march(7)).Signals; len(got) != 0 {
		t.Errorf("a month that is not over: %v", got)
	}
	if got := reported(time.Time{}, march(7)).Signals; len(got) != 1 {
		t.Errorf("all that is known: %v", got)
	}
}

func TestVague(t *testing.T) {
	day := time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)
	logs := [][]handoff.Event{}
	give := func(owner, what string, reason funnel.Reason, n int) {
		for range n {
			logs = append(logs, offered(len(logs), day, owner, what, reason))
		}
	}
	give("anna", "rejected", "other", 2)
	give("anna", "recycled", "other", 1)
	give("anna", "recycled", "timing", 8) // 3 of 11
	give("ben", "rejected", "other", 3)
	give("ben", "rejected", "misrouted", 9) // 3 of 12: a quarter is not more than a quarter
	give("cleo", "rejected", "other", 9)    // too few
	got := reported(day.AddDate(0, 1, 0), logs)
	want := []handoff.Signal{{Kind: handoff.Vague, Owner: "anna", Evidence: []handoff.Figure{{Name: "other", Ratio: handoff.Ratio{Numerator: 3, Denominator: 11}}}}}
	if diff := cmp.Diff(want, got.Signals); diff != "" {
		t.Error(diff)
	}
	if got.Other != (handoff.Ratio{Numerator: 14, Denominator: 23}) {
		t.Errorf("other %v", got.Other)
	}
	if got.Signals[0].String() != `anna: many returns for the reason "other": other 3/11 (27.3 %)` {
		t.Error(got.Signals[0])
	}
}

// The mix sums to the rejections, and shards give what the whole gives.
func TestMixAndSignalsMerge(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 9))
	d := desk(t)
	for range 40 {
		var logs [][]handoff.Event
		for i := range 300 {
			what := []string{"accepted", "rejected", "rejected", "recycled", "open"}[r.IntN(5)]
			reason := []funnel.Reason{"other", "other", "misrouted", "timing"}[r.IntN(4)]
			if what == "accepted" || what == "open" {
				reason = ""
			}
			at := time.Date(2026, time.Month(1+r.IntN(4)), 1+r.IntN(28), r.IntN(24), 0, 0, 0, time.UTC)
			logs = append(logs, offered(i, at, fmt.Sprint("owner", r.IntN(3)), what, reason))
		}
		asOf := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
		whole, merged := d.Report(asOf), d.Report(asOf)
		for _, log := range logs {
			whole.Add(log)
		}
		r.Shuffle(len(logs), func(a, b int) { logs[a], logs[b] = logs[b], logs[a] })
		for part := range slices.Chunk(logs, 1+r.IntN(100)) {
			shard := d.Report(asOf)
			for _, log := range part {
				shard.Add(log)
			}
			if err := merged.Merge(shard); err != nil {
				t.Fatal(err)
			}
		}
		want, got := whole.Result(), merged.Result()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
		sum := int64(0)
		for _, m := range got.Mix {
			sum += m.Count
		}
		if sum != got.Offers.Rejected || sum == 0 || got.Other.Denominator != sum {
			t.Fatalf("the mix sums to %d of %d", sum, got.Offers.Rejected)
		}
	}
	if err := d.Report(time.Time{}).Merge(handoff.NewReport(time.Time{})); !errors.Is(err, handoff.ErrCalendar) {
		t.Errorf("a report without business time: %v", err)
	}
}

// From Friday 16:30 to Monday 09:15 are 64 hours and three quarters by the wall clock, and three quarters of an hour of business.
func TestSpeedInBusinessTime(t *testing.T) {
	d := desk(t)
	report := d.Report(at(t, "2026-01-31 12:00"))
	report.Add(told(t, "Fri 2026-01-16 16:30 offer by scoring grade A1", "Fri 2026-01-16 16:40 accept by anna", "Mon 2026-01-19 09:15 attempt by anna"))
	got := report.Result()
	if got.Business == nil || got.Business.Assigned.Hour != 1 || got.Business.Assigned.Median.Time != 45*time.Minute || got.Assigned.Later != 1 || got.Assigned.Median.Time != 64*time.Hour+45*time.Minute {
		t.Errorf("%+v, by the wall clock %+v", got.Business, got.Assigned)
	}
	// Registered on Monday the 12th at nine: four days of eight hours, seven and a half on Friday, and a quarter.
	if got := got.Business.Created.Median.Time; got != 4*8*time.Hour+8*time.Hour+15*time.Minute {
		t.Errorf("from registration %v", got)
	}
	if handoff.NewReport(at(t, "2026-01-31 12:00")).Result().Business != nil {
		t.Error("business time without a desk")
	}
}
