package app

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
)

// An Action is a command that the page of a lead shows, and what it takes.
type Action struct {
	Command string
	Label   string         // for the button, such as "Accept"
	Refused string         // why not now, in words; "": it may be sent
	Because bool           // a cause is owed, since a manager decides in the owner's place, or a decision is overridden
	Revenue bool           // an amount is owed
	Reached bool           // asks whether the lead was reached
	Reasons []ReasonChoice // of a return: those that the stage takes
}

// A ReasonChoice is a reason of a return.
type ReasonChoice struct {
	Reason  funnel.Reason
	Label   string         // in words, such as "No budget"
	Follows string         // what follows, in words: the track, the wait, when it comes back
	To      funnel.Stage   // where it leads
	Fields  []funnel.Field // that it takes; those that are not Optional are owed
	Refused string         // why not now; "": it may be given
}

// actionOrder is the order of buttons.
var actionOrder = []struct{ command, label string }{
	{Accept, "Accept"}, {Reject, "Reject"}, {Attempt, "Log an attempt"}, {Qualify, "Qualify"}, {Open, "Open an opportunity"}, {Win, "Won"}, {Lose, "Lost"},
	{Recycle, "Recycle"}, {Disqualify, "Disqualify"}, {Offer, "Offer to sales"}, {Reopen, "Reopen"}, {Withdraw, "Withdraw"},
}

// Actions are the commands of a user's role on a lead, those that may be sent now and those that may not, with the cause. It tries
// each on the case by the desk itself, so that it can't say anything else than [App.Do].
func (a *App) Actions(ctx context.Context, by User, lead string) ([]Action, error) {
	g, err := a.current(ctx)
	if err != nil {
		return nil, err
	}
	s, err := a.scoreLead(ctx, g, lead)
	if err != nil {
		return nil, err
	}
	c, err := a.store.Case(ctx, lead)
	if err != nil {
		return nil, err
	}
	return g.actions(by, c, s, a.now()), nil
}

// actions tries every command of a role on a case.
func (g *agreed) actions(by User, c handoff.Case, s *scored, now time.Time) []Action {
	options := g.policy.Permitted(c.Position, s.view(), now)
	var list []Action
	for _, known := range actionOrder {
		if !slices.Contains(mayDo[known.command], by.Role) {
			continue
		}
		action := Action{Command: known.command, Label: known.label, Revenue: known.command == Win, Reached: known.command == Attempt}
		action.Because = known.command == Reopen || by.Role == Admin && c.Owner != "" && c.Owner != by.ID && known.command != Offer && known.command != Withdraw
		try := func(r Request) string {
			r.Command, r.Version, r.Because = known.command, c.Version, "trial"
			var cmd handoff.Command
			if known.command == Offer {
				cmd = s.offer(c, by.ID)
			} else {
				cmd = r.command(by)
			}
			_, err := g.desk.Decide(c, cmd, s.view(), now)
			return inWords(err)
		}
		if choices := g.choices(known.command, c, options); choices != nil {
			action.Reasons, action.Refused = g.tryReasons(choices, try)
		} else {
			action.Refused = try(Request{})
		}
		list = append(list, action)
	}
	return list
}

// choices are the reasons that a return takes where a case stands; nil if the command is no return.
func (g *agreed) choices(command string, c handoff.Case, options []funnel.Option) []funnel.Choice {
	choices := []funnel.Choice{}
	switch command {
	case Withdraw:
		for _, r := range g.definition.Reasons {
			if r.Class == funnel.ClassCompliance || r.Disposition == funnel.DispositionMerge {
				choices = append(choices, funnel.Choice{Reason: r.Code, To: c.Stage})
			}
		}
		return choices
	case Reject, Recycle, Disqualify, Lose:
		for _, o := range options {
			if o.Return == funnel.Return(command) {
				choices = append(choices, o.Reasons...)
			}
		}
		return choices
	}
	return nil
}

// tryReasons tries every reason, with feedback that fits. The return is refused if all of them are.
func (g *agreed) tryReasons(choices []funnel.Choice, try func(Request) string) (list []ReasonChoice, refused string) {
	if len(choices) == 0 {
		return nil, try(Request{Reason: "other", Note: "trial"})
	}
	for _, choice := range choices {
		definition, _ := g.policy.Reason(choice.Reason)
		r := ReasonChoice{Reason: choice.Reason, Label: words(string(choice.Reason)), To: choice.To, Fields: definition.Fields, Follows: follows(definition)}
		r.Refused = try(Request{Reason: choice.Reason, Fields: example(definition.Fields)})
		list = append(list, r)
	}
	if slices.ContainsFunc(list, func(r ReasonChoice) bool { return r.Refused == "" }) {
		return list, ""
	}
	return list, list[0].Refused
}

// example is feedback of the right form, to try a return with.
func example(fields []funnel.Field) map[string]string {
	values := map[string]string{}
	for _, f := range fields {
		if f.Optional {
			continue
		}
		values[f.Name] = map[funnel.FieldType]string{
			funnel.FieldText: "trial", funnel.FieldID: "trial", funnel.FieldTime: "2100-01-01T00:00:00Z", funnel.FieldDate: "2100-01-01", funnel.FieldList: "trial",
			funnel.FieldMoney: "1",
		}[f.Type]
	}
	return values
}

// follows says what becomes of a lead that is returned with a reason.
func follows(r funnel.ReasonDefinition) string {
	parts := []string{words(string(r.Disposition))}
	if r.Track != "" {
		parts = append(parts, "track "+r.Track)
	}
	switch r.ReEntry.When {
	case funnel.WhenAtOnce:
		parts = append(parts, "comes back at once")
	case funnel.WhenCoolDown:
		parts = append(parts, "comes back after "+plural(r.CoolDownDays, "day"))
	case funnel.WhenField:
		parts = append(parts, "comes back around the date given, else after "+plural(r.CoolDownDays, "day"))
	case funnel.WhenComplete:
		parts = append(parts, "comes back when its data are complete")
	case funnel.WhenManual:
		parts = append(parts, "comes back if somebody decides so")
	case funnel.WhenNever:
		parts = append(parts, "does not come back")
	}
	return strings.Join(parts, ", ")
}

// inWords is the text of a refusal, without the prefix that names the package.
func inWords(err error) string {
	if err == nil {
		return ""
	}
	var desk *handoff.Refusal
	var policy *funnel.Refusal
	switch {
	case errors.As(err, &desk) && errors.Is(desk.Kind, handoff.ErrNotOwner):
		return "the lead is somebody else's"
	case errors.As(err, &desk), errors.As(err, &policy):
		text := err.Error()
		for _, prefix := range []string{"handoff: ", "funnel: "} {
			text = strings.TrimPrefix(text, prefix)
		}
		return text
	}
	return err.Error()
}
