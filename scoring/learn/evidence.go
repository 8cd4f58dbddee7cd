package learn

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/leadloop/leadloop/scoring"
)

// Errors of evidence. The errors returned say more.
var (
	ErrUnknownRule = errors.New("learn: the outcome names a rule that the model does not have")
	ErrRepeatedHit = errors.New("learn: the outcome names a rule twice")
	ErrOutcome     = errors.New("learn: the outcome contradicts itself")
	ErrOtherModel  = errors.New("learn: the evidence was gathered under another model")
)

// Evidence counts outcomes per rule of one version of a model. Use
// [NewEvidence] to make one. It is not safe for concurrent use; give each
// goroutine its own and merge them.
type Evidence struct {
	model   string
	version int
	rules   []string
	points  []scoring.Points
	index   map[string]int
	total   counts
	hits    []counts
	reasons map[string]int64
	seen    []uint64 // by rule: the last call of Add, counted in calls, that named it
	calls   uint64
}

// counts are the judged leads and the positive ones among them, by target.
type counts struct {
	judged, positive [2]int64
}

func (c *counts) add(o Outcome) {
	for i, v := range [2]Verdict{o.Accepted, o.Won} {
		if v == Pending {
			continue
		}
		c.judged[i]++
		if v == Positive {
			c.positive[i]++
		}
	}
}

func (c *counts) merge(o counts) {
	for i := range c.judged {
		c.judged[i] += o.judged[i]
		c.positive[i] += o.positive[i]
	}
}

// NewEvidence makes empty evidence for the rules of a model.
func NewEvidence(model scoring.Model) *Evidence {
	e := &Evidence{model: model.Name, version: model.Version, index: map[string]int{}, reasons: map[string]int64{}}
	for _, d := range model.Dimensions {
		for _, r := range d.Rules {
			name := d.Name + "/" + r.Name
			e.index[name] = len(e.rules)
			e.rules = append(e.rules, name)
			e.points = append(e.points, r.Points)
		}
	}
	e.hits, e.seen = make([]counts, len(e.rules)), make([]uint64, len(e.rules))
	return e
}

// Add counts one outcome. After an error nothing of it has been counted. It
// takes time in proportion to the hits.
func (e *Evidence) Add(o Outcome) error {
	if o.Won != Pending && o.Accepted != Positive {
		return fmt.Errorf("%w: it is won or lost without being accepted", ErrOutcome)
	}
	if min(o.Accepted, o.Won) < Pending || max(o.Accepted, o.Won) > Negative {
		return fmt.Errorf("%w: a verdict is Pending, Positive or Negative", ErrOutcome)
	}
	e.calls++
	for i, hit := range o.Hits {
		rule, ok := e.rule(hit)
		if !ok {
			return fmt.Errorf("%w: hits[%d] is %q; count it under the model version it was scored with", ErrUnknownRule, i, hit)
		}
		if e.seen[rule] == e.calls {
			return fmt.Errorf("%w: hits[%d] is %q", ErrRepeatedHit, i, hit)
		}
		e.seen[rule] = e.calls
	}
	e.total.add(o)
	for _, hit := range o.Hits {
		rule, _ := e.rule(hit)
		e.hits[rule].add(o)
	}
	if o.Reason != "" {
		e.count(o.Reason, 1)
	}
	return nil
}

// rule finds the rule of a hit, with or without row and points.
func (e *Evidence) rule(hit string) (int, bool) {
	if rule, ok := e.index[hit]; ok {
		return rule, true
	}
	h, err := scoring.ParseHit(hit)
	rule, ok := e.index[h.Rule]
	return rule, ok && err == nil
}

// Merge adds the counts of other, which stays as it is. Both must be of the
// same version of the same model, with the same rules and points.
func (e *Evidence) Merge(other *Evidence) error {
	if e.model != other.model || e.version != other.version {
		return fmt.Errorf("%w: %s version %d, not %s version %d", ErrOtherModel, other.model, other.version, e.model, e.version)
	}
	if !slices.Equal(e.rules, other.rules) || !slices.Equal(e.points, other.points) {
		return fmt.Errorf("%w: %s version %d has other rules or points; a changed model needs a new version", ErrOtherModel, e.model, e.version)
	}
	e.total.merge(other.total)
	for i := range e.hits {
		e.hits[i].merge(other.hits[i])
	}
	for reason, n := range other.reasons {
		e.count(reason, n)
	}
	return nil
}

func (e *Evidence) count(reason string, n int64) {
	if e.reasons == nil { // not made by NewEvidence: no rules, but no panic either
		e.reasons = map[string]int64{}
	}
	e.reasons[reason] += n
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
