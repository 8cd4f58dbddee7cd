package main

import (
	"slices"
	"strings"
)

// wordsOfRules can't be names of fields.
var wordsOfRules = []string{"Activities", "Lead", "Now", "and", "else", "false", "if", "in", "let", "matches", "nil", "not", "or", "true",
	"contains", "startsWith", "endsWith"}

// fieldName is how rules can call a column: with _ for what can't stand in a name. examples/learn writes models with such names.
func fieldName(column string) string {
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, strings.TrimSpace(column))
	if name == "" || name[0] >= '0' && name[0] <= '9' {
		name = "_" + name
	}
	if slices.Contains(wordsOfRules, name) {
		name += "_"
	}
	return name
}
