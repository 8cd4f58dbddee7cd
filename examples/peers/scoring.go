package main

import (
	"fmt"
	"math"

	"github.com/expr-lang/expr"

	"github.com/leadloop/leadloop/scoring"
)

// ours scores as a host may: for the total alone, with its lines into memory that is used again, and into new memory.
func ours[L, A any](m scoring.Model, subjects []scoring.Subject[L, A], unit scoring.Points) ([]candidate, error) {
	scorer, err := scoring.Compile[L, A](m)
	if err != nil {
		return nil, err
	}
	var score scoring.Score
	return []candidate{
		{name: "leadloop, Points", answer: func(i int) int64 { return int64(scorer.Points(subjects[i], noon) / unit) }},
		{name: "leadloop, ScoreInto: with every line", answer: func(i int) int64 {
			scorer.ScoreInto(&score, subjects[i], noon)
			return int64(score.Total / unit)
		}},
		{name: "leadloop, Score: lines in new memory", answer: func(i int) int64 { return int64(scorer.Score(subjects[i], noon).Total / unit) }},
	}, nil
}

// gather collects candidates; the first error stands.
type gather struct {
	list []candidate
	err  error
}

func (g *gather) add(c candidate, err error) *candidate {
	if g.err == nil {
		g.err = err
	}
	g.list = append(g.list, c)
	return &g.list[len(g.list)-1]
}

func (g *gather) addAll(list []candidate, err error) {
	if g.err == nil {
		g.err = err
	}
	g.list = append(g.list, list...)
}

func hand(name string, score func(*lead, *[50]bool) int, leads []*lead) candidate {
	return candidate{name: name, answer: func(i int) int64 {
		var holds [50]bool
		return int64(score(leads[i], &holds))
	}}
}

const exprReused = "expr, machine used again"

// fifty is 50 rules over a lead of 20 activities, in structs.
func fifty(n, activities int) (workload, error) {
	leads, rules := makeLeads(n, activities), fiftyRules()
	var g gather
	g.addAll(ours(modelOf(rules), subjectsOf(leads), scoring.Point))
	g.add(byExpr("expr, fresh machine for each rule", rules, true, leads, expr.Env(&lead{})))
	g.add(byExpr(exprReused, rules, false, leads, expr.Env(&lead{}))).asked.least = 50
	g.add(byOneExpr(rules, leads)).asked.least = 30
	g.add(byCEL("cel-go", rules, false, celLeads(leads)))
	g.add(byOneCEL(rules, celLeads(leads)))
	g.add(hand("Go by hand, straightforward", scoreByHand, leads), nil).asked.least = 2
	g.add(hand("Go by hand, expert", scoreByExpert, leads), nil).asked.least = 1 / 2.5
	return workload{name: fmt.Sprintf("scoring: 50 rules, %d activities", activities), per: "lead", inputs: n, candidates: g.list, lacks: []lack{
		{"gval, govaluate, grule", "have no predicate over the elements of a list: the 16 rules on activities can't be written. See the 34 rules on the lead."},
		{"cel-go", "fields come from a look-up by name that we wrote (an Activation) instead of a map; activities are its native types."},
		{"expr, cel-go", "give a truth value for each rule: points, limits, bands, lines of an explanation, and when the score changes next, are the host's to write."},
	}}, g.err
}

// fiftyMaps is the same over leads and activities that are maps.
func fiftyMaps(n int) (workload, error) {
	leads, rules := makeLeads(n, 20), fiftyRules()
	environments := environmentsOf(leads)
	activations, err := celMaps(environments)
	if err != nil {
		return workload{}, err
	}
	var g gather
	g.addAll(ours(asRecords(modelOf(rules)), recordsOf(leads), scoring.Point))
	g.add(byExpr(exprReused, rules, false, environments, expr.Env(sampleEnvironment()))).asked.least = 12
	g.add(byCEL("cel-go", rules, true, activations))
	return workload{name: "scoring: 50 rules, 20 activities, maps", per: "lead", inputs: n, candidates: g.list}, g.err
}

// onTheLead is the 34 rules that every candidate can express, with some help.
func onTheLead(n int) (workload, error) {
	leads, rules := makeLeads(n, 20), leadRules()
	parameters := make([]named, n)
	for i, l := range leads {
		parameters[i] = named{l}
	}
	var g gather
	g.addAll(ours(modelOf(rules), subjectsOf(leads), scoring.Point))
	g.add(byExpr(exprReused, rules, false, leads, expr.Env(&lead{})))
	g.add(byCEL("cel-go", rules, false, celLeads(leads)))
	g.add(byGovaluate(rules, leads))
	g.add(byGval("gval, fields by reflection", rules, leads))
	g.add(byGval("gval, fields by a selector of ours", rules, parameters))
	g.addAll(byGrule(rules, leads))
	return workload{name: "scoring: 34 rules on the lead", per: "lead", inputs: n, candidates: g.list, lacks: []lack{
		{"govaluate", "has no nil, no functions on texts and lists, no spans of time; numbers are float64, times seconds. Functions of ours and conversions stand in. Its maintained fork casbin/govaluate is measured."},
		{"gval", "compares times as texts only, subtracts nothing from them, and has no nil and no functions on texts and lists: functions of ours stand in."},
		{"grule", "reaches pointers and spans of time through methods that we gave the fact; it runs one rule per cycle and looks at all again."},
	}}, g.err
}

// changed is the total after one field of a lead was said to have changed.
func changed(n int) (workload, error) {
	leads, rules := makeLeads(n, 20), fiftyRules()
	scorer, err := scoring.Compile[lead, activity](modelOf(rules))
	if err != nil {
		return workload{}, err
	}
	states := make([]*scoring.State[lead, activity], n)
	for i, l := range leads {
		if states[i], err = scorer.State(l); err != nil {
			return workload{}, err
		}
		states[i].Add(l.Activities...)
		states[i].Points(noon)
	}
	var g gather
	g.add(candidate{name: "leadloop, State after a changed field", answer: func(i int) int64 {
		if err := states[i].Changed("Country"); err != nil {
			panic(err)
		}
		return int64(states[i].Points(noon) / scoring.Point)
	}}, nil)
	g.add(byExpr(exprReused, rules, false, leads, expr.Env(&lead{}))).asked.least = 300
	g.add(byCEL("cel-go", rules, false, celLeads(leads)))
	g.add(hand("Go by hand, expert", scoreByExpert, leads), nil)
	return workload{name: "scoring: 50 rules, one field changed", per: "lead", inputs: n, candidates: g.list, lacks: []lack{
		{"expr, cel-go, Go by hand", "keep nothing of what they found before: they score the whole lead again."},
	}}, g.err
}

// many is thousands of rules on the lead's fields.
func many(n, rules int) (workload, error) {
	leads, list := makeLeads(n, 0), manyRules(rules)
	var g gather
	g.addAll(ours(modelOf(list), subjectsOf(leads), scoring.Point))
	reused := g.add(byExpr(exprReused, list, false, leads, expr.Env(&lead{})))
	if rules >= 5000 {
		reused.asked.least = 300
	}
	g.add(byCEL("cel-go", list, false, celLeads(leads)))
	g.add(byGovaluate(list, leads))
	g.add(byGval("gval, fields by reflection", list, leads))
	g.addAll(byGrule(list, leads))
	return workload{name: fmt.Sprintf("scoring: %d rules on the lead", rules), per: "lead", inputs: n, candidates: g.list}, g.err
}

// decaying is five rules whose points halve in 14 days, in millionths of a point.
func decaying(n int) (workload, error) {
	leads := makeLeads(n, 20)
	list, err := ours(fiveDecaying(), subjectsOf(leads), 1)
	if err != nil {
		return workload{}, err
	}
	var table [200]float64 // weights by age in days
	for age := range table {
		table[age] = weightOf(age)
	}
	bySum, err := byExprSum(leads)
	if err != nil {
		return workload{}, err
	}
	bySum.apart = true
	wrong := 0
	for i := range leads {
		if bySum.answer(i) != list[0].answer(i) {
			wrong++
		}
	}
	list = append(list, bySum,
		candidate{name: "Go by hand, straightforward", answer: func(i int) int64 { return decayByHand(leads[i], weightOf) }},
		candidate{name: "Go by hand, with a table of weights", answer: func(i int) int64 {
			return decayByHand(leads[i], func(age int) float64 { return table[age] })
		}})
	return workload{name: "scoring: 5 half-life rules, 20 activities", per: "lead", inputs: n, candidates: list, lacks: []lack{
		{"cel-go, gval, govaluate, grule", "have no sum over a list: a half-life is the host's to write."},
		{"expr", fmt.Sprintf("rounds halves away from zero: it has other millionths for %d of %d leads, and is not among those that agree.", wrong, n)},
		{"expr, Go by hand", "take powers of floats, whose last bit no library promises to be the same on every machine, and round products of floats."},
	}}, nil
}

// weightOf is the weight of an activity's points after so many days, of 2³².
func weightOf(age int) float64 { return math.RoundToEven(math.Exp2(32 - float64(age)/14)) }

func decayByHand(l *lead, weight func(age int) float64) (total int64) {
	today := noon.Unix() / 86400
	for i := range l.Activities {
		a := &l.Activities[i]
		switch a.Kind {
		case "page_view", "email_click", "webinar", "call", "pricing_page":
			total += int64(math.RoundToEven(5e6 * weight(int(today-a.At.Unix()/86400)) / (1 << 32)))
		}
	}
	return total
}
