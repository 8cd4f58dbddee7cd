package handoff

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/leadloop/leadloop/handoff/goals"
	"github.com/leadloop/leadloop/handoff/worktime"
)

// A description collects the facts of an agreement.
type description struct {
	facts []fact
	times map[string]int // how often a key has come: the n-th of a name matches the n-th
}

// A place is where facts stand: a part of the agreement, or a thing in it that has a name.
type place struct {
	part             Part
	key, path, thing string
}

// add notes a fact, unless there is no value. sentence is what stands before the value, what stands behind it, and what is
// said once it is gone; all but the first may be left out.
func (d *description) add(at place, path, value string, sentence ...string) *fact {
	sentence = append(sentence, "", "")
	f := fact{part: at.part, key: join(at.key, path), path: join(at.path, path), thing: at.thing,
		lead: sentence[0], value: value, tail: sentence[1], exact: value, gone: sentence[2]}
	if value == "" {
		return &f
	}
	d.facts = append(d.facts, f)
	return &d.facts[len(d.facts)-1]
}

// thing notes an element of a list, with the fact that tells it best, and gives the place for the others.
func (d *description) thing(at place, list string, i int, id, path, value string, sentence ...string) (place, *fact) {
	key := join(at.key, list+"["+strconv.Quote(id)+"]")
	d.times[key]++
	if n := d.times[key]; n > 1 {
		key += strconv.Itoa(n)
	}
	inner := place{at.part, key, fmt.Sprintf("%s[%d]", join(at.path, list), i), key}
	f := d.add(inner, path, value, sentence...)
	f.key, f.thing = key, at.thing
	return inner, f
}

func describe(a Agreement) []fact {
	d := &description{times: map[string]int{}}
	head := place{part: PartDocument}
	d.add(head, "$schema", named(a.SchemaURL), "the agreement's JSON Schema is ")
	d.add(head, "schema", strconv.Itoa(cmp.Or(a.Schema, Schema)), "the agreement is written in format ")
	d.add(head, "name", name(a.Name), "the agreement is called ")
	d.add(head, "version", strconv.Itoa(a.Version), "the version of the agreement is ")
	d.add(head, "policy", name(a.Policy), "the agreement is made for the funnel ")
	version := "any version"
	if a.PolicyVersion != 0 {
		version = "version " + strconv.Itoa(a.PolicyVersion)
	}
	d.add(head, "policy_version", version, "the agreement is made for ", " of the funnel")
	d.add(place{part: PartCriterion}, "criterion", condition(a.Criterion), "a lead is ready for sales if ")
	business := place{PartCalendar, "calendar", "calendar", ""}
	d.add(business, "time_zone", named(a.Calendar.TimeZone), "business hours are those of the time zone ")
	d.hours(business, "", a.Calendar)
	for _, id := range slices.Sorted(maps.Keys(a.Calendars)) {
		d.working(id, a.Calendars[id])
	}
	d.add(place{part: PartRouting}, "quota_period", named(a.QuotaPeriod), "quotas count the leads of a ", "", "quotas count the leads of no period any more")
	for i, id := range distinct(a.Managers) {
		d.thing(place{part: PartManagers}, "managers", i, id, "", name(id), "", " is a manager and may decide in an owner's place", name(id)+" is no manager any more")
	}
	d.deadlines(place{part: PartDeadlines}, a)
	d.escalation(place{part: PartEscalation}, a)
	d.add(place{part: PartNurture}, "nurture_track", named(a.NurtureTrack), "leads that no reason sends elsewhere are nurtured on the track ")
	d.marketing(a.Marketing)
	for i, p := range a.Goals.Periods {
		d.period(place{PartGoals, "goals", "goals", ""}, i, p)
	}
	d.pay(a.Pay)
	return d.facts
}

// working describes a calendar of members.
func (d *description) working(id string, c worktime.Definition) {
	at := place{PartRouting, "calendars[" + strconv.Quote(id) + "]", "calendars." + id, ""}
	whose := "the calendar " + name(id)
	f := d.add(at, "time_zone", name(c.TimeZone), whose+" is in the time zone ", "", "there is no calendar "+name(id)+" any more")
	f.key = at.key
	at.thing = at.key
	d.hours(at, "in "+whose+", ", c)
}

// hours describes when a calendar is open; whose begins each sentence.
func (d *description) hours(at place, whose string, c worktime.Definition) {
	h := &c.Hours
	for _, day := range []struct {
		key, name string
		windows   []worktime.Window
	}{
		{"mon", "Mondays", h.Mon}, {"tue", "Tuesdays", h.Tue}, {"wed", "Wednesdays", h.Wed}, {"thu", "Thursdays", h.Thu},
		{"fri", "Fridays", h.Fri}, {"sat", "Saturdays", h.Sat}, {"sun", "Sundays", h.Sun},
	} {
		d.add(at, "hours."+day.key, sorted(day.windows, window), whose+day.name+" are open ", "", whose+day.name+" are closed")
	}
	for _, date := range slices.Sorted(maps.Keys(c.DatedHours)) {
		d.add(at, "dated_hours."+name(date), cmp.Or(sorted(c.DatedHours[date], window), "none"), whose+name(date)+" has its own hours: ", "", whose+name(date)+" has the hours of its weekday again")
	}
	for _, date := range slices.Sorted(maps.Keys(c.Breaks)) {
		d.add(at, "breaks."+name(date), sorted(c.Breaks[date], window), whose+name(date)+" has a break ", "", whose+name(date)+" has no break any more")
	}
	for i, date := range distinct(c.Holidays) {
		d.thing(at, "holidays", i, string(date), "", name(date), whose, " is a holiday", whose+name(date)+" is no holiday any more")
	}
}

func (d *description) deadlines(at place, a Agreement) {
	d.add(at, "accept.within", span(a.Accept.Within), "offers are to be answered within ")
	d.add(at, "accept.warn_after", span(a.Accept.WarnAfter), "who has not answered an offer is warned after ", "", "nobody is warned before an offer expires any more")
	d.add(at, "accept.max_offers", counted(int64(a.Accept.MaxOffers), "offers"), "silence accepts a lead after ")
	d.add(at, "accept.fallback", named(a.Accept.Fallback), "a lead that silence accepts goes to ")
	d.add(at, "first_touch", span(a.FirstTouch), "the first attempt at contact is due within ", " of acceptance")
	d.add(at, "feedback", span(a.Feedback), "an outcome is due within ", " of acceptance")
	d.add(at, "attempts", number(a.Attempts), "the agreed number of attempts at contact is ", "", "no number of attempts at contact is agreed any more")
	d.add(at, "attempts_within", span(a.AttemptsWithin), "the agreed attempts at contact are due within ", " of acceptance", "the agreed attempts at contact have no deadline any more")
}

func (d *description) escalation(at place, a Agreement) {
	d.add(at, "escalate_to", named(a.EscalateTo), "", " is told of every breach at once")
	for i, r := range a.Escalation {
		after := cmp.Or(span(r.After), "0s") + " after a breach, "
		in, _ := d.thing(at, "escalation", i, after, "to", name(r.To), after, " is told", after+"nobody is told any more")
		if r.Reassign {
			d.add(in, "reassign", name(r.To), after+"the lead goes to ", "", after+"the lead stays with its owner")
		}
	}
}

func (d *description) marketing(c goals.Commitment) {
	if c == (goals.Commitment{}) {
		return
	}
	at := place{PartMarketing, "marketing", "marketing", "marketing"}
	f := d.add(at, "", between(c.From, c.To), "marketing commits to what it hands over from ", "", "marketing commits to nothing any more")
	f.exact, f.thing = instants(c.From, c.To), ""
	d.add(at, "count", counted(c.Count, "leads"), "marketing commits to ", "", "marketing commits to no number of leads any more")
	d.add(at, "value", money(c.Value), "marketing commits to leads worth ", "", "marketing commits to no value of leads any more")
}

func (d *description) period(at place, i int, p goals.PeriodGoals) {
	in, f := d.thing(at, "periods", i, p.Name, "", between(p.From, p.To), "the goals of "+name(p.Name)+" are those from ", "", "no goals are agreed for "+name(p.Name)+" any more")
	f.exact = instants(p.From, p.To)
	goal := func(path, value, verb, tail, what string) {
		d.add(in, path, value, "in "+name(p.Name)+" "+verb+" ", tail, name(p.Name)+" has no goal for "+what+" any more")
	}
	goal("marketing.count", counted(p.Marketing.Count, "leads"), "marketing is to hand over", "", "the number of leads")
	goal("marketing.value", money(p.Marketing.Value), "marketing is to hand over leads worth", "", "the value of leads")
	goal("sales.revenue", money(p.Sales.Revenue), "sales is to win", " of revenue", "revenue")
	goal("sales.acceptance", named(p.Sales.Acceptance), "sales is to accept", " of the offers", "acceptance")
	goal("sales.follow_up", named(p.Sales.FollowUp), "sales is to meet", " of the deadlines", "follow-up")
}

func (d *description) pay(p goals.PayPlan) {
	if p.SchemaURL == "" && p.Schema == 0 && p.Name == "" && p.Version == 0 && len(p.Gates)+len(p.Roles) == 0 && p.Clawback == (goals.Clawback{}) {
		return
	}
	at := place{PartPay, "pay", "pay", "pay"}
	f := d.add(at, "name", name(p.Name), "both departments are paid by the plan ", "", "no pay is agreed any more")
	f.key, f.thing = "pay", ""
	d.add(at, "$schema", named(p.SchemaURL), "the pay plan's JSON Schema is ")
	d.add(at, "schema", strconv.Itoa(cmp.Or(p.Schema, goals.PaySchema)), "the pay plan is written in format ")
	d.add(at, "version", strconv.Itoa(p.Version), "the version of the pay plan is ")
	for i, g := range p.Gates {
		d.gate(at, i, g, "all pay")
	}
	for i, r := range p.Roles {
		d.role(at, i, r)
	}
	d.add(at, "clawback.days", counted(int64(p.Clawback.Days), "days"), "a refund takes back pay for ", " after the deal was won", "a refund takes back no pay any more")
}

func (d *description) gate(at place, i int, g goals.Gate, whose string) {
	value := name(g.Factor) + " of the pay while " + name(g.Measure) + " is below " + name(g.Threshold)
	lead := "the gate " + name(g.Name) + " of " + whose
	d.thing(at, "gates", i, g.Name, "", value, lead+" leaves ", "", lead+" is taken away")
}

func (d *description) role(at place, i int, r goals.Role) {
	pay := "the pay of " + name(r.Name)
	in, _ := d.thing(at, "roles", i, r.Name, "target", strconv.FormatInt(r.Target, 10)+" minor units", pay+" at 100 % is ", "", name(r.Name)+" is not paid by the plan any more")
	for k, c := range r.Components {
		part := "in " + pay + ", the component " + name(c.Name)
		inner, _ := d.thing(in, "components", k, c.Name, "weight", cmp.Or(named(c.Weight), "nothing"), part+" weighs ", "", part+" does not count any more")
		d.add(inner, "measure", named(c.Measure), part+" follows the measure ")
		d.add(inner, "curve.kind", named(c.Curve.Kind), part+" follows a curve of the kind ")
		d.add(inner, "curve.threshold", named(c.Curve.Threshold), part+" pays from an attainment of ", " on", part+" pays from any attainment on")
		var points, tiers []string
		for _, p := range c.Curve.Points {
			points = append(points, name(p.Pay)+" at "+name(p.At))
		}
		for _, t := range c.Curve.Tiers {
			tiers = append(tiers, name(t.Rate)+" from "+name(t.From)+" on")
		}
		d.add(inner, "curve.points", strings.Join(points, ", "), part+" pays ", " of attainment")
		d.add(inner, "curve.tiers", strings.Join(tiers, ", "), part+" pays at the rates ")
		if mode := c.Curve.Mode; mode != "" || len(tiers) > 0 {
			d.add(inner, "curve.mode", named(cmp.Or(mode, goals.TiersMarginal)), part+" has tiers of the mode ")
		}
		d.add(inner, "floor", named(c.Floor), part+" has a floor of ", "", part+" has no floor any more")
		d.add(inner, "cap", named(c.Cap), part+" has a cap of ", "", part+" has no cap any more")
	}
	for k, g := range r.Gates {
		d.gate(in, k, g, pay)
	}
	d.add(in, "floor", named(r.Floor), pay+" has a floor of ", " of the target", pay+" has no floor any more")
	d.add(in, "cap", named(r.Cap), pay+" has a cap of ", " of the target", pay+" has no cap any more")
}

func join(path, key string) string {
	if path == "" || key == "" {
		return path + key
	}
	return path + "." + key
}

// distinct gives the elements of a list with their places, each once.
func distinct[T comparable](list []T) iter.Seq2[int, T] {
	return func(yield func(int, T) bool) {
		seen := make(map[T]bool, len(list))
		for i, x := range list {
			if !seen[x] && !yield(i, x) {
				return
			}
			seen[x] = true
		}
	}
}

// named is empty for what is empty, and leaves out the quotes where a name, a date or a fraction stands clear without them.
func named[S ~string](s S) string {
	unclear := func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-_./@", r)
	}
	if strings.ContainsFunc(string(s), unclear) {
		return strconv.Quote(string(s))
	}
	return string(s)
}

// name is for what must have one: quotes with nothing between them show that it has none.
func name[S ~string](s S) string { return cmp.Or(named(s), `""`) }

// condition quotes a rule so that the quotes within it stay as they are.
func condition(rule string) string {
	if rule == "" || !strconv.CanBackquote(rule) {
		return named(rule)
	}
	return "`" + rule + "`"
}

// sorted lists what may stand in any order, each once.
func sorted[S ~string](list []S, write func(S) string) string {
	var words []string
	for _, s := range slices.Compact(slices.Sorted(slices.Values(list))) {
		words = append(words, write(s))
	}
	return strings.Join(words, ", ")
}

func window(w worktime.Window) string {
	if strings.Trim(string(w), "0123456789:-") == "" {
		return string(w)
	}
	return strconv.Quote(string(w))
}

// counted is empty for 0, and takes the plural's "s" away from one.
func counted(n int64, unit string) string {
	switch n {
	case 0:
		return ""
	case 1:
		unit = strings.TrimSuffix(unit, "s")
	}
	return strconv.FormatInt(n, 10) + " " + unit
}

// number is empty for 0.
func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func money(n int64) string { return counted(n, "minor units") }

// span writes a deadline; 0 is none.
func span(d Duration) string {
	switch {
	case d == 0:
		return ""
	case time.Duration(d)%time.Second != 0: // no document has such
		return time.Duration(d).String()
	}
	return d.String()
}

// between writes a period in the zones in which it was agreed.
func between(from, to time.Time) string { return instant(from) + " until " + instant(to) }

func instant(t time.Time) string {
	if t.IsZero() {
		return "no instant"
	}
	layout := "2006-01-02 15:04 -07:00"
	if t.Second() != 0 || t.Nanosecond() != 0 {
		layout = "2006-01-02 15:04:05.999999999 -07:00"
	}
	return t.Format(layout)
}

// instants is the same for the same period, whatever the zones.
func instants(from, to time.Time) string { return between(from.UTC(), to.UTC()) }
