package funnel

import (
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/leadloop/leadloop/internal/document"
)

// A review collects the mistakes of a definition, in its order.
type review struct {
	definition *Definition
	errs       []error
	stages     []Stage
}

func (r *review) report(path, format string, args ...any) {
	r.errs = append(r.errs, &Mistake{Path: path, Message: fmt.Sprintf(format, args...)})
}

func (r *review) all() {
	d := r.definition
	if d.Schema < 0 {
		r.report("schema", "must be %d, or left out", Schema)
	}
	if d.Schema > Schema {
		r.report("schema", "%s", laterSchema(d.Schema))
	}
	r.name("name", d.Name)
	if d.Version < 1 || d.Version > maxRound {
		r.report("version", "must be from 1 to %d", maxRound)
	}
	if d.MaxRounds < 0 || d.MaxRounds > maxRound {
		r.report("max_rounds", "must be from 1 to %d, or 0 for no limit", maxRound)
	}
	for i, stage := range d.Stages {
		r.stage(fmt.Sprintf("stages[%d]", i), stage, d.Stages[:i])
	}
	for _, stage := range d.Stages {
		r.stages = append(r.stages, stage.Name)
	}
	switch {
	case len(d.Stages) == 0:
		r.report("stages", "there are none: a funnel has at least one")
	case d.Initial == "":
		r.report("initial", "is missing: name the stage at which leads start")
	default:
		r.known("initial", d.Initial)
	}
	for i, e := range d.Edges {
		r.edge(fmt.Sprintf("edges[%d]", i), e, d.Edges[:i])
	}
	for i, e := range d.Returns {
		r.returnEdge(fmt.Sprintf("returns[%d]", i), e, d.Returns[:i])
	}
	for i, reason := range d.Reasons {
		r.reason(fmt.Sprintf("reasons[%d]", i), reason, d.Reasons[:i])
	}
	for i, stage := range d.Stages {
		for j, limit := range stage.Limits {
			r.limit(fmt.Sprintf("stages[%d].limits[%d]", i, j), stage.Name, limit)
		}
	}
	r.reachable()
}

// name checks a text that identifies something.
func (r *review) name(path, name string) {
	if name == "" {
		r.report(path, "is missing")
	}
	if !utf8.ValidString(name) {
		r.report(path, "is not valid UTF-8")
	}
}

// choice checks a value that must be one of a few.
func choice[S ~string](r *review, path string, value S, known ...S) {
	if !slices.Contains(known, value) {
		r.report(path, "unknown value %q%s; known are %q", value, document.DidYouMean(value, known), known)
	}
}

// maxSuggestions is how many mistakes get a search among all stages for what their author may have meant: nobody reads
// more, and a hostile document would make it a search for each of thousands of names among thousands.
const maxSuggestions = 100

func (r *review) known(path string, stage Stage) {
	if slices.Contains(r.stages, stage) {
		return
	}
	suggestion := ""
	if len(r.errs) < maxSuggestions {
		suggestion = document.DidYouMean(stage, r.stages)
	}
	r.report(path, "unknown stage %q%s", stage, suggestion)
}

func (r *review) stage(path string, stage StageDefinition, before []StageDefinition) {
	r.name(path+".name", string(stage.Name))
	choice(r, path+".kind", stage.Kind, KindInventory, KindGate, KindSLA, KindWon, KindLost, KindDetour)
	if stage.Phase != "" {
		choice(r, path+".phase", stage.Phase, PhaseAwareness, PhaseConsideration, PhaseDecision)
	}
	if stage.Order < 0 {
		r.report(path+".order", "must be from 1, or 0 for a stage off the success path")
	}
	if i := slices.IndexFunc(before, func(other StageDefinition) bool { return other.Name == stage.Name }); i >= 0 {
		r.report(path+".name", "the stage %q stands already at stages[%d]", stage.Name, i)
	}
	if i := slices.IndexFunc(before, func(other StageDefinition) bool { return other.Order == stage.Order }); i >= 0 && stage.Order > 0 {
		r.report(path+".order", "stages[%d] has the same place on the success path", i)
	}
}

func (r *review) edge(path string, e Edge, before []Edge) {
	r.known(path+".from", e.From)
	r.name(path+".on", string(e.On))
	r.known(path+".to", e.To)
	if i := slices.IndexFunc(before, func(other Edge) bool { return other.From == e.From && other.On == e.On }); i >= 0 {
		r.report(path, "edges[%d] leads already from %q on %q: what happens must be clear, so drop one", i, e.From, e.On)
	}
	if e.Release == "" {
		return
	}
	choice(r, path+".release", e.Release, ReleaseCoolDown, ReleaseHighIntent, ReleaseManual)
	// A release asks the reason of the return; where leads arrive without one it would refuse them all.
	if r.definition.Initial == e.From {
		r.report(path+".release", "leads start at %q without a reason: a release needs one", e.From)
	}
	if i := slices.IndexFunc(r.definition.Edges, func(other Edge) bool { return other.To == e.From }); i >= 0 {
		r.report(path+".release", "edges[%d] leads to %q without a reason: a release needs one", i, e.From)
	}
}

func (r *review) returnEdge(path string, e ReturnEdge, before []ReturnEdge) {
	r.known(path+".from", e.From)
	r.name(path+".on", string(e.On))
	r.known(path+".to", e.To)
	if i := slices.IndexFunc(r.definition.Edges, func(edge Edge) bool { return string(edge.On) == string(e.On) }); i >= 0 && e.On != "" {
		r.report(path+".on", "edges[%d] uses %q for an event: a return needs a name of its own", i, e.On)
	}
	if len(e.Dispositions) == 0 {
		r.report(path+".dispositions", "there are none: no reason could take this edge")
	}
	if n := len(e.Dispositions); n > len(dispositions) {
		r.report(path+".dispositions", "there are %d, but only %d different ones: %q", n, len(dispositions), dispositions)
		return
	}
	for i, disposition := range e.Dispositions {
		at := fmt.Sprintf("%s.dispositions[%d]", path, i)
		choice(r, at, disposition, dispositions...)
		if slices.Contains(e.Dispositions[:i], disposition) {
			r.report(at, "%q stands here twice", disposition)
		}
		if j := slices.IndexFunc(before, func(other ReturnEdge) bool {
			return other.From == e.From && other.On == e.On && slices.Contains(other.Dispositions, disposition)
		}); j >= 0 {
			r.report(at, "returns[%d] takes %q already from %q on %q: where the lead goes must be clear, so drop one", j, disposition, e.From, e.On)
		}
	}
}

var dispositions = []Disposition{DispositionReroute, DispositionMerge, DispositionAttach, DispositionDefer, DispositionEnrich,
	DispositionRecycle, DispositionDisqualify, DispositionSuppress, DispositionReview}

func (r *review) reason(path string, reason ReasonDefinition, before []ReasonDefinition) {
	r.name(path+".code", string(reason.Code))
	if i := slices.IndexFunc(before, func(other ReasonDefinition) bool { return other.Code == reason.Code }); i >= 0 {
		r.report(path+".code", "the reason %q stands already at reasons[%d]", reason.Code, i)
	}
	choice(r, path+".class", reason.Class, ClassProcedural, ClassClerical, ClassDefinitional, ClassQualification, ClassCompliance, ClassAny)
	choice(r, path+".disposition", reason.Disposition, dispositions...)
	if slices.Contains(dispositions, reason.Disposition) && !slices.ContainsFunc(r.definition.Returns, func(e ReturnEdge) bool {
		return slices.Contains(e.Dispositions, reason.Disposition) && (reason.BeforeContact || !e.BeforeContact)
	}) {
		r.report(path+".disposition", "no return edge can take %q with this reason: add one or drop the reason", reason.Disposition)
	}
	if reason.CoolDownDays < 0 || reason.CoolDownDays > maxDays {
		r.report(path+".cool_down_days", "must be from 0 to %d", maxDays)
	}
	if n, err := strconv.Atoi(reason.MinAttempts); reason.MinAttempts != "" && reason.MinAttempts != "agreement.attempts" && (err != nil || n < 1) {
		r.report(path+".min_attempts", `must be a number from 1, "agreement.attempts", or left out`)
	}
	choice(r, path+".at_fault", reason.AtFault, SideMarketing, SideSales, SideRouting, SideData, SideProduct, SideReview, SideNone)
	for i, field := range reason.Fields {
		r.field(fmt.Sprintf("%s.fields[%d]", path, i), field, reason.Fields[:i])
	}
	for i, adjustment := range reason.Adjust {
		r.adjustment(fmt.Sprintf("%s.adjust[%d]", path, i), adjustment)
	}
	r.reEntry(path+".re_entry", reason)
}

func (r *review) field(path string, field Field, before []Field) {
	r.name(path+".field", field.Name)
	choice(r, path+".type", field.Type, FieldText, FieldID, FieldTime, FieldDate, FieldList, FieldMoney)
	if slices.ContainsFunc(before, func(other Field) bool { return other.Name == field.Name }) {
		r.report(path+".field", "the field %q stands here twice", field.Name)
	}
}

func (r *review) adjustment(path string, a Adjustment) {
	r.name(path+".dimension", a.Dimension)
	choice(r, path+".op", a.Op, OpReset, OpScale)
	if a.Op == OpReset && a.Factor != "" {
		r.report(path+".factor", "a reset has no factor: leave it out")
	}
	if a.Op == OpScale {
		if _, _, err := a.Ratio(); err != nil {
			r.report(path+".factor", "%v", err)
		}
	}
}

func (r *review) reEntry(path string, reason ReasonDefinition) {
	e := reason.ReEntry
	choice(r, path+".when", e.When, WhenAtOnce, WhenCoolDown, WhenField, WhenComplete, WhenManual, WhenNever)
	choice(r, path+".needs", e.Needs, NeedsNone, NeedsThreshold, NeedsNewActivity)
	if e.Bypass != "" {
		choice(r, path+".bypass", e.Bypass, BypassHighIntent)
		if e.When == WhenManual || e.When == WhenNever {
			r.report(path+".bypass", "there is no wait to end when re-entry is %q: leave it out", e.When)
		}
	}
	if e.LeadDays < 0 || e.LeadDays > maxDays {
		r.report(path+".lead_days", "must be from 0 to %d", maxDays)
	}
	if e.Field == "" {
		if e.When == WhenField {
			r.report(path+".field", "is missing: name the date or time field that says when")
		}
		if e.LeadDays != 0 {
			r.report(path+".lead_days", "there is no field that they could precede")
		}
		return
	}
	i := slices.IndexFunc(reason.Fields, func(field Field) bool { return field.Name == e.Field })
	switch {
	case i < 0:
		var names []string
		for _, field := range reason.Fields {
			names = append(names, field.Name)
		}
		r.report(path+".field", "the reason has no field %q%s", e.Field, document.DidYouMean(e.Field, names))
	case reason.Fields[i].Type != FieldDate && reason.Fields[i].Type != FieldTime:
		r.report(path+".field", "the field %q is a %s, not a date or time", e.Field, reason.Fields[i].Type)
	case e.When == WhenManual || e.When == WhenNever:
		r.report(path+".field", "no date matters when re-entry is %q: leave it out", e.When)
	}
}

// reachable reports stages to which no way leads from the initial one.
func (r *review) reachable() {
	d := r.definition
	if !slices.Contains(r.stages, d.Initial) {
		return
	}
	next := map[Stage][]Stage{}
	for _, e := range d.Edges {
		next[e.From] = append(next[e.From], e.To)
	}
	for _, e := range d.Returns {
		next[e.From] = append(next[e.From], e.To)
	}
	seen := map[Stage]bool{d.Initial: true}
	for queue := []Stage{d.Initial}; len(queue) > 0; queue = queue[1:] {
		for _, stage := range next[queue[0]] {
			if !seen[stage] {
				seen[stage] = true
				queue = append(queue, stage)
			}
		}
	}
	for i, stage := range d.Stages {
		if !seen[stage.Name] {
			r.report(fmt.Sprintf("stages[%d]", i), "no way leads from %q to %q", d.Initial, stage.Name)
		}
	}
}
