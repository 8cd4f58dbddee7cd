package scoring

import (
	"math"

	"github.com/leadloop/leadloop/internal/num"
)

// decay weighs points by age in ticks.
type decay struct {
	tick, half uint64   // their greatest common divisor taken out
	table      []uint64 // weights of the first ages
}

// longestTable bounds the memory of a decay; older ages are computed.
const longestTable = 1024

func newDecay(tick, half uint64) *decay {
	a, b := tick, half
	for b != 0 {
		a, b = b, a%b
	}
	d := &decay{tick: tick / a, half: half / a}
	for age := uint64(0); age < longestTable; age++ {
		w := d.compute(age)
		d.table = append(d.table, w)
		if w == 0 {
			break
		}
	}
	return d
}

// weight is the integer nearest to 2³²·2^(−age·tick/half).
func (d *decay) weight(age uint64) uint64 {
	if age < uint64(len(d.table)) {
		return d.table[age]
	}
	return d.compute(age)
}

func (d *decay) compute(age uint64) uint64 {
	if age > math.MaxUint64/d.tick {
		return 0 // a half-life is less than 2³⁴ seconds, the longest Duration: that long ago nothing is left
	}
	return num.HalfLifeWeight(age*d.tick, d.half)
}

// tickOf is ⌊t/tick⌋ on the UTC time line, rounded down before 1970 as well.
func tickOf(seconds, tick int64) int64 {
	q := seconds / tick
	if seconds%tick < 0 {
		q--
	}
	return q
}
