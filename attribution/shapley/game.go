package shapley

import (
	"github.com/leadloop/leadloop/attribution"
)

// A Game is what coalitions of channels earn.
type Game struct {
	// Channels are the players, in order of names: the channel at index i is bit i of a coalition.
	Channels []string

	// Conversions and Value, in minor units, are what each coalition earns, by the index that has the bits of its members: see [Exact].
	Conversions []int64
	Value       []int64
}

// ConversionGame is the game of Zhao and others: a coalition earns what came of the journeys along paths that have no other
// channel. Its Shapley value is what [Simplified] finds without it. All channels of the paths play, up to 24 of them; where paths
// were cut ([attribution.Paths.Longest]), those of what is left. The error is [ErrChannels].
//
// It takes 16 bytes for each of the 2ⁿ coalitions of n channels, and time in proportion to that times n, and to the paths.
func ConversionGame(paths *attribution.Paths) (*Game, error) {
	players := journeys{channels: paths.Channels()}
	for path := range paths.All() {
		players.see(path)
	}
	if players.known > maxPlayers {
		return nil, ErrChannels
	}
	numbers, rank := players.ranks()
	g := &Game{Conversions: make([]int64, 1<<len(numbers)), Value: make([]int64, 1<<len(numbers))}
	for _, n := range numbers {
		g.Channels = append(g.Channels, players.channels.Name(n))
	}
	for path, c := range paths.All() {
		coalition := 0
		for _, n := range path {
			coalition |= 1 << rank[n]
		}
		g.Conversions[coalition] += c.Conversions
		g.Value[coalition] += c.Value
	}
	for i := range numbers {
		gather(g.Conversions, 1<<i)
		gather(g.Value, 1<<i)
	}
	return g, nil
}

// gather adds to each coalition with a player what the others of it have without.
func gather(game []int64, player int) {
	for start := player; start < len(game); start += 2 * player {
		for coalition := start; coalition < start+player; coalition++ {
			game[coalition] += game[coalition-player]
		}
	}
}
