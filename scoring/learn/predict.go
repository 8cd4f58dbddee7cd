package learn

import (
	"maps"
	"slices"

	"github.com/leadloop/leadloop/internal/num"
	"github.com/leadloop/leadloop/scoring"
)

// Predict gives what the integer card says of all answered leads of a sample for the same model, in an order of its
// own that does not depend on how the sample came about. Leads with the same hits and answer are one prediction. Weights are the
// number of leads, each times the inverse of its propensity, clipped as the fit was.
func (f *Fit) Predict(s *Sample) ([]Prediction, error) {
	return f.predict(s, f.points, func(_ []hit, total float64) float64 {
		return f.Calibration.Intercept + float64(f.Calibration.Slope*total)
	})
}

// PredictReal is [Fit.Predict] with the real coefficients instead of whole points, and without any limit of groups, dimensions or the total.
func (f *Fit) PredictReal(s *Sample) ([]Prediction, error) {
	return f.predict(s, f.points, func(hits []hit, _ float64) float64 {
		odds := f.Intercept
		for _, h := range hits {
			x := &f.card.slots[h.slot]
			times := float64(h.given) / float64(scoring.Point)
			if !x.computed {
				times = x.times(h.given)
			}
			odds += float64(f.coefficients[h.slot] * times)
		}
		return odds
	})
}

// PredictExpert is [Fit.Predict] with the unchanged card, calibrated on the outcomes that the fit is from.
func (f *Fit) PredictExpert(s *Sample) ([]Prediction, error) {
	return f.predict(s, f.card.before(), func(_ []hit, total float64) float64 {
		return f.before.Intercept + float64(f.before.Slope*total)
	})
}

// PredictBase is [Fit.Predict] with the base rate of the outcomes that the fit is from for all leads.
func (f *Fit) PredictBase(s *Sample) ([]Prediction, error) {
	return f.predict(s, make(slotPoints, len(f.points)), func([]hit, float64) float64 { return f.base })
}

func (f *Fit) predict(s *Sample, p slotPoints, odds func(hits []hit, total float64) float64) ([]Prediction, error) {
	if err := f.card.same(s.card); err != nil {
		return nil, err
	}
	codes := slices.AppendSeq(make([]string, 0, len(s.rows)), maps.Keys(s.rows))
	slices.Sort(codes)
	var list []Prediction
	var hits []hit
	for _, code := range codes {
		var r row
		r.decodeRest(code[hitsHead+len(hitsOf(code)):])
		st := r.look(f.Target, lastDay)
		if st.state != judged {
			continue
		}
		hits, _ = f.card.decodeHits(hits[:0], hitsOf(code))
		total, _ := f.card.total(p, hits)
		weight := min(float64(scoring.Point)/float64(r.propensity), f.clip)
		list = append(list, Prediction{
			Probability: num.Logistic(odds(hits, float64(total)/float64(scoring.Point))), Points: total,
			Positive: st.positive, Weight: float64(weight * float64(s.rows[code])),
		})
	}
	return list, nil
}
