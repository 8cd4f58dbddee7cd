package rule

// Evaluate gives what the expression language's own machine makes of the text.
// It is what every faster way is held against.
func (c *Condition[L, A]) Evaluate(r *Run[L, A], activity int) (any, error) {
	return r.evaluate(&c.program, activity)
}

// Evaluate gives what the expression language's own machine makes of the text.
func (v *Value[L, A]) Evaluate(r *Run[L, A], activity int) (any, error) {
	return r.evaluate(&v.program, activity)
}

// Evaluate gives what the expression language's own machine makes of the text.
func (s *Scalar[L, A]) Evaluate(r *Run[L, A], activity int) (any, error) {
	return r.evaluate(&s.program, activity)
}
