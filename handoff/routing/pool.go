package routing

// Pool is who can get leads, and in which proportion: plain data that can be reviewed, compared and versioned.
// [Compile] turns it into a [Router].
type Pool struct {
	// Name is the pool's name in explanations and errors.
	Name string `json:"name"`
	// Members are the people (or teams) of the pool. Their order decides ties.
	Members []Member `json:"members"`
}

// Member is one who can get leads.
type Member struct {
	// ID is opaque and unique in the pool.
	ID string `json:"id"`
	// Weight is the member's part of the leads, relative to the other members' weights: 0 to [MaxWeight]. A member of weight 0 gets none.
	Weight int64 `json:"weight"`
	// Capacity is the number of open leads at which the member gets no more; 0 is no limit.
	Capacity int64 `json:"capacity,omitempty"`
}

// Limits of a pool.
const (
	MaxMembers = 1000      // members of one pool
	MaxWeight  = 1_000_000 // the weight of one member
)
