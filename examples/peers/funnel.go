package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/looplab/fsm"
	"github.com/qmuntal/stateless"

	"github.com/leadloop/leadloop/funnel"
)

// prospect is what a funnel's guards look at.
type prospect struct{ Consent bool }

// question is one step that a lead is asked to take.
type question struct {
	stage    funnel.Stage
	event    funnel.Event
	lead     *prospect
	position *funnel.Position // what a host of leadloop stores; the others look at the stage alone
}

const refused = -1

var errConsent = errors.New("no consent")

// stages are the standard funnel's; an answer is a place in this list.
var stages = []funnel.Stage{funnel.Inquiry, funnel.MQL, funnel.SAL, funnel.SQL, funnel.Opportunity, funnel.Won, funnel.Lost, funnel.Recycled, funnel.Disqualified}

// guarded is the standard funnel with a guard on every edge.
func guarded() funnel.Definition {
	d := funnel.Standard()
	for i := range d.Edges {
		d.Edges[i].Guards = []string{"consent"}
	}
	return d
}

// A quiz asks questions in a random order: in a fixed or a short one the processor would learn by heart which branch is next.
type quiz struct {
	questions []question
	order     []uint8
}

func (q *quiz) at(i int) *question { return &q.questions[q.order[i]] }

// questions are all steps that can be asked for and are permitted, or all that are not.
func questions(n int, permitted bool) *quiz {
	d := guarded()
	var events []funnel.Event
	for _, e := range d.Edges {
		if !slices.Contains(events, e.On) {
			events = append(events, e.On)
		}
	}
	since := time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)
	var all []question
	for _, stage := range stages {
		position := &funnel.Position{ID: "lead-1", Policy: d.Name, PolicyVersion: d.Version, Stage: stage, Since: since, Round: 1}
		if slices.Contains([]funnel.Stage{funnel.Recycled, funnel.Disqualified, funnel.Lost}, stage) {
			position.Reason, position.NotBefore = funnel.ReasonNoBudget, since
		}
		for _, event := range events {
			edge := slices.ContainsFunc(d.Edges, func(e funnel.Edge) bool { return e.From == stage && e.On == event })
			if edge == permitted {
				all = append(all, question{stage, event, &prospect{Consent: true}, position})
			}
			if edge && !permitted {
				all = append(all, question{stage, event, &prospect{}, position})
			}
		}
	}
	r := rand.New(rand.NewPCG(1, 1))
	order := make([]uint8, n)
	for i := range order {
		order[i] = uint8(r.IntN(len(all)))
	}
	return &quiz{all, order}
}

// bySwitch is a funnel by hand: the next stage, with nothing else checked, said or written down. It is called, as Move is.
//
//go:noinline
func bySwitch(stage funnel.Stage, event funnel.Event, p *prospect) (funnel.Stage, bool) {
	if !p.Consent {
		return "", false
	}
	switch stage {
	case funnel.Inquiry:
		if event == funnel.Qualify {
			return funnel.MQL, true
		}
	case funnel.MQL:
		if event == funnel.Accept {
			return funnel.SAL, true
		}
	case funnel.SAL:
		if event == funnel.SalesQualify {
			return funnel.SQL, true
		}
	case funnel.SQL:
		if event == funnel.Open {
			return funnel.Opportunity, true
		}
	case funnel.Opportunity:
		if event == funnel.Win {
			return funnel.Won, true
		}
	case funnel.Recycled:
		switch event {
		case funnel.Requalify, funnel.Reawaken, funnel.Reopen:
			return funnel.MQL, true
		}
	case funnel.Disqualified, funnel.Lost:
		if event == funnel.Reopen {
			return funnel.MQL, true
		}
	}
	return "", false
}

// steps decides permitted steps, or refuses others.
func steps(n int, permitted bool) (workload, error) {
	list := questions(n, permitted)
	policy, err := funnel.Compile(guarded(), funnel.Guard[prospect]{Name: "consent", Check: func(p *prospect, _ time.Time) error {
		if p.Consent {
			return nil
		}
		return errConsent
	}})
	if err != nil {
		return workload{}, err
	}
	now := time.Date(2026, 6, 1, 9, 0, 0, 0, time.UTC)
	by := funnel.By{Actor: "ann", Occurred: now, Recorded: now.Add(time.Hour)}
	// The shortest are timed in loops of their own: a call through a function value would add to what they take.
	candidates := []candidate{
		{name: "leadloop, Move", answer: func(i int) int64 {
			q := list.at(i)
			tr, err := policy.Move(*q.position, q.event, q.lead, by)
			return numberOf(tr.To, err == nil)
		}, pass: func() (sum int64) {
			for i := range list.order {
				q := list.at(i)
				tr, err := policy.Move(*q.position, q.event, q.lead, by)
				if err != nil {
					sum++
				}
				sum += tr.Version
			}
			return sum
		}},
		{name: "Go by hand, a switch", answer: func(i int) int64 {
			q := list.at(i)
			return numberOf(bySwitch(q.stage, q.event, q.lead))
		}, pass: func() (sum int64) {
			for i := range list.order {
				q := list.at(i)
				next, ok := bySwitch(q.stage, q.event, q.lead)
				if ok {
					sum++
				}
				sum += int64(len(next))
			}
			return sum
		}, asked: asked{least: 1. / 15}},
		byMap(list), byStateless(list), byFSM(list),
	}
	if !permitted {
		candidates[1].asked.least = 1. / 30
		return workload{name: "funnel: a refusal", per: "step", inputs: n, same: true, candidates: candidates, lacks: []lack{
			{"stateless, looplab/fsm, map, switch", "say no more than that the step is not permitted, or which guard refused. leadloop's refusal says which of its causes it is, with what is allowed instead."},
		}}, nil
	}
	return workload{name: "funnel: a permitted step", per: "step", inputs: n, candidates: candidates, lacks: []lack{
		{"stateless, looplab/fsm, map, switch", "know no mandatory reason and nothing of what follows from one (disposition, wait, required fields), no rounds and their limit, no times that may not run backwards, and write no transition to append. leadloop's step includes all of that."},
		{"stateless, looplab/fsm", "hold the state in a machine: stateless reads and writes a variable of ours (external storage), looplab/fsm is set to the lead's stage before each step. A machine for each lead, as their documentation shows, is not measured."},
		{"other state machines", "none could be had as a module where this was written."},
	}}, nil
}

// learned is permitted steps in an order so short that the processor learns it by heart: the switch's best case.
func learned(n int) (workload, error) {
	w, err := steps(n, true)
	if err == nil {
		w.name, w.candidates, w.lacks = "funnel: a permitted step, order learned", w.candidates[:3], nil
	}
	return w, err
}

// numberOf is a stage's place in the list of stages.
func numberOf(stage funnel.Stage, ok bool) int64 {
	if !ok {
		return refused
	}
	return int64(slices.Index(stages, stage))
}

func byMap(list *quiz) candidate {
	type key struct {
		stage funnel.Stage
		event funnel.Event
	}
	next := map[key]funnel.Stage{}
	for _, e := range guarded().Edges {
		next[key{e.From, e.On}] = e.To
	}
	step := func(q *question) (funnel.Stage, bool) {
		if !q.lead.Consent {
			return "", false
		}
		stage, ok := next[key{q.stage, q.event}]
		return stage, ok
	}
	return list.candidate("Go by hand, a map", step)
}

// candidate makes one of a step that is called for each question.
func (q *quiz) candidate(name string, step func(*question) (funnel.Stage, bool)) candidate {
	return candidate{name: name, answer: func(i int) int64 { return numberOf(step(q.at(i))) }, pass: func() (sum int64) {
		for i := range q.order {
			next, _ := step(q.at(i))
			sum += int64(len(next))
		}
		return sum
	}}
}

// byStateless keeps one machine for all leads, with the lead's stage outside of it.
func byStateless(list *quiz) candidate {
	var current stateless.State
	machine := stateless.NewStateMachineWithExternalStorage(
		func(context.Context) (stateless.State, error) { return current, nil },
		func(_ context.Context, state stateless.State) error { current = state; return nil },
		stateless.FiringImmediate)
	consent := func(_ context.Context, arguments ...any) bool { return arguments[0].(*prospect).Consent }
	for _, e := range guarded().Edges {
		machine.Configure(e.From).Permit(e.On, e.To, consent)
	}
	return list.candidate("qmuntal/stateless", func(q *question) (funnel.Stage, bool) {
		current = q.stage
		err := machine.FireCtx(context.Background(), q.event, q.lead)
		return current.(funnel.Stage), err == nil
	})
}

// byFSM sets one machine to the lead's stage before each step.
func byFSM(list *quiz) candidate {
	var events fsm.Events
	for _, e := range guarded().Edges {
		events = append(events, fsm.EventDesc{Name: string(e.On), Src: []string{string(e.From)}, Dst: string(e.To)})
	}
	machine := fsm.NewFSM(string(funnel.Inquiry), events, fsm.Callbacks{"before_event": func(_ context.Context, e *fsm.Event) {
		if !e.Args[0].(*prospect).Consent {
			e.Cancel(errConsent)
		}
	}})
	return list.candidate("looplab/fsm", func(q *question) (funnel.Stage, bool) {
		machine.SetState(string(q.stage))
		err := machine.Event(context.Background(), string(q.event), q.lead)
		return funnel.Stage(machine.Current()), err == nil
	})
}
