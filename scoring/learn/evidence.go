package learn

import (
	"cmp"
	"maps"
	"slices"

	"github.com/leadloop/leadloop/scoring"
)

// Evidence counts outcomes per rule of one version of a model, and per row of its tables. Use
// [NewEvidence] to make one. It is not safe for concurrent use; give each
// goroutine its own and merge them.
type Evidence struct {
	card    *card
	reader  reader
	total   counts
	hits    []counts // by slot
	reasons map[string]int64
}

// counts are the judged leads and the positive ones among them, by target.
type counts struct {
	judged, positive [2]int64
}

// add counts an outcome n times; n may be negative.
func (c *counts) add(o *Outcome, n int64) {
	for i, v := range [2]Verdict{o.Accepted, o.Won} {
		if v == Pending {
			continue
		}
		c.judged[i] += n
		if v == Positive {
			c.positive[i] += n
		}
	}
}

// holds tells whether an outcome may have been counted.
func (c *counts) holds(o *Outcome) bool {
	for i, v := range [2]Verdict{o.Accepted, o.Won} {
		if v == Positive && c.positive[i] == 0 || v == Negative && c.positive[i] == c.judged[i] {
			return false
		}
	}
	return true
}

func (c *counts) merge(o counts) {
	for i := range c.judged {
		c.judged[i] += o.judged[i]
		c.positive[i] += o.positive[i]
	}
}

// NewEvidence makes empty evidence for the rules of a model. Two rules of one
// name in a dimension are an error. The model is copied.
func NewEvidence(model scoring.Model) (*Evidence, error) {
	c, err := newCard(model)
	if err != nil {
		return nil, err
	}
	return &Evidence{card: c, reader: newReader(c, true), hits: make([]counts, len(c.slots)), reasons: map[string]int64{}}, nil
}

// Add counts one outcome. After an error nothing of it has been counted. It
// takes time in proportion to the hits.
func (e *Evidence) Add(o Outcome) error {
	hits, err := e.check(&o)
	if err != nil {
		return err
	}
	e.count(&o, hits, 1)
	return nil
}

// Remove takes back one outcome that was added: the evidence is as if it had never been. Evidence is
// counts, so that it cannot tell one outcome from another with the same answers; what cannot
// have been added is [ErrNotAdded], and nothing changes.
func (e *Evidence) Remove(o Outcome) error {
	hits, err := e.check(&o)
	if err != nil {
		return err
	}
	held := e.total.holds(&o) && (o.Reason == "" || e.reasons[o.Reason] > 0)
	for _, h := range hits {
		held = held && e.hits[h.slot].holds(&o)
	}
	if !held {
		return ErrNotAdded
	}
	e.count(&o, hits, -1)
	return nil
}

func (e *Evidence) check(o *Outcome) ([]hit, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	return e.reader.read(o.Hits)
}

func (e *Evidence) count(o *Outcome, hits []hit, n int64) {
	e.total.add(o, n)
	for _, h := range hits {
		e.hits[h.slot].add(o, n)
	}
	if o.Reason != "" {
		e.giveReason(o.Reason, n)
	}
}

// Merge adds the counts of other, which stays as it is. Both must be of the
// same version of the same model, without any difference.
func (e *Evidence) Merge(other *Evidence) error {
	if err := e.card.same(other.card); err != nil {
		return err
	}
	e.total.merge(other.total)
	for i := range e.hits {
		e.hits[i].merge(other.hits[i])
	}
	for reason, n := range other.reasons {
		e.giveReason(reason, n)
	}
	return nil
}

func (e *Evidence) giveReason(reason string, n int64) {
	if e.reasons == nil { // not made by NewEvidence: no rules, but no panic either
		e.reasons = map[string]int64{}
	}
	e.reasons[reason] += n
	if e.reasons[reason] == 0 {
		delete(e.reasons, reason)
	}
}

// ReasonCount is how often a reason was given.
type ReasonCount struct {
	Reason string `json:"reason"`
	Count  int64  `json:"count"`
}

// Reasons lists the reasons given, the most frequent first, equally frequent
// ones by name.
func (e *Evidence) Reasons() []ReasonCount {
	list := make([]ReasonCount, 0, len(e.reasons))
	for _, reason := range slices.Sorted(maps.Keys(e.reasons)) {
		list = append(list, ReasonCount{reason, e.reasons[reason]})
	}
	slices.SortStableFunc(list, func(a, b ReasonCount) int { return cmp.Compare(b.Count, a.Count) })
	return list
}
