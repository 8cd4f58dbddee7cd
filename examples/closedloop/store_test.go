package main

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/handoff"
)

// TestStore: events of a decision for another version are not taken, and a log survives the shelf as it was.
func TestStore(t *testing.T) {
	h, err := newHost(1, 10, nil)
	if err != nil {
		t.Fatal(err)
	}
	r := &record{}
	d, err := h.desk.Decide(r.state, handoff.Register{By: handoff.By{Actor: "marketing"}, ID: "L1"}, &Lead{}, yearStart)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.store.append(r, &d); err != nil || r.state.Version != 1 {
		t.Fatalf("version %d: %v", r.state.Version, err)
	}
	before := r.state
	if err := h.store.append(r, &d); err == nil || !strings.Contains(err.Error(), "decide again") || !reflect.DeepEqual(r.state, before) {
		t.Errorf("a decision for a version that is past was stored: %v", err)
	}
	if again, err := h.store.whole(r); err != nil || !reflect.DeepEqual(again, d.Events) {
		t.Errorf("the shelf gives %+v (%v), not %+v", again, err, d.Events)
	}
	h.store.records[0] = r
	r.state.Owner = "somebody"
	if _, err := h.store.close(0, r); err == nil || !strings.Contains(err.Error(), "another case") {
		t.Errorf("a case that its log does not give was closed: %v", err)
	}
	r.log = r.log[:3]
	if _, err := h.store.close(0, r); err == nil || !strings.Contains(err.Error(), "cannot be read") {
		t.Errorf("a log that cannot be read was closed: %v", err)
	}
}

// TestLastInstant: what a person does at the very instant of a deadline is in time, as the desk has it. Whoever asked the
// desk first whether the deadline has passed would be told that it has.
func TestLastInstant(t *testing.T) {
	h, err := newHost(1, 10, nil)
	if err != nil {
		t.Fatal(err)
	}
	now := yearStart.AddDate(0, 0, 7).Add(9 * time.Hour)
	r := &record{}
	view := Lead{ID: "L1", Source: "marketing", Grade: "A1"}
	for _, c := range []handoff.Command{
		handoff.Register{By: handoff.By{Actor: "marketing"}, ID: "L1"},
		handoff.Offer{By: handoff.By{Actor: "marketing", Version: 1}, Packet: handoff.Packet{Rating: handoff.Rating{Grade: "A1"}},
			Activity: handoff.Activity{At: now, Kind: "demo_request", HighIntent: true}},
	} {
		d, err := h.desk.Decide(r.state, c, &view, now)
		if err != nil {
			t.Fatal(err)
		}
		if err := h.store.append(r, &d); err != nil {
			t.Fatal(err)
		}
	}
	last := r.state.Deadlines.Accept.MetUntil
	h.store.records[0] = r
	r.tick, r.look = 1, look{}
	r.plan = lookStep
	h.diary.write(&h.leads[0].acts, []act{{kind: demo}})
	h.leads[0].next = 1
	h.agenda.add(entry{at: second(last), lead: 0, stamp: r.tick, task: tickTask})
	h.agenda.add(entry{at: second(last), lead: 0, stamp: r.stamp, task: personTask})
	for range 2 {
		if err := h.do(h.agenda.next()); err != nil {
			t.Fatal(err)
		}
	}
	if r.state.Status != handoff.StatusAccepted {
		t.Errorf("accepted at the last instant, the offer is %s", r.state.Status)
	}
}
