package main

import (
	"encoding/binary"
	"encoding/json"
	"reflect"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/register"
)

// This file makes Beam's CombineFns of the aggregates.
//
// A runner sends accumulators between workers as bytes. The coder that Beam would choose by itself for a struct keeps exported
// fields only, of which our types have none: sums would come out as 0, without an error. So each type that is sent has its coder
// here, and coders_test.go finds the one that has none.

func init() {
	coderOf(encodeState, decodeState)
	coderOf(encodeAccount, decodeAccount)
	coderOf(encodeRated, decodeRated)
	coderOf(encodePath, decodePath)
	coderOf(encodeLog, decodeLog)
	register.Combiner1[account](&mergeAccounts{})
	register.Combiner3[state, rated, []byte](&sumAccounts{})
	register.Combiner3[state, caseLog, []byte](&sumCases{})
	register.Combiner3[state, pathCount, []byte](&sumPaths{})
	register.Combiner2[state, []byte](&sumParts{})
}

// coderOf registers a type with its coder.
func coderOf[T any](encode func(T) ([]byte, error), decode func([]byte) (T, error)) {
	t := reflect.TypeFor[T]()
	beam.RegisterType(t)
	beam.RegisterCoder(t, encode, decode)
}

// state is the accumulator of all sums. As it comes from another worker it is bytes, which only the CombineFn can read: it knows the
// plan.
type state struct {
	live  aggregate // nil: bytes are the state
	bytes []byte    // none: an empty aggregate
}

func encodeState(s state) ([]byte, error) {
	if s.live == nil {
		return s.bytes, nil
	}
	return s.live.MarshalBinary()
}

func decodeState(data []byte) (state, error) {
	return state{bytes: append([]byte(nil), data...)}, nil // the runner may use the memory again
}

// combiner is what all CombineFns of sums have in common: how to merge.
type combiner struct {
	Plan Plan
	Kind string
	e    *engine // once it is needed
}

// open gives the aggregate of a state.
func (c *combiner) open(s state) (aggregate, error) {
	if s.live != nil {
		return s.live, nil
	}
	if c.e == nil {
		e, err := engineOf(&c.Plan)
		if err != nil {
			return nil, err
		}
		c.e = e
	}
	a, err := c.e.start(c.Kind)
	if err != nil || len(s.bytes) == 0 {
		return a, err
	}
	return a, a.UnmarshalBinary(s.bytes)
}

func (c *combiner) CreateAccumulator() state { return state{} }

func (c *combiner) MergeAccumulators(a, b state) (state, error) {
	into, err := c.open(a)
	if err != nil {
		return state{}, err
	}
	from, err := c.open(b)
	if err != nil {
		return state{}, err
	}
	return state{live: into}, into.merge(from)
}

// ofOnePathKey is the kind of the sums of one key of paths, which end as the most frequent ones: those of kind ofPaths.
const ofOnePathKey = "paths of a key"

// start is empty, with the kind that never leaves the pipeline.
func (e *engine) start(kind string) (aggregate, error) {
	if kind == ofOnePathKey {
		return newPathSums(), nil
	}
	return e.empty(kind)
}

func (c *combiner) ExtractOutput(s state) ([]byte, error) {
	a, err := c.open(s)
	if err != nil {
		return nil, err
	}
	return a.MarshalBinary()
}

// add adds to the aggregate of a state.
func add[T aggregate](c *combiner, s state, to func(T) error) (state, error) {
	a, err := c.open(s)
	if err == nil {
		err = to(a.(T))
	}
	return state{live: a}, err
}

// mergeAccounts brings the rows of each account together, on each worker before they are sent.
type mergeAccounts struct{ MaxTouches int }

func (c *mergeAccounts) MergeAccumulators(a, b account) account { return a.merge(b, c.MaxTouches) }

// sumAccounts sums accounts.
type sumAccounts struct{ combiner }

func (c *sumAccounts) AddInput(s state, r rated) (state, error) {
	return add(&c.combiner, s, func(sums *accountSums) error { return sums.add(r) })
}

// sumCases sums the logs of cases.
type sumCases struct{ combiner }

func (c *sumCases) AddInput(s state, log caseLog) (state, error) {
	return add(&c.combiner, s, func(sums *caseSums) error { return sums.add(log.events) })
}

// sumPaths counts the paths of one key, and gives the most frequent of them.
type sumPaths struct{ combiner }

func (c *sumPaths) AddInput(s state, p pathCount) (state, error) {
	return add(&c.combiner, s, func(sums *pathSums) error { return sums.add(p) })
}

func (c *sumPaths) ExtractOutput(s state) ([]byte, error) {
	var top *topPaths
	_, err := add(&c.combiner, s, func(sums *pathSums) error {
		top = topOf(sums.paths, sums.untouched, c.Plan.TopPaths)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return top.MarshalBinary()
}

// sumParts sums the canonical bytes of sums.
type sumParts struct{ combiner }

func (c *sumParts) AddInput(s state, part []byte) (state, error) {
	return c.MergeAccumulators(s, state{bytes: part})
}

// The coders of elements. Runners fuse the steps before and after them, so that most elements are never encoded.

func encodeRated(r rated) ([]byte, error) { return json.Marshal(r) }

func decodeRated(data []byte) (rated, error) {
	var r rated
	err := json.Unmarshal(data, &r)
	return r, err
}

func encodePath(p pathCount) ([]byte, error) { return appendPath(nil, p), nil }

func decodePath(data []byte) (pathCount, error) {
	w := &wire{rest: data}
	p := w.path()
	return p, w.done()
}

func encodeLog(l caseLog) ([]byte, error) {
	b := binary.AppendUvarint(nil, uint64(len(l.lines)))
	for _, line := range l.lines {
		b = appendText(b, line)
	}
	return b, nil
}

func decodeLog(data []byte) (caseLog, error) {
	w := &wire{rest: data}
	var lines []string
	for range w.count(1) {
		lines = append(lines, w.text())
	}
	if err := w.done(); err != nil {
		return caseLog{}, err
	}
	return logOf("", lines)
}
