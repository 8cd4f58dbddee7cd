package web

import (
	"fmt"
	"html/template"
	"slices"
	"strings"

	"github.com/leadloop/leadloop/examples/crm/app"
	"github.com/leadloop/leadloop/funnel"
)

// The measures of the diagram, in units of its own. It is narrow enough to be read on a phone.
const (
	leftRoom  = 54 // for the ways back in
	boxWidth  = 104
	boxHeight = 44
	rowStep   = 88
	laneStep  = 84
	asideWide = 80
	lineStep  = 13 // of small text
)

// A drawing is the diagram of a funnel: the success path goes down, each stage off the path has a lane to its right, and where a return
// leads from a stage to a lane, there is a dot with its name. From the lanes' ends the ways back in go around the left. It has
// classes and no colours, which are in the style sheet.
type drawing struct {
	strings.Builder
	path, aside []funnel.Stage
	names       map[[2]funnel.Stage][]string // of the edges and returns between two stages
}

// diagram draws a funnel as SVG. Steps that skip stages of the success path are left to the table beside it.
func diagram(definition funnel.Definition) template.HTML {
	d := &drawing{names: map[[2]funnel.Stage][]string{}}
	stages := slices.Clone(definition.Stages)
	slices.SortStableFunc(stages, func(a, b funnel.StageDefinition) int { return a.Order - b.Order })
	for _, s := range stages {
		if s.Order > 0 {
			d.path = append(d.path, s.Name)
		}
	}
	for _, s := range definition.Stages {
		if s.Order == 0 {
			d.aside = append(d.aside, s.Name)
		}
	}
	for _, e := range definition.Edges {
		d.add(e.From, e.To, string(e.On))
	}
	for _, r := range definition.Returns {
		d.add(r.From, r.To, string(r.On))
	}
	return d.draw()
}

func (d *drawing) add(from, to funnel.Stage, name string) {
	key := [2]funnel.Stage{from, to}
	name = strings.ReplaceAll(name, "_", " ")
	if !slices.Contains(d.names[key], name) {
		d.names[key] = append(d.names[key], name)
	}
}

func (d *drawing) draw() template.HTML {
	end := d.rowTop(len(d.path)) + 10 // where the boxes of the lanes begin
	most := 0
	for _, s := range d.aside {
		most = max(most, len(d.back(s)))
	}
	width := leftRoom + boxWidth + 16 + len(d.aside)*laneStep
	height := end + boxHeight + most*lineStep + 30
	fmt.Fprintf(d, `<svg class="diagram" viewBox="0 0 %d %d" role="img" aria-labelledby="diagram-title diagram-text">`, width, height)
	fmt.Fprintf(d, `<title id="diagram-title">The funnel</title><desc id="diagram-text">%s</desc>`, template.HTMLEscapeString(d.text()))
	d.WriteString(`<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="tip" d="M0 0L8 4L0 8z"/></marker></defs>`)
	for i := range d.aside {
		d.lane(i, end)
	}
	for i, stage := range d.path {
		d.row(i, stage)
	}
	d.waysIn(end, height)
	for i, stage := range d.aside {
		d.box("aside", d.laneAt(i)-asideWide/2, end, asideWide, app.StageLabel(stage))
	}
	for i, stage := range d.path {
		class := "path"
		if i == len(d.path)-1 {
			class = "path won"
		}
		d.box(class, leftRoom, d.rowTop(i), boxWidth, app.StageLabel(stage))
	}
	d.WriteString(`</svg>`)
	return template.HTML(d.String()) // every text in it was escaped
}

func (d *drawing) rowTop(i int) int { return 4 + i*rowStep }
func (d *drawing) laneAt(i int) int { return leftRoom + boxWidth + 16 + laneStep/2 + i*laneStep }

// box draws a stage, its name in at most two lines.
func (d *drawing) box(class string, x, y, width int, label string) {
	fmt.Fprintf(d, `<rect class="%s" x="%d" y="%d" width="%d" height="%d" rx="8"/>`, class, x, y, width, boxHeight)
	lines := []string{label}
	if len(label) > width/8+3 {
		if cut := strings.IndexAny(label, " -"); cut > 0 {
			lines = []string{strings.TrimSpace(label[:cut+1]), strings.TrimSpace(label[cut+1:])}
		}
	}
	for i, line := range lines {
		d.write("name "+class, "middle", x+width/2, y+boxHeight/2+5-8*(len(lines)-1)+16*i, line)
	}
}

func (d *drawing) write(class, anchor string, x, y int, text string) {
	fmt.Fprintf(d, `<text class="%s" text-anchor="%s" x="%d" y="%d">%s</text>`, class, anchor, x, y, template.HTMLEscapeString(text))
}

// row draws what leads on from a stage of the path: down to the next, to the right into the lanes, and back to itself.
func (d *drawing) row(i int, stage funnel.Stage) {
	top := d.rowTop(i)
	middle := top + boxHeight/2
	if i+1 < len(d.path) {
		if names := d.names[[2]funnel.Stage{stage, d.path[i+1]}]; len(names) > 0 {
			x := leftRoom + boxWidth/2
			fmt.Fprintf(d, `<path class="on" marker-end="url(#tip)" d="M%d %dV%d"/>`, x, top+boxHeight, top+rowStep-1)
			d.write("step", "start", x+8, top+boxHeight+(rowStep-boxHeight)/2+4, strings.Join(names, ", "))
		}
	}
	last := -1
	for k, aside := range d.aside {
		if len(d.names[[2]funnel.Stage{stage, aside}]) > 0 {
			last = k
		}
	}
	if last >= 0 {
		fmt.Fprintf(d, `<path class="off" d="M%d %dH%d"/>`, leftRoom+boxWidth, middle, d.laneAt(last))
	}
	for k, aside := range d.aside {
		for n, name := range d.names[[2]funnel.Stage{stage, aside}] {
			fmt.Fprintf(d, `<circle class="dot" cx="%d" cy="%d" r="4"/>`, d.laneAt(k), middle)
			d.write("return", "end", d.laneAt(k)-6, middle-6+n*(lineStep+6), name)
		}
	}
	if names := d.names[[2]funnel.Stage{stage, stage}]; len(names) > 0 {
		y := top + boxHeight - 10
		fmt.Fprintf(d, `<path class="off" marker-end="url(#tip)" d="M%d %dh-14v18h30v-7"/>`, leftRoom, y)
		d.write("return", "middle", leftRoom-6, y+18+lineStep, strings.Join(names, ", "))
	}
}

// lane draws the way down to a stage off the path, from where the first return leads to it.
func (d *drawing) lane(i, end int) {
	for k, stage := range d.path {
		if len(d.names[[2]funnel.Stage{stage, d.aside[i]}]) > 0 {
			fmt.Fprintf(d, `<path class="off" marker-end="url(#tip)" d="M%d %dV%d"/>`, d.laneAt(i), d.rowTop(k)+boxHeight/2, end-1)
			return
		}
	}
}

// back are the steps from a stage off the path to one on it.
func (d *drawing) back(aside funnel.Stage) (names []string) {
	for _, stage := range d.path {
		names = append(names, d.names[[2]funnel.Stage{aside, stage}]...)
	}
	return names
}

// waysIn draws the ways back from the lanes' ends around the left.
func (d *drawing) waysIn(end, height int) {
	targets := 0
	for k, stage := range d.path {
		var from []int
		for i, aside := range d.aside {
			if len(d.names[[2]funnel.Stage{aside, stage}]) > 0 {
				from = append(from, i)
			}
		}
		if len(from) == 0 {
			continue
		}
		x, y := 8+10*targets, height-8-8*targets
		targets++
		for _, i := range from {
			start := d.laneAt(i) - asideWide/2 + 10
			fmt.Fprintf(d, `<path class="in" d="M%d %dV%d"/>`, start, end+boxHeight, y)
		}
		rightmost := d.laneAt(from[len(from)-1]) - asideWide/2 + 10
		fmt.Fprintf(d, `<path class="in" marker-end="url(#tip)" d="M%d %dH%dV%dH%d"/>`, rightmost, y, x, d.rowTop(k)+12, leftRoom-1)
	}
	for i, aside := range d.aside {
		for n, name := range d.back(aside) {
			d.write("step", "start", d.laneAt(i)-asideWide/2+16, end+boxHeight+14+n*lineStep, name)
		}
	}
}

// text tells the picture.
func (d *drawing) text() string {
	var parts []string
	for _, from := range append(slices.Clone(d.path), d.aside...) {
		for _, to := range append(slices.Clone(d.path), d.aside...) {
			for _, name := range d.names[[2]funnel.Stage{from, to}] {
				parts = append(parts, fmt.Sprintf("%s leads from %s to %s", name, lower(app.StageLabel(from)), lower(app.StageLabel(to))))
			}
		}
	}
	return strings.Join(parts, "; ") + "."
}
