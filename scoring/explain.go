package scoring

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Explain writes the score as an aligned table that people can read: each line
// with its dimension, what it stands for, how many activities counted, its points
// and the sum of its dimension so far; then dimensions, total, grade, probability, reached
// thresholds, disqualifications and problems. A rule in a group stands behind the group's name.
func (s Score) Explain() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, version %d, as of %s\n\n", clean(s.Model), s.Version, s.At.Format(time.RFC3339))
	lines := grid{{"dimension", "line", "count", "points", "sum"}}
	var sum, total Points
	for i, l := range s.Lines {
		if i > 0 && s.Lines[i-1].Dimension != l.Dimension {
			sum = 0
		}
		sum += l.Points
		total += l.Points
		dimension, soFar, count := l.Dimension, sum, ""
		if l.Kind == TotalLimitLine {
			dimension, soFar = "total", total
		}
		if l.Count > 0 {
			count = fmt.Sprint(l.Count)
		}
		text := l.Text()
		if l.Group != "" && l.Kind != GroupLimitLine {
			text = l.Group + ": " + text
		}
		lines = append(lines, []string{dimension, text, count, signed(l.Points), soFar.String()})
	}
	lines.write(&b)
	b.WriteByte('\n')
	var results grid
	for _, d := range s.Dimensions {
		results = append(results, []string{d.Name, d.Band, d.Points.String()})
	}
	results = append(results, []string{"total", s.Grade, s.Total.String()})
	results.write(&b)
	if s.Probability > 0 {
		b.WriteString("\nprobability of " + clean(s.Outcome) + ": " + percent(s.Probability) + "\n")
	}
	if len(s.Reached) > 0 {
		b.WriteString("\nreached: " + clean(strings.Join(s.Reached, ", ")) + "\n")
	}
	for i, d := range s.Disqualified {
		if i == 0 {
			b.WriteString("\ndisqualified:\n")
		}
		b.WriteString("- " + clean(d.Name+": "+d.Reason) + "\n")
	}
	for i, p := range s.Problems {
		if i == 0 {
			b.WriteString("\nproblems:\n")
		}
		b.WriteString("- " + clean(p.text()) + "\n")
	}
	return b.String()
}

// percent writes a share with one decimal, and never as impossible or certain.
func percent(share float64) string {
	switch {
	case share < 0.0005:
		return "below 0.1 %"
	case share >= 0.9995:
		return "above 99.9 %"
	}
	return fmt.Sprintf("%.1f %%", float64(100*share))
}

// Text says what the line stands for: the rule's name, or the adjustment or the
// limit in words.
func (l Line) Text() string {
	switch l.Kind {
	case RuleLimitLine:
		return l.Rule + ": " + l.Bound + " " + l.Limit.String()
	case GroupLimitLine:
		return l.Group + ": " + l.Bound + " " + l.Limit.String() + " of the group"
	case DimensionLimitLine, TotalLimitLine:
		return l.Bound + " " + l.Limit.String()
	case AdjustmentLine:
		text := string(l.Op) + " on " + l.At.Format(time.DateOnly)
		if l.Cause != "" {
			text += ": " + l.Cause
		}
		return text
	}
	return l.Rule
}

func signed(p Points) string {
	if p > 0 {
		return "+" + p.String()
	}
	return p.String()
}

// clean keeps a text on one line.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s)
}

// grid is rows of cells; the first two columns are texts, the others numbers.
type grid [][]string

func (t grid) write(b *strings.Builder) {
	var widths []int
	for _, row := range t {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			row[i] = clean(cell)
			widths[i] = max(widths[i], utf8.RuneCountInString(row[i]))
		}
	}
	for _, row := range t {
		var line strings.Builder
		for i, cell := range row {
			space := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			switch {
			case i > 1:
				line.WriteString("  " + space + cell)
			case i == 1:
				line.WriteString("  " + cell + space)
			default:
				line.WriteString(cell + space)
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
}

// Err joins the problems as an error; nil if there are none.
func (s Score) Err() error {
	var all []error
	for _, p := range s.Problems {
		all = append(all, p)
	}
	return errors.Join(all...)
}

// Error writes the problem, so that it can serve as an error.
func (p Problem) Error() string { return "scoring: " + p.text() }

func (p Problem) text() string {
	var b strings.Builder
	switch {
	case p.Rule != "" && p.Dimension != "":
		b.WriteString(p.Dimension + "/" + p.Rule + ": ")
	case p.Rule != "" || p.Dimension != "":
		b.WriteString(p.Dimension + p.Rule + ": ")
	}
	b.WriteString(p.Message)
	if p.Count > 1 {
		fmt.Fprintf(&b, " (%d times)", p.Count)
	}
	return b.String()
}

// Reasons gives the n strongest rules for the lead and the n strongest against
// it: the lines of matched rules, their Points after the rule's own limits, the
// strongest first and equally strong ones in the model's order. Rules that come
// to 0 are in neither. What adjustments and the limits of groups, dimensions
// and total change is no single rule's, and left out.
func (s Score) Reasons(n int) (plus, minus []Line) {
	var net []Line
	for _, l := range s.Lines {
		switch l.Kind {
		case RuleLine:
			net = append(net, l)
		case RuleLimitLine: // stands behind the rule's own line
			if i := slices.IndexFunc(net, func(r Line) bool { return r.Dimension == l.Dimension && r.Rule == l.Rule }); i >= 0 {
				net[i].Points += l.Points
			}
		}
	}
	slices.SortStableFunc(net, func(a, b Line) int { return cmp.Compare(b.Points, a.Points) })
	for _, l := range net {
		if l.Points > 0 && len(plus) < n {
			plus = append(plus, l)
		}
	}
	slices.SortStableFunc(net, func(a, b Line) int { return cmp.Compare(a.Points, b.Points) })
	for _, l := range net {
		if l.Points < 0 && len(minus) < n {
			minus = append(minus, l)
		}
	}
	return plus, minus
}
