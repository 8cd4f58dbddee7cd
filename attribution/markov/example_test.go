package markov_test

import (
	"fmt"
	"log"

	"github.com/leadloop/leadloop/attribution"
	"github.com/leadloop/leadloop/attribution/markov"
)

// samplePaths are journeys by the channels they touched.
func samplePaths() *attribution.Paths {
	paths := attribution.NewPaths(0)
	add := func(c attribution.Counts, names ...string) {
		var path []uint16
		for _, name := range names {
			n, err := paths.Channels().Number([]byte(name))
			if err != nil {
				log.Fatal(err)
			}
			path = append(path, n)
		}
		if err := paths.Add(path, c); err != nil {
			log.Fatal(err)
		}
	}
	add(attribution.Counts{Conversions: 3, Value: 300_00, Nulls: 5}, "search", "email", "search")
	add(attribution.Counts{Conversions: 2, Value: 500_00, Nulls: 1}, "email")
	add(attribution.Counts{Conversions: 4, Value: 100_00, Nulls: 2}, "search", "social", "email", "search", "social")
	add(attribution.Counts{Nulls: 7}, "social", "social")
	return paths
}

func Example() {
	model, err := markov.Fit(samplePaths(), 1)
	if err != nil {
		log.Fatal(err)
	}
	for _, c := range model.Channels {
		fmt.Printf("%-6s  effect %.4f  %.2f conversions  %.2f value\n", c.Name, c.RemovalEffect, c.Conversions, c.Value/100)
	}
	// Output:
	// email   effect 0.5292  2.48 conversions  342.41 value
	// search  effect 0.7681  3.60 conversions  356.64 value
	// social  effect 0.6239  2.92 conversions  200.95 value
}

func ExampleSelectOrder() {
	s, err := markov.SelectOrder(samplePaths(), 3)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("order", s.Order)
	// Output:
	// order 3
}

func ExampleBootstrap() {
	found, err := markov.Bootstrap(samplePaths(), 1, markov.Sample{Replicates: 200, Level: 0.9, Seed: 1})
	if err != nil {
		log.Fatal(err)
	}
	for _, c := range found.Channels {
		fmt.Printf("%-6s  %.2f to %.2f\n", c.Name, c.RemovalEffect.Low, c.RemovalEffect.High)
	}
	// Output:
	// email   0.37 to 0.67
	// search  0.60 to 0.89
	// social  0.35 to 0.85
}

// Shards are read apart and merged: neither their order nor the numbers that
// channels got in each of them show in the result.
func ExampleGrams_Merge() {
	shard := func(names ...string) *markov.Grams {
		g, err := markov.New(2, nil)
		if err != nil {
			log.Fatal(err)
		}
		var path []uint16
		for _, name := range names {
			n, err := g.Channels().Number([]byte(name))
			if err != nil {
				log.Fatal(err)
			}
			path = append(path, n)
		}
		if err := g.Add(path, attribution.Counts{Conversions: 1, Value: 50_00}); err != nil {
			log.Fatal(err)
		}
		return g
	}
	whole := shard("ads", "email", "call")
	if err := whole.Merge(shard("email", "call")); err != nil {
		log.Fatal(err)
	}
	model, err := whole.Fit()
	if err != nil {
		log.Fatal(err)
	}
	for _, c := range model.Channels {
		fmt.Println(c.Name, c.RemovalEffect)
	}
	// Output:
	// ads 0.5
	// call 1
	// email 1
}
