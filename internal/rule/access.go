//go:build !purego

package rule

import (
	"reflect"
	"time"
	"unsafe"
)

// This file alone reads the host's structs by address; access_purego.go does
// the same by reflection, several times slower.

// memory is where a struct or a single value lies.
type memory = unsafe.Pointer

func memoryOf[T any](value *T) memory { return unsafe.Pointer(value) }

// asRecord takes a type whose underlying type is map[string]any for that.
func asRecord[T any](record *T) map[string]any { return *(*map[string]any)(unsafe.Pointer(record)) }

func absent(m memory) bool { return m == nil }

// identity tells types apart, faster than a switch over them.
type identity = unsafe.Pointer

// identityOf gives the type of what an interface holds; that of nil is no other's.
func identityOf(value any) identity { return (*[2]unsafe.Pointer)(unsafe.Pointer(&value))[0] }

// rows is a list of structs.
type rows struct {
	first  unsafe.Pointer
	stride uintptr
	count  int
}

func rowsOf[T any](list []T) rows {
	var zero T
	return rows{unsafe.Pointer(unsafe.SliceData(list)), unsafe.Sizeof(zero), len(list)}
}

func rowsOfValue(list reflect.Value) rows {
	return rows{list.UnsafePointer(), list.Type().Elem().Size(), list.Len()}
}

func (r *rows) at(i int) memory { return unsafe.Add(r.first, uintptr(i)*r.stride) }

// slot is a field of a struct, or all of a single value.
type slot struct {
	offset uintptr
	kind   reflect.Kind
	size   uintptr // of an element, if it is a list
}

// slotOf finds a field that is reached without following a pointer.
func slotOf(t reflect.Type, index []int) slot {
	var offset uintptr
	for _, i := range index {
		f := t.Field(i)
		offset, t = offset+f.Offset, f.Type
	}
	s := slot{offset: offset, kind: t.Kind()}
	if s.kind == reflect.Slice {
		s.size = t.Elem().Size()
	}
	return s
}

func (s *slot) text(m memory) string     { return *(*string)(unsafe.Add(m, s.offset)) }
func (s *slot) boolean(m memory) bool    { return *(*bool)(unsafe.Add(m, s.offset)) }
func (s *slot) time(m memory) *time.Time { return (*time.Time)(unsafe.Add(m, s.offset)) }

// follow gives what a pointer points to; absent if it is nil.
func (s *slot) follow(m memory) memory { return *(*unsafe.Pointer)(unsafe.Add(m, s.offset)) }

// isNil tells whether a pointer, a list or a map is nil.
func (s *slot) isNil(m memory) bool { return *(*unsafe.Pointer)(unsafe.Add(m, s.offset)) == nil }

// integer reads any kind of integer, or 1 for true; what exceeds int64 wraps.
func (s *slot) integer(m memory) int64 {
	p := unsafe.Add(m, s.offset)
	switch s.kind {
	case reflect.Bool:
		return int64(ones(*(*bool)(p)))
	case reflect.Int8:
		return int64(*(*int8)(p))
	case reflect.Int16:
		return int64(*(*int16)(p))
	case reflect.Int32:
		return int64(*(*int32)(p))
	case reflect.Uint8:
		return int64(*(*uint8)(p))
	case reflect.Uint16:
		return int64(*(*uint16)(p))
	case reflect.Uint32:
		return int64(*(*uint32)(p))
	case reflect.Int, reflect.Uint:
		return int64(*(*int)(p))
	}
	return *(*int64)(p)
}

func (s *slot) number(m memory) float64 {
	p := unsafe.Add(m, s.offset)
	if s.kind == reflect.Float32 {
		return float64(*(*float32)(p))
	}
	return *(*float64)(p)
}

// length is that of a list.
func (s *slot) length(m memory) int { return len(*(*[]struct{})(unsafe.Add(m, s.offset))) }

// element reads a text from a list of texts.
func (s *slot) element(m memory, i int) string {
	first := *(*unsafe.Pointer)(unsafe.Add(m, s.offset))
	return *(*string)(unsafe.Add(first, uintptr(i)*s.size))
}

func (s *slot) setText(m memory, v string)    { *(*string)(unsafe.Add(m, s.offset)) = v }
func (s *slot) setInt(m memory, v int)        { *(*int)(unsafe.Add(m, s.offset)) = v }
func (s *slot) setNumber(m memory, v float64) { *(*float64)(unsafe.Add(m, s.offset)) = v }
func (s *slot) setBool(m memory, v bool)      { *(*bool)(unsafe.Add(m, s.offset)) = v }
func (s *slot) setTime(m memory, v time.Time) { *(*time.Time)(unsafe.Add(m, s.offset)) = v }
func (s *slot) setTexts(m memory, v []string) { *(*[]string)(unsafe.Add(m, s.offset)) = v }

// point makes a pointer point to the value of another slot.
func (s *slot) point(m, to memory, value *slot) {
	*(*unsafe.Pointer)(unsafe.Add(m, s.offset)) = unsafe.Add(to, value.offset)
}

// pointInto makes a pointer point to the value that an interface holds, which
// never changes. The other slot is for builds in which that can't be had.
func (s *slot) pointInto(m memory, value any, _ memory, _ *slot) {
	*(*unsafe.Pointer)(unsafe.Add(m, s.offset)) = (*[2]unsafe.Pointer)(unsafe.Pointer(&value))[1]
}
