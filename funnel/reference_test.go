package funnel_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/leadloop/leadloop/funnel"
)

// A reference decides by reading the definition from top to bottom at each step, in the words of the documentation.
// It shares nothing with the package but its types. Guards are those of randomDefinition.
type reference struct{ d funnel.Definition }

type command struct {
	event    funnel.Event
	back     funnel.Return
	reason   funnel.Reason
	feedback funnel.Feedback
	lead     *Lead
	by       funnel.By
}

func (r reference) decide(pos funnel.Position, c command) (funnel.Transition, error) {
	stageKnown := false
	for _, stage := range r.d.Stages {
		stageKnown = stageKnown || stage.Name == pos.Stage
	}
	if pos.Policy != r.d.Name {
		return funnel.Transition{}, funnel.ErrWrongPolicy
	}
	if pos.PolicyVersion > r.d.Version {
		return funnel.Transition{}, funnel.ErrPolicyVersion
	}
	if !stageKnown {
		return funnel.Transition{}, funnel.ErrUnknownStage
	}
	if pos.ID == "" || pos.PolicyVersion <= 0 || pos.Round <= 0 || pos.Version < 0 {
		return funnel.Transition{}, funnel.ErrPosition
	}

	tr := funnel.Transition{ID: pos.ID, Policy: r.d.Name, PolicyVersion: r.d.Version, Version: pos.Version + 1, From: pos.Stage,
		Event: c.event, Return: c.back, Round: pos.Round, Actor: c.by.Actor, Occurred: c.by.Occurred, Recorded: c.by.Recorded}
	if tr.Recorded.IsZero() {
		tr.Recorded = tr.Occurred
	}
	var guards []string
	var when string

	if c.back != "" {
		var edges []funnel.ReturnEdge
		for _, e := range r.d.Returns {
			if e.From == pos.Stage && e.On == c.back {
				edges = append(edges, e)
			}
		}
		if len(edges) == 0 {
			return funnel.Transition{}, funnel.ErrNotPermitted
		}
		if c.reason == "" {
			return funnel.Transition{}, funnel.ErrReasonMissing
		}
		i := slices.IndexFunc(r.d.Reasons, func(x funnel.ReasonDefinition) bool { return x.Code == c.reason })
		if i < 0 {
			return funnel.Transition{}, funnel.ErrReasonUnknown
		}
		reason := r.d.Reasons[i]
		i = slices.IndexFunc(edges, func(e funnel.ReturnEdge) bool { return slices.Contains(e.Dispositions, reason.Disposition) })
		if i < 0 || edges[i].BeforeContact && !reason.BeforeContact {
			return funnel.Transition{}, funnel.ErrReasonNotAllowed
		}
		known := map[string]bool{}
		for _, field := range reason.Fields {
			known[field.Name] = true
			text := c.feedback.Fields[field.Name]
			if field.Name == "note" && text == "" {
				text = c.feedback.Note
			}
			if text == "" && !field.Optional {
				return funnel.Transition{}, funnel.ErrFieldMissing
			}
			if text != "" && !wellFormed(field.Type, text) {
				return funnel.Transition{}, funnel.ErrFieldInvalid
			}
		}
		for name := range c.feedback.Fields {
			if !known[name] {
				return funnel.Transition{}, funnel.ErrFieldUnknown
			}
		}
		tr.To, tr.Reason, tr.Feedback = edges[i].To, c.reason, c.feedback
		guards, when = edges[i].Guards, edges[i].When
		switch reason.ReEntry.When {
		case "manual", "never":
		default:
			tr.NotBefore = tr.Occurred.AddDate(0, 0, reason.CoolDownDays) // in UTC a day is 24 hours
			if date := c.feedback.Fields[reason.ReEntry.Field]; reason.ReEntry.Field != "" && date != "" {
				if len(date) == len("2026-01-01") {
					date += "T00:00:00Z"
				}
				t, _ := time.Parse(time.RFC3339, date)
				tr.NotBefore = t.UTC().AddDate(0, 0, -reason.ReEntry.LeadDays)
			}
			if tr.NotBefore.Before(tr.Occurred) {
				tr.NotBefore = tr.Occurred
			}
		}
	} else {
		i := slices.IndexFunc(r.d.Edges, func(e funnel.Edge) bool { return e.From == pos.Stage && e.On == c.event })
		if i < 0 {
			return funnel.Transition{}, funnel.ErrNotPermitted
		}
		tr.To, guards, when = r.d.Edges[i].To, r.d.Edges[i].Guards, r.d.Edges[i].When
	}

	if tr.Occurred.IsZero() {
		return funnel.Transition{}, funnel.ErrTimeInvalid
	}
	if tr.Occurred.Before(pos.Since) || tr.Recorded.Before(tr.Occurred) {
		return funnel.Transition{}, funnel.ErrTimeBackwards
	}

	if c.back == "" {
		i := slices.IndexFunc(r.d.Edges, func(e funnel.Edge) bool { return e.From == pos.Stage && e.On == c.event })
		if release := r.d.Edges[i].Release; release != "" {
			if pos.Reason == "" {
				return funnel.Transition{}, funnel.ErrReasonMissing
			}
			i := slices.IndexFunc(r.d.Reasons, func(x funnel.ReasonDefinition) bool { return x.Code == pos.Reason })
			if i < 0 {
				return funnel.Transition{}, funnel.ErrReasonUnknown
			}
			entry := r.d.Reasons[i].ReEntry
			if entry.When == "never" || entry.When == "manual" && release != "manual" {
				return funnel.Transition{}, funnel.ErrReEntry
			}
			if r.d.MaxRounds != 0 && pos.Round+1 > r.d.MaxRounds {
				return funnel.Transition{}, funnel.ErrTooManyRounds
			}
			atOnce := release == "manual" || release == "high_intent" && entry.Bypass == "high_intent"
			if !atOnce && tr.Occurred.Before(pos.NotBefore) {
				return funnel.Transition{}, funnel.ErrCoolingDown
			}
			tr.Round++
		}
	}

	if (len(guards) > 0 || when != "") && c.lead == nil {
		return funnel.Transition{}, funnel.ErrLeadMissing
	}
	if slices.Contains(guards, "consent") && !c.lead.Consent || when != "" && c.lead.Grade != "A1" {
		return funnel.Transition{}, funnel.ErrGuard
	}
	return tr, nil
}

func wellFormed(kind funnel.FieldType, text string) bool {
	switch kind {
	case "text":
		return len(strings.Fields(text)) > 0
	case "id":
		return len(strings.Fields("x"+text+"x")) == 1
	case "time":
		_, err := time.Parse("2006-01-02T15:04:05Z07:00", text)
		return err == nil
	case "date":
		_, err := time.Parse("2006-01-02", text)
		return err == nil
	case "list":
		return !slices.ContainsFunc(strings.Split(text, ","), func(s string) bool { return strings.Trim(s, " ") == "" })
	default:
		_, err := strconv.ParseInt(text, 10, 64)
		return err == nil
	}
}

func consent() funnel.Guard[Lead] {
	return funnel.Guard[Lead]{Name: "consent", Check: func(lead *Lead, _ time.Time) error {
		if lead.Consent {
			return nil
		}
		return errors.New("no consent")
	}}
}

// randomDefinition is the standard funnel with random guards, edges and rounds.
func randomDefinition(random *rand.Rand) funnel.Definition {
	d := funnel.Standard()
	d.MaxRounds = random.IntN(4)
	d.Version = 1 + random.IntN(3)
	d.Edges[random.IntN(5)].Guards = []string{"consent"}
	if random.IntN(2) == 0 {
		d.Edges[random.IntN(len(d.Edges))].When = `Grade == "A1"`
		d.Returns[random.IntN(len(d.Returns))].When = `Grade == "A1"`
		d.Returns[random.IntN(len(d.Returns))].Guards = []string{"consent"}
	}
	for range random.IntN(4) { // some shortcuts, so that few walks are alike
		from, to := d.Stages[random.IntN(5)].Name, d.Stages[random.IntN(6)].Name
		on := funnel.Event("jump_" + string(to))
		if !slices.ContainsFunc(d.Edges, func(e funnel.Edge) bool { return e.From == from && e.On == on }) {
			d.Edges = append(d.Edges, funnel.Edge{From: from, On: on, To: to})
		}
	}
	return d
}

func pick[T any](random *rand.Rand, list []T) T { return list[random.IntN(len(list))] }

// randomCommand is mostly possible from the stage, sometimes not.
func randomCommand(random *rand.Rand, d *funnel.Definition, pos funnel.Position) command {
	c := command{by: funnel.By{Actor: "a", Occurred: pos.Since.Add(time.Duration(random.Int64N(int64(40 * 24 * time.Hour))))}}
	switch random.IntN(20) {
	case 0:
		c.by.Occurred = pos.Since.Add(-time.Duration(random.IntN(3)))
	case 1:
		c.by.Occurred = time.Time{}
	case 2:
		c.by.Recorded = c.by.Occurred.Add(time.Duration(random.IntN(5) - 2))
	case 3:
		c.by.Occurred = pos.Since.AddDate(1, 0, 0)
	}
	if random.IntN(8) > 0 {
		c.lead = &Lead{Consent: random.IntN(4) > 0, Grade: pick(random, []string{"A1", "A1", "B2"})}
	}
	if random.IntN(5) > 1 || len(d.Reasons) == 0 {
		c.event = pick(random, d.Edges).On
		for range 20 {
			if e := pick(random, d.Edges); e.From == pos.Stage {
				c.event = e.On
				break
			}
		}
		return c
	}
	c.back = pick(random, d.Returns).On
	reason := pick(random, d.Reasons)
	for range 20 {
		e := pick(random, d.Returns)
		r := pick(random, d.Reasons)
		if e.From == pos.Stage && slices.Contains(e.Dispositions, r.Disposition) {
			c.back, reason = e.On, r
			break
		}
	}
	c.reason = reason.Code
	values := map[funnel.FieldType][]string{
		"text": {"emea", " ", "Jane"}, "id": {"77", "a b", "x-1"}, "time": {"2026-07-01T08:00:00+02:00", "2026-07-01", "1990-01-01T00:00:00Z"},
		"date": {"2026-09-01", "2027-01-31", "soon", "2020-02-29"}, "list": {"phone", "phone, email", "a,"}, "money": {"125000", "-5", "12.5"},
	}
	if random.IntN(3) == 0 {
		c.feedback.Note = "a note"
	}
	for _, field := range reason.Fields {
		if random.IntN(8) > 0 {
			if c.feedback.Fields == nil {
				c.feedback.Fields = map[string]string{}
			}
			c.feedback.Fields[field.Name] = pick(random, values[field.Type])
			if random.IntN(2) > 0 {
				c.feedback.Fields[field.Name] = values[field.Type][0]
			}
		}
	}
	switch random.IntN(20) {
	case 0:
		c.reason = ""
	case 1:
		c.reason = "strange"
	case 2:
		if c.feedback.Fields != nil {
			c.feedback.Fields["strange"] = "x"
		}
	}
	return c
}

func do(policy *funnel.Policy[Lead], pos funnel.Position, c command) (funnel.Transition, error) {
	if c.back != "" {
		return policy.Return(pos, c.back, c.reason, c.feedback, c.lead, c.by)
	}
	return policy.Move(pos, c.event, c.lead, c.by)
}

// Thousands of random walks: the policy decides as the reference does, refusals change nothing, and the accepted
// transitions replay to the position.
func TestAgainstReference(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	accepted, refused := 0, map[error]int{}
	for range 150 {
		d := randomDefinition(random)
		policy, err := funnel.Compile(d, consent())
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			start := policy.Start("lead", on("web", "2026-01-01"))
			pos := start
			var log []funnel.Transition
			for range 25 {
				c := randomCommand(random, &d, pos)
				from := pos
				if random.IntN(50) == 0 {
					from = corrupt(random, from)
				}
				got, err := do(policy, from, c)
				want, wantErr := reference{d}.decide(from, c)
				if !errors.Is(err, wantErr) || (err == nil) != (wantErr == nil) {
					t.Fatalf("%+v\nat %+v\ngives %v, want %v", c, from, err, wantErr)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Fatalf("%+v\nat %+v (-want +got):\n%s", c, from, diff)
				}
				if err != nil {
					refused[wantErr]++
					continue
				}
				if from == pos {
					log = append(log, got)
					pos = funnel.Apply(pos, got)
					accepted++
				}
			}
			if len(log) > 0 {
				replayed, err := policy.Replay(log)
				if err != nil || replayed != pos {
					t.Fatalf("replayed to %+v, %v, want %+v", replayed, err, pos)
				}
				for i := range log {
					log[i] = policy.Redact(log[i])
				}
				if replayed, err := policy.Replay(log); err != nil || replayed != pos {
					t.Fatalf("redacted, replayed to %+v, %v, want %+v", replayed, err, pos)
				}
			}
		}
	}
	if accepted < 15000 {
		t.Errorf("only %d steps were accepted", accepted)
	}
	for _, kind := range kinds {
		if refused[kind] < 10 {
			t.Errorf("only %d refusals: %v", refused[kind], kind)
		}
	}
}

func corrupt(random *rand.Rand, pos funnel.Position) funnel.Position {
	switch random.IntN(7) {
	case 0:
		pos.Stage = "nowhere"
	case 1:
		pos.Policy = "another"
	case 2:
		pos.PolicyVersion = 4
	case 3:
		pos.Round = 0
	case 4:
		pos.Version = -1
	case 5:
		pos.ID = ""
	case 6:
		pos.Reason = "retired"
	}
	return pos
}
