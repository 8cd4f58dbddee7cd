package load_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	writeKey = "key of the load"
	token    = "token of the load"
	secret   = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
)

// build compiles the program once for all tests.
var build = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "crm")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "crm")
	out, err := exec.Command("go", "build", "-o", path, "..").CombinedOutput()
	if err != nil {
		os.Stderr.Write(out)
	}
	return path, err
})

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := build(); err == nil {
		os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// A program is the real one, in a process of its own.
type program struct {
	command *exec.Cmd
	url     string
	log     *bytes.Buffer
	client  *http.Client
}

var serving = regexp.MustCompile(`(http://127\.0\.0\.1:\d+)/v1/`)

// start starts the program on a database and waits until it answers.
func start(t *testing.T, address, webhook string) *program {
	t.Helper()
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	p := &program{log: &bytes.Buffer{}, client: &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 16}}}
	p.command = exec.Command(path, "-addr", "127.0.0.1:0", "-dsn", address, "-seed", "0", "-webhook", webhook)
	p.command.Env = append(os.Environ(), "CRM_WRITE_KEY="+writeKey, "CRM_API_TOKEN="+token, "CRM_WEBHOOK_SECRET="+secret)
	p.command.Stderr = p.log
	out, err := p.command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.kill)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if found := serving.FindStringSubmatch(lines.Text()); found != nil {
			p.url = found[1]
			go io.Copy(io.Discard, out)
			for range 400 {
				if code, _ := p.call(t.Context(), http.MethodGet, "/healthz", nil, nil); code == http.StatusOK {
					return p
				}
				time.Sleep(5 * time.Millisecond)
			}
			break
		}
	}
	p.kill()
	t.Fatalf("the program does not answer:\n%s", p.log)
	return nil
}

// kill ends the program at once, as a power cut would.
func (p *program) kill() {
	p.command.Process.Kill() // SIGKILL
	p.command.Wait()
	p.client.CloseIdleConnections()
}

// call sends a request; the code is 0 if there is no answer.
func (p *program) call(ctx context.Context, method, path string, body []byte, authorize func(*http.Request)) (int, []byte) {
	r, err := http.NewRequestWithContext(ctx, method, p.url+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil
	}
	if authorize != nil {
		authorize(r)
	}
	response, err := p.client.Do(r)
	if err != nil {
		return 0, nil
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, nil // cut off within the answer: it may be anything
	}
	return response.StatusCode, answer
}

func withKey(r *http.Request)   { r.SetBasicAuth(writeKey, "") }
func withToken(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }

// metric reads one line of the program's metrics.
func (p *program) metric(t *testing.T, line string) string {
	t.Helper()
	_, answer := p.call(t.Context(), http.MethodGet, "/metrics", nil, nil)
	for text := range strings.Lines(string(answer)) {
		if value, found := strings.CutPrefix(text, line+" "); found {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
