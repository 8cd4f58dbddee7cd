package rule

import (
	"fmt"
	"strings"
	"testing"
)

// titles and titleTests are those of the reference workload.
var titles = []string{
	"Chief Technology Officer", "VP of Engineering", "Senior Software Engineer", "Head of Growth Marketing", "Account Manager",
	"CTO", "Director of Operations", "Sales Development Representative", "Student", "Data Analyst, Business Intelligence",
}

var titleTests = []textTest{
	{textMatches, `(?i)chief|vp|head`},
	{textMatches, `(?i)^(cto|ceo|cfo|coo)\b`},
	{textMatches, `(?i)(director|manager)`},
	{textContains, "Engineer"},
}

// shuffled is a long series of titles: nothing learns its order by heart.
func shuffled() []string {
	series := make([]string, 1<<12)
	x := uint32(1)
	for i := range series {
		x = x*1664525 + 1013904223
		series[i] = titles[int(x>>16)%len(titles)]
	}
	return series
}

// BenchmarkTitles decides the four tests on one title: together, one by one, as
// people would write it by hand, and by regular expressions.
func BenchmarkTitles(b *testing.B) {
	scanner := newTextScanner(titleTests)
	var matchers []*textMatcher
	var references []func(string) bool
	for _, t := range titleTests {
		matchers = append(matchers, newTextMatcher(t))
		references = append(references, func(s string) bool { return strings.Contains(s, t.literal) })
		if t.kind == textMatches {
			references[len(references)-1] = t.regexp().MatchString
		}
	}
	for _, way := range []struct {
		name   string
		decide func(string) uint64
	}{
		{"scanner", scanner.scan64},
		{"byHand", titlesByHand},
		{"matchers", func(s string) (hits uint64) {
			for i, m := range matchers {
				if m.match(s) {
					hits |= 1 << i
				}
			}
			return hits
		}},
		{"regexp", func(s string) (hits uint64) {
			for i, match := range references {
				if match(s) {
					hits |= 1 << i
				}
			}
			return hits
		}},
	} {
		series := shuffled()
		b.Run(way.name, func(b *testing.B) {
			b.ReportAllocs()
			i, sum := 0, uint64(0)
			for b.Loop() {
				sum += way.decide(series[i&(len(series)-1)])
				i++
			}
			if sum == 0 {
				b.Error("nothing found")
			}
		})
	}
}

func titlesByHand(t string) (hits uint64) {
	if foldHas(t, "chief") || foldHas(t, "vp") || foldHas(t, "head") {
		hits |= 1
	}
	if len(t) >= 3 && t[0]|0x20 == 'c' && t[2]|0x20 == 'o' && (len(t) == 3 || !isWordByte(t[3])) {
		switch t[1] | 0x20 {
		case 't', 'e', 'f', 'o':
			hits |= 2
		}
	}
	if foldHas(t, "director") || foldHas(t, "manager") {
		hits |= 4
	}
	if strings.Contains(t, "Engineer") {
		hits |= 8
	}
	return hits
}

func foldHas(s, needle string) bool {
	n := len(needle)
	for i := 0; i+n <= len(s); i++ {
		if s[i]|0x20 == needle[0] {
			j := 1
			for j < n && s[i+j]|0x20 == needle[j] {
				j++
			}
			if j == n {
				return true
			}
		}
	}
	return false
}

func isWordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func TestTitlesByHand(t *testing.T) {
	scanner := newTextScanner(titleTests)
	for _, title := range titles {
		if got, want := scanner.scan64(title), titlesByHand(title); got != want {
			t.Errorf("%q: %b by the scanner, %b by hand", title, got, want)
		}
	}
}

// BenchmarkOneTest decides one test.
func BenchmarkOneTest(b *testing.B) {
	for _, t := range titleTests {
		m, series := newTextMatcher(t), shuffled()
		b.Run(t.literal, func(b *testing.B) {
			i := 0
			for b.Loop() {
				m.match(series[i&(len(series)-1)])
				i++
			}
		})
	}
}

// BenchmarkManyTests decides as many patterns as a large model has on one title,
// together and one by one.
func BenchmarkManyTests(b *testing.B) {
	words := strings.Fields(`chief head director manager engineer analyst founder partner student intern sales growth
		marketing product design finance legal operations support success research security data cloud platform
		infrastructure president owner consultant architect recruiter assistant`)
	for _, count := range []int{8, 16, 32} {
		var tests []textTest
		var matchers []*textMatcher
		for _, word := range words[:count] {
			tests = append(tests, textTest{textMatches, "(?i)" + word})
			matchers = append(matchers, newTextMatcher(tests[len(tests)-1]))
		}
		scanner, series := newTextScanner(tests), shuffled()
		b.Run(fmt.Sprint(count, "/together"), func(b *testing.B) {
			i := 0
			for b.Loop() {
				scanner.scan64(series[i&(len(series)-1)])
				i++
			}
		})
		b.Run(fmt.Sprint(count, "/apart"), func(b *testing.B) {
			i := 0
			for b.Loop() {
				for _, m := range matchers {
					m.match(series[i&(len(series)-1)])
				}
				i++
			}
		})
	}
}
