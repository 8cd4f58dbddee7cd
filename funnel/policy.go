package funnel

import (
	"maps"
	"math"
	"time"

	"github.com/leadloop/leadloop/internal/rule"
)

// A Guard is a condition on an edge that the host writes in Go. Check gets the lead, never nil, and when the step occurred;
// it returns nil to agree, or why not, in words for whoever asked. It must be safe for concurrent use, look only at its
// arguments, and have no effects. A panic inside it is the host's and is not caught.
type Guard[L any] struct {
	Name  string // as the edges of the definition call it
	Check func(lead *L, at time.Time) error
}

// A Policy is a compiled [Definition] over the host's view of a lead, L: a struct that holds all that guards and
// conditions look at, such as the lead's fields and its grade. It is immutable and safe for concurrent use.
type Policy[L any] struct {
	chart *chart
	// guards by the index of the edge, and those of returns after them
	edgeChecks, returnChecks [][]check[L]
}

// A check is a guard or a condition; exactly one of the functions is set.
type check[L any] struct {
	name      string
	guard     func(*L, time.Time) error
	condition *rule.Condition[L, rule.None]
}

// Definition returns a copy of the definition.
func (p *Policy[L]) Definition() Definition { return p.chart.definition.clone() }

// Reason returns a copy of the catalogue's entry.
func (p *Policy[L]) Reason(code Reason) (ReasonDefinition, bool) {
	if reason := p.chart.reason(code); reason != nil {
		return reason.clone(), true
	}
	return ReasonDefinition{}, false
}

// Start puts a lead at the initial stage, in round 1. A lead that enters in the middle, from another system, gets its
// Stage, Round and Reason set by the host: the next step checks them. [Policy.Replay] knows only the initial stage and
// reports the first transition of such a lead, as well as its round if that was not 1.
func (p *Policy[L]) Start(id string, by By) Position {
	d := &p.chart.definition
	return Position{ID: id, Policy: d.Name, PolicyVersion: d.Version, Stage: d.Initial, Since: by.Occurred.UTC(), Round: 1}
}

// Move decides whether an event may happen and answers the transition to append. On an error, always a [*Refusal],
// nothing has happened.
//
// It checks in this order, and the first refusal wins: the position ([ErrWrongPolicy], [ErrPolicyVersion],
// [ErrUnknownStage], [ErrPosition]), the edge ([ErrNotPermitted]), the times ([ErrTimeInvalid], [ErrTimeBackwards]), for
// an edge with a release the re-entry ([ErrReasonMissing], [ErrReasonUnknown], [ErrReEntry], [ErrTooManyRounds],
// [ErrCoolingDown]), and last the guards in the order of the definition, the condition after them ([ErrLeadMissing],
// [ErrGuard]). The lead may be nil if the edge has neither. Whether a re-entry's [Needs] hold is for the guards or the
// caller to check. A position of an earlier version of the policy moves on under this one if its stage still exists.
func (p *Policy[L]) Move(pos Position, on Event, lead *L, by By) (tr Transition, err error) {
	err = p.move(&pos, on, lead, &by, &tr) // no more, so that Move is inlined and its large values are not copied
	return
}

// move fills in tr, which is zero, once nothing can refuse any more.
func (p *Policy[L]) move(pos *Position, on Event, lead *L, by *By, tr *Transition) error {
	e, round, refusal := p.chart.move(pos, on, by)
	if refusal == nil {
		refusal = p.ask(p.edgeChecks[e.index], pos, on, "", "", lead, by)
	}
	if refusal != nil {
		return refusal
	}
	p.chart.fill(tr, pos, e.To, by)
	tr.Event, tr.Round = on, round
	return nil
}

// Return decides whether a lead may be returned with a reason and answers the transition to append. On an error, always
// a [*Refusal], nothing has happened.
//
// It checks as [Policy.Move] does, and between the edge and the times the reason ([ErrReasonMissing],
// [ErrReasonUnknown], [ErrReasonNotAllowed]) and the feedback that it owes ([ErrFieldMissing], [ErrFieldInvalid],
// [ErrFieldUnknown]).
// An empty value counts as not given. The transition has a copy of the feedback.
func (p *Policy[L]) Return(pos Position, on Return, reason Reason, f Feedback, lead *L, by By) (tr Transition, err error) {
	e, notBefore, refusal := p.chart.giveBack(&pos, on, reason, f, &by, false)
	if refusal == nil {
		refusal = p.ask(p.returnChecks[e.index], &pos, "", on, reason, lead, &by)
	}
	if refusal != nil {
		return Transition{}, refusal
	}
	p.chart.fill(&tr, &pos, e.To, &by)
	tr.Return, tr.Reason, tr.Round, tr.NotBefore = on, reason, pos.Round, notBefore
	tr.Feedback.Note = f.Note
	if len(f.Fields) > 0 { // else nil, what JSON gives back of an empty map
		tr.Feedback.Fields = maps.Clone(f.Fields)
	}
	return tr, nil
}

// ask asks the guards and the condition of an edge; nil if all agree.
func (p *Policy[L]) ask(checks []check[L], pos *Position, on Event, back Return, reason Reason, lead *L, by *By) *Refusal {
	for i := range checks {
		if kind, cause := checks[i].ask(lead, by.Occurred.UTC()); kind != nil {
			refusal := p.chart.refuse(pos, on, back, reason, kind)
			refusal.Guard, refusal.Cause = checks[i].name, cause
			return refusal
		}
	}
	return nil
}

// ask returns the kind of refusal, if any, and what the guard said.
func (c *check[L]) ask(lead *L, at time.Time) (kind, cause error) {
	if lead == nil {
		return ErrLeadMissing, nil
	}
	if c.guard != nil {
		if why := c.guard(lead, at); why != nil {
			return ErrGuard, why
		}
		return nil, nil
	}
	holds, err := c.condition.Eval(&rule.Subject[L, rule.None]{Lead: lead, Now: at}, nil)
	if err != nil || !holds {
		return ErrGuard, err
	}
	return nil, nil
}

// move decides an event, but for its guards: the edge, and the round that it leads to.
func (c *chart) move(pos *Position, on Event, by *By) (*edge, int, *Refusal) {
	from, refusal := c.locate(pos, on, "")
	if refusal != nil {
		return nil, 0, refusal
	}
	e := from.on(on)
	if e == nil {
		return nil, 0, c.refuse(pos, on, "", "", ErrNotPermitted)
	}
	if refusal := c.times(pos, on, "", "", by); refusal != nil {
		return nil, 0, refusal
	}
	if e.Release == "" {
		return e, pos.Round, nil
	}
	if refusal := c.letIn(pos, e, instantOf(by.Occurred)); refusal != nil {
		return nil, 0, refusal
	}
	return e, pos.Round + 1, nil
}

// giveBack decides a return, but for its guards: the edge, and until when the lead waits.
func (c *chart) giveBack(pos *Position, on Return, code Reason, f Feedback, by *By, redacted bool) (*returnEdge, time.Time, *Refusal) {
	refuse := func(kind error) (*returnEdge, time.Time, *Refusal) {
		return nil, time.Time{}, c.refuse(pos, "", on, code, kind)
	}
	from, refusal := c.locate(pos, "", on)
	if refusal != nil {
		return nil, time.Time{}, refusal
	}
	reason := c.reason(code)
	var e *returnEdge
	var known bool
	if reason != nil {
		e, known = from.takes(on, reason.Disposition)
	} else {
		_, known = from.takes(on, "")
	}
	switch {
	case !known:
		return refuse(ErrNotPermitted)
	case code == "":
		return refuse(ErrReasonMissing)
	case reason == nil:
		return refuse(ErrReasonUnknown)
	case e == nil, e.BeforeContact && !reason.BeforeContact:
		return refuse(ErrReasonNotAllowed)
	}
	if field, kind := reason.check(f, redacted); kind != nil {
		_, _, refusal := refuse(kind)
		refusal.Field = field
		return nil, time.Time{}, refusal
	}
	if refusal := c.times(pos, "", on, code, by); refusal != nil {
		return nil, time.Time{}, refusal
	}
	return e, reason.notBefore(f, by.Occurred.UTC()), nil
}

// maxRound keeps the round inside an int of 32 bits whatever the definition allows.
const maxRound = math.MaxInt32

// locate checks a position that may have come from anywhere and finds its stage.
func (c *chart) locate(pos *Position, on Event, back Return) (*node, *Refusal) {
	from := c.node(pos.Stage)
	kind, field := error(nil), ""
	switch {
	case pos.Policy != c.definition.Name:
		kind = ErrWrongPolicy
	case pos.PolicyVersion > c.definition.Version:
		kind = ErrPolicyVersion
	case from == nil:
		kind = ErrUnknownStage
	case pos.ID == "":
		kind, field = ErrPosition, "id"
	case pos.PolicyVersion < 1:
		kind, field = ErrPosition, "policy_version"
	case pos.Round < 1 || pos.Round > maxRound:
		kind, field = ErrPosition, "round"
	case pos.Version < 0 || pos.Version == math.MaxInt64:
		kind, field = ErrPosition, "version"
	default:
		return from, nil
	}
	refusal := c.refuse(pos, on, back, "", kind)
	refusal.Field = field
	return nil, refusal
}

// times checks when a step is said to have occurred and been recorded.
func (c *chart) times(pos *Position, on Event, back Return, reason Reason, by *By) *Refusal {
	occurred, since, recorded := instantOf(by.Occurred), instantOf(pos.Since), instantOf(by.Recorded)
	kind, field, until := error(nil), "Occurred", pos.Since
	switch {
	case !occurred.valid():
		kind = ErrTimeInvalid
	case occurred.before(since):
		kind = ErrTimeBackwards
	case by.Recorded.IsZero():
		return nil
	case recorded.before(occurred):
		kind, field, until = ErrTimeBackwards, "Recorded", by.Occurred.UTC()
	case !recorded.valid():
		kind, field = ErrTimeInvalid, "Recorded"
	default:
		return nil
	}
	refusal := c.refuse(pos, on, back, reason, kind)
	refusal.Field = field
	if kind == ErrTimeBackwards {
		refusal.Until = until
	}
	return refusal
}

// fill writes what all transitions have in common.
func (c *chart) fill(tr *Transition, pos *Position, to Stage, by *By) {
	tr.ID, tr.Policy, tr.PolicyVersion, tr.Version = pos.ID, c.definition.Name, c.definition.Version, pos.Version+1
	tr.From, tr.To, tr.Actor = pos.Stage, to, by.Actor
	tr.Occurred = by.Occurred.UTC()
	if tr.Recorded = tr.Occurred; !by.Recorded.IsZero() {
		tr.Recorded = by.Recorded.UTC()
	}
}

// An instant is a time taken apart once, to be compared several times.
type instant struct {
	second     int64 // of Unix time
	nanosecond int
}

func instantOf(t time.Time) instant { return instant{t.Unix(), t.Nanosecond()} }

func (i instant) before(other instant) bool {
	return i.second < other.second || i.second == other.second && i.nanosecond < other.nanosecond
}

// valid says whether RFC 3339 can write the instant and it is not the zero time, which means "not set".
func (i instant) valid() bool {
	const first, last = -62135596800, 253402300799 // 0001-01-01T00:00:00Z, 9999-12-31T23:59:59Z
	return i.second > first && i.second <= last || i.second == first && i.nanosecond > 0
}

// letIn checks whether a returned lead may come back, as the table at [When] says.
func (c *chart) letIn(pos *Position, e *edge, at instant) *Refusal {
	reason := c.reason(pos.Reason)
	var kind error
	switch {
	case pos.Reason == "":
		kind = ErrReasonMissing
	case reason == nil:
		kind = ErrReasonUnknown
	case reason.ReEntry.When == WhenNever,
		reason.ReEntry.When == WhenManual && e.Release != ReleaseManual:
		kind = ErrReEntry
	case c.definition.MaxRounds > 0 && pos.Round >= c.definition.MaxRounds, pos.Round == maxRound:
		kind = ErrTooManyRounds
	case e.Release == ReleaseManual,
		e.Release == ReleaseHighIntent && reason.ReEntry.Bypass == BypassHighIntent:
		return nil
	case at.before(instantOf(pos.NotBefore)):
		kind = ErrCoolingDown
	default:
		return nil
	}
	refusal := c.refuse(pos, e.On, "", pos.Reason, kind)
	if kind == ErrCoolingDown {
		refusal.Until = pos.NotBefore
	}
	return refusal
}

func (c *chart) refuse(pos *Position, on Event, back Return, reason Reason, kind error) *Refusal {
	return &Refusal{Kind: kind, ID: pos.ID, Stage: pos.Stage, Event: on, Return: back, Reason: reason, Round: pos.Round, chart: c}
}
