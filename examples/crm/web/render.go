package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/leadloop/leadloop/examples/crm/app"
)

// A frame is what every page has: who is there, where they can go, and what the page itself shows.
type frame struct {
	User app.User
	Nav  []link
	Page any
	Done string // what has just been done, in words

	visit *visit
}

// A link leads to a page.
type link struct {
	Label, Address string
	Here           bool
}

// Token is for a form that is sent to a path.
func (f frame) Token(path string) string { return f.visit.token(path) }

// Is says whether who is there has a role.
func (f frame) Is(role string) bool { return f.User.Role == app.Role(role) }

// navigation are the pages that one can go to from everywhere.
var navigation = []struct {
	label, address string
	roles          []app.Role
}{
	{"Inbox", "/", everyone}, {"Pipeline", "/pipeline", everyone}, {"Report", "/report", everyone}, {"Scoring model", "/model", everyone},
	{"Funnel", "/funnel", everyone}, {"Documents", "/documents", everyone}, {"Import", "/imports", marketers}, {"Effects", "/effects", admins},
	{"Audit log", "/audit", admins},
}

// done are the messages after something was done, by the code in the address. An address holds no text, so that nobody can put words in
// our mouth.
var done = map[string]string{
	app.Accept: "You have accepted the lead. It is yours to work on.", app.Reject: "You have rejected the lead. It goes where the reason says.",
	app.Attempt: "The attempt is logged.", app.Qualify: "The lead is qualified.", app.Open: "The opportunity is open.", app.Win: "Won. Well done.",
	app.Lose: "The deal is noted as lost.", app.Recycle: "The lead is back with marketing.", app.Disqualify: "The lead is disqualified.",
	app.Withdraw: "The lead is withdrawn.", app.Reopen: "The lead is open again.", app.Offer: "The lead is offered to sales.",
	"erased": "All that could tell who the lead is has been erased.", "adopted": "The new version decides from now on.",
	"accepted-proposal": "The proposal is the model now. All leads are being scored anew.", "declined-proposal": "The proposal is declined. It comes back when outcomes change it.",
	"revived": "The effect will be tried again.", "importing": "The file is being read.",
}

// show writes a page. It is written in memory first, so that a failure becomes no half of a page.
func (v *visit) show(status int, name string, page any) error {
	f := frame{User: v.user, Page: page, Done: done[v.r.URL.Query().Get("done")], visit: v}
	for _, n := range navigation {
		if slices.Contains(n.roles, v.user.Role) {
			f.Nav = append(f.Nav, link{n.label, n.address, n.address == v.r.URL.Path})
		}
	}
	var b bytes.Buffer
	if err := v.site.pages[name].Execute(&b, f); err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.WriteHeader(status)
	_, err := v.w.Write(b.Bytes())
	if err != nil {
		v.site.log.Info("page not sent", "path", pattern(v.r))
	}
	return nil
}

// after goes on to a page, with what has been done.
func (v *visit) after(address, what string) error {
	http.Redirect(v.w, v.r, address+"?done="+what, http.StatusSeeOther)
	return nil
}

// parse reads all templates: each page with the frame around it and the parts that pages share.
func (s *site) parse() map[string]*template.Template {
	shared := template.Must(template.New("layout.html").Funcs(s.functions()).ParseFS(templates, "templates/layout.html", "templates/parts.html"))
	names, err := fs.Glob(templates, "templates/*.html")
	if err != nil {
		panic(err) // the pattern is wrong
	}
	pages := map[string]*template.Template{}
	for _, name := range names {
		page := strings.TrimSuffix(path.Base(name), ".html")
		if page != "layout" && page != "parts" {
			pages[page] = template.Must(template.Must(shared.Clone()).ParseFS(templates, name))
		}
	}
	return pages
}

// styleAddress is the address of the style sheet with a hash of what is in it.
func styleAddress() string {
	body, err := static.ReadFile("static/style.css")
	if err != nil {
		panic(err) // it is embedded
	}
	sum := sha256.Sum256(body)
	return "/static/style.css?v=" + hex.EncodeToString(sum[:6])
}
