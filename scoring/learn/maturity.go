package learn

import (
	"fmt"
	"maps"
	"slices"

	"github.com/leadloop/leadloop/scoring"
)

// standing is how it stands with one row of a sample as of a day.
type standing struct {
	code     string
	count    int64
	state    state
	positive bool
	start    day     // when the question was put; 0 if unknown
	end      day     // when it was answered, or, where it is pending, the day as of which; 0 if unknown
	weight   float64 // of each outcome that counts
}

// state says whether an outcome counts.
type state int8

const (
	unasked state = iota // of a win: the lead was not accepted
	later                // handed over after the day
	pending
	young
	undated
	judged
)

// look gives how a row stands. What was answered after the day is still pending.
func (r *row) look(target Target, asOf day) (st standing) {
	known := func(i int) Verdict {
		if r.dates[i+1] > asOf {
			return Pending
		}
		return r.verdicts[i]
	}
	verdict, start, end := known(0), r.dates[0], r.dates[1]
	if target == Win {
		if verdict != Positive {
			return standing{state: unasked}
		}
		verdict, end = known(1), r.dates[2]
		if r.dates[1] != 0 {
			start = r.dates[1]
		}
	}
	st = standing{state: judged, positive: verdict == Positive, start: start, end: end}
	switch {
	case r.dates[0] > asOf:
		st.state = later
	case verdict == Pending:
		st.state, st.end = pending, asOf
	}
	return st
}

// stand looks at all rows of the sample, in their order, and weighs those that count.
func (s *Sample) stand(o Options) []standing {
	codes := slices.Sorted(maps.Keys(s.rows))
	rows := make([]row, len(codes))
	latest := day(0)
	for i, code := range codes {
		rows[i].decodeRest(code[hitsHead+len(hitsOf(code)):])
		latest = max(latest, slices.Max(rows[i].dates[:]))
	}
	asOf, _ := dayOf(o.AsOf)
	if asOf == 0 {
		asOf = latest
	}
	list := make([]standing, len(codes))
	for i := range list {
		list[i] = rows[i].look(o.Target, asOf)
		list[i].code, list[i].count, list[i].weight = codes[i], s.rows[codes[i]], 1
	}
	ripe := day(o.Maturity / scoring.Day)
	switch {
	case o.Weighted:
		weighCensored(list, ripe)
	case ripe > 0:
		for i := range list {
			st := &list[i]
			switch {
			case st.state != judged:
			case st.start == 0:
				st.state = undated
			case st.start+ripe > asOf:
				st.state = young
			}
		}
	}
	for i := range list {
		if st := &list[i]; st.state == judged {
			propensity := float64(rows[i].propensity) / float64(scoring.Point)
			st.weight = min(st.weight/propensity, o.Clip)
		}
	}
	return list
}

// weighCensored weighs answered outcomes by the inverse of the probability that they could be seen:
// 1/(1 − G(t)), G being the distribution of the time for which leads are observed, by the product-limit
// estimator with the pending ones as its events (Kaplan and Meier, JASA 53, 1958; for weights, Graf and others,
// Statistics in Medicine 18, 1999). From the ripe age on, if any, weights no longer rise.
func weighCensored(list []standing, ripe day) {
	ended := map[day][2]int64{} // by time: answered, pending
	risk := int64(0)
	for i := range list {
		st := &list[i]
		switch {
		case st.state != judged && st.state != pending:
			continue
		case st.start == 0 || st.end == 0:
			if st.state == judged {
				st.state = undated
			}
			continue
		}
		n := ended[st.end-st.start]
		if st.state == judged {
			n[0] += st.count
		} else {
			n[1] += st.count
		}
		ended[st.end-st.start] = n
		risk += st.count
	}
	survival := map[day]float64{} // by time: the share that is observed for as long
	share := 1.0
	for _, t := range slices.Sorted(maps.Keys(ended)) {
		n := ended[t]
		survival[t] = share
		risk -= n[0] // who is answered on a day was observed on it
		if n[1] > 0 && (ripe == 0 || t < ripe) {
			share = float64(share * (float64(risk-n[1]) / float64(risk)))
		}
		risk -= n[1]
	}
	for i := range list {
		if st := &list[i]; st.state == judged {
			st.weight = 1 / survival[st.end-st.start]
		}
	}
}

// check tells what is wrong with options, and fills in what is left out.
func (o Options) check() (Options, error) {
	if o.Clip == 0 {
		o.Clip = 20
	}
	_, ok := dayOf(o.AsOf)
	switch {
	case o.Target != Acceptance && o.Target != Win:
		return o, fmt.Errorf("%w: the target is %q or %q", ErrOptions, Acceptance, Win)
	case !ok:
		return o, fmt.Errorf("%w: AsOf lies between the years 1 and 9999", ErrOptions)
	case o.Maturity < 0 || o.Maturity%scoring.Day != 0 || o.Maturity/scoring.Day > scoring.Duration(lastDay):
		return o, fmt.Errorf("%w: the maturity is whole days", ErrOptions)
	case !(o.Clip >= 1 && o.Clip <= mostWeight):
		return o, fmt.Errorf("%w: Clip is at least 1 and at most %g", ErrOptions, mostWeight)
	case o.Shrinkage != 0 && !(o.Shrinkage >= leastShrinkage && o.Shrinkage <= mostShrinkage):
		return o, fmt.Errorf("%w: the shrinkage lies between %g and %g, or is 0", ErrOptions, leastShrinkage, mostShrinkage)
	case o.PointsToDoubleOdds < 0 || o.PointsToDoubleOdds > 1000*scoring.Point:
		return o, fmt.Errorf("%w: the points to double the odds lie between 0 and 1000", ErrOptions)
	}
	return o, nil
}

// leastShrinkage and mostShrinkage bound λ, so that sums stay finite and equations solvable.
const leastShrinkage, mostShrinkage = 1e-6, 1e9

// effective is how many outcomes of weight 1 tell as much as these (Kish, "Survey Sampling", 1965), and their sum.
func effective(list []standing) (size, sum float64) {
	squares := 0.0
	for i := range list {
		if st := &list[i]; st.state == judged {
			n := float64(st.count)
			sum += float64(n * st.weight)
			squares += float64(float64(n*st.weight) * st.weight)
		}
	}
	if squares == 0 {
		return 0, 0
	}
	return float64(sum*sum) / squares, sum
}
