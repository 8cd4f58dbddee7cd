package handoff_test

import (
	"encoding/json"
	"os"
	"reflect"
	"testing"
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/handoff/routing"
)

// FuzzParse reads anything: an agreement that is taken survives being written and read again, and compiles or says why not.
func FuzzParse(f *testing.F) {
	data, err := os.ReadFile("testdata/agreement.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(data))
	f.Add(`{"schema": 2}`)
	f.Add(`{"accept": {"within": "1d"}, "managers": [""]}`)
	f.Add(`{"name": "x", "name": "y"}`)
	f.Add(string(marshalled(f, schemaAgreement(f))))
	f.Add(`{"quota_period": "week", "calendars": {"": {"time_zone": ""}}, "routing": {"pools": [{}, {"members": [{"quota": 1}]}], "rules": [{}]}}`)
	p := policy(f)
	f.Fuzz(func(t *testing.T, text string) {
		a, err := handoff.Parse([]byte(text))
		if err != nil {
			return
		}
		if a.Routing.Pools == nil { // JSON would have null for it; no agreement that compiles goes without
			a.Routing.Pools = []routing.Pool{}
		}
		for i := range a.Routing.Pools {
			if a.Routing.Pools[i].Members == nil {
				a.Routing.Pools[i].Members = []routing.Member{}
			}
		}
		if a.Managers == nil {
			a.Managers = []string{}
		}
		again, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		b, err := handoff.Parse(again)
		if err != nil {
			t.Fatalf("%s: %v", again, err)
		}
		second, err := json.Marshal(b)
		if err != nil || string(again) != string(second) {
			t.Fatalf("%s\n%s\n%v", again, second, err)
		}
		utc := func(string) (*time.Location, error) { return time.UTC, nil }
		if _, err := handoff.Compile(a, p, utc); err != nil && err.Error() == "" {
			t.Fatal("a mistake without words")
		}
	})
}

// FuzzDecide gives any command to any case that JSON can hold: no panic, and an error changes nothing. What is decided can
// be applied, leads to consecutive versions, and the same command again is known to be a repetition.
func FuzzDecide(f *testing.F) {
	d := soakDesk(f)
	now := time.Date(2026, 1, 12, 9, 0, 0, 0, time.UTC)
	s := &story{t: &testing.T{}, desk: desk(f)}
	for i, step := range []string{
		"Mon 2026-01-12 09:00 register by form", "Mon 2026-01-12 09:00 offer by scoring grade A1", "Mon 2026-01-12 09:01 accept by anna",
		"Mon 2026-01-12 09:01 recycle by anna for no_need",
	} {
		data, _ := json.Marshal(s.c)
		f.Add(string(data), uint8(i), "anna", "no_need", "x", int64(60), int64(0), "[]")
		s.step(step)
	}
	data, _ := json.Marshal(s.c)
	for i := range uint8(15) {
		f.Add(string(data), i, "mara", "timing", "2026-06-01", int64(3600*24*300), int64(30),
			`[{"pool":"emea","state":{"unit":15120,"accounts":[{"member":"anna","balance":9223372036854775807,"leads":-1,"turn":9007199254740993}]}},{"pool":"x","state":{}}]`)
	}
	f.Add(`{"version":3,"id":"x","policy":"standard","policy_version":1,"stage":"mql","round":1,"status":"open","owner":"anna"}`, uint8(3), "anna", "other", "n", int64(5), int64(5), "null")
	f.Add(`{"version":9223372036854775807,"id":"x","policy":"standard","policy_version":1,"stage":"mql","round":1,"deadlines":{"warn":"2026-01-01T00:00:00Z"}}`, uint8(0), "", "", "", int64(0), int64(0), "")
	f.Fuzz(func(t *testing.T, text string, kind uint8, actor, reason, value string, later, earlier int64, states string) {
		var c handoff.Case
		if json.Unmarshal([]byte(text), &c) != nil {
			t.Skip()
		}
		var pools routing.States
		_ = json.Unmarshal([]byte(states), &pools) // whatever the host has stored
		later, earlier = later%(1<<32), earlier%(1<<32)
		now := now.Add(time.Duration(later) * time.Second)
		by := handoff.By{Actor: actor, Version: c.Version, Because: value}
		if earlier != 0 {
			by.Occurred = now.Add(-time.Duration(earlier) * time.Second)
		}
		feedback := funnel.Feedback{Note: value, Fields: map[string]string{}}
		for _, r := range reasons {
			for _, field := range r.Fields {
				if string(r.Code) == reason {
					feedback.Fields[field.Name] = value
				}
			}
		}
		code := funnel.Reason(reason)
		commands := []handoff.Command{
			handoff.Tick{}, handoff.Register{By: by, ID: value},
			handoff.Offer{By: by, Activity: handoff.Activity{At: now, HighIntent: true}, Pools: pools, AccountOwner: value,
				Existing: routing.Existing{Kind: routing.ExistingKind(reason), Owner: actor}, Load: map[string]int64{value: later}},
			handoff.Accept{By: by}, handoff.Reject{By: by, Reason: code, Feedback: feedback}, handoff.Attempt{By: by}, handoff.Qualify{By: by},
			handoff.Open{By: by}, handoff.Win{By: by, Revenue: later}, handoff.Lose{By: by, Reason: code, Feedback: feedback},
			handoff.Recycle{By: by, Reason: code, Feedback: feedback}, handoff.Disqualify{By: by, Reason: code, Feedback: feedback},
			handoff.Withdraw{By: by, Reason: code, Feedback: feedback}, handoff.Reopen{By: by}, nil,
		}
		cmd := commands[int(kind)%len(commands)]
		decision, err := d.Decide(c, cmd, &Lead{Grade: "A1"}, now)
		if err != nil {
			if !reflect.DeepEqual(decision, handoff.Decision{}) || err.Error() == "" {
				t.Fatal(decision, err)
			}
			return
		}
		was := c.Version
		for _, e := range decision.Events {
			if e.Version != c.Version+1 {
				t.Fatalf("version %d after %d", e.Version, c.Version)
			}
			c = handoff.Apply(c, e)
		}
		if _, err := json.Marshal(decision); err != nil {
			t.Fatal(err)
		}
		if _, tick := cmd.(handoff.Tick); c.Version > was && !tick {
			if _, err := d.Decide(c, cmd, &Lead{Grade: "A1"}, now); err == nil {
				t.Fatal("decided twice")
			}
		}
	})
}

// FuzzLog folds any log: no panic, and a report keeps every offer.
func FuzzLog(f *testing.F) {
	s := &story{t: &testing.T{}, desk: desk(f)}
	for _, step := range []string{
		"Mon 2026-01-12 09:00 register by form", "Mon 2026-01-12 09:00 offer by scoring grade A1", "Mon 2026-01-12 09:01 accept by anna",
		"Mon 2026-01-12 09:01 recycle by anna for no_need",
	} {
		s.step(step)
		data, _ := json.Marshal(s.log)
		f.Add(string(data))
	}
	f.Add(`[{"kind":"moved","version":1},{"kind":"offered","version":2},{"kind":"moved","version":3}]`)
	f.Fuzz(func(t *testing.T, text string) {
		var log []handoff.Event
		if json.Unmarshal([]byte(text), &log) != nil {
			t.Skip()
		}
		_, _ = s.desk.Replay(log)
		_ = handoff.Outcomes(log)
		for _, e := range log {
			s.desk.Redact(e)
		}
		report := handoff.NewReport(time.Date(2026, 1, 12, 9, 0, 0, 0, time.UTC))
		report.Add(log)
		if o := report.Result().Offers; o.Made != o.Accepted+o.AutoAccepted+o.Rejected+o.Expired+o.Withdrawn+o.Open {
			t.Fatalf("%+v", o)
		}
	})
}
