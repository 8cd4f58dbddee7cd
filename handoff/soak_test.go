package handoff_test

import (
	"encoding/json"
	"errors"
	"flag"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/handoff/routing"
)

// host is an application under test conditions: it stores cases as JSON, delivers commands twice, late and in the wrong
// order, and its clock jumps back now and then.
type host struct {
	t      *testing.T
	random *rand.Rand
	desk   *handoff.Desk[Lead]
	now    time.Time
	stored [][]byte // cases as JSON
	logs   [][]handoff.Event
	pool   routing.States
	late   []delivery
	keys   map[string]bool
	kinds  map[error]int
	by     map[routing.StepKind]int
	counts map[handoff.Kind]int
}

type delivery struct {
	lead int
	cmd  handoff.Command
}

// lawful says whether somebody or something cares for the lead: nothing may drop it.
func lawful(c handoff.Case) bool {
	d := c.Deadlines
	pending := !d.Accept.MetUntil.IsZero() || !d.Offer.MetUntil.IsZero() || !d.Wake.IsZero()
	terminal := c.Stage == funnel.Won || c.Stage == funnel.Lost || c.Stage == funnel.Disqualified || c.Withdrawn
	return c.Owner != "" || c.Track != "" || pending || terminal
}

func (h *host) give(lead int, cmd handoff.Command) {
	h.t.Helper()
	var c handoff.Case
	if err := json.Unmarshal(h.stored[lead], &c); err != nil {
		h.t.Fatal(err)
	}
	now := h.now
	if h.random.IntN(20) == 0 {
		now = now.Add(-time.Duration(h.random.Int64N(int64(3 * time.Hour))))
	}
	d, err := h.desk.Decide(c, cmd, &Lead{Grade: []string{"A1", "A1", "C3"}[h.random.IntN(3)]}, now)
	if err != nil {
		if !reflect.DeepEqual(d, handoff.Decision{}) {
			h.t.Fatalf("%T: an error with a decision: %v", cmd, d)
		}
		h.refused(cmd, err)
		return
	}
	was := c
	for _, e := range d.Events {
		if e.Version != c.Version+1 || e.Transition != nil && e.Transition.Version != e.Version {
			h.t.Fatalf("%T: version %d after %d", cmd, e.Version, c.Version)
		}
		if e.Recorded.Before(e.Occurred) {
			h.t.Fatalf("%T: recorded before it occurred: %+v", cmd, e)
		}
		c = handoff.Apply(c, e)
		if again := handoff.Apply(c, e); !reflect.DeepEqual(again, c) {
			h.t.Fatalf("%T: an event applied twice: %s", cmd, cmp.Diff(c, again))
		}
		h.logs[lead] = append(h.logs[lead], e)
		h.counts[e.Kind]++
	}
	if !lawful(c) {
		h.t.Fatalf("%T drops the lead: %+v → %+v", cmd, was, c)
	}
	for _, e := range d.Effects {
		if h.keys[e.Key] {
			h.t.Fatalf("%T: effect key %s twice", cmd, e.Key)
		}
		h.keys[e.Key] = true
	}
	if !d.Next.IsZero() && d.Next.Before(c.Last) {
		h.t.Fatalf("%T: next %v is before %v", cmd, d.Next, c.Last)
	}
	if d.Pools != nil {
		h.pool = d.Pools
	}
	if d.Routing != nil {
		h.by[d.Routing.By]++
	}
	h.turns(cmd, d)
	stored, err := json.Marshal(c)
	if err != nil {
		h.t.Fatal(err)
	}
	h.stored[lead] = stored
	if len(d.Events) > 0 && cmd != (handoff.Tick{}) { // the same once more is known to have been decided
		if _, err := h.desk.Decide(c, cmd, &Lead{Grade: "A1"}, now); !errors.Is(err, handoff.ErrRepeated) {
			h.t.Fatalf("%T again: %v", cmd, err)
		}
	}
}

// turns notes who has a lead otherwise than by an offer, and holds that whoever has one now has had the last turn in each of his pools.
func (h *host) turns(cmd handoff.Command, d handoff.Decision) {
	h.t.Helper()
	pool := "" // in which alone the lead counts that it has given
	if d.Routing != nil {
		pool = d.Routing.Pool
	}
	for _, e := range d.Effects {
		if e.Kind != handoff.Assign {
			continue
		}
		if _, offer := cmd.(handoff.Offer); !offer {
			h.pool = h.desk.Routing().Record(h.pool, routing.Assignment{Member: e.To, At: e.At, Period: h.desk.QuotaBegin(e.At)})
		}
		for _, p := range h.pool {
			last := slices.MaxFunc(p.State.Accounts, func(a, b routing.Account) int { return int(a.Turn - b.Turn) })
			if member := account(h.pool, p.Pool, e.To).Member != ""; member && (pool == "" || pool == p.Pool) && last.Member != e.To {
				h.t.Fatalf("%T: %s has a lead, and %s had a later turn: %+v", cmd, e.To, last.Member, p)
			}
		}
	}
}

func (h *host) refused(cmd handoff.Command, err error) {
	var ours *handoff.Refusal
	var theirs *funnel.Refusal
	switch {
	case errors.As(err, &ours):
		h.kinds[ours.Kind]++
	case errors.As(err, &theirs):
		h.kinds[theirs.Kind]++
	default:
		h.t.Fatalf("%T: an error of no kind: %v", cmd, err)
	}
	if err.Error() == "" {
		h.t.Fatalf("%T: no text", cmd)
	}
}

var reasons = funnel.Standard().Reasons

// reasonWith picks a reason and feedback that fits to it.
func (h *host) reasonWith() (funnel.Reason, funnel.Feedback) {
	r := reasons[h.random.IntN(len(reasons))]
	f := funnel.Feedback{Note: "a note", Fields: map[string]string{}}
	for _, field := range r.Fields {
		switch field.Type {
		case funnel.FieldDate:
			f.Fields[field.Name] = h.now.AddDate(0, h.random.IntN(6), 0).Format(time.DateOnly)
		case funnel.FieldTime:
			f.Fields[field.Name] = h.now.UTC().Format(time.RFC3339)
		case funnel.FieldMoney:
			f.Fields[field.Name] = "100"
		case funnel.FieldList:
			f.Fields[field.Name] = "Phone, Country"
		default:
			f.Fields[field.Name] = "x1"
		}
	}
	return r.Code, f
}

func (h *host) command(c handoff.Case) handoff.Command {
	by := handoff.By{Actor: c.Owner, Version: c.Version}
	switch h.random.IntN(12) {
	case 0:
		by.Actor = "ben"
	case 1:
		by.Actor, by.Because = "mara", "she is ill"
	case 2:
		by.Version += int64(h.random.IntN(3) - 1)
	}
	if by.Actor == "" {
		by.Actor = "system"
	}
	if h.random.IntN(8) == 0 && !c.Last.IsZero() {
		by.Occurred = c.Last.Add(time.Duration(h.random.Int64N(int64(48*time.Hour))) - 12*time.Hour)
	}
	reason, f := h.reasonWith()
	switch h.random.IntN(24) {
	case 0, 1, 2, 3, 4, 5:
		offer := handoff.Offer{By: by, Pools: h.pool}
		offer.Packet.Grade = "A1"
		offer.Packet.Hits = []string{"fit/size"}
		if h.random.IntN(2) == 0 {
			offer.Activity = handoff.Activity{At: h.now.Add(-time.Hour), HighIntent: h.random.IntN(2) == 0}
			offer.Filled = []string{"Country", "Phone"}
		}
		if h.random.IntN(6) == 0 {
			offer.Absences = []routing.Absence{{Member: "anna"}, {Member: "ben"}, {Member: "cleo"}}
		}
		switch h.random.IntN(12) {
		case 0, 1:
			offer.AccountOwner = "cleo"
		case 2:
			offer.Existing = routing.Existing{Kind: routing.Duplicate, ID: "lead-0", Owner: "dora"}
		case 3:
			offer.Suppression = routing.Competitor
		}
		return offer
	case 6, 7, 8, 9:
		return handoff.Accept{By: by}
	case 10, 11:
		return handoff.Reject{By: by, Reason: reason, Feedback: f}
	case 12, 13:
		return handoff.Attempt{By: by, Reached: true}
	case 14, 15:
		return handoff.Qualify{By: by}
	case 16:
		return handoff.Open{By: by}
	case 17:
		return handoff.Win{By: by, Revenue: h.random.Int64N(1000) - 10}
	case 18:
		return handoff.Lose{By: by, Reason: reason, Feedback: f}
	case 19, 20:
		return handoff.Recycle{By: by, Reason: reason, Feedback: f}
	case 21:
		return handoff.Disqualify{By: by, Reason: reason, Feedback: f}
	case 22:
		return handoff.Reopen{By: handoff.By{Actor: "mara", Version: by.Version, Because: "asked again"}}
	default:
		if h.random.IntN(3) > 0 {
			return handoff.Tick{}
		}
		return handoff.Withdraw{By: by, Reason: reason, Feedback: f}
	}
}

var soak = flag.Int("soak", 20_000, "how many random commands TestSoak gives")

// TestSoak gives random commands to many cases, as a bad network and a bad host would, and holds the laws of the desk
// against every decision.
func TestSoak(t *testing.T) {
	steps := *soak
	if testing.Short() {
		steps = 3_000
	}
	leads := 25 + steps/160
	h := &host{
		t: t, random: rand.New(rand.NewPCG(1, 7)), desk: soakDesk(t), now: at(t, "2026-01-05 08:00"),
		stored: make([][]byte, leads), logs: make([][]handoff.Event, leads),
		keys: map[string]bool{}, kinds: map[error]int{}, counts: map[handoff.Kind]int{}, by: map[routing.StepKind]int{},
	}
	for i := range leads {
		h.stored[i] = []byte("{}")
		h.give(i, handoff.Register{By: handoff.By{Actor: "form"}, ID: "lead-" + strconv.Itoa(i)})
	}
	for range steps {
		h.now = h.now.Add(time.Duration(h.random.Int64N(int64(30 * time.Minute))))
		lead := h.random.IntN(leads)
		var c handoff.Case
		if err := json.Unmarshal(h.stored[lead], &c); err != nil {
			t.Fatal(err)
		}
		cmd := h.command(c)
		if h.random.IntN(10) == 0 { // held up on the way
			h.late = append(h.late, delivery{lead, cmd})
		} else {
			h.give(lead, cmd)
		}
		if len(h.late) > 0 && h.random.IntN(10) == 0 {
			i := h.random.IntN(len(h.late))
			h.give(h.late[i].lead, h.late[i].cmd)
			if h.random.IntN(3) > 0 { // else it will come again
				h.late = slices.Delete(h.late, i, i+1)
			}
		}
	}
	for kind, n := range h.counts {
		t.Log(kind, n)
	}
	for _, kind := range []handoff.Kind{
		handoff.Registered, handoff.Moved, handoff.Offered, handoff.Warned, handoff.Expired, handoff.Accepted,
		handoff.AutoAccepted, handoff.Rejected, handoff.Attempted, handoff.TouchMissed, handoff.FeedbackMissed,
		handoff.Withdrawn, handoff.Woken, handoff.Escalated, handoff.AttemptsMissed,
	} {
		if h.counts[kind] == 0 {
			t.Errorf("the soak never came to %s", kind)
		}
	}
	for _, kind := range []routing.StepKind{routing.ByExisting, routing.ByAccountOwner, routing.ByPool, routing.ByFallback} {
		if h.by[kind] == 0 {
			t.Errorf("no lead was routed by %s", kind)
		}
	}
	if h.kinds[handoff.ErrSuppressed] == 0 {
		t.Error("no lead was suppressed")
	}
	h.replayed()
	h.conserved()
}

// replayed checks that every log gives its case.
func (h *host) replayed() {
	for i, log := range h.logs {
		var want handoff.Case
		if err := json.Unmarshal(h.stored[i], &want); err != nil {
			h.t.Fatal(err)
		}
		got, err := h.desk.Replay(log)
		if err != nil {
			h.t.Fatalf("lead %d: %v", i, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			h.t.Fatalf("lead %d: %s", i, diff)
		}
	}
}

// conserved checks the report at several instants: no offer is lost, and parts merge to the whole in any order.
func (h *host) conserved() {
	for _, asOf := range []time.Time{h.now, h.now.AddDate(0, 0, -7), h.now.AddDate(0, -3, 0), at(h.t, "2026-01-06 12:00"), at(h.t, "2020-01-01 00:00")} {
		whole, left, right := handoff.NewReport(asOf), handoff.NewReport(asOf), handoff.NewReport(asOf)
		var made, accepted, open int64
		for _, log := range h.logs {
			whole.Add(log)
			if h.random.IntN(2) == 0 {
				left.Add(log)
			} else {
				right.Add(log)
			}
			seen := slices.DeleteFunc(slices.Clone(log), func(e handoff.Event) bool { return e.Occurred.After(asOf) })
			c, status := handoff.Case{}, handoff.StatusNone
			for _, e := range seen {
				was := c
				c = handoff.Apply(c, e)
				if c.Offers > was.Offers || c.Round > was.Round && c.Offers > 0 {
					made++
				}
				if c.Status != was.Status && (c.Status == handoff.StatusAccepted) {
					accepted++
				}
				status = c.Status
			}
			if status == handoff.StatusOpen {
				open++
			}
		}
		result := whole.Result()
		o := result.Offers
		if o.Made != o.Accepted+o.AutoAccepted+o.Rejected+o.Expired+o.Withdrawn+o.Open {
			h.t.Errorf("as of %v offers are not conserved: %+v", asOf, o)
		}
		if o.Made != made || o.Accepted != accepted || o.Open != open {
			h.t.Errorf("as of %v: %+v, want made %d, accepted %d, open %d", asOf, o, made, accepted, open)
		}
		var rejections int64
		for _, r := range result.Rejections {
			rejections += r.Count
		}
		if rejections != o.Rejected {
			h.t.Errorf("as of %v: %d rejections with reason of %d", asOf, rejections, o.Rejected)
		}
		if err := right.Merge(left); err != nil {
			h.t.Fatal(err)
		}
		if err := right.Merge(handoff.NewReport(asOf)); err != nil {
			h.t.Fatal(err)
		}
		if diff := cmp.Diff(result, right.Result()); diff != "" {
			h.t.Errorf("as of %v the parts differ from the whole: %s", asOf, diff)
		}
	}
}
