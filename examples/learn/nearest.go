package main

import "strings"

// nearest is the known name that was most likely meant; empty if none is near.
func nearest(name string, known []string) string {
	best, least := "", 1+(len(name)+1)/3
	if len(name) > 64 {
		return ""
	}
	for _, k := range known {
		if d := edits([]rune(strings.ToLower(name)), []rune(strings.ToLower(k))); d < least {
			best, least = k, d
		}
	}
	return best
}

// edits is how many letters must be put in, left out or changed to make one word of the other (Levenshtein's distance).
func edits(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j := range b {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
