package attribution

import (
	"fmt"
	"math/bits"

	"github.com/leadloop/leadloop/internal/num"
)

// scratch holds the buffers of one calculation, so that a loop over many journeys allocates nothing.
type scratch struct {
	weights, shares, amounts, before []int64
	each                             bool // all credit to each touch
}

// weigh finds what each touch of the path weighs, and reports whether any does.
func (s *scratch) weigh(m Model, p path) bool {
	n := len(p.touches)
	s.weights = resize(s.weights, n)
	s.each = m.participation
	switch {
	case n == 0:
		return false
	case m.participation:
		return true
	case m.decay:
		m.decayWeights(s.weights, p)
		return true
	}
	return m.keyedWeights(s.weights, p)
}

// share returns one share per touch of the path that was weighed. The result is valid until the next call.
func (s *scratch) share() []int64 {
	s.shares = resize(s.shares, len(s.weights))
	s.divide(s.shares, int64(One))
	return s.shares
}

// amount returns the part of revenue for each touch: by the model's own weights, as rounded shares would decide ties at
// random. The result is valid until the next call of amount or refund.
func (s *scratch) amount(revenue int64) []int64 {
	s.amounts = resize(s.amounts, len(s.weights))
	s.divide(s.amounts, revenue)
	return s.amounts
}

// refund returns by how much each part changes when revenue falls: what is left is shared out anew, so that after any
// refunds the parts are those of the net revenue, to the cent.
func (s *scratch) refund(before, after int64) []int64 {
	s.before = resize(s.before, len(s.weights))
	s.divide(s.before, before)
	changes := s.amount(after)
	for i, b := range s.before {
		changes[i] -= b
	}
	return changes
}

func (s *scratch) divide(dst []int64, total int64) {
	if s.each {
		for i := range dst {
			dst[i] = total
		}
		return
	}
	apportion(dst, total, s.weights)
}

// The key touches of a path, in the order of Weights.
const (
	firstKey = iota
	leadKey
	opportunityKey
	lastKey
	keys
)

func (w Weights) keys() [keys]int64 { return [keys]int64{w.First, w.Lead, w.Opportunity, w.Last} }

// keyedWeights fills dst with integers in proportion to the weights of the touches, and reports whether one is positive.
func (m Model) keyedWeights(dst []int64, p path) bool {
	at := [keys]int{0, p.lead, p.opportunity, p.last}
	clear(dst)
	others := int64(len(dst))
	var here [keys]bool
	for i, weight := range m.weights.keys() {
		if here[i] = at[i] >= 0; here[i] && weight > 0 {
			if dst[at[i]] == 0 {
				others--
			}
			dst[at[i]] = 1
		}
	}
	key, rest := m.scaled(here, others)
	for i, weight := range dst {
		dst[i] = rest * (1 - weight)
	}
	for i, weight := range key {
		if weight > 0 {
			dst[at[i]] += weight
		}
	}
	return rest > 0 || key != [keys]int64{}
}

// scaled gives integers in proportion to what each key touch that is here weighs, and each of the others: multiplying the
// keys by the number of others divides the rest without a fraction.
func (m Model) scaled(here [keys]bool, others int64) (key [keys]int64, rest int64) {
	var present, missing int64
	for i, weight := range m.weights.keys() {
		if here[i] && weight > 0 {
			key[i] = weight
			present++
		} else {
			missing += weight
		}
	}
	rest = m.weights.Rest
	if others == 0 {
		missing, rest = missing+rest, 0
	}
	for i, weight := range key {
		if weight > 0 && m.absent == SplitEqually {
			weight = weight*present + missing
		}
		key[i] = weight * max(1, others)
	}
	if m.absent == SplitEqually {
		rest *= max(1, present)
	}
	return key, rest
}

// byPosition gives, for paths of n touches of which nothing is known but their order, integers in proportion to what the
// first touch weighs, each between, and the last; of a single touch the first alone.
func (m Model) byPosition(n int) (first, middle, last int64, err error) {
	if err := m.Validate(); err != nil {
		return 0, 0, 0, err
	}
	switch {
	case m.bounded || m.decay:
		return 0, 0, 0, fmt.Errorf("attribution: %w %q: it needs times, which paths do not have; credit journeys", ErrModel, m.Name())
	case m.weights.Lead > 0 || m.weights.Opportunity > 0:
		return 0, 0, 0, fmt.Errorf("attribution: %w %q: it needs milestones, which paths do not have; credit journeys", ErrModel, m.Name())
	case m.passes:
		return 0, 0, 0, fmt.Errorf("attribution: %w %q: drop direct touches from the paths, then take Last", ErrModel, m.Name())
	case m.participation:
		return 0, 0, 0, fmt.Errorf("attribution: %w %q: it gives all to each touch, in whatever place", ErrModel, m.Name())
	}
	others := int64(n)
	if m.weights.First > 0 {
		others--
	}
	if m.weights.Last > 0 && (n > 1 || m.weights.First == 0) {
		others--
	}
	key, rest := m.scaled([keys]bool{firstKey: true, lastKey: true}, others)
	first, last = key[firstKey], key[lastKey]
	if n == 1 {
		first, last = first+last, 0
	}
	if m.weights.First == 0 && (n > 1 || m.weights.Last == 0) {
		first = rest
	}
	if m.weights.Last == 0 && n > 1 {
		last = rest
	}
	return first, rest, last, nil
}

// participates reports whether each touch gets all.
func (m Model) participates() bool { return m.participation }

// decayWeights fills dst with the weights of the touches by age, scaled so that they sum to at most 2⁶².
func (m Model) decayWeights(dst []int64, p path) {
	newest := p.at(len(dst) - 1)
	shift := bits.Len(uint(len(dst))) // len(dst) < 2^shift
	for i := range dst {
		age := newest.Sub(p.at(i)) // saturates at 292 years; never negative, the path is in order of time
		dst[i] = num.HalfLifeShare(uint64(age), uint64(m.halfLife)) >> shift
	}
}

// apportion is num.Apportion for weights that it cannot refuse: none is negative, one is positive, and they sum to less than
// 2⁶³.
func apportion(dst []int64, total int64, weights []int64) {
	_ = num.Apportion(dst, total, weights)
}

// resize returns a slice of length n, s itself if it is large enough.
func resize(s []int64, n int) []int64 {
	if cap(s) < n {
		return make([]int64, n, n+n/2)
	}
	return s[:n]
}
