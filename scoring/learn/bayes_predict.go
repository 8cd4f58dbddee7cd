package learn

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/leadloop/leadloop/internal/num"
	"github.com/leadloop/leadloop/scoring"
)

// strongestFactors is how many factors a prediction names for and against a lead.
const strongestFactors = 3

// BayesPrediction is what [Bayes] says of an open lead.
type BayesPrediction struct {
	// Probability of being won, not rounded, above 0 and below 1; but 1 in a won stage and
	// 0 without a stage where there are stages: these are no estimates.
	Probability float64 `json:"probability"`
	// LogOdds is ln(p/(1−p)) of that probability, also where it is too close to 0 or 1 for a float;
	// infinite where it is 0 or 1.
	LogOdds float64 `json:"-"`
	// BasisPoints is the probability in hundredths of a percent, as Odoo shows it: rounded half up,
	// from 1 (0.01 %) to 9999 (99.99 %) unless the probability is 0 or 1.
	BasisPoints int `json:"basis_points"`
	// AllTeams says that all teams' leads are what the lead was compared with.
	AllTeams bool `json:"all_teams,omitempty"`
	// For and Against are the three factors that speak most for winning, and those that speak most against it,
	// the strongest first.
	For     []BayesFactor `json:"for,omitempty"`
	Against []BayesFactor `json:"against,omitempty"`
}

// BayesFactor is what one value of a lead says.
type BayesFactor struct {
	Field string `json:"field"` // the field's name, [StageField] or [TagField]
	Value string `json:"value"`
	// Share is how won and lost leads share the value, each by how frequent it is among them: above ½ it speaks for
	// winning, below ½ against it. For a stage it is the share of lost leads that did not come that far.
	Share float64 `json:"share"`
}

// Probability estimates how probable it is that an open lead is won: [BayesPrediction.Probability]
// alone, in less time.
func (b *Bayes) Probability(lead BayesLead) (float64, error) {
	p, err := b.predict(lead, nil)
	return p.Probability, err
}

// Predict estimates how probable it is that an open lead is won, and says why. Where nothing can be estimated
// because no closed lead of its team was ever in a stage, or there is none at all, it is
// [ErrUnscoreable]; without its team the lead is compared with all teams. A lead that does not fit is an [ErrLead]. It
// may be called concurrently. The time is that of [Bayes.Add].
func (b *Bayes) Predict(lead BayesLead) (BayesPrediction, error) {
	var factors []BayesFactor
	p, err := b.predict(lead, &factors)
	if err != nil {
		return p, err
	}
	slices.SortStableFunc(factors, func(a, b BayesFactor) int { return cmp.Compare(b.Share, a.Share) })
	for _, f := range factors {
		if f.Share > 0.5 && len(p.For) < strongestFactors {
			p.For = append(p.For, f)
		}
	}
	slices.SortStableFunc(factors, func(a, b BayesFactor) int { return cmp.Compare(a.Share, b.Share) })
	for _, f := range factors {
		if f.Share < 0.5 && len(p.Against) < strongestFactors {
			p.Against = append(p.Against, f)
		}
	}
	return p, nil
}

// Prediction gives the prediction in the form that calibrations and evaluations are made from. Its points are the
// log-odds, one point each, so that [Platt] straightens them.
func (p BayesPrediction) Prediction(positive bool) Prediction {
	points := min(max(float64(p.LogOdds*float64(scoring.Point)), -float64(scoring.MaxPoints)), float64(scoring.MaxPoints))
	return Prediction{Probability: p.Probability, Points: scoring.Points(math.RoundToEven(points)), Positive: positive}
}

// predict estimates, and lists what each value says if there is a list for it.
func (b *Bayes) predict(lead BayesLead, factors *[]BayesFactor) (BayesPrediction, error) {
	tags, stage, err := b.place(lead)
	switch {
	case err != nil:
		return BayesPrediction{}, err
	case len(b.stages) > 0 && lead.Stage == "":
		return BayesPrediction{LogOdds: math.Inf(-1)}, nil
	case len(b.stages) > 0 && b.stages[stage].Won:
		return BayesPrediction{Probability: 1, LogOdds: math.Inf(1), BasisPoints: 10_000}, nil
	}
	tally, all := &b.all, true
	if t := b.teams[lead.Team]; t != nil && lead.Team != "" {
		tally, all = &t.bayesTally, false
	}
	start := tally.stages[0]
	if start == (bayesPair{}) {
		if all {
			return BayesPrediction{}, fmt.Errorf("%w: none is counted yet, or none was in a stage", ErrUnscoreable)
		}
		return BayesPrediction{}, fmt.Errorf("%w: of the team %q none was in a stage; leave the team out to compare with all teams", ErrUnscoreable, lead.Team)
	}
	won, lost := scaled{mantissa: 1}, scaled{mantissa: 1}
	won.times(start.won, start.won+start.lost)
	lost.times(start.lost, start.won+start.lost)
	b.values(lead, tags, func(field int, value string) {
		p := b.counts(field, tally.fields[field][value])
		if p == (bayesPair{}) {
			return
		}
		total := tally.totals[field]
		won.times(p.won, total.won)
		lost.times(p.lost, total.lost)
		if factors != nil {
			name := TagField
			if field < len(b.fields) {
				name = b.fields[field].Name
			}
			w, l := float64(p.won)/float64(total.won), float64(p.lost)/float64(total.lost)
			*factors = append(*factors, BayesFactor{name, value, w / (w + l)})
		}
	})
	if p := tally.stages[stage]; len(b.stages) > 0 && p != (bayesPair{}) {
		won.times(p.won, start.won)
		lost.times(p.lost, start.lost)
		if factors != nil {
			*factors = append(*factors, BayesFactor{StageField, lead.Stage, float64(start.lost-p.lost) / float64(start.lost)})
		}
	}
	p := BayesPrediction{AllTeams: all}
	p.Probability, p.LogOdds = won.against(lost)
	p.BasisPoints = int(min(max(math.Floor(float64(p.Probability*10_000)+0.5), 1), 9999))
	return p, nil
}

// scaled is mantissa·2^exponent: products of any number of factors neither vanish nor lose digits.
type scaled struct {
	mantissa float64
	exponent int
}

// times multiplies by a fraction above 0.
func (s *scaled) times(part, whole int64) {
	mantissa, exponent := math.Frexp(float64(s.mantissa * (float64(part) / float64(whole))))
	s.mantissa, s.exponent = mantissa, s.exponent+exponent
}

// against gives s/(s+o), above 0 and below 1, and ln(s/o).
func (s scaled) against(o scaled) (share, logOdds float64) {
	up := s.exponent - o.exponent
	logOdds = num.Log(s.mantissa/o.mantissa) + float64(float64(up)*math.Ln2)
	a, b := s.mantissa, o.mantissa
	if up > 0 {
		b = math.Ldexp(b, -up)
	} else {
		a = math.Ldexp(a, up)
	}
	return min(max(a/(a+b), math.SmallestNonzeroFloat64), 1-0x1p-53), logOdds
}
