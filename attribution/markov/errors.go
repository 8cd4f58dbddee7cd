package markov

import (
	"errors"
	"fmt"

	"github.com/leadloop/leadloop/attribution"
)

// What can be wrong with orders, paths, aggregates and their bytes, for
// errors.Is. Those of paths and bytes are package attribution's, too.
var (
	ErrOrder         = errors.New("markov: an order is from 1 to 8")                                             // New, Fit, SelectOrder, Bootstrap
	ErrChannels      = fmt.Errorf("markov: %w for this order, take a lower one", attribution.ErrChannels)        // Add, Merge: see Grams
	ErrUnknown       = fmt.Errorf("markov: %w: a number that no channel has", attribution.ErrUnknown)            // Add
	ErrMissing       = fmt.Errorf("markov: %w: a path has at least one channel", attribution.ErrMissing)         // Add
	ErrNegative      = fmt.Errorf("markov: %w: counts are 0 or more", attribution.ErrNegative)                   // Add
	ErrCounts        = fmt.Errorf("markov: %w", attribution.ErrCounts)                                           // Add: a value without a conversion
	ErrOverflow      = fmt.Errorf("markov: %w: split the paths", attribution.ErrOverflow)                        // Add, Merge
	ErrIncompatible  = errors.New("markov: aggregates of different orders can't be merged")                      // Merge
	ErrDamaged       = fmt.Errorf("markov: %w", attribution.ErrDamaged)                                          // UnmarshalBinary
	ErrEmpty         = errors.New("markov: there are no journeys, add some")                                     // Fit, SelectOrder, Bootstrap
	ErrNoConversions = errors.New("markov: no journey converts, so that there is no effect of any removal")      // Fit, Bootstrap
	ErrSample        = errors.New("markov: a sample has 1 to 100000 replicates and a level above 0 and below 1") // Bootstrap
)
