package load_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2"

	"github.com/leadloop/leadloop/examples/crm/api/webhook"
	"github.com/leadloop/leadloop/examples/crm/app"
	"github.com/leadloop/leadloop/examples/crm/store"
	"github.com/leadloop/leadloop/examples/crm/storetest"
	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/handoff/worktime"
)

var kills = flag.Int("kills", 50, "how often the program is killed")

// TestKill kills the program again and again while messages and commands come in, deadlines of a second or two fire, and effects go out
// to a receiver that fails now and then and loses answers. In the end nothing is lost and nothing was done twice:
//
//   - each message is stored once, whether the program was killed before its answer or after;
//   - each command that was answered as done is in its lead's log once, each other at most once;
//   - each log replays without a violation and gives the case that is stored;
//   - each event has the effects that it must have, and each effect was carried out exactly once, as it was stored.
func TestKill(t *testing.T) {
	storetest.Each(t, func(t *testing.T, address func(*testing.T) string) {
		n := *kills
		if testing.Short() {
			n = 5
		}
		l := &load{t: t, address: address(t), random: rand.New(rand.NewPCG(1, 2)), receiver: newReceiver(t), done: map[string]bool{}}
		adoptHaste(t, l.address)
		for range n {
			l.round()
		}
		l.drain()
		l.check()
	})
}

// adoptHaste lets an agreement decide whose deadlines are seconds, around the clock.
func adoptHaste(t *testing.T, address string) {
	s, a := open(t, address, time.Now)
	defer s.Close()
	agreement, err := handoff.Parse([]byte(active(t, a, app.AgreementDocument)))
	if err != nil {
		t.Fatal(err)
	}
	day := []worktime.Window{"00:00-24:00"}
	agreement.Version++
	agreement.Calendar = worktime.Definition{TimeZone: "UTC", Hours: worktime.Week{Mon: day, Tue: day, Wed: day, Thu: day, Fri: day, Sat: day, Sun: day}}
	agreement.Accept.Within, agreement.Accept.WarnAfter = handoff.Duration(2*time.Second), handoff.Duration(time.Second)
	agreement.FirstTouch, agreement.Feedback = handoff.Duration(time.Second), handoff.Duration(3*time.Second)
	agreement.Escalation = []handoff.Rung{{After: handoff.Duration(time.Second), To: agreement.EscalateTo}}
	body, err := json.Marshal(agreement)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Adopt(t.Context(), admin(t, a), app.AgreementDocument, string(body), "in haste"); err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, address string, now func() time.Time) (*store.Store, *app.App) {
	t.Helper()
	s, err := store.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.New(t.Context(), s, app.Options{Now: now, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	return s, a
}

func active(t *testing.T, a *app.App, kind string) string {
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
	t.Fatalf("no %s decides", kind)
	return ""
}

func admin(t *testing.T, a *app.App) app.User {
	for _, u := range a.Users() {
		if u.Role == app.Admin {
			return u
		}
	}
	t.Fatal("there is no admin")
	return app.User{}
}

// A receiver carries out effects, each once by its key, and is not to be relied on: it fails, and its answers get lost.
type receiver struct {
	http.Handler
	url     string
	once    webhook.Once
	mutex   sync.Mutex
	came    int               // requests
	carried map[string]string // effects by key, as they came
	twice   []string          // keys that were carried out more than once
}

func newReceiver(t *testing.T) *receiver {
	key, err := webhook.ParseSecret(secret)
	if err != nil {
		t.Fatal(err)
	}
	r := &receiver{carried: map[string]string{}}
	chance := rand.New(rand.NewPCG(3, 4))
	luck := func(percent int) bool {
		r.mutex.Lock()
		defer r.mutex.Unlock()
		return chance.IntN(100) < percent
	}
	inner := &webhook.Receiver{Secret: key, Now: time.Now, Take: func(_ context.Context, e cloudevents.Event) error {
		if luck(5) {
			return errors.New("out of order")
		}
		return r.once.Do(e.ID(), func() error {
			r.mutex.Lock()
			defer r.mutex.Unlock()
			if _, known := r.carried[e.ID()]; known {
				r.twice = append(r.twice, e.ID())
			}
			r.carried[e.ID()] = string(e.Data())
			return nil
		})
	}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		r.mutex.Lock()
		r.came++
		r.mutex.Unlock()
		if luck(5) {
			inner.ServeHTTP(httptest.NewRecorder(), request)
			panic(http.ErrAbortHandler) // the answer is lost
		}
		inner.ServeHTTP(w, request)
	}))
	t.Cleanup(server.Close)
	r.url = server.URL
	return r
}

// A load is what comes at the program, and what is known of it.
type load struct {
	t        *testing.T
	address  string
	random   *rand.Rand
	receiver *receiver

	mutex    sync.Mutex
	messages int             // numbers of messages that were given out
	unsent   [][]byte        // batches without an answer: they are sent again
	commands int             // numbers of commands that were given out
	done     map[string]bool // commands that were answered as done
}

// round starts the program, lets a load come at it, and kills it.
func (l *load) round() {
	db := l.database() // closed before the program runs: nobody else may keep the database in order
	leads := slices.Sorted(maps.Keys(l.column(db, `SELECT lead FROM cases WHERE stage IN ('mql', 'sal', 'sql', 'opportunity')`)))
	if err := db.Close(); err != nil {
		l.t.Fatal(err)
	}
	p := start(l.t, l.address, l.receiver.url)
	ctx, stop := context.WithCancel(l.t.Context())
	var group sync.WaitGroup
	for range 2 {
		group.Go(func() { l.send(ctx, p) })
	}
	for worker := range 4 {
		if len(leads) > 0 {
			seed := l.random.Uint64()
			group.Go(func() { l.work(ctx, p, leads, rand.New(rand.NewPCG(seed, uint64(worker)))) })
		}
	}
	time.Sleep(time.Duration(50+l.random.IntN(600)) * time.Millisecond)
	p.kill()
	stop()
	group.Wait()
}

// send sends batches of hot leads. One without an answer, or with a failure, is sent again by the next program.
func (l *load) send(ctx context.Context, p *program) {
	for ctx.Err() == nil {
		batch := l.nextBatch()
		code, answer := p.call(ctx, http.MethodPost, "/v1/batch", batch, withKey)
		if code == http.StatusOK {
			time.Sleep(20 * time.Millisecond) // so that the leads that are there get their turn
			continue
		}
		if code != 0 && code != http.StatusInternalServerError { // it was being killed
			l.t.Errorf("a batch was answered %d %s", code, answer)
		}
		l.mutex.Lock()
		l.unsent = append(l.unsent, batch)
		l.mutex.Unlock()
	}
}

func (l *load) nextBatch() []byte {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if n := len(l.unsent); n > 0 {
		batch := l.unsent[0]
		l.unsent = l.unsent[1:]
		return batch
	}
	l.messages++
	n := l.messages
	return fmt.Appendf(nil, `{"batch":[
		{"type":"identify","messageId":"m%[1]d/1","userId":"u%[1]d","traits":{"name":"Lead %[1]d","email":"u%[1]d@example.com","industry":"software","employees":%[2]d,"country":"DE","seniority":"chief"}},
		{"type":"track","messageId":"m%[1]d/2","userId":"u%[1]d","event":"Demo Requested"},
		{"type":"track","messageId":"m%[1]d/3","userId":"u%[1]d","event":"Trial Started"}]}`, n, 100+n%2000)
}

// work does to leads what the program says may be done with them now.
func (l *load) work(ctx context.Context, p *program, leads []string, random *rand.Rand) {
	for ctx.Err() == nil {
		path := "/v1/leads/" + leads[random.IntN(len(leads))]
		code, answer := p.call(ctx, http.MethodGet, path, nil, withToken)
		if code != http.StatusOK {
			continue
		}
		var shown struct {
			Version int64
			Actions []struct {
				Command, Refused string
				Reasons          []struct {
					Reason, Refused string
					Fields          []string
				}
			}
		}
		if err := json.Unmarshal(answer, &shown); err != nil || len(shown.Actions) == 0 {
			continue
		}
		a := shown.Actions[random.IntN(len(shown.Actions))]
		if a.Refused != "" {
			continue
		}
		l.mutex.Lock()
		l.commands++
		name := fmt.Sprint("command ", l.commands)
		l.mutex.Unlock()
		command := map[string]any{"command": a.Command, "version": shown.Version, "because": name}
		switch {
		case len(a.Reasons) > 0:
			reason := a.Reasons[random.IntN(len(a.Reasons))]
			fields := map[string]string{}
			for _, f := range reason.Fields {
				fields[f] = []string{"other", "2027-03-01", "acme", "12"}[random.IntN(4)]
			}
			command["reason"], command["fields"], command["note"] = reason.Reason, fields, "as agreed"
		case a.Command == app.Win:
			command["revenue"] = 1000
		}
		body, err := json.Marshal(command)
		if err != nil {
			l.t.Error(err)
			return
		}
		switch code, answer := p.call(ctx, http.MethodPost, path+"/commands", body, withToken); code {
		case http.StatusOK:
			l.mutex.Lock()
			l.done[name] = true
			l.mutex.Unlock()
		case 0, http.StatusConflict, http.StatusUnprocessableEntity, http.StatusInternalServerError:
		default:
			l.t.Errorf("%s was answered %d %s", body, code, answer)
		}
	}
}

// drain sends what has no answer yet, and lets everything that is due be done. The clock is set forward, past the leases of those that were
// killed.
func (l *load) drain() {
	p := start(l.t, l.address, l.receiver.url)
	for len(l.unsent) > 0 {
		if code, answer := p.call(l.t.Context(), http.MethodPost, "/v1/batch", l.nextBatch(), withKey); code != http.StatusOK {
			l.t.Fatalf("a batch was answered %d %s", code, answer)
		}
	}
	p.kill()
	ahead := func() time.Time { return time.Now().Add(2 * time.Minute) }
	s, a := open(l.t, l.address, ahead)
	defer s.Close()
	key, err := webhook.ParseSecret(secret)
	if err != nil {
		l.t.Fatal(err)
	}
	sender, err := webhook.NewSender(l.receiver.url, key, "/crm", time.Now)
	if err != nil {
		l.t.Fatal(err)
	}
	for range 600 {
		next, err := a.Step(l.t.Context())
		if err != nil {
			l.t.Fatal(err)
		}
		effect, err := a.DeliverDue(l.t.Context(), app.Delivery{Send: sender.Send, First: 10 * time.Millisecond, Longest: 20 * time.Millisecond})
		if err != nil {
			l.t.Fatal(err)
		}
		if effect.IsZero() && (next.IsZero() || next.After(ahead().Add(10*time.Second))) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	l.t.Fatal("there is still something to be done after 600 rounds")
}
