package attribution

import (
	"cmp"
	"slices"
	"time"
)

// Options of a report.
type Options struct {
	// AsOf is the last instant that counts: later conversions, touches and milestones are not there yet. Zero counts all.
	AsOf time.Time
	// Origin is the definition by which a deal counts as sourced by marketing; the zero value is OriginFirstTouch.
	Origin Origin
}

// counts reports whether what happened at an instant is there yet.
func (o Options) counts(at time.Time) bool { return o.AsOf.IsZero() || !at.After(o.AsOf) }

// Statement is the closed-loop report under one model. All money is in minor units. Rates come as Ratio, with numerator
// and denominator; what has no data is undefined, not zero.
//
// Sourced and influenced revenue overlap: never add them.
type Statement struct {
	Model  string    `json:"model"`
	AsOf   time.Time `json:"as_of,omitzero"`
	Origin Origin    `json:"origin"`
	// Currency is that of all money; "" where the host has but one.
	Currency string `json:"currency,omitempty"`

	// Conversions and Revenue are all that was won, attributed or not. Revenue is net: Refunded was paid back and is not in it,
	// nor in any other revenue here.
	Conversions int64 `json:"conversions"`
	Revenue     int64 `json:"revenue"`
	Refunded    int64 `json:"refunded"`
	// Customers counts the journeys with a conversion, refunded or not.
	Customers int64 `json:"customers"`
	// Attributed plus Unattributed is Revenue; an unattributed conversion has no valid touch, or none that the model credits.
	Attributed              int64 `json:"attributed"`
	Unattributed            int64 `json:"unattributed"`
	UnattributedConversions int64 `json:"unattributed_conversions"`

	// Sourced is the revenue of the deals whose origin is marketing ÷ Revenue.
	Sourced Ratio `json:"sourced"`
	// Influenced is the revenue of the deals with at least one valid touch ÷ Revenue.
	Influenced Ratio `json:"influenced"`
	// Origins shows every definition of origin side by side. Ledger.Gaps lists the deals behind Gap.
	Origins []OriginRevenue `json:"origins"`
	// Gap is the revenue of the deals that the definitions do not agree on ÷ Revenue.
	Gap Ratio `json:"gap"`

	// Pipeline is what open deals are expected to bring, UnattributedPipeline the part of it without a touch to credit.
	Pipeline             int64 `json:"pipeline"`
	UnattributedPipeline int64 `json:"unattributed_pipeline"`

	// Touches and Cost are those of marketing, valid or not, converted or not.
	Touches int64 `json:"touches"`
	Cost    int64 `json:"cost"`
	// OtherTouches and OtherCost are those of sales, internal and automated touches, which no channel shows.
	OtherTouches int64 `json:"other_touches"`
	OtherCost    int64 `json:"other_cost"`

	// Stages counts the journeys that reached each stage, in the order of the funnel.
	Stages []StageCost `json:"stages"`

	// Channels are in order of their names. Their touches sum to Touches, their cost to Cost, and under every model but
	// Participation their revenue to Attributed.
	Channels []Channel `json:"channels"`
}

// Figures are what a channel or a campaign cost and earned.
type Figures struct {
	// Revenue is the sum of the amounts in the ledger, refunds taken off. Under Participation it is the whole revenue of the
	// deals with a valid touch here.
	Revenue int64 `json:"revenue"`
	// Conversions is the sum of the shares in the ledger, under Participation the number of those deals.
	Conversions Count `json:"conversions"`
	// Pipeline is the part of the open deals, by the same model.
	Pipeline int64 `json:"pipeline"`
	Touches  int64 `json:"touches"`
	Cost     int64 `json:"cost"`
	// Sourced is the whole revenue of the deals that marketing sourced and whose first touch by marketing is here.
	Sourced int64 `json:"sourced"`
	// Influenced is the whole revenue of the deals with a valid touch here. It overlaps between channels, and between
	// the campaigns of a channel: never add it up.
	Influenced int64 `json:"influenced"`
}

// ROAS is the return on advertising spend: attributed revenue ÷ cost.
func (f Figures) ROAS() Ratio { return Ratio{f.Revenue, f.Cost} }

// Channel is a channel and its campaigns, in order of their names.
type Channel struct {
	Name string `json:"name"`
	Figures
	// Stages counts the journeys that reached each stage and whose first touch by marketing, up to then, is here.
	Stages    []StageCost `json:"stages"`
	Campaigns []Campaign  `json:"campaigns"`
}

// Campaign is a campaign of a channel; Name is "" for touches without a campaign.
type Campaign struct {
	Name string `json:"name"`
	Figures
	Stages []StageCost `json:"stages"`
}

// OriginRevenue is revenue by who found the deal, under one definition. The three sum to all revenue.
type OriginRevenue struct {
	Origin    Origin `json:"origin"`
	Marketing int64  `json:"marketing"`
	Other     int64  `json:"other"` // sales, internal or automated
	Unknown   int64  `json:"unknown"`
}

// StageCost is how many journeys reached a stage, and what one cost: the cost of the Statement, the channel or the campaign ÷
// Journeys.
type StageCost struct {
	Stage    Stage `json:"stage"`
	Journeys int64 `json:"journeys"`
	Cost     Ratio `json:"cost"`
}

// ROAS is the return on advertising spend of all channels: attributed revenue ÷ marketing's cost.
func (s Statement) ROAS() Ratio { return Ratio{s.Attributed, s.Cost} }

// Share is an amount as a part of all revenue, for example the revenue sourced by one channel.
func (s Statement) Share(amount int64) Ratio { return Ratio{amount, s.Revenue} }

// Report sums a ledger of Book, whose rows may since have been stored and come back in another order. An entry whose deal
// is not in the ledger does not count; a deal that stands in it twice counts once. Sums are not checked for overflow: Book has done so for the rows that it made. Time
// is linear in a ledger in order.
func Report(l Ledger, options Options) Statement {
	// A deal counts once as influenced by a channel, for which its rows must stand together.
	l.Entries = together(l.Entries, func(e *Entry) dealKey { return dealKey{e.Journey, e.Conversion} })
	l.Pipeline = together(l.Pipeline, func(e *PipelineEntry) dealKey { return dealKey{e.Journey, e.Deal} })
	b := newBalance()
	b.add(&l, options)
	return b.statement(l.Model, l.Currency, options)
}

// together gives the rows so that those of a deal stand together, as they do in a ledger of Book, whose journeys are in order. The
// rows of the caller stay as they are.
func together[T any](rows []T, key func(*T) dealKey) []T {
	var seen []string // deals of the journey
	for i := range rows {
		k, last := key(&rows[i]), dealKey{}
		if i > 0 {
			last = key(&rows[i-1])
		}
		switch {
		case i == 0 || k.journey > last.journey:
			seen = append(seen[:0], k.deal)
		case k == last:
		case k.journey < last.journey || slices.Contains(seen, k.deal):
			return slices.SortedFunc(slices.Values(rows), func(a, b T) int {
				x, y := key(&a), key(&b)
				return cmp.Or(cmp.Compare(x.journey, y.journey), cmp.Compare(x.deal, y.deal))
			})
		default:
			seen = append(seen, k.deal)
		}
	}
	return rows
}
