package main

import "math/bits"

// dice is a small integer random source (splitmix64, Steele, Lea and Flood 2014). It is seeded by numbers, never by the
// clock, and uses no floats, so that a seed gives the same company on every machine.
type dice struct{ state uint64 }

// roll starts a stream of its own for each list of keys. A lead's fate then depends on the seed and on the lead, and not
// on how many dice other leads have thrown before it.
func roll(seed uint64, keys ...uint64) *dice {
	d := &dice{state: seed}
	for _, k := range keys {
		d.state = d.next() ^ (k * 0x9e3779b97f4a7c15)
	}
	return d
}

func (d *dice) next() uint64 {
	d.state += 0x9e3779b97f4a7c15
	z := d.state
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb
	return z ^ (z >> 31)
}

// below answers a number in [0, n); n must be positive.
func (d *dice) below(n int) int {
	hi, _ := bits.Mul64(d.next(), uint64(n))
	return int(hi)
}

// between answers a number in [lo, hi].
func (d *dice) between(lo, hi int) int { return lo + d.below(hi-lo+1) }

// chance is true permille times in a thousand.
func (d *dice) chance(permille int) bool { return d.below(1000) < permille }

// pick answers an index with a probability in proportion to its weight.
func (d *dice) pick(weights []int) int {
	sum := 0
	for _, w := range weights {
		sum += w
	}
	n := d.below(sum)
	for i, w := range weights {
		if n < w {
			return i
		}
		n -= w
	}
	return len(weights) - 1
}

// spread is a distribution given by pieces: with the weight of a piece, a number between its ends.
type spread []struct{ weight, lo, hi int }

func (s spread) draw(d *dice) int {
	sum := 0
	for _, p := range s {
		sum += p.weight
	}
	n := d.below(sum)
	for _, p := range s {
		if n < p.weight {
			return d.between(p.lo, p.hi)
		}
		n -= p.weight
	}
	return s[len(s)-1].hi
}
