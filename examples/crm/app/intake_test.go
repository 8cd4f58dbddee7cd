package app_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/leadloop/leadloop/examples/crm/app"
	"github.com/leadloop/leadloop/examples/crm/store"
	"github.com/leadloop/leadloop/examples/crm/storetest"
)

// leadBehind finds the lead behind an identity.
func leadBehind(t *testing.T, a *app.App, kind, value string) string {
	t.Helper()
	found, err := a.Store().Identities(t.Context(), []store.Identity{{Kind: kind, Value: value}})
	if err != nil {
		t.Fatal(err)
	}
	return found[store.Identity{Kind: kind, Value: value}]
}

func TestIngestTwice(t *testing.T) {
	storetest.Each(t, func(t *testing.T, address func(*testing.T) string) {
		c := &clock{juneMorning}
		a := open(t, address(t), c.now)
		batch := append(hot(1), hot(1)[0], hot(2)[0])
		first, err := a.Ingest(t.Context(), batch)
		if err != nil {
			t.Fatal(err)
		}
		if want := (app.Ingested{Messages: 5, Known: 1, Activities: 4, Leads: 2}); first != want {
			t.Errorf("first: %+v, want %+v", first, want)
		}
		again, err := a.Ingest(t.Context(), batch)
		if err != nil {
			t.Fatal(err)
		}
		if want := (app.Ingested{Messages: 5, Known: 5}); again != want {
			t.Errorf("again: %+v, want %+v", again, want)
		}
		lead, err := a.Store().Lead(t.Context(), leadBehind(t, a, "user", "user-1"))
		if err != nil {
			t.Fatal(err)
		}
		if lead.Activities != 3 || lead.Channel != "webinar" || lead.Label != "Hot Lead, Firm" {
			t.Errorf("lead %+v", lead)
		}
	})
}

// TestIngestAtOnce: the same new leads come from many senders at the same time.
func TestIngestAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, address func(*testing.T) string) {
		at := address(t)
		c := &clock{juneMorning}
		apps := []*app.App{open(t, at, c.now), open(t, at, c.now)}
		var group sync.WaitGroup
		var mutex sync.Mutex
		var sum app.Ingested
		for w := range 8 {
			group.Go(func() {
				for round := range 10 {
					batch := append(hot(round), hot(round+1)...)
					batch = append(batch, app.Message{ID: fmt.Sprintf("own %d %d", w, round), User: fmt.Sprintf("user-%d", round), Kind: "visit"})
					out, err := apps[w%2].Ingest(context.Background(), batch)
					if err != nil {
						t.Error(err)
						return
					}
					mutex.Lock()
					sum.Activities += out.Activities
					sum.Leads += out.Leads
					mutex.Unlock()
				}
			})
		}
		group.Wait()
		if want := (app.Ingested{Activities: 11*3 + 80, Leads: 11}); sum != want {
			t.Errorf("stored %+v, want %+v", sum, want)
		}
		counted := int64(0)
		for i := range 11 {
			lead, err := apps[0].Store().Lead(t.Context(), leadBehind(t, apps[0], "user", fmt.Sprintf("user-%d", i)))
			if err != nil {
				t.Fatal(err)
			}
			activities, err := apps[0].Store().Activities(t.Context(), lead.ID, time.Time{}, 0)
			if err != nil {
				t.Fatal(err)
			}
			if int64(len(activities)) != lead.Activities {
				t.Errorf("user-%d: %d activities, the lead says %d", i, len(activities), lead.Activities)
			}
			counted += lead.Activities
		}
		if counted != int64(sum.Activities) {
			t.Errorf("%d activities, %d were stored", counted, sum.Activities)
		}
	})
}

// TestVisitor: what a visitor did before it told who it is, is the lead's; but not what somebody else did at the same machine.
func TestVisitor(t *testing.T) {
	c := &clock{juneMorning}
	a := open(t, storetest.SQLite(t), c.now)
	take := func(messages ...app.Message) {
		t.Helper()
		if _, err := a.Ingest(t.Context(), messages); err != nil {
			t.Fatal(err)
		}
	}
	take(app.Message{ID: "1", Anonymous: "v", Kind: "ad_click", Channel: "paid search", At: juneMorning.Add(-48 * time.Hour)})
	take(app.Message{ID: "2", User: "u", Fields: map[string]string{"email": " A@Firm.example", "name": "A"}})
	take(app.Message{ID: "3", User: "u", Anonymous: "v", Kind: "visit"})
	id := leadBehind(t, a, "user", "u")
	if leadBehind(t, a, "anonymous", "v") != id || leadBehind(t, a, "email", "a@firm.example") != id {
		t.Error("the visitor is not the lead")
	}
	lead, err := a.Store().Lead(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if lead.Activities != 3 || lead.Channel != "paid search" || lead.Fields["email"] != "a@firm.example" {
		t.Errorf("lead %+v", lead)
	}
	if n, err := a.Store().CountLeads(t.Context()); n != 1 || err != nil {
		t.Errorf("%d leads, %v", n, err)
	}
	take(app.Message{ID: "4", User: "other", Anonymous: "v", Kind: "visit"})
	if other := leadBehind(t, a, "user", "other"); other == id || other == "" {
		t.Errorf("somebody else at the same machine is %q, the first was %q", other, id)
	}
	// In one batch, and known by the address from then on.
	take(app.Message{ID: "5", Anonymous: "w", Kind: "visit"}, app.Message{ID: "6", Anonymous: "w", User: "b", Fields: map[string]string{"email": "b@firm.example"}},
		app.Message{ID: "7", User: "import", Fields: map[string]string{"email": "B@firm.example", "phone": "1"}})
	if b := leadBehind(t, a, "user", "b"); leadBehind(t, a, "anonymous", "w") != b || leadBehind(t, a, "user", "import") != b {
		t.Error("b is several leads")
	}
}

func TestIngestRefuses(t *testing.T) {
	a := open(t, storetest.SQLite(t), (&clock{juneMorning}).now)
	good := app.Message{ID: "1", User: "u"}
	for _, test := range []struct {
		field  string
		change func(*app.Message)
	}{
		{"messageId", func(m *app.Message) { m.ID = "" }},
		{"messageId", func(m *app.Message) { m.ID = strings.Repeat("x", 201) }},
		{"userId", func(m *app.Message) { m.User = "" }},
		{"userId", func(m *app.Message) { m.User = "a\x00b" }},
		{"anonymousId", func(m *app.Message) { m.Anonymous = "\xff" }},
		{"event", func(m *app.Message) { m.Kind = "a\nb" }},
		{"channel", func(m *app.Message) { m.Channel = "a\uffffb" }},
		{"cost", func(m *app.Message) { m.Cost = -1 }},
		{"timestamp", func(m *app.Message) { m.At = time.Date(1, 2, 3, 0, 0, 0, 0, time.UTC) }},
		{"fields.employees", func(m *app.Message) { m.Fields = map[string]string{"employees": "many"} }},
		{"fields.email", func(m *app.Message) { m.Fields = map[string]string{"email": "nobody"} }},
		{"fields.shoe", func(m *app.Message) { m.Fields = map[string]string{"shoe": "42"} }},
	} {
		bad := good
		test.change(&bad)
		_, err := a.Ingest(t.Context(), []app.Message{{ID: "0", User: "x"}, bad})
		var refused *app.FieldError
		if !errors.As(err, &refused) || refused.Index != 1 || refused.Field != test.field {
			t.Errorf("%s: %v", test.field, err)
		}
	}
	if n, err := a.Store().CountLeads(t.Context()); n != 0 || err != nil {
		t.Errorf("a refused batch left %d leads, %v", n, err)
	}
	if _, err := a.Ingest(t.Context(), make([]app.Message, app.MaxBatch+1)); err == nil {
		t.Error("a batch that is too large was taken")
	}
}

// TestInjection: texts that would mean something to a database come back as they were.
func TestInjection(t *testing.T) {
	storetest.Each(t, func(t *testing.T, address func(*testing.T) string) {
		a := open(t, address(t), (&clock{juneMorning}).now)
		evil := `'; DROP TABLE leads; -- <script>alert("1")</script> \ % _ ? $1`
		if _, err := a.Ingest(t.Context(), []app.Message{{
			ID: evil, User: evil, Anonymous: evil + "2", Kind: evil, Channel: evil, Campaign: evil, Detail: evil,
			Fields: map[string]string{"name": evil, "company": "100%", "title": evil, "email": "x@y.example"},
		}}); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Step(t.Context()); err != nil {
			t.Fatal(err)
		}
		p, err := a.Lead(t.Context(), app.User{ID: "max", Role: app.Marketing}, leadBehind(t, a, "user", evil))
		if err != nil {
			t.Fatal(err)
		}
		if p.Fields[0].Value != evil || p.Journey[0].Detail != evil || p.Journey[0].Kind != evil || p.Channel != evil {
			t.Errorf("page %+v", p)
		}
		for text, want := range map[string]int{"100%": 1, "100_": 0, "%": 1, evil: 1, "'": 1, "!": 0} {
			rows, err := a.Search(t.Context(), app.User{}, text)
			if err != nil || len(rows) != want {
				t.Errorf("search %q: %d rows, want %d, %v", text, len(rows), want, err)
			}
		}
	})
}

// TestManyChannels: whoever makes up channels can't make the report too large. The first ones are told apart, all others have one name.
func TestManyChannels(t *testing.T) {
	storetest.Each(t, func(t *testing.T, address func(*testing.T) string) {
		c := &clock{juneMorning}
		a := open(t, address(t), c.now)
		var batch []app.Message
		for i := range 1000 {
			batch = append(batch, app.Message{ID: fmt.Sprintf("m%d", i), User: "user-1", Kind: "visit", Channel: fmt.Sprintf("made up %d", i)})
		}
		for part := range slices.Chunk(batch, 300) {
			if _, err := a.Ingest(t.Context(), part); err != nil {
				t.Fatal(err)
			}
		}
		known, err := a.Store().Channels(t.Context())
		if err != nil || len(known) != 200 || !known["made up 199"] || known["made up 200"] {
			t.Errorf("%d channels are told apart (%v)", len(known), err)
		}
		counts := map[string]int{}
		list, err := a.Store().Activities(t.Context(), leadBehind(t, a, "user", "user-1"), time.Time{}, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, activity := range list {
			counts[activity.Channel]++
		}
		if counts["other"] != 800 || counts["made up 0"] != 1 {
			t.Errorf("%d under one name, %d under the first", counts["other"], counts["made up 0"])
		}
	})
}
