package funnel

import (
	"errors"
	"time"
)

// Replay folds a history, the transitions of one lead in their order, into its position, and lists every transition that
// this policy would not have allowed: "which leads would break if we shipped this?". The error joins a [*Violation] for
// each; the position is the fold of [Apply] even then, so that one old mistake does not hide what follows.
//
// Guards and conditions are not asked again: the lead as it was then is not known. Transitions of earlier versions of
// the policy are held against this one. Of a redacted transition the fields that were removed are not asked for.
func (p *Policy[L]) Replay(history []Transition) (Position, error) {
	if len(history) == 0 {
		return Position{}, ErrNoHistory
	}
	pos := p.Start(history[0].ID, By{})
	pos.Since = time.Time{} // the start is no transition: when it was is not known
	var errs []error
	for i := range history {
		errs = p.chart.audit(errs, &pos, i, &history[i])
		apply(&pos, &history[i])
	}
	return pos, errors.Join(errs...)
}

// audit appends what is wrong with the transition that follows a position.
func (c *chart) audit(errs []error, pos *Position, i int, tr *Transition) []error {
	report := func(field string, err error) {
		errs = append(errs, &Violation{Index: i, Version: tr.Version, Field: field, Err: err})
	}
	if tr.ID != pos.ID || tr.Version != pos.Version+1 || tr.From != pos.Stage || tr.Policy != pos.Policy || tr.PolicyVersion != pos.PolicyVersion {
		if tr.ID != pos.ID {
			report("id", ErrHistory)
		}
		if tr.Version != pos.Version+1 {
			report("version", ErrHistory)
		}
		if tr.From != pos.Stage {
			report("from", ErrHistory)
		}
		if i > 0 && tr.Policy == pos.Policy && tr.PolicyVersion < pos.PolicyVersion {
			report("policy_version", ErrHistory)
		}
		// Judge the step itself as if all before it had been right.
		as := *pos
		as.ID, as.Version, as.Stage, as.Policy, as.PolicyVersion = tr.ID, tr.Version-1, tr.From, tr.Policy, tr.PolicyVersion
		pos = &as
	}
	by := By{Occurred: tr.Occurred, Recorded: tr.Recorded}
	want := Transition{Round: pos.Round}
	var refusal *Refusal
	switch {
	case (tr.Event == "") == (tr.Return == ""):
		report("event", ErrHistory)
		return errs
	case tr.Event != "":
		var e *edge
		if e, want.Round, refusal = c.move(pos, tr.Event, &by); e != nil {
			want.To = e.To
		}
	default:
		var e *returnEdge
		if e, want.NotBefore, refusal = c.giveBack(pos, tr.Return, tr.Reason, tr.Feedback, &by, tr.Redacted); e != nil {
			want.To, want.Reason = e.To, tr.Reason
		}
	}
	switch {
	case refusal != nil:
		report("", refusal)
	case tr.To != want.To:
		report("to", ErrHistory)
	case tr.Round != want.Round:
		report("round", ErrHistory)
	case tr.Reason != want.Reason:
		report("reason", ErrHistory)
	case !tr.NotBefore.Equal(want.NotBefore):
		report("not_before", ErrHistory)
	}
	return errs
}
