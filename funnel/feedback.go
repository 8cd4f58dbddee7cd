package funnel

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// noteField is the text field that Feedback.Note fills as well.
const noteField = "note"

// CheckFeedback says whether feedback is what the reason asks for, without a step of the funnel: for those who must record
// why something happened to which the funnel knows no step. The error is a [*Refusal] of the kind [ErrReasonUnknown],
// [ErrFieldMissing], [ErrFieldInvalid] or [ErrFieldUnknown].
func (p *Policy[L]) CheckFeedback(reason Reason, f Feedback) error {
	definition := p.chart.reason(reason)
	if definition == nil {
		return p.chart.refuse(&Position{}, "", "", reason, ErrReasonUnknown)
	}
	field, kind := definition.check(f, false)
	if kind == nil {
		return nil
	}
	refusal := p.chart.refuse(&Position{}, "", "", reason, kind)
	refusal.Field = field
	return refusal
}

// RedactFeedback returns the feedback without what may tell who somebody is, see [Policy.Redact].
func (p *Policy[L]) RedactFeedback(reason Reason, f Feedback) Feedback {
	kept := map[string]string{}
	if definition := p.chart.reason(reason); definition != nil {
		for _, field := range definition.Fields {
			value, given := f.Fields[field.Name]
			if given && !field.Type.personal() {
				kept[field.Name] = value
			}
		}
	}
	if len(kept) == 0 {
		kept = nil
	}
	return Feedback{Fields: kept}
}

// check finds the first field that is missing, invalid or not asked for: in the catalogue's order, then by name, so that
// the answer does not depend on the order of a map. Of a redacted feedback the personal fields are not asked for.
func (r *ReasonDefinition) check(f Feedback, redacted bool) (field string, kind error) {
	if !utf8.ValidString(f.Note) {
		return noteField, ErrFieldInvalid
	}
	known := 0
	for i := range r.Fields {
		field := &r.Fields[i]
		value, given := f.Fields[field.Name]
		if given {
			known++
		}
		if value == "" && field.Name == noteField && field.Type == FieldText {
			value = f.Note
		}
		switch {
		case value != "":
			if !field.Type.valid(value) {
				return field.Name, ErrFieldInvalid
			}
		case field.Optional, redacted && field.Type.personal():
		default:
			return field.Name, ErrFieldMissing
		}
	}
	if known == len(f.Fields) {
		return "", nil
	}
	var unknown []string
	for name := range f.Fields {
		if !slices.ContainsFunc(r.Fields, func(field Field) bool { return field.Name == name }) {
			unknown = append(unknown, name)
		}
	}
	return slices.Min(unknown), ErrFieldUnknown
}

// notBefore is the earliest re-entry after a return whose feedback has been checked.
func (r *ReasonDefinition) notBefore(f Feedback, occurred time.Time) time.Time {
	if r.ReEntry.When == WhenManual || r.ReEntry.When == WhenNever {
		return time.Time{}
	}
	until := occurred.Add(days(r.CoolDownDays))
	if value := f.Fields[r.ReEntry.Field]; value != "" {
		layout := time.DateOnly
		for _, field := range r.Fields {
			if field.Name == r.ReEntry.Field && field.Type == FieldTime {
				layout = time.RFC3339
			}
		}
		if at, err := time.ParseInLocation(layout, value, time.UTC); err == nil {
			until = at.UTC().Add(-days(r.ReEntry.LeadDays))
		}
	}
	if until.Before(occurred) {
		return occurred
	}
	if until.After(latest) {
		return latest
	}
	return until
}

// earliest and latest bound the times that RFC 3339 can write.
var (
	earliest = time.Date(1, 1, 1, 0, 0, 0, 1, time.UTC) // just after the zero time, which means "not set"
	latest   = time.Date(9999, 12, 31, 23, 59, 59, 999999999, time.UTC)
)

func days(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }

// personal says whether a value may tell who somebody is.
func (t FieldType) personal() bool { return t == FieldText || t == FieldID }

// valid says whether a value that is not empty is written as its type asks.
func (t FieldType) valid(value string) bool {
	if !utf8.ValidString(value) {
		return false
	}
	var err error
	switch t {
	case FieldText:
		return strings.TrimSpace(value) != ""
	case FieldID:
		return !strings.ContainsFunc(value, func(c rune) bool { return unicode.IsSpace(c) || unicode.IsControl(c) })
	case FieldTime:
		return validTime(value)
	case FieldDate:
		_, err = time.ParseInLocation(time.DateOnly, value, time.UTC)
	case FieldMoney:
		_, err = strconv.ParseInt(value, 10, 64)
	case FieldList:
		for item := range strings.SplitSeq(value, ",") {
			if strings.TrimSpace(item) == "" {
				return false
			}
		}
	}
	return err == nil
}

// validTime is as strict as RFC 3339, where time.Parse takes hours of one digit, a comma and a zone of +24:00 as well.
func validTime(value string) bool {
	if _, err := time.ParseInLocation(time.RFC3339, value, time.UTC); err != nil || value[len("2006-01-02T15")] != ':' || strings.Contains(value, ",") {
		return false
	}
	if strings.HasSuffix(value, "Z") {
		return true
	}
	zone := value[len(value)-len("15:04"):]
	return zone[:2] <= "23" && zone[3:] <= "59"
}

// describe says how to write a value.
func (t FieldType) describe() string {
	switch t {
	case FieldID:
		return "an identifier without spaces"
	case FieldTime:
		return "a time such as 2026-03-01T09:00:00Z"
	case FieldDate:
		return "a date such as 2026-03-01"
	case FieldList:
		return "names separated by commas"
	case FieldMoney:
		return "a whole number of minor units"
	default:
		return "a text in UTF-8 that is not blank"
	}
}
