package scoring

import (
	"fmt"
	"math"
	"slices"
	"sort"

	"github.com/leadloop/leadloop/internal/num"
)

// MaxCalibrationSteps is how many steps a [Calibration] may have.
const MaxCalibrationSteps = 1000

// Calibration says how probable the outcome is at a total: learned from what became of
// leads, as the package learn does, it makes a [Score] carry a probability. It
// holds for leads like those it was learned from. Points and grades
// do not depend on it.
//
// It has one of two forms. After Platt ("Probabilistic outputs for support vector
// machines", 1999), the log-odds are Intercept + Slope·total, so that the
// probability is 1/(1 + e^−(Intercept + Slope·total)), or the float next to 0 or 1 where
// that is too close to them. Or Steps give it, such as those of an isotonic regression.
type Calibration struct {
	Outcome string `json:"outcome"` // what it is the probability of, such as "accepted" or "won"

	Intercept float64 `json:"intercept,omitzero"` // the log-odds at 0 points
	Slope     float64 `json:"slope,omitzero"`     // log-odds per point; 0 gives every lead the same

	// Steps are the probability by stretches of the total, from the lowest up. The first also
	// takes the totals below its From.
	Steps []CalibrationStep `json:"steps,omitempty"`
	// Interpolate draws straight lines between the steps' From, at which their probabilities
	// then hold. Above the last it is the last one's.
	Interpolate bool `json:"interpolate,omitzero"`
}

// CalibrationStep is the probability at totals of From and more, up to the next step.
type CalibrationStep struct {
	From        Points  `json:"from"`        // above that of the step before
	Probability float64 `json:"probability"` // above 0 and below 1
}

// Probability gives the probability at a total, above 0 and below 1, by a calibration that
// [Compile] accepts.
func (c *Calibration) Probability(total Points) float64 {
	if len(c.Steps) == 0 {
		return num.Logistic(c.Intercept + float64(c.Slope*(float64(total)/float64(Point))))
	}
	i := c.step(total)
	at := c.Steps[i]
	if !c.Interpolate || i+1 == len(c.Steps) || total <= at.From {
		return at.Probability
	}
	end := c.Steps[i+1]
	way := float64(total-at.From) / float64(end.From-at.From)
	p := at.Probability + float64(way*(end.Probability-at.Probability))
	return min(max(p, min(at.Probability, end.Probability)), max(at.Probability, end.Probability))
}

// step gives the index of the step that a total falls into.
func (c *Calibration) step(total Points) int {
	return max(0, sort.Search(len(c.Steps), func(i int) bool { return c.Steps[i].From > total })-1)
}

// calibrate gives the score its probability.
func (s *Scorer[L, A]) calibrate(score *Score) {
	if s.calibration != nil {
		score.Outcome, score.Probability = s.calibration.Outcome, s.calibration.Probability(score.Total)
	}
}

// calibration checks the model's calibration.
func (c *checker[L, A]) calibration(of *Calibration) {
	if of == nil {
		return
	}
	if of.Outcome == "" {
		c.refuse("calibration.outcome", `the calibration needs to say what it is the probability of, such as "won"`)
	}
	for _, number := range []struct {
		name  string
		value float64
	}{{"intercept", of.Intercept}, {"slope", of.Slope}} {
		path := "calibration." + number.name
		switch {
		case math.IsNaN(number.value) || math.IsInf(number.value, 0):
			c.refuse(path, "the %s is no finite number", number.name)
		case number.value != 0 && len(of.Steps) > 0:
			c.refuse(path, "a calibration has either steps or intercept and slope: leave the %s out", number.name)
		}
	}
	switch {
	case len(of.Steps) > 0:
		c.calibrationSteps(of)
	case of.Intercept == 0 && of.Slope == 0:
		c.refuse("calibration", "the calibration needs intercept and slope, or steps")
	case of.Interpolate:
		c.refuse("calibration.interpolate", "there are no steps to interpolate: leave it out")
	}
	compiled := *of
	compiled.Steps = slices.Clone(of.Steps)
	c.scorer.calibration = &compiled
}

func (c *checker[L, A]) calibrationSteps(of *Calibration) {
	if len(of.Steps) > MaxCalibrationSteps {
		c.refuse("calibration.steps", "the calibration has %d steps, at most %d are allowed", len(of.Steps), MaxCalibrationSteps)
		return
	}
	if of.Interpolate && len(of.Steps) == 1 {
		c.refuse("calibration.interpolate", "one step alone can't be interpolated: add a step, or leave it out")
	}
	for i, step := range of.Steps {
		path := fmt.Sprintf("calibration.steps[%d]", i)
		c.points(path+".from", &step.From)
		if i > 0 && step.From <= of.Steps[i-1].From {
			c.refuse(path+".from", "steps go from the lowest to the highest: %s is not above %s", step.From, of.Steps[i-1].From)
		}
		if !(step.Probability > 0 && step.Probability < 1) { // no number at all is neither
			c.refuse(path+".probability", "a probability is above 0 and below 1: nothing is impossible, nor certain")
		}
	}
}

// calibration reviews the model's calibration, for totals that leads can reach.
func (l *linter) calibration(total span) {
	c := l.model.Calibration
	if c == nil {
		return
	}
	const falls, flat = "more points make %q less probable: rather mend the rules that took the lead the wrong way", "every lead has the same probability of %q: the points tell nothing of it"
	if len(c.Steps) == 0 {
		switch {
		case c.Slope < 0:
			l.find(CalibrationFalls, "calibration.slope", "", falls, c.Outcome)
		case c.Slope == 0:
			l.find(CalibrationFlat, "calibration.slope", "", flat, c.Outcome)
		}
		return
	}
	first, last := c.step(Points(total.least)), c.step(Points(total.most))
	if c.Interpolate && last+1 < len(c.Steps) && Points(total.most) > c.Steps[last].From {
		last++
	}
	same := true
	for i := first + 1; i <= last; i++ {
		before, p := c.Steps[i-1].Probability, c.Steps[i].Probability
		same = same && p == before
		if p < before {
			l.find(CalibrationFalls, fmt.Sprintf("calibration.steps[%d].probability", i), fmt.Sprintf("calibration.steps[%d].probability", i-1), falls, c.Outcome)
		}
	}
	if same {
		l.find(CalibrationFlat, "calibration.steps", "", flat, c.Outcome)
	}
}
