package main

import (
	"cmp"
	"encoding/binary"
	"errors"
	"slices"
	"strings"

	"github.com/leadloop/leadloop/attribution"
)

// There are as many different paths as it pleases buyers: more than one worker holds, if there are billions of touches. So paths are
// shared out by their hash among keys, each of which has its own attribution.Paths; of each the most frequent paths are kept; and
// those of all keys are put together. A path is with one key only, so that the counts are exact.

// pathCount is one journey along a path.
type pathCount struct {
	steps  []string // channels; none if nothing was touched before the conversion
	counts attribution.Counts
}

// pather makes paths of journeys. It is not safe for concurrent use.
type pather struct {
	channels attribution.Channels
	paths    *attribution.JourneyPaths
}

func (e *engine) pather() (*pather, error) {
	p := &pather{}
	var err error
	p.paths, err = attribution.NewJourneyPaths(&p.channels, e.plan.Lookback, e.plan.AsOf)
	return p, err
}

// of gives the paths of a journey.
func (p *pather) of(j attribution.Journey) ([]pathCount, error) {
	paths, err := p.paths.Of(j)
	if err != nil {
		return nil, err
	}
	var list []pathCount
	for path := range paths {
		c := pathCount{counts: path.Counts}
		for _, n := range path.Channels {
			c.steps = append(c.steps, p.channels.Name(n))
		}
		list = append(list, c)
	}
	return list, nil
}

// key is the key that counts a path.
func (p pathCount) key(keys int) int {
	return int(hashOf(strings.Join(p.steps, "\x00")) % uint32(keys))
}

// addTo counts the path; one without a touch is not for it.
func (p pathCount) addTo(paths *attribution.Paths) error {
	var numbers []uint16
	for _, step := range p.steps {
		n, err := paths.Channels().Number([]byte(step))
		if err != nil {
			return err
		}
		numbers = append(numbers, n)
	}
	return paths.Add(numbers, p.counts)
}

// topPaths is the aggregate of the most frequent paths, of paths that are counted with different keys.
type topPaths struct {
	most      int
	different int64              // paths
	all       attribution.Counts // along them
	untouched attribution.Counts // without a touch to begin with
	rows      []pathCount        // the most frequent first
}

// topOf takes the most frequent of a key's paths.
func topOf(paths *attribution.Paths, untouched attribution.Counts, most int) *topPaths {
	t := &topPaths{most: most, different: int64(paths.Len()), all: paths.Total(), untouched: untouched}
	for path, counts := range paths.All() {
		row := pathCount{counts: counts}
		for _, n := range path {
			row.steps = append(row.steps, paths.Channels().Name(n))
		}
		t.rows = append(t.rows, row)
	}
	t.cut()
	return t
}

// cut keeps the most frequent paths: by conversions, then value, then journeys that did not convert, then the names of the channels.
func (t *topPaths) cut() {
	slices.SortFunc(t.rows, func(a, b pathCount) int {
		return cmp.Or(cmp.Compare(b.counts.Conversions, a.counts.Conversions), cmp.Compare(b.counts.Value, a.counts.Value),
			cmp.Compare(b.counts.Nulls, a.counts.Nulls), slices.Compare(a.steps, b.steps))
	})
	t.rows = t.rows[:min(len(t.rows), t.most)]
}

func (t *topPaths) merge(other aggregate) error {
	o := other.(*topPaths)
	var err error
	t.different += o.different
	t.all, err = plus(t.all, o.all)
	if err == nil {
		t.untouched, err = plus(t.untouched, o.untouched)
	}
	t.rows = append(t.rows, o.rows...)
	t.cut()
	return err
}

// plus sums counts of different journeys.
func plus(a, b attribution.Counts) (attribution.Counts, error) {
	sum := attribution.Counts{Conversions: a.Conversions + b.Conversions, Value: a.Value + b.Value, Nulls: a.Nulls + b.Nulls}
	if sum.Conversions < a.Conversions || sum.Value < a.Value || sum.Nulls < a.Nulls {
		return a, errors.New("paths: the sum of all journeys does not fit 64 bits: report shorter periods")
	}
	return sum, nil
}

// kept gives the kept paths as an aggregate of the library, for its canonical bytes and for models that look at paths.
func (t *topPaths) kept() (*attribution.Paths, error) {
	paths := attribution.NewPaths(0)
	for _, row := range t.rows {
		if err := row.addTo(paths); err != nil {
			return nil, err
		}
	}
	return paths, nil
}

const topMagic = "LBpaths\x01"

func appendCounts(b []byte, c attribution.Counts) []byte {
	return binary.AppendVarint(binary.AppendVarint(binary.AppendVarint(b, c.Conversions), c.Value), c.Nulls)
}

func (w *wire) counts() attribution.Counts {
	return attribution.Counts{Conversions: w.varint(), Value: w.varint(), Nulls: w.varint()}
}

func appendPath(b []byte, p pathCount) []byte {
	b = binary.AppendUvarint(b, uint64(len(p.steps)))
	for _, step := range p.steps {
		b = appendText(b, step)
	}
	return appendCounts(b, p.counts)
}

func (w *wire) path() pathCount {
	var p pathCount
	for range w.count(1) {
		p.steps = append(p.steps, w.text())
	}
	p.counts = w.counts()
	return p
}

// MarshalBinary writes canonical bytes.
func (t *topPaths) MarshalBinary() ([]byte, error) {
	b := binary.AppendVarint([]byte(topMagic), t.different)
	b = appendCounts(appendCounts(b, t.all), t.untouched)
	b = binary.AppendUvarint(b, uint64(len(t.rows)))
	for _, row := range t.rows {
		b = appendPath(b, row)
	}
	return b, nil
}

// UnmarshalBinary reads what MarshalBinary wrote, into one made for the same plan.
func (t *topPaths) UnmarshalBinary(data []byte) error {
	w := &wire{rest: data}
	w.magic(topMagic)
	read := topPaths{most: t.most, different: w.varint(), all: w.counts(), untouched: w.counts()}
	for range w.count(4) {
		read.rows = append(read.rows, w.path())
	}
	if err := w.done(); err != nil {
		return err
	}
	*t = read
	return nil
}

// pathSums counts the paths of one key.
type pathSums struct {
	paths     *attribution.Paths
	untouched attribution.Counts
}

func newPathSums() *pathSums { return &pathSums{paths: attribution.NewPaths(0)} }

func (s *pathSums) add(p pathCount) error {
	if len(p.steps) > 0 {
		return p.addTo(s.paths)
	}
	var err error
	s.untouched, err = plus(s.untouched, p.counts)
	return err
}

func (s *pathSums) merge(other aggregate) error {
	o := other.(*pathSums)
	var err error
	if s.untouched, err = plus(s.untouched, o.untouched); err != nil {
		return err
	}
	return s.paths.Merge(o.paths)
}

const sumsMagic = "LBpsums\x01"

// MarshalBinary writes canonical bytes.
func (s *pathSums) MarshalBinary() ([]byte, error) {
	paths, err := s.paths.MarshalBinary()
	return appendBlock(appendCounts([]byte(sumsMagic), s.untouched), paths), err
}

// UnmarshalBinary reads what MarshalBinary wrote.
func (s *pathSums) UnmarshalBinary(data []byte) error {
	w := &wire{rest: data}
	w.magic(sumsMagic)
	untouched, paths := w.counts(), w.block()
	if err := w.done(); err != nil {
		return err
	}
	s.untouched = untouched
	return s.paths.UnmarshalBinary(paths)
}
