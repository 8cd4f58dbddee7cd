package scoring

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"time"

	"github.com/leadloop/leadloop/internal/rule"
)

// stateMagic begins every state that is written; the last byte is the version.
const stateMagic = "leadloop state\x01"

var (
	errBadState     = errors.New("the bytes are no state, or are damaged: feed the activities again")
	errOtherVersion = errors.New("the state was written by another version of this package, whose states differ: feed the activities again")
)

// MarshalBinary writes the state without the lead. States that have been
// fed the same activities, in whatever order, give the same bytes. It never fails.
func (st *State[L, A]) MarshalBinary() ([]byte, error) { return st.AppendBinary(nil) }

// AppendBinary is [State.MarshalBinary] that appends to bytes.
func (st *State[L, A]) AppendBinary(b []byte) ([]byte, error) {
	st.order()
	start := len(b)
	b = append(append(append(b, stateMagic...), st.scorer.fingerprint[:]...), st.keeping.numbering[:]...)
	for _, n := range []int{st.added, st.undated, len(st.rows)} {
		b = binary.AppendUvarint(b, uint64(n))
	}
	for i := range st.rows {
		r := &st.rows[i]
		b = appendText(binary.AppendUvarint(appendInstant(b, r.at), uint64(r.times)), r.code)
	}
	sum := sha256.Sum256(b[start:])
	return append(b, sum[:checkSize]...), nil
}

// numberingSize is how many bytes of a hash tell the numbering.
const numberingSize = 8

// numberingOf tells apart what the numbers in rows refer to: counters, by what they count, and
// rules on activities. They follow from the model, but another version of this package may number them
// otherwise.
func numberingOf(counters, rules []string) [numberingSize]byte {
	var b []byte
	for _, list := range [][]string{counters, rules} {
		b = binary.AppendUvarint(b, uint64(len(list)))
		for _, text := range list {
			b = appendText(b, text)
		}
	}
	sum := sha256.Sum256(b)
	return [numberingSize]byte(sum[:])
}

// checkSize is how many bytes of a hash of all others end what is written, so that damage shows.
const checkSize = 8

// Restore is [Scorer.State] with what was written of a state by
// [State.MarshalBinary]. The lead is as it is now. It is an error if the bytes are damaged, if they are
// those of another model or of other types, or if a version of this package wrote them that takes the model's conditions
// apart in another way: the host feeds a new state with the activities then.
func (s *Scorer[L, A]) Restore(lead *L, data []byte) (*State[L, A], error) {
	st, err := s.State(lead)
	if err != nil {
		return nil, err
	}
	r := reader{rest: data}
	magic := r.take(len(stateMagic))
	switch n := len(stateMagic) - 1; {
	case r.bad || !bytes.Equal(magic[:n], []byte(stateMagic[:n])):
		return nil, errBadState
	case magic[n] != stateMagic[n]:
		return nil, errOtherVersion
	}
	if len(r.rest) < checkSize {
		return nil, errBadState
	}
	end := len(data) - checkSize
	if check := sha256.Sum256(data[:end]); !bytes.Equal(check[:checkSize], data[end:]) {
		return nil, errBadState
	}
	r.rest = r.rest[:len(r.rest)-checkSize]
	fingerprint := r.take(len(s.fingerprint))
	if !r.bad && !bytes.Equal(fingerprint, s.fingerprint[:]) {
		return nil, errOtherModel
	}
	if numbering := r.take(numberingSize); !r.bad && !bytes.Equal(numbering, st.keeping.numbering[:]) {
		return nil, errOtherVersion
	}
	st.added, st.undated = r.number(mostAdded), r.number(mostAdded)
	count := r.number(len(r.rest))
	sum := st.undated
	for i := 0; i < count && !r.bad; i++ {
		one := keptRow{at: r.instant(), times: r.number(mostAdded)}
		sum = sumUp(sum, one.times)
		code := r.take(r.number(len(r.rest)))
		one.code = string(code)
		inner := reader{rest: code}
		inner.row(&one, st.keeping.of.Counters(), len(s.eaches))
		if inner.bad || len(inner.rest) > 0 || one.times < 1 || string(one.encode(nil)) != one.code ||
			i > 0 && st.rows[i-1].compare(one) >= 0 || s.dateless {
			return nil, errBadState
		}
		st.rows = append(st.rows, one)
	}
	if r.bad || len(r.rest) > 0 || min(sum, mostAdded) != st.added && !(s.dateless && sum == 0) {
		return nil, errBadState
	}
	return st, nil
}

// reader reads what has been written. Where that fails it is bad, and gives zeros.
type reader struct {
	rest []byte
	bad  bool
}

func (r *reader) take(n int) []byte {
	if r.bad || n > len(r.rest) {
		r.bad = true
		return nil
	}
	taken := r.rest[:n]
	r.rest = r.rest[n:]
	return taken
}

// number reads a number up to a limit.
func (r *reader) number(most int) int {
	v, n := binary.Uvarint(r.rest)
	if r.bad || n <= 0 || v > uint64(most) {
		r.bad = true
		return 0
	}
	r.rest = r.rest[n:]
	return int(v)
}

func (r *reader) integer() int64 {
	v, n := binary.Varint(r.rest)
	if r.bad || n <= 0 {
		r.bad = true
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *reader) text() string { return string(r.take(r.number(len(r.rest)))) }

func (r *reader) instant() time.Time {
	seconds := r.integer()
	return time.Unix(seconds, int64(r.number(999_999_999))).UTC()
}

// times repeats as often as a number says that follows, unless that is damaged.
func (r *reader) times(do func()) {
	for range r.number(len(r.rest)) {
		if r.bad {
			return
		}
		do()
	}
}

// row reads what has been found of an activity, by so many counters and rules.
func (r *reader) row(to *keptRow, counters, eaches int) {
	r.times(func() {
		p := phase{from: r.instant()}
		if n := len(to.phases); n == 0 && !p.from.Equal(to.at) || n > 0 && !p.from.After(to.phases[n-1].from) {
			r.bad = true
		}
		r.times(func() { p.counters = append(p.counters, r.below(counters)) })
		r.times(func() { p.matches = append(p.matches, r.found(eaches)) })
		r.times(func() { p.failing = append(p.failing, keptFailure{r.below(eaches), r.text()}) })
		r.bad = r.bad || !increasing(p.counters, func(c int) int { return c }) ||
			!increasing(p.matches, func(m found) int { return m.each }) || !increasing(p.failing, func(f keptFailure) int { return f.each })
		to.phases = append(to.phases, p)
	})
	r.times(func() {
		field, message := r.text(), r.text()
		to.flaws = append(to.flaws, rule.NewFlaw(field, message, r.number(1) == 1))
	})
	r.bad = r.bad || len(to.phases) == 0
}

func (r *reader) found(eaches int) found {
	f := found{each: r.below(eaches), kind: foundKind(r.number(int(foundFailure))), points: r.integer(), text: r.text()}
	r.bad = r.bad || f.points > int64(MaxPoints) || f.points < -int64(MaxPoints)
	return f
}

// below reads an index of a list of so many.
func (r *reader) below(count int) int {
	i := r.number(max(count-1, 0))
	r.bad = r.bad || i >= count
	return i
}

// increasing tells whether numbers of a list go up.
func increasing[T any](list []T, of func(T) int) bool {
	for i := 1; i < len(list); i++ {
		if of(list[i]) <= of(list[i-1]) {
			return false
		}
	}
	return true
}
