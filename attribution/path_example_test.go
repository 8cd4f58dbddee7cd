package attribution_test

import (
	"fmt"
	"strings"

	"github.com/leadloop/leadloop/attribution"
)

func ExampleTransform() {
	paths := attribution.NewPositions(nil)
	var path []uint16
	for _, name := range []string{"search", "direct", "email", "email", "direct"} {
		n, err := paths.Channels().Number([]byte(name))
		if err != nil {
			fmt.Println(err)
			return
		}
		path = append(path, n)
	}
	direct, err := paths.Channels().Number([]byte("direct"))
	if err != nil {
		fmt.Println(err)
		return
	}
	path = attribution.Exposure(attribution.Drop(direct)(path))
	if err := paths.Add(path, attribution.Counts{Conversions: 1, Value: 99_00}); err != nil {
		fmt.Println(err)
		return
	}
	credits, err := paths.Credit(attribution.Linear)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range credits {
		fmt.Println(c.Channel, c.ConversionShare, c.Value)
	}
	// Output:
	// email 0.5 4950
	// search 0.5 4950
}

// A table of paths, of which nothing is known but how many journeys went along each.
func ExamplePositions() {
	table := attribution.NewPositions(nil)
	for _, row := range []struct {
		path   string
		counts attribution.Counts
	}{
		{"search > email > search", attribution.Counts{Conversions: 3, Value: 300_00, Nulls: 5}},
		{"email", attribution.Counts{Conversions: 2, Value: 500_00, Nulls: 1}},
		{"social > search", attribution.Counts{Conversions: 1, Value: 100_00, Nulls: 8}},
	} {
		var path []uint16
		for step := range strings.SplitSeq(row.path, " > ") {
			n, err := table.Channels().Number([]byte(step))
			if err != nil {
				fmt.Println(err)
				return
			}
			path = append(path, n)
		}
		if err := table.Add(path, row.counts); err != nil {
			fmt.Println(err)
			return
		}
	}
	for _, m := range []attribution.Model{attribution.First, attribution.Linear, attribution.PositionBased} {
		credits, err := table.Credit(m)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%-15s", m.Name())
		for _, c := range credits {
			fmt.Printf("  %s %d, %d.%02d", c.Channel, c.Conversions, c.Value/100, c.Value%100)
		}
		fmt.Println()
	}
	// Output:
	// first            email 2, 500.00  search 3, 300.00  social 1, 100.00
	// linear           email 3, 600.00  search 3, 250.00  social 0, 50.00
	// position-based   email 3, 560.00  search 3, 290.00  social 0, 50.00
}

// What each channel took part in: more than the whole, as paths hold several.
func ExamplePositions_Credit() {
	table := attribution.NewPositions(nil)
	for _, path := range []string{"search > email > search", "email", "email > social"} {
		var numbers []uint16
		for step := range strings.SplitSeq(path, " > ") {
			n, err := table.Channels().Number([]byte(step))
			if err != nil {
				fmt.Println(err)
				return
			}
			numbers = append(numbers, n)
		}
		if err := table.Add(numbers, attribution.Counts{Conversions: 1, Value: 50_00}); err != nil {
			fmt.Println(err)
			return
		}
	}
	credits, err := table.Credit(attribution.Participation)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range credits {
		fmt.Printf("%-6s in %d of %d\n", c.Channel, c.Conversions, table.Total().Conversions)
	}
	_, err = table.Credit(attribution.WShaped)
	fmt.Println(err)
	// Output:
	// email  in 3 of 3
	// search in 1 of 3
	// social in 1 of 3
	// attribution: invalid model "w-shaped": it needs milestones, which paths do not have; credit journeys
}

func ExampleChannels_Frequency() {
	var channels attribution.Channels
	var path []uint16
	for _, name := range strings.Fields("D A B B C D C C") {
		n, err := channels.Number([]byte(name))
		if err != nil {
			fmt.Println(err)
			return
		}
		path = append(path, n)
	}
	path, err := channels.Frequency(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, n := range path {
		fmt.Print(channels.Name(n), " ")
	}
	// Output: D(2) A(1) B(2) C(3)
}
