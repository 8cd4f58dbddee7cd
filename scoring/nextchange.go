package scoring

import (
	"slices"
	"strings"
	"time"
)

// NextChange tells when a lead's standing changes if nothing else happens.
type NextChange struct {
	Kind Outlook `json:"kind"`

	// At is the first instant at which the standing is another, to the
	// nanosecond. If that is not known, At is how far it is known that nothing changes: the
	// standing is From at each instant before At. It is zero for Never.
	At time.Time `json:"at,omitzero"`

	From Standing `json:"from"`        // as of now
	To   Standing `json:"to,omitzero"` // from At on, if it changes

	// Because names what makes it unknown: the rules and disqualifiers that use Now otherwise
	// than in a comparison with a time plus or minus a constant, such as fit/young; empty
	// where the search met its limit.
	Because []string `json:"because,omitempty"`
}

// Outlook says what is known of the next change.
type Outlook string

const (
	Changes Outlook = "changes" // the standing changes at At
	Never   Outlook = "never"   // it stays, for the next 292 years at least, which is as far as a time.Duration reaches
	Unknown Outlook = "unknown" // it stays until At; what comes then is not known
)

// Standing is the outcome of a score, as far as [Scorer.NextChange] watches it.
type Standing struct {
	// Grade is the score's grade. Where the model has none it is the bands, with a space between
	// them; without bands the thresholds that are reached; without these the total.
	Grade        string   `json:"grade,omitempty"`
	Disqualified []string `json:"disqualified,omitempty"` // names of disqualifiers
}

// mostScores is how many scores a search for the next change may take.
const mostScores = 100_000

// NextChange finds the first instant after now at which the lead's standing
// changes by the passing of time alone: points decay, activities leave windows
// or meet conditions such as At > Now - duration("30d"), idle periods end, and
// activities and adjustments that are dated after now come into force. The host can
// therefore set a timer instead of scoring every lead every day.
//
// It scores the subject at instants to come. Between those at which
// conditions can change or something comes into force, points of one sign in a dimension
// only ever go one way, so that the change is found by halving: about 20 to 80
// scores, and two for each such instant on the way. Where points that decay, leave windows or
// count idle periods are of both signs in one dimension, or come from expressions, it scores at
// each tick, midnight and end of a window or period instead, until all have faded. After 100 000
// scores the search ends and the answer is [Unknown]. It is, too, if there are ever too many
// points to be summed on the way and they can't be followed by ticks.
func (s *Scorer[L, A]) NextChange(subject Subject[L, A], now time.Time) NextChange {
	f := &future[L, A]{scorer: s, agenda: s.agenda(), subject: subject, left: mostScores}
	if len(subject.Activities) > MaxActivities || s.dateless {
		f.subject.Activities = nil // they do not count
	}
	now = now.Round(0)
	f.scoreInto(&f.first, now)
	change := NextChange{From: f.standing(&f.first)}
	if len(f.agenda.clocks) > 0 {
		change.Kind, change.At, change.Because = Unknown, now.Add(1), f.agenda.clocks
		return change
	}
	at, found := f.search(now)
	switch {
	case found:
		change.Kind, change.At, change.To = Changes, at, f.standing(f.try(at))
	case f.left < 0:
		change.Kind, change.At = Unknown, at
	default:
		change.Kind = Never
	}
	return change
}

// future searches the scores to come of one subject.
type future[L, A any] struct {
	scorer  *Scorer[L, A]
	agenda  *agenda
	subject Subject[L, A]
	quiet   time.Time // from when on nothing drifts but idle periods; zero if never
	left    int       // scores that the search may still take; negative if it has ended early

	// Three scores are all that is ever held at once; their memory is used again.
	first   Score  // as of now
	current *Score // as far as the search has come: first, then moved
	moved   Score
	tried   Score // at an instant further on
}

func (f *future[L, A]) scoreInto(score *Score, at time.Time) {
	f.left--
	f.scorer.ScoreInto(score, f.subject, at)
}

// try scores at an instant; the score is valid until the next try.
func (f *future[L, A]) try(at time.Time) *Score {
	f.scoreInto(&f.tried, at)
	return &f.tried
}

// changedAt moves the search on to an instant, and tells whether the standing is no longer what it is at first.
func (f *future[L, A]) changedAt(at time.Time) bool {
	f.current = &f.moved
	f.scoreInto(f.current, at)
	return !f.same(&f.first, f.current)
}

// standing tells what is watched of a score.
func (f *future[L, A]) standing(score *Score) Standing {
	var s Standing
	switch f.agenda.watch {
	case watchGrade:
		s.Grade = score.Grade
	case watchBands:
		var bands []string
		for _, i := range f.agenda.dimensions {
			bands = append(bands, score.Dimensions[i].Band)
		}
		s.Grade = strings.Join(bands, " ")
	case watchThresholds:
		s.Grade = strings.Join(score.Reached, " ")
	default:
		s.Grade = score.Total.String()
	}
	for _, d := range score.Disqualified {
		s.Disqualified = append(s.Disqualified, d.Name)
	}
	return s
}

// same tells whether two scores have the same standing.
func (f *future[L, A]) same(a, b *Score) bool {
	return f.alike(a, b) || f.agenda.watch == watchGrade && a.Grade == b.Grade && slices.Equal(a.Disqualified, b.Disqualified)
}

// alike tells whether two scores are the same in all that the standing is made of:
// other bands may make the same grade. What is alike at two instants is so between
// them if points go one way.
func (f *future[L, A]) alike(a, b *Score) bool {
	if !slices.Equal(a.Disqualified, b.Disqualified) {
		return false
	}
	switch f.agenda.watch {
	case watchGrade, watchBands:
		for _, i := range f.agenda.dimensions {
			if a.Dimensions[i].Band != b.Dimensions[i].Band {
				return false
			}
		}
		return true
	case watchThresholds:
		return slices.Equal(a.Reached, b.Reached)
	}
	return a.Total == b.Total
}

// search finds the first instant at which the standing is not what it is at first.
// Without one it gives the instant up to which it has looked.
func (f *future[L, A]) search(now time.Time) (time.Time, bool) {
	events, whole := f.events(now)
	if !whole {
		defer func() { f.left = min(f.left, -1) }() // there are more events than scores
	}
	from := now
	f.current = &f.first
	for _, next := range events {
		if f.left < 0 {
			return from, false
		}
		at, found := time.Time{}, false
		if f.agenda.drifts() {
			if at, found = f.between(from, next.Add(-1)); found || f.left < 0 {
				return at, found
			}
		}
		if f.changedAt(next) {
			return next, true
		}
		from = next
	}
	// Where there are no idle rules, the last event is when nothing drifts any more.
	if !f.agenda.drifts() || !whole || len(f.agenda.idles) == 0 && !f.quiet.IsZero() {
		return from, false
	}
	return f.between(from, now.Add(1<<63-1))
}

// between searches a stretch of time without events, to whose first instant the search
// has come.
func (f *future[L, A]) between(from, to time.Time) (time.Time, bool) {
	for from.Before(to) && f.left >= 0 {
		last := f.try(to)
		if !f.steady(from) || tooMuch(f.current) || tooMuch(last) {
			return f.step(from, to)
		}
		if f.alike(f.current, last) {
			break
		}
		from = f.halve(from, to)
		if f.changedAt(from) {
			return from, true
		}
	}
	return from, false
}

// steady tells whether from an instant on, as long as there are no events, each
// watched number goes one way.
func (f *future[L, A]) steady(from time.Time) bool {
	return f.agenda.steady || f.agenda.silenceSteady && !f.quiet.IsZero() && !from.Before(f.quiet)
}

func tooMuch(score *Score) bool {
	return slices.ContainsFunc(score.Problems, func(p Problem) bool { return p.Kind == TooMuch })
}

// halve finds the first instant at which the score is no longer alike, which it is not at
// the end: first among the ticks, for most changes happen there.
func (f *future[L, A]) halve(from, to time.Time) time.Time {
	differs := func(at time.Time) bool { return !f.alike(f.current, f.try(at)) }
	tick := f.scorer.tick
	low, high := tickOf(from.Unix(), tick), tickOf(to.Unix(), tick)+1 // alike at low, or before; not at high, or after
	for high-low > 1 {
		if middle := low + (high-low)/2; differs(inSeconds(middle * tick)) {
			high = middle
		} else {
			low = middle
		}
	}
	if begin := inSeconds(low * tick); begin.After(from) {
		from = begin
	}
	if end := inSeconds(high * tick); !end.After(to) {
		if to = end; !end.Add(-1).After(from) || !differs(end.Add(-1)) {
			return end
		}
		to = end.Add(-1)
	}
	for to.Sub(from) > 1 {
		if middle := from.Add(to.Sub(from) / 2); differs(middle) {
			to = middle
		} else {
			from = middle
		}
	}
	return to
}

// step scores at each instant at which points can change.
func (f *future[L, A]) step(from, to time.Time) (time.Time, bool) {
	steps := f.steps(from)
	for f.left >= 0 {
		at, ok := steps.next(from)
		if !ok || at.After(to) {
			return to, false
		}
		if f.changedAt(at) {
			return at, true
		}
		from = at
	}
	return from, false
}

// inSeconds is the instant so many seconds after 1970 began.
func inSeconds(seconds int64) time.Time {
	days, rest := seconds/86400, seconds%86400
	return epoch.AddDate(0, 0, int(days)).Add(time.Duration(rest) * time.Second)
}

var epoch = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)
