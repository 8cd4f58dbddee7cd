package rule

import (
	"math"
	"reflect"
	"slices"
	"time"
)

// Flaw is a value of a record that rules can't use. Every rule that reads the field fails.
type Flaw struct {
	Activity int    // its index, or -1 for the lead
	Field    string // the declared or undeclared name
	Message  string // what is wrong, without the value
	declared bool   // a rule can read the field
}

// records is the memory of records as rules see them, reused by the next run.
type records struct{ lead, items recordRows }

// recordRows are structs of pointers, as rules see records, beside structs of
// the values that they point to.
type recordRows struct {
	seen, values reflect.Value // slices
	of, at       rows          // the same
}

// grow makes room for so many records.
func (r *recordRows) grow(s *shape, count int) {
	if !r.seen.IsValid() || r.seen.Cap() < count {
		r.seen, r.values = room(s.seen, max(count, 8)), room(s.values, max(count, 8))
		r.of, r.at = rowsOfValue(r.seen), rowsOfValue(r.values)
	}
	r.seen.SetLen(count)
	r.values.SetLen(count)
	r.of.count = count
}

// room is a slice whose length can be set.
func room(of reflect.Type, count int) reflect.Value {
	slice := reflect.New(reflect.SliceOf(of)).Elem()
	slice.Set(reflect.MakeSlice(slice.Type(), count, count))
	return slice
}

// record is a pointer to a record as rules see it.
func (r *recordRows) record(i int) reflect.Value { return r.seen.Index(i).Addr() }

// clear forgets what the records held.
func (r *recordRows) clear() {
	r.seen.Clear()
	r.values.Clear()
	if r.seen.Cap() > mostKept {
		*r = recordRows{}
	}
}

// mostKept is how many records the memory for the next run has room for.
const mostKept = 1000

// fill turns a record into the struct that rules see, whose memory is all zero.
// Fields that the record lacks stay nil.
func (r *recordRows) fill(s *shape, row int, record map[string]any, activity int, flaws []Flaw) []Flaw {
	to, at := r.of.at(row), r.at.at(row)
	known := 0
	for i := range s.record {
		f := &s.record[i]
		value, ok := record[f.name]
		known += ones(ok)
		switch {
		case identityOf(value) != f.usual:
			if value != nil && !f.storeOther(to, at, value) {
				flaws = append(flaws, Flaw{activity, f.name, "field " + f.name + ": the value is not of the declared type", true})
			}
		case f.kind == Texts:
			f.seen.setTexts(to, value.([]string))
		case f.kind == Time:
			f.storeTime(to, at, value)
		default:
			f.seen.pointInto(to, value, at, &f.value)
		}
	}
	if known < len(record) {
		flaws = s.undeclared(record, activity, flaws)
	}
	return flaws
}

// undeclared appends the fields that rules can't know.
func (s *shape) undeclared(record map[string]any, activity int, flaws []Flaw) []Flaw {
	var names []string
	for name := range record {
		if !s.has(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		flaws = append(flaws, Flaw{activity, name, "field " + name + " is not declared by the model", false})
	}
	return flaws
}

// storeTime points to a time without a reading of the monotonic clock, which
// would decide comparisons of two times that have one.
func (f *recordField) storeTime(to, at memory, value any) {
	if v := value.(time.Time); v != v.Round(0) {
		f.value.setTime(at, v.Round(0))
		f.seen.point(to, at, &f.value)
		return
	}
	f.seen.pointInto(to, value, at, &f.value)
}

// storeOther converts a value of another type.
func (f *recordField) storeOther(to, at memory, value any) bool {
	v := reflect.ValueOf(value)
	switch f.kind {
	case Text:
		if v.Kind() != reflect.String {
			return false
		}
		f.value.setText(at, v.String())
	case Boolean:
		if v.Kind() != reflect.Bool {
			return false
		}
		f.value.setBool(at, v.Bool())
	case Integer:
		i, ok := whole(v)
		if !ok {
			return false
		}
		f.value.setInt(at, i)
	case Number:
		switch {
		case v.CanFloat():
			f.value.setNumber(at, v.Float())
		case v.CanInt():
			f.value.setNumber(at, float64(v.Int()))
		case v.CanUint():
			f.value.setNumber(at, float64(v.Uint()))
		default:
			return false
		}
	case Texts:
		list, ok := texts(value)
		if ok {
			f.seen.setTexts(to, list)
		}
		return ok
	default:
		return false
	}
	f.seen.point(to, at, &f.value)
	return true
}

// whole gives an integer; floats count where every integer has one float.
func whole(v reflect.Value) (int, bool) {
	const exact = 1 << 53
	switch {
	case v.CanInt():
		i := v.Int()
		return int(i), int64(int(i)) == i // an int may have 32 bits
	case v.CanUint() && v.Uint() <= math.MaxInt:
		return int(v.Uint()), true
	case v.CanFloat():
		f := v.Float()
		if f == math.Floor(f) && math.Abs(f) < min(exact, math.MaxInt) {
			return int(f), true
		}
	}
	return 0, false
}

func texts(value any) ([]string, bool) {
	if list, ok := value.([]string); ok {
		return list, true
	}
	items, ok := value.([]any)
	if !ok {
		return nil, false
	}
	list := make([]string, len(items))
	for i, item := range items {
		if list[i], ok = item.(string); !ok {
			return nil, false
		}
	}
	return list, true
}
