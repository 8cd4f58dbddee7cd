package web

import (
	"bytes"
	"context"
	"html"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/leadloop/leadloop/examples/crm/app"
	"github.com/leadloop/leadloop/examples/crm/store"
	"github.com/leadloop/leadloop/examples/crm/storetest"
)

const password = "open sesame"

// tuesday is an instant in business hours.
var tuesday = time.Date(2026, 6, 16, 9, 30, 0, 0, time.UTC)

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// seeded is a demo in a file, made once.
var seeded = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "crm")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "demo.db")
	s, err := store.Open(context.Background(), "file:"+file)
	if err != nil {
		return nil, err
	}
	a, err := app.New(context.Background(), s, app.Options{Now: func() time.Time { return tuesday }, Log: quiet})
	if err == nil {
		err = a.Seed(context.Background(), 200)
	}
	if err == nil {
		err = s.Close() // which takes the log of writes over into the file
	}
	if err != nil {
		return nil, err
	}
	return os.ReadFile(file)
})

// A desk is the pages over a copy of the demo, whose clock the test moves.
type desk struct {
	testing.TB
	app   *app.App
	pages http.Handler
	now   time.Time
}

func open(t testing.TB) *desk {
	t.Helper()
	data, err := seeded()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "crm.db")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return over(t, "file:"+file)
}

func over(t testing.TB, address string) *desk {
	t.Helper()
	s, err := store.Open(context.Background(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	d := &desk{TB: t, now: tuesday}
	if d.app, err = app.New(context.Background(), s, app.Options{Now: func() time.Time { return d.now }, Log: quiet}); err != nil {
		t.Fatal(err)
	}
	d.pages = New(d.app, Options{Password: password, Log: quiet})
	return d
}

// small is the pages over a database with a small demo.
func small(t testing.TB, address string) *desk {
	t.Helper()
	d := over(t, address)
	if err := d.app.Seed(context.Background(), 60); err != nil {
		t.Fatal(err)
	}
	return d
}

// A person is somebody with a browser: it keeps cookies.
type person struct {
	*desk
	cookies map[string]string
	address string // from which it asks; "" is any
}

func (d *desk) stranger() *person { return &person{d, map[string]string{}, ""} }

// as is somebody who is signed in, such as "sales/anna".
func (d *desk) as(who string) *person {
	d.Helper()
	p := d.stranger()
	p.get("/sign-in")
	if got := p.post("/sign-in", url.Values{"user": {who}, "password": {password}}); got.Code != http.StatusSeeOther {
		d.Fatalf("signing in as %s is answered with %d: %s", who, got.Code, got.text())
	}
	return p
}

// An answer is what came back.
type answered struct{ *httptest.ResponseRecorder }

// text is the answer as people see it: without tags, and white space as one blank.
func (a answered) text() string {
	body := tags.ReplaceAllString(a.Body.String(), " ")
	return strings.Join(strings.Fields(html.UnescapeString(body)), " ")
}

var tags = regexp.MustCompile(`<[^>]*>`)

func (p *person) send(r *http.Request) answered {
	for name, value := range p.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	if p.address != "" {
		r.RemoteAddr = p.address
	}
	w := httptest.NewRecorder()
	p.pages.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if c.MaxAge < 0 {
			delete(p.cookies, c.Name)
		} else {
			p.cookies[c.Name] = c.Value
		}
	}
	return answered{w}
}

func (p *person) get(path string) answered {
	return p.send(httptest.NewRequest(http.MethodGet, path, nil))
}

// post sends a form with the token that a page would have had.
func (p *person) post(path string, form url.Values) answered {
	full := url.Values{"token": {p.token(path)}}
	for name, values := range form {
		full[name] = values
	}
	return p.submit(path, full)
}

// submit sends a form as it is.
func (p *person) submit(path string, form url.Values) answered {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return p.send(r)
}

// upload sends a file, its token first as the page has it.
func (p *person) upload(token, name, body string) answered {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	w.WriteField("token", token)
	part, err := w.CreateFormFile("file", name)
	if err != nil {
		p.Fatal(err)
	}
	io.WriteString(part, body)
	w.Close()
	r := httptest.NewRequest(http.MethodPost, "/imports", &b)
	r.Header.Set("Content-Type", w.FormDataContentType())
	return p.send(r)
}

// token is what a page of this person would have for a path. TestTokens holds that pages have it.
func (p *person) token(path string) string {
	v := &visit{before: p.cookies[formCookie]}
	session, err := p.app.Store().Session(context.Background(), hash(p.cookies[sessionCookie]), p.app.Now())
	if err == nil {
		v.session, v.user = session, app.User{ID: session.Actor}
	}
	return v.token(path)
}

// want checks an answer's status and what it says.
func (a answered) want(t testing.TB, status int, says ...string) {
	t.Helper()
	if a.Code != status {
		t.Errorf("answered with %d, want %d: %.300s", a.Code, status, a.text())
	}
	for _, text := range says {
		if !strings.Contains(a.text(), text) {
			t.Errorf("the page does not say %q: %.2000s", text, a.text())
		}
	}
}

// wantTo checks that an answer leads on to a page.
func (a answered) wantTo(t testing.TB, address string) {
	t.Helper()
	if got := a.Header().Get("Location"); a.Code != http.StatusSeeOther || got != address {
		t.Errorf("answered with %d to %q, want 303 to %q: %.300s", a.Code, got, address, a.text())
	}
}

// rows are the leads of a list of somebody's inbox.
func (d *desk) rows(who, filter string) []app.Row {
	d.Helper()
	role, id, _ := strings.Cut(who, "/")
	user, found := d.app.User(id, app.Role(role))
	if !found {
		d.Fatalf("there is no %s", who)
	}
	inbox, err := d.app.Inbox(context.Background(), user, app.InboxQuery{Filter: filter})
	if err != nil {
		d.Fatal(err)
	}
	return inbox.Rows
}

// lead is a lead of a list of sales, with its owner.
func (d *desk) lead(filter string) (owner string, lead app.Row) {
	d.Helper()
	for _, user := range d.app.Users() {
		if user.Role == app.Sales {
			if rows := d.rows("sales/"+user.ID, filter); len(rows) > 0 {
				return "sales/" + user.ID, rows[0]
			}
		}
	}
	d.Fatalf("nobody of sales has a lead %s", filter)
	return "", app.Row{}
}

// at is a lead as admins see it.
func (d *desk) at(lead string) app.Page {
	d.Helper()
	page, err := d.app.Lead(context.Background(), app.User{ID: "maria", Role: app.Admin}, lead)
	if err != nil {
		d.Fatal(err)
	}
	return page
}

// TestExisting: who is offered a lead of somebody else's account reads so, and can go there.
func TestExisting(t *testing.T) {
	d := over(t, storetest.SQLite(t))
	ctx := context.Background()
	// hot brings a lead of one account to sales.
	hot := func(user, name string) (lead, who string) {
		t.Helper()
		d.now = d.now.Add(time.Minute)
		fields := map[string]string{"name": name, "email": user + "@firm.example", "company": "Firm", "account": "firm", "industry": "software", "employees": "300",
			"country": "DE", "seniority": "director", "phone": "1"}
		_, err := d.app.Ingest(ctx, []app.Message{{ID: user + "1", User: user, Fields: fields}, {ID: user + "2", User: user, Kind: "demo_request"}, {ID: user + "3", User: user, Kind: "trial"}})
		if err == nil {
			_, err = d.app.Step(ctx)
		}
		found, failed := d.app.Store().Identities(ctx, []store.Identity{{Kind: "user", Value: user}})
		if err != nil || failed != nil {
			t.Fatal(err, failed)
		}
		for _, id := range found {
			lead = id
		}
		return lead, "sales/" + d.at(lead).Owner
	}
	first, who := hot("ada", "Ada <b>")
	p := d.as(who)
	for _, command := range []string{app.Accept, app.Attempt, app.Qualify, app.Open} {
		p.post("/leads/"+first+"/do/"+command, url.Values{"version": {whole(d.at(first).Version)}, "reached": {"yes"}}).wantTo(t, "/leads/"+first+"?done="+command)
	}
	second, owner := hot("bob", "Bob")
	_, id, _ := strings.Cut(who, "/")
	page := d.as(owner).get("/leads/" + second)
	page.want(t, http.StatusOK, "When this lead was offered, "+sentence(id)+" already worked on an open opportunity of the same account: Ada <b>, Firm .")
	if want := `<a href="/leads/` + first + `">Ada &lt;b&gt;, Firm</a>`; !strings.Contains(page.Body.String(), want) {
		t.Errorf("the page does not lead to the other: %s", page.Body)
	}
	if text := d.as(owner).get("/leads/" + first).text(); strings.Contains(text, "When this lead was offered") {
		t.Errorf("the first belongs to nothing: %s", text)
	}
}
