package shapley

import (
	"errors"
	"fmt"

	"github.com/leadloop/leadloop/attribution"
)

// What can be wrong with paths, aggregates, their bytes and games, for errors.Is. Those that package attribution has, too, wrap
// its own.
var (
	ErrMissing  = fmt.Errorf("shapley: %w: a path has at least one channel", attribution.ErrMissing)                               // Add
	ErrUnknown  = fmt.Errorf("shapley: %w: a number that no channel has, take those that Channels gives", attribution.ErrUnknown)  // Add
	ErrNegative = fmt.Errorf("shapley: %w: counts are 0 or more", attribution.ErrNegative)                                         // Add
	ErrCounts   = fmt.Errorf("shapley: %w: a value without a conversion", attribution.ErrCounts)                                   // Add
	ErrOverflow = fmt.Errorf("shapley: %w: split the paths, or take a larger unit of money", attribution.ErrOverflow)              // Add, Merge
	ErrChannels = fmt.Errorf("shapley: %w: ShaoLi takes 1024, a game 24; group them, or take Simplified", attribution.ErrChannels) // ShaoLi.Add, ShaoLi.Merge, ConversionGame
	ErrLong     = errors.New("shapley: a path has more than 16777215 touches: drop its repetitions")                               // Ordered.Add
	ErrDamaged  = fmt.Errorf("shapley: %w", attribution.ErrDamaged)                                                                // UnmarshalBinary
	ErrGame     = errors.New("shapley: a game has a value for each coalition, 2ⁿ of n players, the empty one first")               // Exact
	ErrPlayers  = errors.New("shapley: a game has up to 24 players, its time doubles with each: leave out those that add nothing") // Exact
)
