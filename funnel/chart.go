package funnel

import (
	"fmt"
	"slices"
	"strings"

	"github.com/leadloop/leadloop/internal/document"
)

// A chart is a compiled definition without its guards, so that it needs no type parameter. It is read only.
type chart struct {
	definition Definition
	nodes      []node   // in the definition's order
	stages     index    // of nodes
	codes      index    // of the definition's reasons
	events     []Event  // in the order in which the definition first names them
	returns    []Return // likewise
}

// A node holds what leaves a stage. A stage has few edges, so that a search along them beats a table.
type node struct {
	name    Stage
	edges   []edge
	returns []returnEdge
	limits  []TimeLimit
}

// An edge is an [Edge] and its place in the definition, under which its guards are found.
type edge struct {
	Edge
	index int
}

type returnEdge struct {
	ReturnEdge
	index int
}

func newChart(d Definition) *chart {
	c := &chart{definition: d, nodes: make([]node, len(d.Stages))}
	var stages []Stage
	for i, stage := range d.Stages {
		c.nodes[i].name, c.nodes[i].limits = stage.Name, stage.Limits
		stages = append(stages, stage.Name)
	}
	c.stages = newIndex(stages)
	for i, e := range d.Edges {
		from := c.node(e.From)
		from.edges = append(from.edges, edge{e, i})
		if !slices.Contains(c.events, e.On) {
			c.events = append(c.events, e.On)
		}
	}
	for i, e := range d.Returns {
		from := c.node(e.From)
		from.returns = append(from.returns, returnEdge{e, i})
		if !slices.Contains(c.returns, e.On) {
			c.returns = append(c.returns, e.On)
		}
	}
	var codes []Reason
	for i := range d.Reasons {
		codes = append(codes, d.Reasons[i].Code)
	}
	c.codes = newIndex(codes)
	return c
}

// node finds a stage, or nil.
func (c *chart) node(stage Stage) *node {
	if i := c.stages.place(string(stage)); i >= 0 && c.nodes[i].name == stage {
		return &c.nodes[i]
	}
	return nil
}

// reason finds an entry of the catalogue, or nil.
func (c *chart) reason(code Reason) *ReasonDefinition {
	if i := c.codes.place(string(code)); i >= 0 && c.definition.Reasons[i].Code == code {
		return &c.definition.Reasons[i]
	}
	return nil
}

// on finds the edge for an event, or nil.
func (n *node) on(event Event) *edge {
	for i := range n.edges {
		if n.edges[i].On == event {
			return &n.edges[i]
		}
	}
	return nil
}

// takes finds the return edge for a disposition; known says whether the stage has that return at all.
func (n *node) takes(on Return, disposition Disposition) (found *returnEdge, known bool) {
	for i := range n.returns {
		if e := &n.returns[i]; e.On == on {
			known = true
			if slices.Contains(e.Dispositions, disposition) {
				return e, true
			}
		}
	}
	return nil, known
}

// What follows is for the text of a [Refusal].

func (c *chart) permittedHere(stage Stage) string {
	var names []string
	for _, e := range c.node(stage).edges {
		names = append(names, fmt.Sprintf("%q", e.On))
	}
	for _, e := range c.node(stage).returns {
		name := fmt.Sprintf("%q (with a reason)", e.On)
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return "nothing leads on from here"
	}
	return "possible are " + strings.Join(names, ", ")
}

func (c *chart) allowedReasons(stage Stage, on Return) string {
	var codes []string
	for _, reason := range c.definition.Reasons {
		if e, _ := c.node(stage).takes(on, reason.Disposition); e != nil && (reason.BeforeContact || !e.BeforeContact) {
			codes = append(codes, string(reason.Code))
		}
	}
	if len(codes) == 0 {
		return "none"
	}
	return strings.Join(codes, ", ")
}

func (c *chart) suggestReason(code Reason) string {
	var codes []string
	for _, reason := range c.definition.Reasons {
		codes = append(codes, string(reason.Code))
	}
	return document.DidYouMean(string(code), codes)
}

func (c *chart) fieldType(code Reason, name string) FieldType {
	if reason := c.reason(code); reason != nil {
		for _, field := range reason.Fields {
			if field.Name == name {
				return field.Type
			}
		}
	}
	return FieldText // the note
}

func (c *chart) fieldNames(code Reason) string {
	var names []string
	for _, field := range c.reason(code).Fields {
		names = append(names, field.Name)
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// wayBack says how a lead with this reason may come back.
func (c *chart) wayBack(stage Stage, code Reason) string {
	reason := c.reason(code)
	if reason.ReEntry.When == WhenNever {
		return "with which it never comes back"
	}
	var manual []string
	for _, e := range c.node(stage).edges {
		if e.Release == ReleaseManual {
			manual = append(manual, fmt.Sprintf("%q", e.On))
		}
	}
	if len(manual) == 0 {
		return "with which only a person's decision brings it back, and this stage has no event for that"
	}
	return "with which only a person's decision brings it back: use " + strings.Join(manual, " or ")
}

func (c *chart) stageNames() string {
	var names []string
	for _, stage := range c.definition.Stages {
		names = append(names, string(stage.Name))
	}
	return strings.Join(names, ", ")
}
