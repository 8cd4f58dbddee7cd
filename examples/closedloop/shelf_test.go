package main

import (
	"reflect"
	"testing"
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/handoff/worktime"
)

// filled gives every field of a value something that is not zero, so that a field the shelf forgets shows.
func filled(v reflect.Value, n *int) {
	*n++
	switch v.Kind() {
	case reflect.String:
		v.SetString("text " + time.Unix(int64(*n), 0).UTC().Format(time.TimeOnly))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64, reflect.Int32, reflect.Int16, reflect.Int8:
		v.SetInt(int64(*n%100 - 50))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		filled(v.Elem(), n)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			filled(v.Index(i), n)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range 2 {
			key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			filled(key, n)
			filled(value, n)
			v.SetMapIndex(key, value)
		}
	case reflect.Struct:
		if v.Type() == timeType {
			v.Set(reflect.ValueOf(time.Unix(int64(*n)*1_000_003, int64(*n)).UTC()))
			return
		}
		for i := range v.NumField() {
			filled(v.Field(i), n)
		}
	default:
		panic("a " + v.Type().String())
	}
}

// TestShelf: what is taken off the shelf is what was put on it.
func TestShelf(t *testing.T) {
	n := 0
	whole := handoff.Event{}
	filled(reflect.ValueOf(&whole).Elem(), &n)
	log := []handoff.Event{
		{}, whole, {Missing: []string{}, Feedback: funnel.Feedback{Fields: map[string]string{}}}, {Occurred: time.Date(1969, 1, 1, 0, 0, 0, 1, time.UTC)},
		{Deadlines: handoff.Deadlines{Accept: worktime.Deadline{Due: yearStart}}, Version: -1}, {Missing: []string{"", "a", ""}}, whole,
	}
	var s shelf
	var packed []byte
	for i := range log {
		packed = s.pack(packed, &log[i])
		if log[i].ID = "the lead"; log[i].Transition != nil {
			tr := *log[i].Transition
			tr.ID, log[i].Transition = "the lead", &tr
		}
	}
	got, err := s.unpack(nil, "the lead", packed)
	if err != nil || !reflect.DeepEqual(got, log) {
		t.Errorf("%v\n got %+v\nwant %+v", err, got, log)
	}
	for i := range packed { // whatever is cut off or changed, nothing panics
		if again, err := s.unpack(nil, "the lead", packed[:i]); err == nil && len(again) == len(log) {
			t.Errorf("%d bytes of %d give the whole log", i, len(packed))
		}
	}
}

// TestShelfOfYear: all logs of a year come back as they were written.
func TestShelfOfYear(t *testing.T) {
	h, err := newHost(3, 500, nil)
	if err != nil {
		t.Fatal(err)
	}
	events := 0
	replay := h.store.replay
	h.store.replay = func(log []handoff.Event) (handoff.Case, error) {
		var s shelf
		var packed []byte
		for i := range log {
			packed = s.pack(packed, &log[i])
		}
		events += len(log)
		if again, err := s.unpack(nil, log[0].ID, packed); err != nil || !reflect.DeepEqual(again, log) {
			t.Errorf("%v: %+v", err, again)
		}
		return replay(log)
	}
	if err := h.run(); err != nil {
		t.Fatal(err)
	}
	if events < 500 {
		t.Errorf("only %d events", events)
	}
}

// FuzzShelf: bytes that nobody has packed are refused or give some log; they never panic.
func FuzzShelf(f *testing.F) {
	n := 0
	e := handoff.Event{}
	filled(reflect.ValueOf(&e).Elem(), &n)
	var s shelf
	f.Add(s.pack(nil, &e))
	f.Add([]byte{})
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, packed []byte) {
		log, err := s.unpack(nil, "", packed)
		if err != nil && log != nil {
			t.Errorf("%d events beside the error %v", len(log), err)
		}
	})
}
