package learn

import "fmt"

// Gain says what handing over the best leads brings: a row of a gain and lift table.
type Gain struct {
	Share     float64 `json:"share"`     // of all leads: the best of them
	Precision float64 `json:"precision"` // positive ones of these
	Recall    float64 `json:"recall"`    // these positive ones of all positive ones: the gain
	Lift      float64 `json:"lift"`      // precision over the base rate
	Stretch   float64 `json:"stretch"`   // positive ones of the leads since the row before
}

// RecallAt says what handing over the best share of leads brings, share above 0 and at
// most 1: recall at capacity. Of leads with the same rank that do not all fit in,
// the positive ones count in proportion, as if chosen by chance.
func RecallAt(predictions []Prediction, share float64) (Gain, error) {
	if !(share > 0 && share <= 1) {
		return Gain{}, fmt.Errorf("learn: a share of leads is above 0 and at most 1")
	}
	rows, err := ranked(predictions)
	if err != nil {
		return Gain{}, err
	}
	return gainsAt(rows, []float64{share})[0], nil
}

func gains(rows []Prediction) []Gain {
	return gainsAt(rows, []float64{.01, .02, .05, .1, .2, .3, .4, .5, .6, .7, .8, .9, 1})
}

// gainsAt gives a row for each share; these rise.
func gainsAt(rows []Prediction, shares []float64) []Gain {
	var total, positives float64
	steps := cuts(rows) // from the best rank down
	if n := len(steps); n > 0 {
		total, positives = steps[n-1].weight, steps[n-1].positive
	}
	base := positives / total
	list := make([]Gain, len(shares))
	var next int
	var before cut // all of the ranks that fit in
	var lastWeight, lastPositive float64
	for i, share := range shares {
		room := float64(share * total)
		for next < len(steps) && steps[next].weight <= room {
			before = steps[next]
			next++
		}
		weight, positive := before.weight, before.positive
		if next < len(steps) && share < 1 {
			part := (room - weight) / (steps[next].weight - weight)
			positive += float64(part * (steps[next].positive - positive))
			weight = room
		} else {
			weight, positive = total, positives
		}
		precision := positive / weight
		list[i] = Gain{
			Share: share, Precision: precision, Recall: positive / positives, Lift: precision / base,
			Stretch: min(max((positive-lastPositive)/(weight-lastWeight), 0), 1),
		}
		lastWeight, lastPositive = weight, positive
	}
	return list
}

// cut is what handing over all leads of a rank and above would mean.
type cut struct {
	last     int     // the index of its lowest row
	weight   float64 // of the leads
	positive float64 // of the positive ones
	squares  float64 // of the weights
	expected float64 // of the probabilities
}

// cuts lists all ways to cut ranked rows in two, from the best rank down.
func cuts(rows []Prediction) (list []cut) {
	var c cut
	for i := len(rows) - 1; i >= 0; i-- {
		w := rows[i].Weight
		c.weight += w
		c.squares += float64(w * w)
		c.expected += float64(w * rows[i].Probability)
		if rows[i].Positive {
			c.positive += w
		}
		if i == 0 || !tied(&rows[i], &rows[i-1]) {
			c.last = i
			list = append(list, c)
		}
	}
	return list
}
