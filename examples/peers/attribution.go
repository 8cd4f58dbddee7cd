package main

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/leadloop/leadloop/attribution"
)

// makeJourneys makes journeys of five touches on average over channels of falling popularity, all of which convert.
func makeJourneys(n, channels int) []attribution.Journey {
	r := rand.New(rand.NewPCG(42, 42))
	all := make([]attribution.Journey, n)
	for id := range all {
		j := attribution.Journey{ID: fmt.Sprintf("j%07d", id)}
		at := noon.AddDate(0, -2, 0)
		for i := 0; i == 0 || r.IntN(5) > 0; i++ {
			at = at.Add(time.Duration(1+r.IntN(3000)) * time.Minute)
			channel := min(r.IntN(channels), r.IntN(channels), r.IntN(channels))
			j.Touches = append(j.Touches, attribution.Touch{ID: fmt.Sprintf("t%03d", i), Channel: fmt.Sprintf("channel %02d", channel), At: at, Cost: 100})
		}
		r.Shuffle(len(j.Touches), func(a, b int) { j.Touches[a], j.Touches[b] = j.Touches[b], j.Touches[a] })
		j.Conversions = []attribution.Conversion{{ID: "c", At: at.Add(time.Hour), Revenue: r.Int64N(1_000_00)}}
		all[id] = j
	}
	return all
}

// reportJourneys is how many journeys are added up in one report, which is one input of a workload.
const reportJourneys = 1024

// weighing gives each touch of a conversion its weight.
type weighing func(touches []attribution.Touch, conversion time.Time, into []float64)

// credit shares out the revenue of journeys among channels, to the cent.
func credit(reports int, model attribution.Model, weights weighing) (workload, error) {
	return creditOf(makeJourneys(reports*reportJourneys, 50), reportJourneys, model, weights), nil
}

func creditOf(journeys []attribution.Journey, report int, model attribution.Model, weights weighing) workload {
	part := func(i int) []attribution.Journey { return journeys[i*report : (i+1)*report] }
	list := []candidate{
		{name: "leadloop, Tally: sums by channel", answer: func(i int) (sum int64) {
			tally, err := attribution.NewTally(attribution.Options{}, model)
			if err != nil {
				panic(err)
			}
			for _, j := range part(i) {
				if err := tally.Add(j); err != nil {
					panic(err)
				}
			}
			for _, c := range tally.Result()[0].Channels {
				sum += int64(channelNumber(c.Name)) * c.Revenue
			}
			return sum
		}},
		{name: "leadloop, Book: an entry for each touch", answer: func(i int) (sum int64) {
			ledger, err := attribution.Book(part(i), model)
			if err != nil {
				panic(err)
			}
			for _, e := range ledger.Entries {
				sum += int64(channelNumber(e.Channel)) * e.Amount
			}
			return sum
		}},
		{name: "Go by hand, straightforward", answer: func(i int) (sum int64) {
			revenue := map[string]int64{}
			for _, j := range part(i) {
				creditByHand(j, weights, revenue)
			}
			for channel, amount := range revenue {
				sum += int64(channelNumber(channel)) * amount
			}
			return sum
		}},
	}
	return workload{name: "attribution: " + model.Name(), per: "journey", inputs: len(journeys) / report, divide: report, candidates: list, lacks: []lack{
		{"Go by hand", "checks nothing (ids given twice, negative amounts, currencies, overflow), has no refunds, lookback, sides, suppression, origin, stages or costs, and does not merge. leadloop's figures include all that."},
	}}
}

func channelNumber(name string) int { return int(name[8]-'0')*10 + int(name[9]-'0') + 1 }

// creditByHand is what one writes: touches by time, weights, whole cents by largest remainder, sums by channel.
func creditByHand(j attribution.Journey, weights weighing, revenue map[string]int64) {
	touches := slices.Clone(j.Touches)
	slices.SortFunc(touches, func(a, b attribution.Touch) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
	for _, c := range j.Conversions {
		path := touches
		for len(path) > 0 && path[len(path)-1].At.After(c.At) {
			path = path[:len(path)-1]
		}
		parts := make([]float64, len(path))
		weights(path, c.At, parts)
		for i, cents := range apportion(c.Revenue, parts) {
			revenue[path[i].Channel] += cents
		}
	}
}

// apportion shares out an amount by largest remainder, equal remainders to the first.
func apportion(amount int64, weights []float64) []int64 {
	var total float64
	for _, w := range weights {
		total += w
	}
	parts, remainders, order := make([]int64, len(weights)), make([]float64, len(weights)), make([]int, len(weights))
	left := amount
	for i, w := range weights {
		whole, fraction := math.Modf(float64(amount) * w / total)
		parts[i], remainders[i], order[i] = int64(whole), fraction, i
		left -= parts[i]
	}
	slices.SortStableFunc(order, func(a, b int) int {
		if d := remainders[b] - remainders[a]; math.Abs(d) > 1e-9 {
			return cmp.Compare(d, 0)
		}
		return 0
	})
	for _, i := range order[:left] {
		parts[i]++
	}
	return parts
}

func linearWeights(_ []attribution.Touch, _ time.Time, into []float64) {
	for i := range into {
		into[i] = 1
	}
}

func positionWeights(_ []attribution.Touch, _ time.Time, into []float64) {
	switch n := len(into); n {
	case 1, 2:
		linearWeights(nil, time.Time{}, into)
	default:
		for i := range into {
			into[i] = 20 / float64(n-2)
		}
		into[0], into[n-1] = 40, 40
	}
}

func decayWeights(touches []attribution.Touch, conversion time.Time, into []float64) {
	for i := range into {
		into[i] = math.Exp2(-conversion.Sub(touches[i].At).Hours() / (7 * 24))
	}
}
