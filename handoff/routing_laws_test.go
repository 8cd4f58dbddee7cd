package handoff_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/handoff/routing"
	"github.com/leadloop/leadloop/handoff/worktime"
)

// instant reads an instant with its zone.
func instant(t testing.TB, text string) time.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// quotaFront has one member, anna, who gets one lead of a period; the others go to mara.
func quotaFront(t *testing.T, zone string, period handoff.QuotaPeriod) *front {
	t.Helper()
	a := routed(t)
	a.Calendar.TimeZone, a.Calendars, a.QuotaPeriod = zone, nil, period
	a.Routing = routing.Plan{Otherwise: "all", Pools: []routing.Pool{{Name: "all", Members: []routing.Member{{ID: "anna", Weight: 1, Quota: 1}}}}}
	return newFront(t, a)
}

// Counts of quotas begin anew at midnight where the agreement is at home, whatever is done to the clock there.
func TestQuotasBeginAnew(t *testing.T) {
	for _, x := range []struct {
		zone   string
		period handoff.QuotaPeriod
		first  string // in the period before
		begin  string // of the next one
		still  string // in that one, as well
	}{
		{"Europe/Berlin", handoff.QuotaMonth, "2026-03-01T00:00:00+01:00", "2026-04-01T00:00:00+02:00", "2026-04-30T23:59:59+02:00"},
		{"America/New_York", handoff.QuotaMonth, "2026-02-01T00:00:00-05:00", "2026-03-01T00:00:00-05:00", "2026-03-31T23:59:59-04:00"},
		{"UTC", handoff.QuotaMonth, "2027-12-01T00:00:00Z", "2028-01-01T00:00:00Z", "2028-01-31T23:00:00Z"},
		{"Europe/Berlin", handoff.QuotaDay, "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00", "2026-03-30T23:59:59+02:00"}, // a day of 23 hours
		{"Europe/Berlin", handoff.QuotaDay, "2026-10-24T00:00:00+02:00", "2026-10-25T00:00:00+02:00", "2026-10-25T23:59:59+01:00"}, // one of 25
		{"Europe/Berlin", handoff.QuotaWeek, "2026-03-23T00:00:00+01:00", "2026-03-30T00:00:00+02:00", "2026-04-05T23:59:59+02:00"},
		{"Europe/Berlin", handoff.QuotaWeek, "2026-12-21T00:00:00+01:00", "2026-12-28T00:00:00+01:00", "2027-01-03T23:59:59+01:00"}, // 2026-W53
		{"Europe/Berlin", handoff.QuotaQuarter, "2026-01-01T00:00:00+01:00", "2026-04-01T00:00:00+02:00", "2026-06-30T23:59:59+02:00"},
		{"Europe/Berlin", handoff.QuotaQuarter, "2026-10-01T00:00:00+02:00", "2027-01-01T00:00:00+01:00", "2027-03-31T23:59:59+02:00"},
		{"Europe/Berlin", handoff.QuotaYear, "2026-01-01T00:00:00+01:00", "2027-01-01T00:00:00+01:00", "2027-12-31T23:59:59+01:00"},
		{"Asia/Kathmandu", handoff.QuotaYear, "2026-01-01T00:00:00+05:45", "2027-01-01T00:00:00+05:45", "2027-12-31T23:59:59+05:45"},
		// the clock was set forward at midnight: the month began at one
		{"Asia/Amman", handoff.QuotaMonth, "2016-03-01T00:00:00+02:00", "2016-04-01T01:00:00+03:00", "2016-04-30T23:59:59+03:00"},
		{"America/Santiago", handoff.QuotaDay, "2026-09-05T00:00:00-04:00", "2026-09-06T01:00:00-03:00", "2026-09-06T23:59:59-03:00"},
		// it was set back from one to midnight: there were two of them
		{"America/Havana", handoff.QuotaMonth, "2026-10-01T00:00:00-04:00", "2026-11-01T00:00:00-04:00", "2026-11-01T00:00:00-05:00"},
		{"Asia/Amman", handoff.QuotaDay, "2021-10-28T00:00:00+03:00", "2021-10-29T00:00:00+03:00", "2021-10-29T00:00:00+02:00"},
		// and from midnight to eleven: the day before had an hour more
		{"Asia/Beirut", handoff.QuotaDay, "2026-10-24T00:00:00+03:00", "2026-10-25T00:00:00+02:00", "2026-10-25T23:59:59+02:00"},
		// a day that was not: Samoa crossed the date line
		{"Pacific/Apia", handoff.QuotaDay, "2011-12-29T00:00:00-10:00", "2011-12-31T00:00:00+14:00", "2011-12-31T23:59:59+14:00"},
	} {
		t.Run(fmt.Sprintf("%s %s %s", x.zone, x.period, x.begin), func(t *testing.T) {
			f := quotaFront(t, x.zone, x.period)
			first, begin, still := instant(t, x.first), instant(t, x.begin), instant(t, x.still)
			for _, y := range []struct {
				at    time.Time
				owner string
				since time.Time
			}{
				{first, "anna", first}, {first.Add(time.Second), "mara", first}, {begin.Add(-time.Nanosecond), "mara", first},
				{begin, "anna", begin}, {begin.Add(time.Nanosecond), "mara", begin}, {still, "mara", begin},
			} {
				c := f.lead(y.at)
				if d := f.offer(c, handoff.Offer{}, &german, y.at); c.Owner != y.owner {
					t.Errorf("%v: %s\n%s", y.at, c.Owner, d.Routing)
				}
				if got := f.desk.QuotaBegin(y.at); !got.Equal(y.since) {
					t.Errorf("%v: the period began %v, want %v", y.at, got, y.since)
				}
			}
		})
	}
}

// Quotas that a new version of the agreement brings count from that version on: what members got before, they got without.
func TestQuotasOfANewVersion(t *testing.T) {
	a := routed(t)
	a.Calendars, a.QuotaPeriod = nil, ""
	a.Routing = routing.Plan{Otherwise: "all", Pools: []routing.Pool{{Name: "all", Members: []routing.Member{{ID: "anna", Weight: 1}}}}}
	f := newFront(t, a)
	for day := 12; day < 20; day++ {
		now := at(t, fmt.Sprintf("2026-01-%d 10:00", day))
		f.offer(f.lead(now), handoff.Offer{}, &german, now)
	}
	a.Version, a.QuotaPeriod, a.Routing.Pools[0].Members[0].Quota = a.Version+1, handoff.QuotaMonth, 2
	f.desk = newFront(t, a).desk
	for i, want := range []string{"anna", "anna", "mara"} {
		now := at(t, fmt.Sprintf("2026-01-20 1%d:00", i))
		c := f.lead(now)
		if d := f.offer(c, handoff.Offer{}, &german, now); c.Owner != want {
			t.Errorf("lead %d: %s, want %s\n%s", i, c.Owner, want, d.Routing)
		}
	}
}

// Against a walk back, a quarter of an hour at a time, for as long as the date stays in the period: around the
// changes of the clock of forty years.
func TestQuotaBeginIsWhereTheDatesBegin(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 1))
	keys := map[handoff.QuotaPeriod]func(time.Time) string{
		handoff.QuotaDay:     func(t time.Time) string { return t.Format(time.DateOnly) },
		handoff.QuotaWeek:    func(t time.Time) string { y, w := t.ISOWeek(); return fmt.Sprint(y, w) },
		handoff.QuotaMonth:   func(t time.Time) string { return t.Format("2006-01") },
		handoff.QuotaQuarter: func(t time.Time) string { return fmt.Sprint(t.Year(), (t.Month()-1)/3) },
	}
	changes := 0
	for _, name := range []string{"Europe/Berlin", "Africa/Cairo", "Asia/Amman", "Asia/Beirut", "America/Havana", "America/Santiago", "America/Sao_Paulo",
		"Atlantic/Azores", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "Africa/Casablanca"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, period := range []handoff.QuotaPeriod{handoff.QuotaDay, handoff.QuotaWeek, handoff.QuotaMonth, handoff.QuotaQuarter} {
			key, d := keys[period], quotaFront(t, name, period).desk
			for at := time.Date(1990, 1, 1, 0, 0, 0, 0, zone); at.Year() < 2030; {
				_, change := at.ZoneBounds()
				if change.IsZero() {
					break
				}
				if changes++; period == handoff.QuotaQuarter && changes%8 > 0 { // a long walk
					at = change
					continue
				}
				at = change.Add(time.Duration(random.Int64N(int64(72*time.Hour))) - 36*time.Hour)
				want := at.Truncate(15 * time.Minute)
				for key(want.Add(-15*time.Minute)) == key(at) {
					want = want.Add(-15 * time.Minute)
				}
				if got := d.QuotaBegin(at); !got.Equal(want) {
					t.Fatalf("%s of %v began %v, want %v", period, at, got, want.In(zone))
				}
				at = change
			}
		}
	}
	if changes < 2000 {
		t.Errorf("only %d changes of the clock", changes)
	}
	a := routed(t)
	a.QuotaPeriod, a.Routing.Pools[0].Members[1].Quota = "", 0
	if got := newFront(t, a).desk.QuotaBegin(instant(t, "2026-01-12T10:00:00Z")); !got.IsZero() {
		t.Errorf("without quotas a period began %v", got)
	}
}

// randomRouting makes up a plan and what an agreement has beside it; many don't compile.
func randomRouting(r *rand.Rand) (p routing.Plan, quotas bool) {
	pick := func(from ...string) (list []string) {
		for _, s := range from {
			if r.IntN(3) == 0 {
				list = append(list, s)
			}
		}
		return list
	}
	names := []string{"p", "q", "r"}[:1+r.IntN(3)]
	people := []string{"anna", "ben", "cleo", "dan"}
	p.Otherwise = names[0]
	for i, name := range names {
		pool := routing.Pool{Name: name, Strategy: []routing.Strategy{"", routing.Weighted, routing.LongestWaiting}[r.IntN(3)]}
		if i+1 < len(names) && r.IntN(3) > 0 {
			pool.Fallback = names[i+1]
		}
		if r.IntN(3) == 0 {
			pool.OpenWithin, pool.Bucket = routing.Duration(r.IntN(48))*routing.Duration(time.Hour), routing.Duration(r.IntN(3))*routing.Duration(12*time.Hour)
		}
		r.Shuffle(len(people), func(i, k int) { people[i], people[k] = people[k], people[i] })
		for _, id := range people[:1+r.IntN(3)] {
			m := routing.Member{ID: id, Weight: int64(r.IntN(4)), Skills: pick("french", "enterprise"), Territories: pick("eu")}
			switch r.IntN(4) {
			case 0:
				m.Quota, quotas = 1+int64(r.IntN(3)), true
			case 1:
				m.Capacity = 1 + int64(r.IntN(3))
			case 2:
				m.Calendar = []string{"early", "late"}[r.IntN(2)]
			case 3:
				m.Prefers = []string{"", `Country == "FR"`}[r.IntN(2)]
			}
			pool.Members = append(pool.Members, m)
		}
		p.Pools = append(p.Pools, pool)
	}
	for i := range r.IntN(4) {
		rule := routing.Rule{Name: fmt.Sprint("rule", i), When: []string{"Employees > 100", `Country == "FR"`, `Grade == "A1" and Employees < 500`}[r.IntN(3)],
			Pool: append([]string{""}, names...)[r.IntN(1+len(names))], Skills: pick("french", "enterprise"), Territories: pick("eu")}
		p.Rules = append(p.Rules, rule)
	}
	if r.IntN(4) == 0 {
		p.OwnerHeeds = []routing.Cause{routing.OverQuota, routing.Declined, routing.OverCapacity}[:1+r.IntN(3)]
	}
	return p, quotas
}

// The desk routes as the plan alone does that has the agreement's name, version and fallback owner: the same answers and the same
// states, over leads that are offered, declined and offered again.
func TestDeskRoutesAsThePlanAlone(t *testing.T) {
	want := 2000
	if testing.Short() {
		want = 200
	}
	r := rand.New(rand.NewPCG(9, 4))
	base := routed(t)
	base.Calendar.TimeZone, base.Accept.MaxOffers = "UTC", 4
	policy, err := funnel.Compile[Company](funnel.Standard())
	if err != nil {
		t.Fatal(err)
	}
	calendars := map[string]*worktime.Calendar{}
	for name, c := range base.Calendars {
		if calendars[name], err = worktime.Compile(c, time.LoadLocation); err != nil {
			t.Fatal(err)
		}
	}
	done, by := 0, map[routing.StepKind]int{}
	for tries := 0; done < want; tries++ {
		if tries > 40*want {
			t.Fatalf("only %d of %d plans compile", done, tries)
		}
		a := base
		plan, quotas := randomRouting(r)
		a.Routing, a.QuotaPeriod, a.Calendars = plan, "", map[string]worktime.Definition{}
		if quotas {
			a.QuotaPeriod = handoff.QuotaMonth
		}
		for _, pool := range plan.Pools {
			for _, m := range pool.Members {
				if m.Calendar != "" {
					a.Calendars[m.Calendar] = base.Calendars[m.Calendar]
				}
			}
		}
		plan.Name, plan.Version, plan.Fallback = a.Name, a.Version, a.Accept.Fallback
		alone, err := routing.CompilePlan[Company](plan, routing.Calendars(calendars))
		desk, wrong := handoff.Compile(a, policy, time.LoadLocation)
		if (err == nil) != (wrong == nil) {
			t.Fatalf("the plan alone: %v\nin the agreement: %v", err, wrong)
		}
		if err != nil {
			continue
		}
		done++
		f := &front{t: t, desk: desk}
		var states routing.States
		now := time.Date(2026, 1, 26, 9, 0, 0, 0, time.UTC)
		for range 8 {
			now = now.Add(time.Duration(r.Int64N(int64(40 * time.Hour))))
			c := f.lead(now)
			lead := Company{Grade: "A1", Country: []string{"DE", "FR"}[r.IntN(2)], Employees: r.IntN(1000)}
			var declined []string
			for c.Status != handoff.StatusAutoAccepted && len(declined) < 4 {
				q := routing.Request{Lead: c.ID, Declined: declined, Now: now, Load: map[string]int64{"anna": int64(r.IntN(3)), "cleo": int64(r.IntN(3))}}
				if quotas {
					q.Period = time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
				}
				switch r.IntN(6) {
				case 0:
					q.AccountOwner = []string{"anna", "dan", "zoe"}[r.IntN(3)]
				case 1:
					q.Existing = routing.Existing{Kind: routing.Duplicate, ID: "lead-0", Owner: []string{"anna", "dan", ""}[r.IntN(3)]}
				case 2:
					q.Absences = everybody()[:1+r.IntN(4)]
				}
				var result routing.Result
				result, states = alone.Route(states, q, &lead)
				d := f.offer(c, handoff.Offer{Load: q.Load, Absences: q.Absences, Existing: q.Existing, AccountOwner: q.AccountOwner}, &lead, now)
				if !reflect.DeepEqual(d.Routing, &result) || !reflect.DeepEqual(f.pools, states) {
					t.Fatalf("plan %+v (-alone +desk):\n%s%s", plan, cmp.Diff(&result, d.Routing), cmp.Diff(states, f.pools))
				}
				if by[result.By]++; c.Status == handoff.StatusAutoAccepted || r.IntN(2) == 0 {
					break
				}
				if c.Owner != result.Member {
					t.Fatalf("%s has it, not %s", c.Owner, result.Member)
				}
				declined = append(declined, c.Owner)
				f.reject(c, "no_capacity", nil, now)
			}
		}
	}
	for _, kind := range []routing.StepKind{routing.ByExisting, routing.ByAccountOwner, routing.ByPool, routing.ByFallback} {
		if by[kind] < want/10 {
			t.Errorf("only %d decided by %s: %v", by[kind], kind, by)
		}
	}
}
