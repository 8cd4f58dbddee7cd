package api

import (
	"net/http"
	"time"

	"github.com/leadloop/leadloop/examples/crm/app"
	"github.com/leadloop/leadloop/funnel"
)

// maxCommand bounds the body of a command, in bytes.
const maxCommand = 16 << 10

// A lead is what a program sees of a lead: where it stands and what may be done with it. Who it is, it knows already.
type lead struct {
	ID      string       `json:"id"`
	Version int64        `json:"version"`
	Stage   funnel.Stage `json:"stage"`
	Status  string       `json:"status,omitempty"`
	Owner   string       `json:"owner,omitempty"`
	Track   string       `json:"track,omitempty"`
	Grade   string       `json:"grade"`
	Owed    string       `json:"owed,omitempty"`
	Due     time.Time    `json:"due,omitzero"`
	Actions []action     `json:"actions"`
}

// An action is a command and, if it would be refused now, why.
type action struct {
	Command string   `json:"command"`
	Refused string   `json:"refused,omitempty"`
	Reasons []reason `json:"reasons,omitempty"`
}

// A reason is one that a return may have, with the fields that it needs.
type reason struct {
	Reason  funnel.Reason `json:"reason"`
	Refused string        `json:"refused,omitempty"`
	Fields  []string      `json:"fields,omitempty"`
}

func (s *api) lead(w http.ResponseWriter, r *http.Request) (answer, error) {
	user, err := s.user(w, r)
	if err != nil {
		return answer{}, err
	}
	return s.show(r, user)
}

func (s *api) show(r *http.Request, user app.User) (answer, error) {
	page, err := s.app.Lead(r.Context(), user, r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	l := lead{ID: page.ID, Version: page.Version, Stage: page.Stage, Status: string(page.Status), Owner: page.Owner, Track: page.Track, Grade: page.Grade, Owed: page.Owed, Due: page.Due, Actions: []action{}}
	for _, a := range page.Actions {
		one := action{Command: a.Command, Refused: a.Refused}
		for _, choice := range a.Reasons {
			of := reason{Reason: choice.Reason, Refused: choice.Refused}
			for _, field := range choice.Fields {
				if !field.Optional {
					of.Fields = append(of.Fields, field.Name)
				}
			}
			one.Reasons = append(one.Reasons, of)
		}
		l.Actions = append(l.Actions, one)
	}
	return answer{http.StatusOK, l}, nil
}

// command gives the application a command. Its version is that of the case on which it was decided: sent twice, it is refused the second
// time, and nothing is done twice.
func (s *api) command(w http.ResponseWriter, r *http.Request) (answer, error) {
	user, err := s.user(w, r)
	if err != nil {
		return answer{}, err
	}
	body, err := readBody(w, r, maxCommand)
	if err != nil {
		return answer{}, err
	}
	o, err := parse(body)
	if err != nil {
		return answer{}, err
	}
	f := fieldsOf(o, "")
	f.only("command", "version", "reason", "note", "fields", "because", "revenue", "reached", "at")
	command := app.Request{
		Command: f.owed("command"), Version: f.integer("version"), Reason: funnel.Reason(f.text("reason")), Note: f.text("note"), Fields: f.texts("fields"),
		Because: f.text("because"), Revenue: f.integer("revenue"), Reached: f.flag("reached"), At: f.instant("at"),
	}
	if command.Version < 1 {
		f.wrong("version", "is missing: it is that of the case on which this was decided")
	}
	if f.err() != nil {
		return answer{}, f.err()
	}
	if err := s.app.Do(r.Context(), user, r.PathValue("id"), command); err != nil {
		return answer{}, err
	}
	return s.show(r, user)
}
