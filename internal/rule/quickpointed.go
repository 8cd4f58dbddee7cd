package rule

// quickPointed is quick for a field that points to its value, which may be
// missing, as a record's fields do: nil equals nothing and holds no text, and
// can't be ordered.
func (t *test) quickPointed() check {
	if !t.place.pointer || t.place.fallible() {
		return nil
	}
	s, value, item, negate := t.place.last, t.place.value, t.place.item, t.negate
	follow := func(f *frame) memory {
		if item {
			return s.follow(f.item)
		}
		return s.follow(f.lead)
	}
	operator, none := operatorOf(t.compare), verdictOf(negate)
	if t.compare != "" && isOrdering(t.compare) {
		none = fails
	}
	switch {
	case t.aspect == byText && len(t.texts) == 1:
		text := t.texts[0]
		return func(f *frame) verdict {
			m := follow(f)
			return verdictOf((!absent(m) && value.text(m) == text) != negate)
		}
	case t.aspect == bySearch && t.search.kind != textMatches:
		search := t.search
		return func(f *frame) verdict {
			m := follow(f)
			return verdictOf((!absent(m) && search.holds(value.text(m))) != negate)
		}
	case t.aspect == byInteger && len(t.bounds) == 1:
		bound := t.bounds[0]
		return func(f *frame) verdict {
			m := follow(f)
			if absent(m) {
				return none
			}
			v := value.integer(m)
			return verdictOf((v < bound && operator&less != 0 || v == bound && operator&same != 0 || v > bound && operator&more != 0) != negate)
		}
	case t.aspect == byNumber && len(t.numbers) == 1:
		bound := t.numbers[0]
		return func(f *frame) verdict {
			m := follow(f)
			if absent(m) {
				return none
			}
			v := value.number(m)
			return verdictOf((v < bound && operator&less != 0 || v == bound && operator&same != 0 || v > bound && operator&more != 0) != negate)
		}
	}
	return nil
}
