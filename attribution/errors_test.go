package attribution_test

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/attribution"
)

func TestJourneyErrors(t *testing.T) {
	at := day(1)
	broken := attribution.Journey{
		Source: "partner",
		Touches: []attribution.Touch{
			{},
			{ID: "t", Channel: "a", At: at, Cost: -1, Side: "they"},
			{ID: "t", Channel: "a", At: at, Cost: -1, Side: "they"},
			{ID: "t", Channel: "b", At: at},
		},
		Milestones: []attribution.Milestone{{Stage: "mql", At: at}, {Stage: "met"}},
		Conversions: []attribution.Conversion{{}, {ID: "c", At: at, Revenue: -5}, {ID: "c", At: at},
			{ID: "d", At: at, Revenue: 10, Refunds: []attribution.Refund{{}, {ID: "r", At: at.Add(-1), Amount: -5}, {ID: "s", At: at, Amount: 6},
				{ID: "s", At: at, Amount: 7}, {ID: "t", At: at, Amount: 5}, {ID: "u", At: time.Unix(1<<60, 0), Amount: 1}}}},
		Pipeline: []attribution.OpenDeal{{}, {ID: "p", At: at, Amount: -5, Closed: at.Add(-1)}, {ID: "p", At: at, Closed: time.Unix(1<<60, 0)}},
	}
	want := []struct {
		path string
		err  error
	}{
		{"id", attribution.ErrMissing},
		{"source", attribution.ErrUnknown},
		{"touches[0].id", attribution.ErrMissing},
		{"touches[0].channel", attribution.ErrMissing},
		{"touches[0].at", attribution.ErrMissing},
		{"touches[1].cost", attribution.ErrNegative},
		{"touches[1].side", attribution.ErrUnknown},
		{"touches[2].cost", attribution.ErrNegative},
		{"touches[2].side", attribution.ErrUnknown},
		{"milestones[1].stage", attribution.ErrUnknown},
		{"milestones[1].at", attribution.ErrMissing},
		{"conversions[0].id", attribution.ErrMissing},
		{"conversions[0].at", attribution.ErrMissing},
		{"conversions[1].revenue", attribution.ErrNegative},
		{"conversions[3].refunds[0].id", attribution.ErrMissing},
		{"conversions[3].refunds[0].at", attribution.ErrMissing},
		{"conversions[3].refunds[0].amount", attribution.ErrRefund},
		{"conversions[3].refunds[1].at", attribution.ErrRefund},
		{"conversions[3].refunds[1].amount", attribution.ErrRefund},
		{"conversions[3].refunds[5].at", attribution.ErrTime},
		{"pipeline[0].id", attribution.ErrMissing},
		{"pipeline[0].at", attribution.ErrMissing},
		{"pipeline[1].closed", attribution.ErrTime},
		{"pipeline[1].amount", attribution.ErrNegative},
		{"pipeline[2].closed", attribution.ErrTime},
		{"touches[3].id", attribution.ErrConflict},
		{"pipeline[2].id", attribution.ErrConflict},
		{"conversions[3].refunds[3].id", attribution.ErrConflict},
		{"conversions[3].refunds", attribution.ErrRefund},
		{"conversions[2].id", attribution.ErrConflict},
	}
	check := func(err error, index int) {
		t.Helper()
		joined, ok := err.(interface{ Unwrap() []error })
		if !ok {
			t.Fatalf("got %v, want joined errors", err)
		}
		var got []error
		for _, e := range joined.Unwrap() {
			if inner, ok := e.(interface{ Unwrap() []error }); ok {
				got = append(got, inner.Unwrap()...)
			} else {
				got = append(got, e)
			}
		}
		if len(got) != len(want) {
			t.Fatalf("got %d errors, want %d: %v", len(got), len(want), err)
		}
		for i, w := range want {
			var e *attribution.Error
			if !errors.As(got[i], &e) || e.Path != w.path || !errors.Is(e, w.err) || e.Index != index || e.Advice == "" {
				t.Errorf("error %d: got %v, want %s: %v", i, got[i], w.path, w.err)
			}
			if text := got[i].Error(); strings.Contains(text, "they") || strings.Contains(text, "partner") || strings.Contains(text, "-5") {
				t.Errorf("the text shows a value: %s", text)
			}
		}
	}
	check(broken.Validate(), -1)
	_, err := attribution.Linear.Credit(broken)
	check(err, -1)
	_, err = attribution.Book([]attribution.Journey{acme, broken}, attribution.Linear)
	check(err, 1)
	_, err = attribution.Compare([]attribution.Journey{acme, broken}, attribution.Options{}, attribution.Linear)
	check(err, 1)

	tally, err := attribution.NewTally(attribution.Options{}, attribution.Linear)
	if err != nil {
		t.Fatal(err)
	}
	check(tally.Add(broken), -1)
	if s := tally.Result()[0]; s.Touches != 0 || s.Revenue != 0 {
		t.Errorf("a refused journey left %+v behind", s)
	}
	if err := acme.Validate(); err != nil {
		t.Error(err)
	}
	if err := (&attribution.Error{Index: -1, Journey: "j", Path: "id", Err: attribution.ErrMissing, Advice: "give one"}).Error(); err != `journey "j" id: missing: give one` {
		t.Error(err)
	}
}

func TestConflictingRows(t *testing.T) {
	base := acme.Touches[0]
	for name, change := range map[string]func(*attribution.Touch){
		"channel":  func(x *attribution.Touch) { x.Channel = "other" },
		"campaign": func(x *attribution.Touch) { x.Campaign = "other" },
		"at":       func(x *attribution.Touch) { x.At = x.At.Add(1) },
		"cost":     func(x *attribution.Touch) { x.Cost++ },
		"contact":  func(x *attribution.Touch) { x.Contact = "other" },
		"side":     func(x *attribution.Touch) { x.Side = attribution.Sales },
	} {
		other := base
		change(&other)
		j := attribution.Journey{ID: "j", Touches: []attribution.Touch{base, other}}
		if err := j.Validate(); !errors.Is(err, attribution.ErrConflict) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	for name, other := range map[string]attribution.Conversion{
		"at":      {ID: "c", At: day(2), Revenue: 1},
		"revenue": {ID: "c", At: day(1), Revenue: 2},
	} {
		j := attribution.Journey{ID: "j", Conversions: []attribution.Conversion{{ID: "c", At: day(1), Revenue: 1}, other}}
		if err := j.Validate(); !errors.Is(err, attribution.ErrConflict) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// TestConflictNamesTheLaterRows has more rows than a sort leaves in place by chance.
func TestConflictNamesTheLaterRows(t *testing.T) {
	j := attribution.Journey{ID: "j"}
	for i := range 100 {
		j.Touches = append(j.Touches, attribution.Touch{ID: fmt.Sprint("t", i%3), Channel: "a", At: day(1), Cost: int64(min(i/3, 1))})
	}
	err := j.Validate()
	if err == nil || strings.Count(err.Error(), "touches[") != 97 {
		t.Fatalf("got %v, want a conflict of each row but the first three", err)
	}
	for i := range 3 {
		if strings.Contains(err.Error(), fmt.Sprintf("touches[%d]", i)) {
			t.Errorf("the conflict is with row %d, not of it", i)
		}
	}
}

// TestMissingIDsDoNotConflict asks for one error per missing id.
func TestMissingIDsDoNotConflict(t *testing.T) {
	j := attribution.Journey{Touches: []attribution.Touch{{Channel: "a", At: day(1)}, {Channel: "b", At: day(2)}}}
	_, err := attribution.Book([]attribution.Journey{j, j}, attribution.Linear)
	if errors.Is(err, attribution.ErrConflict) || strings.Count(err.Error(), "missing") != 6 {
		t.Errorf("got %v", err)
	}
}

func TestJourneyTwice(t *testing.T) {
	journeys := []attribution.Journey{acme, globex, acme}
	_, bookErr := attribution.Book(journeys, attribution.Linear)
	_, compareErr := attribution.Compare(journeys, attribution.Options{}, attribution.Linear)
	for _, err := range []error{bookErr, compareErr} {
		var e *attribution.Error
		if !errors.As(err, &e) || e.Index != 2 || e.Path != "id" || !errors.Is(err, attribution.ErrConflict) {
			t.Errorf("got %v", err)
		}
	}
}

func TestNoValidTouch(t *testing.T) {
	for _, line := range []string{"", "1:SALES 2:€", "2:€ 3:a"} {
		if credit, err := attribution.Linear.Credit(timeline(line)); !errors.Is(err, attribution.ErrNoTouch) || credit != nil {
			t.Errorf("%q: got %v, %v", line, credit, err)
		}
	}
}

func TestInvalidModels(t *testing.T) {
	for _, m := range []attribution.Model{{}, attribution.TimeDecay(0), attribution.TimeDecay(-1), attribution.Linear.Within(0), attribution.Last.Within(-1),
		attribution.Linear.WithAbsent(2), attribution.LastNonDirect(""), attribution.Custom("", attribution.Weights{First: 1}), attribution.Custom("none", attribution.Weights{}),
		attribution.Custom("negative", attribution.Weights{First: 1, Rest: -1}), attribution.Custom("large", attribution.Weights{Lead: attribution.MaxWeight + 1})} {
		if err := m.Validate(); !errors.Is(err, attribution.ErrModel) {
			t.Errorf("%q: got %v", m.Name(), err)
		}
		if _, err := m.Credit(acme); !errors.Is(err, attribution.ErrModel) {
			t.Errorf("%q: Credit: got %v", m.Name(), err)
		}
		if _, err := attribution.Book(nil, m); !errors.Is(err, attribution.ErrModel) {
			t.Errorf("%q: Book: got %v", m.Name(), err)
		}
		if _, err := attribution.Compare(nil, attribution.Options{}, attribution.First, m); !errors.Is(err, attribution.ErrModel) {
			t.Errorf("%q: Compare: got %v", m.Name(), err)
		}
	}
	for _, m := range append(models(), attribution.TimeDecay(1), attribution.Linear.Within(1), attribution.Linear.Within(math.MaxInt64),
		attribution.Custom("large", attribution.Weights{First: attribution.MaxWeight, Lead: attribution.MaxWeight, Opportunity: attribution.MaxWeight, Last: attribution.MaxWeight, Rest: attribution.MaxWeight})) {
		if err := m.Validate(); err != nil {
			t.Error(err)
		}
	}
	if _, err := attribution.NewTally(attribution.Options{}); !errors.Is(err, attribution.ErrModel) {
		t.Errorf("no model: got %v", err)
	}
	if _, err := attribution.NewTally(attribution.Options{}, attribution.First, attribution.Last, attribution.First); !errors.Is(err, attribution.ErrModel) {
		t.Errorf("a model twice: got %v", err)
	}
}

// TestZeroTally has no model to share out by, and says so rather than lose the journey.
func TestZeroTally(t *testing.T) {
	var zero attribution.Tally
	if err := zero.Add(acme); !errors.Is(err, attribution.ErrModel) {
		t.Errorf("Add: got %v", err)
	}
	if err := zero.Merge(tally(t, attribution.Options{}, []attribution.Journey{acme})); !errors.Is(err, attribution.ErrIncompatible) {
		t.Errorf("Merge: got %v", err)
	}
}

func TestIncompatibleTallies(t *testing.T) {
	make := func(o attribution.Options, models ...attribution.Model) *attribution.Tally {
		tally, err := attribution.NewTally(o, models...)
		if err != nil {
			t.Fatal(err)
		}
		return tally
	}
	base := make(attribution.Options{AsOf: day(1)}, attribution.First, attribution.Last)
	for _, other := range []*attribution.Tally{
		make(attribution.Options{AsOf: day(1)}, attribution.First),
		make(attribution.Options{AsOf: day(1)}, attribution.Last, attribution.First),
		make(attribution.Options{AsOf: day(2)}, attribution.First, attribution.Last),
		make(attribution.Options{AsOf: day(1), Origin: attribution.OriginBeforeSales}, attribution.First, attribution.Last),
		make(attribution.Options{AsOf: day(1)}, attribution.First, attribution.Last.Within(time.Hour)),
	} {
		if err := base.Merge(other); !errors.Is(err, attribution.ErrIncompatible) {
			t.Errorf("got %v", err)
		}
	}
	elsewhere := make(attribution.Options{AsOf: day(1).In(time.FixedZone("", 3600))}, attribution.First, attribution.Last)
	if err := base.Merge(elsewhere); err != nil { // the same instant
		t.Error(err)
	}
}

func TestSumsThatDoNotFit(t *testing.T) {
	rich := attribution.Journey{ID: "rich", Conversions: []attribution.Conversion{{ID: "c", At: day(1), Revenue: math.MaxInt64 - 10}}}
	dear := attribution.Journey{ID: "dear", Touches: []attribution.Touch{{ID: "t", Channel: "a", At: day(1), Cost: math.MaxInt64 - 10}}}
	ten := attribution.Journey{ID: "ten", Conversions: []attribution.Conversion{{ID: "c", At: day(1), Revenue: 10}},
		Touches: []attribution.Touch{{ID: "t", Channel: "a", At: day(1), Cost: 10}}}
	eleven := timeline("1:a 1:€")
	eleven.Conversions[0].Revenue, eleven.Touches[0].Cost = 11, 11

	if s := attribution.Report(book(t, []attribution.Journey{rich, dear, ten}, attribution.Linear), attribution.Options{}); s.Revenue != math.MaxInt64 || s.Cost != math.MaxInt64 {
		t.Errorf("what fits must be summed: %+v", s)
	}
	for path, big := range map[string]attribution.Journey{"conversions": rich, "touches": dear} {
		_, err := attribution.Book([]attribution.Journey{eleven, big}, attribution.Linear)
		if e := (*attribution.Error)(nil); !errors.As(err, &e) || !errors.Is(err, attribution.ErrOverflow) || e.Path != path {
			t.Errorf("Book: got %v", err)
		}
		again := eleven
		again.ID = "z" // one error is enough: what follows would not fit either
		_, err = attribution.Compare([]attribution.Journey{big, eleven, again}, attribution.Options{}, attribution.Linear)
		if !errors.Is(err, attribution.ErrOverflow) || strings.Count(err.Error(), "journeys[") != 1 {
			t.Errorf("Compare: got %v", err)
		}
		sum, err := attribution.NewTally(attribution.Options{}, attribution.Linear)
		if err != nil {
			t.Fatal(err)
		}
		other, err := attribution.NewTally(attribution.Options{}, attribution.Linear)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(sum.Add(big), other.Add(eleven)); err != nil {
			t.Fatal(err)
		}
		before := sum.Result()
		if err := sum.Add(eleven); !errors.Is(err, attribution.ErrOverflow) {
			t.Errorf("Add: got %v", err)
		}
		if err := sum.Merge(other); !errors.Is(err, attribution.ErrOverflow) {
			t.Errorf("Merge: got %v", err)
		}
		if !reflect.DeepEqual(before, sum.Result()) {
			t.Error("a refused journey changed the tally")
		}
		if err := other.Merge(sum); !errors.Is(err, attribution.ErrOverflow) {
			t.Errorf("Merge the other way: got %v", err)
		}
		empty, err := attribution.NewTally(attribution.Options{}, attribution.Linear)
		if err != nil {
			t.Fatal(err)
		}
		if err := empty.Merge(sum); err != nil {
			t.Fatal(err)
		}
		if err := empty.Add(eleven); !errors.Is(err, attribution.ErrOverflow) { // merged sums bound what may come
			t.Errorf("Add after Merge: got %v", err)
		}
	}
}

// What JSON can't carry would make a ledger that can't be stored.
func TestImpossibleTimes(t *testing.T) {
	late := time.Date(9999, 12, 31, 23, 59, 59, 0, time.FixedZone("", -5*3600)) // the year 10000 in UTC
	early := time.Date(1, 1, 1, 0, 0, 0, 0, time.FixedZone("", 3600))           // the year 0
	for path, j := range map[string]attribution.Journey{
		"suppressed":        {ID: "j", Suppressed: late},
		"touches[0].at":     {ID: "j", Touches: []attribution.Touch{{ID: "t", Channel: "a", At: early}}},
		"milestones[0].at":  {ID: "j", Milestones: []attribution.Milestone{{Stage: attribution.MQL, At: late}}},
		"conversions[0].at": {ID: "j", Conversions: []attribution.Conversion{{ID: "c", At: late}}},
	} {
		err := j.Validate()
		var e *attribution.Error
		if !errors.Is(err, attribution.ErrTime) || !errors.As(err, &e) || e.Path != path {
			t.Errorf("%s: %v", path, err)
		}
	}
}
