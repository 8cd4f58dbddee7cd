package scoring

import (
	"slices"
	"time"

	"github.com/leadloop/leadloop/internal/rule"
)

// watch says what of a score is the standing.
type watch int

const (
	watchGrade watch = iota
	watchBands
	watchThresholds
	watchTotal
)

// drift says which way points go by themselves.
type drift int

const (
	goesDown drift = 1 << iota
	goesUp
	bothWays = goesDown | goesUp
)

// agenda is what of a model decides when standings change.
type agenda struct {
	watch      watch
	dimensions []int // that the standing depends on
	edges      []rule.Edge
	clocks     []string // rules and disqualifiers that use Now otherwise
	drift      drift    // of all dimensions
	steady     bool     // between events each of the watched numbers goes one way

	silence       drift // of idle rules alone
	silenceSteady bool  // the same of them as steady of all

	// What makes points go:
	decays  bool
	fade    Horizon // how long decays go on
	windows []Window
	idles   []int // dimensions with idle rules
}

func (a *agenda) drifts() bool { return a.drift != 0 }

// agenda reads the model.
func (s *Scorer[L, A]) agenda() *agenda {
	s.agendaOnce.Do(func() { s.agendaOf = s.readAgenda() })
	return s.agendaOf
}

func (s *Scorer[L, A]) readAgenda() *agenda {
	a := &agenda{steady: true, silenceSteady: true}
	total := s.watched(a)
	known := map[string]bool{}
	look := func(name string, texts []text) {
		for _, t := range texts {
			edges, ok := t.Times()
			if !ok && !slices.Contains(a.clocks, name) {
				a.clocks = append(a.clocks, name)
			}
			for _, e := range edges {
				if !known[e.Key()] {
					known[e.Key()] = true
					a.edges = append(a.edges, e)
				}
			}
		}
	}
	for _, i := range a.dimensions {
		way, silent := drift(0), drift(0)
		for r := range s.rulesOf(i) {
			look(s.dimensions[i].name+"/"+r.name, s.texts(r))
			goes := s.drift(a, r, i)
			if way |= goes; r.kind == onSilence {
				silent |= goes
			}
		}
		a.drift |= way
		a.silence |= silent
		a.steady = a.steady && way != bothWays
		a.silenceSteady = a.silenceSteady && silent != bothWays
	}
	if total {
		a.steady, a.silenceSteady = a.drift != bothWays, a.silence != bothWays
	}
	for i := range s.disqualifiers {
		look(s.disqualifiers[i].Name, []text{s.disqualifiers[i].condition})
	}
	return a
}

// watched finds what the standing depends on; true if that is the total.
func (s *Scorer[L, A]) watched(a *agenda) (total bool) {
	var banded, all, thresholds []int
	for i := range s.dimensions {
		all = append(all, i)
		if len(s.dimensions[i].bands) > 0 {
			banded = append(banded, i)
		}
		if slices.ContainsFunc(s.thresholds, func(t threshold) bool { return t.dimension == i }) {
			thresholds = append(thresholds, i)
		}
	}
	total = slices.ContainsFunc(s.thresholds, func(t threshold) bool { return t.dimension < 0 })
	switch {
	case s.grade != nil:
		a.watch, a.dimensions = watchGrade, slices.Sorted(slices.Values(s.grade.dimensions))
	case len(banded) > 0:
		a.watch, a.dimensions = watchBands, banded
	case len(s.thresholds) > 0 && !total:
		a.watch, a.dimensions = watchThresholds, thresholds
	case len(s.thresholds) > 0:
		a.watch, a.dimensions = watchThresholds, all
		return true
	default:
		a.watch, a.dimensions = watchTotal, all
		return true
	}
	return false
}

// drift tells which way a rule's points go between events, and notes why.
func (s *Scorer[L, A]) drift(a *agenda, r *compiledRule[L, A], dimension int) drift {
	least, most := s.sourceOf(r).spread()
	if least == 0 && most == 0 || r.kind == onLead {
		return 0
	}
	if r.kind == onSilence {
		a.idles = append(a.idles, dimension)
		if most > 0 {
			return goesUp
		}
		return goesDown
	}
	each := &s.eaches[r.index]
	if each.decay != nil {
		a.decays = true
		a.fade = a.fade.further(each.decay.settled(max(-least, most), s.tick))
	}
	if each.window >= 0 && !slices.Contains(a.windows, s.windows[each.window]) {
		a.windows = append(a.windows, s.windows[each.window])
	}
	switch {
	case each.decay == nil && each.window < 0:
		return 0
	case least >= 0:
		return goesDown
	case most <= 0:
		return goesUp
	}
	return bothWays
}

// events lists the instants after now, in their order, at which what counts can change other
// than by drift; false if there are more than scores are allowed.
func (f *future[L, A]) events(now time.Time) ([]time.Time, bool) {
	var events []time.Time
	whole := true
	prune := func() {
		events = slices.DeleteFunc(events, func(t time.Time) bool { return !t.After(now) })
		slices.SortFunc(events, time.Time.Compare)
		events = slices.CompactFunc(events, time.Time.Equal)
		if len(events) > mostScores {
			events, whole = events[:mostScores], false
		}
	}
	newest := now
	for i := range f.subject.Activities {
		if at, ok := f.scorer.compiler.Date(&f.subject.Activities[i]); ok && at.After(now) {
			events = append(events, at)
			if at.After(newest) {
				newest = at
			}
		}
	}
	for i := range f.subject.Adjustments {
		events = append(events, f.subject.Adjustments[i].At.Round(0))
	}
	for i := range f.agenda.edges {
		events = f.scorer.compiler.Instants(events, f.agenda.edges[i:i+1], f.subject.Lead, f.subject.Activities)
		if len(events) > 2*mostScores {
			prune()
		}
	}
	events = f.backwards(events, now, newest)
	if a := f.agenda; a.drifts() && !a.fade.All {
		longest := a.fade
		for _, w := range a.windows {
			longest = longest.further(w.longest())
		}
		f.quiet = newest.Add(time.Duration(longest.Span))
		events = append(events, f.quiet)
	}
	prune()
	return events, whole
}

// backwards appends the instants at which the zone's clock goes back to the day
// before: windows of days and months then reach back further than they did.
func (f *future[L, A]) backwards(events []time.Time, now, newest time.Time) []time.Time {
	var longest Horizon
	for _, w := range f.agenda.windows {
		if w.Span == 0 {
			longest = longest.further(w.longest())
		}
	}
	for at, end := now, newest.Add(time.Duration(longest.Span)); at.Before(end); {
		_, next := at.In(f.scorer.zone).ZoneBounds()
		if next.IsZero() {
			break
		}
		if dayOf(next, f.scorer.zone) < dayOf(next.Add(-1), f.scorer.zone) {
			events = append(events, next)
		}
		at = next
	}
	return events
}

// dayOf orders dates.
func dayOf(at time.Time, zone *time.Location) int {
	year, month, day := at.In(zone).Date()
	return (year*100+int(month))*100 + day
}

// steps gives, one after the other, the instants at which points drift.
type steps struct {
	tick      int64
	fadesAt   time.Time // when the last decay is over
	fades     bool      // they are ever over
	decays    bool
	ends      []time.Time // of spans, sorted
	zone      *time.Location
	midnights time.Time // until when they matter
	idle      []period
}

// period repeats from an instant on.
type period struct {
	from  time.Time
	every uint64 // seconds
}

// steps prepares the steps of a stretch that begins at from.
func (f *future[L, A]) steps(from time.Time) *steps {
	s := &steps{tick: f.scorer.tick, decays: f.agenda.decays, fades: !f.agenda.fade.All, zone: f.scorer.zone}
	newest := from
	for i := range f.subject.Activities {
		at, ok := f.scorer.compiler.Date(&f.subject.Activities[i])
		if !ok || at.After(from) {
			continue
		}
		for _, w := range f.agenda.windows {
			if w.Span == 0 {
				continue
			}
			if end := at.Add(time.Duration(w.Span)); end.After(from) {
				s.ends = append(s.ends, end)
			}
		}
	}
	slices.SortFunc(s.ends, time.Time.Compare)
	s.fadesAt = newest.Add(time.Duration(f.agenda.fade.Span))
	for _, w := range f.agenda.windows {
		if w.Span == 0 {
			s.midnights = later(s.midnights, newest.Add(time.Duration(w.longest().Span)))
		}
	}
	for _, dimension := range slices.Compact(f.agenda.idles) {
		s.idle = append(s.idle, f.silences(dimension, from)...)
	}
	return s
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// silences tells since when idle rules count at an instant.
func (f *future[L, A]) silences(dimension int, at time.Time) (periods []period) {
	run, err := f.scorer.compiler.Begin(&rule.Subject[L, A]{Lead: f.subject.Lead, Activities: f.subject.Activities, Now: at})
	if err != nil {
		return nil
	}
	defer run.End()
	for r := range f.scorer.rulesOf(dimension) {
		if r.kind != onSilence {
			continue
		}
		var newest time.Time
		for i := range f.subject.Activities {
			happened, ok := f.scorer.compiler.Date(&f.subject.Activities[i])
			if !ok || happened.After(at) || !happened.After(newest) {
				continue
			}
			if r.index >= 0 {
				if holds, err := f.scorer.eaches[r.index].source.condition.True(run, i); err != nil || !holds {
					continue
				}
			}
			newest = happened
		}
		if newest.IsZero() && r.idle.since != nil {
			if value, err := r.idle.since.Plain(run, 0); err == nil {
				newest = value.Time
			}
		}
		if !newest.IsZero() {
			periods = append(periods, period{newest, r.idle.every})
		}
	}
	return periods
}

// next gives the first step after an instant.
func (s *steps) next(after time.Time) (first time.Time, ok bool) {
	consider := func(at time.Time) {
		if at.After(after) && (!ok || at.Before(first)) {
			first, ok = at, true
		}
	}
	if s.decays && (!s.fades || !after.After(s.fadesAt)) {
		consider(inSeconds((tickOf(after.Unix(), s.tick) + 1) * s.tick))
	}
	if len(s.ends) > 0 {
		i, _ := slices.BinarySearchFunc(s.ends, after, func(end, after time.Time) int {
			if end.After(after) {
				return 1
			}
			return -1
		})
		if i < len(s.ends) {
			consider(s.ends[i])
		}
	}
	if after.Before(s.midnights) { // the next midnight, and where the clock is put before it
		local := after.In(s.zone)
		_, offset := local.Zone()
		consider(inSeconds((tickOf(after.Unix()+int64(offset), 86400)+1)*86400 - int64(offset)))
		if _, end := local.ZoneBounds(); !end.IsZero() {
			consider(end)
		}
	}
	for _, p := range s.idle {
		if !after.Before(p.from) {
			elapsed := uint64(after.Unix()) - uint64(p.from.Unix())
			if after.Nanosecond() < p.from.Nanosecond() {
				elapsed--
			}
			consider(secondsAfter(p.from, (elapsed/p.every+1)*p.every))
		} else {
			consider(secondsAfter(p.from, p.every))
		}
	}
	return first, ok
}

// secondsAfter adds seconds that may be too many for a span.
func secondsAfter(t time.Time, seconds uint64) time.Time {
	return t.UTC().AddDate(0, 0, int(seconds/86400)).Add(time.Duration(seconds%86400) * time.Second)
}
