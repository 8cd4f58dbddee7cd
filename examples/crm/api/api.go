// Package api is the application's interface for machines.
//
// What comes in, under /v1:
//
//	POST identify, track, page, screen, group, alias, batch   Segment's HTTP tracking specification, as existing clients speak it
//	POST imports?name=…                                       a CSV file; GET imports/{id} tells how far it is
//	POST leads/{id}/commands                                  what a person may do on the lead's page; GET leads/{id} shows it
//
// What goes out is in package webhook. /healthz says whether the application works, /metrics is for Prometheus.
//
// Nothing is decided here. A handler checks who asks and what the document says, and calls the application.
package api

import (
	"crypto/sha256"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/leadloop/leadloop/examples/crm/app"
)

// Options say who may call.
type Options struct {
	// WriteKeys may send messages about leads. Those in web pages are no secret; they can't read anything.
	WriteKeys []string
	// Tokens act for somebody: for imports and commands, as "Authorization: Bearer …".
	Tokens map[string]app.User
	// Metrics are counted here; nil is new ones.
	Metrics *Metrics
	// Log takes failures; nil is slog.Default().
	Log *slog.Logger
	// Timeout is how long a request may take to come in, an import ten times as long; 0 is 10 s.
	Timeout time.Duration
}

// api is the handler's state. Keys and tokens are kept as hashes, so that looking one up takes no longer the more of it is right.
type api struct {
	app     *app.App
	keys    map[[sha256.Size]byte]bool
	tokens  map[[sha256.Size]byte]app.User
	metrics *Metrics
	log     *slog.Logger
	timeout time.Duration
}

// New makes the handler for /v1/, /healthz and /metrics.
func New(a *app.App, o Options) http.Handler {
	s := &api{app: a, keys: map[[sha256.Size]byte]bool{}, tokens: map[[sha256.Size]byte]app.User{}, metrics: o.Metrics, log: o.Log, timeout: o.Timeout}
	for _, key := range o.WriteKeys {
		s.keys[sha256.Sum256([]byte(key))] = true
	}
	for token, user := range o.Tokens {
		s.tokens[sha256.Sum256([]byte(token))] = user
	}
	// An empty one, from a variable that nobody has set, lets nobody in.
	delete(s.keys, sha256.Sum256(nil))
	delete(s.tokens, sha256.Sum256(nil))
	if s.metrics == nil {
		s.metrics = NewMetrics()
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	if s.timeout == 0 {
		s.timeout = 10 * time.Second
	}
	mux := http.NewServeMux()
	for _, kind := range []string{"identify", "track", "page", "screen", "group", "alias"} {
		mux.Handle("POST /v1/"+kind, s.handle(kind, s.timeout, s.track(kind)))
		mux.Handle("POST /v1/"+kind[:1], s.handle(kind, s.timeout, s.track(kind))) // what the client for browsers sends
	}
	mux.Handle("POST /v1/batch", s.handle("batch", s.timeout, s.batch))
	mux.Handle("POST /v1/b", s.handle("batch", s.timeout, s.batch))
	mux.Handle("OPTIONS /v1/{call}", http.HandlerFunc(preflight))
	mux.Handle("POST /v1/imports", s.handle("import", 10*s.timeout, s.startImport))
	mux.Handle("GET /v1/imports/{id}", s.handle("import_progress", s.timeout, s.importProgress))
	mux.Handle("GET /v1/leads/{id}", s.handle("lead", s.timeout, s.lead))
	mux.Handle("POST /v1/leads/{id}/commands", s.handle("command", s.timeout, s.command))
	mux.Handle("GET /healthz", s.handle("health", s.timeout, s.health))
	mux.Handle("GET /metrics", s.metrics.handler(a))
	return mux
}

// An answer is what a handler has to say: 200 and a document, or whatever code it has.
type answer struct {
	code     int
	document any
}

// handle lets a request take only so long to come in, and its answer a minute more; answers with what the function says, and counts.
func (s *api) handle(route string, timeout time.Duration, do func(w http.ResponseWriter, r *http.Request) (answer, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		control := http.NewResponseController(w)
		control.SetReadDeadline(began.Add(timeout)) // where a server can't, its own limits hold
		control.SetWriteDeadline(began.Add(timeout + time.Minute))
		out, err := do(w, r)
		if err != nil {
			p := problemOf(err)
			out = answer{codes[p.Kind], map[string]any{"success": false, "error": p}}
			if p.Kind == tooLarge && isTracking(route) {
				out.code = http.StatusBadRequest
			}
			s.metrics.refusals.WithLabelValues(p.Kind).Inc()
			if p.Kind == failed && r.Context().Err() == nil {
				s.log.Error("request failed", "route", route, "error", err)
			}
		}
		reply(w, out.code, out.document)
		s.metrics.answered(route, out.code, time.Since(began))
	})
}

// user finds for whom a request acts.
func (s *api) user(w http.ResponseWriter, r *http.Request) (app.User, error) {
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	user, known := s.tokens[sha256.Sum256([]byte(token))]
	if !bearer || !known {
		w.Header().Set("WWW-Authenticate", `Bearer realm="crm"`)
		return app.User{}, &Problem{unknown, "Authorization", "no valid token, write Bearer and a token"}
	}
	return user, nil
}

// health says whether the application works: its database answers.
func (s *api) health(_ http.ResponseWriter, r *http.Request) (answer, error) {
	if err := s.app.Store().Ping(r.Context()); err != nil {
		return answer{}, errors.Join(errors.New("the database does not answer"), err)
	}
	return answer{http.StatusOK, map[string]string{"status": "ok"}}, nil
}
