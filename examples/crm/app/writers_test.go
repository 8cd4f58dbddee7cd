package app_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/leadloop/leadloop/examples/crm/app"
	"github.com/leadloop/leadloop/examples/crm/store"
	"github.com/leadloop/leadloop/examples/crm/storetest"
	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
)

// open is the application over a database, by a clock of the test's.
func open(t *testing.T, address string, now func() time.Time) *app.App {
	t.Helper()
	a, err := app.New(t.Context(), storetest.Open(t, address), app.Options{Now: now, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// hot are the messages of a lead that sales wants to have.
func hot(number int) []app.Message {
	user := fmt.Sprintf("user-%d", number)
	return []app.Message{
		{ID: user + "/who", User: user, Channel: "webinar", Fields: map[string]string{
			"name": "Hot Lead", "email": fmt.Sprintf("hot%d@firm.example", number), "company": "Firm", "industry": "software", "employees": "300", "country": "DE",
			"seniority": "director", "phone": "1"}},
		{ID: user + "/demo", User: user, Kind: "demo_request"}, {ID: user + "/trial", User: user, Kind: "trial"},
	}
}

// offered brings hot leads to the desk and returns their ids, in order.
func offered(t *testing.T, a *app.App, leads int) []string {
	t.Helper()
	for i := range leads {
		if _, err := a.Ingest(t.Context(), hot(i)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := a.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	var list []store.Identity
	for i := range leads {
		list = append(list, store.Identity{Kind: "user", Value: fmt.Sprintf("user-%d", i)})
	}
	found, err := a.Store().Identities(t.Context(), list)
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]string, leads)
	for i, name := range list {
		ids[i] = found[name]
	}
	return ids
}

// caseOf loads a case.
func caseOf(t *testing.T, a *app.App, lead string) handoff.Case {
	t.Helper()
	c, err := a.Store().Case(t.Context(), lead)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// replayed holds a lead's log against its case, by a desk that is compiled anew from the documents.
func replayed(t *testing.T, a *app.App, lead string) []handoff.Event {
	t.Helper()
	log, err := a.Store().Log(t.Context(), lead)
	if err != nil {
		t.Fatal(err)
	}
	c, err := deskOf(t, a).Replay(log)
	if err != nil {
		t.Errorf("lead %s: %v", lead, err)
	}
	if stored := caseOf(t, a, lead); !reflect.DeepEqual(c, stored) {
		t.Errorf("lead %s: the log gives\n%+v, stored is\n%+v", lead, c, stored)
	}
	return log
}

func deskOf(t *testing.T, a *app.App) *handoff.Desk[app.View] {
	t.Helper()
	documents, err := a.Documents(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var agreement handoff.Agreement
	for _, d := range documents {
		if d.Kind == app.AgreementDocument && d.Active {
			if agreement, err = handoff.Parse([]byte(d.Body)); err != nil {
				t.Fatal(err)
			}
		}
	}
	policy, err := funnel.Compile[app.View](funnel.Standard())
	if err != nil {
		t.Fatal(err)
	}
	desk, err := handoff.Compile(agreement, policy, time.LoadLocation)
	if err != nil {
		t.Fatal(err)
	}
	return desk
}

// TestWriters: 8 writers give 4,000 commands to 10 leads at once. Each command is told apart by when it occurred: every one is in the log,
// and none is in it twice.
func TestWriters(t *testing.T) {
	const writers, each, leads = 8, 500, 10
	storetest.Each(t, func(t *testing.T, address func(*testing.T) string) {
		at := address(t)
		c := &clock{juneMorning}
		a := open(t, at, c.now)
		ids := offered(t, a, leads)
		for _, id := range ids {
			state := caseOf(t, a, id)
			if err := a.Do(t.Context(), app.User{ID: state.Owner, Role: app.Sales}, id, app.Request{Command: app.Accept, Version: state.Version}); err != nil {
				t.Fatal(err)
			}
		}
		c.at = c.at.Add(time.Minute) // in which all attempts happen
		apps := []*app.App{a, open(t, at, c.now)}
		var group sync.WaitGroup
		var conflicts atomic.Int64
		given := make([]map[string]map[time.Time]bool, writers)
		for w := range writers {
			given[w] = map[string]map[time.Time]bool{}
			group.Go(func() {
				random := rand.New(rand.NewPCG(1, uint64(w)))
				for n := range each {
					id := ids[random.IntN(leads)]
					occurred := juneMorning.Add(time.Duration(1+w*each+n) * time.Millisecond)
					if given[w][id] == nil {
						given[w][id] = map[time.Time]bool{}
					}
					given[w][id][occurred] = true
					for { // as a person would: look, send, and look again if somebody was faster
						state, err := apps[w%2].Store().Case(context.Background(), id)
						if err != nil {
							t.Error(err)
							return
						}
						err = apps[w%2].Do(context.Background(), app.User{ID: state.Owner, Role: app.Sales}, id, app.Request{Command: app.Attempt, Version: state.Version, At: occurred})
						if errors.Is(err, handoff.ErrRepeated) {
							conflicts.Add(1)
							continue
						}
						if err != nil {
							t.Error(err)
							return
						}
						break
					}
				}
			})
		}
		group.Wait()
		total := 0
		for _, id := range ids {
			want, got := map[time.Time]bool{}, map[time.Time]bool{}
			for w := range writers {
				maps.Copy(want, given[w][id])
			}
			for _, e := range replayed(t, a, id) {
				if e.Kind != handoff.Attempted {
					continue
				}
				total++
				if got[e.Occurred] {
					t.Errorf("lead %s: the command of %v was applied twice", id, e.Occurred)
				}
				got[e.Occurred] = true
			}
			if !maps.Equal(got, want) {
				t.Errorf("lead %s: %d commands given, %d in the log", id, len(want), len(got))
			}
		}
		if total != writers*each {
			t.Errorf("%d commands in the logs, %d were given", total, writers*each)
		}
		if conflicts.Load() == 0 {
			t.Error("the writers never met: the test shows nothing")
		}
		t.Logf("%d times somebody was faster", conflicts.Load())
	})
}

// TestSchedulers: two processes with two workers each see to the same timers. Every lead is registered once and offered once, and the pools'
// shares are kept to the lead.
func TestSchedulers(t *testing.T) {
	const leads = 60
	storetest.Each(t, func(t *testing.T, address func(*testing.T) string) {
		at := address(t)
		c := &clock{juneMorning}
		a := open(t, at, c.now)
		for i := range leads {
			if _, err := a.Ingest(t.Context(), hot(i)); err != nil {
				t.Fatal(err)
			}
		}
		b := open(t, at, c.now)
		var group sync.WaitGroup
		for _, worker := range []*app.App{a, b, a, b} {
			group.Go(func() {
				if _, err := worker.Step(context.Background()); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		owners := map[string]int{}
		for _, id := range offered(t, a, leads) {
			kinds := map[handoff.Kind]int{}
			for _, e := range replayed(t, a, id) {
				kinds[e.Kind]++
			}
			if kinds[handoff.Registered] != 1 || kinds[handoff.Offered] != 1 {
				t.Errorf("lead %s: %v", id, kinds)
			}
			owners[caseOf(t, a, id).Owner]++
		}
		if want := map[string]int{"anna": 18, "ben": 18, "clara": 12, "david": 12}; !maps.Equal(owners, want) { // weights 3, 3, 2, 2
			t.Errorf("owners %v, by their weights it is %v", owners, want)
		}
	})
}

// TestDeadlines: what falls due is done at its time, by a scheduler that sleeps in between.
func TestDeadlines(t *testing.T) {
	c := &clock{juneMorning}
	a := open(t, storetest.SQLite(t), c.now)
	id := offered(t, a, 1)[0]
	first := caseOf(t, a, id).Owner
	for range 30 {
		next, err := a.Step(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if next.IsZero() || caseOf(t, a, id).Stage != funnel.MQL {
			break
		}
		if !next.After(c.at) {
			t.Fatalf("the next timer is due at %v, which has passed at %v", next, c.at)
		}
		c.at = next
	}
	var kinds []handoff.Kind
	var owners []string
	for _, e := range replayed(t, a, id) {
		kinds = append(kinds, e.Kind)
		if e.Kind == handoff.Offered || e.Kind == handoff.AutoAccepted {
			owners = append(owners, e.Owner)
		}
	}
	want := []handoff.Kind{handoff.Registered, handoff.Moved, handoff.Offered, handoff.Warned, handoff.Expired, handoff.Offered, handoff.Warned, handoff.AutoAccepted}
	if !slices.Equal(kinds, want) {
		t.Errorf("events %v\nwant   %v", kinds, want)
	}
	if len(owners) != 3 || owners[0] != first || owners[1] == first || owners[2] != "maria" {
		t.Errorf("owners %v", owners)
	}
}
