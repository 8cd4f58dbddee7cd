package flow

import (
	"encoding/binary"
	"iter"
	"slices"
	"time"

	"github.com/leadloop/leadloop/funnel"
)

// A Log gathers rows that come in any order into journeys, for a host whose rows are not together by lead. It keeps every row,
// in about 20 bytes, and every id. The zero Log is empty. It is not safe for concurrent use: give each goroutine its own and
// merge them.
type Log struct {
	leads   map[string]int32
	about   map[int32]*about
	last    []int64 // by lead: where its latest row is, plus one; 0 for none
	blocks  [][]byte
	names   []string // of stages, events and reasons
	numbers map[string]uint64
	ids     []string
}

// about is what is known of a lead besides its rows.
type about struct {
	observed time.Time
	segments []string
}

// blockSize is the room for rows that is taken at once; a row does not cross blocks.
const blockSize = 1 << 20

// Add takes a row.
func (l *Log) Add(lead string, s Step) {
	i := l.lead(lead)
	var buffer [160]byte
	b := binary.AppendUvarint(buffer[:0], uint64(l.last[i]))
	sec, nano := s.At.Unix(), s.At.Nanosecond()
	flags := byte(0)
	for bit, is := range [...]bool{nano != 0, s.From != "", s.Reason != "", s.Version != 0, s.Amount != 0, s.Line != 0, !s.Amended.IsZero(), s.Event != ""} {
		if is {
			flags |= 1 << bit
		}
	}
	b = append(b, flags)
	b = binary.AppendVarint(b, sec-epoch)
	b = binary.AppendUvarint(b, l.number(string(s.Stage)))
	if flags&1 != 0 {
		b = binary.AppendUvarint(b, uint64(nano))
	}
	if flags&2 != 0 {
		b = binary.AppendUvarint(b, l.number(string(s.From)))
	}
	if flags&4 != 0 {
		b = binary.AppendUvarint(b, l.number(string(s.Reason)))
	}
	for _, v := range [...]int64{s.Version, s.Amount, int64(s.Line)} {
		if v != 0 {
			b = binary.AppendVarint(b, v)
		}
	}
	if flags&64 != 0 {
		b = binary.AppendVarint(b, s.Amended.Unix()-epoch)
		b = binary.AppendUvarint(b, uint64(s.Amended.Nanosecond()))
		b = binary.AppendVarint(b, s.Corrects)
	}
	if flags&128 != 0 {
		b = binary.AppendUvarint(b, l.number(string(s.Event)))
	}
	n := len(l.blocks)
	if n == 0 || len(l.blocks[n-1])+len(b) > blockSize {
		l.blocks = append(l.blocks, make([]byte, 0, blockSize))
		n++
	}
	l.last[i] = int64(n-1)*blockSize + int64(len(l.blocks[n-1])) + 1
	l.blocks[n-1] = append(l.blocks[n-1], b...)
}

// epoch is what times are written from, so that those of today are short: 2020.
const epoch = 1577836800

// AddTransition takes a transition of a policy as a row of the lead that its ID names.
func (l *Log) AddTransition(tr funnel.Transition) { l.Add(tr.ID, StepOf(tr)) }

// Observe says since when a lead is watched, as [Journey].Observed; of several times the latest holds.
func (l *Log) Observe(lead string, since time.Time) {
	a := l.known(lead)
	if since = since.UTC().Round(0); since.After(a.observed) {
		a.observed = since
	}
}

// Segment puts a lead into segments, as [Journey].Segments.
func (l *Log) Segment(lead string, names ...string) {
	if len(names) == 0 {
		return
	}
	a := l.known(lead)
	for _, name := range names {
		if !slices.Contains(a.segments, name) {
			a.segments = append(a.segments, name)
		}
	}
}

// Len is the number of leads.
func (l *Log) Len() int { return len(l.last) }

// Merge adds the rows of another log, which stays as it is.
func (l *Log) Merge(o *Log) {
	for j := range o.Journeys() {
		l.lead(j.Lead)
		for _, s := range j.Steps {
			l.Add(j.Lead, s)
		}
		if !j.Observed.IsZero() {
			l.Observe(j.Lead, j.Observed)
		}
		l.Segment(j.Lead, j.Segments...)
	}
}

// Journeys gives what is known of each lead, in the order in which they first came. The steps of a journey are valid until the next one.
func (l *Log) Journeys() iter.Seq[Journey] {
	return func(yield func(Journey) bool) {
		var steps []Step
		for k := 0; k < len(l.ids); k++ {
			i, id := int32(k), l.ids[k]
			steps = steps[:0]
			for at := l.last[i]; at > 0; {
				var s Step
				at = l.read(at-1, &s)
				steps = append(steps, s)
			}
			slices.Reverse(steps)
			j := Journey{Lead: id, Steps: steps}
			if a := l.about[i]; a != nil {
				j.Observed, j.Segments = a.observed, a.segments
			}
			if !yield(j) {
				return
			}
		}
	}
}

// read takes a row from where it is, and gives where the one before it is.
func (l *Log) read(at int64, s *Step) (before int64) {
	b := l.blocks[at/blockSize][at%blockSize:]
	unsigned := func() uint64 {
		v, n := binary.Uvarint(b)
		b = b[n:]
		return v
	}
	signed := func() int64 {
		v, n := binary.Varint(b)
		b = b[n:]
		return v
	}
	before = int64(unsigned())
	flags := b[0]
	b = b[1:]
	sec := signed() + epoch
	s.Stage = funnel.Stage(l.names[unsigned()])
	nano := int64(0)
	if flags&1 != 0 {
		nano = int64(unsigned())
	}
	s.At = time.Unix(sec, nano).UTC()
	if flags&2 != 0 {
		s.From = funnel.Stage(l.names[unsigned()])
	}
	if flags&4 != 0 {
		s.Reason = funnel.Reason(l.names[unsigned()])
	}
	if flags&8 != 0 {
		s.Version = signed()
	}
	if flags&16 != 0 {
		s.Amount = signed()
	}
	if flags&32 != 0 {
		s.Line = int(signed())
	}
	if flags&64 != 0 {
		sec := signed() + epoch
		s.Amended = time.Unix(sec, int64(unsigned())).UTC()
		s.Corrects = signed()
	}
	if flags&128 != 0 {
		s.Event = funnel.Event(l.names[unsigned()])
	}
	return before
}

func (l *Log) lead(id string) int32 {
	if i, ok := l.leads[id]; ok {
		return i
	}
	if l.leads == nil {
		l.leads = map[string]int32{}
	}
	i := int32(len(l.last))
	l.leads[id] = i
	l.last = append(l.last, 0)
	l.ids = append(l.ids, id)
	return i
}

func (l *Log) known(id string) *about {
	i := l.lead(id)
	if l.about[i] == nil {
		if l.about == nil {
			l.about = map[int32]*about{}
		}
		l.about[i] = &about{}
	}
	return l.about[i]
}

// number gives a name's place in the list of names.
func (l *Log) number(name string) uint64 {
	if n, ok := l.numbers[name]; ok {
		return n
	}
	if l.numbers == nil {
		l.numbers = map[string]uint64{}
	}
	n := uint64(len(l.names))
	l.numbers[name] = n
	l.names = append(l.names, name)
	return n
}
