package learn

import (
	"github.com/leadloop/leadloop/scoring"
)

// Sample is outcomes to learn from: how often each was seen, without names and order. Samples of
// parts of the leads merge into the sample of all, whose results have the same bits. Use
// [NewSample] to make one. It is not safe for concurrent use; give each goroutine its own and merge them.
type Sample struct {
	card   *card
	reader reader
	rows   map[string]int64 // how often, by the row's bytes
	size   int64
	buffer []byte
}

// NewSample makes an empty sample for the rules of a model. Two rules of one
// name in a dimension are an error. The model is copied.
func NewSample(model scoring.Model) (*Sample, error) {
	c, err := newCard(model)
	if err != nil {
		return nil, err
	}
	return &Sample{card: c, reader: newReader(c, false), rows: map[string]int64{}}, nil
}

// Add adds one outcome. After an error nothing has changed.
func (s *Sample) Add(o Outcome) error {
	if err := s.encode(&o); err != nil {
		return err
	}
	if s.rows == nil { // not made by NewSample: no rules, but no panic either
		s.rows = map[string]int64{}
	}
	s.rows[string(s.buffer)]++
	s.size++
	return nil
}

// Remove takes back an outcome that was added: the sample is as if it had never been. What has not been
// added is [ErrNotAdded], and nothing changes.
func (s *Sample) Remove(o Outcome) error {
	if err := s.encode(&o); err != nil {
		return err
	}
	switch n := s.rows[string(s.buffer)]; n {
	case 0:
		return ErrNotAdded
	case 1:
		delete(s.rows, string(s.buffer))
	default:
		s.rows[string(s.buffer)] = n - 1
	}
	s.size--
	return nil
}

// Merge adds the outcomes of other, which stays as it is. Both must be of the
// same version of the same model, without any difference.
func (s *Sample) Merge(other *Sample) error {
	if err := s.card.same(other.card); err != nil {
		return err
	}
	if s.rows == nil {
		s.rows = map[string]int64{}
	}
	for code, n := range other.rows {
		s.rows[code] += n
	}
	s.size += other.size
	return nil
}

// Len is how many outcomes the sample has.
func (s *Sample) Len() int64 { return s.size }
