package main

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
)

// parseInteger reads a whole number that a float tells from its neighbours.
func parseInteger(cell string) (int64, bool) {
	n, err := strconv.ParseInt(cell, 10, 64)
	return n, err == nil && n >= -1<<53 && n <= 1<<53
}

// parseNumber reads a number: no hexadecimal digits, underscores, infinities.
func parseNumber(cell string) (float64, bool) {
	if strings.Trim(cell, "+-0123456789.eE") != "" {
		return 0, false
	}
	x, err := strconv.ParseFloat(cell, 64)
	return x, err == nil
}

// parseTime reads an instant, or a date as the midnight in UTC that begins it.
func parseTime(text string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC(), nil
		}
	}
	return time.Time{}, errors.New("is not a time: write it as 2026-06-15T09:30:00+02:00, or as 2026-06-15 for midnight UTC")
}

// wordsOfRules can't be names of fields.
var wordsOfRules = []string{"Activities", "Lead", "Now", "and", "else", "false", "if", "in", "let", "matches", "nil", "not", "or", "true",
	"contains", "startsWith", "endsWith"}

// fieldName is how rules call a column: with _ for what can't stand in a name. examples/score does the same.
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
