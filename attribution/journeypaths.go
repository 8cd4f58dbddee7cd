package attribution

import (
	"fmt"
	"iter"
	"time"
)

// JourneyPaths turns journeys into paths, for models that look at paths: [Paths], [Positions] and those of packages markov
// and shapley. Which touches are valid, and in which order they stand, is the same as for all models of this package.
//
// Make one with [NewJourneyPaths]. It is not safe for concurrent use.
type JourneyPaths struct {
	channels *Channels
	model    Model     // the lookback
	asOf     time.Time // zero: all is known
	timeline timeline
	numbers  []uint16 // of marketing's touches
	path     []uint16
}

// Path is what the channels of a journey came to, up to one conversion or without any.
type Path struct {
	// Channels are the numbers of the channels that were touched, in order; none if no touch was valid. Aggregates refuse
	// such a path, as nothing can take the credit: the host counts it as unattributed.
	Channels []uint16
	// Counts has one conversion and its value, refunds taken off; or one null.
	Counts Counts
}

// NewJourneyPaths makes paths of the numbers that channels gives; nil makes channels of its own. A touch is valid if it is no older
// than the lookback before the conversion; a lookback of 0 looks at the whole journey. What happened after asOf, refunds
// included, is not there yet; zero knows all. The error wraps [ErrModel] if the lookback is negative.
func NewJourneyPaths(channels *Channels, lookback time.Duration, asOf time.Time) (*JourneyPaths, error) {
	if channels == nil {
		channels = new(Channels)
	}
	r := &JourneyPaths{channels: channels, model: Linear, asOf: utc(asOf)}
	if lookback != 0 {
		r.model = Linear.Within(lookback)
	}
	if err := r.model.Validate(); err != nil {
		return nil, err
	}
	return r, nil
}

// Of gives a path for each conversion of the journey, in order of time, then ID: all valid touches up to it, those before an
// earlier conversion included. A journey without a conversion gives one path, a null, of its touches up to the last one or the
// last milestone, and no older than the lookback then. What followed the last conversion is in no path: the journey did convert.
//
// A path is valid until the next one, and is the caller's to change; all of them until the next call. Errors are those of
// [Journey.Validate], or wrap [ErrChannels]; then there are no paths.
func (r *JourneyPaths) Of(j Journey) (iter.Seq[Path], error) {
	none := func(func(Path) bool) {}
	if r.channels == nil {
		return none, fmt.Errorf("attribution: %w: zero JourneyPaths; make it with NewJourneyPaths", ErrModel)
	}
	if err := r.timeline.read(&j, -1); err != nil {
		return none, err
	}
	// All paths are stretches of this one.
	r.numbers = r.numbers[:0]
	for _, i := range r.timeline.marketing {
		n, err := r.channels.number(j.Touches[i].Channel)
		if err != nil {
			return none, fmt.Errorf("attribution: journey %q: %w", j.ID, err)
		}
		r.numbers = append(r.numbers, n)
	}
	return r.each, nil
}

func (r *JourneyPaths) each(yield func(Path) bool) {
	give := func(p path, c Counts) bool {
		r.path = append(r.path[:0], r.numbers[p.from:p.from+len(p.touches)]...)
		return yield(Path{r.path, c})
	}
	converted := false
	for i := range r.timeline.conversions {
		c := &r.timeline.conversions[i]
		if !r.asOf.IsZero() && c.At.After(r.asOf) {
			break // so are the others
		}
		converted = true
		if !give(r.timeline.path(r.model, c.At), Counts{Conversions: 1, Value: c.net(r.asOf)}) {
			return
		}
	}
	if !converted {
		give(r.timeline.openPath(r.model, r.asOf), Counts{Nulls: 1})
	}
}
