package attribution_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/leadloop/leadloop/attribution"
)

func models() (all []attribution.Model) {
	for _, ref := range references {
		all = append(all, ref.model)
	}
	return all
}

func randomJourneys(r *rand.Rand, n int) (all []attribution.Journey) {
	for id := range n {
		all = append(all, randomJourney(r, id))
	}
	return all
}

func book(t *testing.T, journeys []attribution.Journey, m attribution.Model) attribution.Ledger {
	t.Helper()
	ledger, err := attribution.Book(journeys, m)
	if err != nil {
		t.Fatal(err)
	}
	return ledger
}

func shuffle[T any](r *rand.Rand, s []T) []T {
	s = append([]T(nil), s...)
	r.Shuffle(len(s), func(a, b int) { s[a], s[b] = s[b], s[a] })
	return s
}

func TestCreditSumsToOne(t *testing.T) {
	r := random(3)
	credited := 0
	for id := range 5000 {
		j := randomJourney(r, id)
		for _, m := range models() {
			credit, err := m.Credit(j)
			if err != nil {
				continue // no valid touch: TestCreditIsTheLatestConversion
			}
			credited++
			var sum attribution.Share
			for i, share := range credit {
				if share < 0 || share > attribution.One {
					t.Fatalf("%s: share %d is %d", m.Name(), i, share)
				}
				sum += share
			}
			if sum != attribution.One && m != attribution.Participation {
				t.Fatalf("%s of %+v: sums to %d", m.Name(), j, sum)
			}
		}
	}
	if credited < 20000 {
		t.Errorf("only %d credits", credited)
	}
}

func TestLedgerSumsToRevenueUnderEveryModel(t *testing.T) {
	journeys := randomJourneys(random(4), 3000)
	var won int64
	perDeal := map[[2]string]int64{}
	for _, j := range journeys {
		for _, c := range j.Conversions {
			net := c.Revenue
			for _, r := range c.Refunds {
				net -= r.Amount
			}
			won += net
			perDeal[[2]string{j.ID, c.ID}] = net
		}
	}
	for _, m := range models() {
		if m == attribution.Participation {
			continue // the one that does not sum
		}
		ledger := book(t, journeys, m)
		var booked int64
		left := map[[2]string]int64{}
		for _, e := range ledger.Entries {
			booked += e.Amount
			left[[2]string{e.Journey, e.Conversion}] += e.Amount
		}
		if booked != won {
			t.Errorf("%s: booked %d of %d", m.Name(), booked, won)
		}
		if diff := cmp.Diff(perDeal, left); diff != "" {
			t.Errorf("%s: by deal: %s", m.Name(), diff)
		}
		s := attribution.Report(ledger, attribution.Options{})
		if s.Revenue != won || s.Attributed+s.Unattributed != won {
			t.Errorf("%s: report has %d = %d + %d, want %d", m.Name(), s.Revenue, s.Attributed, s.Unattributed, won)
		}
	}
}

// TestReportSums says what must add up in a report, and that each channel's figures are those of its entries.
func TestReportSums(t *testing.T) {
	journeys := randomJourneys(random(5), 1500)
	for _, m := range models() {
		ledger := book(t, journeys, m)
		s := attribution.Report(ledger, attribution.Options{})
		var sum attribution.Figures
		for _, c := range s.Channels {
			var campaigns attribution.Figures
			for _, p := range c.Campaigns {
				campaigns.Revenue += p.Revenue
				campaigns.Conversions = campaigns.Conversions.Add(p.Conversions)
				campaigns.Touches += p.Touches
				campaigns.Cost += p.Cost
				campaigns.Sourced += p.Sourced
				var amount int64
				for _, e := range ledger.CampaignTouches(c.Name, p.Name) {
					amount += e.Amount
				}
				if amount != p.Revenue && m != attribution.Participation {
					t.Errorf("%s, %s, %s: entries sum to %d, want %d", m.Name(), c.Name, p.Name, amount, p.Revenue)
				}
			}
			campaigns.Influenced = c.Influenced // overlaps, does not add
			campaigns.Pipeline = c.Pipeline     // TestPipeline
			if m == attribution.Participation { // overlaps, too
				campaigns.Revenue, campaigns.Conversions = c.Revenue, c.Conversions
			}
			if campaigns != c.Figures {
				t.Errorf("%s, %s: campaigns sum to %+v, want %+v", m.Name(), c.Name, campaigns, c.Figures)
			}
			influenced, amount := map[[2]string]bool{}, int64(0)
			for _, e := range ledger.Touches(c.Name) {
				influenced[[2]string{e.Journey, e.Conversion}] = true
				amount += e.Amount
			}
			var revenue int64
			for _, d := range ledger.Deals {
				if influenced[[2]string{d.Journey, d.Conversion}] {
					revenue += d.Revenue
				}
			}
			for _, r := range ledger.Refunds {
				if influenced[[2]string{r.Journey, r.Conversion}] {
					revenue -= r.Amount
				}
			}
			if m == attribution.Participation { // a deal counts once, however many touches it had here
				amount = revenue
			}
			if amount != c.Revenue || revenue != c.Influenced {
				t.Errorf("%s, %s: entries give %d and %d, want %d and %d", m.Name(), c.Name, amount, revenue, c.Revenue, c.Influenced)
			}
			sum.Revenue += c.Revenue
			sum.Conversions = sum.Conversions.Add(c.Conversions)
			sum.Touches += c.Touches
			sum.Cost += c.Cost
			sum.Sourced += c.Sourced
		}
		if m == attribution.Participation {
			if sum.Revenue < s.Attributed {
				t.Errorf("participation: channels sum to %d, less than %d", sum.Revenue, s.Attributed)
			}
			sum.Revenue, sum.Conversions = s.Attributed, attribution.Count{Whole: s.Conversions - s.UnattributedConversions}
		}
		if sum.Revenue != s.Attributed || sum.Touches != s.Touches || sum.Cost != s.Cost {
			t.Errorf("%s: channels sum to %+v, report says %+v", m.Name(), sum, s)
		}
		if want := (attribution.Count{Whole: s.Conversions - s.UnattributedConversions}); sum.Conversions != want {
			t.Errorf("%s: channels have %v conversions, want %v", m.Name(), sum.Conversions, want)
		}
		if sum.Sourced != s.Sourced.Numerator { // by first touch, marketing's first touch has a channel
			t.Errorf("%s: channels sourced %d, want %d", m.Name(), sum.Sourced, s.Sourced.Numerator)
		}
		for _, o := range s.Origins {
			if o.Marketing+o.Other+o.Unknown != s.Revenue {
				t.Errorf("%s: origins %+v do not sum to %d", m.Name(), o, s.Revenue)
			}
		}
	}
}

func TestOrderAndRepetitionOfRowsDoNotMatter(t *testing.T) {
	r := random(6)
	journeys := randomJourneys(r, 400)
	abroad := time.FixedZone("", 7*3600)
	shuffled := shuffle(r, journeys)
	for i := range shuffled {
		j := &shuffled[i]
		for _, touch := range j.Touches {
			if r.IntN(3) == 0 {
				touch.At = touch.At.In(abroad)
				if touch.Side == "" {
					touch.Side = attribution.Marketing
				}
				j.Touches = append(j.Touches[:len(j.Touches):len(j.Touches)], touch)
			}
		}
		for _, c := range j.Conversions {
			if r.IntN(3) == 0 {
				c.At = c.At.In(abroad)
				c.Refunds = append(shuffle(r, c.Refunds), c.Refunds...)
				j.Conversions = append(j.Conversions[:len(j.Conversions):len(j.Conversions)], c)
			}
		}
		j.Touches, j.Milestones, j.Conversions = shuffle(r, j.Touches), shuffle(r, j.Milestones), shuffle(r, j.Conversions)
		for _, d := range j.Pipeline {
			d.At = d.At.In(abroad)
			j.Pipeline = append(j.Pipeline[:len(j.Pipeline):len(j.Pipeline)], d)
		}
		j.Pipeline = shuffle(r, j.Pipeline)
	}
	for _, m := range models() {
		if diff := cmp.Diff(book(t, journeys, m), book(t, shuffled, m)); diff != "" {
			t.Fatalf("%s: %s", m.Name(), diff)
		}
	}
}

func options(r *rand.Rand) attribution.Options {
	o := attribution.Options{Origin: [...]attribution.Origin{
		attribution.OriginFirstTouch, attribution.OriginSourceField, attribution.OriginBeforeSales}[r.IntN(3)]}
	if r.IntN(4) > 0 {
		o.AsOf = day(1 + r.IntN(16))
	}
	return o
}

func tally(t *testing.T, o attribution.Options, journeys []attribution.Journey) *attribution.Tally {
	t.Helper()
	sum, err := attribution.NewTally(o, models()...)
	if err != nil {
		t.Fatal(err)
	}
	for _, j := range journeys {
		if err := sum.Add(j); err != nil {
			t.Fatal(err)
		}
	}
	return sum
}

func merge(t *testing.T, o attribution.Options, shards ...*attribution.Tally) *attribution.Tally {
	t.Helper()
	sum := tally(t, o, nil)
	for _, shard := range shards {
		if err := sum.Merge(shard); err != nil {
			t.Fatal(err)
		}
	}
	return sum
}

func TestTallyIsTheReportOfTheLedger(t *testing.T) {
	r := random(7)
	for range 25 {
		journeys := randomJourneys(r, r.IntN(40))
		o := options(r)
		got := tally(t, o, shuffle(r, journeys)).Result()
		compared, err := attribution.Compare(journeys, o, models()...)
		if err != nil {
			t.Fatal(err)
		}
		for i, m := range models() {
			want := attribution.Report(book(t, journeys, m), o)
			if diff := cmp.Diff(want, got[i]); diff != "" {
				t.Fatalf("%s: %s", m.Name(), diff)
			}
			if diff := cmp.Diff(want, compared[i]); diff != "" {
				t.Fatalf("%s: %s", m.Name(), diff)
			}
		}
	}
}

func TestMergeIsAssociativeAndCommutative(t *testing.T) {
	r := random(8)
	equal := func(law string, a, b *attribution.Tally) {
		t.Helper()
		if diff := cmp.Diff(a.Result(), b.Result()); diff != "" {
			t.Fatalf("%s: %s", law, diff)
		}
	}
	for range 10 {
		journeys := randomJourneys(r, 30)
		o := options(r)
		x, y := r.IntN(31), r.IntN(31)
		x, y = min(x, y), max(x, y)
		a, b, c := tally(t, o, journeys[:x]), tally(t, o, journeys[x:y]), tally(t, o, journeys[y:])
		equal("the whole is the sum of its parts", tally(t, o, journeys), merge(t, o, a, b, c))
		equal("(a+b)+c = a+(b+c)", merge(t, o, merge(t, o, a, b), c), merge(t, o, a, merge(t, o, b, c)))
		equal("a+b = b+a", merge(t, o, a, b), merge(t, o, b, a))
		equal("a+0 = a", merge(t, o, a, tally(t, o, nil)), a)
	}
}

// TestAsOfIsWhatWasKnown compares a report as of a day with one made from the rows up to that day. The origin needs no
// cut: it never looks past a deal's conversion.
func TestAsOfIsWhatWasKnown(t *testing.T) {
	r := random(9)
	for range 30 {
		journeys := randomJourneys(r, 30)
		o := options(r)
		if o.AsOf.IsZero() {
			continue
		}
		var known []attribution.Journey
		for _, j := range journeys {
			var k = attribution.Journey{ID: j.ID, Source: j.Source, Suppressed: j.Suppressed}
			for _, touch := range j.Touches {
				if !touch.At.After(o.AsOf) {
					k.Touches = append(k.Touches, touch)
				}
			}
			for _, c := range j.Conversions {
				if !c.At.After(o.AsOf) {
					refunds := c.Refunds
					c.Refunds = nil
					for _, r := range refunds {
						if !r.At.After(o.AsOf) {
							c.Refunds = append(c.Refunds, r)
						}
					}
					k.Conversions = append(k.Conversions, c)
				}
			}
			for _, d := range j.Pipeline {
				if d.At.After(o.AsOf) {
					continue
				}
				if d.Closed.After(o.AsOf) {
					d.Closed = time.Time{}
				}
				k.Pipeline = append(k.Pipeline, d)
			}
			for _, m := range j.Milestones {
				if !m.At.After(o.AsOf) {
					k.Milestones = append(k.Milestones, m)
				}
			}
			known = append(known, k)
		}
		for _, m := range models() {
			got := attribution.Report(book(t, journeys, m), o)
			want := attribution.Report(book(t, known, m), o)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("%s: %s", m.Name(), diff)
			}
		}
	}
}
