package funnel

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/leadloop/leadloop/internal/document"
)

// A Mapping says what becomes of the names that a new version of a policy no longer has. Names that both versions have
// need no entry, but may have one.
type Mapping struct {
	Stages  map[Stage]Stage   `json:"stages,omitempty"`
	Reasons map[Reason]Reason `json:"reasons,omitempty"`
}

// A Migration carries positions from one version of a policy to a later one. It is immutable and safe for concurrent use.
type Migration struct {
	old, next *chart
	stages    map[Stage]Stage   // of every old stage
	reasons   map[Reason]Reason // of every old reason
}

// Migrate prepares the way from a version of a policy to a later one. It is total: every position that is valid under the
// old version has a place under the new one, or else the error says which stage or reason lacks one. The error joins a
// [*Mistake] for each, with paths into the arguments: old, new and mapping. It also says so if leads that stand somewhere
// without a reason would come to a stage that lets nobody in again without one.
//
// Where nothing was renamed or dropped nobody needs to migrate: [Policy.Move] takes positions of earlier versions. Which steps
// that were taken under the old version the new one would not have allowed, [Policy.Replay] tells, and [Diff] what the two
// do differently.
func Migrate(old, next Definition, mapping Mapping) (*Migration, error) {
	r := &review{}
	m := &Migration{old: r.chart("old", old), next: r.chart("new", next), stages: map[Stage]Stage{}, reasons: map[Reason]Reason{}}
	if len(r.errs) > 0 {
		return nil, errors.Join(r.errs...)
	}
	if old.Name != next.Name {
		r.report("new.name", "is %q, not %q: another policy is no new version", next.Name, old.Name)
	}
	if next.Version <= old.Version {
		r.report("new.version", "is %d, not above %d", next.Version, old.Version)
	}
	var stages, nextStages []Stage
	for _, s := range old.Stages {
		stages = append(stages, s.Name)
	}
	for _, s := range next.Stages {
		nextStages = append(nextStages, s.Name)
	}
	var reasons, nextReasons []Reason
	for _, reason := range old.Reasons {
		reasons = append(reasons, reason.Code)
	}
	for _, reason := range next.Reasons {
		nextReasons = append(nextReasons, reason.Code)
	}
	mapNames(r, "stage", stages, nextStages, mapping.Stages, m.stages)
	mapNames(r, "reason", reasons, nextReasons, mapping.Reasons, m.reasons)
	for i, stage := range stages {
		to := m.next.node(m.stages[stage])
		if to == nil || !m.withoutReason(stage) {
			continue
		}
		if e := slices.IndexFunc(to.edges, func(e edge) bool { return e.Release != "" }); e >= 0 {
			r.report(fmt.Sprintf("old.stages[%d]", i), "leads stand at %q without a reason, which new.edges[%d] from %q asks for: map the stage to another one",
				stage, to.edges[e].index, to.name)
		}
	}
	if len(r.errs) > 0 {
		return nil, errors.Join(r.errs...)
	}
	return m, nil
}

// chart checks a definition and compiles all of it but the guards.
func (r *review) chart(path string, d Definition) *chart {
	d = d.clone()
	own := review{definition: &d}
	own.all()
	for _, err := range own.errs {
		if mistake, ok := err.(*Mistake); ok {
			mistake.Path = path + "." + mistake.Path
		}
		r.errs = append(r.errs, err)
	}
	if len(own.errs) > 0 {
		return nil
	}
	return newChart(d)
}

// mapNames finds what becomes of every old name: what the mapping says, or the same.
func mapNames[S ~string](r *review, what string, old, next []S, mapping, whole map[S]S) {
	for i, name := range old {
		to, mapped := mapping[name]
		if !mapped {
			to = name
		}
		switch {
		case slices.Contains(next, to):
			whole[name] = to
		case mapped:
			r.report(fmt.Sprintf("mapping.%ss[%q]", what, name), "the new version has no %s %q%s", what, to, document.DidYouMean(to, next))
		default:
			r.report(fmt.Sprintf("old.%ss[%d]", what, i), "the new version has no %s %q: map it to one that it has", what, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(mapping)) {
		if !slices.Contains(old, name) {
			r.report(fmt.Sprintf("mapping.%ss[%q]", what, name), "the old version has no such %s%s", what, document.DidYouMean(name, old))
		}
	}
}

// withoutReason says whether leads can stand at an old stage without a reason.
func (m *Migration) withoutReason(stage Stage) bool {
	d := &m.old.definition
	return stage == d.Initial || slices.ContainsFunc(d.Edges, func(e Edge) bool { return e.To == stage })
}

// Carry carries a position over and answers the transition to append. The lead stands at the stage and with the reason that the
// mapping says; since when, in which round and until when it waits remain, as they were promised. Time limits of the new version run
// from the same instant, so that [Policy.Due] may list some that have passed.
//
// It takes every position of the old version, and of earlier ones whose stage and reason the old version has. On an error,
// always a [*Refusal], nothing has happened: [ErrMigrated] for a position that is one of the new version already, so that a
// batch that was broken off can be run again; what [Policy.Check] would find under the old version; [ErrTimeInvalid] or
// [ErrTimeBackwards].
func (m *Migration) Carry(pos Position, by By) (Transition, error) {
	if pos.Policy == m.next.definition.Name && pos.PolicyVersion == m.next.definition.Version {
		return Transition{}, m.next.refuse(&pos, "", "", "", ErrMigrated)
	}
	if err := m.old.check(&pos); err != nil {
		return Transition{}, err
	}
	if refusal := m.old.times(&pos, "", "", "", &by); refusal != nil {
		return Transition{}, refusal
	}
	where := pos
	where.Stage, where.Reason = m.stages[pos.Stage], m.reasons[pos.Reason]
	return m.next.amend(&pos, &where, Amendment{Migrates: pos.PolicyVersion}, &by), nil
}
