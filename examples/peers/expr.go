package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/vm"
)

// byExpr runs one program of the expression language for each rule, on a machine that is used again or on a fresh one for
// each, as expr.Run has it.
func byExpr[E any](name string, rules []rule, fresh bool, environments []E, options ...expr.Option) (candidate, error) {
	programs := make([]*vm.Program, len(rules))
	for i, r := range rules {
		var err error
		if programs[i], err = expr.Compile(r.expr, options...); err != nil {
			return candidate{}, fmt.Errorf("expr: %s: %w", r.expr, err)
		}
	}
	var machine vm.VM
	return candidate{name: name, answer: func(i int) (total int64) {
		for k, program := range programs {
			var holds any
			var err error
			if fresh {
				holds, err = expr.Run(program, environments[i])
			} else {
				holds, err = machine.Run(program, environments[i])
			}
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

// foldDurations computes constant spans when an expression is compiled.
type foldDurations struct{}

func (foldDurations) Visit(node *ast.Node) {
	if n, ok := (*node).(*ast.BuiltinNode); ok && n.Name == "duration" {
		if d, err := time.ParseDuration(n.Arguments[0].(*ast.StringNode).Value); err == nil {
			ast.Patch(node, &ast.ConstantNode{Value: d})
		}
	}
}

// byOneExpr makes one program of all rules, a list of what holds, with constants computed before: expr's best form.
func byOneExpr(rules []rule, leads []*lead) (candidate, error) {
	texts := make([]string, len(rules))
	for i, r := range rules {
		texts[i] = r.expr
	}
	program, err := expr.Compile("["+strings.Join(texts, ", ")+"]", expr.Env(lead{}), expr.Patch(foldDurations{}))
	if err != nil {
		return candidate{}, fmt.Errorf("expr: %w", err)
	}
	var machine vm.VM
	return candidate{name: "expr, all rules in one list, durations folded", answer: func(i int) (total int64) {
		list, err := machine.Run(program, leads[i])
		if err != nil {
			panic(err)
		}
		for k, holds := range list.([]any) {
			if holds.(bool) {
				total += rules[k].points
			}
		}
		return total
	}}, nil
}

// byExprSum lets the points of activities halve in 14 days, in one expression for all five kinds: expr's best form.
func byExprSum(leads []*lead) (candidate, error) {
	const sum = `sum(Activities, .Kind in ["page_view", "email_click", "webinar", "call", "pricing_page"]
		? int(round(5000000 * round(2 ** (32 - (floor(Now.Unix() / 86400) - floor(.At.Unix() / 86400)) / 14)) / 4294967296)) : 0)`
	program, err := expr.Compile(sum, expr.Env(lead{}))
	if err != nil {
		return candidate{}, fmt.Errorf("expr: %s: %w", sum, err)
	}
	var machine vm.VM
	return candidate{name: "expr, one sum (answers differ, see below)", answer: func(i int) int64 {
		total, err := machine.Run(program, leads[i])
		if err != nil {
			panic(err)
		}
		return int64(total.(int))
	}}, nil
}

// sampleEnvironment tells expr the types of a lead's fields where leads are maps.
func sampleEnvironment() map[string]any {
	sample := map[string]any(recordOf(&lead{Phone: new(string), LinkedIn: new(string), Budget: new(float64)}))
	sample["Activities"], sample["Now"] = []map[string]any{}, noon
	return sample
}
