package app_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/leadloop/leadloop/examples/crm/app"
	"github.com/leadloop/leadloop/examples/crm/store"
	"github.com/leadloop/leadloop/examples/crm/storetest"
)

// A watch is a clock that tests set.
type watch struct {
	mutex sync.Mutex
	at    time.Time
}

func (w *watch) now() time.Time {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.at
}

func (w *watch) set(at time.Time) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.at = at
}

// inHours is a Monday morning, in business hours.
var inHours = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// withEffects is an application with hot leads that were offered just now, and its clock.
func withEffects(t *testing.T, address string, leads int) (*app.App, *watch) {
	t.Helper()
	w := &watch{at: inHours}
	a := beside(t, address, w)
	for i := range leads {
		user := fmt.Sprint("user ", i)
		if _, err := a.Ingest(t.Context(), []app.Message{
			{ID: user + "/1", User: user, Fields: map[string]string{"email": fmt.Sprintf("u%d@example.com", i), "industry": "software", "employees": "300", "country": "DE", "seniority": "chief"}},
			{ID: user + "/2", User: user, Kind: "demo_request"}, {ID: user + "/3", User: user, Kind: "trial"},
		}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := a.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	return a, w
}

// beside is the same application in another process.
func beside(t *testing.T, address string, w *watch) *app.App {
	t.Helper()
	a, err := app.New(t.Context(), storetest.Open(t, address), app.Options{Now: w.now, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func outbox(t *testing.T, a *app.App) []store.OutboxRow {
	t.Helper()
	rows, err := a.Store().Outbox(t.Context(), "", 10000)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// A recorder is a [app.Send] that keeps what it was given.
type recorder struct {
	mutex sync.Mutex
	keys  []string
	fail  func(d store.Delivery) error
}

func (r *recorder) send(_ context.Context, d store.Delivery) error {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.keys = append(r.keys, d.Key)
	if r.fail != nil {
		return r.fail(d)
	}
	return nil
}

func (r *recorder) take() []string {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	keys := r.keys
	r.keys = nil
	return keys
}

// TestDeliverDue sends all effects, each once, those of a lead in their order.
func TestDeliverDue(t *testing.T) {
	storetest.Each(t, func(t *testing.T, address func(*testing.T) string) {
		a, _ := withEffects(t, address(t), 30)
		rows := outbox(t, a)
		if len(rows) < 30 {
			t.Fatalf("%d effects are in the outbox, want one for each lead at least", len(rows))
		}
		var want []string // by lead, in their order
		for _, r := range rows {
			want = append(want, r.Key)
		}
		var got recorder
		next, err := a.DeliverDue(t.Context(), app.Delivery{Send: got.send, Parallel: 5})
		if err != nil || !next.IsZero() {
			t.Fatalf("next at %v, %v", next, err)
		}
		keys := got.take()
		if len(keys) != len(want) {
			t.Errorf("%d effects were sent, want %d", len(keys), len(want))
		}
		slices.SortStableFunc(keys, func(a, b string) int { return strings.Compare(leadOf(a), leadOf(b)) })
		if !slices.Equal(keys, want) {
			t.Errorf("sent\n%v\nwant\n%v", keys, want)
		}
		if rows := outbox(t, a); len(rows) != 0 {
			t.Errorf("still in the outbox: %v", rows)
		}
	})
}

func leadOf(key string) string { return key[:strings.Index(key, "/")] }

// TestBackOff lets an effect fail until it is given up, and revives it. The waits double with jitter, and other leads do not wait.
func TestBackOff(t *testing.T) {
	a, w := withEffects(t, storetest.SQLite(t), 2)
	broken := outbox(t, a)[0].Key
	got := recorder{fail: func(d store.Delivery) error {
		if d.Key == broken {
			return errors.New(strings.Repeat("down ", 100))
		}
		return nil
	}}
	d := app.Delivery{Send: got.send, Attempts: 6, First: time.Second, Longest: 5 * time.Second, Seed: 1}
	var waits []time.Duration
	for attempt := 1; ; attempt++ {
		next, err := a.DeliverDue(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		keys := got.take()
		given := attempt == 6 // up, and the effects that waited for it follow
		if attempt > 1 && !given && !slices.Equal(keys, []string{broken}) {
			t.Errorf("attempt %d sent %v", attempt, keys)
		}
		for _, key := range keys {
			if key != broken && leadOf(key) == leadOf(broken) && !given {
				t.Errorf("%s has overtaken %s", key, broken)
			}
		}
		rows := outbox(t, a)
		if rows[0].Key != broken || rows[0].Attempts != int64(attempt) || !strings.HasPrefix(rows[0].Error, "down") || len(rows[0].Error) > 210 {
			t.Fatalf("attempt %d: %+v", attempt, rows[0])
		}
		if given {
			if rows[0].State != store.DeadState {
				t.Errorf("after 6 attempts it is %s", rows[0].State)
			}
			break
		}
		if rows[0].State != store.PendingState || !next.Equal(rows[0].Ready) {
			t.Fatalf("attempt %d: %+v, next at %v", attempt, rows[0], next)
		}
		full := min(time.Second<<(attempt-1), 5*time.Second)
		wait := next.Sub(w.now())
		if wait < full/2 || wait > full {
			t.Errorf("attempt %d is followed by a wait of %v, want %v to %v", attempt, wait, full/2, full)
		}
		waits = append(waits, wait)
		w.set(next.Add(-time.Microsecond))
		if _, err := a.DeliverDue(t.Context(), d); err != nil || len(got.take()) > 0 {
			t.Errorf("it was sent before its time, %v", err)
		}
		w.set(next)
	}
	if waits[3]%time.Second == 0 || waits[3] == waits[4] {
		t.Errorf("the waits %v have no jitter", waits)
	}
	got.fail = nil
	if err := a.Store().ReviveEffect(t.Context(), broken, w.now()); err != nil {
		t.Fatal(err)
	}
	if _, err := a.DeliverDue(t.Context(), d); err != nil || !slices.Contains(got.take(), broken) || len(outbox(t, a)) != 0 {
		t.Errorf("the revived effect: %v, left %v", err, outbox(t, a))
	}
}

// TestTwoWorkers lets two processes work on one outbox, one of which stands still: no effect is sent by both at the same time, and what
// the first does not answer the second sends when the lease has ended.
func TestTwoWorkers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, address func(*testing.T) string) {
		at := address(t)
		a, w := withEffects(t, at, 20)
		b := beside(t, at, w)
		var mutex sync.Mutex
		sending, count := map[string]bool{}, map[string]int{}
		send := func(_ context.Context, d store.Delivery) error {
			mutex.Lock()
			if sending[d.Key] {
				t.Errorf("%s is being sent already", d.Key)
			}
			sending[d.Key] = true
			count[d.Key]++
			mutex.Unlock()
			time.Sleep(time.Millisecond)
			mutex.Lock()
			delete(sending, d.Key)
			mutex.Unlock()
			return nil
		}
		total := len(outbox(t, a))
		// A worker that crashes while it sends: its claim is never answered.
		crashed, err := a.Store().ClaimEffects(t.Context(), w.now(), time.Minute, 3)
		if err != nil || len(crashed) != 3 {
			t.Fatal(len(crashed), err)
		}
		var group sync.WaitGroup
		for _, worker := range []*app.App{a, b} {
			group.Go(func() {
				if _, err := worker.DeliverDue(t.Context(), app.Delivery{Send: send}); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		for _, d := range crashed {
			if count[d.Key] > 0 {
				t.Errorf("%s was sent though another has it", d.Key)
			}
		}
		w.set(w.now().Add(time.Minute))
		if _, err := b.DeliverDue(t.Context(), app.Delivery{Send: send}); err != nil {
			t.Fatal(err)
		}
		for key, n := range count {
			if n != 1 {
				t.Errorf("%s was sent %d times", key, n)
			}
		}
		if len(count) != total {
			t.Errorf("%d effects were sent, want %d", len(count), total)
		}
	})
}

// TestDeliver runs the worker: it starts with what is there, wakes up when there is more, and gives back what it can't finish when it ends.
func TestDeliver(t *testing.T) {
	a, _ := withEffects(t, storetest.SQLite(t), 1)
	first := len(outbox(t, a))
	ctx, stop := context.WithCancel(t.Context())
	sent := make(chan string, 100)
	hold := make(chan bool) // closed when the receiver is to hang
	var held sync.Once
	ended := make(chan error, 1)
	go func() {
		ended <- a.Deliver(ctx, app.Delivery{Send: func(ctx context.Context, d store.Delivery) error {
			select {
			case <-hold:
				held.Do(func() { sent <- "hangs" })
				<-ctx.Done()
				return ctx.Err()
			default:
			}
			sent <- d.Key
			return nil
		}})
	}()
	receive := func() string {
		select {
		case key := <-sent:
			return key
		case <-time.After(20 * time.Second):
			t.Fatal("nothing was sent within 20 s")
			return ""
		}
	}
	for range first {
		receive()
	}
	more := func(user string) {
		if _, err := a.Ingest(ctx, []app.Message{
			{ID: user + "/1", User: user, Fields: map[string]string{"email": user + "@example.com", "industry": "software", "employees": "300", "country": "DE", "seniority": "chief"}},
			{ID: user + "/2", User: user, Kind: "demo_request"}, {ID: user + "/3", User: user, Kind: "trial"},
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Step(ctx); err != nil {
			t.Fatal(err)
		}
	}
	more("second")
	receive() // long before the 30 s after which it would look anyway
	for len(outbox(t, a)) > 0 {
		time.Sleep(time.Millisecond)
	}
	for len(sent) > 0 {
		<-sent
	}
	close(hold)
	more("third")
	if got := receive(); got != "hangs" {
		t.Fatal(got)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	rows := outbox(t, a)
	if len(rows) == 0 || rows[0].State != store.PendingState || rows[0].Ready.After(a.Now()) || rows[0].Attempts != 0 || rows[0].Error != "" {
		t.Errorf("what was being sent should be ready to be sent again, and not count as tried: %+v", rows)
	}
}

// TestOldEffects: effects that were carried out are forgotten after 30 days, by the scheduler and once an hour at most. Others stay.
func TestOldEffects(t *testing.T) {
	storetest.Each(t, func(t *testing.T, address func(*testing.T) string) {
		a, w := withEffects(t, address(t), 3)
		lead := func(user string) string { return leadBehind(t, a, "user", user) }
		first, second, third := lead("user 0"), lead("user 1"), lead("user 2")
		old := map[string][]string{} // the effects of each lead by now
		for _, r := range outbox(t, a) {
			old[r.Lead] = append(old[r.Lead], r.Key)
		}
		left := func(lead string) (n int) {
			t.Helper()
			effects, err := a.Store().EffectsOf(t.Context(), lead)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range effects {
				if slices.Contains(old[lead], e.Effect.Key) {
					n++
				}
			}
			return n
		}
		// The first is sent half an hour before the second, and the third not at all.
		for _, sent := range []string{first, second} {
			for _, key := range old[sent] {
				if err := a.Store().EffectDone(t.Context(), key, w.now()); err != nil {
					t.Fatal(err)
				}
			}
			w.set(w.now().Add(30 * time.Minute))
		}
		for _, test := range []struct {
			after                time.Duration // the first was sent
			first, second, third int
		}{
			{29 * 24 * time.Hour, 3, 3, 3},
			{30*24*time.Hour + time.Minute, 0, 3, 3},
			{30*24*time.Hour + 45*time.Minute, 0, 3, 3}, // less than an hour after the last time
			{30*24*time.Hour + 61*time.Minute, 0, 0, 3},
		} {
			w.set(inHours.Add(test.after))
			if _, err := a.Step(t.Context()); err != nil {
				t.Fatal(err)
			}
			if one, two, three := left(first), left(second), left(third); one != test.first || two != test.second || three != test.third {
				t.Errorf("after %v there are %d, %d and %d effects, want %d, %d and %d", test.after, one, two, three, test.first, test.second, test.third)
			}
		}
	})
}

// TestStoppedOften: however often the program ends while it sends an effect, that gives nothing up. A claim that has ended gives nothing back.
func TestStoppedOften(t *testing.T) {
	storetest.Each(t, func(t *testing.T, address func(*testing.T) string) {
		a, w := withEffects(t, address(t), 1)
		first := outbox(t, a)[0].Key
		for range 3 {
			ctx, stop := context.WithCancel(t.Context())
			a.DeliverDue(ctx, app.Delivery{Attempts: 1, Send: func(ctx context.Context, d store.Delivery) error {
				stop()
				return ctx.Err()
			}})
		}
		if r := outbox(t, a)[0]; r.Key != first || r.State != store.PendingState || r.Attempts != 0 {
			t.Fatalf("after being stopped: %+v", r)
		}
		claimed, err := a.Store().ClaimEffects(t.Context(), w.now(), time.Minute, 1)
		if err != nil || len(claimed) != 1 {
			t.Fatal(len(claimed), err)
		}
		claimed[0].Claim = "an earlier one"
		if err := a.Store().EffectStopped(t.Context(), claimed[0], w.now()); err != nil {
			t.Fatal(err)
		}
		if r := outbox(t, a)[0]; !r.Ready.Equal(w.now().Add(time.Minute)) {
			t.Errorf("the claim of another was given back: %+v", r)
		}
	})
}

// TestDatabaseFails says that the worker goes on when the database is back, and that its one step says what failed.
func TestDatabaseFails(t *testing.T) {
	a, _ := withEffects(t, storetest.SQLite(t), 1)
	a.Store().Close()
	if _, err := a.DeliverDue(t.Context(), app.Delivery{Send: new(recorder).send}); err == nil {
		t.Error("no error from a closed database")
	}
	ctx, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	if err := a.Deliver(ctx, app.Delivery{Send: new(recorder).send}); err != nil {
		t.Error(err)
	}
}
