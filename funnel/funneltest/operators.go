package funneltest

import (
	"fmt"
	"slices"

	"github.com/leadloop/leadloop/funnel"
)

// A mutant is one change of a definition. It is made to a copy.
type mutant struct {
	name   string // operator: what it changes
	change func(d *funnel.Definition)
}

// mutants lists the mutants of a definition, in the order of the operators in the package's documentation.
func mutants(d *funnel.Definition) []mutant {
	b := &breeder{d: d}
	b.edges()
	b.added()
	b.guards()
	b.releases()
	b.returns()
	b.reasons()
	b.fields()
	b.waits()
	b.policy()
	return b.list
}

// A breeder gathers mutants. The methods only look at d; the changes get a copy of it.
type breeder struct {
	d    *funnel.Definition
	list []mutant
}

func (b *breeder) add(operator, what string, change func(d *funnel.Definition)) {
	b.list = append(b.list, mutant{operator + ": " + what, change})
}

func (b *breeder) edges() {
	for i, e := range b.d.Edges {
		b.add("edge dropped", edgeName(e), func(d *funnel.Definition) { d.Edges = slices.Delete(d.Edges, i, i+1) })
	}
	for i, e := range b.d.Returns {
		b.add("edge dropped", returnEdgeName(e), func(d *funnel.Definition) { d.Returns = slices.Delete(d.Returns, i, i+1) })
	}
	if len(b.d.Stages) < 2 {
		return
	}
	for i, e := range b.d.Edges {
		to := b.nextStage(e.To)
		b.add("edge redirected", edgeName(e)+" to "+quote(string(to)), func(d *funnel.Definition) { d.Edges[i].To = to })
	}
	for i, e := range b.d.Returns {
		to := b.nextStage(e.To)
		b.add("edge redirected", returnEdgeName(e)+" to "+quote(string(to)), func(d *funnel.Definition) { d.Returns[i].To = to })
	}
}

// nextStage is the one after a stage in the definition's list, and the first after the last.
func (b *breeder) nextStage(stage funnel.Stage) funnel.Stage {
	i := slices.IndexFunc(b.d.Stages, func(s funnel.StageDefinition) bool { return s.Name == stage })
	return b.d.Stages[(i+1)%len(b.d.Stages)].Name
}

func (b *breeder) added() {
	for _, on := range eventNames(b.d) {
		model := b.d.Edges[slices.IndexFunc(b.d.Edges, func(e funnel.Edge) bool { return e.On == on })]
		for _, stage := range b.d.Stages {
			if slices.ContainsFunc(b.d.Edges, func(e funnel.Edge) bool { return e.From == stage.Name && e.On == on }) {
				continue
			}
			added := model
			added.From, added.Guards = stage.Name, slices.Clone(model.Guards)
			b.add("edge added", edgeName(added), func(d *funnel.Definition) { d.Edges = append(d.Edges, added) })
		}
	}
	for _, on := range returnNames(b.d) {
		first := b.d.Returns[slices.IndexFunc(b.d.Returns, func(e funnel.ReturnEdge) bool { return e.On == on })].From
		for _, stage := range b.d.Stages {
			if slices.ContainsFunc(b.d.Returns, func(e funnel.ReturnEdge) bool { return e.From == stage.Name && e.On == on }) {
				continue
			}
			b.add("edge added", quote(string(stage.Name))+" "+quote(string(on)), func(d *funnel.Definition) {
				for _, e := range slices.Clone(d.Returns) {
					if e.From == first && e.On == on {
						e.From, e.Guards, e.Dispositions = stage.Name, slices.Clone(e.Guards), slices.Clone(e.Dispositions)
						d.Returns = append(d.Returns, e)
					}
				}
			})
		}
	}
}

// negatedGuard is what the guard is called that says yes where another says no.
func negatedGuard(name string) string { return "not " + name }

func negatedCondition(when string) string { return "not (" + when + ")" }

func (b *breeder) guards() {
	asks := func(edge string, guards []string, when string, of func(d *funnel.Definition) (*[]string, *string)) {
		for i, g := range guards {
			b.add("guard removed", edge+" asks "+quote(g), func(d *funnel.Definition) {
				list, _ := of(d)
				*list = slices.Delete(*list, i, i+1)
			})
			b.add("guard negated", edge+" asks "+quote(g), func(d *funnel.Definition) {
				list, _ := of(d)
				(*list)[i] = negatedGuard(g)
			})
		}
		if when == "" {
			return
		}
		b.add("guard removed", edge+" asks "+quote(when), func(d *funnel.Definition) {
			_, condition := of(d)
			*condition = ""
		})
		b.add("guard negated", edge+" asks "+quote(when), func(d *funnel.Definition) {
			_, condition := of(d)
			*condition = negatedCondition(when)
		})
	}
	for i, e := range b.d.Edges {
		asks(edgeName(e), e.Guards, e.When, func(d *funnel.Definition) (*[]string, *string) { return &d.Edges[i].Guards, &d.Edges[i].When })
	}
	for i, e := range b.d.Returns {
		asks(returnEdgeName(e), e.Guards, e.When, func(d *funnel.Definition) (*[]string, *string) { return &d.Returns[i].Guards, &d.Returns[i].When })
	}
	for i, e := range b.d.Returns {
		operator := "guard added"
		if e.BeforeContact {
			operator = "guard removed"
		}
		b.add(operator, returnEdgeName(e)+" before contact", func(d *funnel.Definition) { d.Returns[i].BeforeContact = !e.BeforeContact })
	}
}

func (b *breeder) releases() {
	for i, e := range b.d.Edges {
		if e.Release == "" {
			continue
		}
		b.add("release removed", edgeName(e), func(d *funnel.Definition) { d.Edges[i].Release = "" })
		for _, other := range []funnel.Release{funnel.ReleaseCoolDown, funnel.ReleaseHighIntent, funnel.ReleaseManual} {
			if other != e.Release {
				b.add("release changed", fmt.Sprintf("%s to %s", edgeName(e), other), func(d *funnel.Definition) { d.Edges[i].Release = other })
			}
		}
	}
}

func (b *breeder) returns() {
	for i, e := range b.d.Returns {
		for j, disposition := range e.Dispositions {
			if len(e.Dispositions) > 1 { // else it is an edge dropped
				b.add("disposition removed", returnEdgeName(e)+": "+string(disposition), func(d *funnel.Definition) {
					d.Returns[i].Dispositions = slices.Delete(d.Returns[i].Dispositions, j, j+1)
				})
			}
		}
	}
	for _, on := range returnNames(b.d) {
		b.add("reason made optional", quote(string(on)), func(d *funnel.Definition) { owesNothing(d, on) })
	}
}

// owesNothing makes events of the returns of a name. Where they lead, leads have no reason now, so that what lets them in
// again does not ask for one.
func owesNothing(d *funnel.Definition, on funnel.Return) {
	var left []funnel.ReturnEdge
	for _, e := range d.Returns {
		if e.On != on {
			left = append(left, e)
			continue
		}
		for i := range d.Edges {
			if d.Edges[i].From == e.To {
				d.Edges[i].Release = ""
			}
		}
		event := funnel.Edge{From: e.From, On: funnel.Event(on), To: e.To, Guards: e.Guards, When: e.When}
		if !slices.ContainsFunc(d.Edges, func(other funnel.Edge) bool { return other.From == event.From && other.On == event.On }) {
			d.Edges = append(d.Edges, event)
		}
	}
	d.Returns = left
}

var dispositions = []funnel.Disposition{funnel.DispositionReroute, funnel.DispositionMerge, funnel.DispositionAttach, funnel.DispositionDefer,
	funnel.DispositionEnrich, funnel.DispositionRecycle, funnel.DispositionDisqualify, funnel.DispositionSuppress, funnel.DispositionReview}

func (b *breeder) reasons() {
	for i, r := range b.d.Reasons {
		code := quote(string(r.Code))
		b.add("reason dropped", code, func(d *funnel.Definition) { d.Reasons = slices.Delete(d.Reasons, i, i+1) })
		to := dispositions[(slices.Index(dispositions, r.Disposition)+1)%len(dispositions)]
		b.add("reason moved", code+" to "+string(to), func(d *funnel.Definition) { d.Reasons[i].Disposition = to })
		b.add("reason before contact", code, func(d *funnel.Definition) { d.Reasons[i].BeforeContact = !r.BeforeContact })
	}
}

func (b *breeder) fields() {
	for i, r := range b.d.Reasons {
		for j, field := range r.Fields {
			name := quote(string(r.Code)) + " " + quote(field.Name)
			operator := "field made optional"
			if field.Optional {
				operator = "field made owed"
			}
			b.add(operator, name, func(d *funnel.Definition) { d.Reasons[i].Fields[j].Optional = !field.Optional })
			b.add("field dropped", name, func(d *funnel.Definition) { d.Reasons[i].Fields = slices.Delete(d.Reasons[i].Fields, j, j+1) })
			if field.Type != funnel.FieldText {
				b.add("field loosened", name, func(d *funnel.Definition) { d.Reasons[i].Fields[j].Type = funnel.FieldText })
			}
		}
	}
}

func (b *breeder) waits() {
	for i, r := range b.d.Reasons {
		code := quote(string(r.Code))
		if r.CoolDownDays > 0 {
			b.add("wait dropped", code, func(d *funnel.Definition) { d.Reasons[i].CoolDownDays = 0 })
		}
		b.add("wait lengthened", code, func(d *funnel.Definition) { d.Reasons[i].CoolDownDays++ })
		if r.ReEntry.Field != "" {
			b.add("date ignored", code, func(d *funnel.Definition) {
				e := &d.Reasons[i].ReEntry
				e.Field, e.LeadDays = "", 0
				if e.When == funnel.WhenField {
					e.When = funnel.WhenCoolDown
				}
			})
			b.add("date shifted", code, func(d *funnel.Definition) { d.Reasons[i].ReEntry.LeadDays++ })
		}
		when := []funnel.When{funnel.WhenNever}
		switch r.ReEntry.When {
		case funnel.WhenNever:
			when = []funnel.When{funnel.WhenAtOnce}
		case funnel.WhenManual:
			when = []funnel.When{funnel.WhenNever, funnel.WhenAtOnce}
		}
		for _, to := range when {
			b.add("re-entry changed", code+" to "+string(to), func(d *funnel.Definition) { d.Reasons[i].ReEntry.When = to })
		}
		bypass := funnel.BypassHighIntent
		if r.ReEntry.Bypass != "" {
			bypass = ""
		}
		b.add("bypass changed", code, func(d *funnel.Definition) { d.Reasons[i].ReEntry.Bypass = bypass })
	}
}

// policy gathers what is said of the whole funnel and its stages.
func (b *breeder) policy() {
	if n := b.d.MaxRounds; n > 0 {
		b.add("cap lifted", fmt.Sprintf("%d rounds", n), func(d *funnel.Definition) { d.MaxRounds = 0 })
		b.add("cap raised", fmt.Sprintf("%d rounds", n), func(d *funnel.Definition) { d.MaxRounds++ })
		if n > 1 {
			b.add("cap lowered", fmt.Sprintf("%d rounds", n), func(d *funnel.Definition) { d.MaxRounds-- })
		}
	}
	if len(b.d.Stages) > 1 {
		to := b.nextStage(b.d.Initial)
		b.add("start moved", "to "+quote(string(to)), func(d *funnel.Definition) { d.Initial = to })
	}
	for i, stage := range b.d.Stages {
		for j, l := range stage.Limits {
			name := fmt.Sprintf("%s after %d %s", quote(string(stage.Name)), l.After, l.Unit)
			b.add("time limit dropped", name, func(d *funnel.Definition) { d.Stages[i].Limits = slices.Delete(d.Stages[i].Limits, j, j+1) })
			b.add("time limit lengthened", name, func(d *funnel.Definition) { d.Stages[i].Limits[j].After++ })
		}
	}
}
