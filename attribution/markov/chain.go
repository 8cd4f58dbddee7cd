package markov

import (
	"cmp"
	"slices"

	"github.com/leadloop/leadloop/attribution"
)

// An edge is a run of channels that was seen so many times: the step from its
// first k to its last k. Keys are packed by ranks (see chain.width), rotated so
// that the first channel stands last: (g2 … gk gk+1 | g1).
type edge struct {
	key   uint64
	count int64
}

// A chain is a fitted chain of order k, in ranks instead of numbers: channels in
// order of how often they occur, rarest first, ties by name. So nothing that is
// computed from it depends on which number a channel happened to get.
type chain struct {
	order int
	width uint
	ranks int
	names []string // by rank

	// States are sorted by (g2 … gk | g1), so that all that can precede a state
	// stand side by side.
	keys      []uint64
	ended     []int64 // journeys that end after the state, converted or not
	conv, val []int64
	edges     []edge  // sorted
	shortConv []int64 // by rank: of paths shorter than the order that hold the channel
	shortVal  []int64
	total     attribution.Counts
}

// newChain ranks the channels and sorts runs and states.
func newChain(g *Grams) *chain {
	c := &chain{order: g.order, total: g.total}
	rank := c.rankChannels(g)
	k := g.order
	c.shortConv, c.shortVal = make([]int64, c.ranks), make([]int64, c.ranks)
	c.collectEdges(g, rank)

	type final struct {
		key uint64
		attribution.Counts
	}
	var finals []final
	g.eachEnd(func(key uint64, length int, e attribution.Counts) {
		key = c.rerank(key, length, g.width, rank)
		if length == k {
			finals = append(finals, final{rotate(key, k, c.width), e})
			return
		}
		for i := range length {
			r := key >> (uint(i) * c.width) & mask(c.width)
			if !holds(key, i, c.width, r) {
				c.shortConv[r] += e.Conversions
				c.shortVal[r] += e.Value
			}
		}
	})
	for _, f := range finals {
		c.keys = append(c.keys, f.key)
	}
	c.addStates()
	n := len(c.keys)
	c.ended, c.conv, c.val = make([]int64, n), make([]int64, n), make([]int64, n)
	for _, f := range finals {
		i, _ := slices.BinarySearch(c.keys, f.key)
		c.conv[i], c.val[i], c.ended[i] = f.Conversions, f.Value, f.Conversions+f.Nulls
	}
	return c
}

// rankChannels gives each channel that occurs its rank.
func (c *chain) rankChannels(g *Grams) (rank []uint16) {
	type channel struct {
		number int
		name   string
		seen   int64
		used   bool
	}
	all := make([]channel, g.channels.Len())
	for i := range all {
		all[i] = channel{i, g.channels.Name(uint16(i)), 0, false}
	}
	low := g.width * uint(g.order)
	g.eachRun(func(key uint64, count int64) {
		all[key>>low].seen += count
		all[key>>low].used = true
	})
	g.eachEnd(func(key uint64, n int, e attribution.Counts) {
		all[key&mask(g.width)].seen += e.Conversions + e.Nulls
		for range n {
			all[key&mask(g.width)].used = true
			key >>= g.width
		}
	})
	all = slices.DeleteFunc(all, func(x channel) bool { return !x.used })
	slices.SortFunc(all, func(a, b channel) int {
		return cmp.Or(cmp.Compare(a.seen, b.seen), cmp.Compare(a.name, b.name))
	})
	rank = make([]uint16, g.channels.Len())
	for r, x := range all {
		rank[x.number] = uint16(r)
		c.names = append(c.names, x.name)
	}
	c.ranks = len(all)
	c.width = 1
	for 1<<c.width < c.ranks {
		c.width++
	}
	return rank
}

// rerank writes a key of n numbers as one of ranks.
func (c *chain) rerank(key uint64, n int, width uint, rank []uint16) (out uint64) {
	for j := range n {
		out |= uint64(rank[key>>(uint(j)*width)&mask(width)]) << (uint(j) * c.width)
	}
	return out
}

// collectEdges sorts all runs. They go into one bucket for each second channel,
// and each bucket is sorted by itself, so that little room is needed beside them.
func (c *chain) collectEdges(g *Grams, rank []uint16) {
	n := g.order + 1
	top := c.width * uint(g.order)
	bucket := make([]int, c.ranks+1)
	g.eachRun(func(key uint64, _ int64) {
		second := uint64(rank[key>>(g.width*uint(n-2))&mask(g.width)])
		bucket[second+1]++
	})
	for i := range c.ranks {
		bucket[i+1] += bucket[i]
	}
	c.edges = make([]edge, bucket[c.ranks])
	next := slices.Clone(bucket)
	g.eachRun(func(key uint64, count int64) {
		key = rotate(c.rerank(key, n, g.width, rank), n, c.width)
		b := key >> top
		c.edges[next[b]] = edge{key, count}
		next[b]++
	})
	largest := 0
	for i := range c.ranks {
		largest = max(largest, bucket[i+1]-bucket[i])
	}
	spare := make([]edge, largest)
	for i := range c.ranks {
		sortEdges(c.edges[bucket[i]:bucket[i+1]], spare, g.order, c.width)
	}
	// A run that was counted in two places is one.
	kept := 0
	for i, e := range c.edges {
		if i > 0 && c.edges[kept-1].key == e.key {
			c.edges[kept-1].count += e.count
			continue
		}
		c.edges[kept] = e
		kept++
	}
	c.edges = c.edges[:kept]
}

// sortEdges sorts by the last n channels of the keys, one after the other.
func sortEdges(edges, spare []edge, n int, width uint) {
	if len(edges) < 1<<6 {
		slices.SortFunc(edges, func(a, b edge) int { return cmp.Compare(a.key, b.key) })
		return
	}
	counts := make([]int, 1<<width+1)
	from, to := edges, spare[:len(edges)]
	for p := range n {
		clear(counts)
		shift := uint(p) * width
		for i := range from {
			counts[from[i].key>>shift&mask(width)+1]++
		}
		for i := 1; i < len(counts); i++ {
			counts[i] += counts[i-1]
		}
		for i := range from {
			d := from[i].key >> shift & mask(width)
			to[counts[d]] = from[i]
			counts[d]++
		}
		from, to = to, from
	}
	if n%2 == 1 {
		copy(edges, from)
	}
}

// addStates lists what edges leave and enter, beside the final states.
func (c *chain) addStates() {
	k := c.order
	stamp := make([]int, c.ranks)
	block := 0
	for i := 0; i < len(c.edges); {
		block++
		middle := c.middle(c.edges[i].key)
		for last := ^uint64(0); i < len(c.edges) && c.middle(c.edges[i].key) == middle; i++ {
			key := c.edges[i].key
			if first := key & mask(c.width); stamp[first] != block {
				stamp[first] = block
				c.keys = append(c.keys, middle<<c.width|first)
			}
			if to := key >> c.width; to != last {
				last = to
				c.keys = append(c.keys, rotate(to, k, c.width))
			}
		}
	}
	slices.Sort(c.keys)
	c.keys = slices.Clone(slices.Compact(c.keys))
}

// middle gives the k−1 channels that both ends of an edge share.
func (c *chain) middle(key uint64) uint64 { return key >> (2 * c.width) }

// holds says whether one of the last n channels of the key is the given one.
func holds(key uint64, n int, width uint, rank uint64) bool {
	for range n {
		if key&mask(width) == rank {
			return true
		}
		key >>= width
	}
	return false
}

// rotate moves the first of n channels behind the last.
func rotate(key uint64, n int, width uint) uint64 {
	return (key<<width | key>>(width*uint(n-1))) & mask(width*uint(n))
}
