package scoring

import (
	"errors"
	"fmt"
	"math"

	"github.com/leadloop/leadloop/internal/rule"
)

// maxRows is how many ranges, or how many texts, a table may have.
const maxRows = 10_000

// table is a compiled [Table].
type table[L, A any] struct {
	of                 *rule.Scalar[L, A]
	ranges             []numberRange
	values             map[string]*tableRow // nil if the table has ranges
	otherwise, missing *tableRow            // nil if nothing applies
}

// tableRow is what a row of a table gives.
type tableRow struct {
	name   string // as in the model's JSON, such as "ranges[2]" or "missing"
	points int64
}

// numberRange is a compiled [Range]: its bounds as they are for fractions, and the
// least and the largest integer within them.
type numberRange struct {
	from, to    float64
	open        bool // to does not belong to the range
	least, most int64
	noInteger   bool
	row         *tableRow
}

var (
	errNoNumber = errors.New("1:1: the value is not a number")
	errNoText   = errors.New("1:1: the value is not a text")
	errNoTime   = errors.New("1:1: the value is not a time")
)

// look finds the row that applies; nil if none does.
func (t *table[L, A]) look(run *rule.Run[L, A], activity int) (*tableRow, error) {
	value, err := t.of.Plain(run, activity)
	if err != nil {
		return nil, within("table.of", err)
	}
	switch {
	case value.Type == 0:
		return t.missing, nil
	case t.values != nil:
		if value.Type != rule.Text {
			return nil, within("table.of", errNoText)
		}
		if row, ok := t.values[value.Text]; ok {
			return row, nil
		}
	case value.Type == rule.Integer:
		for i := range t.ranges {
			if r := &t.ranges[i]; value.Integer >= r.least && value.Integer <= r.most && !r.noInteger {
				return r.row, nil
			}
		}
	case value.Type == rule.Number:
		for i := range t.ranges {
			if r := &t.ranges[i]; value.Number >= r.from && (value.Number < r.to || value.Number == r.to && !r.open) {
				return r.row, nil
			}
		}
	default:
		return nil, within("table.of", errNoNumber)
	}
	return t.otherwise, nil
}

// typeNames are how errors call the types of values.
var typeNames = map[rule.Type]string{rule.Text: "a text", rule.Integer: "a number", rule.Number: "a number",
	rule.Boolean: "true or false", rule.Time: "a time"}

func (c *checker[L, A]) table(path string, t Table, each bool) *table[L, A] {
	compiled := &table[L, A]{otherwise: newRow("otherwise", t.Otherwise), missing: newRow("missing", t.Missing)}
	c.points(path+".otherwise", t.Otherwise)
	c.points(path+".missing", t.Missing)
	var kind rule.Type // 0 if it is known only when the text runs
	if t.Of == "" {
		c.refuse(path+".of", "the table needs an expression that it looks up, such as a field's name")
	} else {
		var err error
		if each {
			compiled.of, err = c.scorer.compiler.ActivityScalar(t.Of)
		} else {
			compiled.of, err = c.scorer.compiler.LeadScalar(t.Of)
		}
		c.text(path+".of", err)
		if err == nil {
			kind = compiled.of.Type()
		}
	}
	number := kind == 0 || kind == rule.Integer || kind == rule.Number
	switch {
	case len(t.Ranges) > 0 && len(t.Values) > 0:
		c.refuse(path, "the table has ranges and values: keep one")
	case len(t.Ranges) == 0 && len(t.Values) == 0:
		c.refuse(path, "the table needs ranges, for a number, or values, for a text")
	case len(t.Ranges) > 0 && !number:
		c.refuse(path+".ranges", "ranges are of numbers, what the table looks up is %s", typeNames[kind])
	case len(t.Values) > 0 && kind != 0 && kind != rule.Text:
		c.refuse(path+".values", "values are texts, what the table looks up is %s", typeNames[kind])
	}
	c.ranges(path, t.Ranges, compiled)
	c.values(path, t.Values, compiled)
	return compiled
}

func (c *checker[L, A]) values(path string, groups []ValueGroup, compiled *table[L, A]) {
	texts := 0
	for i, g := range groups {
		at := fmt.Sprintf("%s.values[%d]", path, i)
		c.points(at+".points", &g.Points)
		if len(g.Is) == 0 {
			c.refuse(at+".is", "the row names no text: list one, or write otherwise for all others")
		}
		if texts += len(g.Is); texts > maxRows {
			c.refuse(path+".values", "the table has more than %d texts", maxRows)
			return
		}
		if compiled.values == nil {
			compiled.values = map[string]*tableRow{}
		}
		row := newRow(fmt.Sprintf("values[%d]", i), &g.Points)
		for _, text := range g.Is {
			if _, ok := compiled.values[text]; !ok { // the first row counts
				compiled.values[text] = row
			}
		}
	}
}

func (c *checker[L, A]) ranges(path string, ranges []Range, compiled *table[L, A]) {
	if len(ranges) > maxRows {
		c.refuse(path+".ranges", "the table has %d ranges, at most %d are allowed", len(ranges), maxRows)
		return
	}
	for i, r := range ranges {
		at := fmt.Sprintf("%s.ranges[%d]", path, i)
		c.points(at+".points", &r.Points)
		finite := c.finite(at+".from", r.From) && c.finite(at+".to", r.To) && c.finite(at+".below", r.Below)
		switch {
		case r.To != nil && r.Below != nil:
			c.refuse(at, "the range has to and below: keep one")
		case r.From == nil && r.To == nil && r.Below == nil:
			c.refuse(at, "the range has no bound: write from, to or below, or otherwise for all other numbers")
		case finite && r.From != nil && r.To != nil && *r.From > *r.To:
			c.refuse(at+".from", "no number is in the range, for from %v is above to %v", *r.From, *r.To)
		case finite && r.From != nil && r.Below != nil && *r.From >= *r.Below:
			c.refuse(at+".from", "no number is in the range, for from %v is not below %v", *r.From, *r.Below)
		}
		compiled.ranges = append(compiled.ranges, newRange(r, newRow(fmt.Sprintf("ranges[%d]", i), &r.Points)))
	}
}

// finite tells whether a bound is a number.
func (c *checker[L, A]) finite(path string, bound *float64) bool {
	if bound != nil && (math.IsNaN(*bound) || math.IsInf(*bound, 0)) {
		c.refuse(path, "a bound is a finite number: leave it out where there is none")
		return false
	}
	return true
}

func newRow(name string, points *Points) *tableRow {
	if points == nil {
		return nil
	}
	return &tableRow{name, int64(*points)}
}

func newRange(r Range, row *tableRow) numberRange {
	n := numberRange{from: math.Inf(-1), to: math.Inf(1), least: math.MinInt64, most: math.MaxInt64, row: row}
	const past = 1 << 63 // the first float beyond the integers
	if r.From != nil {
		n.from = *r.From
		switch up := -math.Floor(-n.from); {
		case up >= past:
			n.noInteger = true
		case up > -past:
			n.least = int64(up)
		}
	}
	switch {
	case r.To != nil:
		n.to = *r.To
		switch down := math.Floor(n.to); {
		case down < -past:
			n.noInteger = true
		case down < past:
			n.most = int64(down)
		}
	case r.Below != nil:
		n.to, n.open = *r.Below, true
		switch up := -math.Floor(-n.to); {
		case up <= -past:
			n.noInteger = true
		case up < past:
			n.most = int64(up) - 1
		}
	}
	return n
}
