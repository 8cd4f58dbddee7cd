package handoff

import (
	"errors"
	"strconv"
	"strings"

	"github.com/leadloop/leadloop/funnel"
)

// minAttempts returns how many attempts at contact must precede a return with the reason.
func minAttempts(reason *funnel.ReasonDefinition, agreed int) int64 {
	if reason.MinAttempts == "agreement.attempts" {
		return int64(agreed)
	}
	n, _ := strconv.ParseInt(reason.MinAttempts, 10, 64) // the funnel has checked it; "" is none
	return n
}

// listed returns the names in the reason's first list field: what is to be completed.
func listed(reason *funnel.ReasonDefinition, f funnel.Feedback) []string {
	var names []string
	for _, field := range reason.Fields {
		if field.Type != funnel.FieldList || f.Fields[field.Name] == "" {
			continue
		}
		for name := range strings.SplitSeq(f.Fields[field.Name], ",") {
			names = append(names, strings.TrimSpace(name))
		}
		break
	}
	return names
}

// target returns the value of the reason's first id field: the record that the lead belongs to.
func target(reason *funnel.ReasonDefinition, f funnel.Feedback) string {
	for _, field := range reason.Fields {
		if field.Type == funnel.FieldID {
			return f.Fields[field.Name]
		}
	}
	return ""
}

func isAny(err error, kinds ...error) bool {
	for _, kind := range kinds {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}
