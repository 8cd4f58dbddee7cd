package scoring

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/leadloop/leadloop/internal/num"
)

// decay weighs points by age in ticks: by half-life, evenly until a span is
// over, or in steps.
type decay struct {
	tick, span uint64 // seconds, their greatest common divisor taken out; not of steps
	linear     bool
	steps      []step
	table      []uint64 // weights of the first ages, in units of 2⁻³²; not of steps
}

// step is a share that applies from an age in ticks on.
type step struct {
	from  uint64
	share int64 // in millionths
}

// longestTable bounds the memory of a decay; older ages are computed.
const longestTable = 1024

// maxSteps is how many steps a rule may have.
const maxSteps = 1000

func newDecay(tick, span uint64, linear bool) *decay {
	a, b := tick, span
	for b != 0 {
		a, b = b, a%b
	}
	d := &decay{tick: tick / a, span: span / a, linear: linear}
	for age := uint64(0); age < longestTable; age++ {
		w := d.compute(age)
		d.table = append(d.table, w)
		if w == 0 {
			break
		}
	}
	return d
}

// apply gives what the age leaves of points, rounded half to even.
func (d *decay) apply(points int64, age uint64) int64 {
	switch {
	case d.steps != nil:
		next, _ := slices.BinarySearchFunc(d.steps, age, func(s step, age uint64) int {
			if s.from <= age {
				return -1
			}
			return 1 // never equal, so that the first step still to come is found
		})
		if next == 0 {
			return points
		}
		points, _ = num.MulDiv(points, d.steps[next-1].share, int64(Point)) // fits, for a share is at most 1
		return points
	case age < uint64(len(d.table)):
		return num.ScaleHalfEven(points, d.table[age], 32)
	}
	return num.ScaleHalfEven(points, d.compute(age), 32)
}

// compute is the integer nearest to 2³² times the weight: 2^(−age·tick/span), or
// 1 − age·tick/span for linear decay.
func (d *decay) compute(age uint64) uint64 {
	switch {
	case d.linear && age > d.span/d.tick:
		return 0
	case d.linear:
		weight, _ := num.MulDiv(1<<32, int64(d.span-age*d.tick), int64(d.span)) // fits, for spans are less than 2³⁴ seconds
		return uint64(weight)
	case age > math.MaxUint64/d.tick:
		return 0 // a half-life is less than 2³⁴ seconds, the longest Duration: that long ago nothing is left
	}
	return num.HalfLifeWeight(age*d.tick, d.span)
}

// tickOf is ⌊t/tick⌋ on the UTC time line, rounded down before 1970 as well.
func tickOf(seconds, tick int64) int64 {
	q := seconds / tick
	if seconds%tick < 0 {
		q--
	}
	return q
}

// contribution is constant points in decay.
type contribution struct {
	points int64
	decay  *decay
}

// mostContributions bounds the memory of all tables of contributions: 8 MB.
const mostContributions = 1 << 20

// byAge gives what constant points are worth at the first ages, so that
// scoring looks them up; beyond it they are computed.
func (c *checker[L, A]) byAge(points int64, d *decay) []int64 {
	key := contribution{points, d}
	if known, ok := c.contributions[key]; ok {
		return known
	}
	ages := len(d.table)
	if d.steps != nil {
		ages = int(min(d.steps[len(d.steps)-1].from+1, longestTable))
	}
	if c.contributed += ages; c.contributed > mostContributions {
		return nil
	}
	table := make([]int64, ages)
	for age := range table {
		table[age] = d.apply(points, uint64(age))
	}
	c.contributions[key] = table
	return table
}

// decay checks how an Each rule decays; nil if it does not.
func (c *checker[L, A]) decay(path string, r Rule) *decay {
	if r.HalfLife != 0 && r.Linear != 0 || r.HalfLife != 0 && len(r.Steps) > 0 || r.Linear != 0 && len(r.Steps) > 0 {
		c.refuse(path, "a rule decays in one way: keep one of half_life, linear and steps")
		return nil
	}
	switch {
	case r.HalfLife != 0 && c.span(path+".half_life", "a half-life", "14d", r.HalfLife):
		return c.smooth(r.HalfLife, false)
	case r.Linear != 0 && c.span(path+".linear", "a linear decay", "60d", r.Linear):
		return c.smooth(r.Linear, true)
	case len(r.Steps) > 0:
		return c.steps(path, r.Steps)
	}
	return nil
}

// span tells whether a span is of whole seconds above 0.
func (c *checker[L, A]) span(path, what, example string, d Duration) bool {
	if d <= 0 || time.Duration(d)%time.Second != 0 {
		c.refuse(path, "%s is a span of whole seconds above 0, such as %q", what, example)
		return false
	}
	return true
}

// smooth gives the decay of a span, one for all rules that share it.
func (c *checker[L, A]) smooth(span Duration, linear bool) *decay {
	known := &c.halfLives
	if linear {
		known = &c.linears
	}
	if *known == nil {
		*known = map[Duration]*decay{}
	}
	d := (*known)[span]
	if d == nil {
		d = newDecay(uint64(c.scorer.tick), seconds(span), linear)
		(*known)[span] = d
	}
	return d
}

func seconds(d Duration) uint64 { return uint64(time.Duration(d) / time.Second) }

func (c *checker[L, A]) steps(path string, steps []Step) *decay {
	before := len(c.errs)
	if len(steps) > maxSteps {
		c.refuse(path+".steps", "the rule has %d steps, at most %d are allowed", len(steps), maxSteps)
		return nil
	}
	d := &decay{}
	share := Point
	for i, s := range steps {
		at := fmt.Sprintf("%s.steps[%d]", path, i)
		switch {
		case s.After < 0 || time.Duration(s.After)%time.Second != 0:
			c.refuse(at+".after", `a step begins after a span of whole seconds, such as "30d"`)
		case i > 0 && s.After <= steps[i-1].After:
			c.refuse(at+".after", "steps go from the youngest age to the oldest: %s is not above %s", s.After, steps[i-1].After)
		}
		switch {
		case s.Share < 0 || s.Share > Point:
			c.refuse(at+".share", "a share is a factor from 0 to 1, such as 0.5")
		case s.Share > share:
			c.refuse(at+".share", "shares fall with age: %s is above %s", s.Share, share)
		default:
			share = s.Share
		}
		tick := uint64(c.scorer.tick)
		d.steps = append(d.steps, step{(seconds(s.After) + tick - 1) / tick, int64(s.Share)})
	}
	if len(c.errs) > before {
		return nil
	}
	return d
}
