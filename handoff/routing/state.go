package routing

import (
	"slices"
	"time"
)

// State is what the host stores between two decisions of a pool. The zero State
// has routed nothing yet. Two States that say the same are deeply equal and have
// the same JSON.
type State struct {
	// Unit is the size of one whole lead in the balances. It follows from the
	// weights of the pool, so that shares are whole numbers. It is 0 if the
	// pool is not weighted.
	Unit int64 `json:"unit,omitempty"`
	// Last is when the last lead was given, the latest if times ran backwards, in
	// UTC.
	Last time.Time `json:"last,omitzero"`
	// Period is when the period began in which Leads are counted, in UTC; zero if
	// they are counted without one. See [Request.Period].
	Period time.Time `json:"period,omitzero"`
	// Accounts are sorted by member.
	Accounts []Account `json:"accounts,omitempty"`
}

// Account is what is known of a member.
type Account struct {
	Member string `json:"member"`
	// Balance is what the member is due: its share of the leads for which it was
	// eligible, less the leads that it got, in parts of the State's Unit. It is below
	// zero for a member that is ahead of its share.
	Balance int64 `json:"balance"`
	// Leads is how many leads the member got in the State's Period, by routing or by
	// hand.
	Leads int64 `json:"leads,omitempty"`
	// Turn orders the members by their last lead, by routing or by hand: a larger
	// one is later, 0 is none yet.
	Turn int64 `json:"turn,omitempty"`
}

// most is the largest count that every reader of JSON keeps exactly.
const most = 1<<53 - 1

// books are the accounts of the members in the order of the pool, in its unit.
type books struct {
	last, period time.Time
	accounts     []Account
	turn         int64 // the largest
}

// books reads the State for the members of the pool. Counts start anew in a later period than that of the State. Last would
// not tell: where quotas are agreed for the first time, or by shorter periods, the counts of the old ones are too many.
func (r *Router) books(s State, period time.Time) books {
	b := books{last: canonical(s.Last), period: canonical(s.Period), accounts: make([]Account, len(r.members))}
	period = canonical(period)
	fresh := period.After(b.period)
	if fresh {
		b.period = period
	}
	for _, a := range s.Accounts {
		i, ok := r.index[a.Member]
		if !ok {
			continue
		}
		kept := Account{Turn: min(max(a.Turn, 0), most)}
		if s.Unit > 0 && r.unit > 0 {
			if s.Unit != r.unit {
				a.Balance = mulDiv(r.unit, a.Balance, s.Unit)
			}
			kept.Balance = min(max(a.Balance, -maxLeads*r.unit), maxLeads*r.unit)
		}
		if !fresh {
			kept.Leads = min(max(a.Leads, 0), most)
		}
		b.accounts[i] = kept
	}
	for i := range b.accounts {
		b.accounts[i].Member = r.members[i].ID
		b.turn = max(b.turn, b.accounts[i].Turn)
	}
	if b.turn == most { // only in a damaged State: 285 years of a million leads a second
		b.renumber()
	}
	return b
}

// renumber makes the turns small and keeps their order.
func (b *books) renumber() {
	var turns []int64
	for _, a := range b.accounts {
		turns = append(turns, a.Turn)
	}
	slices.Sort(turns)
	turns = slices.Compact(turns)
	for i := range b.accounts {
		if a := &b.accounts[i]; a.Turn > 0 {
			rank, _ := slices.BinarySearch(turns, a.Turn)
			a.Turn = int64(rank) + 1
		}
	}
	b.turn = int64(len(turns)) + 1
}

// count notes that a member got a lead.
func (b *books) count(i int, at time.Time) {
	if at = canonical(at); at.After(b.last) {
		b.last = at
	}
	a := &b.accounts[i]
	a.Leads = min(a.Leads+1, most)
	b.turn++
	a.Turn = b.turn
}

func (r *Router) state(b books) State {
	s := State{Unit: r.unit, Last: b.last, Period: b.period, Accounts: make([]Account, len(r.byID))}
	for place, i := range r.byID {
		s.Accounts[place] = b.accounts[i]
	}
	return s
}

// Assignment is a lead that somebody was given by hand, or by anything else than Route.
type Assignment struct {
	Member string
	At     time.Time
	Period time.Time // when the quotas' period began in which At lies: see [Request.Period]
}

// Record notes an assignment: the member has had its turn, and the lead counts
// against its quota. Shares by weight are shares of the routed leads alone, and
// stay as they are. Turns are in the order in which assignments are recorded,
// whatever their times. A member that is not of the pool changes nothing.
func (r *Router) Record(s State, a Assignment) State {
	i, ok := r.index[a.Member]
	if !ok {
		return s
	}
	b := r.books(s, a.Period)
	b.count(i, a.At)
	return r.state(b)
}

// canonical is the instant as JSON gives it back; zero if JSON can't hold it.
func canonical(t time.Time) time.Time {
	t = t.UTC().Round(0)
	if y := t.Year(); y < 1 || y > 9999 {
		return time.Time{}
	}
	return t
}
