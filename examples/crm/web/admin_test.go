package web

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/leadloop/leadloop/examples/crm/app"
	"github.com/leadloop/leadloop/examples/crm/store"
)

// TestDocuments adopts a new model, after mistakes in it have been listed, and reads what changed.
func TestDocuments(t *testing.T) {
	d := open(t)
	p := d.as("admin/maria")
	p.get("/documents").want(t, http.StatusOK, "Model, version 1", "Policy, version 1", "Agreement, version 1", "decides now", "New scoring model")
	body := p.get("/documents/model/1")
	body.want(t, http.StatusOK, "b2b-lead-score")
	text := currentModel(t, d)
	path := "/documents/model/new"
	p.get(path).want(t, http.StatusOK, `"version": 1`)
	p.post(path, url.Values{"body": {text}}).want(t, http.StatusUnprocessableEntity, "Nothing has changed yet", "must be above 1")
	wrong := strings.NewReplacer(`"version": 1`, `"version": 2`, `Employees >= 2000`, `Employes >= 2000`, `HasPhone`, `HasFax`).Replace(text)
	p.post(path, url.Values{"body": {wrong}}).want(t, http.StatusUnprocessableEntity, "Employes", "HasFax")
	next := strings.NewReplacer(`"version": 1`, `"version": 2`, `"when": "HasPhone", "points": 5`, `"when": "HasPhone", "points": 8`).Replace(text)
	p.post(path, url.Values{"body": {strings.ReplaceAll(next, "\n", "\r\n")}, "note": {"phones matter"}}).wantTo(t, "/documents?done=adopted")
	p.get("/documents?done=adopted").want(t, http.StatusOK, "The new version decides from now on", "Model, version 2", "phones matter")
	p.get("/documents/model/2").want(t, http.StatusOK, "What changed since version 1", "5 → 8")
	if got := currentModel(t, d); got != next {
		t.Error("the text that is stored is another than the one that was sent")
	}
	// The agreement and the funnel, too, tell what changed.
	for kind, change := range map[string][2]string{"agreement": {`"first_touch": "4h`, `"first_touch": "2h`}, "policy": {`"max_rounds": 5`, `"max_rounds": 6`}} {
		text := active(t, d, kind)
		next := strings.Replace(strings.Replace(text, `"version": 1`, `"version": 2`, 1), change[0], change[1], 1)
		if kind == "policy" { // the agreement names the version of the policy: first things first
			if p.post("/documents/policy/new", url.Values{"body": {next}}).Code != http.StatusSeeOther {
				continue
			}
		} else {
			p.post("/documents/agreement/new", url.Values{"body": {next}}).wantTo(t, "/documents?done=adopted")
		}
		p.get("/documents/"+kind+"/2").want(t, http.StatusOK, "What changed since version 1")
		if strings.Contains(p.get("/documents/"+kind+"/2").text(), "Nothing that decides") {
			t.Errorf("the page of the %s tells no change", kind)
		}
	}
}

func currentModel(t *testing.T, d *desk) string { return active(t, d, app.ModelDocument) }

func active(t *testing.T, d *desk, kind string) string {
	t.Helper()
	documents, err := d.app.Documents(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, document := range documents {
		if document.Kind == kind && document.Active {
			return document.Body
		}
	}
	t.Fatalf("no %s is active", kind)
	return ""
}

func TestProposal(t *testing.T) {
	d := open(t)
	p := d.as("admin/maria")
	page := p.get("/model")
	page.want(t, http.StatusOK, "What outcomes would change", "Accept: let it decide", "Tested on later outcomes", "Demo request")
	digest := regexp.MustCompile(`name="digest" value="([0-9a-f]+)"`).FindStringSubmatch(page.Body.String())
	if digest == nil {
		t.Fatal("the page has no proposal to answer")
	}
	answer := func(what, digest string) answered {
		return p.post("/model/answer", url.Values{"target": {"acceptance"}, "digest": {digest}, "answer": {what}})
	}
	answer("perhaps", digest[1]).want(t, http.StatusBadRequest)
	answer("accept", "0000").want(t, http.StatusUnprocessableEntity, "The proposal has changed since you read it")
	answer("decline", digest[1]).wantTo(t, "/model?done=declined-proposal&target=acceptance")
	p.get("/model?target=acceptance&done=declined-proposal").want(t, http.StatusOK, "The proposal is declined.", "was declined before")
	d.as("sales/anna").get("/model").want(t, http.StatusOK, "An admin may accept or decline it")
	answer("accept", digest[1]).wantTo(t, "/model?done=accepted-proposal&target=acceptance")
	p.get("/model").want(t, http.StatusOK, "version 2")
	p.get("/documents/model/2").want(t, http.StatusOK, "learned from outcomes")
}

func TestPersonalData(t *testing.T) {
	d := open(t)
	_, lead := d.lead("working")
	page := "/leads/" + lead.ID
	d.as("marketing/max").get(page+"/privacy").want(t, http.StatusOK, "Export as a file")
	if got := d.as("marketing/max").get(page + "/privacy"); strings.Contains(got.text(), "Erase") {
		t.Error("marketing is shown how to erase")
	}
	p := d.as("admin/maria")
	got := p.post(page+"/export", nil)
	got.want(t, http.StatusOK)
	var file struct {
		ID     string            `json:"id"`
		Fields map[string]string `json:"fields"`
	}
	if err := json.Unmarshal(got.Body.Bytes(), &file); err != nil || file.ID != lead.ID || file.Fields["email"] == "" {
		t.Errorf("the file is %.200s: %v", got.Body, err)
	}
	if got.Header().Get("Content-Disposition") != `attachment; filename="lead.json"` || got.Header().Get("Content-Type") != "application/json" {
		t.Errorf("headers %v", got.Header())
	}
	email := file.Fields["email"]
	p.get(page).want(t, http.StatusOK, email)
	p.post(page+"/erase", nil).want(t, http.StatusUnprocessableEntity, "Confirm that the lead is to be erased")
	p.get(page).want(t, http.StatusOK, email)
	p.post(page+"/erase", url.Values{"sure": {"yes"}}).wantTo(t, page+"?done=erased")
	if text := p.get(page + "?done=erased").text(); strings.Contains(text, email) || strings.Contains(text, lead.Label) || !strings.Contains(text, "has been erased") {
		t.Errorf("after erasing the page says %s", text)
	}
	p.get("/audit").want(t, http.StatusOK, "erase", "export", lead.ID)
	p.post("/leads/nobody/export", nil).want(t, http.StatusNotFound)
	p.post("/leads/nobody/erase", nil).want(t, http.StatusNotFound)
	p.post("/leads/nobody/erase", url.Values{"sure": {"yes"}}).want(t, http.StatusNotFound)
	p.get("/leads/nobody/privacy").want(t, http.StatusNotFound)
}

func TestEffects(t *testing.T) {
	d := open(t)
	ctx := context.Background()
	owner, lead := d.lead("offered")
	d.as(owner).post("/leads/"+lead.ID+"/do/accept", url.Values{"version": {whole(lead.Version)}}).wantTo(t, "/leads/"+lead.ID+"?done=accept")
	p := d.as("admin/maria")
	p.get("/leads/"+lead.ID).want(t, http.StatusOK, "Effects to be sent", "pending")
	claimed, err := d.app.Store().ClaimEffects(ctx, d.now, time.Minute, 1)
	if err != nil || len(claimed) != 1 {
		t.Fatal(len(claimed), err)
	}
	if err := d.app.Store().EffectFailed(ctx, claimed[0], time.Time{}, "the other side is gone"); err != nil {
		t.Fatal(err)
	}
	p.get("/effects").want(t, http.StatusOK, "Given up", claimed[0].Key, "the other side is gone", "Try again")
	p.post("/effects", url.Values{"key": {claimed[0].Key}}).wantTo(t, "/effects?done=revived")
	if got, err := d.app.Store().DeadEffects(ctx, 10); err != nil || len(got) != 0 {
		t.Errorf("still given up: %v, %v", got, err)
	}
	p.get("/effects?done=revived").want(t, http.StatusOK, "will be tried again", claimed[0].Key)
	p.get("/audit").want(t, http.StatusOK, "revive effect")
	p.post("/effects", url.Values{"key": {claimed[0].Key}}).want(t, http.StatusNotFound)

	// What was sent is counted for a day.
	counts, err := d.app.Store().OutboxCounts(ctx, d.now.Add(-24*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if err := d.app.Store().EffectDone(ctx, claimed[0].Key, d.now); err != nil {
		t.Fatal(err)
	}
	p.get("/effects").want(t, http.StatusOK, fmt.Sprintf("Sent in 24 hours %d ", counts[store.DoneState]+1))
	d.now = d.now.Add(25 * time.Hour)
	d.as("admin/maria").get("/effects").want(t, http.StatusOK, "Sent in 24 hours 0 ")
}

func TestImports(t *testing.T) {
	d := open(t)
	p := d.as("marketing/max")
	p.get("/imports").want(t, http.StatusOK, "CSV file", "messageId")
	token := p.token("/imports")
	p.upload(token, "", "").want(t, http.StatusUnprocessableEntity, "Choose a file first")
	p.upload(token, "a.csv", "planet\nMars\n").want(t, http.StatusUnprocessableEntity, "The file can't be imported")
	p.upload(token, "../fair.csv", "email,name,kind\nana@example.com,Ana Import,booth\nnobody,,\n").wantTo(t, "/imports?done=importing")
	for range 1000 {
		if text := p.get("/imports").text(); strings.Contains(text, "Done") {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	got := p.get("/imports?done=importing")
	got.want(t, http.StatusOK, "The file is being read", "fair.csv", "Done", "line 3")
	p.get("/search?q=Ana+Import").want(t, http.StatusOK, "Ana Import")
}

func TestInboxes(t *testing.T) {
	d := open(t)
	// Further pages hold every lead exactly once.
	p := d.as("admin/maria")
	seen := map[string]bool{}
	link := regexp.MustCompile(`<th scope="row"><a href="/leads/([^"]+)"`)
	more := regexp.MustCompile(`<a class="button" href="(/\?[^"]+)">Further leads`)
	for path := "/?list=new"; path != ""; {
		got := p.get(path)
		got.want(t, http.StatusOK)
		for _, match := range link.FindAllStringSubmatch(got.Body.String(), -1) {
			if seen[match[1]] {
				t.Errorf("%s is listed twice", match[1])
			}
			seen[match[1]] = true
		}
		path = ""
		if next := more.FindStringSubmatch(got.Body.String()); next != nil {
			path = strings.ReplaceAll(next[1], "&amp;", "&")
		}
	}
	inbox, err := d.app.Inbox(context.Background(), app.User{ID: "maria", Role: app.Admin}, app.InboxQuery{Filter: "new"})
	if err != nil {
		t.Fatal(err)
	}
	for _, filter := range inbox.Filters {
		if filter.Name == "new" && (int64(len(seen)) != filter.Count || filter.Count < 51) {
			t.Errorf("%d leads are listed, %d are counted; the test needs more than a page", len(seen), filter.Count)
		}
	}
	p.get("/search?q=nobody+at+all").want(t, http.StatusOK, "None found")
	p.get("/search").want(t, http.StatusOK, "Write a part of a name")
	p.get("/search?q="+strings.Repeat("a", longestSearch+1)).want(t, http.StatusBadRequest)
	p.get("/?list=other").want(t, http.StatusUnprocessableEntity)

	// Sales sees its own leads; a deadline that has passed is late.
	owner, lead := d.lead("offered")
	for _, row := range d.rows(owner, "offered") {
		if "sales/"+row.Owner != owner {
			t.Errorf("%s is shown a lead of %s", owner, row.Owner)
		}
	}
	_, id, _ := strings.Cut(owner, "/")
	p.get("/?owner="+id).want(t, http.StatusOK, "Whose leads", lead.Label, "In work")
	d.as("marketing/max").get("/?owner="+id+"&list=working").want(t, http.StatusOK, "Opportunities")
	p.get("/?owner=nobody").want(t, http.StatusNotFound)
	for _, other := range []string{"anna", "ben", "clara"} { // sales may not look into others' inboxes: the filter is none of theirs
		if got := d.as("sales/" + other).get("/?owner=" + id).text(); strings.Contains(got, "Whose leads") || other != id && strings.Contains(got, lead.Label) {
			t.Errorf("%s is shown leads of %s: %s", other, id, got)
		}
	}
	d.now = lead.Until.Add(90 * time.Minute)
	d.as(owner).get("/").want(t, http.StatusOK, "1 h 30 min late")
}

// TestBroken shows that a failure of the database becomes a page without its cause.
func TestBroken(t *testing.T) {
	d := open(t)
	p := d.as("admin/maria")
	d.app.Store().Close()
	for _, path := range []string{"/", "/effects", "/report", "/model"} {
		got := p.get(path)
		if got.Code != http.StatusInternalServerError || strings.Contains(got.text(), "sql") || !strings.Contains(got.text(), "Something failed here") {
			t.Errorf("%s: answered with %d: %.300s", path, got.Code, got.text())
		}
	}
}

// TestFifthImport: who sends more files at once than are read is told to come again.
func TestFifthImport(t *testing.T) {
	d := open(t)
	p := d.as("marketing/max")
	var ended sync.WaitGroup
	defer ended.Wait()
	for range 4 {
		file, writer := io.Pipe()
		defer writer.Close()
		ended.Go(func() { d.app.Import(context.Background(), app.User{ID: "max", Role: app.Marketing}, "slow.csv", file) })
		if _, err := writer.Write([]byte("x")); err != nil { // once it is being read, the file has its place
			t.Fatal(err)
		}
	}
	got := p.upload(p.token("/imports"), "a.csv", "email\na@example.com\n")
	got.want(t, http.StatusTooManyRequests, "CSV file 4 other files are being read, send it again when one of them is done.")
	if after := got.Header().Get("Retry-After"); after != "30" {
		t.Errorf("again after %q", after)
	}
}
