package rule_test

import (
	"fmt"
	"strconv"
	"strings"
)

// kind is what a name stands for, as far as the author of texts has to know.
type kind int

const (
	aText kind = iota
	aTextOrNil
	aNumber
	aNumberOrNil
	aTruth
	aTruthOrNil
	anInstant
	anInstantOrNil
	aSpan
	aSpanOrNil
	manyTexts
	manyNumbers
	manyTimes
	manyPlaces
	aMap
	anything
)

// names are the fields, and paths of fields, that a scope offers.
type names map[kind][]string

var hostNames = names{
	aText:          {"Name", "Country", "Title", "Tier", "alias", "Email", "Owner", "Name", "Country", "Title", "Tier", "Sector", "Home.City", "Home.Class", "Work.City", "Trio[1]", "Tags[0]", "Places[0].City", `Words["a"]`, "Words.b"},
	aTextOrNil:     {"Nick", "Grade", "Work?.City", "Home.Note", "Work.Note", "Work?.Note", "Spots[0]?.City", `get(Words, "a")`, "Work?.Class"},
	aNumber:        {"I", "F", "I64", "U64", "I8", "I16", "I32", "U", "U8", "U16", "U32", "Level", "Quota", "F32", "Ratio", "Home.Zip", "Work.Zip", "Staff", "Pair[0]", "Pair[1]", "Levels[0]", "Scores[0]", "I", "F", "I32", "U16", `Counts["a"]`, "Counts.b", "len(Tags)", "len(Name)", "len(Activities)", "Born.Year()", "Born.Hour()", "Now.Weekday()", "(Now - Born).Hours()", "Born.Unix()"},
	aNumberOrNil:   {"Age", "Worth", "Size", "Big", "Floor", "Part", "Work?.Zip", "Home.Geo?.Lat", "Work?.Geo?.Lat", `get(Counts, "a")`},
	aTruth:         {"On", "Flag", "Sure ?? false", "Born.IsZero()", "Born.After(Now)"},
	aTruthOrNil:    {"Sure", "Said"},
	anInstant:      {"Born", "Now", "Born", "Times[0]"},
	anInstantOrNil: {"Closed", "Seen"},
	aSpan:          {"Wait", "Now - Born", "Now.Sub(Born)", "Born - Now"},
	aSpanOrNil:     {"Pause"},
	manyTexts:      {"Tags", "Tiers", "Trio", "Marks", `split(Name, "a")`, "Tags[1:]", `map(Places, .City)`},
	manyNumbers:    {"Sizes", "Scores", "Levels", "Pair", "1..5", "map(Tags, len(#))"},
	manyTimes:      {"Times"},
	manyPlaces:     {"Places", "Spots"},
	aMap:           {"Counts", "Words", "Levies", "Ledger"},
	anything:       {"Any", "Anys", "Anys[0]", "Any?.a", "Home", "Work", "Work?.Geo", "Places"},
}

var deedNames = names{
	aText:          {"Kind", "Kind", "Page", "Type", "Kind", "Page", "Type", "Campaign", "Place.City", "Place.Class", "Spot.City", "Labels[0]"},
	aTextOrNil:     {"Note", "Sort", "Spot?.City", "Place.Note", "Spot?.Class"},
	aNumber:        {"Count", "Value", "Size", "Small", "Bulk", "Ratio", "Count", "Value", "Cost", "Steps[0]", "Place.Zip", "At.Year()", "At.Hour()", "At.Weekday()"},
	aNumberOrNil:   {"Times", "Worth", "Spot?.Zip", "Place.Geo?.Lat"},
	aTruth:         {"Ok", "Spam", "At.IsZero()", "At.Before(Now)"},
	aTruthOrNil:    {"Sure"},
	anInstant:      {"At", "At", "At"},
	anInstantOrNil: {"Until"},
	aSpan:          {"Took"},
	aSpanOrNil:     nil,
	manyTexts:      {"Labels", "Types"},
	manyNumbers:    {"Steps"},
	anything:       {"Any", "Spot", "Place"},
}

var elementNames = map[kind]names{
	manyTexts:   {aText: {"#"}},
	manyNumbers: {aNumber: {"#"}},
	manyTimes:   {anInstant: {"#"}},
	manyPlaces: {aText: {".City", ".Class", "#.City"}, aTextOrNil: {".Note"}, aNumber: {".Zip", ".Geo.Lat"}, aNumberOrNil: {".Geo?.Lat"},
		anything: {"#"}},
}

// place is where the author stands: which names there are, how they are written,
// what lies around, and which activities can be counted there.
type place struct {
	names  names
	prefix string
	outer  *place
	each   names // of activities that can be counted there
}

var (
	onHost = &place{names: hostNames, each: deedNames}
	onDeed = &place{names: deedNames, outer: &place{names: hostNames, prefix: "Lead."}}
)

// ofEach is within a predicate over activities.
func (p *place) ofEach() *place {
	return &place{names: p.each, prefix: ".", outer: &place{names: p.names, prefix: p.prefix}}
}

// narrow keeps few names of each kind, so that many conditions ask for the same.
func (n names) narrow(d *dice) names {
	few := names{}
	for k := range anything + 1 {
		if all := n[k]; len(all) > 0 {
			few[k] = []string{choose(d, all), choose(d, all)}
		}
	}
	return few
}

// author writes texts by its dice. What it writes compiles mostly: types fit, but for a few slips.
type author struct {
	*dice
	only int // the one form of conditions that it knows, from 1; all if 0
}

// name picks a name of the kind; false if there is none.
func (a author) name(p *place, k kind) (string, bool) {
	if p.outer != nil && (len(p.names[k]) == 0 || a.chance(15)) {
		return a.name(p.outer, k)
	}
	if len(p.names[k]) == 0 {
		return "", false
	}
	name := choose(a.dice, p.names[k])
	if p.prefix == "" || !letter(name[0]) {
		return name, true
	}
	switch {
	case strings.Contains(name, "("): // holds names of its own
		for _, own := range []string{"Born", "Name", "Tags", "Places", "Counts", "Words", "Activities", "At."} {
			if p.prefix != "." || own == "At." {
				name = strings.ReplaceAll(name, own, p.prefix+own)
			}
		}
		return name, true
	case name == "Now" || strings.HasPrefix(name, "Now "):
		return "Now", true
	}
	return p.prefix + strings.ReplaceAll(strings.ReplaceAll(name, " - Born", " - "+p.prefix+"Born"), " - Now", " - Now"), true
}

func letter(c byte) bool { return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' }

func quote(s string) string { return strconv.Quote(s) }

// truth writes a condition.
func (a author) truth(p *place, depth int) string {
	if depth <= 0 {
		return a.atom(p, 0)
	}
	inner := func() string { return a.truth(p, depth-1) }
	switch a.below(9) {
	case 0, 1, 2, 3:
		return a.atom(p, depth)
	case 4, 5:
		return inner() + choose(a.dice, []string{" and ", " && "}) + inner()
	case 6:
		return "(" + inner() + choose(a.dice, []string{" or ", " || "}) + inner() + ")"
	case 7:
		return "not (" + inner() + ")"
	}
	return "(" + inner() + " ? " + inner() + " : " + inner() + ")"
}

// forms is how many forms atom knows.
const forms = 15

// atom writes a condition without and, or, not.
func (a author) atom(p *place, depth int) string {
	if p.each != nil && a.chance(30) {
		return a.overActivities(p, depth)
	}
	form := a.below(forms)
	if a.only > 0 {
		form = a.only - 1
	}
	switch form {
	case 0:
		return a.text(p, 0) + a.equality() + quote(a.dice.text())
	case 1:
		return a.number(p, 0) + a.comparison() + a.constant()
	case 2:
		return a.text(p, 0) + choose(a.dice, []string{" in ", " not in "}) + a.list(func() string { return quote(a.dice.text()) })
	case 3:
		return a.text(p, depth) + choose(a.dice, []string{" contains ", " startsWith ", " endsWith "}) + choose(a.dice, []string{quote(a.dice.text()), a.text(p, 0)})
	case 4:
		return a.text(p, 0) + " matches " + quote(choose(a.dice, somePatterns))
	case 5:
		return a.instant(p, depth) + a.comparison() + a.instant(p, depth)
	case 6:
		return a.number(p, 0) + choose(a.dice, []string{" in ", " not in "}) + choose(a.dice, []string{a.list(a.constant), "0..100", "1..7"})
	case 7:
		k := choose(a.dice, []kind{aTextOrNil, aNumberOrNil, aTruthOrNil, anInstantOrNil, anything, aSpanOrNil, aText, aMap, manyTexts})
		name, ok := a.name(p, k)
		if !ok {
			name = "Now"
		}
		return name + a.equality() + "nil"
	case 8:
		name, _ := a.name(p, choose(a.dice, []kind{aTruth, aTruth, aTruthOrNil}))
		return choose(a.dice, []string{name, "(" + name + " == true)", "not (" + name + ")", "(" + name + ") != false"})
	case 9:
		return a.number(p, depth) + a.comparison() + a.number(p, depth)
	case 10:
		return a.text(p, depth) + choose(a.dice, []string{" == ", " != ", " < ", " >= "}) + a.text(p, depth)
	case 11:
		return a.member(p)
	case 12:
		return a.overList(p)
	case 13:
		return a.span(p, depth) + a.comparison() + a.span(p, depth)
	}
	return a.slip(p)
}

func (a author) equality() string { return choose(a.dice, []string{" == ", " == ", " != "}) }

func (a author) comparison() string {
	return choose(a.dice, []string{" == ", " != ", " < ", " <= ", " > ", " >= "})
}

func (a author) list(item func() string) string {
	items := make([]string, choose(a.dice, []int{2, 3, 1, 0, 6, 30}))
	for i := range items {
		items[i] = item()
	}
	if a.chance(8) {
		items = append(items, "nil")
	}
	return "[" + strings.Join(items, ", ") + "]"
}

// constant writes a number.
func (a author) constant() string {
	if a.chance(70) {
		i := int64(a.dice.int())
		if i < -1<<62 || i == 1<<63-1 && a.chance(50) {
			return "(-9223372036854775807 - 1)"
		}
		return strconv.FormatInt(i, 10)
	}
	switch f := a.float(); {
	case f != f:
		return "(0.0 / 0)"
	case f > 1e308:
		return "(1 / 0)"
	case f < -1e308:
		return "(-1 / 0)"
	default:
		s := strconv.FormatFloat(f, 'g', -1, 64)
		if !strings.ContainsAny(s, ".e") {
			s += ".0"
		}
		return s
	}
}

// number writes a number that may be missing.
func (a author) number(p *place, depth int) string {
	name := func(k kind) string {
		if s, ok := a.name(p, k); ok {
			return s
		}
		return a.constant()
	}
	if depth <= 0 {
		return name(choose(a.dice, []kind{aNumber, aNumber, aNumber, aNumber, aNumber, aNumberOrNil}))
	}
	switch a.below(9) {
	case 0, 1:
		return name(aNumber)
	case 2:
		return a.constant()
	case 3, 4:
		return "(" + a.number(p, depth-1) + choose(a.dice, []string{" + ", " - ", " * ", " / ", " % "}) + a.number(p, depth-1) + ")"
	case 5:
		return "(" + name(aNumberOrNil) + " ?? " + a.constant() + ")"
	case 6:
		return choose(a.dice, []string{"-", "abs", "floor", "ceil", "round", "int", "float"}) + "(" + a.number(p, depth-1) + ")"
	case 7:
		return choose(a.dice, []string{"min", "max"}) + "(" + a.number(p, depth-1) + ", " + a.number(p, depth-1) + ")"
	}
	return "(" + a.truth(p, 0) + " ? " + name(aNumber) + " : " + a.constant() + ")"
}

// text writes a text that may be missing.
func (a author) text(p *place, depth int) string {
	name := func(k kind) string {
		if s, ok := a.name(p, k); ok {
			return s
		}
		return quote(a.dice.text())
	}
	if depth <= 0 {
		return name(choose(a.dice, []kind{aText, aText, aText, aTextOrNil}))
	}
	switch a.below(7) {
	case 0, 1:
		return name(aText)
	case 2:
		return choose(a.dice, []string{"lower", "upper", "trim"}) + "(" + a.text(p, depth-1) + ")"
	case 3:
		return "(" + name(aTextOrNil) + " ?? " + quote(a.dice.text()) + ")"
	case 4:
		return "(" + a.text(p, depth-1) + " + " + a.text(p, depth-1) + ")"
	case 5:
		return "(" + a.truth(p, 0) + " ? " + name(aText) + " : " + quote(a.dice.text()) + ")"
	}
	return choose(a.dice, []string{"trimPrefix", "trimSuffix"}) + "(" + name(aText) + ", " + quote(a.dice.text()) + ")"
}

const hours = "0h 1ns 1h 24h 168h 720h 2160h 1500ms -24h 2562047h"

func (a author) duration() string {
	return "duration(" + quote(choose(a.dice, strings.Fields(hours))) + ")"
}

// instant writes a time that may be missing.
func (a author) instant(p *place, depth int) string {
	name, ok := a.name(p, choose(a.dice, []kind{anInstant, anInstant, anInstant, anInstantOrNil}))
	if !ok {
		name = "Now"
	}
	switch a.below(8) {
	case 0, 1:
		return name
	case 2, 3:
		return "Now - " + a.duration()
	case 4:
		return "date(" + quote(choose(a.dice, []string{"2026-06-14", "2026-05-16T12:00:00Z", "2026-03-29T03:00:00+02:00", "0001-01-01", "9999-12-31"})) + ")"
	case 5:
		return name + choose(a.dice, []string{" + ", " - "}) + a.duration()
	case 6:
		return name + choose(a.dice, []string{".AddDate(0, -1, 0)", ".Add(" + a.duration() + ")", ".Truncate(" + a.duration() + ")", ".AddDate(1, 0, -30)"})
	}
	return "(" + name + " ?? Now)"
}

func (a author) span(p *place, depth int) string {
	name, ok := a.name(p, choose(a.dice, []kind{aSpan, aSpan, aSpanOrNil}))
	if !ok || a.chance(40) {
		name = a.duration()
	}
	if depth > 0 && a.chance(40) {
		return "(" + name + choose(a.dice, []string{" + " + a.duration(), " - " + a.duration(), " * 2", " * 3.0", " * " + a.duration(), " / 2", " - Now + Now"}) + ")"
	}
	return name
}

// member writes whether something is in a list or a map.
func (a author) member(p *place) string {
	k := choose(a.dice, []kind{manyTexts, manyNumbers, aMap, manyTimes, anything})
	list, ok := a.name(p, k)
	item := quote(a.dice.text())
	switch {
	case !ok:
		return a.text(p, 0) + a.equality() + item
	case k == manyNumbers:
		item = a.constant()
	case k == manyTimes:
		item = a.instant(p, 0)
	case a.chance(25):
		item = choose(a.dice, []string{a.text(p, 0), "nil", a.number(p, 0)})
	}
	if a.chance(20) {
		return list + a.equality() + choose(a.dice, []string{list, "[" + item + "]"})
	}
	return item + choose(a.dice, []string{" in ", " not in "}) + list
}

// overList writes a predicate over a list of the element, or its sum or length.
func (a author) overList(p *place) string {
	k := choose(a.dice, []kind{manyTexts, manyNumbers, manyPlaces, manyTimes})
	list, ok := a.name(p, k)
	if !ok || p.prefix == "." {
		return a.member(p)
	}
	within := &place{names: elementNames[k], outer: &place{names: p.names, prefix: p.prefix}}
	switch function := choose(a.dice, []string{"any", "all", "none", "one", "count", "len", "sum", "filter", "find"}); function {
	case "count":
		return "count(" + list + ", " + a.truth(within, 0) + ")" + a.comparison() + strconv.Itoa(a.below(4))
	case "len":
		return "len(" + list + ")" + a.comparison() + strconv.Itoa(a.below(4))
	case "sum":
		return "sum(" + list + ")" + a.comparison() + a.constant()
	case "filter":
		return "len(filter(" + list + ", " + a.truth(within, 0) + "))" + a.comparison() + strconv.Itoa(a.below(4))
	case "find":
		return "find(" + list + ", " + a.truth(within, 0) + ")" + a.equality() + "nil"
	default:
		return function + "(" + list + ", " + a.truth(within, 1) + ")"
	}
}

// overActivities writes what a lead's activities are asked for. The marks around
// any, all and none are for the two ways to write them.
func (a author) overActivities(p *place, depth int) string {
	predicate := func() string { return a.predicate(p.ofEach(), depth) }
	number := func() string {
		return choose(a.dice, []string{"1", "0", "2", "3", "5", "-1", "1.0", "2.5", a.number(p, 0), "count(Activities, .Kind == \"call\")"})
	}
	switch a.below(12) {
	case 0, 1, 2:
		return "count(Activities, " + predicate() + ")" + a.comparison() + number()
	case 3:
		return "«any»" + predicate() + "«/any»"
	case 4:
		return "«all»" + predicate() + "«/all»"
	case 5:
		return "«none»" + predicate() + "«/none»"
	case 6:
		return "one(Activities, " + predicate() + ")"
	case 7:
		return "len(filter(Activities, " + predicate() + "))" + a.comparison() + number()
	case 8:
		return "sum(Activities, " + a.number(p.ofEach(), 0) + ")" + a.comparison() + a.constant()
	case 9:
		return number() + a.comparison() + "count(Activities, " + predicate() + ")"
	case 10:
		return "count(Activities, " + predicate() + ")" + choose(a.dice, []string{" in [1, 2]", " in 1..3", " not in [0]", " % 2 == 1", " + 1 > 2", " / 2 >= 1"})
	}
	return choose(a.dice, []string{"len(Activities) == 0", "len(Activities) > 2", "len(Activities) in 1..4", `count(map(Activities, .Kind), # == "visit") > 0`,
		"sum(map(Activities, .Count)) > 3", "max(map(Activities, .Value)) > 1.0", `any(sortBy(Activities, .At), .Kind == "call")`, "any(Activities, true)", "none(Activities, Country == .Page)"})
}

// predicate writes a condition on one of the activities, often in the forms that rules have.
func (a author) predicate(p *place, depth int) string {
	kind := ".Kind == " + quote(choose(a.dice, someTexts[9:14]))
	switch a.below(7) {
	case 0:
		return kind
	case 1:
		return kind + " and .At > Now - " + a.duration()
	case 2:
		return ".At " + choose(a.dice, []string{">", ">=", "<", "<="}) + " Now - " + a.duration()
	case 3:
		return kind + " and " + a.atom(p, 0)
	case 4:
		return fmt.Sprintf(".Kind in [%q, %q] and %s", choose(a.dice, someTexts[9:14]), choose(a.dice, someTexts[9:14]), a.truth(p, 0))
	case 5:
		return a.atom(p, 0)
	}
	return a.truth(p, min(depth, 1)+1)
}

// slip writes what is often wrong, or known only when it runs.
func (a author) slip(p *place) string {
	any, ok := a.name(p, anything)
	if !ok {
		any, _ = a.name(p, choose(a.dice, []kind{aText, aNumber}))
	}
	return choose(a.dice, []string{any, any + " == " + quote(a.dice.text()), any + " > " + a.constant(), "len(" + any + ") > 1", any + " == " + any, any + " in [1, \"a\", nil]",
		any + " contains \"a\"", "(" + any + " ?? false) == false", any + "?.a == 3", "lower(" + any + ") == \"a\"", any + " != nil and " + any + " == 3", "float(" + any + ") > 1"})
}

var (
	rulesWay = strings.NewReplacer("«any»", "any(Activities, ", "«/any»", ")", "«all»", "all(Activities, ", "«/all»", ")", "«none»", "none(Activities, ", "«/none»", ")")
	plainWay = strings.NewReplacer("«any»", "(count(Activities, ", "«/any»", ") > 0)", "«all»", "(count(Activities, not (", "«/all»", ")) == 0)",
		"«none»", "(count(Activities, ", "«/none»", ") == 0)")
)

// somePatterns are what people write, and what is easy to get wrong.
var somePatterns = []string{
	`(?i)chief|vp|head`, `(?i)^(cto|ceo)\b`, `(?i)(director|manager|sales)`, `^a`, `a$`, `^$`, `^a*b$`, `(?i)k`, `(?i)s`, `(?i)straSSe`, `(?i)É`, `.`, `^.$`, `(?s)^.$`,
	`Sales.DACH`, `(?s)Sales.DACH`, `Sales$`, `(?m)Sales$`, `(?m)^DACH`, `[a-c]+`, `[^a]`, `\bDE\b`, `\Bb`, `\d+`, `\w@\w`, `(a|b)\z`, `\Aa`, `a|`, `(?i:De|uS)`, `mql|sal`, `^(mql|sal)$`,
	`/pric(ing)?`, `^/docs/`, `\.io$`, `\+49`, `\x{212a}`, `[[:alpha:]]`, `\pL`, `(?U)a+`, `a{2}`, `\xff`, `日`, `(?i)ſ`, `()`, `(?i)office|`, ` `,
}
