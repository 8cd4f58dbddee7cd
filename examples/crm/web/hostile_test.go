package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/leadloop/leadloop/examples/crm/app"
	"github.com/leadloop/leadloop/examples/crm/storetest"
)

// hostile are texts that break out where somebody forgot to write them as text.
var hostile = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `'); DROP TABLE leads; --`, `' OR '1'='1`, `{{.User}}`, `</title><svg/onload=alert(1)>`, `%00`, `a' onmouseover='alert(1)`,
}

// raw are the same texts as no page may have them.
var raw = []string{`<script>alert`, `<img src=x`, `<svg/onload`, `onmouseover='`}

func (a answered) clean(t testing.TB, what string) {
	t.Helper()
	if a.Code >= 500 {
		t.Errorf("%.80q is answered with %d: %.300s", what, a.Code, a.text())
	}
	for _, text := range raw {
		if strings.Contains(a.Body.String(), text) {
			t.Errorf("%.80q: the page has %q in it as it was sent", what, text)
		}
	}
}

// TestHostileLeads sends hostile texts in every field of a lead, its journey and its feedback, and looks at every page that shows them.
func TestHostileLeads(t *testing.T) { storetest.Each(t, hostileLeads) }

func hostileLeads(t *testing.T, address func(t *testing.T) string) {
	d := small(t, address(t))
	ctx := context.Background()
	for i, text := range hostile {
		m := app.Message{ID: "hostile " + text, User: text, At: tuesday, Kind: text, Channel: text, Campaign: text, Detail: text, Fields: map[string]string{}}
		for _, name := range app.FieldNames {
			m.Fields[name] = text
		}
		m.Fields["email"], m.Fields["employees"] = "hostile"+whole(int64(i))+"@example.com", "500"
		demo := m
		demo.ID, demo.Kind, demo.Fields = "demo "+text, "demo_request", map[string]string{"industry": "software", "seniority": "chief", "country": "DE", "phone": text}
		if _, err := d.app.Ingest(ctx, []app.Message{m, demo}); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
	}
	if _, err := d.app.Step(ctx); err != nil {
		t.Fatal(err)
	}
	for _, who := range people {
		p := d.as(who)
		for _, path := range []string{"/", "/?list=new", "/?list=offered", "/pipeline", "/report", "/report/revenue.svg", "/imports", "/audit", "/effects"} {
			p.get(path).clean(t, path)
		}
		for _, text := range hostile {
			found := p.get("/search?q=" + url.QueryEscape(text))
			found.clean(t, "search for "+text)
			found.want(t, http.StatusOK, text)
		}
	}
	p := d.as("admin/maria")
	for _, text := range hostile {
		user := app.User{ID: "maria", Role: app.Admin}
		rows, err := d.app.Search(ctx, user, text)
		if err != nil || len(rows) != 1 {
			t.Fatalf("%d leads are found for %q: %v", len(rows), text, err)
		}
		page := "/leads/" + rows[0].ID
		got := p.get(page)
		got.clean(t, page)
		if strings.Count(got.text(), text) < 8 {
			t.Errorf("the lead's page says %q only %d times: %s", text, strings.Count(got.text(), text), got.text())
		}
		// As feedback: shown in the history and in the form that is refused.
		command := page + "/do/disqualify"
		p.post(command, url.Values{"version": {"0"}, "reason": {"duplicate"}, "field.survivor_id": {text}, "because": {text}, "note": {text}}).clean(t, command)
		p.post(command, url.Values{"version": {text}, "reason": {text}}).clean(t, command)
		p.post(page+"/privacy", url.Values{"sure": {text}}).clean(t, "privacy")
		p.post(page+"/export", nil).want(t, http.StatusOK)
	}
}

// TestHostileRequests sends hostile texts wherever an address or a form takes something.
func TestHostileRequests(t *testing.T) { storetest.Each(t, hostileRequests) }

func hostileRequests(t *testing.T, address func(t *testing.T) string) {
	d := small(t, address(t))
	_, lead := d.lead("working")
	p := d.as("admin/maria")
	for _, text := range append(hostile, "\x00", "\xff\xfe", strings.Repeat("a", 5000), "-1", "99999999999999999999", "../../etc/passwd") {
		q := url.QueryEscape(text)
		for _, path := range []string{
			"/?list=" + q, "/?after=" + q, "/?list=new&after=" + q, "/?done=" + q, "/search?q=" + q, "/model?target=" + q, "/report/funnel.svg?of=" + q, "/sign-in?next=" + q,
			"/leads/" + url.PathEscape(text), "/leads/" + lead.ID + "/do/" + url.PathEscape(text), "/leads/" + lead.ID + "/do/recycle?reason=" + q,
			"/documents/" + url.PathEscape(text) + "/1", "/documents/model/" + url.PathEscape(text), "/report/" + url.PathEscape(text), "/" + url.PathEscape(text),
		} {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			var err error
			if r.URL, err = url.Parse(path); err != nil {
				t.Fatal(err)
			}
			p.send(r).clean(t, path)
		}
		for path, form := range map[string]url.Values{
			"/model/answer":                        {"target": {text}, "digest": {text}, "answer": {text}},
			"/documents/model/new":                 {"body": {text}, "note": {text}},
			"/documents/policy/new":                {"body": {`{"schema":1,"name":"` + text + `"}`}, "note": {text}},
			"/effects":                             {"key": {text}},
			"/leads/" + lead.ID + "/do/attempt":    {"version": {text}, "reached": {text}, "because": {text}},
			"/leads/" + lead.ID + "/do/recycle":    {"version": {whole(lead.Version)}, "reason": {text}, "note": {text}},
			"/leads/" + lead.ID + "/do/disqualify": {"version": {whole(lead.Version)}, "reason": {"duplicate"}, "field.survivor_id": {text}, "field." + text: {text}, "note": {text}},
		} {
			p.post(path, form).clean(t, path+" "+text)
		}
		p.upload(p.token("/imports"), text+".csv", text+"\n"+text).clean(t, "import")
		stranger := d.stranger()
		stranger.get("/sign-in")
		stranger.post("/sign-in", url.Values{"user": {text}, "password": {text}, "next": {text}}).clean(t, "sign in")
	}
	if got := d.at(lead.ID); got.Version != lead.Version {
		t.Errorf("the lead was changed by one of them: %s", got.History[0].Text)
	}
	p.get("/").want(t, http.StatusOK)
}
