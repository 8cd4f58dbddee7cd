package learn

import (
	"github.com/leadloop/leadloop/internal/num"
	"github.com/leadloop/leadloop/scoring"
)

// Predict gives what the integer card says of all answered leads of a sample for the same model: one prediction for
// each, in an order that does not depend on how the sample came about. Weights are the inverse of the leads' propensities,
// clipped as the fit was.
func (f *Fit) Predict(s *Sample) ([]Prediction, error) { return f.predict(s, f.points, f.cardOdds) }

// PredictReal is [Fit.Predict] with the real coefficients instead of whole points, and without any limit of groups, dimensions
// or the total. Points are the integer card's.
func (f *Fit) PredictReal(s *Sample) ([]Prediction, error) { return f.predict(s, f.points, f.realOdds) }

// PredictExpert is [Fit.Predict] with the unchanged card, calibrated on the outcomes that the fit is from.
func (f *Fit) PredictExpert(s *Sample) ([]Prediction, error) {
	return f.predict(s, f.card.before(), f.expertOdds)
}

// PredictBase is [Fit.Predict] with the base rate of the outcomes that the fit is from for all leads, and no points.
func (f *Fit) PredictBase(s *Sample) ([]Prediction, error) {
	return f.predict(s, make(slotPoints, len(f.points)), f.baseOdds)
}

// odds gives the log-odds of a lead from its hits, or from its total.
type odds func(hits []hit, total float64) float64

func (f *Fit) cardOdds(_ []hit, total float64) float64 {
	return f.Calibration.Intercept + float64(f.Calibration.Slope*total)
}

func (f *Fit) expertOdds(_ []hit, total float64) float64 {
	return f.before.Intercept + float64(f.before.Slope*total)
}

func (f *Fit) baseOdds([]hit, float64) float64 { return f.base }

func (f *Fit) realOdds(hits []hit, _ float64) float64 {
	odds := f.Intercept
	for _, h := range hits {
		s := &f.card.slots[h.slot]
		times := float64(h.given) / float64(scoring.Point)
		if !s.computed {
			times = s.times(h.given)
		}
		odds += float64(f.coefficients[h.slot] * times)
	}
	return odds
}

func (f *Fit) predict(s *Sample, p slotPoints, say odds) ([]Prediction, error) {
	if err := f.card.same(s.card); err != nil {
		return nil, err
	}
	return f.predictions(s.stand(Options{Target: f.Target, Clip: f.clip}), p, say)
}

// mostPredictions bounds how many predictions are made, so that memory suffices.
const mostPredictions = 1 << 26

func (f *Fit) predictions(list []standing, p slotPoints, say odds) ([]Prediction, error) {
	count := int64(0)
	for i := range list {
		if list[i].state == judged {
			count += list[i].count
		}
	}
	if count > mostPredictions {
		return nil, errTooMany
	}
	predictions := make([]Prediction, 0, count)
	var hits []hit
	for i := range list {
		st := &list[i]
		if st.state != judged {
			continue
		}
		hits, _ = f.card.decodeHits(hits[:0], hitsOf(st.code))
		total, _ := f.card.total(p, hits)
		one := Prediction{Probability: num.Logistic(say(hits, float64(total)/float64(scoring.Point))), Points: total, Positive: st.positive, Weight: st.weight}
		for range st.count {
			predictions = append(predictions, one)
		}
	}
	return predictions, nil
}
