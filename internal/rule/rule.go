package rule

import "time"

// Subject is what rules look at.
type Subject[L, A any] struct {
	Lead       *L
	Activities []A
	Now        time.Time
}

// None is the activity type where there are no activities.
type None struct{}
