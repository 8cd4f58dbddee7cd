package main

import (
	"context"
	"testing"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
)

// A run of 20,000 touches as a whole, files included: go test -run '^$' -bench Run -benchmem.
func BenchmarkRun(b *testing.B) {
	ctx := context.Background()
	plan, files, output := testedPlan(b), must(listInput(ctx, made(b, market{touches: 20_000, seed: 1, shards: 4}))), b.TempDir()
	b.Run("local", func(b *testing.B) {
		for b.Loop() {
			if err := runLocal(ctx, plan, files, output); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("prism", func(b *testing.B) {
		for b.Loop() {
			if _, err := beam.Run(ctx, "prism", must(pipeline(plan, files, output))); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// What an account costs on its way: merged row by row, through its coder, scored and summed.
func BenchmarkAccount(b *testing.B) {
	e, w := testedEngine(b), world(b, 2000)
	b.Run("merge", func(b *testing.B) {
		for b.Loop() {
			a := account{}
			for _, row := range w.rows[:100] {
				a = a.merge(row, 50)
			}
		}
	})
	a := w.accounts["A0000001"]
	b.Run("coder", func(b *testing.B) {
		for b.Loop() {
			must(decodeAccount(must(encodeAccount(a))))
		}
	})
	sums := must(e.emptyAccounts())
	b.Run("rate", func(b *testing.B) {
		for b.Loop() {
			r, _, err := e.rate(a)
			if err == nil {
				err = sums.add(r)
			}
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}
