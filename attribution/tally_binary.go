package attribution

import (
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
)

// tallyMagic begins the bytes of a tally; its last byte is the version of the format.
const tallyMagic = "LLtally\x01"

// MarshalBinary writes the tally: the same journeys under the same models and options, in whatever order and however
// sharded, give the same bytes. It never fails.
func (t *Tally) MarshalBinary() ([]byte, error) {
	b := t.appendConfiguration([]byte(tallyMagic))
	b = appendText(b, t.totals.currency)
	for _, n := range []int64{t.totals.revenue, t.totals.cost, t.totals.pipeline} {
		b = binary.AppendVarint(b, n)
	}
	for _, balance := range t.balances {
		b = balance.append(b)
	}
	return b, nil
}

func flag(set bool) byte {
	if set {
		return 1
	}
	return 0
}

func appendText(b []byte, text string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

// appendConfiguration writes all that makes two tallies comparable: options and models.
func (t *Tally) appendConfiguration(b []byte) []byte {
	if asOf := utc(t.options.AsOf); asOf.IsZero() {
		b = append(b, 0)
	} else {
		b = append(b, 1)
		b = binary.AppendVarint(b, asOf.Unix())
		b = binary.AppendVarint(b, int64(asOf.Nanosecond()))
	}
	b = binary.AppendUvarint(b, uint64(t.options.Origin.definition))
	b = binary.AppendUvarint(b, uint64(len(t.models)))
	for _, m := range t.models {
		b = appendText(b, m.name)
		b = appendText(b, m.direct)
		w := m.weights
		for _, n := range []int64{w.First, w.Lead, w.Opportunity, w.Last, w.Rest, int64(m.absent), int64(m.halfLife), int64(m.lookback)} {
			b = binary.AppendVarint(b, n)
		}
		b = append(b, flag(m.decay), flag(m.participation), flag(m.passes), flag(m.bounded))
	}
	return b
}

func (b *balance) append(out []byte) []byte {
	for _, n := range b.sums().all() {
		out = binary.AppendVarint(out, *n)
	}
	out = binary.AppendUvarint(out, uint64(len(b.channels)))
	for _, name := range slices.Sorted(maps.Keys(b.channels)) {
		c := b.channels[name]
		out = c.lineBalance.append(appendText(out, name))
		out = binary.AppendUvarint(out, uint64(len(c.campaigns)))
		for _, campaign := range slices.Sorted(maps.Keys(c.campaigns)) {
			out = c.campaigns[campaign].append(appendText(out, campaign))
		}
	}
	return out
}

func (l *lineBalance) append(out []byte) []byte {
	for _, n := range l.sums().all() {
		out = binary.AppendVarint(out, *n)
	}
	return binary.AppendUvarint(out, uint64(l.Conversions.Part))
}

// UnmarshalBinary replaces what the tally holds by what [Tally.MarshalBinary] of one with the same options and models wrote: make
// it with [NewTally] first. The error wraps [ErrIncompatible] if the other had other options or models, or [ErrDamaged]; then
// nothing has changed. Memory is taken in proportion to the data alone. Only what MarshalBinary writes is read, and only sums that
// agree with each other: channels with their campaigns, and with the whole.
func (t *Tally) UnmarshalBinary(data []byte) error {
	if len(data) < len(tallyMagic) || string(data[:len(tallyMagic)]) != tallyMagic {
		return fmt.Errorf("attribution: tally: %w", ErrDamaged)
	}
	own := t.appendConfiguration([]byte(tallyMagic))
	if len(t.models) > 0 && len(data) < len(own) && string(own[:len(data)]) == string(data) {
		return fmt.Errorf("attribution: tally: %w", ErrDamaged) // cut off
	}
	if len(t.models) == 0 || len(data) < len(own) || string(data[:len(own)]) != string(own) {
		return fmt.Errorf("attribution: tally: %w: make it with NewTally and the options and models of the one that was stored", ErrIncompatible)
	}
	r := byteReader{data: data[len(own):]}
	read := totals{currency: r.text()}
	read.revenue, read.cost, read.pipeline = r.signed(), r.signed(), r.signed()
	if read.revenue < 0 || read.cost < 0 || read.pipeline < 0 || !read.money() && read.currency != "" {
		r.bad = true
	}
	again := &Tally{models: t.models, options: t.options, totals: read}
	for _, m := range t.models {
		b := r.balance(read)
		r.bad = r.bad || !b.sound(read, m.participation)
		again.balances = append(again.balances, b)
	}
	if !r.bad && len(r.data) == 0 {
		if bytes, _ := again.MarshalBinary(); string(bytes) == string(data) {
			t.totals, t.balances = again.totals, again.balances
			return nil
		}
	}
	return fmt.Errorf("attribution: tally: %w", ErrDamaged)
}

// A byteReader takes numbers and texts off data until one is bad; from then on all are zero.
type byteReader struct {
	data []byte
	bad  bool
}

func (r *byteReader) number() uint64 {
	n, size := binary.Uvarint(r.data)
	if size <= 0 {
		r.bad, r.data = true, nil
		return 0
	}
	r.data = r.data[size:]
	return n
}

func (r *byteReader) signed() int64 {
	n, size := binary.Varint(r.data)
	if size <= 0 {
		r.bad, r.data = true, nil
		return 0
	}
	r.data = r.data[size:]
	return n
}

func (r *byteReader) text() string {
	size := r.number()
	if size > uint64(len(r.data)) {
		r.bad, r.data = true, nil
		return ""
	}
	text := string(r.data[:size])
	r.data = r.data[size:]
	return text
}

func (r *byteReader) balance(total totals) *balance {
	b := newBalance()
	r.sums(b.sums(), total)
	for n := r.number(); n > 0 && !r.bad; n-- {
		c := &channelBalance{campaigns: map[string]*lineBalance{}}
		b.channels[r.text()] = c
		r.line(&c.lineBalance, total)
		for n := r.number(); n > 0 && !r.bad; n-- {
			line := &lineBalance{}
			c.campaigns[r.text()] = line
			r.line(line, total)
		}
		r.bad = r.bad || len(c.campaigns) == 0
	}
	return b
}

func (r *byteReader) line(l *lineBalance, total totals) {
	r.sums(l.sums(), total)
	if part := r.number(); part < uint64(One) {
		l.Conversions.Part = Share(part)
	} else {
		r.bad = true
	}
}

// sums reads numbers within what the totals, and counting, allow: what is read can be merged without overflow.
func (r *byteReader) sums(s sums, total totals) {
	for _, list := range []struct {
		numbers []*int64
		most    int64
	}{{s.revenue, total.revenue}, {s.pipeline, total.pipeline}, {s.cost, total.cost}, {s.counts, mostCounted}} {
		for _, n := range list.numbers {
			if *n = r.signed(); *n < 0 || *n > list.most {
				r.bad = true
				return
			}
		}
	}
}

// sound reports whether the sums agree with each other, as those of any journeys do.
func (b *balance) sound(total totals, participation bool) bool {
	gross, ok := plus(b.revenue, b.refunded)
	if !ok || gross > total.revenue || b.unattributed > b.revenue || b.influenced > b.revenue || b.gap > b.revenue || b.unattributedPipeline > b.pipeline {
		return false
	}
	for _, o := range b.origins {
		if o.marketing > b.revenue || o.other > b.revenue-o.marketing || o.unknown != b.revenue-o.marketing-o.other {
			return false
		}
	}
	all := lineBalance{}
	for name, c := range b.channels {
		sum := lineBalance{}
		for _, line := range c.campaigns {
			if line.Influenced > c.Influenced || !sum.mergeIfFits(line) {
				return false
			}
		}
		if name == "" || c.Influenced > sum.Influenced || participation && !overlap(&c.lineBalance, &sum) {
			return false
		}
		sum.Influenced = c.Influenced
		if participation {
			sum.Revenue, sum.Pipeline, sum.Conversions = c.Revenue, c.Pipeline, c.Conversions
		}
		if sum.Figures != c.Figures || sum.stages != c.stages || c.Influenced > b.influenced || !all.mergeIfFits(&c.lineBalance) {
			return false
		}
	}
	for i, n := range all.stages {
		if n > b.stages[i] {
			return false
		}
	}
	whole := lineBalance{Figures: Figures{Revenue: b.revenue - b.unattributed, Pipeline: b.pipeline - b.unattributedPipeline,
		Conversions: Count{Whole: b.conversions - b.unattributedConversions}}}
	if participation && !overlap(&whole, &all) {
		return false
	}
	credited := all.Revenue == whole.Revenue && all.Pipeline == whole.Pipeline && all.Conversions == whole.Conversions
	return all.Touches == b.touches && all.Cost == b.cost && all.Sourced <= b.revenue && whole.Conversions.Whole >= 0 && (participation || credited)
}

// overlap reports whether parts that may count a deal more than once come to the whole at least.
func overlap(whole, parts *lineBalance) bool {
	return whole.Revenue <= parts.Revenue && whole.Pipeline <= parts.Pipeline && whole.Conversions.Whole <= parts.Conversions.Whole
}

func (l *lineBalance) mergeIfFits(from *lineBalance) bool {
	mine := l.sums().all()
	for i, n := range from.sums().all() {
		if _, ok := plus(*mine[i], *n); !ok {
			return false
		}
	}
	l.merge(from)
	return true
}
