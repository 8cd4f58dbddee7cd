package main

import (
	"fmt"
	"path"
	"reflect"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/traits"
	"github.com/google/cel-go/ext"
)

// celEnvironment declares a lead's fields. Of maps, pointers and activities CEL does not know what is in them before.
func celEnvironment(maps bool) (*cel.Env, error) {
	options := []cel.EnvOption{ext.NativeTypes(reflect.TypeFor[activity]())}
	for name := range strings.FieldsSeq("Email Domain Title Company Industry Country City Source Stage Owner") {
		options = append(options, cel.Variable(name, cel.StringType))
	}
	for name, of := range map[string]*cel.Type{"Employees": cel.IntType, "Founded": cel.IntType, "Revenue": cel.DoubleType, "OptedIn": cel.BoolType,
		"Phone": cel.DynType, "LinkedIn": cel.DynType, "Budget": cel.DynType, "Tags": cel.ListType(cel.StringType), "CreatedAt": cel.TimestampType,
		"LastSeen": cel.TimestampType, "Now": cel.TimestampType} {
		options = append(options, cel.Variable(name, of))
	}
	// CEL calls a type by the last part of its package's path, which is not the same in a test as in a command.
	native := reflect.TypeFor[activity]()
	of := cel.ObjectType(path.Base(native.PkgPath()) + "." + native.Name())
	if maps {
		of = cel.MapType(cel.StringType, cel.DynType)
	}
	return cel.NewEnv(append(options, cel.Variable("Activities", cel.ListType(of)))...)
}

// fieldsOf shows a lead to CEL without making a map of it.
type fieldsOf struct{ *lead }

func (fieldsOf) Parent() cel.Activation { return nil }

func (l fieldsOf) ResolveName(name string) (any, bool) {
	switch name {
	case "Phone":
		return orNull(l.Phone), true
	case "LinkedIn":
		return orNull(l.LinkedIn), true
	case "Budget":
		return orNull(l.Budget), true
	case "Activities":
		return l.Activities, true
	}
	return l.field(name)
}

func orNull[T any](p *T) any {
	if p == nil {
		return types.NullValue
	}
	return *p
}

// field finds a field by its name, as one who wants speed writes it for a library that asks for names.
func (l *lead) field(name string) (any, bool) {
	switch name {
	case "Email":
		return l.Email, true
	case "Domain":
		return l.Domain, true
	case "Title":
		return l.Title, true
	case "Company":
		return l.Company, true
	case "Industry":
		return l.Industry, true
	case "Country":
		return l.Country, true
	case "City":
		return l.City, true
	case "Source":
		return l.Source, true
	case "Stage":
		return l.Stage, true
	case "Owner":
		return l.Owner, true
	case "Employees":
		return l.Employees, true
	case "Founded":
		return l.Founded, true
	case "Revenue":
		return l.Revenue, true
	case "OptedIn":
		return l.OptedIn, true
	case "Phone":
		return l.Phone, true
	case "LinkedIn":
		return l.LinkedIn, true
	case "Budget":
		return l.Budget, true
	case "Tags":
		return l.Tags, true
	case "CreatedAt":
		return l.CreatedAt, true
	case "LastSeen":
		return l.LastSeen, true
	case "Now":
		return l.Now, true
	}
	return nil, false
}

func celProgram(env *cel.Env, text string) (cel.Program, error) {
	tree, issues := env.Compile(text)
	if issues.Err() != nil {
		return nil, fmt.Errorf("cel-go: %s: %w", text, issues.Err())
	}
	return env.Program(tree, cel.EvalOptions(cel.OptOptimize))
}

// byCEL runs one program for each rule, with constants computed before.
func byCEL(name string, rules []rule, maps bool, activations []cel.Activation) (candidate, error) {
	env, err := celEnvironment(maps)
	if err != nil {
		return candidate{}, err
	}
	programs := make([]cel.Program, len(rules))
	for i, r := range rules {
		if programs[i], err = celProgram(env, r.inCEL()); err != nil {
			return candidate{}, err
		}
	}
	return candidate{name: name, answer: func(i int) (total int64) {
		for k, program := range programs {
			holds, _, err := program.Eval(activations[i])
			if err != nil {
				panic(err)
			}
			if holds == types.True {
				total += rules[k].points
			}
		}
		return total
	}}, nil
}

// byOneCEL makes one program of all rules.
func byOneCEL(rules []rule, activations []cel.Activation) (candidate, error) {
	texts := make([]string, len(rules))
	for i, r := range rules {
		texts[i] = r.inCEL()
	}
	env, err := celEnvironment(false)
	if err != nil {
		return candidate{}, err
	}
	program, err := celProgram(env, "["+strings.Join(texts, ", ")+"]")
	if err != nil {
		return candidate{}, err
	}
	return candidate{name: "cel-go, all rules in one list", answer: func(i int) (total int64) {
		list, _, err := program.Eval(activations[i])
		if err != nil {
			panic(err)
		}
		indexed := list.(traits.Indexer)
		for k := range rules {
			if indexed.Get(types.Int(k)) == types.True {
				total += rules[k].points
			}
		}
		return total
	}}, nil
}

func celLeads(leads []*lead) []cel.Activation {
	activations := make([]cel.Activation, len(leads))
	for i, l := range leads {
		activations[i] = fieldsOf{l}
	}
	return activations
}

func celMaps(environments []map[string]any) ([]cel.Activation, error) {
	activations := make([]cel.Activation, len(environments))
	for i, environment := range environments {
		var err error
		if activations[i], err = cel.NewActivation(environment); err != nil {
			return nil, err
		}
	}
	return activations, nil
}
