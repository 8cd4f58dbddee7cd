package web

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/leadloop/leadloop/examples/crm/app"
	"github.com/leadloop/leadloop/examples/crm/store"
)

const (
	sessionCookie = "crm_session"
	formCookie    = "crm_form"     // of the page before signing in
	sessionTime   = 12 * time.Hour // then people sign in anew
)

// recognise finds out who is there. The cookie holds a random token, the store its hash.
func (s *site) recognise(v *visit) error {
	cookie, err := v.r.Cookie(sessionCookie)
	if err != nil {
		return nil
	}
	session, err := s.app.Store().Session(v.context(), hash(cookie.Value), s.app.Now())
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if user, found := s.app.User(session.Actor, app.Role(session.Role)); found {
		v.user, v.session = user, session
	}
	return nil
}

type signInPage struct {
	Users  []app.User
	Chosen string
	Next   string
	Wrong  string
}

func (s *site) showSignIn(v *visit) error {
	return v.show(http.StatusOK, "signin", signInPage{Users: s.app.Users(), Next: v.r.URL.Query().Get("next")})
}

func (s *site) signIn(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	form := v.r.PostForm
	page := signInPage{Users: s.app.Users(), Chosen: form.Get("user"), Next: form.Get("next")}
	given := sha256.Sum256([]byte(form.Get("password")))
	right := subtle.ConstantTimeCompare(given[:], s.password[:]) == 1
	chosen := slices.IndexFunc(page.Users, func(u app.User) bool { return string(u.Role)+"/"+u.ID == page.Chosen })
	account := "" // that nobody has
	if chosen >= 0 {
		account = page.Chosen
	}
	wait := s.throttle.take(s.sender(v.r), account, right, s.app.Now())
	switch {
	case wait > 0:
		v.w.Header().Set("Retry-After", seconds(wait))
		page.Wrong = "Too many wrong passwords were given. Try again in " + plural(int64((wait+time.Minute-1)/time.Minute), "minute") + "."
		return v.show(http.StatusTooManyRequests, "signin", page)
	case !right:
		page.Wrong = "That is not the password. It is printed where the program was started."
		return v.show(http.StatusUnprocessableEntity, "signin", page)
	case chosen < 0:
		page.Wrong = "Choose somebody of the list."
		return v.show(http.StatusUnprocessableEntity, "signin", page)
	}
	return s.begin(v, page.Users[chosen], page.Next)
}

// seconds writes how long to wait in the header Retry-After.
func seconds(wait time.Duration) string {
	return strconv.FormatInt(int64((wait+time.Second-1)/time.Second), 10)
}

// begin begins a session, always under a new token.
func (s *site) begin(v *visit, user app.User, next string) error {
	token, now := rand.Text(), s.app.Now()
	session := store.Session{Token: hash(token), Actor: user.ID, Role: string(user.Role), Secret: rand.Text(), Expires: now.Add(sessionTime)}
	if err := s.app.Store().AddSession(v.context(), session, now); err != nil {
		return err
	}
	if err := s.app.Store().Audit(v.context(), store.AuditEntry{At: now, Actor: user.ID, Action: "sign in", Target: string(user.Role)}); err != nil {
		return err
	}
	s.cookie(v.w, sessionCookie, token, int(sessionTime/time.Second))
	s.cookie(v.w, formCookie, "", -1)
	http.Redirect(v.w, v.r, local(next), http.StatusSeeOther)
	return nil
}

func (s *site) signOut(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	if err := s.app.Store().EndSession(v.context(), v.session.Token); err != nil {
		return err
	}
	s.cookie(v.w, sessionCookie, "", -1)
	http.Redirect(v.w, v.r, "/sign-in", http.StatusSeeOther)
	return nil
}

func (s *site) cookie(w http.ResponseWriter, name, value string, age int) {
	http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: age, HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode})
}

// formSecret is the secret of forms for who is not signed in yet: a cookie, which other sites can't read or set.
func (s *site) formSecret(w http.ResponseWriter, r *http.Request) string {
	if cookie, err := r.Cookie(formCookie); err == nil && cookie.Value != "" {
		return cookie.Value
	}
	secret := rand.Text()
	if r.URL.Path == "/sign-in" && r.Method == http.MethodGet {
		s.cookie(w, formCookie, secret, 3600)
	}
	return secret
}

// token is for a form that is sent to a path: it is good for this session and this path, and for nothing else.
func (v *visit) token(path string) string {
	secret := v.session.Secret
	if v.user.ID == "" {
		secret = v.before
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(path))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// genuine says that a token was made for this session and the path of the request.
func (v *visit) genuine(token string) bool {
	return hmac.Equal([]byte(token), []byte(v.token(v.r.URL.Path)))
}

func hash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// odd are characters that browsers read as others, or leave out: "/\t/evil.example" is another site to them.
func odd(r rune) bool { return r == '\\' || unicode.IsControl(r) }

// local is the address if it is one of this site, else its first page.
func local(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(address, "/") || strings.HasPrefix(address, "//") || strings.ContainsFunc(address, odd) {
		return "/"
	}
	return address
}
