package scoring_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/vm"

	"github.com/leadloop/leadloop/scoring"
)

// candidate scores a workload's leads: total gives the whole points of one.
type candidate struct {
	name  string
	total func(lead int) int64
}

func scorerOf[L, A any](t testing.TB, m scoring.Model) *scoring.Scorer[L, A] {
	t.Helper()
	scorer, err := scoring.Compile[L, A](m)
	if err != nil {
		t.Fatal(err)
	}
	return scorer
}

func whole(p scoring.Points) int64 { return int64(p / scoring.Point) }

// ours scores as the host may call it: for the total alone, and for the score
// with its lines, into memory that is used again or into new one.
func ours[L, A any](t testing.TB, m scoring.Model, subjects []scoring.Subject[L, A]) []candidate {
	scorer := scorerOf[L, A](t, m)
	var score scoring.Score
	return []candidate{
		{"Points", func(i int) int64 { return whole(scorer.Points(subjects[i], noon)) }},
		{"ScoreInto", func(i int) int64 {
			scorer.ScoreInto(&score, subjects[i], noon)
			return whole(score.Total)
		}},
		{"Score", func(i int) int64 { return whole(scorer.Score(subjects[i], noon).Total) }},
	}
}

// afterAChange asks states, which know the leads, for the total after one field of
// the lead was said to have changed. It is decided anew, whether it has or not.
func afterAChange(t testing.TB, m scoring.Model, subjects []scoring.Subject[contact, action]) candidate {
	scorer := scorerOf[contact, action](t, m)
	states := make([]*scoring.State[contact, action], len(subjects))
	for i, subject := range subjects {
		var err error
		if states[i], err = scorer.State(subject.Lead); err != nil {
			t.Fatal(err)
		}
		states[i].Add(subject.Activities...)
		states[i].Points(noon)
	}
	return candidate{"after-a-change", func(i int) int64 {
		if err := states[i].Changed("Country"); err != nil {
			t.Fatal(err)
		}
		return whole(states[i].Points(noon))
	}}
}

// textsOf lists the conditions of a model and their whole points.
func textsOf(m scoring.Model) (texts []string, points []int64) {
	for _, d := range m.Dimensions {
		for _, r := range d.Rules {
			texts, points = append(texts, r.When), append(points, whole(r.Points))
		}
	}
	return texts, points
}

func compileExpression(t testing.TB, text string, options ...expr.Option) *vm.Program {
	t.Helper()
	program, err := expr.Compile(text, options...)
	if err != nil {
		t.Fatal(err)
	}
	return program
}

// byPrograms runs one program for each rule on one machine.
func byPrograms[E any](t testing.TB, name string, m scoring.Model, environments []E, options ...expr.Option) candidate {
	texts, points := textsOf(m)
	programs := make([]*vm.Program, len(texts))
	for i, text := range texts {
		programs[i] = compileExpression(t, text, options...)
	}
	var machine vm.VM
	return candidate{name, func(lead int) (total int64) {
		for i, program := range programs {
			holds, err := machine.Run(program, environments[lead])
			if err != nil {
				panic(err)
			}
			if holds.(bool) {
				total += points[i]
			}
		}
		return total
	}}
}

// byExpression uses the expression language as its documentation shows, with a machine that is used again.
func byExpression(t testing.TB, m scoring.Model, leads []*contact) candidate {
	return byPrograms(t, "expr", m, leads, expr.Env(&contact{}))
}

// byExpressionOverMaps does the same for leads that are maps.
func byExpressionOverMaps(t testing.TB, m scoring.Model, leads []*contact) candidate {
	environments := make([]map[string]any, len(leads))
	for i, subject := range recordsOf(leads) {
		environments[i] = *subject.Lead
		activities := make([]map[string]any, len(subject.Activities))
		for j, a := range subject.Activities {
			activities[j] = a
		}
		environments[i]["Activities"], environments[i]["Now"] = activities, noon
	}
	known := contact{Phone: new(string), LinkedIn: new(string), Budget: new(float64)}
	sample := map[string]any(recordOf(&known))
	sample["Activities"], sample["Now"] = environments[0]["Activities"], noon
	return byPrograms(t, "expr-of-maps", m, environments, expr.Env(sample))
}

// foldDurations computes constant spans at compile time.
type foldDurations struct{}

func (foldDurations) Visit(node *ast.Node) {
	if n, ok := (*node).(*ast.BuiltinNode); ok && n.Name == "duration" {
		if d, err := time.ParseDuration(n.Arguments[0].(*ast.StringNode).Value); err == nil {
			ast.Patch(node, &ast.ConstantNode{Value: d})
		}
	}
}

// byOneExpression makes one program of all rules, a list of what holds, and computes what is constant before.
func byOneExpression(t testing.TB, m scoring.Model, leads []*contact) candidate {
	texts, points := textsOf(m)
	program := compileExpression(t, "["+strings.Join(texts, ", ")+"]", expr.Env(contact{}), expr.Patch(foldDurations{}))
	var machine vm.VM
	return candidate{"expr-in-one", func(lead int) (total int64) {
		list, err := machine.Run(program, leads[lead])
		if err != nil {
			panic(err)
		}
		for i, holds := range list.([]any) {
			if holds.(bool) {
				total += points[i]
			}
		}
		return total
	}}
}

func byHand(name string, score func(*contact, *[50]bool) int, leads []*contact) candidate {
	return candidate{name, func(lead int) int64 {
		var holds [50]bool
		return int64(score(leads[lead], &holds))
	}}
}

var (
	chiefs    = regexp.MustCompile(`(?i)chief|vp|head`)
	officers  = regexp.MustCompile(`(?i)^(cto|ceo|cfo|coo)\b`)
	directors = regexp.MustCompile(`(?i)(director|manager)`)
)

// scoreByHand is the fifty rules as one writes them without thinking of speed:
// regular expressions, and a pass over the activities for each rule.
func scoreByHand(l *contact, m *[50]bool) int {
	m[0], m[1], m[2] = chiefs.MatchString(l.Title), officers.MatchString(l.Title), directors.MatchString(l.Title)
	leadByHand(l, m)
	week, month, day, sixty := l.Now.Add(-168*time.Hour), l.Now.Add(-720*time.Hour), l.Now.Add(-24*time.Hour), l.Now.Add(-1440*time.Hour)
	count := func(f func(*action) bool) (n int) {
		for i := range l.Activities {
			if f(&l.Activities[i]) {
				n++
			}
		}
		return n
	}
	some := func(f func(*action) bool) bool {
		for i := range l.Activities {
			if f(&l.Activities[i]) {
				return true
			}
		}
		return false
	}
	m[34] = count(func(a *action) bool { return a.Kind == "webinar" }) >= 2
	m[35] = some(func(a *action) bool { return a.Kind == "pricing_page" && a.At.After(week) })
	m[36] = count(func(a *action) bool { return a.Kind == "email_open" && a.At.After(month) }) >= 3
	m[37] = some(func(a *action) bool { return a.Kind == "email_click" })
	m[38] = some(func(a *action) bool { return a.Kind == "demo_request" })
	m[39] = !some(func(a *action) bool { return a.Kind == "unsubscribe" })
	m[40] = count(func(a *action) bool { return a.Kind == "page_view" }) > 5
	m[41] = some(func(a *action) bool { return a.Kind == "page_view" && strings.Contains(a.Page, "/pricing") })
	m[42] = some(func(a *action) bool { return a.Kind == "page_view" && strings.HasPrefix(a.Page, "/docs") })
	m[43] = some(func(a *action) bool { return a.At.After(day) })
	m[44] = count(func(a *action) bool { return a.At.After(week) }) >= 5
	m[45] = some(func(a *action) bool { return a.Kind == "form_submit" && a.Page == "/contact" })
	m[46] = some(func(a *action) bool { return a.Kind == "call" && a.Duration >= 300 })
	m[47] = count(func(a *action) bool { return a.Value > 50 }) >= 2
	m[48] = !some(func(a *action) bool { return a.Channel == "spam" })
	m[49] = len(l.Activities) == 0 || !some(func(a *action) bool { return a.At.After(sixty) })
	return sumByHand(m)
}

func leadByHand(l *contact, m *[50]bool) {
	m[3] = strings.Contains(l.Title, "Engineer")
	m[4] = l.Industry == "software" || l.Industry == "fintech"
	m[5] = l.Industry == "gambling" || l.Industry == "tobacco"
	m[6] = l.Industry == "healthcare"
	m[7] = l.Country == "DE"
	m[8] = l.Country == "US" || l.Country == "CA"
	m[9] = l.Country == "DE" || l.Country == "AT" || l.Country == "CH"
	m[10] = l.Country == "IN" && l.Employees >= 1000
	m[11] = l.Employees >= 200 && l.Employees < 5000
	m[12] = l.Employees >= 5000
	m[13] = l.Employees < 10
	m[14] = l.Revenue > 1000000
	m[15] = l.Revenue > 50000000 && l.Employees >= 200
	m[16] = strings.HasSuffix(l.Domain, ".edu")
	m[17] = l.Domain == "gmail.com" || l.Domain == "yahoo.com" || l.Domain == "hotmail.com"
	m[18] = strings.HasSuffix(l.Email, "@gmail.com")
	m[19] = !strings.Contains(l.Email, "+")
	m[20] = l.OptedIn
	m[21] = l.Source == "referral"
	m[22] = (l.Source == "webinar" || l.Source == "event") && l.OptedIn
	m[23] = l.Stage == "mql" || l.Stage == "sql"
	m[24] = l.Phone != nil
	m[25] = l.Phone != nil && strings.HasPrefix(*l.Phone, "+49")
	m[26] = l.Budget != nil && *l.Budget >= 10000
	m[27] = l.LinkedIn == nil
	m[28] = false
	for _, tag := range l.Tags {
		if tag == "enterprise" {
			m[28] = true
			break
		}
	}
	m[29] = len(l.Tags) >= 3
	m[30] = l.CreatedAt.After(l.Now.Add(-720 * time.Hour))
	m[31] = l.LastSeen.Before(l.Now.Add(-2160 * time.Hour))
	m[32] = l.Founded >= 2015 && l.Employees < 50
	m[33] = l.Company != "" && len(l.City) > 0 && l.Owner == ""
}

func sumByHand(m *[50]bool) (sum int) {
	for i := range m {
		if m[i] {
			sum += 3 + i%9
		}
	}
	return sum
}

// scoreByExpert is the fifty rules by one who thinks of nothing but speed: no
// regular expression, and one pass over the activities.
func scoreByExpert(l *contact, m *[50]bool) int {
	m[0] = holdsFolded(l.Title, "chief") || holdsFolded(l.Title, "vp") || holdsFolded(l.Title, "head")
	m[1] = isOfficer(l.Title)
	m[2] = holdsFolded(l.Title, "director") || holdsFolded(l.Title, "manager")
	leadByHand(l, m)
	week, month, day, sixty := l.Now.Add(-168*time.Hour), l.Now.Add(-720*time.Hour), l.Now.Add(-24*time.Hour), l.Now.Add(-1440*time.Hour)
	var webinars, opens, views, inWeek, dear int
	var pricing, click, demo, unsubscribed, viewedPricing, viewedDocs, today, form, call, spam, recent bool
	for i := range l.Activities {
		a := &l.Activities[i]
		thisWeek := false
		if a.At.After(sixty) {
			recent = true
			if a.At.After(week) {
				thisWeek = true
				inWeek++
				if a.At.After(day) {
					today = true
				}
			}
		}
		switch a.Kind {
		case "webinar":
			webinars++
		case "pricing_page":
			pricing = pricing || thisWeek
		case "email_open":
			if a.At.After(month) {
				opens++
			}
		case "email_click":
			click = true
		case "demo_request":
			demo = true
		case "unsubscribe":
			unsubscribed = true
		case "page_view":
			views++
			viewedPricing = viewedPricing || strings.Contains(a.Page, "/pricing")
			viewedDocs = viewedDocs || strings.HasPrefix(a.Page, "/docs")
		case "form_submit":
			form = form || a.Page == "/contact"
		case "call":
			call = call || a.Duration >= 300
		}
		if a.Value > 50 {
			dear++
		}
		if a.Channel == "spam" {
			spam = true
		}
	}
	m[34], m[35], m[36], m[37], m[38], m[39] = webinars >= 2, pricing, opens >= 3, click, demo, !unsubscribed
	m[40], m[41], m[42], m[43], m[44], m[45] = views > 5, viewedPricing, viewedDocs, today, inWeek >= 5, form
	m[46], m[47], m[48], m[49] = call, dear >= 2, !spam, len(l.Activities) == 0 || !recent
	return sumByHand(m)
}

// holdsFolded looks for ASCII letters in small ones, whatever their case in the text.
func holdsFolded(s, letters string) bool {
	for i := 0; i+len(letters) <= len(s); i++ {
		if s[i]|0x20 == letters[0] {
			j := 1
			for j < len(letters) && s[i+j]|0x20 == letters[j] {
				j++
			}
			if j == len(letters) {
				return true
			}
		}
	}
	return false
}

func isOfficer(title string) bool {
	if len(title) < 3 || title[0]|0x20 != 'c' || title[2]|0x20 != 'o' || len(title) > 3 && isWord(title[3]) {
		return false
	}
	switch title[1] | 0x20 {
	case 't', 'e', 'f', 'o':
		return true
	}
	return false
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
