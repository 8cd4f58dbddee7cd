package routing

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/leadloop/leadloop/handoff/worktime"
	"github.com/leadloop/leadloop/internal/document"
)

// Router routes the leads of one pool. It is immutable and safe for concurrent
// use. Make one with [Compile]; the zero Router has no members and routes nothing.
type Router struct {
	name       string
	strategy   Strategy
	openWithin time.Duration
	bucket     time.Duration
	members    []Member             // in the order of the pool
	byID       []int                // places in members, sorted by id
	index      map[string]int       // place of each id
	calendars  []*worktime.Calendar // of each member; nil: always open
	unit       int64                // of balances; 0 if the strategy is not Weighted
}

// Option sets what a document names but does not hold.
type Option func(*options)

type options struct{ calendars map[string]*worktime.Calendar }

// Calendars gives the working calendars that members name. Given twice, both hold.
func Calendars(byName map[string]*worktime.Calendar) Option {
	return func(o *options) {
		if o.calendars == nil {
			o.calendars = map[string]*worktime.Calendar{}
		}
		maps.Copy(o.calendars, byName)
	}
}

func gather(list []Option) options {
	var o options
	for _, option := range list {
		if option != nil {
			option(&o)
		}
	}
	return o
}

// Compile checks the pool and makes its router. All mistakes are reported at
// once, joined, each an *[Error] with its path: a missing name, no members, an
// id that is missing or stands twice, a weight, capacity, quota or span out of range,
// no member who could get a lead, a strategy or calendar that is not known, and what
// only a plan can use: a fallback, a preference.
func Compile(p Pool, opts ...Option) (*Router, error) {
	r := &review{}
	if p.Fallback != "" {
		r.report("fallback", ErrFallback, "a pool that is used alone has no other to fall back on: leave it out, or put both into a plan")
	}
	for i, m := range p.Members {
		if m.Prefers != "" {
			r.report("members["+strconv.Itoa(i)+"].prefers", ErrPrefers, "a pool that is used alone does not see the lead: leave it out, or put the pool into a plan")
		}
	}
	router := r.pool(p, gather(opts))
	if r.errs != nil {
		return nil, errors.Join(r.errs...)
	}
	return router, nil
}

// pool checks a pool, but for what depends on a plan, and makes its router.
func (r *review) pool(p Pool, o options) *Router {
	if p.Name == "" {
		r.report("name", ErrName, "the pool has no name: give it one")
	}
	if p.Strategy == "" {
		p.Strategy = Weighted
	}
	if !slices.Contains(strategies, p.Strategy) {
		r.report("strategy", ErrStrategy, "unknown strategy "+strconv.Quote(string(p.Strategy))+document.DidYouMean(p.Strategy, strategies)+": choose "+words(strategies))
	}
	if p.OpenWithin < 0 {
		r.report("open_within", ErrSpan, "the span is negative: give how soon a member must open, or leave it out for now")
	}
	if p.Bucket < 0 {
		r.report("bucket", ErrSpan, "the span is negative: give the size of a bucket, such as \"24h\", or leave it out for none")
	}
	if len(p.Members) > MaxMembers {
		r.report("members", ErrMembers, "the pool has "+strconv.Itoa(len(p.Members))+" members, at most "+strconv.Itoa(MaxMembers)+" are allowed: split it")
	}
	router := &Router{name: p.Name, strategy: p.Strategy, openWithin: time.Duration(p.OpenWithin), bucket: time.Duration(p.Bucket),
		members: cloneMembers(p.Members), index: make(map[string]int, len(p.Members)),
		calendars: make([]*worktime.Calendar, len(p.Members)), byID: make([]int, len(p.Members))}
	weighted := false
	for i, m := range p.Members {
		router.byID[i] = i
		path := "members[" + strconv.Itoa(i) + "]"
		if j, ok := router.index[m.ID]; m.ID == "" {
			r.report(path+".id", ErrID, "the member has no id: give it one")
		} else if ok {
			r.report(path+".id", ErrID, "members["+strconv.Itoa(j)+"] has the same id: keep one")
		} else {
			router.index[m.ID] = i
		}
		router.calendars[i] = r.member(path, m, p.Strategy, o)
		weighted = weighted || m.Weight > 0
	}
	switch {
	case len(p.Members) == 0:
		r.report("members", ErrMembers, "the pool has no members: name at least one")
	case !weighted && p.Strategy == Weighted:
		r.report("members", ErrWeight, "no member has a weight above 0, so nobody could get a lead: give at least one")
	}
	if r.errs != nil {
		return nil
	}
	slices.SortFunc(router.byID, func(a, b int) int { return strings.Compare(router.members[a].ID, router.members[b].ID) })
	if p.Strategy == Weighted {
		router.unit = unit(p.Members)
	}
	return router
}

// member checks one member, but for its id, and finds its calendar.
func (r *review) member(path string, m Member, strategy Strategy, o options) *worktime.Calendar {
	if m.Weight < 0 || m.Weight > MaxWeight {
		r.report(path+".weight", ErrWeight, "the weight is "+strconv.FormatInt(m.Weight, 10)+": give one from 0 to "+strconv.Itoa(MaxWeight))
	}
	if m.Capacity < 0 {
		r.report(path+".capacity", ErrCapacity, "the capacity is negative: give the number of open leads, or 0 for no limit")
	}
	if m.Capacity == 0 && strategy == FreeCapacity {
		r.report(path+".capacity", ErrCapacity, "the strategy compares capacities: give the number of open leads that the member can have")
	}
	if m.Quota < 0 {
		r.report(path+".quota", ErrQuota, "the quota is negative: give the number of leads of one period, or 0 for no limit")
	}
	r.names(path+".skills", "skill", m.Skills)
	r.names(path+".territories", "territory", m.Territories)
	if m.Calendar == "" {
		return nil
	}
	calendar := o.calendars[m.Calendar]
	if calendar == nil {
		known := slices.Sorted(maps.Keys(o.calendars))
		r.report(path+".calendar", ErrCalendar, "unknown calendar "+strconv.Quote(m.Calendar)+document.DidYouMean(m.Calendar, known)+": give a calendar of this name")
	} else if *calendar == (worktime.Calendar{}) {
		r.report(path+".calendar", ErrCalendar, "the calendar "+strconv.Quote(m.Calendar)+" is not compiled: make it with worktime.Compile")
	}
	return calendar
}

// names checks a set of names.
func (r *review) names(path, what string, names []string) {
	if len(names) > MaxNames {
		r.report(path, ErrSkill, strconv.Itoa(len(names))+" names stand here, at most "+strconv.Itoa(MaxNames)+" are allowed")
	}
	first := make(map[string]int, len(names))
	for i, name := range names {
		at := path + "[" + strconv.Itoa(i) + "]"
		if j, twice := first[name]; name == "" {
			r.report(at, ErrSkill, "the "+what+" has no name: give it one")
		} else if twice {
			r.report(at, ErrSkill, "the "+what+" stands at "+strconv.Itoa(j)+", too: keep one")
		} else {
			first[name] = i
		}
	}
}

func cloneMembers(members []Member) []Member {
	members = slices.Clone(members)
	for i := range members {
		m := &members[i]
		m.Skills, m.Territories = slices.Clone(m.Skills), slices.Clone(m.Territories)
	}
	return members
}

// words lists names for people: a, b or c.
func words[S ~string](names []S) string {
	var b strings.Builder
	for i, name := range names {
		switch {
		case i > 0 && i == len(names)-1:
			b.WriteString(" or ")
		case i > 0:
			b.WriteString(", ")
		}
		b.WriteString(string(name))
	}
	return b.String()
}
