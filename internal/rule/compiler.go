package rule

import "errors"

// Compiler turns rule texts into conditions and numbers over the host's types.
type Compiler[L, A any] struct{}

// Option declares the fields of records.
type Option struct{}

// NewCompiler reads the types' fields.
func NewCompiler[L, A any](options ...Option) (*Compiler[L, A], error) {
	return &Compiler[L, A]{}, nil
}

// Condition is a compiled text that is true or false.
type Condition[L, A any] struct{}

// LeadCondition compiles a condition on the lead.
func (c *Compiler[L, A]) LeadCondition(src string) (*Condition[L, A], error) {
	return nil, errors.New("in progress")
}

// ActivityCondition compiles a condition on one activity.
func (c *Compiler[L, A]) ActivityCondition(src string) (*Condition[L, A], error) {
	return nil, errors.New("in progress")
}

// Eval evaluates the condition.
func (c *Condition[L, A]) Eval(s *Subject[L, A], activity *A) (bool, error) {
	return false, errors.New("in progress")
}
