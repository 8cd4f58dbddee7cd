package funneltest

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/leadloop/leadloop/funnel"
)

// Script asserts the scenarios of a file, in the language that the package's documentation describes.
func Script(path string) Check {
	return Check{name: path, load: func(bool) (loaded, error) {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		s, err := parse(path, strings.ReplaceAll(string(data), "\r\n", "\n"))
		if s != nil {
			s.path = path
		}
		return s, err
	}}
}

// Scenarios asserts the scenarios of a text, in the language that the package's documentation describes. The name is what
// failures call it.
func Scenarios(name, text string) Check {
	return Check{name: name, load: func(bool) (loaded, error) { return parse(name, text) }}
}

// A script is a text of paragraphs.
type script struct {
	path       string // of its file; "" if it has none
	paragraphs []paragraph
}

// A paragraph is a comment or a scenario.
type paragraph struct {
	comment string // the whole text of a comment; "" for a scenario
	title   string
	lines   []line
}

// A line of a scenario is a step, or the choice of a lead.
type line struct {
	at      string // name and number of the line, for messages
	command string // as written, without the outcome
	want    string // as written
	when    time.Time
	verb    verb
	name    string // of the event, return, stage or lead
	owes    bool   // a reason or feedback was written, so it must be a return
	round   int
	reason  funnel.Reason
	given   funnel.Feedback
}

type verb int

const (
	verbStep verb = iota
	verbStart
	verbPossible
	verbDue
	verbLead
)

func parse(name, text string) (*script, error) {
	s := &script{}
	var errs []error
	var current *paragraph
	started := false
	for i, raw := range strings.Split(text, "\n") {
		raw = strings.TrimRightFunc(raw, unicode.IsSpace)
		switch {
		case raw == "":
			current = nil
		case current == nil && strings.HasPrefix(raw, "#"):
			s.paragraphs = append(s.paragraphs, paragraph{comment: raw})
			current = &s.paragraphs[len(s.paragraphs)-1]
		case current == nil:
			s.paragraphs = append(s.paragraphs, paragraph{title: raw})
			current, started = &s.paragraphs[len(s.paragraphs)-1], false
			if _, dated := moment(strings.Fields(raw)[0]); dated {
				errs = append(errs, fmt.Errorf("%s:%d: the first line of a scenario says what it is about: write one before the steps", name, i+1))
			}
		case current.comment != "":
			current.comment += "\n" + raw
		default:
			l, err := parseLine(raw)
			l.at = fmt.Sprintf("%s:%d", name, i+1)
			if err == nil && l.verb != verbLead && l.verb != verbStart && !started {
				err = errors.New("there is no lead yet: write a step with start before")
			}
			if err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", l.at, err))
			}
			started = started || l.verb == verbStart
			current.lines = append(current.lines, l)
		}
	}
	steps := 0
	for _, p := range s.paragraphs {
		steps += len(p.lines)
	}
	if steps == 0 && len(errs) == 0 {
		errs = append(errs, fmt.Errorf("%s: holds no step of a scenario", name))
	}
	return s, errors.Join(errs...)
}

// arrow divides a step from what comes of it.
const arrow = "→"

func parseLine(raw string) (line, error) {
	words, err := split(raw)
	if err != nil {
		return line{}, err
	}
	l := line{command: raw}
	for i, w := range words {
		if w.text == arrow || w.text == "->" {
			l.command, l.want = strings.TrimRight(raw[:w.start], " \t"), strings.Join(strings.Fields(raw[w.end:]), " ")
			words = words[:i]
			break
		}
	}
	if len(words) == 0 {
		return l, errors.New("there is no step before the arrow")
	}
	p := &parser{words: words}
	if p.take("lead") {
		l.verb = verbLead
		l.name, err = p.name("the name of a lead")
		return l, p.end(err)
	}
	var dated bool
	if l.when, dated = moment(p.words[0].text); !dated {
		return l, fmt.Errorf("%q is no date such as 2026-01-05 and no time such as 2026-01-05T09:30:00Z", p.words[0].text)
	}
	p.words = p.words[1:]
	switch {
	case p.take("start"):
		l.verb, l.round = verbStart, 1
		err = p.start(&l)
	case p.take("possible"):
		l.verb = verbPossible
	case p.take("due"):
		l.verb = verbDue
	default:
		err = p.step(&l)
	}
	return l, p.end(err)
}

// A parser reads the words of a step.
type parser struct{ words []word }

// take reads a word of the language, which does not stand in quotes.
func (p *parser) take(text string) bool {
	if len(p.words) == 0 || p.words[0].quoted || p.words[0].text != text {
		return false
	}
	p.words = p.words[1:]
	return true
}

// name reads a name or value.
func (p *parser) name(what string) (string, error) {
	if len(p.words) == 0 || !p.words[0].quoted && p.words[0].text == "," {
		return "", fmt.Errorf("%s is missing", what)
	}
	text := p.words[0].text
	p.words = p.words[1:]
	return text, nil
}

func (p *parser) end(err error) error {
	if err == nil && len(p.words) > 0 {
		return fmt.Errorf("%q is not understood here", p.words[0].text)
	}
	return err
}

func (p *parser) start(l *line) (err error) {
	if p.take("at") {
		if l.name, err = p.name("the stage after at"); err != nil {
			return err
		}
	}
	if p.take("round") {
		text, err := p.name("the number of the round")
		if err != nil {
			return err
		}
		if l.round, err = strconv.Atoi(text); err != nil {
			return fmt.Errorf("%q is no number of a round", text)
		}
	}
	if p.take("because") {
		var text string
		text, err = p.name("the reason after because")
		l.reason = funnel.Reason(text)
	}
	return err
}

func (p *parser) step(l *line) (err error) {
	if l.name, err = p.name("what is done (an event, a return, start, possible or due)"); err != nil {
		return err
	}
	if p.take("because") {
		text, err := p.name("the reason after because")
		if err != nil {
			return err
		}
		l.owes, l.reason = true, funnel.Reason(text)
	}
	if !p.take("with") {
		return nil
	}
	l.owes = true
	for {
		field, err := p.name("the field")
		if err != nil {
			return err
		}
		value, err := p.name(fmt.Sprintf("the value of the field %q", field))
		if err != nil {
			return err
		}
		if _, twice := l.given.Fields[field]; twice || field == "note" && l.given.Note != "" {
			return fmt.Errorf("the field %q stands here twice", field)
		}
		if field == "note" {
			l.given.Note = value
		} else {
			if l.given.Fields == nil {
				l.given.Fields = map[string]string{}
			}
			l.given.Fields[field] = value
		}
		if !p.take(",") {
			return nil
		}
	}
}

// moment reads a date or a time.
func moment(text string) (time.Time, bool) {
	if at, err := time.ParseInLocation(time.DateOnly, text, time.UTC); err == nil {
		return at, true
	}
	at, err := time.ParseInLocation(time.RFC3339Nano, text, time.UTC)
	return at.UTC(), err == nil
}

// A word stands between spaces, is a comma, or stands in quotes.
type word struct {
	text       string
	quoted     bool
	start, end int // in the line
}

func split(raw string) (words []word, err error) {
	for i := 0; i < len(raw); {
		c, size := utf8.DecodeRuneInString(raw[i:])
		switch {
		case unicode.IsSpace(c):
			i += size
		case c == ',':
			words = append(words, word{text: ",", start: i, end: i + 1})
			i++
		case c == '"':
			quoted, err := strconv.QuotedPrefix(raw[i:])
			if err != nil {
				return nil, errors.New("a quotation does not end: write \" at its end")
			}
			text, err := strconv.Unquote(quoted)
			if err != nil {
				return nil, err
			}
			words = append(words, word{text: text, quoted: true, start: i, end: i + len(quoted)})
			i += len(quoted)
		default:
			n := strings.IndexFunc(raw[i:], func(c rune) bool { return unicode.IsSpace(c) || c == ',' || c == '"' })
			if n < 0 {
				n = len(raw) - i
			}
			w := word{text: raw[i : i+n], start: i, end: i + n}
			words = append(words, w)
			i += n
			if w.text == arrow || w.text == "->" { // what follows is no command
				return words, nil
			}
		}
	}
	return words, nil
}

// quote writes a name as a script does.
func quote(name string) string {
	switch name {
	case "", "start", "possible", "due", "lead", "at", "round", "because", "with", arrow, "->":
		return strconv.Quote(name)
	}
	plain := !strings.ContainsFunc(name, func(c rune) bool { return unicode.IsSpace(c) || !unicode.IsPrint(c) || strings.ContainsRune(`,;"`, c) })
	if plain && utf8.ValidString(name) {
		return name
	}
	return strconv.Quote(name)
}

// date writes a time as a script does.
func date(at time.Time) string {
	if at.Equal(at.Truncate(24 * time.Hour)) {
		return at.Format(time.DateOnly)
	}
	return at.Format(time.RFC3339Nano)
}
