package scoring

import (
	"fmt"
	"slices"
	"strings"
)

// Change is one difference between two models, in words.
type Change struct {
	Path   string     `json:"path"` // the place in the new model; of what was removed, in the old one
	Kind   ChangeKind `json:"kind"`
	Before string     `json:"before,omitempty"` // the old value; empty if there was none
	After  string     `json:"after,omitempty"`  // the new value; empty if there is none
	Text   string     `json:"text"`             // for people: fit/size: points 5 → 8
}

// String gives the text.
func (c Change) String() string { return c.Text }

// ChangeKind says how a model changed.
type ChangeKind string

const (
	Added     ChangeKind = "added"     // something new
	Removed   ChangeKind = "removed"   // something is gone
	Renamed   ChangeKind = "renamed"   // the same under another name
	Moved     ChangeKind = "moved"     // a rule stands in another group or dimension
	Changed   ChangeKind = "changed"   // another value
	Reordered ChangeKind = "reordered" // the same things in another order, where the order counts
)

// Diff says what changed from one model to the other, in a fixed order that
// follows the new model. Dimensions, groups, rules, bands, thresholds and
// disqualifiers are matched by name; what has another name but the same content
// is renamed, and a rule that is the same in another dimension or group is
// moved. The order of rules counts only among idle rules, that of rows in a
// table, that of dimensions in a grade; else it shows in explanations alone and
// is no change, and neither is a default that is written out. Equal models have no
// changes. The time is in proportion to the models, times their logarithm,
// where names and contents are hardly repeated.
func Diff(old, new Model) []Change {
	d := &differ{}
	d.facts("", modelFacts(old), modelFacts(new))
	dimensions := match(old.Dimensions, new.Dimensions, func(d Dimension) string { return d.Name }, func(d *Dimension) { d.Name = "" })
	moved := moves(dimensions)
	for _, p := range dimensions {
		switch {
		case p.new == nil:
			d.add(Removed, "dimensions["+fmt.Sprint(p.oldIndex)+"]", "", p.old.Name, "", "the dimension %s is removed", p.old.Name)
		case p.old == nil:
			d.add(Added, "dimensions["+fmt.Sprint(p.newIndex)+"]", "", "", p.new.Name, "the dimension %s is added", p.new.Name)
			d.dimension(fmt.Sprintf("dimensions[%d]", p.newIndex), "", Dimension{Name: p.new.Name}, *p.new, moved)
		default:
			path := fmt.Sprintf("dimensions[%d]", p.newIndex)
			if p.old.Name != p.new.Name {
				d.add(Renamed, path+".name", "", p.old.Name, p.new.Name, "the dimension %s is now called %s", p.old.Name, p.new.Name)
			}
			d.dimension(path, fmt.Sprintf("dimensions[%d]", p.oldIndex), *p.old, *p.new, moved)
		}
	}
	d.grade(old.Grade, new.Grade)
	list(d, "thresholds", "threshold", old.Thresholds, new.Thresholds, func(t Threshold) string { return t.Name },
		func(t *Threshold) { t.Name = "" }, thresholdFacts)
	list(d, "disqualifiers", "disqualifier", old.Disqualifiers, new.Disqualifiers, func(q Disqualifier) string { return q.Name },
		func(q *Disqualifier) { q.Name = "" }, disqualifierFacts)
	d.calibration(old.Calibration, new.Calibration)
	return d.changes
}

// differ collects changes.
type differ struct{ changes []Change }

func (d *differ) add(kind ChangeKind, path, subject, before, after, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if subject != "" {
		text = subject + ": " + text
	}
	d.changes = append(d.changes, Change{path, kind, before, after, clean(text)})
}

// pair is what stands in both models, or in one of them.
type pair[T any] struct {
	old, new           *T
	oldIndex, newIndex int
}

// match pairs two lists: by name, the n-th of a name with the n-th, and what is left
// by its content. Pairs are in the order of the new list; what is only in the
// old one follows.
func match[T any](old, new []T, name func(T) string, anonymous func(*T)) []pair[T] {
	free := map[string][]int{} // of the old list, by name
	for i, o := range old {
		free[name(o)] = append(free[name(o)], i)
	}
	pairs := make([]pair[T], len(new))
	used := make([]bool, len(old))
	for i := range new {
		pairs[i] = pair[T]{new: &new[i], newIndex: i}
		if at := free[name(new[i])]; len(at) > 0 {
			free[name(new[i])] = at[1:]
			pairs[i].old, pairs[i].oldIndex = &old[at[0]], at[0]
			used[at[0]] = true
		}
	}
	left := map[string][]int{} // of the old list, by a digest of the content
	for j := range old {
		if !used[j] {
			key := digest(old[j], anonymous)
			left[key] = append(left[key], j)
		}
	}
	for i := range pairs {
		if pairs[i].old != nil || len(left) == 0 {
			continue
		}
		key := digest(new[i], anonymous)
		if at := slices.IndexFunc(left[key], func(j int) bool { return sameBut(old[j], new[i], anonymous) }); at >= 0 {
			j := left[key][at]
			left[key] = slices.Delete(left[key], at, at+1)
			pairs[i].old, pairs[i].oldIndex = &old[j], j
			used[j] = true
		}
	}
	for j := range old {
		if !used[j] {
			pairs = append(pairs, pair[T]{old: &old[j], oldIndex: j})
		}
	}
	return pairs
}

// list reports a list whose elements have a name and facts.
func list[T any](d *differ, path, what string, old, new []T, name func(T) string, anonymous func(*T), facts func(T) []fact) {
	for _, p := range match(old, new, name, anonymous) {
		switch {
		case p.new == nil:
			d.add(Removed, fmt.Sprintf("%s[%d]", path, p.oldIndex), "", name(*p.old), "", "the %s %s is removed (%s)", what, name(*p.old), summary(facts(*p.old)))
		case p.old == nil:
			d.add(Added, fmt.Sprintf("%s[%d]", path, p.newIndex), "", "", name(*p.new), "the %s %s is added (%s)", what, name(*p.new), summary(facts(*p.new)))
		default:
			at := fmt.Sprintf("%s[%d]", path, p.newIndex)
			if name(*p.old) != name(*p.new) {
				d.add(Renamed, at+".name", "", name(*p.old), name(*p.new), "the %s %s is now called %s", what, name(*p.old), name(*p.new))
			}
			d.factsOf(at, fmt.Sprintf("%s[%d]", path, p.oldIndex), what+" "+name(*p.new), facts(*p.old), facts(*p.new))
		}
	}
}

// fact is one value of a thing: where it stands within the thing, what it is
// called, and its text, empty for none. Facts of two things match by key.
type fact struct{ key, path, label, text string }

// summary tells a thing's facts in a few words.
func summary(facts []fact) string {
	var words []string
	for _, f := range facts {
		if f.text != "" {
			words = append(words, strings.TrimSpace(f.label+" "+f.text))
		}
	}
	return strings.Join(words, ", ")
}

func (d *differ) facts(subject string, old, new []fact) { d.factsOf("", "", subject, old, new) }

func (d *differ) factsOf(path, oldPath, subject string, old, new []fact) {
	known := map[string]fact{}
	for _, f := range old {
		known[f.key] = f
	}
	join := func(path, key string) string {
		if path == "" {
			return key
		}
		return path + "." + key
	}
	for _, n := range new {
		o := known[n.key]
		delete(known, n.key)
		switch {
		case o.text == n.text:
		case o.text == "":
			d.add(Added, join(path, n.path), subject, "", n.text, "%s added: %s", n.label, n.text)
		case n.text == "":
			d.add(Removed, join(path, n.path), subject, o.text, "", "%s removed, it was %s", n.label, o.text)
		default:
			d.add(Changed, join(path, n.path), subject, o.text, n.text, "%s %s → %s", n.label, o.text, n.text)
		}
	}
	for _, o := range old {
		if f, ok := known[o.key]; ok && f.text != "" {
			d.add(Removed, join(oldPath, o.path), subject, o.text, "", "%s removed, it was %s", o.label, o.text)
		}
	}
}

// placed is a rule and where it stands.
type placed struct {
	rule                   Rule
	path, dimension, group string
}

// title names the rule in words.
func (p placed) title() string { return p.dimension + "/" + p.rule.Name }

// home names the place in words.
func (p placed) home() string {
	if p.group == "" {
		return p.dimension
	}
	return "the group " + p.group + " of " + p.dimension
}

func rulesOf(path string, d Dimension) (all []placed) {
	for i, r := range d.Rules {
		all = append(all, placed{r, fmt.Sprintf("%s.rules[%d]", path, i), d.Name, ""})
	}
	for i, g := range d.Groups {
		for j, r := range g.Rules {
			all = append(all, placed{r, fmt.Sprintf("%s.groups[%d].rules[%d]", path, i, j), d.Name, g.Name})
		}
	}
	return all
}

// moves finds the rules that are gone from one dimension and stand, with name and
// content, in another: by the path at which they now stand, where they were.
func moves(dimensions []pair[Dimension]) map[string]placed {
	var before, after []placed
	had, has := map[string]bool{}, map[string]bool{} // by title
	for _, p := range dimensions {
		if p.old != nil {
			d := *p.old
			if p.new != nil {
				d.Name = p.new.Name // renamed, it is the same dimension
			}
			for _, r := range rulesOf(fmt.Sprintf("dimensions[%d]", p.oldIndex), d) {
				before, had[r.title()] = append(before, r), true
			}
		}
		if p.new != nil {
			for _, r := range rulesOf(fmt.Sprintf("dimensions[%d]", p.newIndex), *p.new) {
				after, has[r.title()] = append(after, r), true
			}
		}
	}
	gone := map[string][]placed{}
	for _, r := range before {
		if !has[r.title()] {
			gone[r.rule.Name] = append(gone[r.rule.Name], r)
		}
	}
	moved := map[string]placed{}
	for _, r := range after {
		if had[r.title()] {
			continue
		}
		candidates := gone[r.rule.Name]
		from := slices.IndexFunc(candidates, func(o placed) bool { return sameBut(o.rule, r.rule, func(*Rule) {}) })
		if from >= 0 {
			moved[r.path] = candidates[from]
			gone[r.rule.Name] = slices.Delete(candidates, from, from+1)
		}
	}
	return moved
}

// dimension reports what changed within a dimension that stands in both models.
func (d *differ) dimension(path, oldPath string, old, new Dimension, moved map[string]placed) {
	d.factsOf(path, oldPath, new.Name, dimensionFacts(old), dimensionFacts(new))
	for _, p := range match(old.Groups, new.Groups, func(g Group) string { return g.Name }, func(g *Group) { g.Name = "" }) {
		switch {
		case p.new == nil:
			d.add(Removed, fmt.Sprintf("%s.groups[%d]", oldPath, p.oldIndex), old.Name, p.old.Name, "", "the group %s is removed", p.old.Name)
		case p.old == nil:
			d.add(Added, fmt.Sprintf("%s.groups[%d]", path, p.newIndex), new.Name, "", p.new.Name, "the group %s is added", p.new.Name)
			d.factsOf(fmt.Sprintf("%s.groups[%d]", path, p.newIndex), "", new.Name+", group "+p.new.Name, nil, groupFacts(*p.new))
		default:
			at := fmt.Sprintf("%s.groups[%d]", path, p.newIndex)
			if p.old.Name != p.new.Name {
				d.add(Renamed, at+".name", new.Name, p.old.Name, p.new.Name, "the group %s is now called %s", p.old.Name, p.new.Name)
				for i := range p.new.Rules { // they stay where they are
					moved[fmt.Sprintf("%s.rules[%d]", at, i)] = placed{group: p.old.Name}
				}
			}
			d.factsOf(at, fmt.Sprintf("%s.groups[%d]", oldPath, p.oldIndex), new.Name+", group "+p.new.Name, groupFacts(*p.old), groupFacts(*p.new))
		}
	}
	d.rules(path, oldPath, old, new, moved)
	bands := func(b Band) []fact { return []fact{{"from", "from", "from", pointsText(b.From)}} }
	list(d, path+".bands", new.Name+" band", old.Bands, new.Bands, func(b Band) string { return b.Name }, func(b *Band) { b.Name = "" }, bands)
}

func (d *differ) rules(path, oldPath string, old, new Dimension, moved map[string]placed) {
	left := map[string]bool{} // the rules that now stand in another dimension
	for _, from := range moved {
		left[from.path] = true
	}
	before := slices.DeleteFunc(rulesOf(oldPath, old), func(p placed) bool { return left[p.path] })
	after := slices.DeleteFunc(rulesOf(path, new), func(p placed) bool { return moved[p.path].path != "" })
	for _, p := range rulesOf(path, new) {
		if from := moved[p.path]; from.path != "" {
			d.add(Moved, p.path, p.title(), from.home(), p.home(), "moved from %s to %s", from.home(), p.home())
		}
	}
	var idle []int // the old places of the idle rules, in the new order
	for _, p := range match(before, after, func(p placed) string { return p.rule.Name }, func(p *placed) { *p = placed{rule: p.rule}; p.rule.Name = "" }) {
		switch {
		case p.new == nil:
			d.add(Removed, p.old.path, p.old.title(), p.old.rule.Name, "", "the rule is removed (%s)", summary(ruleFacts(p.old.rule)))
			continue
		case p.old == nil:
			d.add(Added, p.new.path, p.new.title(), "", p.new.rule.Name, "the rule is added (%s)", summary(ruleFacts(p.new.rule)))
			continue
		}
		if p.old.rule.Name != p.new.rule.Name {
			d.add(Renamed, p.new.path+".name", p.new.title(), p.old.rule.Name, p.new.rule.Name, "%s is now called %s", p.old.rule.Name, p.new.rule.Name)
		}
		if from, renamed := moved[p.new.path]; p.old.group != p.new.group && !(renamed && from.group == p.old.group) {
			d.add(Moved, p.new.path, p.new.title(), p.old.home(), p.new.home(), "moved from %s to %s", p.old.home(), p.new.home())
		}
		d.factsOf(p.new.path, p.old.path, p.new.title(), ruleFacts(p.old.rule), ruleFacts(p.new.rule))
		d.rows(*p.new, p.old.rule.Table, p.new.rule.Table)
		if p.old.rule.Idle != nil && p.new.rule.Idle != nil {
			idle = append(idle, p.oldIndex)
		}
	}
	if !slices.IsSorted(idle) {
		d.add(Reordered, path+".rules", new.Name, "", "", "the idle rules count in another order")
	}
}

// rows reports the same rows of a table in another order: the first that applies counts.
func (d *differ) rows(p placed, old, new *Table) {
	if old == nil || new == nil {
		return
	}
	order := func(t *Table) (keys []string) {
		for _, f := range tableFacts(t) {
			if strings.HasPrefix(f.key, "row ") {
				keys = append(keys, f.key)
			}
		}
		return keys
	}
	before, after := order(old), order(new)
	if !slices.Equal(before, after) && slices.Equal(slices.Sorted(slices.Values(before)), slices.Sorted(slices.Values(after))) {
		at := p.path + ".table.ranges"
		if len(new.Ranges) == 0 {
			at = p.path + ".table.values"
		}
		d.add(Reordered, at, p.title(), "", "", "the rows of the table stand in another order: the first that applies counts")
	}
}

func (d *differ) grade(old, new *Grade) {
	switch {
	case old == nil && new == nil:
	case new == nil:
		d.add(Removed, "grade", "", strings.Join(old.Dimensions, ", "), "", "the grade of %s is removed", strings.Join(old.Dimensions, ", "))
	case old == nil:
		d.add(Added, "grade", "", "", strings.Join(new.Dimensions, ", "), "a grade of %s is added", strings.Join(new.Dimensions, ", "))
	default:
		d.facts("grade", gradeFacts(*old), gradeFacts(*new))
	}
}

func (d *differ) calibration(old, new *Calibration) {
	switch {
	case old == nil && new == nil:
	case new == nil:
		d.add(Removed, "calibration", "", old.Outcome, "", "the calibration is removed (%s)", summary(calibrationFacts(*old)))
	case old == nil:
		d.add(Added, "calibration", "", "", new.Outcome, "a calibration is added (%s)", summary(calibrationFacts(*new)))
	default:
		d.factsOf("calibration", "calibration", "calibration", calibrationFacts(*old), calibrationFacts(*new))
	}
}
