package scoring

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"math"
	"slices"
	"time"

	"github.com/leadloop/leadloop/internal/rule"
)

// keptRow is what is kept of activities of one date of which the same has been found.
type keptRow struct {
	at     time.Time // in UTC
	times  int       // how many activities
	code   string    // what follows, as it is written
	phases []phase   // the first from the date on, each to the next
	flaws  []rule.Flaw
}

// phase is what holds of an activity from an instant on.
type phase struct {
	from     time.Time
	counters []int // that count it
	matches  []found
	failing  []keptFailure
}

// found is a rule whose condition holds for an activity.
type found struct {
	each   int
	kind   foundKind
	points int64 // if they are computed
	text   string
}

// keptFailure is a rule that fails on an activity.
type keptFailure struct {
	each int
	why  string
}

// foundKind says what a rule makes of an activity.
type foundKind byte

const (
	foundPoints  foundKind = iota // points; text is the hash of the key of a rule with Distinct
	foundKeyless                  // points, but the key fails; text says why
	foundNothing                  // no row of the table
	foundFailure                  // the points fail; text says why
)

// look keeps what the model finds of an activity from its date on.
func (st *State[L, A]) look(one []A, at time.Time) keptRow {
	at = at.Round(0).UTC()
	r := keptRow{at: at}
	instants := st.scorer.compiler.Instants([]time.Time{at}, st.keeping.of.Edges(), nil, one)
	instants = slices.DeleteFunc(instants, func(t time.Time) bool { return t.Before(at) })
	slices.SortFunc(instants, time.Time.Compare)
	for i, from := range instants {
		if i > 0 && from.Equal(instants[i-1]) {
			continue
		}
		p := st.phase(&r, one, from)
		if n := len(r.phases); n == 0 || !slices.Equal(p.counters, r.phases[n-1].counters) ||
			!slices.Equal(p.matches, r.phases[n-1].matches) || !slices.Equal(p.failing, r.phases[n-1].failing) {
			r.phases = append(r.phases, p)
		}
	}
	r.code = string(r.encode(nil))
	return r
}

// phase looks at an activity as of an instant at which it has happened.
func (st *State[L, A]) phase(r *keptRow, one []A, now time.Time) phase {
	p := phase{from: now.Round(0).UTC()}
	var lead L
	run, err := st.scorer.compiler.Begin(&rule.Subject[L, A]{Lead: &lead, Activities: one, Now: now})
	if err != nil {
		return p // there is a lead
	}
	defer run.End()
	run.Decide(st.scorer.set)
	p.counters = st.keeping.of.Counted(run, 0)
	for _, m := range run.Matches() {
		p.matches = append(p.matches, st.find(run, int(m.Each)))
	}
	for _, m := range run.Failing() {
		_, err := st.scorer.eaches[m.Each].source.condition.True(run, 0)
		p.failing = append(p.failing, keptFailure{int(m.Each), failure(err)})
	}
	r.flaws = slices.Clone(run.Flaws())
	return p
}

// find computes what a rule gives for an activity that its condition holds for.
func (st *State[L, A]) find(run *rule.Run[L, A], each int) found {
	f, r := found{each: each}, &st.scorer.eaches[each]
	if r.idle {
		return f
	}
	if !r.constant {
		points, _, ok, err := r.source.give(run, 0)
		switch {
		case err != nil:
			return found{each: each, kind: foundFailure, text: failure(err)}
		case !ok:
			return found{each: each, kind: foundNothing}
		}
		f.points = points
	}
	if r.distinct != nil {
		key, err := r.distinct.Plain(run, 0)
		if err != nil {
			return found{each: each, kind: foundKeyless, points: f.points, text: failure(within("distinct", err))}
		}
		f.text = st.hash(key)
	}
	return f
}

// hash makes a key of Distinct unreadable; equal ones stay equal.
func (st *State[L, A]) hash(key rule.Plain) string {
	b := slices.Clone(st.scorer.fingerprint[:])
	b = append(b, byte(key.Type))
	b = binary.AppendVarint(b, key.Integer)
	b = binary.AppendUvarint(b, math.Float64bits(key.Number))
	b = binary.AppendVarint(b, key.Time.Unix())
	b = binary.AppendVarint(b, int64(key.Time.Nanosecond()))
	b = append(b, key.Text...)
	sum := sha256.Sum256(b)
	return string(sum[:keySize])
}

// keySize is how many bytes of a key's hash are kept.
const keySize = 16

// fingerprintOf tells models and types apart.
func fingerprintOf(m Model, types []byte) [32]byte {
	text, err := json.Marshal(m)
	if err != nil { // a model that has been compiled has no number that can't be written
		text = nil
	}
	size := binary.AppendUvarint(nil, uint64(len(text)))
	return sha256.Sum256(slices.Concat(size, text, types))
}

func appendInstant(b []byte, t time.Time) []byte {
	return binary.AppendUvarint(binary.AppendVarint(b, t.Unix()), uint64(t.Nanosecond()))
}

func appendText(b []byte, text string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

// encode writes what has been found.
func (r *keptRow) encode(b []byte) []byte {
	number := func(n int) { b = binary.AppendUvarint(b, uint64(n)) }
	number(len(r.phases))
	for i := range r.phases {
		p := &r.phases[i]
		b = appendInstant(b, p.from)
		number(len(p.counters))
		for _, c := range p.counters {
			number(c)
		}
		number(len(p.matches))
		for _, m := range p.matches {
			number(m.each)
			b = append(b, byte(m.kind))
			b = appendText(binary.AppendVarint(b, m.points), m.text)
		}
		number(len(p.failing))
		for _, f := range p.failing {
			number(f.each)
			b = appendText(b, f.why)
		}
	}
	number(len(r.flaws))
	for _, f := range r.flaws {
		b = append(appendText(appendText(b, f.Field), f.Message), flag(f.Declared()))
	}
	return b
}

func flag(b bool) byte {
	if b {
		return 1
	}
	return 0
}
