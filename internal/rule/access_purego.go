//go:build purego

package rule

import (
	"reflect"
	"time"
)

// memory is a struct or a single value.
type memory = reflect.Value

func memoryOf[T any](value *T) memory { return reflect.ValueOf(value).Elem() }

// asRecord takes a type whose underlying type is map[string]any for that.
func asRecord[T any](record *T) map[string]any {
	return reflect.ValueOf(record).Elem().Convert(recordType).Interface().(map[string]any)
}

func absent(m memory) bool { return !m.IsValid() }

// identity tells types apart.
type identity = reflect.Type

// identityOf gives the type of what an interface holds; that of nil is no other's.
func identityOf(value any) identity { return reflect.TypeOf(value) }

// rows is a list of structs.
type rows struct {
	list  reflect.Value
	count int
}

func rowsOf[T any](list []T) rows { return rows{reflect.ValueOf(list), len(list)} }

func rowsOfValue(list reflect.Value) rows { return rows{list, list.Len()} }

func (r *rows) at(i int) memory { return r.list.Index(i) }

// slot is a field of a struct, or all of a single value.
type slot struct {
	index []int
	kind  reflect.Kind
}

// slotOf finds a field that is reached without following a pointer.
func slotOf(t reflect.Type, index []int) slot {
	for _, i := range index {
		t = t.Field(i).Type
	}
	return slot{index, t.Kind()}
}

func (s *slot) value(m memory) reflect.Value {
	for _, i := range s.index {
		m = m.Field(i)
	}
	return m
}

func (s *slot) text(m memory) string  { return s.value(m).String() }
func (s *slot) boolean(m memory) bool { return s.value(m).Bool() }

func (s *slot) time(m memory) *time.Time {
	v := s.value(m)
	if v.CanAddr() {
		return v.Addr().Interface().(*time.Time)
	}
	t := v.Interface().(time.Time)
	return &t
}

// follow gives what a pointer points to; absent if it is nil.
func (s *slot) follow(m memory) memory { return s.value(m).Elem() }

// isNil tells whether a pointer, a list or a map is nil.
func (s *slot) isNil(m memory) bool { return s.value(m).IsNil() }

// integer reads any kind of integer, or 1 for true; what exceeds int64 wraps.
func (s *slot) integer(m memory) int64 {
	switch v := s.value(m); {
	case s.kind == reflect.Bool:
		return int64(ones(v.Bool()))
	case v.CanInt():
		return v.Int()
	default:
		return int64(v.Uint())
	}
}

func (s *slot) number(m memory) float64 { return s.value(m).Float() }

// length is that of a list.
func (s *slot) length(m memory) int { return s.value(m).Len() }

// element reads a text from a list of texts.
func (s *slot) element(m memory, i int) string { return s.value(m).Index(i).String() }

func (s *slot) setText(m memory, v string)    { s.value(m).SetString(v) }
func (s *slot) setInt(m memory, v int)        { s.value(m).SetInt(int64(v)) }
func (s *slot) setNumber(m memory, v float64) { s.value(m).SetFloat(v) }
func (s *slot) setBool(m memory, v bool)      { s.value(m).SetBool(v) }
func (s *slot) setTime(m memory, v time.Time) { s.value(m).Set(reflect.ValueOf(v)) }
func (s *slot) setTexts(m memory, v []string) { s.value(m).Set(reflect.ValueOf(v)) }

// point makes a pointer point to the value of another slot.
func (s *slot) point(m, to memory, value *slot) { s.value(m).Set(value.value(to).Addr()) }

// pointInto makes a pointer point to a copy, in the other slot, of the value
// that an interface holds.
func (s *slot) pointInto(m memory, value any, to memory, other *slot) {
	other.value(to).Set(reflect.ValueOf(value))
	s.point(m, to, other)
}
