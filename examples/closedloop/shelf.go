package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
)

// shelf packs logs into as few bytes as a million of them ask for, where a host with a database would write rows. It knows the
// fields of an event by reflection: each struct is a bit for each field, set if the field is not zero, and then those fields;
// a text is its number in a list that all logs share. What is packed is for the memory of one run and for no file.
type shelf struct {
	numbers map[string]uint64
	texts   []string

	event      handoff.Event // reused
	transition funnel.Transition
}

var errShelf = errors.New("a packed log is damaged")

// pack adds an event to a packed log, without the id, which is that of the log.
func (s *shelf) pack(packed []byte, e *handoff.Event) []byte {
	s.event = *e
	s.event.ID = ""
	if e.Transition != nil {
		s.transition = *e.Transition
		s.transition.ID = ""
		s.event.Transition = &s.transition
	}
	return s.encode(packed, reflect.ValueOf(&s.event).Elem())
}

// unpack adds the events of the packed log of an id to a log.
func (s *shelf) unpack(log []handoff.Event, id string, packed []byte) (_ []handoff.Event, err error) {
	for len(packed) > 0 {
		log = append(log, handoff.Event{})
		e := &log[len(log)-1]
		if packed, err = s.decode(packed, reflect.ValueOf(e).Elem()); err != nil {
			return nil, err
		}
		if e.ID = id; e.Transition != nil {
			e.Transition.ID = id
		}
	}
	return log, nil
}

var timeType = reflect.TypeFor[time.Time]()

func (s *shelf) encode(b []byte, v reflect.Value) []byte {
	switch v.Kind() {
	case reflect.String:
		return binary.AppendUvarint(b, s.number(v.String()))
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return binary.AppendVarint(b, v.Int())
	case reflect.Bool:
		if v.Bool() {
			return append(b, 1)
		}
		return append(b, 0)
	case reflect.Pointer:
		return s.encode(b, v.Elem())
	case reflect.Slice:
		b = binary.AppendUvarint(b, uint64(v.Len()))
		for i := range v.Len() {
			b = s.encode(b, v.Index(i))
		}
		return b
	case reflect.Map:
		b = binary.AppendUvarint(b, uint64(v.Len()))
		for it := v.MapRange(); it.Next(); {
			b = s.encode(s.encode(b, it.Key()), it.Value())
		}
		return b
	case reflect.Struct:
		if v.Type() == timeType {
			t := v.Interface().(time.Time)
			return binary.AppendUvarint(binary.AppendVarint(b, t.Unix()), uint64(t.Nanosecond()))
		}
		mask := uint64(0)
		for i := range v.NumField() {
			if !v.Field(i).IsZero() {
				mask |= 1 << i
			}
		}
		b = binary.AppendUvarint(b, mask)
		for i := range v.NumField() {
			if mask&(1<<i) != 0 {
				b = s.encode(b, v.Field(i))
			}
		}
		return b
	}
	panic(fmt.Sprintf("an event with a %s can't be shelved", v.Type())) // a test packs every kind of event
}

func (s *shelf) number(text string) uint64 {
	n, ok := s.numbers[text]
	if !ok {
		if s.numbers == nil {
			s.numbers = map[string]uint64{}
		}
		n = uint64(len(s.texts))
		s.numbers[text] = n
		s.texts = append(s.texts, text)
	}
	return n
}

// kept is a text of which all equal ones share the memory.
func (s *shelf) kept(text string) string { return s.texts[s.number(text)] }

// decode reads a value into v, which is zero, and answers the bytes after it.
func (s *shelf) decode(b []byte, v reflect.Value) (rest []byte, err error) {
	switch v.Kind() {
	case reflect.String:
		n, b, err := unsigned(b)
		if err != nil || n >= uint64(len(s.texts)) {
			return nil, errShelf
		}
		v.SetString(s.texts[n])
		return b, nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n, size := binary.Varint(b)
		if size <= 0 {
			return nil, errShelf
		}
		v.SetInt(n)
		return b[size:], nil
	case reflect.Bool:
		if len(b) == 0 {
			return nil, errShelf
		}
		v.SetBool(b[0] != 0)
		return b[1:], nil
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return s.decode(b, v.Elem())
	case reflect.Slice:
		n, b, err := unsigned(b)
		if err != nil || n > uint64(len(b)) { // each takes a byte at least
			return nil, errShelf
		}
		v.Set(reflect.MakeSlice(v.Type(), int(n), int(n)))
		for i := range v.Len() {
			if b, err = s.decode(b, v.Index(i)); err != nil {
				return nil, err
			}
		}
		return b, nil
	case reflect.Map:
		return s.decodeMap(b, v)
	}
	return s.decodeStruct(b, v)
}

func (s *shelf) decodeMap(b []byte, v reflect.Value) (rest []byte, err error) {
	n, b, err := unsigned(b)
	if err != nil {
		return nil, err
	}
	v.Set(reflect.MakeMap(v.Type()))
	for range n {
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		if b, err = s.decode(b, key); err != nil {
			return nil, err
		}
		if b, err = s.decode(b, value); err != nil {
			return nil, err
		}
		v.SetMapIndex(key, value)
	}
	return b, nil
}

func (s *shelf) decodeStruct(b []byte, v reflect.Value) (rest []byte, err error) {
	if v.Type() == timeType {
		seconds, size := binary.Varint(b)
		if size <= 0 {
			return nil, errShelf
		}
		nanos, b, err := unsigned(b[size:])
		if err != nil {
			return nil, err
		}
		v.Set(reflect.ValueOf(time.Unix(seconds, int64(nanos)).UTC()))
		return b, nil
	}
	mask, b, err := unsigned(b)
	if err != nil {
		return nil, err
	}
	for i := range v.NumField() {
		if mask&(1<<i) == 0 {
			continue
		}
		if b, err = s.decode(b, v.Field(i)); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func unsigned(b []byte) (n uint64, rest []byte, err error) {
	n, size := binary.Uvarint(b)
	if size <= 0 {
		return 0, nil, errShelf
	}
	return n, b[size:], nil
}
