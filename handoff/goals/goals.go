package goals

import (
	"math/big"
	"time"

	"github.com/leadloop/leadloop/handoff/worktime"
)

// Commitment is what marketing owes sales in a period.
type Commitment struct {
	From  time.Time `json:"from"`            // included
	To    time.Time `json:"to"`              // excluded
	Count int64     `json:"count,omitempty"` // leads; 0 = none committed
	Value int64     `json:"value,omitempty"` // minor units of the currency; 0 = none committed
}

// Plan is a commitment with the calendar of its run rate.
type Plan struct{}

// Compile checks the commitment.
func Compile(c Commitment, calendar *worktime.Calendar) (*Plan, error) { return nil, nil }

// Parse reads a commitment from JSON, strictly.
func Parse(data []byte) (Commitment, error) { return Commitment{}, nil }

// Delivered is what marketing has handed over since the period began.
type Delivered struct {
	Count int64 `json:"count"`
	Value int64 `json:"value"`
}

// Progress is a plan's standing at an instant.
type Progress struct {
	AsOf  time.Time `json:"as_of"`
	Count Measure   `json:"count"`
	Value Measure   `json:"value"`
}

// Measure is one goal's standing.
type Measure struct {
	Delivered int64         `json:"delivered"`
	Committed int64         `json:"committed"` // for the whole period
	Elapsed   time.Duration `json:"elapsed"`   // working time passed
	Period    time.Duration `json:"period"`    // working time of the whole period
}

// Progress measures what was delivered against the run rate.
func (p *Plan) Progress(d Delivered, asOf time.Time) Progress { return Progress{} }

// Due is the part of the commitment that is due by now.
func (m Measure) Due() *big.Rat { return nil }

// Attainment is delivered over due; false: undefined.
func (m Measure) Attainment() (*big.Rat, bool) { return nil, false }

// Float64 is the attainment as the nearest float; false: undefined.
func (m Measure) Float64() (float64, bool) { return 0, false }
