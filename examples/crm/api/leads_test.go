package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/leadloop/leadloop/examples/crm/app"
	"github.com/leadloop/leadloop/examples/crm/storetest"
)

// A view is what the interface shows of a lead.
type view struct {
	ID, Stage, Status, Owner, Grade, Owed string
	Version                               int64
	Actions                               []struct {
		Command, Refused string
		Reasons          []struct {
			Reason, Refused string
			Fields          []string
		}
	}
}

func viewOf(t testing.TB, answer string) view {
	t.Helper()
	var v view
	if err := json.Unmarshal([]byte(answer), &v); err != nil {
		t.Fatalf("%s: %v", answer, err)
	}
	return v
}

// hot makes a lead that is offered to somebody, and returns what is shown of it.
func (b *bench) hot(user string) view {
	b.t.Helper()
	body := fmt.Sprintf(`{"batch":[
		{"type":"identify","messageId":"%[1]s/1","userId":"%[1]s","traits":{"name":"Ada King","email":"%[1]s@example.com","industry":"software","employees":300,"country":"DE","seniority":"chief"}},
		{"type":"track","messageId":"%[1]s/2","userId":"%[1]s","event":"Demo Requested"},
		{"type":"track","messageId":"%[1]s/3","userId":"%[1]s","event":"Trial Started"}]}`, user)
	if code, answer := b.send("/v1/batch", body); code != http.StatusOK {
		b.t.Fatal(code, answer)
	}
	if _, err := b.app.Step(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	return b.show(b.lead("user", user).ID)
}

func (b *bench) show(lead string) view {
	b.t.Helper()
	code, answer := b.call(http.MethodGet, "/v1/leads/"+lead, token, "")
	if code != http.StatusOK {
		b.t.Fatal(code, answer)
	}
	return viewOf(b.t, answer)
}

// TestCommands works on a lead from offer to revenue, and tries at each step what must be refused.
func TestCommands(t *testing.T) {
	storetest.Each(t, func(t *testing.T, address func(*testing.T) string) {
		b := open(t, address(t))
		v := b.hot("u1")
		if v.Grade != "A1" || v.Stage != "mql" || v.Status != "open" || v.Owner == "" {
			t.Fatalf("%+v is not offered", v)
		}
		owner := "token of " + v.Owner
		other := "token of emma"
		path := "/v1/leads/" + v.ID + "/commands"
		do := func(token, command string, code int, kind, text string) string {
			t.Helper()
			command = strings.ReplaceAll(command, "VERSION", fmt.Sprint(v.Version))
			got, answer := b.call(http.MethodPost, path, token, command)
			if got != code {
				t.Fatalf("%s: %d %s, want %d", command, got, answer, code)
			}
			if code == http.StatusOK {
				v = viewOf(t, answer)
			} else if p := problem(t, answer); p.Kind != kind || !strings.Contains(p.Field+": "+p.Text, text) {
				t.Errorf("%s: %+v, want %s: %s", command, p, kind, text)
			}
			return command
		}
		do("", `{"command":"accept","version":VERSION}`, 401, "key", "no valid token")
		do("forged", `{"command":"accept","version":VERSION}`, 401, "key", "no valid token")
		do(key, `{"command":"accept","version":VERSION}`, 401, "key", "no valid token")
		do("token of max", `{"command":"accept","version":VERSION}`, 403, "forbidden", "your role may not do that")
		do(other, `{"command":"accept","version":VERSION}`, 422, "policy", "owner")
		do(token, `{"command":"accept","version":VERSION}`, 422, "policy", "cause")
		do(owner, `{"command":"accept"}`, 400, "field", "version: is missing")
		do(owner, `{"command":"accept","version":"1"}`, 400, "field", "version: should be a whole number, is a text")
		do(owner, `{"command":"accept","version":1.5}`, 400, "field", "version: should be a whole number")
		do(owner, `{"version":VERSION}`, 400, "field", "command: is missing")
		do(owner, `{"command":"promote","version":VERSION}`, 422, "policy", "no such command")
		do(owner, `{"command":"accept","version":VERSION,"owner":"me"}`, 400, "field", "owner: is not known here")
		do(owner, `{"command":"accept","version":VERSION,"reached":1}`, 400, "field", "reached: should be true or false")
		do(owner, `{"command":"accept","version":VERSION,"fields":{"a":1}}`, 400, "field", "fields.a: should be a text")
		do(owner, `{"command":"accept","version":VERSION,"note":"`+strings.Repeat("x", 16<<10)+`"}`, 413, "size", "body: is larger than 16384 bytes")
		do(owner, `{"command":"accept","version":1000000}`, 409, "repeated", "version: ")
		do(owner, `{"command":"win","version":VERSION,"revenue":1000}`, 422, "policy", "")
		accepted := do(owner, `{"command":"accept","version":VERSION}`, 200, "", "")
		if v.Stage != "sal" {
			t.Errorf("accepted: %+v", v)
		}
		do(owner, accepted, 409, "repeated", "version: ") // the same once more
		do(owner, `{"command":"attempt","version":VERSION,"reached":true,"at":"2026-03-02T09:00:00Z"}`, 200, "", "")
		do(owner, `{"command":"recycle","version":VERSION,"reason":"timing"}`, 422, "policy", "")
		do(owner, `{"command":"qualify","version":VERSION}`, 200, "", "")
		do(owner, `{"command":"open","version":VERSION}`, 200, "", "")
		do(owner, `{"command":"win","version":VERSION,"revenue":-1}`, 422, "policy", "")
		won := do(owner, `{"command":"win","version":VERSION,"revenue":1234500}`, 200, "", "")
		do(owner, won, 409, "repeated", "version: ")
		if v.Stage != "won" {
			t.Errorf("won: %+v", v)
		}
		stages, err := b.store.Stages(t.Context())
		if err != nil || fmt.Sprint(stages) != "[{won 1 1234500}]" {
			t.Errorf("stages are %v, %v", stages, err)
		}
		path = "/v1/leads/nobody/commands"
		do(owner, `{"command":"accept","version":1}`, 404, "missing", "there is no such thing")
		if code, answer := b.call(http.MethodGet, "/v1/leads/nobody", owner, ""); code != 404 {
			t.Error(code, answer)
		}
		if code, answer := b.call(http.MethodGet, "/v1/leads/"+v.ID, "forged", ""); code != 401 {
			t.Error(code, answer)
		}
		_, metrics := b.do(request(t, http.MethodGet, b.url+"/metrics"))
		for _, line := range []string{`crm_refusals_total{kind="repeated"} 3`, `crm_refusals_total{kind="key"} 4`, `crm_refusals_total{kind="missing"} 2`, `crm_outbox_effects{state="pending"} `,
			`crm_requests_total{code="422",route="command"} `, `crm_requests_total{code="403",route="command"} `, `crm_decisions_total{command="accept",outcome="decided"} 1`,
			`crm_decisions_total{command="accept",outcome="refused"} 4`, `crm_decisions_total{command="win",outcome="decided"} 1`} {
			if !strings.Contains(metrics, line) {
				t.Errorf("metrics without %s:\n%s", line, metrics)
			}
		}
	})
}

// TestActions says that what is shown as permitted is, and what is shown as refused is refused.
func TestActions(t *testing.T) {
	b := open(t, storetest.SQLite(t))
	v := b.hot("u1")
	permitted, reasons := 0, 0
	_, answer := b.call(http.MethodGet, "/v1/leads/"+v.ID, "token of "+v.Owner, "")
	for _, a := range viewOf(t, answer).Actions {
		reasons += len(a.Reasons)
		if a.Refused == "" {
			permitted++
			continue
		}
		if len(a.Reasons) > 0 {
			continue
		}
		code, answer := b.call(http.MethodPost, "/v1/leads/"+v.ID+"/commands", "token of "+v.Owner, fmt.Sprintf(`{"command":%q,"version":%d}`, a.Command, v.Version))
		if code == http.StatusOK {
			t.Errorf("%s is shown as refused, and done: %s", a.Command, answer)
		}
	}
	if permitted == 0 || reasons == 0 {
		t.Errorf("%d permitted actions, %d reasons", permitted, reasons)
	}
}

// TestImport sends a CSV file and asks for its progress.
func TestImport(t *testing.T) {
	b := open(t, storetest.SQLite(t))
	const file = "email,name,kind,channel\na@example.com,Ada,webinar,events\nnobody,Bob,webinar,events\n\"c@example.com\",\"O'Brien; DROP TABLE leads\",,\n"
	post := func(token, name, body string) (int, string) {
		return b.call(http.MethodPost, "/v1/imports?name="+name, token, body)
	}
	for range 2 { // the same file twice adds nothing
		code, answer := post(token, "leads.csv", file)
		if code != http.StatusAccepted {
			t.Fatal(code, answer)
		}
		var started struct{ ID string }
		if err := json.Unmarshal([]byte(answer), &started); err != nil {
			t.Fatal(err)
		}
		var done struct {
			ID, Name, State            string
			Bytes, Read, Rows, Refused int64
			Problems                   []string
		}
		for range 1000 {
			code, answer := b.call(http.MethodGet, "/v1/imports/"+started.ID, token, "")
			if err := json.Unmarshal([]byte(answer), &done); code != http.StatusOK || err != nil {
				t.Fatal(code, answer, err)
			}
			if done.State != "running" {
				break
			}
			time.Sleep(time.Millisecond)
		}
		if done.State != "done" || done.Name != "leads.csv" || done.Rows != 2 || done.Refused != 1 || done.Bytes != int64(len(file)) || done.Read != done.Bytes || len(done.Problems) != 1 {
			t.Errorf("%+v", done)
		}
	}
	if n := b.activities(); n != 2 {
		t.Errorf("%d activities, want 2", n)
	}
	for name, c := range map[string]struct {
		token, body string
		code        int
	}{
		"no token":      {"", file, 401},
		"a write key":   {key, file, 401},
		"sales":         {"token of anna", file, 403},
		"nothing":       {token, "", 400},
		"a wrong title": {token, "email,iban\n", 400},
		"too large":     {token, "email\n" + strings.Repeat("x", 64<<20), 413},
	} {
		if code, answer := post(c.token, "", c.body); code != c.code {
			t.Errorf("%s: %d %s, want %d", name, code, answer, c.code)
		}
	}
	imports, err := b.app.Imports(t.Context())
	if err != nil || len(imports) == 0 {
		t.Fatal(imports, err)
	}
	for _, i := range imports {
		if code, answer := b.call(http.MethodGet, "/v1/imports/"+i.ID, "token of anna", ""); code != 403 {
			t.Error("sales sees an import:", code, answer)
		}
	}
	if code, answer := b.call(http.MethodGet, "/v1/imports/none", token, ""); code != 404 {
		t.Error(code, answer)
	}
	if code, answer := b.call(http.MethodGet, "/v1/imports/none", "forged", ""); code != 401 {
		t.Error(code, answer)
	}
}

// TestFifthImport: who sends more files at once than are read is told to come again.
func TestFifthImport(t *testing.T) {
	b := open(t, storetest.SQLite(t))
	var ended sync.WaitGroup
	defer ended.Wait()
	for range 4 {
		file, writer := io.Pipe()
		defer writer.Close()
		ended.Go(func() { b.app.Import(context.Background(), app.User{ID: "max", Role: app.Marketing}, "slow.csv", file) })
		if _, err := writer.Write([]byte("x")); err != nil { // once it is being read, the file has its place
			t.Fatal(err)
		}
	}
	r, err := http.NewRequest(http.MethodPost, b.url+"/v1/imports", strings.NewReader("email\na@firm.example\n"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusTooManyRequests || answer.Header.Get("Retry-After") != "30" ||
		!strings.Contains(string(text), `"kind":"busy","text":"4 other files are being read, send it again when one of them is done"`) {
		t.Errorf("%d, again after %q: %s, %v", answer.StatusCode, answer.Header.Get("Retry-After"), text, err)
	}
}
