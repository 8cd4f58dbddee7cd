package funnel

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A Finding is something in a definition that its authors hardly want. It is certain: what a finding says is so for every
// lead, whatever guards and conditions answer.
type Finding struct {
	Path     string      `json:"path"`            // the place in the definition, such as edges[3]; guards[0] is an argument of [Verify]
	Other    string      `json:"other,omitempty"` // the other place, where two are at odds
	Kind     FindingKind `json:"kind"`
	Severity Severity    `json:"severity"`
	Message  string      `json:"message"` // for people
}

// String writes severity, path and message.
func (f Finding) String() string { return fmt.Sprintf("%s: %s: %s", f.Severity, f.Path, f.Message) }

// Severity says how much a finding matters.
type Severity string

// The severities.
const (
	SeverityError   Severity = "error"   // leads get stuck, or it is open what happens to them: must not go live
	SeverityWarning Severity = "warning" // most likely a mistake
)

// FindingKind says what is wrong.
type FindingKind string

// The kinds of findings. The first four are errors, the others warnings.
const (
	DeadEnd        FindingKind = "dead_end"         // leads rest or wait for a decision, and nothing leads on
	SLAWithoutExit FindingKind = "sla_without_exit" // work is owed or a time limit runs, and nothing leads on when it is late
	Trap           FindingKind = "trap"             // leads go on for ever among stages none of which is an end
	AmbiguousEdges FindingKind = "ambiguous_edges"  // two edges, or two time limits, of which it is open which one counts

	UnreachableStage FindingKind = "unreachable_stage" // no lead comes there
	EdgeNeverTaken   FindingKind = "edge_never_taken"  // leads come to its beginning, but none may take it
	ShadowedEdge     FindingKind = "shadowed_edge"     // it lets in nobody whom another edge would not let in as well
	ShadowedLimit    FindingKind = "shadowed_limit"    // an earlier time limit has always taken the lead away
	UncappedCycle    FindingKind = "uncapped_cycle"    // leads may circle without a bound
	UnusedReason     FindingKind = "unused_reason"     // no lead can be returned with it
	UnusedGuard      FindingKind = "unused_guard"      // no edge asks it
)

// severity is the same for all findings of a kind.
func (k FindingKind) severity() Severity {
	switch k {
	case DeadEnd, SLAWithoutExit, Trap, AmbiguousEdges:
		return SeverityError
	}
	return SeverityWarning
}

// Verify walks through all that can happen to a lead under a definition, and lists what its authors hardly want. It needs
// no type of lead: a guard or a condition may say yes or no. The names of the host's guards are given to learn which of
// them no edge asks.
//
// The walk begins at the initial stage and goes over the product of what decides about the next step: the stage; how the
// lead's reason lets it come back; the round, up to MaxRounds; and whether a time limit of the stage has fallen due. So it
// tells "an edge leads there" from "a lead can come there": an edge with a [Release] is no way back for reasons that never
// let a lead back, and none in the last round. Leads that the host enters in the middle are not considered.
//
// An end is a stage that is won or lost, or a detour from which nothing leads on: the lead is set aside. A step back to the
// same stage is no way on, and no cycle either, unless a time limit takes it by itself. One cause is told once: not the
// edges of a stage that no lead reaches, nor the cycle that makes a trap.
//
// [Compile] refuses some of it already, in an obvious form, and Verify tells it again, as it takes any definition:
//
//	kind                 Compile refuses                        Verify adds
//	unreachable_stage    no chain of edges leads there          no lead can take the chain: releases, reasons, rounds
//	ambiguous_edges      the same stage and event, or the       two automatic releases that ask the same; two time
//	                     same return and disposition, twice     limits that fall due at once
//	unused_guard         a guard that no edge names             a guard that only edges name which no lead can take
//	unused_reason        no return takes the disposition        no return takes it at a stage that leads reach
//	all others           nothing                                everything
//
// Findings are in a fixed order. The time is in proportion to stages × rounds × edges; of more than 16 rounds 16 are
// walked. What else Compile refuses, unknown stages above all, Verify passes over.
func Verify(d Definition, guards ...string) []Finding {
	v := &verifier{definition: &d}
	v.ambiguous()
	w := newWalk(&d)
	if start, ok := w.index[d.Initial]; ok {
		w.run(start)
		v.stages(w)
		v.edges(w)
		v.cycles(w)
		v.reasons(w)
	}
	v.guards(w, guards)
	return v.findings
}

// A verifier collects findings.
type verifier struct {
	definition *Definition
	findings   []Finding
}

func (v *verifier) find(kind FindingKind, path, other, format string, args ...any) {
	v.findings = append(v.findings, Finding{path, other, kind, kind.severity(), fmt.Sprintf(format, args...)})
}

// ambiguous finds edges and limits of which it is open which one counts.
func (v *verifier) ambiguous() {
	d := v.definition
	type step struct {
		from        Stage
		on          string
		disposition Disposition
	}
	seen, automatic := map[step]int{}, map[string]int{}
	for i, e := range d.Edges {
		key := step{from: e.From, on: string(e.On)}
		if j, twice := seen[key]; twice {
			v.find(AmbiguousEdges, edgePath(i), edgePath(j), "%s leads from %q on %q as well: which one counts is open", edgePath(j), e.From, e.On)
			continue
		}
		seen[key] = i
		if e.Release != ReleaseCoolDown && e.Release != ReleaseHighIntent {
			continue
		}
		// Nobody chooses between releases that take place by themselves; with the same checks, either may come first.
		asks := fmt.Sprintf("%q", append([]string{string(e.From), string(e.Release)}, e.asks()...))
		if j, twice := automatic[asks]; twice && d.Edges[j].To != e.To {
			v.find(AmbiguousEdges, edgePath(i), edgePath(j), "the release %q of %q leads to %q here and to %q at %s, on the same conditions: which one counts is open",
				e.Release, e.From, e.To, d.Edges[j].To, edgePath(j))
		} else if !twice {
			automatic[asks] = i
		}
	}
	clear(seen)
	for i, e := range d.Returns {
		for _, disposition := range e.Dispositions {
			key := step{e.From, string(e.On), disposition}
			if j, twice := seen[key]; twice && j != i {
				v.find(AmbiguousEdges, returnPath(i), returnPath(j), "%s takes %q from %q on %q as well: which one counts is open", returnPath(j), disposition, e.From, e.On)
				break
			}
			seen[key] = i
		}
	}
	for i, stage := range d.Stages {
		type span struct {
			length   int64
			business bool
		}
		due := map[span]int{}
		for k, limit := range stage.Limits {
			if limit.Event == "" && limit.Return == "" {
				continue
			}
			key := span{limit.length(), limit.Unit.business()}
			if j, twice := due[key]; twice && stage.Limits[j].step() != limit.step() {
				v.find(AmbiguousEdges, limitPath(i, k), limitPath(i, j), "%q falls due at the same time as %q: which one counts is open", limit.step(), stage.Limits[j].step())
			} else if !twice {
				due[key] = k
			}
		}
	}
}

// stages finds stages at which no lead arrives, and those at which leads get stuck.
func (v *verifier) stages(w *walk) {
	for i, stage := range v.definition.Stages {
		path := fmt.Sprintf("stages[%d]", i)
		if w.index[stage.Name] != i {
			continue // stands twice: Compile refuses it
		}
		if !w.reached[i] {
			v.unreachable(w, path, i)
			continue
		}
		for k := range stage.Limits {
			if by := w.shadowing[i]; !w.due[i][k] && by >= 0 {
				v.find(ShadowedLimit, limitPath(i, k), limitPath(i, by), "it never falls due: %q has taken the lead away before", stage.Limits[by].step())
			}
		}
		at := slices.IndexFunc(w.standings, func(s standing) bool { return s.stage == i && !s.leaves })
		if at < 0 {
			continue
		}
		when := w.standings[at].describe(v.definition)
		switch {
		case stage.Kind == KindWon, stage.Kind == KindLost:
		case stage.Kind == KindSLA, len(stage.Limits) > 0:
			v.find(SLAWithoutExit, path, "", "work is owed at %q, and nothing leads on when it is late%s: add an edge or a return to another stage", stage.Name, when)
		case stage.Kind != KindDetour:
			v.find(DeadEnd, path, "", "nothing leads on from %q%s, and it is no end: add an edge or a return to another stage, or make it won, lost or a detour", stage.Name, when)
		}
	}
}

// unreachable tells why, if an edge leads there from where leads come.
func (v *verifier) unreachable(w *walk, path string, stage int) {
	name := v.definition.Stages[stage].Name
	for _, step := range w.steps {
		if step.to == stage && w.reached[step.from] {
			v.find(UnreachableStage, path, step.path(), "no lead comes to %q: %s, the way there, can't be taken, as %s", name, step.path(), w.why(step))
			return
		}
	}
	v.find(UnreachableStage, path, "", "no lead comes to %q: no way leads there from %q", name, v.definition.Initial)
}

// edges finds edges that no lead can take, and those that another makes idle.
func (v *verifier) edges(w *walk) {
	d := v.definition
	for _, step := range w.steps {
		switch {
		case !w.reached[step.from] || !w.reached[step.to]: // told with the stage
		case !step.taken:
			v.find(EdgeNeverTaken, step.path(), "", "no lead can take it: %s", w.why(step))
		case step.release == ReleaseHighIntent && w.arrivals[step.from]&(1<<waitsOrIntent) == 0:
			e := d.Edges[step.index]
			j := slices.IndexFunc(d.Edges, func(o Edge) bool {
				return o.From == e.From && o.To == e.To && o.Release == ReleaseCoolDown &&
					!slices.ContainsFunc(o.asks(), func(ask string) bool { return !slices.Contains(e.asks(), ask) })
			})
			if j >= 0 {
				v.find(ShadowedEdge, step.path(), edgePath(j), "%s lets in all whom this one lets in: no reason with which leads come to %q has a bypass", edgePath(j), e.From)
			}
		}
	}
}

// cycles finds traps and other cycles without a bound.
func (v *verifier) cycles(w *walk) {
	d := v.definition
	for _, c := range w.components() {
		var names []string
		for _, stage := range c.stages {
			names = append(names, fmt.Sprintf("%q", d.Stages[stage].Name))
		}
		among := strings.Join(names, ", ")
		if c.trap {
			v.find(Trap, fmt.Sprintf("stages[%d]", c.stages[0]), "", "leads circle among %s for ever: none of them is an end, and no way leads to one", among)
			continue
		}
		v.find(UncappedCycle, c.back.path(), "", "leads may circle among %s without a bound: %s", among, v.bound())
	}
	for i, stage := range d.Stages {
		for k, limit := range stage.Limits {
			step := w.limitSteps[i][k]
			if step != nil && step.to == i && w.reached[i] && w.due[i][k] && (step.release == "" || !w.capped) {
				v.find(UncappedCycle, limitPath(i, k), step.path(), "by itself %q leads from %q back to it, again and again: let it lead elsewhere or remind somebody", limit.step(), stage.Name)
			}
		}
	}
}

// bound says what would bound a cycle.
func (v *verifier) bound() string {
	if v.definition.MaxRounds <= 0 {
		return "set max_rounds, and give the edge that lets leads in again a release"
	}
	return "give the edge that lets leads in again a release, so that max_rounds counts it"
}

// reasons finds those with which no lead can be returned.
func (v *verifier) reasons(w *walk) {
	for i := range v.definition.Reasons {
		reason := &v.definition.Reasons[i]
		used, other := false, ""
		for _, s := range w.steps {
			if s.back && v.definition.Returns[s.index].fits(reason) {
				used = used || s.taken
				other = s.path()
			}
		}
		path := fmt.Sprintf("reasons[%d]", i)
		switch {
		case used:
		case other != "":
			v.find(UnusedReason, path, other, "no lead can be returned with %q: none comes to where a return takes %q", reason.Code, reason.Disposition)
		case reason.BeforeContact:
			v.find(UnusedReason, path, "", "no lead can be returned with %q: no return takes %q", reason.Code, reason.Disposition)
		default:
			v.find(UnusedReason, path, "", "no lead can be returned with %q: no return after contact takes %q", reason.Code, reason.Disposition)
		}
	}
}

// guards finds those that nobody is asked.
func (v *verifier) guards(w *walk, names []string) {
	asked := map[string]bool{}
	named := map[string]string{} // where, first
	for _, s := range w.steps {
		var asks []string
		if s.back {
			asks = v.definition.Returns[s.index].Guards
		} else {
			asks = v.definition.Edges[s.index].Guards
		}
		for _, name := range asks {
			asked[name] = asked[name] || s.taken
			named[name] = cmp.Or(named[name], s.path())
		}
	}
	for i, name := range names {
		switch path := fmt.Sprintf("guards[%d]", i); {
		case asked[name]:
		case named[name] != "":
			v.find(UnusedGuard, path, named[name], "no edge that a lead can take asks the guard %q", name)
		default:
			v.find(UnusedGuard, path, "", "no edge asks the guard %q", name)
		}
	}
}

func edgePath(i int) string         { return fmt.Sprintf("edges[%d]", i) }
func returnPath(i int) string       { return fmt.Sprintf("returns[%d]", i) }
func limitPath(stage, k int) string { return fmt.Sprintf("stages[%d].limits[%d]", stage, k) }

// asks lists what an edge asks, sorted.
func (e Edge) asks() []string {
	asks := slices.Sorted(slices.Values(e.Guards))
	if e.When != "" {
		asks = append(asks, "when "+e.When)
	}
	return slices.Compact(asks)
}

// fits says whether a return edge takes a reason.
func (e ReturnEdge) fits(reason *ReasonDefinition) bool {
	return slices.Contains(e.Dispositions, reason.Disposition) && (reason.BeforeContact || !e.BeforeContact)
}

// step names what the limit asks for; "" for a reminder.
func (l TimeLimit) step() string { return string(l.Event) + string(l.Return) }

// length is the span in nanoseconds, cut where it would overflow.
func (l TimeLimit) length() int64 {
	unit := int64(l.Unit.length())
	if unit > 0 && int64(l.After) > (1<<62)/unit {
		return 1 << 62
	}
	return int64(l.After) * unit
}
