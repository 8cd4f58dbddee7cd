package main

import (
	"strconv"
	"time"

	"github.com/leadloop/leadloop/funnel"
)

// This file is what the sales people do. They act on the hidden truth as far as they can find it out: before contact on
// what anyone can see at a second glance, after contact on what the lead told them. All times are working minutes.

// temper is how one sales person works: how often offers are left lying, and how fast the rest are looked at.
type temper struct {
	ignore int // of a thousand offers
	haste  int // per cent of the usual delay
}

// tempers by place in the agreement's pool; further members repeat them.
var tempers = []temper{{10, 60}, {20, 80}, {25, 90}, {30, 100}, {35, 100}, {50, 120}, {80, 140}, {130, 180}}

var (
	lookDelay    = spread{{24, 2, 15}, {36, 16, 60}, {28, 61, 200}, {12, 201, 400}}
	touchDelay   = spread{{30, 2, 15}, {40, 16, 60}, {22, 61, 240}, {8, 241, 700}}
	attemptDelay = spread{{60, 240, 600}, {40, 600, 1200}}
	answerDelay  = spread{{45, 30, 480}, {42, 481, 1900}, {13, 1901, 3600}}
	openDelay    = spread{{60, 960, 3000}, {40, 3000, 7000}}
)

// look is what a sales person does with an offer: nothing, accept it, or reject it with a reason.
type look struct {
	ignored bool
	objects bool // the lead withdraws its consent before sales has looked
	after   time.Duration
	reason  funnel.Reason // "" accepts
	fields  map[string]string
}

// look decides about an offer. busy says that a colleague of the lead is in an open deal, bought that one has signed.
func (w *world) look(lead, round, offer int, t temper, busy, bought bool, now time.Time) look {
	d := roll(w.seed, 4, uint64(lead), uint64(round), uint64(offer))
	p := &w.people[lead]
	l := look{ignored: d.chance(t.ignore), after: time.Duration(lookDelay.draw(d)*t.haste/100) * time.Minute}
	if l.ignored {
		return l
	}
	if l.objects = d.chance(8); l.objects {
		l.reason = "consent_withdrawn"
		l.fields = map[string]string{"withdrawn_at": now.UTC().Format(time.RFC3339)}
		return l
	}
	reject := func(permille int, reason funnel.Reason, field, value string) {
		if l.reason != "" || !d.chance(permille) {
			return
		}
		l.reason = reason
		if field != "" {
			l.fields = map[string]string{field: value}
		}
	}
	fresh := round == 1 // what a colleague has accepted once is not doubted again
	if p.double && fresh {
		reject(850, "duplicate", "survivor_id", leadID(int(w.accounts[p.account])))
	}
	if bought || p.customer {
		reject(380, "existing_customer", "account_id", accountID(p.account))
	}
	if busy {
		reject(330, "opportunity_in_progress", "opportunity_id", "O-"+accountID(p.account))
	}
	if fresh {
		switch p.persona {
		case student:
			reject(550, "student_or_researcher", "", "")
		case researcher:
			reject(230, "student_or_researcher", "", "")
		case competitor:
			reject(650, "competitor", "", "")
		case applicant:
			reject(750, "vendor_or_applicant", "", "")
		case spam:
			reject(600, "spam_or_test", "", "")
			reject(800, "invalid_contact_data", "bad_fields", "phone,email")
		}
		if countries[p.country].name == "other" {
			reject(550, "wrong_region", "region", "other")
		}
		if industries[p.industry].truth < 0 {
			reject(90, "not_target_market", "failed_criterion", "industry")
		}
		if p.freeMail && !p.phone {
			reject(300, "insufficient_data", "missing_fields", "phone,company")
		}
		if p.quality < 450 {
			reject(80, "below_threshold", "agreed_criterion", "engagement")
		}
		reject(15, "misrouted", "suggested_queue", "partner team")
		reject(10, "no_capacity", "", "")
		reject(8, "recently_contacted", "last_contact_at", now.UTC().AddDate(0, 0, -9).Format(time.RFC3339))
		reject(14, "other", "note", "(simulated note)")
	}
	return l
}

// work is what happens after acceptance: the first touch, further attempts, and the feedback.
type work struct {
	forgot   bool          // lost in somebody's list: neither touch nor feedback
	touch    time.Duration // after acceptance
	attempts []time.Duration
	answer   time.Duration // after the last attempt
	reached  bool
	verdict  funnel.Return // "" qualifies; else [funnel.Recycle] or [funnel.Disqualify]
	reason   funnel.Reason
	fields   map[string]string
}

// work decides what becomes of an accepted lead. need is how many attempts the agreement asks for before giving up.
func (w *world) work(lead, round, need int, t temper, now time.Time) work {
	d := roll(w.seed, 5, uint64(lead), uint64(round))
	p := &w.people[lead]
	k := work{
		touch:  time.Duration(touchDelay.draw(d)*t.haste/100) * time.Minute,
		answer: time.Duration(answerDelay.draw(d)*t.haste/100) * time.Minute,
	}
	k.forgot = d.chance(t.ignore / 3)
	k.reached = d.chance([]int{560, 700, 830, 850, 840, 780}[p.rank])
	tries := need - 1
	if k.reached {
		tries = d.pick([]int{400, 260, 170, 100, 70})
	}
	for range min(tries, need-1) {
		k.attempts = append(k.attempts, time.Duration(attemptDelay.draw(d))*time.Minute)
	}
	switch {
	case !k.reached:
		k.verdict, k.reason = funnel.Recycle, "unreachable"
	case p.persona == student || p.persona == applicant || p.persona == spam || p.persona == competitor:
		k.verdict = funnel.Disqualify
		k.reason = []funnel.Reason{student: "student_or_researcher", applicant: "vendor_or_applicant",
			competitor: "competitor", spam: "spam_or_test"}[p.persona]
	case d.chance(max(20, min(900, int(p.quality)*3/2-270+80*(round-1)))):
		// qualified: a need, a budget in sight, and somebody who may sign
	case d.chance(25):
		k.verdict, k.reason = funnel.Disqualify, "do_not_contact"
		k.fields = map[string]string{"requested_at": now.UTC().Format(time.RFC3339)}
	case industries[p.industry].truth < -50 && d.chance(400):
		k.verdict, k.reason = funnel.Disqualify, "not_target_market"
		k.fields = map[string]string{"failed_criterion": "industry"}
	default:
		k.verdict = funnel.Recycle
		k.reason, k.fields = w.later(d, p, now)
	}
	return k
}

// later is why a lead that was reached is not ripe.
func (w *world) later(d *dice, p *person, now time.Time) (funnel.Reason, map[string]string) {
	date := func(lo, hi int) string { return now.UTC().AddDate(0, 0, d.between(lo, hi)).Format(time.DateOnly) }
	odds := []int{160, 200, 130, 60, 90, 60, 50, 30}
	switch {
	case p.persona == researcher || p.quality < 300:
		odds[0] += 320 // no need
	case ranks[p.rank].name == "specialist" || ranks[p.rank].name == "":
		odds[3] += 260 // no authority
		odds[4] += 120 // wrong person
	}
	switch d.pick(odds) {
	case 0:
		return "no_need", nil
	case 1:
		return "timing", map[string]string{"revisit_at": date(35, 150)}
	case 2:
		if d.chance(400) {
			return "no_budget", map[string]string{"budget_date": date(40, 160)}
		}
		return "no_budget", nil
	case 3:
		return "no_authority", nil
	case 4:
		return "wrong_person", nil
	case 5:
		return "in_contract", map[string]string{"contract_end": date(120, 420)}
	case 6:
		return "product_gap", map[string]string{"missing_capability": "(simulated)"}
	}
	return "price", map[string]string{"expected_price": strconv.Itoa(d.between(300_000, 2_000_000))}
}

// deal is how a sales-qualified lead ends.
type deal struct {
	open    time.Duration // working time from qualification to the opportunity
	opened  bool          // else it is recycled
	days    int           // calendar days from the opportunity to the decision
	won     bool
	reason  funnel.Reason // of a loss or a recycle
	fields  map[string]string
	revenue int64 // cents
}

// sizeOf is the place in [sizes] of a number of employees.
func sizeOf(employees int) int {
	size := 0
	for size < len(sizes)-1 && employees > sizes[size].hi {
		size++
	}
	return size
}

// deal decides how an opportunity goes.
func (w *world) deal(lead, round int, now time.Time) deal {
	d := roll(w.seed, 6, uint64(lead), uint64(round))
	p := &w.people[lead]
	size := sizeOf(int(p.employees))
	out := deal{
		open:   time.Duration(openDelay.draw(d)) * time.Minute,
		opened: d.chance(min(930, 480+int(p.quality)*2/5)),
		days:   spread{{40, 18, 50}, {40, 40, 90}, {20, 80, 150}}.draw(d) + 8*size,
		won:    d.chance(max(20, min(640, (int(p.quality)-360)*9/10))),
	}
	amount := [][2]int{{350_000, 1_100_000}, {800_000, 3_000_000}, {1_800_000, 7_500_000}, {4_000_000, 16_000_000}}[size]
	out.revenue = int64(d.between(amount[0], amount[1]))
	switch {
	case !out.opened:
		out.reason, out.fields = w.later(d, p, now)
	case !out.won:
		out.reason = []funnel.Reason{"chose_competitor", "price", "no_budget", "no_need", "product_gap"}[d.pick([]int{360, 240, 180, 130, 90})]
		switch out.reason {
		case "chose_competitor":
			out.fields = map[string]string{"competitor": "(simulated)"}
		case "product_gap":
			out.fields = map[string]string{"missing_capability": "(simulated)"}
		}
	}
	return out
}
