package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// environment is one of the process, for tests.
func environment(values map[string]string) func(string) string {
	return func(name string) string { return values[name] }
}

const secret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"

func TestRead(t *testing.T) {
	c, err := read(nil, environment(nil), io.Discard)
	if err != nil || c.address != "127.0.0.1:8080" || c.dsn != "file:crm.db" || c.seed != 200 || len(c.password) != 12 || c.writeKey != "demo" || c.token != "" ||
		c.zone.String() != "Europe/Berlin" || c.secure {
		t.Errorf("without flags: %+v, %v", c, err)
	}
	other, err := read(nil, environment(nil), io.Discard)
	if err != nil || other.password == c.password {
		t.Error("the password that is made up is always the same")
	}
	c, err = read([]string{"-addr", ":1", "-dsn", "postgres://a", "-seed", "0", "-password", "p", "-zone", "UTC", "-secure", "-webhook", "https://a.example/"},
		environment(map[string]string{"CRM_WEBHOOK_SECRET": secret, "CRM_WRITE_KEY": "key", "CRM_API_TOKEN": "token"}), io.Discard)
	if err != nil || c.address != ":1" || c.dsn != "postgres://a" || c.seed != 0 || c.password != "p" || c.zone != time.UTC || !c.secure || len(c.secret) != 24 || c.writeKey != "key" || c.token != "token" {
		t.Errorf("with all of them: %+v, %v", c, err)
	}
	for text, arguments := range map[string][]string{
		"-zone": {"-zone", "Mars/Olympus"}, "CRM_WEBHOOK_SECRET": {"-webhook", "https://a.example/"}, `"serve" is no flag`: {"serve"}, "not defined": {"-planet"},
	} {
		if _, err := read(arguments, environment(nil), io.Discard); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%v: %v, want an error that says %s", arguments, err, text)
		}
	}
	var help bytes.Buffer
	if _, err := read([]string{"-help"}, environment(nil), &help); !errors.Is(err, flag.ErrHelp) || !strings.Contains(help.String(), "-webhook") {
		t.Errorf("-help: %v, %s", err, &help)
	}
}

// A writer that may be read while others write to it.
type record struct {
	mutex sync.Mutex
	b     bytes.Buffer
}

func (r *record) Write(p []byte) (int, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.b.Write(p)
}

func (r *record) String() string {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.b.String()
}

// started runs the program until the test ends, and returns where it is.
func started(t *testing.T, c config, logs io.Writer) (address string, stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	reader, out := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, c, out, logs)
		out.CloseWithError(fmt.Errorf("the program has ended: %w", err))
		ended <- err
	}()
	lines := bufio.NewReader(reader)
	text, err := lines.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	go io.Copy(io.Discard, lines)
	found := regexp.MustCompile(`http://([^/]+)/, password (\S+)`).FindStringSubmatch(text)
	if found == nil || found[2] != c.password {
		t.Fatalf("the program says %q", text)
	}
	stop = sync.OnceValue(func() error { cancel(); return <-ended })
	t.Cleanup(func() { stop() })
	return found[1], stop
}

// TestRun starts all of it: pages, the interface for machines, scheduler and delivery; and stops it.
func TestRun(t *testing.T) {
	file := "file:" + filepath.Join(t.TempDir(), "crm.db")
	c, err := read([]string{"-addr", "127.0.0.1:0", "-dsn", file, "-seed", "20"}, environment(map[string]string{"CRM_API_TOKEN": "token"}), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	logs := &record{}
	address, stop := started(t, c, logs)
	for path, want := range map[string]string{"/sign-in": "Maria (admin)", "/healthz": "", "/metrics": "crm_"} {
		status, body := fetch(t, "http://"+address+path)
		if status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s is answered with %d: %.200s", path, status, body)
		}
	}
	ripe(t, address, "u1")
	wait(t, "a decision in the metrics", func() bool {
		_, body := fetch(t, "http://"+address+"/metrics")
		return strings.Contains(body, `crm_decisions_total{command="offer",outcome="decided"} 1`)
	})
	wait(t, "an effect in the log", func() bool { return strings.Contains(logs.String(), `"msg":"effect"`) })
	if err := stop(); err != nil {
		t.Errorf("it ended with %v", err)
	}
	if text := logs.String(); !strings.Contains(text, `"msg":"stopping"`) || strings.Contains(text, "secret.person") || strings.Contains(text, c.password) {
		t.Errorf("the log says %s", text)
	}
	// It starts again over the same database, and does not fill it twice. Now effects are sent.
	sent := make(chan string, 100)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { sent <- r.Header.Get("webhook-signature") }))
	defer receiver.Close()
	c.webhook, c.secret = receiver.URL, bytes.Repeat([]byte("s"), 24)
	address, stop = started(t, c, io.Discard)
	ripe(t, address, "u2")
	select {
	case signature := <-sent:
		if !strings.HasPrefix(signature, "v1,") {
			t.Errorf("an effect is signed with %q", signature)
		}
	case <-time.After(10 * time.Second):
		t.Error("after 10 s no effect has been sent")
	}
	if err := stop(); err != nil {
		t.Errorf("the second time it ended with %v", err)
	}
}

// ripe tells of a lead that sales is to have.
func ripe(t *testing.T, address, user string) {
	t.Helper()
	body := `{"batch":[{"type":"identify","userId":"` + user + `","messageId":"i` + user + `","traits":{"email":"secret.person.` + user + `@example.com","name":"S. Person",
		"industry":"software","employees":500,"title":"CTO","address":{"country":"DE"}}},
		{"type":"track","userId":"` + user + `","messageId":"d` + user + `","event":"Demo Request"},{"type":"track","userId":"` + user + `","messageId":"t` + user + `","event":"Trial"}]}`
	r, err := http.NewRequest(http.MethodPost, "http://"+address+"/v1/batch", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth("demo", "")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if text, _ := io.ReadAll(answer.Body); answer.StatusCode != http.StatusOK {
		t.Fatalf("messages are answered with %d: %s", answer.StatusCode, text)
	}
}

// wait waits until something is so, at most 10 s.
func wait(t *testing.T, what string, so func() bool) {
	t.Helper()
	for range 1000 {
		if so() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("after 10 s there is not %s", what)
}

func fetch(t *testing.T, address string) (int, string) {
	t.Helper()
	answer, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(body)
}

func TestRunFails(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	file := "file:" + filepath.Join(t.TempDir(), "crm.db")
	for name, c := range map[string]config{
		"address in use": {address: busy.Addr().String(), dsn: file}, "no database": {dsn: "file:" + t.TempDir() + "/none/crm.db"}, "no name": {dsn: "file:"},
		"webhook": {address: "127.0.0.1:0", dsn: file, webhook: "nowhere", secret: make([]byte, 24)},
	} {
		if err := run(context.Background(), c, io.Discard, io.Discard); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestSlow holds that who sends slowly, or nothing, is cut off. The limits are short here; which ones hold in the program, TestUsual says.
func TestSlow(t *testing.T) {
	read := make(chan error, 10)
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(r.Body)
		read <- err
	})
	server := newServer(h, limits{header: 50 * time.Millisecond, read: 100 * time.Millisecond, write: 200 * time.Millisecond, idle: 50 * time.Millisecond})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go server.Serve(listener)
	defer server.Close()
	for name, sent := range map[string]string{
		"nothing": "", "half a header": "GET / HTTP/1.1\r\nHost: a\r\nX: ", "half a body": "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc",
	} {
		connection, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(connection, sent); err != nil {
			t.Fatal(err)
		}
		connection.SetReadDeadline(time.Now().Add(10 * time.Second))
		_, err = io.ReadAll(connection) // ends when the server hangs up
		var timeout net.Error
		if errors.As(err, &timeout) && timeout.Timeout() {
			t.Errorf("%s: after 10 s the server still waits", name)
		}
		connection.Close()
	}
	if err := <-read; err == nil {
		t.Error("the handler has read half a body as a whole one")
	}
}

func TestUsual(t *testing.T) {
	s := newServer(nil, usual)
	for name, limit := range map[string]time.Duration{"header": s.ReadHeaderTimeout, "read": s.ReadTimeout, "write": s.WriteTimeout, "idle": s.IdleTimeout} {
		if limit <= 0 || limit > 5*time.Minute {
			t.Errorf("%s may take %v", name, limit)
		}
	}
	if s.MaxHeaderBytes != 16<<10 {
		t.Errorf("headers may have %d bytes", s.MaxHeaderBytes)
	}
}
