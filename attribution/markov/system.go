package markov

import "math"

// denseLimit is how many channels a chain of order 1 may have to be solved at once.
const denseLimit = 1 << 10

// A system is a chain that is ready to be solved: it is only read.
type system struct {
	chain   *chain
	finest  *level
	inverse []float64 // of the coarsest level, by rows; nil above denseLimit channels
	coarse  []int32   // state of the coarsest level, by rank; −1 where it has none

	// Bounds of what follows a stay in a state, times the visits: conversions and
	// value. An error of the equation of a state weighs no more than that.
	convWeight, valWeight []float64
	totalVal              float64
}

func newSystem(c *chain) *system {
	s := &system{chain: c, finest: c.levels(), coarse: make([]int32, c.ranks)}
	last := s.finest
	for last.coarser != nil {
		last = last.coarser
	}
	for i := range s.coarse {
		s.coarse[i] = -1
	}
	for i, r := range last.first {
		s.coarse[r] = int32(i)
	}
	if len(last.first) <= denseLimit {
		s.inverse = last.invert()
	}
	if s.finest == last && s.inverse != nil {
		s.convWeight = last.followExactly(s.inverse, c.conv)
		s.valWeight = last.followExactly(s.inverse, c.val)
	} else {
		s.convWeight = s.finest.follow(c.conv, c.conv)
		s.valWeight = s.finest.follow(c.val, c.conv)
	}
	for _, v := range c.val {
		s.totalVal += float64(v)
	}
	return s
}

// follow bounds from above what follows each stay in a state, in conversions or
// value, times its visits. Starting from a bound that holds everywhere,
// each step forward gives a better one.
func (l *level) follow(amount, conv []int64) []float64 {
	n := len(l.first)
	sum := make([]float64, n)
	worth := make([]float64, n)
	// No visit is worth more on average than the best conversion.
	top := 0.0
	for s, a := range amount {
		if a > 0 {
			top = max(top, float64(a)/float64(conv[s]))
		}
	}
	for s := range worth {
		worth[s] = top
	}
	for rest := math.Inf(1); ; {
		for s, a := range amount {
			sum[s] = float64(a)
		}
		for _, b := range l.blocks {
			block := sum[b.low:b.high]
			for r := b.row; r < b.rowEnd; r++ {
				t := l.rows[r]
				f := float64(worth[t] * l.visits[t])
				for e := l.begin(r); e < l.ends[r]; e++ {
					block[l.from[e]] += float64(l.weight[e] * f)
				}
			}
		}
		before := rest
		rest = 0
		for s := range worth {
			worth[s] = min(worth[s], sum[s]/l.visits[s])
			rest += float64(worth[s] * l.visits[s])
		}
		if rest >= float64(0.95*before) {
			break
		}
	}
	for s := range worth {
		// A little more, for the rounding of the steps themselves.
		worth[s] = float64(float64(worth[s]*l.visits[s]) * roundedUp)
	}
	return worth
}

// roundedUp is for the rounding of what must not be too low.
const roundedUp = 1 + 1e-9

// followExactly is the same from the inverse of a level of order 1.
func (l *level) followExactly(inverse []float64, amount []int64) []float64 {
	n := len(l.first)
	worth := make([]float64, n)
	for s, a := range amount {
		addScaled(worth, inverse[s*n:s*n+n], float64(a))
	}
	for s := range worth {
		worth[s] = float64(float64(worth[s]*l.visits[s]) * roundedUp)
	}
	return worth
}

// invert gives the inverse of the matrix of a level of order 1, from the
// factorisation of Grassmann, Taksar and Heyman: pivots are sums of what is not
// negative, so that nothing cancels and each entry is as exact as its inputs.
// It takes O(n³) time.
func (l *level) invert() []float64 {
	n := len(l.first)
	a := make([]float64, n*n) // off the diagonal, negated; then the factors
	start := make([]float64, n)
	for i, s := range l.starts {
		start[i] = float64(s)
	}
	for _, b := range l.blocks {
		for r := b.row; r < b.rowEnd; r++ {
			t := int(l.rows[r])
			for e := l.begin(r); e < l.ends[r]; e++ {
				a[t*n+int(b.low)+int(l.from[e])] = float64(l.weight[e] * l.visits[t])
			}
		}
	}
	pivot := make([]float64, n)
	for p := range n {
		row := a[p*n : p*n+n]
		pivot[p] = start[p]
		for j := p + 1; j < n; j++ {
			pivot[p] += row[j]
		}
		for i := p + 1; i < n; i++ {
			target := a[i*n : i*n+n]
			f := target[p] / pivot[p]
			target[p] = f
			if f == 0 {
				continue
			}
			for j := p + 1; j < n; j++ {
				target[j] += float64(f * row[j])
			}
			target[i] = 0
			start[i] += float64(f * start[p])
		}
	}
	inverse := make([]float64, n*n)
	for p := range n {
		row := inverse[p*n : p*n+n]
		row[p] = 1
		for j := range p {
			addScaled(row[:j+1], inverse[j*n:j*n+j+1], a[p*n+j])
		}
	}
	for p := n - 1; p >= 0; p-- {
		row := inverse[p*n : p*n+n]
		for j := p + 1; j < n; j++ {
			addScaled(row, inverse[j*n:j*n+n], a[p*n+j])
		}
		for i := range row {
			row[i] /= pivot[p]
		}
	}
	return inverse
}

func addScaled(to, from []float64, f float64) {
	if f == 0 {
		return
	}
	for i, x := range from {
		to[i] += float64(f * x)
	}
}
