package handoff

import (
	"time"

	"github.com/leadloop/leadloop/handoff/routing"
)

// A Decision is the desk's answer to a command. The host stores Events (and Pool) under its version check together with
// Effects, and then carries out the effects.
type Decision struct {
	Events  []Event           `json:"events,omitempty"`  // to append, in this order
	Effects []Effect          `json:"effects,omitempty"` // to carry out once the events are stored
	Next    time.Time         `json:"next,omitzero"`     // when to give the desk its next [Tick]; zero: no deadline is pending
	Pool    *routing.State    `json:"pool,omitempty"`    // the pool's next state, to be stored with the events; nil: it did not change
	Routing *routing.Decision `json:"routing,omitempty"` // who was considered and why not; nil: nobody was
}
