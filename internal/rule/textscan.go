package rule

import (
	"math/bits"
	"regexp"
	"regexp/syntax"
)

// textScanner decides many tests on one text together: however many needles are
// looked for, each sieve passes over the text once. It is safe for concurrent use.
type textScanner struct {
	words []textWord // of 64 tests each
}

// textWord is 64 tests. A set of tests is a word with a bit for each.
type textWord struct {
	always   uint64 // what every text passes
	empty    uint64 // what the empty text passes, and no other
	sieves   []sieve
	starts   *anchored // by the text's first byte
	ends     *anchored // by its last
	patterns []textPattern
	bare     uint64 // the tests without needles: patterns decide them for every text
	partial  uint64 // those that patterns decide for texts that hold a needle
}

// textPattern decides by regular expression, where needles can't.
type textPattern struct {
	test  uint64
	doubt byteSet // it decides for every text that holds one of these bytes
	expr  *regexp.Regexp
}

// foundNeedle is a needle and the tests that it decides.
type foundNeedle struct {
	textNeedle
	tests uint64
}

// addNeedle adds a needle to those of other tests, which may look for the same.
func addNeedle(needles []foundNeedle, found foundNeedle) []foundNeedle {
	for i := range needles {
		if at, ok := differ(needles[i].textNeedle, found.textNeedle); ok && at < 0 {
			needles[i].tests |= found.tests
			return needles
		}
	}
	return append(needles, found)
}

func newTextScanner(tests []textTest) *textScanner {
	s := &textScanner{words: make([]textWord, max(1, (len(tests)+63)/64))}
	for i := range s.words {
		s.words[i] = newTextWord(tests[64*i : min(64*i+64, len(tests))])
	}
	return s
}

func newTextWord(tests []textTest) textWord {
	var w textWord
	var loose, starts, ends []foundNeedle
	var doubt byteSet
	for i, t := range tests {
		test := uint64(1) << i
		form, ok := t.form()
		if !ok {
			w.patterns = append(w.patterns, textPattern{test: test, expr: t.regexp()})
			w.bare |= test
			continue
		}
		if form.partial || form.doubt != (byteSet{}) {
			w.patterns = append(w.patterns, textPattern{test, form.doubt, t.regexp()})
			doubt.union(form.doubt)
		}
		if form.partial {
			w.partial |= test
		}
		for _, n := range form.needles {
			switch found := (foundNeedle{n, test}); {
			case n.always():
				w.always |= test
			case len(n.bytes) == 0:
				w.empty |= test
			case n.atStart():
				starts = append(starts, found)
			case n.atEnd():
				ends = append(ends, found)
			default:
				loose = addNeedle(loose, found)
			}
		}
	}
	w.starts, w.ends = newAnchored(starts, false), newAnchored(ends, true)
	w.sieves = newSieves(loose, doubt)
	return w
}

// scan sets the bit of each test that the text passes: hits has 64 to a word,
// the first in the lowest bit, and is zero on entry.
func (s *textScanner) scan(text string, hits []uint64) {
	for i := range hits {
		hits[i] = s.words[i].scan(text)
	}
}

// scan64 is scan for at most 64 tests.
func (s *textScanner) scan64(text string) uint64 {
	return s.words[0].scan(text)
}

func (w *textWord) scan(text string) uint64 {
	hits, doubtful := w.always, false
	if text == "" {
		hits |= w.empty
	} else {
		for i := range w.sieves {
			found, doubt := w.sieves[i].scan(text)
			hits |= found
			doubtful = doubtful || doubt
		}
		if w.starts != nil {
			hits |= w.starts.scan(text, text[0])
		}
		if w.ends != nil {
			hits |= w.ends.scan(text, text[len(text)-1])
		}
	}
	if open := w.bare | w.partial&hits; open != 0 || doubtful {
		hits = w.match(text, hits, open, doubtful)
	}
	return hits
}

// match asks the patterns of the open tests, and of those with a byte in doubt.
func (w *textWord) match(text string, hits, open uint64, doubtful bool) uint64 {
	for i := range w.patterns {
		p := &w.patterns[i]
		if open&p.test == 0 && !(doubtful && p.doubt.in(text)) {
			continue
		}
		hits &^= p.test
		if p.expr.MatchString(text) {
			hits |= p.test
		}
	}
	return hits
}

// in tells whether the text holds a byte of the set.
func (s *byteSet) in(text string) bool {
	for i := range len(text) {
		if s.has(text[i]) {
			return true
		}
	}
	return false
}

// at tells whether the needle stands at an offset of the text.
func (n *textNeedle) at(text string, offset int) bool {
	if offset < 0 || len(text)-offset < len(n.bytes) {
		return false
	}
	for i := range n.bytes {
		if !n.bytes[i].has(text[offset+i]) {
			return false
		}
	}
	for _, a := range n.asserts {
		if a.op&^contextAt(text, offset+a.at) != 0 {
			return false
		}
	}
	return true
}

// contextAt tells which assertions hold at an offset. Only ASCII counts: a byte
// of another character is neither part of a word nor a line break.
func contextAt(text string, offset int) syntax.EmptyOp {
	before, after := rune(-1), rune(-1)
	if offset > 0 {
		before = rune(text[offset-1])
	}
	if offset < len(text) {
		after = rune(text[offset])
	}
	return syntax.EmptyOpContext(before, after)
}

// in tells whether the needle stands anywhere in the text.
func (n *textNeedle) in(text string) bool {
	for i := 0; i+len(n.bytes) <= len(text); i++ {
		if n.bytes[0].has(text[i]) && n.at(text, i) {
			return true
		}
	}
	return false
}

// anchored are needles that stand at one end of the text, by the byte there.
type anchored struct {
	end    bool
	byByte [256]uint16 // index in groups; the first is empty
	groups [][]foundNeedle
}

func newAnchored(needles []foundNeedle, end bool) *anchored {
	if len(needles) == 0 {
		return nil
	}
	a := &anchored{end: end, groups: [][]foundNeedle{nil}}
	for b := range 256 {
		var group []foundNeedle
		for _, n := range needles {
			set := n.bytes[0]
			if end {
				set = n.bytes[len(n.bytes)-1]
			}
			if set.has(byte(b)) {
				group = append(group, n)
			}
		}
		if group != nil {
			a.byByte[b] = uint16(len(a.groups))
			a.groups = append(a.groups, group)
		}
	}
	return a
}

func (a *anchored) scan(text string, edge byte) (hits uint64) {
	group := a.groups[a.byByte[edge]]
	for i := range group {
		n := &group[i]
		offset := 0
		if a.end {
			offset = len(text) - len(n.bytes)
		}
		if n.at(text, offset) {
			hits |= n.tests
		}
	}
	return hits
}

// sieve looks for needles in one pass, by the shift-or method (Baeza-Yates and
// Gonnet, 1992) on lanes that are interleaved in a word, as in Hyperscan's FDR
// (Wang et al., 2019): bit stride*k+lane is zero if the text's last k+1 bytes
// are the first k+1 of the lane's needle.
type sieve struct {
	misses [256]uint64 // by byte: the bits of the places at which no needle has it
	wide   bool        // 16 lanes of 4 bytes; otherwise 8 of 8
	last   uint64      // the last bit of each lane
	lanes  [16]lane
}

// lane is one needle of a sieve.
type lane struct {
	foundNeedle
	sure bool // the needle has no more bytes than the lane, and no assertions
}

const (
	narrowLanes = 8
	wideLanes   = 16
)

// newSieves needs one sieve for a usual number of needles. The bytes in doubt
// are a needle that decides no test.
func newSieves(needles []foundNeedle, doubt byteSet) []sieve {
	if doubt != (byteSet{}) {
		needles = append(needles, foundNeedle{textNeedle: textNeedle{bytes: []byteSet{doubt}}})
	}
	var sieves []sieve
	for len(needles) > 0 {
		n := min(len(needles), wideLanes)
		sieves = append(sieves, newSieve(needles[:n]))
		needles = needles[n:]
	}
	return sieves
}

// newSieve makes a sieve of at most 16 needles.
func newSieve(needles []foundNeedle) sieve {
	s := sieve{wide: len(needles) > narrowLanes}
	stride := narrowLanes
	if s.wide {
		stride = wideLanes
	}
	for b := range s.misses {
		s.misses[b] = ^uint64(0)
	}
	for i, n := range needles {
		window := min(64/stride, len(n.bytes))
		for k := range window {
			for b := range s.misses {
				if n.bytes[k].has(byte(b)) {
					s.misses[b] &^= 1 << (stride*k + i)
				}
			}
		}
		s.last |= 1 << (stride*(window-1) + i)
		s.lanes[i] = lane{n, len(n.bytes) == window && len(n.asserts) == 0}
	}
	return s
}

// scan tells which tests the text passes by a needle of the sieve, and whether
// it holds a byte in doubt.
func (s *sieve) scan(text string) (hits uint64, doubt bool) {
	state, missed := ^uint64(0), ^uint64(0)
	mask := narrowLanes - 1
	if s.wide {
		mask = wideLanes - 1
		for i := range len(text) {
			state = state<<wideLanes | s.misses[text[i]]
			missed &= state
		}
	} else {
		for i := range len(text) {
			state = state<<narrowLanes | s.misses[text[i]]
			missed &= state
		}
	}
	for found := s.last &^ missed; found != 0; found &= found - 1 {
		l := &s.lanes[bits.TrailingZeros64(found)&mask]
		if l.sure || l.tests&^hits != 0 && l.in(text) {
			hits |= l.tests
			doubt = doubt || l.tests == 0
		}
	}
	return hits, doubt
}
