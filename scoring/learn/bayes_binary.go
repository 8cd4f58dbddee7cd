package learn

import (
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// bayesMagic begins all counts of a [Bayes] that are written; the last byte is the version.
const bayesMagic = "leadloop bayes\x01"

// MarshalBinary writes the counts. The same leads, in whatever order they were added,
// removed and merged, give the same bytes. It never fails.
func (b *Bayes) MarshalBinary() ([]byte, error) {
	out := append([]byte(bayesMagic), b.fingerprint[:]...)
	number := func(n int64) { out = binary.AppendUvarint(out, uint64(n)) }
	text := func(s string) {
		number(int64(len(s)))
		out = append(out, s...)
	}
	number(int64(len(b.teams)))
	for _, name := range slices.Sorted(maps.Keys(b.teams)) {
		t := b.teams[name]
		text(name)
		number(t.won)
		for _, n := range t.lost {
			number(n)
		}
		for _, values := range t.fields {
			number(int64(len(values)))
			for _, value := range slices.Sorted(maps.Keys(values)) {
				won, lost := values[value].leads()
				text(value)
				number(won)
				number(lost)
			}
		}
	}
	return out, nil
}

// UnmarshalBinary replaces the counts by those that were written of a [Bayes] for the same fields
// and stages; else it is [ErrOtherModel]. After an error nothing has changed.
func (b *Bayes) UnmarshalBinary(data []byte) error {
	rest, ok := strings.CutPrefix(string(data), bayesMagic)
	if !ok || len(rest) < len(b.fingerprint) {
		return ErrDamaged
	}
	if rest[:len(b.fingerprint)] != string(b.fingerprint[:]) {
		return fmt.Errorf("%w: the fields or stages are others", ErrOtherModel)
	}
	read := &Bayes{fields: b.fields, stages: b.stages, fingerprint: b.fingerprint}
	read.clear()
	r := binaryReader{rest: rest[len(b.fingerprint):]}
	teams := r.number(int64(len(r.rest)))
	before := ""
	for i := int64(0); i < teams && !r.bad; i++ {
		name := r.take(r.number(int64(len(r.rest))))
		if r.bad = r.bad || i > 0 && name <= before; !r.bad {
			r.bayesTeam(read, name)
		}
		before = name
	}
	if r.bad || len(r.rest) > 0 {
		return ErrDamaged
	}
	*b = *read
	return nil
}

// bayesTeam reads the counts of a team: of each value no more than the team has leads.
func (r *binaryReader) bayesTeam(b *Bayes, name string) {
	t := b.team(name)
	leads := b.leads
	b.close(t, r.number(mostOutcomes-b.leads), 0, 0)
	won := b.leads - leads
	for i := range t.lost {
		b.close(t, 0, i, r.number(mostOutcomes-b.leads))
	}
	lost := b.leads - leads - won
	r.bad = r.bad || won+lost == 0 || len(b.stages) == 0 && t.lost[len(t.lost)-1] > 0
	for field := range t.fields {
		single := field < len(b.fields)
		leftWon, leftLost := won, lost // of a field that has one value
		before := ""
		values := r.number(int64(len(r.rest)))
		for i := int64(0); i < values && !r.bad; i++ {
			value := r.take(r.number(int64(len(r.rest))))
			w, l := r.number(leftWon), r.number(leftLost)
			if w+l == 0 || i > 0 && value <= before || value == "" && !(single && b.fields[field].Unset) || b.mass > mostBayesMass-w-l {
				r.bad = true
				return
			}
			if single {
				leftWon, leftLost = leftWon-w, leftLost-l
			}
			b.value(t, field, value, w, l)
			before = value
		}
		if single && b.fields[field].Unset && leftWon+leftLost > 0 {
			r.bad = true
		}
	}
}
