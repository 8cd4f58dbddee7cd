package handoff_test

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/handoff/routing"
)

// A Company is a host's view of a lead that rules of the routing look at.
type Company struct {
	Grade, Country string
	Employees      int
}

var (
	german = Company{Grade: "A1", Country: "DE", Employees: 20}
	french = Company{Grade: "A1", Country: "FR", Employees: 20}
)

// front is a host of many leads that stores the states of the pools.
type front struct {
	t     *testing.T
	desk  *handoff.Desk[Company]
	pools routing.States
	leads int
}

func routed(t testing.TB) handoff.Agreement {
	t.Helper()
	data, err := os.ReadFile("testdata/routing.json")
	if err != nil {
		t.Fatal(err)
	}
	a, err := handoff.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func newFront(t *testing.T, a handoff.Agreement) *front {
	t.Helper()
	p, err := funnel.Compile[Company](funnel.Standard())
	if err != nil {
		t.Fatal(err)
	}
	d, err := handoff.Compile(a, p, time.LoadLocation)
	if err != nil {
		t.Fatal(err)
	}
	return &front{t: t, desk: d}
}

// lead registers another lead.
func (f *front) lead(now time.Time) *handoff.Case {
	f.t.Helper()
	f.leads++
	c := new(handoff.Case)
	f.give(c, handoff.Register{By: handoff.By{Actor: "form"}, ID: fmt.Sprintf("lead-%d", f.leads)}, nil, now)
	return c
}

// give decides a command and stores what follows.
func (f *front) give(c *handoff.Case, cmd handoff.Command, lead *Company, now time.Time) handoff.Decision {
	f.t.Helper()
	d, err := f.desk.Decide(*c, cmd, lead, now)
	if err != nil {
		f.t.Fatal(err)
	}
	for _, e := range d.Events {
		*c = handoff.Apply(*c, e)
	}
	if d.Pools != nil {
		f.pools = d.Pools
	}
	return d
}

// offer offers the lead with what the host stored.
func (f *front) offer(c *handoff.Case, o handoff.Offer, lead *Company, now time.Time) handoff.Decision {
	f.t.Helper()
	o.By, o.Pools = handoff.By{Actor: "scoring", Version: c.Version}, f.pools
	return f.give(c, o, lead, now)
}

// reject turns the offer down in its owner's name.
func (f *front) reject(c *handoff.Case, reason funnel.Reason, fields map[string]string, now time.Time) handoff.Decision {
	f.t.Helper()
	return f.give(c, handoff.Reject{By: handoff.By{Actor: c.Owner, Version: c.Version}, Reason: reason, Feedback: funnel.Feedback{Fields: fields}}, nil, now)
}

// account is what the states of the pools say of a member; the zero Account if nothing.
func account(states routing.States, pool, member string) routing.Account {
	for _, p := range states {
		for _, a := range p.State.Accounts {
			if p.Pool == pool && a.Member == member {
				return a
			}
		}
	}
	return routing.Account{}
}

// causes lists who could not get the lead in a pool, and why.
func causes(d routing.Decision) string {
	var list []string
	for _, c := range d.Candidates {
		for _, e := range c.Exclusions {
			list = append(list, c.Member+" "+string(e.Cause))
		}
	}
	return strings.Join(list, ", ")
}

func everybody() []routing.Absence {
	return []routing.Absence{{Member: "anna"}, {Member: "ben"}, {Member: "cleo"}, {Member: "dan"}}
}

// Rules say to which pool a lead goes and what its members must be able to do; working calendars say who is there, and a pool
// where nobody is falls back on the next. Monday's leads, one after the other:
func TestRulesSendLeadsToPools(t *testing.T) {
	f := newFront(t, routed(t))
	big := german
	big.Employees = 1000
	for _, x := range []struct {
		at     string
		lead   Company
		owner  string
		pools  string // that were tried
		causes string // of the last
	}{
		{"08:00", german, "anna", "dach", "ben not_open"},
		{"08:05", german, "anna", "dach", "ben not_open"},
		{"14:00", german, "ben", "dach", ""}, // has waited longest
		{"14:01", german, "anna", "dach", ""},
		{"14:02", big, "anna", "dach", "ben lacks_skill"},
		{"14:03", german, "ben", "dach", ""},
		{"16:00", german, "ben", "dach", "anna not_open"},
		{"16:01", german, "cleo", "dach world", ""}, // anna has gone home, and that was ben's third lead of the month
		{"16:02", big, "dan", "dach world", "cleo lacks_skill"},
		{"16:03", french, "dan", "world", ""}, // one of three, the lead not counted that he alone could take
		{"22:00", german, "cleo", "dach world", ""},
	} {
		now := at(t, "2026-01-12 "+x.at)
		c := f.lead(now)
		d := f.offer(c, handoff.Offer{}, &x.lead, now)
		r := d.Routing
		if r == nil || r.Plan != "routed" || r.Version != 5 || r.Lead != c.ID || r.Member != c.Owner || r.By != routing.ByPool {
			t.Fatalf("%s: %+v", x.at, r)
		}
		var pools []string
		for _, p := range r.Pools {
			pools = append(pools, p.Pool)
		}
		if last := r.Pools[len(r.Pools)-1]; c.Owner != x.owner || strings.Join(pools, " ") != x.pools || causes(last) != x.causes || last.Pool != r.Pool {
			t.Errorf("%s: %s, want %s of %s, not %s\n%s", x.at, c.Owner, x.owner, x.pools, x.causes, r)
		}
	}
}

// Nobody gets a lead that is suppressed, and nothing changes: the host withdraws it.
func TestSuppressedLeadsAreNotOffered(t *testing.T) {
	f := newFront(t, routed(t))
	now := at(t, "2026-01-12 10:00")
	c := f.lead(now)
	was := *c
	offer := handoff.Offer{By: handoff.By{Actor: "scoring", Version: c.Version}, Suppression: routing.OptedOut, AccountOwner: "anna"}
	d, err := f.desk.Decide(*c, offer, &german, now)
	var refusal *handoff.Refusal
	if !errors.Is(err, handoff.ErrSuppressed) || !errors.As(err, &refusal) || !slices.Equal(refusal.Fields, []string{"opted_out"}) {
		t.Fatal(err)
	}
	if want := `handoff: offer of case "lead-1" at version 1: nobody may get the lead (opted_out): withdraw or disqualify it with the reason for that`; err.Error() != want {
		t.Errorf("got %s\nwant %s", err, want)
	}
	if !reflect.DeepEqual(d, handoff.Decision{}) || !reflect.DeepEqual(*c, was) {
		t.Errorf("something has changed: %+v", d)
	}
	withdraw := handoff.Withdraw{By: handoff.By{Actor: "system", Version: c.Version}, Reason: "consent_withdrawn", Feedback: funnel.Feedback{Fields: map[string]string{"withdrawn_at": "2026-01-12T09:00:00Z"}}}
	if d := f.give(c, withdraw, nil, now); !c.Withdrawn || !slices.ContainsFunc(d.Effects, func(e handoff.Effect) bool { return e.Kind == handoff.Suppress }) {
		t.Errorf("%+v", d.Effects)
	}
}

// A duplicate goes to the owner of the lead that is there already, whose packet says so. The owner rejects it, and it is merged.
func TestDuplicateGoesToItsOwner(t *testing.T) {
	f := newFront(t, routed(t))
	now := at(t, "2026-01-12 10:00") // ben is not open, which owners need not be
	there := routing.Existing{Kind: routing.Duplicate, ID: "lead-0", Owner: "ben"}
	c := f.lead(now)
	d := f.offer(c, handoff.Offer{Existing: there, AccountOwner: "dan"}, &french, now)
	if c.Owner != "ben" || d.Routing.By != routing.ByExisting || d.Routing.Pools != nil || c.Status != handoff.StatusOpen {
		t.Fatalf("%+v", d.Routing)
	}
	assign := d.Effects[len(d.Effects)-1]
	if assign.Kind != handoff.Assign || assign.To != "ben" || assign.Packet.Existing != there || assign.Packet.Deadlines.Accept.MetUntil.IsZero() {
		t.Errorf("%+v", assign)
	}
	if a := account(d.Pools, "dach", "ben"); a.Leads != 1 || a.Turn != 1 {
		t.Errorf("ben's turn and quota: %+v", a)
	}
	d = f.reject(c, "duplicate", map[string]string{"survivor_id": "lead-0"}, now)
	i := slices.IndexFunc(d.Effects, func(e handoff.Effect) bool { return e.Kind == handoff.Merge })
	if i < 0 || d.Effects[i].Target != "lead-0" || c.Owner != "" || c.Stage != funnel.Disqualified || !d.Next.IsZero() {
		t.Errorf("%+v of %+v", d.Effects, c)
	}
	// a packet that the host has filled wrongly is put right
	c = f.lead(now)
	d = f.offer(c, handoff.Offer{Packet: handoff.Packet{Existing: there}}, &french, now)
	if assign := d.Effects[len(d.Effects)-1]; assign.Packet.Existing != (routing.Existing{}) {
		t.Errorf("%+v", assign.Packet)
	}
}

// First the owner of the open opportunity is asked, then that of the account, then the pools; who has declined is passed over.
func TestOwnersComeFirst(t *testing.T) {
	f := newFront(t, routed(t))
	now := at(t, "2026-01-12 10:00")
	c := f.lead(now)
	offer := handoff.Offer{Existing: routing.Existing{Kind: routing.OpenOpportunity, ID: "o-1", Owner: "ben"}, AccountOwner: "dan"}
	if d := f.offer(c, offer, &german, now); c.Owner != "ben" || d.Routing.By != routing.ByExisting {
		t.Fatalf("%s", d.Routing)
	}
	f.reject(c, "no_capacity", nil, now)
	if d := f.offer(c, offer, &german, now); c.Owner != "dan" || d.Routing.By != routing.ByAccountOwner || declined(d.Routing) != "existing ben declined" {
		t.Fatalf("%s", d.Routing)
	}

	a := routed(t)
	a.Accept.MaxOffers = 3
	f = newFront(t, a)
	c = f.lead(now)
	offer.Existing.Owner = "" // nobody works on it
	f.offer(c, offer, &german, now)
	f.reject(c, "no_capacity", nil, now)
	d := f.offer(c, offer, &german, now)
	if c.Owner != "anna" || d.Routing.By != routing.ByPool || declined(d.Routing) != "account_owner dan declined" {
		t.Fatalf("%s", d.Routing)
	}

	c = f.lead(now)
	d = f.offer(c, handoff.Offer{AccountOwner: "zoe"}, &german, now) // has left
	if c.Owner != "anna" || declined(d.Routing) != "account_owner zoe unknown" {
		t.Fatalf("%s", d.Routing)
	}
}

// declined lists the owners that were passed over, and why.
func declined(r *routing.Result) string {
	var list []string
	for _, s := range r.Steps {
		for _, e := range s.Exclusions {
			list = append(list, fmt.Sprintf("%s %s %s", s.Kind, s.Name, e.Cause))
		}
	}
	return strings.Join(list, ", ")
}

// What the pools can't take the fallback owner has at once; one who is a member has had a turn.
func TestNobodyCanTakeTheLead(t *testing.T) {
	for _, fallback := range []string{"mara", "ben"} {
		a := routed(t)
		a.Accept.Fallback = fallback
		f := newFront(t, a)
		now := at(t, "2026-01-12 14:00")
		f.offer(f.lead(now), handoff.Offer{}, &french, now)
		was := f.pools
		c := f.lead(now)
		d := f.offer(c, handoff.Offer{Absences: everybody(), Existing: routing.Existing{Kind: routing.Duplicate, ID: "lead-0"}}, &german, now)
		if c.Owner != fallback || c.Status != handoff.StatusAutoAccepted || d.Routing.By != routing.ByFallback || len(d.Routing.Pools) != 2 {
			t.Fatalf("%+v\n%s", c, d.Routing)
		}
		i := slices.IndexFunc(d.Effects, func(e handoff.Effect) bool { return e.Kind == handoff.Assign })
		if i < 0 || d.Effects[i].To != fallback || d.Effects[i].Packet.Existing.ID != "lead-0" {
			t.Errorf("%+v", d.Effects)
		}
		ben := account(f.pools, "dach", "ben")
		if fallback == "mara" && !reflect.DeepEqual(f.pools, was) || fallback == "ben" && (ben.Leads != 1 || ben.Turn != 1) {
			t.Errorf("%s: %+v", fallback, f.pools)
		}
	}
}

// After the last offer of a round nobody is asked any more: the fallback owner has the lead, and a turn in each of his pools.
func TestTheLastOffer(t *testing.T) {
	a := routed(t)
	a.Accept.Fallback = "ben"
	f := newFront(t, a)
	for range 2 {
		then := at(t, "2026-01-12 10:00")
		f.offer(f.lead(then), handoff.Offer{AccountOwner: "ben"}, &german, then)
	}
	now := at(t, "2026-02-02 10:00")
	c := f.lead(now)
	f.offer(c, handoff.Offer{}, &french, now)
	f.reject(c, "no_capacity", nil, now)
	f.offer(c, handoff.Offer{}, &french, now)
	f.reject(c, "no_capacity", nil, now)
	d := f.offer(c, handoff.Offer{AccountOwner: "dan"}, &french, now)
	if c.Owner != "ben" || c.Status != handoff.StatusAutoAccepted || d.Routing != nil {
		t.Errorf("%+v", d)
	}
	if ben := account(d.Pools, "dach", "ben"); ben.Leads != 1 || ben.Turn != 3 || !d.Pools[0].State.Last.Equal(now) { // his first of the month
		t.Errorf("%+v", d.Pools[0])
	}
}

// An offer that was made and comes to the desk later is routed as of when it was made: who was open then, and what counted then.
func TestOfferThatComesLate(t *testing.T) {
	f := newFront(t, routed(t))
	made, now := at(t, "2026-01-27 08:00"), at(t, "2026-02-03 14:00")
	f.offer(f.lead(made), handoff.Offer{AccountOwner: "anna"}, &german, made)
	c := f.lead(made)
	offer := handoff.Offer{By: handoff.By{Actor: "scoring", Version: c.Version, Occurred: made}, Pools: f.pools}
	if d := f.give(c, offer, &german, now); d.Routing.Member != "anna" || causes(d.Routing.Pools[0]) != "ben not_open" {
		t.Errorf("%s", d.Routing)
	}
	if anna := account(f.pools, "dach", "anna"); anna.Leads != 2 || !f.pools[0].State.Last.Equal(made) {
		t.Errorf("%+v", f.pools[0])
	}
	f.offer(f.lead(now), handoff.Offer{AccountOwner: "anna"}, &german, now)
	if anna := account(f.pools, "dach", "anna"); anna.Leads != 1 {
		t.Errorf("%+v", f.pools[0])
	}
}

// A lead that waits for its next offer is routed without a view of it: then no rule with a condition holds.
func TestNextOfferWithoutTheLead(t *testing.T) {
	f := newFront(t, routed(t))
	now := at(t, "2026-01-12 10:00")
	c := f.lead(now)
	f.offer(c, handoff.Offer{}, &german, now)
	f.reject(c, "no_capacity", nil, now)
	d := f.offer(c, handoff.Offer{}, nil, now)
	if c.Owner != "cleo" || d.Routing.Pool != "world" {
		t.Errorf("%s", d.Routing)
	}
	failed := 0
	for _, s := range d.Routing.Steps {
		if s.Kind == routing.ByRule && s.Answer == routing.Failed {
			failed++
		}
	}
	if failed != 2 {
		t.Errorf("%d rules failed:\n%s", failed, d.Routing)
	}
}

// Silence gives a lead to the fallback owner in a tick, which knows no states: the host notes the turn.
func TestRecordAfterATick(t *testing.T) {
	a := routed(t)
	a.Accept.Fallback, a.Accept.MaxOffers = "ben", 1
	f := newFront(t, a)
	for i, day := range []string{"2026-01-30", "2026-01-30", "2026-01-30"} { // offered on Friday; silence accepts on Monday in the next month
		now := at(t, day+" 10:00")
		c := f.lead(now)
		if f.offer(c, handoff.Offer{AccountOwner: "cleo"}, &german, now); c.Owner != "cleo" {
			t.Fatal(c.Owner)
		}
		d := f.give(c, handoff.Tick{}, nil, at(t, "2026-02-02 11:00"))
		if d.Pools != nil || d.Routing != nil || c.Owner != "ben" {
			t.Fatalf("%+v", d)
		}
		for _, e := range d.Effects {
			if e.Kind == handoff.Assign {
				f.pools = f.desk.Routing().Record(f.pools, routing.Assignment{Member: e.To, At: e.At, Period: f.desk.QuotaBegin(e.At)})
			}
		}
		if ben := account(f.pools, "dach", "ben"); ben.Leads != int64(i+1) {
			t.Errorf("%+v", ben)
		}
	}
	now := at(t, "2026-02-02 16:00") // anna is not open any more, and ben has had his three leads of February
	c := f.lead(now)
	if d := f.offer(c, handoff.Offer{}, &german, now); causes(d.Routing.Pools[0]) != "anna not_open, ben over_quota" || c.Owner != "cleo" && c.Owner != "dan" {
		t.Errorf("%s", d.Routing)
	}
}

// The desk's routing is the agreement's, under its name and version and with its fallback owner.
func TestRoutingHasTheAgreementsName(t *testing.T) {
	f := newFront(t, routed(t))
	want := routed(t).Routing
	want.Name, want.Version, want.Fallback = "routed", 5, "mara"
	if diff := cmp.Diff(want, f.desk.Routing().Plan()); diff != "" {
		t.Error(diff)
	}
}
