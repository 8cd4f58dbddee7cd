package handofftest

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/leadloop/leadloop/handoff"
)

// A session is one story: a host that works on a store, and what it has done so far.
type session struct {
	desk  *handoff.Desk[lead]
	store Store
	now   time.Time
	steps []string
}

// note adds a line to the history.
func (s *session) note(format string, args ...any) {
	s.steps = append(s.steps, fmt.Sprintf(format, args...))
}

// A write is a decision that is not stored yet, with what it was made from.
type write struct {
	c   handoff.Case
	cmd handoff.Command
	d   handoff.Decision
}

// A refused command is the desk's answer, not the store's.
type refused struct{ error }

func (r refused) Unwrap() error { return r.error }

// prepare loads and decides. It notes nothing, so that it may run beside others.
func (s *session) prepare(id string, cmd handoff.Command) (write, error) {
	c, err := s.store.Load(id)
	if err != nil {
		return write{}, failed(err, "Load(%q)", id)
	}
	if offer, ok := cmd.(handoff.Offer); ok {
		if err := s.store.LoadPools(&offer); err != nil {
			return write{}, failed(err, "LoadPools")
		}
		cmd = offer
	}
	d, err := s.desk.Decide(c, cmd, &lead{Grade: "A"}, s.now)
	if err != nil {
		return write{}, refused{err}
	}
	return write{c, cmd, d}, nil
}

// decide is prepare where nothing stands against the command.
func (s *session) decide(id string, cmd handoff.Command) (write, error) {
	w, err := s.prepare(id, cmd)
	if errors.As(err, new(refused)) {
		s.note("%s → the desk refuses", s.line(id, cmd))
		return w, fmt.Errorf("the desk refuses what fits to what was stored, so that the store must have lost or changed it: %w", err)
	}
	return w, err
}

// commit stores a decision and notes what came of it.
func (s *session) commit(w write) error {
	err := s.store.Commit(w.c, w.cmd, w.d)
	answer := "stored"
	switch {
	case errors.Is(err, ErrConflict):
		answer = "conflict"
	case err != nil:
		answer = "Commit fails: " + err.Error()
	}
	s.note("%s → decided %s: %s", s.line(w.id(), w.cmd), kinds(w.d.Events), answer)
	return err
}

// id is that of the case, which a new one gets by its first event.
func (w write) id() string {
	if w.c.ID == "" {
		return w.d.Events[0].ID
	}
	return w.c.ID
}

// save commits a decision that nothing stands against.
func (s *session) save(w write) error {
	if err := s.commit(w); err != nil {
		return fmt.Errorf("nothing stands against this decision, and Commit fails: %w", err)
	}
	return nil
}

// do gives steps that nothing stands against.
func (s *session) do(steps ...step) error {
	for _, step := range steps {
		s.now = start.Add(step.after)
		w, err := s.decide(step.id, step.cmd)
		if err != nil {
			return err
		}
		if err := s.save(w); err != nil {
			return err
		}
	}
	return nil
}

// reopen restarts the host.
func (s *session) reopen(why string) error {
	s.note("%s", why)
	store, err := s.store.Reopen()
	if err != nil {
		return failed(err, "Reopen")
	}
	s.store = store
	return nil
}

const restart = "the host starts again"

// line tells a command: "Mon 2026-01-05 09:00:00 Accept of lead-1 by anna, who saw version 3".
func (s *session) line(id string, cmd handoff.Command) string {
	name := strings.TrimPrefix(fmt.Sprintf("%T", cmd), "handoff.")
	line := fmt.Sprintf("%s %s of %s", s.now.Format("Mon 2006-01-02 15:04:05"), name, id)
	if field := reflect.ValueOf(cmd).FieldByName("By"); field.IsValid() {
		if by, ok := field.Interface().(handoff.By); ok {
			line += fmt.Sprintf(" by %s, who saw version %d", by.Actor, by.Version)
		}
	}
	return line
}

// kinds lists events as "2 moved, 3 offered".
func kinds(events []handoff.Event) string {
	list := make([]string, len(events))
	for i, e := range events {
		list[i] = fmt.Sprintf("%d %s", e.Version, e.Kind)
	}
	return strings.Join(list, ", ")
}

// failed says which call of the store failed.
func failed(err error, call string, args ...any) error {
	return fmt.Errorf("%s failed: %w", fmt.Sprintf(call, args...), err)
}

// keys lists effects as "lead-1/1/0 start_nurture".
func keys(effects []handoff.Effect) string {
	list := make([]string, len(effects))
	for i, e := range effects {
		list[i] = e.Key + " " + string(e.Kind)
	}
	return strings.Join(list, ", ")
}

func orNone(list string) string {
	if list == "" {
		return "none"
	}
	return list
}
