package funnel

import "time"

// An Amendment marks a transition that is no step of the journey but changes what is known of it: a correction
// ([Policy.Correct]), a merge of duplicates ([Policy.Merge]), or a migration to a new version of the policy
// ([Migration.Carry]). Exactly one of Corrects, Merges and Migrates is set. The log only grows: what was wrong stays in it.
type Amendment struct {
	Corrects int64     `json:"corrects,omitempty"` // version of the first wrong transition: it and all that follow are taken back
	Merges   *Position `json:"merges,omitempty"`   // the duplicate, as it stood
	Migrates int       `json:"migrates,omitempty"` // version of the policy that the position comes from
	Since    time.Time `json:"since"`              // since when the lead stands at the transition's To
}

// amend writes a transition that puts a lead where a position says, which is not checked.
func (c *chart) amend(pos, where *Position, a Amendment, by *By) Transition {
	var tr Transition
	c.fill(&tr, pos, where.Stage, by)
	tr.Round, tr.Reason, tr.NotBefore = where.Round, where.Reason, where.NotBefore.UTC()
	a.Since = where.Since.UTC()
	tr.Amendment = &a
	return tr
}
