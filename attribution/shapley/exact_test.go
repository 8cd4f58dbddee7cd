package shapley_test

import (
	"errors"
	"math"
	"math/big"
	"math/bits"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/leadloop/leadloop/attribution"
	"github.com/leadloop/leadloop/attribution/shapley"
)

// byPermutations lets the players come in each order, one after the other.
func byPermutations(game []int64, n int) []*big.Rat {
	values := make([]*big.Int, n)
	for i := range values {
		values[i] = new(big.Int)
	}
	orders := int64(0)
	var come func(coalition int)
	var order []int
	come = func(coalition int) {
		if len(order) == n {
			orders++
			before := 0
			for _, i := range order {
				after := before | 1<<i
				values[i].Add(values[i], new(big.Int).Sub(big.NewInt(game[after]), big.NewInt(game[before])))
				before = after
			}
			return
		}
		for i := range n {
			if coalition>>i&1 == 0 {
				order = append(order, i)
				come(coalition | 1<<i)
				order = order[:len(order)-1]
			}
		}
	}
	come(0)
	means := make([]*big.Rat, n)
	for i, v := range values {
		means[i] = new(big.Rat).SetFrac(v, big.NewInt(orders))
	}
	return means
}

// byDefinition weighs what each player adds to each coalition by 1/(n·C(n−1, s)).
func byDefinition(game []int64, n int) []*big.Rat {
	values := make([]*big.Rat, n)
	for i := range values {
		values[i] = new(big.Rat)
		for coalition := range game {
			if coalition>>i&1 == 0 {
				ways := new(big.Int).Binomial(int64(n-1), int64(bits.OnesCount(uint(coalition))))
				added := new(big.Int).Sub(big.NewInt(game[coalition|1<<i]), big.NewInt(game[coalition]))
				values[i].Add(values[i], new(big.Rat).SetFrac(added, ways.Mul(ways, big.NewInt(int64(n)))))
			}
		}
	}
	return values
}

func exact(t testing.TB, game []int64) []*big.Rat {
	t.Helper()
	values, err := shapley.Exact(game)
	if err != nil {
		t.Fatal(err)
	}
	return values
}

func sameValues(t testing.TB, game []int64, want []*big.Rat) {
	t.Helper()
	got := exact(t, game)
	if len(got) != len(want) {
		t.Fatalf("%d players of %d", len(got), len(want))
	}
	sum := new(big.Rat)
	for i, v := range got {
		if v.Cmp(want[i]) != 0 {
			t.Fatalf("player %d of %d has %v, want %v", i, len(got), v, want[i])
		}
		sum.Add(sum, v)
	}
	all := new(big.Int).Sub(big.NewInt(game[len(game)-1]), big.NewInt(game[0]))
	if sum.Cmp(new(big.Rat).SetInt(all)) != 0 {
		t.Fatalf("the values sum to %v, not %v", sum, all)
	}
}

// randomGame has small numbers, any, or the ends of what an int64 holds.
func randomGame(r *rand.Rand, n int) []int64 {
	game := make([]int64, 1<<n)
	kind := r.IntN(3)
	for i := range game {
		switch kind {
		case 0:
			game[i] = r.Int64N(20) - 10
		case 1:
			game[i] = int64(r.Uint64())
		default:
			game[i] = []int64{math.MinInt64, math.MaxInt64, 0}[r.IntN(3)]
		}
	}
	return game
}

func TestExactByPermutations(t *testing.T) {
	r := random(10)
	for i := range 2000 {
		n := i % 6
		game := randomGame(r, n)
		sameValues(t, game, byPermutations(game, n))
	}
	game := randomGame(r, 8)
	sameValues(t, game, byPermutations(game, 8))
}

func TestExactByDefinition(t *testing.T) {
	r := random(11)
	for n := 7; n <= 12; n++ {
		for range 3 {
			game := randomGame(r, n)
			sameValues(t, game, byDefinition(game, n))
		}
	}
}

// Nothing overflows where all values are as large as can be: a player that adds 2⁶⁴−1 to everybody has that, the others nothing.
func TestExactOfExtremes(t *testing.T) {
	const n = 17
	game := make([]int64, 1<<n)
	for coalition := range game {
		game[coalition] = math.MinInt64
		if coalition>>5&1 == 1 {
			game[coalition] = math.MaxInt64
		}
	}
	want := make([]*big.Rat, n)
	for i := range want {
		want[i] = new(big.Rat)
	}
	want[5].SetFrac(new(big.Int).SetUint64(math.MaxUint64), big.NewInt(1))
	sameValues(t, game, want)
}

// The cost of a runway is that of the longest plane; each pays equally with all longer ones for what it needs (Littlechild and Owen,
// "A Simple Expression for the Shapley Value in a Special Case", 1973).
func TestAirport(t *testing.T) {
	const n = 20
	cost := func(i int) int64 { return int64(i+1) * int64(i+1) * 1000 }
	game := make([]int64, 1<<n)
	for coalition := 1; coalition < len(game); coalition++ {
		game[coalition] = cost(bits.Len(uint(coalition)) - 1)
	}
	want := make([]*big.Rat, n)
	pays, before := new(big.Rat), int64(0)
	for i := range want {
		pays.Add(pays, big.NewRat(cost(i)-before, int64(n-i)))
		before = cost(i)
		want[i] = new(big.Rat).Set(pays)
	}
	sameValues(t, game, want)
}

// In the Security Council of the United Nations, nine of fifteen pass a resolution if all five permanent members are among them.
// These have 421/2145 of the power each, and the others 4/2145 (as in Straffin, "Game Theory and Strategy").
func TestSecurityCouncil(t *testing.T) {
	const n, permanent = 15, 0b11111
	game := make([]int64, 1<<n)
	for coalition := range game {
		if coalition&permanent == permanent && bits.OnesCount(uint(coalition)) >= 9 {
			game[coalition] = 1
		}
	}
	want := make([]*big.Rat, n)
	for i := range want {
		want[i] = big.NewRat(4, 2145)
		if permanent>>i&1 == 1 {
			want[i] = big.NewRat(421, 2145)
		}
	}
	sameValues(t, game, want)
}

func TestExactRefuses(t *testing.T) {
	for _, length := range []int{0, 3, 6, 1<<20 - 1, 1<<20 + 1} {
		if _, err := shapley.Exact(make([]int64, length)); !errors.Is(err, shapley.ErrGame) {
			t.Errorf("%d values: %v", length, err)
		}
	}
	if _, err := shapley.Exact(make([]int64, 1<<25)); !errors.Is(err, shapley.ErrPlayers) {
		t.Error(err)
	}
	if values, err := shapley.Exact([]int64{7}); err != nil || len(values) != 0 {
		t.Error("a game without players:", values, err)
	}
}

func TestSimplifiedIsTheValueOfTheGame(t *testing.T) {
	r := random(12)
	for range 1000 {
		checkGame(t, randomRows(r, r.IntN(15), 1+r.IntN(7)))
	}
}

// What a coalition earns is what came of paths that need nobody else.
func TestConversionGame(t *testing.T) {
	r := random(13)
	for range 300 {
		rows := randomRows(r, 1+r.IntN(15), 1+r.IntN(5))
		game, err := shapley.ConversionGame(fill(t, attribution.NewPaths(0), rows...))
		if err != nil {
			t.Fatal(err)
		}
		for coalition := range 1 << len(game.Channels) {
			members := map[string]bool{}
			for i, name := range game.Channels {
				members[name] = coalition>>i&1 == 1
			}
			var want attribution.Counts
		rows:
			for _, row := range rows {
				for _, name := range row.set() {
					if !members[name] {
						continue rows
					}
				}
				want.Conversions += row.Conversions
				want.Value += row.Value
			}
			if game.Conversions[coalition] != want.Conversions || game.Value[coalition] != want.Value {
				t.Fatalf("coalition %b of %v has %d and %d, want %+v", coalition, game.Channels, game.Conversions[coalition], game.Value[coalition], want)
			}
		}
	}
	paths := attribution.NewPaths(0)
	for paths.Len() < 25 {
		fill(t, paths, row{"c" + strconv.Itoa(paths.Len()), attribution.Counts{Nulls: 1}})
	}
	if _, err := shapley.ConversionGame(paths); !errors.Is(err, shapley.ErrChannels) || !errors.Is(err, attribution.ErrChannels) {
		t.Error(err)
	}
}
