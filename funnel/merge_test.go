package funnel_test

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/leadloop/leadloop/funnel"
)

// content is what a merge decides: all of a position but whose it is.
func content(pos funnel.Position) funnel.Position {
	pos.ID, pos.Version, pos.PolicyVersion = "", 0, 0
	return pos
}

// merge gives the survivor's position after a merge.
func merge(t testing.TB, policy *funnel.Policy[Lead], a, b funnel.Position) funnel.Position {
	t.Helper()
	by := on("ann", "2030-01-01")
	tr, err := policy.Merge(a, b, by)
	if err != nil {
		t.Fatal(err)
	}
	after := funnel.Apply(a, tr)
	if after.ID != a.ID || after.Version != a.Version+1 || tr.From != a.Stage || *tr.Amendment.Merges != b || !tr.Occurred.Equal(by.Occurred) {
		t.Fatalf("merging gives %+v", tr)
	}
	return after
}

// The rule in cases: the lead stands where the first of the two stands.
func TestMergeRule(t *testing.T) {
	policy := standard(t)
	at := func(stage funnel.Stage, date string, reason funnel.Reason) funnel.Position {
		return with(at(stage), func(p *funnel.Position) { p.Since, p.Reason = on("", date).Occurred, reason })
	}
	for name, test := range map[string]struct{ counts, yields funnel.Position }{
		"further on the path":              {at(funnel.Opportunity, "2026-01-01", ""), at(funnel.MQL, "2026-02-01", "")},
		"won":                              {at(funnel.Won, "2026-02-01", ""), at(funnel.Opportunity, "2026-01-01", "")},
		"on the path, not recycled":        {at(funnel.Inquiry, "2026-01-01", ""), at(funnel.Recycled, "2026-02-01", funnel.ReasonTiming)},
		"on the path, not lost":            {at(funnel.SAL, "2026-01-01", ""), at(funnel.Lost, "2026-02-01", funnel.ReasonPrice)},
		"no deadline is put off":           {at(funnel.SAL, "2026-01-01", ""), at(funnel.SAL, "2026-01-02", "")},
		"what was learned last":            {at(funnel.Recycled, "2026-02-01", funnel.ReasonTiming), at(funnel.Lost, "2026-01-01", funnel.ReasonPrice)},
		"what was learned last, otherwise": {at(funnel.Disqualified, "2026-02-01", funnel.ReasonWrongRegion), at(funnel.Recycled, "2026-01-01", funnel.ReasonTiming)},
		"a duplicate teaches nothing":      {at(funnel.Recycled, "2026-01-01", funnel.ReasonTiming), at(funnel.Disqualified, "2026-02-01", funnel.ReasonDuplicate)},
		"nor does another deal":            {at(funnel.Lost, "2026-01-01", funnel.ReasonPrice), at(funnel.Disqualified, "2026-02-01", funnel.ReasonOpportunityInProgress)},
		"consent comes first":              {at(funnel.Disqualified, "2026-01-01", funnel.ReasonConsentWithdrawn), at(funnel.Opportunity, "2026-02-01", "")},
		"consent before won":               {at(funnel.Disqualified, "2026-01-01", funnel.ReasonDoNotContact), at(funnel.Won, "2026-02-01", "")},
	} {
		test.yields.ID = "duplicate"
		want := test.counts
		for _, pair := range [][2]funnel.Position{{test.counts, test.yields}, {test.yields, test.counts}} {
			if got := merge(t, policy, pair[0], pair[1]); content(got) != content(want) {
				t.Errorf("%s: %+v", name, got)
			}
		}
	}
	// The higher round is kept, whoever has it.
	a := with(at(funnel.SQL, "2026-01-01", ""), func(p *funnel.Position) { p.Round = 2 })
	b := with(at(funnel.MQL, "2026-01-01", ""), func(p *funnel.Position) { p.Round, p.ID = 4, "b" })
	if got := merge(t, policy, a, b); got.Stage != funnel.SQL || got.Round != 4 {
		t.Errorf("round: %+v", got)
	}
}

// A lost stage may have a place in the definition's order of reports; it is off the path all the same.
func TestMergeOfALostStageWithAnOrder(t *testing.T) {
	d := funnel.Standard()
	d.Stages[6].Order, d.Stages[7].Order = 8, 9 // lost, recycled
	policy, err := funnel.Compile[Lead](d)
	if err != nil {
		t.Fatal(err)
	}
	for _, stage := range []funnel.Stage{funnel.Lost, funnel.Recycled} {
		off := with(at(stage), func(p *funnel.Position) { p.ID, p.Reason = "off", funnel.ReasonPrice })
		if got := merge(t, policy, off, at(funnel.Inquiry)); got.Stage != funnel.Inquiry {
			t.Errorf("%s is further than the inquiry: %+v", stage, got)
		}
	}
}

// The duplicate is kept as it stood, in UTC, whatever zone a driver has read it in.
func TestMergeKeepsTheDuplicateInUTC(t *testing.T) {
	policy := standard(t)
	zone := time.FixedZone("CET", 3600)
	duplicate := with(at(funnel.Recycled), func(p *funnel.Position) {
		p.ID, p.Reason, p.Since, p.NotBefore = "duplicate", funnel.ReasonTiming, p.Since.In(zone), p.Since.AddDate(0, 1, 0).In(zone)
	})
	tr, err := policy.Merge(at(funnel.Lost), duplicate, on("ann", "2026-02-01"))
	if err != nil {
		t.Fatal(err)
	}
	want := duplicate
	want.Since, want.NotBefore = want.Since.UTC(), want.NotBefore.UTC()
	if *tr.Amendment.Merges != want || duplicate.Since.Location() != zone {
		t.Errorf("merged is %+v", *tr.Amendment.Merges)
	}
	roundTrip(t, tr)
}

// mergeByHand applies the rule of the documentation with sorting: the last one counts.
func mergeByHand(d funnel.Definition, positions ...funnel.Position) funnel.Position {
	stage := func(p funnel.Position) int {
		return slices.IndexFunc(d.Stages, func(s funnel.StageDefinition) bool { return s.Name == p.Stage })
	}
	reason := func(p funnel.Position) (r funnel.ReasonDefinition) {
		for _, r = range d.Reasons {
			if r.Code == p.Reason {
				return r
			}
		}
		return funnel.ReasonDefinition{}
	}
	path := func(p funnel.Position) int {
		s := d.Stages[stage(p)]
		if s.Kind == funnel.KindDetour || s.Kind == funnel.KindLost {
			return 0
		}
		return s.Order
	}
	yes := func(b bool) int {
		if b {
			return 1
		}
		return 0
	}
	law := func(p funnel.Position) int { return yes(reason(p).Class == "compliance") }
	teaches := func(p funnel.Position) int {
		return yes(reason(p).Disposition != "merge" && reason(p).Disposition != "attach")
	}
	round := 0
	for _, p := range positions {
		round = max(round, p.Round)
	}
	list := slices.Clone(positions)
	slices.SortFunc(list, func(a, b funnel.Position) int {
		if by := cmp.Compare(law(a), law(b)); by != 0 {
			return by
		}
		if law(a) == 0 {
			if by := cmp.Compare(path(a), path(b)); by != 0 {
				return by
			}
			if path(a) > 0 {
				return cmp.Or(b.Since.Compare(a.Since), a.NotBefore.Compare(b.NotBefore), cmp.Compare(a.Reason, b.Reason))
			}
			if by := cmp.Compare(teaches(a), teaches(b)); by != 0 {
				return by
			}
		}
		return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(stage(a), stage(b)), a.NotBefore.Compare(b.NotBefore), cmp.Compare(a.Reason, b.Reason))
	})
	last := list[len(list)-1]
	last.Round = round
	return last
}

// Whoever survives and in whichever order: merging is commutative, associative and idempotent in all but id and version, and
// what it gives is the rule's answer over all of them at once.
func TestMergeLaws(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 2))
	for range 100 {
		d := randomDefinition(random)
		policy, err := funnel.Compile(d, consent())
		if err != nil {
			t.Fatal(err)
		}
		any := func(id string) funnel.Position {
			pos := policy.Start(id, on("web", "2026-01-01"))
			pos.Stage, pos.Round, pos.Version = pick(random, d.Stages).Name, 1+random.IntN(5), random.Int64N(9)
			pos.Since = pos.Since.AddDate(0, 0, random.IntN(3))
			if random.IntN(2) == 0 {
				pos.Reason, pos.NotBefore = pick(random, d.Reasons).Code, pos.Since.AddDate(0, 0, random.IntN(2))
			}
			return pos
		}
		for range 100 {
			a, b, c := any("a"), any("b"), any("c")
			want := content(mergeByHand(d, a, b, c))
			for what, got := range map[string]funnel.Position{
				"(a b) c": merge(t, policy, merge(t, policy, a, b), c),
				"a (b c)": merge(t, policy, a, merge(t, policy, b, c)),
				"(b a) c": merge(t, policy, merge(t, policy, b, a), c),
				"c (a b)": merge(t, policy, c, merge(t, policy, a, b)),
				"(c b) a": merge(t, policy, merge(t, policy, c, b), a),
			} {
				if content(got) != want {
					t.Fatalf("%s of\n%+v\n%+v\n%+v\ngives %+v, want\n%+v", what, a, b, c, got, want)
				}
			}
			same := with(a, func(p *funnel.Position) { p.ID = "copy" })
			if got := merge(t, policy, a, same); content(got) != content(a) {
				t.Fatalf("merged with itself %+v becomes %+v", a, got)
			}
		}
	}
}

func TestMergeRefuses(t *testing.T) {
	policy := standard(t)
	pos := at(funnel.MQL)
	other := with(at(funnel.SAL), func(p *funnel.Position) { p.ID, p.Since = "other", on("", "2026-02-01").Occurred })
	by := on("ann", "2026-02-02")
	for name, test := range map[string]struct {
		survivor, duplicate funnel.Position
		by                  funnel.By
		kind                error
		field, text, id     string
	}{
		"itself":          {pos, pos, by, funnel.ErrSameLead, "", "funnel: the duplicate has the id of the lead itself", "lead"},
		"unknown stage":   {pos, with(other, func(p *funnel.Position) { p.Stage = "x" }), by, funnel.ErrUnknownStage, "", "", "other"},
		"unknown reason":  {pos, with(other, func(p *funnel.Position) { p.Reason = "x" }), by, funnel.ErrReasonUnknown, "", "", "other"},
		"later policy":    {with(pos, func(p *funnel.Position) { p.PolicyVersion = 2 }), other, by, funnel.ErrPolicyVersion, "", "", "lead"},
		"another policy":  {pos, with(other, func(p *funnel.Position) { p.Policy = "x" }), by, funnel.ErrWrongPolicy, "", "", "other"},
		"no since":        {pos, with(other, func(p *funnel.Position) { p.Since = time.Time{} }), by, funnel.ErrPosition, "since", "", "other"},
		"no time":         {pos, other, funnel.By{}, funnel.ErrTimeInvalid, "Occurred", "", "lead"},
		"before the last": {pos, other, on("ann", "2026-01-31"), funnel.ErrTimeBackwards, "Occurred", "", "other"},
	} {
		tr, err := policy.Merge(test.survivor, test.duplicate, test.by)
		refused(t, name, tr, err, test.kind, test.field, test.text)
		if refusal, ok := err.(*funnel.Refusal); !ok || refusal.ID != test.id {
			t.Errorf("%s: %#v", name, err)
		}
	}
}
