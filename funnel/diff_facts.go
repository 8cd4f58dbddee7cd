package funnel

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A fact is one value of a thing: where it stands within the thing, what it is called, and its text, empty for none. Facts
// of two things match by key.
type fact struct{ key, path, label, text string }

// plain is a fact whose key is its path.
func plain(path, label, text string) fact { return fact{path, path, label, text} }

// summary tells a thing's facts in a few words.
func summary(facts []fact) string {
	var words []string
	for _, f := range facts {
		if f.text != "" {
			words = append(words, strings.TrimSpace(f.label+" "+f.text))
		}
	}
	return strings.Join(words, ", ")
}

func quoted[S ~string](s S) string {
	if s == "" {
		return ""
	}
	return strconv.Quote(string(s))
}

func quotedList[S ~string](list []S) string {
	var words []string
	for _, s := range list {
		words = append(words, strconv.Quote(string(s)))
	}
	return strings.Join(words, ", ")
}

// number is empty for 0.
func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func inDays(n int) string {
	if n == 0 {
		return ""
	}
	return counted(n, "days")
}

// counted takes the plural's "s" away from one.
func counted(n int, unit string) string {
	if n == 1 {
		unit = strings.TrimSuffix(unit, "s")
	}
	return fmt.Sprint(n, " ", unit)
}

func yesOrNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func definitionFacts(d Definition) []fact {
	return []fact{
		plain("$schema", "the JSON Schema", quoted(d.SchemaURL)),
		plain("schema", "the format", fmt.Sprint(cmp.Or(d.Schema, Schema))),
		plain("name", "the name", quoted(d.Name)),
		plain("version", "the version", fmt.Sprint(d.Version)),
		plain("initial", "leads start at", quoted(d.Initial)),
		plain("max_rounds", "rounds", cmp.Or(number(d.MaxRounds), "without limit")),
	}
}

func stageFacts(s StageDefinition) []fact {
	facts := []fact{
		plain("kind", "kind", quoted(s.Kind)),
		plain("phase", "phase", quoted(s.Phase)),
		plain("order", "place on the success path", number(s.Order)),
	}
	times := map[string]int{}
	for i, limit := range s.Limits {
		what := fmt.Sprintf("time limit to remind %q", limit.Remind)
		switch {
		case limit.Event != "":
			what = fmt.Sprintf("time limit for event %q", limit.Event)
		case limit.Return != "":
			what = fmt.Sprintf("time limit for return %q with reason %q", limit.Return, limit.Reason)
		}
		if limit.Remind != "" && limit.step() != "" || limit.Event != "" && limit.Return != "" || limit.Reason != "" && limit.Return == "" {
			what = fmt.Sprintf("time limit for event %q, return %q with reason %q, reminder of %q", limit.Event, limit.Return, limit.Reason, limit.Remind)
		}
		times[what]++
		facts = append(facts, fact{fmt.Sprint(what, times[what]), fmt.Sprintf("limits[%d]", i), what,
			counted(limit.After, strings.ReplaceAll(string(limit.Unit), "_", " "))})
	}
	return facts
}

func edgeFacts(e Edge) []fact {
	return []fact{
		plain("to", "leads to", cmp.Or(quoted(e.To), `""`)),
		plain("guards", "guards", quotedList(e.Guards)),
		plain("when", "condition", quoted(e.When)),
		plain("release", "release", quoted(e.Release)),
	}
}

func returnFacts(e ReturnEdge) []fact {
	return []fact{
		plain("to", "leads to", cmp.Or(quoted(e.To), `""`)),
		plain("dispositions", "dispositions", quotedList(slices.Sorted(slices.Values(e.Dispositions)))),
		plain("before_contact", "only reasons from before contact", yesOrNo(e.BeforeContact)),
		plain("guards", "guards", quotedList(e.Guards)),
		plain("when", "condition", quoted(e.When)),
	}
}

func reasonFacts(r ReasonDefinition) []fact {
	facts := []fact{
		plain("class", "class", quoted(r.Class)),
		plain("before_contact", "allowed before contact", yesOrNo(r.BeforeContact)),
		plain("disposition", "disposition", quoted(r.Disposition)),
		plain("track", "nurture track", quoted(r.Track)),
		plain("cool_down_days", "cool-down", inDays(r.CoolDownDays)),
		plain("min_attempts", "contact attempts owed", quoted(r.MinAttempts)),
		plain("at_fault", "side at fault", quoted(r.AtFault)),
	}
	times := map[string]int{}
	for i, field := range r.Fields {
		text := fmt.Sprintf("owed, %q", field.Type)
		if field.Optional {
			text = fmt.Sprintf("optional, %q", field.Type)
		}
		times[field.Name]++
		facts = append(facts, fact{fmt.Sprintf("field %q %d", field.Name, times[field.Name]), fmt.Sprintf("fields[%d]", i), fmt.Sprintf("field %q", field.Name), text})
	}
	var adjustments []string
	for _, a := range r.Adjust {
		text := fmt.Sprintf("%q %q", a.Op, a.Dimension)
		if a.Factor != "" {
			text += fmt.Sprintf(" by %q", a.Factor)
		}
		adjustments = append(adjustments, text)
	}
	return append(facts,
		plain("adjust", "adjustments of the score", strings.Join(adjustments, ", ")),
		plain("re_entry.when", "comes back", quoted(r.ReEntry.When)),
		plain("re_entry.needs", "coming back needs", quoted(r.ReEntry.Needs)),
		plain("re_entry.field", "date of coming back in field", quoted(r.ReEntry.Field)),
		plain("re_entry.lead_days", "lead time", inDays(r.ReEntry.LeadDays)),
		plain("re_entry.bypass", "bypass of the wait", quoted(r.ReEntry.Bypass)),
	)
}
