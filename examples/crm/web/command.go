package web

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/leadloop/leadloop/examples/crm/app"
	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
)

// A commandPage is the form of a command on a lead. One with reasons has two steps, so that no script is needed: first the reason is
// chosen, then its fields are filled in.
type commandPage struct {
	app.Row
	Action  app.Action
	Reason  app.ReasonChoice // that was chosen
	Values  map[string]string
	Problem string            // why the desk says no; "" where a field says it
	Wrong   map[string]string // by the name of the field in the form
	Stale   bool              // the lead has changed since the form was made
}

// Step is "reason" if one is still to be chosen, else "fields".
func (p commandPage) Step() string {
	if p.Action.Reasons != nil && p.Reason.Reason == "" {
		return "reason"
	}
	return "fields"
}

// The form's fields; those of a reason have a prefix.
const (
	noteField    = "note"
	becauseField = "because"
	revenueField = "revenue"
	reachedField = "reached"
	reasonField  = "reason"
	fieldPrefix  = "field."
)

// action finds the command of the address among those of the user's role on the lead.
func (s *site) action(v *visit) (commandPage, error) {
	lead, err := s.app.Lead(v.context(), v.user, v.r.PathValue("lead"))
	if err != nil {
		return commandPage{}, err
	}
	page := commandPage{Row: lead.Row, Values: map[string]string{}, Wrong: map[string]string{}}
	for _, action := range lead.Actions {
		if action.Command == v.r.PathValue("command") {
			page.Action = action
			return page, nil
		}
	}
	return page, app.ErrForbidden
}

// choose sets the reason.
func (p *commandPage) choose(reason string) {
	i := slices.IndexFunc(p.Action.Reasons, func(r app.ReasonChoice) bool { return string(r.Reason) == reason })
	if i >= 0 {
		p.Reason = p.Action.Reasons[i]
	}
}

func (s *site) showCommand(v *visit) error {
	page, err := s.action(v)
	if err != nil {
		return err
	}
	query := v.r.URL.Query()
	page.choose(query.Get(reasonField))
	switch {
	case query.Has(reasonField) && page.Reason.Reason == "":
		page.Wrong[reasonField] = "Choose one of the reasons."
	case query.Has("next") && page.Step() == "reason":
		page.Wrong[reasonField] = "Choose a reason first."
	}
	page.Problem = sentence(plain(page.Action.Refused))
	status := http.StatusOK
	if len(page.Wrong) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return v.show(status, "command", page)
}

func (s *site) doCommand(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	lead, command := v.r.PathValue("lead"), v.r.PathValue("command")
	page, err := s.action(v)
	if errors.Is(err, app.ErrForbidden) { // a command that exists may be foreign to the role: package app says so, and keeps no record
		return s.app.Do(v.context(), v.user, lead, app.Request{Command: command})
	}
	if err != nil {
		return err
	}
	page.choose(v.r.PostForm.Get(reasonField))
	request, ok := page.read(v, s.zone)
	if ok {
		err = s.app.Do(v.context(), v.user, lead, request)
		if err == nil {
			return v.after("/leads/"+lead, command)
		}
		if !app.Refused(err) {
			return err
		}
		page.refuse(err)
	}
	return v.show(http.StatusUnprocessableEntity, "command", page)
}

// read makes a form into a request, and notes what can't be read.
func (p *commandPage) read(v *visit, zone *time.Location) (request app.Request, ok bool) {
	form := v.r.PostForm
	for name := range form {
		p.Values[name] = form.Get(name)
	}
	version, err := readWhole(form.Get("version"))
	if err != nil {
		p.Problem = "The form has no version of the lead: load the page again."
		return request, false
	}
	request = app.Request{
		Command: p.Action.Command, Version: version, Reason: p.Reason.Reason, Note: strings.TrimSpace(form.Get(noteField)),
		Because: strings.TrimSpace(form.Get(becauseField)),
	}
	if p.Action.Reasons != nil && request.Reason == "" {
		p.Wrong[reasonField] = "Choose a reason first."
		return request, false
	}
	if p.Action.Because && request.Because == "" {
		p.Wrong[becauseField] = "Say why: you decide in somebody else's place, or against an earlier decision."
	}
	if p.Action.Reached {
		switch form.Get(reachedField) {
		case "yes":
			request.Reached = true
		case "no":
		default:
			p.Wrong[reachedField] = "Choose one."
		}
	}
	if p.Action.Revenue {
		if request.Revenue, err = readMoney(form.Get(revenueField)); err != nil {
			p.Wrong[revenueField] = sentence(err.Error()) + "."
		}
	}
	request.Fields = map[string]string{}
	for _, field := range p.Reason.Fields {
		value, problem := readField(field, form.Get(fieldPrefix+field.Name), zone)
		if problem != "" {
			p.Wrong[fieldPrefix+field.Name] = problem
		} else if value != "" {
			request.Fields[field.Name] = value
		}
	}
	return request, len(p.Wrong) == 0
}

// readField writes what somebody filled in as the funnel wants it. Whether a field is owed, the funnel says.
func readField(field funnel.Field, text string, zone *time.Location) (value, problem string) {
	text = strings.TrimSpace(text)
	if text == "" {
		return "", ""
	}
	switch field.Type {
	case funnel.FieldMoney:
		minor, err := readMoney(text)
		if err != nil {
			return "", sentence(err.Error()) + "."
		}
		return whole(minor), ""
	case funnel.FieldTime:
		for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05"} {
			if at, err := time.ParseInLocation(layout, text, zone); err == nil {
				return at.UTC().Format(time.RFC3339), ""
			}
		}
		return "", "Write a day and a time such as 2026-03-01T09:00."
	}
	return text, ""
}

// refuse notes a refusal where it belongs: at the field that is wrong, if it names one.
func (p *commandPage) refuse(err error) {
	var policy *funnel.Refusal
	text := sentence(plain(err.Error()))
	switch {
	case errors.Is(err, handoff.ErrRepeated):
		p.Stale = true
		p.Problem = "Somebody else has changed this lead since you opened the page. Look at it again before you decide."
	case errors.As(err, &policy) && policy.Field != "" && p.has(policy.Field):
		p.Wrong[fieldPrefix+policy.Field] = ownWords(policy, text)
	default:
		p.Problem = text
	}
}

// HasNote says that the reason itself asks for a note.
func (p commandPage) HasNote() bool { return p.has(noteField) }

// Refusals says whether there are reasons that can't be given now.
func (p commandPage) Refusals() bool {
	return slices.ContainsFunc(p.Action.Reasons, func(r app.ReasonChoice) bool { return r.Refused != "" })
}

func (p *commandPage) has(name string) bool {
	return slices.ContainsFunc(p.Reason.Fields, func(f funnel.Field) bool { return f.Name == name })
}

// ownWords shortens a refusal that is shown next to its field.
func ownWords(r *funnel.Refusal, text string) string {
	if errors.Is(r.Kind, funnel.ErrFieldMissing) {
		return "This is owed with the reason “" + words(r.Reason) + "”: fill it in."
	}
	return text
}
