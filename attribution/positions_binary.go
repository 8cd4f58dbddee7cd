package attribution

import (
	"encoding/binary"
	"fmt"
	"math"
)

// positionsMagic begins the bytes of positions; its last byte is the version of the format.
const positionsMagic = "LLplaces\x01"

// MarshalBinary writes the positions: the same journeys, in whatever order and however sharded, give the same bytes. It never
// fails.
func (p *Positions) MarshalBinary() ([]byte, error) {
	numbers := p.sorted()
	b := []byte(positionsMagic)
	for _, n := range []int64{p.total.Conversions, p.total.Value, p.total.Nulls, int64(len(numbers))} {
		b = binary.AppendUvarint(b, uint64(n))
	}
	for _, n := range numbers {
		b = appendText(b, p.channels.Name(n))
	}
	for _, n := range numbers {
		b = p.present[n].append(b)
	}
	lengths := p.sortedLengths()
	b = binary.AppendUvarint(b, uint64(len(lengths)))
	for _, length := range lengths {
		at := p.lengths[length]
		b = binary.AppendUvarint(b, uint64(length))
		b = binary.AppendUvarint(b, uint64(at.used))
		for rank, n := range numbers {
			if s := at.find(n); s != nil {
				b = binary.AppendUvarint(b, uint64(rank))
				b = s.last.append(s.between.append(s.first.append(b)))
			}
		}
	}
	return b, nil
}

func (g gain) append(b []byte) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(b, uint64(g.conversions)), uint64(g.value))
}

// UnmarshalBinary replaces the positions, and their channels, by what [Positions.MarshalBinary] wrote. Memory is taken in proportion
// to the data alone. After an error, which wraps [ErrDamaged], nothing has changed. Only what MarshalBinary writes is read, and only
// sums that agree with each other: as many conversions stand last as first, and in their places between, and each channel takes part
// in as many as its places allow.
func (p *Positions) UnmarshalBinary(data []byte) error {
	read, ok := readPositions(data)
	if ok {
		again, _ := read.MarshalBinary()
		ok = string(again) == string(data)
	}
	if !ok {
		return fmt.Errorf("attribution: positions: %w", ErrDamaged)
	}
	*p = *read
	return nil
}

func readPositions(data []byte) (*Positions, bool) {
	if len(data) < len(positionsMagic) || string(data[:len(positionsMagic)]) != positionsMagic {
		return nil, false
	}
	r := byteReader{data: data[len(positionsMagic):]}
	p := NewPositions(nil)
	p.total = Counts{r.positive(), r.positive(), r.positive()}
	if _, ok := (Counts{}).plus(p.total); !ok {
		return nil, false
	}
	for n := r.number(); n > 0 && !r.bad; n-- {
		if _, err := p.channels.number(r.text()); err != nil {
			return nil, false
		}
	}
	p.grow()
	for i := range p.seen {
		p.seen[i] = true
	}
	for i := range p.present {
		p.present[i] = r.gain()
	}
	sum, least, most := gain{}, make([]gain, len(p.seen)), make([]gain, len(p.seen))
	for n := r.number(); n > 0 && !r.bad; n-- {
		length := r.positive()
		if length < 1 || int64(int(length)) != length || p.lengths[int(length)] != nil {
			return nil, false
		}
		at := p.ofLength(int(length))
		first, between, last := r.placed(at, len(p.seen))
		if r.bad || first.conversions == 0 || !first.fills(between, last, length) {
			return nil, false
		}
		touches, ok := p.bounded(int(length), first)
		if !ok {
			return nil, false
		}
		p.touches = touches
		sum.add(first) // bounded by touches, like those below
		for _, s := range at.slots {
			if s.channel == 0 {
				continue
			}
			i, f, b, l := s.channel-1, s.first, s.between, s.last
			least[i].add(gain{fewest(f.conversions, b.conversions, l.conversions, length), fewest(f.value, b.value, l.value, length)})
			most[i].add(gain{min(first.conversions, f.conversions+b.conversions+l.conversions), min(first.value, f.value+b.value+l.value)})
		}
	}
	if r.bad || len(r.data) > 0 || sum != (gain{p.total.Conversions, p.total.Value}) {
		return nil, false
	}
	for i, g := range p.present {
		if g.conversions < least[i].conversions || g.conversions > most[i].conversions || g.value < least[i].value || g.value > most[i].value {
			return nil, false
		}
		if g.conversions == 0 && p.total.Nulls == 0 {
			return nil, false // a channel of no path
		}
	}
	return p, p.total.Nulls == 0 || len(p.present) > 0
}

// fewest is what paths of a length have at least where a channel is in them, given what it has in their places: it stands
// first and last once, and between no more often than there are places.
func fewest(first, between, last, length int64) int64 {
	places := max(1, length-2)
	paths := between / places
	if between%places > 0 {
		paths++
	}
	return max(first, last, paths)
}

// fills reports whether paths of a length, with these first touches, have those between and those last.
func (g gain) fills(between, last gain, length int64) bool {
	if length == 1 {
		return between == gain{} && last == gain{}
	}
	places := length - 2
	if places > 0 && (g.conversions > between.conversions/places || g.value > between.value/places) {
		return false // and the products below fit
	}
	return last == g && between == gain{g.conversions * places, g.value * places}
}

// positive reads a number that an int64 holds.
func (r *byteReader) positive() int64 {
	n := int64(r.number())
	if n < 0 {
		r.bad, r.data = true, nil
		return 0
	}
	return n
}

// gain reads one; what has value has conversions.
func (r *byteReader) gain() gain {
	g := gain{r.positive(), r.positive()}
	if g.conversions == 0 && g.value > 0 {
		r.bad, r.data = true, nil
		return gain{}
	}
	return g
}

// placed reads what the channels of one length gained, each that gained anything, in the order of their ranks, and gives the
// sums by place.
func (r *byteReader) placed(at *placed, channels int) (first, between, last gain) {
	rank := int64(-1)
	for n := r.number(); n > 0 && !r.bad; n-- {
		next := r.positive()
		if next <= rank || next >= int64(channels) {
			r.bad = true
			return
		}
		rank = next
		s := at.of(uint16(rank))
		s.first, s.between, s.last = r.gain(), r.gain(), r.gain()
		fits := first.addIfFits(s.first) && between.addIfFits(s.between) && last.addIfFits(s.last)
		if !fits || s.first.conversions|s.between.conversions|s.last.conversions == 0 {
			r.bad = true
		}
	}
	return first, between, last
}

func (g *gain) addIfFits(h gain) bool {
	if h.conversions > math.MaxInt64-g.conversions || h.value > math.MaxInt64-g.value {
		return false
	}
	g.add(h)
	return true
}
