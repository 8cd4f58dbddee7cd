package funnel

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// DOT draws the policy in the DOT language of Graphviz: the same policy, the same bytes. Stages are coloured by kind as in
// [Policy.Mermaid], won and lost ones have a double border, detours a dashed one. Returns are dashed arrows, and name their
// dispositions where the same return leads to several stages; an edge with a release is drawn bold and marked by "↻". Guards
// and conditions stand in brackets. Names are escaped and can't break out of their place.
func (p *Policy[L]) DOT() string {
	d := &p.chart.definition
	var b strings.Builder
	fmt.Fprintf(&b, "digraph \"%s\" {\n", dotText(d.Name))
	b.WriteString("    rankdir=LR\n")
	b.WriteString("    node [shape=box, style=\"rounded,filled\", fontname=\"sans-serif\"]\n")
	b.WriteString("    edge [fontname=\"sans-serif\", fontsize=10]\n")
	b.WriteString("    start [shape=point, label=\"\"]\n")
	id := map[Stage]int{}
	for i, stage := range d.Stages {
		id[stage.Name] = i
		fmt.Fprintf(&b, "    s%d [label=\"%s\"%s]\n", i, dotText(string(stage.Name)), dotStyles[stage.Kind])
	}
	fmt.Fprintf(&b, "    start -> s%d\n", id[d.Initial])
	for _, e := range d.Edges {
		label, style := string(e.On), ""
		if e.Release != "" {
			label, style = "↻ "+label, ", style=bold"
		}
		fmt.Fprintf(&b, "    s%d -> s%d [label=\"%s\"%s]\n", id[e.From], id[e.To], dotText(label+dotAsks(e.Guards, e.When)), style)
	}
	for _, e := range d.Returns {
		label := string(e.On)
		if slices.ContainsFunc(d.Returns, func(o ReturnEdge) bool { return o.From == e.From && o.On == e.On && o.To != e.To }) {
			label += " (" + join(e.Dispositions) + ")"
		}
		fmt.Fprintf(&b, "    s%d -> s%d [label=\"%s\", style=dashed]\n", id[e.From], id[e.To], dotText(label+dotAsks(e.Guards, e.When)))
	}
	b.WriteString("}\n")
	return b.String()
}

var dotStyles = map[Kind]string{
	KindInventory: `, fillcolor="#eef4fb", color="#4a78a8"`,
	KindGate:      `, fillcolor="#fff6e0", color="#c08a1e"`,
	KindSLA:       `, fillcolor="#fdeee4", color="#c4602a"`,
	KindWon:       `, fillcolor="#e4f6e8", color="#2e8b47", peripheries=2`,
	KindLost:      `, fillcolor="#f9e6e6", color="#a83c3c", peripheries=2`,
	KindDetour:    `, fillcolor="#f2f2f2", color="#777777", style="rounded,filled,dashed"`,
}

// dotAsks writes what an edge asks, in brackets.
func dotAsks(guards []string, when string) string {
	asks := slices.Clone(guards)
	if when != "" {
		asks = append(asks, when)
	}
	if len(asks) == 0 {
		return ""
	}
	return " [" + strings.Join(asks, " and ") + "]"
}

// dotText escapes a text between double quotes. Graphviz reads backslashes as escapes ("\N" is the node's name) and
// ampersands as the beginning of an entity, also inside quotes; what can't be seen becomes a replacement character.
func dotText(s string) string {
	var b strings.Builder
	for _, c := range s {
		switch {
		case c == '"', c == '\\':
			b.WriteRune('\\')
			b.WriteRune(c)
		case c == '&':
			b.WriteString("&amp;")
		case c == '\n', c == '\t', c == '\r':
			b.WriteRune(' ')
		case !unicode.IsPrint(c):
			b.WriteRune(unicode.ReplacementChar)
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}
