package funnel

// Check says whether a position that comes from somewhere, such as a row of a database, can be one of this policy. Nil
// means that it can; the error is a [*Refusal] of the first of these kinds that applies:
//
//   - [ErrWrongPolicy]: it belongs to a policy of another name
//   - [ErrPolicyVersion]: a later version of the policy wrote it, so this program is too old
//   - [ErrUnknownStage]: the policy has no such stage: a wrong row, or one that [Migrate] should have carried over
//   - [ErrPosition]: id, policy_version, round, version, since or not_before is impossible; Field says which
//   - [ErrReasonUnknown]: the catalogue has no such reason
//
// [Policy.Move] and [Policy.Return] check all of it but the times and a reason that they don't need, so nobody has to call
// Check before them. A round above MaxRounds is possible, since an earlier version may have allowed it.
func (p *Policy[L]) Check(pos Position) error { return p.chart.check(&pos) }

func (c *chart) check(pos *Position) error {
	if _, refusal := c.locate(pos, "", ""); refusal != nil {
		return refusal
	}
	kind, field := ErrPosition, ""
	switch {
	case pos.Since.Before(earliest) || pos.Since.After(latest):
		field = "since"
	case !pos.NotBefore.IsZero() && (pos.NotBefore.Before(earliest) || pos.NotBefore.After(latest)):
		field = "not_before"
	case pos.Reason != "" && c.reason(pos.Reason) == nil:
		kind = ErrReasonUnknown
	default:
		return nil
	}
	refusal := c.refuse(pos, "", "", pos.Reason, kind)
	refusal.Field = field
	return refusal
}
