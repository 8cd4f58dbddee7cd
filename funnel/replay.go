package funnel

import (
	"errors"
	"time"
)

// Replay folds a history, the transitions of one lead in their order, into its position, and lists every transition that
// this policy would not have allowed. The error joins a [*Violation] for each; the position is the fold of [Apply] even
// then, so that one old mistake does not hide what follows.
//
// "Which leads would break if we shipped this?": those whose history a policy compiled from the new definition does not
// replay without a violation. Transitions of earlier versions are held against this one, except for those before a
// migration ([Migration.Carry]): they were taken under names that this version need not have, so that they must fit
// together and no more. For a draft that drops stages, append to each history what Carry answers.
//
// Guards and conditions are not asked again: the lead as it was then is not known. Of a redacted transition the fields that
// were removed are not asked for. Amendments are worked out anew: what a correction leads back to, and by which rule
// duplicates were merged.
func (p *Policy[L]) Replay(history []Transition) (Position, error) {
	if len(history) == 0 {
		return Position{}, ErrNoHistory
	}
	start := p.Start(history[0].ID, By{})
	start.Since = time.Time{} // the start is no transition: when it was is not known
	return p.chart.replay(start, history)
}

// ReplayFrom is [Policy.Replay] for a history that begins elsewhere than at the initial stage: with the position in which a
// lead was imported, or a snapshot that the host keeps. An empty history leads to the start itself.
func (p *Policy[L]) ReplayFrom(start Position, history []Transition) (Position, error) {
	return p.chart.replay(start, history)
}

func (c *chart) replay(start Position, history []Transition) (Position, error) {
	r := replay{chart: c, start: start, pos: start, history: history, unknown: start.Since.IsZero()}
	for i := 0; i < len(history); i++ {
		if history[i].migrates() && i >= r.judged { // rare: begin again, knowing of it
			r.begin(lastMigration(history) + 1)
			i = 0
		}
		r.audit(i)
		apply(&r.pos, &history[i])
	}
	return r.pos, errors.Join(r.errs...)
}

// begin goes back to the start of a history that this policy judges only from a transition on. At which stage of
// an earlier version it started the policy can't know.
func (r *replay) begin(judged int) {
	if first := &r.history[0]; r.unknown {
		r.start.Stage, r.start.PolicyVersion = first.From, first.PolicyVersion
		if first.migrates() {
			r.start.PolicyVersion = first.Amendment.Migrates
		}
	}
	r.pos, r.stood, r.errs, r.judged = r.start, nil, nil, judged
}

func lastMigration(history []Transition) int {
	last := len(history) - 1
	for !history[last].migrates() {
		last--
	}
	return last
}

func (tr *Transition) migrates() bool { return tr.Amendment != nil && tr.Amendment.Migrates != 0 }

// A replay goes through a history.
type replay struct {
	chart   *chart
	start   Position
	history []Transition
	unknown bool       // when the start was
	judged  int        // transitions from here on are held against the policy: after the last migration
	pos     Position   // before the transition
	stood   []Position // before each transition, as far as a correction has asked for
	errs    []error
}

func (r *replay) report(i int, field string, err error) {
	r.errs = append(r.errs, &Violation{Index: i, Version: r.history[i].Version, Field: field, Err: err})
}

// audit reports what is wrong with a transition.
func (r *replay) audit(i int) {
	pos, tr := &r.pos, &r.history[i]
	if tr.ID != pos.ID || tr.Version != pos.Version+1 || tr.From != pos.Stage || tr.Policy != pos.Policy || tr.PolicyVersion != pos.PolicyVersion {
		if tr.ID != pos.ID {
			r.report(i, "id", ErrHistory)
		}
		if tr.Version != pos.Version+1 {
			r.report(i, "version", ErrHistory)
		}
		if tr.From != pos.Stage {
			r.report(i, "from", ErrHistory)
		}
		back := tr.Amendment != nil && tr.Amendment.Corrects != 0
		if (i > 0 || !r.unknown) && tr.Policy == pos.Policy && tr.PolicyVersion < pos.PolicyVersion && !back {
			r.report(i, "policy_version", ErrHistory)
		}
		// Judge the step itself as if all before it had been right.
		as := *pos
		as.ID, as.Version, as.Stage, as.Policy = tr.ID, tr.Version-1, tr.From, tr.Policy
		if tr.Amendment == nil {
			as.PolicyVersion = tr.PolicyVersion
		}
		pos = &as
	}
	by := By{Occurred: tr.Occurred, Recorded: tr.Recorded}
	want := outcome{round: pos.Round}
	var refusal *Refusal
	switch {
	case !tr.single():
		r.report(i, "event", ErrHistory)
		return
	case tr.Amendment != nil:
		r.amendment(i, pos, &by)
		return
	case i < r.judged:
		if refusal = r.chart.ours(pos, tr); refusal == nil {
			refusal = r.chart.times(pos, tr.Event, tr.Return, tr.Reason, &by)
		}
		want = outcome{tr.To, tr.Round, tr.Reason, tr.NotBefore}
	case tr.Event != "":
		var e *edge
		if e, want.round, refusal = r.chart.move(pos, tr.Event, &by); e != nil {
			want.to = e.To
		}
	default:
		var e *returnEdge
		if e, want.notBefore, refusal = r.chart.giveBack(pos, tr.Return, tr.Reason, tr.Feedback, &by, tr.Redacted); e != nil {
			want.to, want.reason = e.To, tr.Reason
		}
	}
	if refusal != nil {
		r.report(i, "", refusal)
		return
	}
	r.compare(i, &want)
}

// single says whether a transition is one thing only: an event, a return or an amendment.
func (tr *Transition) single() bool {
	if tr.Amendment != nil {
		return tr.Event == "" && tr.Return == ""
	}
	return (tr.Event == "") != (tr.Return == "")
}

// An outcome is what of a transition follows from the position before it and the policy.
type outcome struct {
	to        Stage
	round     int
	reason    Reason
	notBefore time.Time
}

// ours refuses a transition of another policy or of a later version.
func (c *chart) ours(pos *Position, tr *Transition) *Refusal {
	switch {
	case tr.Policy != c.definition.Name:
		return c.refuse(pos, tr.Event, tr.Return, tr.Reason, ErrWrongPolicy)
	case tr.PolicyVersion > c.definition.Version:
		return c.refuse(pos, tr.Event, tr.Return, tr.Reason, ErrPolicyVersion)
	}
	return nil
}

// compare reports the first field that is not what follows.
func (r *replay) compare(i int, want *outcome) (same bool) {
	tr := &r.history[i]
	switch {
	case tr.To != want.to:
		r.report(i, "to", ErrHistory)
	case tr.Round != want.round:
		r.report(i, "round", ErrHistory)
	case tr.Reason != want.reason:
		r.report(i, "reason", ErrHistory)
	case !tr.NotBefore.Equal(want.notBefore):
		r.report(i, "not_before", ErrHistory)
	default:
		return true
	}
	return false
}
