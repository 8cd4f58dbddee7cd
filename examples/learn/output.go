package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/leadloop/leadloop/scoring/learn"
)

// write tells people what was learned.
func (r *result) write(to io.Writer) error {
	out := bufio.NewWriter(to)
	fmt.Fprintf(out, "outcome %s, split by %s: %d leads to train, %d to calibrate, %d to test\n", shown(r.job.outcome), r.job.split,
		r.sizes[train].Sum(), r.sizes[calibrate].Sum(), r.sizes[test].Sum())
	fmt.Fprintf(out, "\nEVIDENCE (leads and positive ones to train, weight of evidence)\n%s", r.induction)
	r.writeProposal(out)
	r.writeEvaluation(out)
	return out.Flush()
}

// writeProposal prints the points of each row of each rule.
func (r *result) writeProposal(out io.Writer) {
	f := r.fit
	fmt.Fprintf(out, "\nPROPOSAL (points, their 95 %% interval, leads)\n")
	fmt.Fprintf(out, "%s points double the odds; shrinkage %.3g; log loss in training %.4f, %.4f before points were rounded, %.4f at the base rate\n",
		short(f.PointsToDoubleOdds), f.Shrinkage, f.IntegerLoss, f.Loss, f.BaseLoss)
	names, width := r.rowNames()
	rule := ""
	for _, t := range f.Terms {
		if t.Rule != rule {
			rule = t.Rule
			fmt.Fprintf(out, "\n%s\n", rule)
		}
		if !t.Learned {
			continue
		}
		fmt.Fprintf(out, "  %-*s  %6s  %6s to %-6s  %s\n", width, names[t.Rule+"#"+t.Row], t.After, t.Low, t.High, t.Support)
	}
	if refused := r.refused(); refused != nil {
		fmt.Fprintf(out, "\nREFUSED: %v\n", refused)
	}
}

// rowNames says in words what the rows of tables stand for.
func (r *result) rowNames() (names map[string]string, width int) {
	names = map[string]string{}
	for _, c := range r.induction.Columns {
		for _, b := range c.Bins {
			name := []rune(b.Name())
			if len(name) > 40 {
				name = append(name[:39], '…')
			}
			names[c.Rule+"#"+b.Row] = string(name)
			if c.Rule != "" {
				width = max(width, len(name))
			}
		}
	}
	return names, width
}

// writeEvaluation prints how good each way to predict is.
func (r *result) writeEvaluation(out io.Writer) {
	fmt.Fprintf(out, "\nEVALUATION (%d leads to test, %d of them positive)\n", r.sizes[test].Sum(), r.sizes[test].Positive)
	fmt.Fprintf(out, "%-17s  %-24s  %-24s  %s\n", "", "AUC", "log loss", "Brier score")
	for i := range r.figures {
		f := &r.figures[i]
		fmt.Fprintf(out, "%-17s  %s  %s  %s\n", f.name, within(f.AUC, f.Intervals.AUC), within(f.LogLoss, f.Intervals.LogLoss), within(f.Brier, f.Intervals.Brier))
	}
	card := r.figure("card")
	for _, than := range []string{"logistic", "naive_bayes_platt", "naive_bayes_odds", "base_rate"} {
		other := r.figure(than)
		below, word := 100*(1-card.LogLoss/other.LogLoss), "below"
		if below < 0 {
			below, word = -below, "above"
		}
		fmt.Fprintf(out, "log loss of the card is %.2f %% %s that of %s\n", below, word, than)
	}
	fmt.Fprintf(out, "\nthe best leads by the card  positive of them  found of all positive  lift\n")
	for _, g := range card.Gains {
		fmt.Fprintf(out, "%24.0f %%  %14.1f %%  %19.1f %%  %4.2f\n", 100*g.Share, 100*g.Precision, 100*g.Recall, g.Lift)
	}
}

func within(value float64, i learn.Interval) string {
	return fmt.Sprintf("%.4f [%.4f, %.4f]", value, i.Low, i.High)
}

// short is a number without needless digits.
func short(x float64) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", x), "0"), ".")
}

// measure is what machines read of a way to predict.
type measure struct {
	AUC     float64 `json:"auc"`
	LogLoss float64 `json:"log_loss"`
	Brier   float64 `json:"brier"`
}

// writeJSON tells machines how good it is.
func (r *result) writeJSON(out io.Writer) error {
	figures := struct {
		Test    map[string]measure `json:"test"`
		Leakage []string           `json:"leakage"`
	}{map[string]measure{}, []string{}}
	for i := range r.figures {
		f := &r.figures[i]
		if f.name == "naive_bayes_odds" {
			continue // for people alone
		}
		figures.Test[f.name] = measure{f.AUC, f.LogLoss, f.Brier}
	}
	for _, name := range r.induction.Leakage() {
		figures.Leakage = append(figures.Leakage, r.headers[name])
	}
	data, err := json.MarshalIndent(figures, "", "  ")
	if err != nil {
		return err
	}
	_, err = out.Write(append(data, '\n'))
	return err
}

// writeModel writes the model, unless it is refused.
func (r *result) writeModel(path string) error {
	if refused := r.refused(); refused != nil {
		return fmt.Errorf("%s: not written: %v", path, refused)
	}
	data, err := json.MarshalIndent(r.model, "", "  ")
	if err != nil {
		return fmt.Errorf("%s: the model can't be written as JSON: %v", path, err)
	}
	if err := os.WriteFile(path, append(data, '\n'), 0o666); err != nil {
		why := err
		if inner := (*os.PathError)(nil); errors.As(err, &inner) {
			why = inner.Err
		}
		return fmt.Errorf("%s: can't be written (%v): check the name", path, why)
	}
	return nil
}
