package scoring_test

import (
	"math/big"
	"time"

	"github.com/leadloop/leadloop/scoring"
)

// visitor and visit are the types of the random tests.
type visitor struct {
	Country string
	Seats   int
	Budget  *float64
	Created time.Time
	Joined  *time.Time
}

type visit struct {
	Kind  string
	Value float64
	Page  *string
	At    time.Time
}

// Texts in both languages: the model's and Go. A nil pointer in a comparison fails.
var whens = []struct {
	text string
	is   func(v visitor, visits []visit) (ok, failed bool)
}{
	{`Country == "DE"`, func(v visitor, _ []visit) (bool, bool) { return v.Country == "DE", false }},
	{`Seats >= 10`, func(v visitor, _ []visit) (bool, bool) { return v.Seats >= 10, false }},
	{`Budget > 100.0`, func(v visitor, _ []visit) (bool, bool) {
		if v.Budget == nil {
			return false, true
		}
		return *v.Budget > 100, false
	}},
	{`count(Activities, .Kind == "a") >= 2`, func(_ visitor, visits []visit) (bool, bool) {
		n := 0
		for _, v := range visits {
			if v.Kind == "a" {
				n++
			}
		}
		return n >= 2, false
	}},
	{`any(Activities, 5 % int(.Value) == 1)`, func(_ visitor, visits []visit) (ok, failed bool) {
		for _, v := range visits {
			if n := int(v.Value); n == 0 {
				failed = true // whatever stands before or after it
			} else if 5%n == 1 {
				ok = true
			}
		}
		return ok, failed
	}},
}

var eachs = []struct {
	text string
	is   func(v visitor, a visit) (ok, failed bool)
}{
	{`Kind == "a"`, func(_ visitor, a visit) (bool, bool) { return a.Kind == "a", false }},
	{`Kind in ["a", "b"] and Lead.Seats > 5`, func(v visitor, a visit) (bool, bool) {
		return (a.Kind == "a" || a.Kind == "b") && v.Seats > 5, false
	}},
	{`Value > 2.0 or Lead.Budget > 50.0`, func(v visitor, a visit) (bool, bool) {
		if a.Value > 2 {
			return true, false
		}
		if v.Budget == nil {
			return false, true
		}
		return *v.Budget > 50, false
	}},
	{`true`, func(visitor, visit) (bool, bool) { return true, false }},
}

// A looked is what a table looks up: a number, a text or nothing.
type looked struct {
	number *big.Rat
	text   *string
}

func number(f float64) looked { return looked{number: new(big.Rat).SetFloat64(f)} }

// What tables look up on the lead.
var leadValues = []struct {
	text string
	of   func(v visitor) (value looked, failed bool)
}{
	{`Seats`, func(v visitor) (looked, bool) { return number(float64(v.Seats)), false }},
	{`Budget`, func(v visitor) (looked, bool) {
		if v.Budget == nil {
			return looked{}, false
		}
		return number(*v.Budget), false
	}},
	{`100 % Seats`, func(v visitor) (looked, bool) {
		if v.Seats == 0 {
			return looked{}, true
		}
		return number(float64(100 % v.Seats)), false
	}},
	{`Country`, func(v visitor) (looked, bool) { return looked{text: &v.Country}, false }},
}

// What tables look up on activities, and what tells repeats from new ones.
var activityValues = []struct {
	text string
	of   func(a visit) (value looked, failed bool)
}{
	{`Value`, func(a visit) (looked, bool) { return number(a.Value), false }},
	{`5 % int(Value)`, func(a visit) (looked, bool) {
		if int(a.Value) == 0 {
			return looked{}, true
		}
		return number(float64(5 % int(a.Value))), false
	}},
	{`Kind`, func(a visit) (looked, bool) { return looked{text: &a.Kind}, false }},
	{`Page`, func(a visit) (looked, bool) { return looked{text: a.Page}, false }},
}

// lookUp finds the row of a table; nil if there is none.
func lookUp(t scoring.Table, value looked) *scoring.Points {
	switch {
	case value.number != nil:
		for _, r := range t.Ranges {
			at := func(bound *float64, otherwise int) int {
				if bound == nil {
					return otherwise
				}
				return value.number.Cmp(new(big.Rat).SetFloat64(*bound))
			}
			if at(r.From, 0) >= 0 && at(r.To, 0) <= 0 && at(r.Below, -1) < 0 {
				return &r.Points
			}
		}
	case value.text != nil:
		for _, g := range t.Values {
			for _, text := range g.Is {
				if text == *value.text {
					return &g.Points
				}
			}
		}
	default:
		return t.Missing
	}
	return t.Otherwise
}
