package routing

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// A Change is one difference between two plans, in words.
type Change struct {
	Path   string     `json:"path"` // the place in the new plan; of what was removed, in the old one
	Kind   ChangeKind `json:"kind"`
	Before string     `json:"before,omitempty"` // the old value; empty if there was none
	After  string     `json:"after,omitempty"`  // the new value; empty if there is none
	Text   string     `json:"text"`             // for people: member "ann" of the pool "dach": weight 1 → 2
}

// String gives the text.
func (c Change) String() string { return c.Text }

// ChangeKind says how a plan changed.
type ChangeKind string

// The kinds of changes.
const (
	Added   ChangeKind = "added"   // something new
	Removed ChangeKind = "removed" // something is gone
	Changed ChangeKind = "changed" // another value
)

// Diff says what changed from one plan to the other, in a fixed order that follows the
// new one, then what was removed in the order of the old one. It takes any plans, also those that
// [CompilePlan] refuses. Pools, members and rules are matched by name or id. The order of
// rules decides the pool, so that another one is a change; so is that of pools that share
// members, if owners heed what pools say of members. The order of other pools, and of members,
// skills, territories and causes is none. Equal plans have no changes.
func Diff(old, new Plan) []Change {
	before, after := outline(old), outline(new)
	places := map[string]int{}
	for i, t := range before {
		places[t.subject] = i
	}
	var changes []Change
	kept := make([]bool, len(before))
	for _, t := range after {
		i, ok := places[t.subject]
		if !ok {
			changes = append(changes, Change{Path: t.path, Kind: Added, After: t.summary(), Text: t.subject + " is new: " + t.summary()})
			continue
		}
		kept[i] = true
		for k, f := range t.facts {
			was := before[i].facts[k].value
			if was == f.value {
				continue
			}
			changes = append(changes, Change{Path: join(t.path, f.key), Kind: Changed, Before: was, After: f.value,
				Text: t.subject + ": " + f.name + " " + said(was) + " → " + said(f.value)})
		}
	}
	for i, t := range before {
		if !kept[i] {
			changes = append(changes, Change{Path: t.path, Kind: Removed, Before: t.summary(), Text: t.subject + " is gone: " + t.summary()})
		}
	}
	changes = reordered(changes, "rules", "the order of the rules", ruleNames(old), ruleNames(new))
	if old.ordersOwners() || new.ordersOwners() {
		changes = reordered(changes, "pools", "the order of the pools, of which an owner is looked at in the first", sharing(old), sharing(new))
	}
	return changes
}

// reordered adds the change of the order of what two plans have in common.
func reordered(changes []Change, path, what string, old, new []string) []Change {
	a, b := common(old, new), common(new, old)
	if slices.Equal(a, b) {
		return changes
	}
	was, is := strings.Join(a, ", "), strings.Join(b, ", ")
	return append(changes, Change{Path: path, Kind: Changed, Before: was, After: is, Text: what + ": " + was + " → " + is})
}

func ruleNames(p Plan) []string {
	names := make([]string, len(p.Rules))
	for i, r := range p.Rules {
		names[i] = r.Name
	}
	return names
}

// ordersOwners tells whether it matters in which of several pools an owner is looked at: by calendar, capacity or quota.
func (p *Plan) ordersOwners() bool {
	return slices.ContainsFunc(p.heeds(), func(c Cause) bool { return c != Absent && c != Declined })
}

// sharing names the pools that have a member who is in another one, too.
func sharing(p Plan) []string {
	pools := map[string]int{}
	for _, pool := range p.Pools {
		for _, m := range pool.Members {
			pools[m.ID]++
		}
	}
	var names []string
	for _, pool := range p.Pools {
		if slices.ContainsFunc(pool.Members, func(m Member) bool { return pools[m.ID] > 1 }) {
			names = append(names, pool.Name)
		}
	}
	return names
}

// a thing is a part of a plan with a name of its own.
type thing struct {
	path, subject string
	facts         []fact // of two things of a kind the same ones, in the same order
}

type fact struct{ key, name, value string }

// outline lists the parts of a plan. Of those with the same name only the first counts.
func outline(p Plan) []thing {
	list := []thing{{"", "the plan", []fact{
		{"$schema", "JSON Schema", p.SchemaURL},
		{"schema", "format", number(int64(max(p.Schema, PlanSchema)))},
		{"name", "name", p.Name},
		{"version", "version", number(int64(p.Version))},
		{"owner_heeds", "what keeps a lead from its owner", set(p.heeds())},
		{"otherwise", "pool of all other leads", p.Otherwise},
		{"fallback", "fallback", p.Fallback},
	}}}
	seen := map[string]bool{}
	add := func(path, subject string, facts ...fact) {
		if !seen[subject] {
			seen[subject] = true
			list = append(list, thing{path, subject, facts})
		}
	}
	for i, r := range p.Rules {
		add("rules["+strconv.Itoa(i)+"]", "rule "+strconv.Quote(r.Name),
			fact{"when", "condition", r.When}, fact{"pool", "pool", r.Pool},
			fact{"skills", "skills", set(r.Skills)}, fact{"territories", "territories", set(r.Territories)})
	}
	for i, pool := range p.Pools {
		path, subject := "pools["+strconv.Itoa(i)+"]", "pool "+strconv.Quote(pool.Name)
		strategy := pool.Strategy
		if strategy == "" {
			strategy = Weighted
		}
		add(path, subject, fact{"strategy", "strategy", string(strategy)}, fact{"open_within", "open within", span(pool.OpenWithin)},
			fact{"bucket", "bucket", span(pool.Bucket)}, fact{"fallback", "fallback", pool.Fallback})
		for j, m := range pool.Members {
			add(path+".members["+strconv.Itoa(j)+"]", "member "+strconv.Quote(m.ID)+" of the "+subject,
				fact{"weight", "weight", strconv.FormatInt(m.Weight, 10)}, fact{"capacity", "capacity", number(m.Capacity)}, fact{"quota", "quota", number(m.Quota)},
				fact{"calendar", "calendar", m.Calendar}, fact{"skills", "skills", set(m.Skills)},
				fact{"territories", "territories", set(m.Territories)}, fact{"prefers", "preference", m.Prefers})
		}
	}
	return list
}

// summary lists the facts that say something.
func (t thing) summary() string {
	var list []string
	for _, f := range t.facts {
		if f.value != "" {
			list = append(list, f.name+" "+said(f.value))
		}
	}
	if list == nil {
		return "empty"
	}
	return strings.Join(list, ", ")
}

// common lists the names of one plan that the other has, too.
func common(of, other []string) []string {
	names := map[string]bool{}
	for _, name := range other {
		names[name] = true
	}
	var list []string
	for _, name := range of {
		if names[name] {
			names[name] = false
			list = append(list, strconv.Quote(name))
		}
	}
	return list
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// said is a value in a line of text, which nothing breaks.
func said(value string) string {
	switch {
	case value == "":
		return "none"
	case strings.ContainsFunc(value, func(r rune) bool { return !unicode.IsPrint(r) }):
		return strconv.Quote(value)
	}
	return value
}

// number is a number that is not 0.
func number(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

func span(d Duration) string {
	switch {
	case d == 0:
		return ""
	case time.Duration(d)%time.Second != 0: // no document has such
		return time.Duration(d).String()
	}
	return d.String()
}

// set is a set of names in a fixed order.
func set[S ~string](names []S) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = strconv.Quote(string(name))
	}
	slices.Sort(quoted)
	return strings.Join(slices.Compact(quoted), " ")
}
