package flow

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// An event is a usable step.
type event struct {
	at      int64 // nanoseconds since 1970
	version int64
	stage   int   // index
	from    int   // index, or none
	order   int64 // that the versions give
	amends  bool
	step    *Step
}

// none is no stage.
const none = -1

// unknown is an instant that the log does not know.
const unknown = -1

// A visit is a stay in a stage.
type visit struct {
	stage int
	enter int64 // or unknown
	leave int64 // as of the report's instant, where the lead is still there
	step  *Step // that led there; nil where none did
}

// A history is a journey, put in order.
type history struct {
	visits       []visit
	observed     int64 // since when the lead is watched; 0 for always
	contradicted bool  // times run backwards: nothing is measured
	amended      bool
	amount       int64 // of the deal; 0 if not said
}

// read puts a journey in order, and lists what does not conform. It is false for a journey that does not count.
func (f *Flow) read(j *Journey) (h history, ok bool) {
	if !j.Observed.IsZero() {
		s := j.Observed.Unix()
		if s >= maxSecond || s >= 0 && s*second+int64(j.Observed.Nanosecond()) > f.plan.asOf {
			f.later = add(f.later, int64(len(j.Steps)))
			return h, false
		}
		h.observed = max(0, s) * second
		if s >= 0 {
			h.observed += int64(j.Observed.Nanosecond())
		}
	}
	later := f.later
	plain := f.collect(j)
	if len(f.events) == 0 {
		if f.later == later {
			f.problem(NothingUsable, j, nil, none, none)
		}
		return h, false
	}
	if !plain {
		h.amended = f.amend()
		f.sort()
		f.settleTies(j)
		h.contradicted = f.settleContradictions(j)
	}
	f.stay(j, &h)
	return h, true
}

// collect takes the usable steps of a journey into f.events, in order of time. It tells whether that is all there is to do:
// no two at the same instant, versions in order, and nothing after a win.
func (f *Flow) collect(j *Journey) (plain bool) {
	p := f.plan
	f.events = f.events[:0]
	sorted, versions, won, amended, events := true, true, false, false, false
	last, version := int64(-1), int64(0)
	guess := 0
	for i := range j.Steps {
		s := &j.Steps[i]
		sec := s.At.Unix()
		if sec < 0 || sec >= maxSecond {
			f.problem(InvalidTime, j, s, none, none)
			continue
		}
		at := sec*second + int64(s.At.Nanosecond())
		amends := !s.Amended.IsZero()
		if at > p.asOf || amends && s.Amended.After(p.options.AsOf) {
			f.later = add(f.later, 1)
			continue
		}
		stage, ok := p.find(s.Stage, guess)
		switch {
		case ok:
			guess = p.stages[stage].rank + 1
		case s.Stage == "" && s.Event != "":
			stage, events = none, true
		default:
			f.problem(UnknownStage, j, s, none, none)
			continue
		}
		from := none
		if s.From != "" {
			// Nearly always the stage of the step before: then the text is the same.
			if n := len(f.events); n > 0 && f.events[n-1].step.Stage == s.From {
				from = f.events[n-1].stage
			} else if i, ok := p.index[s.From]; ok {
				from = int(i)
			}
		}
		sorted = sorted && at > last
		last = at
		versions = versions && (s.Version > version || s.Version <= 0)
		version = max(version, s.Version)
		plain = !won && !amended
		won = won || guess > p.won
		amended = amended || amends
		f.events = append(f.events, event{at: at, version: max(0, s.Version), stage: stage, from: from, step: s, amends: amends})
	}
	if events {
		f.resolve(j)
		return false
	}
	return sorted && plain && versions && !amended
}

// amend takes back what was corrected, and puts amendments where they belong. It tells whether there were any.
func (f *Flow) amend() bool {
	if !slices.ContainsFunc(f.events, func(e event) bool { return e.amends }) {
		return false
	}
	f.sort()
	slices.SortStableFunc(f.events, func(a, b event) int { return cmp.Compare(a.version, b.version) })
	kept := f.events[:0]
	for _, e := range f.events {
		if e.amends {
			if first := e.step.Corrects; first > 0 {
				kept = slices.DeleteFunc(kept, func(o event) bool { return o.version >= first && o.version < e.version })
			}
			if n := len(kept); n > 0 {
				if kept[n-1].stage == e.stage {
					continue
				}
				e.at = max(e.at, kept[n-1].at)
			}
		}
		kept = append(kept, e)
	}
	f.events = kept
	return true
}

// sort puts events in order of time; the order is total but for rows that say the same.
func (f *Flow) sort() {
	p := f.plan
	slices.SortFunc(f.events, func(a, b event) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.version, b.version), cmp.Compare(p.stages[a.stage].tie, p.stages[b.stage].tie),
			// What says more comes first: of two that say the same, it is kept.
			strings.Compare(string(b.step.From), string(a.step.From)), strings.Compare(string(b.step.Reason), string(a.step.Reason)),
			cmp.Compare(b.step.Amount, a.step.Amount), cmp.Compare(a.step.Line, b.step.Line),
			a.step.Amended.Compare(b.step.Amended), cmp.Compare(a.step.Corrects, b.step.Corrects))
	})
}

// settleTies drops rows that say again what another one says, and puts steps at the same instant so that each follows from
// the one before.
func (f *Flow) settleTies(j *Journey) {
	for i := 0; i < len(f.events); {
		end := i + 1
		for end < len(f.events) && f.events[end].at == f.events[i].at {
			end++
		}
		if end == i+1 {
			i = end
			continue
		}
		kept := i
		for k := i; k < end; k++ {
			e := f.events[k]
			if slices.ContainsFunc(f.events[max(i, kept-maxTies):kept], func(o event) bool { return again(&o, &e) }) {
				f.problem(Duplicate, j, e.step, none, none)
				continue
			}
			f.events[kept] = e
			kept++
		}
		f.events = slices.Delete(f.events, kept, end)
		stood := none
		if i > 0 {
			stood = f.events[i-1].stage
		}
		for k := i; k < kept && kept-i <= maxTies; k++ {
			next := f.following(stood, f.events[k:kept])
			e := f.events[k+next]
			copy(f.events[k+1:k+next+1], f.events[k:k+next])
			f.events[k] = e
			stood = e.stage
		}
		i = kept
	}
}

// maxTies bounds the work on steps at one instant: more of them stay in the order of versions and the success path.
const maxTies = 64

// again tells whether two steps at the same instant are the same.
func again(a, b *event) bool {
	return a.stage == b.stage && (a.from == b.from || a.from == none || b.from == none) &&
		(a.version == b.version || a.version == 0 || b.version == 0) &&
		(a.step.Reason == b.step.Reason || a.step.Reason == "" || b.step.Reason == "")
}

// following selects the step that comes next of those at the same instant: the first by version, if all have one; else the
// first that says that it leaves the stage where the lead stood; else the first that an edge leads to; else the first.
func (f *Flow) following(stood int, list []event) int {
	if stood == none || !slices.ContainsFunc(list, func(e event) bool { return e.version == 0 }) {
		return 0
	}
	for i := range list {
		if list[i].from == stood {
			return i
		}
	}
	for i := range list {
		if list[i].from == none && f.plan.edge(stood, list[i].stage) {
			return i
		}
	}
	return 0
}

// settleContradictions finds times that run against the versions, and leads that are won before all else, which no edge
// allows. It puts such steps where they belong and tells whether there were any.
func (f *Flow) settleContradictions(j *Journey) bool {
	p := f.plan
	contradicted := false
	highest := int64(0)
	for i := range f.events {
		if v := f.events[i].version; v > 0 {
			contradicted = contradicted || v < highest
			highest = max(highest, v)
		}
	}
	if contradicted { // rows without a version stay before the versions that they preceded
		carried := int64(0)
		for i := range f.events {
			if f.events[i].version > 0 {
				carried = f.events[i].version
			}
			f.events[i].order = carried
		}
		slices.SortStableFunc(f.events, func(a, b event) int { return cmp.Compare(a.order, b.order) })
	}
	if highest > 0 {
		f.events = f.dropVersionsTwice(j)
	}
	for i := 0; i+1 < len(f.events); i++ {
		e, next := f.events[i], &f.events[i+1]
		rank := p.stages[next.stage].rank
		if p.stages[e.stage].rank < p.won || next.from != none || next.version > 0 || rank < 0 || rank >= p.won || p.edge(e.stage, next.stage) {
			continue
		}
		if !slices.ContainsFunc(f.events[:i], func(o event) bool { return p.stages[o.stage].rank < p.won }) {
			// Nothing came before: what is now last did, and the lead was won after it.
			copy(f.events[i:], f.events[i+1:])
			f.events[len(f.events)-1] = e
			contradicted = true
			break
		}
	}
	if contradicted {
		for i := 1; i < len(f.events); i++ {
			if back := f.events[i].at - f.events[i-1].at; back < 0 {
				f.problem(NegativeDuration, j, f.events[i].step, f.events[i-1].stage, back)
			}
		}
	}
	return contradicted
}

func (f *Flow) dropVersionsTwice(j *Journey) []event {
	kept := f.events[:0]
	last := int64(0)
	for _, e := range f.events {
		if e.version > 0 && e.version == last {
			f.problem(VersionTwice, j, e.step, none, none)
			continue
		}
		if e.version > 0 {
			last = e.version
		}
		kept = append(kept, e)
	}
	return kept
}

// stay makes visits of the ordered events, and lists where they do not conform.
func (f *Flow) stay(j *Journey, h *history) {
	p := f.plan
	f.visits = f.visits[:0]
	stood, version := none, int64(0)
	for i := range f.events {
		e := &f.events[i]
		s := e.step
		switch {
		case s.Amount < 0 || s.Amount > maxAmount:
			f.problem(InvalidAmount, j, s, none, none)
		case s.Amount > 0:
			h.amount = s.Amount
		}
		if e.version > 0 {
			if e.version > version+1 && !h.amended && (version > 0 || i == 0 && h.observed == 0) {
				f.problem(RowsMissing, j, s, none, none)
			}
			version = e.version
		}
		if s.From != "" && e.from == none && !e.amends {
			f.problem(UnknownStage, j, s, none, none)
		}
		if s.Reason != "" && len(p.reasons) > 0 && !p.reasons[s.Reason] {
			f.problem(UnknownReason, j, s, none, none)
		}
		switch {
		case stood == none && e.from != none:
			f.visits = append(f.visits, visit{stage: e.from, enter: unknown})
			stood = e.from
		case stood != none && e.from != none && e.from != stood:
			f.problem(OutOfOrder, j, s, e.from, none)
		}
		if stood != none && !p.free && !p.edge(stood, e.stage) {
			if stood == e.stage && e.from == none {
				f.problem(Duplicate, j, s, none, none) // a log that repeats where the lead stands
				continue
			}
			if !e.amends {
				f.problem(NotInDefinition, j, s, stood, none)
			}
		} else if p.free && stood == e.stage && e.from == none {
			f.problem(Duplicate, j, s, none, none)
			continue
		}
		if n := len(f.visits); n > 0 {
			f.visits[n-1].leave = e.at
		}
		f.visits = append(f.visits, visit{stage: e.stage, enter: e.at, step: s})
		stood = e.stage
	}
	f.visits[len(f.visits)-1].leave = p.asOf
	h.visits = f.visits
}

// maxAmount bounds amounts: ten million million units of a currency with two decimals.
const maxAmount = 1_000_000_000_000_000

// problem counts and lists one row. The stage left is that of the definition; back is how far time runs backwards.
func (f *Flow) problem(kind Kind, j *Journey, s *Step, from int, back int64) {
	k := slices.Index(kinds[:], kind)
	f.problems[k].count = add(f.problems[k].count, 1)
	p := Problem{Kind: kind, Lead: j.Lead}
	if s != nil {
		p.Line, p.Stage = s.Line, s.Stage
		if s.Stage == "" {
			p.Event = s.Event
		}
		if kind != InvalidTime {
			p.At = s.At.UTC().Round(0)
		}
		if kind == UnknownReason {
			p.Reason = s.Reason
		}
		if kind == UnknownStage {
			if _, known := f.plan.index[s.Stage]; known {
				p.Stage = s.From
			}
		}
	}
	if from != none {
		p.From = f.plan.stages[from].name
	}
	if kind == NegativeDuration {
		p.Length = Span{time.Duration(back), true}
	}
	f.problems[k].list.add(p, f.plan.options.Listed, (*Problem).compare)
}
