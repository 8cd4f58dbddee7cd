package routing

import (
	"math/bits"
	"sort"
)

// State is what the host stores between two decisions of a pool. The zero State
// has routed nothing yet. Two States that say the same are deeply equal and have
// the same JSON.
type State struct {
	// Unit is the size of one whole lead in the balances. It follows from the
	// weights of the pool, so that shares are whole numbers.
	Unit int64 `json:"unit,omitempty"`
	// Accounts are sorted by member.
	Accounts []Account `json:"accounts,omitempty"`
}

// Account is what a member is due: its share of the leads for which it was
// eligible, less the leads that it got, in parts of the State's Unit. It is below
// zero for a member that is ahead of its share.
type Account struct {
	Member  string `json:"member"`
	Balance int64  `json:"balance"`
}

// Bounds that keep the arithmetic below 64 bits: with at most 1000 members and
// weights of at most 10⁶, the unit is at most 2⁴⁴, a balance below 2⁵¹, the sum of
// all below 2⁶¹, and what choose multiplies by 2k−2 below 2⁶².
const (
	unitTarget   = 1 << 44
	highlyShared = 5040 // divisible by 1 to 10, so that equal shares of a few are exact
	maxLeads     = 64   // kept in one account
)

// Route decides who gets the lead. If nobody is eligible, the decision has no
// member and the State stays as it is. The given State is not changed, whatever
// it holds: accounts of strangers are dropped, balances beyond 64 leads are cut.
// The cost is linear in the number of members.
func (r *Router) Route(s State, q Request) (Decision, State) {
	decision := Decision{Pool: r.name, Lead: q.Lead, Candidates: make([]Candidate, len(r.members))}
	eligible := make([]int, 0, len(r.members))
	for i, m := range r.members {
		decision.Candidates[i] = Candidate{Member: m.ID, Exclusions: q.exclusions(m)}
		if decision.Candidates[i].Exclusions == nil {
			eligible = append(eligible, i)
		}
	}
	if len(eligible) == 0 {
		return decision, s
	}

	unit, balances := r.unit(), r.balances(s)
	var total int64
	for _, i := range eligible {
		total += r.members[i].Weight
	}
	// Each is due its part of this lead. Differences of rounded running sums
	// are parts that sum to the unit.
	var sum, given int64
	for _, i := range eligible {
		sum += r.members[i].Weight
		part := mulDiv(unit, sum, total) - given
		given += part
		balances[i] += part
	}
	chosen := r.choose(eligible, balances, unit, total)
	balances[chosen] -= unit
	decision.Member = r.members[chosen].ID
	return decision, r.state(unit, balances)
}

// choose applies Tijdeman's rule: of the members that are due at least 1/(2k−2)
// of a lead, the one whose time to reach 1 − 1/(2k−2) is shortest.
func (r *Router) choose(eligible []int, balances []int64, unit, total int64) int {
	if len(eligible) == 1 {
		return eligible[0]
	}
	// What is not due to those who are away weighs on those who are here. The
	// sum over these is brought to one lead.
	surplus := -unit
	for _, i := range eligible {
		surplus += balances[i]
	}
	m := 2*int64(len(eligible)) - 2
	best := -1
	var bestGap, bestWeight int64
	for _, i := range eligible {
		weight := r.members[i].Weight
		due := balances[i] - mulDiv(surplus, weight, total)
		due = min(max(due, -maxLeads*unit), maxLeads*unit) // beyond only in a damaged State
		if m*due < unit {
			continue
		}
		gap := (m-1)*unit - m*due // over m·unit·weight/total: the number of leads until it is reached
		if best < 0 || lessRatio(gap, weight, bestGap, bestWeight) {
			best, bestGap, bestWeight = i, gap, weight
		}
	}
	if best < 0 {
		best = eligible[0] // not reached: k parts that sum to one lead have one of at least 1/k
	}
	return best
}

func (r *Router) unit() int64 {
	var total int64
	for _, m := range r.members {
		total += m.Weight
	}
	return total * highlyShared * max(1, unitTarget/(total*highlyShared))
}

// balances reads the State for the members of the pool, in this pool's unit.
func (r *Router) balances(s State) []int64 {
	unit := r.unit()
	balances := make([]int64, len(r.members))
	if s.Unit <= 0 {
		return balances
	}
	index := make(map[string]int, len(r.members))
	for i, m := range r.members {
		index[m.ID] = i
	}
	for _, a := range s.Accounts {
		i, ok := index[a.Member]
		if !ok {
			continue
		}
		balance := a.Balance
		if s.Unit != unit {
			balance = mulDiv(unit, balance, s.Unit)
		}
		balances[i] = min(max(balance, -maxLeads*unit), maxLeads*unit)
	}
	return balances
}

func (r *Router) state(unit int64, balances []int64) State {
	s := State{Unit: unit, Accounts: make([]Account, len(balances))}
	for i, b := range balances {
		s.Accounts[i] = Account{Member: r.members[i].ID, Balance: b}
	}
	sort.Slice(s.Accounts, func(i, j int) bool { return s.Accounts[i].Member < s.Accounts[j].Member })
	return s
}

// mulDiv is x·n/d, rounded towards zero, for d > 0; what does not fit becomes the
// largest number.
func mulDiv(x, n, d int64) int64 {
	negative := x < 0 != (n < 0)
	high, low := bits.Mul64(magnitude(x), magnitude(n))
	const most = 1<<63 - 1
	quotient := int64(most)
	if high < uint64(d) {
		if q, _ := bits.Div64(high, low, uint64(d)); q < most {
			quotient = int64(q)
		}
	}
	if negative {
		return -quotient
	}
	return quotient
}

// lessRatio is a/b < c/d for positive b and d.
func lessRatio(a, b, c, d int64) bool {
	if a < 0 != (c < 0) {
		return a < 0
	}
	h1, l1 := bits.Mul64(magnitude(a), uint64(d))
	h2, l2 := bits.Mul64(magnitude(c), uint64(b))
	if a < 0 {
		h1, l1, h2, l2 = h2, l2, h1, l1
	}
	return h1 < h2 || h1 == h2 && l1 < l2
}

func magnitude(x int64) uint64 {
	if x < 0 {
		return -uint64(x)
	}
	return uint64(x)
}
