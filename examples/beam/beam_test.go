package main

import (
	"bytes"
	"context"
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
)

var size = flag.Int("size", 20_000, "about how many touches the tests of whole runs have")

// programVariable makes the test's program the program itself, with the flags that follow it.
const programVariable = "LEADLOOP_BEAM_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(programVariable) != "" {
		main()
		os.Exit(0)
	}
	flag.Parse()
	beam.Init()
	os.Exit(m.Run())
}

const testedAsOf = "2026-07-01"

// testedOptions are flags as they are given by default, but for the cap, which the hot account of the market exceeds.
func testedOptions(input, output string) options {
	o := flags
	text := func(s string) *string { return &s }
	number := func(n int) *int { return &n }
	no := false
	o.input, o.output, o.asOf, o.local, o.generate = text(input), text(output), text(testedAsOf), &no, text("")
	o.maxTouches, o.topPaths = number(25), number(50)
	return o
}

func testedPlan(t testing.TB) Plan {
	t.Helper()
	plan, err := testedOptions("in", "out").plan()
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func testedEngine(t testing.TB) *engine {
	t.Helper()
	plan := testedPlan(t)
	e, err := engineOf(&plan)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// made writes a market to a folder.
func made(t testing.TB, m market) string {
	t.Helper()
	folder := t.TempDir()
	if err := generate(folder, m); err != nil {
		t.Fatal(err)
	}
	return folder
}

// ran runs the program, and gives the files that it wrote.
func ran(t testing.TB, change func(*options), runner, input string) map[string]string {
	t.Helper()
	output := t.TempDir()
	o := testedOptions(input, output)
	if change != nil {
		change(&o)
	}
	ctx := context.Background()
	plan, err := o.plan()
	if err != nil {
		t.Fatal(err)
	}
	files, err := listInput(ctx, input)
	if err != nil {
		t.Fatal(err)
	}
	if runner == "" {
		err = runLocal(ctx, plan, files, output)
	} else {
		var p *beam.Pipeline
		if p, err = pipeline(plan, files, output); err == nil {
			_, err = beam.Run(ctx, runner, p)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := must(engineOf(&plan)).writeReport(ctx, output); err != nil {
		t.Fatal(err)
	}
	return folder(t, output)
}

func folder(t testing.TB, name string) map[string]string {
	t.Helper()
	files := map[string]string{}
	entries, err := os.ReadDir(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(name, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[e.Name()] = string(data)
	}
	return files
}

// same holds two runs' files against each other, byte for byte.
func same(t *testing.T, want, got map[string]string) {
	t.Helper()
	if len(want) < 3 || !strings.Contains(want[reportText], "attribution.Tally") {
		t.Fatalf("the run without Beam wrote no report: %v", sortedKeys(want))
	}
	if a, b := sortedKeys(want), sortedKeys(got); !slices.Equal(a, b) {
		t.Fatalf("files %v, want %v", b, a)
	}
	for _, name := range sortedKeys(want) {
		if want[name] != got[name] {
			t.Errorf("%s differs:\n%s\nwant:\n%s", name, shortened(got[name]), shortened(want[name]))
		}
	}
}

func shortened(text string) string { return text[:min(len(text), 6000)] }

// The same rows, in whatever order and in whatever shards, give the same bytes: in one loop, and on Beam's runners, whatever the number of
// keys that sums go over.
func TestRunnersAgree(t *testing.T) {
	m := market{touches: *size, seed: 1, shards: 3}
	tidy := made(t, m)
	m.shards, m.shuffle = 7, 42
	shuffled := made(t, m)
	want := ran(t, nil, "", tidy)
	if text := want[reportText]; !strings.Contains(text, "NOT ALL TOUCHES WERE KEPT: of 1 accounts ") {
		t.Fatalf("the market has no hot account:\n%s", shortened(text))
	}
	t.Run("local, shuffled", func(t *testing.T) { same(t, want, ran(t, nil, "", shuffled)) })
	t.Run("prism", func(t *testing.T) { same(t, want, ran(t, nil, "prism", tidy)) })
	t.Run("prism, shuffled, few keys", func(t *testing.T) {
		one, three := 1, 3
		same(t, want, ran(t, func(o *options) { o.fanOut, o.pathKeys = &one, &three }, "prism", shuffled))
	})
	t.Run("direct, shuffled", func(t *testing.T) { same(t, want, ran(t, nil, "direct", shuffled)) })
	t.Run("another market differs", func(t *testing.T) {
		m.seed = 2
		if ran(t, nil, "", made(t, m))[reportText] == want[reportText] {
			t.Error("two markets have the same report")
		}
	})
}

// A file of one kind alone is a run, too.
func TestFewFiles(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"leads-1.csv", "lead,account,created\nL1,A1,2026-01-01\n", "Accounts: 1\n"},
		{"events-1.jsonl", `{"id":"L1","version":1,"kind":"registered","occurred":"2026-01-01T00:00:00Z","stage":"inquiry"}` + "\n", "Funnel: 1 leads"},
		{"touches-1.csv", "touch,account,at,channel\nT1,A1,2026-08-01,email\n", "Accounts: 0\n"},
	} {
		input := t.TempDir()
		if err := os.WriteFile(filepath.Join(input, c.name), []byte(c.text), 0o644); err != nil {
			t.Fatal(err)
		}
		local, onPrism := ran(t, nil, "", input), ran(t, nil, "prism", input)
		for _, files := range []map[string]string{local, onPrism} {
			if !strings.Contains(files[reportText], c.want) {
				t.Errorf("%s: no %q in\n%s", c.name, c.want, files[reportText])
			}
		}
		if local[reportText] != onPrism[reportText] || local[reportJSON] != onPrism[reportJSON] {
			t.Errorf("%s: the runs differ", c.name)
		}
	}
}

// What is wrong in the files ends the run on each runner, and says where it is and what to do. There is no report then.
func TestWrongInput(t *testing.T) {
	const touches, leads = "touch,account,at,channel,cost\n", "lead,account,created,country\n"
	const offer = `{"id":"L","version":1,"kind":"offered","occurred":"2026-01-01T00:00:00Z","rating":{"hits":["fit/none"]}}`
	for _, c := range []struct{ name, text, want string }{
		{"touches-1.csv", touches + "T1,A1,2026-01-01,email,1.234\nT2,A1,yesterday,email,1\n", "touches-1.csv:3: at: not a time"},
		{"touches-1.csv", touches + "T1,A1,2026-01-01,email,1\nT1,A1,2026-01-02,email,1\n", `account "A1", touch "T1": given twice with different fields: leave one row of each touch`},
		{"leads-1.csv", leads + "L1,A1,2026-01-01,DE\nL1,A1,2026-01-01,AT\n", `account "A1", lead "L1": given twice`},
		{"events-1.jsonl", "{}\n", "events-1.jsonl:1: id or version"},
		{"events-1.jsonl", `{"id":"L","version":2,"kind":"registered"}` + "\n", `case "L", event 1: missing`},
		{"events-1.jsonl", offer + "\n", `case "L": learn: the outcome names a rule`},
	} {
		input := t.TempDir()
		if err := os.WriteFile(filepath.Join(input, c.name), []byte(c.text), 0o644); err != nil {
			t.Fatal(err)
		}
		for _, runner := range []string{"-local", "-runner=prism", "-runner=direct"} {
			// A process of its own: when a job fails, Beam's worker may write to a channel that it has closed.
			output := t.TempDir()
			cmd := exec.Command(must(os.Executable()), runner, "-as-of="+testedAsOf, "-input="+input, "-output="+output)
			cmd.Env = append(os.Environ(), programVariable+"=yes")
			text, err := cmd.CombinedOutput()
			if err == nil || !strings.Contains(string(text), c.want) {
				t.Errorf("%s, %s: %v, want %q in\n%s", c.name, runner, err, c.want, shortened(string(text)))
			}
			if names := sortedKeys(folder(t, output)); slices.Contains(names, reportText) || slices.Contains(names, reportJSON) {
				t.Errorf("%s, %s: a report all the same", c.name, runner)
			}
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// The whole program, as its flags say.
func TestRun(t *testing.T) {
	ctx := context.Background()
	input, output := t.TempDir(), t.TempDir()
	yes, touches := true, 500
	o := testedOptions(input, output)
	o.generate, o.touches = &input, &touches
	if err := run(ctx, o, io.Discard); err != nil {
		t.Fatal(err)
	}
	o = testedOptions(input, output)
	var onPrism, local bytes.Buffer
	if err := run(ctx, o, &onPrism); err != nil {
		t.Fatal(err)
	}
	o.local = &yes
	if err := run(ctx, o, &local); err != nil {
		t.Fatal(err)
	}
	if onPrism.String() != local.String() || !strings.HasPrefix(local.String(), "As of 2026-07-01T00:00:00Z\n") {
		t.Errorf("prism printed\n%s\nand the run without Beam\n%s", onPrism.String(), local.String())
	}
}

// Flags that can't be meant are told, all at once.
func TestWrongFlags(t *testing.T) {
	ctx := context.Background()
	empty := t.TempDir()
	missing := filepath.Join(empty, "none.json")
	wrong := filepath.Join(empty, "wrong.json")
	if err := os.WriteFile(wrong, []byte(`{"schema": 1, "nam": "x"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	used := written(t, map[string]string{"leads-7.csv": "", "notes.txt": ""})
	text := func(s string) *string { return &s }
	number := func(n int) *int { return &n }
	for _, c := range []struct {
		change func(*options)
		want   []string
	}{
		{func(o *options) { o.input, o.output, o.asOf = text(""), text(""), text("") }, []string{"-input: missing", "-output: missing", "-as-of: missing"}},
		{func(o *options) { o.asOf, o.lookback, o.fanOut = text("soon"), number(-1), number(0) }, []string{"-as-of: not a time", "-lookback", "-fan-out"}},
		{func(o *options) { o.model = text(missing) }, []string{"-model: open ", "none.json", "name a file that can be read"}},
		{func(o *options) { o.agreement = text(missing) }, []string{"-agreement: open "}},
		{func(o *options) { o.asOf = text("9999-12-31T23:59:59-02:00") }, []string{"-as-of: not a time: "}},
		{func(o *options) { o.model = text(wrong) }, []string{"the scoring model: "}},
		{func(o *options) { o.agreement = text(wrong) }, []string{"the agreement: "}},
		{func(o *options) {}, []string{"none of leads*.csv, touches*.csv"}},
		{func(o *options) { o.input = text("nowhere://x") }, []string{"nowhere"}},
		{func(o *options) { o.generate, o.touches = text(empty), number(0) }, []string{"-touches"}},
		{func(o *options) { o.generate = text(wrong) }, []string{"wrong.json"}},
		{func(o *options) { o.generate = text(used) }, []string{"-generate: ", "it has leads-7.csv already", "name a new folder"}},
	} {
		o := testedOptions(empty, empty)
		c.change(&o)
		err := run(ctx, o, io.Discard)
		for _, want := range c.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v, want %q", err, want)
			}
		}
	}
}

// What is no flag ends the program: flags behind it would go unread.
func TestArguments(t *testing.T) {
	if err := noArguments(nil); err != nil {
		t.Error(err)
	}
	output := filepath.Join(t.TempDir(), "new")
	input := written(t, map[string]string{"leads.csv": "lead,account,created\n"})
	cmd := exec.Command(must(os.Executable()), "-local", "-as-of="+testedAsOf, "-input="+input, "-output="+output, "garbage", "-max-touches=1")
	cmd.Env = append(os.Environ(), programVariable+"=yes")
	if text, err := cmd.CombinedOutput(); err == nil || string(text) != "beam: argument \"garbage\": not a flag: all input is given by flags, -h lists them\n" {
		t.Errorf("%v, %s", err, text)
	}
	if _, err := os.Stat(output); err == nil {
		t.Error("it ran all the same")
	}
}
