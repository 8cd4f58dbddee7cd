package learn

import (
	"fmt"
	"slices"
	"strings"

	"github.com/leadloop/leadloop/scoring"
)

// Limits of what is induced.
const (
	leastShare  = 20   // a bin of numbers has at least one in so many leads: 5 %
	levelShare  = 100  // a text with a bin to itself has at least one in so many leads: 1 %
	fewestLeads = 3    // and both at least so many
	mostLevels  = 1000 // texts with a bin to themselves, per column
)

// A column is suspected to know the outcome if its information value is more than surelyLeaks
// above what chance gives, or more than likelyLeaks while one in nearlyLeads leads or more is in
// bins of which nearly all have the same outcome: 19 of 20.
const (
	surelyLeaks = 2
	likelyLeaks = 1
	nearlyLeads = 20
	nearlyAll   = 20
)

// Trend says how the share of positive outcomes may go from one bin of numbers to the next.
type Trend string

const (
	Free     Trend = "free"     // any way; also if empty
	Rising   Trend = "rising"   // it never falls as the number rises
	Falling  Trend = "falling"  // it never rises as the number rises
	Monotone Trend = "monotone" // rising or falling, whichever fits better
)

// InduceOptions say what [Induce] makes. The zero value is a good start.
type InduceOptions struct {
	Name      string // of the model: "induced" if empty
	Dimension string // the one that holds the rules: "lead" if empty
	// Smoothing is added to the counts of each bin for its weight of evidence, see [Inform]:
	// [DefaultSmoothing] if nil.
	Smoothing *float64
	// Trends are those of columns of numbers, by name. Others are free.
	Trends map[string]Trend
}

// Induction is a draft of a model, and what it was made from.
type Induction struct {
	// Model has one rule per column that tells something: a table with a row of 0 points for each
	// bin. It is an ordinary model: score leads by it, give the hits with their outcomes to a
	// [Sample], and let [Sample.Fit] find the points.
	Model   scoring.Model `json:"model"`
	Columns []Induced     `json:"columns"` // in the table's order
	Total   Counts        `json:"total"`
}

// Induced is what became of a column.
type Induced struct {
	Column
	Rule    string      `json:"rule,omitempty"`    // "dimension/column"; empty if the model has none for it
	Unused  string      `json:"unused,omitempty"`  // why it has none
	Leakage string      `json:"leakage,omitempty"` // why the column is suspected to know the outcome
	Bins    []ColumnBin `json:"bins"`
	Information
}

// ColumnBin is a row of a rule's table.
type ColumnBin struct {
	Row    string   `json:"row"`              // as in hits, such as "ranges[0]", "otherwise" or "missing"
	From   *float64 `json:"from,omitempty"`   // numbers from here on; nil for any
	Below  *float64 `json:"below,omitempty"`  // and below this; nil for any
	Levels []string `json:"levels,omitempty"` // texts
	Counts
	Weight float64 `json:"weight"` // of evidence, in nats: above 0 speaks for the lead; see [Inform]
}

// Induce makes a draft of a model from a table of leads whose outcomes are known.
//
// Numbers are cut into bins that each hold at least 5 % of the leads, and at least 3 leads. Of all
// ways to join neighbouring percentiles it takes the one that makes the outcomes most likely, where
// each further bin has to be worth it by Schwarz's criterion; with a [Trend], the best of those that
// keep to it. Between neighbouring bins it cuts at a number of few digits. Texts that 1 % of the
// leads have, and at least 3 leads, have a bin each, up to 1000 of them; the others are pooled in
// "otherwise". Leads without a value are always a bin of their own.
//
// Columns of which no two bins have enough leads get no rule; Unused says why. A column is
// suspected of leakage if its information value is more than 2 above [Information.Chance], or more
// than 1 while 5 % of the leads are in bins of which 95 % have the same outcome. Hardly anything
// that is known before the outcome tells that much: look whether it is filled in afterwards. It
// gets its rule nevertheless, for whether to drop it is for people to say.
//
// Without a lead it is [ErrNoOutcomes], with outcomes of one kind only [ErrOneClass], and
// [ErrTable] if no column tells anything. Names that rules can't use are errors of
// [scoring.Compile]. The time is in proportion to the number of different values, and for each
// column of numbers up to 5000 steps more, with a Trend 300 000.
func Induce(t *Table, o InduceOptions) (*Induction, error) {
	smoothing := float64(DefaultSmoothing)
	if o.Smoothing != nil {
		if smoothing = *o.Smoothing; !(smoothing >= 0 && finite(smoothing)) {
			return nil, fmt.Errorf("%w: the smoothing is %v: give 0 or more", ErrOptions, smoothing)
		}
	}
	if err := o.checkTrends(t.columns); err != nil {
		return nil, err
	}
	switch total := t.total; {
	case total.Sum() == 0:
		return nil, fmt.Errorf("%w: the table is empty", ErrNoOutcomes)
	case total.Positive == 0:
		return nil, fmt.Errorf("%w: all %d are negative", ErrOneClass, total.Negative)
	case total.Negative == 0:
		return nil, fmt.Errorf("%w: all %d are positive", ErrOneClass, total.Positive)
	}
	d := scoring.Dimension{Name: o.Dimension}
	if d.Name == "" {
		d.Name = "lead"
	}
	in := &Induction{Total: t.total, Model: scoring.Model{Schema: scoring.Schema, Name: o.Name, Fields: map[string]scoring.FieldType{}}}
	if in.Model.Name == "" {
		in.Model.Name = "induced"
	}
	for i, c := range t.columns {
		induced := Induced{Column: c}
		var lookup *scoring.Table
		if c.Type == scoring.Text {
			lookup = induced.texts(&t.cells[i], t.total.Sum())
		} else {
			lookup = induced.numbers(&t.cells[i], t.total.Sum(), o.Trends[c.Name])
		}
		induced.weigh(smoothing)
		if induced.Unused == "" {
			induced.Rule = d.Name + "/" + c.Name
			in.Model.Fields[c.Name] = c.Type
			d.Rules = append(d.Rules, scoring.Rule{Name: c.Name, Table: lookup})
		}
		in.Columns = append(in.Columns, induced)
	}
	if len(d.Rules) == 0 {
		return nil, in.nothing()
	}
	in.Model.Dimensions = []scoring.Dimension{d}
	if _, err := scoring.Compile[scoring.Record, struct{}](in.Model); err != nil {
		return nil, err
	}
	return in, nil
}

// checkTrends tells what is wrong with the trends.
func (o *InduceOptions) checkTrends(columns []Column) error {
	known := map[string]scoring.FieldType{}
	for _, c := range columns {
		known[c.Name] = c.Type
	}
	names := make([]string, 0, len(o.Trends))
	for name := range o.Trends {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		switch trend := o.Trends[name]; {
		case known[name] == "":
			return fmt.Errorf("%w: there is a trend of %q, which is no column", ErrOptions, name)
		case known[name] == scoring.Text:
			return fmt.Errorf("%w: there is a trend of %q, which is a text: trends are of numbers", ErrOptions, name)
		case !slices.Contains([]Trend{"", Free, Rising, Falling, Monotone}, trend):
			return fmt.Errorf("%w: the trend of %q is %q: give free, rising, falling or monotone", ErrOptions, name, trend)
		}
	}
	return nil
}

// numbers makes the bins of a column of numbers, and the table that looks them up.
func (in *Induced) numbers(cells *tally, leads int64, trend Trend) *scoring.Table {
	bins := cutNumbers(cells.numbers, cutOptions{leastOf(leads, leastShare), schwarz(leads), trend})
	lookup := &scoring.Table{Of: in.Name, Missing: new(scoring.Points)}
	for i, b := range bins {
		bin := ColumnBin{Row: fmt.Sprintf("ranges[%d]", i), Counts: b.counts}
		if i > 0 {
			bin.From = new(roundCut(bins[i-1].most, b.least, in.Type == scoring.Integer))
			in.Bins[i-1].Below = bin.From
			lookup.Ranges[i-1].Below = bin.From
		}
		in.Bins = append(in.Bins, bin)
		lookup.Ranges = append(lookup.Ranges, scoring.Range{From: bin.From})
	}
	if len(bins) == 1 { // a range needs a bound
		in.Bins[0].From = new(bins[0].least)
		lookup.Ranges[0].From = in.Bins[0].From
		lookup.Otherwise = new(scoring.Points)
		in.Bins = append(in.Bins, ColumnBin{Row: "otherwise"})
	}
	in.Bins = append(in.Bins, ColumnBin{Row: "missing", Counts: cells.missing})
	if in.Unused = in.constant(leastOf(leads, levelShare)); len(bins) == 1 && len(cells.numbers) > 1 && in.Unused != "" {
		in.Unused = "no two ranges of it, of 5 % of the leads each, differ enough in their outcomes"
	}
	return lookup
}

// leastOf is how many leads are one in so many, but not too few.
func leastOf(leads, share int64) int64 { return max(fewestLeads, (leads+share-1)/share) }

// texts makes the bins of a column of texts, and the table that looks them up.
func (in *Induced) texts(cells *tally, leads int64) *scoring.Table {
	least := leastOf(leads, levelShare)
	p := frequentTexts(cells.texts, least, mostLevels)
	lookup := &scoring.Table{Of: in.Name, Otherwise: new(scoring.Points), Missing: new(scoring.Points)}
	for i, level := range p.levels {
		in.Bins = append(in.Bins, ColumnBin{Row: fmt.Sprintf("values[%d]", i), Levels: []string{level}, Counts: cells.texts[level]})
		lookup.Values = append(lookup.Values, scoring.ValueGroup{Is: []string{level}})
	}
	in.Bins = append(in.Bins, ColumnBin{Row: "otherwise", Counts: p.rest}, ColumnBin{Row: "missing", Counts: cells.missing})
	if in.Unused = in.constant(least); len(cells.texts) > 0 && len(p.levels) == 0 {
		in.Unused = "each of its texts is rare"
	}
	return lookup
}

// constant says why the bins tell nothing; empty if there are two with enough leads.
func (in *Induced) constant(least int64) string {
	var all, most int64
	enough, missing := 0, in.Bins[len(in.Bins)-1].Sum()
	for _, b := range in.Bins {
		all += b.Sum()
		most = max(most, b.Sum())
		if b.Sum() >= least {
			enough++
		}
	}
	switch {
	case enough > 1:
		return ""
	case missing == all:
		return "it is always missing"
	case most == all:
		return "it is constant"
	case most == missing:
		return fmt.Sprintf("it is missing but for %d of the leads", all-most)
	}
	return fmt.Sprintf("it is constant but for %d of the leads", all-most)
}

// weigh measures what the bins tell.
func (in *Induced) weigh(smoothing float64) {
	counts := make([]Counts, len(in.Bins))
	for i, b := range in.Bins {
		counts[i] = b.Counts
	}
	var weights []float64
	weights, in.Information = Inform(counts, smoothing)
	for i, w := range weights {
		in.Bins[i].Weight = w
	}
	in.Leakage = in.leakage()
}

// leakage says why the column is suspected to know the outcome; empty if it is not.
func (in *Induced) leakage() string {
	var all, nearly Counts
	for _, b := range in.Bins {
		all.add(b.Counts)
		if min(b.Positive, b.Negative)*nearlyAll <= b.Sum() {
			nearly.add(b.Counts)
		}
	}
	switch above := in.Value - in.Chance; {
	case above > likelyLeaks && nearly.Sum()*nearlyLeads >= all.Sum():
		settled := float64(100*float64(nearly.Sum())) / float64(all.Sum())
		return fmt.Sprintf("its information value is %.2f, and it all but settles the outcome of %.1f %% of the leads: is it filled in afterwards?", in.Value, settled)
	case above > surelyLeaks:
		return fmt.Sprintf("its information value is %.2f, which is more than what is known beforehand tells: is it filled in afterwards?", in.Value)
	}
	return ""
}

// nothing is the error that says of each column why it gets no rule.
func (in *Induction) nothing() error {
	if len(in.Columns) == 0 {
		return fmt.Errorf("%w: it has no columns", ErrTable)
	}
	why := make([]string, len(in.Columns))
	for i, c := range in.Columns {
		why[i] = fmt.Sprintf("%q: %s", c.Name, c.Unused)
	}
	return fmt.Errorf("%w: no column tells anything of the outcome; %s", ErrTable, strings.Join(why, "; "))
}

// Leakage names the columns that are suspected to know the outcome.
func (in *Induction) Leakage() []string {
	names := []string{}
	for _, c := range in.Columns {
		if c.Leakage != "" {
			names = append(names, c.Name)
		}
	}
	return names
}

// String writes the columns and their bins as tables that people can read.
func (in *Induction) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d leads, base rate %s\n", in.Total.Sum(), Rate{in.Total.Positive, in.Total.Sum()})
	width := len("missing")
	for _, c := range in.Columns {
		for i := range c.Bins {
			if c.Rule != "" {
				width = max(width, len([]rune(c.Bins[i].Name())))
			}
		}
	}
	width = min(width, 40)
	for _, c := range in.Columns {
		fmt.Fprintf(&b, "\n%s: information value %.3f (by chance %.3f), divergence %.4f\n", c.Name, c.Value, c.Chance, c.Divergence)
		if c.Leakage != "" {
			fmt.Fprintf(&b, "  LEAKAGE? %s\n", c.Leakage)
		}
		if c.Unused != "" {
			fmt.Fprintf(&b, "  no rule: %s\n", c.Unused)
			continue
		}
		for i := range c.Bins {
			bin := &c.Bins[i]
			if bin.Sum() == 0 {
				continue
			}
			name := []rune(bin.Name())
			if len(name) > width {
				name = append(name[:width-1], '…')
			}
			fmt.Fprintf(&b, "  %-*s  %18s  %18s  %+6.2f\n", width, string(name), Rate{bin.Sum(), in.Total.Sum()}, Rate{bin.Positive, bin.Sum()}, bin.Weight)
		}
	}
	return b.String()
}

// Name says in words what falls into the bin, such as "from 10 below 50".
func (b *ColumnBin) Name() string {
	switch {
	case b.Levels != nil:
		return strings.Join(b.Levels, ", ")
	case b.From != nil && b.Below != nil:
		return fmt.Sprintf("from %v below %v", *b.From, *b.Below)
	case b.From != nil:
		return fmt.Sprintf("from %v", *b.From)
	case b.Below != nil:
		return fmt.Sprintf("below %v", *b.Below)
	}
	return b.Row
}
