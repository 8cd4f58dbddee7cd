package shapley_test

import (
	"encoding/csv"
	"encoding/json"
	"math"
	"math/big"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/leadloop/leadloop/attribution"
	"github.com/leadloop/leadloop/attribution/shapley"
	"github.com/leadloop/leadloop/internal/script"
)

// The peers count in floats: their figures agree to 1e-12.
func TestPeers(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "cases.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases struct {
		Tiny map[string]struct {
			Rows []struct {
				Path              string
				Conv, Value, Null float64
			}
			Ianchute struct {
				Simplified, Ordered map[string]float64
				Positions           map[string][]float64 `json:"ordered_positions"`
			}
			MTA struct{ Shapley, Shao map[string]float64 }
		}
	}
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	checked := 0
	near := func(what string, got, want float64) {
		t.Helper()
		checked++
		if math.Abs(got-want) > 1e-12*math.Abs(want) {
			t.Errorf("%s is %.17g, want %.17g", what, got, want)
		}
	}
	for name, c := range cases.Tiny {
		var rows []row
		for _, r := range c.Rows {
			rows = append(rows, row{r.Path, attribution.Counts{Conversions: int64(r.Conv), Value: int64(r.Value), Nulls: int64(r.Null)}})
		}
		simplified, ordered := fill(t, shapley.NewSimplified(nil), rows...), fill(t, shapley.NewOrdered(nil), rows...)
		conversions := float64(simplified.Total().Conversions)
		credits, err := simplified.Credit()
		if err != nil {
			t.Fatal(err)
		}
		for _, got := range credits {
			near(name+" simplified "+got.Channel, got.ConversionShare*conversions, c.Ianchute.Simplified[got.Channel])
			near(name+" Shapley "+got.Channel, got.ConversionShare*conversions, c.MTA.Shapley[got.Channel])
		}
		credits, err = ordered.Credit()
		if err != nil {
			t.Fatal(err)
		}
		for _, got := range credits {
			near(name+" ordered "+got.Channel, got.ConversionShare*conversions, c.Ianchute.Ordered[got.Channel])
		}
		positions, err := ordered.ByPosition()
		if err != nil {
			t.Fatal(err)
		}
		found := map[figure]float64{}
		for _, p := range positions {
			found[figure{p.Channel, p.Position}] = p.ConversionShare * conversions
		}
		for channel, parts := range c.Ianchute.Positions {
			for i, want := range parts {
				near(name+" "+channel+" at "+strconv.Itoa(i+1), found[figure{channel, i + 1}], want)
			}
		}
		shaoLi := fill(t, shapley.NewShaoLi(nil), rows...).Contributions()
		for _, got := range shaoLi {
			near(name+" Shao and Li "+got.Channel, got.Conversions, c.MTA.Shao[got.Channel])
		}
		if len(credits) != len(c.Ianchute.Simplified) || len(shaoLi) != len(c.MTA.Shao) {
			t.Errorf("%s: %d channels", name, len(credits))
		}
	}
	if checked < 60 {
		t.Errorf("only %d figures were checked", checked)
	}
}

// PathData is read where it lies; it is not ours to copy. Twelve channels make a game of 4,096 coalitions.
func TestPathData(t *testing.T) {
	records, err := csv.NewReader(script.Open(t, "pathdata.csv")).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []row
	for _, r := range records[1:] {
		var n [3]int64
		for i := range n {
			text := r[i+1]
			if i == 1 { // thousandths
				whole, part, _ := strings.Cut(text, ".")
				text = whole + (part + "000")[:3]
			}
			if n[i], err = strconv.ParseInt(text, 10, 64); err != nil {
				t.Fatal(err)
			}
		}
		rows = append(rows, row{r[0], attribution.Counts{Conversions: n[0], Value: n[1], Nulls: n[2]}})
	}
	if channels := checkGame(t, rows); channels != 12 {
		t.Errorf("%d channels", channels)
	}
	credits, err := fill(t, shapley.NewSimplified(nil), rows...).Credit()
	if err != nil {
		t.Fatal(err)
	}
	simplified := partsOf(credits)
	check(t, "PathData", fill(t, shapley.NewSimplified(nil), rows...).Total(), simplified, slowSimplified(rows))
	shaoLi := fill(t, shapley.NewShaoLi(nil), rows...)
	if credits, err = shaoLi.Credit(); err != nil {
		t.Fatal(err)
	}
	conversions, value := int64(0), int64(0)
	for _, c := range credits {
		conversions, value = conversions+c.Conversions, value+c.Value
	}
	if total := shaoLi.Total(); conversions != total.Conversions || value != total.Value {
		t.Errorf("credit sums to %d and %d of %+v", conversions, value, total)
	}
}

// checkGame holds simplified credit against the Shapley value of the game that it is said to be that of; it gives the number of channels.
func checkGame(t testing.TB, rows []row) int {
	t.Helper()
	game, err := shapley.ConversionGame(fill(t, attribution.NewPaths(0), rows...))
	if err != nil {
		t.Fatal(err)
	}
	simplified := fill(t, shapley.NewSimplified(nil), rows...)
	want := map[figure]pair{}
	for i, earned := range [][]int64{game.Conversions, game.Value} {
		values, err := shapley.Exact(earned)
		if err != nil {
			t.Fatal(err)
		}
		sum := new(big.Rat)
		for n, channel := range game.Channels {
			if i == 0 {
				want[figure{channel, 0}] = newPair()
			}
			want[figure{channel, 0}][i].Set(values[n])
			sum.Add(sum, values[n])
		}
		total := []int64{simplified.Total().Conversions, simplified.Total().Value}[i]
		if whole := earned[len(earned)-1]; whole != total || sum.Cmp(big.NewRat(total, 1)) != 0 {
			t.Fatalf("the game has %d, its values %v of %d", whole, sum, total)
		}
	}
	credits, err := simplified.Credit()
	if err != nil {
		t.Fatal(err)
	}
	check(t, "the game", simplified.Total(), partsOf(credits), want)
	return len(credits)
}
