package scoring

import (
	"cmp"
	"errors"
	"fmt"
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
// which conditions it meets from when on, points that were computed of it, keyed hashes of values of
// Distinct, names of fields that can't be used and the texts of problems: no field of the lead, and no value
// of an activity but its date. The lead's fields, and adjustments, are the host's to store.
//
// A State is used by one goroutine at a time. Make one with [Scorer.State].
type State[L, A any] struct {
	scorer  *Scorer[L, A]
	keeping *keeping[L, A]
	lead    *L
	rows    []keptRow // by date, then by code
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
	for i := range s.dimensions {
		for r := range s.rulesOf(i) {
			path := s.dimensions[i].name + "/" + r.name
			switch {
			case r.kind == onLead && r.index >= 0:
				refuse(path, leads[r.index])
			case r.index >= 0:
				refuse(path, eaches[r.index])
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
	for _, name := range s.compiler.LeadFields() {
		for _, i := range k.of.Readers(name) {
			k.readers[name] = append(k.readers[name], int32(i))
		}
	}
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
// know them by; without names any of them may have. What Changed does not name may or may not be read
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
	st.added++
	s := st.scorer
	if s.dateless {
		return
	}
	at, ok := s.compiler.Date(&one[0])
	if !ok {
		st.undated++
		return
	}
	st.insert(st.look(one, at), 1)
}

// insert adds a row of so many activities.
func (st *State[L, A]) insert(r keptRow, times int) {
	i, found := slices.BinarySearchFunc(st.rows, r, keptRow.compare)
	if !found {
		st.rows = slices.Insert(st.rows, i, r)
		st.rows[i].times = 0
	}
	st.rows[i].times += times
}

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
	rows := slices.Clone(other.rows) // it may be the same state
	st.added += other.added
	st.undated += other.undated
	for _, r := range rows {
		st.insert(r, r.times)
	}
	return nil
}

var errOtherModel = errors.New("the state is of another model, or of other types: feed the activities again")
