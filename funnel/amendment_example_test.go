package funnel_test

import (
	"errors"
	"fmt"

	"github.com/leadloop/leadloop/funnel"
)

// A deal was marked as won, and it was the wrong one. The win is taken back; what happened instead is decided as of when it
// happened.
func ExamplePolicy_Correct() {
	policy, err := funnel.Compile[Lead](funnel.Standard())
	if err != nil {
		panic(err)
	}
	start := policy.Start("lead-17", on("web", "2026-01-05"))
	pos := start
	var log []funnel.Transition
	record := func(tr funnel.Transition, err error) {
		if err != nil {
			panic(err)
		}
		log = append(log, tr)
		pos = funnel.Apply(pos, tr)
	}
	record(policy.Move(pos, funnel.Qualify, nil, on("scoring", "2026-01-12")))
	record(policy.Move(pos, funnel.Accept, nil, on("ann", "2026-01-13")))
	record(policy.Move(pos, funnel.SalesQualify, nil, on("ann", "2026-02-02")))
	record(policy.Move(pos, funnel.Open, nil, on("ann", "2026-02-10")))
	record(policy.Move(pos, funnel.Win, nil, on("ann", "2026-03-02")))
	fmt.Println(pos.Version, pos.Stage)

	wrong := pos.Version
	record(policy.Correct(start, log, wrong, on("bea", "2026-03-09")))
	fmt.Println(pos.Version, pos.Stage, "since", pos.Since.Format("2006-01-02"))

	by := on("ann", "2026-03-02")                  // then it was lost
	by.Recorded = on("bea", "2026-03-09").Occurred // as is known now
	record(policy.Return(pos, funnel.Lose, funnel.ReasonPrice, funnel.Feedback{Note: "a cheaper offer"}, nil, by))
	fmt.Println(pos.Version, pos.Stage, "since", pos.Since.Format("2006-01-02"))

	replayed, err := policy.Replay(log)
	fmt.Println(replayed == pos, err)
	// Output:
	// 5 won
	// 6 opportunity since 2026-02-10
	// 7 lost since 2026-03-02
	// true <nil>
}

// Two records turn out to be one person: an old one that waits for next year's budget, and a new one that sales is working on.
func ExamplePolicy_Merge() {
	policy, err := funnel.Compile[Lead](funnel.Standard())
	if err != nil {
		panic(err)
	}
	old := policy.Start("lead-17", on("web", "2025-03-01"))
	old.Stage, old.Reason, old.Round = funnel.Recycled, funnel.ReasonNoBudget, 2
	young := policy.Start("lead-93", on("web", "2026-01-05"))
	young.Stage = funnel.SAL

	tr, err := policy.Merge(old, young, on("ann", "2026-01-20"))
	if err != nil {
		panic(err)
	}
	old = funnel.Apply(old, tr) // the log and the id of lead-17 go on
	fmt.Printf("%s: %s → %s, since %s, round %d\n", old.ID, tr.From, old.Stage, old.Since.Format("2006-01-02"), old.Round)

	// The duplicate is set aside afterwards, with the policy's reason for that.
	aside, err := policy.Return(young, funnel.Disqualify, funnel.ReasonDuplicate,
		funnel.Feedback{Fields: map[string]string{"survivor_id": old.ID}}, nil, on("ann", "2026-01-20"))
	fmt.Println(aside.ID+":", aside.To, err)
	// Output:
	// lead-17: recycled → sal, since 2026-01-05, round 2
	// lead-93: disqualified <nil>
}

// The second version of a funnel does without the stage "sql". Leads that stand there have to go somewhere.
func ExampleMigrate() {
	old, next := funnel.Standard(), funnel.Standard()
	next.Version = 2
	next.Stages = next.Stages[:0]
	for _, stage := range old.Stages {
		if stage.Name != funnel.SQL {
			next.Stages = append(next.Stages, stage)
		}
	}
	next.Edges = next.Edges[:0]
	for _, e := range old.Edges {
		if e.From == funnel.SAL {
			e = funnel.Edge{From: funnel.SAL, On: funnel.Open, To: funnel.Opportunity}
		}
		if e.From != funnel.SQL {
			next.Edges = append(next.Edges, e)
		}
	}
	next.Returns = next.Returns[:0]
	for _, e := range old.Returns {
		if e.From != funnel.SQL {
			next.Returns = append(next.Returns, e)
		}
	}

	_, err := funnel.Migrate(old, next, funnel.Mapping{})
	fmt.Println(err)

	migration, err := funnel.Migrate(old, next, funnel.Mapping{Stages: map[funnel.Stage]funnel.Stage{funnel.SQL: funnel.SAL}})
	if err != nil {
		panic(err)
	}
	pos := funnel.Position{ID: "lead-17", Policy: "standard", PolicyVersion: 1, Stage: funnel.SQL, Since: on("", "2026-02-01").Occurred, Round: 1, Version: 3}
	tr, err := migration.Carry(pos, on("system", "2026-03-01"))
	if err != nil {
		panic(err)
	}
	pos = funnel.Apply(pos, tr)
	fmt.Println(pos.Stage, "since", pos.Since.Format("2006-01-02"), "under version", pos.PolicyVersion)

	_, err = migration.Carry(pos, on("system", "2026-03-01")) // the batch runs again
	fmt.Println(errors.Is(err, funnel.ErrMigrated))
	// Output:
	// old.stages[3]: the new version has no stage "sql": map it to one that it has
	// sal since 2026-02-01 under version 2
	// true
}

// "Which leads would break if we shipped this?" Their histories are replayed under the draft, here one that drops a reason
// from the catalogue.
func ExamplePolicy_Replay() {
	policy, err := funnel.Compile[Lead](funnel.Standard())
	if err != nil {
		panic(err)
	}
	histories := map[string][]funnel.Transition{}
	live := func(id string, reason funnel.Reason) {
		pos := policy.Start(id, on("web", "2026-01-05"))
		qualified, err := policy.Move(pos, funnel.Qualify, nil, on("scoring", "2026-01-12"))
		if err != nil {
			panic(err)
		}
		rejected, err := policy.Return(funnel.Apply(pos, qualified), funnel.Reject, reason, funnel.Feedback{}, nil, on("ann", "2026-01-13"))
		if err != nil {
			panic(err)
		}
		histories[id] = []funnel.Transition{qualified, rejected}
	}
	live("lead-17", funnel.ReasonNoCapacity)
	live("lead-18", funnel.ReasonStudentOrResearcher)

	draft := funnel.Standard()
	draft.Version = 2
	for i, reason := range draft.Reasons {
		if reason.Code == funnel.ReasonStudentOrResearcher {
			draft.Reasons = append(draft.Reasons[:i], draft.Reasons[i+1:]...)
			break
		}
	}
	next, err := funnel.Compile[Lead](draft)
	if err != nil {
		panic(err)
	}
	for _, id := range []string{"lead-17", "lead-18"} {
		_, err := next.Replay(histories[id])
		fmt.Println(id, err)
	}
	// Output:
	// lead-17 <nil>
	// lead-18 history[1]: funnel: "reject" at stage "mql": unknown reason "student_or_researcher"
}
