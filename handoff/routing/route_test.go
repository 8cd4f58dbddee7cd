package routing_test

import (
	"fmt"
	"math"
	"math/big"
	"math/rand"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/handoff/routing"
)

var now = time.Date(2026, 3, 30, 8, 0, 0, 0, time.UTC)

func pool(weights ...int64) routing.Pool {
	p := routing.Pool{Name: "pool"}
	for i, w := range weights {
		p.Members = append(p.Members, routing.Member{ID: fmt.Sprintf("m%03d", i), Weight: w})
	}
	return p
}

func compile(t testing.TB, p routing.Pool) *routing.Router {
	t.Helper()
	r, err := routing.Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func away(members ...string) []routing.Absence {
	var list []routing.Absence
	for _, m := range members {
		list = append(list, routing.Absence{Member: m})
	}
	return list
}

func randomWeights(r *rand.Rand) []int64 {
	weights := make([]int64, 1+r.Intn(20))
	for i := range weights {
		switch r.Intn(3) {
		case 0:
			weights[i] = 1
		case 1:
			weights[i] = 1 + r.Int63n(100)
		default:
			weights[i] = 1 + r.Int63n(routing.MaxWeight)
		}
	}
	return weights
}

// TestShares: at every prefix every count is within 1 − 1/(2k−2) of its exact
// share, in whole numbers, and the next one is the choice of the rule written
// down in rationals.
func TestShares(t *testing.T) {
	r := rand.New(rand.NewSource(11))
	hard := make([]int64, 20)
	for i := range hard {
		hard[i] = 1
	}
	hard[18], hard[19] = 95, 95
	lists := [][]int64{hard, {1}, {1, 1}, {routing.MaxWeight, 1, 1}, {3, 3, 3, 1}}
	for range 40 {
		lists = append(lists, randomWeights(r))
	}
	for _, weights := range lists {
		router := compile(t, pool(weights...))
		leads, k := 600, int64(len(weights))
		if &weights[0] == &hard[0] {
			leads = 10_000
		}
		var total int64
		for _, w := range weights {
			total += w
		}
		counts := make([]int64, k)
		var state routing.State
		for n := int64(1); n <= int64(leads); n++ {
			var d routing.Decision
			d, state = router.Route(state, routing.Request{Now: now})
			got := slices.IndexFunc(d.Candidates, func(c routing.Candidate) bool { return c.Member == d.Member })
			if n <= 200 {
				if want := tijdeman(weights, counts, n); got != want {
					t.Fatalf("%v: lead %d goes to %d, the rule in rationals says %d", weights, n, got, want)
				}
			}
			counts[got]++
			for i, w := range weights {
				off := counts[i]*total - n*w
				if m := 2*k - 2; k > 1 && max(off, -off)*m > total*(m-1) || k == 1 && off != 0 {
					t.Fatalf("%v: after %d leads, %d has %d", weights, n, i, counts[i])
				}
			}
		}
	}
}

// tijdeman is the slow, obvious form of the rule.
func tijdeman(weights, counts []int64, n int64) int {
	if len(weights) == 1 {
		return 0
	}
	var total int64
	for _, w := range weights {
		total += w
	}
	margin := big.NewRat(1, int64(2*len(weights)-2))
	best := -1
	var soonest *big.Rat
	for i, w := range weights {
		due := new(big.Rat).Sub(new(big.Rat).Mul(big.NewRat(n, 1), big.NewRat(w, total)), big.NewRat(counts[i], 1))
		if due.Cmp(margin) < 0 {
			continue
		}
		wait := new(big.Rat).Sub(big.NewRat(1, 1), margin)
		wait.Sub(wait, due).Quo(wait, big.NewRat(w, total))
		if best < 0 || wait.Cmp(soonest) < 0 {
			best, soonest = i, wait
		}
	}
	return best
}

// TestNoBurst: whoever was away, and for however long, in every stretch in which
// the same members are eligible everybody's leads are within two of the exact
// share of the stretch, from its first lead on.
func TestNoBurst(t *testing.T) {
	r := rand.New(rand.NewSource(5))
	worst := 0.0
	for range 60 {
		weights := randomWeights(r)
		if len(weights) < 2 {
			continue
		}
		p := pool(weights...)
		router := compile(t, p)
		var state routing.State
		for range 12 {
			var absent []string
			var total int64
			for _, m := range p.Members {
				if r.Intn(4) == 0 {
					absent = append(absent, m.ID)
				} else {
					total += m.Weight
				}
			}
			counts := map[string]int64{}
			for n := int64(1); n <= 150; n++ {
				var d routing.Decision
				d, state = router.Route(state, routing.Request{Absences: away(absent...), Now: now})
				counts[d.Member]++
				if slices.Contains(absent, d.Member) {
					t.Fatalf("%s is away and gets a lead", d.Member)
				}
				for _, m := range p.Members {
					if d.Member == "" || slices.Contains(absent, m.ID) {
						continue
					}
					off := float64(counts[m.ID]) - float64(n*m.Weight)/float64(total)
					if worst = max(worst, off, -off); off >= 2 || off <= -2 {
						t.Fatalf("%v without %v: after %d leads %s has %d", weights, absent, n, m.ID, counts[m.ID])
					}
				}
			}
		}
	}
	t.Logf("largest difference from a stretch's share: %.3f leads", worst)
}

// TestNeitherOwedNorPaidBack: a leave of 1000 leads changes nobody's account by
// as much as one lead.
func TestNeitherOwedNorPaidBack(t *testing.T) {
	router := compile(t, pool(1, 1, 1))
	var state routing.State
	route := func(n int, q routing.Request) map[string]int {
		counts := map[string]int{}
		for range n {
			var d routing.Decision
			d, state = router.Route(state, q)
			counts[d.Member]++
		}
		return counts
	}
	route(100, routing.Request{Now: now})
	if got := route(1000, routing.Request{Now: now, Absences: away("m000")}); got["m000"] != 0 || got["m001"] != 500 || got["m002"] != 500 {
		t.Errorf("during the leave: %v", got)
	}
	if got := route(30, routing.Request{Now: now}); got["m000"] != 10 || got["m001"] != 10 || got["m002"] != 10 {
		t.Errorf("after the leave: %v", got)
	}
}

// TestChangingEligibility: members who are eligible only now and then get their
// share of the leads for which they are, and accounts stay bounded.
func TestChangingEligibility(t *testing.T) {
	r := rand.New(rand.NewSource(9))
	for range 10 {
		weights := randomWeights(r)
		p := pool(weights...)
		router := compile(t, p)
		var state routing.State
		due, got := map[string]float64{}, map[string]float64{}
		for n := range 3000 {
			var declined []string
			var total int64
			for i, m := range p.Members {
				if i%2 == 0 && n%2 == 0 || r.Intn(3) == 0 {
					declined = append(declined, m.ID)
				} else {
					total += m.Weight
				}
			}
			var d routing.Decision
			d, state = router.Route(state, routing.Request{Declined: declined, Now: now})
			for _, m := range p.Members {
				if d.Member != "" && !slices.Contains(declined, m.ID) {
					due[m.ID] += float64(m.Weight) / float64(total)
				}
			}
			if d.Member != "" {
				got[d.Member]++
			}
			limit := max(2, float64(len(weights)))
			for _, m := range p.Members {
				if off := got[m.ID] - due[m.ID]; off > limit || off < -limit {
					t.Fatalf("%v: after %d leads %s has %v, due were %v", weights, n+1, m.ID, got[m.ID], due[m.ID])
				}
			}
		}
	}
}

// TestPoolChanges: members who come, leave, return or change their weight get no
// burst, and nobody else does.
func TestPoolChanges(t *testing.T) {
	var state routing.State
	run := func(p routing.Pool) {
		t.Helper()
		router := compile(t, p)
		var total int64
		for _, m := range p.Members {
			total += m.Weight
		}
		counts := map[string]int64{}
		for n := int64(1); n <= 500; n++ {
			var d routing.Decision
			d, state = router.Route(state, routing.Request{Now: now})
			counts[d.Member]++
			for _, m := range p.Members {
				if off := float64(counts[m.ID]) - float64(n*m.Weight)/float64(total); off >= 2 || off <= -2 {
					t.Fatalf("%v: after %d leads %s has %d", p.Members, n, m.ID, counts[m.ID])
				}
			}
		}
		if len(state.Accounts) != len(p.Members) {
			t.Fatalf("%d accounts for %d members", len(state.Accounts), len(p.Members))
		}
	}
	a, b, c := routing.Member{ID: "a", Weight: 1}, routing.Member{ID: "b", Weight: 2}, routing.Member{ID: "c", Weight: 4}
	run(routing.Pool{Name: "p", Members: []routing.Member{a, b}})
	run(routing.Pool{Name: "p", Members: []routing.Member{a, b, c}})
	run(routing.Pool{Name: "p", Members: []routing.Member{c, a}})
	a.Weight = 1000
	run(routing.Pool{Name: "p", Members: []routing.Member{b, c, a}})
}

func TestExclusions(t *testing.T) {
	router := compile(t, routing.Pool{Name: "north", Members: []routing.Member{
		{ID: "ann", Weight: 1, Capacity: 5}, {ID: "bob", Weight: 1}, {ID: "cyd", Weight: 0, Capacity: 1}, {ID: "dan", Weight: 1},
	}})
	request := routing.Request{
		Lead:     "lead-1",
		Declined: []string{"cyd", "dan", "left-long-ago"},
		Absences: []routing.Absence{
			{Member: "bob", Until: now},                           // over
			{Member: "bob", From: now.Add(1)},                     // not yet
			{Member: "bob", From: now, Until: now.Add(time.Hour)}, // holds
			{Member: "cyd"},
		},
		Load: map[string]int64{"ann": 5, "cyd": 3, "bob": 99},
		Now:  now,
	}
	before := routing.State{Unit: 7, Accounts: []routing.Account{{Member: "ann", Balance: 1}}}
	got, state := router.Route(before, request)
	want := routing.Decision{Pool: "north", Lead: "lead-1", Candidates: []routing.Candidate{
		{Member: "ann", Exclusions: []routing.Exclusion{{Cause: routing.OverCapacity, Why: "has 5 open leads, the capacity is 5"}}},
		{Member: "bob", Exclusions: []routing.Exclusion{{Cause: routing.Absent, Why: "is absent until 2026-03-30T09:00:00Z"}}},
		{Member: "cyd", Exclusions: []routing.Exclusion{{Cause: routing.NoWeight, Why: "has weight 0"}, {Cause: routing.Absent, Why: "is absent until further notice"},
			{Cause: routing.OverCapacity, Why: "has 3 open leads, the capacity is 1"}, {Cause: routing.Declined, Why: "has declined this lead"}}},
		{Member: "dan", Exclusions: []routing.Exclusion{{Cause: routing.Declined, Why: "has declined this lead"}}},
	}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	if !reflect.DeepEqual(state, before) {
		t.Errorf("a lead for nobody changes the state: %+v", state)
	}
	if s := got.String(); !strings.Contains(s, "nobody can get lead lead-1") || !strings.Contains(s, "cyd: has weight 0; is absent") {
		t.Errorf("got %s", s)
	}

	request.Load["ann"] = 4 // room again
	if got, _ = router.Route(before, request); got.Member != "ann" {
		t.Errorf("got %+v", got)
	}
	if before.Accounts[0].Balance != 1 {
		t.Error("Route changed the given state")
	}
}

// A State from anywhere can't break the router.
func TestStrangeStates(t *testing.T) {
	router := compile(t, pool(1, 2, 3))
	for _, s := range []routing.State{
		{Unit: -1, Accounts: []routing.Account{{Member: "m000", Balance: 5}}},
		{Unit: 1, Accounts: []routing.Account{{Member: "m000", Balance: 1<<63 - 1}, {Member: "m001", Balance: -1 << 63}, {Member: "x", Balance: 1}}},
		{Unit: 1<<63 - 1, Accounts: []routing.Account{{Member: "m000", Balance: -1 << 63}, {Member: "m000", Balance: 1}}},
	} {
		counts := map[string]int{}
		for range 1000 {
			var d routing.Decision
			d, s = router.Route(s, routing.Request{Now: now})
			counts[d.Member]++
		}
		for i, share := range []int{167, 333, 500} {
			if got := counts[fmt.Sprintf("m%03d", i)]; got < share-66 || got > share+66 {
				t.Errorf("member %d got %d of 1000, the share is %d", i, got, share)
			}
		}
	}
	if d, _ := new(routing.Router).Route(routing.State{}, routing.Request{}); d.Member != "" {
		t.Error("the zero Router routes")
	}
}

// TestDamagedStateStaysFair: accounts as no sequence of leads leaves them do not overflow. All have had the most that an
// account keeps, so that the one with nearly all the weight is far behind its part of them.
func TestDamagedStateStaysFair(t *testing.T) {
	p := routing.Pool{Name: "inbound", Members: make([]routing.Member, routing.MaxMembers)}
	for i := range p.Members {
		p.Members[i] = routing.Member{ID: fmt.Sprintf("m%03d", i), Weight: 1}
	}
	for heavy := int64(1000); heavy <= routing.MaxWeight; heavy += 9_990 {
		p.Members[500].Weight = heavy
		router := compile(t, p)
		_, s := router.Route(routing.State{}, routing.Request{Now: now})
		for i := range s.Accounts {
			s.Accounts[i].Balance = math.MinInt64
		}
		if d, _ := router.Route(s, routing.Request{Now: now}); d.Member != "m500" {
			t.Fatalf("weight %d: the lead goes to %s", heavy, d.Member)
		}
	}
}
