package app_test

import (
	"fmt"
	"io"
	"log/slog"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/leadloop/leadloop/examples/crm/app"
	"github.com/leadloop/leadloop/examples/crm/storetest"
)

// TestCount: every answer of the desk is counted, whether a person, the scheduler or an erasure has asked; none of a made-up history.
func TestCount(t *testing.T) {
	storetest.Each(t, func(t *testing.T, address func(*testing.T) string) {
		c := &clock{juneMorning}
		var mutex sync.Mutex
		counts := map[string]int{}
		a, err := app.New(t.Context(), storetest.Open(t, address(t)), app.Options{Now: c.now, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
			Count: func(command string, refused bool) {
				mutex.Lock()
				defer mutex.Unlock()
				counts[fmt.Sprint(command, " ", refused)]++
			}})
		if err != nil {
			t.Fatal(err)
		}
		want := func(step string, want map[string]int) {
			t.Helper()
			if !maps.Equal(counts, want) {
				t.Errorf("%s: %v, want %v", step, counts, want)
			}
			clear(counts)
		}
		ids := offered(t, a, 2)
		want("the scheduler brings leads to sales", map[string]int{"register false": 2, "offer false": 2})

		state := caseOf(t, a, ids[0])
		owner := app.User{ID: state.Owner, Role: app.Sales}
		for range 2 { // the second time the case has changed
			a.Do(t.Context(), owner, ids[0], app.Request{Command: app.Accept, Version: state.Version})
		}
		a.Do(t.Context(), owner, ids[0], app.Request{Command: app.Withdraw}) // which the desk is not asked
		want("a person accepts twice", map[string]int{"accept false": 1, "accept true": 1})

		if err := a.Erase(t.Context(), maria, ids[0]); err != nil {
			t.Fatal(err)
		}
		want("an erasure", map[string]int{"withdraw false": 1})

		next, err := a.Step(t.Context())
		if err != nil || next.IsZero() {
			t.Fatal(next, err)
		}
		clear(counts)
		c.at = next.Add(time.Second)
		if _, err := a.Step(t.Context()); err != nil {
			t.Fatal(err)
		}
		want("a deadline of the other", map[string]int{"tick false": 1})

		b, err := app.New(t.Context(), storetest.Open(t, address(t)), app.Options{Now: c.now, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
			Count: func(string, bool) { t.Error("a made-up decision is counted") }})
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Seed(t.Context(), 5); err != nil {
			t.Fatal(err)
		}
	})
}
