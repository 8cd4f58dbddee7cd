package routing

import "math/bits"

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
// The cost is linear in the number of members, times that of absences.
func (r *Router) Route(s State, q Request) (Decision, State) {
	return r.route(s, &q, &needs{})
}

// needs are what a plan asks of the member for one lead.
type needs struct {
	skills, territories []string
	prefers             func(member int) preference // nil: nobody has a preference
}

func (r *Router) route(s State, q *Request, n *needs) (Decision, State) {
	decision := Decision{Pool: r.name, Lead: q.Lead, Candidates: make([]Candidate, len(r.members))}
	if len(r.members) == 0 {
		return decision, s
	}
	books := r.books(s, q.Period)
	for i := range r.members {
		decision.Candidates[i] = Candidate{Member: r.members[i].ID, Exclusions: r.exclusions(i, &books, q, n)}
	}
	var room [16]int
	eligible := room[:0] // sorted by id
	for _, i := range r.byID {
		if decision.Candidates[i].Exclusions == nil {
			eligible = append(eligible, i)
		}
	}
	eligible = n.narrow(eligible, &decision)
	eligible = r.narrow(eligible, &decision, q)
	if len(eligible) == 0 {
		return decision, s
	}
	var chosen int
	switch r.strategy {
	case LongestWaiting:
		chosen = longestWaiting(eligible, books.accounts)
	case FreeCapacity:
		chosen = r.mostFree(eligible, books.accounts, q)
	default:
		chosen = r.weighted(eligible, books.accounts)
	}
	books.count(chosen, q.Now)
	decision.Member = r.members[chosen].ID
	return decision, r.state(books)
}

// longestWaiting chooses whose last lead is the longest ago.
func longestWaiting(eligible []int, accounts []Account) int {
	best := eligible[0]
	for _, i := range eligible[1:] {
		if accounts[i].Turn < accounts[best].Turn {
			best = i
		}
	}
	return best
}

// mostFree chooses who has room for the most leads.
func (r *Router) mostFree(eligible []int, accounts []Account, q *Request) int {
	best, most := -1, int64(0)
	for _, i := range eligible {
		free := r.members[i].Capacity - q.load(r.members[i].ID)
		if best < 0 || free > most || free == most && accounts[i].Turn < accounts[best].Turn {
			best, most = i, free
		}
	}
	return best
}

// weighted shares the lead by Tijdeman's rule.
func (r *Router) weighted(eligible []int, accounts []Account) int {
	var total int64
	for _, i := range eligible {
		total += r.members[i].Weight
	}
	// Each is due its part of this lead. Differences of rounded running sums
	// are parts that sum to the unit.
	var sum, given int64
	for _, i := range eligible {
		sum += r.members[i].Weight
		part := mulDiv(r.unit, sum, total) - given
		given += part
		accounts[i].Balance += part
	}
	chosen := r.choose(eligible, accounts, total)
	accounts[chosen].Balance -= r.unit
	return chosen
}

// choose applies Tijdeman's rule: of the members that are due at least 1/(2k−2)
// of a lead, the one whose time to reach 1 − 1/(2k−2) is shortest.
func (r *Router) choose(eligible []int, accounts []Account, total int64) int {
	if len(eligible) == 1 {
		return eligible[0]
	}
	// What is not due to those who are away weighs on those who are here. The
	// sum over these is brought to one lead.
	unit := r.unit
	surplus := -unit
	for _, i := range eligible {
		surplus += accounts[i].Balance
	}
	m := 2*int64(len(eligible)) - 2
	best := -1
	var bestGap, bestWeight int64
	for _, i := range eligible {
		weight := r.members[i].Weight
		due := accounts[i].Balance - mulDiv(surplus, weight, total)
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

// unit is one lead, in parts that the shares of the weights are whole numbers of.
func unit(members []Member) int64 {
	var total int64
	for _, m := range members {
		total += m.Weight
	}
	return total * highlyShared * max(1, unitTarget/(total*highlyShared))
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
