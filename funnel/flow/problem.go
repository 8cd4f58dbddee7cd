package flow

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/leadloop/leadloop/funnel"
)

// A Kind says what is wrong with a row.
type Kind string

// The kinds of problems. What a row with a problem still counts for stands with each.
const (
	UnknownStage     Kind = "unknown_stage"     // a stage that the definition does not have: the row is left out
	InvalidTime      Kind = "invalid_time"      // no time, or one before 1970 or after 2199: the row is left out
	Duplicate        Kind = "duplicate"         // the row says again what another one says: it is left out
	VersionTwice     Kind = "version_twice"     // another row has the same version and says otherwise: the later one is left out
	NegativeDuration Kind = "negative_duration" // times run against the versions, or a lead was won before all else: nothing of the lead is measured in time
	OutOfOrder       Kind = "out_of_order"      // the row leaves a stage in which the lead did not stand: rows are missing, or out of order; it counts
	RowsMissing      Kind = "rows_missing"      // versions are missing before the row; it counts
	NotInDefinition  Kind = "not_in_definition" // no edge of the definition leads there from where the lead stood; it counts
	NotPermitted     Kind = "not_permitted"     // an event that the definition does not have where the lead stood, or a return that does not say where it leads: the row is left out
	UnknownReason    Kind = "unknown_reason"    // a reason that the catalogue does not have; it counts
	InvalidAmount    Kind = "invalid_amount"    // a negative amount, or one above 10^15: it is taken as not said
	NothingUsable    Kind = "nothing_usable"    // no row of the journey is usable, or it has none: the lead is not counted
)

// kinds are all of them in the order of reports and of bytes.
var kinds = [...]Kind{UnknownStage, InvalidTime, Duplicate, VersionTwice, NegativeDuration, OutOfOrder, RowsMissing, NotInDefinition, NotPermitted,
	UnknownReason, InvalidAmount, NothingUsable}

// A Problem is a row of a log that does not conform. It names stages and codes as the log writes them, and the lead by its
// opaque id.
type Problem struct {
	Kind   Kind          `json:"kind"`
	Line   int           `json:"line,omitempty"` // of the log; 0 where it has none
	Lead   string        `json:"lead"`
	At     time.Time     `json:"at,omitzero"`
	From   funnel.Stage  `json:"from,omitempty"` // where the lead stood, or what the row says that it left (OutOfOrder)
	Stage  funnel.Stage  `json:"stage,omitempty"`
	Event  funnel.Event  `json:"event,omitempty"`  // of a row that is an event
	Reason funnel.Reason `json:"reason,omitempty"` // UnknownReason
	Length Span          `json:"length,omitzero"`  // NegativeDuration: how far time runs backwards, below 0
}

// String says what is wrong and what becomes of it.
func (p Problem) String() string {
	var b strings.Builder
	if p.Stage == "" && p.Kind != NotPermitted {
		p.Stage = funnel.Stage(p.Event) // as the row has it
	}
	if p.Line > 0 {
		fmt.Fprintf(&b, "line %d: ", p.Line)
	}
	fmt.Fprintf(&b, "lead %q: ", p.Lead)
	switch p.Kind {
	case UnknownStage:
		fmt.Fprintf(&b, "unknown stage %q: the row is left out", p.Stage)
	case InvalidTime:
		fmt.Fprintf(&b, "%q has no time, or one out of range: the row is left out", p.Stage)
	case Duplicate:
		fmt.Fprintf(&b, "%q again: the row is left out", p.Stage)
	case VersionTwice:
		fmt.Fprintf(&b, "%q has a version that another row has: the row is left out", p.Stage)
	case NegativeDuration:
		fmt.Fprintf(&b, "from %q to %q in %s: the lead is not measured in time", p.From, p.Stage, p.Length)
	case OutOfOrder:
		fmt.Fprintf(&b, "leaves %q for %q, but the lead did not stand there: rows are missing or out of order", p.From, p.Stage)
	case RowsMissing:
		fmt.Fprintf(&b, "rows are missing before %q", p.Stage)
	case NotInDefinition:
		fmt.Fprintf(&b, "the definition has no step from %q to %q", p.From, p.Stage)
	case NotPermitted:
		fmt.Fprintf(&b, "%q is not possible at %q, or does not say where it leads: the row is left out", p.Event, p.From)
	case UnknownReason:
		fmt.Fprintf(&b, "unknown reason %q for %q", p.Reason, p.Stage)
	case InvalidAmount:
		fmt.Fprintf(&b, "the amount at %q is negative or too large: it is taken as not said", p.Stage)
	default:
		b.WriteString("nothing usable: the lead is not counted")
	}
	return b.String()
}

func (p *Problem) compare(o *Problem) int {
	return cmp.Or(cmp.Compare(p.Line, o.Line), strings.Compare(p.Lead, o.Lead), p.At.Compare(o.At), strings.Compare(string(p.Stage), string(o.Stage)),
		strings.Compare(string(p.From), string(o.From)), strings.Compare(string(p.Event), string(o.Event)), strings.Compare(string(p.Reason), string(o.Reason)), cmp.Compare(p.Length.Time, o.Length.Time))
}

// A shortlist keeps the first n of all that it is given, in an order that is total.
type shortlist[T any] struct {
	list []T
	last *T // that is kept once there are n
}

func (s *shortlist[T]) add(v T, n int, compare func(a, b *T) int) {
	if s.last != nil && compare(&v, s.last) >= 0 {
		return
	}
	s.list = append(s.list, v)
	if len(s.list) >= 2*n {
		s.cut(n, compare)
	}
}

// cut sorts the list and gives back what is to be kept.
func (s *shortlist[T]) cut(n int, compare func(a, b *T) int) []T {
	slices.SortFunc(s.list, func(a, b T) int { return compare(&a, &b) })
	if len(s.list) >= n {
		clear(s.list[n:])
		s.list = s.list[:n]
		last := s.list[n-1]
		s.last = &last
	}
	return s.list
}

// A Waiting is an open lead and how long it has been in its stage.
type Waiting struct {
	Lead  string       `json:"lead"`
	Stage funnel.Stage `json:"stage"`
	Since time.Time    `json:"since"`
	Age   Span         `json:"age"`
}

func (w *Waiting) compare(o *Waiting) int {
	return cmp.Or(w.Since.Compare(o.Since), strings.Compare(w.Lead, o.Lead), strings.Compare(string(w.Stage), string(o.Stage)))
}
