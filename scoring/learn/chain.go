package learn

import "fmt"

// Chain is what was learned of two questions that follow each other. Deals take
// long, answers of sales come soon: P(won) = P(accepted)·P(won | accepted) learns from both, and a lead that sales rejected
// is no deal lost.
type Chain struct {
	Accepted *Fit `json:"accepted"`
	Won      *Fit `json:"won"` // of the accepted leads
}

// FitChain fits both targets with the same options, whose Target does not matter.
func (s *Sample) FitChain(o Options) (*Chain, error) {
	c, err := &Chain{}, error(nil)
	o.Target = Acceptance
	if c.Accepted, err = s.Fit(o); err != nil {
		return nil, fmt.Errorf("%s: %w", Acceptance, err)
	}
	o.Target = Win
	if c.Won, err = s.Fit(o); err != nil {
		return nil, fmt.Errorf("%s: %w", Win, err)
	}
	return c, nil
}

// Predict gives the probability that a lead which is handed over is won, for all leads of a sample of which that is known: those rejected, won
// or lost. Points are those of the card for wins.
func (c *Chain) Predict(s *Sample) ([]Prediction, error) { return c.predict(s, 0) }

// predict leaves out leads that were handed over up to a day.
func (c *Chain) predict(s *Sample, until day) ([]Prediction, error) {
	if err := c.Accepted.card.same(c.Won.card); err != nil {
		return nil, err
	}
	if err := c.Won.card.same(s.card); err != nil {
		return nil, err
	}
	var list []standing
	for _, st := range s.stand(Options{Target: Acceptance, Clip: c.Won.clip}) {
		var r row
		r.decodeRest(st.code[hitsHead+len(hitsOf(st.code)):])
		if until > 0 && st.start <= until || st.state != judged || st.positive && r.verdicts[1] == Pending {
			continue
		}
		st.positive = r.verdicts[1] == Positive
		list = append(list, st)
	}
	won, err := c.Won.predictions(list, c.Won.points, c.Won.cardOdds)
	if err != nil {
		return nil, err
	}
	accepted, err := c.Accepted.predictions(list, c.Accepted.points, c.Accepted.cardOdds)
	if err != nil {
		return nil, err
	}
	for i := range won {
		won[i].Probability = float64(won[i].Probability * accepted[i].Probability)
	}
	return won, nil
}
