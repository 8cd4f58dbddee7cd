package main

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/leadloop/leadloop/scoring"
)

// parseCell reads a cell as a value of a declared type. It answers nil for a missing value. The error says what is wrong
// without repeating the cell, which may say something about a person.
func parseCell(cell string, kind scoring.FieldType) (any, error) {
	if kind != scoring.Text {
		cell = strings.TrimSpace(cell)
	}
	if cell == "" {
		return nil, nil
	}
	switch kind {
	case scoring.Text:
		return cell, nil
	case scoring.Integer:
		if n, err := strconv.Atoi(cell); err == nil {
			return n, nil
		} else if errors.Is(err, strconv.ErrRange) {
			return nil, errors.New("the whole number is too large")
		}
		return nil, errors.New("not a whole number, write it as 1200, without separators and unit")
	case scoring.Number:
		if strings.Trim(cell, "+-0123456789.eE") == "" { // no hexadecimal digits, underscores, infinities
			if x, err := strconv.ParseFloat(cell, 64); err == nil {
				return x, nil
			}
		}
		return nil, errors.New("not a number, write it as 1250.5, without separators of thousands and unit")
	case scoring.Boolean:
		switch strings.ToLower(cell) {
		case "true":
			return true, nil
		case "false":
			return false, nil
		}
		return nil, errors.New("write true or false")
	case scoring.Time:
		return parseTime(cell)
	default: // Texts: Compile knows no other type
		texts := []string{}
		for text := range strings.SplitSeq(cell, ";") {
			if text = strings.TrimSpace(text); text != "" {
				texts = append(texts, text)
			}
		}
		return texts, nil
	}
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
