package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/leadloop/leadloop/funnel"
)

func TestAcceptAndWork(t *testing.T) {
	d := open(t)
	owner, lead := d.lead("offered")
	p, page := d.as(owner), "/leads/"+lead.ID
	_, name, _ := strings.Cut(owner, "/")
	p.get("/").want(t, http.StatusOK, lead.Label, "Answer to the offer", "in ")
	p.get(page).want(t, http.StatusOK, "What you can do", "Accept", "Reject…", "Qualify", "Not now: ")

	send := func(command string, form url.Values) answered {
		t.Helper()
		if form == nil {
			form = url.Values{}
		}
		form.Set("version", whole(d.at(lead.ID).Version))
		return p.post(page+"/do/"+command, form)
	}
	send("accept", nil).wantTo(t, page+"?done=accept")
	p.get(page+"?done=accept").want(t, http.StatusOK, "You have accepted the lead", "Accepted by "+name)

	p.get(page+"/do/attempt").want(t, http.StatusOK, "Did you reach somebody?")
	send("attempt", nil).want(t, http.StatusUnprocessableEntity, "Choose one.")
	send("attempt", url.Values{"reached": {"yes"}}).wantTo(t, page+"?done=attempt")
	send("qualify", nil).wantTo(t, page+"?done=qualify")
	send("open", nil).wantTo(t, page+"?done=open")
	p.get(page+"/do/win").want(t, http.StatusOK, "Revenue")
	for _, amount := range []string{"", "many", "-5", "1.5", "1,00", "99999999999999999999"} {
		send("win", url.Values{"revenue": {amount}}).want(t, http.StatusUnprocessableEntity, "Write an amount such as 12500")
	}
	send("win", url.Values{"revenue": {"12,500.50"}}).wantTo(t, page+"?done=win")
	won := d.at(lead.ID)
	if won.Stage != funnel.Won || won.History[0].Revenue != 1_250_050 {
		t.Errorf("the lead is %s with %d", won.Stage, won.History[0].Revenue)
	}
	p.get("/pipeline").want(t, http.StatusOK, lead.Label)
	send("lose", url.Values{"reason": {"price"}}).want(t, http.StatusUnprocessableEntity)
}

// TestReturns goes through the steps of a return without a script: reason, fields, refusals next to them.
func TestReturns(t *testing.T) {
	d := open(t)
	owner, lead := d.lead("working")
	p, page, path := d.as(owner), "/leads/"+lead.ID, "/leads/"+lead.ID+"/do/recycle"
	version := url.Values{"version": {whole(lead.Version)}}
	form := func(pairs ...string) url.Values {
		full := url.Values{"version": version["version"]}
		for i := 0; i < len(pairs); i += 2 {
			full.Set(pairs[i], pairs[i+1])
		}
		return full
	}
	p.get(path).want(t, http.StatusOK, "Why?", "Timing", "Asks for: revisit at")
	p.get(path+"?next=1").want(t, http.StatusUnprocessableEntity, "Choose a reason first.")
	p.get(path+"?reason=other_planet").want(t, http.StatusUnprocessableEntity, "Choose one of the reasons.")
	p.get(path+"?reason=timing").want(t, http.StatusOK, "Revisit at", "Note (optional)", "track")
	p.post(path, form()).want(t, http.StatusUnprocessableEntity, "Choose a reason first.")
	p.post(path, url.Values{"reason": {"timing"}}).want(t, http.StatusUnprocessableEntity, "load the page again")

	got := p.post(path, form("reason", "timing", "note", "call <later>"))
	got.want(t, http.StatusUnprocessableEntity, "This is owed with the reason “Timing”", "call <later>")
	for _, part := range []string{`href="#field.revisit_at"`, `id="field.revisit_at-wrong"`, `aria-invalid="true" aria-describedby="field.revisit_at-wrong"`} {
		if !strings.Contains(got.Body.String(), part) {
			t.Errorf("the page has no %s, so that the refusal is not at its field", part)
		}
	}
	got = p.post(path, form("reason", "timing", "field.revisit_at", "tomorrow"))
	got.want(t, http.StatusUnprocessableEntity, "revisit_at")
	if !strings.Contains(got.Body.String(), `value="tomorrow"`) {
		t.Error("what was filled in is lost")
	}
	if now := d.at(lead.ID); now.Version != lead.Version {
		t.Fatalf("a refusal has changed the lead: %s", now.History[0].Text)
	}
	p.post(path, form("reason", "timing", "field.revisit_at", "2026-09-01", "note", `she said "September"`)).wantTo(t, page+"?done=recycle")
	now := d.at(lead.ID)
	if now.Stage != funnel.Recycled || now.Track == "" || now.Owner != "" {
		t.Errorf("the lead is %s on track %q, with %q", now.Stage, now.Track, now.Owner)
	}
	p.get(page).want(t, http.StatusOK, `she said "September"`, "revisit at: 2026-09-01", "Recycled")
	d.as("marketing/max").get("/?list=returned").want(t, http.StatusOK, lead.Label, strings.ReplaceAll(now.Track, "_", " "))
}

// TestFields sends an amount in a field of a reason: people write euros, the funnel wants cents.
func TestFields(t *testing.T) {
	d := open(t)
	owner, lead := d.lead("working")
	p, path := d.as(owner), "/leads/"+lead.ID+"/do/recycle"
	p.get(path+"?reason=price").want(t, http.StatusOK, "In euros")
	form := url.Values{"version": {whole(lead.Version)}, "reason": {"price"}, "field.expected_price": {"about 12"}}
	p.post(path, form).want(t, http.StatusUnprocessableEntity, "Write an amount")
	form.Set("field.expected_price", "9,900")
	p.post(path, form).wantTo(t, "/leads/"+lead.ID+"?done=recycle")
	now := d.at(lead.ID)
	if got := now.History[0].Detail; !strings.Contains(got, "expected price: 990000") {
		t.Errorf("the feedback is %q", got)
	}
}

// TestStale sends a form that was made before somebody else changed the lead.
func TestStale(t *testing.T) {
	d := open(t)
	owner, lead := d.lead("working")
	p, path := d.as(owner), "/leads/"+lead.ID+"/do/attempt"
	form := url.Values{"version": {whole(lead.Version)}, "reached": {"no"}}
	p.post(path, form).wantTo(t, "/leads/"+lead.ID+"?done=attempt")
	p.post(path, form).want(t, http.StatusUnprocessableEntity, "Somebody else has changed this lead", "Look at the lead")
	if got := d.at(lead.ID).Version; got != lead.Version+1 {
		t.Errorf("the form was taken twice: version %d, want %d", got, lead.Version+1)
	}
}

// TestManager decides in the owner's place, and must say why.
func TestManager(t *testing.T) {
	d := open(t)
	_, lead := d.lead("offered")
	p, path := d.as("admin/maria"), "/leads/"+lead.ID+"/do/accept"
	p.get("/leads/"+lead.ID).want(t, http.StatusOK, "Accept…")
	p.get(path).want(t, http.StatusOK, "Cause")
	form := url.Values{"version": {whole(lead.Version)}}
	p.post(path, form).want(t, http.StatusUnprocessableEntity, "Say why")
	form.Set("because", "the owner is ill")
	p.post(path, form).wantTo(t, "/leads/"+lead.ID+"?done=accept")
	p.get("/leads/"+lead.ID).want(t, http.StatusOK, "because: the owner is ill")
}

func TestRefusedAltogether(t *testing.T) {
	d := open(t)
	owner, lead := d.lead("offered")
	p := d.as(owner)
	p.get("/leads/"+lead.ID+"/do/win").want(t, http.StatusOK, "Nobody has accepted the lead")
	p.post("/leads/"+lead.ID+"/do/qualify", url.Values{"version": {whole(lead.Version)}}).want(t, http.StatusUnprocessableEntity, "Nobody has accepted the lead")
	p.get("/leads/"+lead.ID+"/do/offer").want(t, http.StatusForbidden)
	p.get("/leads/nobody/do/win").want(t, http.StatusNotFound)
	p.post("/leads/nobody/do/win", url.Values{"version": {"1"}}).want(t, http.StatusNotFound)
}
