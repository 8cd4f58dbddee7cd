package learn

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/leadloop/leadloop/internal/num"
	"github.com/leadloop/leadloop/scoring"
)

// with gives a copy of the model; with other points, if any, and then the next version number. A rule's own limits
// scale with its points; those of a table on the lead give way where a row needs it.
func (c *card) with(p slotPoints) scoring.Model {
	var m scoring.Model
	data, _ := json.Marshal(c.model)     // it was written before
	if json.Unmarshal(data, &m) != nil { // and read
		return c.model
	}
	if p == nil {
		return m
	}
	m.Version++
	m.Calibration = nil
	at := 0
	for i := range m.Dimensions {
		d := &m.Dimensions[i]
		for j := range d.Rules {
			at = c.set(&d.Rules[j], p, at)
		}
		for g := range d.Groups {
			for j := range d.Groups[g].Rules {
				at = c.set(&d.Groups[g].Rules[j], p, at)
			}
		}
	}
	return m
}

// set gives the rule at an index its points, and gives the next index.
func (c *card) set(r *scoring.Rule, p slotPoints, at int) int {
	of := &c.rules[at]
	first := &c.slots[of.first]
	switch {
	case of.rows != nil:
		c.setTable(r, p, of)
	case first.computed && p[of.first] != scoring.Point:
		scaleComputed(r, p[of.first])
	case first.computed, p[of.first] == first.points:
	case first.exact:
		r.Points = p[of.first]
		widen(r, r.Points)
	default:
		rescale(r, p[of.first])
	}
	return at + 1
}

// setTable gives rows what they gave within the rule's limits, or their new points.
func (c *card) setTable(r *scoring.Rule, p slotPoints, of *cardRule) {
	changed := false
	for slot := of.first; slot < of.first+of.count; slot++ {
		changed = changed || p[slot] != c.slots[slot].points
	}
	if !changed {
		return
	}
	for _, row := range tableRows(r.Table) {
		*row.points = p[of.rows[row.name]]
		widen(r, *row.points)
	}
}

// widen makes room for points within the rule's limits.
func widen(r *scoring.Rule, points scoring.Points) {
	if r.Maximum != nil && points > *r.Maximum {
		r.Maximum = new(points)
	}
	if r.Minimum != nil && points < *r.Minimum {
		r.Minimum = new(points)
	}
}

// rescale gives a rule on activities, or on silence, other points. What its limits allow is as many times the points as before. How
// often an observed rule of 0 points would have counted, hits do not tell: from now on it counts at most once.
func rescale(r *scoring.Rule, now scoring.Points) {
	before := r.Points
	r.Points = now
	if r.Idle != nil && now > 0 {
		r.Idle.Floor = nil // it is for points that are taken
	}
	switch {
	case now == 0:
		return
	case before == 0 && now > 0:
		r.Maximum = new(now)
		return
	case before == 0:
		r.Minimum = new(now)
		return
	}
	r.Minimum, r.Maximum = scaledPoints(r.Minimum, now, before), scaledPoints(r.Maximum, now, before)
	if now > 0 != (before > 0) {
		r.Minimum, r.Maximum = r.Maximum, r.Minimum
	}
}

// scaleComputed multiplies what a rule computes.
func scaleComputed(r *scoring.Rule, scale scoring.Points) {
	r.Minimum, r.Maximum = scaledPoints(r.Minimum, scale, scoring.Point), scaledPoints(r.Maximum, scale, scoring.Point)
	if r.Table != nil {
		for _, row := range tableRows(r.Table) {
			*row.points = *scaledPoints(row.points, scale, scoring.Point)
		}
		return
	}
	end := ""
	if strings.Contains(r.PointsExpression, "//") {
		end = "\n" // of a comment
	}
	r.PointsExpression = fmt.Sprintf("(%s%s) * %s", r.PointsExpression, end, scale)
}

// scaledPoints is a number of points times a ratio, within what a model may name.
func scaledPoints(p *scoring.Points, to, from scoring.Points) *scoring.Points {
	if p == nil {
		return nil
	}
	if from < 0 {
		to, from = -to, -from
	}
	v, ok := num.MulDiv(int64(*p), int64(to), int64(from))
	if !ok {
		v = int64(scoring.MaxPoints)
		if *p > 0 != (to > 0) {
			v = -v
		}
	}
	return new(min(max(scoring.Points(v), -scoring.MaxPoints), scoring.MaxPoints))
}
