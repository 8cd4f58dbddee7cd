package shapley

import (
	"math/big"
	"math/bits"
)

// maxPlayers is how many players a game can have: beyond, its values alone would take more than 128 MB.
const maxPlayers = 24

// Exact is the Shapley value of each player of a game: the mean, over all orders in which the players could come, of what
// a player adds to those before it. The game has 2ⁿ values for n players, any integers, at the index that has the bit of each
// member of the coalition: game[0] is that of nobody, game[0b101] of players 0 and 2. The values sum to what all earn together, less
// what nobody does, exactly.
//
// The error is [ErrGame] or [ErrPlayers]. Time is in proportion to the game: some milliseconds for 20 players.
func Exact(game []int64) ([]*big.Rat, error) {
	n := bits.Len(uint(len(game))) - 1
	if n < 0 || len(game) != 1<<n {
		return nil, ErrGame
	}
	if n > maxPlayers {
		return nil, ErrPlayers
	}
	all, with := sumsBySize(game, n)
	// A player who comes after s others adds, over all coalitions of these, what coalitions of s+1 with the player earn, less what those
	// of s without do. Each of these coalitions is met in s!·(n−1−s)! of all n! orders.
	orders := make([]*big.Int, n)
	for s := range orders {
		orders[s] = new(big.Int).Mul(new(big.Int).MulRange(1, int64(s)), new(big.Int).MulRange(1, int64(n-1-s)))
	}
	every := new(big.Int).MulRange(1, int64(n))
	values := make([]*big.Rat, n)
	added, sum := new(big.Int), new(big.Int)
	for i := range values {
		sum.SetInt64(0)
		for s, times := range orders {
			added.Add(with[i][s+1].big(), with[i][s].big())
			added.Sub(added, all[s].big())
			sum.Add(sum, added.Mul(added, times))
		}
		values[i] = new(big.Rat).SetFrac(sum, every)
	}
	return values, nil
}

// wide sums up to 2²⁴ values of 64 bits by halves, neither of which can overflow.
type wide struct{ high, low int64 }

func (w *wide) add(v int64) {
	w.high += v >> 32
	w.low += v & 0xFFFF_FFFF
}

func (w *wide) sum(v wide) {
	w.high += v.high
	w.low += v.low
}

func (w wide) big() *big.Int {
	high := big.NewInt(w.high)
	return high.Add(high.Lsh(high, 32), big.NewInt(w.low))
}

// sumsBySize sums the values of all coalitions by their size, and by size those of coalitions with each player.
//
// Each value is added twice: to those of coalitions with the same lower half of the players and as many of the upper, and the other
// way round. What is left are two tables of about the square root of the game's length, from which each half's players are summed.
func sumsBySize(game []int64, n int) (all []wide, with [][]wide) {
	low := n / 2
	high := n - low
	lower := make([]wide, (high+1)<<low) // by how many of the upper, and which of the lower half
	upper := make([]wide, (low+1)<<high) // by how many of the lower, and which of the upper half
	for h := range 1 << high {
		var sums [maxPlayers/2 + 1]wide
		row := lower[bits.OnesCount(uint(h))<<low:][:1<<low]
		for l, v := range game[h<<low:][:1<<low] {
			row[l].add(v)
			sums[bits.OnesCount(uint(l))].add(v)
		}
		for size := range low + 1 {
			upper[size<<high|h] = sums[size]
		}
	}
	all, with = make([]wide, n+1), make([][]wide, n)
	for i := range with {
		with[i] = make([]wide, n+1)
	}
	spread := func(table []wide, players, others, first int) {
		for size := range others + 1 {
			for members, sum := range table[size<<players:][:1<<players] {
				size := size + bits.OnesCount(uint(members)) // of the whole coalition
				for ; members != 0; members &= members - 1 {
					with[first+bits.TrailingZeros(uint(members))][size].sum(sum)
				}
			}
		}
	}
	spread(lower, low, high, 0)
	spread(upper, high, low, low)
	for i, sum := range lower {
		all[i>>low+bits.OnesCount(uint(i)&(1<<low-1))].sum(sum)
	}
	return all, with
}
