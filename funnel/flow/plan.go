package flow

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"slices"
	"time"

	"github.com/leadloop/leadloop/funnel"
)

// maxSecond ends the range of instants, the year 2200; it begins in 1970.
const maxSecond = 7258118400

const second = int64(time.Second)

// offPath is the rank of a stage off the success path.
const offPath = -1

// A plan is what follows from options. It is never changed.
type plan struct {
	options     Options
	stages      []stageInfo
	index       map[funnel.Stage]uint8
	path        []uint8 // stages by rank
	won         int     // rank of the first stage of the kind won
	accepted    int     // rank of the stage in which a returned lead is accepted again
	opportunity int     // rank
	initial     int     // index, or -1
	edges       []bool  // from × to
	free        bool    // no edges: nothing is held against them
	reasons     map[funnel.Reason]bool

	targets      map[happening]int // where an event leads
	returns      map[happening][]funnel.ReturnEdge
	dispositions map[funnel.Reason]funnel.Disposition

	pairs       []pair
	toWon       int // where the pairs that lead to won begin, apart from the last step to it
	velocity    int // pair from the opportunity to won
	asOf        int64
	tick        divisor
	horizon     int64
	quick       int64
	fingerprint [sha256.Size]byte
}

type stageInfo struct {
	name funnel.Stage
	kind funnel.Kind
	rank int // on the success path, from 0; offPath
	tie  int // place among steps at the same instant
}

// A pair is a step of the success path, or the whole way from a stage to won: ranks.
type pair struct{ from, to int }

func compile(o Options) (*plan, error) {
	p := &plan{index: map[funnel.Stage]uint8{}, reasons: map[funnel.Reason]bool{}, won: -1, accepted: -1, opportunity: -1, initial: -1, velocity: -1}
	var errs []error
	refuse := func(format string, args ...any) { errs = append(errs, mistake(format, args...)) }

	if o.Listed == 0 {
		o.Listed = defaultListed
	}
	if o.Listed < 0 || o.Listed > maxListed {
		refuse("Listed must be from 1 to %d, or 0 for %d", maxListed, defaultListed)
	}
	for _, d := range []struct {
		name    string
		length  *time.Duration
		usually time.Duration
	}{{"Tick", &o.Tick, defaultTick}, {"Horizon", &o.Horizon, defaultHorizon}, {"Quick", &o.Quick, defaultQuick}} {
		if *d.length == 0 {
			*d.length = d.usually
		}
		if *d.length < time.Second || *d.length%time.Second != 0 || *d.length > maxSpan {
			refuse("%s must be whole seconds, from one second to a hundred years, or 0 for %v", d.name, d.usually)
		}
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if s := o.AsOf.Unix(); s < 0 || s >= maxSecond {
		refuse("AsOf must be given, in the years 1970 to 2199")
	} else {
		p.asOf = s*second + int64(o.AsOf.Nanosecond())
	}
	p.horizon, p.quick = int64(o.Horizon), int64(o.Quick)
	p.options = o
	p.walk(refuse)
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	p.tick = newDivisor(int64(o.Tick))
	p.follow()
	p.derive()
	p.print()
	return p, nil
}

// walk takes over the stages and the success path.
func (p *plan) walk(refuse func(string, ...any)) {
	d := &p.options.Definition
	if len(d.Stages) == 0 || len(d.Stages) > maxStages {
		refuse("Definition must have from 1 to %d stages", maxStages)
		return
	}
	for i, s := range d.Stages {
		if _, twice := p.index[s.Name]; twice || s.Name == "" {
			refuse("Definition.stages[%d].name: every stage needs a name of its own", i)
		}
		p.index[s.Name] = uint8(i)
		p.stages = append(p.stages, stageInfo{name: s.Name, kind: s.Kind, rank: offPath, tie: i})
		switch {
		case s.Kind == funnel.KindLost || s.Kind == funnel.KindDetour:
		case s.Order > 0:
			p.path = append(p.path, uint8(i))
		case s.Kind == funnel.KindWon:
			refuse("Definition.stages[%d].order: a won stage needs its place on the success path", i)
		}
	}
	slices.SortStableFunc(p.path, func(a, b uint8) int { return d.Stages[a].Order - d.Stages[b].Order })
	for rank, i := range p.path {
		p.stages[i].rank = rank
		if rank > 0 && d.Stages[i].Order == d.Stages[p.path[rank-1]].Order {
			refuse("Definition.stages[%d].order: two stages have the same place on the success path", i)
		}
		if p.won < 0 && d.Stages[i].Kind == funnel.KindWon {
			p.won = rank
		}
		if p.accepted < 0 && d.Stages[i].Kind == funnel.KindSLA {
			p.accepted = rank
		}
	}
	switch {
	case p.won < 0:
		refuse("Definition: no stage of the kind %q, so that nothing can be a success", funnel.KindWon)
	case p.won == 0:
		refuse("Definition: the success path begins with won: there must be a stage before it")
	}
	p.opportunity = p.won - 1
	if name := p.options.Opportunity; name != "" {
		i, ok := p.index[name]
		if !ok || p.stages[i].rank < 0 || p.stages[i].rank >= p.won {
			refuse("Opportunity: %q is no stage of the success path before won", name)
			return
		}
		p.opportunity = p.stages[i].rank
	}
}

// follow derives what a journey is measured by.
func (p *plan) follow() {
	d := &p.options.Definition
	for rank, i := range p.path {
		p.stages[i].tie = rank
	}
	for i := range p.stages {
		if p.stages[i].rank < 0 {
			p.stages[i].tie = len(p.path) + i
		}
	}
	n := len(p.stages)
	p.edges = make([]bool, n*n)
	p.free = len(d.Edges)+len(d.Returns) == 0
	edge := func(from, to funnel.Stage) {
		a, known := p.index[from]
		b, ok := p.index[to]
		if known && ok {
			p.edges[int(a)*n+int(b)] = true
		}
	}
	for _, e := range d.Edges {
		edge(e.From, e.To)
	}
	for _, e := range d.Returns {
		edge(e.From, e.To)
	}
	for _, r := range d.Reasons {
		p.reasons[r.Code] = true
	}
	if i, ok := p.index[d.Initial]; ok {
		p.initial = int(i)
	}
	for r := 1; r < len(p.path); r++ { // the step from r is pair r
		p.pairs = append(p.pairs, pair{r - 1, r})
	}
	p.toWon = len(p.pairs)
	for r := 0; r < p.won-1; r++ { // the way from r to won is pair toWon+r
		p.pairs = append(p.pairs, pair{r, p.won})
	}
	p.velocity = slices.Index(p.pairs, pair{p.opportunity, p.won})
}

// find gives the index of a stage, which is most often the one at the guessed rank.
func (p *plan) find(name funnel.Stage, guess int) (int, bool) {
	if guess < len(p.path) {
		if i := int(p.path[guess]); p.stages[i].name == name {
			return i, true
		}
	}
	i, ok := p.index[name]
	return int(i), ok
}

// edge tells whether the definition has a step from one stage to another.
func (p *plan) edge(from, to int) bool { return p.edges[from*len(p.stages)+to] }

// print makes the fingerprint: equal for options that measure the same. Of the calendar it holds the working time of each
// hour of the five weeks until AsOf, and of each day of the two years until then.
func (p *plan) print() {
	var b []byte
	number := func(list ...int64) {
		for _, v := range list {
			b = binary.AppendVarint(b, v)
		}
	}
	text := func(s string) {
		number(int64(len(s)))
		b = append(b, s...)
	}
	o := &p.options
	number(p.asOf, p.tick.by, p.horizon, p.quick, int64(o.Listed), int64(p.opportunity), int64(p.initial), int64(len(p.stages)))
	for _, s := range p.stages {
		text(string(s.name))
		text(string(s.kind))
		number(int64(s.rank))
	}
	for _, r := range o.Definition.Reasons {
		text(string(r.Code))
		text(string(r.Disposition))
	}
	for _, e := range o.Definition.Edges {
		text(string(e.From) + "\x00" + string(e.On) + "\x00" + string(e.To))
	}
	for _, e := range o.Definition.Returns {
		text(string(e.From) + "\x00" + string(e.On) + "\x00" + string(e.To))
		for _, d := range e.Dispositions {
			text(string(d))
		}
	}
	text(o.Zone.String())
	if o.Calendar != nil {
		for _, part := range []struct {
			steps  int
			length time.Duration
		}{{5 * 7 * 24, time.Hour}, {2 * 366, 24 * time.Hour}} {
			at := o.AsOf.UTC().Truncate(time.Hour).Add(-time.Duration(part.steps) * part.length)
			for range part.steps {
				next := at.Add(part.length)
				number(int64(o.Calendar.Between(at, next)))
				at = next
			}
		}
	}
	p.fingerprint = sha256.Sum256(b)
}
