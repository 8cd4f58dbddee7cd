package scoring

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/leadloop/leadloop/internal/document"
	"github.com/leadloop/leadloop/internal/rule"
)

// State scores one lead again and again as it changes, without its activities: each
// is looked at once, by [State.Add], and what the model finds of it is kept. At each
// instant the score is, bit for bit, what [Scorer.Score] gives for the lead
// with all activities that were added; activities dated after now come into force in time.
// When fields of the lead change, say so with [State.Changed].
//
// States of the same model and types that have been fed different activities merge into one,
// in any order and with the same outcome, and are written as bytes that depend on nothing
// but the activities. What is written is, for each activity, its date to the nanosecond,
// which conditions it meets from when on, points that were computed of it, hashes of values of
// Distinct, names of fields that can't be used and the texts of problems: no field of the lead, and no value
// of an activity but its date. The hashes hide no value from who has the model and can guess it. A hash of all
// bytes shows damage, but not intent. The lead's fields, and adjustments, are the host's to store.
//
// A state grows by a row for each activity, of about 200 bytes and more where rules match, less
// where it has the date and the findings of another; each score looks at all rows. Above
// [MaxActivities] none counts. [State.Forget] drops the rows that matter no more.
//
// A State is used by one goroutine at a time. Make one with [Scorer.State].
type State[L, A any] struct {
	scorer  *Scorer[L, A]
	keeping *keeping[L, A]
	lead    *L
	rows    []keptRow // by date, then by code, each once
	fresh   []keptRow // those still to be put in order
	added   int       // all activities
	undated int       // those without a date
	decided decided
	sight   rule.Sight
}

// decided is what was decided of the lead when it was scored last.
type decided struct {
	valid         bool
	now           time.Time
	counts        []int // of activities, by counter
	holds, failed []uint64
	changed       []int32 // the conditions that must be decided anew
}

// keeping is what a scorer needs for states.
type keeping[L, A any] struct {
	once    sync.Once
	err     error
	of      *rule.Keeping[L, A]
	readers map[string][]int32 // conditions on the lead, by the field that they read

	numbering [numberingSize]byte // of what rows refer to by number
	horizons  []Horizon           // of rules, by the index of their conditions on activities
}

// State begins a state of the lead, without activities. It is an error if
// what the model finds of an activity can't be kept: if a text looks at the lead and at an
// activity together, uses Now on an activity otherwise than in a comparison with a time plus or
// minus a constant, or if a condition on the lead looks at Activities otherwise than by
// counting those that meet a condition that can't fail. The error names each such rule, and why.
func (s *Scorer[L, A]) State(lead *L) (*State[L, A], error) {
	k := &s.keeping
	k.once.Do(func() { s.keep(k) })
	if k.err != nil {
		return nil, k.err
	}
	if lead == nil {
		return nil, errors.New("a state needs a lead: give one")
	}
	return &State[L, A]{scorer: s, keeping: k, lead: lead, sight: k.of.Sight(lead)}, nil
}

// keep finds out whether what the model finds can be kept, and how.
func (s *Scorer[L, A]) keep(k *keeping[L, A]) {
	leads, eaches := s.set.Unkept()
	var errs []error
	refuse := func(path, why string) {
		if why != "" {
			errs = append(errs, fmt.Errorf("%s can't be kept in a state: %s", path, why))
		}
	}
	var edges []rule.Edge
	k.horizons = make([]Horizon, len(s.eaches))
	findings := make([]string, len(s.eaches))
	for i := range s.dimensions {
		for r := range s.rulesOf(i) {
			path := s.dimensions[i].name + "/" + r.name
			switch {
			case r.kind == onLead && r.index >= 0:
				refuse(path, leads[r.index])
			case r.index >= 0:
				refuse(path, eaches[r.index])
				k.horizons[r.index] = s.horizon(r)
				findings[r.index] = fmt.Sprint(path, " ", s.eaches[r.index].constant) // whether points are kept, too
			}
			for _, t := range s.computed(r) {
				refuse(path, t.Unkept())
				if r.kind == onActivity {
					more, _ := t.Times()
					edges = append(edges, more...)
				}
			}
		}
	}
	for i := range s.disqualifiers {
		refuse(s.disqualifiers[i].Name, leads[s.disqualifiers[i].index])
	}
	if k.err = errors.Join(errs...); k.err != nil {
		return
	}
	k.of, k.readers = s.set.Keep(edges), map[string][]int32{}
	k.numbering = numberingOf(k.of.CounterTexts(), findings)
	for _, name := range s.compiler.LeadFields() {
		for _, other := range kin[L](name) {
			for _, i := range k.of.Readers(other) {
				k.readers[name] = append(k.readers[name], int32(i))
			}
		}
	}
}

// kin lists the names of a field, of the embedded structs that it is in and of the fields in
// it if it is one: they change together.
func kin[L any](name string) []string {
	names, t := []string{name}, reflect.TypeFor[L]()
	if t.Kind() != reflect.Struct {
		return names
	}
	called := func(f reflect.StructField) string { return cmp.Or(f.Tag.Get("expr"), f.Name) }
	all := reflect.VisibleFields(t)
	for _, f := range all {
		if called(f) != name {
			continue
		}
		for _, other := range all {
			n := min(len(f.Index), len(other.Index))
			if called(other) != name && slices.Equal(f.Index[:n], other.Index[:n]) {
				names = append(names, called(other))
			}
		}
	}
	return names
}

// computedText is a text that gives more than true or false.
type computedText interface {
	text
	Unkept() string
}

// computed lists the texts of a rule besides its condition.
func (s *Scorer[L, A]) computed(r *compiledRule[L, A]) (texts []computedText) {
	from := s.sourceOf(r)
	if from.value != nil {
		texts = append(texts, from.value)
	}
	if from.table != nil {
		texts = append(texts, from.table.of)
	}
	if r.kind == onActivity && s.eaches[r.index].distinct != nil {
		texts = append(texts, s.eaches[r.index].distinct)
	}
	if r.kind == onSilence && r.idle.since != nil {
		texts = append(texts, r.idle.since)
	}
	return texts
}

// Changed says that fields of the lead have changed, by the names that rules
// know them by; without names any of them may have. Of what is within a field, such as Office.City,
// the field itself has changed: name Office. What Changed does not name may or may not be read
// anew. An unknown name is an error, and nothing is lost: all fields are read anew then.
func (st *State[L, A]) Changed(fields ...string) error {
	if len(fields) == 0 {
		st.decided.valid = false
		return nil
	}
	for _, name := range fields {
		conditions, ok := st.keeping.readers[name]
		if !ok {
			if known := st.scorer.compiler.LeadFields(); !slices.Contains(known, name) {
				st.decided.valid = false
				return fmt.Errorf("the lead has no field %q%s", name, document.DidYouMean(name, known))
			}
		}
		if st.decided.valid {
			if len(st.decided.changed)+len(conditions) > mostChanged {
				st.decided.valid = false
				continue
			}
			for _, i := range conditions {
				if !slices.Contains(st.decided.changed, i) {
					st.decided.changed = append(st.decided.changed, i)
				}
			}
		}
	}
	return nil
}

// mostChanged is how many conditions are decided one by one.
const mostChanged = 64

// Add looks at activities and keeps what the model finds of them. They may come in any
// order; one that is added twice counts twice.
func (st *State[L, A]) Add(activities ...A) {
	for i := range activities {
		st.add(activities[i : i+1])
	}
}

func (st *State[L, A]) add(one []A) {
	st.decided.valid = false
	st.added = sumUp(st.added, 1)
	s := st.scorer
	if s.dateless {
		return
	}
	at, ok := s.compiler.Date(&one[0])
	if !ok {
		st.undated = sumUp(st.undated, 1)
		return
	}
	r := st.look(one, at)
	r.times = 1
	st.fresh = append(st.fresh, r)
}

// order puts fresh rows among the others, so that many in any order cost no more than
// sorting them.
func (st *State[L, A]) order() {
	if len(st.fresh) == 0 {
		return
	}
	slices.SortFunc(st.fresh, keptRow.compare)
	st.rows = together(st.rows, st.fresh)
	st.fresh = nil
}

// together merges two sorted lists of rows. The second may have equal ones.
func together(a, b []keptRow) []keptRow {
	rows := make([]keptRow, 0, len(a)+len(b))
	for len(a)+len(b) > 0 {
		from := &b
		if len(b) == 0 || len(a) > 0 && a[0].compare(b[0]) <= 0 {
			from = &a
		}
		r := (*from)[0]
		*from = (*from)[1:]
		if n := len(rows); n > 0 && rows[n-1].compare(r) == 0 {
			rows[n-1].times = sumUp(rows[n-1].times, r.times)
		} else {
			rows = append(rows, r)
		}
	}
	return rows
}

// mostAdded bounds what a state counts. What is beyond stays there: so many
// activities are more than MaxActivities in any case.
const mostAdded = 1<<30 - 1

// sumUp adds counts, at most to the bound, in whatever order.
func sumUp(a, b int) int { return min(a+b, mostAdded) }

func (r keptRow) compare(o keptRow) int {
	return cmp.Or(r.at.Compare(o.at), strings.Compare(r.code, o.code))
}

// Merge adds what another state has been fed; that one stays as it is. The lead is this
// state's. It is an error, and changes nothing, if the other is of another model or of other types.
func (st *State[L, A]) Merge(other *State[L, A]) error {
	switch {
	case other == nil:
		return errors.New("there is no state to merge: give one")
	case other.scorer.fingerprint != st.scorer.fingerprint:
		return errOtherModel
	}
	st.decided.valid = false
	st.order()
	st.rows = together(st.rows, slices.SortedFunc(slices.Values(slices.Concat(other.rows, other.fresh)), keptRow.compare))
	st.added = sumUp(st.added, other.added)
	st.undated = sumUp(st.undated, other.undated)
	return nil
}

var errOtherModel = errors.New("the state is of another model, or of other types: feed the activities again")
