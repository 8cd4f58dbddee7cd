package main

import (
	"fmt"
	"math"
	"runtime"
	"time"
)

// A workload is a question that several candidates answer. The first candidate is leadloop's: the others are compared
// with it, in answers first and in time then.
type workload struct {
	name       string
	per        string // what ns, bytes and allocs are for: one lead, one step, one journey …
	inputs     int    // how many inputs there are; a batch goes through them all, once or more
	divide     int    // how many things one input holds, where it is more than one
	same       bool   // every input has the same answer
	candidates []candidate
	lacks      []lack
}

// A candidate answers a workload's question. Answers are the same number for all candidates.
type candidate struct {
	name   string
	answer func(input int) int64
	// pass goes through all inputs, where a call of answer for each would take much of the time itself.
	pass func() int64
	// values, where an answer is a list of fractions: they may differ by 1e-9.
	values func(input int) []float64
	apart  bool // it answers another question, and is there to compare times with
	asked  asked
}

// asked is what was asked of a ratio: the candidate's time over ours.
type asked struct{ least, most float64 }

// lack is what a candidate can't express.
type lack struct{ candidate, what string }

// measured is what a candidate takes for one thing: its fastest batch.
type measured struct {
	candidate
	nanoseconds, bytes, allocations float64
	per                             float64 // things in one pass through the inputs
	inputs                          int
	repeats, batches                int
}

// pace says how long to measure.
type pace struct {
	rounds  int           // batches of each candidate
	quiet   time.Duration // length of a batch of a candidate that leaves no garbage
	garbage time.Duration // of one that does: the batch has to include its collection, as it would in a service
	clock   clock
	limit   time.Duration // after which a workload ends, if it has had the fewest rounds: so that a busy machine does not take for ever
}

const fewestRounds = 5

// A clock tells the time that counts: what has elapsed, or what all cores have worked.
type clock func() time.Duration

var started = time.Now()

func elapsedTime() time.Duration { return time.Since(started) }

var clocks = map[string]clock{"wall": elapsedTime, "cpu": processorTime}

var usual = pace{rounds: 30, quiet: 3 * time.Millisecond, garbage: 40 * time.Millisecond, clock: elapsedTime, limit: 20 * time.Second}

func (m *measured) once() {
	if m.pass != nil {
		runtime.KeepAlive(m.pass())
		return
	}
	var sum int64
	for input := range m.inputs {
		sum += m.answer(input)
	}
	runtime.KeepAlive(sum) // or the compiler might leave out what nobody looks at
}

func (m *measured) batch(clock clock) time.Duration {
	start := clock()
	for range m.repeats {
		m.once()
	}
	return clock() - start
}

// settling is how many passes are looked at before the measuring.
const settling = 3

// settle counts memory and finds how many passes make a batch.
func (m *measured) settle(p pace) {
	m.repeats, m.nanoseconds = 1, math.Inf(1)
	m.once()
	once, mallocs, bytes := time.Duration(math.MaxInt64), uint64(math.MaxUint64), uint64(0)
	for range settling { // the least, since the runtime allocates a little now and then
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		took := m.batch(p.clock)
		runtime.ReadMemStats(&after)
		once = min(once, took)
		if n := after.Mallocs - before.Mallocs; n < mallocs {
			mallocs, bytes = n, after.TotalAlloc-before.TotalAlloc
		}
	}
	m.allocations, m.bytes = float64(mallocs)/m.per, float64(bytes)/m.per
	length := p.quiet
	if m.allocations > 0 {
		length = p.garbage
	}
	m.repeats = 1 + int(length/max(once, 1))
}

// measure runs all candidates by turns, so that what disturbs the machine disturbs all alike. Before each batch the
// garbage of the others is collected, and one pass fills the caches anew.
func (w workload) measure(p pace) []measured {
	all := make([]measured, len(w.candidates))
	for i, c := range w.candidates {
		all[i] = measured{candidate: c, inputs: w.inputs, per: float64(w.inputs * max(w.divide, 1))}
		all[i].settle(p)
	}
	start := time.Now()
	for round := range p.rounds {
		if round >= fewestRounds && time.Since(start) > p.limit {
			break
		}
		for i := range all {
			m := &all[i]
			m.batches++
			runtime.GC()
			m.once()
			m.nanoseconds = min(m.nanoseconds, float64(m.batch(p.clock).Nanoseconds())/(float64(m.repeats)*m.per))
		}
	}
	return all
}

// agree holds the answers of all candidates, for every input, against those of the first.
func (w workload) agree() error {
	distinct := map[int64]bool{}
	for input := range w.inputs {
		first := w.candidates[0]
		want := first.answer(input)
		distinct[want] = true
		for _, c := range w.candidates[1:] {
			switch {
			case c.apart:
			case c.values != nil:
				if err := near(first.values(input), c.values(input)); err != nil {
					return fmt.Errorf("%s, input %d: %s: %w", w.name, input, c.name, err)
				}
			default:
				if got := c.answer(input); got != want {
					return fmt.Errorf("%s, input %d: %s says %d, %s says %d", w.name, input, c.name, got, first.name, want)
				}
			}
		}
	}
	if (len(distinct) == 1) != w.same && w.inputs > 1 {
		return fmt.Errorf("%s: there are %d answers: agreement tells nothing", w.name, len(distinct))
	}
	return nil
}

func near(want, got []float64) error {
	if len(got) != len(want) {
		return fmt.Errorf("%d values instead of %d", len(got), len(want))
	}
	for i := range want {
		if !(math.Abs(got[i]-want[i]) <= 1e-9*max(1, math.Abs(want[i]))) {
			return fmt.Errorf("value %d is %v instead of %v", i, got[i], want[i])
		}
	}
	return nil
}
