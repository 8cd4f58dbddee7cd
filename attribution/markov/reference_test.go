package markov_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/leadloop/leadloop/attribution"
	"github.com/leadloop/leadloop/attribution/markov"
)

// A row is a path in words.
type row struct {
	path string
	attribution.Counts
}

func pathsOf(t testing.TB, rows ...row) *attribution.Paths {
	t.Helper()
	p := attribution.NewPaths(0)
	for _, r := range rows {
		if err := p.Add(numbers(t, p.Channels(), r.path), r.Counts); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func numbers(t testing.TB, channels *attribution.Channels, path string) (out []uint16) {
	t.Helper()
	for name := range strings.SplitSeq(path, ">") {
		n, err := channels.Number([]byte(strings.TrimSpace(name)))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, n)
	}
	return out
}

// gramsOf adds rows to an aggregate.
func gramsOf(t testing.TB, order int, rows ...row) *markov.Grams {
	t.Helper()
	g, err := markov.New(order, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if err := g.Add(numbers(t, g.Channels(), r.path), r.Counts); err != nil {
			t.Fatal(err)
		}
	}
	return g
}

// A naive chain is what the conventions say, word by word: a map of states to
// what follows them.
type naive struct {
	index              map[string]int
	names              []string
	starts, conv, val  []float64
	out                []float64
	steps              map[[2]int]float64
	total, conversions float64
	value              float64
}

func newNaive(rows []row, order int) *naive {
	n := &naive{index: map[string]int{}, steps: map[[2]int]float64{}}
	state := func(s string) int {
		i, ok := n.index[s]
		if !ok {
			i = len(n.names)
			n.index[s] = i
			n.names = append(n.names, s)
			n.starts, n.conv, n.val, n.out = append(n.starts, 0), append(n.conv, 0), append(n.val, 0), append(n.out, 0)
		}
		return i
	}
	for _, r := range rows {
		w := float64(r.Conversions + r.Nulls)
		if w == 0 {
			continue
		}
		steps := strings.Split(strings.ReplaceAll(r.path, " ", ""), ">")
		var states []int
		for i := 0; i == 0 || i+order <= len(steps); i++ {
			s := state(">" + strings.Join(steps[i:min(len(steps), i+order)], ">") + ">")
			if len(states) == 0 || states[len(states)-1] != s {
				states = append(states, s)
			}
		}
		n.starts[states[0]] += w
		n.total += w
		n.conversions += float64(r.Conversions)
		n.value += float64(r.Value)
		for i, s := range states {
			n.out[s] += w
			if i+1 < len(states) {
				n.steps[[2]int{s, states[i+1]}] += w
			}
		}
		last := states[len(states)-1]
		n.conv[last] += float64(r.Conversions)
		n.val[last] += float64(r.Value)
	}
	return n
}

// expect gives the expected conversions and value when the states that hold the
// channel lead nowhere, by a dense solve with pivots; "" removes none.
func (n *naive) expect(channel string) (conv, val float64, visits []float64) {
	size := len(n.names)
	a := make([][]float64, size)
	for i := range a {
		a[i] = make([]float64, size+1)
		a[i][i] = 1
		a[i][size] = n.starts[i]
	}
	gone := func(i int) bool { return channel != "" && strings.Contains(n.names[i], ">"+channel+">") }
	for s, w := range n.steps {
		if !gone(s[0]) && !gone(s[1]) {
			a[s[1]][s[0]] -= w / n.out[s[0]]
		}
	}
	for p := range size {
		best := p
		for i := p; i < size; i++ {
			if math.Abs(a[i][p]) > math.Abs(a[best][p]) {
				best = i
			}
		}
		a[p], a[best] = a[best], a[p]
		for i := p + 1; i < size; i++ {
			if f := a[i][p] / a[p][p]; f != 0 {
				for j := p; j <= size; j++ {
					a[i][j] -= f * a[p][j]
				}
			}
		}
	}
	visits = make([]float64, size)
	for p := size - 1; p >= 0; p-- {
		v := a[p][size]
		for j := p + 1; j < size; j++ {
			v -= a[p][j] * visits[j]
		}
		visits[p] = v / a[p][p]
	}
	for i, v := range visits {
		if !gone(i) {
			conv += v * n.conv[i] / n.out[i]
			val += v * n.val[i] / n.out[i]
		}
	}
	return conv, val, visits
}

// iterate does the same by following all journeys step by step.
func (n *naive) iterate(channel string) (conv, val float64) {
	gone := func(i int) bool { return channel != "" && strings.Contains(n.names[i], ">"+channel+">") }
	at := append([]float64(nil), n.starts...)
	for range 100_000 {
		next := make([]float64, len(at))
		rest := 0.0
		for i, v := range at {
			if !gone(i) {
				conv += v * n.conv[i] / n.out[i]
				val += v * n.val[i] / n.out[i]
			}
		}
		for s, w := range n.steps {
			if !gone(s[0]) && !gone(s[1]) {
				next[s[1]] += at[s[0]] * w / n.out[s[0]]
			}
		}
		for _, v := range next {
			rest += v
		}
		if at = next; rest < 1e-15*n.total {
			break
		}
	}
	return conv, val
}

func near(a, b, tolerance float64) bool { return math.Abs(a-b) <= tolerance }

// randomRows makes paths over a few channels, with repeats and loops.
func randomRows(r *rand.Rand, channels, rows, length int) (out []row) {
	for range rows {
		var b strings.Builder
		last := -1
		for i := range 1 + r.IntN(length) {
			if i > 0 {
				b.WriteString(" > ")
			}
			if last < 0 || r.IntN(4) > 0 {
				last = r.IntN(channels)
			}
			fmt.Fprintf(&b, "c%d", last)
		}
		c := attribution.Counts{Nulls: int64(r.IntN(5))}
		if r.IntN(2) == 0 {
			c.Conversions = int64(1 + r.IntN(4))
			c.Value = int64(r.IntN(3)) * int64(r.IntN(1000))
		}
		out = append(out, row{b.String(), c})
	}
	return out
}

// checkNaive compares a fit with the dense solve for each channel.
func checkNaive(t *testing.T, rows []row, order int, tolerance float64) *markov.Model {
	t.Helper()
	m, err := gramsOf(t, order, rows...).Fit()
	if err != nil {
		t.Fatalf("%v\n%v", err, rows)
	}
	n := newNaive(rows, order)
	for _, c := range m.Channels {
		conv, val, _ := n.expect(c.Name)
		if want := 1 - conv/n.conversions; !near(c.RemovalEffect, want, tolerance) {
			t.Fatalf("order %d, removal effect of %s: %.17g, want %.17g\n%v", order, c.Name, c.RemovalEffect, want, rows)
		}
		want := 0.0
		if n.value > 0 {
			want = 1 - val/n.value
		}
		if !near(c.ValueRemovalEffect, want, tolerance) {
			t.Fatalf("order %d, value removal effect of %s: %.17g, want %.17g\n%v", order, c.Name, c.ValueRemovalEffect, want, rows)
		}
		if c.ErrorBound > 1e-11 || c.ValueErrorBound > 1e-11 {
			t.Fatalf("order %d: bounds %g and %g of %s", order, c.ErrorBound, c.ValueErrorBound, c.Name)
		}
	}
	return m
}

func TestFitAgreesWithADenseSolve(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 4000 {
		rows := randomRows(r, 1+r.IntN(6), 1+r.IntN(12), 1+r.IntN(12))
		rows[0].Conversions++
		checkNaive(t, rows, 1+i%4, 1e-11)
	}
}

func TestFitAgreesWithPowerIteration(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for i := range 400 {
		rows := randomRows(r, 2+r.IntN(4), 1+r.IntN(8), 1+r.IntN(8))
		rows[0].Conversions++
		order := 1 + i%4
		m, err := gramsOf(t, order, rows...).Fit()
		if err != nil {
			t.Fatal(err)
		}
		n := newNaive(rows, order)
		for _, c := range m.Channels {
			conv, _ := n.iterate(c.Name)
			if want := 1 - conv/n.conversions; !near(c.RemovalEffect, want, 1e-11) {
				t.Fatalf("order %d, %s: %v, want %v\n%v", order, c.Name, c.RemovalEffect, want, rows)
			}
		}
	}
}

// The fitted chain converts as often as was observed, and at order 1 its visits
// are those observed: the reference itself must agree with the rows.
func TestFittedChainRepeatsWhatWasObserved(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for i := range 300 {
		rows := randomRows(r, 2+r.IntN(5), 2+r.IntN(12), 1+r.IntN(10))
		rows[0].Conversions++
		n := newNaive(rows, 1+i%4)
		conv, val, visits := n.expect("")
		if !near(conv, n.conversions, 1e-9) || !near(val, n.value, 1e-6) {
			t.Fatalf("order %d: %v conversions and %v value, want %v and %v", 1+i%4, conv, val, n.conversions, n.value)
		}
		for s, v := range visits {
			if !near(v, n.out[s], 1e-9*n.out[s]) {
				t.Fatalf("order %d: %v visits of %s, want %v", 1+i%4, v, n.names[s], n.out[s])
			}
		}
	}
}
