package shapley_test

import (
	"fmt"
	"log"

	"github.com/leadloop/leadloop/attribution"
	"github.com/leadloop/leadloop/attribution/shapley"
)

// an aggregate of this package, or attribution.Paths.
type aggregate interface {
	Channels() *attribution.Channels
	Add(path []uint16, c attribution.Counts) error
}

// addSample adds journeys by the channels they touched.
func addSample[A aggregate](to A) A {
	add := func(c attribution.Counts, names ...string) {
		var path []uint16
		for _, name := range names {
			n, err := to.Channels().Number([]byte(name))
			if err != nil {
				log.Fatal(err)
			}
			path = append(path, n)
		}
		if err := to.Add(path, c); err != nil {
			log.Fatal(err)
		}
	}
	add(attribution.Counts{Conversions: 3, Value: 300_00, Nulls: 5}, "search", "email", "search")
	add(attribution.Counts{Conversions: 2, Value: 500_00, Nulls: 1}, "email")
	add(attribution.Counts{Conversions: 4, Value: 100_00, Nulls: 2}, "search", "social", "email", "search", "social")
	add(attribution.Counts{Nulls: 7}, "social", "social")
	return to
}

func Example() {
	simplified := addSample(shapley.NewSimplified(nil))
	credits, err := simplified.Credit()
	if err != nil {
		log.Fatal(err)
	}
	for _, c := range credits {
		fmt.Printf("%-6s  %.2f %%  %d conversions  %d.%02d value\n", c.Channel, 100*c.ConversionShare, c.Conversions, c.Value/100, c.Value%100)
	}
	// Output:
	// email   53.70 %  5 conversions  683.34 value
	// search  31.48 %  3 conversions  183.33 value
	// social  14.81 %  1 conversions  33.33 value
}

// What each channel earned at each position of paths.
func ExampleOrdered() {
	parts, err := addSample(shapley.NewOrdered(nil)).ByPosition()
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range parts {
		fmt.Printf("%-6s  position %d  %.4f of all conversions, %d\n", p.Channel, p.Position, p.ConversionShare, p.Conversions)
	}
	// Output:
	// email   position 1  0.2222 of all conversions, 2
	// email   position 2  0.1667 of all conversions, 2
	// email   position 3  0.1481 of all conversions, 1
	// search  position 1  0.1574 of all conversions, 1
	// search  position 3  0.0833 of all conversions, 1
	// search  position 4  0.0741 of all conversions, 1
	// social  position 2  0.0741 of all conversions, 1
	// social  position 5  0.0741 of all conversions, 0
}

// Journeys without a conversion count: social touched many of them.
func ExampleShaoLi() {
	shaoLi := addSample(shapley.NewShaoLi(nil))
	credits, err := shaoLi.Credit()
	if err != nil {
		log.Fatal(err)
	}
	for i, c := range shaoLi.Contributions() {
		fmt.Printf("%-6s  contributes %.4f  %.2f %%\n", c.Channel, c.Conversions, 100*credits[i].ConversionShare)
	}
	// Output:
	// email   contributes 3.2707  52.54 %
	// search  contributes 2.0354  32.70 %
	// social  contributes 0.9193  14.77 %
}

// A game of one's own: a pair of gloves is worth 1, players 0 and 1 have a left one each, and player 2 has a right one.
func ExampleExact() {
	game := make([]int64, 8)
	for coalition := range game {
		if coalition&0b011 != 0 && coalition&0b100 != 0 {
			game[coalition] = 1
		}
	}
	values, err := shapley.Exact(game)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(values)
	// Output:
	// [1/6 1/6 2/3]
}

func ExampleConversionGame() {
	game, err := shapley.ConversionGame(addSample(attribution.NewPaths(0)))
	if err != nil {
		log.Fatal(err)
	}
	values, err := shapley.Exact(game.Conversions)
	if err != nil {
		log.Fatal(err)
	}
	for i, channel := range game.Channels {
		fmt.Println(channel, "alone", game.Conversions[1<<i], "Shapley value", values[i].RatString())
	}
	// Output:
	// email alone 2 Shapley value 29/6
	// search alone 0 Shapley value 17/6
	// social alone 0 Shapley value 4/3
}

// Shards are read apart and merged: neither their order nor the numbers that channels got in each of them show in the result.
func ExampleSimplified_Merge() {
	shard := func(names ...string) *shapley.Simplified {
		s := shapley.NewSimplified(nil)
		var path []uint16
		for _, name := range names {
			n, err := s.Channels().Number([]byte(name))
			if err != nil {
				log.Fatal(err)
			}
			path = append(path, n)
		}
		if err := s.Add(path, attribution.Counts{Conversions: 1, Value: 50_00}); err != nil {
			log.Fatal(err)
		}
		return s
	}
	whole := shard("ads", "email")
	if err := whole.Merge(shard("email", "call")); err != nil {
		log.Fatal(err)
	}
	credits, err := whole.Credit()
	if err != nil {
		log.Fatal(err)
	}
	for _, c := range credits {
		fmt.Println(c.Channel, c.ConversionShare, c.Value)
	}
	// Output:
	// ads 0.25 2500
	// call 0.25 2500
	// email 0.5 5000
}
