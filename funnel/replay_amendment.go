package funnel

// amendment reports what is wrong with a correction, a merge or a migration.
func (r *replay) amendment(i int, pos *Position, by *By) {
	tr, a := &r.history[i], r.history[i].Amendment
	if !instantOf(a.Since).valid() {
		r.report(i, "amendment.since", ErrHistory)
		return
	}
	if pos.Since.IsZero() { // of the start, which is not known
		as := *pos
		as.Since = a.Since
		pos = &as
	}
	refusal := r.chart.ours(pos, tr)
	if refusal == nil {
		refusal = r.chart.times(pos, "", "", "", by)
	}
	if refusal != nil {
		r.report(i, "", refusal)
		return
	}
	var where Position // and under which version of the policy
	var wrong string   // the field that is
	var err error
	switch {
	case a.Corrects != 0 && a.Merges == nil && a.Migrates == 0:
		where, wrong = r.corrected(i)
	case a.Corrects == 0 && a.Merges != nil && a.Migrates == 0:
		where, err = r.merged(i, pos, by)
	case a.Corrects == 0 && a.Merges == nil && a.Migrates != 0:
		where, wrong, err = r.migrated(i, pos)
	default:
		wrong = "amendment"
	}
	switch {
	case err != nil:
		r.report(i, "", err)
	case wrong != "":
		r.report(i, wrong, ErrHistory)
	case !r.compare(i, &outcome{where.Stage, where.Round, where.Reason, where.NotBefore}):
	case !a.Since.Equal(where.Since):
		r.report(i, "amendment.since", ErrHistory)
	case tr.PolicyVersion != where.PolicyVersion:
		r.report(i, "policy_version", ErrHistory)
	}
}

// corrected is where a correction leads back to.
func (r *replay) corrected(i int) (where Position, wrong string) {
	a := r.history[i].Amendment
	before := r.before(i, a.Corrects)
	if before == nil {
		return where, "amendment.corrects"
	}
	where = *before
	if first := &r.history[0]; r.unknown && where.Version == r.start.Version { // any time and version until the first step
		where.Since, where.PolicyVersion = a.Since, r.history[i].PolicyVersion
		switch {
		case a.Since.After(first.Occurred):
			return where, "amendment.since"
		case where.PolicyVersion < 1 || where.PolicyVersion > first.PolicyVersion:
			return where, "policy_version"
		}
	}
	return where, ""
}

// merged is where a merge leads to.
func (r *replay) merged(i int, pos *Position, by *By) (Position, error) {
	tr := &r.history[i]
	if i < r.judged {
		return Apply(*pos, *tr), nil
	}
	merged, err := r.chart.merge(pos, tr.Amendment.Merges, by)
	if err != nil {
		return Position{}, err
	}
	where := Apply(*pos, merged)
	if o := tr.Amendment.Merges; i == 0 && r.unknown && tr.To == o.Stage && tr.Reason == o.Reason && tr.NotBefore.Equal(o.NotBefore) && tr.Amendment.Since.Equal(o.Since) {
		// Which of the two was later can't be told: the lead may stand where the duplicate does.
		where.Stage, where.Since, where.Reason, where.NotBefore = o.Stage, o.Since, o.Reason, o.NotBefore
	}
	where.PolicyVersion = tr.PolicyVersion
	return where, nil
}

// migrated is where a migration leads to: anywhere, as a mapping says, which is not known.
func (r *replay) migrated(i int, pos *Position) (where Position, wrong string, err error) {
	tr := &r.history[i]
	switch {
	case tr.Amendment.Migrates != pos.PolicyVersion:
		return where, "amendment.migrates", nil
	case tr.PolicyVersion <= pos.PolicyVersion:
		return where, "policy_version", nil
	case (tr.Reason == "") != (pos.Reason == ""):
		return where, "reason", nil
	}
	where = *pos
	where.Stage, where.Reason, where.PolicyVersion = tr.To, tr.Reason, tr.PolicyVersion
	if i == r.judged-1 { // from here on this policy judges
		err = r.chart.check(&where)
	}
	return where, "", err
}

// before is where the lead stood before the transition of a version that precedes transition i; nil if there is none.
func (r *replay) before(i int, version int64) *Position {
	k := uint64(version) - uint64(r.start.Version) - 1 // a start from anywhere may be 2^63 versions away
	if version <= r.start.Version || k >= uint64(i) || r.history[k].Version != version {
		return nil
	}
	if r.stood == nil {
		r.stood = append(r.stood, r.start)
	}
	for n := len(r.stood); uint64(n) <= k; n++ {
		r.stood = append(r.stood, Apply(r.stood[n-1], r.history[n-1]))
	}
	return &r.stood[k]
}
