package scoring

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/leadloop/leadloop/internal/rule"
)

// Scorer is a compiled model. It never changes and is safe for concurrent use.
// Make one with [Compile]; the zero Scorer is not usable.
type Scorer[L, A any] struct {
	name       string
	version    int
	compiler   *rule.Compiler[L, A]
	set        *rule.Set[L, A]
	dateless   bool  // the activity type has no fields: there are no activities
	tick       int64 // seconds
	dimensions []compiledDimension[L, A]
	total      limits
	grade      *grade
	scratch    sync.Pool // of *work
}

// compiledDimension is a compiled [Dimension].
type compiledDimension[L, A any] struct {
	name   string
	limits limits
	rules  []compiledRule[L, A]
	bands  []Band
}

// compiledRule is a compiled [Rule].
type compiledRule[L, A any] struct {
	name      string
	condition *rule.Condition[L, A]
	index     int // of the condition in the set, among those on the lead or those on activities
	points    int64
	value     *rule.Value[L, A] // instead of points, if not nil
	each      bool
	once      bool
	decay     *decay // nil if points do not decay
	limits    limits
}

// limits are bounds of a sum; a nil one is none.
type limits struct{ minimum, maximum *Points }

// Compile checks a model against the host's types and gives a scorer. The lead's
// type L is a struct, not a pointer to one, or a map such as [Record]. So is the
// activity's type A, whose field At of type time.Time dates it; A is struct{}
// where there are no activities. Every mistake is reported, each an *[Error].
func Compile[L, A any](m Model, options ...Option) (*Scorer[L, A], error) {
	c := &checker[L, A]{scorer: &Scorer[L, A]{name: m.Name, version: m.Version}}
	for _, option := range options {
		option(&c.settings)
	}
	c.model(m)
	if len(c.errs) > 0 {
		return nil, errors.Join(c.errs...)
	}
	c.scorer.set = c.scorer.compiler.Set(c.leads, c.eaches)
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
	scorer *Scorer[L, A]
	decays map[Duration]*decay
	rules  int
	leads  []*rule.Condition[L, A]
	eaches []*rule.Condition[L, A]
	errs   []error
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
	c.scorer.total = c.limits("", m.Minimum, m.Maximum)
	if !c.types(m) {
		return // without fields every rule would be wrong
	}
	if len(m.Dimensions) == 0 {
		c.refuse("dimensions", "the model needs at least one dimension")
	}
	c.decays = map[Duration]*decay{}
	names := map[string]bool{AllDimensions: true}
	for i, d := range m.Dimensions {
		path := fmt.Sprintf("dimensions[%d]", i)
		c.unique(path+".name", "dimension", d.Name, names)
		if strings.Contains(d.Name, "/") {
			c.refuse(path+".name", "a dimension's name has no /, which parts it from a rule's in Hits")
		}
		c.dimension(path, d)
	}
	if c.rules > MaxRules {
		c.refuse("dimensions", "the model has %d rules, at most %d are allowed", c.rules, MaxRules)
	}
	if m.Grade != nil {
		c.grade(m)
	}
}

func (c *checker[L, A]) tick(d Duration) {
	if d == 0 {
		d = Day
	}
	if d < 0 || time.Duration(d)%time.Second != 0 {
		c.refuse("tick", `a tick is a span of whole seconds above 0, such as "24h"`)
		d = Day
	}
	c.scorer.tick = int64(time.Duration(d) / time.Second)
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
			c.refuse(path+"."+name, "unknown type %q: write text, integer, number, boolean, time or texts", declared[name])
		}
		fields[name] = t
	}
	return fields
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

func (c *checker[L, A]) dimension(path string, d Dimension) {
	compiled := compiledDimension[L, A]{name: d.Name, limits: c.limits(path, d.Minimum, d.Maximum)}
	names := map[string]bool{}
	for i, r := range d.Rules {
		at := fmt.Sprintf("%s.rules[%d]", path, i)
		c.unique(at+".name", "rule", r.Name, names)
		compiled.rules = append(compiled.rules, c.rule(at, r))
		c.rules++
	}
	compiled.bands = c.bands(path, d)
	c.scorer.dimensions = append(c.scorer.dimensions, compiled)
}

func (c *checker[L, A]) rule(path string, r Rule) compiledRule[L, A] {
	compiled := compiledRule[L, A]{name: r.Name, points: int64(r.Points), each: r.Each != "", once: r.Repeat == Once}
	compiled.limits = c.limits(path, r.Minimum, r.Maximum)
	if r.Minimum != nil && *r.Minimum > 0 {
		c.refuse(path+".minimum", "a rule's minimum is at most 0, for a rule that does not match gives 0")
	}
	if r.Maximum != nil && *r.Maximum < 0 {
		c.refuse(path+".maximum", "a rule's maximum is at least 0, for a rule that does not match gives 0")
	}
	c.points(path+".points", &r.Points)
	if r.PointsExpression != "" && r.Points != 0 {
		c.refuse(path+".points", "the rule has points and points_expression: keep one")
	}
	switch {
	case r.When != "" && r.Each != "":
		c.refuse(path, "the rule has when and each: keep one")
		return compiled
	case r.When == "" && r.Each == "":
		c.refuse(path, "the rule needs a condition: when, on the lead, or each, on one activity")
		return compiled
	}
	c.repeats(path, r, &compiled)
	var err error
	if compiled.each {
		compiled.condition, err = c.scorer.compiler.ActivityCondition(r.Each)
		c.text(path+".each", err)
		compiled.index = len(c.eaches)
		c.eaches = append(c.eaches, compiled.condition)
	} else {
		compiled.condition, err = c.scorer.compiler.LeadCondition(r.When)
		c.text(path+".when", err)
		compiled.index = len(c.leads)
		c.leads = append(c.leads, compiled.condition)
	}
	if r.PointsExpression != "" {
		if compiled.each {
			compiled.value, err = c.scorer.compiler.ActivityPoints(r.PointsExpression)
		} else {
			compiled.value, err = c.scorer.compiler.LeadPoints(r.PointsExpression)
		}
		c.text(path+".points_expression", err)
	}
	return compiled
}

func (c *checker[L, A]) repeats(path string, r Rule, compiled *compiledRule[L, A]) {
	switch r.Repeat {
	case "", Every, Once:
	default:
		c.refuse(path+".repeat", "unknown repeat %q: write every or once", r.Repeat)
	}
	if r.When != "" && r.Repeat != "" {
		c.refuse(path+".repeat", "a rule on the lead matches once: repeat belongs to each")
	}
	if r.When != "" && r.HalfLife != 0 {
		c.refuse(path+".half_life", "a rule on the lead has no date and can't decay: half_life belongs to each")
	}
	if r.HalfLife == 0 {
		return
	}
	if r.HalfLife < 0 || time.Duration(r.HalfLife)%time.Second != 0 {
		c.refuse(path+".half_life", `a half-life is a span of whole seconds above 0, such as "14d"`)
		return
	}
	if c.decays[r.HalfLife] == nil {
		c.decays[r.HalfLife] = newDecay(uint64(c.scorer.tick), uint64(time.Duration(r.HalfLife)/time.Second))
	}
	compiled.decay = c.decays[r.HalfLife]
}

// text reports the mistakes in a rule's text.
func (c *checker[L, A]) text(path string, err error) {
	for _, mistake := range rule.Mistakes(err) {
		c.errs = append(c.errs, &Error{Path: path, Line: mistake.Line, Column: mistake.Column, Message: mistake.Message})
	}
}
