package scoring

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/leadloop/leadloop/internal/document"
	"github.com/leadloop/leadloop/internal/rule"
)

// Scorer is a compiled model. It never changes and is safe for concurrent use.
// Make one with [Compile]; the zero Scorer is not usable.
type Scorer[L, A any] struct {
	name          string
	version       int
	compiler      *rule.Compiler[L, A]
	set           *rule.Set[L, A]
	dateless      bool  // the activity type has no fields: there are no activities
	tick          int64 // seconds
	zone          *time.Location
	windows       []Window         // by which rules look back, each once
	eaches        []eachRule[L, A] // what activities are looked at for, by the index of the condition in the set
	anyIdle       bool             // an idle rule counts from the newest activity of any kind
	dimensions    []compiledDimension[L, A]
	limits        limits // of the total
	totals        totals
	grade         *grade
	thresholds    []threshold
	disqualifiers []disqualifier[L, A]
	calibration   *Calibration
	scratch       sync.Pool // of *work
	agendaOnce    sync.Once
	agendaOf      *agenda // what decides when standings change
	keeping       keeping[L, A]
	fingerprint   [32]byte // of the model and the types
}

// compiledDimension is a compiled [Dimension].
type compiledDimension[L, A any] struct {
	name   string
	limits limits
	rules  []compiledRule[L, A]
	groups []compiledGroup[L, A]
	bands  []Band
}

// compiledGroup is a compiled [Group].
type compiledGroup[L, A any] struct {
	name   string
	limits limits
	rules  []compiledRule[L, A]
}

// limits are bounds of a sum; a nil one is none.
type limits struct{ minimum, maximum *Points }

// Compile checks a model against the host's types and gives a scorer. The lead's
// type L is a struct, not a pointer to one, or a map such as [Record]. So is the
// activity's type A, whose field At of type time.Time dates it; A is struct{}
// where there are no activities. Every mistake is reported, each an *[Error].
func Compile[L, A any](m Model, options ...Option) (*Scorer[L, A], error) {
	c := &checker[L, A]{scorer: &Scorer[L, A]{name: m.Name, version: m.Version}, contributions: map[contribution][]int64{}}
	for _, option := range options {
		option(&c.settings)
	}
	c.model(m)
	if len(c.errs) > 0 {
		return nil, errors.Join(c.errs...)
	}
	c.scorer.set = c.scorer.compiler.Set(c.leads, c.eaches)
	c.scorer.totals = c.scorer.total(len(c.leads))
	c.scorer.fingerprint = fingerprintOf(m, c.scorer.compiler.Types())
	return c.scorer, nil
}

// MustCompile is [Compile] for models that are part of the program: it panics
// where Compile gives an error.
func MustCompile[L, A any](m Model, options ...Option) *Scorer[L, A] {
	s, err := Compile[L, A](m, options...)
	if err != nil {
		panic(err)
	}
	return s
}

// Option configures [Compile].
type Option func(*settings)

// settings are what options say.
type settings struct {
	zones func(string) (*time.Location, error)
}

// Zones gives the loader of time zones, such as time.LoadLocation or a map of the
// host's own. A model with a [Model.Zone] other than UTC needs it. Results can be
// repeated as far as the loader gives the same zones.
func Zones(load func(name string) (*time.Location, error)) Option {
	return func(s *settings) { s.zones = load }
}

// checker collects the mistakes of a model while it compiles it.
type checker[L, A any] struct {
	settings
	scorer             *Scorer[L, A]
	halfLives, linears map[Duration]*decay
	contributions      map[contribution][]int64
	contributed        int // ages in contributions
	leads, eaches      []*rule.Condition[L, A]
	errs               []error
}

func (c *checker[L, A]) refuse(path, format string, args ...any) {
	c.errs = append(c.errs, &Error{Path: path, Message: fmt.Sprintf(format, args...)})
}

func (c *checker[L, A]) model(m Model) {
	switch {
	case m.Schema > Schema:
		c.refuse("schema", "the model is of schema %d, this version knows up to %d: update the library", m.Schema, Schema)
	case m.Schema < 1:
		c.refuse("schema", "a model names its schema: write %d", Schema)
	}
	if m.Name == "" {
		c.refuse("name", "the model needs a name")
	}
	if m.Version < 0 {
		c.refuse("version", "a version is 0 or more")
	}
	c.tick(m.Tick)
	c.location(m.Zone)
	c.scorer.limits = c.limits("", m.Minimum, m.Maximum)
	if !c.types(m) {
		return // without fields every rule would be wrong
	}
	if c.tooLarge(m) {
		return // before much work is done
	}
	if len(m.Dimensions) == 0 {
		c.refuse("dimensions", "the model needs at least one dimension")
	}
	names := map[string]bool{AllDimensions: true}
	for i, d := range m.Dimensions {
		path := fmt.Sprintf("dimensions[%d]", i)
		c.unique(path+".name", "dimension", d.Name, names)
		if strings.Contains(d.Name, "/") {
			c.refuse(path+".name", "a dimension's name has no /, which parts it from a rule's in Hits")
		}
		c.dimension(path, i, d)
	}
	if m.Grade != nil {
		c.grade(m)
	}
	c.thresholds(m)
	c.disqualifiers(m)
	c.calibration(m.Calibration)
}

// tooLarge tells whether the model has more than the package takes.
func (c *checker[L, A]) tooLarge(m Model) bool {
	before, rules := len(c.errs), len(m.Disqualifiers)
	for _, d := range m.Dimensions {
		rules += len(d.Rules)
		for _, g := range d.Groups {
			rules += len(g.Rules)
		}
	}
	if rules > MaxRules {
		c.refuse("dimensions", "the model has %d rules and disqualifiers, at most %d are allowed", rules, MaxRules)
	}
	if len(m.Dimensions) > MaxDimensions {
		c.refuse("dimensions", "the model has %d dimensions, at most %d are allowed", len(m.Dimensions), MaxDimensions)
	}
	return len(c.errs) > before
}

func (c *checker[L, A]) tick(d Duration) {
	if d == 0 || !c.span("tick", "a tick", "24h", d) {
		d = Day
	}
	c.scorer.tick = int64(seconds(d))
}

// location finds the zone in which windows count days.
func (c *checker[L, A]) location(name string) {
	c.scorer.zone = time.UTC
	switch {
	case name == "" || name == "UTC":
	case name == "Local":
		c.refuse("zone", `"Local" is another zone on each machine: name it, such as "Europe/Berlin"`)
	case c.zones == nil:
		c.refuse("zone", "there is no loader for the zone %q: compile with Zones, such as Zones(time.LoadLocation)", name)
	default:
		zone, err := c.zones(name)
		switch {
		case err != nil:
			c.refuse("zone", "the loader does not know %q: %v", name, err)
		case zone == nil:
			c.refuse("zone", "the loader gave nothing for %q", name)
		default:
			c.scorer.zone = zone
		}
	}
}

// types reads the host's types; false if rules can't be checked against them.
func (c *checker[L, A]) types(m Model) bool {
	before := len(c.errs)
	lead := c.fields("fields", m.Fields)
	activity := c.fields("activity_fields", m.ActivityFields)
	if len(c.errs) > before {
		return false
	}
	compiler, err := rule.NewCompiler[L, A](rule.LeadFields(lead), rule.ActivityFields(activity), rule.Dated())
	if err != nil {
		c.refuse("", "%s", err)
		return false
	}
	c.scorer.compiler = compiler
	c.scorer.dateless = !compiler.HasActivities()
	return true
}

var fieldTypes = map[FieldType]rule.Type{
	Text: rule.Text, Integer: rule.Integer, Number: rule.Number, Boolean: rule.Boolean, Time: rule.Time, Texts: rule.Texts,
}

func (c *checker[L, A]) fields(path string, declared map[string]FieldType) rule.Fields {
	fields := rule.Fields{}
	for _, name := range sortedKeys(declared) {
		t, ok := fieldTypes[declared[name]]
		if !ok {
			c.refuse(path+"."+name, "unknown type %q%s", declared[name], meant(declared[name], Text, Integer, Number, Boolean, Time, Texts))
		}
		fields[name] = t
	}
	return fields
}

// meant words a suggestion for an unknown word, or lists the known ones.
func meant[S ~string](word S, known ...S) string {
	if s := document.DidYouMean(word, known); s != "" {
		return s
	}
	list := string(known[0])
	for i, k := range known[1:] {
		if i+2 == len(known) {
			list += " or " + string(k)
		} else {
			list += ", " + string(k)
		}
	}
	return ": write " + list
}

// unique checks a name and remembers it.
func (c *checker[L, A]) unique(path, what, name string, names map[string]bool) {
	switch {
	case name == "":
		c.refuse(path, "the %s needs a name", what)
	case names[name]:
		c.refuse(path, "the name %q is taken: give each %s its own", name, what)
	}
	names[name] = true
}

func (c *checker[L, A]) limits(path string, minimum, maximum *Points) limits {
	if path != "" {
		path += "."
	}
	c.points(path+"minimum", minimum)
	c.points(path+"maximum", maximum)
	if minimum != nil && maximum != nil && *minimum > *maximum {
		c.refuse(path+"minimum", "the minimum %s is above the maximum %s", *minimum, *maximum)
	}
	return limits{clone(minimum), clone(maximum)}
}

func (c *checker[L, A]) points(path string, p *Points) {
	if p != nil && (*p > MaxPoints || *p < -MaxPoints) {
		c.refuse(path, "%s points are out of range: at most %s up or down", *p, MaxPoints)
	}
}

func clone(p *Points) *Points {
	if p == nil {
		return nil
	}
	return new(*p)
}

func (c *checker[L, A]) dimension(path string, index int, d Dimension) {
	compiled := compiledDimension[L, A]{name: d.Name, limits: c.limits(path, d.Minimum, d.Maximum)}
	names, groups := map[string]bool{}, map[string]bool{}
	compiled.rules = c.list(path, place{dimension: index}, d.Rules, names)
	for i, g := range d.Groups {
		at := fmt.Sprintf("%s.groups[%d]", path, i)
		c.unique(at+".name", "group", g.Name, groups)
		compiled.groups = append(compiled.groups, compiledGroup[L, A]{
			name:   g.Name,
			limits: c.limitsAroundZero(at, "group", g.Minimum, g.Maximum),
			rules:  c.list(at, place{index, true}, g.Rules, names),
		})
	}
	compiled.bands = c.bands(path, d)
	c.scorer.dimensions = append(c.scorer.dimensions, compiled)
}

// limitsAroundZero are those of what gives 0 where nothing matches.
func (c *checker[L, A]) limitsAroundZero(path, what string, minimum, maximum *Points) limits {
	compiled := c.limits(path, minimum, maximum)
	if minimum != nil && *minimum > 0 {
		c.refuse(path+".minimum", "a %s's minimum is at most 0, for without a match it gives 0", what)
	}
	if maximum != nil && *maximum < 0 {
		c.refuse(path+".maximum", "a %s's maximum is at least 0, for without a match it gives 0", what)
	}
	return compiled
}

// text reports the mistakes in a rule's text.
func (c *checker[L, A]) text(path string, err error) {
	for _, mistake := range rule.Mistakes(err) {
		c.errs = append(c.errs, &Error{Path: path, Line: mistake.Line, Column: mistake.Column, Message: mistake.Message})
	}
}
