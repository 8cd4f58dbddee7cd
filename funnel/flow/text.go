package flow

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/leadloop/leadloop/funnel"
)

// String writes the report as tables for people, about 100 characters wide; long lists are cut, which they say.
func (r *Report) String() string {
	var w sheet
	fmt.Fprintf(&w, "Flow as of %s: %s leads, %s rows", r.AsOf.Format("2006-01-02 15:04 MST"), thousands(r.Leads), thousands(r.Rows))
	if r.Later > 0 {
		fmt.Fprintf(&w, ", %s of them later and left out", thousands(r.Later))
	}
	w.WriteByte('\n')
	r.textWaterfall(&w)
	r.textConversions(&w)
	r.textStages(&w)
	r.textVariants(&w)
	r.textMatrix(&w)
	r.textRecycling(&w)
	r.textVelocity(&w)
	r.textCohorts(&w)
	r.textSegments(&w)
	r.textProblems(&w)
	return w.String()
}

// shown is how many rows of a long list people get to see.
const shown = 10

func (r *Report) textWaterfall(w *sheet) {
	w.heading("Waterfall", "leads that reached each stage of the success path")
	rows := [][]string{{"stage", "reached", "of before", "overall", "entered", "visits"}}
	for _, l := range r.Waterfall {
		rows = append(rows, []string{string(l.Stage), thousands(l.Reached), l.Step.String(), l.Overall.String(), thousands(l.Entered), thousands(l.Visits)})
	}
	w.table("lrrrrr", rows)
	var now []string
	for _, s := range r.Standing {
		if s.Leads > 0 {
			now = append(now, fmt.Sprintf("%s %s", s.Stage, thousands(s.Leads)))
		}
	}
	o := r.Outcomes
	fmt.Fprintf(w, "  now: %s\n", strings.Join(now, ", "))
	fmt.Fprintf(w, "  outcome: won %s, lost %s, aside %s, open %s\n", thousands(o.Won), thousands(o.Lost), thousands(o.Aside), thousands(o.Open))
}

func (r *Report) textConversions(w *sheet) {
	w.heading("Time to convert", "share by length of time since the stage was entered, lost and aside competing (Aalen–Johansen)")
	head := []string{"from", "to", "spells", "open", "within " + r.Horizon.String(), "median", "30 d", "90 d", "365 d"}
	rows := [][]string{head}
	for i := range r.Conversions {
		c := &r.Conversions[i].Converted
		row := []string{string(r.Conversions[i].From), string(r.Conversions[i].To), thousands(c.Spells), thousands(c.Censored), of(r.Conversions[i].Within), c.Median.String()}
		for _, days := range []int64{30, 90, 365} {
			row = append(row, c.markText(days))
		}
		rows = append(rows, row)
	}
	w.table("llrrrrrrr", rows)
	// What the table says of the way to won from the first stage of which anything is known, as papers print it: with
	// numbers at risk.
	won := r.Waterfall[len(r.Waterfall)-1].Stage
	for _, l := range r.Waterfall {
		c, ok := r.Conversion(l.Stage, won)
		if !ok || len(c.Converted.Marks) == 0 {
			continue
		}
		rows := [][]string{{"after", "at risk", "share", "95 % interval"}}
		for _, m := range c.Converted.Marks {
			rows = append(rows, []string{m.Time.String(), thousands(m.AtRisk), percent(m.Share), percent(m.Low) + " to " + percent(m.High)})
		}
		fmt.Fprintf(w, "  %s to %s, median %s\n", c.From, c.To, c.Converted.Median)
		w.table("rrrr", rows)
		return
	}
}

func (c *Curve) markText(days int64) string {
	for _, m := range c.Marks {
		if m.Time.Days() == float64(days) {
			return percent(m.Share)
		}
	}
	return "–"
}

func (r *Report) textStages(w *sheet) {
	w.heading("Time in stage", "until it is left, with what is still there counted as not yet (Kaplan–Meier)")
	rows := [][]string{{"stage", "visits", "median", "9 of 10", "per lead", "working time", "open now", "median age", "oldest", "older than 9 of 10"}}
	ages := map[funnel.Stage]*Ageing{}
	for i := range r.Ageing {
		ages[r.Ageing[i].Stage] = &r.Ageing[i]
	}
	for i := range r.Stages {
		s := &r.Stages[i]
		if s.Visit.Spells == 0 {
			continue
		}
		row := []string{string(s.Stage), thousands(s.Visit.Spells), s.Visit.Median.String(), s.Visit.P90.String(), s.Lead.Median.String(), "–"}
		if s.VisitWorking != nil {
			row[5] = s.VisitWorking.Median.String()
		}
		if a := ages[s.Stage]; a != nil && a.Leads > 0 {
			row = append(row, thousands(a.Leads), a.Median.String(), a.Oldest.String(), thousands(a.Beyond))
		} else {
			row = append(row, "–", "–", "–", "–")
		}
		rows = append(rows, row)
	}
	w.table("lrrrrrrrrr", rows)
}

func (r *Report) textVariants(w *sheet) {
	w.heading("Journeys", fmt.Sprintf("%s different ways; those that close best, of at least %d closed leads", thousands(r.Ways), MinimumSupport))
	list := r.Best(MinimumSupport)
	if len(list) == 0 {
		list = r.Variants
		w.WriteString("  too few leads are closed to say which way closes best; the most frequent:\n")
	}
	rows := [][]string{{"leads", "won", "closed", "rate", "to win", "way"}}
	for _, v := range list[:min(shown, len(list))] {
		rows = append(rows, []string{thousands(v.Outcomes.All()), thousands(v.Close.Part), thousands(v.Close.Whole), v.Close.String(), orDash(v.ToWin), v.PathText()})
	}
	w.table("rrrrrl", rows)
}

// PathText is the way with arrows.
func (v Variant) PathText() string {
	var names []string
	for _, s := range v.Path {
		names = append(names, string(s))
	}
	if v.More {
		names = append(names, "…")
	}
	return strings.Join(names, " → ")
}

func (r *Report) textMatrix(w *sheet) {
	w.heading("Steps", "from row to column; * is no edge of the definition")
	rows := [][]string{{""}}
	column := map[funnel.Stage]int{}
	for _, s := range r.Standing {
		column[s.Stage] = len(rows[0])
		rows[0] = append(rows[0], string(s.Stage))
	}
	begin := map[funnel.Stage]int{"": len(rows)}
	line := func(name string) {
		row := make([]string, len(rows[0]))
		row[0] = name
		for i := range row[1:] {
			row[i+1] = "·"
		}
		rows = append(rows, row)
	}
	line("(begin)")
	for _, s := range r.Standing {
		begin[s.Stage] = len(rows)
		line(string(s.Stage))
	}
	for _, f := range r.Follows {
		cell := thousands(f.Count)
		if !f.Known {
			cell += "*"
		}
		rows[begin[f.From]][column[f.To]] = cell
	}
	w.table("l"+strings.Repeat("r", len(rows[0])-1), rows)
	w.steps("skips", r.Skips)
	w.steps("regressions", r.Regressions)
}

func (w *sheet) steps(name string, list []Follow) {
	if len(list) == 0 {
		return
	}
	var parts []string
	for _, f := range list[:min(shown, len(list))] {
		from := string(f.From)
		if from == "" {
			from = "(begin)"
		}
		parts = append(parts, fmt.Sprintf("%s → %s %s", from, f.To, thousands(f.Count)))
	}
	if n := len(list) - shown; n > 0 {
		parts = append(parts, fmt.Sprintf("and %d more", n))
	}
	fmt.Fprintf(w, "  %s: %s\n", name, strings.Join(parts, ", "))
}

func (r *Report) textRecycling(w *sheet) {
	if len(r.Recycling) == 0 {
		return
	}
	w.heading("Returned leads", "and what became of them")
	rows := [][]string{{"stage", "reason", "leads", "returns", "came back", "won after", "median to come back"}}
	for _, y := range r.Recycling[:min(2*shown, len(r.Recycling))] {
		rows = append(rows, []string{string(y.Stage), string(y.Reason), thousands(y.Leads), thousands(y.Returns), y.Again.String(), y.Yield.String(), y.Back.Median.String()})
	}
	w.table("llrrrrr", rows)
	if n := len(r.Recycling) - 2*shown; n > 0 {
		fmt.Fprintf(w, "  and %d more\n", n)
	}
	var parts []string
	for _, n := range r.Rounds[:min(shown, len(r.Rounds))] {
		parts = append(parts, fmt.Sprintf("%s in round %d", thousands(n.Won), n.Round))
	}
	if len(parts) > 0 {
		fmt.Fprintf(w, "  won: %s\n", strings.Join(parts, ", "))
	}
}

func (r *Report) textVelocity(w *sheet) {
	v := &r.Velocity
	w.heading("Velocity", "opportunities × mean deal × win rate ÷ cycle days")
	if !v.Defined {
		fmt.Fprintf(w, "  undefined: %s at %s, %s deals with an amount, win rate %s, cycle %s\n", thousands(v.Opportunities), v.Stage, thousands(v.Deals), v.Win, v.Cycle)
		return
	}
	fmt.Fprintf(w, "  %s at %s × %s × %s ÷ %s = %s a day\n", thousands(v.Opportunities), v.Stage, money(float64(v.Revenue)/float64(v.Deals)), v.Win, v.Cycle, money(v.PerDay))
}

// money writes minor units with two decimals.
func money(v float64) string {
	return strconv.FormatFloat(v/100, 'f', 2, 64)
}

func (r *Report) textCohorts(w *sheet) {
	w.heading("Cohorts", "by month of the first step; won within "+r.Horizon.String()+" of those who have had the time")
	rows := [][]string{{"month", "leads", "won", "lost", "aside", "open", "close", "in time"}}
	list := r.Cohorts
	if n := len(list) - 24; n > 0 {
		fmt.Fprintf(w, "  the last 24 of %d\n", len(list))
		list = list[n:]
	}
	for _, c := range list {
		month := c.Month
		if month == "" {
			month = "unknown"
		}
		o := c.Outcomes
		rows = append(rows, []string{month, thousands(o.All()), thousands(o.Won), thousands(o.Lost), thousands(o.Aside), thousands(o.Open), o.Close().String(), of(c.Within)})
	}
	w.table("lrrrrrrr", rows)
}

func (r *Report) textSegments(w *sheet) {
	w.heading("Quick wins", fmt.Sprintf("won within %s of the first step; base rate %s of %s leads", r.QuickWithin, r.Base.Quick, thousands(r.Base.Quick.Whole)))
	if len(r.Segments) == 0 {
		return
	}
	list := r.QuickWins()
	if len(list) == 0 {
		w.WriteString("  no segment lies clearly above it\n")
		list = r.Segments
	}
	rows := [][]string{{"segment", "leads", "quick", "95 % interval", "close", "to win"}}
	for _, s := range list[:min(shown, len(list))] {
		rows = append(rows, []string{s.Name, thousands(s.Outcomes.All()), s.Quick.String(), percent(s.Low) + " to " + percent(s.High), s.Close.String(), orDash(s.ToWin)})
	}
	w.table("lrrrrr", rows)
}

func (r *Report) textProblems(w *sheet) {
	if r.Problems.Count == 0 {
		return
	}
	w.heading("Problems", thousands(r.Problems.Count)+" rows or leads do not conform")
	for _, c := range r.Problems.Counts {
		fmt.Fprintf(w, "  %s %s\n", thousands(c.Count), strings.ReplaceAll(string(c.Kind), "_", " "))
		listed := int64(0)
		for _, p := range r.Problems.List {
			if p.Kind == c.Kind && listed < shown {
				fmt.Fprintf(w, "    %s\n", p)
				listed++
			}
		}
		if listed < c.Count {
			fmt.Fprintf(w, "    and %s more\n", thousands(c.Count-listed))
		}
	}
}

// orDash writes a mean, of which there may be none.
func orDash(s Span) string {
	if !s.Reached {
		return "–"
	}
	return s.String()
}

// of writes a rate with what it was counted from.
func of(r Rate) string {
	if r.Whole == 0 {
		return r.String()
	}
	return r.String() + " of " + thousands(r.Whole)
}

// A sheet is text with tables.
type sheet struct{ strings.Builder }

func (w *sheet) heading(title, about string) {
	fmt.Fprintf(w, "\n%s: %s\n", strings.ToUpper(title), about)
}

// table writes rows in columns, aligned left or right.
func (w *sheet) table(align string, rows [][]string) {
	width := make([]int, len(align))
	for _, row := range rows {
		for i, cell := range row {
			row[i] = plain(cell)
			width[i] = max(width[i], utf8.RuneCountInString(row[i]))
		}
	}
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			line.WriteString("  ")
			pad := strings.Repeat(" ", width[i]-utf8.RuneCountInString(cell))
			if align[i] == 'r' {
				line.WriteString(pad + cell)
			} else {
				line.WriteString(cell + pad)
			}
		}
		w.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
}

// plain keeps a name of the host's on its line.
func plain(s string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f {
			return ' '
		}
		return c
	}, s)
}

func percent(v float64) string { return strconv.FormatFloat(float64(v*100), 'f', 1, 64) + " %" }

// thousands writes a number with commas.
func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
