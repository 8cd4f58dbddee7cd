package load_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/leadloop/leadloop/examples/crm/app"
	"github.com/leadloop/leadloop/examples/crm/store"
	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
)

// owed are the effects that an event of a kind must have, whatever else. An offer that ends at once, since nobody is left, is told by
// what follows.
var owed = map[handoff.Kind]handoff.EffectKind{
	handoff.Registered: handoff.StartNurture, handoff.Offered: handoff.Assign, handoff.Warned: handoff.Remind, handoff.Expired: handoff.OfferAgain,
	handoff.Accepted: handoff.AskFeedback, handoff.AutoAccepted: handoff.AskFeedback, handoff.Rejected: handoff.Release, handoff.TouchMissed: handoff.Escalate,
	handoff.AttemptsMissed: handoff.Escalate, handoff.FeedbackMissed: handoff.Escalate, handoff.Escalated: handoff.Escalate, handoff.Woken: handoff.OfferAgain,
}

// check looks into the database after the end.
func (l *load) check() {
	t := l.t
	s, a := open(t, l.address, time.Now)
	defer s.Close()
	definition, err := funnel.Parse([]byte(active(t, a, app.PolicyDocument)))
	if err != nil {
		t.Fatal(err)
	}
	policy, err := funnel.Compile[app.View](definition)
	if err != nil {
		t.Fatal(err)
	}
	agreement, err := handoff.Parse([]byte(active(t, a, app.AgreementDocument)))
	if err != nil {
		t.Fatal(err)
	}
	desk, err := handoff.Compile(agreement, policy, time.LoadLocation)
	if err != nil {
		t.Fatal(err)
	}
	db := l.database()
	defer db.Close()

	// Messages: all that were given out, each once.
	stored := l.column(db, `SELECT message FROM activities`)
	if len(stored) != 3*l.messages {
		t.Errorf("%d messages are stored, want %d", len(stored), 3*l.messages)
	}
	for n := range l.messages {
		for i := range 3 {
			if message := fmt.Sprintf("m%d/%d", n+1, i+1); stored[message] != 1 {
				t.Errorf("message %s is stored %d times", message, stored[message])
			}
		}
	}
	if leads := l.column(db, `SELECT id FROM leads`); len(leads) != l.messages {
		t.Errorf("there are %d leads, want %d", len(leads), l.messages)
	}

	// Logs: each replays to the case that is stored. All leads are hot, so a lead without a case has lost its timer.
	effects := l.effects(db)
	if cases := l.column(db, `SELECT lead FROM cases`); len(cases) != l.messages {
		t.Errorf("there are %d cases, want %d", len(cases), l.messages)
	}
	commands, kinds := map[string]int{}, map[handoff.Kind]int{}
	events := 0
	for lead := range l.column(db, `SELECT lead FROM cases`) {
		log, err := s.Log(t.Context(), lead)
		if err != nil {
			t.Fatal(err)
		}
		replayed, err := desk.Replay(log)
		if err != nil {
			t.Errorf("the log of %s: %v", lead, err)
		}
		c, err := s.Case(t.Context(), lead)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(asJSON(t, c), asJSON(t, replayed)); diff != "" {
			t.Errorf("the case of %s is not what its log says:\n%s", lead, diff)
		}
		for _, e := range log {
			events++
			kinds[e.Kind]++
			if strings.HasPrefix(e.Because, "command ") {
				commands[e.Because]++
			}
			has := map[handoff.EffectKind]bool{}
			for place := 0; ; place++ {
				key := fmt.Sprintf("%s/%d/%d", lead, e.Version, place)
				stored, there := effects[key]
				if !there {
					break
				}
				has[stored.effect.Kind] = true
				if stored.state != store.DoneState {
					t.Errorf("effect %s is %s", key, stored.state)
				}
				if l.receiver.carried[key] != stored.body {
					t.Errorf("effect %s was carried out as %q, and stored as %q", key, l.receiver.carried[key], stored.body)
				}
				delete(effects, key)
				delete(l.receiver.carried, key)
			}
			answered := e.Kind == handoff.Offered && e.Deadlines.Accept.MetUntil.IsZero()
			if want := owed[e.Kind]; want != "" && !has[want] && !answered {
				t.Errorf("event %d of %s is %s without effect %s", e.Version, lead, e.Kind, want)
			}
		}
	}
	for key := range effects {
		t.Errorf("effect %s is of no event", key)
	}
	for key := range l.receiver.carried {
		t.Errorf("effect %s was carried out, and is of no event", key)
	}
	if len(l.receiver.twice) > 0 {
		t.Errorf("carried out twice: %v", l.receiver.twice)
	}

	// Commands: those that were answered as done are done, and none twice.
	for name, n := range commands {
		if n != 1 {
			t.Errorf("%s is in the log %d times", name, n)
		}
	}
	for name := range l.done {
		if commands[name] != 1 {
			t.Errorf("%s was answered as done, and is in the log %d times", name, commands[name])
		}
	}
	t.Logf("%d messages, %d commands of which %d were answered as done and %d are in the logs, %d events %v; %d deliveries", 3*l.messages, l.commands, len(l.done), len(commands), events, kinds, l.receiver.came)
	for _, kind := range []handoff.Kind{handoff.Offered, handoff.Accepted, handoff.Warned, handoff.Expired} {
		if kinds[kind] == 0 {
			t.Errorf("no lead was %s: the load is no load", kind)
		}
	}
}

type storedEffect struct {
	effect      handoff.Effect
	body, state string
}

// effects are all of the outbox, by key.
func (l *load) effects(db *sql.DB) map[string]storedEffect {
	rows, err := db.Query(`SELECT key, body, state FROM outbox`)
	if err != nil {
		l.t.Fatal(err)
	}
	defer rows.Close()
	found := map[string]storedEffect{}
	for rows.Next() {
		var key string
		var e storedEffect
		if err := rows.Scan(&key, &e.body, &e.state); err != nil {
			l.t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(e.body), &e.effect); err != nil || e.effect.Key != key {
			l.t.Fatalf("effect %s is stored as %s, %v", key, e.body, err)
		}
		found[key] = e
	}
	if err := rows.Err(); err != nil {
		l.t.Fatal(err)
	}
	return found
}

// database opens the tables themselves.
func (l *load) database() *sql.DB {
	driver := "sqlite"
	if u, err := url.Parse(l.address); err == nil && u.Scheme == "postgres" {
		driver = "pgx"
	}
	db, err := sql.Open(driver, l.address)
	if err != nil {
		l.t.Fatal(err)
	}
	return db
}

// column counts the values of a column of texts.
func (l *load) column(db *sql.DB, statement string) map[string]int {
	rows, err := db.Query(statement)
	if err != nil {
		l.t.Fatal(err)
	}
	defer rows.Close()
	found := map[string]int{}
	for rows.Next() {
		var value string
		if err := rows.Scan(&value); err != nil {
			l.t.Fatal(err)
		}
		found[value]++
	}
	if err := rows.Err(); err != nil {
		l.t.Fatal(err)
	}
	return found
}

func asJSON(t interface{ Fatal(...any) }, value any) string {
	text, err := json.MarshalIndent(value, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
