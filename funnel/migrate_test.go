package funnel_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/leadloop/leadloop/funnel"
)

// renamed is a later version of a definition in which stages and reasons have other names, or were joined with others.
func renamed(d funnel.Definition, stages map[funnel.Stage]funnel.Stage, reasons map[funnel.Reason]funnel.Reason) funnel.Definition {
	d.Version++
	stage := func(s funnel.Stage) funnel.Stage {
		if to, ok := stages[s]; ok {
			return to
		}
		return s
	}
	d.Initial = stage(d.Initial)
	d.Stages = slices.Clone(d.Stages)
	for i := range d.Stages {
		d.Stages[i].Name = stage(d.Stages[i].Name)
	}
	d.Edges = slices.Clone(d.Edges)
	for i := range d.Edges {
		d.Edges[i].From, d.Edges[i].To = stage(d.Edges[i].From), stage(d.Edges[i].To)
	}
	d.Returns = slices.Clone(d.Returns)
	for i := range d.Returns {
		d.Returns[i].From, d.Returns[i].To = stage(d.Returns[i].From), stage(d.Returns[i].To)
	}
	d.Reasons = slices.Clone(d.Reasons)
	for i := range d.Reasons {
		if to, ok := reasons[d.Reasons[i].Code]; ok {
			d.Reasons[i].Code = to
		}
	}
	return d
}

// Every position of the old version is carried to one of the new version; what it was promised remains. The whole history,
// with steps before and after, replays under the new version, and other leads go on as they would have.
func TestMigrateIsTotal(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 3))
	carried := 0
	for range 60 {
		old := randomDefinition(random)
		mapping := funnel.Mapping{Stages: map[funnel.Stage]funnel.Stage{}, Reasons: map[funnel.Reason]funnel.Reason{}}
		for _, s := range old.Stages {
			if random.IntN(2) == 0 {
				mapping.Stages[s.Name] = "new_" + s.Name
			}
		}
		for _, r := range old.Reasons {
			if random.IntN(2) == 0 {
				mapping.Reasons[r.Code] = "new_" + r.Code
			}
		}
		next := renamed(old, mapping.Stages, mapping.Reasons)
		migration, err := funnel.Migrate(old, next, mapping)
		if err != nil {
			t.Fatal(err)
		}
		before, err := funnel.Compile(old, consent())
		if err != nil {
			t.Fatal(err)
		}
		after, err := funnel.Compile(next, consent())
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			start := before.Start("lead", on("web", "2026-01-01"))
			log := walk(t, random, before, &old, start, random.IntN(8))
			pos := fold(start, log)
			tr, err := migration.Carry(pos, later(pos))
			if err != nil {
				t.Fatal(err)
			}
			carried++
			got := funnel.Apply(pos, tr)
			want := pos
			want.Version++
			want.PolicyVersion = next.Version
			if to, ok := mapping.Stages[pos.Stage]; ok {
				want.Stage = to
			}
			if to, ok := mapping.Reasons[pos.Reason]; ok {
				want.Reason = to
			}
			if got != want {
				t.Fatalf("carried over\n%+v\nbecomes %+v, want\n%+v", pos, got, want)
			}
			if err := after.Check(got); err != nil {
				t.Fatal(err)
			}
			if tr.Amendment.Migrates != old.Version || tr.From != pos.Stage {
				t.Fatalf("it is %+v", tr)
			}
			roundTrip(t, tr)
			log = append(log, tr)
			log = append(log, walk(t, random, after, &next, got, random.IntN(4))...)
			if replayed, err := after.Replay(log); err != nil || replayed != fold(start, log) {
				t.Fatalf("replayed to %+v: %v", replayed, err)
			}
			if replayed, err := after.ReplayFrom(start, log); err != nil || replayed != fold(start, log) {
				t.Fatalf("replayed to %+v: %v", replayed, err)
			}
			_, err = migration.Carry(got, later(got))
			refused(t, "again", funnel.Transition{}, err, funnel.ErrMigrated, "", fmt.Sprintf("funnel: the position is one of version %d already", next.Version))
		}
	}
	if carried < 1000 {
		t.Errorf("only %d carried", carried)
	}
}

// What has no place is named, all of it at once.
func TestMigrateMistakes(t *testing.T) {
	old := funnel.Standard()
	next := func(change func(*funnel.Definition)) funnel.Definition {
		d := funnel.Standard()
		d.Version = 2
		change(&d)
		return d
	}
	same := func(*funnel.Definition) {}
	withoutSQL := next(func(d *funnel.Definition) {
		d.Stages = slices.DeleteFunc(d.Stages, func(s funnel.StageDefinition) bool { return s.Name == funnel.SQL })
		d.Edges = slices.DeleteFunc(d.Edges, func(e funnel.Edge) bool { return e.From == funnel.SQL })
		d.Edges[2].To = funnel.Opportunity
		d.Returns = slices.DeleteFunc(d.Returns, func(e funnel.ReturnEdge) bool { return e.From == funnel.SQL })
		d.Reasons = slices.DeleteFunc(d.Reasons, func(r funnel.ReasonDefinition) bool { return r.Code == funnel.ReasonPrice })
	})
	for name, test := range map[string]struct {
		next    funnel.Definition
		mapping funnel.Mapping
		want    []string
	}{
		"nothing renamed": {next(same), funnel.Mapping{}, nil},
		"by the way":      {next(same), funnel.Mapping{Stages: map[funnel.Stage]funnel.Stage{funnel.SQL: funnel.SAL}}, nil},
		"dropped": {withoutSQL, funnel.Mapping{}, []string{
			`old.stages[3]: the new version has no stage "sql": map it to one that it has`,
			`old.reasons[24]: the new version has no reason "price": map it to one that it has`}},
		"dropped and mapped": {withoutSQL, funnel.Mapping{Stages: map[funnel.Stage]funnel.Stage{"sql": "sal"}, Reasons: map[funnel.Reason]funnel.Reason{"price": "no_budget"}}, nil},
		"mapped to nowhere": {withoutSQL, funnel.Mapping{Stages: map[funnel.Stage]funnel.Stage{"sql": "salz"}, Reasons: map[funnel.Reason]funnel.Reason{"price": "no_budge"}}, []string{
			`mapping.stages["sql"]: the new version has no stage "salz", did you mean "sal"?`,
			`mapping.reasons["price"]: the new version has no reason "no_budge", did you mean "no_budget"?`}},
		"unknown names": {next(same), funnel.Mapping{Stages: map[funnel.Stage]funnel.Stage{"sqll": "sal", "a": "sal"}}, []string{
			`mapping.stages["a"]: the old version has no such stage`,
			`mapping.stages["sqll"]: the old version has no such stage, did you mean "sql"?`}},
		"another policy": {next(func(d *funnel.Definition) { d.Name = "other" }), funnel.Mapping{}, []string{`new.name: is "other", not "standard": another policy is no new version`}},
		"no later":       {old, funnel.Mapping{}, []string{"new.version: is 1, not above 1"}},
		"not valid":      {next(func(d *funnel.Definition) { d.Initial = "x" }), funnel.Mapping{}, []string{`new.initial: unknown stage "x"`}},
		"nor has the first stage one": {next(same), funnel.Mapping{Stages: map[funnel.Stage]funnel.Stage{"inquiry": "recycled"}}, []string{
			`old.stages[0]: leads stand at "inquiry" without a reason, which new.edges[5] from "recycled" asks for: map the stage to another one`}},
		"no reason to let in again": {next(same), funnel.Mapping{Stages: map[funnel.Stage]funnel.Stage{"won": "lost"}}, []string{
			`old.stages[5]: leads stand at "won" without a reason, which new.edges[9] from "lost" asks for: map the stage to another one`}},
	} {
		_, err := funnel.Migrate(old, test.next, test.mapping)
		var got []string
		if err != nil {
			got = strings.Split(err.Error(), "\n")
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	broken := funnel.Standard()
	broken.Edges[0].To = "x"
	if _, err := funnel.Migrate(broken, next(same), funnel.Mapping{}); err == nil || !strings.HasPrefix(err.Error(), "old.edges[0].to: ") {
		t.Errorf("a broken old version: %v", err)
	}
}

func TestCarryRefuses(t *testing.T) {
	old, next := funnel.Standard(), funnel.Standard()
	old.Version, next.Version = 2, 4
	migration, err := funnel.Migrate(old, next, funnel.Mapping{})
	if err != nil {
		t.Fatal(err)
	}
	pos := at(funnel.MQL)
	by := on("ann", "2026-03-01")
	for version, kind := range map[int]error{1: nil, 2: nil, 3: funnel.ErrPolicyVersion, 4: funnel.ErrMigrated, 5: funnel.ErrPolicyVersion} {
		tr, err := migration.Carry(with(pos, func(p *funnel.Position) { p.PolicyVersion = version }), by)
		if kind != nil {
			refused(t, fmt.Sprint("version ", version), tr, err, kind, "", "")
		} else if err != nil || tr.PolicyVersion != 4 || tr.Amendment.Migrates != version {
			t.Errorf("from version %d: %+v, %v", version, tr, err)
		}
	}
	for name, test := range map[string]struct {
		pos   funnel.Position
		by    funnel.By
		kind  error
		field string
	}{
		"stage":          {with(pos, func(p *funnel.Position) { p.Stage = "x" }), by, funnel.ErrUnknownStage, ""},
		"reason":         {with(pos, func(p *funnel.Position) { p.Reason = "x" }), by, funnel.ErrReasonUnknown, ""},
		"another policy": {with(pos, func(p *funnel.Position) { p.Policy, p.PolicyVersion = "x", 4 }), by, funnel.ErrWrongPolicy, ""},
		"round":          {with(pos, func(p *funnel.Position) { p.Round = 0 }), by, funnel.ErrPosition, "round"},
		"no time":        {pos, funnel.By{}, funnel.ErrTimeInvalid, "Occurred"},
		"too early":      {pos, on("", "2025-01-01"), funnel.ErrTimeBackwards, "Occurred"},
	} {
		tr, err := migration.Carry(test.pos, test.by)
		refused(t, name, tr, err, test.kind, test.field, "")
	}
}
