package app_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/examples/crm/app"
	"github.com/leadloop/leadloop/examples/crm/store"
	"github.com/leadloop/leadloop/examples/crm/storetest"
	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/scoring"
)

// document is the one that decides now.
func document(t *testing.T, a *app.App, kind string) string {
	t.Helper()
	list, err := a.Documents(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range list {
		if d.Kind == kind && d.Active {
			return d.Body
		}
	}
	t.Fatal("there is no", kind)
	return ""
}

// TestAdopt: a new version decides from now on, in every process, and each event names the version that it was decided under.
func TestAdopt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, address func(*testing.T) string) {
		at := address(t)
		c := &clock{juneMorning}
		a, b := open(t, at, c.now), open(t, at, c.now)
		ids := offered(t, a, 2)
		old := document(t, a, app.AgreementDocument)
		body := strings.Replace(strings.Replace(old, `"version": 1,`, `"version": 2,`, 1), `"feedback": "72h`, `"feedback": "48h`, 1)
		if body == old {
			t.Fatal("nothing was replaced")
		}
		d, err := a.Adopt(t.Context(), maria, app.AgreementDocument, body, "shorter")
		if err != nil || d.Version != 2 || !d.Active {
			t.Fatal(d, err)
		}
		for i, process := range []*app.App{b, a} {
			state := caseOf(t, a, ids[i])
			if err := process.Do(t.Context(), app.User{ID: state.Owner, Role: app.Sales}, ids[i], app.Request{Command: app.Accept, Version: state.Version}); err != nil {
				t.Fatal(err)
			}
			log, err := a.Store().Log(t.Context(), ids[i])
			if err != nil {
				t.Fatal(err)
			}
			if first, last := log[0], log[len(log)-1]; first.AgreementVersion != 1 || last.AgreementVersion != 2 || last.Kind != handoff.Accepted {
				t.Errorf("decided under versions %d and %d", first.AgreementVersion, last.AgreementVersion)
			}
		}
		list, err := a.Documents(t.Context())
		if err != nil || len(list) != 4 || list[0].Version != 2 || list[1].Version != 1 || list[1].Active || list[0].Author != "maria" || list[0].Note != "shorter" {
			t.Errorf("documents %+v, %v", list, err)
		}
		audit, err := a.Store().AuditLog(t.Context(), 10)
		if err != nil || len(audit) != 1 || audit[0].Action != "adopt agreement" || audit[0].Target != "2" {
			t.Errorf("audit %+v, %v", audit, err)
		}
	})
}

func TestAdoptRefuses(t *testing.T) {
	a := open(t, storetest.SQLite(t), (&clock{juneMorning}).now)
	model := document(t, a, app.ModelDocument)
	for name, test := range map[string]struct {
		by         app.User
		kind, body string
		want       error
		text       string
	}{
		"by marketing":     {marketer, app.ModelDocument, strings.Replace(model, `"version": 1`, `"version": 2`, 1), app.ErrForbidden, "role"},
		"unknown kind":     {maria, "poem", "{}", app.ErrDocument, "poem"},
		"no JSON":          {maria, app.ModelDocument, "hello", app.ErrDocument, "model: "},
		"same version":     {maria, app.ModelDocument, model, app.ErrDocument, "above 1"},
		"unknown field":    {maria, app.ModelDocument, strings.Replace(model, "Employees >= 50", "Employes >= 50", 1), app.ErrDocument, `did you mean "Employees"`},
		"another's policy": {maria, app.AgreementDocument, strings.Replace(document(t, a, app.AgreementDocument), `"standard"`, `"other"`, 1), app.ErrDocument, "policy"},
	} {
		if _, err := a.Adopt(t.Context(), test.by, test.kind, test.body, ""); !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.text) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if document(t, a, app.ModelDocument) != model {
		t.Error("a refused model decides")
	}
}

// TestPrivacy: an export has what is stored; erasure leaves nothing that may tell who it was, but counts and replay, and the address is
// known as one that must not be contacted.
func TestPrivacy(t *testing.T) {
	storetest.Each(t, func(t *testing.T, address func(*testing.T) string) {
		c := &clock{juneMorning}
		a := open(t, address(t), c.now)
		id := offered(t, a, 1)[0]
		state := caseOf(t, a, id)
		owner := app.User{ID: state.Owner, Role: app.Sales}
		for _, r := range []app.Request{{Command: app.Accept}, {Command: app.Attempt, Reached: true}, {Command: app.Recycle, Reason: "timing", Note: "Secret note", Fields: map[string]string{"revisit_at": "2026-09-01"}}} {
			r.Version = caseOf(t, a, id).Version
			if err := a.Do(t.Context(), owner, id, r); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := a.Export(t.Context(), owner, id); err != app.ErrForbidden {
			t.Errorf("sales exports: %v", err)
		}
		data, err := a.Export(t.Context(), marketer, id)
		if err != nil || !json.Valid(data) {
			t.Fatal(err)
		}
		for _, secret := range []string{"hot0@firm.example", "Hot Lead", "Secret note", "user-0", "demo_request", "timing"} {
			if !strings.Contains(string(data), secret) {
				t.Errorf("the export lacks %q", secret)
			}
		}
		before, err := a.Report(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Erase(t.Context(), marketer, id); err != app.ErrForbidden {
			t.Errorf("marketing erases: %v", err)
		}
		if err := a.Erase(t.Context(), maria, id); err != nil {
			t.Fatal(err)
		}
		if data, err = a.Export(t.Context(), maria, id); err != nil {
			t.Fatal(err)
		}
		pending, err := a.Store().Pending(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		left := string(data) + text(t, pending)
		for _, secret := range []string{"hot0@firm.example", "Hot Lead", "Secret note", "user-0\"", "Firm"} {
			if strings.Contains(left, secret) {
				t.Errorf("%q is still there", secret)
			}
		}
		replayed(t, a, id)
		after, err := a.Report(t.Context())
		if err != nil || text(t, after.Desk.Offers) != text(t, before.Desk.Offers) || after.Leads != before.Leads {
			t.Errorf("the report lost %s, had %s, %v", text(t, after.Desk.Offers), text(t, before.Desk.Offers), err)
		}
		// The same person again: a new lead, whom nobody contacts.
		again := hot(0)
		for i := range again {
			again[i].ID += " again"
		}
		if _, err := a.Ingest(t.Context(), again); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Step(t.Context()); err != nil {
			t.Fatal(err)
		}
		id2 := leadBehind(t, a, "user", "user-0")
		if lead, err := a.Store().Lead(t.Context(), id2); err != nil || id2 == id || lead.Suppressed.IsZero() || caseOf(t, a, id2).Version != 0 {
			t.Errorf("%+v, %v", lead, err)
		}
		if err := a.Erase(t.Context(), maria, "nobody"); err == nil {
			t.Error("nobody was erased")
		}
	})
}

// TestExport: who asks what is stored of them also learns what other systems are told, why they are not contacted, what is to come, and
// what was done with their data; but not which colleague did it.
func TestExport(t *testing.T) {
	storetest.Each(t, func(t *testing.T, address func(*testing.T) string) {
		c := &clock{juneMorning}
		a := open(t, address(t), c.now)
		id := offered(t, a, 1)[0]
		var out struct {
			Channel     string
			Filled      map[string]time.Time
			Adjustments []scoring.Adjustment
			Effects     []struct {
				State  string
				Effect handoff.Effect
			}
			Suppressions []struct {
				Address, Reason string
				Since           time.Time
			}
			Timers []struct {
				Kind string
				Due  time.Time
			}
			Uses []struct{ Action string }
		}
		export := func() string {
			t.Helper()
			data, err := a.Export(t.Context(), maria, id)
			if err == nil {
				err = json.Unmarshal(data, &out)
			}
			if err != nil {
				t.Fatal(err)
			}
			return string(data)
		}
		first := outbox(t, a)[0].Key
		if err := a.Store().EffectDone(t.Context(), first, c.at); err != nil {
			t.Fatal(err)
		}
		export()
		packets := 0
		for i, e := range out.Effects {
			if want := map[bool]string{true: store.DoneState, false: store.PendingState}[i == 0]; e.State != want {
				t.Errorf("%s is %s, want %s", e.Effect.Key, e.State, want)
			}
			if e.Effect.Packet != nil && len(e.Effect.Packet.Reasons) > 0 {
				packets++
			}
		}
		if len(out.Effects) < 2 || out.Effects[0].Effect.Key != first || packets != 1 {
			t.Errorf("%d effects, %d of them with a packet: %+v", len(out.Effects), packets, out.Effects)
		}
		if out.Channel != "webinar" || !out.Filled["email"].Equal(juneMorning) {
			t.Errorf("channel %q, filled %v", out.Channel, out.Filled)
		}
		if len(out.Timers) == 0 || out.Timers[0].Kind != store.DeadlineTimer || out.Timers[0].Due.IsZero() || len(out.Suppressions) > 0 {
			t.Errorf("timers %v, suppressions %v", out.Timers, out.Suppressions)
		}

		withdraw := app.Request{Command: app.Withdraw, Reason: "do_not_contact", Version: caseOf(t, a, id).Version, Fields: map[string]string{"requested_at": "2026-06-01T09:00:00Z"}}
		if err := a.Do(t.Context(), marketer, id, withdraw); err != nil {
			t.Fatal(err)
		}
		data := export()
		if s := out.Suppressions; len(s) != 1 || s[0].Address != "hot0@firm.example" || s[0].Reason != "do_not_contact" || !s[0].Since.Equal(juneMorning) {
			t.Errorf("suppressions %+v", s)
		}
		if len(out.Uses) != 1 || out.Uses[0].Action != "export" || strings.Contains(data, maria.ID) {
			t.Errorf("uses %v, in\n%s", out.Uses, data)
		}
	})
}
