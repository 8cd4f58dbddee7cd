package rule_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"

	"github.com/leadloop/leadloop/internal/rule"
)

// The engine decides as the expression language's machine does, condition by
// condition: what holds and what fails. And where a text means the same to the
// bare language, over types that need no conversion, it says the same too.

// bench holds what is compared: conditions in text, compiled.
type bench[L, A any] struct {
	compiler *rule.Compiler[L, A]
	leads    []*rule.Condition[L, A]
	guards   []*rule.Condition[L, A] // the same, each by itself
	eaches   []*rule.Condition[L, A]
	texts    [2][]string // of leads, of eaches
	refused  int         // texts that do not compile
}

func newBench[L, A any](t testing.TB, options ...rule.Option) *bench[L, A] {
	t.Helper()
	c, err := rule.NewCompiler[L, A](options...)
	if err != nil {
		t.Fatal(err)
	}
	return &bench[L, A]{compiler: c}
}

func (b *bench[L, A]) lead(text string) bool {
	c, err := b.compiler.LeadCondition(text)
	if err != nil {
		b.refused++
		return false
	}
	guard, err := b.compiler.LeadGuard(text)
	if err != nil {
		panic(err) // it has just been compiled
	}
	b.leads, b.guards, b.texts[0] = append(b.leads, c), append(b.guards, guard), append(b.texts[0], text)
	return true
}

func (b *bench[L, A]) each(text string) bool {
	c, err := b.compiler.ActivityCondition(text)
	if err != nil {
		b.refused++
		return false
	}
	b.eaches, b.texts[1] = append(b.eaches, c), append(b.texts[1], text)
	return true
}

// covered counts the conditions that the engine decides.
func (b *bench[L, A]) covered() (n int) {
	leads, eaches := b.compiler.Set(b.leads, b.eaches).Coverage()
	for _, why := range append(leads, eaches...) {
		if why == "" {
			n++
		}
	}
	return n
}

// answer is what is known of one condition and one subject.
type answer byte

const (
	no answer = iota
	yes
	fails
)

func (a answer) String() string { return [...]string{"does not hold", "holds", "fails"}[a] }

func answerTo(value any, err error) answer {
	ok, isBool := value.(bool)
	switch {
	case err != nil || !isBool:
		return fails
	case ok:
		return yes
	}
	return no
}

// findings are the answers to all conditions: of the lead, and of each activity that counts.
type findings struct {
	lead   []answer
	each   [][]answer // by activity, then by condition
	counts []int
}

// reference asks the language's machine, one condition at a time.
func (b *bench[L, A]) reference(t testing.TB, subject *rule.Subject[L, A], counts []int) findings {
	run, err := b.compiler.Begin(subject)
	if err != nil {
		t.Fatal(err)
	}
	defer run.End()
	f := findings{counts: counts}
	for i, c := range b.leads {
		value, err := c.Evaluate(run, 0)
		f.lead = append(f.lead, answerTo(value, err))
		for _, condition := range []*rule.Condition[L, A]{c, b.guards[i]} {
			ok, trueErr := condition.True(run, 0)
			if got := answerTo(ok, trueErr); got != f.lead[i] || err != nil && err.Error() != trueErr.Error() {
				t.Errorf("True of %s: %s, %v, want %s, %v", b.texts[0][i], got, trueErr, f.lead[i], err)
			}
		}
	}
	for _, activity := range counts {
		var answers []answer
		for _, c := range b.eaches {
			answers = append(answers, answerTo(c.Evaluate(run, activity)))
		}
		f.each = append(f.each, answers)
	}
	return f
}

// decided reads what a run decided about the set, or says what is wrong with it.
func decided[L, A any](run *rule.Run[L, A], leads, eaches int, counts []int) (f findings, wrong string) {
	f.counts = counts
	holds, failed := run.Holds(), run.Failed()
	if words := (leads + 63) / 64; len(holds) != words || len(failed) != words {
		return f, fmt.Sprintf("%d and %d words for %d conditions", len(holds), len(failed), leads)
	}
	for i := range 64 * len(holds) {
		held, failed := holds[i/64]>>(i%64)&1 == 1, failed[i/64]>>(i%64)&1 == 1
		switch {
		case held && failed:
			return f, fmt.Sprintf("condition %d both holds and fails", i)
		case i >= leads && (held || failed):
			return f, fmt.Sprintf("condition %d of %d is decided", i, leads)
		case i >= leads:
		case held:
			f.lead = append(f.lead, yes)
		case failed:
			f.lead = append(f.lead, fails)
		default:
			f.lead = append(f.lead, no)
		}
	}
	matches, failing := run.Matches(), run.Failing()
	for _, activity := range counts {
		answers := make([]answer, eaches)
		for i := range answers {
			at := rule.Match{Each: int32(i), Activity: int32(activity)}
			if len(matches) > 0 && matches[0] == at {
				answers[i], matches = yes, matches[1:]
			}
			if len(failing) > 0 && failing[0] == at {
				answers[i], failing = fails, failing[1:]
			}
		}
		f.each = append(f.each, answers)
	}
	if len(matches) > 0 || len(failing) > 0 {
		wrong = fmt.Sprintf("left over, of a wrong activity or in a wrong order: matches %v, failing %v", matches, failing)
	}
	return f, wrong
}

// compare decides the set over the subject, twice in one run, and reports where
// that is not what the machine says.
func (b *bench[L, A]) compare(t testing.TB, subject *rule.Subject[L, A], counts []int) findings {
	t.Helper()
	want := b.reference(t, subject, counts)
	set := b.compiler.Set(b.leads, b.eaches)
	run, err := b.compiler.Begin(subject)
	if err != nil {
		t.Fatal(err)
	}
	defer run.End()
	for range 2 {
		run.Decide(set)
		got, wrong := decided(run, len(b.leads), len(b.eaches), counts)
		if wrong != "" {
			t.Errorf("%s\nset: %q", wrong, b.texts)
			return want
		}
		if b.differ(t, want, got, subject) {
			return want
		}
	}
	return want
}

func (b *bench[L, A]) differ(t testing.TB, want, got findings, subject *rule.Subject[L, A]) bool {
	t.Helper()
	for i := range want.lead {
		if want.lead[i] != got.lead[i] {
			t.Errorf("lead condition %d of %d: %s\n%s, want that it %s (alone it %s)\nlead: %s\nactivities: %s\nnow: %v", i, len(want.lead), b.texts[0][i],
				got.lead[i], want.lead[i], b.alone(subject, i), dump(subject.Lead), dump(subject.Activities), subject.Now)
			return true
		}
	}
	for n, activity := range want.counts {
		for i := range want.each[n] {
			if want.each[n][i] != got.each[n][i] {
				t.Errorf("activity condition %d of %d: %s\n%s, want that it %s\nactivity %d: %s\nlead: %s\nnow: %v", i, len(want.each[n]), b.texts[1][i],
					got.each[n][i], want.each[n][i], activity, dump(subject.Activities[activity]), dump(subject.Lead), subject.Now)
				return true
			}
		}
	}
	return false
}

// alone decides one condition in a set of its own.
func (b *bench[L, A]) alone(subject *rule.Subject[L, A], i int) answer {
	run, err := b.compiler.Begin(subject)
	if err != nil {
		return fails
	}
	defer run.End()
	run.Decide(b.compiler.Set(b.leads[i:i+1], nil))
	switch {
	case run.Failed()[0] == 1:
		return fails
	case run.Holds()[0] == 1:
		return yes
	}
	return no
}

// dump writes a value with what its pointers point to.
func dump(value any) string {
	v := reflect.ValueOf(value)
	switch {
	case !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil():
		return "nil"
	case v.Type() == reflect.TypeFor[time.Time]():
		return value.(time.Time).String()
	case v.Kind() == reflect.Pointer:
		return "&" + dump(v.Elem().Interface())
	case v.Kind() == reflect.Struct:
		var fields []string
		for f, x := range v.Fields() {
			if !x.IsZero() && x.CanInterface() {
				fields = append(fields, f.Name+":"+dump(x.Interface()))
			}
		}
		return "{" + strings.Join(fields, " ") + "}"
	case v.Kind() == reflect.Slice && !v.IsNil() && v.Type().Elem().Kind() != reflect.Uint8:
		var items []string
		for i := range v.Len() {
			items = append(items, dump(v.Index(i).Interface()))
		}
		return "[" + strings.Join(items, ", ") + "]"
	}
	return fmt.Sprintf("%#v", value)
}

// bare is what the expression language alone makes of a text: it sees a type of
// which the rules know nothing.
type bare struct {
	machine vm.VM
	program *vm.Program
}

type (
	onBareHost struct {
		*plainHost
		Lead       *plainHost
		Activities []*plainDeed
		Now        time.Time
	}
	onBareDeed struct {
		*plainDeed
		Lead *plainHost
		Now  time.Time
	}
)

func compileBare(text string, environment any) *bare {
	// What rules convert and the bare language does not: its own int, weekdays, pointers
	// to named types, and the least of a named type, of which the language does not know the type.
	for _, converted := range []string{"int(", "min(", "max(", "Weekday", "Said", "Floor", "Grade", "Sort"} {
		if strings.Contains(text, converted) {
			return nil
		}
	}
	program, err := expr.Compile(text, expr.Env(environment), expr.Optimize(false))
	if err != nil {
		return nil
	}
	return &bare{program: program}
}

func (b *bare) answer(environment any) answer {
	value, err := b.machine.Run(b.program, environment)
	return answerTo(value, err)
}

// tally counts answers, so that a test knows that it tests something.
type tally struct {
	texts, refused, bare, asked, covered int
	answers                              [3]int
}

func (c *tally) add(f findings) {
	for _, a := range f.lead {
		c.answers[a]++
	}
	for _, answers := range f.each {
		for _, a := range answers {
			c.answers[a]++
		}
	}
	c.asked = c.answers[no] + c.answers[yes] + c.answers[fails]
}

// decideCase is one case of the differential test: conditions and subjects by the dice.
func decideCase(t testing.TB, d *dice, extra []string, count *tally) {
	t.Helper()
	var options []rule.Option
	dated := d.chance(70)
	if dated {
		options = append(options, rule.Dated())
	}
	b := newBench[host, deed](t, options...)
	var bareLeads, bareEaches []*bare
	addLead := func(text string) {
		if b.lead(rulesWay.Replace(text)) {
			bareLeads = append(bareLeads, compileBare(plainWay.Replace(text), onBareHost{}))
		}
	}
	addEach := func(text string) {
		if b.each(text) {
			bareEaches = append(bareEaches, compileBare(text, onBareDeed{}))
		}
	}
	for _, text := range extra { // of which the bare language may think otherwise
		if b.lead(text) {
			bareLeads = append(bareLeads, nil)
		}
		if b.each(text) {
			bareEaches = append(bareEaches, nil)
		}
	}
	lead, each := onHost, onDeed
	if d.chance(50) {
		ofLead, ofEach := hostNames.narrow(d), deedNames.narrow(d)
		lead = &place{names: ofLead, each: ofEach}
		each = &place{names: ofEach, outer: &place{names: ofLead, prefix: "Lead."}}
	}
	only := 0
	if d.chance(30) {
		only = 1 + d.below(forms)
	}
	for range choose(d, []int{1, 4, 8, 16, 8, 16, 70, 140}) {
		a := author{&dice{left: take(d, 40)}, only}
		switch {
		case a.chance(5) && len(b.leads) > 0: // twice in a set
			b.leads, b.guards, b.texts[0] = append(b.leads, b.leads[0]), append(b.guards, b.guards[0]), append(b.texts[0], b.texts[0][0])
			bareLeads = append(bareLeads, bareLeads[0])
		case a.chance(65):
			addLead(a.truth(lead, a.below(3)))
		default:
			addEach(a.truth(each, a.below(3)))
		}
	}
	count.texts, count.refused = count.texts+len(b.leads)+len(b.eaches), count.refused+b.refused
	count.covered += b.covered()
	for range 3 {
		s := sceneFrom(d)
		counts := s.all
		if dated {
			counts = s.dated
		}
		found := b.compare(t, &s.subject, counts)
		count.add(found)
		environment := onBareHost{plainHost: s.plain.Lead, Lead: s.plain.Lead, Now: s.plain.Now}
		for _, activity := range counts {
			environment.Activities = append(environment.Activities, &s.plain.Activities[activity])
		}
		for i, want := range found.lead {
			if bareLeads[i] == nil {
				continue
			}
			count.bare++
			if got := bareLeads[i].answer(environment); got != want {
				t.Errorf("%s: to the bare language it %s, to rules it %s\nlead: %s\nactivities: %s\nnow: %v", b.texts[0][i], got, want, dump(s.subject.Lead), dump(s.subject.Activities), s.subject.Now)
			}
		}
		for n, activity := range counts {
			for i, want := range found.each[n] {
				if bareEaches[i] == nil {
					continue
				}
				count.bare++
				got := bareEaches[i].answer(onBareDeed{&s.plain.Activities[activity], s.plain.Lead, s.plain.Now})
				if got != want {
					t.Errorf("%s: to the bare language it %s, to rules it %s\nactivity: %s\nlead: %s\nnow: %v", b.texts[1][i], got, want, dump(s.subject.Activities[activity]), dump(s.subject.Lead), s.subject.Now)
				}
			}
		}
		if t.Failed() {
			return
		}
	}
}

// diceOf gives the choices of a seeded case.
func diceOf(seed uint64) *dice {
	r := rand.New(rand.NewPCG(seed, 1))
	d := &dice{left: make([]byte, 8000)}
	for i := range d.left {
		d.left[i] = byte(r.Uint32())
	}
	return d
}

func TestDecideRandom(t *testing.T) {
	var count tally
	cases := 150
	if testing.Short() {
		cases = 30
	}
	for seed := range cases {
		decideCase(t, diceOf(uint64(seed)), nil, &count)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	count.tells(t)
}

// tells fails the test if hardly anything holds, fails or is compared.
func (c *tally) tells(t *testing.T) {
	t.Helper()
	share := func(n, of int) int { return 100 * n / max(of, 1) }
	t.Logf("%d texts, %d more are refused; %d %% are decided by the engine; %d answers: %d %% hold, %d %% fail; the bare language agrees on %d", c.texts, c.refused,
		share(c.covered, c.texts), c.asked, share(c.answers[yes], c.asked), share(c.answers[fails], c.asked), c.bare)
	if share(c.refused, c.texts+c.refused) > 25 || share(c.answers[yes], c.asked) < 15 || share(c.answers[fails], c.asked) < 5 ||
		share(c.answers[no], c.asked) < 15 || share(c.bare, c.asked) < 25 {
		t.Error("the mix is no longer telling")
	}
}

// One set serves many goroutines; run with -race.
func TestDecideConcurrently(t *testing.T) {
	b := newBench[host, deed](t, rule.Dated())
	d := diceOf(99)
	for range 60 {
		a := author{dice: &dice{left: take(d, 40)}}
		b.lead(rulesWay.Replace(a.truth(onHost, 2)))
		b.each(a.truth(onDeed, 1))
	}
	set := b.compiler.Set(b.leads, b.eaches)
	var group sync.WaitGroup
	for i := range uint64(4) {
		group.Go(func() {
			d := diceOf(i)
			for range 15 {
				s := sceneFrom(d)
				want := b.reference(t, &s.subject, s.dated)
				run, err := b.compiler.Begin(&s.subject)
				if err != nil {
					t.Error(err)
					return
				}
				run.Decide(set)
				got, wrong := decided(run, len(b.leads), len(b.eaches), s.dated)
				if wrong != "" {
					t.Error(wrong)
				} else {
					b.differ(t, want, got, &s.subject)
				}
				run.End()
			}
		})
	}
	group.Wait()
}
