package rule

import (
	"regexp/syntax"
	"slices"
	"unicode"
	"unicode/utf8"
)

// Limits of the literal form of one pattern. What exceeds them stays a regular
// expression.
const (
	maxNeedles       = 64
	maxNeedleBytes   = 1024    // of all needles together
	maxExpansion     = 1 << 17 // of all needles that came up on the way
	maxDoubtfulRunes = 16      // beyond which every byte of a non-ASCII character is in doubt
)

// textForm is a test as a list of needles: a text that holds no byte in doubt
// passes if and only if it holds one of the needles. A text with a byte in doubt
// has to be given to the regular expression: so is (?i)k, which the Kelvin sign
// matches, exact without a needle for a sign that no text holds.
//
// Some tests have needles which are necessary but not enough: what head.*sales
// matches holds "sales". The regular expression is asked only about such texts.
type textForm struct {
	needles []textNeedle
	doubt   byteSet
	partial bool // a needle is not enough
}

// textNeedle is a run of bytes, each one of a set, and what has to stand around
// it. All of a needle's bytes are whole characters, so that it matches at no
// place at which a regular expression would not look.
type textNeedle struct {
	bytes   []byteSet
	asserts []textAssert
}

// textAssert is a condition without width: ^, $, \b and their like.
type textAssert struct {
	at int // offset in the needle
	op syntax.EmptyOp
}

// byteSet has a bit for each byte.
type byteSet [4]uint64

func (s *byteSet) add(b byte)      { s[b>>6] |= 1 << (b & 63) }
func (s *byteSet) has(b byte) bool { return s[b>>6]>>(b&63)&1 != 0 }

// highBytes are the bytes of which characters beyond ASCII, and invalid ones, are made.
var highBytes = byteSet{2: ^uint64(0), 3: ^uint64(0)}

func (s *byteSet) union(t byteSet) {
	for i, word := range t {
		s[i] |= word
	}
}

// single is the byte of a set that has just one.
func (s *byteSet) single() (byte, bool) {
	found, count := byte(0), 0
	for b := range 256 {
		if s.has(byte(b)) {
			found = byte(b)
			count++
		}
	}
	return found, count == 1
}

// text is the needle's bytes, if it has no choice of them.
func (n textNeedle) text() (string, bool) {
	var text []byte
	for _, set := range n.bytes {
		b, ok := set.single()
		if !ok {
			return "", false
		}
		text = append(text, b)
	}
	return string(text), true
}

// atStart and atEnd tell whether the needle can only stand at that end of the text.
func (n textNeedle) atStart() bool {
	return slices.Contains(n.asserts, textAssert{0, syntax.EmptyBeginText})
}

func (n textNeedle) atEnd() bool {
	return slices.Contains(n.asserts, textAssert{len(n.bytes), syntax.EmptyEndText})
}

// always tells whether every text holds the needle.
func (n textNeedle) always() bool {
	const anywhere = syntax.EmptyBeginText | syntax.EmptyBeginLine
	const after = syntax.EmptyEndText | syntax.EmptyEndLine
	var all syntax.EmptyOp
	for _, a := range n.asserts {
		all |= a.op
	}
	return len(n.bytes) == 0 && (all&^anywhere == 0 || all&^after == 0)
}

// then is a needle followed by another.
func (n textNeedle) then(next textNeedle) textNeedle {
	both := textNeedle{slices.Concat(n.bytes, next.bytes), slices.Clone(n.asserts)}
	for _, a := range next.asserts {
		a.at += len(n.bytes)
		if !slices.Contains(both.asserts, a) {
			both.asserts = append(both.asserts, a)
		}
	}
	return both
}

// form is the literal form of a test, if it has one.
func (t textTest) form() (textForm, bool) {
	if t.kind != textMatches {
		n := literalNeedle(t.literal)
		switch t.kind {
		case textStartsWith:
			n.asserts = []textAssert{{0, syntax.EmptyBeginText}}
		case textEndsWith:
			n.asserts = []textAssert{{len(n.bytes), syntax.EmptyEndText}}
		}
		return textForm{needles: []textNeedle{n}}, true
	}
	tree, err := syntax.Parse(t.literal, syntax.Perl)
	if err != nil {
		return textForm{}, false
	}
	var e expander
	needles, ok := e.expand(tree, true, true)
	if !ok {
		return e.partialForm(tree)
	}
	if slices.ContainsFunc(needles, textNeedle.always) {
		return textForm{needles: []textNeedle{{}}, doubt: e.doubt}, true
	}
	if slices.ContainsFunc(needles, textNeedle.anywhere) {
		return textForm{}, false
	}
	return textForm{needles: merge(needles), doubt: e.doubt}, true
}

// anywhere tells whether the needle is a mere assertion, such as \b alone, that
// would have to be looked for everywhere.
func (n textNeedle) anywhere() bool {
	return len(n.bytes) == 0 && !(n.atStart() && n.atEnd() && len(n.asserts) == 2)
}

func literalNeedle(literal string) textNeedle {
	var n textNeedle
	for i := range len(literal) {
		var set byteSet
		set.add(literal[i])
		n.bytes = append(n.bytes, set)
	}
	return n
}

// expander turns a syntax tree into needles.
type expander struct {
	doubt byteSet
	work  int // of maxExpansion
}

// expand lists the needles of a tree. left and right tell whether the tree is at
// that end of the pattern. There only whether something matches counts and not
// where it ends: as many characters as you like are the same as none.
func (e *expander) expand(tree *syntax.Regexp, left, right bool) ([]textNeedle, bool) {
	edge := left || right
	switch tree.Op {
	case syntax.OpNoMatch:
		return nil, true
	case syntax.OpEmptyMatch:
		return []textNeedle{{}}, true
	case syntax.OpLiteral:
		return e.literal(tree)
	case syntax.OpCharClass:
		return e.class(tree.Rune), true
	case syntax.OpAnyChar:
		return e.class([]rune{0, unicode.MaxRune}), true
	case syntax.OpAnyCharNotNL:
		return e.class([]rune{0, '\n' - 1, '\n' + 1, unicode.MaxRune}), true
	case syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText, syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return []textNeedle{{asserts: []textAssert{{0, assertions[tree.Op]}}}}, true
	case syntax.OpCapture:
		return e.expand(tree.Sub[0], left, right)
	case syntax.OpStar:
		return []textNeedle{{}}, edge
	case syntax.OpPlus:
		if !edge {
			return nil, false
		}
		return e.expand(tree.Sub[0], left, right)
	case syntax.OpQuest:
		return e.repeat(tree.Sub[0], 0, 1, left, right)
	case syntax.OpRepeat:
		return e.repeat(tree.Sub[0], tree.Min, tree.Max, left, right)
	case syntax.OpConcat:
		return e.concat(e.trim(tree.Sub, left, right), left, right)
	case syntax.OpAlternate:
		var all []textNeedle
		for _, sub := range tree.Sub {
			needles, ok := e.expand(sub, left, right)
			if all = append(all, needles...); !ok || !e.bounded(all) {
				return nil, false
			}
		}
		return all, true
	}
	return nil, false
}

var assertions = map[syntax.Op]syntax.EmptyOp{
	syntax.OpBeginLine:      syntax.EmptyBeginLine,
	syntax.OpEndLine:        syntax.EmptyEndLine,
	syntax.OpBeginText:      syntax.EmptyBeginText,
	syntax.OpEndText:        syntax.EmptyEndText,
	syntax.OpWordBoundary:   syntax.EmptyWordBoundary,
	syntax.OpNoWordBoundary: syntax.EmptyNoWordBoundary,
}

// bounded tells whether the needles are within the limits.
func (e *expander) bounded(needles []textNeedle) bool {
	size := 0
	for _, n := range needles {
		size += len(n.bytes) + len(n.asserts)
	}
	e.work += size + len(needles)
	return len(needles) <= maxNeedles && size <= maxNeedleBytes && e.work <= maxExpansion
}

// trim leaves out what needs not be there at an end of the pattern, ^.* and .*$
// included: on a text without a line break they hold wherever the rest does.
func (e *expander) trim(subs []*syntax.Regexp, left, right bool) []*syntax.Regexp {
	for left && len(subs) > 0 {
		if optional(subs[0]) {
			subs = subs[1:]
		} else if len(subs) > 1 && (subs[0].Op == syntax.OpBeginText || subs[0].Op == syntax.OpBeginLine) && e.anything(subs[1]) {
			subs = subs[2:]
		} else {
			break
		}
	}
	for n := len(subs); right && n > 0; n = len(subs) {
		if optional(subs[n-1]) {
			subs = subs[:n-1]
		} else if n > 1 && (subs[n-1].Op == syntax.OpEndText || subs[n-1].Op == syntax.OpEndLine) && e.anything(subs[n-2]) {
			subs = subs[:n-2]
		} else {
			break
		}
	}
	return subs
}

func optional(tree *syntax.Regexp) bool {
	switch tree.Op {
	case syntax.OpCapture:
		return optional(tree.Sub[0])
	case syntax.OpEmptyMatch, syntax.OpStar, syntax.OpQuest:
		return true
	case syntax.OpRepeat:
		return tree.Min == 0
	}
	return false
}

// anything tells whether the tree matches every text without a line break.
func (e *expander) anything(tree *syntax.Regexp) bool {
	switch {
	case tree.Op == syntax.OpCapture:
		return e.anything(tree.Sub[0])
	case tree.Op != syntax.OpStar:
		return false
	case tree.Sub[0].Op == syntax.OpAnyCharNotNL:
		e.doubt.add('\n')
		return true
	}
	return tree.Sub[0].Op == syntax.OpAnyChar
}

func (e *expander) concat(subs []*syntax.Regexp, left, right bool) ([]textNeedle, bool) {
	all := []textNeedle{{}}
	for i, sub := range subs {
		needles, ok := e.expand(sub, left && i == 0, right && i == len(subs)-1)
		if !ok {
			return nil, false
		}
		if all, ok = e.product(all, needles); !ok {
			return nil, false
		}
	}
	return all, true
}

func (e *expander) product(heads, tails []textNeedle) ([]textNeedle, bool) {
	if len(heads)*len(tails) > maxNeedles {
		return nil, false
	}
	var all []textNeedle
	for _, head := range heads {
		for _, tail := range tails {
			all = append(all, head.then(tail))
		}
	}
	return all, e.bounded(all)
}

// repeat lists the needles of from least to most trees in a row; most is -1 if
// there is no end.
func (e *expander) repeat(tree *syntax.Regexp, least, most int, left, right bool) ([]textNeedle, bool) {
	switch {
	case left || right:
		most = least
	case most < 0:
		return nil, false
	}
	row, all := []textNeedle{{}}, []textNeedle(nil)
	for i := 0; ; i++ {
		if i >= least {
			if all = append(all, row...); !e.bounded(all) {
				return nil, false
			}
		}
		if i == most {
			return all, true
		}
		next, ok := e.expand(tree, left && i == 0, right && i == most-1)
		if !ok {
			return nil, false
		}
		if row, ok = e.product(row, next); !ok {
			return nil, false
		}
	}
}

func (e *expander) literal(tree *syntax.Regexp) ([]textNeedle, bool) {
	all, ok := []textNeedle{{}}, true
	for _, r := range tree.Rune {
		class := []rune{r, r}
		if tree.Flags&syntax.FoldCase != 0 {
			for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
				class = append(class, f, f)
			}
		}
		if all, ok = e.product(all, e.class(class)); !ok {
			return nil, false
		}
	}
	return all, true
}

// class lists the needles of one character of the class, which is pairs of first
// and last characters. If there are ASCII characters among them the others are
// in doubt: the Kelvin sign of (?i)k.
func (e *expander) class(pairs []rune) []textNeedle {
	var ascii byteSet
	var others []rune
	plain, many := false, false
	for i := 0; i < len(pairs); i += 2 {
		for r := pairs[i]; r <= pairs[i+1]; r++ {
			switch {
			case r < utf8.RuneSelf:
				ascii.add(byte(r))
				plain = true
			case len(others) == maxNeedles || r == utf8.RuneError || !utf8.ValidRune(r):
				many = true // or what invalid bytes match
			default:
				others = append(others, r)
			}
			if many && r >= utf8.RuneSelf {
				break
			}
		}
	}
	switch {
	case many || plain && len(others) > maxDoubtfulRunes:
		e.doubt.union(highBytes)
	case plain:
		for _, r := range others {
			e.doubt.add(utf8.AppendRune(nil, r)[0])
		}
	default:
		var all []textNeedle
		for _, r := range others {
			all = append(all, literalNeedle(string(r)))
		}
		e.work += len(all) * len(all)
		return merge(all)
	}
	if !plain {
		return nil
	}
	return []textNeedle{{bytes: []byteSet{ascii}}}
}

// merge makes one needle of two that differ in one byte only, as long as there
// are any.
func merge(needles []textNeedle) []textNeedle {
	for i := 0; i < len(needles); i++ {
		for j := 0; j < len(needles); j++ {
			at, ok := differ(needles[i], needles[j])
			if i == j || !ok {
				continue
			}
			if at >= 0 {
				needles[i].bytes = slices.Clone(needles[i].bytes)
				needles[i].bytes[at].union(needles[j].bytes[at])
			}
			needles = slices.Delete(needles, j, j+1)
			if j < i {
				i--
			}
			j = -1
		}
	}
	return needles
}

// differ finds the only byte in which two needles differ; -1 if there is none.
func differ(a, b textNeedle) (int, bool) {
	if len(a.bytes) != len(b.bytes) || !slices.Equal(a.asserts, b.asserts) {
		return 0, false
	}
	found := -1
	for i, set := range a.bytes {
		if set == b.bytes[i] {
			continue
		}
		if found >= 0 {
			return 0, false
		}
		found = i
	}
	return found, true
}
