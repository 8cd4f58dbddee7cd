package rule

import (
	"errors"
	"fmt"
)

// Error is one mistake in a rule's text, or why a rule could not be evaluated.
// It never repeats a value of a lead.
type Error struct {
	Line    int // from 1
	Column  int // from 1, in characters
	Message string
}

// Error writes the place and the message.
func (e *Error) Error() string { return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Message) }

// Mistakes lists the mistakes in an error that a [Compiler] gave.
func Mistakes(err error) []*Error {
	var one *Error
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []*Error
		for _, e := range joined.Unwrap() {
			all = append(all, Mistakes(e)...)
		}
		return all
	}
	if errors.As(err, &one) {
		return []*Error{one}
	}
	return nil
}
