package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/leadloop/leadloop/examples/crm/app"
)

// pagesOf are pages of each kind, with the roles that may see them.
func pagesOf(d *desk) map[string][]app.Role {
	_, lead := d.lead("working")
	all, some, few := []app.Role{app.Marketing, app.Sales, app.Admin}, []app.Role{app.Marketing, app.Admin}, []app.Role{app.Admin}
	return map[string][]app.Role{
		"/": all, "/search?q=a": all, "/pipeline": all, "/report": all, "/funnel": all, "/model": all, "/model?target=win": all, "/documents": all,
		"/documents/model/1": all, "/documents/policy/1": all, "/documents/agreement/1": all, "/leads/" + lead.ID: all, "/leads/" + lead.ID + "/do/disqualify": all,
		"/report/funnel.svg": all, "/leads/" + lead.ID + "/privacy": some, "/imports": some, "/documents/model/new": few, "/effects": few, "/audit": few,
	}
}

var people = []string{"marketing/max", "sales/anna", "admin/maria"}

func TestRolesOfPages(t *testing.T) {
	d := open(t)
	for _, who := range people {
		p := d.as(who)
		role, _, _ := strings.Cut(who, "/")
		for path, roles := range pagesOf(d) {
			want := http.StatusForbidden
			if slices.Contains(roles, app.Role(role)) {
				want = http.StatusOK
			}
			if got := p.get(path); got.Code != want {
				t.Errorf("%s, %s: answered with %d, want %d: %.300s", who, path, got.Code, want, got.text())
			}
		}
	}
}

// TestRolesOfActions sends every role every action that is foreign to it, with a token that is right.
func TestRolesOfActions(t *testing.T) {
	d := open(t)
	owner, lead := d.lead("working")
	foreign := map[string][]string{
		"marketing/max": {"accept", "reject", "attempt", "qualify", "open", "win", "lose", "recycle"},
		owner:           {"withdraw", "reopen", "offer"},
	}
	for who, commands := range foreign {
		p := d.as(who)
		for _, command := range commands {
			p.post("/leads/"+lead.ID+"/do/"+command, url.Values{"version": {whole(lead.Version)}}).want(t, http.StatusForbidden, "Your role may not do that")
		}
		p.post("/leads/"+lead.ID+"/do/nothing", url.Values{"version": {whole(lead.Version)}}).want(t, http.StatusUnprocessableEntity, "There is no such command")
		p.post("/leads/"+lead.ID+"/erase", url.Values{"sure": {"yes"}}).want(t, http.StatusForbidden)
		p.post("/model/answer", url.Values{"target": {"acceptance"}, "answer": {"accept"}}).want(t, http.StatusForbidden)
		p.post("/documents/model/new", url.Values{"body": {"{}"}}).want(t, http.StatusForbidden)
		p.post("/effects", url.Values{"key": {"a"}}).want(t, http.StatusForbidden)
	}
	p := d.as(owner)
	p.post("/leads/"+lead.ID+"/export", nil).want(t, http.StatusForbidden)
	p.upload(p.token("/imports"), "a.csv", "email\na@example.com\n").want(t, http.StatusForbidden)

	// What belongs to somebody else of sales is not foreign to the role, but to the person.
	for _, other := range d.app.Users() {
		if other.Role == app.Sales && "sales/"+other.ID != owner {
			d.as("sales/"+other.ID).post("/leads/"+lead.ID+"/do/attempt", url.Values{"version": {whole(lead.Version)}, "reached": {"yes"}}).
				want(t, http.StatusUnprocessableEntity)
		}
	}
	if got := d.at(lead.ID); got.Version != lead.Version {
		t.Errorf("the lead was changed: version %d, before %d", got.Version, lead.Version)
	}
}

func TestNobodyIsThere(t *testing.T) {
	d := open(t)
	p := d.stranger()
	for path := range pagesOf(d) {
		if got := p.get(path); got.Code != http.StatusSeeOther || got.Header().Get("Location") != "/sign-in?next="+url.QueryEscape(path) {
			t.Errorf("%s: answered with %d to %q", path, got.Code, got.Header().Get("Location"))
		}
	}
	p.post("/effects", nil).wantTo(t, "/sign-in?next=%2F")
	p.get("/nothing").want(t, http.StatusNotFound)
	d.as("admin/maria").get("/leads/nobody").want(t, http.StatusNotFound)
	d.as("admin/maria").get("/documents/model/99").want(t, http.StatusNotFound)
	d.as("admin/maria").get("/documents/model/x").want(t, http.StatusNotFound)
	d.as("admin/maria").get("/documents/other/new").want(t, http.StatusNotFound)
	d.as("admin/maria").get("/report/other.svg").want(t, http.StatusNotFound)
	d.as("admin/maria").get("/report/funnel").want(t, http.StatusNotFound)
	d.as("admin/maria").get("/model?target=other").want(t, http.StatusNotFound)
	p.get("/static/other.css").want(t, http.StatusNotFound)
	p.get("/static/../web.go").want(t, http.StatusTemporaryRedirect)
}

func TestSignIn(t *testing.T) {
	d := open(t)
	p := d.stranger()
	p.get("/sign-in?next=/report").want(t, http.StatusOK, "Anna (sales)", "Maria (admin)", "Max (marketing)")
	p.post("/sign-in", url.Values{"user": {"sales/anna"}, "password": {"guess"}}).want(t, http.StatusUnprocessableEntity, "That is not the password")
	p.post("/sign-in", url.Values{"user": {"admin/anna"}, "password": {password}}).want(t, http.StatusUnprocessableEntity, "Choose somebody")
	p.get("/").wantTo(t, "/sign-in?next=%2F")
	got := p.post("/sign-in", url.Values{"user": {"sales/anna"}, "password": {password}, "next": {"/report?a=b"}})
	got.wantTo(t, "/report?a=b")
	for _, c := range got.Result().Cookies() {
		if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" {
			t.Errorf("cookie %s is open: %+v", c.Name, c)
		}
	}
	token := p.cookies[sessionCookie]
	if len(token) < 26 {
		t.Errorf("the token has %d characters", len(token))
	}
	p.get("/").want(t, http.StatusOK, "Anna")

	// The table holds no token, and a session ends by itself.
	if _, err := d.app.Store().Session(context.Background(), token, d.now); err == nil {
		t.Error("the token is stored as it is")
	}
	d.now = d.now.Add(sessionTime)
	p.get("/").wantTo(t, "/sign-in?next=%2F")
	d.now = tuesday
	p.get("/").want(t, http.StatusOK)

	// After signing out the old cookie is worth nothing.
	p.post("/sign-out", nil).wantTo(t, "/sign-in")
	p.cookies[sessionCookie] = token
	p.get("/").wantTo(t, "/sign-in?next=%2F")
	p.cookies[sessionCookie] = "guess"
	p.get("/").wantTo(t, "/sign-in?next=%2F")
}

// TestLocal holds that signing in leads nowhere else.
func TestLocal(t *testing.T) {
	for next, want := range map[string]string{
		"": "/", "/": "/", "/leads/L-1?a=b": "/leads/L-1?a=b", "//evil.example": "/", "https://evil.example/": "/", `/\evil.example`: "/", `\\evil.example`: "/",
		"javascript:alert(1)": "/", "/\r\nSet-Cookie: a=b": "/", "evil": "/", "///evil.example": "/", "/%2f/evil": "/%2f/evil", ":": "/", "/%zz": "/",
	} {
		if got := local(next); got != want {
			t.Errorf("local(%q) = %q, want %q", next, got, want)
		}
	}
}

func FuzzLocal(f *testing.F) {
	for _, seed := range []string{"/", "//a", `/\a`, "/a?b=c#d", "http:/a", "/\t/a", "/%5C/a"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, next string) {
		base, _ := url.Parse("http://crm.example/sign-in")
		to, err := base.Parse(local(next))
		if err != nil || to.Host != "crm.example" || to.Scheme != "http" {
			t.Errorf("local(%q) = %q leads to %v", next, local(next), to)
		}
		if strings.HasPrefix(local(next), "//") || strings.ContainsAny(local(next), "\\\r\n\t") {
			t.Errorf("local(%q) = %q, which a browser may read as another site", next, local(next))
		}
	})
}

func TestTokens(t *testing.T) {
	d := open(t)
	owner, lead := d.lead("offered")
	path := "/leads/" + lead.ID + "/do/accept"
	p := d.as(owner)
	page := p.get("/leads/" + lead.ID)
	form := regexp.MustCompile(`action="` + path + `"><input type="hidden" name="token" value="([^"]+)"`).FindStringSubmatch(page.Body.String())
	if form == nil || form[1] != p.token(path) {
		t.Fatalf("the page has no token for %s, or another one: %q", path, form)
	}
	other := d.as("admin/maria")
	ended := d.as(owner)
	old := ended.token(path)
	ended.post("/sign-out", nil)
	for name, token := range map[string]string{
		"none": "", "forged": strings.Repeat("A", 43), "of another form": p.token("/leads/" + lead.ID + "/do/reject"), "of another lead": p.token("/leads/L-1/do/accept"),
		"of another session": other.token(path), "of a session that has ended": old, "of nobody": d.stranger().token(path), "cut": form[1][:20], "longer": form[1] + "A",
	} {
		got := p.submit(path, url.Values{"token": {token}, "version": {whole(lead.Version)}})
		if got.Code != http.StatusForbidden || !strings.Contains(got.text(), "was not made for this session") {
			t.Errorf("a token %s is answered with %d", name, got.Code)
		}
	}
	// In the address a token counts for nothing.
	p.submit(path+"?token="+url.QueryEscape(form[1]), url.Values{"version": {whole(lead.Version)}}).want(t, http.StatusForbidden)
	// A form of another site is refused, whatever its token: browsers say where it comes from.
	for header, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"} {
		r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(url.Values{"token": {form[1]}, "version": {whole(lead.Version)}}.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set(header, value)
		p.send(r).want(t, http.StatusForbidden, "was not made for this session")
	}
	if got := d.at(lead.ID); got.Version != lead.Version {
		t.Fatalf("the lead was changed: version %d, before %d", got.Version, lead.Version)
	}
	// The right one counts, and sending the form again does nothing more.
	p.submit(path, url.Values{"token": {form[1]}, "version": {whole(lead.Version)}}).wantTo(t, "/leads/"+lead.ID+"?done=accept")
	version := d.at(lead.ID).Version
	p.submit(path, url.Values{"token": {form[1]}, "version": {whole(lead.Version)}}).want(t, http.StatusUnprocessableEntity)
	if got := d.at(lead.ID).Version; got != version {
		t.Errorf("the form was taken twice: version %d, want %d", got, version)
	}
	// Signing in and out, files and all other forms have tokens, too.
	p.submit("/sign-out", nil).want(t, http.StatusForbidden)
	d.stranger().submit("/sign-in", url.Values{"user": {owner}, "password": {password}}).want(t, http.StatusForbidden)
	other.upload("forged", "a.csv", "email\na@example.com\n").want(t, http.StatusForbidden)
	for _, path := range []string{"/leads/" + lead.ID + "/export", "/leads/" + lead.ID + "/erase", "/model/answer", "/documents/model/new", "/effects"} {
		other.submit(path, url.Values{"sure": {"yes"}}).want(t, http.StatusForbidden)
	}
}

// TestHeaders looks at every page: headers that browsers hold us to, and nothing in the page that these would forbid.
func TestHeaders(t *testing.T) {
	d := open(t)
	inline := regexp.MustCompile(`(?i)<script|\sstyle="|\son[a-z]+="|javascript:|<style`)
	id := regexp.MustCompile(`\sid="([^"]*)"`)
	for _, who := range people {
		p := d.as(who)
		for path := range pagesOf(d) {
			got := p.get(path)
			h := got.Header()
			policy := h.Get("Content-Security-Policy")
			if !strings.HasPrefix(policy, "default-src 'none'") || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "same-origin" || h.Get("X-Frame-Options") != "DENY" {
				t.Errorf("%s: headers %v", path, h)
			}
			if strings.HasSuffix(path, ".svg") {
				continue
			}
			if !strings.Contains(policy, "frame-ancestors 'none'") || strings.Contains(policy, "unsafe") || h.Get("Cache-Control") != "no-store" {
				t.Errorf("%s: headers %v", path, h)
			}
			if found := inline.FindString(got.Body.String()); found != "" {
				t.Errorf("%s has %q in it, which its own policy forbids", path, found)
			}
			seen := map[string]bool{}
			for _, match := range id.FindAllStringSubmatch(got.Body.String(), -1) {
				if seen[match[1]] {
					t.Errorf("%s has the id %q twice", path, match[1])
				}
				seen[match[1]] = true
			}
			if strings.Count(got.Body.String(), "<h1") != 1 {
				t.Errorf("%s has not one heading of the first level", path)
			}
		}
	}
	got := d.stranger().get(styleAddress())
	got.want(t, http.StatusOK)
	if got.Header().Get("Content-Type") != "text/css; charset=utf-8" || !strings.Contains(got.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("the style sheet has headers %v", got.Header())
	}
	secure := New(d.app, Options{Password: password, Secure: true})
	w := httptest.NewRecorder()
	secure.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/sign-in", nil))
	if c := w.Result().Cookies(); len(c) != 1 || !c[0].Secure || w.Header().Get("Strict-Transport-Security") == "" {
		t.Errorf("behind https the cookies are %v", c)
	}
}

func TestLargeBodies(t *testing.T) {
	d := open(t)
	p := d.as("admin/maria")
	large := strings.Repeat("a", maxForm)
	p.post("/documents/model/new", url.Values{"body": {large}}).want(t, http.StatusRequestEntityTooLarge, "larger than 262144 bytes")
	d.stranger().post("/sign-in", url.Values{"password": {large}}).want(t, http.StatusRequestEntityTooLarge)
	p.upload(p.token("/imports"), "a.csv", "email\n"+strings.Repeat("a", app.MaxImport)).want(t, http.StatusUnprocessableEntity, "larger than 64 MiB")
	p.submit("/effects", url.Values{"token": {p.token("/effects")}, "key": {"none"}}).want(t, http.StatusNotFound)
	for _, contentType := range []string{"multipart/form-data", "multipart/form-data; boundary=a", "text/plain"} {
		r := httptest.NewRequest(http.MethodPost, "/imports", strings.NewReader("--a\r\n"))
		r.Header.Set("Content-Type", contentType)
		p.send(r).want(t, http.StatusBadRequest)
	}
	r := httptest.NewRequest(http.MethodPost, "/effects", strings.NewReader("token=%zz"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	p.send(r).want(t, http.StatusBadRequest)
}
