package web

import (
	"errors"
	"fmt"
	"html/template"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/leadloop/leadloop/examples/crm/app"
	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/scoring"
)

// functions are what templates can call.
func (s *site) functions() template.FuncMap {
	style := styleAddress()
	return template.FuncMap{
		"style": func() string { return style },
		"now":   s.app.Now,
		"at":    s.at, "day": s.day, "countdown": s.countdown, "machine": machine,
		"money": money, "points": points, "words": words, "sentence": sentence, "stage": app.StageLabel, "plural": plural,
		"share": share, "percent": percent, "span": span, "join": strings.Join, "lower": lower, "rule": rule, "reason": reason, "band": band,
		"dict": dict, "kind": fieldHint, "model": func(name string) string { return sentence(baseName(name)) }, "euros": euros, "plain": plain, "total": rounded,
	}
}

// at writes an instant as people in the zone read it.
func (s *site) at(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.In(s.zone).Format("2 Jan 2006, 15:04")
}

func (s *site) day(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.In(s.zone).Format("2 Jan 2006")
}

// machine writes an instant for the datetime attribute of a time element.
func machine(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// countdown says how much time is left, or how late it is. What is due when business closes is in time until it opens again.
func (s *site) countdown(due, until time.Time) string {
	now := s.app.Now()
	switch {
	case due.IsZero() && until.IsZero():
		return ""
	case now.After(until):
		return span(now.Sub(until)) + " late"
	case now.After(due):
		return "due now, in time for " + span(until.Sub(now))
	}
	return "in " + span(due.Sub(now))
}

// span writes a length of time with its two largest units.
func span(d time.Duration) string {
	minutes := int64(d / time.Minute)
	days, hours, minutes := minutes/1440, minutes/60%24, minutes%60
	switch {
	case days >= 14:
		return plural(days, "day")
	case days > 0 && hours > 0:
		return plural(days, "day") + " " + strconv.FormatInt(hours, 10) + " h"
	case days > 0:
		return plural(days, "day")
	case hours > 0 && minutes > 0:
		return fmt.Sprintf("%d h %d min", hours, minutes)
	case hours > 0:
		return fmt.Sprintf("%d h", hours)
	case minutes > 0:
		return fmt.Sprintf("%d min", minutes)
	}
	return "less than a minute"
}

func plural(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return group(strconv.FormatInt(n, 10)) + " " + what + "s"
}

// money writes minor units of the demo's currency, in whole units where there are no cents.
func money(minor int64) string {
	sign := ""
	if minor < 0 {
		sign = "−"
	}
	digits := new(big.Int).Abs(big.NewInt(minor)).String()
	digits = strings.Repeat("0", max(0, 3-len(digits))) + digits
	whole, cents := digits[:len(digits)-2], digits[len(digits)-2:]
	if cents == "00" {
		return sign + "€" + group(whole)
	}
	return sign + "€" + group(whole) + "." + cents
}

// euros writes minor units rounded to whole units, half away from zero: for tables of many figures.
func euros(minor int64) string {
	rounded := new(big.Rat).SetFrac64(minor, 100).FloatString(0)
	return strings.Replace("€"+group(rounded), "€-", "−€", 1)
}

// group puts a comma before every three digits.
func group(digits string) string {
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// errMoney is an amount that nobody can be sure of.
var errMoney = errors.New("write an amount such as 12500 or 12500.50")

// readMoney reads an amount in whole units with at most two decimals, as minor units.
func readMoney(text string) (int64, error) {
	text = strings.TrimPrefix(strings.ReplaceAll(strings.TrimSpace(text), " ", ""), "€")
	whole, cents, point := strings.Cut(text, ".")
	if point && len(cents) != 2 {
		return 0, errMoney
	}
	if parts := strings.Split(whole, ","); len(parts) > 1 {
		for i, part := range parts {
			if i > 0 && len(part) != 3 || part == "" {
				return 0, errMoney
			}
		}
		whole = strings.Join(parts, "")
	}
	if cents == "" {
		cents = "00"
	}
	minor, err := strconv.ParseUint(whole+cents, 10, 63)
	if err != nil || whole == "" {
		return 0, errMoney
	}
	return int64(minor), nil
}

// points writes points with their sign, for lines of a score.
func points(p scoring.Points) string {
	if p > 0 {
		return "+" + rounded(p)
	}
	return strings.Replace(rounded(p), "-", "−", 1)
}

// rounded writes points with at most one decimal: more of them tell people nothing.
func rounded(p scoring.Points) string {
	tenth := scoring.Point / 10
	half := tenth / 2
	if p < 0 {
		half = -half
	}
	return ((p + half) / tenth * tenth).String()
}

// reason writes what weighs in a score, such as "mid_size +25", with the points rounded.
func reason(line string) string {
	i := strings.LastIndexByte(line, ' ')
	var p scoring.Points
	if i < 0 || p.UnmarshalJSON([]byte(strings.TrimPrefix(line[i+1:], "+"))) != nil {
		return words(line)
	}
	return words(line[:i]) + " " + points(p)
}

// rule writes the name of a rule, such as "fit/mid_size".
func rule(name string) string {
	dimension, name, found := strings.Cut(name, "/")
	if !found {
		return words(dimension)
	}
	return words(name)
}

// band is the letter of a grade that its badge is coloured by.
func band(grade string) string {
	if grade == "" {
		return "none"
	}
	first, _ := utf8.DecodeRuneInString(grade)
	if first >= 'A' && first <= 'D' {
		return string(unicode.ToLower(first))
	}
	return "other"
}

// words writes a code as people read it: "no_budget" is "No budget".
func words(code any) string {
	return sentence(strings.ReplaceAll(fmt.Sprint(code), "_", " "))
}

// sentence begins a text with a capital.
func sentence(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return ""
	}
	return string(unicode.ToUpper(first)) + text[size:]
}

func lower(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return ""
	}
	return string(unicode.ToLower(first)) + text[size:]
}

// share writes a part of a whole.
func share(part, whole int64) string {
	if whole == 0 {
		return "–"
	}
	return percent(big.NewRat(part, whole))
}

// percent writes a fraction in percent, rounded half away from zero; nil is none.
func percent(r *big.Rat) string {
	if r == nil {
		return "–"
	}
	return new(big.Rat).Mul(r, big.NewRat(100, 1)).FloatString(0) + " %"
}

// plain is a refusal as people read it: without what it is about, which they see, and without what is for developers.
func plain(text string) string {
	text = about.ReplaceAllString(text, "")
	if strings.HasPrefix(text, funnel.ErrNotPermitted.Error()) {
		return "not possible from where the lead stands"
	}
	text, _, _ = strings.Cut(text, "; if time has passed")
	return text
}

// about is what refusals begin with.
var about = regexp.MustCompile(`^(handoff: |funnel: )?([a-z_]+ of case "(\\.|[^"\\])*" at version \d+: )?("[a-z_]+" at stage "[a-z_]+": )?`)

// fieldHint says how a field is to be filled in.
func fieldHint(t funnel.FieldType) string {
	switch t {
	case funnel.FieldList:
		return "Names, separated by commas."
	case funnel.FieldID:
		return "One word, such as a number of a record."
	case funnel.FieldMoney:
		return "In euros, such as 12500 or 12500.50."
	}
	return ""
}

// dict gives a template several values.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, errors.New("dict: a name without a value")
	}
	values := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		name, isText := pairs[i].(string)
		if !isText {
			return nil, errors.New("dict: a name is no text")
		}
		values[name] = pairs[i+1]
	}
	return values, nil
}
