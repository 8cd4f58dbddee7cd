package learn

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/leadloop/leadloop/scoring"
)

// Errors of fits. The errors returned say more.
var (
	ErrNoOutcomes = errors.New("learn: no outcome of the target counts")
	ErrOneClass   = errors.New("learn: there are not both positive and negative outcomes")
	ErrOptions    = errors.New("learn: the options make no sense")
)

// Options say what is learned, and how. The zero value of all but Target is a good start.
type Options struct {
	Target Target

	// AsOf is the day as of which the outcomes are seen: leads handed over later are left out, and answers given
	// later are still pending. The zero value is the latest day in the sample.
	AsOf time.Time
	// Maturity is how old a lead is, in whole days since the hand-over ([Acceptance]) or the acceptance ([Win]),
	// before its outcome counts: without it, young leads are judged by their quick answers alone, and quick answers are not like slow ones.
	// Leads of unknown age are then left out. 0: all answers count.
	Maturity scoring.Duration
	// Weighted lets the young count, too. Instead of leaving them out it weighs each answered lead by 1/(1 − G(t)): t is how long the
	// answer took, and G the distribution of the time for which leads can be observed, after Kaplan and Meier. From Maturity on, if it is
	// given, weights no longer rise. Answers of unknown age are left out.
	Weighted bool
	// Clip is the largest weight that a lead can have, by Weighted and by the inverse of its Propensity: 20 if zero.
	Clip float64

	// Shrinkage is λ: how strongly coefficients are held to the experts' points. 0 chooses it by
	// cross-validation.
	Shrinkage float64
	// PointsToDoubleOdds is how many points double the odds. 0 keeps the totals as far apart as they were;
	// where the experts' points tell no leads apart it is 20.
	PointsToDoubleOdds scoring.Points
}

// MaxTerms is how many terms are learned: those that most leads hit. The others keep the experts' points.
const MaxTerms = 500

// Fit is what was learned from a sample, for one target.
type Fit struct {
	Target   Target  `json:"target"`
	Outcomes int64   `json:"outcomes"`  // that the fit is from
	Positive int64   `json:"positive"`  // of them
	Pending  int64   `json:"pending"`   // not answered as of the day
	Young    int64   `json:"young"`     // left out because they are not mature
	Undated  int64   `json:"undated"`   // left out because their age is unknown
	Later    int64   `json:"later"`     // left out because they were handed over after the day
	Size     float64 `json:"effective"` // how many outcomes of equal weight tell as much; Outcomes where all weigh the same

	Intercept float64 `json:"intercept"`        // log-odds of a lead without hits
	Expert    float64 `json:"expert"`           // κ: log-odds for one point of the experts; 0 where theirs tell no leads apart, or the outcomes contradict them
	Shrinkage float64 `json:"shrinkage"`        // λ
	Trials    []Trial `json:"trials,omitempty"` // of λ, by cross-validation
	Terms     []Term  `json:"terms"`            // in the model's order

	PointsToDoubleOdds float64             `json:"points_to_double_odds"`
	Calibration        scoring.Calibration `json:"calibration"` // of the integer card
	// Scale is by what computed points are multiplied, in parts of one [scoring.Point].
	Scale scoring.Points `json:"scale"`

	// Mean log losses on the outcomes that the fit is from.
	Loss        float64 `json:"loss"`         // of the real coefficients
	IntegerLoss float64 `json:"integer_loss"` // of the integer card: the difference is due to rounding and to limits
	ExpertLoss  float64 `json:"expert_loss"`  // of the unchanged card, calibrated
	BaseLoss    float64 `json:"base_loss"`    // of the base rate

	SampleSize SampleSize `json:"sample_size"`

	card         *card
	clip         float64
	points       slotPoints          // of the new card
	coefficients []float64           // by slot: log-odds for one time
	before       scoring.Calibration // of the unchanged card
	base         float64             // log-odds of the base rate
}

// Trial is a shrinkage that was tried.
type Trial struct {
	Shrinkage float64 `json:"shrinkage"`
	Loss      float64 `json:"loss"`           // mean log loss on what was held out
	Error     float64 `json:"standard_error"` // of the loss
}

// Term is what can have points of its own: a rule with constant points, or a row of a rule's table on the lead.
type Term struct {
	Rule        string         `json:"rule"`          // "dimension/rule"
	Row         string         `json:"row,omitempty"` // of the table
	Before      scoring.Points `json:"before"`
	After       scoring.Points `json:"after"`
	Low         scoring.Points `json:"low"` // to High: the 95 % interval of the points
	High        scoring.Points `json:"high"`
	Coefficient float64        `json:"coefficient"` // log-odds for one match
	Support     Rate           `json:"support"`     // leads that it matched, of those that the fit is from
	Precision   Rate           `json:"precision"`   // positive leads of those that it matched
	Learned     bool           `json:"learned"`     // false if it never matched, or too rarely to be among [MaxTerms]: then it keeps its points
}

// Name is the rule, with its row where it has one: "fit/industry#values[2]".
func (t Term) Name() string { return Row{Rule: t.Rule, Row: t.Row}.Name() }

// Fit learns points from the outcomes of the sample. It minimises
//
//	Σ ω·logloss + λ·Σ m·(β − κ·points)²
//
// over an intercept, the coefficients β of the terms that matched, and κ ≥ 0: the log-odds are the intercept, plus β for each
// time that a lead got a term's points, plus κ for each computed point. m is 1 for a term that leads get once at most, and else the
// mean square of how often they get it, so that it is what the term usually gives that is shrunk. ω are the weights that the options ask for, scaled so that they sum to
// Size. With few outcomes λ is large, and what comes out are the experts' points, calibrated.
//
// Real coefficients become whole points, or points with as many decimals as the experts' have, by rounding and then
// improving one at a time while the quadratic approximation of the objective falls.
//
// Without any outcome the error is [ErrNoOutcomes], with one kind of them [ErrOneClass]. The time is about 0.1 µs for each outcome and squared number of
// its hits, in each of about ten steps; the cube of the terms comes on top.
func (s *Sample) Fit(o Options) (*Fit, error) {
	o, err := o.check()
	if err != nil {
		return nil, err
	}
	if s.card == nil {
		return nil, fmt.Errorf("%w: the sample has no model: make it with NewSample", ErrNoOutcomes)
	}
	return s.fit(s.stand(o), o)
}

// fit learns from outcomes of the sample. The options have been checked.
func (s *Sample) fit(list []standing, o Options) (*Fit, error) {
	f := &Fit{Target: o.Target, card: s.card, clip: o.Clip}
	data, err := f.gather(s, list)
	if err != nil {
		return nil, err
	}
	var start []float64
	f.Shrinkage = o.Shrinkage
	if f.Shrinkage == 0 {
		f.Shrinkage, f.Trials, start = chooseShrinkage(data.design, data.seen)
	}
	solved := fitScores(data.design, data.labels, f.Shrinkage, 1e-13, start)
	f.convert(data, solved, o)
	return f, nil
}

// gathered is the outcomes that a fit is from.
type gathered struct {
	*design
	labels
	seen            []observed
	codes           []string // by row: the bytes of its hits
	slots           []int    // by column
	support         []Rate   // by slot
	mean, deviation float64  // of what the experts' points give in all
}

// gather makes a design of the outcomes that count.
func (f *Fit) gather(s *Sample, list []standing) (*gathered, error) {
	for i := range list {
		st := &list[i]
		switch st.state {
		case later:
			f.Later += st.count
		case pending:
			f.Pending += st.count
		case young:
			f.Young += st.count
		case undated:
			f.Undated += st.count
		case judged:
			f.Outcomes += st.count
			if st.positive {
				f.Positive += st.count
			}
		}
	}
	switch {
	case f.Outcomes == 0:
		return nil, fmt.Errorf("%w: of %d outcomes in the sample, %d are pending, %d young, %d of unknown age, %d later than the day", ErrNoOutcomes, s.size, f.Pending, f.Young, f.Undated, f.Later)
	case f.Positive == 0, f.Positive == f.Outcomes:
		return nil, fmt.Errorf("%w: %d of %d are positive; there is nothing to tell apart", ErrOneClass, f.Positive, f.Outcomes)
	}
	size, weight := effective(list)
	f.Size = size
	g := &gathered{support: make([]Rate, len(s.card.slots))}
	g.observe(s.card, list, size/weight)
	g.choose(s.card)
	g.measure()
	g.standardise()
	return g, nil
}

// observe lists the outcomes by rows, and makes the design with a column for each slot.
func (g *gathered) observe(c *card, list []standing, scale float64) {
	rows, entries := 0, 0
	for i := range list {
		if list[i].state == judged {
			rows++
			entries += len(hitsOf(list[i].code)) // a hit has a byte, or a few
		}
	}
	g.design = &design{start: make([]int32, 1, rows+1), expert: make([]float64, 0, rows), column: make([]int32, 0, entries), times: make([]float64, 0, entries)}
	g.codes, g.seen = make([]string, 0, rows), make([]observed, 0, rows)
	var hits []hit
	for i := range list {
		st := &list[i]
		if st.state != judged {
			continue
		}
		code := hitsOf(st.code)
		if n := len(g.codes); n == 0 || g.codes[n-1] != code {
			g.codes = append(g.codes, code)
			hits, _ = c.decodeHits(hits[:0], code)
			g.enter(c, hits)
		}
		for _, h := range hits {
			r := &g.support[h.slot]
			r.Whole += st.count
			if st.positive {
				r.Part += st.count
			}
		}
		g.seen = append(g.seen, observed{int32(len(g.codes) - 1), st.positive, st.count, float64(st.weight * scale), st.start, hashOf(st.code)})
	}
	g.labels = newLabels(len(g.codes))
	for i := range g.seen {
		g.labels.add(&g.seen[i], g.seen[i].count)
	}
}

// enter appends a row to the design.
func (g *gathered) enter(c *card, hits []hit) {
	d, given := g.design, scoring.Points(0)
	for _, h := range hits {
		s := &c.slots[h.slot]
		given += h.given
		if !s.computed {
			d.column, d.times = append(d.column, h.slot), append(d.times, s.times(h.given))
		}
	}
	d.start = append(d.start, int32(len(d.column)))
	d.expert = append(d.expert, float64(given)/float64(scoring.Point))
}

// choose finds the terms that are learned, and leaves a column for each of them.
func (g *gathered) choose(c *card) {
	for at := range c.slots {
		if g.support[at].Whole > 0 && !c.slots[at].computed {
			g.slots = append(g.slots, at)
		}
	}
	if len(g.slots) > MaxTerms {
		slices.SortStableFunc(g.slots, func(a, b int) int { return cmp.Compare(g.support[b].Whole, g.support[a].Whole) })
		g.slots = g.slots[:MaxTerms]
		slices.Sort(g.slots)
	}
	columns := make([]int32, len(c.slots))
	for i := range columns {
		columns[i] = -1
	}
	for column, at := range g.slots {
		columns[at] = int32(column)
	}
	d, kept := g.design, int32(0)
	d.width = len(g.slots)
	for row := range d.rows() {
		from, to := d.start[row], d.start[row+1]
		d.start[row] = kept
		for e := from; e < to; e++ {
			if column := columns[d.column[e]]; column >= 0 {
				d.column[kept], d.times[kept] = column, d.times[e]
				kept++
			}
		}
	}
	d.start[d.rows()] = kept
	d.column, d.times = d.column[:kept], d.times[:kept]
}

// measure finds how often leads that get a term's points get them. What a visit is worth, of which most leads make a dozen, would
// else be as uncertain as what a demo is worth, and the dozen twelve times as much.
func (g *gathered) measure() {
	d := g.design
	d.square = make([]float64, d.width)
	weight := make([]float64, d.width)
	for row := range d.rows() {
		n := g.positive[row] + g.negative[row]
		for e := d.start[row]; e < d.start[row+1]; e++ {
			d.square[d.column[e]] += float64(n * float64(d.times[e]*d.times[e]))
			weight[d.column[e]] += n
		}
	}
	for column, n := range weight {
		d.square[column] = max(1, d.square[column]/n)
	}
}

// standardise centres what the experts' points give, and scales it to a deviation of 1.
func (g *gathered) standardise() {
	d := g.design
	g.mean, g.deviation = g.spread(d.expert)
	if g.deviation == 0 {
		d.expert = nil
		return
	}
	for i := range d.expert {
		d.expert[i] = (d.expert[i] - g.mean) / g.deviation
	}
}

// spread gives mean and standard deviation of what there is one of for each row.
func (y labels) spread(x []float64) (mean, deviation float64) {
	weight := 0.0
	for i, v := range x {
		n := y.positive[i] + y.negative[i]
		mean += float64(n * v)
		weight += n
	}
	mean /= weight
	square := 0.0
	for i, v := range x {
		gap := v - mean
		square += float64((y.positive[i] + y.negative[i]) * float64(gap*gap))
	}
	deviation = math.Sqrt(square / weight)
	if deviation <= float64(1e-9*math.Abs(mean)) {
		deviation = 0 // what rounding leaves
	}
	return mean, deviation
}

// hashOf is FNV-1a with 64 bits, mixed once more so that its high bits are as good as the low ones.
func hashOf(text string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(text) {
		h = (h ^ uint64(text[i])) * 1099511628211
	}
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}

// convert makes points of coefficients.
func (f *Fit) convert(g *gathered, s *solver, o Options) {
	found := s.scores()
	f.Intercept = found.intercept
	if s.expert != nil {
		f.Expert = found.expert / g.deviation
		f.Intercept -= float64(f.Expert * g.mean)
	}
	f.coefficients = make([]float64, len(f.card.slots))
	for at := range f.coefficients {
		if s := &f.card.slots[at]; s.computed {
			f.coefficients[at] = f.Expert // for one computed point
		} else {
			f.coefficients[at] = float64(f.Expert * (float64(s.points) / float64(scoring.Point)))
		}
	}
	for column, at := range g.slots {
		f.coefficients[at] += found.terms[column]
	}
	perOdds := f.pointsPerOdds(g, s, o)
	f.PointsToDoubleOdds = float64(perOdds * ln2)
	f.round(g, s, perOdds, o.PointsToDoubleOdds > 0)
	f.calibrate(g, s, perOdds)
	f.describe(g, s, perOdds)
}

const ln2 = 0.6931471805599453

// pointsPerOdds gives how many points a unit of log-odds has.
func (f *Fit) pointsPerOdds(g *gathered, s *solver, o Options) float64 {
	if o.PointsToDoubleOdds > 0 {
		return float64(o.PointsToDoubleOdds) / float64(scoring.Point) / ln2
	}
	odds := make([]float64, s.rows())
	for row := range odds {
		odds[row] = s.logOdds(s.parameter, row)
	}
	if _, spread := g.spread(odds); spread > 0 && g.deviation > 0 {
		return min(g.deviation/spread, 1e5)
	}
	return 20 / ln2
}

// Model is the model with the points that were learned: the next version, with a calibration.
// Limits, bands and thresholds of groups, dimensions and the total are the experts'
// still. It has to be compiled as any other.
func (f *Fit) Model() scoring.Model {
	m := f.card.with(f.points)
	m.Calibration = new(f.Calibration)
	return m
}
