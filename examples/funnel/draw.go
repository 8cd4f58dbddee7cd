package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/funnel/flow"
)

// compile checks a definition and makes it drawable. Its guards are in some host's program, and its conditions look at that
// host's view of a lead: here both are names that nobody asks.
func compile(d funnel.Definition) (*funnel.Policy[struct{}], error) {
	var names []string
	asked := func(guards []string, when string) []string {
		if when != "" {
			guards = append(slices.Clone(guards), when)
		}
		for _, name := range guards {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
		return guards
	}
	d.Edges, d.Returns = slices.Clone(d.Edges), slices.Clone(d.Returns)
	for i, e := range d.Edges {
		d.Edges[i].Guards, d.Edges[i].When = asked(e.Guards, e.When), ""
	}
	for i, e := range d.Returns {
		d.Returns[i].Guards, d.Returns[i].When = asked(e.Guards, e.When), ""
	}
	var guards []funnel.Guard[struct{}]
	for _, name := range names {
		guards = append(guards, funnel.Guard[struct{}]{Name: name, Check: func(*struct{}, time.Time) error { return errors.New("not asked") }})
	}
	return funnel.Compile(d, guards...)
}

// draw writes the definition as Mermaid does. With a report, the edges between two stages become one, which says how many
// steps were seen from the one to the other, and steps that no edge explains are drawn, too.
func draw(d funnel.Definition, report *flow.Report) (string, error) {
	policy, err := compile(d)
	if err != nil {
		return "", err
	}
	drawing := policy.Mermaid()
	if report == nil {
		return drawing, nil
	}
	id := map[funnel.Stage]int{"": -1}
	for i, s := range d.Stages {
		id[s.Name] = i
	}
	type pair struct{ from, to int }
	seen := map[pair]int64{}
	var unknown []string
	known := map[pair]bool{{-1, id[d.Initial]}: true}
	for _, e := range d.Edges {
		known[pair{id[e.From], id[e.To]}] = true
	}
	for _, e := range d.Returns {
		known[pair{id[e.From], id[e.To]}] = true
	}
	for _, f := range report.Follows {
		p := pair{id[f.From], id[f.To]}
		seen[p] += f.Count
		if !known[p] {
			unknown = append(unknown, fmt.Sprintf("    %s --> s%d : ✗ %d", state(p.from), p.to, f.Count))
		}
	}
	var lines []string
	edge := map[pair]int{} // index of its line
	for _, line := range strings.Split(strings.TrimSuffix(drawing, "\n"), "\n") {
		var p pair
		if n, _ := fmt.Sscanf(line, "    s%d --> s%d :", &p.from, &p.to); n == 2 {
			_, label, _ := strings.Cut(line, " : ")
			if i, twice := edge[p]; twice {
				lines[i] += ", " + label
				continue
			}
			edge[p] = len(lines)
		} else if n, _ := fmt.Sscanf(line, "    [*] --> s%d", &p.to); n == 1 {
			p.from = -1
			edge[p] = len(lines)
			line += " :"
		}
		lines = append(lines, line)
	}
	for p, i := range edge {
		lines[i] += fmt.Sprintf(" ● %d", seen[p])
	}
	style := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, "    classDef ") })
	if style < 0 {
		style = len(lines)
	}
	return strings.Join(slices.Insert(lines, style, unknown...), "\n") + "\n", nil
}

// state is what Mermaid calls a stage; -1 is where journeys begin.
func state(i int) string {
	if i < 0 {
		return "[*]"
	}
	return fmt.Sprintf("s%d", i)
}
