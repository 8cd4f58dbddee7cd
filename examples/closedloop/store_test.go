package main

import (
	"reflect"
	"strings"
	"testing"

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
	log := append([]handoff.Event(nil), r.log...)
	if err := h.store.shelve(r); err != nil || len(r.log) != 0 {
		t.Fatal(err)
	}
	if again, err := r.whole(); err != nil || !reflect.DeepEqual(again, log) {
		t.Errorf("the shelf gives %+v (%v), not %+v", again, err, log)
	}
	h.store.records[0] = r
	r.state.Owner = "somebody"
	if _, err := h.store.close(0, r); err == nil || !strings.Contains(err.Error(), "another case") {
		t.Errorf("a case that its log does not give was closed: %v", err)
	}
	r.shelf[0] = r.shelf[0][:3]
	if _, err := h.store.close(0, r); err == nil || !strings.Contains(err.Error(), "cannot be read") {
		t.Errorf("a log that cannot be read was closed: %v", err)
	}
}
