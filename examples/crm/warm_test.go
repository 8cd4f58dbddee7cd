package main

import (
	"io"
	"path/filepath"
	"strings"
	"testing"
)

// TestWarm: the program counts the first report by itself, before anybody asks for it.
func TestWarm(t *testing.T) {
	c, err := read([]string{"-addr", "127.0.0.1:0", "-dsn", "file:" + filepath.Join(t.TempDir(), "crm.db"), "-seed", "5"}, environment(nil), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	logs := &record{}
	_, stop := started(t, c, logs)
	wait(t, "a report in the log", func() bool { return strings.Contains(logs.String(), `"msg":"report"`) })
	if err := stop(); err != nil {
		t.Errorf("it ended with %v", err)
	}
}
