package rule_test

import "testing"

// FuzzDecide holds the engine against the expression language's machine: over
// conditions and subjects that the choices make, and any other condition.
func FuzzDecide(f *testing.F) {
	for seed := range uint64(8) {
		f.Add(`Title matches "(?i)vp" and count(Activities, .Kind == "visit" and .At > Now - duration("30d")) >= 1`, diceOf(seed).left[:600])
	}
	for _, text := range []string{`Tier in ["mql", "sal"]`, `Kind == "call" and Lead.Age > 3`, `all(Activities, .Size < 5)`, `U64 > 9007199254740992.0`, `Nick not in ["a", nil]`} {
		f.Add(text, []byte{40, 30, 20, 10})
	}
	f.Fuzz(func(t *testing.T, text string, choices []byte) {
		var count tally
		decideCase(t, &dice{left: choices}, []string{text}, &count)
	})
}
