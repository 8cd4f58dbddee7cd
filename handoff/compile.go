package handoff

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff/goals"
	"github.com/leadloop/leadloop/handoff/routing"
	"github.com/leadloop/leadloop/handoff/worktime"
	"github.com/leadloop/leadloop/internal/document"
	"github.com/leadloop/leadloop/internal/rule"
)

// Bounds of an agreement.
const (
	maxWithin   = Duration(10 * 366 * 24 * time.Hour) // of a deadline
	maxOffers   = 1000
	maxAttempts = 1000
	maxRungs    = 100
)

// Compile checks the agreement against the funnel's policy and turns it into a desk. It reports every mistake at once,
// each a [*Mistake] with its path. load gives the time zone that the calendar names, usually [time.LoadLocation]: this
// package has no time-zone database of its own. The desk keeps a copy of the agreement.
func Compile[L any](a Agreement, policy *funnel.Policy[L], load func(string) (*time.Location, error)) (*Desk[L], error) {
	if policy == nil {
		return nil, &Mistake{Path: "policy", Message: "no policy is given to Compile"}
	}
	a = a.clone()
	d := &Desk[L]{agreement: a, policy: policy}
	r := &review{a: &a}
	definition := policy.Definition()
	r.head(&definition)
	r.funnel(&definition)
	r.people()
	r.routing()
	r.deadlines()

	var err error
	calendar := worktime.Always() // lets the rest be checked if the agreement's own has mistakes
	keep := load
	if load != nil {
		keep = func(name string) (zone *time.Location, err error) {
			d.zone, err = load(name)
			return d.zone, err
		}
	}
	if d.calendar, err = worktime.Compile(a.Calendar, keep); err != nil {
		r.within("calendar", err)
	} else {
		calendar = d.calendar
		r.reach(calendar)
	}
	if d.routing, err = routing.CompilePlan[L](a.plan(), routing.Calendars(r.calendars(load))); err != nil {
		r.within("routing", err)
	}
	if a.Marketing != (goals.Commitment{}) {
		if d.plan, err = goals.Compile(a.Marketing, calendar); err != nil {
			r.within("marketing", err)
		}
	}
	if len(a.Goals.Periods) > 0 {
		if d.board, err = goals.CompileGoals(a.Goals, calendar); err != nil {
			r.within("goals", err)
		}
	}
	if a.Pay.Name != "" || len(a.Pay.Roles) > 0 {
		if d.pay, err = goals.CompilePay(a.Pay); err != nil {
			r.within("pay", err)
		}
	}
	if strings.TrimSpace(a.Criterion) == "" {
		r.report("criterion", "no hand-over criterion: say when a lead is ready for sales, such as `Grade in [\"A1\", \"A2\"]`")
	} else if compiler, err := rule.NewCompiler[L, rule.None](); err != nil {
		r.within("criterion", err)
	} else if d.criterion, err = compiler.LeadGuard(a.Criterion); err != nil {
		r.within("criterion", err)
	}
	if len(r.errs) > 0 {
		return nil, errors.Join(r.errs...)
	}
	d.chart = newChart(definition)
	return d, nil
}

// plan is the routing plan with what the agreement says for it.
func (a *Agreement) plan() routing.Plan {
	p := a.Routing
	p.Name, p.Version, p.Fallback = cmp.Or(a.Name, "agreement"), max(a.Version, 1), cmp.Or(a.Accept.Fallback, "fallback") // what is missing is reported of the agreement
	return p
}

// A review collects the mistakes of an agreement.
type review struct {
	a    *Agreement
	errs []error
}

func (r *review) report(path, format string, args ...any) {
	r.errs = append(r.errs, &Mistake{Path: path, Message: fmt.Sprintf(format, args...)})
}

// within reports the mistakes that another package has found in a part of the agreement.
func (r *review) within(path string, err error) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			r.within(path, e)
		}
		return
	}
	m := &Mistake{Path: path, Message: err.Error(), Cause: err}
	var place *rule.Error
	if e, ok := err.(*routing.Error); ok {
		m.Path, m.Line, m.Column, m.Message = path+"."+e.Path, e.Line, e.Column, e.Message
	} else if errors.As(err, &place) {
		m.Line, m.Column, m.Message = place.Line, place.Column, place.Message
	} else if inner, message, found := strings.Cut(err.Error(), ": "); found && !strings.Contains(inner, " ") {
		m.Path, m.Message = path+"."+inner, message
	}
	r.errs = append(r.errs, m)
}

func (r *review) head(d *funnel.Definition) {
	a := r.a
	if a.Schema != 0 && a.Schema != Schema {
		r.report("schema", "format %d is not known here, this package reads format %d", a.Schema, Schema)
	}
	if strings.TrimSpace(a.Name) == "" {
		r.report("name", "the agreement has no name")
	}
	if a.Version < 1 {
		r.report("version", "versions count from 1")
	}
	if a.Policy != d.Name {
		r.report("policy", "the agreement is made for the funnel policy %q, but this one is %q", a.Policy, d.Name)
	}
	if a.PolicyVersion != 0 && a.PolicyVersion != d.Version {
		r.report("policy_version", "the agreement is made for version %d of the funnel policy, but this one is %d", a.PolicyVersion, d.Version)
	}
	if strings.TrimSpace(a.NurtureTrack) == "" {
		r.report("nurture_track", "no track: leads that no reason sends elsewhere would be left alone")
	}
}

// funnel checks that the policy can do what a desk has to do with it.
func (r *review) funnel(d *funnel.Definition) {
	events := map[funnel.Event]bool{}
	accepts := map[funnel.Stage]bool{}
	start := false
	for i, e := range d.Edges {
		events[e.On] = true
		accepts[e.From] = accepts[e.From] || e.On == funnel.Accept
		start = start || e.On == funnel.Qualify && e.From == d.Initial
		if e.On == funnel.Accept && (len(e.Guards) > 0 || e.When != "") {
			r.report("policy", "the funnel's edges[%d] guards %q: silence could then drop a lead; move the condition to the criterion", i, e.On)
		}
	}
	for i, e := range d.Edges { // by which a lead comes back
		if want := releases[e.Release]; want != "" && e.On != want {
			r.report("policy", "the funnel's edges[%d] lets leads in again on %q, but the desk takes edges with the release %q by the name %q: leads would wait there for ever", i, e.On, e.Release, want)
		}
	}
	for i, e := range d.Edges { // that take a lead to where it is offered
		if slices.Contains([]funnel.Event{funnel.Qualify, funnel.Requalify, funnel.Reawaken, funnel.Reopen}, e.On) && !accepts[e.To] {
			r.report("policy", "the funnel's edges[%d], on %q, leads to %q, which has no edge on %q: silence would drop leads there", i, e.On, e.To, funnel.Accept)
		}
	}
	if !start {
		r.report("policy", "the funnel has no edge on %q from its initial stage %q, which the desk needs", funnel.Qualify, d.Initial)
	}
	for _, e := range []funnel.Event{funnel.Accept, funnel.SalesQualify} {
		if !events[e] {
			r.report("policy", "the funnel has no edge on %q, which the desk needs", e)
		}
	}
	returns := map[funnel.Return]bool{}
	for _, e := range d.Returns {
		returns[e.On] = true
	}
	for _, e := range []funnel.Return{funnel.Reject, funnel.Recycle, funnel.Disqualify} {
		if !returns[e] {
			r.report("policy", "the funnel has no edge for the return %q, which the desk needs", e)
		}
	}
	for _, reason := range d.Reasons {
		if reason.MinAttempts == "agreement.attempts" && r.a.Attempts == 0 {
			r.report("attempts", "reason %q wants the agreed number of attempts at contact: agree on one, from 1", reason.Code)
		}
	}
	if r.a.Attempts < 0 || r.a.Attempts > maxAttempts {
		r.report("attempts", "must be 0 to %d", maxAttempts)
	}
}

// releases are the names by which the desk takes the ways back.
var releases = map[funnel.Release]funnel.Event{
	funnel.ReleaseCoolDown: funnel.Requalify, funnel.ReleaseHighIntent: funnel.Reawaken, funnel.ReleaseManual: funnel.Reopen,
}

func (r *review) people() {
	a := r.a
	known := []string{}
	for _, pool := range a.Routing.Pools {
		for _, m := range pool.Members {
			known = append(known, m.ID)
		}
	}
	for i, id := range a.Managers {
		path := fmt.Sprintf("managers[%d]", i)
		if strings.TrimSpace(id) == "" {
			r.report(path, "the manager has no id")
		} else if slices.Contains(a.Managers[:i], id) {
			r.report(path, "the manager %q stands here twice", id)
		}
	}
	if a.EscalateTo == "" {
		r.report("escalate_to", "breaches have no recipient: name one of the managers")
	} else if !slices.Contains(a.Managers, a.EscalateTo) {
		r.report("escalate_to", "unknown recipient %q%s: name one of the managers", a.EscalateTo, document.DidYouMean(a.EscalateTo, a.Managers))
	}
	known = append(known, a.Managers...)
	for i, rung := range a.Escalation {
		path := fmt.Sprintf("escalation[%d].to", i)
		if rung.To == "" {
			r.report(path, "the rung has no recipient: name a member of a pool or a manager")
		} else if !slices.Contains(known, rung.To) {
			r.report(path, "unknown recipient %q%s: name a member of a pool or a manager", rung.To, document.DidYouMean(rung.To, known))
		}
	}
	if a.Accept.Fallback == "" {
		r.report("accept.fallback", "no fallback owner: silence would drop leads; name a member of a pool or a manager")
	} else if !slices.Contains(known, a.Accept.Fallback) {
		r.report("accept.fallback", "unknown owner %q%s: name a member of a pool or a manager", a.Accept.Fallback, document.DidYouMean(a.Accept.Fallback, known))
	}
}

// routing checks what the agreement adds to the plan of its routing.
func (r *review) routing() {
	a := r.a
	if a.Routing.Name != "" {
		r.report("routing.name", "the routing has the name of the agreement: leave it out")
	}
	if a.Routing.Version != 0 {
		r.report("routing.version", "the routing has the version of the agreement: leave it out")
	}
	if a.Routing.Fallback != "" {
		r.report("routing.fallback", "who gets what the pools can't take is said by accept.fallback: leave it out")
	}
	quotas := false
	names := map[string]bool{}
	for _, pool := range a.Routing.Pools {
		for _, m := range pool.Members {
			quotas = quotas || m.Quota != 0
			names[m.Calendar] = true
		}
	}
	switch p := a.QuotaPeriod; {
	case p == "" && quotas:
		r.report("quota_period", "members have quotas, and it is not said of which period: choose one of %q", quotaPeriods)
	case p != "" && !slices.Contains(quotaPeriods, p):
		r.report("quota_period", "unknown period %q%s: choose one of %q", p, document.DidYouMean(p, quotaPeriods), quotaPeriods)
	case p != "" && !quotas:
		r.report("quota_period", "no member has a quota: give one, or leave the period out")
	}
	for _, name := range slices.Sorted(maps.Keys(a.Calendars)) {
		if name == "" {
			r.report("calendars", "a calendar has no name: give it one")
		} else if !names[name] {
			r.report("calendars."+name, "no member works by the calendar: name it in one, or leave it out")
		}
	}
}

// calendars compiles those that members name. In place of one with mistakes stands one that is always open.
func (r *review) calendars(load func(string) (*time.Location, error)) map[string]*worktime.Calendar {
	byName := make(map[string]*worktime.Calendar, len(r.a.Calendars))
	for _, name := range slices.Sorted(maps.Keys(r.a.Calendars)) {
		calendar, err := worktime.Compile(r.a.Calendars[name], load)
		if err != nil {
			r.within("calendars."+name, err)
			calendar = worktime.Always()
		}
		byName[name] = calendar
	}
	return byName
}

// A dated is one of the agreement's deadlines.
type dated struct {
	path   string
	within Duration
}

func (r *review) dated() []dated {
	all := []dated{{"accept.within", r.a.Accept.Within}, {"first_touch", r.a.FirstTouch}, {"feedback", r.a.Feedback}}
	if r.a.AttemptsWithin != 0 {
		all = append(all, dated{"attempts_within", r.a.AttemptsWithin})
	}
	for i, rung := range r.a.Escalation {
		all = append(all, dated{fmt.Sprintf("escalation[%d].after", i), rung.After})
	}
	return all
}

// reach checks that the business hours come to the end of every deadline. A calendar ends with the year 9999: with a
// minute a week, a deadline of years of business time would lie beyond and never fire.
func (r *review) reach(calendar *worktime.Calendar) {
	from, to := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, x := range r.dated() {
		if x.within > 0 && x.within <= maxWithin && calendar.Between(from, to) < time.Duration(x.within) {
			r.report(x.path, "the deadline would fall due more than 100 years later in these business hours")
		}
	}
}

func (r *review) deadlines() {
	a := r.a
	h := &a.Calendar.Hours
	if len(h.Mon)+len(h.Tue)+len(h.Wed)+len(h.Thu)+len(h.Fri)+len(h.Sat)+len(h.Sun) == 0 && len(a.Calendar.DatedHours) > 0 {
		r.report("calendar.hours", "no weekly hours: once the calendar had come to its end, no deadline would fall due and silence would drop leads")
	}
	for _, x := range r.dated() {
		if x.within <= 0 || x.within > maxWithin {
			r.report(x.path, "a deadline must be longer than 0 and at most %s, such as \"8h\"", maxWithin)
		} else if time.Duration(x.within)%time.Second != 0 {
			r.report(x.path, "must be in whole seconds: JSON has no parts of them")
		}
	}
	for i := 1; i < len(a.Escalation); i++ {
		if a.Escalation[i].After <= a.Escalation[i-1].After {
			r.report(fmt.Sprintf("escalation[%d].after", i), "a rung must come later than the one before it")
		}
	}
	if len(a.Escalation) > maxRungs {
		r.report("escalation", "must have at most %d rungs", maxRungs)
	}
	if w := a.Accept.WarnAfter; w < 0 || w > 0 && w >= a.Accept.Within {
		r.report("accept.warn_after", "the warning must come before the deadline, which is accept.within; 0 is no warning")
	} else if time.Duration(w)%time.Second != 0 {
		r.report("accept.warn_after", "must be in whole seconds: JSON has no parts of them")
	}
	if a.Accept.MaxOffers < 1 || a.Accept.MaxOffers > maxOffers {
		r.report("accept.max_offers", "must be 1 to %d", maxOffers)
	}
	if a.Feedback > 0 && a.Feedback < a.Accept.Within {
		r.report("feedback", "an outcome would be due sooner than an offer must be answered: it must be at least accept.within")
	}
	if a.AttemptsWithin > 0 && (a.AttemptsWithin < a.FirstTouch || a.Feedback > 0 && a.AttemptsWithin > a.Feedback) {
		r.report("attempts_within", "the last attempt would be due before the first, or later than the outcome: it must be from first_touch to feedback")
	}
	if a.AttemptsWithin > 0 && a.Attempts == 0 {
		r.report("attempts_within", "a deadline for attempts needs their number: agree on attempts, from 1")
	}
	if a.Feedback > 0 && a.FirstTouch > a.Feedback {
		r.report("first_touch", "the first attempt would be due later than the outcome: it must be at most feedback")
	}
}
