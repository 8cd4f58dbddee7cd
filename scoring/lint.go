package scoring

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/leadloop/leadloop/internal/rule"
)

// Finding is something in a model that its authors hardly want. It is certain:
// what a finding says is so for every lead.
type Finding struct {
	Path     string      `json:"path"`            // the place in the model, such as dimensions[1].rules[3].when
	Other    string      `json:"other,omitempty"` // the other place, where two are at odds
	Kind     FindingKind `json:"kind"`
	Severity Severity    `json:"severity"`
	Message  string      `json:"message"` // for people
}

// String writes severity, path and message.
func (f Finding) String() string {
	return fmt.Sprintf("%s: %s: %s", f.Severity, f.Path, f.Message)
}

// Severity says how much a finding matters.
type Severity string

const (
	SeverityError   Severity = "error"   // must not go live
	SeverityWarning Severity = "warning" // most likely a mistake
	SeverityInfo    Severity = "info"    // worth knowing, often meant
)

// FindingKind says what is wrong.
type FindingKind string

const (
	// An error: a field or a rule names a special category of personal data,
	// which Article 9 of the GDPR forbids to process without an exception.
	SpecialCategory FindingKind = "special_category"

	// Warnings about tables.
	RangesOverlap   FindingKind = "ranges_overlap"    // the same numbers stand in two rows: the first counts
	RangesGap       FindingKind = "ranges_gap"        // numbers between two rows have no points
	RowNeverApplies FindingKind = "row_never_applies" // earlier rows take all of it
	ValueRepeated   FindingKind = "value_repeated"    // an earlier row has the text already

	// Warnings about what no lead can reach, or every lead does.
	BandUnreachable      FindingKind = "band_unreachable"      // no lead is in the band
	GradeUnreachable     FindingKind = "grade_unreachable"     // no lead has the grade
	ThresholdUnreachable FindingKind = "threshold_unreachable" // no lead reaches the threshold
	ThresholdAlways      FindingKind = "threshold_always"      // every lead reaches it

	// Warnings about rules.
	NeverMatches  FindingKind = "never_matches"  // no lead or activity meets the condition
	NeverMatters  FindingKind = "never_matters"  // what the rule gives never counts
	DuplicateRule FindingKind = "duplicate_rule" // it counts what another rule of the dimension counts
	PointsCut     FindingKind = "points_cut"     // a limit cuts each single match
	DecayUnseen   FindingKind = "decay_unseen"   // within the window the decay takes next to nothing
	WindowUnused  FindingKind = "window_unused"  // the decay leaves nothing long before the window ends

	// Warnings about disqualifiers.
	DuplicateDisqualifier FindingKind = "duplicate_disqualifier" // another has the same condition
	AlwaysDisqualifies    FindingKind = "always_disqualifies"    // no lead is left

	// Warnings about the calibration.
	CalibrationFalls FindingKind = "calibration_falls" // more points make the outcome less probable
	CalibrationFlat  FindingKind = "calibration_flat"  // every lead has the same probability

	// Infos.
	AlwaysMatches FindingKind = "always_matches" // every lead gets the points
	ObservedOnly  FindingKind = "observed_only"  // a rule of 0 points
	LimitUnused   FindingKind = "limit_unused"   // the rules can't reach the limit
)

// severity is the same for all findings of a kind.
func (k FindingKind) severity() Severity {
	switch k {
	case SpecialCategory:
		return SeverityError
	case AlwaysMatches, ObservedOnly, LimitUnused:
		return SeverityInfo
	}
	return SeverityWarning
}

// Lint reviews a model: what overlaps, repeats, can't be reached, never counts,
// or must not be looked at. It needs no host types, and leaves to [Compile] what
// Compile refuses. It finds much, not all; but what it finds is certain, where
//
//   - what can be reached is what rules and limits allow, each rule matching or
//     not by itself, without adjustments;
//   - the lead's points are not too many to be summed ([TooMuch]).
//
// Findings are in a fixed order that follows the model. The time is in proportion to the model,
// times its logarithm.
func Lint(m Model) []Finding {
	l := &linter{model: m, cuts: map[string]bool{}}
	l.fields()
	var spans []span // of dimensions
	for i := range m.Dimensions {
		spans = append(spans, l.dimension(i))
	}
	total := span{}
	for _, s := range spans {
		total = total.plus(s)
	}
	l.unusedLimits("", "model", total, m.Minimum, m.Maximum)
	total = total.within(m.Minimum, m.Maximum)
	l.grades(spans)
	for i, t := range m.Thresholds {
		reach := total
		if t.Dimension != "" {
			at := dimensionOf(m, t.Dimension)
			if at < 0 {
				continue
			}
			reach = spans[at]
		}
		path := fmt.Sprintf("thresholds[%d].from", i)
		switch {
		case int64(t.From) > reach.most:
			l.find(ThresholdUnreachable, path, "", "no lead reaches %s points: the rules and limits give at most %s", t.From, Points(reach.most))
		case int64(t.From) <= reach.least:
			l.find(ThresholdAlways, path, "", "every lead reaches %s points: the rules and limits give at least %s", t.From, Points(reach.least))
		}
	}
	l.disqualifiers()
	l.calibration(total)
	return l.findings
}

// linter collects findings.
type linter struct {
	model    Model
	cuts     map[string]bool // the places of points that are found to be cut
	findings []Finding
}

func (l *linter) find(kind FindingKind, path, other, format string, args ...any) {
	l.findings = append(l.findings, Finding{path, other, kind, kind.severity(), fmt.Sprintf(format, args...)})
}

// dimension reviews one dimension and gives what its points can be.
func (l *linter) dimension(index int) span {
	d := l.model.Dimensions[index]
	path := fmt.Sprintf("dimensions[%d]", index)
	seen := map[string]string{} // what a rule counts: the rule's path
	l.rules(path, d.Rules, seen)
	for i, g := range d.Groups {
		l.rules(fmt.Sprintf("%s.groups[%d]", path, i), g.Rules, seen)
	}
	reach := l.reach(path, d)
	for i, b := range d.Bands {
		at := fmt.Sprintf("%s.bands[%d]", path, i)
		if !reachable(d.Bands, i, reach) {
			l.find(BandUnreachable, at, "", "no lead is in band %q: the rules and limits of %q give %s", b.Name, d.Name, reach)
		}
	}
	return reach
}

// reachable tells whether points within reach fall into a band.
func reachable(bands []Band, i int, reach span) bool {
	if from := bands[i].From; from != nil && reach.most < int64(*from) {
		return false
	}
	return i == 0 || bands[i-1].From == nil || reach.least < int64(*bands[i-1].From)
}

// grades finds the labels of which every combination of bands needs one that can't be reached.
func (l *linter) grades(spans []span) {
	if l.model.Grade == nil {
		return
	}
	var bands [][]Band
	var reaches []span
	size := 1
	for _, name := range l.model.Grade.Dimensions {
		at := dimensionOf(l.model, name)
		if at < 0 || len(l.model.Dimensions[at].Bands) == 0 || size > maxCells {
			return
		}
		bands, reaches = append(bands, l.model.Dimensions[at].Bands), append(reaches, spans[at])
		size *= len(l.model.Dimensions[at].Bands)
	}
	if size > maxCells {
		return
	}
	possible := map[string]bool{}
	var order []string
	places := map[string]string{}
	note := func(label, path string, ok bool) {
		if _, known := places[label]; !known {
			places[label] = path
			order = append(order, label)
		}
		possible[label] = possible[label] || ok
	}
	for i, cell := range l.model.Grade.Cells {
		ok := len(cell.Bands) == len(bands)
		for j := range min(len(cell.Bands), len(bands)) {
			at := slices.IndexFunc(bands[j], func(b Band) bool { return b.Name == cell.Bands[j] })
			ok = ok && at >= 0 && reachable(bands[j], at, reaches[j])
		}
		note(cell.Label, fmt.Sprintf("grade.cells[%d]", i), ok)
	}
	if len(l.model.Grade.Cells) == 0 {
		for cell := range size {
			label, ok, rest := "", true, cell
			for j := len(bands) - 1; j >= 0; j-- {
				at := rest % len(bands[j])
				rest /= len(bands[j])
				label = bands[j][at].Name + label
				ok = ok && reachable(bands[j], at, reaches[j])
			}
			note(label, "grade", ok)
		}
	}
	for _, label := range order {
		if !possible[label] {
			l.find(GradeUnreachable, places[label], "", "no lead has the grade %q: a band that it needs can't be reached", label)
		}
	}
}

func (l *linter) disqualifiers() {
	seen := map[string]string{}
	for i, d := range l.model.Disqualifiers {
		path := fmt.Sprintf("disqualifiers[%d]", i)
		at := path + ".when"
		l.text(at, d.When)
		review, ok := rule.ReviewText(d.When)
		switch {
		case !ok:
			continue
		case review.Never:
			l.find(NeverMatches, at, "", "the condition of %q can't hold: no lead meets it", d.Name)
		case review.Always:
			l.find(AlwaysDisqualifies, at, "", "the condition of %q always holds: every lead is disqualified", d.Name)
		}
		if other := seen[review.Normal]; other != "" {
			l.find(DuplicateDisqualifier, path, other, "%q has the same condition as %s", d.Name, other)
		} else {
			seen[review.Normal] = path
		}
	}
}

// rules reviews each rule of a list.
func (l *linter) rules(path string, rules []Rule, seen map[string]string) {
	for i, r := range rules {
		at := fmt.Sprintf("%s.rules[%d]", path, i)
		l.texts(at, r)
		l.condition(at, r)
		if key := counted(r); key == "" {
			// without a condition, or not in the language
		} else if other := seen[key]; other != "" {
			l.find(DuplicateRule, at, other, "%q counts the same as %s: what is one fact counts twice", r.Name, other)
		} else {
			seen[key] = at
		}
		if r.Table != nil {
			l.table(at+".table", r)
		} else if r.Points == 0 && r.PointsExpression == "" {
			l.find(ObservedOnly, at, "", "%q gives 0 points: it is only observed", r.Name)
		}
		l.ages(at, r)
	}
}

// condition finds what the texts of a rule can never, or always, be.
func (l *linter) condition(path string, r Rule) {
	key, text := "when", r.When
	if r.Each != "" {
		key, text = "each", r.Each
	}
	review, ok := rule.ReviewText(text)
	if !ok {
		return
	}
	switch {
	case r.Idle != nil: // one that never matches leaves the lead idle since Since
	case review.Never:
		l.find(NeverMatches, path+"."+key, "", "the condition of %q can't hold: the rule never matches", r.Name)
	case review.Always && r.When != "" && r.PointsExpression == "" && r.Table == nil:
		l.find(AlwaysMatches, path+".when", "", "the condition of %q always holds: every lead gets its points", r.Name)
	}
	if r.Distinct == "" || r.AtLeast < 2 {
		return
	}
	distinct, ok := rule.ReviewText(r.Distinct)
	if ok && (slices.Contains(review.Pinned, distinct.Normal) || len(distinct.Names) == 0) {
		l.find(NeverMatches, path+".distinct", path+".at_least", "%q needs %d different values of %s, which is the same in every match", r.Name, r.AtLeast, r.Distinct)
	}
}

// counted is the same for rules that count the same facts; empty if that is unknown.
func counted(r Rule) string {
	normal := func(text string) (string, bool) {
		if text == "" {
			return "", true
		}
		review, ok := rule.ReviewText(text)
		return review.Normal, ok
	}
	given := func(p Points) string { // what gives nothing does not count a fact twice
		if p == 0 {
			return ""
		}
		return " given"
	}
	when, ok1 := normal(r.When)
	each, ok2 := normal(r.Each)
	distinct, ok3 := normal(r.Distinct)
	of := ""
	ok4 := true
	if r.Table != nil {
		of, ok4 = normal(r.Table.Of)
		for _, row := range rowsOf(r.Table.Ranges) {
			of += ", " + row.text() + given(r.Table.Ranges[row.index].Points)
		}
		for _, row := range r.Table.Values {
			of += fmt.Sprintf(", %q", row.Is) + given(row.Points)
		}
		for _, p := range []*Points{r.Table.Otherwise, r.Table.Missing} {
			of += ";"
			if p != nil {
				of += given(*p)
			}
		}
	}
	observed := r.Table == nil && r.PointsExpression == "" && r.Points == 0
	if !ok1 || !ok2 || !ok3 || !ok4 || observed || when+each+of == "" && r.Idle == nil {
		return ""
	}
	idle := ""
	if r.Idle != nil {
		idle = fmt.Sprint(r.Idle.Every, "/", r.Idle.Since)
		if r.Idle.Floor != nil {
			idle += "/" + r.Idle.Floor.String()
		}
	}
	window := Window{}
	if r.Window != nil {
		window = *r.Window
	}
	return fmt.Sprintf("%q", []string{when, each, distinct, of, r.PointsExpression, idle, string(cmp.Or(r.Repeat, Every)),
		fmt.Sprint(max(r.AtLeast, 1), window, r.HalfLife, r.Linear, r.Steps)})
}
