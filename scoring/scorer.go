package scoring

import (
	"errors"
	"time"
)

// Scorer is a compiled model.
type Scorer[L, A any] struct{}

// Compile checks a model against the host's types.
func Compile[L, A any](m Model) (*Scorer[L, A], error) { return nil, errors.New("in progress") }

// Score scores the subject.
func (s *Scorer[L, A]) Score(subject Subject[L, A], now time.Time) Score { return Score{} }

// Explain writes the score as a table that people can read.
func (s Score) Explain() string { return "" }

// Err joins the problems.
func (s Score) Err() error { return nil }

// Hits lists the matched rules as "dimension/rule".
func (s Score) Hits() []string { return nil }
