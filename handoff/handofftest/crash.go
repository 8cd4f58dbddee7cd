package handofftest

import (
	"errors"
	"fmt"

	"github.com/leadloop/leadloop/handoff"
)

// crash handles a lead's life and crashes at one point after the other.
func crash(k *kit) error {
	want, err := k.undisturbed()
	if err != nil {
		return err
	}
	for n := 0; ; n++ {
		h := &host{session: k.session(), want: want, points: n, received: map[string]delivery{}}
		crashed, err := h.live()
		if err != nil {
			return err
		}
		if !crashed { // the points have come to their end
			return nil
		}
	}
}

// undisturbed decides a lead's life without any store.
func (k *kit) undisturbed() (want []handoff.Decision, err error) {
	var c handoff.Case
	for _, step := range life(one) {
		d, err := k.desk.Decide(c, step.cmd, &lead{Grade: "A"}, start.Add(step.after))
		if err != nil {
			return nil, err
		}
		for _, e := range d.Events {
			c = handoff.Apply(c, e)
		}
		want = append(want, d)
	}
	return want, nil
}

// A host works off commands and effects, and crashes once.
type host struct {
	*session
	want     []handoff.Decision // without a crash
	points   int                // at which nothing happens before the crash; below 0: it has happened
	received map[string]delivery
	version  int64 // that was stored last, for all that the host was told
}

// A delivery is an effect as its receiver has seen it.
type delivery struct {
	effect handoff.Effect
	times  int
}

// errCrash abandons what the host is at.
var errCrash = errors.New("crash")

// point is where the host may crash.
func (h *host) point(format string, args ...any) error {
	h.points--
	if h.points != -1 {
		return nil
	}
	h.note("the host crashes "+format+", and starts again", args...)
	return errCrash
}

// live works off the whole life. After the crash the interrupted command comes again.
func (h *host) live() (crashed bool, err error) {
	steps := life(one)
	for i := 0; i < len(steps); i++ {
		h.now = start.Add(steps[i].after)
		err := h.handle(steps[i])
		if errors.Is(err, errCrash) {
			crashed = true
			if err = h.recover(); err == nil {
				err = h.handle(steps[i])
			}
		}
		if err == nil {
			err = h.complete(h.want[:i+1])
		}
		if err != nil {
			return crashed, err
		}
	}
	return crashed, nil
}

// handle is a host's way with a command, step by step.
func (h *host) handle(step step) error {
	if err := h.point("before it loads the case"); err != nil {
		return err
	}
	w, err := h.prepare(step.id, step.cmd)
	switch {
	case errors.Is(err, handoff.ErrRepeated):
		h.note("%s → the desk knows it", h.line(step.id, step.cmd))
		return h.deliver()
	case err != nil:
		return fmt.Errorf("the desk should decide %T, and refuses it: %w", step.cmd, err)
	}
	if err := h.point("before Commit of %s", kinds(w.d.Events)); err != nil {
		return err
	}
	if err := h.save(w); err != nil {
		return err
	}
	h.version = w.d.Events[len(w.d.Events)-1].Version
	if err := h.point("after Commit of %s", kinds(w.d.Events)); err != nil {
		return err
	}
	return h.deliver()
}

// deliver carries out what is pending.
func (h *host) deliver() error {
	list, err := h.store.Pending()
	if err != nil {
		return failed(err, "Pending")
	}
	for _, e := range list {
		if err := h.point("before it carries out %s %s", e.Key, e.Kind); err != nil {
			return err
		}
		got, seen := h.received[e.Key]
		if seen {
			if d := difference(got.effect, e); d != "" {
				return fmt.Errorf("the effect %s comes again as another one: %s", e.Key, d)
			}
		}
		h.received[e.Key] = delivery{e, got.times + 1}
		h.note("%s %s is carried out", e.Key, e.Kind)
		if err := h.point("after it has carried out %s %s, before Done", e.Key, e.Kind); err != nil {
			return err
		}
		if err := h.store.Done(e.Key); err != nil {
			return failed(err, "Done(%q)", e.Key)
		}
		if err := h.point("after Done of %s %s", e.Key, e.Kind); err != nil {
			return err
		}
	}
	return nil
}

// recover starts the host again.
func (h *host) recover() error {
	store, err := h.store.Reopen()
	if err != nil {
		return failed(err, "Reopen")
	}
	h.store = store
	c, err := h.store.Load(one)
	if err != nil {
		return failed(err, "Load(%q)", one)
	}
	if c.Version != h.version {
		return fmt.Errorf("after the crash %s has version %d, and version %d was stored before", one, c.Version, h.version)
	}
	return h.deliver()
}

// complete compares what has come of the life so far with what was due.
func (h *host) complete(want []handoff.Decision) error {
	log, err := h.store.Log(one)
	if err != nil {
		return failed(err, "Log(%q)", one)
	}
	var events []handoff.Event
	var effects []handoff.Effect
	for _, d := range want {
		events, effects = append(events, d.Events...), append(effects, d.Effects...)
	}
	if w, g := kinds(events), kinds(log); w != g {
		return fmt.Errorf("the log should have %s, and has %s", w, orNone(g))
	}
	known, twice := 0, 0
	for _, e := range effects {
		times := h.received[e.Key].times
		if times == 0 {
			return fmt.Errorf("the effect %s %s was never carried out", e.Key, e.Kind)
		}
		known++
		twice += times - 1
	}
	if known < len(h.received) {
		return fmt.Errorf("%d effects were carried out, and %d were decided", len(h.received), known)
	}
	if twice > 1 {
		return fmt.Errorf("effects were carried out %d times too often, although Done was called for them", twice)
	}
	return h.pending(nil)
}
