package attribution_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/leadloop/leadloop/attribution"
)

// The example of Google's fractribution, and what is special.
func TestTransforms(t *testing.T) {
	var channels attribution.Channels
	d := numbered(t, &channels, []string{"D"})[0]
	frequency := func(path []uint16) []uint16 {
		path, err := channels.Frequency(path)
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, c := range []struct {
		name      string
		transform attribution.Transform
		from, to  string
	}{
		{"exposure", attribution.Exposure, "D A B B C D C C", "D A B C D C"},
		{"first exposure", attribution.FirstExposure, "D A B B C D C C", "D A B C"},
		{"frequency", frequency, "D A B B C D C C", "D(2) A(1) B(2) C(3)"},
		{"drop", attribution.Drop(d), "D A D B D", "A B"},
		{"drop what is alone", attribution.Drop(d), "D D", "D D"},
		{"drop what is not there", attribution.Drop(d), "A B", "A B"},
		{"drop last", attribution.DropLast(d), "D A D D", "D A"},
		{"drop last of others", attribution.DropLast(d), "D A", "D A"},
		{"drop last alone", attribution.DropLast(d), "D D D", "D D D"},
		{"trim", attribution.Trim(2), "A B C", "B C"},
		{"trim to more", attribution.Trim(9), "A B C", "A B C"},
		{"trim to nothing", attribution.Trim(0), "A B C", "C"},
		{"exposure of nothing", attribution.Exposure, "", ""},
		{"drop from nothing", attribution.Drop(d), "", ""},
		{"drop last of nothing", attribution.DropLast(d), "", ""},
		{"trim of nothing", attribution.Trim(3), "", ""},
	} {
		var got []string
		for _, n := range c.transform(numbered(t, &channels, strings.Fields(c.from))) {
			got = append(got, channels.Name(n))
		}
		if got := strings.Join(got, " "); got != c.to {
			t.Errorf("%s of %q: %q, want %q", c.name, c.from, got, c.to)
		}
	}
}

// Long paths are done another way than short ones, and come to the same.
func TestFirstExposureOfAnyLength(t *testing.T) {
	r := random(50)
	for range 2000 {
		path := make([]uint16, r.IntN(80))
		var want []uint16
		for i := range path {
			path[i] = uint16(r.IntN(12))
			if !slices.Contains(want, path[i]) {
				want = append(want, path[i])
			}
		}
		if got := attribution.FirstExposure(path); !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	}
}

func TestFrequencyOfTooManyChannels(t *testing.T) {
	var channels attribution.Channels
	for i := range attribution.MaxChannels {
		numbered(t, &channels, []string{fmt.Sprint(i)})
	}
	if path, err := channels.Frequency([]uint16{1, 1}); !errors.Is(err, attribution.ErrChannels) || path != nil {
		t.Errorf("%v, %v", path, err)
	}
}

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
