package app

import (
	"strconv"
	"strings"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
)

// words writes a code as people read it: "no_budget" is "No budget".
func words(code string) string {
	text := strings.ReplaceAll(code, "_", " ")
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

// stageLabels are the standard funnel's stages in words; others are written as they are.
var stageLabels = map[funnel.Stage]string{
	funnel.Inquiry: "Inquiry", funnel.MQL: "Marketing-qualified", funnel.SAL: "Accepted by sales", funnel.SQL: "Qualified by sales",
	funnel.Opportunity: "Opportunity", funnel.Won: "Won", funnel.Lost: "Lost", funnel.Recycled: "Recycled", funnel.Disqualified: "Disqualified",
}

// StageLabel is a stage in words.
func StageLabel(stage funnel.Stage) string {
	if label := stageLabels[stage]; label != "" {
		return label
	}
	return words(string(stage))
}

// sentence tells an event.
func sentence(e *handoff.Event) string {
	by := ""
	if e.Actor != "" {
		by = " by " + e.Actor
	}
	text := words(string(e.Kind))
	switch {
	case e.Kind == handoff.Offered:
		return "Offered to " + e.Owner
	case e.Kind == handoff.Expired:
		return "Nobody answered the offer in time"
	case e.Kind == handoff.AutoAccepted:
		return "Given to " + e.Owner + ", since nobody answered"
	case e.Kind == handoff.Attempted && e.Reached:
		text = "Reached"
	case e.Kind == handoff.Attempted:
		text = "Tried to reach"
	case e.Kind == handoff.Moved && e.Transition != nil && e.Transition.Return != "":
		text = StageLabel(e.Transition.To)
	case e.Kind == handoff.Moved && e.Transition != nil:
		text = "Now " + strings.ToLower(StageLabel(e.Transition.To)[:1]) + StageLabel(e.Transition.To)[1:]
	}
	text += by
	if tr := e.Transition; tr != nil && tr.Reason != "" {
		text += ": " + strings.ToLower(words(string(tr.Reason)))
	}
	return text
}

// told is what a return's feedback says in words.
func told(e *handoff.Event) string {
	feedback := e.Feedback
	if e.Transition != nil {
		feedback = e.Transition.Feedback
	}
	var parts []string
	if e.Because != "" {
		parts = append(parts, "because: "+e.Because)
	}
	if feedback.Note != "" {
		parts = append(parts, feedback.Note)
	}
	for _, name := range sortedKeys(feedback.Fields) {
		parts = append(parts, strings.ReplaceAll(name, "_", " ")+": "+feedback.Fields[name])
	}
	return strings.Join(parts, "; ")
}

func compareText(a, b string) int { return strings.Compare(a, b) }
