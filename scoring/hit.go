package scoring

import (
	"fmt"
	"strings"
)

// Hit is a rule that matched, in the form in which feedback on a score is held
// against it.
type Hit struct {
	Rule   string // "dimension/rule"
	Row    string // of a table on the lead: what applied, as in [Line]; empty otherwise
	Points Points // what the rule gave within its own limits, adjustments left out
}

// Hits lists the matched rules in the model's order, each as the text of a [Hit]:
// what a host stores with the hand-over of a lead, so that package learn can
// hold the outcome against it.
func (s Score) Hits() []string {
	var limits map[[2]string]Points // what a rule's own limit changed
	for _, l := range s.Lines {
		if l.Kind == RuleLimitLine && l.Bound != "floor" {
			if limits == nil {
				limits = map[[2]string]Points{}
			}
			limits[[2]string{l.Dimension, l.Rule}] = l.Points
		}
	}
	var hits []string
	for _, l := range s.Lines {
		if l.Kind == RuleLine {
			hit := Hit{l.Dimension + "/" + l.Rule, l.Row, l.Points + limits[[2]string{l.Dimension, l.Rule}]}
			hits = append(hits, hit.String())
		}
	}
	return hits
}

// String writes the hit as "fit/industry#values[2]=15", without "#" where it has no
// row. [ParseHit] reads it.
func (h Hit) String() string {
	if h.Row == "" {
		return h.Rule + "=" + h.Points.String()
	}
	return h.Rule + "#" + h.Row + "=" + h.Points.String()
}

// ParseHit reads the text of a hit.
func ParseHit(text string) (Hit, error) {
	at := strings.LastIndexByte(text, '=')
	if at < 0 {
		return Hit{}, fmt.Errorf("scoring: the hit has no points: write it as dimension/rule=points, as Score.Hits does")
	}
	h := Hit{Rule: text[:at]}
	var err error
	if h.Points, err = parsePoints(text[at+1:]); err != nil {
		return Hit{}, fmt.Errorf("scoring: the points of the hit: %w", err)
	}
	if at := strings.LastIndexByte(h.Rule, '#'); at >= 0 && isRow(h.Rule[at+1:]) {
		h.Rule, h.Row = h.Rule[:at], h.Rule[at+1:]
	}
	return h, nil
}

// isRow tells whether a text names a row of a table.
func isRow(text string) bool {
	if text == "otherwise" || text == "missing" {
		return true
	}
	number, ok := strings.CutPrefix(text, "ranges[")
	if !ok {
		number, ok = strings.CutPrefix(text, "values[")
	}
	digits, closed := strings.CutSuffix(number, "]")
	return ok && closed && digits != "" && strings.Trim(digits, "0123456789") == ""
}
