package flow

import (
	"time"

	"github.com/leadloop/leadloop/funnel"
)

// A Step is one row of a log: a lead entered a stage. Only At and Stage are needed; a log that knows no transitions has
// no more. A log that knows but events has Event in place of Stage.
type Step struct {
	At      time.Time     // when it occurred
	Stage   funnel.Stage  // that it entered
	From    funnel.Stage  // that it left; "" if the log does not say
	Reason  funnel.Reason // of a return; "" for none
	Version int64         // number of the step in the lead's history, from 1; 0 if the log does not say
	Amount  int64         // of the deal, in minor units, as it is known since this step; 0 if the log does not say
	Line    int           // of the log, for [Problem]; 0 for none

	// Event is the name of an event or a return, where the log does not know the stage that the lead entered: it follows from
	// the definition and from where the lead stood, at first in the definition's initial stage; for a return with several
	// ways, from the Reason's disposition. What the definition does not permit there is a [NotPermitted] problem. Ignored if
	// Stage is set.
	Event funnel.Event

	// Amended is set for a row that is no step but puts the log right, a [funnel.Amendment]: when that was. From then on, and
	// not in a report as of before, the lead is taken to have been in Stage since At; Corrects is the version of
	// the first step that is taken back with all until the row, or 0. An amendment to where the lead stands anyway is no visit.
	Amended  time.Time
	Corrects int64
}

// StepOf takes what a flow needs from a transition. Of who did it and of the feedback nothing is kept. Where the host's versions also
// count what is no step of the funnel, such as the offers of a hand-over desk, it numbers the steps itself, or sets Version to 0; else the
// versions in between are found missing.
func StepOf(tr funnel.Transition) Step {
	s := Step{At: tr.Occurred, Stage: tr.To, From: tr.From, Reason: tr.Reason, Version: tr.Version}
	if a := tr.Amendment; a != nil {
		s.At, s.Amended, s.Corrects, s.From = a.Since, tr.Occurred, a.Corrects, ""
	}
	return s
}

// A Journey is all that a log knows of one lead.
//
// A transition says which stage the lead left, but the start of a journey is no transition. If the first step has a From,
// the lead was there, since an unknown time. A host that knows when it came adds a step of its own, with the stage of
// [funnel.Policy.Start], and everything is measured:
//
//	j := flow.Journey{Lead: id, Steps: []flow.Step{{At: created, Stage: funnel.Inquiry}}}
//	for _, tr := range history {
//		j.Steps = append(j.Steps, flow.StepOf(tr))
//	}
type Journey struct {
	Lead     string    // opaque id, kept in problems and in the list of those who wait longest; nowhere else
	Steps    []Step    // in any order; they are not kept
	Observed time.Time // since when the lead is watched, for one that was imported in mid-funnel; zero: from its first step
	Segments []string  // what tells leads apart: "origin: webinar", "size: 200+"; a repeated one counts once
}
