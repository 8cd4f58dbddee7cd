package funnel

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Mermaid draws the policy as a stateDiagram-v2 of the Mermaid language: the same policy, the same bytes. State diagrams
// know no dashed lines, so a return is marked by "↩", a release by "↻", and stages are coloured by kind, detours with a
// dashed border. Where a return leads to several stages, the dispositions that lead to each are named. Names are escaped
// and can't break out of their place.
func (p *Policy[L]) Mermaid() string {
	d := &p.chart.definition
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n    direction LR\n")
	id := map[Stage]int{}
	for i, stage := range d.Stages {
		id[stage.Name] = i
		fmt.Fprintf(&b, "    state \"%s\" as s%d\n", escape(string(stage.Name)), i)
	}
	fmt.Fprintf(&b, "    [*] --> s%d\n", id[d.Initial])
	for _, e := range d.Edges {
		label := escape(string(e.On))
		if e.Release != "" {
			label = "↻ " + label
		}
		fmt.Fprintf(&b, "    s%d --> s%d : %s%s\n", id[e.From], id[e.To], label, conditions(e.Guards, e.When))
	}
	for _, e := range d.Returns {
		label := "↩ " + escape(string(e.On))
		forks := slices.ContainsFunc(d.Returns, func(o ReturnEdge) bool { return o.From == e.From && o.On == e.On && o.To != e.To })
		if forks {
			label += " (" + join(e.Dispositions) + ")"
		}
		fmt.Fprintf(&b, "    s%d --> s%d : %s%s\n", id[e.From], id[e.To], label, conditions(e.Guards, e.When))
	}
	for _, stage := range d.Stages {
		if n := p.chart.node(stage.Name); len(n.edges)+len(n.returns) == 0 {
			fmt.Fprintf(&b, "    s%d --> [*]\n", id[stage.Name])
		}
	}
	for _, style := range styles {
		var states []string
		for i, stage := range d.Stages {
			if stage.Kind == style.kind {
				states = append(states, fmt.Sprintf("s%d", i))
			}
		}
		if len(states) > 0 {
			fmt.Fprintf(&b, "    classDef %s %s\n    class %s %s\n", style.kind, style.css, strings.Join(states, ","), style.kind)
		}
	}
	return b.String()
}

var styles = []struct {
	kind Kind
	css  string
}{
	{KindInventory, "fill:#eef4fb,stroke:#4a78a8,color:#123"},
	{KindGate, "fill:#fff6e0,stroke:#c08a1e,color:#321"},
	{KindSLA, "fill:#fdeee4,stroke:#c4602a,color:#321"},
	{KindWon, "fill:#e4f6e8,stroke:#2e8b47,color:#132"},
	{KindLost, "fill:#f9e6e6,stroke:#a83c3c,color:#311"},
	{KindDetour, "fill:#f2f2f2,stroke:#777,stroke-dasharray:5 5,color:#222"},
}

// conditions writes what an edge asks, in brackets.
func conditions(guards []string, when string) string {
	asks := slices.Clone(guards)
	if when != "" {
		asks = append(asks, when)
	}
	if len(asks) == 0 {
		return ""
	}
	return " [" + escape(strings.Join(asks, " and ")) + "]"
}

func join(dispositions []Disposition) string {
	names := make([]string, len(dispositions))
	for i, disposition := range dispositions {
		names[i] = string(disposition)
	}
	return strings.Join(names, ", ")
}

// escape writes all but letters, digits and a few harmless signs as Mermaid's entity codes: "#59;" is a semicolon.
func escape(s string) string {
	var b strings.Builder
	for _, c := range s {
		switch {
		case unicode.IsLetter(c), unicode.IsDigit(c), c == '_', c == ' ', c == '.', c == ',':
			b.WriteRune(c)
		default:
			fmt.Fprintf(&b, "#%d;", c)
		}
	}
	return b.String()
}
