package markov

import (
	"math"
	"slices"

	"github.com/leadloop/leadloop/attribution"
	"github.com/leadloop/leadloop/internal/num"
)

// A Sample says how to draw a bootstrap.
type Sample struct {
	Replicates int     `json:"replicates"` // how often to draw all journeys anew, up to 100,000; 200 are usual
	Level      float64 `json:"level"`      // the share of replicates that an interval holds, such as 0.9
	Seed       uint64  `json:"seed"`       // the same seed gives the same bits
}

// Intervals are what a bootstrap found.
type Intervals struct {
	Channels []Interval `json:"channels"` // in order of their names
	Empty    int        `json:"empty"`    // replicates without a conversion, which are left out
}

// An Interval says between which limits the figures of a channel lie in the
// stated share of replicates. It tells of chance alone, and of nothing that the
// model gets wrong.
type Interval struct {
	Name               string `json:"name"`
	RemovalEffect      Range  `json:"removal_effect"`
	ValueRemovalEffect Range  `json:"value_removal_effect"`
	ConversionShare    Range  `json:"conversion_share"`
	ValueShare         Range  `json:"value_share"`
}

// A Range is from Low to High, both included.
type Range struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Bootstrap fits the chain again and again to journeys that are drawn anew, and
// gives the percentile interval of each figure (Efron, 1979). Each of the n
// journeys along a path that had the same end comes as often as a Poisson number
// of mean n says (Hanley and MacGibbon, 2006): exact below 16, above it a normal
// number with its skewness corrected. A conversion that is drawn is worth the
// mean of its path.
//
// It takes as long as so many fits. Besides the errors of [Fit], it fails with
// [ErrSample].
func Bootstrap(paths *attribution.Paths, order int, s Sample) (*Intervals, error) {
	if s.Replicates < 1 || s.Replicates > 100_000 || !(s.Level > 0 && s.Level < 1) {
		return nil, ErrSample
	}
	whole, err := Fit(paths, order)
	if err != nil {
		return nil, err
	}
	out := &Intervals{}
	// By channel and figure, one number of each replicate.
	figures := make([][4][]float64, len(whole.Channels))
	for i := range s.Replicates {
		d := draw(s.Seed + uint64(i)*0xD1342543DE82EF95)
		m, err := d.fit(paths, order)
		if err == ErrNoConversions || err == ErrEmpty {
			out.Empty++
			continue
		}
		if err != nil {
			return nil, err
		}
		j := 0
		for at, c := range whole.Channels {
			var drawn Channel
			if j < len(m.Channels) && m.Channels[j].Name == c.Name {
				drawn = m.Channels[j]
				j++
			}
			f := &figures[at]
			for n, x := range [4]float64{drawn.RemovalEffect, drawn.ValueRemovalEffect, drawn.ConversionShare, drawn.ValueShare} {
				f[n] = append(f[n], x)
			}
		}
	}
	if out.Empty == s.Replicates {
		return nil, ErrNoConversions
	}
	for at, c := range whole.Channels {
		f := &figures[at]
		out.Channels = append(out.Channels, Interval{c.Name, between(f[0], s.Level), between(f[1], s.Level), between(f[2], s.Level), between(f[3], s.Level)})
	}
	return out, nil
}

// between gives the middle part of what was found.
func between(found []float64, level float64) Range {
	slices.Sort(found)
	cut := int(math.Floor(float64(float64(len(found))*(1-level)) / 2))
	return Range{found[cut], found[len(found)-1-cut]}
}

// A draw is a stream of random numbers (splitmix64, Steele and others, 2014).
type draw uint64

func (d *draw) next() uint64 {
	*d += 0x9E3779B97F4A7C15
	z := uint64(*d)
	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9
	z = (z ^ (z >> 27)) * 0x94D049BB133111EB
	return z ^ (z >> 31)
}

// unit gives a number above 0 and up to 1.
func (d *draw) unit() float64 { return float64(d.next()>>11+1) / (1 << 53) }

// fit fits a chain to journeys that are drawn anew.
func (d *draw) fit(paths *attribution.Paths, order int) (*Model, error) {
	g, err := New(order, paths.Channels())
	if err != nil {
		return nil, err
	}
	for path, c := range paths.All() {
		drawn := attribution.Counts{Conversions: d.poisson(c.Conversions), Nulls: d.poisson(c.Nulls)}
		if drawn.Conversions > 0 {
			v, ok := num.MulDiv(c.Value, drawn.Conversions, c.Conversions)
			if !ok {
				return nil, ErrOverflow
			}
			drawn.Value = v
		}
		if err := g.Add(path, drawn); err != nil {
			return nil, err
		}
	}
	return g.Fit()
}

// poisson draws a Poisson number of the mean.
func (d *draw) poisson(mean int64) int64 {
	if mean == 0 {
		return 0
	}
	if mean < 16 {
		n := int64(-1)
		for p, least := 1.0, num.Exp(-float64(mean)); p >= least; n++ {
			p = float64(p * d.unit())
		}
		return n
	}
	z := d.normal()
	x := float64(mean) + float64(math.Sqrt(float64(mean))*z) + (float64(z*z)-1)/6
	if x >= 1<<62 {
		return mean
	}
	return max(0, int64(math.RoundToEven(x)))
}

// normal draws a standard normal number (Marsaglia's polar method, 1964).
func (d *draw) normal() float64 {
	for {
		u, v := float64(2*d.unit())-1, float64(2*d.unit())-1
		if s := float64(u*u) + float64(v*v); s > 0 && s < 1 {
			return float64(u * math.Sqrt(-2*num.Log(s)/s))
		}
	}
}
