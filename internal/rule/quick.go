package rule

// quick is the check of a test on a field that lies in the lead or the activity
// itself: one function, with little to call. It is nil for other tests.
func (t *test) quick() check {
	if t.place == nil {
		return nil
	}
	if !t.place.direct() {
		return t.quickPointed()
	}
	s, item, negate := t.place.last, t.place.item, t.negate
	switch {
	case t.aspect == byText && len(t.texts) == 1:
		text := t.texts[0]
		return func(f *frame) verdict {
			m := f.lead
			if item {
				m = f.item
			}
			return verdictOf((s.text(m) == text) != negate)
		}
	case t.aspect == bySearch && t.search.kind != textMatches:
		search := t.search
		return func(f *frame) verdict {
			m := f.lead
			if item {
				m = f.item
			}
			return verdictOf(search.holds(s.text(m)) != negate)
		}
	case t.aspect == byInteger && len(t.bounds) == 1:
		operator, bound := operatorOf(t.compare), t.bounds[0]
		return func(f *frame) verdict {
			m := f.lead
			if item {
				m = f.item
			}
			v := s.integer(m)
			return verdictOf((v < bound && operator&less != 0 || v == bound && operator&same != 0 || v > bound && operator&more != 0) != negate)
		}
	case t.aspect == byLength:
		operator, bound := operatorOf(t.compare), t.bounds[0]
		return func(f *frame) verdict {
			m := f.lead
			if item {
				m = f.item
			}
			v := int64(s.length(m))
			return verdictOf((v < bound && operator&less != 0 || v == bound && operator&same != 0 || v > bound && operator&more != 0) != negate)
		}
	case t.aspect == byNumber && len(t.numbers) == 1:
		operator, bound := operatorOf(t.compare), t.numbers[0]
		return func(f *frame) verdict {
			m := f.lead
			if item {
				m = f.item
			}
			v := s.number(m)
			return verdictOf((v < bound && operator&less != 0 || v == bound && operator&same != 0 || v > bound && operator&more != 0) != negate)
		}
	}
	return nil
}

// Of a comparison with a bound: where it holds.
const (
	less = 1 << iota
	same
	more
)

func operatorOf(compare string) int {
	switch compare {
	case "<":
		return less
	case "<=":
		return less | same
	case ">":
		return more
	case ">=":
		return more | same
	}
	return same // ==, and in a list of one
}
