package handofftest_test

import (
	"errors"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/handoff/handofftest"
	"github.com/leadloop/leadloop/handoff/routing"
)

// failing fails at one of its calls, and at all after it.
type failing struct {
	handofftest.Store
	method string
	after  *atomic.Int64
}

var errDisk = errors.New("disk full")

func (f *failing) fails(method string) error {
	if f.method == method && f.after.Add(-1) < 0 {
		return errDisk
	}
	return nil
}

func (f *failing) Load(id string) (handoff.Case, error) {
	if err := f.fails("Load"); err != nil {
		return handoff.Case{}, err
	}
	return f.Store.Load(id)
}

func (f *failing) LoadPools(offer *handoff.Offer) error {
	if err := f.fails("LoadPools"); err != nil {
		return err
	}
	return f.Store.LoadPools(offer)
}

func (f *failing) Commit(c handoff.Case, cmd handoff.Command, d handoff.Decision) error {
	if err := f.fails("Commit"); err != nil {
		return err
	}
	return f.Store.Commit(c, cmd, d)
}

func (f *failing) Log(id string) ([]handoff.Event, error) {
	if err := f.fails("Log"); err != nil {
		return nil, err
	}
	return f.Store.Log(id)
}

func (f *failing) Pending() ([]handoff.Effect, error) {
	if err := f.fails("Pending"); err != nil {
		return nil, err
	}
	return f.Store.Pending()
}

func (f *failing) Done(key string) error {
	if err := f.fails("Done"); err != nil {
		return err
	}
	return f.Store.Done(key)
}

func (f *failing) Due(now time.Time) ([]string, error) {
	if err := f.fails("Due"); err != nil {
		return nil, err
	}
	return f.Store.Due(now)
}

func (f *failing) Reopen() (handofftest.Store, error) {
	if err := f.fails("Reopen"); err != nil {
		return nil, err
	}
	store, err := f.Store.Reopen()
	return &failing{store, f.method, f.after}, err
}

// TestFailing lets every method fail at many of its calls: the kit must name the method, and go on to the next law.
func TestFailing(t *testing.T) {
	for _, method := range []string{"Load", "LoadPools", "Commit", "Log", "Pending", "Done", "Due", "Reopen"} {
		for _, after := range []int64{0, 1, 2, 3, 4, 6, 9, 20, 40} {
			failures := handofftest.Failures(func() handofftest.Store {
				n := new(atomic.Int64)
				n.Store(after)
				return &failing{newMemory(), method, n}
			})
			for _, f := range failures {
				if !strings.Contains(f.Broken, "disk full") || !strings.Contains(f.String(), method) {
					t.Errorf("%s fails after %d calls, and the kit says: %s", method, after, f)
				}
			}
			if least := map[string]int{"Due": 1, "Done": 2, "Reopen": 5, "LoadPools": 8, "Log": 6, "Pending": 7}[method]; after == 0 && len(failures) < max(least, 1) {
				t.Errorf("%s always fails, and that breaks %d laws only", method, len(failures))
			}
		}
	}
}

// recorder sees what the kit commits.
type recorder struct {
	handofftest.Store
	seen func(v reflect.Value)
}

func (r *recorder) Commit(c handoff.Case, cmd handoff.Command, d handoff.Decision) error {
	err := r.Store.Commit(c, cmd, d)
	if err == nil {
		r.seen(reflect.ValueOf(d.Events))
		r.seen(reflect.ValueOf(d.Effects))
		for _, e := range d.Events {
			c = handoff.Apply(c, e)
		}
		r.seen(reflect.ValueOf(c))
		r.seen(reflect.ValueOf(d.Pools))
	}
	return err
}

func (r *recorder) Reopen() (handofftest.Store, error) {
	store, err := r.Store.Reopen()
	return &recorder{store, r.seen}, err
}

// TestEveryFieldIsStored finds fields that no story sets: a store that drops them would pass.
func TestEveryFieldIsStored(t *testing.T) {
	set := map[string]bool{}
	var see func(v reflect.Value)
	see = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.Pointer:
			if !v.IsNil() {
				see(v.Elem())
			}
		case reflect.Slice:
			for i := range v.Len() {
				see(v.Index(i))
			}
		case reflect.Struct:
			for i := range v.NumField() {
				if !v.Field(i).IsZero() {
					set[v.Type().String()+"."+v.Type().Field(i).Name] = true
					see(v.Field(i))
				}
			}
		}
	}
	if failures := handofftest.Hold("round trip", func() handofftest.Store { return &recorder{newMemory(), see} }); failures != nil {
		t.Fatal(failures)
	}

	var miss func(typ reflect.Type)
	known := map[reflect.Type]bool{}
	miss = func(typ reflect.Type) {
		for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
			typ = typ.Elem()
		}
		if known[typ] || typ.Kind() != reflect.Struct || typ == reflect.TypeFor[time.Time]() {
			return
		}
		known[typ] = true
		for i := range typ.NumField() {
			field := typ.Field(i)
			switch name := typ.String() + "." + field.Name; {
			case !field.IsExported(), set[name]:
				miss(field.Type)
			case name == "funnel.Transition.Amendment", name == "funnel.Transition.Redacted": // the desk decides neither
			default:
				t.Errorf("the story of the law \"round trip\" never sets %s: add a scene that does, or what it takes to the kit's agreement", name)
			}
		}
	}
	miss(reflect.TypeFor[handoff.Case]())
	miss(reflect.TypeFor[handoff.Event]())
	miss(reflect.TypeFor[handoff.Effect]())
	miss(reflect.TypeFor[routing.State]())
	if len(known) < 10 {
		t.Errorf("only %d types were looked at", len(known))
	}
}

// TestRunFails runs Run on a store that forgets effects, in a process of its own: the test there must fail and tell why.
func TestRunFails(t *testing.T) {
	const variable = "HANDOFFTEST_FORGETS"
	if os.Getenv(variable) != "" {
		handofftest.Run(t, func(*testing.T) handofftest.Store { return &hasty{Store: newMemory()} })
		return
	}
	command := exec.Command(os.Args[0], "-test.run=^TestRunFails$")
	command.Env = append(os.Environ(), variable+"=1")
	out, err := command.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Skipf("a test that was built for another machine, and runs by an emulator, can't start itself: %v", err)
	}
	if err == nil {
		t.Errorf("a store that forgets its effects passes:\n%s", out)
	}
	for _, want := range []string{"--- FAIL: TestRunFails/crash", "crash: wherever the host crashes", "the host crashes after Commit of 1 registered"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the output does not tell %q:\n%s", want, out)
		}
	}
	if strings.Contains(string(out), "--- FAIL: TestRunFails/replay") {
		t.Errorf("a law that holds fails:\n%s", out)
	}
}
