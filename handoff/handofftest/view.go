package handofftest

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/leadloop/leadloop/handoff"
)

// A view is all that a store tells about some leads.
type view struct {
	ids     []string
	cases   []handoff.Case
	logs    [][]handoff.Event
	pending []handoff.Effect
	offer   handoff.Offer // for its Pools
}

// look reads a view.
func (s *session) look(ids ...string) (v view, err error) {
	v.ids = ids
	for _, id := range ids {
		c, err := s.store.Load(id)
		if err != nil {
			return v, failed(err, "Load(%q)", id)
		}
		log, err := s.store.Log(id)
		if err != nil {
			return v, failed(err, "Log(%q)", id)
		}
		v.cases, v.logs = append(v.cases, c), append(v.logs, log)
	}
	pending, err := s.store.Pending()
	if err != nil {
		return v, failed(err, "Pending")
	}
	v.pending = byLead(pending)
	if err = s.store.LoadPools(&v.offer); err != nil {
		return v, failed(err, "LoadPools")
	}
	return v, nil
}

// byLead brings effects into the order of leads: among different ones a store may choose. The given list may be the store's.
func byLead(effects []handoff.Effect) []handoff.Effect {
	effects = slices.Clone(effects)
	slices.SortStableFunc(effects, func(a, b handoff.Effect) int { return strings.Compare(leadOf(a.Key), leadOf(b.Key)) })
	return effects
}

// leadOf cuts version and index off a key.
func leadOf(key string) string {
	for range 2 {
		key = key[:max(strings.LastIndexByte(key, '/'), 0)]
	}
	return key
}

// unlike says in words where a view differs from the one that is due; "" if it does not.
func (v *view) unlike(want *view) string {
	for i, id := range want.ids {
		if w, g := kinds(want.logs[i]), kinds(v.logs[i]); w != g {
			return fmt.Sprintf("the log of %s should have %s, and has %s", id, orNone(w), orNone(g))
		}
		for j := range want.logs[i] {
			if d := difference(want.logs[i][j], v.logs[i][j]); d != "" {
				return fmt.Sprintf("in the log of %s event %d: %s", id, want.logs[i][j].Version, d)
			}
		}
		if d := difference(want.cases[i], v.cases[i]); d != "" {
			return fmt.Sprintf("in the case of %s: %s", id, d)
		}
	}
	if w, g := keys(want.pending), keys(v.pending); w != g {
		return fmt.Sprintf("pending should be %s, and is %s", orNone(w), orNone(g))
	}
	for i := range want.pending {
		if d := difference(want.pending[i], v.pending[i]); d != "" {
			return fmt.Sprintf("in the effect %s: %s", want.pending[i].Key, d)
		}
	}
	if d := difference(want.offer.Pools, v.offer.Pools); d != "" {
		return "in the state of the pools: " + d
	}
	return ""
}

// difference says in words where a value differs from the one that is due, at the first place in the order of its fields;
// "" if it does not. What has a method Equal is asked by it, instants among them. Nil and empty are the same.
func difference(want, got any) string {
	return differ("", reflect.ValueOf(want), reflect.ValueOf(got))
}

func differ(path string, want, got reflect.Value) string {
	if equal := want.MethodByName("Equal"); equal.IsValid() && equal.Type().In(0) == want.Type() { // not one of an embedded field
		if equal.Call([]reflect.Value{got})[0].Bool() {
			return ""
		}
		return told(path, want, got)
	}
	switch want.Kind() {
	case reflect.Pointer:
		switch {
		case want.IsNil() && got.IsNil():
			return ""
		case want.IsNil():
			return path + " should be nil, and is not"
		case got.IsNil():
			return path + " should be there, and is nil"
		}
		return differ(path, want.Elem(), got.Elem())
	case reflect.Struct:
		for i := range want.NumField() {
			field := want.Type().Field(i)
			name := path
			if !field.Anonymous {
				name = joined(path, field.Name)
			}
			if d := differ(name, want.Field(i), got.Field(i)); d != "" {
				return d
			}
		}
		return ""
	case reflect.Slice:
		for i := range min(want.Len(), got.Len()) {
			if d := differ(fmt.Sprintf("%s[%d]", path, i), want.Index(i), got.Index(i)); d != "" {
				return d
			}
		}
		if want.Len() != got.Len() {
			return fmt.Sprintf("%s should have %d elements, and has %d", path, want.Len(), got.Len())
		}
		return ""
	case reflect.Map: // of texts by names: printed in the order of the names
		if want.Len() == 0 && got.Len() == 0 || reflect.DeepEqual(want.Interface(), got.Interface()) {
			return ""
		}
		return told(path, want, got)
	}
	if want.Equal(got) {
		return ""
	}
	return told(path, want, got)
}

func joined(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// told prints both sides, instants with all their digits.
func told(path string, want, got reflect.Value) string {
	if w, ok := want.Interface().(time.Time); ok {
		g, _ := got.Interface().(time.Time)
		return fmt.Sprintf("%s should be %s, and is %s", path, w.Format(time.RFC3339Nano), g.Format(time.RFC3339Nano))
	}
	if want.Kind() == reflect.String {
		return fmt.Sprintf("%s should be %q, and is %q", path, want.String(), got.String())
	}
	return fmt.Sprintf("%s should be %v, and is %v", path, want.Interface(), got.Interface())
}
