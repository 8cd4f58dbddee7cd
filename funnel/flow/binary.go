package flow

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"math"
	"time"

	"github.com/leadloop/leadloop/funnel"
)

// magic begins the bytes of every flow; the last one is the version of the format.
const magic = "leadloop flow\x01"

// checkSize is how many bytes of a hash of all others end the bytes, so that damage shows.
const checkSize = 8

// MarshalBinary writes the state: a fingerprint of the options and the counts, keys in their order. Flows that have counted the
// same journeys, in whatever order and however sharded, give the same bytes. It never fails.
func (f *Flow) MarshalBinary() ([]byte, error) { return f.AppendBinary(nil) }

// AppendBinary is [Flow.MarshalBinary] that appends to bytes.
func (f *Flow) AppendBinary(b []byte) ([]byte, error) {
	start := len(b)
	b = append(append(b, magic...), f.plan.fingerprint[:]...)
	t := &f.tally
	b = appendCounts(b, t.journeys, t.leads, t.rows, t.later, t.negative)
	for _, list := range t.lists() {
		b = appendCounts(b, list...)
	}
	b = binary.AppendUvarint(b, uint64(len(t.cohorts)))
	for _, month := range sortedKeys(t.cohorts) {
		c := t.cohorts[month]
		b = c.group.appendBinary(appendCounts(b, int64(month)))
		b = appendCounts(appendCounts(b, c.ripe, c.won), c.reached...)
	}
	for _, groups := range []map[string]*group{t.segments, t.variants} {
		b = binary.AppendUvarint(b, uint64(len(groups)))
		for _, name := range sortedKeys(groups) {
			b = groups[name].appendBinary(appendText(b, name))
		}
	}
	b = binary.AppendUvarint(b, uint64(len(t.rounds)))
	for _, round := range sortedKeys(t.rounds) {
		b = appendCounts(b, round, t.rounds[round])
	}
	b = binary.AppendUvarint(b, uint64(len(t.back)))
	for _, key := range t.returnKeys() {
		r := t.back[key]
		b = appendText(append(b, key.stage), string(key.reason))
		b = appendCounts(b, r.visits, r.leads, r.again, r.won, r.revenue)
		b = r.accepted.appendBinary(r.back.appendBinary(b))
	}
	for i := range t.pairs {
		b = appendCounts(t.pairs[i].times.appendBinary(b), t.pairs[i].mature, t.pairs[i].within)
	}
	for i := range t.stages {
		for _, s := range t.stages[i].all() {
			b = s.appendBinary(b)
		}
		b = t.ageing[i].appendBinary(b)
		list := t.waiting[i].cut(f.plan.options.Listed, (*Waiting).compare)
		b = binary.AppendUvarint(b, uint64(len(list)))
		for k := range list {
			b = appendInstant(appendText(b, list[k].Lead), list[k].Since)
		}
	}
	for i := range t.problems {
		b = appendCounts(b, t.problems[i].count)
		list := t.problems[i].list.cut(f.plan.options.Listed, (*Problem).compare)
		b = binary.AppendUvarint(b, uint64(len(list)))
		for k := range list {
			b = list[k].appendBinary(b)
		}
	}
	sum := sha256.Sum256(b[start:])
	return append(b, sum[:checkSize]...), nil
}

// lists are the counts by stage, and by stages from and to.
func (t *tally) lists() [6][]int64 {
	return [...][]int64{t.entered, t.visited, t.standing, t.pipeline, t.starts, t.follows}
}

func (s *stageTimes) all() [6]*times {
	return [...]*times{&s.once, &s.visit, &s.lead, &s.onceWorking, &s.visitWorking, &s.leadWorking}
}

func appendCounts(b []byte, list ...int64) []byte {
	for _, n := range list {
		b = binary.AppendUvarint(b, uint64(n))
	}
	return b
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// appendInstant writes an instant within the range of steps; 0 stands for none, which is no instant of the range but its first.
func appendInstant(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(b, 0)
	}
	return binary.AppendUvarint(b, uint64(t.Unix()*second+int64(t.Nanosecond()))+1)
}

func (g *group) appendBinary(b []byte) []byte {
	return appendCounts(appendCounts(b, g.outcomes[:]...), g.revenue, g.deals, g.mature, g.quick, g.measured, g.seconds)
}

func (t *times) appendBinary(b []byte) []byte {
	b = appendCounts(b, t.starts, t.seconds, t.fromStart, t.unobserved)
	b = t.late.appendBinary(b)
	for i := range t.ends {
		b = t.ends[i].appendBinary(b)
	}
	return b
}

func (p *Problem) appendBinary(b []byte) []byte {
	b = binary.AppendVarint(b, int64(p.Line))
	b = appendInstant(appendText(b, p.Lead), p.At)
	for _, s := range []string{string(p.From), string(p.Stage), string(p.Event), string(p.Reason)} {
		b = appendText(b, s)
	}
	return binary.AppendVarint(b, int64(p.Length.Time))
}

// UnmarshalBinary replaces what the flow has counted by what [Flow.MarshalBinary] wrote. The flow must have been made with
// the options of the writer ([ErrDifferent]). Sizes are checked before memory is taken; after an error ([ErrDamaged],
// [ErrVersion]) the flow is as it was.
func (f *Flow) UnmarshalBinary(data []byte) error {
	n := len(magic) - 1
	if len(data) < len(magic)+sha256.Size+checkSize || string(data[:n]) != magic[:n] {
		return ErrDamaged
	}
	if data[n] != magic[n] {
		return ErrVersion
	}
	end := len(data) - checkSize
	if sum := sha256.Sum256(data[:end]); !bytes.Equal(sum[:checkSize], data[end:]) {
		return ErrDamaged
	}
	if !bytes.Equal(data[len(magic):][:sha256.Size], f.plan.fingerprint[:]) {
		return ErrDifferent
	}
	r := &reader{rest: data[len(magic)+sha256.Size : end]}
	t := empty(f.plan)
	r.tally(&t, f.plan)
	if r.bad || len(r.rest) > 0 {
		return ErrDamaged
	}
	g := fresh(f.plan)
	g.tally = t
	if again, _ := g.MarshalBinary(); !bytes.Equal(again, data) { // written in another order, or with needless bytes
		return ErrDamaged
	}
	f.tally = t
	return nil
}

// reader reads what has been written. Where that fails it is bad, and gives zeros.
type reader struct {
	rest []byte
	bad  bool
}

// number reads a number up to a limit.
func (r *reader) number(most int64) int64 {
	v, n := binary.Uvarint(r.rest)
	if r.bad || n <= 0 || v > uint64(most) {
		r.bad = true
		return 0
	}
	r.rest = r.rest[n:]
	return int64(v)
}

func (r *reader) count() int64 { return r.number(math.MaxInt64) }

func (r *reader) signed() int64 {
	v, n := binary.Varint(r.rest)
	if r.bad || n <= 0 {
		r.bad = true
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *reader) counts(into ...*int64) {
	for _, p := range into {
		*p = r.count()
	}
}

// parts checks that none of the numbers is more than the one before it, of which it counts a part: else rates were above 1.
func (r *reader) parts(list ...int64) {
	for i := 1; i < len(list); i++ {
		r.bad = r.bad || list[i] > list[i-1]
	}
}

func (r *reader) list(into []int64) {
	for i := range into {
		into[i] = r.count()
	}
}

// size reads how many entries follow, each of which takes at least so many bytes.
func (r *reader) size(least int) int { return int(r.number(int64(len(r.rest) / least))) }

func (r *reader) text() string {
	n := r.size(1)
	if r.bad || n > len(r.rest) {
		r.bad = true
		return ""
	}
	s := string(r.rest[:n])
	r.rest = r.rest[n:]
	return s
}

func (r *reader) instant() time.Time {
	v := r.number(maxSecond * second)
	if v == 0 {
		return time.Time{}
	}
	return instant(v - 1)
}

func (r *reader) tally(t *tally, p *plan) {
	r.counts(&t.journeys, &t.leads, &t.rows, &t.later, &t.negative)
	for _, list := range t.lists() {
		r.list(list)
	}
	for n := r.size(14); n > 0 && !r.bad; n-- {
		c := &cohort{reached: make([]int64, len(p.path))}
		month := int32(r.number(maxMonth))
		r.group(&c.group)
		r.counts(&c.ripe, &c.won)
		r.list(c.reached)
		r.parts(c.ripe, c.won)
		r.parts(c.reached...)
		t.cohorts[month] = c
	}
	for _, groups := range []map[string]*group{t.segments, t.variants} {
		for n := r.size(11); n > 0 && !r.bad; n-- {
			name, g := r.text(), &group{}
			r.group(g)
			groups[name] = g
		}
	}
	for key := range t.variants {
		r.variant(key, p)
	}
	for n := r.size(2); n > 0 && !r.bad; n-- {
		round := r.count()
		t.rounds[round] = r.count()
	}
	for n := r.size(27); n > 0 && !r.bad; n-- {
		key := returnKey{stage: uint8(r.number(int64(len(p.stages) - 1)))}
		key.reason = funnel.Reason(r.text())
		b := &returned{}
		r.counts(&b.visits, &b.leads, &b.again, &b.won, &b.revenue)
		r.parts(b.visits, b.leads, b.again)
		r.parts(b.leads, b.won)
		r.times(&b.back)
		r.times(&b.accepted)
		t.back[key] = b
	}
	for i := range t.pairs {
		r.times(&t.pairs[i].times)
		r.counts(&t.pairs[i].mature, &t.pairs[i].within)
		r.parts(t.pairs[i].mature, t.pairs[i].within)
	}
	for i := range t.stages {
		for _, s := range t.stages[i].all() {
			r.times(s)
		}
		t.ageing[i].read(r)
		for n := r.shortlist(2, p); n > 0 && !r.bad; n-- {
			w := Waiting{Lead: r.text(), Stage: p.stages[i].name, Since: r.instant()}
			if w.Since.IsZero() || w.Since.After(instant(p.asOf)) {
				r.bad = true
				return
			}
			w.Age = Span{time.Duration(p.asOf - w.Since.Unix()*second - int64(w.Since.Nanosecond())), true}
			t.waiting[i].add(w, p.options.Listed, (*Waiting).compare)
		}
	}
	for i := range t.problems {
		t.problems[i].count = r.count()
		for n := r.shortlist(8, p); n > 0 && !r.bad; n-- {
			t.problems[i].list.add(r.problem(kinds[i]), p.options.Listed, (*Problem).compare)
		}
	}
}

// maxMonth is above the number of every month, counted from the year 0.
const maxMonth = 2201 * 12

func (r *reader) shortlist(least int, p *plan) int {
	n := r.size(least)
	if n > p.options.Listed {
		r.bad = true
	}
	return n
}

func (r *reader) group(g *group) {
	r.list(g.outcomes[:])
	r.counts(&g.revenue, &g.deals, &g.mature, &g.quick, &g.measured, &g.seconds)
	r.parts(g.mature, g.quick)
	r.parts(g.outcomes[isWon], g.deals)
	r.parts(g.outcomes[isWon], g.measured)
}

// variant checks that a way is one of this definition.
func (r *reader) variant(key string, p *plan) {
	for i := range len(key) {
		if int(key[i]) >= len(p.stages) && !(key[i] == more && i == maxVariant && len(key) == i+1) {
			r.bad = true
		}
	}
	r.bad = r.bad || len(key) > maxVariant+1
}

// times reads what spells took, and checks that none ends that was not at risk.
func (r *reader) times(t *times) {
	r.counts(&t.starts, &t.seconds, &t.fromStart, &t.unobserved)
	t.late.read(r)
	for i := range t.ends {
		t.ends[i].read(r)
	}
	if r.bad {
		return
	}
	begun, ended := add(t.starts, total(t.late.run)), int64(0)
	for i := range t.ends {
		ended = add(ended, total(t.ends[i].run))
	}
	r.bad = begun != ended || begun == math.MaxInt64
	if s := t.sample(1); !r.bad && tooMany(&s) {
		r.bad = true
	}
}

// tooMany tells whether more spells end at an instant than are at risk.
func tooMany(s *sample) bool {
	for _, row := range s.table {
		if row.events[converted]+row.events[lost]+row.events[aside]+row.events[censored] > row.atRisk {
			return true
		}
	}
	return false
}

func (r *reader) problem(kind Kind) Problem {
	p := Problem{Kind: kind, Line: int(r.signed()), Lead: r.text(), At: r.instant()}
	p.From, p.Stage, p.Event, p.Reason = funnel.Stage(r.text()), funnel.Stage(r.text()), funnel.Event(r.text()), funnel.Reason(r.text())
	if back := r.signed(); kind == NegativeDuration {
		p.Length = Span{time.Duration(back), true}
	} else {
		r.bad = r.bad || back != 0
	}
	return p
}
