package app_test

import (
	"fmt"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/leadloop/leadloop/attribution"
	"github.com/leadloop/leadloop/examples/crm/app"
	"github.com/leadloop/leadloop/examples/crm/storetest"
	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/funnel/flow"
	"github.com/leadloop/leadloop/scoring/learn"
)

// TestReport: the report, counted part by part, is that of all logs and journeys in one loop.
func TestReport(t *testing.T) {
	storetest.Each(t, func(t *testing.T, address func(*testing.T) string) {
		a := open(t, address(t), (&clock{juneMorning}).now)
		if err := a.Seed(t.Context(), 60); err != nil {
			t.Fatal(err)
		}
		checkReport(t, a, juneMorning)
	})
	a := demo(t, &clock{juneMorning})
	checkReport(t, a, juneMorning)
}

func checkReport(t *testing.T, a *app.App, asOf time.Time) {
	t.Helper()
	r, err := a.Report(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	desk := deskOf(t, a).Report(asOf)
	total, err := flow.New(flow.Options{Definition: funnel.Standard(), AsOf: asOf, Horizon: 90 * 24 * time.Hour, Quick: 90 * 24 * time.Hour, Opportunity: funnel.Opportunity})
	if err != nil {
		t.Fatal(err)
	}
	logs := everything(t, a)
	var journeys []attribution.Journey
	won := int64(0)
	for _, id := range sorted(logs) {
		log := logs[id]
		desk.Add(log)
		steps := []flow.Step{{At: log[0].Occurred, Stage: funnel.Inquiry}}
		lead, err := a.Store().Lead(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		j := attribution.Journey{ID: id, Source: attribution.Marketing, Milestones: []attribution.Milestone{{Stage: attribution.LeadCreated, At: lead.Created}}}
		for i, e := range log {
			if e.Transition == nil {
				continue
			}
			step := flow.StepOf(*e.Transition)
			step.Version, step.Amount = int64(len(steps)), e.Revenue
			steps = append(steps, step)
			switch e.Transition.To {
			case funnel.MQL:
				j.Milestones = append(j.Milestones, attribution.Milestone{Stage: attribution.MQL, At: e.Occurred})
			case funnel.SAL:
				j.Milestones = append(j.Milestones, attribution.Milestone{Stage: attribution.SAL, At: e.Occurred})
			case funnel.Opportunity:
				j.Milestones = append(j.Milestones, attribution.Milestone{Stage: attribution.Opportunity, At: e.Occurred})
			case funnel.Won:
				won += e.Revenue
				j.Milestones = append(j.Milestones, attribution.Milestone{Stage: attribution.Won, At: e.Occurred})
				j.Conversions = append(j.Conversions, attribution.Conversion{ID: fmt.Sprint(i), At: e.Occurred, Revenue: e.Revenue})
			}
		}
		activities, err := a.Store().Activities(t.Context(), id, time.Time{}, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, activity := range activities {
			if activity.Channel != "" {
				j.Touches = append(j.Touches, attribution.Touch{ID: activity.Message, Channel: activity.Channel, Campaign: activity.Campaign, At: activity.At, Cost: activity.Cost})
			}
		}
		journeys = append(journeys, j)
		total.Add(flow.Journey{Lead: id, Steps: steps})
	}
	if want := text(t, desk.Result()); text(t, r.Desk) != want {
		t.Errorf("desk\n%s\nwant\n%s", text(t, r.Desk), want)
	}
	if want := text(t, total.Report()); text(t, r.Flow) != want {
		t.Errorf("flow\n%s\nwant\n%s", text(t, r.Flow), want)
	}
	const lookback = 180 * 24 * time.Hour
	for i, model := range []attribution.Model{attribution.First.Within(lookback), attribution.Last.Within(lookback), attribution.LastNonDirect("direct").Within(lookback), attribution.Linear.Within(lookback)} {
		ledger, err := attribution.Book(journeys, model)
		if err != nil {
			t.Fatal(err)
		}
		s := attribution.Report(ledger, attribution.Options{})
		got := map[string]int64{}
		for _, c := range r.Models[i].Channels {
			got[c.Channel] = c.Revenue
		}
		for _, c := range s.Channels {
			if got[c.Name] != c.Revenue {
				t.Errorf("%s: %s earned %d, want %d", model.Name(), c.Name, got[c.Name], c.Revenue)
			}
		}
	}
	for _, m := range r.Models {
		sum := m.Unattributed
		for _, c := range m.Channels {
			sum += c.Revenue
		}
		if sum != won || m.Revenue != won {
			t.Errorf("%s: %d in all, of %d, won was %d", m.Model, sum, m.Revenue, won)
		}
	}
	if len(r.Models) != 9 && won > 0 {
		t.Errorf("%d models", len(r.Models))
	}
	if len(r.Goals) != 2 {
		t.Errorf("goals %+v", r.Goals)
	}
}

// TestReportFollows: a report that was counted anew in part is that of a process which counts all of it, and it shows what was just done.
func TestReportFollows(t *testing.T) {
	c := &clock{juneMorning}
	a := demo(t, c)
	before, err := a.Report(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if again, err := a.Report(t.Context()); again != before || err != nil {
		t.Error("nothing has changed, and it was counted again")
	}
	in, err := a.Inbox(t.Context(), maria, app.InboxQuery{Filter: "offered"})
	if err != nil {
		t.Fatal(err)
	}
	c.at = c.at.Add(time.Minute)
	row := in.Rows[0]
	if err := a.Do(t.Context(), app.User{ID: row.Owner, Role: app.Sales}, row.ID, app.Request{Command: app.Reject, Version: row.Version, Reason: "no_capacity"}); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Ingest(t.Context(), []app.Message{{ID: "more", User: "user-7", Kind: "visit", Channel: "billboard", Cost: 5}}); err != nil {
		t.Fatal(err)
	}
	after, err := a.Report(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if after.Desk.Offers.Rejected != before.Desk.Offers.Rejected+1 || after.Linear.Cost != before.Linear.Cost+5 || after.Stale != 0 {
		t.Errorf("rejected %d, before %d; cost %d, before %d; stale %d", after.Desk.Offers.Rejected, before.Desk.Offers.Rejected, after.Linear.Cost, before.Linear.Cost, after.Stale)
	}
	anew, err := app.New(t.Context(), a.Store(), app.Options{Now: c.now, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	all, err := anew.Report(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if text(t, all) != text(t, after) {
		t.Errorf("counted in part\n%s\nin all\n%s", text(t, after), text(t, all))
	}
}

// TestProposal: outcomes propose other points; accepted, they are the model, and all leads are scored by it.
func TestProposal(t *testing.T) {
	c := &clock{juneMorning}
	a := demo(t, c)
	page, err := a.Model(t.Context(), learn.Acceptance)
	if err != nil {
		t.Fatal(err)
	}
	if page.Proposal.Refused != "" || page.Digest == "" || len(page.Diff) == 0 || page.Proposal.Backtest == nil || page.Effect.Leads == 0 {
		t.Fatalf("page %+v", page)
	}
	ctx := t.Context()
	if err := a.AnswerProposal(ctx, marketer, learn.Acceptance, page.Digest, true); err != app.ErrForbidden {
		t.Errorf("marketing accepts: %v", err)
	}
	if err := a.AnswerProposal(ctx, maria, learn.Acceptance, "another", true); err != app.ErrProposal {
		t.Errorf("another proposal: %v", err)
	}
	if err := a.AnswerProposal(ctx, maria, learn.Acceptance, page.Digest, false); err != nil {
		t.Fatal(err)
	}
	if again, err := a.Model(ctx, learn.Acceptance); err != nil || !again.Declined || again.Version != 1 {
		t.Errorf("declined: %+v, %v", again.Declined, err)
	}
	c.at = c.at.Add(time.Second)
	if again, err := a.Model(ctx, learn.Acceptance); err != nil || again.Digest != page.Digest {
		t.Errorf("another digest a second later, %v", err)
	}
	if err := a.AnswerProposal(ctx, maria, learn.Acceptance, page.Digest, true); err != nil {
		t.Fatal(err)
	}
	again, err := a.Model(ctx, learn.Acceptance)
	if err != nil || again.Version != 2 || text(t, again.Model) != text(t, page.Proposal.Model) || again.Proposal.Refused == "" || again.Evidence.Base.Whole != 0 {
		t.Fatalf("the model is version %d, refused %q, %v", again.Version, again.Proposal.Refused, err)
	}
	if _, err := a.Step(ctx); err != nil {
		t.Fatal(err)
	}
	in, err := a.Inbox(ctx, marketer, app.InboxQuery{Filter: "new"})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range in.Rows[:5] {
		p, err := a.Lead(ctx, marketer, row.ID)
		if err != nil || p.Score.Version != 2 || p.Points != row.Points {
			t.Errorf("%s has %v in the list, %v by version %d, %v", row.ID, row.Points, p.Points, p.Score.Version, err)
		}
	}
	if _, err := a.Report(ctx); err != nil { // with outcomes under both versions
		t.Error(err)
	}
}
