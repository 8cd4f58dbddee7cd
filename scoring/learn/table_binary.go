package learn

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"
)

// tableMagic begins every table that is written; the last byte is the version.
const tableMagic = "leadloop table\x01"

// MarshalBinary writes the table. Tables of the same leads, in whatever order they were added and
// merged, give the same bytes. It never fails. The bytes hold the values that leads have, as the
// table does: of a column that identifies people they tell as much as the column.
func (t *Table) MarshalBinary() ([]byte, error) {
	b := t.appendColumns([]byte(tableMagic))
	b = t.total.append(b)
	for i := range t.cells {
		k := &t.cells[i]
		b = k.missing.append(b)
		b = binary.AppendUvarint(b, uint64(len(k.numbers)+len(k.texts)))
		for _, x := range slices.SortedFunc(maps.Keys(k.numbers), cmp.Compare[float64]) {
			b = k.numbers[x].append(binary.BigEndian.AppendUint64(b, math.Float64bits(x)))
		}
		for _, text := range slices.Sorted(maps.Keys(k.texts)) {
			b = k.texts[text].append(appendText(b, text))
		}
	}
	return b, nil
}

// UnmarshalBinary replaces the table's counts by those that were written of a table with the same
// columns; else it is an [ErrColumn]. Bytes that no table writes are [ErrDamaged]. After an error
// nothing has changed.
func (t *Table) UnmarshalBinary(data []byte) error {
	r := binaryReader{rest: string(data)}
	if r.take(int64(len(tableMagic))) != tableMagic {
		return fmt.Errorf("%w: they do not begin with %q", ErrDamaged, tableMagic[:len(tableMagic)-1])
	}
	columns := t.appendColumns(nil)
	if r.take(int64(len(columns))) != string(columns) {
		return fmt.Errorf("%w: the bytes are of a table with other columns", ErrColumn)
	}
	total := r.tableCounts()
	cells := make([]tally, len(t.cells))
	for i := range cells {
		if !cells[i].read(&r, t.cells[i].texts != nil, total) {
			return ErrDamaged
		}
	}
	if r.bad || len(r.rest) > 0 || total.Sum() > mostOutcomes {
		return ErrDamaged
	}
	t.total, t.cells = total, cells
	return nil
}

// read reads the values of one column; false if they are not as they are written, or are not those
// of all leads.
func (k *tally) read(r *binaryReader, texts bool, total Counts) bool {
	all := r.tableCounts()
	k.missing = all
	n := r.number(int64(len(r.rest)))
	if texts {
		k.texts = make(map[string]Counts, min(n, 1<<16))
	} else {
		k.numbers = make(map[float64]Counts, min(n, 1<<16))
	}
	last, before := math.Inf(-1), ""
	for i := int64(0); i < n && !r.bad; i++ {
		var c Counts
		if texts {
			text := r.take(r.number(int64(len(r.rest))))
			if c = r.tableCounts(); i > 0 && text <= before {
				return false
			}
			k.texts[text], before = c, text
		} else {
			x := r.float()
			if c = r.tableCounts(); !finite(x) || !(x > last) || x == 0 && math.Float64bits(x) != 0 {
				return false
			}
			k.numbers[x], last = c, x
		}
		if all.add(c); c.Sum() == 0 || all.Sum() > mostOutcomes {
			return false
		}
	}
	return !r.bad && all == total
}

// appendColumns writes names and types.
func (t *Table) appendColumns(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(t.columns)))
	for _, c := range t.columns {
		b = appendText(appendText(b, c.Name), string(c.Type))
	}
	return b
}

func appendText(b []byte, text string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

func (c Counts) append(b []byte) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(b, uint64(c.Positive)), uint64(c.Negative))
}

func (r *binaryReader) tableCounts() Counts {
	return Counts{Positive: r.number(mostOutcomes), Negative: r.number(mostOutcomes)}
}

func (r *binaryReader) float() float64 {
	if text := r.take(8); len(text) == 8 {
		return math.Float64frombits(binary.BigEndian.Uint64([]byte(text)))
	}
	return 0
}
