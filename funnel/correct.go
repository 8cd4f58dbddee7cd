package funnel

// Correct takes back a wrong step and all that followed it, and answers the transition to append: after it the lead stands
// exactly where it stood before the wrong step, with the round, the wait, the reason and the time of then; only the version
// goes on. What was right of the steps taken back is then decided anew, with the times at which it occurred, which are in
// the past (see [By]). Nothing is edited: the log shows what was believed, and until when.
//
// The start is where the history begins: what [Policy.Start] gave, the position of an imported lead, or a snapshot that
// the host keeps. The history is all transitions since, the wrong one by its Version among them. A correction may itself be
// taken back, and so may a merge. After a correction that takes back a migration the position is one of the earlier
// version again, to be carried over anew.
//
// Whether somebody may correct is for the host to decide: guards are not asked, as nothing happens to the lead. On an error
// nothing has happened. It is a [*Violation] if the history does not fit together or does not follow from the start, else a
// [*Refusal]: [ErrWrongPolicy], [ErrPolicyVersion] or [ErrPosition] for a position that can't be, [ErrNoSuchStep] if the history
// has no such version, [ErrTimeInvalid] or [ErrTimeBackwards] if the correction is said to be older than the last step.
func (p *Policy[L]) Correct(start Position, history []Transition, wrong int64, by By) (Transition, error) {
	return p.chart.correct(&start, history, wrong, &by)
}

func (c *chart) correct(start *Position, history []Transition, wrong int64, by *By) (Transition, error) {
	if err := c.stored(start); err != nil {
		return Transition{}, err
	}
	pos, before := *start, *start
	for i := range history {
		tr := &history[i]
		if field := misfit(&pos, tr); field != "" {
			return Transition{}, &Violation{Index: i, Version: tr.Version, Field: field, Err: ErrHistory}
		}
		if tr.Version == wrong {
			before = pos
		}
		apply(&pos, tr)
	}
	if wrong <= start.Version || wrong > pos.Version {
		refusal := c.refuse(&pos, "", "", "", ErrNoSuchStep)
		refusal.Version = wrong
		return Transition{}, refusal
	}
	for _, at := range []*Position{&pos, &before} {
		if err := c.stored(at); err != nil {
			return Transition{}, err
		}
	}
	if refusal := c.times(&pos, "", "", "", by); refusal != nil {
		return Transition{}, refusal
	}
	tr := c.amend(&pos, &before, Amendment{Corrects: wrong}, by)
	tr.PolicyVersion = before.PolicyVersion
	return tr, nil
}

// stored checks a position as Check does, but for its stage and its reason: an earlier version may have had others.
func (c *chart) stored(pos *Position) error {
	known := *pos
	known.Stage, known.Reason = c.definition.Initial, ""
	return c.check(&known)
}

// misfit names the first field of a transition that does not follow from the position before it, whatever the policy.
func misfit(pos *Position, tr *Transition) string {
	switch {
	case tr.ID != pos.ID:
		return "id"
	case tr.Version != pos.Version+1:
		return "version"
	case tr.From != pos.Stage:
		return "from"
	case tr.Policy != pos.Policy:
		return "policy"
	}
	return ""
}
