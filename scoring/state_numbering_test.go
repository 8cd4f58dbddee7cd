package scoring

import (
	"errors"
	"slices"
	"testing"
	"time"
)

// Bytes refer to counters and rules by number. An engine that numbers them otherwise refuses
// bytes of this one.
func TestStateOfAnotherNumbering(t *testing.T) {
	type lead struct{ Country string }
	type activity struct {
		Kind string
		At   time.Time
	}
	model := Model{Schema: 1, Name: "m", Dimensions: []Dimension{{Name: "d", Rules: []Rule{
		{Name: "ask", When: `count(Activities, .Kind == "ask") > 1`, Points: Point},
		{Name: "buy", When: `any(Activities, .Kind == "buy")`, Points: 5 * Point},
		{Name: "visit", Each: `Kind == "visit"`, Points: Point},
		{Name: "quiet", Each: `Kind == "ask"`, Idle: &Idle{Every: Day}, Points: -Point},
	}}}}
	s := MustCompile[lead, activity](model)
	st, err := s.State(&lead{})
	if err != nil {
		t.Fatal(err)
	}
	st.Add(activity{Kind: "ask", At: time.Unix(0, 0)})
	data, err := st.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	counters := st.keeping.of.CounterTexts()
	rules := []string{"d/visit true", "d/quiet false"} // whose points are constant, whose are not
	if len(counters) != 2 || numberingOf(counters, rules) != s.keeping.numbering {
		t.Fatalf("the numbering is not that of %q and %q", counters, rules)
	}
	turned := func(list []string) []string {
		list = slices.Clone(list)
		slices.Reverse(list)
		return list
	}
	for name, numbering := range map[string][numberingSize]byte{
		"counters in another order": numberingOf(turned(counters), rules),
		"one more counter":          numberingOf(append([]string{"count(Activities, true)"}, counters...), rules),
		"one counter less":          numberingOf(counters[:1], rules),
		"a counter for a rule":      numberingOf(counters[:1], append(counters[1:2:2], rules...)),
		"rules in another order":    numberingOf(counters, turned(rules)),
		"points that are kept":      numberingOf(counters, []string{"d/visit false", "d/quiet false"}),
	} {
		other := MustCompile[lead, activity](model)
		if _, err := other.Restore(&lead{}, data); err != nil {
			t.Fatal(err)
		}
		other.keeping.numbering = numbering
		if _, err := other.Restore(&lead{}, data); !errors.Is(err, errOtherVersion) {
			t.Errorf("%s: got the error %v", name, err)
		}
	}
}
