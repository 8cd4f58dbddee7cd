package rule_test

import (
	"testing"

	"github.com/leadloop/leadloop/internal/rule"
)

func TestLeadConditions(t *testing.T) {
	c, err := rule.NewCompiler[lead, activity]()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		text string
		want bool
	}{
		{`Title matches "(?i)vp|head"`, true},
		{`Email endsWith "@example.com" and owner == "kim"`, true},
		{`Lead.Email == Email`, true},
		{`Stage == "mql"`, true},
		{`Stage != "mql"`, false},
		{`"mql" == Stage`, true},
		{`Stage in ["mql", "sal"]`, true},
		{`Stage startsWith "mq"`, true},
		{`string(Stage) + "!" == "mql!"`, true},
		{`"inquiry" in Past`, true},
		{`any(Past, # == "mql")`, true},
		{`first(Past) == "inquiry"`, true},
		{`Past[1] == Stage`, true},
		{`Rank == 3 and Rank > 2 and Rank + 1 == 4`, true},
		{`Seats == 12`, true},
		{`Employees in 200..300`, true},
		{`int(Revenue) == 1500000`, true},
		{`len(1..10000) == 10000`, true},
		{`any(Activities, .Kind == Referrer) or max(Seats, Rank) == 12`, true},
		{`none(Activities, max(.Duration, 6) == 6 and .Page == "/")`, true},
		{`7 / 2 == 3.5`, true},
		{`Phone == nil`, true},
		{`Phone == "x"`, false},
		{`(Phone ?? "none") == "none"`, true},
		{`Referrer == nil`, true},
		{`Referrer == "mql"`, false},
		{`Confirmed == true`, false},
		{`Budget == nil`, true},
		{`Address.City == "Bern"`, true},
		{`Office?.City == nil`, true},
		{`Address.Country == nil`, true},
		{`Now - CreatedAt > duration("30d")`, true},
		{`CreatedAt > Now - duration("39d23h")`, false},
		{`CreatedAt == Now - duration("40d") and CreatedAt == Now - duration("960h")`, true},
		{`duration("36h") == duration("1d12h") and duration("-1d") == duration("-24h")`, true},
		{`duration("1.5h") == duration("90m") and duration("+1.5h") == duration("1h30m0s")`, true}, // as Go writes them
		{`duration("1500ms") * 2 == duration("3s") and duration("1us") == duration("1000ns")`, true},
		{`CreatedAt < date("2026-06-01")`, true},
		{`CreatedAt > date("2026-05-01T00:00:00+02:00")`, true},
		{`CreatedAt.Year() == 2026 and CreatedAt.Month() == 5`, true},
		{`(Now - CreatedAt).Hours() == 960`, true},
		{`Now.Weekday() == 1`, true},
		{`count(Activities, .Kind == "visit") == 2`, true},
		{`count(Activities, .Kind == "visit" and .At > Now - duration("30d")) == 1`, true},
		{`any(Activities, .Kind in ["call", "mail"] and .Value > 2)`, true},
		{`any(Activities, any(["call", "mql"], # == Stage))`, true},
		{`any(Activities, "hot" in .Labels)`, true},
		{`sum(Activities, .Duration) == 72`, true},
		{`len(filter(Activities, .Page startsWith "/")) == 3`, true},
		{`first(sortBy(Activities, .Duration)).Page == "/pricing"`, true},
		{`len(Activities) == 3`, true},
		{`Numbers["x"] == 1 and Numbers.y == 0`, true},
		{`split(Email, "@")[1] == "example.com"`, true},
		{`Extra == "extra"`, true},
		{`OptedIn ? Employees > 100 : false`, true},
		{`Extra in ["extra"]`, true},
	} {
		condition, err := c.LeadCondition(test.text)
		if err != nil {
			t.Errorf("%s: %v", test.text, err)
			continue
		}
		got, err := condition.Eval(example(), nil)
		if err != nil || got != test.want {
			t.Errorf("%s = %v, %v, want %v", test.text, got, err, test.want)
		}
	}
}
