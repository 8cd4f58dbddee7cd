package handoff_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
)

// A fact is what testdata/reasons.json says of a reason: collected from practice, apart from the code.
type fact struct {
	Code          funnel.Reason `json:"code"`
	BeforeContact bool          `json:"before_contact"`
	Disposition   string        `json:"disposition"`
	Track         string        `json:"track"`
	CoolDownDays  int           `json:"cool_down_days"`
	Fields        []struct {
		Field, Type string
		Optional    bool
	} `json:"fields"`
	MinAttempts string `json:"min_attempts"`
	Adjust      []struct{ Dimension, Op, Factor string }
	AtFault     string `json:"at_fault"`
	ReEntry     struct {
		When, Needs, Field, Bypass string
		LeadDays                   int `json:"lead_days"`
	} `json:"re_entry"`
}

func facts(t *testing.T) []fact {
	t.Helper()
	data, err := os.ReadFile("../funnel/testdata/reasons.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Reasons []fact }
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Reasons) != 29 {
		t.Fatalf("%d reasons", len(file.Reasons))
	}
	return file.Reasons
}

// feedback gives what the reason owes, without its optional fields; dates lie 200 days after the return.
func (x *fact) feedback(returned time.Time) funnel.Feedback {
	f := funnel.Feedback{Fields: map[string]string{}}
	for _, field := range x.Fields {
		if field.Optional {
			continue
		}
		f.Fields[field.Field] = map[string]string{"date": returned.AddDate(0, 0, 200).Format(time.DateOnly), "time": "2026-01-11T12:00:00Z"}[field.Type]
		if f.Fields[field.Field] == "" {
			f.Fields[field.Field] = "x1"
		}
	}
	return f
}

// TestEveryReason returns a lead with each reason of the catalogue, before contact and after it, and holds what the desk does
// against the facts: who may give it, what it owes, where the lead goes, and how it comes back.
func TestEveryReason(t *testing.T) {
	d := desk(t)
	for _, x := range facts(t) {
		for _, contact := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/contact=%v", x.Code, contact), func(t *testing.T) {
				s := onOffer(t, d)
				returned := at(t, "2026-01-12 12:00")
				by := func(actor string) handoff.By { return handoff.By{Actor: actor, Version: s.c.Version} }
				give := func(cmd handoff.Command, now time.Time) (handoff.Decision, error) {
					decision, err := d.Decide(s.c, cmd, &Lead{Grade: "A1"}, now)
					for _, e := range decision.Events {
						s.c = handoff.Apply(s.c, e)
						s.log = append(s.log, e)
					}
					return decision, err
				}
				f := x.feedback(returned)
				out := slices.Contains([]string{"merge", "attach", "disqualify", "suppress"}, x.Disposition)
				var cmd func() handoff.Command
				switch {
				case !contact:
					cmd = func() handoff.Command { return handoff.Reject{By: by("anna"), Reason: x.Code, Feedback: f} }
				case out:
					cmd = func() handoff.Command { return handoff.Disqualify{By: by("anna"), Reason: x.Code, Feedback: f} }
				default:
					cmd = func() handoff.Command { return handoff.Recycle{By: by("anna"), Reason: x.Code, Feedback: f} }
				}
				if contact {
					s.step("Mon 2026-01-12 11:00 accept by anna")
				}
				if !contact && !x.BeforeContact {
					if _, err := give(cmd(), returned); err == nil {
						t.Error("given before contact")
					}
					return
				}
				if len(f.Fields) > 0 {
					full := f
					f = funnel.Feedback{}
					if _, err := give(cmd(), returned); err == nil {
						t.Error("taken without its fields")
					}
					f = full
				}
				if x.MinAttempts != "" {
					for range 3 { // as the agreement says
						if _, err := give(cmd(), returned); err == nil {
							t.Error("taken with too few attempts")
						}
						s.step("Mon 2026-01-12 11:30 attempt by anna")
					}
				}
				decision, err := give(cmd(), returned)
				if err != nil {
					t.Fatal(err)
				}
				x.check(t, s, decision, contact, out, returned)
				x.back(t, s, contact, returned)
			})
		}
	}
}

func (x *fact) check(t *testing.T, s *story, decision handoff.Decision, contact, out bool, returned time.Time) {
	t.Helper()
	effects := map[handoff.EffectKind]handoff.Effect{}
	for _, e := range decision.Effects {
		effects[e.Kind] = e
	}
	again := !contact && x.Disposition == "reroute"
	stage, track := funnel.Recycled, x.Track
	switch {
	case again:
		stage, track = funnel.MQL, "" // is offered at once, not nurtured
	case out:
		stage = funnel.Disqualified
	case track == "":
		track = "general" // as the agreement says
	}
	if e := decision.Events[0]; s.c.Stage != stage || s.c.Track != track || string(e.AtFault) != x.AtFault || s.c.Owner != "" || s.c.Reason != x.Code {
		t.Errorf("%+v", s.c)
	}
	adjust := ""
	for _, a := range x.Adjust {
		adjust += a.Dimension + a.Op + a.Factor
	}
	got := ""
	for _, a := range effects[handoff.Rescore].Adjust {
		got += a.Dimension + string(a.Op) + a.Factor
	}
	if got != adjust {
		t.Errorf("adjusts %s, want %s", got, adjust)
	}
	for disposition, kind := range map[string]handoff.EffectKind{"merge": handoff.Merge, "attach": handoff.Attach, "suppress": handoff.Suppress, "enrich": handoff.Enrich, "review": handoff.Review} {
		if _, found := effects[kind]; found != (disposition == x.Disposition) {
			t.Errorf("effect %s: %v", kind, found)
		}
	}
	if target := effects[handoff.Merge].Target + effects[handoff.Attach].Target; (target == "x1") != (x.Disposition == "merge" || x.Disposition == "attach") {
		t.Errorf("target %q", target)
	}
	if again && (effects[handoff.OfferAgain].Track != x.Track || (effects[handoff.OfferAgain].Target == "x1") != (x.Code == "existing_customer")) {
		t.Errorf("offered again on track %q for %q", effects[handoff.OfferAgain].Track, effects[handoff.OfferAgain].Target)
	}
	if _, found := effects[handoff.OfferAgain]; found != again || again == s.c.Deadlines.Offer.MetUntil.IsZero() {
		t.Error("offered again:", found, s.c.Deadlines)
	}
	wait := time.Duration(x.CoolDownDays) * 24 * time.Hour
	wake := returned.Add(wait)
	for _, field := range x.Fields {
		if field.Field == x.ReEntry.Field && !field.Optional {
			wake, wait = time.Date(2026, 7, 31, 0, 0, 0, 0, time.UTC).AddDate(0, 0, -x.ReEntry.LeadDays), 1 // 200 days after 12 January
		}
	}
	by := x.ReEntry.When
	if again || out || by == "complete" || by == "manual" || by == "never" || x.ReEntry.Needs == "new_activity" && wait == 0 {
		wake = time.Time{}
	}
	if !s.c.Deadlines.Wake.Equal(wake) {
		t.Errorf("wakes %v, want %v", s.c.Deadlines.Wake, wake)
	}
}

// back tries every way back: too early, with an old activity, with a new one, by high intent, by a person.
func (x *fact) back(t *testing.T, s *story, contact bool, returned time.Time) {
	t.Helper()
	early, late := returned.Add(time.Hour), returned.AddDate(1, 0, 0)
	was := s.c
	try := func(name string, want bool, now time.Time, lead Lead, change func(*handoff.Offer)) {
		t.Helper()
		offer := handoff.Offer{By: handoff.By{Actor: "system", Version: was.Version}}
		offer.Activity.At = returned.Add(-time.Hour)
		change(&offer)
		if _, err := s.desk.Decide(was, offer, &lead, now); (err == nil) != want {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
	ripe, unripe := Lead{Grade: "A1"}, Lead{Grade: "C3"}
	nothing := func(*handoff.Offer) {}
	fresh := func(o *handoff.Offer) { o.Activity.At = returned.Add(time.Minute) }
	hot := func(o *handoff.Offer) { fresh(o); o.Activity.HighIntent = true }
	if !contact && x.Disposition == "reroute" {
		try("rerouted", true, early, unripe, nothing)
		return
	}
	r := x.ReEntry
	itself := s.c.Stage == funnel.Recycled && r.When != "manual" && r.When != "never"
	waits := s.c.NotBefore.After(early)
	needs := func(o *handoff.Offer) { o.Filled = strings.Split("x1", ",") }
	if r.Needs == "new_activity" {
		needs = fresh
	}
	try("early", itself && !waits, early, ripe, needs)
	try("late", itself, late, ripe, func(o *handoff.Offer) { needs(o) })
	try("late and unripe", itself && r.Needs == "none", late, unripe, needs)
	try("late with what was there", itself && r.Needs != "new_activity" && r.When != "complete", late, ripe, nothing)
	try("early by high intent", itself && (r.Bypass == "high_intent" || !waits && r.When != "complete"), early, ripe, hot)
	reopen := handoff.Reopen{By: handoff.By{Actor: "mara", Version: was.Version, Because: "asked"}}
	if _, err := s.desk.Decide(was, reopen, nil, early); (err == nil) != (r.When != "never") {
		t.Errorf("reopen: %v", err)
	}
}
