package document

import (
	"fmt"
	"strings"
)

// maxKnown is how many known names are compared with an unknown one.
const maxKnown = 1000

// Suggest gives the known name that is nearest to an unknown one by edit
// distance (insert, delete, replace, swap neighbours; upper and lower case
// count as alike), or nothing if none is nearer than a third of its length.
// Among equally near names the first wins. Only the first 1000 names are looked
// at, so that a suggestion never takes long.
func Suggest(name string, known []string) string {
	best, distance := "", 1+(len(name)+1)/3
	if len(name) > 64 {
		return ""
	}
	for _, k := range known[:min(len(known), maxKnown)] {
		if len(k) > 64 {
			continue
		}
		if d := edits([]rune(strings.ToLower(name)), []rune(strings.ToLower(k))); d < distance {
			best, distance = k, d
		}
	}
	return best
}

// DidYouMean words a suggestion, to be put behind an unknown name: `, did you mean
// "Title"?`, or nothing if no known name is near.
func DidYouMean[S ~string](name S, known []S) string {
	names := make([]string, min(len(known), maxKnown))
	for i := range names {
		names[i] = string(known[i])
	}
	if s := Suggest(string(name), names); s != "" {
		return fmt.Sprintf(", did you mean %q?", s)
	}
	return ""
}

// edits is the restricted Damerau-Levenshtein distance.
func edits(a, b []rune) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range a {
		row[0] = i + 1
		for j := range b {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j]+cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
