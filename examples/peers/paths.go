package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/leadloop/leadloop/attribution"
	"github.com/leadloop/leadloop/attribution/markov"
	"github.com/leadloop/leadloop/attribution/shapley"
)

// row is a path and how many journeys went along it: the rows of an aggregated log.
type row struct {
	path   []uint16
	counts attribution.Counts
}

func rowsOf(paths *attribution.Paths) (rows []row) {
	for path, c := range paths.All() {
		rows = append(rows, row{slices.Clone(path), c})
	}
	return rows
}

// pathsOf makes seeded paths over channels of falling popularity; about one in ten converts.
func pathsOf(n, channels int, mean float64) (*attribution.Paths, error) {
	r := rand.New(rand.NewPCG(7, 7))
	paths := attribution.NewPaths(0)
	for i := range channels {
		if _, err := paths.Channels().Number(fmt.Appendf(nil, "channel %03d", i)); err != nil {
			return nil, err
		}
	}
	popular := rand.NewZipf(r, 1.2, 3, uint64(channels-1))
	for range n {
		path := []uint16{uint16(popular.Uint64())}
		for r.Float64() > 1/mean {
			path = append(path, uint16(popular.Uint64()))
		}
		c := attribution.Counts{Nulls: 1}
		if r.IntN(10)+int(path[0])%3 < 2 {
			c = attribution.Counts{Conversions: 1, Value: 500 + r.Int64N(50_000)}
		}
		if err := paths.Add(path, c); err != nil {
			return nil, err
		}
	}
	return paths, nil
}

// removal is the removal effects of a Markov chain of order 1, one for each channel.
func removal(journeys, channels int) (workload, error) {
	paths, err := pathsOf(journeys, channels, 5)
	if err != nil {
		return workload{}, err
	}
	rows := rowsOf(paths)
	fit := func(int) []float64 {
		grams, err := markov.New(1, paths.Channels())
		if err != nil {
			panic(err)
		}
		for _, r := range rows {
			if err := grams.Add(r.path, r.counts); err != nil {
				panic(err)
			}
		}
		model, err := grams.Fit()
		if err != nil {
			panic(err)
		}
		shares := make([]float64, len(model.Channels))
		for i, c := range model.Channels {
			shares[i] = c.ConversionShare
		}
		return shares
	}
	list := []candidate{{name: "leadloop, markov: shares of conversions and value, with error bounds", values: fit}}
	list = append(list,
		candidate{name: "Go by hand: the chain solved again without each channel", values: func(int) []float64 { return removalByHand(rows, channels, solveByHand) }},
		candidate{name: "gonum: the chain solved again without each channel", values: func(int) []float64 { return removalByHand(rows, channels, solveByGonum) }})
	for i := range list {
		values := list[i].values
		list[i].answer = func(input int) int64 { return int64(math.Round(values(input)[0] * 1e6)) }
	}
	return workload{name: fmt.Sprintf("attribution: Markov order 1, %d channels", channels), per: "fit", inputs: 1, same: true, candidates: list, lacks: []lack{
		{"Go by hand, gonum", "solve for conversions only, leadloop for their value, too, and say no bound of the error."},
	}}, nil
}

// removalByHand counts transitions and asks, for each channel, how probable a conversion is without it.
func removalByHand(rows []row, n int, solve func(a [][]float64, b []float64) []float64) []float64 {
	counts := make([][]float64, n+1) // from each channel, and from the start, the last; to each channel, a conversion, nothing
	for i := range counts {
		counts[i] = make([]float64, n+2)
	}
	for _, r := range rows {
		weight, from := float64(r.counts.Conversions+r.counts.Nulls), n
		for _, channel := range r.path {
			if int(channel) != from { // repeats of a channel say nothing of what follows
				counts[from][channel] += weight
			}
			from = int(channel)
		}
		counts[from][n] += float64(r.counts.Conversions)
		counts[from][n+1] += float64(r.counts.Nulls)
	}
	for _, row := range counts {
		var total float64
		for _, c := range row {
			total += c
		}
		for i := range row {
			if total > 0 {
				row[i] /= total
			}
		}
	}
	// p[i] = convert[i] + Σ counts[i][j]·p[j], where the removed channel has p = 0.
	without := func(removed int) float64 {
		a, b := make([][]float64, n+1), make([]float64, n+1)
		for i := range a {
			a[i] = make([]float64, n+1)
			a[i][i] = 1
			if i == removed {
				continue
			}
			for j := range n {
				a[i][j] -= counts[i][j]
			}
			b[i] = counts[i][n]
		}
		return solve(a, b)[n]
	}
	all, sum := without(-1), 0.
	effects := make([]float64, n)
	for c := range effects {
		effects[c] = 1 - without(c)/all
		sum += effects[c]
	}
	for c := range effects {
		effects[c] /= sum
	}
	return effects
}

// solveByHand is Gaussian elimination with partial pivoting.
func solveByHand(a [][]float64, b []float64) []float64 {
	n := len(b)
	for k := range n {
		pivot := k
		for i := k + 1; i < n; i++ {
			if math.Abs(a[i][k]) > math.Abs(a[pivot][k]) {
				pivot = i
			}
		}
		a[k], a[pivot], b[k], b[pivot] = a[pivot], a[k], b[pivot], b[k]
		for i := k + 1; i < n; i++ {
			factor := a[i][k] / a[k][k]
			if factor == 0 {
				continue
			}
			for j := k; j < n; j++ {
				a[i][j] -= factor * a[k][j]
			}
			b[i] -= factor * b[k]
		}
	}
	for k := n - 1; k >= 0; k-- {
		for j := k + 1; j < n; j++ {
			b[k] -= a[k][j] * b[j]
		}
		b[k] /= a[k][k]
	}
	return b
}

func solveByGonum(a [][]float64, b []float64) []float64 {
	n := len(b)
	m := mat.NewDense(n, n, nil)
	for i, row := range a {
		m.SetRow(i, row)
	}
	var x mat.VecDense
	if err := x.SolveVec(m, mat.NewVecDense(n, b)); err != nil {
		panic(err)
	}
	return x.RawVector().Data
}

// coalitions is the Shapley value of the game in which a set of channels is worth the conversions of the paths that lie in it.
func coalitions(journeys, channels int) (workload, error) {
	paths, err := pathsOf(journeys, channels, 5)
	if err != nil {
		return workload{}, err
	}
	rows := rowsOf(paths)
	list := []candidate{
		{name: "leadloop, shapley.Simplified", values: func(int) []float64 {
			s := shapley.NewSimplified(paths.Channels())
			for _, r := range rows {
				if err := s.Add(r.path, r.counts); err != nil {
					panic(err)
				}
			}
			credits, err := s.Credit()
			if err != nil {
				panic(err)
			}
			shares := make([]float64, len(credits))
			for i, c := range credits {
				shares[i] = c.ConversionShare
			}
			return shares
		}},
		{name: "Go by hand: the sum over all sets of channels", values: func(int) []float64 { return shapleyByHand(rows, channels) }},
	}
	for i := range list {
		values := list[i].values
		list[i].answer = func(input int) int64 { return int64(math.Round(values(input)[0] * 1e6)) }
	}
	return workload{name: fmt.Sprintf("attribution: Shapley, %d channels", channels), per: "game", inputs: 1, same: true, candidates: list}, nil
}

// shapleyByHand follows the definition: what a channel adds to each set without it, by the share of orders in which that set
// comes before it.
func shapleyByHand(rows []row, n int) []float64 {
	worth := make([]float64, 1<<n)
	var total float64
	for _, r := range rows {
		set := 0
		for _, channel := range r.path {
			set |= 1 << channel
		}
		worth[set] += float64(r.counts.Conversions)
		total += float64(r.counts.Conversions)
	}
	for i := range n { // each set is worth what its subsets convert
		for set := range worth {
			if set&(1<<i) != 0 {
				worth[set] += worth[set&^(1<<i)]
			}
		}
	}
	weights := make([]float64, n) // by size of the set before: size!·(n−size−1)!/n!
	for size := range weights {
		weights[size] = 1 / float64(n)
		for k := 1; k <= size; k++ {
			weights[size] *= float64(k) / float64(n-k)
		}
	}
	values := make([]float64, n)
	for set, w := range worth {
		size := 0
		for s := set; s != 0; s &= s - 1 {
			size++
		}
		for i := range n {
			if set&(1<<i) == 0 {
				values[i] += weights[size] * (worth[set|1<<i] - w)
			}
		}
	}
	for i := range values {
		values[i] /= total
	}
	return values
}
