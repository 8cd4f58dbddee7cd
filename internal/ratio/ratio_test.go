package ratio_test

import (
	"testing"

	"github.com/leadloop/leadloop/internal/ratio"
)

// BenchmarkItself holds a loop against one of a tenth of its length: about ten times as long, with one allocation.
func BenchmarkItself(b *testing.B) {
	var sink int
	var kept *[4]int
	spin := func(length int) func(n int) {
		return func(n int) {
			for range n {
				kept = new([4]int)
				for i := range length {
					sink += i ^ kept[i&3]
				}
			}
		}
	}
	ratio.Benchmark(b, []ratio.Work{{Name: "short", Run: spin(1000)}, {Name: "long", Run: spin(10000)}})
	if sink == 0 {
		b.Fatal("nothing was done")
	}
}

// Every work is run, and each batch as often as it is asked.
func TestEveryWorkIsRun(t *testing.T) {
	counts := make([]int, 3)
	works := make([]ratio.Work, len(counts))
	for i := range works {
		works[i] = ratio.Work{Name: string(rune('a' + i)), Run: func(n int) {
			counts[i] += n
		}}
	}
	if result := testing.Benchmark(func(b *testing.B) { ratio.Benchmark(b, works) }); result.N < 1 {
		t.Error("the benchmark has failed")
	}
	for i, n := range counts {
		if n < 1024 {
			t.Errorf("work %d was done %d times", i, n)
		}
	}
}
