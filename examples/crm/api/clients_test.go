package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/segmentio/analytics-go/v3"

	"github.com/leadloop/leadloop/examples/crm/storetest"
)

// results counts what the client says of its messages.
type results struct{ sent, failed atomic.Int64 }

func (r *results) Success(analytics.Message)        { r.sent.Add(1) }
func (r *results) Failure(analytics.Message, error) { r.failed.Add(1) }

// TestGoClient sends with Segment's client for Go, in batches.
func TestGoClient(t *testing.T) {
	b := open(t, storetest.SQLite(t))
	var results results
	client, err := analytics.NewWithConfig(key, analytics.Config{
		Endpoint: b.url, BatchSize: 7, Callback: &results, Logger: analytics.StdLogger(log.New(io.Discard, "", 0)),
		DefaultContext: &analytics.Context{Campaign: analytics.CampaignInfo{Medium: "email", Name: "march"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	calls := []analytics.Message{
		analytics.Page{AnonymousId: "go-visitor", Properties: analytics.NewProperties().SetPath("/pricing")},
		analytics.Identify{UserId: "go-user", AnonymousId: "go-visitor", Traits: analytics.NewTraits().SetEmail("go@example.com").SetFirstName("Gero").Set("employees", 120)},
		analytics.Group{UserId: "go-user", GroupId: "acc-go", Traits: analytics.Traits{"name": "Go & Co"}},
		analytics.Screen{UserId: "go-user", Name: "Home"},
		analytics.Alias{UserId: "go-user", PreviousId: "go-old"},
	}
	for i := range 20 {
		calls = append(calls, analytics.Track{UserId: "go-user", Event: "Email Opened", MessageId: fmt.Sprint("open ", i/2), Timestamp: now.Add(-time.Hour),
			Context: &analytics.Context{Page: analytics.PageInfo{URL: "https://example.com/"}}})
	}
	for _, c := range calls {
		if err := client.Enqueue(c); err != nil {
			t.Fatal(err)
		}
	}
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	if results.sent.Load() != int64(len(calls)) || results.failed.Load() != 0 {
		t.Errorf("the client says that %d are sent and %d failed, of %d", results.sent.Load(), results.failed.Load(), len(calls))
	}
	l := b.lead("user", "go-user")
	if want := "map[account:acc-go company:Go & Co email:go@example.com employees:120 name:Gero]"; fmt.Sprint(l.Fields) != want {
		t.Errorf("fields are %v, want %s", l.Fields, want)
	}
	counts := map[string]int{}
	for _, what := range b.did(l.ID) {
		counts[what]++
	}
	// The client sends batches at the same time, so the page of the visitor may come before or after it is identified.
	want := map[string]int{"email_open|email|march": 10, "pricing_view|email|march|/pricing": 1, "identify": 3}
	if fmt.Sprint(counts) != fmt.Sprint(want) {
		t.Errorf("did %v, want %v", counts, want)
	}
}

// TestNodeClient sends with Segment's client for Node.js, in the version of testdata/node/package-lock.json.
func TestNodeClient(t *testing.T) {
	for _, program := range []string{"npm", "node"} {
		if _, err := exec.LookPath(program); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatalf("%s is not installed", program)
			}
			t.Skipf("%s is not installed", program)
		}
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "node"))); err != nil {
		t.Fatal(err)
	}
	run := func(name string, arguments ...string) string {
		ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
		defer stop()
		command := exec.CommandContext(ctx, name, arguments...)
		command.Dir = dir
		var errors strings.Builder
		command.Stderr = &errors
		out, err := command.Output()
		if err != nil {
			t.Fatalf("%s %v: %v\n%s%s", name, arguments, err, out, errors.String())
		}
		return string(out)
	}
	run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	b := open(t, storetest.SQLite(t))
	var result struct {
		Failures []string
		Refused  string
	}
	if err := json.Unmarshal([]byte(run("node", "send.mjs", b.url, key)), &result); err != nil {
		t.Fatal(err)
	}
	if len(result.Failures) > 0 || result.Refused != "[400] Bad Request" {
		t.Errorf("the client says %+v", result)
	}
	l := b.lead("user", "node-user")
	if want := "map[account:acc-node company:Node & Co email:node@example.com employees:250 industry:software name:Nora Node]"; fmt.Sprint(l.Fields) != want {
		t.Errorf("fields are %v, want %s", l.Fields, want)
	}
	counts := map[string]int{}
	for _, what := range b.did(l.ID) {
		counts[what]++
	}
	want := map[string]int{"pricing_view|paid search|spring|/pricing": 1, "identify": 3, "demo_request": 1}
	if fmt.Sprint(counts) != fmt.Sprint(want) {
		t.Errorf("did %v, want %v", counts, want)
	}
}
