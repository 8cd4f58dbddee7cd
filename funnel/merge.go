package funnel

import "strings"

// Merge joins a duplicate with the lead that survives: two records, of which somebody has found that they are one. It
// answers the transition that the survivor's log gets; after it the survivor stands where the two of them stand together:
//
//  1. Law and consent first: if one was returned with a reason of [ClassCompliance], there.
//  2. Else on the success path, as far as either has got. Where both stand at the same stage, since the earlier time: no
//     deadline is put off by a merge.
//  3. Else, both being off the path, where the later of the two steps has led: what was learned last holds. A return that only
//     says "this is a duplicate" or "this belongs to another deal" ([DispositionMerge], [DispositionAttach]) has taught nothing and
//     yields to any other.
//
// Stage, time, reason and wait come from the one that this rule selects; the round is the higher of the two. What
// is still equal is decided by the definition's order of stages, the longer wait, and the code of the reason, so that the
// outcome does not depend on which one survives or in which order several duplicates are merged. Id and version are the survivor's.
//
// A merge says nothing of the duplicate's own log. Merge first, then return the duplicate with the policy's reason for
// duplicates, or delete it: its last stage, in which it stood by its own right, is what the rule needs.
//
// On an error, always a [*Refusal], nothing has happened: what [Policy.Check] finds of either position (the refusal has its
// ID), [ErrSameLead] if both are the same, [ErrTimeInvalid] or [ErrTimeBackwards] if the merge is said to be older than
// either's last step. A position of an earlier version of the policy is taken as one of this version.
func (p *Policy[L]) Merge(survivor, duplicate Position, by By) (Transition, error) {
	return p.chart.merge(&survivor, &duplicate, &by)
}

func (c *chart) merge(survivor, duplicate *Position, by *By) (Transition, error) {
	for _, pos := range []*Position{survivor, duplicate} {
		if err := c.check(pos); err != nil {
			return Transition{}, err
		}
		if refusal := c.times(pos, "", "", "", by); refusal != nil {
			return Transition{}, refusal
		}
	}
	if survivor.ID == duplicate.ID {
		return Transition{}, c.refuse(survivor, "", "", "", ErrSameLead)
	}
	where, copied := c.joined(survivor, duplicate), *duplicate
	copied.Since, copied.NotBefore = copied.Since.UTC(), copied.NotBefore.UTC()
	return c.amend(survivor, &where, Amendment{Merges: &copied}, by), nil
}

// joined is where two positions stand together.
func (c *chart) joined(a, b *Position) Position {
	where, other := *a, *b
	if c.compare(&where, &other) < 0 {
		where, other = other, where
	}
	where.Round = max(where.Round, other.Round)
	return where
}

// compare tells by the rule of [Policy.Merge] which of two positions counts: the greater. The order is total over stage, time,
// reason and wait, which makes merging commutative and associative.
func (c *chart) compare(a, b *Position) int {
	class, order := c.standing(a)
	other, otherOrder := c.standing(b)
	if class != other {
		return class - other
	}
	if order != otherOrder {
		return order - otherOrder
	}
	later := a.Since.Compare(b.Since)
	if class == onPath {
		later = -later
	}
	if later != 0 {
		return later
	}
	if place := c.stages.place(string(a.Stage)) - c.stages.place(string(b.Stage)); place != 0 {
		return place
	}
	if wait := a.NotBefore.Compare(b.NotBefore); wait != 0 {
		return wait
	}
	return strings.Compare(string(a.Reason), string(b.Reason))
}

// The classes of positions in a merge, from the one that yields to all others.
const (
	elsewhere = iota // returned because it is the same as another
	offPath
	onPath
	forbidden // by law or consent
)

// standing gives the class of a position, and on the success path its place there.
func (c *chart) standing(pos *Position) (class, order int) {
	stage := &c.definition.Stages[c.stages.place(string(pos.Stage))]
	reason := c.reason(pos.Reason)
	switch {
	case reason != nil && reason.Class == ClassCompliance:
		return forbidden, 0
	case stage.Order > 0 && stage.Kind != KindLost && stage.Kind != KindDetour:
		return onPath, stage.Order
	case reason != nil && (reason.Disposition == DispositionMerge || reason.Disposition == DispositionAttach):
		return elsewhere, 0
	}
	return offPath, 0
}
