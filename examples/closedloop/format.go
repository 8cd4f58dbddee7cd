package main

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Rate is a share with its two numbers. Of nothing it is undefined, which is not zero.
type Rate struct{ Count, Of int64 }

// tenths is the share in tenths of a percent, rounded half up.
func (r Rate) tenths() int64 { return (r.Count*2000/r.Of + 1) / 2 }

// String is "27.1 %" or "undefined".
func (r Rate) String() string {
	if r.Of == 0 {
		return "undefined"
	}
	return decimal(r.tenths()) + " %"
}

// short is the percentage alone.
func (r Rate) short() string {
	if r.Of == 0 {
		return "undefined"
	}
	return decimal(r.tenths())
}

// MarshalJSON writes {"count": 271, "of": 2296, "percent": 11.8}; percent is null where it is undefined.
func (r Rate) MarshalJSON() ([]byte, error) {
	percent := "null"
	if r.Of != 0 {
		percent = decimal(r.tenths())
	}
	return []byte(`{"count":` + strconv.FormatInt(r.Count, 10) + `,"of":` + strconv.FormatInt(r.Of, 10) +
		`,"percent":` + percent + `}`), nil
}

// decimal writes tenths as a decimal number.
func decimal(tenths int64) string {
	sign := ""
	if tenths < 0 {
		sign, tenths = "-", -tenths
	}
	return sign + strconv.FormatInt(tenths/10, 10) + "." + strconv.FormatInt(tenths%10, 10)
}

// Seconds is a span of time in whole seconds.
type Seconds int64

// String writes the span in the largest unit that suits it, with one decimal.
func (s Seconds) String() string {
	switch {
	case s < 0:
		return "-" + (-s).String()
	case s < 90:
		return strconv.FormatInt(int64(s), 10) + " s"
	case s < 90*minute:
		return strconv.FormatInt(int64(s)/minute, 10) + " min"
	case s < 2*day:
		return decimal(int64(s)*10/hour) + " h"
	}
	return decimal(int64(s)*10/day) + " d"
}

func spanOf(s *Seconds) string {
	if s == nil {
		return "undefined"
	}
	return s.String()
}

// money writes cents as whole euros with thousands separated: "€ 1,234,567". Reports to people round; JSON does not.
func money(cents int64) string {
	sign := ""
	if cents < 0 {
		sign, cents = "-", -cents
	}
	return sign + "€ " + thousands((cents+50)/100)
}

// cents writes an amount to the cent.
func cents(c int64) string {
	return "€ " + thousands(c/100) + "." + strconv.FormatInt(100+c%100, 10)[1:]
}

func thousands(n int64) string {
	digits := strconv.FormatInt(n, 10)
	if n < 0 {
		return "-" + thousands(-n)
	}
	var b strings.Builder
	for i, c := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(c)
	}
	return b.String()
}

// bar is a bar of at most width blocks; whatever is not nothing shows at least a sliver.
func bar(n, most int64, width int) string {
	if n <= 0 || most <= 0 {
		return ""
	}
	eighths := int(n * int64(8*width) / most)
	if eighths == 0 {
		eighths = 1
	}
	b := strings.Repeat("█", eighths/8)
	if rest := eighths % 8; rest > 0 {
		b += string([]rune("▏▎▍▌▋▊▉")[rest-1])
	}
	return b
}

// sheet is the text report being written.
type sheet struct{ strings.Builder }

func (s *sheet) line(text string) { s.WriteString(strings.TrimRight(text, " ") + "\n") }

func (s *sheet) heading(text string) { s.WriteString("\n" + text + "\n") }

// lineWidth is how many letters the words of a line may take up: the report is read on a terminal.
const lineWidth = 125

// paragraph writes words after a lead-in, and further lines below the first word.
func (s *sheet) paragraph(leadIn, text string) {
	line, used := leadIn, utf8.RuneCountInString(leadIn)
	indent := used
	for word := range strings.FieldsSeq(text) {
		length := utf8.RuneCountInString(word)
		if used > indent && used+length > lineWidth {
			s.line(line)
			line, used = strings.Repeat(" ", indent), indent
		}
		line += word + " "
		used += length + 1
	}
	s.line(line)
}

// beside writes two tables next to each other.
func (s *sheet) beside(leftLayout string, left [][]string, rightLayout string, right [][]string) {
	a, b := &sheet{}, &sheet{}
	a.table(leftLayout, left...)
	b.table(rightLayout, right...)
	l, r := strings.Split(strings.TrimSuffix(a.String(), "\n"), "\n"), strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	width := 0
	for _, line := range l {
		width = max(width, utf8.RuneCountInString(line))
	}
	for i := range max(len(l), len(r)) {
		line := ""
		if i < len(l) {
			line = l[i]
		}
		if i < len(r) {
			line += strings.Repeat(" ", width-utf8.RuneCountInString(line)) + "   " + r[i]
		}
		s.line(line)
	}
}

// table writes rows in aligned columns. The layout has one letter a column: l for left and r for right.
func (s *sheet) table(layout string, rows ...[]string) {
	widths := make([]int, len(layout))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range rows {
		var b strings.Builder
		for i, cell := range row {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			b.WriteString("  ")
			if layout[i] == 'r' {
				b.WriteString(pad + cell)
			} else {
				b.WriteString(cell + pad)
			}
		}
		s.line(b.String())
	}
}

// indent writes the report as JSON: keys in the order of the struct, maps sorted, a line end at the end.
func indent(v any) ([]byte, error) {
	data, err := json.MarshalIndent(v, "", "  ")
	return append(data, '\n'), err
}

func dateOf(t time.Time) string { return t.Format(time.DateOnly) }
