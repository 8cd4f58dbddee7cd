package main

import (
	"fmt"
	"math/rand"
	"slices"
	"strings"

	"github.com/leadloop/leadloop/scoring"
)

// A rule is one condition in the syntax of each candidate. leadloop and expr share theirs; where cel is empty, CEL's is the
// same. Only rules that look at the lead's own fields have a form for gval, govaluate and grule.
type rule struct {
	expr, cel, gval, govaluate, grule string
	points                            int64
}

// onTheLead reports whether the rule looks at the lead's own fields only.
func (r rule) onTheLead() bool { return r.gval != "" }

func (r rule) inCEL() string {
	if r.cel != "" {
		return r.cel
	}
	return r.expr
}

// fiftyRules are the reference workload: 34 rules on the lead and 16 on its activities, of 3 to 11 points.
func fiftyRules() []rule {
	same := func(text string) rule {
		return rule{expr: text, gval: text, govaluate: text, grule: fields.Replace(text)}
	}
	is := func(field string, values ...string) rule {
		quoted := make([]string, len(values))
		for i, v := range values {
			quoted[i] = fmt.Sprintf("%q", v)
		}
		list := strings.Join(quoted, ", ")
		return rule{expr: field + " in [" + list + "]", gval: field + " in [" + list + "]", govaluate: field + " in (" + list + ")", grule: "L." + field + ".In(" + list + ")"}
	}
	matches := func(field, pattern string) rule {
		quoted := fmt.Sprintf("%q", pattern)
		return rule{expr: field + " matches " + quoted, cel: field + ".matches(" + quoted + ")", gval: field + " =~ " + quoted,
			govaluate: field + " =~ " + quoted, grule: "L." + field + ".MatchString(" + quoted + ")"}
	}
	text := func(field, operator, value string) rule { // contains, startsWith, endsWith
		call := fmt.Sprintf("%s(%s, %q)", operator, field, value)
		method := map[string]string{"contains": "Contains", "startsWith": "HasPrefix", "endsWith": "HasSuffix"}[operator]
		return rule{expr: fmt.Sprintf("%s %s %q", field, operator, value), cel: fmt.Sprintf("%s.%s(%q)", field, operator, value),
			gval: call, govaluate: call, grule: fmt.Sprintf("L.%s.%s(%q)", field, method, value)}
	}
	on := func(expr, cel string) rule { return rule{expr: expr, cel: cel} } // on activities
	rules := []rule{
		matches("Title", `(?i)chief|vp|head`),
		matches("Title", `(?i)^(cto|ceo|cfo|coo)\b`),
		matches("Title", `(?i)(director|manager)`),
		text("Title", "contains", "Engineer"),
		is("Industry", "software", "fintech"),
		is("Industry", "gambling", "tobacco"),
		same(`Industry == "healthcare"`),
		same(`Country == "DE"`),
		is("Country", "US", "CA"),
		is("Country", "DE", "AT", "CH"),
		same(`Country == "IN" && Employees >= 1000`),
		same(`Employees >= 200 && Employees < 5000`),
		same(`Employees >= 5000`),
		same(`Employees < 10`),
		same(`Revenue > 1000000.0`),
		same(`Revenue > 50000000.0 && Employees >= 200`),
		text("Domain", "endsWith", ".edu"),
		is("Domain", "gmail.com", "yahoo.com", "hotmail.com"),
		text("Email", "endsWith", "@gmail.com"),
		{expr: `not (Email contains "+")`, cel: `!Email.contains("+")`, gval: `!contains(Email, "+")`, govaluate: `!contains(Email, "+")`, grule: `!L.Email.Contains("+")`},
		same(`OptedIn`),
		same(`Source == "referral"`),
		{expr: `Source in ["webinar", "event"] && OptedIn`, gval: `Source in ["webinar", "event"] && OptedIn`, govaluate: `Source in ("webinar", "event") && OptedIn`,
			grule: `L.Source.In("webinar", "event") && L.OptedIn`},
		same(`Stage == "mql" || Stage == "sql"`),
		{expr: `Phone != nil`, cel: `Phone != null`, gval: `given(Phone)`, govaluate: `given(Phone)`, grule: `L.HasPhone()`},
		{expr: `Phone != nil && Phone startsWith "+49"`, cel: `Phone != null && Phone.startsWith("+49")`, gval: `given(Phone) && startsWith(Phone, "+49")`,
			govaluate: `given(Phone) && startsWith(Phone, "+49")`, grule: `L.HasPhone() && L.PhoneText().HasPrefix("+49")`},
		{expr: `Budget != nil && Budget >= 10000.0`, cel: `Budget != null && Budget >= 10000.0`, gval: `given(Budget) && number(Budget) >= 10000.0`,
			govaluate: `given(Budget) && number(Budget) >= 10000.0`, grule: `L.HasBudget() && L.BudgetNumber() >= 10000.0`},
		{expr: `LinkedIn == nil`, cel: `LinkedIn == null`, gval: `!given(LinkedIn)`, govaluate: `!given(LinkedIn)`, grule: `!L.HasLinkedIn()`},
		{expr: `"enterprise" in Tags`, gval: `has(Tags, "enterprise")`, govaluate: `has(Tags, "enterprise")`, grule: `ContainsStr(L.Tags, "enterprise")`},
		{expr: `len(Tags) >= 3`, cel: `size(Tags) >= 3`, gval: `size(Tags) >= 3`, govaluate: `size(Tags) >= 3`, grule: `L.Tags.Len() >= 3`},
		{expr: `CreatedAt > Now - duration("720h")`, gval: `after(CreatedAt, Now, 720)`, govaluate: `CreatedAt > Now - 2592000`, grule: `L.CreatedAt.After(L.HoursAgo(720))`},
		{expr: `LastSeen < Now - duration("2160h")`, gval: `before(LastSeen, Now, 2160)`, govaluate: `LastSeen < Now - 7776000`,
			grule: `L.LastSeen.Before(L.HoursAgo(2160))`},
		same(`Founded >= 2015 && Employees < 50`),
		{expr: `Company != "" && len(City) > 0 && Owner == ""`, cel: `Company != "" && size(City) > 0 && Owner == ""`, gval: `Company != "" && size(City) > 0 && Owner == ""`,
			govaluate: `Company != "" && size(City) > 0 && Owner == ""`, grule: `L.Company != "" && L.City.Len() > 0 && L.Owner == ""`},

		on(`count(Activities, .Kind == "webinar") >= 2`, `Activities.filter(a, a.Kind == "webinar").size() >= 2`),
		on(`any(Activities, .Kind == "pricing_page" && .At > Now - duration("168h"))`, `Activities.exists(a, a.Kind == "pricing_page" && a.At > Now - duration("168h"))`),
		on(`count(Activities, .Kind == "email_open" && .At > Now - duration("720h")) >= 3`, `Activities.filter(a, a.Kind == "email_open" && a.At > Now - duration("720h")).size() >= 3`),
		on(`count(Activities, .Kind == "email_click") >= 1`, `Activities.filter(a, a.Kind == "email_click").size() >= 1`),
		on(`any(Activities, .Kind == "demo_request")`, `Activities.exists(a, a.Kind == "demo_request")`),
		on(`none(Activities, .Kind == "unsubscribe")`, `!Activities.exists(a, a.Kind == "unsubscribe")`),
		on(`count(Activities, .Kind == "page_view") > 5`, `Activities.filter(a, a.Kind == "page_view").size() > 5`),
		on(`any(Activities, .Kind == "page_view" && .Page contains "/pricing")`, `Activities.exists(a, a.Kind == "page_view" && a.Page.contains("/pricing"))`),
		on(`any(Activities, .Kind == "page_view" && .Page startsWith "/docs")`, `Activities.exists(a, a.Kind == "page_view" && a.Page.startsWith("/docs"))`),
		on(`count(Activities, .At > Now - duration("24h")) >= 1`, `Activities.filter(a, a.At > Now - duration("24h")).size() >= 1`),
		on(`count(Activities, .At > Now - duration("168h")) >= 5`, `Activities.filter(a, a.At > Now - duration("168h")).size() >= 5`),
		on(`any(Activities, .Kind == "form_submit" && .Page == "/contact")`, `Activities.exists(a, a.Kind == "form_submit" && a.Page == "/contact")`),
		on(`any(Activities, .Kind == "call" && .Duration >= 300)`, `Activities.exists(a, a.Kind == "call" && a.Duration >= 300)`),
		on(`count(Activities, .Value > 50.0) >= 2`, `Activities.filter(a, a.Value > 50.0).size() >= 2`),
		on(`all(Activities, .Channel != "spam")`, `Activities.all(a, a.Channel != "spam")`),
		on(`len(Activities) == 0 || none(Activities, .At > Now - duration("1440h"))`, `size(Activities) == 0 || !Activities.exists(a, a.At > Now - duration("1440h"))`),
	}
	for i := range rules {
		rules[i].points = int64(3 + i%9)
	}
	return rules
}

// fields puts a lead's fields behind the name by which grule knows the lead.
var fields = strings.NewReplacer("Industry ", "L.Industry ", "Country ", "L.Country ", "Employees ", "L.Employees ", "Revenue ", "L.Revenue ",
	"OptedIn", "L.OptedIn", "Source ", "L.Source ", "Stage ", "L.Stage ", "Founded ", "L.Founded ")

// leadRules are those of the fifty rules that look at the lead's own fields only.
func leadRules() []rule {
	return slices.DeleteFunc(fiftyRules(), func(r rule) bool { return !r.onTheLead() })
}

// manyRules are conjunctions of an equality and more; two in three ask for the country first.
func manyRules(n int) []rule {
	r := rand.New(rand.NewSource(7))
	countries := []string{"US", "DE", "AT", "IN", "FR", "GB", "CA", "BR"}
	for i := range 60 {
		countries = append(countries, fmt.Sprintf("C%d", i))
	}
	industries := []string{"software", "fintech", "healthcare", "retail", "manufacturing", "energy", "media", "legal", "mining", "aviation"}
	rules := make([]rule, n)
	for i := range rules {
		var expr, grule string
		switch i % 3 {
		case 0:
			expr = fmt.Sprintf(`Country == %q && Employees >= %d`, pick(r, countries...), r.Intn(9000))
			grule = fields.Replace(expr)
		case 1:
			a, b, country := pick(r, industries...), pick(r, industries...), pick(r, countries...)
			expr = fmt.Sprintf(`Industry in [%q, %q] && Country == %q`, a, b, country)
			grule = fmt.Sprintf(`L.Industry.In(%q, %q) && L.Country == %q`, a, b, country)
		default:
			expr = fmt.Sprintf(`Country == %q && Founded >= %d && OptedIn`, pick(r, countries...), 1990+r.Intn(35))
			grule = fields.Replace(expr)
		}
		rules[i] = rule{expr: expr, gval: expr, govaluate: strings.NewReplacer("[", "(", "]", ")").Replace(expr), grule: grule, points: int64(1 + i%7)}
	}
	return rules
}

// modelOf makes leadloop's model of rules.
func modelOf(rules []rule) scoring.Model {
	d := scoring.Dimension{Name: "all"}
	for i, r := range rules {
		d.Rules = append(d.Rules, scoring.Rule{Name: fmt.Sprintf("r%d", i), When: r.expr, Points: scoring.Points(r.points) * scoring.Point})
	}
	return scoring.Model{Schema: scoring.Schema, Name: "peers", Dimensions: []scoring.Dimension{d}}
}

// asRecords makes the model fit for leads that are maps: it declares their fields, and gives what may be missing in a map
// a default.
func asRecords(m scoring.Model) scoring.Model {
	for i := range m.Dimensions[0].Rules {
		r := &m.Dimensions[0].Rules[i]
		r.When = strings.ReplaceAll(r.When, "OptedIn", "(OptedIn ?? false)")
	}
	m.Fields = map[string]scoring.FieldType{"Employees": scoring.Integer, "Founded": scoring.Integer, "Revenue": scoring.Number, "OptedIn": scoring.Boolean,
		"Budget": scoring.Number, "Tags": scoring.Texts, "CreatedAt": scoring.Time, "LastSeen": scoring.Time}
	for name := range strings.FieldsSeq("Email Domain Title Company Industry Country City Source Stage Owner Phone LinkedIn") {
		m.Fields[name] = scoring.Text
	}
	m.ActivityFields = map[string]scoring.FieldType{"Kind": scoring.Text, "At": scoring.Time, "Channel": scoring.Text, "Page": scoring.Text,
		"Duration": scoring.Integer, "Value": scoring.Number}
	return m
}

// fiveDecaying are rules of which each looks at every activity of a kind, and lets its points halve in 14 days.
func fiveDecaying() scoring.Model {
	d := scoring.Dimension{Name: "decaying"}
	for _, kind := range decayingKinds {
		d.Rules = append(d.Rules, scoring.Rule{Name: kind, Each: fmt.Sprintf("Kind == %q", kind), Points: 5 * scoring.Point, HalfLife: 14 * scoring.Day})
	}
	return scoring.Model{Schema: scoring.Schema, Name: "five decaying rules", Dimensions: []scoring.Dimension{d}}
}

var decayingKinds = []string{"page_view", "email_click", "webinar", "call", "pricing_page"}
