package handoff

import (
	"maps"
	"slices"

	"github.com/leadloop/leadloop/handoff/goals"
	"github.com/leadloop/leadloop/handoff/worktime"
)

// clone returns a copy that shares no memory with a.
func (a Agreement) clone() Agreement {
	a.Managers = slices.Clone(a.Managers)
	a.Escalation = slices.Clone(a.Escalation)
	a.Goals.Periods = slices.Clone(a.Goals.Periods)
	a.Pay = clonePay(a.Pay)
	a.Routing = a.Routing.Clone()
	a.Calendar = cloneCalendar(a.Calendar)
	if a.Calendars != nil {
		a.Calendars = maps.Clone(a.Calendars)
		for name, c := range a.Calendars {
			a.Calendars[name] = cloneCalendar(c)
		}
	}
	return a
}

func clonePay(p goals.PayPlan) goals.PayPlan {
	p.Gates, p.Roles = slices.Clone(p.Gates), slices.Clone(p.Roles)
	for i := range p.Roles {
		role := &p.Roles[i]
		role.Gates, role.Components = slices.Clone(role.Gates), slices.Clone(role.Components)
		for k := range role.Components {
			c := &role.Components[k].Curve
			c.Points, c.Tiers = slices.Clone(c.Points), slices.Clone(c.Tiers)
		}
	}
	return p
}

func cloneCalendar(c worktime.Definition) worktime.Definition {
	h := &c.Hours
	for _, day := range []*[]worktime.Window{&h.Mon, &h.Tue, &h.Wed, &h.Thu, &h.Fri, &h.Sat, &h.Sun} {
		*day = slices.Clone(*day)
	}
	c.DatedHours, c.Breaks = cloneDates(c.DatedHours), cloneDates(c.Breaks)
	c.Holidays = slices.Clone(c.Holidays)
	return c
}

func cloneDates(dates map[worktime.Date][]worktime.Window) map[worktime.Date][]worktime.Window {
	if dates == nil {
		return nil
	}
	copied := make(map[worktime.Date][]worktime.Window, len(dates))
	for date, windows := range dates {
		copied[date] = slices.Clone(windows)
	}
	return copied
}
