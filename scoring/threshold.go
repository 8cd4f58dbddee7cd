package scoring

import (
	"fmt"
	"slices"

	"github.com/leadloop/leadloop/internal/document"
	"github.com/leadloop/leadloop/internal/rule"
)

// threshold is a compiled [Threshold].
type threshold struct {
	name      string
	dimension int // -1 for the total
	from      Points
}

// disqualifier is a compiled [Disqualifier].
type disqualifier[L, A any] struct {
	Disqualification
	condition *rule.Condition[L, A]
	index     int // of the condition in the set
}

func (c *checker[L, A]) thresholds(m Model) {
	names := map[string]bool{}
	for i, t := range m.Thresholds {
		path := fmt.Sprintf("thresholds[%d]", i)
		c.unique(path+".name", "threshold", t.Name, names)
		c.points(path+".from", &t.From)
		compiled := threshold{t.Name, -1, t.From}
		if t.Dimension != "" {
			if compiled.dimension = dimensionOf(m, t.Dimension); compiled.dimension < 0 {
				c.refuse(path+".dimension", "there is no dimension %q%s", t.Dimension, nearDimension(m, t.Dimension))
			}
		}
		c.scorer.thresholds = append(c.scorer.thresholds, compiled)
	}
}

func dimensionOf(m Model, name string) int {
	return slices.IndexFunc(m.Dimensions, func(d Dimension) bool { return d.Name == name })
}

func nearDimension(m Model, name string) string {
	var names []string
	for _, d := range m.Dimensions {
		names = append(names, d.Name)
	}
	return document.DidYouMean(name, names)
}

func (c *checker[L, A]) disqualifiers(m Model) {
	names := map[string]bool{}
	for i, d := range m.Disqualifiers {
		path := fmt.Sprintf("disqualifiers[%d]", i)
		c.unique(path+".name", "disqualifier", d.Name, names)
		if d.Reason == "" {
			c.refuse(path+".reason", "the disqualifier needs a reason, which the score repeats")
		}
		if d.When == "" {
			c.refuse(path+".when", "the disqualifier needs a condition on the lead")
			continue
		}
		condition, err := c.scorer.compiler.LeadCondition(d.When)
		c.text(path+".when", err)
		c.scorer.disqualifiers = append(c.scorer.disqualifiers,
			disqualifier[L, A]{Disqualification{d.Name, d.Reason}, condition, len(c.leads)})
		c.leads = append(c.leads, condition)
	}
}

// disqualify lists the disqualifiers that apply.
func (s *Scorer[L, A]) disqualify(w *work, run *rule.Run[L, A], score *Score) {
	for i := range s.disqualifiers {
		d := &s.disqualifiers[i]
		switch {
		case has(run.Failed(), d.index):
			_, err := d.condition.True(run, 0)
			w.problem(RuleFailed, "", d.Name, 0, "the disqualifier does not apply, for it fails at "+err.Error())
		case has(run.Holds(), d.index):
			score.Disqualified = append(score.Disqualified, d.Disqualification)
		}
	}
}

// reach lists the thresholds that the points reach.
func (s *Scorer[L, A]) reach(score *Score) {
	for _, t := range s.thresholds {
		points := score.Total
		if t.dimension >= 0 {
			points = score.Dimensions[t.dimension].Points
		}
		if points >= t.from {
			score.Reached = append(score.Reached, t.name)
		}
	}
}
