package rule_test

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"github.com/leadloop/leadloop/internal/rule"
)

func TestReviewText(t *testing.T) {
	for _, c := range []struct {
		text          string
		always, never bool
	}{
		{text: `true`, always: true},
		{text: `1 == 1 and "a" != "b"`, always: true},
		{text: `true or Seats > 3`, always: true},
		{text: `not false`, always: true},
		{text: `Seats > 3 or true`}, // fails where Seats is missing
		{text: `Seats > 3 or not (Seats > 3)`},
		{text: `false`, never: true},
		{text: `2 > 3`, never: true},
		{text: `2.5 < 2.0`, never: true},
		{text: `-1 >= 0`, never: true},
		{text: `"b" < "a"`, never: true},
		{text: `Seats > 3 and false`, never: true},
		{text: `Country == "DE" and Country == "US"`, never: true},
		{text: `Country == "DE" and Seats > 3 && "US" == Country`, never: true},
		{text: `Country == "DE" and Country != "DE"`, never: true},
		{text: `Country == "DE" and not (Country == "DE")`, never: true},
		{text: `Country in ["DE", "AT"] and Country not in ["AT", "DE", "CH"]`, never: true},
		{text: `Country in ["DE", "AT"] and Country == "AT"`},
		{text: `Country in []`, never: true},
		{text: `Country == "DE" or Country == "US"`},
		{text: `(Country == "DE" and Country == "US") or (Seats > 5 and Seats < 5)`, never: true},
		{text: `(Country == "DE" and Country == "US") or Seats > 5`},
		{text: `Seats > 5 and Seats < 5`, never: true},
		{text: `Seats >= 5 and Seats <= 5`},
		{text: `Seats >= 5 and 5 > Seats`, never: true},
		{text: `Seats > 5 and Seats < 6`}, // not for every type of number
		{text: `Seats > 5 and Seats < 4.5`},
		{text: `Seats == 5 and Seats > 7`, never: true},
		{text: `Seats == 5 and Seats == 6`, never: true},
		{text: `Seats == 5 and Seats == 5.0`},
		{text: `Seats == 9007199254740993 and Seats == 9007199254740992`}, // beyond what floats hold
		{text: `lower(Country) == "de" and lower(Country) == "us"`, never: true},
		{text: `lower(Country) == "de" and Country == "DE"`},
		{text: `any(Activities, .Kind == "a" and .Kind == "b")`, never: true},
		{text: `any(Activities, .Kind == "a") and any(Activities, .Kind == "b")`},
		{text: `all(Activities, .Kind == "a" and .Kind == "b")`}, // holds where there are none
		{text: `Title matches "x" and not (Title matches "x")`, never: true},
		{text: `not (Seats > 5) and Seats > 5`, never: true},
		{text: `not (Seats > 5) and Seats > 6`}, // found by no rule here, and so not claimed
		{text: `not not (Seats > 5) and !(Seats > 5)`, never: true},
	} {
		review, ok := rule.ReviewText(c.text)
		if !ok || review.Always != c.always || review.Never != c.never {
			t.Errorf("%s: always %v, never %v, %v; want %v and %v", c.text, review.Always, review.Never, ok, c.always, c.never)
		}
	}
	for _, text := range []string{"", "Seats >", "a b", strings.Repeat("x", rule.MaxText+1), strings.Repeat("a+", rule.MaxNodes) + "a"} {
		if _, ok := rule.ReviewText(text); ok {
			t.Errorf("%.20q is read", text)
		}
	}
}

func TestReviewTextNormal(t *testing.T) {
	for _, same := range [][]string{
		{`Country == "DE" and Seats > 3`, `Seats > 3 && Country == "DE"`, `3 < Seats and "DE" == Country`, `Seats>3 and (Country=="DE" and Seats > 3)`},
		{`Country in ["DE", "AT"]`, `Country in ["AT", "DE", "AT"]`},
		{`!(a == 1)`, `not (a == 1)`},
		{`a or b`, `a || b`},
	} {
		first, _ := rule.ReviewText(same[0])
		for _, text := range same[1:] {
			if other, ok := rule.ReviewText(text); !ok || other.Normal != first.Normal {
				t.Errorf("%s and %s: %s and %s", same[0], text, first.Normal, other.Normal)
			}
		}
	}
	seen := map[string]string{}
	for _, text := range []string{`a or b`, `b or a`, `a and b`, `a or b and c`, `(a or b) and c`, `x == 1`, `x == 1.0`, `x == "1"`, `x > 1`, `1 > x`, `x in [1]`, `a?.b`, `a.b`} {
		review, ok := rule.ReviewText(text)
		if other := seen[review.Normal]; !ok || other != "" {
			t.Errorf("%s and %s have the normal form %s", text, other, review.Normal)
		}
		seen[review.Normal] = text
	}
}

func TestReviewTextNames(t *testing.T) {
	review, ok := rule.ReviewText(`Lead.Country == "Religion" and any(Activities, .Kind == "x" and #["page"] != "") and Company?.Size > 3`)
	if want := "[Activities Company Country Kind Lead Size page]"; !ok || fmt.Sprint(review.Names) != want {
		t.Errorf("%v, want %s", review.Names, want)
	}
	review, _ = rule.ReviewText(`Kind == "visit" and Page in ["/pricing"] and Value > 3 and Other in ["a", "b"]`)
	if want := `[(Kind) (Page)]`; fmt.Sprint(review.Pinned) != want {
		t.Errorf("pinned %v, want %s", review.Pinned, want)
	}
}

type reviewed struct {
	N int
	F *float64
	S string
}

// randomTruth writes a condition at random, of few values so that they meet.
func randomTruth(r *rand.Rand, depth int) string {
	if depth > 0 && r.Intn(3) > 0 {
		a, b := randomTruth(r, depth-1), randomTruth(r, depth-1)
		return []string{"(" + a + " and " + b + ")", "(" + a + " or " + b + ")", "not (" + a + ")", "(" + a + " && " + b + ")"}[r.Intn(4)]
	}
	operator := []string{"==", "!=", "<", "<=", ">", ">="}[r.Intn(6)]
	switch r.Intn(7) {
	case 0:
		return fmt.Sprintf("N %s %d", operator, r.Intn(4))
	case 1:
		return fmt.Sprintf("%d %s N", r.Intn(4), operator)
	case 2:
		return fmt.Sprintf("F %s %g", operator, float64(r.Intn(8))/2)
	case 3:
		return fmt.Sprintf("S %s %q", operator, string(rune('a'+r.Intn(3))))
	case 4:
		return fmt.Sprintf("S in [%q, %q]", string(rune('a'+r.Intn(3))), string(rune('a'+r.Intn(3))))
	case 5:
		return fmt.Sprintf("N in [%d, %d]", r.Intn(3), r.Intn(3))
	}
	return []string{"true", "false", "1 < 2", "F > 1.0", "N == 2.0"}[r.Intn(5)]
}

// What a review claims is true of every subject.
func TestReviewTextIsCertain(t *testing.T) {
	compiler, err := rule.NewCompiler[reviewed, rule.None]()
	if err != nil {
		t.Fatal(err)
	}
	var subjects []*rule.Subject[reviewed, rule.None]
	for n := -1; n < 5; n++ {
		for _, s := range []string{"", "a", "b", "c"} {
			subjects = append(subjects, &rule.Subject[reviewed, rule.None]{Lead: &reviewed{N: n, S: s}})
			for f := range 9 {
				subjects = append(subjects, &rule.Subject[reviewed, rule.None]{Lead: &reviewed{N: n, S: s, F: new(float64(f)/2 - 0.25)}},
					&rule.Subject[reviewed, rule.None]{Lead: &reviewed{N: n, S: s, F: new(float64(f) / 2)}})
			}
		}
	}
	r := rand.New(rand.NewSource(7))
	met := map[string]string{} // normal form: the subjects that meet it
	claims := map[string]int{}
	for range 1500 {
		text := randomTruth(r, 3)
		condition, err := compiler.LeadCondition(text)
		review, ok := rule.ReviewText(text)
		if err != nil || !ok {
			t.Fatalf("%s: %v, %v", text, err, ok)
		}
		var by strings.Builder
		for _, s := range subjects {
			holds, err := condition.Eval(s, nil)
			fmt.Fprint(&by, map[bool]string{true: "1", false: "0"}[holds])
			if review.Never && holds || review.Always && (!holds || err != nil) {
				t.Fatalf("%s holds: %v, %v for %+v, but never %v, always %v", text, holds, err, *s.Lead, review.Never, review.Always)
			}
		}
		if other, ok := met[review.Normal]; ok && other != by.String() {
			t.Fatalf("%s has the normal form %s of another condition", text, review.Normal)
		} else if ok {
			claims["same"]++
		}
		met[review.Normal] = by.String()
		claims[fmt.Sprint("never ", review.Never)]++
		claims[fmt.Sprint("always ", review.Always)]++
	}
	for _, claim := range []string{"same", "never true", "always true"} {
		if claims[claim] < 20 {
			t.Errorf("only %d times %s", claims[claim], claim)
		}
	}
}

func FuzzReviewText(f *testing.F) {
	for _, text := range []string{`a == 1 and not (b in ["x"])`, `any(Activities, .Kind == "a")`, `2.0 < x`, `"`, `x?.y[1:2] ?? 3`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		review, ok := rule.ReviewText(text)
		if again, same := rule.ReviewText(text); same != ok || again.Normal != review.Normal {
			t.Errorf("%q is read in two ways", text)
		}
		if review.Always && review.Never {
			t.Errorf("%q is both always and never true", text)
		}
	})
}
