package api_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/leadloop/leadloop/examples/crm/storetest"
)

// TestFields names, for bodies that can't be taken, the field that is wrong.
func TestFields(t *testing.T) {
	b := open(t, storetest.SQLite(t))
	long := strings.Repeat("x", 600)
	deep := strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40)
	for _, c := range []struct{ path, body, field, text string }{
		{"track", ``, "body", "is no JSON at byte 0"},
		{"track", `{`, "body", "is no JSON at byte 1"},
		{"track", `{"userId":"u","event":"e"} {}`, "body", "is no JSON at byte 28"},
		{"track", `{"userId":"u","event":"e",}`, "body", "is no JSON at byte 27"},
		{"track", `null`, "body", "should be an object, is null"},
		{"track", `["a"]`, "body", "should be an object, is a list"},
		{"track", "{\"userId\":\"u\",\"event\":\"\xff\"}", "body", "byte 23 is not UTF-8"},
		{"track", `{"userId":"u","event":"e","userId":"v"}`, "userId", "is there twice"},
		{"track", `{"userId":"u","event":"e","properties":{"a":[{"b":1,"b":2}]}}`, "properties.a[0].b", "is there twice"},
		{"track", `{"userId":"u","event":"e","properties":` + deep + `}`, "", "is nested more than 32 deep"},
		{"track", `{"userId":"u","event":"e","properties":{"\u0000":1,"b":"\u0000"}}`, "properties.b", "holds the character U+0000"},
		{"track", `{"event":"e"}`, "userId", "is missing, and so is anonymousId"},
		{"track", `{"USERID":"u","event":"e"}`, "userId", "is missing"},
		{"track", `{"userId":"u"}`, "event", "is missing"},
		{"track", `{"userId":7,"event":"e"}`, "userId", "should be a text, is a number"},
		{"track", `{"userId":true,"event":"e"}`, "userId", "should be a text, is true or false"},
		{"track", `{"userId":"u","event":{}}`, "event", "should be a text, is an object"},
		{"track", `{"userId":"u","event":"e","context":[]}`, "context", "should be an object, is a list"},
		{"track", `{"userId":"u","event":"e","context":{"campaign":"c"}}`, "context.campaign", "should be an object, is a text"},
		{"track", `{"userId":"u","event":"e","context":{"campaign":{"name":1}}}`, "context.campaign.name", "should be a text"},
		{"track", `{"userId":"u","event":"e","context":{"campaign":{"name":"` + long + `"}}}`, "context.campaign.name", "is longer than 200 bytes"},
		{"track", `{"userId":"u","event":"e","context":{"campaign":{"medium":"` + long + `"}}}`, "context.campaign.medium", "is longer than 200 bytes"},
		{"track", `{"userId":"u","event":"e","timestamp":"yesterday"}`, "timestamp", "should be an instant"},
		{"track", `{"userId":"u","event":"e","timestamp":1772442000}`, "timestamp", "should be a text"},
		{"track", `{"userId":"u","event":"e","timestamp":"0001-01-01T00:00:00Z"}`, "timestamp", "should be an instant"},
		{"track", `{"userId":"u","event":"e","timestamp":"1969-01-01T00:00:00Z"}`, "timestamp", "must be a time from 1990 on"},
		{"track", `{"userId":"u","event":"` + long + `"}`, "event", "is longer than 200 bytes"},
		{"track", `{"userId":"u","event":"e\u0007"}`, "event", "has control characters"},
		{"track", `{"userId":"` + long + `","event":"e"}`, "userId", "is longer than 200 bytes"},
		{"track", `{"userId":"u","event":"e","messageId":"` + long + `"}`, "messageId", "is longer than 200 bytes"},
		{"page", `{"userId":"u","properties":{"url":"http://[::1"}}`, "properties.url", "should be a path or an address"},
		{"page", `{"userId":"u","properties":{"path":"/a%07"}}`, "properties.path", "has control characters"},
		{"identify", `{"userId":"u","traits":{"email":"nobody"}}`, "traits.email", "must be an address"},
		{"identify", `{"userId":"u","traits":{"email":7}}`, "traits.email", "must be an address"},
		{"identify", `{"userId":"u","traits":{"name":{"first":"A"}}}`, "traits.name", "should be a text, is an object"},
		{"identify", `{"userId":"u","traits":{"employees":12.5}}`, "traits.employees", "must be a whole number"},
		{"identify", `{"userId":"u","traits":{"employees":1e400}}`, "traits.employees", "must be a whole number"},
		{"identify", `{"userId":"u","traits":"A"}`, "traits", "should be an object, is a text"},
		{"group", `{"userId":"u"}`, "groupId", "is missing"},
		{"group", `{"userId":"u","groupId":"` + long + `"}`, "groupId", "is longer than 500 bytes"},
		{"group", `{"userId":"u","groupId":"g","traits":{"name":"` + long + `"}}`, "traits.name", "is longer than 500 bytes"},
		{"alias", `{"userId":"u"}`, "previousId", "is missing"},
		{"alias", `{"userId":"u","previousId":"` + long + `"}`, "previousId", "is longer than 200 bytes"},
		{"batch", `{}`, "batch", "is missing"},
		{"batch", `{"batch":{}}`, "batch", "should be a list, is an object"},
		{"batch", `{"batch":[1]}`, "batch[0]", "should be an object, is a number"},
		{"batch", `{"batch":[{"userId":"u"}]}`, "batch[0].type", "should be identify"},
		{"batch", `{"batch":[{"type":7,"userId":"u"}]}`, "batch[0].type", "should be identify"},
		{"batch", `{"batch":[{"type":"batch","userId":"u"}]}`, "batch[0].type", "should be identify"},
		{"batch", `{"batch":[{"type":"page","userId":"u"},{"type":"track","userId":"u"}]}`, "batch[1].event", "is missing"},
		{"batch", `{"batch":[{"type":"screen","userId":"u"},{"type":"page","userId":"u"},{"type":"identify","userId":"u","traits":{"email":"x"}}]}`, "batch[2].traits.email", "must be an address"},
		{"batch", `{"context":7,"batch":[]}`, "context", "should be an object, is a number"},
		{"batch", `{"context":{"campaign":7},"batch":[{"type":"page","userId":"u"}]}`, "context.campaign", "should be an object, is a number"},
		{"batch", `{"batch":[` + strings.Repeat(`{},`, 2500) + `{}]}`, "batch", "has more than 2500 calls"},
	} {
		code, answer := b.send("/v1/"+c.path, c.body)
		p := problem(t, answer)
		if code != http.StatusBadRequest || c.field != "" && p.Field != c.field || !strings.HasPrefix(p.Text, c.text) || p.Kind != "field" {
			t.Errorf("%s %.200s: %d %+v, want 400 %s: %s", c.path, c.body, code, p, c.field, c.text)
		}
	}
	if n := b.activities(); n > 0 {
		t.Errorf("%d activities of refused bodies are stored", n)
	}
}

// TestSizes tries bodies at their limits and beyond.
func TestSizes(t *testing.T) {
	b := open(t, storetest.SQLite(t))
	pad := func(before, after string, size int) string {
		return before + strings.Repeat("x", size-len(before)-len(after)) + after
	}
	one := func(size int) string {
		return pad(`{"type":"track","userId":"u","event":"e","properties":{"pad":"`, `"}}`, size)
	}
	many := func(size int) string {
		const head, tail = `{"batch":[`, `]}`
		calls := make([]string, 15)
		for i := range calls {
			calls[i] = one(32 << 10)
		}
		body := head + strings.Join(calls, ",") + ","
		return body + one(size-len(body)-len(tail)) + tail
	}
	pack := func(body string) string {
		var packed bytes.Buffer
		w := gzip.NewWriter(&packed)
		w.Write([]byte(body))
		w.Close()
		return packed.String()
	}
	zip := func(r *http.Request) { r.Header.Set("Content-Encoding", "gzip") }
	none := func(*http.Request) {}
	for name, c := range map[string]struct {
		path, body string
		change     func(*http.Request)
		code       int
		field      string
	}{
		"a call of 32 KB":             {"track", one(32 << 10), none, http.StatusOK, ""},
		"a call beyond":               {"track", one(32<<10 + 1), none, http.StatusBadRequest, "body"},
		"a batch of 500 KB":           {"batch", many(500 << 10), none, http.StatusOK, ""},
		"a batch beyond":              {"batch", many(500<<10 + 1), none, http.StatusBadRequest, "body"},
		"a call in a batch of 32 KB":  {"batch", `{"batch":[` + one(32<<10) + `]}`, none, http.StatusOK, ""},
		"a call in a batch beyond":    {"batch", `{"batch":[{"type":"page","userId":"u"}, ` + one(32<<10+1) + `]}`, none, http.StatusBadRequest, "batch[1]"},
		"packed":                      {"track", pack(one(32 << 10)), zip, http.StatusOK, ""},
		"packed, and beyond unpacked": {"track", pack(one(32<<10 + 1)), zip, http.StatusBadRequest, "body"},
		"a bomb":                      {"batch", pack(strings.Repeat(" ", 100<<20)), zip, http.StatusBadRequest, "body"},
		"not packed":                  {"track", one(100), zip, http.StatusBadRequest, "body"},
		"packed and cut short":        {"track", pack(one(1000))[:60], zip, http.StatusBadRequest, "body"},
		"packed otherwise":            {"track", one(100), func(r *http.Request) { r.Header.Set("Content-Encoding", "br") }, http.StatusBadRequest, "Content-Encoding"},
		"50 MB":                       {"track", one(50 << 20), none, http.StatusBadRequest, "body"},
	} {
		if strings.HasPrefix(name, "50 MB") {
			// The server hangs up while the body is being sent, so the client may see no answer. It must not take it.
			r, _ := http.NewRequest(http.MethodPost, b.url+"/v1/track", strings.NewReader(c.body))
			r.SetBasicAuth(key, "")
			if response, err := http.DefaultClient.Do(r); err == nil {
				response.Body.Close()
				if response.StatusCode != c.code {
					t.Errorf("%s: %d, want %d", name, response.StatusCode, c.code)
				}
			}
			continue
		}
		code, answer := b.send("/v1/"+c.path, c.body, c.change)
		if code != c.code || code != http.StatusOK && problem(t, answer).Field != c.field {
			t.Errorf("%s: %d %s, want %d %s", name, code, answer, c.code, c.field)
		}
	}
	if got, want := len(b.did(b.lead("user", "u").ID)), 1+16+1+1; got != want {
		t.Errorf("%d calls are stored, want %d", got, want)
	}
}

// TestBatchIsWhole says that one call that can't be taken refuses the batch, and that the batch can be sent again without it.
func TestBatchIsWhole(t *testing.T) {
	b := open(t, storetest.SQLite(t))
	good := `{"type":"track","userId":"u","event":"reply","messageId":"1"}`
	bad := `{"type":"identify","userId":"u","traits":{"email":"x"},"messageId":"2"}`
	if code, answer := b.send("/v1/batch", fmt.Sprintf(`{"batch":[%s,%s]}`, good, bad)); code != http.StatusBadRequest {
		t.Fatal(code, answer)
	}
	if n := b.activities(); n != 0 {
		t.Errorf("%d activities are stored", n)
	}
	if code, answer := b.send("/v1/batch", fmt.Sprintf(`{"batch":[%s]}`, good)); code != http.StatusOK {
		t.Fatal(code, answer)
	}
	if n := b.activities(); n != 1 {
		t.Errorf("%d activities are stored, want 1", n)
	}
}
