package learn

import "github.com/leadloop/leadloop/scoring"

// Change is a term whose points change.
type Change struct {
	Term
	Reason string `json:"reason"` // in words
}

// Proposal is what feedback would change in the model: for people to read, and for the host to adopt or
// not.
type Proposal struct {
	Target  Target        `json:"target"`
	Model   scoring.Model `json:"model"`             // with the changes, or the one it was if refused
	Changes []Change      `json:"changes"`           // in the model's order
	Refused string        `json:"refused,omitempty"` // why nothing is proposed
	Fit     *Fit          `json:"fit,omitempty"`
}

// Propose fits on the earlier outcomes and tests on the later ones.
func Propose(s *Sample, o Options) (Proposal, error) { return Proposal{}, nil }
