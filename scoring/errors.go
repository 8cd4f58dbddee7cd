package scoring

import (
	"errors"
	"fmt"

	"github.com/leadloop/leadloop/internal/document"
)

// Error is one mistake in a model. [Parse] and [Compile] join all that they
// find; errors.As finds the first, and [Mistakes] lists them.
type Error struct {
	// Path leads to the value in the model, such as dimensions[1].rules[3].when.
	// It is empty if the mistake concerns the whole.
	Path string
	// Line and Column, from 1 and in characters, are the place in the JSON text for
	// Parse and the place in the rule's text for Compile; 0 if there is none.
	Line, Column int
	// Message says what is wrong and what to do.
	Message string
}

// Error writes path, place and message, such as
// dimensions[1].rules[3].when:1:14: unknown name "Employes", did you mean "Employees"?
func (e *Error) Error() string {
	place := e.Path
	if e.Line > 0 {
		if place != "" {
			place += ":"
		}
		place += fmt.Sprintf("%d:%d", e.Line, e.Column)
	}
	if place == "" {
		return e.Message
	}
	return place + ": " + e.Message
}

// Mistakes lists the mistakes that an error of [Parse] or [Compile] joins.
func Mistakes(err error) []*Error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []*Error
		for _, e := range joined.Unwrap() {
			all = append(all, Mistakes(e)...)
		}
		return all
	}
	var one *Error
	if errors.As(err, &one) {
		return []*Error{one}
	}
	return nil
}

// fromDocument makes the reader's errors ours.
func fromDocument(err error) error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []error
		for _, e := range joined.Unwrap() {
			all = append(all, fromDocument(e))
		}
		return errors.Join(all...)
	}
	var d *document.Error
	if errors.As(err, &d) {
		return &Error{Path: d.Path, Line: d.Line, Column: d.Column, Message: d.Message}
	}
	return err
}
