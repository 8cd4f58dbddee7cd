package goals

import (
	"errors"
	"fmt"
	"math/big"
)

// Causes of a refused document or question, for errors.Is.
var (
	ErrPeriod    = errors.New("period not usable")
	ErrAmount    = errors.New("amount not usable")
	ErrCalendar  = errors.New("calendar not usable")
	ErrFraction  = errors.New("fraction not usable") // malformed, zero, above one, missing, or not summing to one
	ErrName      = errors.New("name not usable")     // missing, twice, or unknown
	ErrCurve     = errors.New("curve not usable")
	ErrSchema    = errors.New("data format not known")
	ErrUndefined = errors.New("undefined") // there is no data; that is not 0
)

// Error is one mistake in a document or question. What finds several joins them.
type Error struct {
	Path    string // the place, such as to or roles[1].components[0].weight
	Message string // what is wrong and what to do
	Cause   error  // one of the sentinels above
}

// Error writes path and message.
func (e *Error) Error() string { return e.Path + ": " + e.Message }

// Unwrap gives the sentinel.
func (e *Error) Unwrap() error { return e.Cause }

// review gathers the mistakes of one document.
type review struct{ errs []error }

func (r *review) report(path string, cause error, format string, args ...any) {
	r.errs = append(r.errs, &Error{Path: path, Message: fmt.Sprintf(format, args...), Cause: cause})
}

func (r *review) err() error { return errors.Join(r.errs...) }

// fraction reads a Fraction that must be there; nil is a mistake that is reported.
func (r *review) fraction(path string, f Fraction) *big.Rat {
	if f == "" {
		r.report(path, ErrFraction, `it is missing: give a fraction, such as "3/100"`)
		return nil
	}
	v, err := f.Rat()
	if err != nil {
		r.report(path, ErrFraction, "it is no fraction: %s", fractionForm)
		return nil
	}
	return v
}

// share reads a Fraction above 0 and not above 1.
func (r *review) share(path string, f Fraction) *big.Rat {
	v := r.fraction(path, f)
	switch {
	case v == nil:
	case v.Sign() == 0:
		r.report(path, ErrFraction, "it is zero: nothing would ever come of it; give a share above 0")
		return nil
	case v.Cmp(one) > 0:
		r.report(path, ErrFraction, "it is above one: give a share of at most 1")
		return nil
	}
	return v
}

// optional reads a Fraction that may be left out, which gives nil.
func (r *review) optional(path string, f Fraction) *big.Rat {
	if f == "" {
		return nil
	}
	return r.fraction(path, f)
}

// name reports a name that is missing or stands twice among those seen.
func (r *review) name(path, name string, seen map[string]bool) {
	switch {
	case name == "":
		r.report(path, ErrName, "the name is missing: give one, so that results can say what they are of")
	case seen[name]:
		r.report(path, ErrName, "the name stands here twice: give each its own")
	}
	seen[name] = true
}

var one = big.NewRat(1, 1)
