package flow_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/funnel/flow"
)

func newFlow(t testing.TB, o flow.Options) *flow.Flow {
	t.Helper()
	f, err := flow.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func written(t testing.TB, f *flow.Flow) []byte {
	t.Helper()
	data, err := f.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// wild is a stroll with all that may be wrong with a log.
func wild(r *rand.Rand, i int) flow.Journey {
	j := stroll(r, i)
	versioned := r.IntN(2) == 0
	for k := range j.Steps {
		s := &j.Steps[k]
		s.Line = r.IntN(1000)
		if versioned {
			s.Version = int64(k + 1)
		}
		if k > 0 && r.IntN(2) == 0 {
			s.From = j.Steps[k-1].Stage
		}
		switch r.IntN(25) {
		case 0:
			s.At = j.Steps[max(0, k-1)].At
		case 1:
			s.At = s.At.Add(-100 * oneDay)
		case 2:
			s.Stage = "unheard of"
		case 3:
			s.At = time.Time{}
		case 4:
			s.Version = 1 + r.Int64N(3)
		case 5:
			s.Reason = "because"
		case 6:
			s.Amount = -1
		case 7:
			s.From = funnel.SQL
		case 9:
			s.Stage, s.Event = "", []funnel.Event{"qualify", "accept", "win", "lose", "recycle"}[r.IntN(5)]
		case 8:
			s.Amended, s.Corrects, s.Version = s.At.Add(oneDay/2+1), int64(r.IntN(k+1)), int64(k+1)
		}
	}
	if r.IntN(3) == 0 {
		j.Steps = append(j.Steps, j.Steps[r.IntN(len(j.Steps))])
	}
	if r.IntN(50) == 0 {
		j.Steps = nil
	}
	return j
}

// Any order of rows, any order of journeys, any sharding and any order of merging give the same bytes and the same report.
func TestOrderAndShardingDoNotMatter(t *testing.T) {
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 2))
		o := flow.Options{Definition: funnel.Standard(), AsOf: day("2025-11-01"), Calendar: officeHours(t), Listed: 1 + r.IntN(20),
			Tick: []time.Duration{time.Second, time.Hour}[seed%2]}
		if seed == 0 {
			o.Tick = time.Second
		}
		n := 40
		if seed == 0 {
			n = 2000 // so that lists of lengths are sorted several times
		}
		journeys := make([]flow.Journey, n)
		for i := range journeys {
			journeys[i] = wild(r, i)
		}
		one := newFlow(t, o)
		for _, j := range journeys {
			one.Add(j)
		}
		want := written(t, one)

		shards := make([]*flow.Flow, 1+r.IntN(5))
		for i := range shards {
			shards[i] = newFlow(t, o)
		}
		for _, i := range r.Perm(n) {
			shards[r.IntN(len(shards))].Add(shuffled(r, journeys[i]))
		}
		for len(shards) > 1 { // in a tree, by chance
			i := r.IntN(len(shards) - 1)
			part := shards[i+1]
			if r.IntN(2) == 0 { // by way of bytes
				part = one.Empty()
				if err := part.UnmarshalBinary(written(t, shards[i+1])); err != nil {
					t.Fatal(err)
				}
			}
			if err := shards[i].Merge(part); err != nil {
				t.Fatal(err)
			}
			shards = slices.Delete(shards, i+1, i+2)
		}
		if err := shards[0].Merge(one.Empty()); err != nil { // the identity
			t.Fatal(err)
		}
		if !bytes.Equal(written(t, shards[0]), want) {
			t.Fatalf("seed %d: other bytes", seed)
		}
		a, err := json.Marshal(one.Report())
		if err != nil {
			t.Fatal(err)
		}
		b, _ := json.Marshal(shards[0].Report())
		if !bytes.Equal(a, b) || one.Report().String() != shards[0].Report().String() {
			t.Fatalf("seed %d: another report", seed)
		}
		report := one.Report()
		sum := int64(0)
		for _, s := range report.Standing {
			sum += s.Leads
		}
		if sum != report.Leads || report.Outcomes.All() != report.Leads || report.Journeys != int64(n) {
			t.Fatalf("seed %d: %d stand somewhere, %d have an outcome, %d leads", seed, sum, report.Outcomes.All(), report.Leads)
		}
		back := one.Empty()
		if err := back.UnmarshalBinary(want); err != nil {
			t.Fatal(err)
		}
		back.Add(journeys[0])
		one.Add(journeys[0])
		if !bytes.Equal(written(t, back), written(t, one)) {
			t.Fatalf("seed %d: what was read counts otherwise", seed)
		}
	}
}

// A log gathers rows that come in any order into the journeys that they were taken from.
func TestLogGathers(t *testing.T) {
	o := flow.Options{Definition: funnel.Standard(), AsOf: day("2025-11-01")}
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 3))
		type row struct {
			lead string
			step flow.Step
		}
		var rows []row
		want := newFlow(t, o)
		logs := make([]flow.Log, 3)
		for i := range 50 {
			j := wild(r, i)
			want.Add(j)
			for _, s := range j.Steps {
				rows = append(rows, row{j.Lead, s})
			}
			if !j.Observed.IsZero() {
				logs[0].Observe(j.Lead, j.Observed.Add(-oneDay))
				logs[1].Observe(j.Lead, j.Observed)
			}
			logs[2].Segment(j.Lead, j.Segments...)
			logs[2].Segment(j.Lead, j.Segments...)
			logs[2].Segment(j.Lead)
		}
		r.Shuffle(len(rows), func(a, b int) { rows[a], rows[b] = rows[b], rows[a] })
		for _, row := range rows {
			logs[r.IntN(3)].Add(row.lead, row.step)
		}
		logs[0].Merge(&logs[1])
		logs[2].Merge(&logs[0])
		got := want.Empty()
		for j := range logs[2].Journeys() {
			got.Add(j)
		}
		if !bytes.Equal(written(t, got), written(t, want)) || logs[2].Len() != 50 {
			t.Fatalf("seed %d: other bytes", seed)
		}
		for range logs[2].Journeys() {
			break
		}
	}
}

func TestLogTakesTransitions(t *testing.T) {
	policy, err := funnel.Compile[struct{}](funnel.Standard())
	if err != nil {
		t.Fatal(err)
	}
	pos := policy.Start("lead-1", funnel.By{Occurred: day("2026-01-01")})
	var log flow.Log
	log.Add(pos.ID, flow.Step{At: pos.Since, Stage: pos.Stage})
	for i, event := range []funnel.Event{funnel.Qualify, funnel.Accept} {
		tr, err := policy.Move(pos, event, nil, funnel.By{Occurred: day("2026-01-02").AddDate(0, 0, i)})
		if err != nil {
			t.Fatal(err)
		}
		pos = funnel.Apply(pos, tr)
		log.AddTransition(tr)
	}
	tr, err := policy.Return(pos, funnel.Recycle, funnel.ReasonNoBudget, funnel.Feedback{}, nil, funnel.By{Occurred: day("2026-01-10")})
	if err != nil {
		t.Fatal(err)
	}
	log.AddTransition(tr)
	f := newFlow(t, flow.Options{Definition: funnel.Standard(), AsOf: day("2026-02-01")})
	for j := range log.Journeys() {
		f.Add(j)
	}
	r := f.Report()
	if r.Problems.Count != 0 || r.Waterfall[2].Entered != 1 || len(r.Recycling) != 1 || r.Recycling[0].Reason != funnel.ReasonNoBudget || r.Outcomes.Aside != 1 {
		t.Error(r)
	}
	if r.Stages[0].Visit.Median.Days() != 1 || r.Stages[2].Visit.Median.Days() != 7 {
		t.Errorf("inquiry %s, sal %s", r.Stages[0].Visit.Median, r.Stages[2].Visit.Median)
	}
}

func TestDifferentFlowsDoNotMerge(t *testing.T) {
	base := flow.Options{Definition: funnel.Standard(), AsOf: day("2026-01-01"), Calendar: officeHours(t)}
	f := newFlow(t, base)
	same := newFlow(t, base)
	if err := f.Merge(same); err != nil {
		t.Error(err)
	}
	berlin := time.FixedZone("Berlin", 3600)
	for name, change := range map[string]func(*flow.Options){
		"as of":       func(o *flow.Options) { o.AsOf = o.AsOf.Add(1) },
		"tick":        func(o *flow.Options) { o.Tick = time.Minute },
		"horizon":     func(o *flow.Options) { o.Horizon = time.Hour },
		"quick":       func(o *flow.Options) { o.Quick = time.Hour },
		"calendar":    func(o *flow.Options) { o.Calendar = nil },
		"zone":        func(o *flow.Options) { o.Zone = berlin },
		"opportunity": func(o *flow.Options) { o.Opportunity = funnel.SQL },
		"listed":      func(o *flow.Options) { o.Listed = 7 },
		"definition":  func(o *flow.Options) { o.Definition = flow.Path("x", []funnel.Stage{"a", "b"}) },
	} {
		o := base
		change(&o)
		other := newFlow(t, o)
		if err := f.Merge(other); !errors.Is(err, flow.ErrDifferent) {
			t.Errorf("%s: merge: %v", name, err)
		}
		if err := f.UnmarshalBinary(written(t, other)); !errors.Is(err, flow.ErrDifferent) {
			t.Errorf("%s: read: %v", name, err)
		}
	}
}

func TestDamagedBytes(t *testing.T) {
	f := newFlow(t, flow.Options{Definition: funnel.Standard(), AsOf: day("2025-11-01")})
	r := rand.New(rand.NewPCG(1, 4))
	for i := range 30 {
		f.Add(wild(r, i))
	}
	data := written(t, f)
	for i := range data {
		bad := slices.Clone(data)
		bad[i] ^= 0x41
		if err := f.Empty().UnmarshalBinary(bad); err == nil {
			t.Fatalf("byte %d changed: no error", i)
		}
		if i < len(data)-1 {
			if err := f.Empty().UnmarshalBinary(data[:i]); !errors.Is(err, flow.ErrDamaged) {
				t.Fatalf("cut at %d: %v", i, err)
			}
		}
	}
	later := slices.Clone(data)
	later[len("leadloop flow")]++
	if err := f.UnmarshalBinary(later); !errors.Is(err, flow.ErrVersion) {
		t.Error(err)
	}
	if !bytes.Equal(written(t, f), data) {
		t.Error("a refused reading changed the flow")
	}
}

// Bytes with a valid check sum but other numbers are refused, or make a report whose rates are rates and whose numbers are numbers.
func TestForgedBytes(t *testing.T) {
	f := newFlow(t, flow.Options{Definition: funnel.Standard(), AsOf: day("2025-11-01"), Tick: 24 * time.Hour})
	r := rand.New(rand.NewPCG(3, 4))
	for i := range 2 {
		f.Add(wild(r, i))
	}
	data := written(t, f)
	body := data[:len(data)-8]
	accepted := 0
	for i := len("leadloop flow") + 1 + sha256.Size; i < len(body); i++ {
		for _, number := range []byte{1, 5, 127} {
			forged := slices.Clone(body)
			forged[i] = number
			sum := sha256.Sum256(forged)
			one := f.Empty()
			if err := one.UnmarshalBinary(append(forged, sum[:8]...)); err != nil {
				continue
			}
			accepted++
			report := one.Report()
			if _, err := json.Marshal(report); err != nil {
				t.Fatalf("byte %d as %d: %v", i, number, err)
			}
			for _, rate := range ratesOf(reflect.ValueOf(report)) {
				if rate.Part > rate.Whole {
					t.Fatalf("byte %d as %d: a rate of %+v", i, number, rate)
				}
			}
		}
	}
	if accepted < 300 {
		t.Errorf("only %d were accepted", accepted)
	}
}

// ratesOf finds all rates of a value.
func ratesOf(v reflect.Value) (rates []flow.Rate) {
	if rate, ok := reflect.TypeAssert[flow.Rate](v); ok {
		return []flow.Rate{rate}
	}
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			return ratesOf(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				rates = append(rates, ratesOf(v.Field(i))...)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			rates = append(rates, ratesOf(v.Index(i))...)
		}
	}
	return rates
}
