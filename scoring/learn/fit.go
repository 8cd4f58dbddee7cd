package learn

import (
	"errors"
	"time"

	"github.com/leadloop/leadloop/scoring"
)

// Errors of fits. The errors returned say more.
var (
	ErrNoOutcomes = errors.New("learn: no outcome of the target is known")
	ErrOneClass   = errors.New("learn: all outcomes of the target are the same")
	ErrOptions    = errors.New("learn: the options make no sense")
)

// Options say what is learned, and how. The zero value of all but Target is a good start.
type Options struct {
	Target Target

	// AsOf is the day of which the outcomes are seen: leads offered later are left out, and answers given later are
	// still pending. The zero value is the latest day in the sample.
	AsOf time.Time
	// Maturity is how old, in days since the hand-over ([Acceptance]) or the acceptance ([Win]), a lead
	// is before its outcome counts. Quick answers are not like slow ones: without it, young leads
	// are judged by their quick answers alone. Leads of unknown age are then left out. 0: all answers count.
	Maturity scoring.Duration
	// Weighted counts the young, too: instead of leaving them out it weighs each answered lead by 1/(1 − G(t)), where
	// t is how long the answer took and G is the share of leads that are younger than that, after Kaplan and Meier.
	Weighted bool
	// Clip is the largest weight that a lead can have by Weighted and by its Propensity: 20 if zero.
	Clip float64

	// Shrinkage is λ: how strongly coefficients are held to the experts' points. 0 chooses it by
	// cross-validation.
	Shrinkage float64
	// PointsToDoubleOdds is how many points double the odds. 0 keeps the totals as far apart as the experts had
	// them; where they gave no points it is 20.
	PointsToDoubleOdds scoring.Points
}

// Fit is what was learned from a sample, for one target.
type Fit struct {
	Target   Target `json:"target"`
	Outcomes int64  `json:"outcomes"` // that the fit is from
	Positive int64  `json:"positive"` // of them
	Pending  int64  `json:"pending"`  // not answered as of the day
	Young    int64  `json:"young"`    // left out because they are not mature
	Undated  int64  `json:"undated"`  // left out because their age is unknown
	Later    int64  `json:"later"`    // left out because they were offered after the day

	Intercept float64 `json:"intercept"`
	Expert    float64 `json:"expert"`           // κ: log-odds for one point of the experts; 0 where they gave none, or the outcomes contradict them
	Shrinkage float64 `json:"shrinkage"`        // λ
	Trials    []Trial `json:"trials,omitempty"` // of λ, by cross-validation
	Terms     []Term  `json:"terms"`            // in the model's order

	PointsToDoubleOdds float64             `json:"points_to_double_odds"`
	Calibration        scoring.Calibration `json:"calibration"` // of the integer card

	// Mean log losses on the sample that the fit is from.
	Loss        float64 `json:"loss"`         // of the real coefficients
	IntegerLoss float64 `json:"integer_loss"` // of the integer card
	BaseLoss    float64 `json:"base_loss"`    // of the base rate

	SampleSize SampleSize `json:"sample_size"`

	card         *card
	options      Options
	points       slotPoints          // of the new card
	coefficients []float64           // by slot: log-odds for one time
	before       scoring.Calibration // of the unchanged card
	base         float64             // the base rate
}

// Trial is a shrinkage that was tried.
type Trial struct {
	Shrinkage float64 `json:"shrinkage"`
	Loss      float64 `json:"loss"`           // mean log loss on what was held out
	Error     float64 `json:"standard_error"` // of the loss
}

// Term is what can have points of its own: a rule, or a row of a rule's table on the lead.
type Term struct {
	Rule        string         `json:"rule"`          // "dimension/rule"
	Row         string         `json:"row,omitempty"` // of the table
	Before      scoring.Points `json:"before"`
	After       scoring.Points `json:"after"`
	Coefficient float64        `json:"coefficient"` // log-odds for one match
	Low         scoring.Points `json:"low"`         // 95 % interval of the points
	High        scoring.Points `json:"high"`
	Support     Rate           `json:"support"`  // leads that it matched, of those that the fit is from
	Positive    Rate           `json:"positive"` // of those that it matched
	Learned     bool           `json:"learned"`  // false if it never matched, or its points are computed: then it keeps them
}

// Fit learns points from the outcomes of the sample: it is not changed.
func (s *Sample) Fit(o Options) (*Fit, error) { return fit(s, o) }

// Model is the experts' model with the points that were learned, the next version number and its calibration.
func (f *Fit) Model() scoring.Model { return f.model() }

// Predict gives what the integer card says of the outcomes of a sample of the same model.
func (f *Fit) Predict(s *Sample) ([]Prediction, error) { return nil, nil }

// PredictReal is [Fit.Predict] with the real coefficients instead of the integer card.
func (f *Fit) PredictReal(s *Sample) ([]Prediction, error) { return nil, nil }

// PredictBefore is [Fit.Predict] with the unchanged card, calibrated on the outcomes that the fit is from.
func (f *Fit) PredictBefore(s *Sample) ([]Prediction, error) { return nil, nil }

// PredictBase is [Fit.Predict] with the base rate alone.
func (f *Fit) PredictBase(s *Sample) ([]Prediction, error) { return nil, nil }

func fit(*Sample, Options) (*Fit, error) { return nil, nil }

func (f *Fit) model() scoring.Model { return f.card.model }
