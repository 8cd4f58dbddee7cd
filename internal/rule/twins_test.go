package rule_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/internal/rule"
)

// Texts that read alike but for a constant's type share nothing, whichever comes first.
func TestTwins(t *testing.T) {
	for _, pair := range [][2]string{
		{`any(Activities, .Bulk > 5)`, `any(Activities, .Bulk > 5.0)`},
		{`any(Activities, .Ok and .Bulk > 5)`, `any(Activities, .Ok and .Bulk > 5.0)`},
		{`On and (Flag == false or Quota > 5)`, `On and (Flag == false or Quota > 5.0)`},
		{`I * 4 / 2 == 5 or Quota < 7`, `I * 4 / 2 == 5 or Quota < 7.0`},
		{`any(Activities, .Took > duration("5ns"))`, `any(Activities, .Took > 5)`},
		{`Wait + duration("1h") > duration("5ns") or Sector == "x"`, `Wait + duration("1h") > 5 or Sector == "x"`},
		{`I64 + 1 == 9007199254740993`, `I64 + 1 == 9007199254740993.0`},
	} {
		for _, order := range [][2]int{{0, 1}, {1, 0}} {
			b := newBench[host, deed](t, rule.Dated())
			for range 2 {
				for _, i := range order {
					b.lead(pair[i])
				}
			}
			s := trapped()
			for i := range s.Activities {
				s.Activities[i].Bulk, s.Activities[i].Took = 1<<63, 7
			}
			b.compare(t, s, []int{0, 1, 2})
		}
	}
}

// What the least integer of a width turns into when its sign does.
func TestNegativeOfTheLeast(t *testing.T) {
	b := newBench[host, deed](t, rule.Dated())
	for _, text := range []string{`-I8 == 128`, `-I8 == -128`, `-I8 < 0`, `-I16 > 0`, `-I32 > 0`, `-I64 > 0`, `-I > 0`, `-Level == 128`, `-Level > 0`,
		`-(On ? I8 : I16) < 0`, `-(I8 + 0) == 128`, `-(-I8) == -128`, `-Floor == 128`, `-F32 == 0.5`, `-(Age ?? I8) < 0`} {
		if !b.lead(text) {
			t.Logf("refused: %s", text)
		}
	}
	s := trapped()
	s.Lead.I8, s.Lead.I16, s.Lead.I32, s.Lead.I64, s.Lead.I = math.MinInt8, math.MinInt16, math.MinInt32, math.MinInt64, math.MinInt
	s.Lead.Level, s.Lead.Floor, s.Lead.F32 = math.MinInt8, new(level(math.MinInt8)), -0.5
	b.compare(t, s, []int{0, 1, 2})
}

// A time that time.Unix has wrapped around is before all others, whatever Unix says.
func TestWrappedTime(t *testing.T) {
	b := newBench[host, deed](t, rule.Dated())
	for _, text := range []string{`Born > Now`, `Born < Now - duration("1h")`, `any(Activities, .At > Now - duration("1h"))`, `Closed >= Now`, `any(Activities, .Until < Now)`} {
		if !b.lead(text) {
			t.Fatal(text)
		}
	}
	b.each(`At > Now - duration("1h")`)
	for _, at := range []time.Time{time.Unix(math.MaxInt64, 0), time.Unix(math.MaxInt64-62135596800, 0), time.Unix(math.MaxInt64-62135596801, 5), time.Unix(math.MinInt64, 0),
		time.Unix(1<<33-1, 999999999), time.Unix(1<<33, 0), time.Unix(-1<<33+1, 0), time.Unix(-1<<33, 999999999)} {
		s := trapped()
		s.Lead.Born, s.Lead.Closed = at, &at
		s.Activities = []deed{{At: at, Until: &at}}
		counts := []int{0}
		if at.After(now) {
			counts = nil
		}
		b.compare(t, s, counts)
	}
	for _, second := range []int64{1<<33 - 1, 1 << 33, 1<<33 - 3600, 1<<33 - 3601, -1<<33 + 1, -1<<33 + 3600, -1<<33 + 3601, -1 << 33} {
		for _, off := range []time.Duration{-1, 0, 1, -time.Hour, time.Hour} {
			s := trapped()
			s.Now = time.Unix(second, 999999999)
			at := s.Now.Add(off)
			s.Lead.Born, s.Lead.Closed = at, &at
			s.Activities = []deed{{At: at, Until: &at}}
			counts := []int{0}
			if off > 0 {
				counts = nil
			}
			b.compare(t, s, counts)
		}
	}
}

// Sets at the borders of words and activities at the borders of chunks, with
// runs that come from the pool and two sets in turn.
func TestBorders(t *testing.T) {
	for _, counters := range []int{1, 63, 64, 65, 129} {
		b := newBench[host, deed](t, rule.Dated())
		for i := range counters {
			text := fmt.Sprintf(`count(Activities, .Kind == "visit" and .Count > %d) >= %d`, i-3, i%3)
			switch i % 5 {
			case 3:
				text = fmt.Sprintf(`any(Activities, .Ok and %d %% .Count == 1)`, i)
			case 4:
				text = fmt.Sprintf(`all(Activities, .Campaign != "k%d") and count(Activities, .At > Now - duration("%dh")) %% 2 == 0`, i, i)
			}
			if !b.lead(text) {
				t.Fatal(text)
			}
		}
		for i := range 3 {
			b.each(fmt.Sprintf(`Kind == "visit" and %d %% Count == 1`, i))
		}
		small := b.compiler.Set(b.leads[:1], b.eaches[:1])
		for _, activities := range []int{0, 64, 65, 200} {
			s := trapped()
			s.Activities = nil
			var happened []int
			for i := range activities {
				d := deed{Kind: []string{"visit", "call"}[i%2], Count: i % 7, Ok: i%3 == 0, At: now.Add(-time.Duration(i) * time.Hour), Origin: &Origin{Campaign: "x"}}
				switch {
				case i%64 == 63 || i%64 == 0 && i > 64:
					d.At = now.Add(time.Hour)
				case i == 65:
					d.At = time.Time{}
				case activities == 200 && i > 100:
					d.Origin = nil
				}
				if activities != 65 && d.Count == 0 {
					d.Count = 9
				}
				if !d.At.IsZero() && !d.At.After(now) {
					happened = append(happened, i)
				}
				s.Activities = append(s.Activities, d)
			}
			b.compare(t, s, happened)
			run, err := b.compiler.Begin(s)
			if err != nil {
				t.Fatal(err)
			}
			want := b.reference(t, s, happened)
			big := b.compiler.Set(b.leads, b.eaches)
			for range 2 {
				run.Decide(small)
				run.Decide(big)
				got, wrong := decided(run, len(b.leads), len(b.eaches), happened)
				if wrong != "" {
					t.Error(wrong)
				}
				b.differ(t, want, got, s)
				if later, undated := run.LeftOut(); later+undated != activities-len(happened) {
					t.Errorf("%d and %d left out, want %d", later, undated, activities-len(happened))
				}
			}
			run.End()
		}
	}
}

// Many texts and patterns on one field.
func TestManyTexts(t *testing.T) {
	for _, count := range []int{6, 7, 57, 62, 63} {
		b := newBench[host, deed](t, rule.Dated())
		names := []string{"", strings.Repeat("x", 300), strings.Repeat("x", 301)}
		for i := range count {
			name := fmt.Sprintf("a%03db%03dc", i, i*7%count)
			names = append(names, name)
			for _, text := range []string{`Name == %q`, `Name contains %q`, `%q in Tags`, `any(Activities, .Kind == %q)`, `Tier != %q and Title startsWith "a0"`} {
				if !b.lead(fmt.Sprintf(text, name)) {
					t.Fatal(text, name)
				}
			}
		}
		b.lead(`Name == ""`)
		for i := 0; i < len(names); i += 9 {
			s := trapped()
			s.Lead.Name, s.Lead.Tags, s.Lead.Tier = names[i], names[:i], tier(names[len(names)-1-i])
			s.Activities[0].Kind = names[len(names)-1-i]
			if b.compare(t, s, []int{0, 1, 2}); t.Failed() {
				t.FailNow()
			}
		}
	}
}

// A tag may hold what parts the names of a path.
func TestTagLikeAPath(t *testing.T) {
	type home struct{ City string }
	type tagged struct {
		Home  home
		Other string `expr:"Home.City"`
	}
	c, err := rule.NewCompiler[tagged, rule.None]()
	if err != nil {
		t.Fatal(err)
	}
	var conditions []*rule.Condition[tagged, rule.None]
	for _, text := range []string{`Home.City == "a"`, `Lead["Home.City"] == "a"`} {
		condition, err := c.LeadCondition(text)
		if err != nil {
			t.Fatal(err)
		}
		conditions = append(conditions, condition)
	}
	run, err := c.Begin(&rule.Subject[tagged, rule.None]{Lead: &tagged{Home: home{"a"}, Other: "b"}, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	defer run.End()
	run.Decide(c.Set(conditions, nil))
	if holds := run.Holds()[0]; holds != 1 {
		t.Errorf("the conditions that hold are %b, want the first alone", holds)
	}
}
