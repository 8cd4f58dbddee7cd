package main

import (
	"fmt"
	"math/big"
	"slices"
	"time"

	"github.com/leadloop/leadloop/attribution"
	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/handoff/goals"
	"github.com/leadloop/leadloop/scoring/learn"
)

// report makes the figures of the books into the report.
func (h *host) report(seed uint64) (*Report, error) {
	b, w := h.books, h.world
	out := &Report{
		Title:     "Closed loop of marketing and sales",
		Simulated: true,
		Notice:    "SIMULATED: a made-up company and made-up people from a seed. Nothing in this report happened.",
		Seed:      &seed,
		From:      dateOf(yearStart), AsOf: dateOf(b.asOf),
		Leads: int64(len(w.people)), Accounts: int64(len(h.accounts)), Scores: h.scored, Problems: []Finding{},
	}
	for i := range h.leads {
		out.Activities += int64(h.leads[i].acts.count)
		if !h.leads[i].desk { // counted, not inferred from the others: a difference would always balance
			b.standing[funnel.Inquiry]++
		}
	}
	if err := b.fill(out, h.journey); err != nil {
		return nil, err
	}
	h.findings(out)
	return out, nil
}

// fill makes the figures of the books into those of a report that says how many leads and accounts there are. The journey of
// an account is what attribution takes.
func (b *books) fill(out *Report, journey func(account uint32) attribution.Journey) error {
	b.travels(out)
	desk := b.desk.Result()
	if !b.unoffered {
		b.handover(out, &desk)
	}
	b.delivery(out)
	if err := b.attain(out); err != nil {
		return err
	}
	out.Recycling = &b.recycling
	out.Recycling.Recycled.Of = out.MQL
	out.Recycling.Again.Of, out.Recycling.Won.Of = out.Recycling.Recycled.Count, out.Recycling.Recycled.Count
	for _, id := range sortedKeys(b.people) {
		out.People = append(out.People, *b.people[id])
	}
	if err := b.judge(out); err != nil {
		return err
	}
	return b.money(out, journey)
}

// judge fills in what the outcomes say of the scoring model; without a model there is nothing to say.
func (b *books) judge(out *Report) error {
	out.Grades, out.Rules, out.Review, out.Outlook = []Grade{}, []Rule{}, b.review, b.outlook
	if b.evidence == nil {
		return nil
	}
	for _, name := range sortedKeys(b.grades) {
		t := b.grades[name]
		out.Grades = append(out.Grades, Grade{name, t.offers, &Rate{t.accepted, t.judged}, Rate{t.won, t.closed}})
	}
	out.Rules = rules(b.evidence, true)
	out.Target = "accepted: of the offers that a person judged; a wrong route, a duplicate or silence judges no rule. " +
		"won: of the accepted that are closed. supported, contradicted: 95 % sure, each by itself; · too close to tell, or fewer than 30 leads. " +
		"Judged were only leads that the model itself let through."
	var err error
	out.Proposals, err = propose(b.outcomes, learn.Options{Target: learn.Acceptance, AsOf: b.asOf}, learn.Options{Target: learn.Win, AsOf: b.asOf, Weighted: true})
	return err
}

// travels fills in how leads flow, and proves that no lead was lost on the way.
func (b *books) travels(out *Report) {
	out.MQL, out.Revenue = b.reached[funnel.MQL], &b.revenue
	b.reached[funnel.Inquiry] = out.Leads
	var parts []Part
	for _, d := range b.stages {
		parts = append(parts, Part{string(d.Name), b.standing[d.Name]})
	}
	out.Conservation.balance("leads", "leads", out.Leads, parts...)
	r := b.flow.Report()
	out.flows(r, b.reached, b.standing)
	out.deals(r, b.yields, b.sales)
	out.Conservation.balance(flowCheck+"won", "cents", b.revenue, Part{"flow", r.Velocity.Revenue})
}

// handover takes over what the desk's report says about both sides' agreement.
func (b *books) handover(out *Report, r *handoff.Result) {
	o := r.Offers
	out.Offers = &Offers{o.Made, o.Accepted, o.AutoAccepted, o.Rejected, o.Expired, o.Withdrawn, o.Open,
		Rate{r.Acceptance.Numerator, r.Acceptance.Denominator}}
	out.Conservation.balance("offers", "offers", o.Made, Part{"accepted", o.Accepted}, Part{"auto_accepted", o.AutoAccepted},
		Part{"rejected", o.Rejected}, Part{"expired", o.Expired}, Part{"withdrawn", o.Withdrawn}, Part{"open", o.Open})
	for _, list := range []struct {
		back   funnel.Return
		counts []handoff.ReasonCount
	}{{funnel.Reject, r.Rejections}, {funnel.Recycle, r.Recycled}, {funnel.Disqualify, r.Disqualified}, {funnel.Lose, r.Lost}} {
		for _, c := range list.counts {
			out.Reasons = append(out.Reasons, Reason{string(list.back), string(c.Reason), string(c.AtFault), c.Count})
		}
	}
	for _, f := range r.AtFault {
		out.Faults = append(out.Faults, Fault{string(f.Side), Rate{f.Count, o.Rejected}})
	}
	out.Speed = []Speed{speed("hand-over", r.Assigned), speed("creation of the lead", r.Created)}
	if r.Business != nil {
		out.Speed = append(out.Speed, speed("hand-over, in business time", r.Business.Assigned))
	}
	for _, l := range r.Leaks {
		out.Leaks = append(out.Leaks, Leak{l.ID, l.Owner, l.Due})
	}
	slices.SortStableFunc(out.Leaks, func(a, b Leak) int { return a.Due.Compare(b.Due) })
	for _, signal := range r.Signals {
		out.Signals = append(out.Signals, signal.String())
	}
	if b.terms == nil {
		return
	}
	agreed := b.terms.Agreement()
	out.Promises = []Promise{
		promise("accept or reject", agreed.Accept.Within, r.Accept),
		promise("first attempt at contact", agreed.FirstTouch, r.Touch),
		promise("feedback with a reason", agreed.Feedback, r.Feedback),
	}
}

func speed(from string, s handoff.Speed) Speed {
	all := s.FiveMinutes + s.Hour + s.Day + s.Later + s.Never
	out := Speed{From: from, NotYet: s.NotYet, Bands: []Band{
		{"within 5 min", Rate{s.FiveMinutes, all}}, {"within 1 h", Rate{s.Hour, all}}, {"within 24 h", Rate{s.Day, all}},
		{"later", Rate{s.Later, all}}, {"never", Rate{s.Never, all}},
	}}
	span := func(p handoff.Percentile) *Seconds {
		if !p.Reached {
			return nil
		}
		s := Seconds(p.Time / time.Second)
		return &s
	}
	out.Median, out.P90 = span(s.Median), span(s.P90)
	return out
}

func promise(name string, within handoff.Duration, a handoff.Attainment) Promise {
	hours := fmt.Sprintf("%dh", time.Duration(within)/time.Hour) // a "d" would be 24 hours, three working days
	return Promise{name, hours, Rate{a.Met, a.Met + a.Missed}, a.Open}
}

// delivery holds marketing against its run rate at the end of each quarter.
func (b *books) delivery(out *Report) {
	sum := int64(0)
	for _, quarter := range b.handed { // none if nothing is committed: attainment is undefined
		sum += quarter.mql
		end := quarter.end
		if now := b.asOf.Add(time.Second); end.After(now) {
			end = now
		}
		m := b.terms.Plan().Progress(goals.Delivered{Count: sum}, end).Count
		due := new(big.Rat).Add(m.Due(), big.NewRat(1, 2))
		whole := new(big.Int).Quo(due.Num(), due.Denom()) // to the nearest MQL
		out.Delivery = append(out.Delivery, Delivery{dateOf(end.Add(-time.Second)), Rate{sum, whole.Int64()}, m.Committed})
	}
}

// rules lists what the evidence says of each rule, for both questions or for won deals alone.
func rules(e *learn.Evidence, acceptance bool) []Rule {
	win := e.Report(learn.Win)
	var list []Rule
	accepted := e.Report(learn.Acceptance)
	for i, row := range win.Rows {
		r := Rule{Rule: row.Name(), Points: row.Points.String(), Win: evidence(row)}
		if acceptance {
			a := evidence(accepted.Rows[i])
			r.Acceptance = &a
		}
		list = append(list, r)
	}
	return list
}

func evidence(row learn.Row) Evidence {
	e := Evidence{
		Support: Rate{row.Support.Part, row.Support.Whole}, Precision: Rate{row.Precision.Part, row.Precision.Whole},
		Finding: string(row.Finding),
	}
	if base := row.Base; row.Precision.Whole > 0 && base.Part > 0 {
		// From the counts, so that it is exact: (part/whole) / (base part/base whole), in percent, half up.
		lift := (row.Precision.Part*base.Whole*200/(row.Precision.Whole*base.Part) + 1) / 2
		e.Lift = &lift
	}
	return e
}

// findings counts what is odd in the data.
func (h *host) findings(out *Report) {
	add := func(what string, n int64, done string) {
		if n > 0 {
			out.Problems = append(out.Problems, Finding{What: what, Count: n, Done: done})
		}
	}
	var silent, private, free int64
	for i := range h.world.people {
		p := &h.world.people[i]
		if ranks[p.rank].name == "" {
			silent++
		}
		if p.freeMail {
			private++
		}
		if p.freeMail && !p.phone && h.leads[i].phone == 0 {
			free++
		}
	}
	count := func(reason string) (n int64) {
		for _, r := range out.Reasons {
			if r.Reason == reason {
				n += r.Count
			}
		}
		return n
	}
	add("lead without a seniority", silent, "scored without it")
	add("lead with a private mail address", private, "scored down by fit/private_mail")
	add("lead with neither a company mail nor a telephone", free, "kept; sales may return it as insufficient_data")
	add("duplicate of a colleague's entry, found by sales", count("duplicate"), "closed as a duplicate; both entries stay in the counts above")
	add("contact data found invalid by sales", count("invalid_contact_data"), "sent to be completed")
	blank := int64(0)
	for number := range h.accounts {
		if h.journeySource(uint32(number)) == "" {
			blank++
		}
	}
	add("account without a source in the CRM", blank, "sourced by source_field is unknown for it")
	for _, kind := range sortedKeys(h.oddity) {
		add("scoring: "+string(kind), h.oddity[kind], "the rest of the score stands")
	}
}
