package handoff

import (
	"time"

	"github.com/leadloop/leadloop/funnel"
)

// An Outcome is what came of one offer: a row that learning and attribution take as it is.
type Outcome struct {
	ID       string        `json:"id"`
	Round    int           `json:"round"`
	Offered  time.Time     `json:"offered"`
	Rating   Rating        `json:"rating,omitzero"` // at the offer, hits included
	Status   Status        `json:"status"`          // of the offer; [StatusOpen]: nobody has decided yet
	Reason   funnel.Reason `json:"reason,omitempty"`
	AtFault  funnel.Side   `json:"at_fault,omitempty"`
	Stage    funnel.Stage  `json:"stage"`             // how far the round has come, or where the offer's rejection led
	Closed   bool          `json:"closed"`            // nothing more can come of this offer; false: too early to tell, which is not a failure
	Won      bool          `json:"won,omitempty"`     // closed as won
	Revenue  int64         `json:"revenue,omitempty"` // minor units
	Decided  time.Time     `json:"decided,omitzero"`  // when the offer came to its end
	Finished time.Time     `json:"finished,omitzero"` // when it was closed
}

// Outcomes reads the outcomes off the log of one case, one for each offer in their order. Later events only add to what
// is still open, so the rows can be taken again at any time.
func Outcomes(log []Event) []Outcome { return nil }
