package api

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/leadloop/leadloop/examples/crm/app"
)

// Limits of the tracking specification, in bytes and calls.
const (
	maxCall  = 32 << 10
	maxBatch = 500 << 10
	maxCalls = 2500
)

var success = answer{http.StatusOK, map[string]bool{"success": true}}

// isTracking says whether a route is of the tracking specification, whose clients give up on 400 and send anything else again.
func isTracking(route string) bool {
	switch route {
	case "identify", "track", "page", "screen", "group", "alias", "batch":
		return true
	}
	return false
}

// preflight tells browsers that every page may send here. A page can't read anything by it: nobody is recognised by a cookie.
func preflight(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Access-Control-Allow-Methods", "POST")
	w.Header().Set("Access-Control-Allow-Headers", "Authorization, Content-Type")
	w.Header().Set("Access-Control-Max-Age", "86400")
	w.WriteHeader(http.StatusNoContent)
}

// track takes one call.
func (s *api) track(kind string) func(http.ResponseWriter, *http.Request) (answer, error) {
	return func(w http.ResponseWriter, r *http.Request) (answer, error) {
		o, err := s.document(w, r, maxCall)
		if err != nil {
			return answer{}, err
		}
		c, err := readCall(o, "", kind, object{})
		if err != nil {
			return answer{}, err
		}
		return s.ingest(r, []call{c})
	}
}

// batch takes many calls, all or none.
func (s *api) batch(w http.ResponseWriter, r *http.Request) (answer, error) {
	o, err := s.document(w, r, maxBatch)
	if err != nil {
		return answer{}, err
	}
	f := fieldsOf(o, "")
	list, common := f.list("batch"), f.within("context")
	if list == nil {
		f.wrong("batch", "is missing")
	}
	if len(list) > maxCalls {
		f.wrong("batch", fmt.Sprintf("has more than %d calls, send it in parts", maxCalls))
	}
	if f.err() != nil {
		return answer{}, f.err()
	}
	calls := make([]call, 0, len(list))
	for i, value := range list {
		place := fmt.Sprintf("batch[%d]", i)
		one, ok := value.(object)
		if !ok {
			return answer{}, &Problem{Field: place, Text: "should be an object, is " + kindOf(value)}
		}
		if one.size > maxCall {
			return answer{}, &Problem{tooLarge, place, fmt.Sprintf("is larger than %d bytes", maxCall)}
		}
		kind, _ := one.values["type"].(string)
		c, err := readCall(one, place, kind, common.object)
		if err != nil {
			return answer{}, err
		}
		calls = append(calls, c)
	}
	return s.ingest(r, calls)
}

// ingest hands calls to the application, and says in the sender's words which field it does not take.
func (s *api) ingest(r *http.Request, calls []call) (answer, error) {
	messages := make([]app.Message, 0, len(calls))
	stored := make([]*call, 0, len(calls))
	for i := range calls {
		if calls[i].stored() {
			messages, stored = append(messages, calls[i].message), append(stored, &calls[i])
		}
	}
	in, err := s.app.Ingest(r.Context(), messages)
	var field *app.FieldError
	if errors.As(err, &field) && field.Index < len(stored) {
		err = &Problem{Field: stored[field.Index].origin(field.Field), Text: field.Problem}
	}
	if err != nil {
		return answer{}, err
	}
	s.metrics.ingested(in)
	return success, nil
}

// document reads the body of somebody with a write key, which is the user name of the Authorization header or, as browsers send it, in the
// body.
func (s *api) document(w http.ResponseWriter, r *http.Request, most int64) (object, error) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	name, _, header := r.BasicAuth()
	if header && !s.known(name) || !header && r.Header.Get("Authorization") != "" {
		return object{}, s.unknownKey(w) // before anything is read
	}
	body, err := readBody(w, r, most)
	if err != nil {
		return object{}, err
	}
	o, err := parse(body)
	if err != nil {
		return object{}, err
	}
	if key, _ := o.values["writeKey"].(string); !header && !s.known(key) {
		return object{}, s.unknownKey(w)
	}
	return o, nil
}

func (s *api) known(key string) bool { return s.keys[sha256.Sum256([]byte(key))] }

func (s *api) unknownKey(w http.ResponseWriter) error {
	w.Header().Set("WWW-Authenticate", `Basic realm="crm"`)
	return &Problem{unknown, "Authorization", "no valid write key, send it as the user name, with an empty password"}
}

// readBody reads a body, unpacked if it is packed. The limit holds for what comes over the wire and for what is in it.
func readBody(w http.ResponseWriter, r *http.Request, most int64) ([]byte, error) {
	body, err := readAll(r.Body, most)
	if err == nil {
		http.NewResponseController(w).SetReadDeadline(time.Time{}) // it has come; the answer may take its time
	}
	encoding := r.Header.Get("Content-Encoding")
	if err != nil || encoding == "" {
		return body, err
	}
	if encoding != "gzip" {
		return nil, &Problem{Field: "Content-Encoding", Text: "should be gzip, or not be there"}
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(body))
	if err == nil {
		body, err = readAll(unpacked, most)
	}
	if p := (*Problem)(nil); err != nil && !errors.As(err, &p) {
		err = &Problem{Field: "body", Text: "is not packed by gzip, as its header says"}
	}
	return body, err
}
