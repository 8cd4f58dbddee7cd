package flow_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/funnel/flow"
)

// FuzzUnmarshal reads any bytes, with a valid check sum so that it comes past it. What is read is written as it was, can
// be reported, and merged with itself.
func FuzzUnmarshal(f *testing.F) {
	options := flow.Options{Definition: funnel.Standard(), AsOf: day("2025-11-01"), Listed: 3}
	base := newFlow(f, options)
	header := len("leadloop flow") + 1 + sha256.Size
	r := rand.New(rand.NewPCG(1, 5))
	for range 5 {
		data := written(f, base)
		f.Add(data[header : len(data)-8])
		base.Add(wild(r, 1))
	}
	prefix := written(f, base)[:header]
	f.Fuzz(func(t *testing.T, body []byte) {
		data := append(append([]byte{}, prefix...), body...)
		sum := sha256.Sum256(data)
		data = append(data, sum[:8]...)
		one := base.Empty()
		if err := one.UnmarshalBinary(data); err != nil {
			return
		}
		if !bytes.Equal(written(t, one), data) {
			t.Fatal("written otherwise than read")
		}
		report := one.Report()
		if _, err := json.Marshal(report); err != nil {
			t.Fatal(err)
		}
		_ = report.String()
		two := base.Empty()
		if err := two.UnmarshalBinary(data); err != nil {
			t.Fatal(err)
		}
		if err := two.Merge(one); err != nil {
			t.Fatal(err)
		}
		_ = two.Report().String()
	})
}

// FuzzAdd makes journeys of any bytes: what is counted is conserved, estimates are shares, and neither the order of rows nor
// the sharding matters.
func FuzzAdd(f *testing.F) {
	f.Add([]byte("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x10\x11\x12\x13\x14\x15"), uint64(1))
	f.Add([]byte("0123456789abcdef0123456789abcdef"), uint64(2))
	f.Add(bytes.Repeat([]byte{1, 0, 0, 0}, 80), uint64(3))
	names := []funnel.Stage{funnel.Inquiry, funnel.MQL, funnel.SAL, funnel.SQL, funnel.Opportunity, funnel.Won, funnel.Lost, funnel.Recycled, funnel.Disqualified, "", "none"}
	calendar := officeHours(f)
	f.Fuzz(func(t *testing.T, data []byte, seed uint64) {
		r := rand.New(rand.NewPCG(seed, 6))
		options := flow.Options{Definition: funnel.Standard(), AsOf: day("2025-11-01"), Tick: time.Duration(1+r.IntN(100_000)) * time.Second, Listed: 1 + r.IntN(5), Calendar: calendar}
		one := newFlow(t, options)
		other := []*flow.Flow{one.Empty(), one.Empty()}
		for lead := 0; len(data) > 0 && lead < 20; lead++ {
			j := flow.Journey{Lead: string(rune('a' + lead)), Segments: []string{"s"}}
			if data[0]&1 == 1 {
				j.Observed = day("2025-06-01").Add(time.Duration(int8(data[0])) * 5 * time.Hour)
			}
			n := int(data[0] >> 3)
			data = data[1:]
			for ; n >= 0 && len(data) >= 5; n-- {
				s := flow.Step{At: day("2025-05-01").Add(time.Duration(data[0]) * 17 * time.Hour), Stage: names[int(data[1])%11], Line: int(data[4])}
				switch data[2] % 5 {
				case 0:
					s.From = names[int(data[2]/5)%11]
				case 1:
					s.Version = int64(data[2] / 5)
				case 2:
					s.Reason = funnel.ReasonTiming
				case 3:
					s.Amount = int64(data[2]) << (data[3] % 60)
				}
				if data[3] == 255 {
					s.At = time.Unix(int64(data[0])<<28, 0).UTC()
				}
				j.Steps = append(j.Steps, s)
				data = data[5:]
			}
			one.Add(j)
			other[r.IntN(2)].Add(shuffled(r, j))
		}
		if err := other[1].Merge(other[0]); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(written(t, one), written(t, other[1])) {
			t.Fatal("the order matters")
		}
		if err := other[0].UnmarshalBinary(written(t, one)); err != nil {
			t.Fatal(err)
		}
		report := one.Report()
		_ = report.String()
		sum, steps := int64(0), int64(0)
		for _, s := range report.Standing {
			sum += s.Leads
		}
		for _, s := range report.Follows {
			steps += s.Count
		}
		visits := int64(0)
		for i := range report.Stages {
			c := &report.Stages[i].Visit
			for _, p := range c.Points {
				low, high := p.Interval()
				if p.Share < 0 || p.Share > 1 || low > p.Share+1e-9 || high < p.Share-1e-9 || math.IsNaN(p.StdError) || p.AtRisk < p.Events {
					t.Fatalf("%+v, %v to %v", p, low, high)
				}
			}
		}
		for _, l := range report.Waterfall {
			visits += l.Visits
		}
		if sum != report.Leads || report.Outcomes.All() != report.Leads || visits > steps {
			t.Fatalf("%d leads, %d stand somewhere, %d visits, %d steps", report.Leads, sum, visits, steps)
		}
		for i := range report.Conversions {
			c := &report.Conversions[i]
			all := 0.0
			for _, curve := range []*flow.Curve{&c.Converted, &c.Lost, &c.Aside} {
				if n := len(curve.Points); n > 0 {
					all += curve.Points[n-1].Share
				}
			}
			if all > 1+1e-9 || c.Converted.Events+c.Converted.Others+c.Converted.Censored != c.Converted.Spells {
				t.Fatalf("%s to %s: %v, %+v", c.From, c.To, all, c.Converted)
			}
		}
	})
}
