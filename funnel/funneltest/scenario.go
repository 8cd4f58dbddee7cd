package funneltest

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/leadloop/leadloop/funnel"
)

// A step is one that a scenario took, for whoever counts them.
type step struct {
	before funnel.Position
	line   *line
	tr     funnel.Transition
	err    error
}

// run runs each scenario and shows those that go otherwise than written.
func (s *script) run(on subject) string {
	var b strings.Builder
	for _, p := range s.paragraphs {
		outcomes := p.outcomes(on, nil)
		same := true
		var want, got []string
		for i := range p.lines {
			same = same && outcomes[i] == p.lines[i].want
			want, got = append(want, p.lines[i].want), append(got, outcomes[i])
		}
		if !same {
			b.WriteString(lineDiff(p.text(want), p.text(got)))
		}
	}
	return b.String()
}

// valid finds leads that the suite does not have.
func (s *script) valid(own subject) error {
	var errs []error
	for _, p := range s.paragraphs {
		for _, l := range p.lines {
			if l.verb == verbLead && !own.has(l.name) {
				errs = append(errs, fmt.Errorf("%s: the suite has no lead %q; it has %q", l.at, l.name, own.leads()))
			}
		}
	}
	return errors.Join(errs...)
}

// update rewrites what stands behind the arrows.
func (s *script) update(on subject) error {
	if s.path == "" { // in the test's own code
		return nil
	}
	var texts []string
	for _, p := range s.paragraphs {
		if p.comment != "" {
			texts = append(texts, p.comment)
			continue
		}
		outcomes := p.outcomes(on, nil)
		for i := range p.lines {
			p.lines[i].want = outcomes[i]
		}
		texts = append(texts, p.text(outcomes))
	}
	return os.WriteFile(s.path, []byte(strings.Join(texts, "\n\n")+"\n"), 0o644)
}

// text writes a scenario with the outcomes of its lines, the arrows under each other.
func (p *paragraph) text(outcomes []string) string {
	width := 0
	for _, l := range p.lines {
		if l.verb != verbLead {
			width = max(width, utf8.RuneCountInString(l.command))
		}
	}
	var b strings.Builder
	b.WriteString(p.title)
	for i, l := range p.lines {
		b.WriteString("\n" + l.command)
		if outcomes[i] != "" {
			fmt.Fprintf(&b, "%s   %s %s", strings.Repeat(" ", max(0, width-utf8.RuneCountInString(l.command))), arrow, outcomes[i])
		}
	}
	return b.String()
}

// outcomes runs a scenario and says what comes of each line. Watch, if not nil, is told of each event and return.
func (p *paragraph) outcomes(on subject, watch func(step)) []string {
	var pos funnel.Position
	lead := ""
	outcomes := make([]string, len(p.lines))
	for i := range p.lines {
		l := &p.lines[i]
		switch l.verb {
		case verbLead:
			lead = l.name
		case verbStart:
			pos = on.start(l.when)
			if l.name != "" {
				pos.Stage = funnel.Stage(l.name)
			}
			pos.Round, pos.Reason = l.round, l.reason
			outcomes[i] = quote(string(pos.Stage))
			if err := on.check(pos); err != nil {
				outcomes[i] = refused(err)
			} else if pos.Round != 1 {
				outcomes[i] += fmt.Sprintf(", round %d", pos.Round)
			}
		case verbPossible:
			outcomes[i] = possible(on.permitted(pos, lead, l.when))
		case verbDue:
			outcomes[i] = due(on.due(pos))
		default:
			s := step{before: pos, line: l}
			if l.owes || on.returns(l.name) {
				s.tr, s.err = on.giveBack(pos, funnel.Return(l.name), l.reason, l.given, lead, l.when)
			} else {
				s.tr, s.err = on.move(pos, funnel.Event(l.name), lead, l.when)
			}
			if s.err != nil {
				outcomes[i] = refused(s.err)
			} else {
				outcomes[i] = taken(pos, s.tr)
				pos = funnel.Apply(pos, s.tr)
			}
			if watch != nil {
				watch(s)
			}
		}
	}
	return outcomes
}

// taken says where a step led.
func taken(before funnel.Position, tr funnel.Transition) string {
	text := quote(string(tr.To))
	if tr.Round != before.Round {
		text += fmt.Sprintf(", round %d", tr.Round)
	}
	if tr.NotBefore.After(tr.Occurred) {
		text += ", not before " + date(tr.NotBefore)
	}
	return text
}

// refused says why a step was not taken.
func refused(err error) string {
	var r *funnel.Refusal
	if !errors.As(err, &r) {
		return "refused: " + err.Error()
	}
	text := "refused: " + r.Kind.Error()
	switch {
	case r.Guard != "":
		text += ": " + quote(r.Guard)
	case r.Field != "":
		text += ": " + quote(r.Field)
	}
	if !r.Until.IsZero() {
		text += " until " + date(r.Until)
	}
	return text
}

// possible lists what may happen.
func possible(options []funnel.Option) string {
	var names []string
	for _, o := range options {
		switch {
		case o.Err != nil:
		case o.Return != "":
			names = append(names, quote(string(o.Return)))
		default:
			names = append(names, quote(string(o.Event)))
		}
	}
	if len(names) == 0 {
		return "nothing"
	}
	return strings.Join(names, ", ")
}

// due lists deadlines.
func due(deadlines []funnel.Deadline, err error) string {
	if err != nil {
		return refused(err)
	}
	var texts []string
	for _, d := range deadlines {
		text := date(d.At) + " "
		switch {
		case d.Remind != "":
			text += "remind " + quote(d.Remind)
		case d.Return != "":
			text += fmt.Sprintf("%s because %s", quote(string(d.Return)), quote(string(d.Reason)))
		default:
			text += quote(string(d.Event))
		}
		texts = append(texts, text)
	}
	if len(texts) == 0 {
		return "nothing"
	}
	return strings.Join(texts, "; ")
}

// command writes a step as a script does.
func command(tr funnel.Transition) string {
	text := date(tr.Occurred) + "  "
	if tr.Return == "" {
		return text + quote(string(tr.Event))
	}
	text += fmt.Sprintf("%s because %s", quote(string(tr.Return)), quote(string(tr.Reason)))
	var fields []string
	for name := range tr.Feedback.Fields {
		fields = append(fields, name)
	}
	slices.Sort(fields)
	for i, name := range fields {
		if i == 0 {
			text += " with "
		} else {
			text += ", "
		}
		text += quote(name) + " " + quote(tr.Feedback.Fields[name])
	}
	return text
}
