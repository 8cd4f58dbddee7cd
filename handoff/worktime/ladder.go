package worktime

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/leadloop/leadloop/internal/document"
)

// Offset is a working time since a clock's start: a share of its budget, rounded
// down to the nanosecond, and a fixed span after that, or before it if negative.
// It is never less than 0. Its text is "30m", "75%", "100%+1h" or "100%-15m".
type Offset struct {
	Percent int           // of the budget, from 0 to 1000
	Plus    time.Duration // whole seconds
}

const maxPercent = 1000

// of gives the offset under a budget; what no Duration can hold is the longest.
func (o Offset) of(budget time.Duration) time.Duration {
	high, low := bits.Mul64(uint64(budget), uint64(o.Percent))
	if high >= 100 {
		return math.MaxInt64
	}
	share, _ := bits.Div64(high, low, 100)
	if share > math.MaxInt64 {
		return math.MaxInt64
	}
	if o.Plus > 0 && time.Duration(share) > math.MaxInt64-o.Plus {
		return math.MaxInt64
	}
	return max(time.Duration(share)+o.Plus, 0)
}

// fault says what is wrong with the offset.
func (o Offset) fault() string {
	switch {
	case o.Percent < 0 || o.Percent > maxPercent:
		return "a share of the budget is from 0 % to 1000 %"
	case o.Plus%time.Second != 0:
		return "a span has whole seconds"
	case o.Percent == 0 && o.Plus < 0:
		return "a step before the start never comes: give a share of the budget to come before, such as 100%-15m"
	}
	return ""
}

// String writes the offset as its text.
func (o Offset) String() string {
	span := max(o.Plus, -math.MaxInt64)
	sign := "+"
	if span < 0 {
		sign, span = "-", -span
	}
	var text strings.Builder
	for _, unit := range []struct {
		size time.Duration
		name string
	}{{time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}} {
		if n := span / unit.size; n > 0 {
			fmt.Fprintf(&text, "%d%s", int64(n), unit.name)
		}
		span %= unit.size
	}
	switch {
	case text.Len() == 0:
		return strconv.Itoa(o.Percent) + "%"
	case o.Percent == 0 && sign == "+":
		return text.String()
	}
	return strconv.Itoa(o.Percent) + "%" + sign + text.String()
}

// MarshalText writes the offset as [Offset.UnmarshalText] reads it. One that is out
// of range is an error.
func (o Offset) MarshalText() ([]byte, error) {
	if fault := o.fault(); fault != "" {
		return nil, errors.New(fault)
	}
	return []byte(o.String()), nil
}

// UnmarshalText reads an offset.
func (o *Offset) UnmarshalText(text []byte) error {
	form := errors.New(`an offset is written like "30m", "75%", "100%+1h" or "100%-15m"`)
	share, span, hasShare := strings.Cut(string(text), "%")
	var read Offset
	if hasShare {
		percent, err := strconv.ParseUint(share, 10, 16)
		if err != nil {
			return form
		}
		read.Percent = int(percent)
		if span == "" {
			span = "+0"
		}
		if span[0] != '+' && span[0] != '-' {
			return form
		}
	} else {
		span = "+" + share
	}
	plus, err := document.ParseDuration(span[1:])
	if err != nil || strings.HasPrefix(span[1:], "-") {
		return form
	}
	if span[0] == '-' {
		plus = -plus
	}
	read.Plus = plus
	if fault := read.fault(); fault != "" {
		return errors.New(fault)
	}
	*o = read
	return nil
}

// Step is one rung of a ladder: a reminder, a warning, the breach, an escalation.
// What it means is the host's.
type Step struct {
	Name string `json:"name"`
	At   Offset `json:"at"`
}

// Ladder is a checked list of steps; make one with [NewLadder]. It is immutable.
type Ladder struct{ steps []Step }

// NewLadder checks the steps. All mistakes are reported at once, joined, each an
// *[Error] with its path and the cause [ErrStep]: a name that is missing, not
// UTF-8 or not the only one, an offset that can't be. Of steps that fall due at
// the same instant the one with the smaller offset fires first, and of equal ones
// the first in the list.
func NewLadder(steps []Step) (Ladder, error) {
	var errs []error
	report := func(i int, field, message string) {
		errs = append(errs, &Error{Path: fmt.Sprintf("ladder[%d].%s", i, field), Message: message, Cause: ErrStep})
	}
	for i, s := range steps {
		switch {
		case s.Name == "":
			report(i, "name", "no name: give each step one")
		case !utf8.ValidString(s.Name):
			report(i, "name", "the name is not UTF-8")
		case slices.ContainsFunc(steps[:i], func(other Step) bool { return other.Name == s.Name }):
			report(i, "name", fmt.Sprintf("%q is the name of an earlier step: a step fires once, so names differ", s.Name))
		}
		if fault := s.At.fault(); fault != "" {
			report(i, "at", fault)
		}
	}
	if errs != nil {
		return Ladder{}, errors.Join(errs...)
	}
	return Ladder{steps: slices.Clone(steps)}, nil
}

// Steps gives a copy of the steps.
func (l Ladder) Steps() []Step { return slices.Clone(l.steps) }
