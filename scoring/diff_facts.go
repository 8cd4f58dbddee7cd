package scoring

import (
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// sameBut tells whether two things are equal once their names are taken away.
func sameBut[T any](a, b T, anonymous func(*T)) bool {
	anonymous(&a)
	anonymous(&b)
	return reflect.DeepEqual(a, b)
}

// digest is the same for things that are equal once their names are taken away.
func digest[T any](x T, anonymous func(*T)) string {
	anonymous(&x)
	content := any(x)
	if p, ok := content.(placed); ok {
		content = p.rule
	}
	text, err := json.Marshal(content)
	if err != nil {
		return "" // what JSON can't hold is compared with all of its kind
	}
	return string(text)
}

func pointsText(p *Points) string {
	if p == nil {
		return ""
	}
	return p.String()
}

func spanText(d Duration) string {
	if d == 0 {
		return ""
	}
	if text, err := d.MarshalText(); err == nil {
		return string(text)
	}
	return fmt.Sprint(int64(d), "ns")
}

func quoted(text string) string {
	if text == "" {
		return ""
	}
	return strconv.Quote(text)
}

func modelFacts(m Model) []fact {
	facts := []fact{
		{"$schema", "$schema", "the JSON schema", quoted(m.SchemaURL)},
		{"schema", "schema", "schema", fmt.Sprint(m.Schema)},
		{"name", "name", "the model's name", quoted(m.Name)},
		{"version", "version", "version", fmt.Sprint(m.Version)},
		{"tick", "tick", "the tick of decay", spanText(cmp.Or(m.Tick, Day))},
		{"zone", "zone", "the time zone", cmp.Or(m.Zone, "UTC")},
		{"minimum", "minimum", "the total's minimum", pointsText(m.Minimum)},
		{"maximum", "maximum", "the total's maximum", pointsText(m.Maximum)},
	}
	for _, name := range sortedKeys(m.Fields) {
		facts = append(facts, fact{"fields." + name, "fields." + name, "the lead's field " + name, cmp.Or(string(m.Fields[name]), `""`)})
	}
	for _, name := range sortedKeys(m.ActivityFields) {
		facts = append(facts, fact{"activity_fields." + name, "activity_fields." + name, "the activities' field " + name, cmp.Or(string(m.ActivityFields[name]), `""`)})
	}
	return facts
}

func dimensionFacts(d Dimension) []fact {
	return []fact{
		{"minimum", "minimum", "the minimum", pointsText(d.Minimum)},
		{"maximum", "maximum", "the maximum", pointsText(d.Maximum)},
	}
}

func groupFacts(g Group) []fact {
	return dimensionFacts(Dimension{Minimum: g.Minimum, Maximum: g.Maximum})
}

func thresholdFacts(t Threshold) []fact {
	return []fact{
		{"dimension", "dimension", "points of", cmp.Or(quoted(t.Dimension), "the total")},
		{"from", "from", "from", t.From.String()},
	}
}

func disqualifierFacts(d Disqualifier) []fact {
	return []fact{
		{"when", "when", "when", quoted(d.When)},
		{"reason", "reason", "reason", quoted(d.Reason)},
	}
}

func gradeFacts(g Grade) []fact {
	var facts []fact
	facts = append(facts, fact{"dimensions", "grade.dimensions", "the dimensions, in their order,", strings.Join(quotedAll(g.Dimensions), ", ")})
	times := map[string]int{}
	for i, c := range g.Cells {
		bands := strings.Join(quotedAll(c.Bands), ", ")
		key := numbered(times, "cell "+bands)
		facts = append(facts, fact{key, fmt.Sprintf("grade.cells[%d]", i), "the label of " + bands, cmp.Or(quoted(c.Label), `""`)})
	}
	return facts
}

func calibrationFacts(c Calibration) []fact {
	facts := []fact{{"outcome", "outcome", "the probability of", cmp.Or(quoted(c.Outcome), `""`)}}
	if len(c.Steps) == 0 || c.Intercept != 0 || c.Slope != 0 {
		facts = append(facts,
			fact{"intercept", "intercept", "log-odds at 0 points", floatText(c.Intercept)},
			fact{"slope", "slope", "log-odds per point", floatText(c.Slope)})
	}
	times := map[string]int{}
	for i, s := range c.Steps {
		facts = append(facts, fact{numbered(times, "step "+s.From.String()), fmt.Sprintf("steps[%d]", i), "from " + s.From.String() + " points", floatText(s.Probability)})
	}
	if c.Interpolate {
		facts = append(facts, fact{"interpolate", "interpolate", "between the steps", "straight lines"})
	}
	return facts
}

func floatText(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

func quotedAll(texts []string) (all []string) {
	for _, text := range texts {
		all = append(all, strconv.Quote(text))
	}
	return all
}

// numbered tells the same keys apart.
func numbered(times map[string]int, key string) string {
	times[key]++
	return fmt.Sprintf("%s #%d", key, times[key])
}

func ruleFacts(r Rule) []fact {
	points := r.Points.String()
	if r.Points == 0 && (r.PointsExpression != "" || r.Table != nil) {
		points = ""
	}
	atLeast := ""
	if r.AtLeast != 0 && r.AtLeast != 1 {
		atLeast = fmt.Sprint(r.AtLeast)
	}
	repeat := ""
	if r.Repeat != Every {
		repeat = string(r.Repeat)
	}
	facts := []fact{
		{"points", "points", "points", points},
		{"when", "when", "when", quoted(r.When)},
		{"each", "each", "each", quoted(r.Each)},
		{"points_expression", "points_expression", "points by the expression", quoted(r.PointsExpression)},
		{"repeat", "repeat", "repeat", repeat},
		{"distinct", "distinct", "once for each", quoted(r.Distinct)},
		{"at_least", "at_least", "at least", atLeast},
		{"half_life", "half_life", "half-life", spanText(r.HalfLife)},
		{"linear", "linear", "linear decay over", spanText(r.Linear)},
		{"minimum", "minimum", "the minimum", pointsText(r.Minimum)},
		{"maximum", "maximum", "the maximum", pointsText(r.Maximum)},
	}
	if r.Window != nil {
		facts = append(facts, fact{"window", "window", "window of", r.Window.text()})
	}
	for i, s := range r.Steps {
		at := fmt.Sprintf("steps[%d]", i)
		facts = append(facts,
			fact{at + ".after", at + ".after", "step after", cmp.Or(spanText(s.After), "0s")},
			fact{at + ".share", at + ".share", "share of the step after " + cmp.Or(spanText(s.After), "0s"), s.Share.String()})
	}
	if r.Idle != nil {
		facts = append(facts,
			fact{"idle.every", "idle.every", "for each idle period of", cmp.Or(spanText(r.Idle.Every), "0s")},
			fact{"idle.since", "idle.since", "idle since", quoted(r.Idle.Since)},
			fact{"idle.floor", "idle.floor", "floor", pointsText(r.Idle.Floor)})
	}
	if r.Table != nil {
		facts = append(facts, tableFacts(r.Table)...)
	}
	return facts
}

// text names the window in words.
func (w Window) text() string {
	var words []string
	if w.Span != 0 {
		words = append(words, spanText(w.Span))
	}
	if w.Days != 0 {
		words = append(words, fmt.Sprint(w.Days, " days"))
	}
	if w.Months != 0 {
		words = append(words, fmt.Sprint(w.Months, " months"))
	}
	return cmp.Or(strings.Join(words, ", "), "nothing")
}

func tableFacts(t *Table) []fact {
	facts := []fact{{"table.of", "table.of", "table of", cmp.Or(quoted(t.Of), `""`)}}
	times := map[string]int{}
	for i, r := range t.Ranges {
		bounds := r.text()
		facts = append(facts, fact{numbered(times, "row "+bounds), fmt.Sprintf("table.ranges[%d]", i), "points for " + bounds, r.Points.String()})
	}
	for i, v := range t.Values {
		for _, text := range v.Is {
			facts = append(facts, fact{numbered(times, "row "+strconv.Quote(text)), fmt.Sprintf("table.values[%d]", i), "points for " + strconv.Quote(text), v.Points.String()})
		}
	}
	return append(facts,
		fact{"table.otherwise", "table.otherwise", "points otherwise", pointsText(t.Otherwise)},
		fact{"table.missing", "table.missing", "points where there is no value", pointsText(t.Missing)})
}

// text names the bounds as they are written.
func (r Range) text() string {
	var words []string
	for _, b := range []struct {
		word  string
		bound *float64
	}{{"from", r.From}, {"to", r.To}, {"below", r.Below}} {
		if b.bound != nil {
			words = append(words, b.word, strconv.FormatFloat(*b.bound, 'g', -1, 64))
		}
	}
	return cmp.Or(strings.Join(words, " "), "all")
}
