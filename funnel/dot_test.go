package funnel_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/internal/script"
)

func TestStandardDOT(t *testing.T) {
	policy := standard(t)
	script.Golden(t, "testdata/standard.dot", policy.DOT())
	if policy.DOT() != standard(t).DOT() {
		t.Error("the same policy, other bytes")
	}
}

// dotLine is every line that a drawing may have; between quotes there is no bare quote and no lone backslash.
var dotLine = regexp.MustCompile(`^(digraph "Q" \{|    (rankdir=LR|node \[.*\]|edge \[.*\]|start .*|s\d+ \[label="Q"(, (fillcolor|color)="#[0-9a-f]{6}")*(, peripheries=2|, style="rounded,filled,dashed")?\]|s\d+ -> s\d+ \[label="Q"(, style=(dashed|bold))?\])|\})$`)

var dotQuoted = regexp.MustCompile(`(digraph |label=)"((?:[^"\\]|\\["\\])*)"`)

// Hostile names stay inside their quotes, and nothing is read as an escape or an entity.
func TestDOTEscapes(t *testing.T) {
	hostile := []string{`a"]; evil [label="x`, `\N\G\`, `&quot;&#34;`, "two\nlines\t\x00\u202e", "<b>html</b>", "日本語 ü", `--> {}`, "\\\""}
	for _, name := range hostile {
		d := funnel.Definition{Name: name, Version: 1, Initial: funnel.Stage(name), Stages: []funnel.StageDefinition{
			{Name: funnel.Stage(name), Kind: funnel.KindInventory}, {Name: "won", Kind: funnel.KindWon}},
			Edges: []funnel.Edge{{From: funnel.Stage(name), On: funnel.Event(name), To: "won", Guards: []string{name}, When: `Grade == "A1" && Country != "\\"`}}}
		policy, err := funnel.Compile(d, funnel.Guard[Lead]{Name: name, Check: consent().Check})
		if err != nil {
			t.Fatal(err)
		}
		drawing := policy.DOT()
		lines := strings.Split(strings.TrimSuffix(drawing, "\n"), "\n")
		if want := 1 + 4 + 2 + 1 + 1 + 1; len(lines) != want {
			t.Errorf("%q: %d lines, want %d:\n%s", name, len(lines), want, drawing)
		}
		for _, line := range lines {
			if bare := dotQuoted.ReplaceAllString(line, `$1"Q"`); !dotLine.MatchString(bare) {
				t.Errorf("%q breaks out: %s", name, line)
			}
			for _, m := range regexp.MustCompile(`&\w*;?`).FindAllString(line, -1) {
				if m != "&amp;" {
					t.Errorf("%q: an entity: %s", name, line)
				}
			}
		}
	}
}

// What is drawn: each stage, each edge and each return once, with what tells them apart.
func TestDOTMarksKinds(t *testing.T) {
	drawing := standard(t).DOT()
	for _, want := range []string{
		"    start -> s0\n",
		`    s4 -> s5 [label="win"]`,
		`    s7 -> s1 [label="↻ requalify", style=bold]`,
		`    s1 -> s1 [label="reject (reroute)", style=dashed]`,
		`    s4 -> s6 [label="lose", style=dashed]`,
		`    s5 [label="won", fillcolor="#e4f6e8", color="#2e8b47", peripheries=2]`,
	} {
		if !strings.Contains(drawing, want) {
			t.Errorf("missing: %s", want)
		}
	}
	d := funnel.Standard()
	if got, want := strings.Count(drawing, " -> s"), 1+len(d.Edges)+len(d.Returns); got != want {
		t.Errorf("%d arrows, want %d", got, want)
	}
}
