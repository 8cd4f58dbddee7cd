package learn

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"reflect"

	"github.com/leadloop/leadloop/scoring"
)

// Errors of tables and of what is induced from them. The errors returned say more.
var (
	ErrColumn = errors.New("learn: the column cannot be learned from")
	ErrCell   = errors.New("learn: the value is not one of its column")
	ErrTable  = errors.New("learn: the table cannot be learned from")
)

// Column is a field of leads from which [Induce] may make a rule.
type Column struct {
	Name string `json:"name"` // of the field, as rules call it
	// Type is scoring.Integer or scoring.Number, which are cut into bins, or
	// scoring.Text, whose values stand for themselves. Declare what is true or false as a text.
	Type scoring.FieldType `json:"type"`
}

// Counts are the leads of one bin, by their outcome.
type Counts struct {
	Positive int64 `json:"positive"`
	Negative int64 `json:"negative"`
}

// Sum is how many leads there are in all.
func (c Counts) Sum() int64 { return c.Positive + c.Negative }

func (c *Counts) add(o Counts) {
	c.Positive += o.Positive
	c.Negative += o.Negative
}

// Table counts, for each value of each column, the leads with a positive and with a negative
// outcome: all that [Induce] needs to know. It keeps no lead, and does not depend on the order of
// leads; tables of parts of them merge into the table of all. Its memory is in proportion to the
// number of different values. Use [NewTable] to make one. It is not safe for concurrent use; give
// each goroutine its own and merge them.
type Table struct {
	columns []Column
	cells   []tally
	total   Counts
	row     []cell // of the lead that is being added
}

// tally counts the values of one column.
type tally struct {
	missing Counts
	numbers map[float64]Counts // of a column of numbers
	texts   map[string]Counts  // of a column of texts
}

// cell is a value, or none.
type cell struct {
	missing bool
	number  float64
	text    string
}

// NewTable makes an empty table. Every column that can't be learned from is
// reported, as an [ErrColumn] in a joined error.
func NewTable(columns []Column) (*Table, error) {
	t := &Table{columns: append([]Column(nil), columns...), row: make([]cell, len(columns))}
	var errs []error
	seen := map[string]bool{}
	for i, c := range columns {
		switch {
		case c.Name == "":
			errs = append(errs, fmt.Errorf("%w: columns[%d] has no name", ErrColumn, i))
		case seen[c.Name]:
			errs = append(errs, fmt.Errorf("%w: columns[%d] is named %q like one before: keep one of them", ErrColumn, i, c.Name))
		}
		seen[c.Name] = true
		switch c.Type {
		case scoring.Integer, scoring.Number:
			t.cells = append(t.cells, tally{numbers: map[float64]Counts{}})
		case scoring.Text:
			t.cells = append(t.cells, tally{texts: map[string]Counts{}})
		default:
			errs = append(errs, fmt.Errorf("%w: columns[%d], %q, is of the type %q: give integer, number or text", ErrColumn, i, c.Name, c.Type))
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return t, nil
}

// Columns are the table's columns.
func (t *Table) Columns() []Column { return append([]Column(nil), t.columns...) }

// Total counts the leads added.
func (t *Table) Total() Counts { return t.total }

// Add counts a lead whose outcome is known. A field that is nil or not in the record is missing;
// what is in the record and no column is left aside. A value of another type than its column's is
// an [ErrCell], as are numbers that are not finite and integers beyond 2⁵³; nothing has been
// counted then.
func (t *Table) Add(lead scoring.Record, positive bool) error {
	for i, c := range t.columns {
		var ok bool
		if t.row[i], ok = cellOf(lead[c.Name], c.Type); !ok {
			return fmt.Errorf("%w: %q is of the type %s: give that, finite and as an integer at most 2^53, or nil where it is missing", ErrCell, c.Name, c.Type)
		}
	}
	one := Counts{Negative: 1}
	if positive {
		one = Counts{Positive: 1}
	}
	for i := range t.cells {
		switch k, v := &t.cells[i], &t.row[i]; {
		case v.missing:
			k.missing.add(one)
		case k.texts != nil:
			n := k.texts[v.text]
			n.add(one)
			k.texts[v.text] = n
		default:
			if v.number == 0 {
				v.number = 0 // the zero below zero is the same key of a map, and other bits
			}
			n := k.numbers[v.number]
			n.add(one)
			k.numbers[v.number] = n
		}
	}
	t.total.add(one)
	return nil
}

// cellOf reads a value; false if it is none of the type.
func cellOf(value any, kind scoring.FieldType) (cell, bool) {
	switch v := value.(type) { // what records usually hold
	case nil:
		return cell{missing: true}, true
	case string:
		return cell{text: v}, kind == scoring.Text
	case int:
		return cell{number: float64(v)}, kind != scoring.Text && exact(int64(v))
	case float64:
		return cell{number: v}, kind == scoring.Number && finite(v)
	}
	v := reflect.ValueOf(value)
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return cell{missing: true}, true
		}
		return cellOf(v.Elem().Interface(), kind)
	}
	switch {
	case v.Kind() == reflect.String:
		return cell{text: v.String()}, kind == scoring.Text
	case v.CanInt():
		return cell{number: float64(v.Int())}, kind != scoring.Text && exact(v.Int())
	case v.CanUint():
		return cell{number: float64(v.Uint())}, kind != scoring.Text && v.Uint() <= mostExact
	case v.CanFloat():
		return cell{number: v.Float()}, kind == scoring.Number && finite(v.Float())
	}
	return cell{}, false
}

// mostExact is the largest integer below which a float tells all of them apart.
const mostExact = 1 << 53

func exact(n int64) bool { return n >= -mostExact && n <= mostExact }

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// Merge adds the counts of other, which stays as it is. Both must have the same columns, else it
// is an [ErrColumn].
func (t *Table) Merge(other *Table) error {
	if len(t.columns) != len(other.columns) {
		return fmt.Errorf("%w: one table has %d columns, the other %d", ErrColumn, len(t.columns), len(other.columns))
	}
	for i, c := range t.columns {
		if c != other.columns[i] {
			return fmt.Errorf("%w: columns[%d] is %q (%s) in one table, and %q (%s) in the other", ErrColumn, i, c.Name, c.Type, other.columns[i].Name, other.columns[i].Type)
		}
	}
	for i := range t.cells {
		k, o := &t.cells[i], &other.cells[i]
		k.missing.add(o.missing)
		mergeCounts(k.numbers, o.numbers)
		mergeCounts(k.texts, o.texts)
	}
	t.total.add(other.total)
	return nil
}

func mergeCounts[K comparable](into, from map[K]Counts) {
	if len(from) == 0 {
		return
	}
	for key, n := range maps.Clone(from) { // which may be the same map
		sum := into[key]
		sum.add(n)
		into[key] = sum
	}
}
