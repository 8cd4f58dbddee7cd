package main

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// A mapping says how a company's export differs from the program's own three files: what its files and columns are called, and
// what stands in them.
type mapping struct {
	About      string      `json:"about,omitempty"`     // for people
	TimeZone   string      `json:"time_zone,omitempty"` // of times without one: a name such as Europe/Berlin; UTC if there is none
	DateOrder  string      `json:"date_order,omitempty"`
	Leads      fileMapping `json:"leads,omitzero"`
	Activities fileMapping `json:"activities,omitzero"`
	Deals      fileMapping `json:"deals,omitzero"`

	zone *time.Location
}

// fileMapping is what is to be known of one file.
type fileMapping struct {
	File    string                       `json:"file,omitempty"`    // its name, if it is not the program's own
	Columns map[string]names             `json:"columns,omitempty"` // the program's name of a column: theirs, the first that the file has
	Values  map[string]map[string]string `json:"values,omitempty"`  // the program's name of a column: their value: the program's; "*" is any other
}

// names are one or several, in JSON a string or a list of strings.
type names []string

func (n *names) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*n = names{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(n))
}

// The order of day and month in dates with slashes or dots. Without one such dates are refused: nobody guesses.
const (
	dayFirst   = "day-month-year"
	monthFirst = "month-day-year"
)

// shippedMappings are those of the program.
//
//go:embed mappings
var shippedMappings embed.FS

// shippedNames are what -mapping knows by name.
var shippedNames = []string{"hubspot", "salesforce"}

// readMapping reads a mapping: one of the program by its name, or a file; "" is the program's own columns.
func readMapping(name string) (*mapping, error) {
	m := &mapping{}
	if name != "" {
		data, err := []byte(nil), error(nil)
		if slices.Contains(shippedNames, name) {
			data, err = shippedMappings.ReadFile("mappings/" + name + ".json")
		} else {
			data, err = os.ReadFile(name)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: cannot be read (%w), give -mapping a file, or one of %s", name, reason(err), strings.Join(shippedNames, ", "))
		}
		decoder := json.NewDecoder(bytes.NewReader(data))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(m); err != nil {
			return nil, fmt.Errorf("%s: no mapping: %w", name, err)
		}
		if _, err := decoder.Token(); err != io.EOF {
			return nil, fmt.Errorf("%s: there is something after the mapping, remove it", name)
		}
	}
	if err := m.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return m, nil
}

// reason is an error of a file without its path.
func reason(err error) error {
	if inner := (*os.PathError)(nil); errors.As(err, &inner) {
		return inner.Err
	}
	return err
}

// check finds mistakes, and makes the mapping ready for use.
func (m *mapping) check() (err error) {
	if m.zone, err = time.LoadLocation(m.TimeZone); err != nil || m.TimeZone == "Local" {
		return fmt.Errorf("time_zone %q is unknown, write it as Europe/Berlin", m.TimeZone)
	}
	if m.DateOrder != "" && m.DateOrder != dayFirst && m.DateOrder != monthFirst {
		return fmt.Errorf("date_order %q is unknown, write %s or %s", m.DateOrder, dayFirst, monthFirst)
	}
	for _, file := range []struct {
		name    string
		mapping *fileMapping
		columns []string
	}{
		{"leads", &m.Leads, leadColumns}, {"activities", &m.Activities, activityColumns}, {"deals", &m.Deals, dealColumns},
	} {
		if file.mapping.File == "" {
			file.mapping.File = file.name + ".csv"
		}
		if file.mapping.File != strings.TrimLeft(file.mapping.File, ".") || strings.ContainsAny(file.mapping.File, `/\`) {
			return fmt.Errorf("%s.file %q is no plain name of a file in the folder", file.name, file.mapping.File)
		}
		for _, column := range sortedKeys(file.mapping.Columns) {
			if !slices.Contains(file.columns, column) {
				return fmt.Errorf("%s.columns: there is no column %q, the columns are %s", file.name, column, strings.Join(file.columns, ", "))
			}
		}
		for _, column := range sortedKeys(file.mapping.Values) {
			if !slices.Contains(file.columns, column) {
				return fmt.Errorf("%s.values: there is no column %q, the columns are %s", file.name, column, strings.Join(file.columns, ", "))
			}
			values := map[string]string{}
			for _, theirs := range sortedKeys(file.mapping.Values[column]) {
				key := folded(theirs)
				if _, twice := values[key]; twice {
					return fmt.Errorf("%s.values.%s: %q stands there twice, but for the case of letters", file.name, column, theirs)
				}
				values[key] = file.mapping.Values[column][theirs]
			}
			file.mapping.Values[column] = values
		}
	}
	return nil
}

// called are the names that a column may have in the file: those of the mapping, and the program's own.
func (f *fileMapping) called(column string) []string {
	return append(slices.Clone(f.Columns[column]), column)
}

// value translates what stands in a column.
func (f *fileMapping) value(column, text string) string {
	values := f.Values[column]
	if values == nil {
		return text
	}
	if ours, ok := values[folded(text)]; ok {
		return ours
	}
	if other, ok := values["*"]; ok && text != "" {
		return other
	}
	return text
}

// folded makes names comparable: exports differ in the case of their headings from one year to the next.
func folded(text string) string { return strings.ToLower(strings.TrimSpace(blanks(text))) }

// instants are how times may be written. Those without a zone are in that of the mapping; a date is the beginning of its day.
var instants = []string{
	"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05Z0700", "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04:05", "2006-01-02 15:04:05",
	"2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02",
}

// ordered are further layouts where the order of day and month is known.
var ordered = map[string][]string{
	dayFirst: {
		"2/1/2006 15:04:05", "2/1/2006 15:04", "2/1/2006", "2.1.2006 15:04:05", "2.1.2006 15:04", "2.1.2006", "2/1/2006, 15:04", "2/1/2006 3:04 PM",
	},
	monthFirst: {"1/2/2006 15:04:05", "1/2/2006 15:04", "1/2/2006", "1/2/2006, 3:04 PM", "1/2/2006 3:04 PM", "1/2/2006 3:04:05 PM"},
}

// instant reads a time; fractions of a second are dropped.
func (m *mapping) instant(text string) (time.Time, bool) {
	for _, layouts := range [][]string{instants, ordered[m.DateOrder]} {
		for _, layout := range layouts {
			at, err := time.ParseInLocation(layout, text, m.zone)
			if err != nil {
				continue
			}
			if !strings.Contains(layout, ":") {
				at, _ = time.Parse(layout, text) // it can be read
				return m.begins(at.Date()), true
			}
			return at.UTC().Truncate(time.Second), true
		}
	}
	return time.Time{}, false
}
