package app

import (
	"context"
	"time"

	"github.com/leadloop/leadloop/attribution"
	"github.com/leadloop/leadloop/funnel/flow"
	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/handoff/goals"
	"github.com/leadloop/leadloop/scoring/learn"
)

// A Report is the closed loop in figures, for both sides.
type Report struct {
	AsOf     time.Time
	Leads    int64
	Stale    int // parts of 64 that changed since they were counted and are being counted again
	Flow     *flow.Report
	Desk     handoff.Result
	Models   []ModelRevenue // revenue by channel under several models
	Linear   attribution.Statement
	Goals    []goals.Standing // both sides' attainment, period by period
	Accepted []learn.Row      // what acceptance says of each rule
}

// ModelRevenue is how one model of attribution shares out the revenue.
type ModelRevenue struct {
	Model        string // such as "linear"
	Channels     []ChannelRevenue
	Unattributed int64
	Revenue      int64 // the sum
}

// ChannelRevenue is a channel's part, in minor units.
type ChannelRevenue struct {
	Channel string
	Revenue int64
}

// Report counts. It answers within a second or two: what could not be counted anew in that time is as it was counted last, see
// [Report].Stale, and will be there the next time.
func (a *App) Report(ctx context.Context) (*Report, error) { return nil, nil }
