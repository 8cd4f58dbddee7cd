package funneltest_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/funnel/funneltest"
)

// recorder is a test whose failures are kept.
type recorder struct {
	testing.TB
	said  []string
	fatal bool
}

func (r *recorder) Helper() {}

func (r *recorder) Errorf(format string, values ...any) {
	r.said = append(r.said, fmt.Sprintf(format, values...))
}

func (r *recorder) Fatalf(format string, values ...any) {
	r.Errorf(format, values...)
	r.fatal = true
	panic(r)
}

// failing runs an assertion that is expected to fail.
func failing(t *testing.T, assert func(t testing.TB)) *recorder {
	t.Helper()
	r := &recorder{TB: t}
	func() {
		defer func() {
			if e := recover(); e != nil && e != any(r) {
				panic(e)
			}
		}()
		assert(r)
	}()
	if len(r.said) == 0 {
		t.Error("the assertion does not fail")
	}
	return r
}

func mentions(t *testing.T, r *recorder, texts ...string) {
	t.Helper()
	all := strings.Join(r.said, "\n")
	for _, text := range texts {
		text = strings.TrimLeft(text, "-+|")
		if !strings.Contains(all, text) {
			t.Errorf("does not say %q:\n%s", text, all)
		}
	}
}

func TestShop(t *testing.T) {
	shop().Run(t)
	shop().Covers(t)
	shop().Notices(t)
}

// Somebody lets sales have leads of any grade, and forgets to tell.
func TestRunShowsDifferences(t *testing.T) {
	suite := shop()
	suite.Definition.Edges[0].When = ""
	mentions(t, failing(t, suite.Run), "agreement:\n", `-|2026-01-05  invite     → refused: a guard said no: "Grade == \"A\""`, "+|2026-01-05  invite     → demo")
}

// A thin suite walks the straight way only. What it would not notice is named.
func TestThinSuite(t *testing.T) {
	suite := shop()
	suite.Checks = []funneltest.Check{funneltest.Scenarios("thin", `

Who is invited may buy.
lead good
2026-01-07  start    → new
2026-01-07  invite   → demo
2026-01-08  buy      → won
`)}
	m, err := suite.Mutants()
	if err != nil {
		t.Fatal(err)
	}
	if m.All != m.Refused+m.Noticed+m.Equivalent+len(m.Survivors) {
		t.Errorf("the parts do not sum: %v", m)
	}
	for _, name := range []string{
		`edge dropped: nurture return`,
		`edge added: new buy`,
		`edge added: nurture postpone`,
		`guard removed: new invite asks consent`,
		`guard removed: new invite asks "Grade == \"A\""`,
		`release removed: nurture return`,
		`release changed: nurture return to manual`,
		`reason before contact: no_budget`,
		`wait lengthened: no_budget`,
		`wait dropped: no_budget`,
		`re-entry changed: no_budget to never`,
		`cap lifted: 2 rounds`,
		`cap raised: 2 rounds`,
		`cap lowered: 2 rounds`,
	} {
		if name == `reason before contact: no_budget` { // no edge of this policy asks: the same policy
			if slices.Contains(m.Survivors, name) {
				t.Errorf("survives, though no answer differs: %s", name)
			}
			continue
		}
		if !slices.Contains(m.Survivors, name) {
			t.Errorf("does not survive: %s\n%v", name, m)
		}
	}
	for _, name := range []string{`edge dropped: new invite`, `edge dropped: demo buy`, `edge redirected: new invite to won`,
		`guard negated: new invite asks consent`, `start moved: to demo`} {
		if slices.Contains(m.Survivors, name) {
			t.Errorf("survives, though a step of the script tells: %s", name)
		}
	}
	mentions(t, failing(t, suite.Notices), "survives: cap lifted: 2 rounds")

	c, err := suite.Coverage()
	if err != nil {
		t.Fatal(err)
	}
	want := funneltest.Coverage{
		Edges:   funneltest.Share{Touched: 2, All: 4, Missing: []string{"nurture return", "demo postpone (recycle)"}},
		Guards:  funneltest.Share{Touched: 2, All: 4, Missing: []string{"new invite: consent says no", `new invite: "Grade == \"A\"" says no`}},
		Reasons: funneltest.Share{Touched: 0, All: 1, Missing: []string{"reason no_budget"}},
	}
	if fmt.Sprint(c) != fmt.Sprint(want) {
		t.Errorf("coverage: %v\nwant %v", c, want)
	}
	mentions(t, failing(t, suite.Covers), "not touched: reason no_budget")
}

// rich has something for each operator to change.
func rich() funneltest.Suite[Lead] {
	suite := shop()
	d := &suite.Definition
	d.Stages[1].Limits = []funnel.TimeLimit{{After: 3, Unit: funnel.UnitDays, Remind: "sales"}}
	d.Returns[0].Dispositions = append(d.Returns[0].Dispositions, funnel.DispositionReview)
	d.Returns[0].Guards, d.Returns[0].When = []string{"consent"}, `Grade != "C"`
	d.Reasons = append(d.Reasons, funnel.ReasonDefinition{
		Code: "later", Class: funnel.ClassQualification, Disposition: funnel.DispositionReview, AtFault: funnel.SideNone,
		Fields:  []funnel.Field{{Name: "on", Type: funnel.FieldDate}, {Name: "who", Type: funnel.FieldID, Optional: true}},
		ReEntry: funnel.ReEntry{When: funnel.WhenField, Needs: funnel.NeedsNone, Field: "on", LeadDays: 7},
	})
	return suite
}

// Each operator that the documentation lists changes something, and no other does.
func TestOperatorsAreDocumented(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(doc), "The operators:")
	list, _, _ = strings.Cut(list, "What a policy only carries")
	var documented []string
	for _, m := range regexp.MustCompile(`(?m)^//\t([a-z -]+?)(?:, ([a-z -]+?))?(?:, ([a-z -]+?))?(?:  +\w|$)`).FindAllStringSubmatch(list, -1) {
		for _, name := range m[1:] {
			if name != "" {
				documented = append(documented, name)
			}
		}
	}
	var seen []string
	for _, name := range funneltest.MutantNames(rich().Definition) {
		operator, _, _ := strings.Cut(name, ":")
		if !slices.Contains(seen, operator) {
			seen = append(seen, operator)
		}
	}
	for _, name := range documented {
		if !slices.Contains(seen, name) {
			t.Errorf("the operator %q changes nothing", name)
		}
	}
	for _, name := range seen {
		if !slices.Contains(documented, name) {
			t.Errorf("the operator %q is not documented in %q", name, documented)
		}
	}
}

func TestSuitesThatCanNotBeRun(t *testing.T) {
	scenario := func(text string) funneltest.Check { return funneltest.Scenarios("text", text) }
	for _, c := range []struct {
		name  string
		check funneltest.Check
		want  string
	}{
		{"empty check", funneltest.Check{}, "checks[0]: is empty"},
		{"no file", funneltest.Script("testdata/none.txt"), "testdata/none.txt"},
		{"no golden file", funneltest.Matrix("testdata/none.txt"), "run the test once with -funneltest.update"},
		{"no step", scenario("# only a comment\n"), "text: holds no step"},
		{"no title", scenario("2026-01-05 start"), "text:1: the first line of a scenario says what it is about"},
		{"no lead yet", scenario("A title\n2026-01-05 invite"), "text:2: there is no lead yet"},
		{"no date", scenario("A title\ntomorrow start"), `text:2: "tomorrow" is no date`},
		{"no step before the arrow", scenario("A title\n→ new"), "text:2: there is no step before the arrow"},
		{"open quotation", scenario("A title\n2026-01-05 start at \"new"), "text:2: a quotation does not end"},
		{"too much", scenario("A title\n2026-01-05 start again"), `text:2: "again" is not understood here`},
		{"no round", scenario("A title\n2026-01-05 start round two"), `"two" is no number of a round`},
		{"stage missing", scenario("A title\n2026-01-05 start at"), "the stage after at is missing"},
		{"reason missing", scenario("A title\n2026-01-05 start\n2026-01-05 postpone because"), "text:3: the reason after because is missing"},
		{"field missing", scenario("A title\n2026-01-05 start\n2026-01-05 postpone because x with"), "text:3: the field is missing"},
		{"value missing", scenario("A title\n2026-01-05 start\n2026-01-05 postpone because x with a"), `the value of the field "a" is missing`},
		{"field twice", scenario("A title\n2026-01-05 start\n2026-01-05 postpone because x with a 1, a 2"), `the field "a" stands here twice`},
		{"unknown lead", scenario("A title\nlead rich\n2026-01-05 start"), `text:2: the suite has no lead "rich"`},
		{"misspelt stage", funneltest.Never("law", funneltest.To("wom")), `law: the definition has no stage "wom"`},
		{"misspelt event", funneltest.Always("law", funneltest.Not(funneltest.On("by"))), `law: the definition has no event "by"`},
		{"misspelt return", funneltest.Never("law", funneltest.By("delay")), `law: the definition has no return "delay"`},
		{"misspelt reason", funneltest.Never("law", funneltest.Both(funneltest.Because("price"))), `law: the definition has no reason "price"`},
		{"empty match", funneltest.Never("law", funneltest.Match{}), "law: a match is empty"},
	} {
		suite := shop()
		suite.Checks = []funneltest.Check{c.check}
		if _, err := suite.Failures(suite.Definition); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
		if _, err := suite.Coverage(); err == nil {
			t.Errorf("%s: the coverage has no error", c.name)
		}
		if _, err := suite.Mutants(); err == nil {
			t.Errorf("%s: the mutation has no error", c.name)
		}
		for _, assert := range []func(testing.TB){suite.Run, suite.Covers, suite.Notices} {
			if r := failing(t, assert); !r.fatal {
				t.Errorf("%s: not fatal: %q", c.name, r.said)
			}
		}
	}
	suite := shop()
	suite.Definition.Edges[0].To = "nowhere"
	if _, err := suite.Failures(shop().Definition); err == nil {
		t.Error("a definition that does not compile has no error")
	}
	if _, err := shop().Failures(suite.Definition); err == nil {
		t.Error("a proposal that does not compile has no error")
	}
	suite = shop()
	suite.Definition.Edges[0].Guards = nil
	suite.Guards = nil
	if _, err := suite.Mutants(); err == nil || !strings.Contains(err.Error(), "fails without any mutation") {
		t.Errorf("a suite that fails: %v", err)
	}
}

// Files are written, read, and found different.
func TestFiles(t *testing.T) {
	folder := t.TempDir()
	path := func(name string) string { return filepath.Join(folder, name) }
	script := "# A comment,\r\n# of two lines.\r\n\r\nOne scenario.\r\n2026-01-05  start\r\n2026-01-05  possible   → wrong\r\n"
	if err := os.WriteFile(path("script.txt"), []byte(script), 0o644); err != nil {
		t.Fatal(err)
	}
	suite := shop()
	suite.Checks = []funneltest.Check{funneltest.Script(path("script.txt")), funneltest.Matrix(path("matrix.txt")), funneltest.Diagram(path("d.mmd")),
		funneltest.Scenarios("text", "Another.\n2026-01-05  start   → new")}
	if err := flag.Set("funneltest.update", "true"); err != nil {
		t.Fatal(err)
	}
	suite.Run(t)
	if err := flag.Set("funneltest.update", "false"); err != nil {
		t.Fatal(err)
	}
	suite.Run(t)
	want := "# A comment,\n# of two lines.\n\nOne scenario.\n2026-01-05  start      → new\n2026-01-05  possible   → nothing\n"
	if got, err := os.ReadFile(path("script.txt")); err != nil || string(got) != want {
		t.Errorf("the script is %q, %v", got, err)
	}
	matrix, err := os.ReadFile(path("matrix.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"Leads start at new.", "They come in again until round 2.",
		`new      invite  demo [good]; refused: a guard said no: consent [silent]; refused: a guard said no: "Grade == \"A\"" [weak]`,
		"demo     buy     won", "won      return  -", "demo  postpone  no_budget  nurture, 90 days  90 days", "nurture  return  no_budget  demo, round 2, after the wait",
	} {
		if !strings.Contains(string(matrix), "\n"+line+"\n") && !strings.HasPrefix(string(matrix), line+"\n") {
			t.Errorf("the matrix has no line %q:\n%s", line, matrix)
		}
	}
	suite.Definition.MaxRounds = 3
	failures, err := suite.Failures(suite.Definition)
	if err != nil || len(failures) != 1 || failures[0].Check != path("matrix.txt") || !strings.Contains(failures[0].Difference, "They come in again until round") {
		t.Errorf("another limit: %v, %v", failures, err)
	}
	suite.Checks = []funneltest.Check{funneltest.Matrix(path("none/matrix.txt"))}
	if err := flag.Set("funneltest.update", "true"); err != nil {
		t.Fatal(err)
	}
	mentions(t, failing(t, suite.Run), "none")
	if err := flag.Set("funneltest.update", "false"); err != nil {
		t.Fatal(err)
	}
}

// A policy without limits, returns and leads has a matrix, too.
func TestSmallestMatrix(t *testing.T) {
	suite := funneltest.Suite[Lead]{Definition: funnel.Definition{
		Name: "smallest", Version: 1, Initial: "a",
		Stages: []funnel.StageDefinition{{Name: "a", Kind: funnel.KindInventory, Order: 1, Limits: []funnel.TimeLimit{
			{After: 2, Unit: funnel.UnitBusinessHours, Event: "go"}, {After: 1, Unit: funnel.UnitDays, Remind: "the team"}}},
			{Name: "b c", Kind: funnel.KindWon, Order: 2}},
		Edges: []funnel.Edge{{From: "a", On: "go", To: "b c", Guards: []string{"consent"}}},
	}, Guards: shop().Guards}
	path := filepath.Join(t.TempDir(), "matrix.txt")
	want := `Leads start at a.
They come in again as often as it happens.

stage × event (-: not permitted)
a      go  refused: a guard needs the lead: consent
"b c"  go  -

time limits
a  after 2 business hours  go
a  after 1 days            remind "the team"
`
	if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
	suite.Checks = []funneltest.Check{funneltest.Matrix(path)}
	failures, err := suite.Failures(suite.Definition)
	if err != nil || len(failures) > 0 {
		t.Errorf("%v, %v", failures, err)
	}
	suite.Checks = []funneltest.Check{funneltest.Scenarios("text", "Due.\n2026-01-05 start → a\n2026-01-05 due → nothing")}
	failures, err = suite.Failures(suite.Definition)
	if err != nil || len(failures) != 1 || !strings.Contains(failures[0].Difference, "refused: "+funnel.ErrCalendarMissing.Error()) {
		t.Errorf("%v, %v", failures, err)
	}
}

func TestStages(t *testing.T) {
	policy, err := funnel.Compile(shop().Definition, shop().Guards...)
	if err != nil {
		t.Fatal(err)
	}
	funneltest.Stages(t, policy, "won", "new", "demo", "nurture")
	mentions(t, failing(t, func(t testing.TB) { funneltest.Stages(t, policy, "new", "demo", "own", "nurture") }), "won", "own", "-policy +constants")
}

// A host's test may have a flag -update of its own.
var _ = flag.Bool("update", false, "the host's own")

func TestErrorsOfSuitesAreJoined(t *testing.T) {
	suite := shop()
	suite.Checks = []funneltest.Check{{}, funneltest.Never("law", funneltest.To("wom")), funneltest.Scenarios("text", "Bad.\nx\ny")}
	_, err := suite.Failures(suite.Definition)
	var list interface{ Unwrap() []error }
	if !errors.As(err, &list) || len(list.Unwrap()) != 3 {
		t.Errorf("%v", err)
	}
}
