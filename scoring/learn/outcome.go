package learn

import (
	"errors"
	"fmt"
	"time"

	"github.com/leadloop/leadloop/scoring"
)

// Errors of outcomes. The errors returned say more.
var (
	ErrUnknownRule = errors.New("learn: the outcome names a rule that the model does not have")
	ErrRepeatedHit = errors.New("learn: the outcome names a rule twice")
	ErrHit         = errors.New("learn: the outcome has a hit that the model cannot give")
	ErrOutcome     = errors.New("learn: the outcome contradicts itself")
	ErrOtherModel  = errors.New("learn: gathered under another model")
	ErrNotAdded    = errors.New("learn: the outcome to remove has not been added")
	ErrDamaged     = errors.New("learn: the bytes are damaged, or something else")
)

// Verdict is the answer to one question about a lead. The zero value is Pending.
type Verdict int8

const (
	Pending  Verdict = iota // not answered yet, or never asked
	Positive                // accepted, or won
	Negative                // rejected, or lost
)

// Target is the question that evidence is weighed for.
type Target string

const (
	Acceptance Target = "acceptance" // of the leads handed over: did sales accept?
	Win        Target = "win"        // of the leads accepted: was the deal won?
)

// Outcome is what became of one lead that was handed over. Hits and a verdict
// are enough; what else is unknown stays zero.
type Outcome struct {
	// Hits are the rules that matched at the hand-over:
	// what [github.com/leadloop/leadloop/scoring.Score.Hits] gives. A rule
	// with constant points may stand as "dimension/rule" alone.
	Hits []string
	// Accepted is the answer of sales to the offer.
	Accepted Verdict
	// Reason is why sales rejected or returned the lead; may be empty. It is
	// counted whatever the verdicts are, by [Evidence] alone.
	Reason string
	// Won is what became of the deal. Only an accepted lead can have one.
	Won Verdict

	// Offered is when the lead was handed over, Answered when sales answered
	// the offer, and Closed when the deal was won or lost; zero if unknown. They are
	// kept to the day, UTC, and do not go back.
	Offered, Answered, Closed time.Time
	// Propensity is the probability with which the lead was handed over, in parts
	// of one [scoring.Point]: at most 1 point; 0 means 1, certain.
	Propensity scoring.Points
}

// check tells whether the outcome makes sense by itself, its hits aside.
func (o *Outcome) check() error {
	if o.Won != Pending && o.Accepted != Positive {
		return fmt.Errorf("%w: it is won or lost without being accepted", ErrOutcome)
	}
	if min(o.Accepted, o.Won) < Pending || max(o.Accepted, o.Won) > Negative {
		return fmt.Errorf("%w: a verdict is Pending, Positive or Negative", ErrOutcome)
	}
	if o.Propensity < 0 || o.Propensity > scoring.Point {
		return fmt.Errorf("%w: a propensity is above 0 and at most 1 point", ErrOutcome)
	}
	last := day(0)
	for _, at := range [3]time.Time{o.Offered, o.Answered, o.Closed} {
		d, ok := dayOf(at)
		switch {
		case !ok:
			return fmt.Errorf("%w: its dates lie between the years 1 and 9999", ErrOutcome)
		case d == 0:
			continue
		case last != 0 && d < last:
			return fmt.Errorf("%w: offered, answered and closed follow each other", ErrOutcome)
		}
		last = d
	}
	if o.Answered.IsZero() || o.Accepted != Pending {
		if o.Closed.IsZero() || o.Won != Pending {
			return nil
		}
		return fmt.Errorf("%w: it is closed, but neither won nor lost", ErrOutcome)
	}
	return fmt.Errorf("%w: it is answered, but neither accepted nor rejected", ErrOutcome)
}

// day is a date, UTC, counted from 1 for the first of the year 1; 0 is none.
type day int32

const (
	secondsPerDay = 24 * 60 * 60
	lastDay       = day(3_652_059) // the end of the year 9999
)

// firstSecond is the first second of the year 1 in Unix time.
const firstSecond = -62_135_596_800

// dayOf gives the date of an instant; false if it is out of range.
func dayOf(at time.Time) (day, bool) {
	if at.IsZero() {
		return 0, true
	}
	seconds := at.Unix() - firstSecond
	if seconds < 0 || seconds >= int64(lastDay)*secondsPerDay {
		return 0, false
	}
	return day(seconds/secondsPerDay) + 1, true
}
