package funnel

import "time"

// A Position is where a lead, an account or an opportunity stands: all that the host stores of it. It is comparable,
// and JSON, columns of text and numbers, and SQL rows carry it without loss, see the example. Times are in UTC; where columns
// hold less than nanoseconds, the host cuts the times of [By] to what they hold, so that what it reads is what it wrote.
// [Policy.Check] judges a position that was read.
type Position struct {
	ID            string    `json:"id"` // opaque; the host's own
	Policy        string    `json:"policy"`
	PolicyVersion int       `json:"policy_version"`
	Stage         Stage     `json:"stage"`
	Since         time.Time `json:"since"`               // when the last transition occurred, which led to this stage
	Round         int       `json:"round"`               // from 1; every release starts a new one
	Version       int64     `json:"version"`             // number of transitions so far: the host's version check
	NotBefore     time.Time `json:"not_before,omitzero"` // earliest re-entry; zero where the stage knows no wait
	Reason        Reason    `json:"reason,omitempty"`    // of the return that led here; "" after an event
}

// By says who does something, when it occurred, and when it was recorded.
//
// Time never runs backwards along a history: Occurred must not be before the position's Since, and Recorded must not be
// before Occurred. A step that is entered late (backfill) has an Occurred in the past and a Recorded of today; that is
// fine as long as nothing later has been decided about the same lead. A host whose clock ran backwards, or whose
// machines disagree, passes the later of its clock and the position's Since.
type By struct {
	Actor    string    // opaque id of the person or the system
	Occurred time.Time // must be set
	Recorded time.Time // zero: at once, so equal to Occurred
}

// Feedback is what sales tells about a lead that it returns.
type Feedback struct {
	Note   string            `json:"note,omitempty"`   // free text; personal data
	Fields map[string]string `json:"fields,omitempty"` // by name, as the reason's [Field] list asks
}

// A Transition is a step that was decided: the event that the host appends to its log. It says all that [Apply] needs.
// Exactly one of Event, Return and Amendment is set.
type Transition struct {
	ID            string    `json:"id"`
	Policy        string    `json:"policy"`
	PolicyVersion int       `json:"policy_version"`
	Version       int64     `json:"version"` // of the position after it: 1 for the first
	From          Stage     `json:"from"`
	To            Stage     `json:"to"`
	Event         Event     `json:"event,omitempty"`
	Return        Return    `json:"return,omitempty"`
	Reason        Reason    `json:"reason,omitempty"`
	Feedback      Feedback  `json:"feedback,omitzero"`
	Occurred      time.Time `json:"occurred"`
	Recorded      time.Time `json:"recorded"`
	Actor         string    `json:"actor,omitempty"`
	Round         int       `json:"round"` // of the position after it
	NotBefore     time.Time `json:"not_before,omitzero"`
	Redacted      bool      `json:"redacted,omitempty"` // personal feedback was removed, see [Policy.Redact]

	Amendment *Amendment `json:"amendment,omitempty"` // nil for a step of the journey
}

// Apply returns the position after a transition. It is total: it has no clock, asks no policy and cannot fail. Applying
// the same transition again gives the same position. Times become UTC, whatever zone a database driver read them in, so
// that equal positions compare as equal.
func Apply(pos Position, tr Transition) Position {
	apply(&pos, &tr)
	return pos
}

func apply(pos *Position, tr *Transition) {
	pos.ID = tr.ID
	pos.Policy = tr.Policy
	pos.PolicyVersion = tr.PolicyVersion
	pos.Stage = tr.To
	pos.Since = tr.Occurred.UTC()
	pos.Round = tr.Round
	pos.Version = tr.Version
	pos.NotBefore = tr.NotBefore.UTC()
	pos.Reason = tr.Reason
	if tr.Amendment != nil {
		pos.Since = tr.Amendment.Since.UTC()
	}
}

// Redact returns the transition without what may tell who somebody is: the note, and the values of text and id fields
// (and of fields that the policy does not know). Stages, reason, times and all other fields stay, so that nothing is
// lost to reports and [Policy.Replay]. ID and Actor stay as well: they are opaque.
func (p *Policy[L]) Redact(tr Transition) Transition {
	if tr.Return == "" {
		return tr
	}
	tr.Feedback = p.RedactFeedback(tr.Reason, tr.Feedback)
	tr.Redacted = true
	return tr
}
