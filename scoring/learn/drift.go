package learn

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/leadloop/leadloop/internal/num"
	"github.com/leadloop/leadloop/scoring"
)

// Drift says how far the leads of today differ in one respect from those that a model
// was made for.
type Drift struct {
	Name string `json:"name"` // "total" or the rule, "dimension/rule"
	// Index is the population stability index: Σ (after − before)·ln(after/before) over the parts'
	// shares, each count raised by ½ so that a part without leads has a share, too.
	Index float64 `json:"index"`
	// Chance is how large the index becomes by chance alone in 5 % of all cases, if nothing
	// has changed (Yurdakul and Naranjo, Journal of Risk Model Validation 14, 2020): with few leads, much.
	Chance float64     `json:"chance"`
	Shift  Shift       `json:"shift"`
	Parts  []DriftPart `json:"parts"`
}

// DriftPart counts the leads of one part: a stretch of totals, a row of a table, a hit or none.
type DriftPart struct {
	Name   string `json:"name"`
	Before int64  `json:"before"`
	After  int64  `json:"after"`
}

// Shift is how much has changed.
type Shift string

const (
	// Stable: the index is below [ModerateDrift], or no larger than chance makes it.
	Stable Shift = "stable"
	// Moderate: the index is from [ModerateDrift] to [LargeDrift]: find out why.
	Moderate Shift = "moderate"
	// Large: the index is [LargeDrift] or more: the model was made for other leads.
	Large Shift = "large"
)

// The usual thresholds of the population stability index (Siddiqi, "Credit Risk
// Scorecards", Wiley 2006).
const (
	ModerateDrift = 0.10
	LargeDrift    = 0.25
)

// ErrNoLeads is the answer where nothing can be compared, because one side has no leads.
var ErrNoLeads = errors.New("learn: drift compares leads before and after: one side has none")

// ScoreDrift compares totals of points in up to ten parts that hold about as many of
// the leads before. The totals may have any order.
func ScoreDrift(before, after []scoring.Points) (Drift, error) {
	if len(before) == 0 || len(after) == 0 {
		return Drift{}, ErrNoLeads
	}
	const parts = 10
	sorted := slices.Sorted(slices.Values(before))
	var edges []scoring.Points // each part's least total, but for the first part
	for i := 1; i < parts; i++ {
		edge := sorted[i*len(sorted)/parts]
		if edge > sorted[0] && (len(edges) == 0 || edge > edges[len(edges)-1]) {
			edges = append(edges, edge)
		}
	}
	d := Drift{Name: "total"}
	if len(edges) == 0 { // all leads had one total: the others are parts of their own
		d.Parts = []DriftPart{{Name: "below " + sorted[0].String()}, {Name: sorted[0].String()}, {Name: "above " + sorted[0].String()}}
	} else {
		d.Parts = []DriftPart{{Name: "below " + edges[0].String()}}
		for _, edge := range edges {
			d.Parts = append(d.Parts, DriftPart{Name: "from " + edge.String()})
		}
	}
	part := func(total scoring.Points) *DriftPart {
		if len(edges) == 0 {
			return &d.Parts[1+cmp.Compare(total, sorted[0])]
		}
		i, found := slices.BinarySearch(edges, total)
		if found {
			i++
		}
		return &d.Parts[i]
	}
	for _, total := range before {
		part(total).Before++
	}
	for _, total := range after {
		part(total).After++
	}
	d.weigh(int64(len(before)), int64(len(after)))
	return d, nil
}

// TermDrift compares what the rules matched: for each rule, the leads that it did not match, that it
// matched, or that each row of its table applied to. A lead is its hits, as
// [scoring.Score.Hits] gives them. The drifts are listed from the largest index down. Scores can
// stay the same where rules drift against each other.
func TermDrift(before, after [][]string) ([]Drift, error) {
	if len(before) == 0 || len(after) == 0 {
		return nil, ErrNoLeads
	}
	count := map[string]map[string]*DriftPart{}
	for side, leads := range [][][]string{before, after} {
		for i, hits := range leads {
			seen := make(map[string]bool, len(hits))
			for j, text := range hits {
				h, err := readHit(text)
				if err == nil && seen[h.Rule] {
					err = ErrRepeatedHit
				}
				if err != nil {
					return nil, fmt.Errorf("%s[%d][%d]: %w", [2]string{"before", "after"}[side], i, j, err)
				}
				seen[h.Rule] = true
				parts := count[h.Rule]
				if parts == nil {
					parts = map[string]*DriftPart{}
					count[h.Rule] = parts
				}
				name := cmp.Or(h.Row, "hit")
				if parts[name] == nil {
					parts[name] = &DriftPart{Name: name}
				}
				if side == 0 {
					parts[name].Before++
				} else {
					parts[name].After++
				}
			}
		}
	}
	list := make([]Drift, 0, len(count))
	for rule, parts := range count {
		none := DriftPart{Name: "no hit", Before: int64(len(before)), After: int64(len(after))}
		d := Drift{Name: rule}
		for _, p := range parts {
			none.Before -= p.Before
			none.After -= p.After
			d.Parts = append(d.Parts, *p)
		}
		if none.Before > 0 || none.After > 0 {
			d.Parts = append(d.Parts, none)
		}
		slices.SortFunc(d.Parts, func(a, b DriftPart) int {
			return cmp.Or(cmp.Compare(len(a.Name), len(b.Name)), cmp.Compare(a.Name, b.Name))
		})
		d.weigh(int64(len(before)), int64(len(after)))
		list = append(list, d)
	}
	slices.SortFunc(list, func(a, b Drift) int { return cmp.Or(cmp.Compare(b.Index, a.Index), cmp.Compare(a.Name, b.Name)) })
	return list, nil
}

// readHit reads a hit, or the bare name of a rule.
func readHit(text string) (scoring.Hit, error) {
	if !strings.Contains(text, "=") {
		return scoring.Hit{Rule: text}, nil
	}
	return scoring.ParseHit(text)
}

// weigh computes the index of the parts.
func (d *Drift) weigh(before, after int64) {
	n := float64(len(d.Parts))
	for _, p := range d.Parts {
		b, a := (float64(p.Before)+0.5)/(float64(before)+n/2), (float64(p.After)+0.5)/(float64(after)+n/2)
		d.Index += float64((a - b) * num.Log(a/b))
	}
	if n > 1 {
		d.Chance = float64(chiSquare95(n-1) * (1/float64(before) + 1/float64(after)))
	}
	switch {
	case d.Index < ModerateDrift || d.Index <= d.Chance:
		d.Shift = Stable
	case d.Index < LargeDrift:
		d.Shift = Moderate
	default:
		d.Shift = Large
	}
}

// chiSquare95 is the 95th percentile of chi-square, good to 1 % or so (Wilson and
// Hilferty, PNAS 17, 1931).
func chiSquare95(freedom float64) float64 {
	const quantile = 1.6448536269514722 // of the standard normal, at 0.95
	part := 2 / (9 * freedom)
	root := 1 - part + float64(quantile*math.Sqrt(part))
	return float64(freedom * float64(float64(root*root)*root))
}

// String writes the drift as a table that people can read.
func (d Drift) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s, index %.3f (chance: up to %.3f)\n", d.Name, d.Shift, d.Index, d.Chance)
	var before, after float64
	for _, p := range d.Parts {
		before += float64(p.Before)
		after += float64(p.After)
	}
	for _, p := range d.Parts {
		fmt.Fprintf(&b, "  %-16s %5.1f %% → %5.1f %%\n", p.Name, float64(100*float64(p.Before))/before, float64(100*float64(p.After))/after)
	}
	return b.String()
}
