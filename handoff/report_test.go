package handoff_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/handoff/routing"
	"github.com/leadloop/leadloop/handoff/worktime"
)

// told runs steps on a new case and returns its log.
func told(t *testing.T, steps ...string) []handoff.Event {
	t.Helper()
	s := &story{t: t, desk: desk(t)}
	for _, step := range append([]string{"Mon 2026-01-12 09:00 register by form"}, steps...) {
		lines := s.step(step)
		if len(lines) == 1 && lines[0][0] == 'r' {
			t.Fatalf("%s: %s", step, lines[0])
		}
	}
	return s.log
}

// TestReport counts a week of the desk by hand. Everything is as of Friday 16 January, noon.
func TestReport(t *testing.T) {
	offer := "Mon 2026-01-12 10:00 offer by scoring grade A1" // warned at 14:00, due Tuesday 10:00
	accept := "Mon 2026-01-12 11:00 accept by anna"           // first touch due 13:00, outcome Monday 19th 11:00
	logs := [][]handoff.Event{
		// accepted, touched 65 minutes after the offer and 125 after registration, qualified in time
		told(t, offer, accept, "Mon 2026-01-12 11:05 attempt by anna reached", "Tue 2026-01-13 09:00 qualify by anna"),
		// accepted, touched after a day: too late; recycled
		told(t, offer, accept, "Tue 2026-01-13 12:00 attempt by anna", "Wed 2026-01-14 12:00 recycle by anna for no_need"),
		// accepted, never touched, no outcome yet: past the deadline of the touch
		told(t, offer, accept),
		// accepted this morning: touch and outcome are not yet due
		told(t, "Fri 2026-01-16 11:00 offer by scoring grade A1", "Fri 2026-01-16 11:30 accept by anna"),
		// accepted, disqualified at once without a touch
		told(t, offer, accept, "Mon 2026-01-12 11:30 disqualify by anna for competitor"),
		// rejected twice: misrouted, then not the market
		told(t, offer, "Mon 2026-01-12 10:30 reject by anna for misrouted with suggested_queue=x", "Mon 2026-01-12 10:40 offer by scoring",
			"Mon 2026-01-12 10:50 reject by ben for not_target_market with failed_criterion=size"),
		// silence on both offers: expired, then auto-accepted on Wednesday; touched one minute after the second offer was over
		told(t, offer, "Tue 2026-01-13 10:00 tick", "Tue 2026-01-13 10:10 offer by scoring", "Wed 2026-01-14 10:10 tick", "Wed 2026-01-14 10:11 attempt by mara"),
		// withdrawn while on offer
		told(t, offer, "Mon 2026-01-12 10:30 withdraw by crm for duplicate with survivor_id=lead-7"),
		// withdrawn after acceptance, before anything was due
		told(t, offer, accept, "Mon 2026-01-12 11:30 withdraw by crm for duplicate with survivor_id=lead-7"),
		// on offer since Monday, and no tick came: a leak
		told(t, offer),
		// on offer, and still in time
		told(t, "Fri 2026-01-16 10:00 offer by scoring grade A1"),
		// never offered
		told(t),
		// lost after the report's date: qualified by then
		told(t, offer, "Mon 2026-01-12 10:03 accept by anna", "Mon 2026-01-12 10:04 attempt by anna", "Mon 2026-01-12 10:30 qualify by anna",
			"Mon 2026-01-12 10:31 open by anna", "Mon 2026-01-19 10:31 lose by anna for no_budget"),
	}
	report := handoff.NewReport(at(t, "2026-01-16 12:00"))
	for _, log := range logs {
		report.Add(log)
	}
	got := report.Result()
	want := handoff.Result{
		AsOf:  time.Date(2026, 1, 16, 11, 0, 0, 0, time.UTC),
		Cases: 13,
		// accepted: the first five, the one withdrawn later, the last
		Offers:     handoff.OfferCounts{Made: 14, Accepted: 7, AutoAccepted: 1, Rejected: 2, Expired: 1, Withdrawn: 1, Open: 2},
		Acceptance: handoff.Ratio{Numerator: 7, Denominator: 11},
		Decided:    handoff.Ratio{Numerator: 7, Denominator: 9},
		Rejections: []handoff.ReasonCount{
			{Reason: "misrouted", AtFault: "routing", Count: 1}, {Reason: "not_target_market", AtFault: "marketing", Count: 1},
		},
		Mix: []handoff.MixCount{ // the second offer came without a rating
			{Reason: "not_target_market", AtFault: "marketing", Count: 1}, {Reason: "misrouted", AtFault: "routing", Grade: "A1", Count: 1},
		},
		Other:        handoff.Ratio{Denominator: 2},
		Signals:      []handoff.Signal{},
		Recycled:     []handoff.ReasonCount{{Reason: "no_need", AtFault: "marketing", Count: 1}},
		Disqualified: []handoff.ReasonCount{{Reason: "competitor", AtFault: "marketing", Count: 1}},
		Lost:         []handoff.ReasonCount{},
		AtFault:      []handoff.SideCount{{Side: "marketing", Count: 1}, {Side: "routing", Count: 1}},
		// from the offer: 65 min, 26 h, never, not yet, never, 24 h 1 min, 4 min
		Assigned: handoff.Speed{
			FiveMinutes: 1, Day: 1, Later: 2, Never: 2, NotYet: 1,
			Median: handoff.Percentile{Time: 24*time.Hour + time.Minute, Reached: true}, // the third of six
		},
		// from registration at nine: 125 min, 27 h, never, not yet, never, 49 h 11 min, 64 min
		Created: handoff.Speed{
			Day: 2, Later: 2, Never: 2, NotYet: 1, Median: handoff.Percentile{Time: 27 * time.Hour, Reached: true},
		},
		Accept:   handoff.Attainment{Met: 9, Missed: 3, Open: 1, Oldest: at(t, "2026-01-16 10:00").UTC()}, // missed: expired, silent, the leak
		Touch:    handoff.Attainment{Met: 3, Missed: 3, Open: 1, Oldest: at(t, "2026-01-16 11:30").UTC()},
		Feedback: handoff.Attainment{Met: 4, Open: 3, Oldest: at(t, "2026-01-12 11:00").UTC()},
		Leaks: []handoff.Leak{{
			ID: "lead-1", Owner: "anna", Offered: time.Date(2026, 1, 12, 9, 0, 0, 0, time.UTC), Due: time.Date(2026, 1, 13, 9, 0, 0, 0, time.UTC),
		}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if r := got.Touch.Rate().String(); r != "3/6 (50.0 %)" {
		t.Error(r)
	}
	if p := got.Assigned.Median.String(); p != "24h1m0s" {
		t.Error(p)
	}
}

// TestReportWithoutData has nothing to divide by.
func TestReportWithoutData(t *testing.T) {
	r := handoff.NewReport(at(t, "2026-01-16 12:00"))
	r.Add(nil)
	result := r.Result()
	if result.Acceptance.Defined() || result.Acceptance.String() != "undefined" || result.Feedback.Rate().Defined() {
		t.Errorf("%+v", result)
	}
	if p := result.Assigned.Median; p.Reached || p.String() != "not reached" {
		t.Errorf("%+v", p)
	}
	if err := r.Merge(handoff.NewReport(at(t, "2026-01-16 12:01"))); !errors.Is(err, handoff.ErrAsOf) {
		t.Error(err)
	}
}

// TestBoundsOfBands puts first attempts exactly on the bounds of the bands and of the percentiles.
func TestBoundsOfBands(t *testing.T) {
	report := handoff.NewReport(at(t, "2026-03-01 12:00"))
	attempts := []string{
		"Mon 2026-01-12 10:05", "Mon 2026-01-12 10:06", "Mon 2026-01-12 11:00", "Mon 2026-01-12 11:01", "Tue 2026-01-13 10:00",
		"Tue 2026-01-13 10:01", "Tue 2026-01-13 10:02", "Tue 2026-01-13 10:03", "Tue 2026-01-13 10:04", "Tue 2026-01-13 10:05",
	}
	for _, attempt := range attempts {
		report.Add(told(t, "Mon 2026-01-12 10:00 offer by scoring grade A1", "Mon 2026-01-12 10:00 accept by anna", attempt+" attempt by anna"))
	}
	got := report.Result().Assigned
	want := handoff.Speed{
		FiveMinutes: 1, Hour: 2, Day: 2, Later: 5,
		Median: handoff.Percentile{Time: 24 * time.Hour, Reached: true},               // the 5th of 10
		P90:    handoff.Percentile{Time: 24*time.Hour + 4*time.Minute, Reached: true}, // the 9th of 10
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestPacket checks what sales gets to see.
func TestPacket(t *testing.T) {
	d := desk(t)
	s := &story{t: t, desk: d}
	s.step("Mon 2026-01-12 09:00 register by form")
	packet := handoff.Packet{
		Rating:     handoff.Rating{Model: "b2b", ModelVersion: 4, Grade: "A1", Points: 88_500_000, Hits: []string{"fit/size"}},
		Reasons:    []handoff.Line{{Rule: "fit/size", Points: 20_000_000, Why: "250 to 999 employees"}},
		Activities: []handoff.Activity{{At: at(t, "2026-01-12 08:55"), Kind: "demo_request", HighIntent: true}},
		Journey:    []handoff.Touch{{At: at(t, "2026-01-10 08:55"), Channel: "paid search", Campaign: "brand"}},
	}
	decision, err := d.Decide(s.c, handoff.Offer{By: handoff.By{Actor: "scoring", Version: 1}, Packet: packet}, &Lead{Grade: "A1"}, at(t, "2026-01-12 09:00"))
	if err != nil {
		t.Fatal(err)
	}
	assign := decision.Effects[1]
	got := *assign.Packet
	if assign.Kind != handoff.Assign || got.Deadlines.Accept.MetUntil != decision.Events[1].Deadlines.Accept.MetUntil {
		t.Errorf("%+v", assign)
	}
	for owed := range got.Owed.All() {
		if owed.Return != "reject" {
			t.Errorf("%+v can't be given before contact", owed)
		}
		if owed.Reason == "duplicate" && (len(owed.Fields) != 1 || owed.Fields[0].Name != "survivor_id" || owed.Disposition != "merge") {
			t.Errorf("%+v", owed)
		}
	}
	got.Deadlines, got.Owed = handoff.Deadlines{}, handoff.OwedList{}
	if diff := cmp.Diff(packet, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(packet.Rating, decision.Events[1].Rating); diff != "" {
		t.Error(diff)
	}
	packet.Hits[0] = "changed by the host"
	if decision.Events[1].Rating.Hits[0] != "fit/size" {
		t.Error("the event shares the host's memory")
	}
	if decision.Routing == nil || len(decision.Routing.Pools[0].Candidates) != 3 || decision.Pools == nil {
		t.Errorf("%+v", decision.Routing)
	}
	if _, err := json.Marshal(decision); err != nil {
		t.Error(err)
	}
}

// TestReturnsThatOwe follows reasons that the stories don't tell.
func TestReturnsThatOwe(t *testing.T) {
	start := func() *story {
		s := &story{t: t, desk: desk(t)}
		s.step("Mon 2026-01-12 09:00 register by form")
		s.step("Mon 2026-01-12 09:00 offer by scoring grade A1")
		return s
	}
	for name, x := range map[string]struct {
		steps []string
		want  []string // of the last step
	}{
		"enriched": {
			[]string{"Mon 2026-01-12 10:00 reject by anna for insufficient_data with missing_fields=Phone,Country"},
			[]string{
				"v4 rejected mql>recycled for insufficient_data, fault marketing, track data_fix", "! 4/0 release to anna",
				"! 4/1 start_nurture data_fix", "! 4/2 enrich, fields Phone Country", "next never",
			},
		},
		"attached": {
			[]string{"Mon 2026-01-12 10:00 reject by anna for opportunity_in_progress with opportunity_id=o7"},
			[]string{"v4 rejected mql>disqualified for opportunity_in_progress, fault routing", "! 4/0 release to anna", "! 4/1 attach into o7", "next never"},
		},
		"merged": {
			[]string{"Mon 2026-01-12 10:00 withdraw by crm for duplicate with survivor_id=lead-7"},
			[]string{"v4 withdrawn mql>disqualified for duplicate, fault data", "! 4/0 release to anna", "! 4/1 merge into lead-7", "next never"},
		},
		// a month of 30 days later, on the track that the agreement names
		"deferred": {
			[]string{"Mon 2026-01-12 10:00 reject by anna for recently_contacted with last_contact_at=2026-01-02T10:00:00Z"},
			[]string{
				"v4 rejected mql>recycled for recently_contacted, fault none, track general, wake Wed 2026-02-11 10:00", "! 4/0 release to anna",
				"! 4/1 start_nurture general until Wed 2026-02-11 10:00", "next Wed 2026-02-11 10:00",
			},
		},
		"reviewed": {
			[]string{"Mon 2026-01-12 10:00 accept by anna", "Mon 2026-01-12 10:01 recycle by anna for other with note=odd"},
			[]string{
				"v5 moved sal>recycled for other, fault review, track general", "! 5/0 release to anna", "! 5/1 start_nurture general",
				"! 5/2 review to mara", "next never",
			},
		},
		// at once: the lead waits for nothing
		"rerouted after acceptance": {
			[]string{"Mon 2026-01-12 10:00 accept by anna", "Mon 2026-01-12 10:01 recycle by anna for misrouted with suggested_queue=x"},
			[]string{
				"v5 moved sal>recycled for misrouted, fault routing, track general, wake Mon 2026-01-12 10:01", "! 5/0 release to anna",
				"! 5/1 start_nurture general until Mon 2026-01-12 10:01", "next Mon 2026-01-12 10:01",
			},
		},
		// two offers have been declined, and there are no more: the fallback owner has it
		"rejected twice": {
			[]string{
				"Mon 2026-01-12 10:00 reject by anna for no_capacity", "Mon 2026-01-12 10:01 offer by system",
				"Mon 2026-01-12 10:02 reject by ben for no_capacity", "Mon 2026-01-12 10:03 offer by system",
			},
			[]string{
				"v7 offered, owner mara",
				"v8 auto_accepted mql>sal, owner mara, touch Mon 2026-01-12 12:03, feedback Mon 2026-01-19 10:03",
				"! 8/0 assign to mara, packet with 30 reasons", "! 8/1 escalate to mara, due Mon 2026-01-12 10:03, breach auto_accepted",
				"! 8/2 ask_feedback to mara, due Mon 2026-01-19 10:03, 30 reasons to choose from", "next Mon 2026-01-12 12:03",
			},
		},
		// an offer that has ended meanwhile makes way for the next
		"offered after silence": {
			[]string{"Tue 2026-01-13 11:00 offer by system"},
			[]string{
				"v4 warned at Mon 2026-01-12 13:00, owner anna, accept Tue 2026-01-13 09:00", "! 4/0 remind to anna, due Tue 2026-01-13 09:00",
				"v5 expired at Tue 2026-01-13 09:00, offer Wed 2026-01-14 09:00", "! 5/0 release to anna",
				"! 5/1 escalate to mara, due Tue 2026-01-13 09:00, breach expired", "! 5/2 offer_again, due Wed 2026-01-14 09:00, not anna",
				"v6 offered, owner ben, warn Tue 2026-01-13 15:00, accept Wed 2026-01-14 11:00",
				"! 6/0 assign to ben, due Wed 2026-01-14 11:00, packet with 19 reasons", "next Tue 2026-01-13 15:00",
			},
		},
		"lost": {
			[]string{
				"Mon 2026-01-12 10:00 accept by anna", "Mon 2026-01-12 10:01 qualify by anna", "Mon 2026-01-12 10:02 open by anna",
				"Mon 2026-01-12 10:03 lose by anna for no_need",
			},
			[]string{
				"v7 moved opportunity>lost for no_need, fault marketing, owner anna, track education", "! 7/0 rescore engagement reset",
				"! 7/1 start_nurture education", "next never",
			},
		},
		// law overrides everything: the funnel knows no way out of a won deal, and the lead leaves all the same
		"withdrawn when won": {
			[]string{
				"Mon 2026-01-12 10:00 accept by anna", "Mon 2026-01-12 10:01 qualify by anna", "Mon 2026-01-12 10:02 open by anna",
				"Mon 2026-01-12 10:03 win by anna", "Mon 2026-01-12 10:04 withdraw by privacy for do_not_contact with requested_at=2026-01-12T09:04:00Z",
			},
			[]string{"v8 withdrawn, fault none", "! 8/0 release to anna", "! 8/1 rescore * reset", "! 8/2 suppress", "next never"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := start()
			var got []string
			for _, step := range x.steps {
				got = s.step(step)
			}
			if diff := cmp.Diff(x.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			s.replay()
		})
	}
}

// TestCompleteReEntry lets a lead back once the fields that sales missed are filled.
func TestCompleteReEntry(t *testing.T) {
	s := &story{t: t, desk: desk(t)}
	s.step("Mon 2026-01-12 09:00 register by form")
	s.step("Mon 2026-01-12 09:00 offer by scoring grade A1")
	s.step("Mon 2026-01-12 10:00 reject by anna for invalid_contact_data with bad_fields=Phone")
	cmd := handoff.Offer{By: handoff.By{Actor: "enrichment", Version: s.c.Version}, Pools: s.pool, Filled: []string{"Country", "Phone"}}
	d, err := s.desk.Decide(s.c, cmd, nil, at(t, "2026-01-12 11:00"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range d.Events {
		s.c = handoff.Apply(s.c, e)
	}
	if s.c.Round != 2 || s.c.Owner != "ben" || len(s.c.Missing) > 0 || len(s.c.Declined) > 0 {
		t.Errorf("%+v", s.c)
	}
}

// TestNobodyInThePool gives the lead to the fallback owner at once when everybody is away.
func TestNobodyInThePool(t *testing.T) {
	s := &story{t: t, desk: desk(t)}
	s.step("Mon 2026-01-12 09:00 register by form")
	cmd := handoff.Offer{By: handoff.By{Actor: "scoring", Version: 1}, Load: map[string]int64{}}
	for _, id := range []string{"anna", "ben", "cleo"} {
		cmd.Absences = append(cmd.Absences, absent(id))
	}
	d, err := s.desk.Decide(s.c, cmd, &Lead{Grade: "A1"}, at(t, "2026-01-12 09:00"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"v2 moved inquiry>mql", "! 2/0 stop_nurture general", "v3 offered, owner mara",
		"v4 auto_accepted mql>sal, owner mara, touch Mon 2026-01-12 11:00, feedback Mon 2026-01-19 09:00",
		"! 4/0 assign to mara, packet with 30 reasons", "! 4/1 escalate to mara, due Mon 2026-01-12 09:00, breach auto_accepted",
		"! 4/2 ask_feedback to mara, due Mon 2026-01-19 09:00, 30 reasons to choose from", "next Mon 2026-01-12 11:00",
	}
	if diff := cmp.Diff(want, render(d, at(t, "2026-01-12 09:00"))); diff != "" {
		t.Error(diff)
	}
	report := handoff.NewReport(at(t, "2026-01-12 09:00"))
	report.Add(append(s.log, d.Events...))
	if a := report.Result().Accept; a.Rate().Defined() || a.Open != 0 {
		t.Errorf("nobody could have answered: %+v", a)
	}
}

func absent(id string) routing.Absence { return routing.Absence{Member: id} }

// TestLeaksHaveATotalOrder: damaged logs may have several offers of one instant, and still no order of rows shows.
func TestLeaksHaveATotalOrder(t *testing.T) {
	offered := at(t, "2026-01-12 10:00")
	asOf := at(t, "2026-02-12 10:00")
	var logs [][]handoff.Event
	var want []handoff.Leak
	for _, due := range []time.Time{offered.Add(time.Hour).UTC(), offered.Add(2 * time.Hour).UTC()} {
		for i := range 20 {
			owner := fmt.Sprintf("owner-%02d", i)
			e := handoff.Event{ID: "lead-1", Kind: handoff.Offered, Occurred: offered, Owner: owner}
			e.Deadlines.Accept = worktime.Deadline{Due: due, MetUntil: due}
			logs = append(logs, []handoff.Event{e})
			want = append(want, handoff.Leak{ID: "lead-1", Owner: owner, Offered: offered.UTC(), Due: due})
		}
	}
	for seed := range uint64(20) {
		rand.New(rand.NewPCG(seed, 1)).Shuffle(len(logs), func(i, j int) { logs[i], logs[j] = logs[j], logs[i] })
		report := handoff.NewReport(asOf)
		for _, log := range logs {
			report.Add(log)
		}
		if diff := cmp.Diff(want, report.Result().Leaks); diff != "" {
			t.Fatalf("seed %d: %s", seed, diff)
		}
	}
}

// TestRatioOfAnything writes what it is given, whatever that is.
func TestRatioOfAnything(t *testing.T) {
	for _, x := range []struct {
		r    handoff.Ratio
		want string
	}{
		{handoff.Ratio{Numerator: math.MaxInt64, Denominator: math.MaxInt64}, "9223372036854775807/9223372036854775807 (100.0 %)"},
		{handoff.Ratio{Numerator: math.MinInt64, Denominator: math.MinInt64}, "-9223372036854775808/-9223372036854775808 (100.0 %)"},
		{handoff.Ratio{Numerator: 1, Denominator: 2000}, "1/2000 (0.1 %)"}, // half up
		{handoff.Ratio{Numerator: 2, Denominator: 3}, "2/3 (66.7 %)"},
		{handoff.Ratio{Numerator: 0, Denominator: 3}, "0/3 (0.0 %)"},
		{handoff.Ratio{Numerator: 3}, "undefined"},
	} {
		if got := x.r.String(); got != x.want {
			t.Errorf("got %s, want %s", got, x.want)
		}
	}
}

// TestZeroReport is the one without an instant: everything counts, and what is open is not overdue.
func TestZeroReport(t *testing.T) {
	s := onOffer(t, desk(t), "Mon 2026-01-12 11:00 reject by anna for no_capacity", "Mon 2026-01-12 12:00 offer by scoring grade A1",
		"Mon 2026-01-12 13:00 accept by ben", "Mon 2026-01-12 13:30 attempt by ben")
	var zero, merged handoff.Report
	zero.Add(s.log)
	if err := merged.Merge(&zero); err != nil {
		t.Fatal(err)
	}
	if err := merged.Merge(&handoff.Report{}); err != nil {
		t.Fatal(err)
	}
	for _, r := range []*handoff.Report{&zero, &merged} {
		result := r.Result()
		if o := result.Offers; o != (handoff.OfferCounts{Made: 2, Accepted: 1, Rejected: 1}) || len(result.Rejections) != 1 || result.Feedback != (handoff.Attainment{Open: 1, Oldest: at(t, "2026-01-12 13:00").UTC()}) {
			t.Errorf("%+v", result)
		}
	}
}
