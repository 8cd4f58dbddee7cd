package rule_test

import (
	"math"
	"testing"
	"time"

	"github.com/leadloop/leadloop/internal/rule"
)

// trapped is a host whose values are easy to get wrong. What is not named is nil or zero.
func trapped() *rule.Subject[host, deed] {
	return &rule.Subject[host, deed]{
		Lead: &host{
			Name: "a\xffb", Title: "Head of Sales\nDACH", Country: "\u212a", Tier: "mql", On: true, Flag: true, Said: new(flag(true)), Sure: new(false),
			contactData: contactData{Seen: new(time.Date(1, 1, 1, 0, 0, 1, 0, time.UTC))},
			I:           wide(1<<53 + 1), I8: 127, I16: 5, I64: math.MaxInt64, U8: 1, U64: 1 << 63, Big: new(uint64(math.MaxUint64)), Level: 3, Quota: math.MaxUint64,
			F: math.NaN(), F32: 0.1, Ratio: 0.1, Worth: new(math.Copysign(0, -1)), Part: new(float32(0.5)),
			Born: time.Unix(1<<63-62135596801, 0), Closed: new(clockShift[0].In(berlin)), Wait: math.MaxInt64,
			Tags: []string{"", "b"}, Levels: []level{3}, Pair: [2]int{5, 6}, Trio: [3]string{"x", "mql", ""}, Times: []time.Time{clockShift[0].In(berlin)},
			Any: uint8(3), Ledger: &map[string]int{"a": 1}, Counts: map[string]int{"a": 1}, Spots: []*placeOf[tier]{nil, {City: "Bern"}},
		},
		Activities: []deed{
			{Kind: "visit", Count: 2, Value: 1.5, Ok: true, At: days(1), Labels: []string{"hot"}, Steps: []int{0}},
			{Kind: "visit", Count: 0, Value: math.NaN(), At: now.Add(-720 * time.Hour), Origin: &Origin{Campaign: "spring"}},
			{Kind: "call", Count: 5, Ok: true, At: now, Type: "sal"},
			{Kind: "call", Count: 0, At: now.Add(1)}, // not yet
			{Kind: "call", Count: 0},                 // never
		},
		Now: now,
	}
}

// What an engine gets wrong if it does the obvious. The answers follow from the
// language's own rules: unsigned numbers are taken for signed ones, whole numbers
// become fractions beside one, division always makes a fraction, what is missing
// equals only nil and holds no text, and what fails makes all fail unless it is not reached.
func TestTraps(t *testing.T) {
	traps := []struct {
		text string
		want answer
	}{
		// What is missing.
		{`nil in ["a", nil]`, yes}, {`nil in ["a"]`, no}, {`Nick in ["a"]`, no}, {`Nick not in ["a"]`, yes}, {`Nick in ["a", nil]`, yes}, {`Nick == nil`, yes}, {`Nick == ""`, no},
		{`Nick != "x"`, yes}, {`Nick contains ""`, no}, {`not (Nick contains "x")`, yes}, {`not (Nick startsWith "")`, yes}, {`Nick matches ".*"`, no}, {`"x" contains Nick`, no},
		{`Nick < "a"`, fails}, {`lower(Nick) == "x"`, fails}, {`(Nick ?? "none") == "none"`, yes}, {`Age == 0`, no}, {`Age != 0`, yes}, {`Age > 0`, fails}, {`Age in 0..9`, no},
		{`Age not in [0]`, yes}, {`not (Age > 0)`, fails}, {`Age == nil or Age > 0`, yes}, {`Age > 0 or Age == nil`, fails}, {`Age == Size`, yes}, {`Grade == nil`, yes}, {`Grade == "mql"`, no},
		{`Sure and On`, no}, {`Sure == true`, no}, {`not Sure`, yes}, {`Said == true`, yes}, {`Tiers == nil`, yes}, {`Tiers != nil`, no}, {`Sizes == nil`, yes}, {`len(Tiers) == 0`, yes},
		{`"a" in Tiers`, no}, {`Tags == nil`, no}, {`Firm == nil`, yes}, {`Sector == ""`, fails}, {`Sector != "x"`, fails}, {`Staff in [1]`, fails}, {`Work.City == ""`, fails},
		{`Work?.City == nil`, yes}, {`Work?.City in [""]`, no}, {`Work?.Zip > 1`, fails}, {`(Work.Zip ?? 1) == 1`, fails},
		{`(Work?.Zip ?? 7) == 7`, yes}, {`Work?.Geo?.Lat == nil`, yes}, {`Home.Geo.Lat == 0.0`, fails}, {`Home.Geo?.Lat == nil`, yes}, {`Home.Note == nil`, yes},
		{`Spots[0].City == ""`, fails}, {`Spots[0]?.City == nil`, yes}, {`Spots[1].City == "Bern"`, yes}, {`any(Spots, .City == "Bern")`, fails}, {`Spots[2] == nil`, fails},
		{`Pause == nil`, yes}, {`Wait > Pause`, fails}, {`Marks == nil`, yes}, {`"a" in Marks`, no}, {`len(Marks) == 0`, fails},
		{`Work?.City == ""`, fails}, {`Work?.City != "x"`, fails}, {`Work?.Zip == 1`, fails}, {`Work?.Zip != 1.5`, yes}, // two texts, or two ints, are compared as such
		// Texts and lists of texts. In a text \xff is the character, not the byte.
		{`Tier == "mql"`, yes}, {`"mql" == Tier`, yes}, {`Tier != "mql"`, no}, {`Tier in ["sal", "mql"]`, yes}, {`Tier in Trio`, yes}, {`Country in []`, no}, {`Country not in []`, yes},
		{`"" in Tags`, yes}, {`"" in Trio`, yes}, {`Name == "a\xffb"`, no}, {`"\xff" == "ÿ"`, yes}, {`Name contains "\ufffd"`, no}, {`len(Name) == 3`, yes}, {`Title > "Head"`, yes},
		{`Name matches "\ufffd"`, yes}, {`Name matches "^a.b$"`, yes}, {`Country matches "(?i)k"`, yes}, {`Country matches "K"`, no}, {`"ſ" matches "(?i)s"`, yes}, {`lower(Country) == "k"`, yes},
		{`Title matches "Sales$"`, no}, {`Title matches "(?m)Sales$"`, yes}, {`Title matches "Sales.DACH"`, no}, {`Title matches "(?s)Sales.DACH"`, yes}, {`Title matches "(?i)\\bdach\\b"`, yes},
		{`"VPs" matches "(?i)^vp\\b"`, no}, {`"é" matches "^.$"`, yes}, {`Trio[2] matches "^$"`, yes}, {`alias matches ""`, yes},
		// Numbers.
		{`I == 9007199254740992`, no}, {`I == 9007199254740992.0`, yes}, {`I in [9007199254740992.0]`, yes}, {`I in [9007199254740992]`, no}, {`I > 9007199254740992.0`, no}, {`I > 9007199254740992`, yes},
		{`I64 + 1 < 0`, yes}, {`I64 == 9223372036854775807`, yes}, {`I64 >= 9223372036854775808.0`, yes}, {`I8 + 1 == 128`, yes}, {`U8 - 2 == -1`, yes}, {`-U8 == 255`, yes},
		{`U64 > 5`, no}, {`U64 < 0`, yes}, {`U64 > 5.0`, yes}, {`U64 >= 9223372036854775808.0`, yes}, {`Big == -1`, yes}, {`Big > 1.5`, yes}, {`Big in [-1]`, yes}, {`Quota == -1`, yes}, {`Quota < 0`, yes},
		{`7 / 2 == 3.5`, yes}, {`7 / 2 == 3`, no}, {`6 / 2 in [3]`, yes}, {`I16 / 0 > 1e300`, yes}, {`-I16 / 0 < -1e300`, yes}, {`0 / 0 == 0 / 0`, no}, {`I16 % 0 == 0`, fails}, {`I16 % 3 == 2`, yes}, {`-5 % 3 == -2`, yes},
		{`F > 1`, no}, {`F <= 1`, no}, {`not (F > 1)`, yes}, {`F == F`, no}, {`F != F`, yes}, {`F in [F]`, no}, {`F not in [1.0, nil]`, yes}, {`F >= 1 and F < 5`, no}, {`F < 1 or F >= 1`, no}, {`F in 1..9`, no},
		{`F32 == 0.1`, no}, {`F32 > 0.1`, yes}, {`Ratio == 0.1`, no}, {`Ratio > 0.1`, yes}, {`Ratio == F32`, yes}, {`Part in [0.5]`, yes}, {`Worth == 0`, yes}, {`Worth < 0`, no}, {`1 / Worth < 0`, yes},
		{`Any == 3`, yes}, {`Any == 3.0`, yes}, {`Any in [3]`, yes}, {`Any > 2`, yes}, {`Any == "3"`, no}, {`Any contains "3"`, fails}, {`3.0 in Levels`, yes}, {`Level in 1..3`, yes}, {`2.5 in 1..3`, no}, {`3.0 in 1..3`, yes},
		{`6 in Pair`, yes}, {`Pair[2] == 0`, fails}, {`Pair[-1] == 6`, yes}, {`Levels[0] == Level`, yes},
		// Maps. A pointer to one has nothing to give for what it lacks.
		{`Counts.a == 1`, yes}, {`Counts.zz == 0`, yes}, {`"zz" in Counts`, no}, {`Words.a == ""`, yes}, {`"a" in Words`, no}, {`Ledger.a == 1`, yes}, {`"a" in Ledger`, yes}, {`Ledger.zz == 0`, fails}, {`Ledger.zz > 0`, fails},
		// What is not reached does not fail.
		{`false and I16 % 0 == 0`, no}, {`I16 % 0 == 0 and false`, fails}, {`true or I16 % 0 == 0`, yes}, {`I16 % 0 == 0 or true`, fails}, {`not (I16 % 0 == 0)`, fails}, {`On ? true : I16 % 0 == 0`, yes},
		{`On ? I16 % 0 == 0 : true`, fails}, {`((I16 % 0) ?? 1) == 1`, fails}, {`On and (Flag or I16 % 0 == 0)`, yes}, {`(Country == "x" or On) and not (Tier == "mql" and I16 % 0 == 0)`, fails}, {`Tier == "sal" and Age > 3`, no},
		{`not (Tier == "sal" and Age > 3)`, yes}, {`Tier == "mql" and Age > 3`, fails}, {`Any`, fails}, {`Any and false`, fails}, {`false and Any`, no},
		// Lists beside other conditions.
		{`Country == "x" or I16 in [7, 5]`, yes}, {`Country == "x" or I16 not in [7, 5]`, no}, {`Country == "x" or Title in ["y", "Head of Sales\nDACH"]`, yes}, {`Country == "x" or F in [1.5, 2.5]`, no},
		{`any(Activities, .Kind == "mail" or .Value in [7.5, 1.5])`, yes}, {`count(Activities, .Kind == "mail" ? true : .Value not in [7.5, 1.5]) == 2`, yes}, {`any(Activities, not (.Kind == "visit" or .Count not in [2, 5]))`, yes},
		// Times.
		{`Born > Now`, yes}, {`Born > Now - duration("720h")`, yes}, {`Born < date("9999-12-31")`, no}, {`Born.Year() > 292277020000`, yes}, {`Seen < Now`, yes}, {`Seen > Now - duration("2562047h")`, no},
		{`Now - Born < duration("0h")`, yes}, {`Now - Born == Lead.Wait - duration("1h") - Lead.Wait`, no}, {`Now - Seen == Wait`, yes}, {`Now - duration("720h") < Now`, yes}, {`Wait + duration("1ns") < duration("0h")`, yes},
		{`Closed == date("2026-03-29T01:00:00Z")`, yes}, {`Closed in [date("2026-03-29T03:00:00+02:00")]`, yes}, {`Closed in Times`, yes}, {`date("2026-03-29T01:00:00Z") in Times`, yes}, {`Closed == nil`, no},
		{`Closed.Hour() == 3`, yes}, {`Closed.Add(duration("-1ns")).Hour() == 1`, yes}, {`Closed - duration("24h") == Closed.AddDate(0, 0, -1)`, no}, {`Closed < Now - duration("1872h")`, yes},
		// Activities: those dated after now and those without a date do not count.
		{`len(Activities) == 3`, yes}, {`count(Activities, .Kind == "visit") == 2`, yes}, {`count(Activities, .Kind == "call") in [1]`, yes}, {`count(Activities, true) >= 2.5`, yes}, {`1 < count(Activities, .Ok)`, yes},
		{`count(Activities, .At > Now - duration("720h")) == 2`, yes}, {`count(Activities, .At >= Now - duration("720h")) == 3`, yes}, {`count(Activities, .At < Now) == 2`, yes}, {`any(Activities, .At == Now)`, yes},
		{`count(Activities, .Value > 1) == 1`, yes}, {`count(Activities, not (.Value <= 1)) == 2`, yes}, {`any(Activities, .Value != .Value)`, yes}, {`all(Activities, .Value >= 0)`, no}, {`one(Activities, .Kind == "call")`, yes},
		{`any(Activities, 5 % .Count == 1)`, fails}, {`any(Activities, .Count > 0 and 5 % .Count == 1)`, yes}, {`all(Activities, .Campaign == "spring")`, fails}, {`none(Activities, .Labels[0] == "hot")`, fails},
		{`false and any(Activities, 5 % .Count == 1)`, no}, {`count(Activities, .Kind == "visit" and .Steps[0] == 0) > 0`, fails}, {`sum(Activities, .Count) == 7`, yes}, {`sum(Activities, .Value) > 0`, no},
		{`any(Activities, .Type == Tier)`, no}, {`any(Activities, .Type in ["sal"])`, yes}, {`count(Activities, "hot" in .Labels) == 1`, yes}, {`all(Activities, .Sure == nil)`, yes}, {`any(Activities, .Times > 1)`, fails},
		{`count(filter(Activities, .Ok), .Kind == "call") == 1`, yes}, {`len(filter(Activities, .Note == nil)) == len(Activities)`, yes}, {`count(Activities, .Kind == "mail") == Age`, no}, {`count(Activities, .Kind == "mail") > Age`, fails},
	}
	b := newBench[host, deed](t, rule.Dated())
	for _, trap := range traps {
		if !b.lead(trap.text) {
			_, err := b.compiler.LeadCondition(trap.text)
			t.Errorf("%s: %v", trap.text, err)
		}
	}
	found := b.compare(t, trapped(), []int{0, 1, 2})
	for i, trap := range traps {
		if got := found.lead[i]; got != trap.want {
			t.Errorf("%s: to the machine it %s, want that it %s", trap.text, got, trap.want)
		}
		if got := b.alone(trapped(), i); got != trap.want {
			t.Errorf("%s: alone it %s, want that it %s", trap.text, got, trap.want)
		}
	}
}
