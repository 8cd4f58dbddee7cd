package main

import (
	"bytes"
	"context"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/core/graph"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/core/graph/coder"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/register"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/testing/passert"
)

// naked is an accumulator as one would write it at first: what it holds is not exported, and it has no coder of its own.
type naked struct{ sum int }

type sumNaked struct{}

func (sumNaked) CreateAccumulator() naked           { return naked{} }
func (sumNaked) AddInput(a naked, n int) naked      { return naked{a.sum + n} }
func (sumNaked) MergeAccumulators(a, b naked) naked { return naked{a.sum + b.sum} }
func (sumNaked) ExtractOutput(a naked) int          { return a.sum }

func init() { register.Combiner3[naked, int, int](&sumNaked{}) }

// Why all types have coders: without one, the sum of 1, 2 and 3 is 0 on prism, and nobody says so. If this fails, Beam has come to
// refuse such accumulators, which is good news.
func TestNakedAccumulatorsAreLost(t *testing.T) {
	p, s := beam.NewPipelineWithRoot()
	passert.Equals(s, beam.Combine(s, &sumNaked{}, beam.CreateList(s, []int{1, 2, 3})), 0)
	if _, err := beam.Run(context.Background(), "prism", p); err != nil {
		t.Error(err)
	}
	if len(unnamed(t, p)) == 0 {
		t.Error("the search for types without coders does not find this one")
	}
}

// Each type of the pipeline that is sent between workers, accumulators above all, has a coder that this program registers, or is one
// of Beam's own: numbers, texts and bytes.
func TestAllTypesHaveCoders(t *testing.T) {
	p, err := pipeline(testedPlan(t), input{rows: []string{"leads.csv"}, events: []string{"events.jsonl"}}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, what := range unnamed(t, p) {
		t.Error(what)
	}
}

// unnamed finds types of this package that Beam encodes by a coder of its own making.
func unnamed(t *testing.T, p *beam.Pipeline) []string {
	t.Helper()
	edges, nodes, err := p.Build()
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	look := func(where string, c *coder.Coder) {
		var walk func(*coder.Coder)
		walk = func(c *coder.Coder) {
			if typ := c.T.Type(); typ.Kind() == reflect.Struct && strings.HasSuffix(typ.PkgPath(), "main") || typ.PkgPath() == reflect.TypeFor[naked]().PkgPath() {
				if c.Kind != coder.Custom || !ours[typ] {
					found = append(found, where+": "+typ.String()+": no coder of ours: register one in combine.go")
				}
			}
			for _, part := range c.Components {
				walk(part)
			}
		}
		if c != nil {
			walk(c)
		}
	}
	combines := 0
	for _, e := range edges {
		if e.Op == graph.Combine {
			combines++
			look("accumulator of "+e.CombineFn.Name(), e.AccumCoder)
		}
	}
	for _, n := range nodes {
		look("elements "+n.String(), n.Coder)
	}
	if combines == 0 {
		t.Error("the pipeline has no CombineFn")
	}
	return found
}

var ours = map[reflect.Type]bool{
	reflect.TypeFor[state](): true, reflect.TypeFor[account](): true, reflect.TypeFor[rated](): true, reflect.TypeFor[pathCount](): true, reflect.TypeFor[caseLog](): true,
}

// through sends a value through the coder that Beam takes for its type.
func through[T any](t *testing.T, v T) T {
	t.Helper()
	typ := reflect.TypeFor[T]()
	var b bytes.Buffer
	if err := beam.NewElementEncoder(typ).Encode(v, &b); err != nil {
		t.Fatal(err)
	}
	back, err := beam.NewElementDecoder(typ).Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	return back.(T)
}

// Nothing of a value is lost on the way between workers.
func TestCodersKeepAll(t *testing.T) {
	e, w := testedEngine(t), world(t, 3000)
	some, dropped := 0, 0
	for _, id := range sortedKeys(w.accounts) {
		a := w.accounts[id].tidy(e.plan.MaxTouches)
		dropped += len(a.dropped)
		if got := through(t, a); !reflect.DeepEqual(got, a) {
			t.Fatalf("account came back as\n%+v, was\n%+v", got, a)
		}
		r, _, err := e.rate(a)
		if err != nil {
			t.Fatal(err)
		}
		if got := through(t, r); !reflect.DeepEqual(got, r) {
			t.Fatalf("rated account came back as\n%+v, was\n%+v", got, r)
		}
		for _, p := range must(must(e.pather()).of(r.Journey)) {
			some++
			if got := through(t, p); !reflect.DeepEqual(got, p) {
				t.Fatalf("path came back as\n%+v, was\n%+v", got, p)
			}
		}
	}
	for _, log := range w.logs {
		if got := through(t, log); !reflect.DeepEqual(got, log) {
			t.Fatalf("log came back as\n%+v, was\n%+v", got, log)
		}
	}
	if some == 0 || dropped == 0 || len(w.logs) == 0 {
		t.Error("the world is empty")
	}
	c := combiner{Plan: e.plan}
	for kind, a := range w.sums(t, e) {
		c.Kind = kind
		want := must(a.MarshalBinary())
		back, err := c.open(through(t, state{live: a}))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(must(back.MarshalBinary()), want) || len(want) < 20 {
			t.Errorf("%s came back otherwise", kind)
		}
	}
}

// The files of a folder are told apart by their names.
func TestKinds(t *testing.T) {
	for name, want := range map[string]string{
		"leads.csv": leadFiles, "gs://bucket/x/touches-3.csv": touchFiles, filepath.Join("a", "deals2.csv"): dealFiles, "events.jsonl": eventFiles,
		"events.csv": "", "leads/x.csv": "",
	} {
		if got := kindOf(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
