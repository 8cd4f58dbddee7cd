package rule

import (
	"errors"
	"fmt"
	"reflect"
)

// date finds when an activity happened: in its field At, by its Go name or its
// expr tag.
type date struct {
	field []int  // within the struct that rules see; nil if activities have no date
	place *place // the same
}

func dateOf(t reflect.Type, activity shape) (date, error) {
	for _, f := range reflect.VisibleFields(activity.seen) {
		if fieldName(f) == "At" && (f.Type == timeType || activity.record != nil && f.Type == reflect.PointerTo(timeType)) {
			p := newPlace(true, []string{"At"})
			p.walk(activity.seen, []string{"At"})
			return date{f.Index, p}, nil
		}
	}
	if activity.record != nil {
		return date{}, errors.New("activity_fields need the field At of type time: it dates the activity")
	}
	return date{}, fmt.Errorf("the activity type %s has no field At of type time.Time: it dates the activity", t)
}

// HasActivities tells whether activities have fields, so that there can be any.
func (c *Compiler[L, A]) HasActivities() bool { return len(c.activity.names) > 0 }
