package markov

import "slices"

// A level holds the equations of the time-reversed chain of some order for the
// sweeps: x(t) = Σ N(s,t)·x(s) / visits(t). The finest level is the chain's own;
// each coarser one joins the states that differ in their last channel alone.
//
// A level's rows are grouped into blocks of states with the same middle, whose
// predecessors are at most as many states as there are channels, side by side.
type level struct {
	order   int
	first   []uint16  // rank of the first channel, by state
	starts  []int64   // journeys that begin in the state
	visits  []float64 // stays in the state
	onward  []float64 // steps to other states
	blocks  []block
	rows    []int32   // states with predecessors, in the order of sweeps
	ends    []int     // where the edges of a row end
	from    []uint16  // predecessor, counted from its block's first
	weight  []float64 // N(s,t)/visits(t)
	sources []int32   // states without predecessors

	coarser *level
	group   []int32 // state of the coarser level, by state
	next    []int32 // that of all its successors, −1 where it has none
}

// A block is a range of rows, and the range of states that can precede them.
type block struct{ row, rowEnd, low, high int32 }

// newLevel lays out edges between the sorted states. Given how often journeys
// end in each state, it finds how often they begin there; coarser levels are
// given the beginnings.
func newLevel(order int, width uint, keys []uint64, ended, starts []int64, edges []edge) *level {
	n := len(keys)
	l := &level{order: order, first: make([]uint16, n), visits: make([]float64, n), onward: make([]float64, n)}
	for i, key := range keys {
		l.first[i] = uint16(key & mask(width))
	}
	out := make([]int64, n)
	in := make([]int64, n)
	l.from = make([]uint16, 0, len(edges))
	l.weight = make([]float64, 0, len(edges))
	position := make([]uint16, 1<<width)
	for i := 0; i < len(edges); {
		middle := edges[i].key >> (2 * width)
		low, _ := slices.BinarySearch(keys, middle<<width)
		high, _ := slices.BinarySearch(keys, (middle+1)<<width)
		for s := low; s < high; s++ {
			position[l.first[s]] = uint16(s - low)
		}
		b := block{row: int32(len(l.rows)), low: int32(low), high: int32(high)}
		for i < len(edges) && edges[i].key>>(2*width) == middle {
			to := edges[i].key >> width
			t, _ := slices.BinarySearch(keys, rotate(to, order, width))
			empty := true
			for ; i < len(edges) && edges[i].key>>width == to; i++ {
				at := position[edges[i].key&mask(width)]
				s := low + int(at)
				if s == t {
					continue // a stay, on coarser levels
				}
				empty = false
				out[s] += edges[i].count
				in[t] += edges[i].count
				l.from = append(l.from, at)
				l.weight = append(l.weight, float64(edges[i].count))
			}
			if !empty {
				l.rows = append(l.rows, int32(t))
				l.ends = append(l.ends, len(l.from))
			}
		}
		if b.rowEnd = int32(len(l.rows)); b.rowEnd > b.row {
			l.blocks = append(l.blocks, b)
		}
	}
	if l.starts = starts; starts == nil {
		l.starts = make([]int64, n)
		for s := range n {
			l.starts[s] = ended[s] + out[s] - in[s]
		}
	}
	for s := range n {
		l.visits[s] = float64(l.starts[s] + in[s])
		l.onward[s] = float64(out[s])
		if in[s] == 0 {
			l.sources = append(l.sources, int32(s))
		}
	}
	begin := 0
	for r, t := range l.rows {
		for e := begin; e < l.ends[r]; e++ {
			l.weight[e] /= l.visits[t]
		}
		begin = l.ends[r]
	}
	return l
}

// reaching marks the states from which a marked state is reached.
func (l *level) reaching(marked []bool) {
	row := make([]int32, len(l.first))
	for i := range row {
		row[i] = -1
	}
	home := make([]int32, len(l.rows))
	for _, b := range l.blocks {
		for r := b.row; r < b.rowEnd; r++ {
			row[l.rows[r]] = r
			home[r] = b.low
		}
	}
	var open []int32
	for s, m := range marked {
		if m {
			open = append(open, int32(s))
		}
	}
	for len(open) > 0 {
		r := row[open[len(open)-1]]
		open = open[:len(open)-1]
		if r < 0 {
			continue
		}
		for _, f := range l.from[l.begin(r):l.ends[r]] {
			if s := home[r] + int32(f); !marked[s] {
				marked[s] = true
				open = append(open, s)
			}
		}
	}
}

// begin gives where the edges of a row begin.
func (l *level) begin(r int32) int {
	if r == 0 {
		return 0
	}
	return l.ends[r-1]
}

// levels lays out the chain, without the states from which no conversion is
// reached, and its coarser levels down to order 1.
func (c *chain) levels() *level {
	l := newLevel(c.order, c.width, c.keys, c.ended, nil, c.edges)
	kept := make([]bool, len(c.keys))
	for s, v := range c.conv {
		kept[s] = v > 0
	}
	l.reaching(kept)
	if slices.Contains(kept, false) {
		l = c.prune(l, kept)
	}
	c.edges = c.coarsen(l, c.keys, c.edges)
	return l
}

// prune lays out what is kept. All that precedes a kept state is kept, so that
// nothing but steps to others is lost.
func (c *chain) prune(l *level, kept []bool) *level {
	edges := c.edges[:0]
	last, keep := ^uint64(0), false
	for i, e := range c.edges {
		if to := e.key >> c.width; i == 0 || to != last {
			last = to
			t, _ := slices.BinarySearch(c.keys, rotate(to, c.order, c.width))
			keep = kept[t]
		}
		if keep {
			edges = append(edges, e)
		}
	}
	c.edges = edges
	n := 0
	for s, k := range kept {
		if k {
			c.keys[n], l.starts[n], c.conv[n], c.val[n] = c.keys[s], l.starts[s], c.conv[s], c.val[s]
			n++
		}
	}
	c.keys, c.conv, c.val = c.keys[:n], c.conv[:n], c.val[:n]
	return newLevel(c.order, c.width, c.keys, nil, l.starts[:n], c.edges)
}

// coarsen adds the levels of lower orders below one. It spoils the edges.
func (c *chain) coarsen(l *level, keys []uint64, edges []edge) []edge {
	if l.order == 1 {
		return nil
	}
	k, w := l.order, c.width
	// Keys are (g2 … gk | g1): without gk, they are (g2 … gk−1 | g1).
	drop := func(key uint64) uint64 { return key>>(2*w)<<w | key&mask(w) }
	coarse := make([]uint64, len(keys))
	for i, key := range keys {
		coarse[i] = drop(key)
	}
	// The order of what is dropped is not that of what is left, where k is 2.
	slices.Sort(coarse)
	coarse = slices.Compact(coarse)
	starts := make([]int64, len(coarse))
	l.group = make([]int32, len(keys))
	l.next = make([]int32, len(keys))
	for s, key := range keys {
		g, _ := slices.BinarySearch(coarse, drop(key))
		l.group[s] = int32(g)
		starts[g] += l.starts[s]
		l.next[s] = -1
		if l.onward[s] > 0 {
			// Every successor begins with g2 … gk, which is (g3 … gk | g2).
			g, _ := slices.BinarySearch(coarse, rotate(key>>w, k-1, w))
			l.next[s] = int32(g)
		}
	}
	edges = c.join(edges)
	l.coarser = newLevel(k-1, w, coarse, nil, starts, edges)
	return c.coarsen(l.coarser, coarse, edges)
}

// join drops the last channel of edges (g2 … gk gk+1 | g1), in their place.
func (c *chain) join(edges []edge) []edge {
	w := c.width
	counts := make([]int64, c.ranks)
	var firsts []uint64
	n := 0
	for i := 0; i < len(edges); {
		middle := edges[i].key >> (2 * w)
		for ; i < len(edges) && edges[i].key>>(2*w) == middle; i++ {
			first := edges[i].key & mask(w)
			if counts[first] == 0 {
				firsts = append(firsts, first)
			}
			counts[first] += edges[i].count
		}
		slices.Sort(firsts)
		for _, first := range firsts {
			edges[n] = edge{middle<<w | first, counts[first]}
			counts[first] = 0
			n++
		}
		firsts = firsts[:0]
	}
	return edges[:n]
}
