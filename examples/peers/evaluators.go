package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/PaesslerAG/gval"
	"github.com/casbin/govaluate"
	"github.com/hyperjumptech/grule-rule-engine/ast"
	"github.com/hyperjumptech/grule-rule-engine/builder"
	"github.com/hyperjumptech/grule-rule-engine/engine"
	"github.com/hyperjumptech/grule-rule-engine/logger"
	"github.com/hyperjumptech/grule-rule-engine/pkg"
)

// gval, govaluate and grule have no predicates on the elements of a list: they score by the rules on the lead's own fields.
// What those ask for and the languages lack is given to them as functions.

var errArguments = errors.New("arguments of wrong types")

func text(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case *string:
		if v != nil {
			return *v, true
		}
	}
	return "", false
}

func onTexts(f func(a, b string) bool) func(...any) (any, error) {
	return func(arguments ...any) (any, error) {
		a, okA := text(arguments[0])
		b, okB := text(arguments[1])
		if !okA || !okB {
			return nil, errArguments
		}
		return f(a, b), nil
	}
}

func given(arguments ...any) (any, error) {
	switch v := arguments[0].(type) {
	case *string:
		return v != nil, nil
	case *float64:
		return v != nil, nil
	}
	return nil, errArguments
}

func has(arguments ...any) (any, error) {
	tags, ok := arguments[0].([]string)
	tag, isText := arguments[1].(string)
	if !ok || !isText {
		return nil, errArguments
	}
	return slices.Contains(tags, tag), nil
}

func size(arguments ...any) (any, error) {
	switch v := arguments[0].(type) {
	case string:
		return float64(len(v)), nil
	case []string:
		return float64(len(v)), nil
	}
	return nil, errArguments
}

func onTimes(f func(t, bound time.Time) bool) func(...any) (any, error) {
	return func(arguments ...any) (any, error) {
		t, okT := arguments[0].(time.Time)
		now, okNow := arguments[1].(time.Time)
		hours, okHours := arguments[2].(float64)
		if !okT || !okNow || !okHours {
			return nil, errArguments
		}
		return f(t, now.Add(-time.Duration(hours)*time.Hour)), nil
	}
}

var functions = map[string]func(...any) (any, error){
	"contains": onTexts(strings.Contains), "startsWith": onTexts(strings.HasPrefix), "endsWith": onTexts(strings.HasSuffix),
	"given": given, "has": has, "size": size, "after": onTimes(time.Time.After), "before": onTimes(time.Time.Before),
	"number": func(arguments ...any) (any, error) {
		if v, ok := arguments[0].(*float64); ok && v != nil {
			return *v, nil
		}
		return nil, errArguments
	},
}

// named shows a lead to gval without reflection.
type named struct{ *lead }

func (l named) SelectGVal(_ context.Context, key string) (any, error) {
	if v, ok := l.field(key); ok {
		return v, nil
	}
	return nil, fmt.Errorf("no field %q", key)
}

func byGval[P any](name string, rules []rule, parameters []P) (candidate, error) {
	languages := []gval.Language{}
	for name, f := range functions {
		languages = append(languages, gval.Function(name, f))
	}
	language := gval.Full(languages...)
	evaluables := make([]gval.Evaluable, len(rules))
	for i, r := range rules {
		var err error
		if evaluables[i], err = language.NewEvaluable(r.gval); err != nil {
			return candidate{}, fmt.Errorf("gval: %s: %w", r.gval, err)
		}
	}
	ctx := context.Background()
	return candidate{name: name, answer: func(i int) (total int64) {
		for k, evaluable := range evaluables {
			holds, err := evaluable.EvalBool(ctx, parameters[i])
			if err != nil {
				panic(err)
			}
			if holds {
				total += rules[k].points
			}
		}
		return total
	}}, nil
}

// parameter shows a lead to govaluate, whose numbers are all float64 and whose times are seconds.
type parameter struct{ *lead }

func (l parameter) Get(name string) (any, error) {
	v, ok := l.field(name)
	if !ok {
		return nil, fmt.Errorf("no field %q", name)
	}
	switch v := v.(type) {
	case int:
		return float64(v), nil
	case time.Time:
		return float64(v.Unix()), nil
	}
	return v, nil
}

func byGovaluate(rules []rule, leads []*lead) (candidate, error) {
	known := map[string]govaluate.ExpressionFunction{}
	for name, f := range functions {
		known[name] = f
	}
	expressions := make([]*govaluate.EvaluableExpression, len(rules))
	for i, r := range rules {
		var err error
		if expressions[i], err = govaluate.NewEvaluableExpressionWithFunctions(r.govaluate, known); err != nil {
			return candidate{}, fmt.Errorf("govaluate: %s: %w", r.govaluate, err)
		}
	}
	return candidate{name: "govaluate", answer: func(i int) (total int64) {
		for k, expression := range expressions {
			holds, err := expression.Eval(parameter{leads[i]})
			if err != nil {
				panic(err)
			}
			if holds.(bool) {
				total += rules[k].points
			}
		}
		return total
	}}, nil
}

// fact is a lead as grule sees it, with methods for what its language lacks.
type fact lead

func (f *fact) HasPhone() bool                 { return f.Phone != nil }
func (f *fact) PhoneText() string              { return *f.Phone }
func (f *fact) HasBudget() bool                { return f.Budget != nil }
func (f *fact) BudgetNumber() float64          { return *f.Budget }
func (f *fact) HasLinkedIn() bool              { return f.LinkedIn != nil }
func (f *fact) HoursAgo(hours int64) time.Time { return f.Now.Add(-time.Duration(hours) * time.Hour) }

// tally is where grule's rules add their points: by an assignment, because a call with arguments that it has seen before
// grule does not make again.
type tally struct{ Total int64 }

// byGrule asks for the rules that match, and executes them one after the other.
func byGrule(rules []rule, leads []*lead) ([]candidate, error) {
	logger.SetLogLevel(logger.FatalLevel)
	var script strings.Builder
	points := map[string]int64{}
	for i, r := range rules {
		name := fmt.Sprintf("r%d", i)
		points[name] = r.points
		fmt.Fprintf(&script, "rule %s { when %s then T.Total = T.Total + %d; Retract(%q); }\n", name, r.grule, r.points, name)
	}
	library := ast.NewKnowledgeLibrary()
	if err := builder.NewRuleBuilder(library).BuildRuleFromResource("peers", "1", pkg.NewBytesResource([]byte(script.String()))); err != nil {
		return nil, fmt.Errorf("grule: %w", err)
	}
	knowledge, err := library.NewKnowledgeBaseInstance("peers", "1")
	if err != nil {
		return nil, fmt.Errorf("grule: %w", err)
	}
	executed, err := library.NewKnowledgeBaseInstance("peers", "1") // which retracts rules
	if err != nil {
		return nil, fmt.Errorf("grule: %w", err)
	}
	machine := &engine.GruleEngine{MaxCycle: uint64(len(rules) + 1), ReturnErrOnFailedRuleEvaluation: true}
	contextOf := func(i int, sum *tally) ast.IDataContext {
		data := ast.NewDataContext()
		if err := errors.Join(data.Add("L", (*fact)(leads[i])), data.Add("T", sum)); err != nil {
			panic(err)
		}
		return data
	}
	return []candidate{
		{name: "grule, matching rules fetched", answer: func(i int) (total int64) {
			matching, err := machine.FetchMatchingRules(contextOf(i, &tally{}), knowledge)
			if err != nil {
				panic(err)
			}
			for _, entry := range matching {
				total += points[entry.RuleName]
			}
			return total
		}},
		{name: "grule, executed", answer: func(i int) int64 {
			var sum tally
			if err := machine.Execute(contextOf(i, &sum), executed); err != nil {
				panic(err)
			}
			return sum.Total
		}},
	}, nil
}
