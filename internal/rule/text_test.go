package rule

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"regexp/syntax"
	"strings"
	"testing"
)

// reference is the slow, obvious answer to a test.
func (t textTest) reference(text string) bool {
	switch t.kind {
	case textContains:
		return strings.Contains(text, t.literal)
	case textStartsWith:
		return strings.HasPrefix(text, t.literal)
	case textEndsWith:
		return strings.HasSuffix(text, t.literal)
	}
	return regexp.MustCompile(t.literal).MatchString(text)
}

func (t textTest) String() string {
	return [...]string{"contains", "startsWith", "endsWith", "matches"}[t.kind] + fmt.Sprintf(" %q", t.literal)
}

// TestTextLiteral names patterns that people write, and which of them need no
// regular expression.
func TestTextLiteral(t *testing.T) {
	literal := []string{
		`(?i)chief|vp|head`,
		`(?i)^(cto|ceo|cfo|coo)\b`,
		`(?i)(director|manager)`,
		`(?i)\b(vp|vice president)\b`,
		`(?i)vice[ -]?president`,
		`(?i)^senior |^sr\.? `,
		`^c[efto]o$`,
		`(?i)geschäftsführer(in)?`,
		`(?i)größe`,
		`@(gmail|yahoo|hotmail)\.com$`,
		`\.edu$`,
		`(?i)\.(edu|ac\.uk)$`,
		`^\+49`,
		`^/pricing`,
		`^.*chief.*$`,
		`(?s)^.*chief`,
		`.*growth.*`,
		`[0-9]{4}`,
		`\d+ users`,
		`(?m)^Re: `,
		`[^a-z]lead`,
		`a{2,4}b`,
		`(?:ab){2}c?d`,
		`^$`,
		`\A\z`,
		``,
		`a|`,
		`a*b*`,
		`a*|b+c+`,
		`(?i)42`,
		`(?i:ab)CD`,
		`foo\bbar`,
	}
	for _, pattern := range literal {
		if !newTextMatcher(textTest{textMatches, pattern}).literal() {
			t.Errorf("%s is left to regexp", pattern)
		}
	}
	for pattern, partial := range map[string]bool{
		`head.*sales`:                        true,
		`(?i)vice\s+president`:               true,
		`(x*(sales|growth)+y*)+!`:            true,
		`(a|bb|ccc){2}(a|bb|ccc)(a|bb|ccc)z`: true,
		`(?i)head.*sales|vp.*growth`:         true,
		`head.*sales|.*`:                     false,
		`\b`:                                 false,
		`^a*$`:                               false,
	} {
		if newTextMatcher(textTest{textMatches, pattern}).literal() {
			t.Errorf("%s has a literal form, which is not expected to be exact", pattern)
		}
		if form, _ := (textTest{textMatches, pattern}).form(); form.partial != partial {
			t.Errorf("%s has a partial form: %t", pattern, form.partial)
		}
	}
}

// TestTextPartial looks at what needles stand for a pattern that has no exact form.
func TestTextPartial(t *testing.T) {
	for pattern, want := range map[string]string{
		`a.*sales.*b`:        "sales",
		`[^x]b+sales`:        "sales",
		`(?:a+b)+c*growth+s`: "growt",
		`d(?:eee+f){0,1}g*h`: "d",
	} {
		form, ok := (textTest{textMatches, pattern}).form()
		if !ok || !form.partial || len(form.needles) != 1 || form.doubt != (byteSet{}) {
			t.Errorf("%s: %v", pattern, form)
			continue
		}
		if got, _ := form.needles[0].text(); got != want {
			t.Errorf("%s: looks for %q, want %q", pattern, got, want)
		}
	}
}

// TestTextRare are cases that chance seldom makes.
func TestTextRare(t *testing.T) {
	for _, test := range []struct {
		patterns, texts []string
	}{
		{[]string{`\x{D800}`, `(?i)[\x{D800}x]`}, []string{"\uFFFD", "\xed\xa0\x80", "x"}},
		{[]string{`abc|\bq`, `\bq`}, []string{"abc q", "abcq", "q"}},
		{[]string{`d(?:eee+f){0,2}g*h`}, []string{"dh", "deeefgh", "dgeeefh"}},
		{[]string{`(?i)kk|ss`, `(?i)kk`}, []string{"\u212Ak", "kk", "\u017Fs", "\xe2kk", "\xc5s"}},
	} {
		var tests []textTest
		for _, pattern := range test.patterns {
			tests = append(tests, textTest{textMatches, pattern})
		}
		compareTexts(t, tests, test.texts)
	}
}

// TestTextHostile bounds what a pattern can cost, whatever form it gets.
func TestTextHostile(t *testing.T) {
	for _, pattern := range []string{
		`x{1000}`,
		`[à-ÿ]{500}`,
		`(?i)` + strings.Repeat("k", 500),
		strings.Repeat("(", 100) + `x{1000}` + strings.Repeat("y*z)", 100),
		strings.Repeat(".a", 250),
		strings.Repeat("(a|bb)", 80),
		strings.Repeat("[ab]?", 100),
		`q*` + strings.Repeat(".a", 250) + "b*c",
		strings.Repeat("(?:a*b|", 70) + strings.Repeat("b)", 70),
		strings.Repeat("(?:", 120) + "é" + strings.Repeat(")?", 120),
		`\pL{300}`,
	} {
		var e expander
		tree, err := syntax.Parse(pattern, syntax.Perl)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := e.expand(tree, true, true); !ok {
			e.partialForm(tree)
		}
		if e.work > maxExpansion+1000*maxNeedleBytes {
			t.Errorf("%.30s… takes %d steps", pattern, e.work)
		}
		compareTexts(t, []textTest{{textMatches, pattern}}, []string{strings.Repeat("x", 1001), strings.Repeat("à", 600), strings.Repeat("za", 400), strings.Repeat("k", 499) + "\u212A"})
	}
}

// TestTextRandom compares every way to decide a test with its reference.
func TestTextRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	forms, partial, patterns := 0, 0, 0
	for range 4000 {
		var tests []textTest
		for range 1 + r.IntN(6) {
			test := randomTest(r)
			if test.kind == textMatches {
				patterns++
				switch form, ok := test.form(); {
				case form.partial:
					partial++
				case ok:
					forms++
				}
			}
			tests = append(tests, test)
		}
		compareTexts(t, tests, randomTexts(r, tests, 30))
		if t.Failed() {
			return
		}
	}
	if share := float64(forms) / float64(patterns); share < 0.75 {
		t.Errorf("%.0f%% of the patterns have a literal form", 100*share)
	}
	if share := float64(partial) / float64(patterns-forms); share < 0.5 {
		t.Errorf("%.0f%% of the others have a partial form", 100*share)
	}
}

// TestTextScannerMany crosses the limits of sieves and words.
func TestTextScannerMany(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, count := range []int{0, 1, 7, 8, 9, 16, 17, 33, 63, 64, 65, 128, 200} {
		for range 5 {
			var tests []textTest
			for range count {
				tests = append(tests, randomTest(r))
			}
			compareTexts(t, tests, randomTexts(r, tests, 20))
		}
	}
}

// compareTexts compares scanner and matchers with the reference.
func compareTexts(t *testing.T, tests []textTest, texts []string) {
	t.Helper()
	scanner := newTextScanner(tests)
	var references []func(string) bool
	var matchers []*textMatcher
	for _, test := range tests {
		matchers = append(matchers, newTextMatcher(test))
		references = append(references, test.reference)
		if test.kind == textMatches {
			references[len(references)-1] = regexp.MustCompile(test.literal).MatchString
		}
	}
	for _, text := range texts {
		hits := make([]uint64, (len(tests)+63)/64)
		scanner.scan(text, hits)
		if len(tests) > 0 && scanner.scan64(text) != hits[0] {
			t.Errorf("%v on %q: scan64 differs from scan", tests, text)
		}
		for i, test := range tests {
			want := references[i](text)
			if got := matchers[i].match(text); got != want {
				t.Errorf("%v on %q: matcher says %t, want %t", test, text, got, want)
			}
			if got := hits[i/64]>>(i%64)&1 != 0; got != want {
				t.Errorf("%v on %q, number %d of %v: scanner says %t, want %t", test, text, i, tests, got, want)
			}
		}
		if extra := len(tests) % 64; extra != 0 && hits[len(hits)-1]>>extra != 0 {
			t.Errorf("%v on %q: the scanner sets bits of no test", tests, text)
		}
	}
}

// alphabet is what random patterns and texts are made of: few letters, so that
// they meet, and what a regular expression is careful about.
var alphabet = []string{"a", "b", "k", "s", "A", "B", "K", "S", " ", "_", "1", "-", "\n", "é", "É", "ß", "ẞ", "\u212A", "\u017F", "\uFFFD", "€"}

func letter(r *rand.Rand) string {
	if r.IntN(4) > 0 {
		return alphabet[r.IntN(8)]
	}
	return alphabet[r.IntN(len(alphabet))]
}

func letters(r *rand.Rand, n int) string {
	var text strings.Builder
	for range n {
		text.WriteString(letter(r))
	}
	return text.String()
}

func randomTest(r *rand.Rand) textTest {
	if r.IntN(4) == 0 {
		return textTest{textKind(r.IntN(3)), letters(r, r.IntN(10))}
	}
	for {
		test := textTest{textMatches, randomPattern(r, 3)}
		if r.IntN(2) == 0 {
			test.literal = "(?i)" + test.literal
		}
		if _, err := regexp.Compile(test.literal); err == nil {
			return test
		}
	}
}

func randomPattern(r *rand.Rand, depth int) string {
	one := func() string { return randomPattern(r, depth-1) }
	if depth == 0 {
		return regexp.QuoteMeta(letters(r, 1+r.IntN(4)))
	}
	switch r.IntN(22) {
	case 0, 1, 2:
		return one() + "|" + one()
	case 3, 4, 5:
		return "(" + one() + ")" + one()
	case 6:
		return "(?:" + one() + "|" + one() + "|" + one() + ")"
	case 7:
		return "(?:" + one() + ")?"
	case 8:
		return "[" + []string{"", "^"}[r.IntN(2)] + regexp.QuoteMeta(letters(r, 1+r.IntN(3))) + "]" + one()
	case 9:
		return []string{"[a-k]", "[K-a]", "[à-þ]", `\d`, `\w`, `\s`, `\W`, "[[:upper:]]", `\pL`}[r.IntN(9)] + one()
	case 10, 11:
		return []string{"^", "$", `\A`, `\z`, `\b`, `\B`}[r.IntN(6)] + one()
	case 12, 13:
		return one() + []string{"^", "$", `\A`, `\z`, `\b`, `\B`}[r.IntN(6)]
	case 14:
		return []string{"(?i)", "(?m)", "(?s)", "(?-i)", "(?ms)", "(?U)"}[r.IntN(6)] + one()
	case 15:
		return []string{"(?i:", "(?m:", "(?s:", "(?-i:"}[r.IntN(4)] + one() + ")"
	case 16:
		return []string{".*", "^.*", "^(.*)", ".+", ".?", "."}[r.IntN(6)] + one()
	case 17:
		return one() + []string{".*", ".*$", "(.*)$", ".+", ".?", "."}[r.IntN(6)]
	case 18:
		return "(?:" + one() + ")" + []string{"*", "+", "{2}", "{1,2}", "{0,2}", "{2,}", "*?"}[r.IntN(7)]
	case 19:
		return one() + letter(r) + "+"
	case 20:
		return ""
	}
	return regexp.QuoteMeta(letters(r, 1+r.IntN(10)))
}

// randomTexts are of the alphabet, of pieces of the tests, and of invalid bytes.
func randomTexts(r *rand.Rand, tests []textTest, count int) []string {
	texts := []string{"", "\n", "\xe2", "\xff", "\u212A"}
	for range count {
		var text strings.Builder
		for range r.IntN(5) {
			switch piece := tests; {
			case len(piece) > 0 && r.IntN(2) == 0:
				literal := piece[r.IntN(len(piece))].literal
				if from := r.IntN(len(literal) + 1); from < len(literal) {
					literal = literal[from : from+1+r.IntN(len(literal)-from)]
				}
				text.WriteString(literal)
			case r.IntN(10) == 0:
				text.WriteByte(byte(128 + r.IntN(128)))
			default:
				text.WriteString(letters(r, r.IntN(8)))
			}
		}
		texts = append(texts, text.String())
	}
	return texts
}

func TestTextAllocations(t *testing.T) {
	var tests []textTest
	for _, test := range titleTests {
		tests = append(tests, test)
		m := newTextMatcher(test)
		if n := testing.AllocsPerRun(100, func() {
			for _, title := range titles {
				m.match(title)
			}
		}); n != 0 || !m.literal() {
			t.Errorf("%v: %v allocations, literal %t", test, n, m.literal())
		}
	}
	scanner, hits := newTextScanner(tests), make([]uint64, 1)
	if n := testing.AllocsPerRun(100, func() {
		for _, title := range titles {
			hits[0] = 0
			scanner.scan(title, hits)
		}
	}); n != 0 {
		t.Errorf("%v allocations by the scanner", n)
	}
}

// FuzzTextMatcher decides any pattern on any text.
func FuzzTextMatcher(f *testing.F) {
	for _, pattern := range []string{`(?i)chief|vp|head`, `(?i)^(cto|ceo|cfo|coo)\b`, `c(?:to|eo)?$`, `(?m)^ſ|[^k]b`, `^.*x`, `(?i)größe{1,2}`, `\Bé|`} {
		f.Add(pattern, "Chief CTO\nGRÖSSE \xff \u212A")
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if _, err := regexp.Compile(pattern); err != nil || len(pattern) > 100 || len(text) > 1000 {
			return
		}
		compareTexts(t, []textTest{{textMatches, pattern}, {textContains, pattern}, {textStartsWith, pattern}, {textEndsWith, pattern}}, []string{text, strings.ToUpper(text), pattern, text + pattern, pattern + text})
	})
}

// FuzzTextScanner decides several tests together, one to a line: a pattern, or a
// literal after one of = ^ $.
func FuzzTextScanner(f *testing.F) {
	f.Add("(?i)chief|vp|head\n(?i)^(cto|ceo|cfo|coo)\\b\n(?i)(director|manager)\n=Engineer", "VP of Engineering\nHead of Growth")
	f.Add("=a\n^ab\n$b\n(?i)k\n[a-f]{3}\n(?i)straße", "Straße \u212A \u017F\nabc\n\xc5\n\xffab")
	f.Fuzz(func(t *testing.T, lines, texts string) {
		if len(lines) > 400 || len(texts) > 1000 {
			return
		}
		var tests []textTest
		for line := range strings.SplitSeq(lines, "\n") {
			test := textTest{textMatches, line}
			if line != "" {
				if at := strings.IndexByte("=^$", line[0]); at >= 0 {
					test = textTest{textKind(at), line[1:]}
				}
			}
			if test.kind == textMatches {
				if _, err := regexp.Compile(line); err != nil {
					continue
				}
			}
			tests = append(tests, test)
		}
		if len(tests) > 0 {
			compareTexts(t, tests, append(strings.Split(texts, "\n"), texts))
		}
	})
}
