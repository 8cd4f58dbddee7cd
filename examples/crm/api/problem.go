package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"

	"github.com/leadloop/leadloop/examples/crm/app"
	"github.com/leadloop/leadloop/examples/crm/store"
	"github.com/leadloop/leadloop/handoff"
)

// A Problem is the answer to a request that can't be taken: which field, and what to do about it. It repeats no value.
type Problem struct {
	Kind  string `json:"kind"`            // one of the kinds below
	Field string `json:"field,omitempty"` // such as "batch[3].traits.email"
	Text  string `json:"text"`
}

func (p *Problem) Error() string { return p.Field + ": " + p.Text }

// The kinds of problems, also those of the metric of refusals.
const (
	badField  = "field"     // 400
	tooLarge  = "size"      // 400 from tracking, as its clients expect, else 413
	tooSlow   = "slow"      // 408
	unknown   = "key"       // 401
	forbidden = "forbidden" // 403
	missing   = "missing"   // 404
	repeated  = "repeated"  // 409: the case has changed since
	busy      = "busy"      // 429: too much at once, send it again after a while
	policy    = "policy"    // 422: the funnel or the agreement refuses it
	failed    = "failed"    // 500
)

var codes = map[string]int{
	badField: http.StatusBadRequest, tooLarge: http.StatusRequestEntityTooLarge, tooSlow: http.StatusRequestTimeout, unknown: http.StatusUnauthorized,
	forbidden: http.StatusForbidden, missing: http.StatusNotFound, repeated: http.StatusConflict, busy: http.StatusTooManyRequests,
	policy: http.StatusUnprocessableEntity, failed: http.StatusInternalServerError,
}

// problemOf finds the answer for an error.
func problemOf(err error) *Problem {
	var p *Problem
	var field *app.FieldError
	switch {
	case errors.As(err, &p):
		if p.Kind == "" {
			p.Kind = badField
		}
		return p
	case errors.As(err, &field):
		return &Problem{badField, field.Field, field.Problem}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &Problem{tooSlow, "body", "came too slowly"}
	case errors.Is(err, store.ErrNotFound):
		return &Problem{missing, "", "there is no such thing"}
	case errors.Is(err, app.ErrForbidden):
		return &Problem{forbidden, "", err.Error()}
	case errors.Is(err, app.ErrBusy):
		return &Problem{busy, "", err.Error()}
	case errors.Is(err, app.ErrImport):
		return &Problem{badField, "body", err.Error()}
	case errors.Is(err, handoff.ErrRepeated), errors.Is(err, handoff.ErrConflict):
		return &Problem{repeated, "version", err.Error()}
	case app.Refused(err):
		return &Problem{policy, "", err.Error()}
	}
	return &Problem{failed, "", "the request has failed here, it may be sent again"}
}

// reply writes an answer as JSON.
func reply(w http.ResponseWriter, code int, answer any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	json.NewEncoder(w).Encode(answer)
}
