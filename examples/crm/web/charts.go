package web

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"

	"github.com/leadloop/leadloop/examples/crm/app"
)

func lengthOf(width int) vg.Length { return vg.Length(width) }

func whole(n int64) string { return fmt.Sprint(n) }

func countText(value float64) string { return group(fmt.Sprint(int64(value))) }

// moneyText writes an amount for an axis, in thousands where there are any.
func moneyText(minor float64) string {
	switch euros := minor / 100; {
	case euros >= 10_000_000:
		return fmt.Sprintf("€%.0fM", euros/1e6)
	case euros >= 1_000_000:
		return fmt.Sprintf("€%.1fM", euros/1e6)
	case euros >= 1000:
		return fmt.Sprintf("€%.0fk", euros/1e3)
	default:
		return fmt.Sprintf("€%.0f", euros)
	}
}

func percentText(value float64) string { return fmt.Sprintf("%.0f %%", value) }

func (p *reportPage) funnelChart() chart {
	c := chart{Name: "funnel", Title: "How far leads came", Text: "Bars: how many leads reached each stage.", Format: countText}
	bars := series{Name: "Reached"}
	for _, l := range p.Funnel {
		c.Categories = append(c.Categories, app.StageLabel(l.Stage))
		bars.Values = append(bars.Values, float64(l.Reached))
	}
	c.Series = []series{bars}
	return c
}

// charted are the models that the picture shows, by what sets them apart; the table has all of them.
var charted = []string{"first", "last-non-direct", "linear", "markov", "shapley"}

// baseName is a model's name without its parameters: "first within 180d" is "first".
func baseName(model string) string {
	for _, mark := range []string{" within ", " (", ", "} {
		model, _, _ = strings.Cut(model, mark)
	}
	return model
}

func (p *reportPage) revenueChart() chart {
	c := chart{Name: "revenue", Title: "Revenue by channel under several models", Text: "Bars: revenue that each model credits to each channel.", Format: moneyText}
	for _, e := range p.Revenue {
		c.Categories = append(c.Categories, sentence(e.Channel))
	}
	for i, model := range p.Models {
		if !slices.Contains(charted, baseName(model)) {
			continue
		}
		bars := series{Name: sentence(baseName(model))}
		for _, e := range p.Revenue {
			bars.Values = append(bars.Values, float64(e.By[i]))
		}
		c.Series = append(c.Series, bars)
	}
	return c
}

// mostReasons is how many reasons the picture shows; the table has all of them.
const mostReasons = 12

func (p *reportPage) reasonsChart() chart {
	c := chart{Name: "reasons", Title: "Why leads came back", Text: "Bars: how often each reason was given, by kind of return.", Format: countText, Stacked: true}
	kinds := []series{{Name: "Rejected"}, {Name: "Recycled"}, {Name: "Disqualified"}, {Name: "Lost"}}
	for _, r := range p.Reasons[:min(mostReasons, len(p.Reasons))] {
		c.Categories = append(c.Categories, words(r.Reason))
		for i, n := range []int64{r.Rejected, r.Recycled, r.Disqualified, r.Lost} {
			kinds[i].Values = append(kinds[i].Values, float64(n))
		}
	}
	c.Series = kinds
	return c
}

// mostPercent is where bars of attainment end.
const mostPercent = 200

func (p *reportPage) goalsChart() chart {
	c := chart{
		Name: "goals", Title: "What both sides promised, and kept", Format: percentText, Goal: 100,
		Text: "Bars: attainment of what is due by now, where 100 % is on plan. Bars end at 200 %.",
	}
	for _, period := range p.Goals {
		bars := series{Name: period.Name}
		for _, line := range period.Lines {
			name := line.Side + ": " + lower(line.What)
			i := slices.Index(c.Categories, name)
			if i < 0 {
				i = len(c.Categories)
				c.Categories = append(c.Categories, name)
			}
			for len(bars.Values) <= i {
				bars.Values = append(bars.Values, 0)
			}
			if line.Attained != nil {
				attained, _ := line.Attained.Float64()
				bars.Values[i] = math.Min(100*attained, mostPercent)
			}
		}
		c.Series = append(c.Series, bars)
	}
	for i := range c.Series {
		for len(c.Series[i].Values) < len(c.Categories) {
			c.Series[i].Values = append(c.Series[i].Values, 0)
		}
	}
	return c
}
