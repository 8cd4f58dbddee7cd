package scoring

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"
)

// clock reads the date of an activity.
type clock[A any] struct {
	field  []int // of a struct
	record bool
	none   bool // the activity type has no fields: there are no activities
}

var timeType = reflect.TypeFor[time.Time]()

// clockOf finds the date in the activity type: the field At, by its Go name or its expr tag.
func clockOf[A any](declared map[string]FieldType) (clock[A], error) {
	t := reflect.TypeFor[A]()
	if t.Kind() == reflect.Map {
		if len(declared) == 0 {
			return clock[A]{none: true}, nil
		}
		if declared["At"] != Time {
			return clock[A]{}, fmt.Errorf("activity_fields need the field At of type time: it dates the activity")
		}
		return clock[A]{record: true}, nil
	}
	if t.NumField() == 0 {
		return clock[A]{none: true}, nil
	}
	for _, f := range reflect.VisibleFields(t) {
		tag := f.Tag.Get("expr")
		if f.IsExported() && f.Type == timeType && (tag == "At" || tag == "" && f.Name == "At") {
			return clock[A]{field: f.Index}, nil
		}
	}
	return clock[A]{}, fmt.Errorf("the activity type %s has no field At of type time.Time: it dates the activity", t)
}

// read gives the activity's date; false if it has none.
func (c clock[A]) read(activity *A) (time.Time, bool) {
	v := reflect.ValueOf(activity).Elem()
	var t time.Time
	if c.record {
		at := v.MapIndex(reflect.ValueOf("At").Convert(v.Type().Key()))
		if !at.IsValid() {
			return time.Time{}, false
		}
		t, _ = at.Interface().(time.Time)
	} else {
		f, err := v.FieldByIndexErr(c.field)
		if err != nil {
			return time.Time{}, false
		}
		t = *f.Addr().Interface().(*time.Time)
	}
	return t.Round(0), !t.IsZero()
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
