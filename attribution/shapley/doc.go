// Package shapley credits channels by what they add to the others: the Shapley value of a game whose players are the channels
// of a path. It is made of aggregates that read paths once, in any order, and of the exact value of any game.
//
//	simplified := shapley.NewSimplified(nil)
//	for … {
//		err := simplified.Add(path, counts)
//	}
//	credits, err := simplified.Credit() // by channel, in order of names
//
// # Methods
//
// [Simplified] splits a conversion equally among the different channels of its path. That is the Shapley value of the game in
// which a coalition of channels earns what came of paths that needed no other channel: Zhao, Mahboobi and Bagheri, "Shapley Value
// Methods for Attribution Modeling in Online Advertising" (2018). It takes time in proportion to the paths, for any number of
// channels.
//
// [Ordered] is their ordered model: the part of a channel is split evenly among the positions at which it stands in the path, so
// that it also tells what each position earned. Channels earn the same by both.
//
// [ShaoLi] is the probabilistic model of Shao and Li, "Data-driven Multi-touch Attribution Models" (2011): what a channel converts
// by itself, and half of what each pair converts beyond both. It is the only one of the three that learns from journeys
// that did not convert.
//
// [Exact] is the Shapley value of any game of up to 24 players, and [ConversionGame] makes the game above of paths. Where
// players are more than parts of a sum, such as budgets that were tried together, make a game of your own: what each
// coalition earns.
//
// # Exactness
//
// Aggregates hold integers alone: the same paths give the same bytes and the same result, in any order, from any number of shards,
// whatever the numbers of channels in each. Fractions are added over their least common denominator, and rounding comes last.
// Only where that has more than 4,096 bits it is 2⁴⁰⁹⁶, so that the time stays within bounds: a sum is then off by less than
// 2⁻³⁹⁰⁰, which shows in no share, but may break a tie otherwise. Simplified credit gets there with paths of some thousand different
// channels, ordered credit with paths of a thousand touches, and Shao and Li's with some hundred pairs of channels.
//
// # Limits
//
// None of this is causal. Simplified and ordered credit look at converting paths alone: a channel that stands in all of them
// has its part even if everybody passes it. Shao and Li's model sees that, but no more than two channels at a time.
//
// Repeats in a path count in Ordered only, and there they move credit between positions. Transforms of paths, in package
// attribution, are of use before.
//
// An aggregate is not safe for concurrent use: take one for each shard, and merge them.
package shapley
