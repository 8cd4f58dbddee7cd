package main

import (
	"fmt"
	"math/big"
	"time"

	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/handoff/goals"
)

// period is what both sides did in one period of their goals.
type period struct {
	goals              goals.PeriodGoals
	desk               *handoff.Report // of the offers made in it
	delivered, revenue int64
}

// inPeriods enters something in every period that it happened in.
func (b *books) inPeriods(at time.Time, enter func(*period)) {
	for i := range b.periods {
		if p := &b.periods[i]; !at.Before(p.goals.From) && at.Before(p.goals.To) {
			enter(p)
		}
	}
}

// Goal is how both sides' goals of a period were attained.
type Goal struct {
	Period           string `json:"period"`
	MQL              Rate   `json:"mql"`           // handed over, of the goal
	Revenue          Rate   `json:"revenue_cents"` // won, of the goal
	Acceptance       Rate   `json:"acceptance"`    // of the offers that were decided
	AgreedAcceptance string `json:"agreed_acceptance"`
	FollowUp         Rate   `json:"follow_up"` // deadlines kept, of those kept and missed
	AgreedFollowUp   string `json:"agreed_follow_up"`
}

// Payout is what a department is paid for the year, and for what.
type Payout struct {
	Role   string    `json:"role"`
	Target int64     `json:"target_cents"`
	Amount *int64    `json:"amount_cents"` // null while something that it depends on is undefined
	Lines  []PayLine `json:"lines"`
}

// PayLine is a part of a [Payout].
type PayLine struct {
	What       string `json:"what"`
	Measure    string `json:"measure"`
	Attainment string `json:"attainment,omitempty"` // an exact fraction, 1 being on plan
	Step       string `json:"step"`
	Amount     int64  `json:"amount_cents"`
}

// attain holds both sides against their goals, and pays them for the last period, which is the year.
func (b *books) attain(out *Report) error {
	if b.terms == nil || b.terms.Board() == nil {
		return nil // nothing is agreed
	}
	board, pay := b.terms.Board(), b.terms.Pay()
	var attained goals.Attained
	for i := range b.periods {
		p := &b.periods[i]
		done := p.desk.Result().Done(goals.Delivered{Count: p.delivered}, p.revenue, 0)
		standing, _ := board.Progress(p.goals.Name, done, b.asOf.Add(time.Second))
		attained = standing.Attained()
		out.Goals = append(out.Goals, Goal{
			Period: p.goals.Name, MQL: Rate{p.delivered, standing.Count.Committed}, Revenue: Rate{p.revenue, standing.Revenue.Committed},
			Acceptance: Rate{done.Acceptance.Part, done.Acceptance.Whole}, AgreedAcceptance: string(standing.Acceptance.Agreed),
			FollowUp: Rate{done.FollowUp.Part, done.FollowUp.Whole}, AgreedFollowUp: string(standing.FollowUp.Agreed),
		})
	}
	if pay == nil {
		return nil
	}
	for _, role := range b.terms.Agreement().Pay.Roles {
		line := Payout{Role: role.Name, Target: role.Target, Lines: []PayLine{}}
		defined := true
		for _, measure := range pay.Measures(role.Name) {
			defined = defined && attained[measure] != nil
		}
		if defined {
			paid, err := pay.Payout(role.Name, attained)
			if err != nil {
				return fmt.Errorf("pay of %s: %w", role.Name, err)
			}
			line.Amount = &paid.Amount
			for _, l := range paid.Lines {
				line.Lines = append(line.Lines, PayLine{l.Name, l.Measure, fraction(l.Attainment), l.Step, l.Amount})
			}
			var parts []Part
			for _, l := range line.Lines {
				parts = append(parts, Part{l.What, l.Amount})
			}
			out.Conservation.balance(payCheck+role.Name, "cents", paid.Amount, parts...)
		}
		out.Pay = append(out.Pay, line)
	}
	return nil
}

// payCheck begins the names of the lines of [Conservation] that are about pay.
const payCheck = "pay, "

func fraction(r *big.Rat) string {
	if r == nil {
		return ""
	}
	return r.RatString()
}

// textGoals writes what both sides attained, and what they are paid for it.
func (r *Report) textGoals(s *sheet) {
	if r.Goals == nil {
		return
	}
	s.heading("GOALS AND PAY             what both sides agreed to attain, and what both departments are paid for the year")
	rows := [][]string{{"period", "MQLs of marketing", "", "revenue of sales", "", "accepted", "agreed", "deadlines kept", "agreed"}}
	for _, g := range r.Goals {
		rows = append(rows, []string{g.Period, fmt.Sprintf("%s of %s", thousands(g.MQL.Count), thousands(g.MQL.Of)), g.MQL.String(),
			fmt.Sprintf("%s of %s", money(g.Revenue.Count), money(g.Revenue.Of)), g.Revenue.String(),
			g.Acceptance.String(), percent(g.AgreedAcceptance), g.FollowUp.String(), percent(g.AgreedFollowUp)})
	}
	s.table("lrrrrrrrr", rows...)
	rows = nil
	for _, p := range r.Pay {
		amount := "undefined"
		if p.Amount != nil {
			amount = money(*p.Amount)
		}
		first := fmt.Sprintf("%s is paid %s of %s", p.Role, amount, money(p.Target))
		for _, l := range p.Lines {
			rows = append(rows, []string{first, money(l.Amount), l.What, percent(l.Attainment), l.Step})
			first = ""
		}
		if first != "" {
			rows = append(rows, []string{first, "", "", "", ""})
		}
	}
	s.table("lrlrl", rows...)
	if n := len(r.Leaks); n > 0 {
		s.paragraph("  ", fmt.Sprintf("leaks: %s offers are undecided and past due, the oldest %s of %s", thousands(int64(n)), r.Leaks[0].Lead, r.Leaks[0].Owner))
	} else {
		s.line("  leaks: none, every offer that was due has been decided or has gone to the next")
	}
	if len(r.Signals) == 0 {
		s.line("  no sign that figures were played for: volume against acceptance, offers at the end of months, returns for no reason")
	}
	for _, signal := range r.Signals {
		s.paragraph("  look at ", signal)
	}
}

// percent writes an exact fraction as a percentage with one decimal.
func percent(text string) string {
	f, ok := new(big.Rat).SetString(text)
	if !ok {
		return ""
	}
	return f.Mul(f, big.NewRat(100, 1)).FloatString(1) + " %"
}
