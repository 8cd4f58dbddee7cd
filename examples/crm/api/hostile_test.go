package api_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/leadloop/leadloop/examples/crm/api"
	"github.com/leadloop/leadloop/examples/crm/storetest"
)

// hostile are texts that have broken others.
var hostile = []string{
	`'; DROP TABLE leads; --`, `" OR ""="`, `x') ON CONFLICT DO NOTHING; DELETE FROM activities; --`, `?1 $1 :a @b`, `%_!\`,
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `{{.}} ${7*7} <%= 7 %>`, `=cmd|' /C calc'!A0`, `../../etc/passwd`,
	"\u202eevil", "ﷺﷺﷺ", "null", "e\u0301 👩‍👩‍👧",
}

// TestHostileTexts puts each of them in every field that takes a text: it is stored as a text, or refused as a field, and nothing else happens.
func TestHostileTexts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, address func(*testing.T) string) {
		b := open(t, address(t))
		stored := 0
		for i, text := range hostile {
			quoted, _ := json.Marshal(text)
			user, _ := json.Marshal(text + " user")
			body := strings.NewReplacer("TEXT", string(quoted), "USER", string(user), "NUMBER", fmt.Sprint(i)).Replace(`{"batch":[
				{"type":"identify","messageId":"NUMBER a","userId":USER,"traits":{"name":TEXT,"phone":TEXT,"title":TEXT,"company":TEXT,"industry":TEXT,"seniority":TEXT,"country":TEXT,"account":TEXT,"other":{TEXT:TEXT}}},
				{"type":"track","messageId":"NUMBER b","userId":USER,"event":TEXT,"properties":{TEXT:TEXT},"context":{"campaign":{"name":TEXT,"medium":TEXT,"source":TEXT}}},
				{"type":"page","messageId":"NUMBER c","userId":USER,"name":TEXT,"properties":{"path":"/"}},
				{"type":"group","messageId":"NUMBER d","userId":USER,"groupId":TEXT,"traits":{"name":TEXT}},
				{"type":"alias","messageId":"NUMBER e","userId":USER,"previousId":TEXT},
				{"type":"track","messageId":TEXT,"userId":USER,"event":"reply"}]}`)
			if code, answer := b.send("/v1/batch", body); code != http.StatusOK {
				t.Fatalf("%s: %d %s", text, code, answer)
			}
			stored += 6
			l := b.lead("user", text+" user")
			if l.Fields["name"] != text || l.Fields["company"] != text || l.Fields["account"] != text {
				t.Errorf("%s is stored as %v", text, l.Fields)
			}
			if _, err := b.app.Step(t.Context()); err != nil {
				t.Error(err)
			}
			for _, field := range []string{"email", "employees"} {
				code, answer := b.send("/v1/identify", fmt.Sprintf(`{"userId":%s,"traits":{%q:%s}}`, user, field, quoted))
				if p := problem(t, answer); code != http.StatusBadRequest || p.Field != "traits."+field {
					t.Errorf("%s as %s: %d %s", text, field, code, answer)
				}
			}
			path := "/v1/leads/" + l.ID
			for _, command := range []string{
				fmt.Sprintf(`{"command":%s,"version":1}`, quoted),
				fmt.Sprintf(`{"command":"recycle","reason":%s,"version":1}`, quoted),
				fmt.Sprintf(`{"command":"accept","because":%s,"note":%s,"fields":{%s:%s},"version":1}`, quoted, quoted, quoted, quoted),
			} {
				if code, answer := b.call(http.MethodPost, path+"/commands", token, command); code != 422 && code != 409 {
					t.Errorf("%s: %d %s", command, code, answer)
				}
			}
			if code, _ := b.call(http.MethodGet, "/v1/leads/"+strings.NewReplacer("%", "%25", " ", "%20", "?", "%3F", "/", "%2F", "\"", "%22", "\\", "%5C").Replace(text), token, ""); code != http.StatusNotFound {
				t.Errorf("lead %s: %d", text, code)
			}
			if code, _ := b.call(http.MethodGet, "/v1/leads/x", text, ""); code != http.StatusUnauthorized {
				t.Errorf("token %s: %d", text, code)
			}
		}
		if n := b.activities(); n != stored {
			t.Errorf("%d activities are stored, want %d", n, stored)
		}
		if strings.Contains(b.log.String(), "DROP") || strings.Contains(b.log.String(), "alert") {
			t.Errorf("the log has what leads wrote: %s", b.log)
		}
	})
}

// TestAnswersAreJSON says that an error's answer can't be read as a page, whatever is in it.
func TestAnswersAreJSON(t *testing.T) {
	b := open(t, storetest.SQLite(t))
	r, _ := http.NewRequest(http.MethodPost, b.url+"/v1/batch", strings.NewReader(`{"batch":[{"type":"track","userId":"u","event":"e","<script>alert(1)</script>":{"a":1,"a":2}}]}`))
	r.SetBasicAuth(key, "")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body)
	h := response.Header
	if h.Get("Content-Type") != "application/json" || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != "no-store" || strings.Contains(string(body), "<") {
		t.Errorf("%v\n%s", h, body)
	}
}

// TestSlowRequests sends bodies that never end: the connection is not held for longer than the limit.
func TestSlowRequests(t *testing.T) {
	b := open(t, storetest.SQLite(t), func(o *api.Options) { o.Timeout = 100 * time.Millisecond })
	for _, path := range []string{"/v1/track", "/v1/batch", "/v1/leads/x/commands", "/v1/imports"} {
		connection, err := net.Dial("tcp", strings.TrimPrefix(b.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer connection.Close()
		connection.SetDeadline(time.Now().Add(20 * time.Second))
		r, _ := http.NewRequest(http.MethodPost, b.url+path, nil)
		r.SetBasicAuth(key, "")
		if !strings.HasSuffix(path, "track") && !strings.HasSuffix(path, "batch") {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		fmt.Fprintf(connection, "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: %s\r\nContent-Length: 1000\r\n\r\n{", path, r.Header.Get("Authorization"))
		response, err := http.ReadResponse(bufio.NewReader(connection), r)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		body, _ := io.ReadAll(response.Body)
		if response.StatusCode != http.StatusRequestTimeout || !response.Close {
			t.Errorf("%s: %d %s, want 408 and the connection closed", path, response.StatusCode, body)
		}
	}
	// And one that comes in slowly, but in time, is taken although its answer comes after the limit.
	if code, answer := b.send("/v1/page", `{"userId":"u"}`); code != http.StatusOK {
		t.Error(code, answer)
	}
}

// TestNoDatabase says that a failure is told as one: not what failed, and to be sent again.
func TestNoDatabase(t *testing.T) {
	b := open(t, storetest.SQLite(t))
	if code, answer := b.do(request(t, http.MethodGet, b.url+"/healthz")); code != http.StatusOK || answer != "{\"status\":\"ok\"}\n" {
		t.Error(code, answer)
	}
	b.store.Close()
	code, answer := b.send("/v1/page", `{"userId":"u"}`)
	if p := problem(t, answer); code != http.StatusInternalServerError || p.Kind != "failed" || strings.Contains(answer, "sql") {
		t.Errorf("%d %s", code, answer)
	}
	if !strings.Contains(b.log.String(), "request failed") {
		t.Errorf("the log has nothing of it: %s", b.log)
	}
	if code, answer := b.do(request(t, http.MethodGet, b.url+"/healthz")); code != http.StatusInternalServerError {
		t.Error(code, answer)
	}
	if code, answer := b.do(request(t, http.MethodGet, b.url+"/metrics")); code != http.StatusOK || !strings.Contains(answer, "crm_database_up 0\n") {
		t.Error(code, answer)
	}
}

// TestSameBatchFromManySides sends overlapping batches at the same time: each message is stored once.
func TestSameBatchFromManySides(t *testing.T) {
	storetest.Each(t, func(t *testing.T, address func(*testing.T) string) {
		b := open(t, address(t))
		const messages, width = 60, 20
		var group sync.WaitGroup
		for side := range 8 {
			group.Go(func() {
				for from := range messages - width + 1 {
					from = (from*7 + side*5) % (messages - width + 1)
					calls := make([]string, width)
					for i := range calls {
						calls[i] = fmt.Sprintf(`{"type":"track","userId":"u%d","event":"visit","messageId":"m%d"}`, (from+i)%9, from+i)
					}
					if code, answer := b.send("/v1/batch", `{"batch":[`+strings.Join(calls, ",")+`]}`); code != http.StatusOK {
						t.Error(code, answer)
					}
				}
			})
		}
		group.Wait()
		if n := b.activities(); n != messages {
			t.Errorf("%d activities are stored, want %d", n, messages)
		}
	})
}
