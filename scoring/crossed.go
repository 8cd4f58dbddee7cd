package scoring

import "slices"

// Crossed names the [Threshold]s that a lead has newly reached from one score to
// the next, in the order of the later one. A host that keeps the last score and
// asks at each new one hears of a threshold once, and again only after the lead
// has fallen below it. The zero Score has reached none, and stands for a lead
// that was never scored.
func Crossed(before, after Score) []string {
	var crossed []string
	for _, name := range after.Reached {
		if !slices.Contains(before.Reached, name) {
			crossed = append(crossed, name)
		}
	}
	return crossed
}
