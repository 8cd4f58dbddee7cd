package rule

import "regexp/syntax"

// enough bytes of a needle tell texts apart: a longer one rules out few more.
const enough = 8

// partialForm is the needles of which every match of a pattern holds one, for a
// pattern that has no exact form. Of several parts that have needles it is the
// one whose shortest needle is longest.
func (e *expander) partialForm(tree *syntax.Regexp) (textForm, bool) {
	switch tree.Op {
	case syntax.OpCapture, syntax.OpPlus:
		return e.partialForm(tree.Sub[0])
	case syntax.OpRepeat:
		if tree.Min > 0 {
			return e.partialForm(tree.Sub[0])
		}
	case syntax.OpConcat:
		return e.partialOfRow(tree.Sub)
	case syntax.OpAlternate:
		return e.partialOfEach(tree.Sub)
	}
	return e.rowForm([]*syntax.Regexp{tree})
}

// partialOfRow chooses among the trees of a concatenation. Neighbours that have
// needles of their own are taken together.
func (e *expander) partialOfRow(row []*syntax.Regexp) (best textForm, ok bool) {
	for len(row) > 0 {
		n := 1
		form, possible := e.rowForm(row[:1])
		for possible && n < len(row) && form.shortest() < enough {
			longer, still := e.rowForm(row[:n+1])
			if !still {
				break
			}
			form = longer
			n++
		}
		if !possible {
			form, possible = e.partialForm(row[0])
		}
		if possible && (!ok || form.shortest() > best.shortest()) {
			best, ok = form, true
		}
		row = row[n:]
	}
	return best, ok
}

// partialOfEach is the needles of all branches of an alternation.
func (e *expander) partialOfEach(branches []*syntax.Regexp) (all textForm, ok bool) {
	for _, branch := range branches {
		form, ok := e.partialForm(branch)
		if all.needles = append(all.needles, form.needles...); !ok || !e.bounded(all.needles) {
			return textForm{}, false
		}
		all.doubt.union(form.doubt)
	}
	all.needles, all.partial = merge(all.needles), true
	return all, true
}

// rowForm is the needles of trees in a row, each of which has needles.
func (e *expander) rowForm(row []*syntax.Regexp) (textForm, bool) {
	e.doubt = byteSet{}
	needles, ok := e.concat(row, false, false)
	form := textForm{merge(needles), e.doubt, true}
	if !ok || form.shortest() == 0 {
		return textForm{}, false
	}
	return form, true
}

// shortest is the length of the shortest needle; 0 if there is none.
func (f textForm) shortest() int {
	if len(f.needles) == 0 {
		return 0
	}
	shortest := len(f.needles[0].bytes)
	for _, n := range f.needles {
		shortest = min(shortest, len(n.bytes))
	}
	return shortest
}
