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

func TestFrequencyOfAnUnknownNumber(t *testing.T) {
	var channels attribution.Channels
	path := numbered(t, &channels, []string{"a", "a", "b"})
	path[1] = 2
	if got, err := channels.Frequency(path); !errors.Is(err, attribution.ErrUnknown) || got != nil || channels.Len() != 2 || !slices.Equal(path, []uint16{0, 2, 1}) {
		t.Errorf("%v, %v; %d channels, path %v", got, err, channels.Len(), path)
	}
}

// The position-based model of eeghor/mta first takes immediate repetitions for one touch; conversions of the tiny tables by channel.
func TestPositionBasedExposureOfMta(t *testing.T) {
	for name, want := range map[string]map[string]float64{
		"t1": {"C1": 0.4, "C2": 0.2, "C3": 0.4},
		"t2": {"A": 2.6666666666666665, "B": 0.3333333333333333},
		"t3": {"A": 4.266666666666667, "B": 2.8666666666666667, "C": 1.8666666666666667},
	} {
		wantU(t, name, tinyPositions(t, name, attribution.Exposure), want, nil)
	}
}
