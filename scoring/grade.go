package scoring

import (
	"fmt"
	"slices"
	"strings"

	"github.com/leadloop/leadloop/internal/document"
)

// maxCells is how many combinations of bands a grade may have.
const maxCells = 10_000

// grade is a compiled [Grade].
type grade struct {
	dimensions []int    // their indexes in the model
	sizes      []int    // how many bands each has
	labels     []string // one for each combination, the last dimension's band changing fastest
}

// bands checks that the bands go down and cover every number of points.
func (c *checker[L, A]) bands(path string, d Dimension) []Band {
	names := map[string]bool{}
	bands := slices.Clone(d.Bands)
	for i, b := range d.Bands {
		at := fmt.Sprintf("%s.bands[%d]", path, i)
		c.unique(at+".name", "band", b.Name, names)
		c.points(at+".from", b.From)
		bands[i].From = clone(b.From)
		last := i == len(d.Bands)-1
		switch {
		case b.From == nil && !last:
			c.refuse(at+".from", "only the last band may leave from out")
		case b.From != nil && i > 0 && d.Bands[i-1].From != nil && *b.From >= *d.Bands[i-1].From:
			c.refuse(at+".from", "bands go from the highest to the lowest: %s is not below %s", *b.From, *d.Bands[i-1].From)
		case b.From != nil && last && (d.Minimum == nil || *d.Minimum < *b.From):
			c.refuse(at+".from", "points below %s have no band: leave the last band's from out, or set the dimension's minimum", *b.From)
		}
	}
	return bands
}

// band gives the index of the band that the points fall into.
func band(bands []Band, points Points) int {
	for i, b := range bands {
		if b.From == nil || points >= *b.From {
			return i
		}
	}
	return len(bands) - 1 // reached only where the points were too many to be summed, and 0 is below the minimum
}

func (c *checker[L, A]) grade(m Model) {
	g := &grade{}
	size := 1
	if len(m.Grade.Dimensions) == 0 {
		c.refuse("grade.dimensions", "the grade needs at least one dimension with bands")
		return
	}
	seen := map[string]bool{}
	for i, name := range m.Grade.Dimensions {
		path := fmt.Sprintf("grade.dimensions[%d]", i)
		at := dimensionOf(m, name)
		switch {
		case at < 0:
			c.refuse(path, "there is no dimension %q%s", name, nearDimension(m, name))
			return
		case seen[name]:
			c.refuse(path, "the dimension %q stands here twice", name)
			return
		case len(m.Dimensions[at].Bands) == 0:
			c.refuse(path, "the dimension %q has no bands: give it some", name)
			return
		}
		seen[name] = true
		g.dimensions = append(g.dimensions, at)
		g.sizes = append(g.sizes, len(m.Dimensions[at].Bands))
		if size *= min(len(m.Dimensions[at].Bands), maxCells+1); size > maxCells {
			c.refuse("grade.dimensions", "the grade has more than %d combinations of bands", maxCells)
			return
		}
	}
	g.labels = make([]string, size)
	if len(m.Grade.Cells) > 0 {
		c.cells(m, g)
	} else {
		first := map[string]int{}
		for cell := range g.labels {
			label := strings.Join(g.combination(m, cell), "")
			g.labels[cell] = label
			if other, ok := first[label]; ok {
				c.refuse("grade", "the combinations %s and %s are both labelled %q: rename a band or write cells",
					strings.Join(g.combination(m, other), ", "), strings.Join(g.combination(m, cell), ", "), label)
				break
			}
			first[label] = cell
		}
	}
	c.scorer.grade = g
}

func nearBand(bands []Band, name string) string {
	var names []string
	for _, b := range bands {
		names = append(names, b.Name)
	}
	return document.DidYouMean(name, names)
}

// combination names the bands of a cell.
func (g *grade) combination(m Model, cell int) []string {
	names := make([]string, len(g.dimensions))
	for i := len(names) - 1; i >= 0; i-- {
		names[i] = m.Dimensions[g.dimensions[i]].Bands[cell%g.sizes[i]].Name
		cell /= g.sizes[i]
	}
	return names
}

func (c *checker[L, A]) cells(m Model, g *grade) {
	first := make([]int, len(g.labels)) // the cell, counted from 1, that labels the combination
	for i, cell := range m.Grade.Cells {
		path := fmt.Sprintf("grade.cells[%d]", i)
		if cell.Label == "" {
			c.refuse(path+".label", "the cell needs a label")
		}
		if len(cell.Bands) != len(g.dimensions) {
			c.refuse(path+".bands", "the cell names %d bands, the grade has %d dimensions", len(cell.Bands), len(g.dimensions))
			continue
		}
		index := 0
		for j, name := range cell.Bands {
			bands := m.Dimensions[g.dimensions[j]].Bands
			at := slices.IndexFunc(bands, func(b Band) bool { return b.Name == name })
			if at < 0 {
				c.refuse(fmt.Sprintf("%s.bands[%d]", path, j), "the dimension %q has no band %q%s", m.Dimensions[g.dimensions[j]].Name, name, nearBand(bands, name))
				index = -1
				break
			}
			index = index*g.sizes[j] + at
		}
		switch {
		case index < 0:
		case first[index] > 0:
			c.refuse(path+".bands", "the combination %s is labelled by cells[%d] already", strings.Join(cell.Bands, ", "), first[index]-1)
		default:
			first[index], g.labels[index] = i+1, cell.Label
		}
	}
	for cell, by := range first {
		if by == 0 {
			c.refuse("grade.cells", "the combination %s has no label", strings.Join(g.combination(m, cell), ", "))
		}
	}
}
