package main

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/leadloop/leadloop/scoring"
	"github.com/leadloop/leadloop/scoring/learn"
)

// Proposal is what the outcomes would change in the scoring model, for one question.
type Proposal struct {
	Target   string    `json:"target"`
	Outcomes int64     `json:"outcomes"`          // that it is learned from
	Positive int64     `json:"positive"`          // of them
	Refused  string    `json:"refused,omitempty"` // why nothing is proposed
	Version  int       `json:"version,omitempty"` // of the model that is proposed
	Changes  []Change  `json:"changes"`           // none if refused
	Backtest *Backtest `json:"backtest"`          // null if there were too few outcomes for it
	Few      *Few      `json:"few,omitempty"`     // if there were fewer outcomes than advised
}

// Change is a rule, or a row of its table, whose points would change.
type Change struct {
	Rule      string         `json:"rule"`
	Before    scoring.Points `json:"before"`
	After     scoring.Points `json:"after"`
	Low       scoring.Points `json:"low"` // the points' 95 % interval
	High      scoring.Points `json:"high"`
	Precision Rate           `json:"precision"` // positive leads, of those that it matched
	Reason    string         `json:"reason"`
}

// Backtest says how a model that was learned from the earlier outcomes did on the later ones.
type Backtest struct {
	Until   string `json:"until"`
	Learned int64  `json:"learned"` // outcomes
	Tested  int64  `json:"tested"`  // outcomes

	Base   Fitness `json:"base"`   // of the earlier base rate
	Before Fitness `json:"before"` // of the points as they are
	After  Fitness `json:"after"`  // of the points proposed
}

// Fitness is how well probabilities fit what came true: less log loss, a larger area under the curve.
type Fitness struct {
	LogLoss json.Number `json:"log_loss"`
	AUC     json.Number `json:"auc"`
}

// Few says how many outcomes there were, and how many are advised.
type Few struct {
	Outcomes int64 `json:"outcomes"`
	Advised  int64 `json:"advised"`
}

// propose asks what a sample of outcomes would change.
func propose(sample *learn.Sample, targets ...learn.Options) ([]Proposal, error) {
	list := []Proposal{}
	for _, options := range targets {
		p, err := learn.Propose(sample, options)
		if err != nil {
			return nil, err
		}
		list = append(list, proposalOf(p, options.AsOf.Location()))
	}
	return list, nil
}

func proposalOf(p learn.Proposal, zone *time.Location) Proposal {
	out := Proposal{Target: string(p.Target), Refused: p.Refused, Changes: []Change{}}
	if p.Refused == "" {
		out.Version = p.Model.Version
	}
	for _, c := range p.Changes {
		out.Changes = append(out.Changes, Change{Rule: c.Name(), Before: c.Before, After: c.After, Low: c.Low, High: c.High,
			Precision: Rate{c.Precision.Part, c.Precision.Whole}, Reason: c.Reason})
	}
	if f := p.Fit; f != nil {
		out.Outcomes, out.Positive = f.Outcomes, f.Positive
		if !f.SampleSize.Enough() {
			out.Few = &Few{f.SampleSize.Outcomes, f.SampleSize.Needed}
		}
	}
	if b := p.Backtest; b != nil {
		out.Backtest = &Backtest{Until: b.Until.In(zone).Format(time.DateOnly), Learned: b.Learned, Tested: b.Tested,
			Base: fitnessOf(b.Base), Before: fitnessOf(b.Before), After: fitnessOf(b.After)}
	}
	return out
}

func fitnessOf(e learn.Evaluation) Fitness {
	places := func(f float64) json.Number { return json.Number(fmt.Sprintf("%.4f", f)) }
	return Fitness{LogLoss: places(e.LogLoss), AUC: places(e.AUC)}
}

// textProposals says what the outcomes would change.
func (r *Report) textProposals(s *sheet) {
	if len(r.Proposals) == 0 {
		return
	}
	s.heading("WHAT WOULD THE OUTCOMES CHANGE?     points that predict better; to adopt them is for people to decide")
	for i := range r.Proposals {
		p := &r.Proposals[i]
		if i > 0 {
			s.line("")
		}
		head := fmt.Sprintf("%s, from %s outcomes, %s of them positive: ", p.Target, thousands(p.Outcomes), thousands(p.Positive))
		if p.Refused != "" {
			s.paragraph("  ", head+"nothing is proposed: "+p.Refused)
		} else {
			s.paragraph("  ", head+fmt.Sprintf("version %d of the model changes what the outcomes contradict", p.Version))
			s.changes(p.Changes)
		}
		if b := p.Backtest; b != nil {
			s.paragraph("  ", fmt.Sprintf("backtest: learned from %s outcomes until %s, tested on %s later ones: log loss %s of the points proposed, %s of the points as they are, "+
				"%s of the base rate; area under the curve %s, before %s", thousands(b.Learned), b.Until, thousands(b.Tested), b.After.LogLoss, b.Before.LogLoss, b.Base.LogLoss, b.After.AUC, b.Before.AUC))
		}
		if p.Few != nil {
			s.paragraph("  ", fmt.Sprintf("%s outcomes are few for so many rules: about %s would be enough", thousands(p.Few.Outcomes), thousands(p.Few.Advised)))
		}
	}
}

// mostChanges is how many rules of a proposal people get to see.
const mostChanges = 12

// changes lists those whose old points the outcomes contradict; of the others it says how many there are.
func (s *sheet) changes(all []Change) {
	rows := [][]string{{"rule", "points", "to", "95 %", "precision"}}
	for _, c := range all {
		if c.Before < c.Low || c.Before > c.High {
			rows = append(rows, []string{c.Rule, signed(c.Before.String()), signed(c.After.String()),
				signed(c.Low.String()) + " … " + signed(c.High.String()), c.Precision.String()})
		}
	}
	contradicted := len(rows) - 1
	if contradicted > 0 {
		s.table("lrrrr", rows[:min(len(rows), 1+mostChanges)]...)
	}
	if cut := int64(contradicted - mostChanges); cut > 0 {
		s.paragraph("  ", fmt.Sprintf("and %s more like these: -json lists all", thousands(cut)))
	}
	if others := int64(len(all) - contradicted); others > 0 {
		s.paragraph("  ", fmt.Sprintf("and %s more changes, whose old points are within the interval: -json lists all", thousands(others)))
	}
}
