package main

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/leadloop/leadloop/attribution"
)

const (
	pageWidth  = 98 // that a table tries to keep
	longest    = 28 // characters of a channel's name
	leastBar   = 10
	longestBar = 30
)

// table is the report for people.
func (r *report) table() string {
	if r.compare {
		return r.comparison()
	}
	of := r.results[0]
	var t grid
	t.heading("channel", "conversions", "share", "")
	if r.total.Value > 0 {
		t.heading("value", "share")
	}
	if r.hasEffects() {
		t.heading("effect")
		if r.total.Value > 0 {
			t.heading("on value")
		}
	}
	if r.costs != nil {
		t.heading("cost", "ROAS")
	}
	most := 0.0
	for _, c := range of.credits {
		most = max(most, c.ConversionShare)
	}
	line := func(name string, share float64, bar bool, c attribution.ChannelCredit, valueShare float64, effects []float64, cost int64) {
		length := -1.0
		if bar && most > 0 {
			length = share / most
		}
		t.row(name, length)
		t.cell(thousands(strconv.FormatInt(c.Conversions, 10)))
		t.cell(percent(share))
		t.cell("")
		if r.total.Value > 0 {
			t.cell(r.money(c.Value))
			t.cell(percent(valueShare))
		}
		if r.hasEffects() {
			for i := range 2 {
				switch {
				case i == 1 && r.total.Value == 0:
				case effects == nil:
					t.cell("")
				default:
					t.cell(percent(effects[i]))
				}
			}
		}
		if r.costs != nil {
			t.cell(r.money(cost))
			if roas, defined := (attribution.Ratio{Numerator: c.Value, Denominator: cost}).Float64(); defined {
				t.cell(fmt.Sprintf("%.2f", roas))
			} else {
				t.cell("")
			}
		}
	}
	for _, c := range of.credits {
		line(c.Channel, c.ConversionShare, true, c.ChannelCredit, c.ValueShare, []float64{c.effect, c.valueEffect}, r.costs[c.Channel])
	}
	whole := func(n int64) float64 {
		if n == 0 {
			return 0
		}
		return 1
	}
	line("total", whole(r.total.Conversions), false, attribution.ChannelCredit{Conversions: r.total.Conversions, Value: r.total.Value}, whole(r.total.Value), nil, r.cost)
	return of.model.title() + "\n\n" + t.String() + "\n" + r.notes()
}

// comparison puts models side by side.
func (r *report) comparison() string {
	share, what := func(c credit) float64 { return c.ValueShare }, "share of value"
	if r.total.Value == 0 {
		share, what = func(c credit) float64 { return c.ConversionShare }, "share of conversions"
	}
	var t grid
	t.heading("channel")
	most := 0.0
	for i, of := range r.results {
		t.heading(of.model.title())
		if i == 0 {
			t.heading("")
			for _, c := range of.credits {
				most = max(most, share(c))
			}
		}
	}
	for i, first := range r.results[0].credits {
		length := -1.0
		if most > 0 {
			length = share(first) / most
		}
		t.row(first.Channel, length)
		for k, of := range r.results {
			t.cell(percent(share(of.credits[i])))
			if k == 0 {
				t.cell("")
			}
		}
	}
	text := fmt.Sprintf("%s; the bars are those of %s\n\n%s\n", what, r.results[0].model.title(), t.String())
	text += fmt.Sprintf("all models share out %s worth %s\n", many(r.total.Conversions, "conversion"), r.money(r.total.Value))
	return text + r.notes()
}

// notes are the lines below a table.
func (r *report) notes() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s did not convert\n", many(r.total.Nulls, "journey"))
	if n := r.unattributed.Conversions; n > 0 {
		fmt.Fprintf(&text, "%s without a touch before, worth %s, not in the table\n", many(n, "conversion"), r.money(r.unattributed.Value))
	}
	for _, of := range r.results {
		switch {
		case of.model.kind == markovChain && r.compare:
			fmt.Fprintf(&text, "markov: removal effects are exact within %.1e\n", of.bound)
		case of.model.kind == markovChain:
			fmt.Fprintf(&text, "effect: the share of conversions that would be lost without the channel, exact within %.1e\n", of.bound)
		case of.model.name == "participation":
			fmt.Fprint(&text, "by participation each channel has all that it took part in: rows do not sum to the total\n")
		}
	}
	if r.skipped > 0 {
		fmt.Fprintf(&text, "%s skipped\n", many(int64(r.skipped), "row"))
	}
	return text.String()
}

// money writes minor units for people.
func (r *report) money(minor int64) string { return thousands(decimal(minor, r.digits)) }

// many is a number of things for people.
func many(n int64, what string) string {
	if n != 1 {
		what += "s"
	}
	return thousands(strconv.FormatInt(n, 10)) + " " + what
}

// thousands puts commas between thousands.
func thousands(number string) string {
	whole, part, pointed := strings.Cut(number, ".")
	for i := len(whole) - 3; i > 0 && whole[i-1] != '-'; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if pointed {
		whole += "." + part
	}
	return whole
}

func percent(share float64) string { return fmt.Sprintf("%.1f %%", 100*share) }

// grid is a table of aligned columns, the first to the left and all others to the right, one of them of bars.
type grid struct {
	headings []string
	names    []string
	lengths  []float64 // of bars, as parts of the longest; below 0 for none
	cells    [][]string
}

func (g *grid) heading(names ...string) { g.headings = append(g.headings, names...) }

func (g *grid) row(name string, length float64) {
	name = shown(name)
	if runes := []rune(name); len(runes) > longest {
		name = string(runes[:longest-11]) + "…" + string(runes[len(runes)-10:]) // what tells names apart is often at the end
	}
	g.names, g.lengths, g.cells = append(g.names, name), append(g.lengths, length), append(g.cells, nil)
}

func (g *grid) cell(text string) {
	last := &g.cells[len(g.cells)-1]
	*last = append(*last, text)
}

// String writes the table. The column without a heading is that of bars, which takes what width is left.
func (g *grid) String() string {
	widths := make([]int, len(g.headings))
	bars := 0
	for i, heading := range g.headings {
		widths[i] = utf8.RuneCountInString(heading)
		if heading == "" {
			bars = i
		}
	}
	for k, name := range g.names {
		widths[0] = max(widths[0], utf8.RuneCountInString(name))
		for i, cell := range g.cells[k] {
			widths[i+1] = max(widths[i+1], utf8.RuneCountInString(cell))
		}
	}
	left := pageWidth
	for _, w := range widths {
		left -= w + 2
	}
	widths[bars] = min(longestBar, max(leastBar, left+2))
	var text strings.Builder
	line := func(name string, cells []string, length float64) {
		var b strings.Builder
		b.WriteString(name + strings.Repeat(" ", widths[0]-utf8.RuneCountInString(name)))
		for i, cell := range cells {
			width := widths[i+1]
			b.WriteString("  ")
			if i+1 == bars {
				cell = bar(length, width)
				b.WriteString(cell + strings.Repeat(" ", width-utf8.RuneCountInString(cell)))
			} else {
				b.WriteString(strings.Repeat(" ", width-utf8.RuneCountInString(cell)) + cell)
			}
		}
		text.WriteString(strings.TrimRight(b.String(), " ") + "\n")
	}
	line(g.headings[0], g.headings[1:], -1)
	for k, name := range g.names {
		line(name, g.cells[k], g.lengths[k])
	}
	return text.String()
}

// bar is a bar of blocks, the longest as wide as width; whatever is not nothing shows at least a sliver.
func bar(length float64, width int) string {
	if length <= 0 {
		return ""
	}
	eighths := min(8*width, max(1, int(float64(length*float64(8*width))+0.5)))
	b := strings.Repeat("█", eighths/8)
	if rest := eighths % 8; rest > 0 {
		b += string([]rune("▏▎▍▌▋▊▉")[rest-1])
	}
	return b
}
