package web

import (
	"bytes"
	"image/color"
	"math"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// A chart is bars that lie: one group for each category, in it one bar for each series. Lying bars leave room for names, also on a phone.
type chart struct {
	Name, Title string // in the address; for people
	Text        string // what the picture shows, for who can't see it
	Categories  []string
	Series      []series
	Stacked     bool                       // the bars of a group continue each other
	Format      func(value float64) string // for the axis and the ends of bars
	Goal        float64                    // a line across, such as 100 %; 0 for none
}

// A series is the bars of one colour.
type series struct {
	Name   string
	Values []float64
}

// A theme is the colours of a picture: it is shown on the page's own background.
type theme struct {
	ink, faint color.Color
	series     []color.Color
}

func rgb(code uint32) color.Color {
	return color.RGBA{R: uint8(code >> 16), G: uint8(code >> 8), B: uint8(code), A: 255}
}

// The themes. Neighbours among the series differ in lightness, so that they are told apart without colour, too.
var (
	light = theme{rgb(0x3d4852), rgb(0xd5dbe1), []color.Color{rgb(0x0b6e69), rgb(0x8fc9b9), rgb(0x2f4b7c), rgb(0xe0a458), rgb(0xa3495a)}}
	dark  = theme{rgb(0xc3ccd4), rgb(0x3a444d), []color.Color{rgb(0x4fb8ac), rgb(0x1f6f68), rgb(0x8fb1e8), rgb(0xd9a05b), rgb(0xe08a98)}}
)

// The measures of pictures, in units that are pixels at full size.
const (
	wide, narrow = 720, 340
	fontSize     = 12
	barThickness = 18 // of a single series; several are thinner
	groupGap     = 12
	axisRoom     = 30
	swatch       = 11
)

// picture is the chart as SVG.
func (c chart) picture(width vg.Length, t theme) ([]byte, error) {
	thick := vg.Length(barThickness)
	bars := len(c.Series)
	if c.Stacked {
		bars = 1
	}
	if bars > 1 {
		thick = 10
	}
	group := vg.Length(bars)*thick + groupGap
	names := c.names(width, t)
	legend := vg.Length(0)
	if len(c.Series) > 1 {
		legend = vg.Length(len(names)) * (fontSize + 6)
	}
	height := vg.Length(len(c.Categories))*group + axisRoom + legend
	canvas := vgsvg.New(width, height)
	whole := draw.New(canvas)
	p, err := c.plot(thick, width, t)
	if err != nil {
		return nil, err
	}
	p.Draw(draw.Crop(whole, 2, -14, 0, -legend))
	if legend > 0 {
		c.legend(whole, names, t)
	}
	var b bytes.Buffer
	if _, err := canvas.WriteTo(&b); err != nil {
		return nil, err
	}
	// The names of fonts of the same measures follow, for machines that do not have this one.
	return bytes.ReplaceAll(b.Bytes(), []byte("font-family:Liberation Sans;"), []byte("font-family:'Liberation Sans',Arial,Helvetica,sans-serif;")), nil
}

// plot makes the bars, the first category at the top.
func (c chart) plot(thick, width vg.Length, t theme) (*plot.Plot, error) {
	p := plot.New()
	p.BackgroundColor = color.Transparent
	n := len(c.Categories)
	reversed := make([]string, n)
	for i, name := range c.Categories {
		reversed[n-1-i] = name + strings.Repeat(" ", 1+len(name)/5) // room for fonts that are wider than the one that is measured
	}
	largest := c.Goal
	var below *plotter.BarChart
	for i, s := range c.Series {
		values := make(plotter.Values, n)
		for k, v := range s.Values {
			values[n-1-k] = v
		}
		bars, err := plotter.NewBarChart(values, thick)
		if err != nil {
			return nil, err
		}
		bars.Horizontal, bars.Color, bars.LineStyle.Width = true, t.series[i%len(t.series)], 0
		if c.Stacked && below != nil {
			bars.StackOn(below)
		} else if !c.Stacked {
			bars.Offset = thick * (vg.Length(len(c.Series)-1)/2 - vg.Length(i))
		}
		for k := range n {
			largest = math.Max(largest, bars.BarHeight(k))
		}
		below = bars
		p.Add(bars)
		if len(c.Series) == 1 || c.Stacked && i == len(c.Series)-1 {
			p.Add(c.ends(bars, n, t))
		}
	}
	if c.Goal > 0 {
		line := plotter.XYs{{X: c.Goal, Y: -0.5}, {X: c.Goal, Y: float64(n) - 0.5}}
		goal, err := plotter.NewLine(line)
		if err != nil {
			return nil, err
		}
		goal.Color, goal.Width, goal.Dashes = t.ink, 1.5, []vg.Length{4, 3}
		p.Add(goal)
	}
	c.axes(p, reversed, largest, width, t)
	return p, nil
}

// ends writes the value behind each bar.
func (c chart) ends(bars *plotter.BarChart, n int, t theme) *plotter.Labels {
	labels := &plotter.Labels{Offset: vg.Point{X: 4}}
	for k := range n {
		labels.XYs = append(labels.XYs, plotter.XY{X: bars.BarHeight(k), Y: float64(k)})
		labels.Labels = append(labels.Labels, c.Format(bars.BarHeight(k)))
		style := t.style(fontSize - 1)
		style.YAlign = text.YCenter
		labels.TextStyle = append(labels.TextStyle, style)
	}
	return labels
}

// axes draws as little as can be: names, and three or four values.
func (c chart) axes(p *plot.Plot, names []string, largest float64, width vg.Length, t theme) {
	if largest <= 0 {
		largest = 1
	}
	p.NominalY(names...)
	p.Y.Tick.Label = t.style(fontSize)
	p.Y.Tick.Label.XAlign, p.Y.Tick.Label.YAlign = text.XRight, text.YCenter
	p.Y.Min, p.Y.Max = -0.5, float64(len(names))-0.5
	p.Y.LineStyle.Width, p.Y.Padding = 0, 6
	p.X.Min, p.X.Max = 0, largest*1.12 // room for the value behind the longest bar
	p.X.Tick.Label = t.style(fontSize - 1)
	p.X.Tick.LineStyle.Color, p.X.LineStyle.Color = t.faint, t.faint
	p.X.Tick.Label.XAlign = text.XCenter
	p.X.Tick.Label.YAlign = text.YTop
	p.X.Padding = 0
	steps := 4.0
	if width < wide {
		steps = 2
	}
	step := niceStep(largest / steps)
	p.X.Tick.Marker = plot.TickerFunc(func(_, _ float64) (ticks []plot.Tick) {
		for i := 0; float64(i)*step <= largest*1.05; i++ {
			ticks = append(ticks, plot.Tick{Value: float64(i) * step, Label: c.Format(float64(i) * step)})
		}
		return ticks
	})
}

// niceStep is the least of 1, 2, 5, 10, 20 … that is not below a step; parts of the smallest unit are none.
func niceStep(step float64) float64 {
	for unit := 1.0; ; unit *= 10 {
		for _, nice := range []float64{1, 2, 5} {
			if nice*unit >= step {
				return nice * unit
			}
		}
	}
}

// names breaks the names of the series into lines.
func (c chart) names(width vg.Length, t theme) [][]int {
	var lines [][]int
	at := width
	for i, s := range c.Series {
		wants := t.entry(s.Name)
		if at+wants > width {
			lines = append(lines, nil)
			at = 0
		}
		lines[len(lines)-1] = append(lines[len(lines)-1], i)
		at += wants
	}
	return lines
}

// legend draws the names of the series above the bars.
func (c chart) legend(canvas draw.Canvas, lines [][]int, t theme) {
	style := t.style(fontSize)
	y := canvas.Max.Y
	for _, line := range lines {
		y -= fontSize + 6
		x := canvas.Min.X + 2
		for _, i := range line {
			canvas.FillPolygon(t.series[i%len(t.series)], []vg.Point{{X: x, Y: y + 3}, {X: x + swatch, Y: y + 3}, {X: x + swatch, Y: y + 3 + swatch}, {X: x, Y: y + 3 + swatch}})
			canvas.FillText(style, vg.Point{X: x + swatch + 6, Y: y + 4}, c.Series[i].Name)
			x += t.entry(c.Series[i].Name)
		}
	}
}

// entry is how much room a name takes in the legend, in fonts that are wider, too.
func (t theme) entry(name string) vg.Length { return t.style(fontSize).Width(name)*1.15 + swatch + 22 }

func (t theme) style(size vg.Length) text.Style {
	f := font.Font{Typeface: "Liberation", Variant: "Sans", Size: size}
	return text.Style{Color: t.ink, Font: f, Handler: plot.DefaultTextHandler}
}

// Listing is a chart's values as a sentence, for who can't see it.
func (c chart) Listing() string {
	var parts []string
	for i, name := range c.Categories {
		var values []string
		for _, s := range c.Series {
			value := c.Format(s.Values[i])
			if len(c.Series) > 1 {
				value = s.Name + " " + value
			}
			values = append(values, value)
		}
		parts = append(parts, name+": "+strings.Join(values, ", "))
	}
	return c.Text + " " + strings.Join(parts, "; ") + "."
}
