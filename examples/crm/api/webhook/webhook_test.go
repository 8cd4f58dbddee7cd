package webhook_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2"

	"github.com/leadloop/leadloop/examples/crm/api/webhook"
	"github.com/leadloop/leadloop/examples/crm/store"
	"github.com/leadloop/leadloop/handoff"
)

var now = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func clock() time.Time { return now }

func secret(t testing.TB) webhook.Secret {
	s, err := webhook.ParseSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func delivery(t testing.TB) store.Delivery {
	e := handoff.Effect{Key: "lead-1/3/0", Kind: handoff.Assign, To: "ann", At: now.Add(-time.Hour), Due: now}
	body, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return store.Delivery{Effect: e, Lead: "lead-1", Body: string(body)}
}

// TestPublishedSignature holds the signature against the one that the tests of Standard Webhooks publish for this secret, id, time and body.
func TestPublishedSignature(t *testing.T) {
	header := http.Header{}
	header.Set("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek")
	header.Set("webhook-timestamp", "1614265330")
	header.Set("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
	body := []byte(`{"test": 2432232314}`)
	at := time.Unix(1614265330, 0)
	if err := secret(t).Verify(header, body, at); err != nil {
		t.Error(err)
	}
	for name, forge := range map[string]func(http.Header, []byte) ([]byte, time.Time){
		"another body": func(h http.Header, b []byte) ([]byte, time.Time) { return append(b, ' '), at },
		"another id":   func(h http.Header, b []byte) ([]byte, time.Time) { h.Set("webhook-id", "msg_2"); return b, at },
		"no id":        func(h http.Header, b []byte) ([]byte, time.Time) { h.Del("webhook-id"); return b, at },
		"another time": func(h http.Header, b []byte) ([]byte, time.Time) {
			h.Set("webhook-timestamp", "1614265331")
			return b, at
		},
		"no time":           func(h http.Header, b []byte) ([]byte, time.Time) { h.Del("webhook-timestamp"); return b, at },
		"time is no number": func(h http.Header, b []byte) ([]byte, time.Time) { h.Set("webhook-timestamp", "now"); return b, at },
		"no signature":      func(h http.Header, b []byte) ([]byte, time.Time) { h.Del("webhook-signature"); return b, at },
		"another scheme": func(h http.Header, b []byte) ([]byte, time.Time) {
			h.Set("webhook-signature", "v2"+h.Get("webhook-signature")[2:])
			return b, at
		},
		"no scheme": func(h http.Header, b []byte) ([]byte, time.Time) {
			h.Set("webhook-signature", h.Get("webhook-signature")[3:])
			return b, at
		},
		"cut short":          func(h http.Header, b []byte) ([]byte, time.Time) { h.Set("webhook-signature", "v1,g0hM"); return b, at },
		"replayed later":     func(h http.Header, b []byte) ([]byte, time.Time) { return b, at.Add(webhook.Tolerance + time.Second) },
		"from the future":    func(h http.Header, b []byte) ([]byte, time.Time) { return b, at.Add(-webhook.Tolerance - time.Second) },
		"signature is empty": func(h http.Header, b []byte) ([]byte, time.Time) { h.Set("webhook-signature", "v1,"); return b, at },
	} {
		forged := header.Clone()
		changed, then := forge(forged, append([]byte(nil), body...))
		if err := secret(t).Verify(forged, changed, then); !errors.Is(err, webhook.ErrSignature) {
			t.Errorf("%s: %v, want ErrSignature", name, err)
		}
	}
	header.Set("webhook-signature", "v1,AAAA v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
	if err := secret(t).Verify(header, body, at); err != nil {
		t.Errorf("the second of two signatures: %v", err)
	}
}

func TestParseSecret(t *testing.T) {
	for _, text := range []string{"", "whsec_", "whsec_%%%", "whsec_c2hvcnQ=", "whsec_" + strings.Repeat("AAAA", 30)} {
		if s, err := webhook.ParseSecret(text); err == nil {
			t.Errorf("%q is a secret of %d bytes", text, len(s))
		}
	}
	for _, address := range []string{"", "127.0.0.1", "ftp://127.0.0.1/", "http://", "http://a b/"} {
		if _, err := webhook.NewSender(address, secret(t), "/crm", clock); err == nil {
			t.Errorf("%q is an address", address)
		}
	}
	if _, err := webhook.NewSender("http://127.0.0.1/", nil, "/crm", clock); err == nil {
		t.Error("no secret is needed")
	}
}

// TestWire sends an effect several times: it is taken once, and is what was sent.
func TestWire(t *testing.T) {
	var once webhook.Once
	var taken []cloudevents.Event
	failing := true
	receiver := &webhook.Receiver{Secret: secret(t), Now: clock, Take: func(_ context.Context, e cloudevents.Event) error {
		return once.Do(e.ID(), func() error {
			if failing {
				return errors.New("not yet")
			}
			taken = append(taken, e)
			return nil
		})
	}}
	server := httptest.NewServer(receiver)
	defer server.Close()
	sender, err := webhook.NewSender(server.URL, secret(t), "/crm", clock)
	if err != nil {
		t.Fatal(err)
	}
	d := delivery(t)
	if err := sender.Send(t.Context(), d); err == nil || err.Error() != "the answer is 500 Internal Server Error" {
		t.Errorf("a receiver that fails: %v", err)
	}
	failing = false
	for range 3 {
		if err := sender.Send(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	if len(taken) != 1 {
		t.Fatalf("taken %d times", len(taken))
	}
	e := taken[0]
	if err := e.Validate(); err != nil {
		t.Error(err)
	}
	if e.ID() != d.Key || e.Type() != "com.github.leadloop.effect.assign" || e.Subject() != "lead-1" || e.Source() != "/crm" || !e.Time().Equal(d.At) || e.SpecVersion() != "1.0" {
		t.Errorf("it came as %s", e)
	}
	var got handoff.Effect
	if err := e.DataAs(&got); err != nil || got.To != "ann" || !got.Due.Equal(d.Due) {
		t.Errorf("the effect came as %+v, %v", got, err)
	}
}

// TestOnceAtTheSameTime lets one key come from many sides at once.
func TestOnceAtTheSameTime(t *testing.T) {
	var once webhook.Once
	var group sync.WaitGroup
	n := 0
	for range 50 {
		group.Go(func() { once.Do("key", func() error { n++; return nil }) })
	}
	group.Wait()
	if n != 1 {
		t.Errorf("done %d times", n)
	}
}

// TestSenderFails tries receivers that do not answer as they should.
func TestSenderFails(t *testing.T) {
	elsewhere := 0
	mux := http.NewServeMux()
	mux.HandleFunc("/elsewhere", func(http.ResponseWriter, *http.Request) { elsewhere++ })
	mux.Handle("/moved", http.RedirectHandler("/elsewhere", http.StatusTemporaryRedirect))
	mux.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body); <-r.Context().Done() })
	server := httptest.NewServer(mux)
	defer server.Close()
	for path, want := range map[string]string{"/moved": "the answer is 307", "/none": "the answer is 404", "/slow": "no answer: "} {
		sender, err := webhook.NewSender(server.URL+path+"?password=hidden", secret(t), "/crm", clock)
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithTimeout(t.Context(), 100*time.Millisecond)
		err = sender.Send(ctx, delivery(t))
		stop()
		if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%s: %v, want %s", path, err, want)
		}
	}
	if elsewhere > 0 {
		t.Error("the sender has followed a redirect")
	}
	nobody := httptest.NewServer(nil)
	nobody.Close()
	sender, _ := webhook.NewSender(nobody.URL, secret(t), "/crm", clock)
	if err := sender.Send(t.Context(), delivery(t)); err == nil || !strings.HasPrefix(err.Error(), "no answer: ") {
		t.Errorf("nobody listens: %v", err)
	}
	d := delivery(t)
	d.Body = "{"
	if err := sender.Send(t.Context(), d); err == nil || strings.HasPrefix(err.Error(), "no answer") {
		t.Errorf("an effect that is no JSON was sent: %v", err)
	}
	d = delivery(t)
	d.Key = ""
	if err := sender.Send(t.Context(), d); err == nil || strings.HasPrefix(err.Error(), "no answer") {
		t.Errorf("an event without id was sent: %v", err)
	}
}

// TestReceiverRefuses gives the receiver what must not be taken.
func TestReceiverRefuses(t *testing.T) {
	receiver := &webhook.Receiver{Secret: secret(t), Now: clock, Take: func(context.Context, cloudevents.Event) error {
		t.Error("taken")
		return nil
	}}
	const other = `{"specversion":"1.0","id":"other","source":"/crm","type":"x"}`
	signed := func(id, body, sent string) *http.Request {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(sent))
		webhook.Sign(secret(t), r.Header, id, now, []byte(body))
		return r
	}
	for name, c := range map[string]struct {
		request *http.Request
		code    int
	}{
		"no signature":     {httptest.NewRequest(http.MethodPost, "/", strings.NewReader("{}")), http.StatusUnauthorized},
		"of another body":  {signed("lead-1/3/0", "{}", `{"specversion":"1.0"}`), http.StatusUnauthorized},
		"larger than 1 MB": {httptest.NewRequest(http.MethodPost, "/", strings.NewReader(strings.Repeat(" ", 1<<20+1))), http.StatusBadRequest},
		"no event":         {signed("lead-1/3/0", `[1]`, `[1]`), http.StatusBadRequest},
		"another's id":     {signed("lead-1/3/0", other, other), http.StatusBadRequest},
	} {
		answer := httptest.NewRecorder()
		receiver.ServeHTTP(answer, c.request)
		if answer.Code != c.code {
			t.Errorf("%s: %d, want %d", name, answer.Code, c.code)
		}
	}
}
