package leadloop_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/attribution"
	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/handoff/routing"
	"github.com/leadloop/leadloop/scoring"
	"github.com/leadloop/leadloop/scoring/learn"
)

// The examples of this file are the README's snippets.

var (
	now        = time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)
	lead       = Lead{Title: "Head of Sales", Employees: 250}
	activities = []Activity{{Kind: "webinar", Channel: "email", At: now.AddDate(0, 0, -30)}}
)

func Example_scoring() {
	model, err := scoring.Parse([]byte(modelJSON))
	if err != nil {
		panic(err)
	}
	scorer, err := scoring.Compile[Lead, Activity](model) // rules are checked against your own structs
	if err != nil {
		panic(err)
	}
	score := scorer.Score(scoring.Subject[Lead, Activity]{Lead: &lead, Activities: activities}, now)
	fmt.Println(score.Grade, score.Total)
	fmt.Print(score.Explain()) // which rule gave which points
	// Output:
	// A2 40
	// b2b, version 1, as of 2026-06-15T12:00:00Z
	//
	// dimension   line     count  points  sum
	// fit         decides      1     +20   20
	// fit         size         1     +10   30
	// engagement  webinar      1     +10   10
	//
	// fit         A   30
	// engagement  2   10
	// total       A2  40
}

func Example_funnel() {
	policy, err := funnel.Compile[View](funnel.Standard())
	if err != nil {
		panic(err)
	}
	by := funnel.By{Actor: "ann", Occurred: now}
	pos := policy.Start("lead-1", by)
	tr, err := policy.Move(pos, funnel.Qualify, nil, by) // decide …
	if err != nil {
		panic(err)
	}
	pos = funnel.Apply(pos, tr) // … then apply
	_, err = policy.Return(pos, funnel.Reject, "timing", funnel.Feedback{}, nil, by)
	// refused: only a conversation tells about timing; the error lists the reasons that are allowed
	fmt.Println(pos.Stage, errors.Is(err, funnel.ErrReasonNotAllowed))
	// Output:
	// mql true
}

func Example_handoff() {
	policy, err := funnel.Compile[View](funnel.Standard())
	if err != nil {
		panic(err)
	}
	agreement, err := handoff.Parse([]byte(agreementJSON))
	if err != nil {
		panic(err)
	}
	desk, err := handoff.Compile(agreement, policy, time.LoadLocation)
	if err != nil {
		panic(err)
	}
	var c handoff.Case
	var pools routing.States
	view := View{lead, "A1"} // what the agreement's criterion looks at
	decide := func(command handoff.Command) {
		decision, err := desk.Decide(c, command, &view, now)
		if err != nil {
			panic(err)
		}
		for _, event := range decision.Events { // append them under a version check …
			c = handoff.Apply(c, event)
		}
		for _, effect := range decision.Effects { // … then carry out the effects
			fmt.Println(effect.Key, effect.Kind)
		}
	}
	decide(handoff.Register{By: handoff.By{Actor: "web"}, ID: "lead-1"})
	decide(handoff.Offer{By: handoff.By{Actor: "marketing", Version: c.Version}, Pools: pools})
	fmt.Println(c.Owner, "answers by", c.Deadlines.Accept.MetUntil)
	// Output:
	// lead-1/1/0 start_nurture
	// lead-1/2/0 stop_nurture
	// lead-1/3/0 assign
	// ann answers by 2026-06-16 12:00:00 +0000 UTC
}

func Example_attribution() {
	journey := attribution.Journey{
		ID: "account-1",
		Touches: []attribution.Touch{
			{ID: "1", Channel: "paid search", At: now.AddDate(0, -2, 0)},
			{ID: "2", Channel: "webinar", At: now.AddDate(0, -1, 0)},
			{ID: "3", Channel: "email", At: now},
		},
		Conversions: []attribution.Conversion{{ID: "order-1", At: now, Revenue: 100_00}},
	}
	ledger, err := attribution.Book([]attribution.Journey{journey}, attribution.Linear)
	if err != nil {
		panic(err)
	}
	for _, entry := range ledger.Entries {
		fmt.Println(entry.Channel, entry.Amount) // cents that sum to the revenue
	}
	// Output:
	// paid search 3334
	// webinar 3333
	// email 3333
}

func Example_learn() {
	model, err := scoring.Parse([]byte(modelJSON))
	if err != nil {
		panic(err)
	}
	var outcomes []learn.Outcome
	for i := range 40 {
		decides := learn.Outcome{Hits: []string{"fit/decides"}, Accepted: learn.Positive}
		size := learn.Outcome{Hits: []string{"fit/size"}, Accepted: learn.Negative, Reason: "not_target_market"}
		if i%10 < 3 {
			decides.Accepted, size.Accepted, size.Reason = learn.Negative, learn.Positive, ""
		}
		outcomes = append(outcomes, decides, size)
	}
	evidence, err := learn.NewEvidence(model)
	if err != nil {
		panic(err)
	}
	for _, outcome := range outcomes { // the rules that matched at the hand-over, and what sales said
		if err := evidence.Add(outcome); err != nil {
			panic(err)
		}
	}
	fmt.Print(evidence.Report(learn.Acceptance)) // each rule: supported, contradicted or open
	// Output:
	// b2b version 1, acceptance: base rate 40/80 50.0 %
	// rule                  points           support         precision   lift  finding
	// fit/decides               20      40/80 50.0 %      28/40 70.0 %   1.40  supported
	// fit/size                  10      40/80 50.0 %      12/40 30.0 %   0.60  contradicted
	// engagement/webinar        20        0/80 0.0 %         undefined      –  open
}

// Each snippet of the README, in Go or JSON, stands in an example that is
// compiled and checked.
func TestREADMESnippetsAreExamples(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(string(readme), "\n"); lines >= 120 {
		t.Errorf("README.md has %d lines, it should stay under 120", lines)
	}
	var checked string
	for _, name := range []string{"readme_test.go", "example_test.go"} {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		checked += folded(string(source))
	}
	snippets := regexp.MustCompile("(?s)```(?:go|json)\n(.*?)```").FindAllStringSubmatch(string(readme), -1)
	for _, snippet := range snippets {
		if !strings.Contains(checked, strings.TrimSpace(folded(snippet[1]))) {
			t.Errorf("this snippet is no part of a checked example:\n%s", snippet[1])
		}
	}
	for _, name := range []string{"scoring", "funnel", "handoff", "attribution", "learn"} {
		if !regexp.MustCompile("(?s)```go\n[^`]*\\b" + name + `\.[A-Z]`).Match(readme) {
			t.Errorf("README.md has no snippet of %s", name)
		}
	}
}

// folded drops indentation, blank lines and the handling of errors that
// every example repeats.
func folded(source string) string {
	source = strings.ReplaceAll(source, "\r", "")
	source = regexp.MustCompile(`(?m)^\s*if err != nil \{\n\s*panic\(err\)\n\s*\}\n`).ReplaceAllString(source, "")
	return regexp.MustCompile(`\s*\n\s*`).ReplaceAllString(source, "\n")
}

// The README's links lead somewhere.
func TestREADMELinks(t *testing.T) {
	for _, name := range []string{"README.md", "CONTRIBUTING.md", "CHANGELOG.md"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		prose := regexp.MustCompile("(?s)```.*?```").ReplaceAllString(string(text), "")
		for _, link := range regexp.MustCompile(`\]\(([^)#:]+)\)`).FindAllStringSubmatch(prose, -1) {
			if _, err := os.Stat(filepath.FromSlash(link[1])); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}
