package api_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/examples/crm/api"
	"github.com/leadloop/leadloop/examples/crm/app"
	"github.com/leadloop/leadloop/examples/crm/store"
	"github.com/leadloop/leadloop/examples/crm/storetest"
)

// A Monday morning in business hours.
var now = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// A bench is the application with its interface for machines, on a server of its own.
type bench struct {
	t       testing.TB
	app     *app.App
	store   *store.Store
	url     string
	log     *bytes.Buffer
	metrics *api.Metrics
}

const (
	key   = "key of the web site"
	token = "token of the admin"
)

func open(t *testing.T, address string, change ...func(*api.Options)) *bench {
	t.Helper()
	s := storetest.Open(t, address)
	log := &bytes.Buffer{}
	logger := slog.New(slog.NewTextHandler(log, nil))
	metrics := api.NewMetrics()
	a, err := app.New(t.Context(), s, app.Options{Now: func() time.Time { return now }, Log: logger, Count: metrics.Decided})
	if err != nil {
		t.Fatal(err)
	}
	o := api.Options{WriteKeys: []string{"another", key}, Log: logger, Tokens: map[string]app.User{}, Metrics: metrics}
	for _, u := range a.Users() {
		o.Tokens["token of "+u.ID] = u
		if u.Role == app.Admin {
			o.Tokens[token] = u
		}
	}
	for _, c := range change {
		c(&o)
	}
	server := httptest.NewServer(api.New(a, o))
	t.Cleanup(server.Close)
	return &bench{t, a, s, server.URL, log, o.Metrics}
}

// send posts a body with the write key and gives the status and the answer.
func (b *bench) send(path, body string, change ...func(*http.Request)) (int, string) {
	b.t.Helper()
	r, err := http.NewRequest(http.MethodPost, b.url+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	r.SetBasicAuth(key, "")
	r.Header.Set("Content-Type", "application/json")
	return b.do(r, change...)
}

// call sends a request with a token.
func (b *bench) call(method, path, token, body string) (int, string) {
	b.t.Helper()
	r, err := http.NewRequest(method, b.url+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return b.do(r)
}

func (b *bench) do(r *http.Request, change ...func(*http.Request)) (int, string) {
	b.t.Helper()
	for _, c := range change {
		c(r)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return response.StatusCode, string(answer)
}

// lead finds the lead that is known by an identity.
func (b *bench) lead(kind, value string) store.Lead {
	b.t.Helper()
	i := store.Identity{Kind: kind, Value: value}
	found, err := b.store.Identities(context.Background(), []store.Identity{i})
	if err != nil {
		b.t.Fatal(err)
	}
	l, err := b.store.Lead(context.Background(), found[i])
	if err != nil {
		b.t.Fatalf("%s %s: %v", kind, value, err)
	}
	return l
}

// did lists what a lead did, the oldest first: kind, channel, campaign, detail.
func (b *bench) did(lead string) []string {
	b.t.Helper()
	list, err := b.store.Activities(context.Background(), lead, time.Time{}, 0)
	if err != nil {
		b.t.Fatal(err)
	}
	var did []string
	for i := len(list) - 1; i >= 0; i-- {
		a := list[i]
		did = append(did, strings.TrimRight(strings.Join([]string{a.Kind, a.Channel, a.Campaign, a.Detail}, "|"), "|"))
	}
	return did
}

func (b *bench) activities() int {
	b.t.Helper()
	n := 0
	rows, err := b.store.Search(context.Background(), "", 1000)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, l := range rows {
		n += len(b.did(l.ID))
	}
	return n
}

// TestCalls sends one call of each kind and looks at what the application knows then.
func TestCalls(t *testing.T) {
	b := open(t, storetest.SQLite(t))
	for i, c := range []struct{ path, body string }{
		{"page", `{"anonymousId":"visitor","properties":{"url":"https://example.com/Pricing?mail=x@example.com"},"context":{"campaign":{"medium":"CPC","source":"search","name":"spring"}}}`},
		{"p", `{"anonymousId":"visitor","context":{"page":{"path":"/jobs/engineer"}}}`},
		{"page", `{"anonymousId":"visitor"}`},
		{"identify", `{"userId":"u1","anonymousId":"visitor","traits":{"firstName":"Ada","lastName":"King","email":"ADA@example.com","employees":420,"phone":null,
			"company":{"name":"Analytical","industry":"Software","employee_count":300},"address":{"country":"de","city":"Berlin"},"unknown":[1,{"a":2}]}}`},
		{"track", `{"userId":"u1","event":"Demo Requested","properties":{"revenue":3.5},"context":{"campaign":{"source":"Partner"}}}`},
		{"track", `{"userId":"u1","event":"Booth","context":{"campaign":{"medium":"fair","name":"Hannover"}}}`},
		{"group", `{"userId":"u1","groupId":"acc-7","traits":{"name":"Analytical Engines","employees":"500","address":"none"}}`},
		{"screen", `{"userId":"u1","name":"Home"}`},
		{"alias", `{"userId":"u1","previousId":"phone"}`},
	} {
		body := strings.Replace(c.body, "{", fmt.Sprintf(`{"messageId":"m%d","timestamp":"2026-03-01T09:%02d:00.5+01:00",`, i, i), 1)
		if code, answer := b.send("/v1/"+c.path, body); code != http.StatusOK || answer != "{\"success\":true}\n" {
			t.Fatalf("%s: %d %s", body, code, answer)
		}
	}
	l := b.lead("user", "u1")
	want := map[string]string{"name": "Ada King", "email": "ada@example.com", "company": "Analytical Engines", "industry": "software", "employees": "500", "country": "DE", "account": "acc-7"}
	if fmt.Sprint(l.Fields) != fmt.Sprint(want) {
		t.Errorf("fields are %v, want %v", l.Fields, want)
	}
	did := strings.Join(b.did(l.ID), "\n")
	if want := strings.Join([]string{"pricing_view|paid search|spring|/Pricing", "careers_view|||/jobs/engineer", "visit", "identify", "demo_request|partner", "booth|fair|Hannover", "identify", "identify"}, "\n"); did != want {
		t.Errorf("did\n%s\nwant\n%s", did, want)
	}
	if got := b.lead("anonymous", "phone").ID; got != l.ID {
		t.Errorf("the alias is lead %s, want %s", got, l.ID)
	}
	list, _ := b.store.Activities(t.Context(), l.ID, time.Time{}, 1)
	if at := time.Date(2026, 3, 1, 8, 8, 0, 5e8, time.UTC); !list[0].At.Equal(at) {
		t.Errorf("the alias was at %v, want %v", list[0].At, at)
	}
}

const batch = `{"sentAt":"2026-03-02T09:00:00Z","context":{"campaign":{"medium":"email","name":"march"}},"batch":[
	{"type":"identify","messageId":"a","userId":"u1","traits":{"email":"a@example.com"}},
	{"type":"track","messageId":"b","userId":"u1","event":"Ebook Downloaded"},
	{"type":"screen","messageId":"c","userId":"u1"},
	{"type":"page","messageId":"d","userId":"u1","context":{"campaign":{"medium":"social"}}}]}`

// TestBatchTwice sends a batch several times, as clients do that have not seen the answer, plain and packed.
func TestBatchTwice(t *testing.T) {
	b := open(t, storetest.SQLite(t))
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	w.Write([]byte(batch))
	w.Close()
	for _, path := range []string{"/v1/batch", "/v1/b"} {
		if code, answer := b.send(path, batch); code != http.StatusOK {
			t.Fatal(code, answer)
		}
		if code, answer := b.send(path, packed.String(), func(r *http.Request) { r.Header.Set("Content-Encoding", "gzip") }); code != http.StatusOK {
			t.Fatal(code, answer)
		}
	}
	did := b.did(b.lead("user", "u1").ID)
	slices.Sort(did)
	if got, want := fmt.Sprint(did), "[ebook|email|march identify visit|social]"; got != want {
		t.Errorf("did %s, want %s", got, want)
	}
	code, text := b.do(request(t, http.MethodGet, b.url+"/metrics"))
	for _, line := range []string{`crm_messages_total{result="new"} 3`, `crm_messages_total{result="known"} 9`, `crm_requests_total{code="200",route="batch"} 4`, "crm_database_up 1", `crm_outbox_effects{state="dead"} 0`, "crm_timers_late_seconds 0"} {
		if code != http.StatusOK || !strings.Contains(text, line+"\n") {
			t.Errorf("metrics are %d without %s:\n%s", code, line, text)
		}
	}
}

func request(t *testing.T, method, url string) *http.Request {
	r, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestNoMessageID sends calls without an id: each is a call of its own, as the specification has it.
func TestNoMessageID(t *testing.T) {
	b := open(t, storetest.SQLite(t))
	for range 2 {
		if code, answer := b.send("/v1/track", `{"userId":"u1","event":"reply"}`); code != http.StatusOK {
			t.Fatal(code, answer)
		}
	}
	if did := b.did(b.lead("user", "u1").ID); len(did) != 2 {
		t.Errorf("did %v, want two replies", did)
	}
}

// TestWriteKey tries who may send.
func TestWriteKey(t *testing.T) {
	b := open(t, storetest.SQLite(t))
	body := func(key string) string { return `{"messageId":"m","anonymousId":"v","writeKey":"` + key + `"}` }
	header := func(value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Authorization", value) }
	}
	for name, c := range map[string]struct {
		body   string
		change func(*http.Request)
		code   int
	}{
		"in the header":                 {body(""), func(r *http.Request) { r.SetBasicAuth("another", "") }, http.StatusOK},
		"in the body":                   {body(key), func(r *http.Request) { r.Header.Del("Authorization"); r.Header.Set("Content-Type", "text/plain") }, http.StatusOK},
		"a wrong one in the header":     {body(key), func(r *http.Request) { r.SetBasicAuth("wrong", "") }, http.StatusUnauthorized},
		"a wrong one in the body":       {body("wrong"), func(r *http.Request) { r.Header.Del("Authorization") }, http.StatusUnauthorized},
		"none":                          {body(""), func(r *http.Request) { r.Header.Del("Authorization") }, http.StatusUnauthorized},
		"as a password":                 {body(""), func(r *http.Request) { r.SetBasicAuth("", key) }, http.StatusUnauthorized},
		"of another scheme":             {body(key), header("Bearer " + key), http.StatusUnauthorized},
		"with a space":                  {body(""), func(r *http.Request) { r.SetBasicAuth(key+" ", "") }, http.StatusUnauthorized},
		"header that is no base64":      {body(key), header("Basic ***"), http.StatusUnauthorized},
		"a number in the body":          {`{"anonymousId":"v","writeKey":1}`, func(r *http.Request) { r.Header.Del("Authorization") }, http.StatusUnauthorized},
		"a token is not a write key":    {body(""), func(r *http.Request) { r.SetBasicAuth(token, "") }, http.StatusUnauthorized},
		"in the body by another's name": {`{"anonymousId":"v","WRITEKEY":"` + key + `"}`, func(r *http.Request) { r.Header.Del("Authorization") }, http.StatusUnauthorized},
	} {
		if code, answer := b.send("/v1/page", c.body, c.change); code != c.code {
			t.Errorf("%s: %d %s, want %d", name, code, answer, c.code)
		}
	}
	// A key or a token that is empty lets nobody in.
	empty := open(t, storetest.SQLite(t), func(o *api.Options) { o.WriteKeys, o.Tokens[""] = []string{""}, app.User{ID: "maria", Role: app.Admin} })
	if code, answer := empty.send("/v1/page", body(""), func(r *http.Request) { r.SetBasicAuth("", "") }); code != http.StatusUnauthorized {
		t.Errorf("an empty write key: %d %s", code, answer)
	}
	if code, answer := empty.do(request(t, http.MethodGet, empty.url+"/v1/leads/x"), func(r *http.Request) { r.Header.Set("Authorization", "Bearer ") }); code != http.StatusUnauthorized {
		t.Errorf("an empty token: %d %s", code, answer)
	}
	// A page of any web site may send: it is asked before by its browser.
	r := request(t, http.MethodOptions, b.url+"/v1/t")
	response, err := http.DefaultClient.Do(r)
	if err != nil || response.StatusCode != http.StatusNoContent || response.Header.Get("Access-Control-Allow-Origin") != "*" || response.Header.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("preflight: %v %v", response, err)
	}
}

// problem reads the answer to a request that was not taken.
func problem(t testing.TB, answer string) api.Problem {
	t.Helper()
	var p struct {
		Success bool
		Error   api.Problem
	}
	if err := json.Unmarshal([]byte(answer), &p); err != nil || p.Success {
		t.Errorf("%s is no problem: %v", answer, err)
	}
	return p.Error
}
