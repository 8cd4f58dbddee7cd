// Package markov credits channels by what their removal would cost: journeys
// are a Markov chain whose states are the last k touches, and a channel's removal
// effect is the share of conversions that are lost when all who reach the channel
// stop there (Anderl and others, "Mapping the customer journey", 2016). Credit is
// in proportion to the effects, for conversions and for their value.
//
//	model, err := markov.Fit(paths, 2)
//	for _, c := range model.Channels {
//		fmt.Println(c.Name, c.RemovalEffect, c.ConversionShare, c.ErrorBound)
//	}
//
// Nothing is simulated. The effects are those of the fitted chain itself, each
// with a bound of its error, which is below 10⁻¹¹ in practice, and the same paths
// give the same bits on every machine.
//
// # Conventions
//
// A state of order k is k touches in a row; a path of fewer is one state. A
// state that follows itself is one stay. Removing a channel removes all states
// that hold it. A conversion after a state is worth the mean of all conversions
// after it. A channel whose removal costs nothing has effect 0: one that is in no
// converting path's states. A single channel has effect 1. Channels are named by
// what [attribution.Channels] knows them as; a name can't come twice.
//
// Where there are no journeys, or none that converts, there is no model: [ErrEmpty],
// [ErrNoConversions]. Where nothing has value, the effects of value are 0. A
// chain that is fitted to paths always comes to an end; bytes that describe one
// that goes round for ever among states that no journey enters are read, and
// what never reaches a conversion has no part in the effects.
//
// # Large data
//
// A fit needs no paths, but [Grams]: how often each k+1 touches come in a row,
// and what follows the last k. It is an aggregate: add rows as they are read, one
// Grams for each shard, merge them in any order, store and send their bytes.
//
// # Choice and chance
//
// [SelectOrder] compares orders by how well they foretell journeys that were
// held out. [Bootstrap] tells how far figures are moved by chance. Neither makes
// the effects causal: they describe who was reached, not what reaching them did.
//
// # Method
//
// The chain is solved backwards in time. Going back from a conversion, the states
// of a channel are first met where it is their first touch, so one set of equations
// per channel, δ(t) = Σ N(s,t)·δ(s)/visits(t) with δ = 1 on those states, gives
// conversions and value at once, as sums of what is not negative: nothing
// cancels. Four channels are solved at a time by Gauss–Seidel sweeps; between
// them the error is corrected on chains of lower orders, down to order 1, whose
// matrix is factored once, by the elimination of Grassmann, Taksar and Heyman
// (1985), which does not subtract. Order 1 itself takes a single sweep, to
// measure what rounding left. A change in the last sweep counts by the most that
// can follow it, which gives the bound.
package markov
