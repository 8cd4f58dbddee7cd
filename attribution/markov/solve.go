package markov

import (
	"math"
	"sync"
)

// Channels are solved for in batches of so many lanes, side by side in memory.
const lanes = 4

type lane [lanes]float64

const (
	tolerance   = 1e-12 // of the effect itself; where to stop
	sweepLimit  = 20_000
	roundingUlp = 1.0 / (1 << 53)
)

// A solution is what is found for a channel: sums over conversions of whether
// the channel was on the way, and bounds of their errors.
type solution struct {
	conv, val           float64
	convBound, valBound float64
	sweeps              int
}

// solve finds the solution of each rank. Batches are fixed by rank and share
// nothing but what is only read, so that the number of workers does not matter.
func (s *system) solve(workers int) []solution {
	out := make([]solution, s.chain.ranks)
	var batches [][]int
	var batch []int
	for r := s.chain.ranks - 1; r >= 0; r-- {
		if s.coarse[r] < 0 {
			// It begins no state from which a conversion is reached; it may still end one.
			s.lonely(r, &out[r])
			continue
		}
		if batch = append(batch, r); len(batch) == lanes {
			batches = append(batches, batch)
			batch = nil
		}
	}
	if len(batch) > 0 {
		batches = append(batches, batch)
	}
	next := make(chan []int, len(batches))
	for _, b := range batches {
		next <- b
	}
	close(next)
	var done sync.WaitGroup
	for range min(workers, len(batches)) {
		done.Go(func() {
			w := newWorker(s)
			for b := range next {
				w.solve(b, out)
			}
		})
	}
	done.Wait()
	return out
}

// lonely sums the conversions right after states that hold a channel.
func (s *system) lonely(rank int, out *solution) {
	c := s.chain
	for i, key := range c.keys {
		if c.conv[i] > 0 && holds(key, c.order, c.width, uint64(rank)) {
			out.conv += float64(c.conv[i])
			out.val += float64(c.val[i])
		}
	}
}

// A worker has the vectors that one batch at a time needs.
type worker struct {
	*system
	steps []step // from the finest level
	lane  []int8 // in which a channel is removed, by rank; −1
	batch []int
}

// A step is a level with its vectors.
type step struct {
	*level
	x, b []lane
}

func newWorker(s *system) *worker {
	w := &worker{system: s, lane: make([]int8, s.chain.ranks)}
	for l := s.finest; l != nil; l = l.coarser {
		st := step{level: l, x: make([]lane, len(l.first))}
		if l != s.finest {
			st.b = make([]lane, len(l.first))
		}
		w.steps = append(w.steps, st)
	}
	return w
}

// solve finds the solutions of a batch.
func (w *worker) solve(batch []int, out []solution) {
	w.batch = batch
	for i := range w.lane {
		w.lane[i] = -1
	}
	for l, r := range batch {
		w.lane[r] = int8(l)
	}
	w.guess()
	coarse := w.inverse != nil && len(w.steps) > 1
	var conv, val, last lane
	for sweeps := 1; ; sweeps++ {
		changeConv, changeVal := w.sweepFinest()
		done, stalled := true, false
		if sweeps <= 3 || sweeps%8 == 0 {
			conv, val = w.sums()
		}
		for l := range batch {
			if changeConv[l] > float64(tolerance*conv[l]) || changeVal[l] > float64(tolerance*max(val[l], float64(w.totalVal*1e-9))) {
				done = false
				stalled = stalled || changeConv[l] > float64(0.95*last[l])
			}
		}
		if done || sweeps == sweepLimit {
			w.finish(batch, out, sweeps, changeConv, changeVal)
			return
		}
		if coarse && stalled && sweeps > 2 {
			coarse = false
		}
		last = changeConv
		if coarse {
			w.restrict(0)
			w.correct(1)
			w.prolong(0)
		}
	}
}

// guess starts from the solution of order 1.
func (w *worker) guess() {
	x := w.steps[0].x
	clear(x)
	if w.inverse == nil {
		for s, r := range w.finest.first {
			if l := w.lane[r]; l >= 0 {
				x[s][l] = 1
			}
		}
		return
	}
	n := len(w.steps[len(w.steps)-1].first)
	for l, r := range w.batch {
		c := int(w.coarse[r])
		for s, f := range w.finest.first {
			x[s][l] = w.inverse[int(w.coarse[f])*n+c] / w.inverse[c*n+c]
		}
	}
	for s, r := range w.finest.first {
		if l := w.lane[r]; l >= 0 {
			x[s][l] = 1
		}
	}
}

// sums adds up the conversions, and their value, that the channel of each lane
// was on the way to.
func (w *worker) sums() (conv, val lane) {
	c := w.chain
	x := w.steps[0].x
	for s, n := range c.conv {
		if n == 0 {
			continue
		}
		y := x[s]
		for key, i := c.keys[s], 0; i < c.order; i++ {
			if l := w.lane[key&mask(c.width)]; l >= 0 {
				y[l] = 1
			}
			key >>= c.width
		}
		for l := range lanes {
			conv[l] += float64(float64(n) * y[l])
			val[l] += float64(float64(c.val[s]) * y[l])
		}
	}
	return conv, val
}

// finish stores solutions with the bounds of their errors: what the last sweep
// still changed, and what rounding may have done to each equation and sum.
func (w *worker) finish(batch []int, out []solution, sweeps int, convBound, valBound lane) {
	st := &w.steps[0]
	for r, t := range st.rows {
		ulps := float64(float64(st.ends[r]-st.begin(int32(r))+4) * roundingUlp)
		for l := range lanes {
			convBound[l] += float64(float64(w.convWeight[t]*st.x[t][l]) * ulps)
			valBound[l] += float64(float64(w.valWeight[t]*st.x[t][l]) * ulps)
		}
	}
	// Sums over n states, pairwise no worse than one after the other.
	ulps := float64(float64(len(w.chain.keys)+2) * roundingUlp)
	conv, val := w.sums()
	for l, r := range batch {
		out[r] = solution{conv[l], val[l], convBound[l] + float64(conv[l]*ulps), valBound[l] + float64(val[l]*ulps), sweeps}
	}
}

// sweepFinest is a sweep of Gauss and Seidel through the chain itself. It gives
// how much of conversions and value the changes weigh.
func (w *worker) sweepFinest() (conv, val lane) {
	st := &w.steps[0]
	var c0, c1, c2, c3, v0, v1, v2, v3 float64
	begin := 0
	for i := range st.blocks {
		b := &st.blocks[i]
		block := st.x[b.low:b.high]
		for r := b.row; r < b.rowEnd; r++ {
			end := st.ends[r]
			t := st.rows[r]
			var y lane
			gather(&y, st.weight[begin:end], st.from[begin:end], block)
			begin = end
			if l := w.lane[st.first[t]]; l >= 0 {
				y[l] = 1
			}
			x := &st.x[t]
			cw, vw := w.convWeight[t], w.valWeight[t]
			d0, d1, d2, d3 := math.Abs(y[0]-x[0]), math.Abs(y[1]-x[1]), math.Abs(y[2]-x[2]), math.Abs(y[3]-x[3])
			c0, v0 = c0+float64(cw*d0), v0+float64(vw*d0)
			c1, v1 = c1+float64(cw*d1), v1+float64(vw*d1)
			c2, v2 = c2+float64(cw*d2), v2+float64(vw*d2)
			c3, v3 = c3+float64(cw*d3), v3+float64(vw*d3)
			*x = y
		}
	}
	conv, val = lane{c0, c1, c2, c3}, lane{v0, v1, v2, v3}
	for _, t := range st.sources {
		y := lane{}
		if l := w.lane[st.first[t]]; l >= 0 {
			y[l] = 1
		}
		x := &st.x[t]
		for l := range lanes {
			d := math.Abs(y[l] - x[l])
			conv[l] += float64(w.convWeight[t] * d)
			val[l] += float64(w.valWeight[t] * d)
		}
		*x = y
	}
	return conv, val
}

// gather adds the weighted predecessors of a row.
func gather(y *lane, weight []float64, from []uint16, block []lane) {
	y0, y1, y2, y3 := y[0], y[1], y[2], y[3]
	from = from[:len(weight)]
	for e, f := range weight {
		x := &block[from[e]]
		y0 += float64(f * x[0])
		y1 += float64(f * x[1])
		y2 += float64(f * x[2])
		y3 += float64(f * x[3])
	}
	y[0], y[1], y[2], y[3] = y0, y1, y2, y3
}

// sweepCoarse is the same for the corrections of a coarser level, which are zero
// where the channel is removed.
func (w *worker) sweepCoarse(q int) {
	st := &w.steps[q]
	begin := 0
	put := func(t int32, y lane) {
		if l := w.lane[st.first[t]]; l >= 0 {
			y[l] = 0
		}
		st.x[t] = y
	}
	for _, b := range st.blocks {
		block := st.x[b.low:b.high]
		for r := b.row; r < b.rowEnd; r++ {
			t := st.rows[r]
			y := st.b[t]
			for l := range lanes {
				y[l] /= st.visits[t]
			}
			gather(&y, st.weight[begin:st.ends[r]], st.from[begin:st.ends[r]], block)
			begin = st.ends[r]
			put(t, y)
		}
	}
	for _, t := range st.sources {
		y := st.b[t]
		for l := range lanes {
			y[l] /= st.visits[t]
		}
		put(t, y)
	}
}

// restrict sums what is left of each equation for the next coarser level. As all
// successors of a state are in one of its groups, the edges are not needed.
func (w *worker) restrict(q int) {
	st := &w.steps[q]
	left := w.steps[q+1].b
	clear(left)
	for s := range st.x {
		x := &st.x[s]
		u := &left[st.group[s]]
		d := st.visits[s]
		for l := range lanes {
			u[l] -= float64(d * x[l])
		}
		if st.b != nil {
			b := &st.b[s]
			for l := range lanes {
				u[l] += b[l]
			}
		}
		if g := st.next[s]; g >= 0 {
			u := &left[g]
			d := st.onward[s]
			for l := range lanes {
				u[l] += float64(d * x[l])
			}
		}
	}
}

// prolong adds the corrections of the next coarser level.
func (w *worker) prolong(q int) {
	st := &w.steps[q]
	for s := range st.x {
		x, e := &st.x[s], &w.steps[q+1].x[st.group[s]]
		for l := range lanes {
			x[l] += e[l]
		}
	}
}

// correct solves a coarser level for what is left: the coarsest at once, the
// others by the next coarser and a sweep.
func (w *worker) correct(q int) {
	st := &w.steps[q]
	if st.coarser != nil {
		clear(st.x)
		w.restrict(q)
		w.correct(q + 1)
		w.prolong(q)
		w.sweepCoarse(q)
		return
	}
	n := len(st.first)
	for i := range n {
		var y lane
		for j, g := range w.inverse[i*n : i*n+n] {
			b := &st.b[j]
			for l := range lanes {
				y[l] += float64(g * b[l])
			}
		}
		st.x[i] = y
	}
	for l, r := range w.batch {
		c := int(w.coarse[r])
		f := st.x[c][l] / w.inverse[c*n+c]
		for i := range n {
			st.x[i][l] -= float64(w.inverse[i*n+c] * f)
		}
		st.x[c][l] = 0
	}
}
