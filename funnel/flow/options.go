package flow

import (
	"errors"
	"fmt"
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff/worktime"
)

// Options say what is measured, and as of when. Definition and AsOf must be given.
type Options struct {
	// Definition has the stages with their kinds and their order on the success path, the edges that steps are held
	// against, and the reasons. A log of a host without a policy needs but the stages, see [Path].
	Definition funnel.Definition

	// AsOf is the instant of the report. Steps after it are left out, and what is under way then is censored.
	AsOf time.Time

	// Tick is the resolution of lengths of time, whole seconds; 0 is an hour. The state grows with the number of distinct
	// lengths: an hour is small for any number of leads and right for a funnel of days and months, a second is exact.
	Tick time.Duration

	// Horizon is the time that a lead has for conversion within a fixed time; 0 is 90 days. Leads that have not been there
	// for so long are not mature and do not count, neither for nor against.
	Horizon time.Duration

	// Quick is the time from the first step in which a win is a quick win; 0 is 30 days.
	Quick time.Duration

	// Calendar measures time in stages in working time, besides the time that passes; nil for none.
	Calendar *worktime.Calendar

	// Zone is where the months of cohorts begin; nil is UTC.
	Zone *time.Location

	// Opportunity is the stage whose leads are deals in the making, for the velocity; "" is the last before won.
	Opportunity funnel.Stage

	// Listed bounds the lists of problems of each kind, of the leads that wait longest in each stage and of variants
	// in a [Report]; 0 is 100. Counts are always complete.
	Listed int
}

const (
	defaultTick    = time.Hour
	defaultHorizon = 90 * 24 * time.Hour
	defaultQuick   = 30 * 24 * time.Hour
	defaultListed  = 100

	maxStages = 200
	maxListed = 1 << 20
	maxSpan   = 100 * 366 * 24 * time.Hour
)

// Path is the definition of a funnel of which only the stages are known: the success path in its order, the last of them
// won, and the stages aside, of which "lost" is of the kind lost and all others are detours. Every step between two of
// the stages is an edge of it, so that a log is not held against rules that nobody agreed on; skips and regressions are
// found all the same. It is for measuring; [funnel.Compile] is not asked about it.
func Path(name string, success []funnel.Stage, aside ...funnel.Stage) funnel.Definition {
	d := funnel.Definition{Schema: funnel.Schema, Name: name, Version: 1}
	for i, s := range success {
		kind := funnel.KindInventory
		if i == len(success)-1 {
			kind = funnel.KindWon
		}
		d.Stages = append(d.Stages, funnel.StageDefinition{Name: s, Kind: kind, Order: i + 1})
	}
	for _, s := range aside {
		kind := funnel.KindDetour
		if s == funnel.Lost {
			kind = funnel.KindLost
		}
		d.Stages = append(d.Stages, funnel.StageDefinition{Name: s, Kind: kind})
	}
	if len(success) > 0 {
		d.Initial = success[0]
	}
	for _, from := range d.Stages {
		for _, to := range d.Stages {
			if from.Name != to.Name && from.Kind != funnel.KindWon {
				d.Edges = append(d.Edges, funnel.Edge{From: from.Name, On: funnel.Event("to_" + string(to.Name)), To: to.Name})
			}
		}
	}
	return d
}

// Errors of this package, for errors.Is.
var (
	// ErrOptions is the kind of every mistake in [Options].
	ErrOptions = errors.New("flow: options not usable")
	// ErrDifferent says that two flows, or a flow and the bytes of one, measure different things and can't be joined.
	ErrDifferent = errors.New("flow: made with other options: definition, instant, tick, horizon, calendar, zone, opportunity and limits must be the same")
	// ErrDamaged says that bytes are not those of a flow.
	ErrDamaged = errors.New("flow: the bytes are no flow, or are damaged: add the journeys again")
	// ErrVersion says that bytes were written by another version of this package.
	ErrVersion = errors.New("flow: the bytes were written by another version of this package: add the journeys again")
)

func mistake(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrOptions, fmt.Sprintf(format, args...))
}
