package funnel

import "time"

// An Amendment marks a transition that is no step of the journey but changes what is known of it: a correction, a merge of
// duplicates, or a migration to a new version of the policy. Exactly one of Corrects, Merges and Migrates is set. The
// log only grows: what was wrong stays in it.
type Amendment struct {
	Corrects int64     `json:"corrects,omitempty"` // version of the first wrong transition: it and all that follow are taken back
	Merges   *Position `json:"merges,omitempty"`   // the duplicate, as it stood
	Migrates int       `json:"migrates,omitempty"` // version of the policy that the position comes from
	Since    time.Time `json:"since"`              // since when the lead stands at the transition's To
}
