package handoff_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/handoff/routing"
)

// TestStories runs the whole stories of testdata/stories. Each step is a line "== time command", then "----" and what the
// desk must answer, thought out by hand from the agreement. A line that ends in "..." may go on.
func TestStories(t *testing.T) {
	files, err := filepath.Glob("testdata/stories/*.txt")
	if err != nil || len(files) < 4 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s := &story{t: t, desk: desk(t)}
			if strings.Contains(file, "ladder") || strings.Contains(file, "attempts") {
				s.desk = ladderDesk(t)
			}
			for step := range strings.SplitSeq(string(data), "\n== ") {
				input, rest, found := strings.Cut(step, "\n----\n")
				if !found { // the introduction
					continue
				}
				want := []string{}
				for line := range strings.Lines(rest) {
					if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
						want = append(want, line)
					}
				}
				got := s.step(input)
				for i := range min(len(got), len(want)) {
					if prefix, ok := strings.CutSuffix(want[i], "..."); ok && strings.HasPrefix(got[i], prefix) {
						got[i] = want[i]
					}
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("== %s (-want +got):\n%s", input, diff)
				}
			}
			s.replay()
		})
	}
}

type story struct {
	t    *testing.T
	desk *handoff.Desk[Lead]
	c    handoff.Case
	pool routing.States
	log  []handoff.Event

	tamper func(handoff.Decision) // what the host does with a decision once it is stored
}

// step runs a line such as "Fri 2026-01-09 16:30 offer by scoring grade A1".
func (s *story) step(input string) []string {
	s.t.Helper()
	words := fields(input)
	now := at(s.t, words[1]+" "+words[2])
	if day := now.Weekday().String()[:3]; day != words[0] {
		s.t.Fatalf("== %s: that is a %s", input, day)
	}
	if words[3] == "outcomes" {
		return s.outcomes()
	}
	cmd, lead := s.command(words[3], words[4:])
	d, err := s.desk.Decide(s.c, cmd, lead, now)
	if err != nil {
		return []string{"refused: " + why(err)}
	}
	for _, e := range d.Events {
		s.c = handoff.Apply(s.c, e)
		s.log = append(s.log, e)
	}
	if d.Pools != nil {
		s.pool = d.Pools
	}
	lines := render(d, now)
	if s.tamper != nil {
		s.tamper(d)
	}
	return lines
}

// fields splits at spaces, but for quoted text.
func fields(line string) []string {
	var words []string
	for i, part := range strings.Split(line, `"`) {
		if i%2 == 1 {
			words = append(words, part)
		} else {
			words = append(words, strings.Fields(part)...)
		}
	}
	return words
}

func (s *story) command(name string, words []string) (handoff.Command, *Lead) {
	s.t.Helper()
	by := handoff.By{Version: s.c.Version}
	var f funnel.Feedback
	var reason funnel.Reason
	var activity handoff.Activity
	var reached bool
	var revenue int64
	grade := ""
	for i := 0; i < len(words); i++ {
		next := func() string { i++; return words[i] }
		var err error
		switch words[i] {
		case "by":
			by.Actor = next()
		case "because":
			by.Because = next()
		case "at":
			next() // "version"
			by.Version, err = strconv.ParseInt(next(), 10, 64)
		case "occurred":
			by.Occurred, err = time.Parse(time.RFC3339, next())
		case "for":
			reason = funnel.Reason(next())
		case "with":
			key, value, _ := strings.Cut(next(), "=")
			f.Fields = map[string]string{key: value}
		case "grade":
			grade = next()
		case "activity":
			activity.At, err = time.Parse(time.RFC3339, next())
		case "high":
			activity.HighIntent = true
		case "reached":
			reached = true
		case "revenue":
			revenue, err = strconv.ParseInt(next(), 10, 64)
		default:
			s.t.Fatalf("unknown word %q", words[i])
		}
		if err != nil {
			s.t.Fatal(err)
		}
	}
	switch name {
	case "register":
		return handoff.Register{By: by, ID: "lead-1"}, nil
	case "offer":
		packet := handoff.Packet{Rating: handoff.Rating{Model: "b2b", ModelVersion: 1, Grade: grade}}
		return handoff.Offer{By: by, Packet: packet, Pools: s.pool, Activity: activity}, &Lead{Grade: grade}
	case "accept":
		return handoff.Accept{By: by}, nil
	case "reject":
		return handoff.Reject{By: by, Reason: reason, Feedback: f}, nil
	case "attempt":
		return handoff.Attempt{By: by, Reached: reached}, nil
	case "qualify":
		return handoff.Qualify{By: by}, nil
	case "open":
		return handoff.Open{By: by}, nil
	case "win":
		return handoff.Win{By: by, Revenue: revenue}, nil
	case "lose":
		return handoff.Lose{By: by, Reason: reason, Feedback: f}, nil
	case "recycle":
		return handoff.Recycle{By: by, Reason: reason, Feedback: f}, nil
	case "disqualify":
		return handoff.Disqualify{By: by, Reason: reason, Feedback: f}, nil
	case "withdraw":
		return handoff.Withdraw{By: by, Reason: reason, Feedback: f}, nil
	case "reopen":
		return handoff.Reopen{By: by}, nil
	case "tick":
		return handoff.Tick{}, nil
	}
	s.t.Fatalf("unknown command %q", name)
	return nil, nil
}

// why is the refusal without where it happened.
func why(err error) string {
	text := err.Error()
	var refusal *handoff.Refusal
	if errors.As(err, &refusal) {
		_, text, _ = strings.Cut(text, fmt.Sprintf("at version %d: ", refusal.Version))
		return text
	}
	_, text, _ = strings.Cut(text, " at stage ")
	_, text, _ = strings.Cut(text, ": ")
	return text
}

func local(t time.Time) string { return t.In(berlin).Format("Mon 2006-01-02 15:04") }

// render writes a decision: events with the state that they leave, effects, and when to ask again.
func render(d handoff.Decision, now time.Time) []string {
	lines := []string{}
	effects := d.Effects
	for _, e := range d.Events {
		b := &strings.Builder{}
		fmt.Fprintf(b, "v%d %s", e.Version, e.Kind)
		if !e.Occurred.Equal(now) {
			fmt.Fprintf(b, " at %s", local(e.Occurred))
		}
		if tr := e.Transition; tr != nil {
			fmt.Fprintf(b, " %s>%s", tr.From, tr.To)
			if tr.Reason != "" {
				fmt.Fprintf(b, " for %s", tr.Reason)
			}
		}
		note(b, "fault", string(e.AtFault))
		note(b, "owner", e.Owner)
		note(b, "track", e.Track)
		if e.Revenue != 0 {
			note(b, "revenue", strconv.FormatInt(e.Revenue, 10))
		}
		when(b, "warn", e.Deadlines.Warn)
		when(b, "accept", e.Deadlines.Accept.MetUntil)
		when(b, "offer", e.Deadlines.Offer.MetUntil)
		when(b, "touch", e.Deadlines.Touch.MetUntil)
		when(b, "attempts", e.Deadlines.Attempts.MetUntil)
		when(b, "feedback", e.Deadlines.Feedback.MetUntil)
		when(b, "escalate", e.Deadlines.Escalate.MetUntil)
		when(b, "wake", e.Deadlines.Wake)
		lines = append(lines, b.String())
		prefix := fmt.Sprintf("%s/%d/", e.ID, e.Version)
		for len(effects) > 0 && strings.HasPrefix(effects[0].Key, prefix) {
			lines = append(lines, effect(effects[0]))
			effects = effects[1:]
		}
	}
	if len(effects) > 0 {
		lines = append(lines, fmt.Sprintf("stray effects: %v", effects))
	}
	if d.Next.IsZero() {
		return append(lines, "next never")
	}
	return append(lines, "next "+local(d.Next))
}

func note(b *strings.Builder, name, value string) {
	if value != "" {
		fmt.Fprintf(b, ", %s %s", name, value)
	}
}

func when(b *strings.Builder, name string, t time.Time) {
	if !t.IsZero() {
		fmt.Fprintf(b, ", %s %s", name, local(t))
	}
}

func effect(e handoff.Effect) string {
	b := &strings.Builder{}
	_, key, _ := strings.Cut(e.Key, "/")
	fmt.Fprintf(b, "! %s %s", key, e.Kind)
	if e.To != "" {
		fmt.Fprintf(b, " to %s", e.To)
	}
	if e.Track != "" {
		fmt.Fprintf(b, " %s", e.Track)
	}
	if !e.Until.IsZero() {
		fmt.Fprintf(b, " until %s", local(e.Until))
	}
	for _, a := range e.Adjust {
		fmt.Fprintf(b, " %s", strings.TrimSpace(fmt.Sprintf("%s %s %s", a.Dimension, a.Op, a.Factor)))
	}
	if e.Target != "" {
		fmt.Fprintf(b, " into %s", e.Target)
	}
	when(b, "due", e.Due)
	if len(e.Declined) > 0 {
		fmt.Fprintf(b, ", not %s", strings.Join(e.Declined, " "))
	}
	if e.Breach != "" {
		fmt.Fprintf(b, ", breach %s", e.Breach)
	}
	if len(e.Fields) > 0 {
		fmt.Fprintf(b, ", fields %s", strings.Join(e.Fields, " "))
	}
	if e.Packet != nil {
		fmt.Fprintf(b, ", packet with %d reasons", e.Packet.Owed.Len())
	}
	if !e.Owed.IsZero() {
		fmt.Fprintf(b, ", %d reasons to choose from", e.Owed.Len())
	}
	return b.String()
}

func (s *story) outcomes() []string {
	lines := []string{}
	for _, o := range handoff.Outcomes(s.log) {
		line := fmt.Sprintf("round %d offered %s, %s, open at %s", o.Round, local(o.Offered), o.Status, o.Stage)
		if o.Closed {
			line = strings.Replace(line, "open at", "closed at", 1)
		}
		if o.Reason != "" {
			line += " for " + string(o.Reason)
		}
		if o.Won {
			line += fmt.Sprintf(", won %d", o.Revenue)
		}
		lines = append(lines, line)
	}
	return lines
}

// replay checks that the log gives the case, redacted or not.
func (s *story) replay() {
	s.t.Helper()
	c, err := s.desk.Replay(s.log)
	if err != nil || !reflect.DeepEqual(c, s.c) {
		s.t.Errorf("replay: %v\n%s", err, cmp.Diff(s.c, c))
	}
	var redacted []handoff.Event
	for _, e := range s.log {
		redacted = append(redacted, s.desk.Redact(e))
	}
	c, err = s.desk.Replay(redacted)
	if err != nil || !reflect.DeepEqual(c, s.c) {
		s.t.Errorf("replay of the redacted log: %v\n%s", err, cmp.Diff(s.c, c))
	}
}
