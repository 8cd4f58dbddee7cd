package routing

import (
	"slices"
	"strconv"
	"time"
)

// Cause is the type of an exclusion.
type Cause string

// The causes of exclusion. The last two exclude only in favour of others, who
// are not excluded.
const (
	Unknown          Cause = "unknown"           // an owner who is in no pool of the plan
	NoWeight         Cause = "no_weight"         // the member has weight 0 in a weighted pool
	LacksSkill       Cause = "lacks_skill"       // a rule asks for a skill that the member does not have
	OutsideTerritory Cause = "outside_territory" // a rule asks for a territory that the member does not serve
	Absent           Cause = "absent"            // an absence holds now
	NotOpen          Cause = "not_open"          // the member's calendar does not open in time
	OverCapacity     Cause = "over_capacity"     // the open leads have reached the capacity
	OverQuota        Cause = "over_quota"        // the leads of the period have reached the quota
	Declined         Cause = "declined"          // the member has declined this lead
	NotPreferred     Cause = "not_preferred"     // others prefer this lead, or have no preference for others
	OpensLater       Cause = "opens_later"       // others open in an earlier bucket
)

// exclusions lists what keeps the lead from the member, whoever else there is.
func (r *Router) exclusions(i int, b *books, q *Request, n *needs) []Exclusion {
	m := &r.members[i]
	var list []Exclusion
	if m.Weight == 0 && r.strategy == Weighted {
		list = append(list, Exclusion{NoWeight, "has weight 0"})
	}
	for _, skill := range n.skills {
		if !slices.Contains(m.Skills, skill) {
			list = append(list, Exclusion{LacksSkill, "does not have the skill " + strconv.Quote(skill)})
		}
	}
	for _, territory := range n.territories {
		if !slices.Contains(m.Territories, territory) {
			list = append(list, Exclusion{OutsideTerritory, "does not serve the territory " + strconv.Quote(territory)})
		}
	}
	if until, away := q.away(m.ID, q.Now); away {
		why := "is absent until further notice"
		if !until.IsZero() {
			why = "is absent until " + written(until)
		}
		list = append(list, Exclusion{Absent, why})
	}
	if r.calendars[i] != nil {
		if opens, ok := r.opens(i, q); !ok {
			list = append(list, Exclusion{NotOpen, r.closed(opens)})
		}
	}
	if load := q.load(m.ID); m.Capacity > 0 && load >= m.Capacity {
		list = append(list, Exclusion{OverCapacity, "has " + strconv.FormatInt(load, 10) + " open leads, the capacity is " + strconv.FormatInt(m.Capacity, 10)})
	}
	if leads := b.accounts[i].Leads; m.Quota > 0 && leads >= m.Quota {
		list = append(list, Exclusion{OverQuota, "has got " + strconv.FormatInt(leads, 10) + " leads in this period, the quota is " + strconv.FormatInt(m.Quota, 10)})
	}
	if slices.Contains(q.Declined, m.ID) {
		list = append(list, Exclusion{Declined, "has declined this lead"})
	}
	return list
}

// away tells whether an absence of the member holds, and until when the longest of them does;
// a zero time is until further notice.
func (q *Request) away(member string, at time.Time) (until time.Time, away bool) {
	for _, a := range q.Absences {
		if a.Member != member || !a.holds(at) {
			continue
		}
		if a.Until.IsZero() {
			return time.Time{}, true
		}
		if !away || a.Until.After(until) {
			until, away = a.Until, true
		}
	}
	return until, away
}

// opens gives the first instant from now on at which the member's calendar is open and no
// absence holds, and whether that is in time; a zero time is never, as far as it matters.
func (r *Router) opens(i int, q *Request) (time.Time, bool) {
	t, ok := r.calendars[i].Next(q.Now)
	for ok {
		if t.Sub(q.Now) > r.openWithin {
			return t, false
		}
		until, away := q.away(r.members[i].ID, t)
		if !away {
			return t, true
		}
		if until.IsZero() {
			break
		}
		t, ok = r.calendars[i].Next(until) // later than t: the absence held there
	}
	return time.Time{}, false
}

func (r *Router) closed(opens time.Time) string {
	want := ", must be open now"
	if r.openWithin > 0 {
		want = ", must open within " + Duration(r.openWithin).String()
	}
	if opens.IsZero() {
		return "is not known to open again" + want
	}
	return "opens at " + written(opens) + want
}

// narrow leaves those who open in the first bucket that is not empty.
func (r *Router) narrow(eligible []int, d *Decision, q *Request) []int {
	if r.bucket <= 0 || len(eligible) < 2 {
		return eligible
	}
	buckets := make([]int64, len(eligible))
	for k, i := range eligible {
		if r.calendars[i] != nil {
			opens, _ := r.opens(i, q) // in time, as the member is eligible
			if wait := opens.Sub(q.Now); wait > 0 {
				buckets[k] = 1 + int64((wait-1)/r.bucket)
			}
		}
	}
	first := slices.Min(buckets)
	kept := eligible[:0]
	for k, i := range eligible {
		if buckets[k] == first {
			kept = append(kept, i)
			continue
		}
		opens, _ := r.opens(i, q)
		d.Candidates[i].Exclusions = []Exclusion{{OpensLater, "opens at " + written(opens) + ", others sooner"}}
	}
	return kept
}

// preference says what a member's preference makes of a lead.
type preference int

const (
	prefersOthers preference = iota
	hasNone
	prefersThis
)

// narrow leaves those who prefer the lead; without any, those without a preference; without any, all.
func (n *needs) narrow(eligible []int, d *Decision) []int {
	if n.prefers == nil || len(eligible) < 2 {
		return eligible
	}
	preferences := make([]preference, len(eligible))
	for k, i := range eligible {
		preferences[k] = n.prefers(i)
	}
	strongest := slices.Max(preferences)
	kept := eligible[:0]
	for k, i := range eligible {
		if preferences[k] == strongest {
			kept = append(kept, i)
			continue
		}
		why := "prefers other leads"
		if preferences[k] == hasNone {
			why = "others prefer this lead"
		}
		d.Candidates[i].Exclusions = []Exclusion{{NotPreferred, why}}
	}
	return kept
}

func written(t time.Time) string { return t.Round(0).Format(time.RFC3339) }
