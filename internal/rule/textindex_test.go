package rule

import (
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"
)

// An index gives what a map of the same texts would, for texts of every length that
// share most of their bytes.
func TestTextIndex(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	text := func(length int) string {
		b := []byte(strings.Repeat("a", length))
		for range r.Intn(3) {
			if length > 0 {
				b[r.Intn(length)] = "ab\x00\xff"[r.Intn(4)]
			}
		}
		return string(b)
	}
	perfect := 0
	for range 3000 {
		longest := 1 + r.Intn(40)
		texts := make([]string, 1+r.Intn(30))
		for i := range texts {
			texts[i] = text(r.Intn(longest))
		}
		slices.Sort(texts)
		texts = slices.Compact(texts)
		x := newTextIndex(texts)
		perfect += ones(x.perfect)
		for range 40 {
			query := text(r.Intn(longest + 2))
			want := slices.Index(texts, query) + 1
			if got := x.find(query); got != want {
				t.Fatalf("%q among %q is number %d, want %d", query, texts, got, want)
			}
		}
		for i, each := range texts {
			if got := x.find(strings.Clone(each)); got != i+1 {
				t.Fatalf("%q among %q is number %d, want %d", each, texts, got, i+1)
			}
		}
	}
	if perfect < 2000 {
		t.Errorf("only %d of 3000 indexes are perfect: the test tells little of them", perfect)
	}
}

// An index over very many texts is made at the cost of a map.
func TestTextIndexOfManyTexts(t *testing.T) {
	texts := make([]string, 100_000)
	for i := range texts {
		texts[i] = fmt.Sprintf("text %06d", i)
	}
	made := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			newTextIndex(texts)
		}
	})
	if bytes := made.AllocedBytesPerOp(); bytes > 32<<20 {
		t.Errorf("an index over %d texts takes %d MB to make", len(texts), bytes>>20)
	}
	x := newTextIndex(texts)
	if x.find("text 000000") != 1 || x.find("text 099999") != 100_000 || x.find("text") != 0 {
		t.Error("a text has the wrong number")
	}
}
