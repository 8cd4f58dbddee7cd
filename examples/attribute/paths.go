package main

import (
	"bytes"
	"errors"
	"math/bits"
	"unicode/utf8"

	"github.com/leadloop/leadloop/attribution"
)

// pathReader reads tables of paths into what the models need.
type pathReader struct {
	digits int
	names  names // with the same numbers as the collector's channels
	path   []uint16
	take   func(path []uint16, c attribution.Counts) error // what is done with a row; it may change the path
	*collector
}

func newPathReader(j job) *pathReader {
	p := &pathReader{digits: j.minorDigits, collector: newCollector(j.models)}
	p.take = p.add
	return p
}

const (
	emptyPath    fault = "is empty: a row needs one channel at least"
	emptyStep    fault = "has an empty step: write one channel between each two >"
	valueAlone         = "has a value, but no conversion that could have it: complete total_conversions"
	sumTooLarge        = "all rows together exceed 64 bits, of some models times the touches of their paths: check the numbers"
	manyChannels       = "the model can't take it (%v)"

	tooManyChannels fault = "has a channel too many: 65,535 can be told apart; are these campaigns?"
)

// read reads the rows of a table.
func (p *pathReader) read(f *file) {
	path, conversions, value, null := f.at[0], f.at[1], f.at[2], f.at[3]
	for f.next() {
		var c attribution.Counts
		var is fault
		cells := f.rows.cells
		if c.Conversions, is = parseCount(cells[conversions]); is != "" {
			f.cell("total_conversions", is)
			continue
		}
		if c.Value, is = parseAmount(cells[value], p.digits); is != "" {
			f.cell("total_conversion_value", is)
			continue
		}
		if c.Nulls, is = parseCount(cells[null]); is != "" {
			f.cell("total_null", is)
			continue
		}
		if c.Value > 0 && c.Conversions == 0 {
			f.row(valueAlone)
			continue
		}
		idle := c == attribution.Counts{}
		if is = p.steps(cells[path], idle); is != "" {
			f.cell("path", is)
			continue
		}
		if idle {
			continue
		}
		switch err := p.take(p.path, c); {
		case err == nil:
		case errors.Is(err, attribution.ErrOverflow):
			f.row(sumTooLarge)
		default:
			f.wrong.add(f.name, f.rows.line, manyChannels, err)
			return
		}
	}
}

// steps reads a path. Channels are new only where the whole path is sound, and where it counts.
func (p *pathReader) steps(cell []byte, idle bool) fault {
	p.path = p.path[:0]
	rest, checked := cell, false
	for {
		for len(rest) > 0 && blank(rest[0]) {
			rest = rest[1:]
		}
		w := word(rest)
		n := separator(w, rest)
		step := rest[:n]
		for len(step) > 0 && blank(step[len(step)-1]) {
			step = step[:len(step)-1]
		}
		k := w & (1<<(8*uint(len(step))) - 1)
		if len(step) > 8 {
			k = key(step)
		}
		number := p.names.findKey(k, step)
		if number < 0 {
			if !checked {
				checked = true
				if is := unsound(cell); is != "" || idle {
					return is
				}
			}
			if len(p.names.list) == attribution.MaxChannels {
				return tooManyChannels
			}
			p.collector.channels.Number(step)
			number = p.names.add(step)
		}
		p.path = append(p.path, uint16(number))
		if n == len(rest) {
			return ""
		}
		rest = rest[n+1:]
	}
}

// separator is where the next > stands, or where the path ends; w is the path's first word.
func separator(w uint64, rest []byte) int {
	const each = 0x0101010101010101
	w ^= '>' * each
	n := bits.TrailingZeros64((w-each)&^w&(0x80*each)) >> 3 // the first byte that is 0; 8 if none is
	if n < len(rest) && n < 8 {
		return n
	}
	if len(rest) > 8 {
		if n := bytes.IndexByte(rest[8:], '>'); n >= 0 {
			return 8 + n
		}
	}
	return len(rest)
}

// unsound says what is wrong with a path.
func unsound(cell []byte) fault {
	if len(trim(cell)) == 0 {
		return emptyPath
	}
	for step := range bytes.SplitSeq(cell, []byte(">")) {
		if len(trim(step)) == 0 {
			return emptyStep
		}
	}
	if !utf8.Valid(cell) {
		return noText
	}
	return ""
}
