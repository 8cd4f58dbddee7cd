package rule

import (
	"regexp"
	"strings"
)

// textKind says how a test looks at a text.
type textKind uint8

const (
	textContains   textKind = iota // strings.Contains
	textStartsWith                 // strings.HasPrefix
	textEndsWith                   // strings.HasSuffix
	textMatches                    // the literal is a regular expression, as regexp reads it
)

// textTest is one test on a text, as an author wrote it.
type textTest struct {
	kind    textKind
	literal string // or the pattern
}

// regexp is the pattern of the test. The pattern has been checked: it compiles.
func (t textTest) regexp() *regexp.Regexp {
	return regexp.MustCompile(t.literal)
}

// textMatcher decides one test. It is safe for concurrent use.
type textMatcher struct {
	plain   textTest     // of another kind than textMatches, if the test is one of them
	scanner *textScanner // decides what no plain test can; nil if plain does
}

func newTextMatcher(t textTest) *textMatcher {
	if plain, ok := t.plain(); ok {
		return &textMatcher{plain: plain}
	}
	return &textMatcher{scanner: newTextScanner([]textTest{t})}
}

// plain is the same test without a pattern, where the pattern is a text with at
// most one anchor.
func (t textTest) plain() (textTest, bool) {
	if t.kind != textMatches {
		return t, true
	}
	form, ok := t.form()
	if !ok || form.partial || len(form.needles) != 1 || form.doubt != (byteSet{}) {
		return textTest{}, false
	}
	needle := form.needles[0]
	literal, ok := needle.text()
	switch {
	case !ok:
	case len(needle.asserts) == 0:
		return textTest{textContains, literal}, true
	case len(needle.asserts) > 1:
	case needle.atStart():
		return textTest{textStartsWith, literal}, true
	case needle.atEnd():
		return textTest{textEndsWith, literal}, true
	}
	return textTest{}, false
}

// match is exactly what strings.Contains, strings.HasPrefix, strings.HasSuffix
// or the MatchString of the compiled pattern would say.
func (m *textMatcher) match(text string) bool {
	if m.scanner != nil {
		return m.scanner.scan64(text) != 0
	}
	return m.plain.holds(text)
}

// holds decides a test without a pattern.
func (t *textTest) holds(text string) bool {
	switch t.kind {
	case textStartsWith:
		return strings.HasPrefix(text, t.literal)
	case textEndsWith:
		return strings.HasSuffix(text, t.literal)
	}
	return strings.Contains(text, t.literal)
}

// literal tells whether the test is decided without a regular expression: always,
// or on all texts but those with a byte that the literal form leaves in doubt,
// which are few (see textForm).
func (m *textMatcher) literal() bool {
	return m.scanner == nil || m.scanner.words[0].bare|m.scanner.words[0].partial == 0
}
