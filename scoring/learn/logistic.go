package learn

import (
	"math"
	"slices"

	"github.com/leadloop/leadloop/internal/num"
)

// design is leads that were judged, as sparse rows: those with the same hits are one row.
type design struct {
	start  []int32   // of row i: its entries stand from start[i] to start[i+1]
	column []int32   // by entry, rising within a row
	times  []float64 // by entry
	expert []float64 // by row: what the experts' points give in all, centred and of deviation 1; nil if they do not tell leads apart
	width  int       // how many columns there are
	square []float64 // by column: the mean square of its times, where it is above 1; else 1. Nil: all are 1
}

// labels are the weights of the positive and of the negative outcomes, by row of a design.
type labels struct{ positive, negative []float64 }

// scores are the parameters of a logistic regression.
type scores struct {
	intercept, expert float64
	terms             []float64 // by column: beyond the experts' points
}

// expertDeviation is the standard deviation of the prior of the coefficient of the experts' totals, in log-odds for one of
// their standard deviations. It is weak (Gelman and others, "A weakly informative default prior
// distribution for logistic and other regression models", Annals of Applied Statistics 2, 2008, have the same scale), and
// there to keep the coefficient finite where a few outcomes happen to be separable.
const expertDeviation = 2.5

// halfOutcome is what the intercept is shrunk by: half a positive and half a negative outcome of a lead of
// which nothing is known (Jeffreys's prior). It keeps few outcomes, of which hardly any are positive, from promising that none will be.
const halfOutcome = 0.5

// solver fits a design to labels by Newton's method.
type solver struct {
	*design
	shrinkage float64
	size      int       // parameters: the intercept, the terms, and last the experts' coefficient if there is one
	gradient  []float64 // of the objective
	hessian   []float64 // size × size, the lower triangle
	factor    []float64 // of Cholesky
	step      []float64
	parameter []float64
	trial     []float64
	index     []int32 // of a row's parameters
	value     []float64
}

func newSolver(d *design, shrinkage float64) *solver {
	n := 1 + d.width
	if d.expert != nil {
		n++
	}
	return &solver{
		design: d, shrinkage: shrinkage, size: n, gradient: make([]float64, n), hessian: make([]float64, n*n), factor: make([]float64, n*n),
		step: make([]float64, n), parameter: make([]float64, n), trial: make([]float64, n),
	}
}

// rows is how many rows the design has.
func (d *design) rows() int { return len(d.start) - 1 }

// logOdds gives what parameters say of a row.
func (d *design) logOdds(parameter []float64, row int) float64 {
	sum := parameter[0]
	for e := d.start[row]; e < d.start[row+1]; e++ {
		sum += float64(parameter[1+d.column[e]] * d.times[e])
	}
	if d.expert != nil {
		sum += float64(parameter[1+d.width] * d.expert[row])
	}
	return sum
}

// objective computes what is minimised, with its derivatives, at the trial parameters: the sum of
// the weighted log losses, λ times the squares of the terms (and of their usual times), and the prior of the experts' coefficient.
func (s *solver) objective(y labels) (value float64) {
	clear(s.gradient)
	clear(s.hessian)
	for row := range s.rows() {
		positive, negative := y.positive[row], y.negative[row]
		n := positive + negative
		if n == 0 {
			continue
		}
		odds := s.logOdds(s.trial, row)
		p := num.Logistic(odds)
		value += float64(n*num.Softplus(odds)) - float64(positive*odds)
		s.accumulate(row, float64(n*p)-positive, float64(float64(n*p)*(1-p)))
	}
	p := num.Logistic(s.trial[0])
	value += float64(2*halfOutcome*num.Softplus(s.trial[0])) - float64(halfOutcome*s.trial[0])
	s.gradient[0] += float64(2*halfOutcome*p) - halfOutcome
	s.hessian[0] += float64(float64(2*halfOutcome*p) * (1 - p))
	for j := 1; j <= s.width; j++ {
		x, shrinkage := s.trial[j], s.shrinkage
		if s.square != nil {
			shrinkage = float64(shrinkage * s.square[j-1])
		}
		value += float64(shrinkage * float64(x*x))
		s.gradient[j] += float64(2 * shrinkage * x)
		s.hessian[j*s.size+j] += float64(2 * shrinkage)
	}
	if s.expert != nil {
		j := s.size - 1
		x := s.trial[j] / expertDeviation
		value += float64(x*x) / 2
		s.gradient[j] += x / expertDeviation
		s.hessian[j*s.size+j] += 1 / (expertDeviation * expertDeviation)
	}
	return value
}

// accumulate adds a row's part of the derivatives: of the first and of the second with respect to its log-odds.
func (s *solver) accumulate(row int, first, second float64) {
	from, to := s.start[row], s.start[row+1]
	s.index, s.value = append(s.index[:0], 0), append(s.value[:0], 1)
	for e := from; e < to; e++ {
		s.index, s.value = append(s.index, 1+s.column[e]), append(s.value, s.times[e])
	}
	if s.expert != nil {
		s.index, s.value = append(s.index, int32(s.size-1)), append(s.value, s.expert[row])
	}
	for a, i := range s.index {
		x := s.value[a]
		s.gradient[i] += float64(first * x)
		x = float64(second * x)
		line := s.hessian[int(i)*s.size : int(i)*s.size+int(i)+1]
		for b, j := range s.index[:a+1] {
			line[j] += float64(x * s.value[b])
		}
	}
}

// mostSteps bounds Newton's method, which needs about ten steps.
const mostSteps = 100

// solve minimises from where the parameters stand, until a step promises less than the tolerance for each unit of the
// objective. The objective is convex and has one minimum.
func (s *solver) solve(y labels, tolerance float64) {
	copy(s.trial, s.parameter)
	value := s.objective(y)
	for range mostSteps {
		s.cholesky()
		copy(s.step, s.gradient)
		s.substitute(s.step)
		decrement := 0.0
		for i := range s.step {
			decrement += float64(s.step[i] * s.gradient[i])
		}
		length := 1.0
		for {
			for i := range s.trial {
				s.trial[i] = s.parameter[i] - float64(length*s.step[i])
			}
			next := s.objective(y)
			if next <= value-float64(1e-4*float64(length*decrement)) || decrement <= float64(tolerance*(1+value)) || length < 1e-9 {
				value = next
				break
			}
			length /= 2
		}
		copy(s.parameter, s.trial)
		if decrement <= float64(tolerance*(1+value)) || length < 1e-9 {
			return
		}
	}
}

// cholesky factors the Hessian. Where rounding leaves a pivot that is not positive, its parameter stays as it is.
func (s *solver) cholesky() {
	n := s.size
	copy(s.factor, s.hessian)
	f := s.factor
	for i := range n {
		line := f[i*n : i*n+i+1]
		for j := range i {
			other := f[j*n : j*n+j+1]
			line[j] = (line[j] - dot(line[:j], other)) / other[j]
		}
		pivot := line[i] - dot(line[:i], line)
		if !(pivot > float64(1e-14*line[i])) {
			pivot = math.MaxFloat64 / 4
		}
		line[i] = math.Sqrt(pivot)
	}
}

// dot is the sum of products with the numbers of another list, in four sums at a time, so that additions need not wait for each other.
func dot(x, y []float64) float64 {
	var a, b, c, d float64
	y = y[:len(x)]
	i := 0
	for ; i+4 <= len(x); i += 4 {
		a += float64(x[i] * y[i])
		b += float64(x[i+1] * y[i+1])
		c += float64(x[i+2] * y[i+2])
		d += float64(x[i+3] * y[i+3])
	}
	for ; i < len(x); i++ {
		a += float64(x[i] * y[i])
	}
	return (a + b) + (c + d)
}

// substitute solves for a right side with the factor.
func (s *solver) substitute(x []float64) {
	n, f := s.size, s.factor
	for i := range n {
		sum := x[i]
		for k, v := range f[i*n : i*n+i] {
			sum -= float64(v * x[k])
		}
		x[i] = sum / f[i*n+i]
	}
	for i := n - 1; i >= 0; i-- {
		sum := x[i]
		for k := i + 1; k < n; k++ {
			sum -= float64(f[k*n+i] * x[k])
		}
		x[i] = sum / f[i*n+i]
	}
}

// fitScores fits a design. The experts' coefficient is not negative: where the outcomes contradict them,
// their points are left aside.
func fitScores(d *design, y labels, shrinkage, tolerance float64, from []float64) *solver {
	s := newSolver(d, shrinkage)
	if len(from) == s.size {
		copy(s.parameter, from)
	} else {
		positive, negative := sum(y.positive), sum(y.negative)
		s.parameter[0] = num.Log(positive / negative)
	}
	s.solve(y, tolerance)
	if d.expert != nil && s.parameter[s.size-1] < 0 {
		alone := *d
		alone.expert = nil
		return fitScores(&alone, y, shrinkage, tolerance, slices.Clone(s.parameter[:s.size-1]))
	}
	return s
}

// scores gives what was fitted.
func (s *solver) scores() scores {
	found := scores{intercept: s.parameter[0], terms: s.parameter[1 : 1+s.width]}
	if s.expert != nil {
		found.expert = s.parameter[s.size-1]
	}
	return found
}

// meanLoss gives the mean log loss of log-odds.
func meanLoss(odds []float64, y labels) float64 {
	loss, weight := 0.0, 0.0
	for i, o := range odds {
		positive, negative := y.positive[i], y.negative[i]
		if n := positive + negative; n > 0 {
			loss += float64(n*num.Softplus(o)) - float64(positive*o)
			weight += n
		}
	}
	return loss / weight
}

func sum(list []float64) (total float64) {
	for _, x := range list {
		total += x
	}
	return total
}
