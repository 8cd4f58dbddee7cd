package app

import (
	"context"
	"strconv"
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
)

// assigned plans what the owner of an offer does, or of a lead that silence gave.
func (s *simulation) assigned(i int, lead string, e *handoff.Effect) {
	p := &s.people[i]
	owner := e.To
	if e.Packet != nil && !e.Packet.Deadlines.Accept.MetUntil.IsZero() { // an offer
		if p.late || s.chance(7) {
			return // nobody answers
		}
		answer := s.business(e.At, 10*time.Minute, 7*time.Hour)
		if s.chance(50) { // many are quick
			answer = s.business(e.At, 2*time.Minute, 50*time.Minute)
		}
		s.plan(answer, func(ctx context.Context) error { return s.answer(ctx, i, lead, owner) })
		return
	}
	s.work(i, lead, owner, e.At)
}

// business is an instant in business hours, some business time later.
func (s *simulation) business(at time.Time, from, to time.Duration) time.Time {
	return s.hours.Add(at, s.span(from, to)).Due
}

// answer accepts an offer or rejects it. Whom sales rejects hangs mostly on what the model's rules see, so that there is something to learn: chief
// officers, for whom it gives points, seldom have a need.
func (s *simulation) answer(ctx context.Context, i int, lead, owner string) error {
	p := &s.people[i]
	reject := Request{Command: Reject}
	switch n := s.rand.IntN(100); {
	case p.fields["industry"] == "education" && n < 85:
		reject.Reason = "student_or_researcher"
	case p.fields["industry"] == "public sector" && n < 85:
		reject.Reason, reject.Fields = "not_target_market", map[string]string{"failed_criterion": "industry"}
	case p.fields["country"] == "US" && n < 70:
		reject.Reason, reject.Fields = "wrong_region", map[string]string{"region": "US"}
	case p.fields["phone"] == "" && n < 12:
		reject.Reason, reject.Fields = "insufficient_data", map[string]string{"missing_fields": "phone"}
	case p.fields["seniority"] == "chief" && n < 85:
		reject.Reason, reject.Fields = "below_threshold", map[string]string{"agreed_criterion": "a need of the company's"}
	case p.quality < 40 && n < 30:
		reject.Reason, reject.Fields = "not_target_market", map[string]string{"failed_criterion": "size"}
	case n < 3:
		reject.Reason = "no_capacity"
	}
	if reject.Reason != "" {
		_, err := s.request(ctx, lead, owner, s.because(owner, lead, reject))
		return err
	}
	done, err := s.request(ctx, lead, owner, s.because(owner, lead, Request{Command: Accept}))
	if done {
		s.work(i, lead, owner, s.now)
	}
	return err
}

// because gives a manager's cause, where one decides in an owner's place.
func (s *simulation) because(owner, lead string, r Request) Request {
	if s.user(owner).Role == Admin {
		r.Because = "nobody else was there"
	}
	return r
}

// work plans attempts at contact, and an outcome.
func (s *simulation) work(i int, lead, owner string, at time.Time) {
	tries := 1 + s.rand.IntN(3)
	reached := s.chance(82)
	if !reached {
		tries = 5
	}
	for k := range tries {
		at = s.business(at, 5*time.Minute, []time.Duration{100 * time.Minute, 14 * time.Hour}[min(k, 1)])
		if k == 0 && s.chance(15) {
			at = s.business(at, 2*time.Hour, 8*time.Hour) // later than was agreed
		}
		last := k == tries-1
		s.plan(at, func(ctx context.Context) error {
			_, err := s.request(ctx, lead, owner, s.because(owner, lead, Request{Command: Attempt, Reached: last && reached}))
			return err
		})
	}
	at = s.business(at, 20*time.Minute, 20*time.Hour)
	s.plan(at, func(ctx context.Context) error { return s.outcome(ctx, i, lead, owner, reached) })
}

// outcome qualifies a lead or returns it.
func (s *simulation) outcome(ctx context.Context, i int, lead, owner string, reached bool) error {
	p := &s.people[i]
	if !reached || !s.chance(15+p.quality*7/10) {
		r := s.later()
		if !reached {
			r = Request{Command: Recycle, Reason: "unreachable"}
		}
		_, err := s.request(ctx, lead, owner, s.because(owner, lead, r))
		return err
	}
	done, err := s.request(ctx, lead, owner, s.because(owner, lead, Request{Command: Qualify}))
	if done {
		s.plan(s.business(s.now, 8*time.Hour, 40*time.Hour), func(ctx context.Context) error { return s.open(ctx, i, lead, owner) })
	}
	return err
}

// later is why a lead that was reached is not ripe.
func (s *simulation) later() Request {
	r := Request{Command: Recycle}
	day := func(from, to int) string { return s.now.AddDate(0, 0, from+s.rand.IntN(to-from)).Format(time.DateOnly) }
	switch s.rand.IntN(8) {
	case 0, 1:
		r.Reason, r.Fields = "timing", map[string]string{"revisit_at": day(30, 120)}
	case 2:
		r.Reason, r.Fields = "no_budget", map[string]string{"budget_date": day(40, 130)}
	case 3, 4:
		r.Reason = "no_need"
	case 5:
		r.Reason = "no_authority"
	case 6:
		r.Reason, r.Fields = "in_contract", map[string]string{"contract_end": day(120, 400)}
	default:
		r.Reason, r.Fields = "price", map[string]string{"expected_price": strconv.Itoa(400_000 + s.rand.IntN(1_000_000))}
	}
	return r
}

// open opens an opportunity, and plans how it ends.
func (s *simulation) open(ctx context.Context, i int, lead, owner string) error {
	p := &s.people[i]
	if s.chance(15) {
		_, err := s.request(ctx, lead, owner, s.because(owner, lead, s.later()))
		return err
	}
	done, err := s.request(ctx, lead, owner, s.because(owner, lead, Request{Command: Open}))
	if !done {
		return err
	}
	r := Request{Command: Win, Revenue: s.revenue(p)}
	if !s.chance(10 + p.quality*6/10) {
		r = Request{Command: Lose, Reason: []funnel.Reason{"chose_competitor", "price", "no_budget"}[s.rand.IntN(3)]}
		if r.Reason == "chose_competitor" {
			r.Fields = map[string]string{"competitor": "another vendor"}
		}
	}
	closing, _ := s.hours.Next(s.now.Add(s.span(6*24*time.Hour, 50*24*time.Hour)))
	s.plan(closing, func(ctx context.Context) error {
		_, err := s.request(ctx, lead, owner, s.because(owner, lead, r))
		return err
	})
	return nil
}

// revenue is what a deal brings, in cents: larger companies buy more.
func (s *simulation) revenue(p *person) int64 {
	employees, _ := strconv.ParseInt(p.fields["employees"], 10, 64)
	return 400_000 + employees*1_000 + s.rand.Int64N(900_000)
}
