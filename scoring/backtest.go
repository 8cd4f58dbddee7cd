package scoring

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"
)

// MaxMoves is how many moved leads a [Comparison] lists. It counts all.
const MaxMoves = 10_000

// Comparison is what becomes of leads when one model takes the place of another.
// It holds ids, no data of a lead. The zero Comparison is that of no leads.
type Comparison struct {
	Leads  int `json:"leads"`
	Rose   int `json:"rose"`   // leads with a larger total
	Fell   int `json:"fell"`   // leads with a smaller total
	Failed int `json:"failed"` // leads with problems under the new model alone

	Disqualified int `json:"disqualified"` // leads that are newly disqualified
	Readmitted   int `json:"readmitted"`   // leads that no longer are

	// Grades counts the leads by old and new grade, unchanged ones too, in
	// alphabetical order. Under a model without a grade it is the bands, as in
	// "fit A, engagement 1"; without bands it is empty.
	Grades []GradeCount `json:"grades,omitempty"`
	// Totals counts the leads by how much their total changes, from the largest loss to
	// the largest gain; stretches without a lead are left out.
	Totals []TotalCount `json:"totals,omitempty"`
	// Thresholds counts, by name in alphabetical order, who comes and who goes.
	Thresholds []ThresholdCount `json:"thresholds,omitempty"`
	// Moves lists the first [MaxMoves] leads whose grade, thresholds or
	// disqualification changes, or that have problems under the new model
	// alone, in the order of the input.
	Moves []Move `json:"moves,omitempty"`
	// Moved is how many such leads there are.
	Moved int `json:"moved"`
}

// GradeCount is how many leads have one grade under the old and one under the new model.
type GradeCount struct {
	From  string `json:"from"`
	To    string `json:"to"`
	Leads int    `json:"leads"`
}

// TotalCount is how many leads change their total by From or more and less than Below.
type TotalCount struct {
	From  *Points `json:"from,omitempty"`  // nil for any loss
	Below *Points `json:"below,omitempty"` // nil for any gain
	Leads int     `json:"leads"`
}

// ThresholdCount is how many leads reach a threshold under one model alone.
type ThresholdCount struct {
	Name   string `json:"name"`
	Gained int    `json:"gained"` // under the new model alone
	Lost   int    `json:"lost"`   // under the old model alone
}

// Move is a lead that stands elsewhere under the new model.
type Move struct {
	ID           string   `json:"id"`
	From         string   `json:"from,omitempty"` // the grade under the old model, as in [Comparison]
	To           string   `json:"to,omitempty"`
	Before       Points   `json:"before"` // the total under the old model
	After        Points   `json:"after"`
	Disqualified bool     `json:"disqualified,omitempty"` // newly
	Readmitted   bool     `json:"readmitted,omitempty"`   // no longer disqualified
	Gained       []string `json:"gained,omitempty"`       // thresholds reached under the new model alone
	Lost         []string `json:"lost,omitempty"`         // and under the old model alone
	Failed       bool     `json:"failed,omitempty"`       // problems under the new model alone
}

// Backtest scores each subject, named by an opaque id, under two models as of one instant and
// tells what would change: who moves, who is newly disqualified, who crosses a
// threshold. It keeps no more than [MaxMoves] ids; parts of the leads can be compared on
// their own and merged. The time is that of the scores.
func Backtest[L, A any](old, new *Scorer[L, A], subjects iter.Seq2[string, Subject[L, A]], now time.Time) Comparison {
	var c Comparison
	for id, subject := range subjects {
		c.Add(id, old.Score(subject, now), new.Score(subject, now))
	}
	return c
}

// Add counts one more lead, by its scores under the old and the new model. It
// changes the lists in place: of a comparison that still grows make no copy.
func (c *Comparison) Add(id string, old, new Score) {
	m := Move{ID: id, From: standing(old), To: standing(new), Before: old.Total, After: new.Total,
		Disqualified: len(new.Disqualified) > 0 && len(old.Disqualified) == 0,
		Readmitted:   len(old.Disqualified) > 0 && len(new.Disqualified) == 0,
		Gained:       Crossed(old, new), Lost: Crossed(new, old),
		Failed: len(new.Problems) > 0 && len(old.Problems) == 0}
	one := Comparison{Leads: 1, Rose: count(new.Total > old.Total), Fell: count(new.Total < old.Total), Failed: count(m.Failed),
		Disqualified: count(m.Disqualified), Readmitted: count(m.Readmitted)}
	if m.From != "" || m.To != "" {
		one.Grades = []GradeCount{{m.From, m.To, 1}}
	}
	one.Totals = []TotalCount{stretch(new.Total - old.Total)}
	for _, name := range m.Gained {
		one.Thresholds = append(one.Thresholds, ThresholdCount{name, 1, 0})
	}
	for _, name := range m.Lost {
		one.Thresholds = append(one.Thresholds, ThresholdCount{name, 0, 1})
	}
	if m.From != m.To || m.Disqualified || m.Readmitted || m.Failed || len(one.Thresholds) > 0 {
		one.Moves, one.Moved = []Move{m}, 1
	}
	c.merge(one)
}

// Merge adds another comparison of the same two models, of leads that come
// later. It is associative, and but for the order of Moves commutative; neither the
// other nor what this one was copied from is changed.
func (c *Comparison) Merge(other Comparison) {
	c.Grades, c.Totals, c.Thresholds, c.Moves = slices.Clone(c.Grades), slices.Clone(c.Totals), slices.Clone(c.Thresholds), slices.Clip(c.Moves)
	c.merge(other)
}

// merge is Merge into lists that are its own.
func (c *Comparison) merge(other Comparison) {
	c.Leads += other.Leads
	c.Rose += other.Rose
	c.Fell += other.Fell
	c.Failed += other.Failed
	c.Disqualified += other.Disqualified
	c.Readmitted += other.Readmitted
	c.Moved += other.Moved
	c.Moves = append(c.Moves, other.Moves[:max(0, min(len(other.Moves), MaxMoves-len(c.Moves)))]...)
	for _, g := range other.Grades {
		i := room(&c.Grades, GradeCount{g.From, g.To, 0}, func(a, b GradeCount) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
		c.Grades[i].Leads += g.Leads
	}
	for _, t := range other.Totals {
		i := room(&c.Totals, TotalCount{t.From, t.Below, 0}, func(a, b TotalCount) int { return cmp.Compare(a.least(), b.least()) })
		c.Totals[i].Leads += t.Leads
	}
	for _, t := range other.Thresholds {
		i := room(&c.Thresholds, ThresholdCount{t.Name, 0, 0}, func(a, b ThresholdCount) int { return cmp.Compare(a.Name, b.Name) })
		c.Thresholds[i].Gained += t.Gained
		c.Thresholds[i].Lost += t.Lost
	}
}

// room finds what compares equal in a sorted list, or makes room for it.
func room[T any](list *[]T, empty T, compare func(a, b T) int) int {
	i, ok := slices.BinarySearchFunc(*list, empty, compare)
	if !ok {
		*list = slices.Insert(*list, i, empty)
	}
	return i
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// standing is what a lead's grade is called.
func standing(s Score) string {
	if s.Grade != "" {
		return s.Grade
	}
	var bands []string
	for _, d := range s.Dimensions {
		if d.Band != "" {
			bands = append(bands, d.Name+" "+d.Band)
		}
	}
	return strings.Join(bands, ", ")
}

// totalSteps are where stretches of changed totals begin; that of no change is one micropoint long.
var totalSteps = []Points{-100 * Point, -50 * Point, -20 * Point, -10 * Point, -5 * Point, 0, 1, 5 * Point, 10 * Point, 20 * Point, 50 * Point, 100 * Point}

// stretch finds the stretch of a change.
func stretch(change Points) TotalCount {
	i, ok := slices.BinarySearch(totalSteps, change)
	if ok {
		i++
	}
	t := TotalCount{Leads: 1}
	if i > 0 {
		t.From = new(totalSteps[i-1])
	}
	if i < len(totalSteps) {
		t.Below = new(totalSteps[i])
	}
	return t
}

// least orders stretches.
func (t TotalCount) least() Points {
	if t.From == nil {
		return -1 << 63
	}
	return *t.From
}

// text names the stretch in words.
func (t TotalCount) text() string {
	switch {
	case t.From == nil && t.Below == nil:
		return "any"
	case t.From == nil:
		return "below " + t.Below.String()
	case t.Below == nil:
		return signed(*t.From) + " or more"
	case *t.From == 0:
		return "none"
	case *t.From == 1:
		return "up to below " + signed(*t.Below)
	case *t.Below == 0:
		return t.From.String() + " to below 0"
	}
	return signed(*t.From) + " to below " + signed(*t.Below)
}

// String writes the comparison as tables that people can read: the grades, old in
// rows and new in columns, then totals, thresholds and what else changes.
func (c Comparison) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d leads, %d with a larger total, %d with a smaller one\n", c.Leads, c.Rose, c.Fell)
	if len(c.Grades) > 0 {
		b.WriteByte('\n')
		c.matrix().write(&b)
	}
	totals := grid{{"change of the total", "", "leads"}}
	for _, t := range c.Totals {
		totals = append(totals, []string{t.text(), "", fmt.Sprint(t.Leads)})
	}
	thresholds := grid{{"threshold", "", "gained", "lost"}}
	for _, t := range c.Thresholds {
		thresholds = append(thresholds, []string{t.Name, "", fmt.Sprint(t.Gained), fmt.Sprint(t.Lost)})
	}
	for _, t := range []grid{totals, thresholds} {
		if len(t) > 1 {
			b.WriteByte('\n')
			t.write(&b)
		}
	}
	fmt.Fprintf(&b, "\nnewly disqualified %d, no longer %d; with new problems %d; moved %d", c.Disqualified, c.Readmitted, c.Failed, c.Moved)
	if c.Moved > len(c.Moves) {
		fmt.Fprintf(&b, ", the first %d are listed", len(c.Moves))
	}
	b.WriteByte('\n')
	return b.String()
}

// matrix has a row and a column for each grade, old ones in rows.
func (c Comparison) matrix() grid {
	var grades []string
	counts := map[[2]string]int{}
	for _, g := range c.Grades {
		grades = append(grades, g.From, g.To)
		counts[[2]string{g.From, g.To}] += g.Leads
	}
	slices.Sort(grades)
	grades = slices.Compact(grades)
	head := []string{"grade", ""}
	for _, t := range grades {
		head = append(head, cmp.Or(t, "none"))
	}
	m := grid{head}
	for _, f := range grades {
		row := []string{cmp.Or(f, "none"), ""}
		for _, t := range grades {
			cell := ""
			if n := counts[[2]string{f, t}]; n > 0 {
				cell = fmt.Sprint(n)
			}
			row = append(row, cell)
		}
		m = append(m, row)
	}
	return m
}
