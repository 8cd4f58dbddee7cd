package app

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// A Message is something that a web site, a server or a file tells about a lead: what it did, who it is, or both.
type Message struct {
	ID        string    // unique; the same id twice is one message
	User      string    // the sender's id of the person; this, Anonymous or both
	Anonymous string    // the sender's id of a visitor it does not know yet
	At        time.Time // when it happened; zero is now, the future is now
	Kind      string    // of the activity, as the model names it, such as "pricing_view"; "" is none
	Channel   string    // of marketing that brought it about, such as "paid search"; "" is none
	Campaign  string
	Cost      int64             // of the touch, in minor units
	Detail    string            // such as the page
	Fields    map[string]string // of the lead, by their names in [FieldNames]; "" takes one away
}

// FieldNames are the fields of a lead that may be given, in the order of pages.
var FieldNames = []string{"name", "email", "phone", "company", "account", "title", "seniority", "industry", "employees", "country"}

// A FieldError says which field of which message can't be taken, and why.
type FieldError struct {
	Index   int    // of the message
	Field   string // such as "fields.employees" or "messageId"
	Problem string // what to do about it; holds no value
}

func (e *FieldError) Error() string {
	return fmt.Sprintf("message %d: %s: %s", e.Index, e.Field, e.Problem)
}

// The longest texts that are taken, in bytes.
const (
	maxID   = 200
	maxText = 500
)

// check says what is wrong with a message.
func (m *Message) check(index int) error {
	wrong := func(field, problem string) error { return &FieldError{index, field, problem} }
	switch {
	case m.ID == "":
		return wrong("messageId", "is required")
	case m.User == "" && m.Anonymous == "":
		return wrong("userId", "userId or anonymousId is required")
	case m.Cost < 0 || m.Cost > 1_000_000_000:
		return wrong("cost", "must be from 0 to 10 million")
	case !m.At.IsZero() && (m.At.Year() < 1990 || m.At.Year() > 9000):
		return wrong("timestamp", "must be a time from 1990 on")
	}
	for _, text := range []struct {
		field, value string
		longest      int
	}{
		{"messageId", m.ID, maxID}, {"userId", m.User, maxID}, {"anonymousId", m.Anonymous, maxID}, {"event", m.Kind, maxID},
		{"channel", m.Channel, maxID}, {"campaign", m.Campaign, maxID}, {"detail", m.Detail, maxText},
	} {
		if problem := unfit(text.value, text.longest); problem != "" {
			return wrong(text.field, problem)
		}
	}
	for _, name := range sortedKeys(m.Fields) {
		if problem := checkField(name, normal(name, m.Fields[name])); problem != "" {
			return wrong("fields."+name, problem)
		}
	}
	return nil
}

// unfit says why a text can't be taken: "" if it can.
func unfit(text string, longest int) string {
	switch {
	case len(text) > longest:
		return fmt.Sprintf("is longer than %d bytes", longest)
	case !utf8.ValidString(text):
		return "is not UTF-8"
	case strings.ContainsFunc(text, unicode.IsControl):
		return "has control characters"
	case strings.ContainsAny(text, "\ufffe\uffff"):
		return "has characters that are none" // XML may not have them, so that no picture with this text in it would be shown
	}
	return ""
}

// checkField says why a lead's field can't be taken: "" if it can.
func checkField(name, value string) string {
	if !slices.Contains(FieldNames, name) {
		return "is none of " + strings.Join(FieldNames, ", ")
	}
	if problem := unfit(value, maxText); problem != "" || value == "" {
		return problem
	}
	switch name {
	case "email":
		if local, domain, found := strings.Cut(value, "@"); !found || local == "" || domain == "" || strings.ContainsAny(value, " \t,;<>") || strings.Contains(domain, "@") {
			return "must be an address such as name@example.com"
		}
	case "employees":
		if n, err := strconv.Atoi(value); err != nil || n < 0 || n > 10_000_000 {
			return "must be a whole number from 0 to 10 million"
		}
	}
	return ""
}

// normal writes a field as it is compared.
func normal(name, value string) string {
	value = strings.TrimSpace(value)
	switch name {
	case "email", "seniority", "industry":
		return strings.ToLower(value)
	case "country":
		return strings.ToUpper(value)
	}
	return value
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
