package learn

// Verdict is the answer to one question about a lead. The zero value is Pending.
type Verdict int8

const (
	Pending  Verdict = iota // not answered yet, or never asked
	Positive                // accepted, or won
	Negative                // rejected, or lost
)

// Target is the question that evidence is weighed for.
type Target string

const (
	Acceptance Target = "acceptance" // of the leads handed over: did sales accept?
	Win        Target = "win"        // of the leads accepted: was the deal won?
)

// Outcome is what became of one lead that was handed over.
type Outcome struct {
	// Hits are the rules that matched at the hand-over:
	// what [github.com/leadloop/leadloop/scoring.Score.Hits] gives.
	Hits []string
	// Accepted is the answer of sales to the offer.
	Accepted Verdict
	// Reason is why sales rejected or returned the lead; may be empty. It is
	// counted whatever the verdicts are.
	Reason string
	// Won is what became of the deal. Only an accepted lead can have one.
	Won Verdict
}
