package learn

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/leadloop/leadloop/scoring"
)

// sampleMagic begins every sample that is written; the last byte is the version.
const sampleMagic = "leadloop sample\x01"

// mostOutcomes bounds what is counted, so that no sum overflows.
const mostOutcomes = 1 << 50

// MarshalBinary writes the sample. Samples of the same outcomes, in whatever order they were
// added and merged, give the same bytes. It never fails.
func (s *Sample) MarshalBinary() ([]byte, error) {
	b := append([]byte(nil), sampleMagic...)
	b = s.card.appendFingerprint(b)
	b = binary.AppendUvarint(b, uint64(len(s.rows)))
	for _, code := range slices.Sorted(maps.Keys(s.rows)) {
		b = binary.AppendUvarint(b, uint64(len(code)))
		b = append(b, code...)
		b = binary.AppendUvarint(b, uint64(s.rows[code]))
	}
	return b, nil
}

// UnmarshalBinary replaces the sample's outcomes by those that were written of a sample of the
// same model, version and all; else it is [ErrOtherModel]. After an error nothing has changed.
func (s *Sample) UnmarshalBinary(data []byte) error {
	r := binaryReader{rest: string(data)}
	if err := r.head(sampleMagic, s.card); err != nil {
		return err
	}
	n := r.number(int64(len(r.rest)))
	rows := make(map[string]int64, min(n, 1<<16))
	size, before := int64(0), ""
	for i := int64(0); i < n && !r.bad; i++ {
		code := r.take(r.number(int64(len(r.rest))))
		count := r.number(mostOutcomes)
		if r.bad || count == 0 || size+count > mostOutcomes || i > 0 && code <= before {
			return ErrDamaged
		}
		if _, ok := s.card.decode(code); !ok {
			return ErrDamaged
		}
		rows[code], before = count, code
		size += count
	}
	if r.bad || len(r.rest) > 0 {
		return ErrDamaged
	}
	s.rows, s.size = rows, size
	return nil
}

// row is an outcome of a sample.
type row struct {
	hits       []hit // sorted by slot
	verdicts   [2]Verdict
	dates      [3]day // offered, answered, closed
	propensity scoring.Points
}

// The bytes of a row are how many bytes its hits take, the hits, a byte of verdicts, the dates and
// the propensity. Rows with the same hits are therefore neighbours when sorted.

// encode writes an outcome's row into the buffer.
func (s *Sample) encode(o *Outcome) error {
	if err := o.check(); err != nil {
		return err
	}
	hits, err := s.reader.read(o.Hits)
	if err != nil {
		return err
	}
	slices.SortFunc(hits, func(a, b hit) int { return int(a.slot) - int(b.slot) })
	r := row{hits: hits, verdicts: [2]Verdict{o.Accepted, o.Won}, propensity: o.Propensity}
	for i, at := range [3]time.Time{o.Offered, o.Answered, o.Closed} {
		r.dates[i], _ = dayOf(at)
	}
	if r.propensity == 0 {
		r.propensity = scoring.Point
	}
	s.buffer = s.card.encode(s.buffer[:0], &r)
	return nil
}

// hitsHead is how many bytes say how many bytes the hits take.
const hitsHead = 3

func (c *card) encode(b []byte, r *row) []byte {
	b = append(b, 0, 0, 0)
	last := int32(-1)
	for _, h := range r.hits {
		gap := uint64(h.slot-last) << 1
		if h.given == c.slots[h.slot].points && !c.slots[h.slot].computed {
			b = binary.AppendUvarint(b, gap)
		} else {
			b = binary.AppendVarint(binary.AppendUvarint(b, gap|1), int64(h.given))
		}
		last = h.slot
	}
	length := len(b) - hitsHead
	b[0], b[1], b[2] = byte(length>>16), byte(length>>8), byte(length)
	b = append(b, byte(r.verdicts[0])*3+byte(r.verdicts[1]))
	for _, d := range r.dates {
		b = binary.AppendUvarint(b, uint64(d))
	}
	return binary.AppendUvarint(b, uint64(r.propensity))
}

// decode reads a row; false if no outcome is written like that.
func (c *card) decode(code string) (row, bool) {
	if len(code) < hitsHead {
		return row{}, false
	}
	hits, ok := c.decodeHits(nil, hitsOf(code))
	r := row{hits: hits}
	if !ok || !r.decodeRest(code[hitsHead+len(hitsOf(code)):]) {
		return row{}, false
	}
	return r, string(c.encode(nil, &r)) == code
}

// hitsOf cuts the bytes of the hits out of those of a row.
func hitsOf(code string) string {
	length := int(code[0])<<16 | int(code[1])<<8 | int(code[2])
	return code[hitsHead:min(len(code), hitsHead+length)]
}

// decodeHits appends the hits that bytes hold.
func (c *card) decodeHits(hits []hit, code string) ([]hit, bool) {
	r := binaryReader{rest: code}
	last, rule := int32(-1), -1
	for len(r.rest) > 0 {
		head := r.number(math.MaxInt32)
		at := int64(last) + head>>1
		if r.bad || c == nil || head < 2 || at >= int64(len(c.slots)) {
			return nil, false
		}
		s := &c.slots[at]
		h := hit{int32(at), s.points}
		if head&1 != 0 {
			h.given = scoring.Points(r.integer())
		}
		if r.bad || s.rule == rule || !s.allows(h.given) {
			return nil, false
		}
		hits, last, rule = append(hits, h), h.slot, s.rule
	}
	return hits, true
}

// decodeRest reads what follows the hits.
func (r *row) decodeRest(code string) bool {
	b := binaryReader{rest: code}
	verdicts := b.number(8)
	r.verdicts = [2]Verdict{Verdict(verdicts / 3), Verdict(verdicts % 3)}
	last := day(0)
	for i := range r.dates {
		d := day(b.number(int64(lastDay)))
		if d != 0 && d < last {
			return false
		}
		r.dates[i], last = d, max(d, last)
	}
	r.propensity = scoring.Points(b.number(int64(scoring.Point)))
	return !b.bad && len(b.rest) == 0 && r.propensity > 0 &&
		(r.verdicts[1] == Pending || r.verdicts[0] == Positive) &&
		(r.verdicts[0] != Pending || r.dates[1] == 0) && (r.verdicts[1] != Pending || r.dates[2] == 0)
}

// appendFingerprint writes which model counts belong to.
func (c *card) appendFingerprint(b []byte) []byte {
	if c == nil {
		c = new(card)
	}
	return append(b, c.fingerprint[:]...)
}

// binaryReader reads what has been written. Where that fails it is bad, and gives zeros.
type binaryReader struct {
	rest string
	bad  bool
}

// head reads the magic and the fingerprint.
func (r *binaryReader) head(magic string, of *card) error {
	if r.take(int64(len(magic))) != magic {
		return fmt.Errorf("%w: they do not begin with %q", ErrDamaged, magic[:len(magic)-1])
	}
	want := of.appendFingerprint(nil)
	fingerprint := r.take(int64(len(want)))
	switch {
	case r.bad:
		return ErrDamaged
	case fingerprint != string(want):
		return fmt.Errorf("%w, or under another version of it: read it under that one", ErrOtherModel)
	}
	return nil
}

func (r *binaryReader) take(n int64) string {
	if r.bad || n > int64(len(r.rest)) {
		r.bad = true
		return ""
	}
	taken := r.rest[:n]
	r.rest = r.rest[n:]
	return taken
}

// number reads a number up to a limit.
func (r *binaryReader) number(most int64) int64 {
	v := r.varint()
	if v > uint64(most) {
		r.bad = true
		return 0
	}
	return int64(v)
}

// integer reads a number with a sign.
func (r *binaryReader) integer() int64 {
	v := r.varint()
	return int64(v>>1) ^ -int64(v&1)
}

// varint reads the shortest form of a number alone, so that there is but one of each.
func (r *binaryReader) varint() (v uint64) {
	for n := 0; n < len(r.rest) && n < binary.MaxVarintLen64 && !r.bad; n++ {
		b := r.rest[n]
		v |= uint64(b&0x7f) << (7 * n)
		if b >= 0x80 {
			continue
		}
		if n > 0 && b == 0 || n == binary.MaxVarintLen64-1 && b > 1 {
			break
		}
		r.rest = r.rest[n+1:]
		return v
	}
	r.bad = true
	return 0
}
