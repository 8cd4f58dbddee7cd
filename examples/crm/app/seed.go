package app

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/leadloop/leadloop/examples/crm/store"
	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/handoff/worktime"
)

// The demo's history is made by the application itself: made-up people visit, and made-up sales people answer, while the clock runs
// through the months up to now. What they are like is in seedworld.go; what sales does with them in seedsales.go.

// seedDays is how long the history is.
const seedDays = 270

// Seed fills an empty store with a demo: leads with a history of some months up to now, made by driving the desk through time. The
// same number and the same instant give the same history. It does nothing if there are leads already.
func (a *App) Seed(ctx context.Context, leads int) error {
	present, err := a.store.CountLeads(ctx)
	if err != nil || present > 0 || leads <= 0 {
		return err
	}
	end := a.now().Truncate(time.Second)
	s := &simulation{
		rand: rand.New(rand.NewPCG(1, uint64(leads))), end: end, start: end.AddDate(0, 0, -seedDays), people: make([]person, leads),
		numbers: map[string]int{}, app: a,
	}
	s.now = s.start
	for i := range s.people {
		s.people[i] = s.person(i, leads)
		s.plan(s.people[i].created, func(ctx context.Context) error { return s.visit(ctx, i, 0) })
	}
	for len(s.agenda) > 0 || s.now.Before(end) {
		if err := a.store.Within(ctx, func(tx *store.Store) error { return s.stretch(ctx, tx) }); err != nil {
			return fmt.Errorf("seed: %s: %w", s.now.Format(time.RFC3339), err)
		}
	}
	if err := a.store.AllEffectsDone(ctx); err != nil {
		return err
	}
	signal(a.wake)
	return nil
}

// A simulation is the demo's history in the making.
type simulation struct {
	app     *App // over the transaction of this stretch
	rand    *rand.Rand
	start   time.Time
	end     time.Time
	now     time.Time
	agenda  agenda
	planned int
	people  []person
	numbers map[string]int // of leads' ids
	hours   *worktime.Calendar
}

// An appointment is something that happens at an instant.
type appointment struct {
	at     time.Time
	number int // the earlier planned comes first
	do     func(ctx context.Context) error
}

type agenda []appointment

func (a agenda) Len() int { return len(a) }
func (a agenda) Less(i, k int) bool {
	if a[i].at.Equal(a[k].at) {
		return a[i].number < a[k].number
	}
	return a[i].at.Before(a[k].at)
}
func (a agenda) Swap(i, k int) { a[i], a[k] = a[k], a[i] }
func (a *agenda) Push(x any)   { *a = append(*a, x.(appointment)) }
func (a *agenda) Pop() any {
	last := (*a)[len(*a)-1]
	*a = (*a)[:len(*a)-1]
	return last
}

// plan puts something on the agenda, if it is not after the end.
func (s *simulation) plan(at time.Time, do func(ctx context.Context) error) {
	if at.After(s.end) {
		return
	}
	s.planned++
	heap.Push(&s.agenda, appointment{at.Truncate(time.Second), s.planned, do})
}

// stretch lives through a day, or some hundred appointments, in one transaction: one for each command would take minutes.
func (s *simulation) stretch(ctx context.Context, tx *store.Store) error {
	outer := s.app
	defer func() { s.app = outer }()
	bound := outer.on(tx)
	bound.now = func() time.Time { return s.now }
	bound.newID = func() string { return fmt.Sprintf("L-%05d", len(s.numbers)+1) }
	bound.decided = s.noticed
	bound.count = func(string, bool) {} // what is made up
	s.app = bound
	s.hours = bound.agreed.Load().desk.Calendar()
	until := earlier(s.now.AddDate(0, 0, 1), s.end)
	for range 500 {
		at := until
		if len(s.agenda) > 0 {
			at = earlier(s.agenda[0].at, until)
		}
		if err := s.timers(ctx, at); err != nil {
			return err
		}
		if len(s.agenda) == 0 || s.agenda[0].at.After(until) {
			return nil
		}
		next := heap.Pop(&s.agenda).(appointment)
		if err := next.do(ctx); err != nil {
			return err
		}
	}
	return nil
}

// timers lets the clock run to an instant, and the scheduler do what falls due on the way.
func (s *simulation) timers(ctx context.Context, until time.Time) error {
	for {
		next, err := s.app.store.NextTimer(ctx)
		if err != nil {
			return err
		}
		if next.IsZero() || next.After(until) {
			if until.After(s.now) {
				s.now = until
			}
			return nil
		}
		if next.After(s.now) {
			s.now = next
		}
		if _, err := s.app.Step(ctx); err != nil {
			return err
		}
	}
}

// request is what a sales person does, as by the form. What was refused because others were faster is let go.
func (s *simulation) request(ctx context.Context, lead, owner string, r Request) (bool, error) {
	c, err := s.app.store.Case(ctx, lead)
	if err != nil {
		return false, err
	}
	r.Version = c.Version
	err = s.app.Do(ctx, s.user(owner), lead, r)
	if Refused(err) {
		s.app.log.Debug("seed", "lead", lead, "command", r.Command, "refused", err)
		return false, nil
	}
	return err == nil, err
}

// user is who has an id.
func (s *simulation) user(id string) User {
	for _, u := range s.app.Users() {
		if u.ID == id {
			return u
		}
	}
	return User{ID: id, Role: Sales}
}

// noticed is told of each decision, and plans what people do about it.
func (s *simulation) noticed(lead string, d *handoff.Decision) {
	i, known := s.numbers[lead]
	if !known {
		return
	}
	for k := range d.Effects {
		switch e := &d.Effects[k]; e.Kind {
		case handoff.Assign:
			s.assigned(i, lead, e)
		case handoff.StartNurture:
			s.nurture(i, e.At)
		}
	}
}

// visit is one visit of a person: some activities within an hour, the first of which is the touch that brought it about.
func (s *simulation) visit(ctx context.Context, i, number int) error {
	p := &s.people[i]
	batch := s.messages(p, i, number)
	if _, err := s.app.Ingest(ctx, batch); err != nil {
		return err
	}
	if p.lead == "" {
		found, err := s.app.store.Identities(ctx, batch[0].identities())
		if err != nil {
			return err
		}
		for _, lead := range found {
			p.lead = lead
		}
		if p.lead == "" {
			return errors.New("the visit left no lead")
		}
		s.numbers[p.lead] = i
	}
	if number+1 < p.visits {
		s.plan(s.now.Add(s.span(20*time.Hour, 16*24*time.Hour)), func(ctx context.Context) error { return s.visit(ctx, i, number+1) })
	}
	return nil
}

// nurture sends mails every other week, to some of which the person responds.
func (s *simulation) nurture(i int, at time.Time) {
	p := &s.people[i]
	if p.mails >= 8 {
		return
	}
	p.mails++
	when := at.Add(s.span(9*24*time.Hour, 18*24*time.Hour))
	if s.chance(45) {
		s.plan(when, func(ctx context.Context) error { return s.mail(ctx, i, when) })
		return
	}
	s.plan(when, func(context.Context) error { s.nurture(i, when); return nil })
}

// span draws a time between two.
func (s *simulation) span(from, to time.Duration) time.Duration {
	return from + time.Duration(s.rand.Int64N(int64(to-from)))
}

// chance is true so many times out of a hundred.
func (s *simulation) chance(percent int) bool { return s.rand.IntN(100) < percent }

// pick draws one of a list, by weights.
func pick[T any](s *simulation, list []T, weight func(T) int) T {
	sum := 0
	for _, x := range list {
		sum += weight(x)
	}
	n := s.rand.IntN(sum)
	for _, x := range list {
		if n -= weight(x); n < 0 {
			return x
		}
	}
	return list[0]
}
