package learn

import (
	"fmt"
	"math"
	"strings"

	"github.com/leadloop/leadloop/internal/num"
)

// Evaluation says how well predictions told positive outcomes from negative
// ones, and how far their probabilities can be trusted. All figures but Leads
// and Positives are weighted.
//
// AUC, Gini, KS and Gains judge the ranking: by probability, equal ones by points,
// since leads are handed over by their points where a calibration gives stretches
// of them one probability. Brier, LogLoss, CalibrationError and Bins judge the
// probabilities.
type Evaluation struct {
	Leads     int64 `json:"leads"`
	Positives int64 `json:"positives"`
	// BaseRate is the share of positive outcomes, MeanProbability what was predicted of it.
	BaseRate        float64 `json:"base_rate"`
	MeanProbability float64 `json:"mean_probability"`
	// AUC, the area under the ROC curve, is the probability that a positive lead ranks above a
	// negative one, ties counted half (Hanley and McNeil, Radiology 143, 1982): ½ tells nothing.
	AUC float64 `json:"auc"`
	// Gini is 2·AUC − 1, also called accuracy ratio or Somers' D.
	Gini float64 `json:"gini"`
	// KS, after Kolmogorov and Smirnov, is the largest distance between the shares of
	// positives and of negatives that rank at or below a lead.
	KS float64 `json:"ks"`
	// Brier is the mean square of probability minus outcome (Brier, Monthly Weather Review 78, 1950).
	Brier float64 `json:"brier"`
	// LogLoss is the mean of −ln of the probability given to what came true, which
	// counts as 1e-15 at least.
	LogLoss float64 `json:"log_loss"`
	// BaseLogLoss is the log loss of predicting the base rate for everyone: what to be below.
	BaseLogLoss float64 `json:"base_log_loss"`
	// CalibrationError is the expected calibration error: the mean distance of predicted and
	// observed in the bins (Naeini, Cooper and Hauskrecht, AAAI 2015).
	CalibrationError float64 `json:"calibration_error"`

	Bins  []ReliabilityBin `json:"bins"`  // ten of equal width, empty ones left out
	Gains []Gain           `json:"gains"` // of the best 1, 2, 5, 10, 20 … 100 % of leads

	// Intervals hold 95 % intervals, if the evaluation is of [Bootstrap].
	Intervals *Intervals `json:"intervals,omitempty"`
}

// Evaluate compares predictions with what became of the leads. The predictions may
// have any order. It is an error if there are none ([ErrNoOutcomes]), if outcomes are all positive or all negative
// ([ErrOneClass]), or a probability or weight is out of range or no number
// ([ErrPrediction]). It takes O(n log n) time.
//
// Leads that a model was fitted on flatter it: evaluate on others, best on later ones.
func Evaluate(predictions []Prediction) (Evaluation, error) {
	rows, err := ranked(predictions)
	if err != nil {
		return Evaluation{}, err
	}
	return evaluate(newTrial(rows)), nil
}

func evaluate(t *trial) Evaluation {
	m := t.measure(nil)
	e := Evaluation{
		Leads: int64(len(t.rows)), BaseRate: m.baseRate, MeanProbability: m.mean,
		AUC: m.auc, Gini: float64(2*m.auc) - 1, KS: m.ks, Brier: m.brier, LogLoss: m.logLoss, CalibrationError: m.calibration,
		BaseLogLoss: -float64(m.baseRate*num.Log(m.baseRate)) - float64(m.otherRate*num.Log(m.otherRate)),
		Bins:        reliability(t.rows, calibrationBins),
	}
	for i := range t.rows {
		if t.rows[i].Positive {
			e.Positives++
		}
	}
	e.Gains = gains(t.rows)
	return e
}

// calibrationBins is how many bins Evaluation has; ten are usual.
const calibrationBins = 10

// trial is a set of ranked predictions, with what each contributes to the figures.
type trial struct {
	rows   []Prediction
	loss   []float64 // log loss
	square []float64 // of the error
	bin    []int
}

func newTrial(rows []Prediction) *trial {
	t := &trial{rows, make([]float64, len(rows)), make([]float64, len(rows)), make([]int, len(rows))}
	for i := range rows {
		p := rows[i].Probability
		miss := p // the probability given to what did not come true
		if rows[i].Positive {
			miss = 1 - p
			t.loss[i] = -num.Log(max(p, certain))
		} else {
			t.loss[i] = min(-num.Log1p(-p), -num.Log(certain))
		}
		t.square[i] = float64(miss * miss)
		t.bin[i] = binOf(p, calibrationBins)
	}
	return t
}

// certain is the least probability that counts in a log loss.
const certain = 1e-15

// measures are the figures of one set of predictions, or of one sample of it.
type measures struct{ baseRate, otherRate, mean, auc, ks, brier, logLoss, calibration float64 }

// measure takes the figures, each row as many times as times says, once where it
// is nil. There have to be rows of both kinds.
func (t *trial) measure(times []int32) measures {
	var positive, negative, area, expected, square, loss float64
	var predicted, observed [calibrationBins]float64
	var positives, negatives []float64 // up to each rank, for KS
	positives, negatives = make([]float64, 0, 64), make([]float64, 0, 64)
	for i := 0; i < len(t.rows); {
		var p, n float64
		first := &t.rows[i]
		for ; i < len(t.rows) && tied(first, &t.rows[i]); i++ {
			w := t.rows[i].Weight
			if times != nil {
				w = float64(w * float64(times[i]))
			}
			square += float64(w * t.square[i])
			loss += float64(w * t.loss[i])
			part := float64(w * first.Probability)
			expected += part
			predicted[t.bin[i]] += part
			if t.rows[i].Positive {
				p += w
				observed[t.bin[i]] += w
			} else {
				n += w
			}
		}
		area += float64(p * (negative + n/2))
		positive += p
		negative += n
		positives, negatives = append(positives, positive), append(negatives, negative)
	}
	total := positive + negative
	m := measures{
		baseRate: positive / total, otherRate: negative / total, mean: expected / total, brier: square / total, logLoss: loss / total,
		auc: min(area/positive/negative, 1),
	}
	for i := range positives {
		m.ks = max(m.ks, math.Abs(positives[i]/positive-negatives[i]/negative))
	}
	for b := range predicted {
		m.calibration += math.Abs(predicted[b]-observed[b]) / total
	}
	return m
}

// ReliabilityBin holds the predictions of a range of probabilities: a point of a reliability
// diagram.
type ReliabilityBin struct {
	Low      float64  `json:"low"`  // the range: above Low (the first bin: from 0),
	High     float64  `json:"high"` // up to and with High
	Leads    int64    `json:"leads"`
	Weight   float64  `json:"weight"`
	Mean     float64  `json:"mean"`     // mean probability
	Observed float64  `json:"observed"` // share of positive outcomes
	Interval Interval `json:"interval"` // of Observed, 95 % after Wilson
}

// Reliability compares predicted and observed in bins of equal width, empty ones left
// out, lowest first. It takes 1 to 1000 bins.
func Reliability(predictions []Prediction, bins int) ([]ReliabilityBin, error) {
	if bins < 1 || bins > 1000 {
		return nil, fmt.Errorf("learn: %d bins: there have to be 1 to 1000", bins)
	}
	rows, err := ranked(predictions)
	if err != nil {
		return nil, err
	}
	return reliability(rows, bins), nil
}

func reliability(rows []Prediction, bins int) (list []ReliabilityBin) {
	for i := 0; i < len(rows); {
		number := binOf(rows[i].Probability, bins)
		b := ReliabilityBin{Low: float64(number) / float64(bins), High: float64(number+1) / float64(bins)}
		var sum, positive, squares float64
		for ; i < len(rows) && rows[i].Probability <= b.High; i++ {
			w := rows[i].Weight
			b.Leads++
			b.Weight += w
			squares += float64(w * w)
			sum += float64(w * rows[i].Probability)
			if rows[i].Positive {
				positive += w
			}
		}
		b.Mean, b.Observed = sum/b.Weight, positive/b.Weight
		effective := float64(b.Weight*b.Weight) / squares // Kish's sample size
		b.Interval = wilson(b.Observed, effective)
		list = append(list, b)
	}
	return list
}

// binOf gives the bin of a probability: the first whose upper edge is not below it.
func binOf(p float64, bins int) int {
	b := min(int(p*float64(bins)), bins-1)
	for b > 0 && p <= float64(b)/float64(bins) {
		b--
	}
	for p > float64(b+1)/float64(bins) {
		b++
	}
	return b
}

// wilson gives the 95 % interval of a share that was observed of n leads, which
// may be a weighted number.
func wilson(share, n float64) Interval {
	const zz = z * z
	center := share + zz/(2*n)
	spread := float64(z * math.Sqrt(float64(share*(1-share))/n+zz/float64(4*n)/n))
	i := Interval{max((center-spread)/(1+zz/n), 0), min((center+spread)/(1+zz/n), 1)}
	if share == 0 {
		i.Low = 0 // what rounding leaves of it is noise
	}
	if share == 1 {
		i.High = 1
	}
	return i
}

// String writes the evaluation as tables that people can read.
func (e Evaluation) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d leads, %d positive: base rate %.1f %%, predicted %.1f %%\n", e.Leads, e.Positives, float64(100*e.BaseRate), float64(100*e.MeanProbability))
	figure := func(name string, value float64, interval func(*Intervals) Interval, note string) {
		line := fmt.Sprintf("%-18s %6.4f", name, value)
		if e.Intervals != nil && interval != nil {
			i := interval(e.Intervals)
			line += fmt.Sprintf("  95 %% %.4f to %.4f", i.Low, i.High)
		}
		b.WriteString(line + note + "\n")
	}
	figure("AUC", e.AUC, func(i *Intervals) Interval { return i.AUC }, "")
	figure("Gini", e.Gini, func(i *Intervals) Interval { return i.Gini }, "")
	figure("KS", e.KS, func(i *Intervals) Interval { return i.KS }, "")
	figure("Brier", e.Brier, func(i *Intervals) Interval { return i.Brier }, "")
	figure("log loss", e.LogLoss, func(i *Intervals) Interval { return i.LogLoss }, fmt.Sprintf("  (base rate %.4f)", e.BaseLogLoss))
	figure("calibration error", e.CalibrationError, func(i *Intervals) Interval { return i.CalibrationError }, "")
	b.WriteString("\npredicted        leads    mean  observed  95 %\n")
	for _, bin := range e.Bins {
		fmt.Fprintf(&b, "%3.0f to %3.0f %%  %8d  %5.1f%%    %5.1f%%  %.1f to %.1f%%\n",
			float64(100*bin.Low), float64(100*bin.High), bin.Leads, float64(100*bin.Mean), float64(100*bin.Observed), float64(100*bin.Interval.Low), float64(100*bin.Interval.High))
	}
	b.WriteString("\n  best  precision  recall  lift  in this stretch\n")
	for _, g := range e.Gains {
		fmt.Fprintf(&b, "%4.0f %%     %5.1f%%  %5.1f%%  %4.2f  %5.1f%%\n", float64(100*g.Share), float64(100*g.Precision), float64(100*g.Recall), g.Lift, float64(100*g.Stretch))
	}
	return b.String()
}
