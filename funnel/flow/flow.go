package flow

import (
	"cmp"
	"maps"
	"slices"

	"github.com/leadloop/leadloop/funnel"
)

// A Flow counts journeys. Make one by [New], [Flow.Add] journeys, each once and whole, [Flow.Merge] the flows of shards, and
// ask for the [Flow.Report]. All that it holds are whole numbers, so that neither the order of journeys nor of their rows,
// nor the sharding, changes a bit. It is not safe for concurrent use: give each goroutine its own and merge them.
type Flow struct {
	plan *plan
	tally

	// For one journey at a time.
	clock   clock
	events  []event
	visits  []visit
	open    []int64 // by pair: since when its spell is under way, or none
	begun   []bool  // by rank: entered in this round
	spent   []spent // by stage
	touched []int
	lowest  int     // no step from a rank below it is under way
	months  []int32 // by day
	variant []byte
	lead    int64
}

// A tally is the state: whole numbers, and nothing of it depends on an order.
type tally struct {
	journeys int64 // added
	leads    int64 // of them, that count
	rows     int64 // of all journeys
	later    int64 // of them, after AsOf
	negative int64 // leads whose times contradict each other

	entered  []int64 // by stage: leads that were there
	visited  []int64 // by stage: visits
	standing []int64 // by stage: leads that stand there
	pipeline []int64 // by stage: amounts of those that are open
	starts   []int64 // by stage: leads that began there
	follows  []int64 // from × to

	cohorts  map[int32]*cohort
	segments map[string]*group
	variants map[string]*group
	rounds   map[int64]int64 // round in which a lead was won first → leads
	back     map[returnKey]*returned

	pairs   []pairTimes
	stages  []stageTimes
	ageing  []histogram
	waiting []shortlist[Waiting]

	problems [len(kinds)]problems
}

type problems struct {
	count int64
	list  shortlist[Problem]
}

// Outcomes of leads.
const (
	isWon = iota
	isLost
	isAside
	isOpen
	outcomes
)

// A group are leads with their outcomes.
type group struct {
	outcomes [outcomes]int64
	revenue  int64 // of the won
	deals    int64 // won leads that have an amount
	mature   int64 // watched from the first step on, for as long as a quick win takes
	quick    int64 // of them, won within that time
	measured int64 // won, and measured from the first step
	seconds  int64 // the sum of their times to win
}

// A cohort are the leads of one month.
type cohort struct {
	group
	reached []int64 // by rank
	ripe    int64   // watched from the first step on, for as long as the horizon
	won     int64   // of them, won within the horizon
}

type pairTimes struct {
	times
	mature int64 // spells that were watched from their beginning and began at least the horizon ago
	within int64 // of them, converted within the horizon
}

// Of leads that were in a stage once, the visit is also all the time that they were there.
type stageTimes struct {
	once, visit, lead, onceWorking, visitWorking, leadWorking times // visit and lead: of leads that were there several times
}

// spent is the time that one lead was in one stage.
type spent struct {
	total, early               int64 // early: before the lead was watched
	totalWorking, earlyWorking int64
	visits                     int
	unknown, open              bool
}

type returnKey struct {
	stage  uint8
	reason funnel.Reason
}

type returned struct {
	visits   int64 // returns
	leads    int64
	again    int64 // leads that came back to the path
	won      int64 // leads that were won after it
	revenue  int64
	back     times // until the lead is on the path again
	accepted times // until it is accepted again

	seen, counted int64 // the last lead with it, and that came back: no part of the state
}

// underway is a return of the journey that is being read.
type underway struct {
	of             *returned
	enter          int64
	back, accepted bool // came to pass
}

// New gives an empty flow. All mistakes in the options are reported at once; each is an [ErrOptions].
func New(o Options) (*Flow, error) {
	p, err := compile(o)
	if err != nil {
		return nil, err
	}
	return fresh(p), nil
}

func fresh(p *plan) *Flow {
	n := len(p.stages)
	f := &Flow{plan: p, tally: empty(p)}
	f.clock.calendar = p.options.Calendar
	f.open = make([]int64, len(p.pairs))
	for k := range f.open {
		f.open[k] = none
	}
	f.begun = make([]bool, len(p.path))
	f.spent = make([]spent, n)
	return f
}

func empty(p *plan) tally {
	n := len(p.stages)
	return tally{
		entered: make([]int64, n), visited: make([]int64, n), standing: make([]int64, n), pipeline: make([]int64, n),
		starts: make([]int64, n), follows: make([]int64, n*n),
		cohorts: map[int32]*cohort{}, segments: map[string]*group{}, variants: map[string]*group{}, rounds: map[int64]int64{}, back: map[returnKey]*returned{},
		pairs: make([]pairTimes, len(p.pairs)), stages: make([]stageTimes, n), ageing: make([]histogram, n), waiting: make([]shortlist[Waiting], n),
	}
}

// Empty gives an empty flow with the same options: one for another shard, or to read bytes into.
func (f *Flow) Empty() *Flow { return fresh(f.plan) }

// Merge adds what another flow has counted, which stays as it is. Both must have been made with the same options
// ([ErrDifferent]).
func (f *Flow) Merge(o *Flow) error {
	if f.plan != o.plan && f.plan.fingerprint != o.plan.fingerprint {
		return ErrDifferent
	}
	t, s := &f.tally, &o.tally
	for _, c := range []struct{ into, from *int64 }{{&t.journeys, &s.journeys}, {&t.leads, &s.leads}, {&t.rows, &s.rows}, {&t.later, &s.later}, {&t.negative, &s.negative}} {
		*c.into = add(*c.into, *c.from)
	}
	for _, c := range []struct{ into, from []int64 }{{t.entered, s.entered}, {t.visited, s.visited}, {t.standing, s.standing}, {t.pipeline, s.pipeline},
		{t.starts, s.starts}, {t.follows, s.follows}} {
		addAll(c.into, c.from)
	}
	for _, month := range sortedKeys(s.cohorts) {
		from := s.cohorts[month]
		into := f.cohort(month)
		into.merge(&from.group)
		addAll(into.reached, from.reached)
		into.ripe, into.won = add(into.ripe, from.ripe), add(into.won, from.won)
	}
	mergeGroups(t.segments, s.segments)
	mergeGroups(t.variants, s.variants)
	for _, round := range sortedKeys(s.rounds) {
		t.rounds[round] = add(t.rounds[round], s.rounds[round])
	}
	for _, key := range s.returnKeys() {
		f.returned(key).merge(s.back[key])
	}
	for i := range t.pairs {
		a, b := &t.pairs[i], &s.pairs[i]
		a.times.merge(&b.times)
		a.mature, a.within = add(a.mature, b.mature), add(a.within, b.within)
	}
	listed := f.plan.options.Listed
	for i := range t.stages {
		a, b := &t.stages[i], &s.stages[i]
		from := b.all()
		for k, into := range a.all() {
			into.merge(from[k])
		}
		t.ageing[i].merge(&s.ageing[i])
		for _, w := range s.waiting[i].list {
			t.waiting[i].add(w, listed, (*Waiting).compare)
		}
	}
	for i := range t.problems {
		t.problems[i].count = add(t.problems[i].count, s.problems[i].count)
		for _, p := range s.problems[i].list.list {
			t.problems[i].list.add(p, listed, (*Problem).compare)
		}
	}
	return nil
}

func addAll(into, from []int64) {
	for i, n := range from {
		into[i] = add(into[i], n)
	}
}

func (g *group) merge(o *group) {
	for i := range g.outcomes {
		g.outcomes[i] = add(g.outcomes[i], o.outcomes[i])
	}
	g.revenue, g.deals = add(g.revenue, o.revenue), add(g.deals, o.deals)
	g.mature, g.quick = add(g.mature, o.mature), add(g.quick, o.quick)
	g.measured, g.seconds = add(g.measured, o.measured), add(g.seconds, o.seconds)
}

func mergeGroups(into, from map[string]*group) {
	for _, name := range sortedKeys(from) {
		g := into[name]
		if g == nil {
			g = &group{}
			into[name] = g
		}
		g.merge(from[name])
	}
}

func (r *returned) merge(o *returned) {
	for _, c := range []struct{ into, from *int64 }{{&r.visits, &o.visits}, {&r.leads, &o.leads}, {&r.again, &o.again}, {&r.won, &o.won}, {&r.revenue, &o.revenue}} {
		*c.into = add(*c.into, *c.from)
	}
	r.back.merge(&o.back)
	r.accepted.merge(&o.accepted)
}

func (t *tally) returnKeys() []returnKey {
	return slices.SortedFunc(maps.Keys(t.back), func(a, b returnKey) int {
		return cmp.Or(cmp.Compare(a.stage, b.stage), cmp.Compare(a.reason, b.reason))
	})
}

func (f *Flow) cohort(month int32) *cohort {
	c := f.cohorts[month]
	if c == nil {
		c = &cohort{reached: make([]int64, len(f.plan.path))}
		f.cohorts[month] = c
	}
	return c
}

func (f *Flow) returned(key returnKey) *returned {
	r := f.back[key]
	if r == nil {
		r = &returned{}
		f.back[key] = r
	}
	return r
}

// sortedKeys lists the keys of a map in their order.
func sortedKeys[K interface{ ~string | ~int32 | ~int64 }, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
