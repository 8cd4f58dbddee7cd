package routing

import (
	"errors"
	"strconv"

	"github.com/leadloop/leadloop/internal/document"
)

// Pool is who can get leads, and in which proportion: plain data that can be
// reviewed, compared and versioned. [Compile] turns it into a [Router].
type Pool struct {
	// Name is the pool's name in decisions and errors.
	Name string `json:"name"`
	// Members are the people, or teams, of the pool: 1 to [MaxMembers]. Their
	// order decides ties.
	Members []Member `json:"members"`
}

// Member is one who can get leads.
type Member struct {
	// ID is opaque and unique in the pool.
	ID string `json:"id"`
	// Weight is the member's part of the leads in relation to the weights of
	// the others: 0 to [MaxWeight]. A member of weight 0 gets none.
	Weight int64 `json:"weight"`
	// Capacity is the number of open leads from which on the member gets no
	// more. 0 is no limit.
	Capacity int64 `json:"capacity,omitempty"`
}

// Limits of a pool.
const (
	MaxMembers  = 1000      // members of one pool
	MaxWeight   = 1_000_000 // weight of one member
	MaxDocument = 1 << 20   // bytes that Parse reads
)

// Parse reads a pool from JSON. Unknown and repeated keys, null and data after
// the end are errors with their path, line and column, all reported at once. What
// the values mean is checked by [Compile].
func Parse(data []byte) (Pool, error) {
	var p Pool
	if err := document.Decode(data, &p, MaxDocument); err != nil {
		return Pool{}, err
	}
	return p, nil
}

// Router routes the leads of one pool. It is immutable and safe for concurrent
// use. Make one with [Compile]; the zero Router has no members and routes nothing.
type Router struct {
	name    string
	members []Member
}

// Compile checks the pool and makes its router. All mistakes are reported at
// once, joined, each an *[Error] with its path: a missing name, no members, an
// id that is missing or stands twice, a weight or capacity out of range, no
// member with a weight.
func Compile(p Pool) (*Router, error) {
	var errs []error
	report := func(path string, cause error, message string) {
		errs = append(errs, &Error{Path: path, Message: message, Cause: cause})
	}
	if p.Name == "" {
		report("name", ErrName, "the pool has no name: give it one")
	}
	if len(p.Members) > MaxMembers {
		report("members", ErrMembers, "the pool has "+strconv.Itoa(len(p.Members))+" members, at most "+strconv.Itoa(MaxMembers)+" are allowed: split it")
	}
	first := map[string]int{}
	weighted := false
	for i, m := range p.Members {
		path := "members[" + strconv.Itoa(i) + "]"
		if j, ok := first[m.ID]; m.ID == "" {
			report(path+".id", ErrID, "the member has no id: give it one")
		} else if ok {
			report(path+".id", ErrID, "members["+strconv.Itoa(j)+"] has the same id: keep one")
		} else {
			first[m.ID] = i
		}
		if m.Weight < 0 || m.Weight > MaxWeight {
			report(path+".weight", ErrWeight, "the weight is "+strconv.FormatInt(m.Weight, 10)+": give one from 0 to "+strconv.Itoa(MaxWeight))
		}
		if m.Capacity < 0 {
			report(path+".capacity", ErrCapacity, "the capacity is negative: give the number of open leads, or 0 for no limit")
		}
		weighted = weighted || m.Weight > 0
	}
	switch {
	case len(p.Members) == 0:
		report("members", ErrMembers, "the pool has no members: name at least one")
	case !weighted:
		report("members", ErrWeight, "no member has a weight above 0, so nobody could get a lead: give at least one")
	}
	if errs != nil {
		return nil, errors.Join(errs...)
	}
	return &Router{name: p.Name, members: append([]Member(nil), p.Members...)}, nil
}
