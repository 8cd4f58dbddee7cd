package web

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/leadloop/leadloop/examples/crm/app"
	"github.com/leadloop/leadloop/examples/crm/store"
)

// maxForm is the size of a form's body, in bytes. Files have their own limit, [app.MaxImport].
const maxForm = 256 << 10

// Errors of requests, which become a page with the status.
var (
	errNotFound = errors.New("there is no such page")
	errToken    = errors.New("the form was not made for this session: go back, load the page again and send it anew")
	errForm     = errors.New("the form can't be read")
)

// A visit is one request and its answer, and who is there.
type visit struct {
	site    *site
	w       http.ResponseWriter
	r       *http.Request
	user    app.User      // zero: nobody is signed in
	session store.Session // that is signed in
	before  string        // secret of forms before somebody is signed in
}

func (v *visit) context() context.Context { return v.r.Context() }

// A handler answers a visit. An error that it returns is shown as a page.
type handler func(v *visit) error

// guard is around all pages: headers that keep browsers from doing what pages never ask for, and no form from another site.
func (s *site) guard(next http.Handler) http.Handler {
	same := http.NewCrossOriginProtection()
	same.SetDenyHandler(s.open(func(*visit) error { return errToken }))
	next = same.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		h.Set("Cache-Control", "no-store") // pages are about people
		if s.secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		if !texts(r.URL.Query()) || !sound(r.URL.Path) {
			s.open(func(*visit) error { return errForm }).ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// sound says that a text is one: databases take no other bytes.
func sound(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// texts is [sound] for all names and values of a form.
func texts(values url.Values) bool {
	for name, list := range values {
		if !sound(name) || slices.ContainsFunc(list, func(s string) bool { return !sound(s) }) {
			return false
		}
	}
	return true
}

// open is a page for anybody.
func (s *site) open(handle handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := &visit{site: s, w: w, r: r}
		v.before = s.formSecret(w, r)
		v.answer(handle)
	})
}

// signed is a page for those who are signed in and have one of the roles. Whatever changes something carries a token of the session.
func (s *site) signed(roles []app.Role, handle handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := &visit{site: s, w: w, r: r}
		v.answer(func(v *visit) error {
			if err := s.recognise(v); err != nil {
				return err
			}
			switch {
			case v.user.ID == "":
				http.Redirect(w, r, "/sign-in?next="+next(r), http.StatusSeeOther)
				return nil
			case !slices.Contains(roles, v.user.Role):
				return app.ErrForbidden
			}
			return handle(v)
		})
	})
}

// form reads the form of a request, of a limited size, and checks its token. Every handler of a POST calls it first.
func (v *visit) form() error {
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, maxForm)
	if err := v.r.ParseForm(); err != nil {
		return fmt.Errorf("%w: %w", errForm, err)
	}
	if !texts(v.r.PostForm) {
		return errForm
	}
	if !v.genuine(v.r.PostForm.Get("token")) {
		return errToken
	}
	return nil
}

// answer lets a handler answer, and makes a page of its error.
func (v *visit) answer(handle handler) {
	err := handle(v)
	if err == nil {
		return
	}
	status, text := explain(err)
	if v.r.Context().Err() != nil {
		return // nobody is there any more
	}
	if status >= 500 {
		v.site.log.Error("page", "path", pattern(v.r), "error", err)
	}
	if err := v.show(status, "error", errorPage{Status: status, Title: http.StatusText(status), Text: text}); err != nil {
		http.Error(v.w, text, status)
	}
}

type errorPage struct {
	Status      int
	Title, Text string
}

// explain finds the status of an error, and what people get to read of it.
func explain(err error) (status int, text string) {
	var large *http.MaxBytesError
	switch {
	case errors.Is(err, errNotFound), errors.Is(err, store.ErrNotFound):
		return http.StatusNotFound, "There is no such page, or no such lead. It may have been merged or erased."
	case errors.As(err, &large):
		return http.StatusRequestEntityTooLarge, fmt.Sprintf("What was sent is larger than %d bytes, which is the most that this page takes.", large.Limit)
	case errors.Is(err, errToken):
		return http.StatusForbidden, sentence(errToken.Error())
	case errors.Is(err, app.ErrForbidden):
		return http.StatusForbidden, "Your role may not do that. Sign in as somebody who may."
	case errors.Is(err, errForm):
		return http.StatusBadRequest, sentence(errForm.Error())
	case app.Refused(err):
		return http.StatusUnprocessableEntity, sentence(err.Error())
	}
	return http.StatusInternalServerError, "Something failed here. It has been noted. Nothing of what you sent has been stored."
}

// pattern is the route of a request: no id of a person gets into the logs.
func pattern(r *http.Request) string {
	if r.Pattern == "" {
		return r.Method
	}
	return r.Pattern
}

// next is where to go after signing in: the page that was asked for, unless that was to change something.
func next(r *http.Request) string {
	if r.Method != http.MethodGet {
		return "%2F"
	}
	return url.QueryEscape(r.URL.RequestURI())
}

// serveStatic serves what is the same for everybody. Its address has a hash in it, so that browsers may keep it.
func serveStatic(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	body, err := fs.ReadFile(static, name)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	types := map[string]string{".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
	w.Header().Set("Content-Type", types[path.Ext(name)])
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	w.Write(body)
}
