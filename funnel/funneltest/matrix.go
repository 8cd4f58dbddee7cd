package funneltest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/leadloop/leadloop/funnel"
)

// Matrix asserts that a file holds the whole policy as a table, by what it does: where each event leads from each stage,
// where each return leads with each reason, what it owes and how long it makes the lead wait, and how each reason lets a lead in
// again. Where guards are asked, each of the suite's leads is tried.
func Matrix(path string) Check { return goldenCheck(path, matrix) }

func matrix(s subject) string {
	d := s.definition()
	m := &tables{subject: s}
	m.title("Leads start at %s.", quote(string(s.start(dawn).Stage)))
	if d.MaxRounds > 0 {
		m.title("They come in again until round %d.", d.MaxRounds)
	} else {
		m.title("They come in again as often as it happens.")
	}
	m.events()
	m.returns()
	m.reEntries()
	m.limits()
	return m.b.String()
}

// tables writes one table after another.
type tables struct {
	subject
	b    strings.Builder
	rows [][]string
}

func (m *tables) title(format string, values ...any) { fmt.Fprintf(&m.b, format+"\n", values...) }

func (m *tables) row(cells ...string) { m.rows = append(m.rows, cells) }

// flush writes the rows, their columns under each other.
func (m *tables) flush() {
	var widths []int
	for _, row := range m.rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range m.rows {
		var b strings.Builder
		for i, cell := range row {
			b.WriteString(cell + strings.Repeat(" ", 2+widths[i]-utf8.RuneCountInString(cell)))
		}
		m.b.WriteString(strings.TrimRight(b.String(), " ") + "\n")
	}
	m.rows = nil
}

// at is a position at a stage, as if the lead had just come there.
func at(s subject, stage funnel.Stage) funnel.Position {
	pos := s.start(dawn)
	pos.Stage = stage
	return pos
}

// eventNames and returnNames are in the order in which the definition first names them.
func eventNames(d *funnel.Definition) (names []funnel.Event) {
	for _, e := range d.Edges {
		if !slices.Contains(names, e.On) {
			names = append(names, e.On)
		}
	}
	return names
}

func returnNames(d *funnel.Definition) (names []funnel.Return) {
	for _, e := range d.Returns {
		if !slices.Contains(names, e.On) {
			names = append(names, e.On)
		}
	}
	return names
}

func (m *tables) events() {
	m.title("\nstage × event (-: not permitted)")
	d := m.definition()
	for _, stage := range d.Stages {
		for _, on := range eventNames(d) {
			pos := at(m.subject, stage.Name)
			m.row(quote(string(stage.Name)), quote(string(on)), m.perLead(func(lead string) string {
				tr, err := m.move(pos, on, lead, pos.Since)
				switch {
				case errors.Is(err, funnel.ErrNotPermitted):
					return "-"
				case errors.Is(err, funnel.ErrReasonMissing):
					return "returned leads only, see below"
				case err != nil:
					return refused(err)
				}
				return taken(pos, tr)
			}))
		}
	}
	m.flush()
}

func (m *tables) returns() {
	d := m.definition()
	if len(d.Returns) == 0 {
		return
	}
	m.title("\nstage × return × reason, where permitted; wait with what is owed, wait with all dates half a year ahead")
	for _, stage := range d.Stages {
		for _, on := range returnNames(d) {
			for _, reason := range d.Reasons {
				pos := at(m.subject, stage.Name)
				full := m.perLead(func(lead string) string { return m.returned(pos, on, &reason, lead, true) })
				if full == "-" {
					continue
				}
				least := m.perLead(func(lead string) string { return m.returned(pos, on, &reason, lead, false) })
				m.row(quote(string(stage.Name)), quote(string(on)), quote(string(reason.Code)), least, full, fields(&reason))
			}
		}
	}
	m.flush()
}

// returned says where a return leads and how long the lead waits.
func (m *tables) returned(pos funnel.Position, on funnel.Return, reason *funnel.ReasonDefinition, lead string, optional bool) string {
	f := feedback(reason, pos.Since, func(field funnel.Field) bool { return optional || !field.Optional })
	tr, err := m.giveBack(pos, on, reason.Code, f, lead, pos.Since)
	switch {
	case errors.Is(err, funnel.ErrNotPermitted), errors.Is(err, funnel.ErrReasonNotAllowed):
		return "-"
	case err != nil:
		return refused(err)
	case optional && tr.NotBefore.IsZero():
		return "no wait"
	case optional:
		return days(tr.NotBefore.Sub(tr.Occurred))
	case tr.NotBefore.IsZero():
		return quote(string(tr.To)) + ", no wait"
	}
	return quote(string(tr.To)) + ", " + days(tr.NotBefore.Sub(tr.Occurred))
}

func days(d time.Duration) string {
	if d%(24*time.Hour) == 0 {
		return fmt.Sprintf("%d days", d/(24*time.Hour))
	}
	return d.String()
}

// fields says what feedback a reason asks for.
func fields(reason *funnel.ReasonDefinition) string {
	var texts []string
	for _, f := range reason.Fields {
		verb := "owes"
		if f.Optional {
			verb = "may have"
		}
		texts = append(texts, fmt.Sprintf("%s %s (%s)", verb, quote(f.Name), f.Type))
	}
	return strings.Join(texts, ", ")
}

func (m *tables) reEntries() {
	d := m.definition()
	titled := false
	for _, e := range d.Edges {
		if e.Release == "" {
			continue
		}
		if !titled {
			m.title("\nstage × event × reason of the return, where returned leads come in again")
			titled = true
		}
		for _, reason := range d.Reasons {
			pos := at(m.subject, e.From)
			pos.Reason, pos.NotBefore = reason.Code, pos.Since.Add(24*time.Hour)
			outcome := m.perLead(func(lead string) string {
				tr, err := m.move(pos, e.On, lead, pos.Since)
				if !errors.Is(err, funnel.ErrCoolingDown) {
					return outcome(pos, tr, err) + comesAtOnce(err)
				}
				tr, err = m.move(pos, e.On, lead, pos.NotBefore)
				return outcome(pos, tr, err) + ", after the wait"
			})
			m.row(quote(string(e.From)), quote(string(e.On)), quote(string(reason.Code)), outcome)
		}
	}
	m.flush()
}

func comesAtOnce(err error) string {
	if err == nil {
		return ", at once"
	}
	return ""
}

func outcome(pos funnel.Position, tr funnel.Transition, err error) string {
	if err != nil {
		return refused(err)
	}
	return taken(pos, tr)
}

func (m *tables) limits() {
	titled := false
	for _, stage := range m.definition().Stages {
		for _, l := range stage.Limits {
			if !titled {
				m.title("\ntime limits")
				titled = true
			}
			what := ""
			switch {
			case l.Remind != "":
				what = "remind " + quote(l.Remind)
			case l.Return != "":
				what = quote(string(l.Return)) + " because " + quote(string(l.Reason))
			default:
				what = quote(string(l.Event))
			}
			m.row(quote(string(stage.Name)), fmt.Sprintf("after %d %s", l.After, strings.ReplaceAll(string(l.Unit), "_", " ")), what)
		}
	}
	m.flush()
}

// perLead is the outcome with each lead, written once where it is the same for all.
func (m *tables) perLead(ask func(lead string) string) string {
	var outcomes []string
	leads := map[string][]string{}
	for _, lead := range m.leads() {
		outcome := ask(lead)
		if leads[outcome] == nil {
			outcomes = append(outcomes, outcome)
		}
		leads[outcome] = append(leads[outcome], quote(lead))
	}
	if len(outcomes) == 1 {
		return outcomes[0]
	}
	for i, outcome := range outcomes {
		outcomes[i] = fmt.Sprintf("%s [%s]", outcome, strings.Join(leads[outcome], ", "))
	}
	return strings.Join(outcomes, "; ")
}
