package attribution

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// pathsMagic begins the bytes of paths; its last byte is the version of the format.
const pathsMagic = "LLpaths\x01"

// MarshalBinary writes the paths: the same journeys, in whatever order and however sharded, give the same bytes. It never fails.
func (p *Paths) MarshalBinary() ([]byte, error) {
	channels, ranked := p.sorted()
	b := []byte(pathsMagic)
	for _, n := range []uint64{uint64(p.limit), uint64(p.longest), uint64(p.cut), uint64(len(channels))} {
		b = binary.AppendUvarint(b, n)
	}
	for _, n := range channels {
		name := p.channels.names[n]
		b = append(binary.AppendUvarint(b, uint64(len(name))), name...)
	}
	b = binary.AppendUvarint(b, uint64(len(ranked)))
	for _, r := range ranked {
		b = binary.AppendUvarint(b, uint64(len(r.path)/2))
		for i := 0; i < len(r.path); i += 2 {
			b = binary.AppendUvarint(b, uint64(binary.BigEndian.Uint16(r.path[i:])))
		}
		for _, n := range []int64{r.counts.Conversions, r.counts.Value, r.counts.Nulls} {
			b = binary.AppendUvarint(b, uint64(n))
		}
	}
	return b, nil
}

// UnmarshalBinary replaces the paths, and their limit, by what [Paths.MarshalBinary] wrote. Sizes are checked before memory is
// taken. After an error, which wraps [ErrDamaged], nothing has changed. Only what MarshalBinary would write is read.
func (p *Paths) UnmarshalBinary(data []byte) error {
	read, err := readPaths(data)
	if err != nil {
		return err
	}
	if again, _ := read.MarshalBinary(); string(again) != string(data) {
		return fmt.Errorf("attribution: paths: %w", ErrDamaged)
	}
	*p = *read
	return nil
}

func readPaths(data []byte) (*Paths, error) {
	damaged := fmt.Errorf("attribution: paths: %w", ErrDamaged)
	text, ok := strings.CutPrefix(string(data), pathsMagic)
	if !ok {
		return nil, damaged
	}
	rest := []byte(text)
	number := func(most uint64) int64 {
		n, size := binary.Uvarint(rest)
		if size <= 0 || n > most {
			ok = false
			return 0
		}
		rest = rest[size:]
		return int64(n)
	}
	const most = 1<<63 - 1
	const mostInt = int64(^uint(0) >> 1)
	p := NewPaths(int(number(uint64(mostInt))))
	p.longest, p.cut = int(number(uint64(mostInt))), number(most)
	for range number(MaxChannels) {
		size := number(uint64(len(rest)))
		if !ok || size > int64(len(rest)) {
			return nil, damaged
		}
		if _, err := p.channels.Number(rest[:size]); err != nil {
			return nil, damaged
		}
		rest = rest[size:]
	}
	for range number(uint64(len(rest))) {
		p.scratch = p.scratch[:0]
		for range number(uint64(len(rest))) {
			n := number(MaxChannels)
			if !ok || n >= int64(p.channels.Len()) {
				return nil, damaged
			}
			p.scratch = binary.BigEndian.AppendUint16(p.scratch, uint16(n))
		}
		c := Counts{number(most), number(most), number(most)}
		total, fits := p.total.plus(c)
		if !ok || !fits || len(p.scratch) == 0 || c == (Counts{}) || c.Value > 0 && c.Conversions == 0 || p.longest > 0 && len(p.scratch) > 2*p.longest {
			return nil, damaged
		}
		p.total = total
		p.put(p.scratch, c)
	}
	if !ok || len(rest) > 0 || p.cut > p.total.Conversions+p.total.Nulls || p.longest == 0 && p.cut > 0 || p.limit > 0 && p.longest != 1 && len(p.keys) > p.limit || p.limit == 0 && p.longest > 0 {
		return nil, damaged
	}
	return p, nil
}
