package funnel

import (
	"fmt"
	"testing"
)

// Names are found, others are not: few and many, alike, empty and long.
func TestIndex(t *testing.T) {
	var alike, many []string
	for i := range 40 {
		alike = append(alike, fmt.Sprintf("a%db", i%10)+fmt.Sprint(i/10)+"cccc"+"x") // same length, first and last letter
	}
	for i := range 300 {
		many = append(many, fmt.Sprintf("stage %d", i))
	}
	var standard []string
	for _, reason := range reasons() {
		standard = append(standard, string(reason.Code))
	}
	for _, names := range [][]string{nil, {""}, {"a"}, {"a", "b", "ab", "ba"}, {"", "x"}, standard, alike, many} {
		x := newIndex(names)
		for i, name := range names {
			if got := x.place(name); got != i && name != "" {
				t.Errorf("%q of %d is found at %d, want %d", name, len(names), got, i)
			}
		}
		for _, name := range []string{"", "zz", "nobudget", "stage 300", "a0b0cccc"} {
			if i := x.place(name); i >= len(names) {
				t.Errorf("%q of %d is found at %d", name, len(names), i)
			}
		}
	}
	if x := newIndex(standard); x.factor == 0 {
		t.Error("the standard reasons need the map")
	}
}
