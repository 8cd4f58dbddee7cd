// Package web is the pages for people: written on the server, usable without JavaScript, with the keyboard and with a screen reader.
//
// It decides nothing. Each page asks package app for what it shows, and a form becomes a call of package app, which asks the library.
// What is here is the way between a browser and those calls: sessions and tokens (session.go), a limit for who guesses passwords (throttle.go), headers, limits and roles
// (guard.go), templates, and pictures as SVG (plots.go, diagram.go).
package web

import (
	"crypto/sha256"
	"embed"
	"html/template"
	"log/slog"
	"net/http"
	"time"

	"github.com/leadloop/leadloop/examples/crm/app"
)

// Options say how the pages are served.
type Options struct {
	Password string         // of all people of the demo
	Zone     *time.Location // in which people read times; nil is UTC
	Log      *slog.Logger   // without personal data; nil is slog.Default()
	Secure   bool           // the pages are reached over HTTPS alone, through a proxy that says in X-Forwarded-For who asks
}

// A site is the pages over an application. It keeps no state but the last report, for its pictures, and who guesses passwords.
type site struct {
	app      *app.App
	log      *slog.Logger
	zone     *time.Location
	password [sha256.Size]byte
	secure   bool
	pages    map[string]*template.Template
	report   lastReport
	throttle *throttle
}

// What is sent as it is.
var (
	//go:embed static
	static embed.FS
	//go:embed templates
	templates embed.FS
)

// New makes the handler of all pages.
func New(a *app.App, o Options) http.Handler {
	s := &site{app: a, log: o.Log, zone: o.Zone, password: sha256.Sum256([]byte(o.Password)), secure: o.Secure, throttle: newThrottle()}
	if s.log == nil {
		s.log = slog.Default()
	}
	if s.zone == nil {
		s.zone = time.UTC
	}
	s.pages = s.parse()
	return s.guard(s.routes())
}

// Roles of pages.
var (
	everyone  = []app.Role{app.Marketing, app.Sales, app.Admin}
	marketers = []app.Role{app.Marketing, app.Admin}
	admins    = []app.Role{app.Admin}
)

// routes lists every page, with the roles that may see it.
func (s *site) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.Handle("GET /static/", http.HandlerFunc(serveStatic))
	mux.Handle("GET /sign-in", s.open(s.showSignIn))
	mux.Handle("POST /sign-in", s.open(s.signIn))
	mux.Handle("POST /sign-out", s.signed(everyone, s.signOut))

	mux.Handle("GET /{$}", s.signed(everyone, s.showInbox))
	mux.Handle("GET /search", s.signed(everyone, s.showSearch))
	mux.Handle("GET /leads/{lead}", s.signed(everyone, s.showLead))
	mux.Handle("GET /leads/{lead}/do/{command}", s.signed(everyone, s.showCommand))
	mux.Handle("POST /leads/{lead}/do/{command}", s.signed(everyone, s.doCommand))
	mux.Handle("GET /leads/{lead}/privacy", s.signed(marketers, s.showPrivacy))
	mux.Handle("POST /leads/{lead}/export", s.signed(marketers, s.exportLead))
	mux.Handle("POST /leads/{lead}/erase", s.signed(admins, s.eraseLead))

	mux.Handle("GET /pipeline", s.signed(everyone, s.showPipeline))
	mux.Handle("GET /report", s.signed(everyone, s.showReport))
	mux.Handle("GET /report/{plot}", s.signed(everyone, s.showPlot))
	mux.Handle("GET /funnel", s.signed(everyone, s.showFunnel))
	mux.Handle("GET /model", s.signed(everyone, s.showModel))
	mux.Handle("POST /model/answer", s.signed(admins, s.answerProposal))
	mux.Handle("GET /documents", s.signed(everyone, s.showDocuments))
	mux.Handle("GET /documents/{kind}/{version}", s.signed(everyone, s.showDocument))
	mux.Handle("GET /documents/{kind}/new", s.signed(admins, s.showAdopt))
	mux.Handle("POST /documents/{kind}/new", s.signed(admins, s.adopt))

	mux.Handle("GET /imports", s.signed(marketers, s.showImports))
	mux.Handle("POST /imports", s.signed(marketers, s.importFile))
	mux.Handle("GET /effects", s.signed(admins, s.showEffects))
	mux.Handle("POST /effects", s.signed(admins, s.reviveEffect))
	mux.Handle("GET /audit", s.signed(admins, s.showAudit))
	mux.Handle("/", s.open(func(*visit) error { return errNotFound }))
	return mux
}
