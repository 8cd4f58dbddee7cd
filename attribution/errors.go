package attribution

import (
	"errors"
	"fmt"
)

// What can be wrong with journeys, models and tallies, for errors.Is.
var (
	ErrMissing      = errors.New("missing")                                                            // a required id, channel, time, path or source is absent
	ErrUnknown      = errors.New("unknown value")                                                      // a side or a stage that is none of the declared constants, a channel that is not known
	ErrTime         = errors.New("impossible time")                                                    // not in the years 1 to 9999 of UTC, or closed before it was opened
	ErrNegative     = errors.New("negative amount")                                                    // a cost or a revenue below zero
	ErrRefund       = errors.New("impossible refund")                                                  // not positive, before its conversion, or more than the revenue
	ErrCurrency     = errors.New("different currencies")                                               // money of several currencies in one sum
	ErrRatio        = errors.New("impossible ratio")                                                   // a margin that is not from 0 to 1, a factor below 0 or undefined
	ErrConflict     = errors.New("given twice")                                                        // two rows with one id that do not agree; a journey, a factor twice
	ErrOverflow     = errors.New("sum exceeds 64 bits")                                                // all revenue or all cost together does not fit an int64
	ErrNoTouch      = errors.New("no valid touch")                                                     // Credit: nothing could take the credit
	ErrNoWeight     = errors.New("no channel bears it")                                                // Credits: something to share out, and nothing that weighs
	ErrModel        = errors.New("invalid model")                                                      // a zero Model, a half-life or lookback that is not positive
	ErrIncompatible = errors.New("not compatible")                                                     // Merge: other models, options or limits
	ErrCounts       = errors.New("counts contradict each other")                                       // a value without a conversion
	ErrChannels     = errors.New("too many channels")                                                  // more than MaxChannels
	ErrDamaged      = errors.New("the bytes are damaged, or something else: count the journeys again") // UnmarshalBinary
)

// Error says what is wrong with one journey. It names ids and fields, and never a value.
type Error struct {
	Index   int    // the journey's index in the slice given to Book or Compare; -1 where there is no slice
	Journey string // the journey's ID
	Path    string // the field, such as "touches[2].at"
	Err     error  // one of the sentinels of this package
	Advice  string // what to do about it
}

// Error returns for example `journeys[4] "acme" touches[2].at: missing: say when it happened`.
func (e *Error) Error() string {
	where := "journey"
	if e.Index >= 0 {
		where = fmt.Sprintf("journeys[%d]", e.Index)
	}
	return fmt.Sprintf("%s %q %s: %v: %s", where, e.Journey, e.Path, e.Err, e.Advice)
}

// Unwrap returns the sentinel.
func (e *Error) Unwrap() error { return e.Err }
