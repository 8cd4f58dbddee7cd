package learn

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/leadloop/leadloop/internal/num"
	"github.com/leadloop/leadloop/scoring"
)

// Change is a term whose points change.
type Change struct {
	Term
	Reason string `json:"reason"` // in words
}

// Proposal is what feedback would change in the model: for people to read. To adopt it is the host's
// call: it stores Model, and compiles it as any other.
type Proposal struct {
	Target  Target        `json:"target"`
	Model   scoring.Model `json:"model"`             // with all changes; the one that it was if refused
	Changes []Change      `json:"changes"`           // in the model's order
	Refused string        `json:"refused,omitempty"` // why nothing is proposed; empty if something is

	Fit      *Fit      `json:"fit,omitempty"`      // of all outcomes: where the changes are from; nil if there was nothing to fit
	Backtest *Backtest `json:"backtest,omitempty"` // nil if there was nothing to test
}

// Backtest holds a fit on the earlier outcomes against the later ones, as if it had been made then.
type Backtest struct {
	// Until is the last day of which the fit knew. It is zero where hand-overs have no dates: then
	// every so manyth outcome is held out instead, which is not as hard a test.
	Until   time.Time `json:"until,omitzero"`
	Learned int64     `json:"learned"` // outcomes that the fit was from
	Tested  int64     `json:"tested"`  // later ones

	Base   Evaluation `json:"base"`   // of the earlier base rate
	Before Evaluation `json:"before"` // of the unchanged card, calibrated on the earlier outcomes
	After  Evaluation `json:"after"`  // of the new card
	// Gain is by how much the mean log loss of the new card is below the base rate's, and Error the standard error of that.
	Gain  float64 `json:"gain"`
	Error float64 `json:"error"`
	// Chain is, for [Win], of P(accepted)·P(won | accepted) for all leads handed over, as [Chain] predicts it; nil if
	// acceptance cannot be learned, or hand-overs have no dates.
	Chain *Evaluation `json:"chain,omitempty"`
}

// heldOut is the share of the outcomes, in tenths, that a backtest is on.
const heldOut = 3

// Propose fits on the earlier outcomes and tests on the later three tenths. If the new card predicts these better than the base rate
// does, by more than a standard error, and better than the unchanged card does, it proposes a fit on all outcomes; else it refuses,
// and says why. Too few outcomes are a reason to refuse, no error.
func Propose(s *Sample, o Options) (Proposal, error) {
	o, err := o.check()
	if err != nil {
		return Proposal{}, err
	}
	if s.card == nil {
		return Proposal{}, fmt.Errorf("%w: the sample has no model: make it with NewSample", ErrOptions)
	}
	p := Proposal{Target: o.Target, Model: s.card.with(nil), Changes: []Change{}}
	list := s.stand(o)
	if p.Fit, err = s.fit(list, o); err != nil {
		return p.refuse(err)
	}
	if p.Backtest, err = s.backtest(list, o); err != nil {
		return p.refuse(err)
	}
	switch b := p.Backtest; {
	case !(b.Gain > b.Error):
		return p.refuse(fmt.Errorf("on %d later outcomes the new points are no better than the base rate", b.Tested))
	case !(b.After.LogLoss < b.Before.LogLoss):
		return p.refuse(fmt.Errorf("on %d later outcomes the points as they are do as well", b.Tested))
	}
	for _, t := range p.Fit.Terms {
		if t.After != t.Before {
			p.Changes = append(p.Changes, Change{t, t.reason(Rate{p.Fit.Positive, p.Fit.Outcomes})})
		}
	}
	if len(p.Changes) == 0 {
		return p.refuse(fmt.Errorf("%d outcomes support the points as they are", p.Fit.Outcomes))
	}
	p.Model = p.Fit.Model()
	return p, nil
}

func (p Proposal) refuse(why error) (Proposal, error) {
	p.Refused = strings.TrimPrefix(why.Error(), "learn: ")
	return p, nil
}

// reason says in words why a term's points change.
func (t Term) reason(base Rate) string {
	if !t.Learned {
		return "it keeps its share of the total"
	}
	share, _ := base.Value()
	interval := t.Precision.Interval()
	words := "alone it tells little, next to the other rules it does"
	switch {
	case t.Precision.Whole < MinimumSupport:
		words = "few leads as yet"
	case interval.Low > share:
		words = "more often positive than the rest"
	case interval.High < share:
		words = "less often positive than the rest"
	}
	if t.Low <= t.Before && t.Before <= t.High {
		words += "; the old points are within the interval"
	}
	return words
}

// backtest fits on the earlier outcomes and looks at the later ones.
func (s *Sample) backtest(list []standing, o Options) (*Backtest, error) {
	b := &Backtest{}
	earlier, later := splitByHash(list)
	until, dated := splitDay(list)
	if dated {
		b.Until = until.time()
		o.AsOf = b.Until
		earlier, later = s.stand(o), after(list, until)
	}
	f, err := s.fit(earlier, o)
	if err != nil {
		return nil, fmt.Errorf("the earlier outcomes are not enough: %w", err)
	}
	b.Learned = f.Outcomes
	base, _ := f.predictions(later, make(slotPoints, len(f.points)), f.baseOdds)
	before, _ := f.predictions(later, f.card.before(), f.expertOdds)
	after, err := f.predictions(later, f.points, f.cardOdds)
	if err != nil {
		return nil, err
	}
	b.Tested = int64(len(after))
	for _, one := range []struct {
		into *Evaluation
		of   []Prediction
	}{{&b.Base, base}, {&b.Before, before}, {&b.After, after}} {
		if *one.into, err = Evaluate(one.of); err != nil {
			return nil, fmt.Errorf("the later outcomes do not allow a test: %w", err)
		}
	}
	b.Gain, b.Error = gain(base, after)
	if o.Target == Win && dated {
		b.Chain = s.chained(f, o, until)
	}
	return b, nil
}

// chained tests both targets one after the other; nil if that cannot be done.
func (s *Sample) chained(won *Fit, o Options, until day) *Evaluation {
	o.Target = Acceptance
	accepted, err := s.fit(s.stand(o), o)
	if err != nil {
		return nil
	}
	predictions, err := (&Chain{accepted, won}).predict(s, until)
	if err != nil {
		return nil
	}
	evaluation, err := Evaluate(predictions)
	if err != nil {
		return nil
	}
	return &evaluation
}

// gain gives by how much predictions are better than others of the same leads, and its standard error.
func gain(base, of []Prediction) (mean, deviation float64) {
	loss := func(p *Prediction) float64 {
		if p.Positive {
			return -num.Log(max(p.Probability, math.SmallestNonzeroFloat64))
		}
		return -num.Log1p(-min(p.Probability, 1-0x1p-53))
	}
	weight, squares := 0.0, 0.0
	for i := range of {
		mean += float64(of[i].Weight * (loss(&base[i]) - loss(&of[i])))
		weight += of[i].Weight
	}
	mean /= weight
	for i := range of {
		gap := float64(of[i].Weight * (loss(&base[i]) - loss(&of[i]) - mean))
		squares += float64(gap * gap)
	}
	return mean, math.Sqrt(squares) / weight
}

// splitDay finds the last day before the later three tenths; false if outcomes that count have no date, or all the same.
func splitDay(list []standing) (day, bool) {
	counts := map[day]int64{}
	total := int64(0)
	for i := range list {
		if st := &list[i]; st.state == judged {
			if st.start == 0 {
				return 0, false
			}
			counts[st.start] += st.count
			total += st.count
		}
	}
	days := make([]day, 0, len(counts))
	for at := range counts {
		days = append(days, at)
	}
	slices.Sort(days)
	sum := int64(0)
	for i, at := range days {
		if sum += counts[at]; sum*10 >= total*(10-heldOut) {
			if i == len(days)-1 { // the last day alone has three tenths
				i--
			}
			return days[max(i, 0)], i >= 0
		}
	}
	return 0, false
}

// after gives the outcomes of questions put after a day.
func after(list []standing, until day) []standing {
	var later []standing
	for _, st := range list {
		if st.state == judged && st.start > until {
			later = append(later, st)
		}
	}
	return later
}

// splitByHash holds out three in ten outcomes of each answer, in the order of their hashes.
func splitByHash(list []standing) (earlier, later []standing) {
	type hashed struct {
		hash uint64
		at   int
	}
	order := make([]hashed, len(list))
	for i := range list {
		order[i] = hashed{hashOf(list[i].code), i}
	}
	slices.SortFunc(order, func(a, b hashed) int { return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.at, b.at)) })
	held := make([]int64, len(list))
	var dealt [2]int64
	for _, o := range order {
		if st := &list[o.at]; st.state == judged {
			from := dealt[answer(st.positive)]
			to := from + st.count
			dealt[answer(st.positive)] = to
			held[o.at] = to*heldOut/10 - from*heldOut/10
		}
	}
	for i, st := range list {
		if held[i] > 0 {
			other := st
			other.count = held[i]
			later = append(later, other)
		}
		if st.count -= held[i]; st.count > 0 {
			earlier = append(earlier, st)
		}
	}
	return earlier, later
}

// time is the midnight, UTC, that begins a day.
func (d day) time() time.Time {
	return time.Unix(int64(d-1)*secondsPerDay+firstSecond, 0).UTC()
}

// String writes the proposal for people: what changes and why, and how it did on later outcomes.
func (p Proposal) String() string {
	var b strings.Builder
	if p.Refused != "" {
		fmt.Fprintf(&b, "%s version %d, %s: nothing is proposed: %s\n", p.Model.Name, p.Model.Version, p.Target, p.Refused)
	} else {
		fmt.Fprintf(&b, "%s version %d, %s: proposed from %d outcomes, %d of them positive\n", p.Model.Name, p.Model.Version, p.Target, p.Fit.Outcomes, p.Fit.Positive)
		p.table(&b)
	}
	if p.Backtest != nil {
		p.Backtest.write(&b)
	}
	if f := p.Fit; f != nil {
		if p.Refused == "" {
			fmt.Fprintf(&b, "whole points cost %.4f of log loss; %.1f points double the odds\n", f.IntegerLoss-f.Loss, f.PointsToDoubleOdds)
		}
		if !f.SampleSize.Enough() {
			fmt.Fprintf(&b, "%d outcomes are few for %d parameters: about %d would be enough\n", f.SampleSize.Outcomes, f.SampleSize.Parameters, f.SampleSize.Needed)
		}
	}
	return b.String()
}

// table writes the changes.
func (p Proposal) table(b *strings.Builder) {
	width := len("rule")
	for _, c := range p.Changes {
		width = max(width, len([]rune(c.Name())))
	}
	fmt.Fprintf(b, "%-*s  %17s  %15s  %16s  %s\n", width, "rule", "points", "95 %", "precision", "reason")
	for _, c := range p.Changes {
		fmt.Fprintf(b, "%-*s  %17s  %15s  %16s  %s\n", width, c.Name(), c.Before.String()+" → "+c.After.String(), c.Low.String()+" … "+c.High.String(), c.Precision, c.Reason)
	}
	if p.Fit.Scale != scoring.Point && slices.ContainsFunc(p.Fit.card.slots, func(s slot) bool { return s.computed }) {
		fmt.Fprintf(b, "computed points: times %s\n", p.Fit.Scale)
	}
}

func (t *Backtest) write(b *strings.Builder) {
	if t.Until.IsZero() {
		fmt.Fprintf(b, "backtest: learned from %d outcomes, tested on %d others\n", t.Learned, t.Tested)
	} else {
		fmt.Fprintf(b, "backtest: learned from %d outcomes until %s, tested on %d later ones\n", t.Learned, t.Until.Format(time.DateOnly), t.Tested)
	}
	fmt.Fprintf(b, "%-12s  %8s  %6s  %6s\n", "", "log loss", "Brier", "AUC")
	line := func(name string, e *Evaluation) {
		fmt.Fprintf(b, "%-12s  %8.4f  %6.4f  %6.4f\n", name, e.LogLoss, e.Brier, e.AUC)
	}
	line("base rate", &t.Base)
	line("before", &t.Before)
	line("after", &t.After)
	if t.Chain != nil {
		line("won of all", t.Chain)
	}
}

// errTooMany is why there are no predictions of very large samples.
var errTooMany = errors.New("learn: too many outcomes to predict each: predict samples of parts of them")
