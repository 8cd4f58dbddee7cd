package learn

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/leadloop/leadloop/internal/num"
	"github.com/leadloop/leadloop/scoring"
)

// card is a model as learning sees it: a list of slots, each of which a lead hits or
// not, with points that can be learned or, of computed points, only scaled.
type card struct {
	model       scoring.Model
	fingerprint [sha256.Size]byte
	rules       []cardRule
	slots       []slot
	index       map[string]int // of rules, by "dimension/rule"
}

// cardRule is a rule of the model.
type cardRule struct {
	name             string // "dimension/rule"
	dimension, group int    // group is −1 outside groups
	rule             *scoring.Rule
	first, count     int            // its slots
	rows             map[string]int // slots of a table on the lead
}

// slot is what a hit can name: a rule, or a row of a table on the lead.
type slot struct {
	rule     int
	row      string
	points   scoring.Points // what the model gives, of a rule on the lead within the rule's limits; 0 if computed
	computed bool           // the points are computed: not learned, only scaled with all others
	exact    bool           // a hit gives exactly the points
}

// newCard reads a model and keeps a copy.
func newCard(model scoring.Model) (*card, error) {
	model.SchemaURL = ""
	data, err := json.Marshal(model)
	if err != nil {
		return nil, fmt.Errorf("learn: the model cannot be written as JSON: %w", err)
	}
	c := &card{fingerprint: sha256.Sum256(data), index: map[string]int{}}
	if err := json.Unmarshal(data, &c.model); err != nil {
		return nil, fmt.Errorf("learn: the model cannot be read from JSON: %w", err)
	}
	var errs []error
	for i := range c.model.Dimensions {
		d := &c.model.Dimensions[i]
		at := fmt.Sprintf("dimensions[%d]", i)
		errs = append(errs, c.add(at, i, -1, d.Rules)...)
		for j := range d.Groups {
			errs = append(errs, c.add(fmt.Sprintf("%s.groups[%d]", at, j), i, j, d.Groups[j].Rules)...)
		}
	}
	return c, errors.Join(errs...)
}

// add reads a list of rules.
func (c *card) add(path string, dimension, group int, rules []scoring.Rule) (errs []error) {
	for i := range rules {
		r := &rules[i]
		name := c.model.Dimensions[dimension].Name + "/" + r.Name
		if _, ok := c.index[name]; ok {
			errs = append(errs, fmt.Errorf("%s.rules[%d].name: there are two rules %s: outcomes could not tell them apart", path, i, name))
		}
		kept := cardRule{name: name, dimension: dimension, group: group, rule: r, first: len(c.slots)}
		at := len(c.rules)
		onLead := r.Each == "" && r.Idle == nil
		switch {
		case r.Table != nil && onLead:
			kept.rows = map[string]int{}
			for _, row := range tableRows(r.Table) {
				kept.rows[row.name] = len(c.slots)
				c.slots = append(c.slots, slot{rule: at, row: row.name, points: clamp(*row.points, r.Minimum, r.Maximum), exact: true})
			}
		case r.Table != nil || r.PointsExpression != "":
			c.slots = append(c.slots, slot{rule: at, computed: true})
		case onLead:
			c.slots = append(c.slots, slot{rule: at, points: clamp(r.Points, r.Minimum, r.Maximum), exact: true})
		default:
			c.slots = append(c.slots, slot{rule: at, points: r.Points})
		}
		kept.count = len(c.slots) - kept.first
		c.index[name] = at
		c.rules = append(c.rules, kept)
	}
	return errs
}

// tableRow is a row of a table with its points in place.
type tableRow struct {
	name   string // as in hits
	points *scoring.Points
}

// tableRows lists the rows of a table.
func tableRows(t *scoring.Table) []tableRow {
	var rows []tableRow
	for i := range t.Ranges {
		rows = append(rows, tableRow{fmt.Sprintf("ranges[%d]", i), &t.Ranges[i].Points})
	}
	for i := range t.Values {
		rows = append(rows, tableRow{fmt.Sprintf("values[%d]", i), &t.Values[i].Points})
	}
	if t.Otherwise != nil {
		rows = append(rows, tableRow{"otherwise", t.Otherwise})
	}
	if t.Missing != nil {
		rows = append(rows, tableRow{"missing", t.Missing})
	}
	return rows
}

func clamp(p scoring.Points, minimum, maximum *scoring.Points) scoring.Points {
	if maximum != nil && p > *maximum {
		return *maximum
	}
	if minimum != nil && p < *minimum {
		return *minimum
	}
	return p
}

// hit is what a lead got of a slot.
type hit struct {
	slot  int32
	given scoring.Points
}

// read understands the text of a hit. With names, the name of a rule with computed points is enough.
func (c *card) read(text string, names bool) (hit, error) {
	parsed, err := scoring.ParseHit(text)
	at, ok := c.index[parsed.Rule]
	if !ok && parsed.Row != "" { // a rule may be named like a row
		at, ok = c.index[parsed.Rule+"#"+parsed.Row]
		parsed.Row = ""
	}
	if err != nil || !ok {
		return c.readName(text, names)
	}
	r := &c.rules[at]
	found := r.first
	if r.rows != nil {
		if found, ok = r.rows[parsed.Row]; !ok {
			return hit{}, fmt.Errorf("%w: the table has no such row", ErrHit)
		}
	} else if parsed.Row != "" {
		return hit{}, fmt.Errorf("%w: the rule has no rows", ErrHit)
	}
	if s := &c.slots[found]; !s.allows(parsed.Points) {
		return hit{}, fmt.Errorf("%w: the model gives %s points", ErrHit, s.points)
	}
	return hit{int32(found), parsed.Points}, nil
}

// readName understands a hit that is the name of a rule alone.
func (c *card) readName(text string, names bool) (hit, error) {
	at, ok := c.index[text]
	if !ok {
		return hit{}, ErrUnknownRule
	}
	r := &c.rules[at]
	if r.rows == nil && (names || !c.slots[r.first].computed) {
		return hit{int32(r.first), c.slots[r.first].points}, nil
	}
	return hit{}, fmt.Errorf("%w: its points are looked up or computed, and it does not say which: write all of what Score.Hits gives", ErrHit)
}

// mostGiven bounds what a hit gives, so that no sum of hits overflows.
const mostGiven = scoring.Points(1) << 49

// allows tells whether a hit can give so many points.
func (s *slot) allows(given scoring.Points) bool {
	switch {
	case max(given, -given) > mostGiven || given == math.MinInt64:
		return false
	case s.computed:
		return true
	case s.exact || s.points == 0:
		return given == s.points
	}
	return given == 0 || given > 0 == (s.points > 0)
}

// times is how many times the slot's points a hit gave: 1 for an observed rule of 0
// points, whose hits do not tell.
func (s *slot) times(given scoring.Points) float64 {
	if s.points == 0 || s.exact {
		return 1
	}
	return float64(given) / float64(s.points)
}

// reader reads the hits of outcomes, and remembers their texts.
type reader struct {
	card  *card
	names bool // the name of a rule is enough, whatever gives its points
	known map[string]hit
	seen  []uint64 // by rule: the last outcome, counted in outcomes, that named it
	calls uint64
	hits  []hit // of the last outcome
}

// mostKnown is how many texts a reader remembers. Points that decay make ever new ones.
const mostKnown = 1 << 14

func newReader(c *card, names bool) reader {
	return reader{card: c, names: names, known: map[string]hit{}, seen: make([]uint64, len(c.rules))}
}

// read understands the hits of an outcome. They are as they stand there: not sorted.
func (r *reader) read(texts []string) ([]hit, error) {
	r.calls++
	r.hits = r.hits[:0]
	for i, text := range texts {
		h, ok := r.known[text]
		if !ok {
			if r.card == nil { // not made by a constructor
				return nil, fmt.Errorf("%w: hits[%d] is %q; there is no model", ErrUnknownRule, i, text)
			}
			var err error
			if h, err = r.card.read(text, r.names); err != nil {
				return nil, fmt.Errorf("%w: hits[%d] is %q; count it under the model version it was scored with", err, i, text)
			}
			if len(r.known) < mostKnown {
				r.known[text] = h
			}
		}
		rule := r.card.slots[h.slot].rule
		if r.seen[rule] == r.calls {
			return nil, fmt.Errorf("%w: hits[%d] is %q", ErrRepeatedHit, i, text)
		}
		r.seen[rule] = r.calls
		r.hits = append(r.hits, h)
	}
	return r.hits, nil
}

// slotPoints are points of a card by slot: of computed ones, the factor in parts of one Point.
type slotPoints []scoring.Points

// before are the points that the model has.
func (c *card) before() slotPoints {
	p := make(slotPoints, len(c.slots))
	for i := range c.slots {
		p[i] = c.slots[i].points
		if c.slots[i].computed {
			p[i] = scoring.Point
		}
	}
	return p
}

// gives is what a hit gives with other points.
func (c *card) gives(p slotPoints, h hit) scoring.Points {
	s := &c.slots[h.slot]
	switch now := p[h.slot]; {
	case s.computed:
		v, _ := num.MulDiv(int64(h.given), int64(now), int64(scoring.Point))
		return scoring.Points(v)
	case s.exact || s.points == 0 || now == s.points:
		if now == s.points {
			return h.given
		}
		return now
	case s.points < 0:
		v, _ := num.MulDiv(-int64(h.given), int64(now), -int64(s.points))
		return scoring.Points(v)
	default:
		v, _ := num.MulDiv(int64(h.given), int64(now), int64(s.points))
		return scoring.Points(v)
	}
}

// total adds up what the hits give, within all limits, as a scorer of the model with these
// points does. cut tells whether a limit of a group, a dimension or the model, or a floor, changed it.
// The hits are sorted by slot.
func (c *card) total(p slotPoints, hits []hit) (total scoring.Points, cut bool) {
	var sum, group scoring.Points // of the dimension, of the group
	dimension, current := 0, -1
	var idle []hit
	endGroup := func() {
		if current >= 0 {
			g := &c.model.Dimensions[dimension].Groups[current]
			limited := clamp(group, g.Minimum, g.Maximum)
			cut = cut || limited != group
			sum, group = sum+limited, 0
		}
	}
	endDimension := func() {
		endGroup()
		current = -1
		for _, h := range idle {
			given, floor := c.gives(p, h), c.rules[c.slots[h.slot].rule].rule.Idle.Floor
			if floor != nil && given < 0 {
				raised := max(0, min(*floor, sum)-(sum+given))
				cut = cut || raised != 0
				given += raised
			}
			sum += given
		}
		d := &c.model.Dimensions[dimension]
		limited := clamp(sum, d.Minimum, d.Maximum)
		cut = cut || limited != sum
		total, sum, idle = total+limited, 0, idle[:0]
	}
	for _, h := range hits {
		r := &c.rules[c.slots[h.slot].rule]
		for r.dimension != dimension {
			endDimension()
			dimension++
		}
		if r.group != current {
			endGroup()
			current = r.group
		}
		switch {
		case r.rule.Idle != nil:
			idle = append(idle, h)
		case current >= 0:
			group += c.gives(p, h)
		default:
			sum += c.gives(p, h)
		}
	}
	for ; dimension < len(c.model.Dimensions); dimension++ {
		endDimension()
	}
	limited := clamp(total, c.model.Minimum, c.model.Maximum)
	return limited, cut || limited != total
}

// same tells whether two cards are of the same model.
func (c *card) same(other *card) error {
	switch {
	case c == nil && other == nil || c != nil && other != nil && c.fingerprint == other.fingerprint:
		return nil
	case c == nil || other == nil:
		return fmt.Errorf("%w: one side has no model", ErrOtherModel)
	}
	a, b := &c.model, &other.model
	if a.Name != b.Name || a.Version != b.Version {
		return fmt.Errorf("%w: %s version %d, not %s version %d", ErrOtherModel, b.Name, b.Version, a.Name, a.Version)
	}
	return fmt.Errorf("%w: %s version %d is not the same on both sides; a changed model needs a new version", ErrOtherModel, a.Name, a.Version)
}
