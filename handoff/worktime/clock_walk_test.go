package worktime_test

import (
	"errors"
	"fmt"
	"math/rand"
	"reflect"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/leadloop/leadloop/handoff/worktime"
)

// walkedClock is the slow, obvious clock: it lives through every minute of a range.
type walkedClock struct {
	calendars map[string]*reference
	steps     []worktime.Step
	events    []worktime.Event // on whole minutes, in order

	elapsed, budget time.Duration
	running         string // the name of the calendar
	causes          map[string]bool
	alive           bool
	due, metUntil   time.Time
	fired           []worktime.Firing
}

// offset is the step's working time under the budget, by decimal steps.
func offset(s worktime.Step, budget time.Duration) time.Duration {
	return max(time.Duration(s.At.Percent)*(budget/100)+time.Duration(s.At.Percent)*(budget%100)/100+s.At.Plus, 0)
}

// fire lets the steps between two working times fire, in the order of their offsets.
func (w *walkedClock) fire(from, to time.Duration, at func(offset time.Duration) time.Time) {
	var steps []worktime.Step
	for _, s := range w.steps {
		if o := offset(s, w.budget); from <= o && o < to {
			steps = append(steps, s)
		}
	}
	slices.SortStableFunc(steps, func(a, b worktime.Step) int { return int(offset(a, w.budget) - offset(b, w.budget)) })
	for _, s := range steps {
		o := offset(s, w.budget)
		if !slices.ContainsFunc(w.fired, func(f worktime.Firing) bool { return f.Step == s.Name }) {
			w.fired = append(w.fired, worktime.Firing{Step: s.Name, At: at(o)})
		}
	}
}

// live goes on minute by minute up to the end of the range, after the event at
// which asked is called.
func (w *walkedClock) live(r *reference, asked func(minute int)) {
	w.causes = map[string]bool{}
	next := 0
	for i := range r.open {
		now := r.at(i)
		amended := false
		for ; next < len(w.events) && w.events[next].At.Equal(now); next++ {
			switch e := w.events[next]; e.Kind {
			case worktime.Start:
				w.alive, w.budget, w.running = true, e.Budget, e.Calendar
			case worktime.Pause:
				w.causes[e.Cause] = true
			case worktime.Resume:
				delete(w.causes, e.Cause)
			case worktime.Stop:
				asked(i)
				return
			case worktime.Amend:
				if w.budget != e.Budget {
					w.budget, w.due, w.metUntil = e.Budget, time.Time{}, time.Time{}
					if amended = true; w.elapsed > w.budget {
						w.due, w.metUntil = now, now
					}
				}
			case worktime.Reassign:
				w.running = e.Calendar
			}
		}
		if asked(i); !w.alive {
			continue
		}
		if amended {
			w.fire(0, w.elapsed, func(time.Duration) time.Time { return now })
		}
		if w.due.IsZero() && w.elapsed == w.budget {
			w.due = now
		}
		if len(w.causes) > 0 || !w.calendars[w.running].open[i] {
			continue
		}
		w.fire(w.elapsed, w.elapsed+time.Minute, func(o time.Duration) time.Time { return now.Add(o - w.elapsed) })
		if w.elapsed == w.budget {
			w.metUntil = now
		}
		w.elapsed += time.Minute
	}
}

// TestClocksAgainstWalk lets random clocks live, on random calendars that are
// reassigned, with pauses that overlap, budgets that are amended and ladders that
// are moved, and compares each reading, deadline and step with a clock that walks
// through the minutes. However often and whenever one asks, the steps are the
// same, and so is the stored clock; an event that comes again is not applied again.
func TestClocksAgainstWalk(t *testing.T) {
	rounds := 130
	if testing.Short() {
		rounds = 15
	}
	var steps, dues, over atomic.Int64
	t.Run("zones", func(t *testing.T) {
		for i, zone := range zones {
			t.Run(zone.name, func(t *testing.T) {
				t.Parallel()
				r := rand.New(rand.NewSource(int64(i)))
				start := utc(zone.starts[0] + "T00:00:00Z")
				walks := map[string]*reference{}
				terms := &worktime.Terms{Calendars: map[string]*worktime.Calendar{}}
				for _, name := range []string{"a", "b", "c"} {
					for walks[name] == nil {
						if drawn, ok := draw(t, r, zone.name, start); ok {
							walks[name], terms.Calendars[name] = drawn.walk, drawn.calendar
						}
					}
				}
				for range rounds {
					w := &walkedClock{calendars: walks, steps: randomSteps(r)}
					w.events = randomEvents(r, walks["a"])
					var err error
					if terms.Ladder, err = worktime.NewLadder(w.steps); err != nil {
						t.Fatal(err)
					}
					var silent, asking worktime.Clock // the one is told only what happens, the other is asked all the time
					var heard, told []worktime.Firing
					var before worktime.Event
					next := 0
					w.live(walks["a"], func(minute int) {
						now := walks["a"].at(minute)
						for ; next < len(w.events) && w.events[next].At.Equal(now); next++ {
							e := w.events[next]
							for clock, list := range map[*worktime.Clock]*[]worktime.Firing{&silent: &told, &asking: &heard} {
								after, due, err := terms.Decide(stored(t, *clock), e)
								if err != nil {
									t.Fatalf("%+v, %+v: %v", clock, e, err)
								}
								if _, _, err := terms.Decide(after, e); !errors.Is(err, worktime.ErrRepeated) {
									t.Fatalf("%+v, again %+v: %v", after, e, err)
								}
								if _, _, err := terms.Decide(after, before); next > 0 && !errors.Is(err, worktime.ErrRepeated) {
									t.Fatalf("%+v, again %+v: %v", after, before, err)
								}
								*clock, *list = after, append(*list, due...)
							}
							before = e
						}
						if r.Intn(2000) > 0 {
							return
						}
						if reading, err := terms.Read(silent, now); err != nil || reading.Elapsed != w.elapsed || reading.Over != max(0, w.elapsed-w.budget) ||
							reading.Remaining != max(0, w.budget-w.elapsed) || reading.Met != (w.elapsed <= w.budget) {
							t.Fatalf("%+v at %v: %+v, want elapsed %v of %v", silent, now, reading, w.elapsed, w.budget)
						}
						due := []worktime.Firing(nil)
						was := asking
						if asking, due, err = terms.Fire(asking, now.Add(time.Duration(r.Int63n(int64(time.Minute))))); err != nil {
							t.Fatal(err)
						}
						if len(due) == 0 && !reflect.DeepEqual(was, asking) {
							t.Fatal("a question without an answer changes the clock")
						}
						heard = append(heard, due...)
					})
					end := walks["a"].at(len(walks["a"].open) - 1).Add(time.Minute - 1)
					for clock, list := range map[*worktime.Clock]*[]worktime.Firing{&silent: &told, &asking: &heard} {
						next, err := terms.Next(*clock)
						if err != nil {
							t.Fatal(err)
						}
						after, due, err := terms.Fire(*clock, end)
						if err != nil || len(due) > 0 && due[0] != next || len(due) == 0 && !next.At.IsZero() && !next.At.After(end) {
							t.Fatalf("%+v: next %v, then %v, %v", clock, next, due, err)
						}
						*clock, *list = after, append(*list, due...)
						if !slices.Equal(*list, w.fired) || !slices.Equal(clock.Fired, w.fired) {
							t.Fatalf("%+v\n%+v\nfired %v\n and has %v\nwant %v", w.steps, w.events, *list, clock.Fired, w.fired)
						}
						if again, due, err := terms.Fire(after, end); err != nil || due != nil || !reflect.DeepEqual(again, after) {
							t.Fatalf("asked again, it says %v, %v", due, err)
						}
					}
					steps.Add(int64(len(w.fired)))
					if !reflect.DeepEqual(silent, asking) {
						t.Fatalf("asked %+v, not asked %+v", asking, silent)
					}
					if silent.Stopped {
						continue
					}
					if w.elapsed > w.budget {
						over.Add(1)
					}
					if !w.due.IsZero() {
						dues.Add(1)
						if !silent.Deadline.Due.Equal(w.due) || !w.metUntil.IsZero() && !silent.Deadline.MetUntil.Equal(w.metUntil) {
							t.Fatalf("%+v\n%+v\nwant due %v to %v", w.events, silent, w.due, w.metUntil)
						}
					} else if d := silent.Deadline; !d.Due.IsZero() && !d.Due.After(end) {
						t.Fatalf("%+v\n%+v\nwant no due time", w.events, silent)
					}
				}
			})
		}
	})
	if !testing.Short() && (steps.Load() < 2000 || dues.Load() < 300 || over.Load() < 300) {
		t.Errorf("only %d steps fired, %d fell due, %d were over", steps.Load(), dues.Load(), over.Load())
	}
}

func randomSteps(r *rand.Rand) []worktime.Step {
	var steps []worktime.Step
	for i := range r.Intn(7) {
		s := worktime.Step{Name: fmt.Sprint("step ", i)}
		switch r.Intn(3) {
		case 0:
			s.At.Percent = r.Intn(160)
		case 1:
			s.At.Plus = time.Duration(r.Intn(3000)) * time.Minute
		default:
			s.At = worktime.Offset{Percent: 100, Plus: time.Duration(r.Intn(900)-300) * time.Second * 20}
		}
		steps = append(steps, s)
	}
	return steps
}

// randomEvents makes a story in which every event is allowed; several may fall on
// one minute.
func randomEvents(r *rand.Rand, walk *reference) []worktime.Event {
	calendar := func() string { return string(rune('a' + r.Intn(3))) }
	budget := func() time.Duration { return time.Duration(r.Intn(2000)) * time.Minute }
	minute := r.Intn(20 * 1440)
	events := []worktime.Event{{Kind: worktime.Start, At: walk.at(minute), Calendar: calendar(), Budget: budget()}}
	var open []string
	for range r.Intn(14) {
		if r.Intn(4) > 0 {
			minute += r.Intn(3000)
		}
		if minute >= len(walk.open) {
			break
		}
		e := worktime.Event{At: walk.at(minute), Version: int64(len(events))}
		switch r.Intn(8) {
		case 0, 1:
			e.Kind, e.Cause = worktime.Pause, string(rune('x'+r.Intn(3)))
			if slices.Contains(open, e.Cause) {
				continue
			}
			open = append(open, e.Cause)
		case 2, 3, 4:
			if len(open) == 0 {
				continue
			}
			i := r.Intn(len(open))
			e.Kind, e.Cause = worktime.Resume, open[i]
			open = slices.Delete(open, i, i+1)
		case 5:
			e.Kind, e.Budget = worktime.Amend, budget()
		case 6:
			e.Kind, e.Calendar = worktime.Reassign, calendar()
		default:
			if r.Intn(3) > 0 {
				continue
			}
			e.Kind = worktime.Stop
			return append(events, e)
		}
		events = append(events, e)
	}
	return events
}
