package flow

import (
	"encoding/json"
	"math"
	"math/bits"
	"sort"
	"time"

	"github.com/leadloop/leadloop/internal/num"
)

// The ways in which a spell ends.
const (
	censored = iota // not yet: it is under way
	converted
	lost
	aside
	endings
)

// times gathers how long spells took, in ticks. Only marginal counts are needed: how many were at risk at a time is how
// many came under observation before it less how many ended before it.
type times struct {
	starts     int64              // spells that were watched from their beginning
	late       histogram          // when the others came under observation, rounded down
	ends       [endings]histogram // when they ended, rounded up
	seconds    int64              // sum of the lengths of those that converted and were watched from the beginning
	fromStart  int64              // and their number
	unobserved int64              // spells that were over before they were watched
}

// add counts a spell of a length in nanoseconds that was under observation from some length on, 0 being its beginning. How
// a spell that was not watched from its beginning did begin is not asked: late says it.
func (t *times) add(tick *divisor, from, length int64, late bool, ending int) {
	if late && from >= length {
		t.unobserved = add(t.unobserved, 1)
		return
	}
	if late {
		t.late.count(tick.divide(from))
	} else {
		t.starts = add(t.starts, 1)
		if ending == converted {
			t.seconds = add(t.seconds, length/int64(time.Second))
			t.fromStart = add(t.fromStart, 1)
		}
	}
	t.ends[ending].count(tick.divide(length + tick.by - 1))
}

// A divisor divides by a number above 0 that is known before, by a product with its reciprocal.
type divisor struct {
	by         int64
	reciprocal uint64 // ⌊(2⁶⁴−1)/by⌋
}

func newDivisor(by int64) divisor { return divisor{by, math.MaxUint64 / uint64(by)} }

// divide gives ⌊v/by⌋ of a number that is not negative.
func (d *divisor) divide(v int64) int64 {
	high, _ := bits.Mul64(uint64(v), d.reciprocal)
	q := int64(high) // too small by at most two
	for rest := v - q*d.by; rest >= d.by; rest -= d.by {
		q++
	}
	return q
}

func (t *times) merge(o *times) {
	t.starts = add(t.starts, o.starts)
	t.late.merge(&o.late)
	for i := range t.ends {
		t.ends[i].merge(&o.ends[i])
	}
	t.seconds = add(t.seconds, o.seconds)
	t.fromStart = add(t.fromStart, o.fromStart)
	t.unobserved = add(t.unobserved, o.unobserved)
}

// A sample is times as sorted lists, from which curves are estimated.
type sample struct {
	starts int64
	late   []bin
	ends   [endings][]bin
	table  []risk
	tick   time.Duration
}

// A risk is one instant at which something ended.
type risk struct {
	time   int64
	atRisk int64
	events [endings]int64
}

// sample lists the times, and the instants in ticks at which spells ended otherwise than by censoring, with the number at
// risk.
func (t *times) sample(tick time.Duration) sample {
	s := sample{starts: t.starts, late: t.late.bins(), tick: tick}
	size := 0
	for i := range t.ends {
		s.ends[i] = t.ends[i].bins()
		if i != censored {
			size = max(size, len(s.ends[i]))
		}
	}
	lists, late, atRisk := s.ends, s.late, s.starts
	s.table = make([]risk, 0, size)
	for {
		next := int64(math.MaxInt64)
		for i := range lists {
			if len(lists[i]) > 0 {
				next = min(next, lists[i][0].value)
			}
		}
		if next == math.MaxInt64 {
			return s
		}
		for len(late) > 0 && late[0].value < next {
			atRisk = add(atRisk, late[0].count)
			late = late[1:]
		}
		row := risk{time: next, atRisk: atRisk}
		ended := false
		for i := range lists {
			if len(lists[i]) > 0 && lists[i][0].value == next {
				row.events[i] = lists[i][0].count
				atRisk -= row.events[i]
				lists[i] = lists[i][1:]
				ended = ended || i != censored
			}
		}
		if ended {
			s.table = append(s.table, row)
		}
	}
}

// atRisk is how many spells are under way just before a length in ticks.
func (s *sample) atRisk(at int64) int64 {
	n := add(s.starts, below(s.late, at))
	for i := range s.ends {
		n -= below(s.ends[i], at)
	}
	return n
}

// A Point is one step of a [Curve].
type Point struct {
	Time     time.Duration
	AtRisk   int64   // spells under way just before
	Events   int64   // spells that ended then in the curve's way
	Share    float64 // estimated to have ended in the curve's way by then
	StdError float64 // of the share, Greenwood's
	of       method
}

// method says of which quantity the log–log interval is taken.
type method uint8

const (
	kaplanMeier   method = iota // of the share that has not ended
	aalenJohansen               // of the share that has ended in the curve's way
)

// z is the quantile of the normal distribution for intervals of 95 %.
const z = 1.959963984540054

// Interval is the interval of 95 % of the share. Where the share is 0 or 1 there is none, and it is that share.
func (p Point) Interval() (low, high float64) {
	if p.Share <= 0 || p.Share >= 1 {
		return p.Share, p.Share
	}
	s := p.Share
	if p.of == kaplanMeier {
		s = 1 - s
	}
	centre, spread := logLog(s, p.StdError)
	low, high = num.Exp(-num.Exp(centre+spread)), num.Exp(-num.Exp(centre-spread))
	if p.of == kaplanMeier {
		return 1 - high, 1 - low
	}
	return low, high
}

// logLog gives log(−log s) and half the width of its interval.
func logLog(s, stdError float64) (centre, spread float64) {
	l := num.Log(s)
	return num.Log(-l), math.Abs(float64(z*stdError) / float64(s*l))
}

// reaches tells whether the point's share and the limits of its interval are at least q.
func (p Point) reaches(q, logLogQ float64) (share, low, high bool) {
	share = p.Share >= q-rounding
	if p.Share <= 0 || p.Share >= 1 {
		return share, false, false // there is no interval
	}
	s := p.Share
	if p.of == kaplanMeier {
		s = 1 - s // the share is at least q where this is at most 1−q, whose log–log is at least logLogQ
	}
	centre, spread := logLog(s, p.StdError)
	if p.of == kaplanMeier {
		return share, centre-spread >= logLogQ-rounding, centre+spread >= logLogQ-rounding
	}
	return share, centre+spread <= logLogQ+rounding, centre-spread <= logLogQ+rounding
}

// rounding is what products of shares may be off by without moving a quantile.
const rounding = 1e-10

// A Curve is the estimated share of spells that have ended in one way, by their length: a step function that is 0 at the
// beginning. Where spells are still under way it says what may be expected of those, too.
type Curve struct {
	Spells   int64    `json:"spells"`   // that were measured
	Late     int64    `json:"late"`     // of them, those that were watched only from later than their beginning
	Events   int64    `json:"events"`   // of them, those that ended in the curve's way
	Others   int64    `json:"others"`   // of them, those that ended in other ways: competing (Aalen–Johansen) or taken as censored (Kaplan–Meier)
	Censored int64    `json:"censored"` // of them, those that are under way
	Median   Quantile `json:"median"`
	P90      Quantile `json:"p90"`
	Marks    []Mark   `json:"marks"` // at customary lengths of time, as far as anything was observed
	Points   []Point  `json:"-"`     // at every length at which a spell ended in the curve's way or, Aalen–Johansen, in another
	Until    Span     `json:"until"` // the longest length that was observed; the curve says nothing beyond
	method   method
}

// A Quantile is the length of time by which a share of the spells have ended, with an interval of 95 %: from where the upper
// limit of the curve reaches the share to where the lower one does. Any of them may not be reached: fewer have ended so far.
type Quantile struct {
	Span
	Low, High Span
}

type quantileJSON struct {
	Time Span `json:"time"`
	Low  Span `json:"low"`
	High Span `json:"high"`
}

// MarshalJSON writes an object with time, low and high.
func (q Quantile) MarshalJSON() ([]byte, error) {
	return json.Marshal(quantileJSON{q.Span, q.Low, q.High})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (q *Quantile) UnmarshalJSON(data []byte) error {
	var v quantileJSON
	if err := json.Unmarshal(data, &v); err != nil {
		return err
	}
	*q = Quantile{v.Time, v.Low, v.High}
	return nil
}

// A Mark is the curve at a length of time.
type Mark struct {
	Time   Span    `json:"time"`
	AtRisk int64   `json:"at_risk"` // spells under way just before
	Share  float64 `json:"share"`
	Low    float64 `json:"low"` // interval of 95 %
	High   float64 `json:"high"`
}

// marks are the lengths that people ask for, in days.
var marks = [...]int64{1, 7, 14, 30, 60, 90, 180, 365}

// curve estimates the share that ends in one way. With competing, the other ways are risks that compete for the spell;
// otherwise they are taken as censored.
func (s *sample) curve(way int, competing bool) Curve {
	c := Curve{Late: total(s.late), Marks: []Mark{}}
	c.Spells = add(s.starts, c.Late)
	last := int64(-1)
	for i, list := range s.ends {
		n := total(list)
		switch i {
		case way:
			c.Events = n
		case censored:
			c.Censored = n
		default:
			c.Others = add(c.Others, n)
		}
		if len(list) > 0 {
			last = max(last, list[len(list)-1].value)
		}
	}
	if last >= 0 {
		c.Until = spanOf(last, s.tick)
	}
	if competing {
		c.method = aalenJohansen
		c.incidence(s.table, way, s.tick)
	} else {
		c.product(s.table, way, s.tick)
	}
	c.Median, c.P90 = c.Quantile(0.5), c.Quantile(0.9)
	for _, days := range marks {
		at := time.Duration(days) * 24 * time.Hour
		if !c.Until.Reached || at > c.Until.Time {
			break
		}
		p := c.At(at)
		low, high := p.Interval()
		// Rounded up, as all ends are: what ends in the tick of the mark is at risk at it.
		c.Marks = append(c.Marks, Mark{Span{at, true}, s.atRisk(int64((at + s.tick - 1) / s.tick)), p.Share, low, high})
	}
	return c
}

// product is the estimate of Kaplan and Meier with Greenwood's variance.
func (c *Curve) product(table []risk, way int, tick time.Duration) {
	s, sum := 1.0, 0.0
	for i := range table {
		d, n := table[i].events[way], table[i].atRisk
		if d == 0 {
			continue
		}
		s = float64(s * (float64(n-d) / float64(n)))
		se := 0.0 // once all have ended, also when those that are watched only from later are at risk again
		if s > 0 {
			sum += float64(d) / float64(float64(n)*float64(n-d))
			se = float64(s * math.Sqrt(sum))
		}
		c.Points = append(c.Points, Point{Time: spanTime(table[i].time, tick), AtRisk: n, Events: d, Share: 1 - s, StdError: se})
	}
}

// incidence is the estimate of Aalen and Johansen with Greenwood's variance. With S(u−) the share under way just before u, p and
// q the shares of those at risk that end at u in the curve's way and in any way, and G(u,t) = (F(t) − F(u))/S(u) the
// share of those under way after u that end in the curve's way by t,
//
//	Var F(t) = Σ S(u−)²/n · ( p(1−p) − 2·G·p(1−q) + G²·q(1−q) )   over u ≤ t,
//
// which is expanded in powers of F(t) so that one pass over the instants suffices.
func (c *Curve) incidence(table []risk, way int, tick time.Duration) {
	s, f := 1.0, 0.0
	var a, b0, b1, c0, c1, c2 float64
	for i := range table {
		row := &table[i]
		n := float64(row.atRisk)
		all := row.events[converted] + row.events[lost] + row.events[aside]
		p, q := float64(row.events[way])/n, float64(all)/n
		rest := float64(row.atRisk-all) / n
		before := s
		f += float64(before * p)
		s = float64(before * rest)
		a += float64(float64(before*before)*float64(p*(1-p))) / n
		if all < row.atRisk {
			b := float64(before*p) / n
			b0 += b
			b1 += float64(b * f)
			e := q / float64(n*rest)
			c0 += e
			c1 += float64(e * f)
			c2 += float64(float64(e*f) * f)
		}
		variance := a - float64(2*(float64(b0*f)-b1)) + (float64(float64(c0*f)*f) - float64(2*float64(c1*f)) + c2)
		c.Points = append(c.Points, Point{Time: spanTime(row.time, tick), AtRisk: row.atRisk, Events: row.events[way], Share: f,
			StdError: math.Sqrt(max(0, variance)), of: aalenJohansen})
	}
}

// At is the curve at a length of time: its last step until then, or the zero Point, a share of 0, before the first. Beyond
// [Curve].Until nothing is known, and it is the last step.
func (c *Curve) At(length time.Duration) Point {
	i := sort.Search(len(c.Points), func(i int) bool { return c.Points[i].Time > length }) - 1
	if i < 0 {
		return Point{}
	}
	return c.Points[i]
}

// Quantile is the length of time by which the share q, between 0 and 1, have ended.
func (c *Curve) Quantile(q float64) Quantile {
	var out Quantile
	if !(q > 0 && q < 1) {
		return out
	}
	target := q
	if c.method == kaplanMeier {
		target = 1 - q
	}
	logLogQ := num.Log(-num.Log(target))
	for _, p := range c.Points {
		share, low, high := p.reaches(q, logLogQ)
		for _, s := range []struct {
			is bool
			to *Span
		}{{share, &out.Span}, {low, &out.High}, {high, &out.Low}} {
			if s.is && !s.to.Reached {
				*s.to = Span{p.Time, true}
			}
		}
		if out.Reached && out.High.Reached && out.Low.Reached {
			break
		}
	}
	return out
}
