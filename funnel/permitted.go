package funnel

import "time"

// An Option is an event or a return, and whether it may happen now.
type Option struct {
	Event   Event    // this, or
	Return  Return   // this
	To      Stage    // of a permitted event: where it leads; "" for a return, whose reason decides
	Reasons []Choice // of a return that the stage has: the reasons that may be given, in the catalogue's order
	Err     error    // why not, a [*Refusal]; nil: it may happen
}

// A Choice is a reason that a return at a stage takes.
type Choice struct {
	Reason Reason
	To     Stage // where the return leads with it
	Err    error // why not now, such as a guard, a [*Refusal]; nil: it may be given
}

// Permitted lists every event of the policy, then every return, in the order in which the definition first names them, and
// says of each whether it may happen at an instant, or why not. It is what a page needs to draw its buttons, and a list
// that someone must see. Of a position that is not valid every option is refused.
//
// It agrees with [Policy.Move]; with [Policy.Return] for each of the reasons, if the feedback is what the reason asks
// for (Policy.Reason tells its Fields). A return may happen if one of its reasons may be given; else its refusal is that of
// the first. Each guard on the way is asked, once for each edge.
func (p *Policy[L]) Permitted(pos Position, lead *L, now time.Time) []Option {
	c, by := p.chart, By{Occurred: now}
	options := make([]Option, 0, len(c.events)+len(c.returns))
	for _, on := range c.events {
		option := Option{Event: on}
		var tr Transition
		option.Err = p.move(&pos, on, lead, &by, &tr)
		option.To = tr.To
		options = append(options, option)
	}
	for _, on := range c.returns {
		options = append(options, p.permittedReturn(&pos, on, lead, &by))
	}
	return options
}

func (p *Policy[L]) permittedReturn(pos *Position, on Return, lead *L, by *By) Option {
	c := p.chart
	option := Option{Return: on}
	from, refusal := c.locate(pos, "", on)
	if refusal != nil {
		option.Err = refusal
		return option
	}
	if _, known := from.takes(on, ""); !known {
		option.Err = c.refuse(pos, "", on, "", ErrNotPermitted)
		return option
	}
	said := map[*returnEdge]*Refusal{} // what the guards of an edge say is asked once
	for i := range c.definition.Reasons {
		reason := &c.definition.Reasons[i]
		e, _ := from.takes(on, reason.Disposition)
		if e == nil || e.BeforeContact && !reason.BeforeContact {
			continue
		}
		refusal, asked := said[e]
		if !asked {
			refusal = c.times(pos, "", on, "", by)
			if refusal == nil {
				refusal = p.ask(p.returnChecks[e.index], pos, "", on, "", lead, by)
			}
			said[e] = refusal
		}
		choice := Choice{Reason: reason.Code, To: e.To}
		if refusal != nil {
			own := *refusal
			own.Reason = reason.Code
			choice.Err = &own
		}
		option.Reasons = append(option.Reasons, choice)
	}
	for i := range option.Reasons {
		if option.Reasons[i].Err == nil {
			return option
		}
	}
	if len(option.Reasons) > 0 {
		option.Err = option.Reasons[0].Err
	} else {
		option.Err = c.refuse(pos, "", on, "", ErrReasonMissing) // whose text says that none is allowed
	}
	return option
}
