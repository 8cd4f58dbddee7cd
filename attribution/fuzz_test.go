package attribution_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/attribution"
)

// drawn makes any journey, valid or not, from bytes.
func drawn(data []byte) (attribution.Journey, attribution.Model) {
	next := func() byte {
		if len(data) == 0 {
			return 0
		}
		b := data[0]
		data = data[1:]
		return b
	}
	moment := func() time.Time {
		b := next()
		switch b {
		case 0:
			return time.Time{}
		case 255:
			return time.Unix(1<<60, 0)
		case 254:
			return time.Unix(-1<<60, 0)
		}
		return day(int(b % 64)).Add(time.Duration(next()) * time.Second)
	}
	amount := func() int64 { return int64(next())<<(next()%64) - int64(next()) }
	model := models()[int(next())%len(models())]
	switch next() {
	case 1:
		model = attribution.TimeDecay(time.Duration(amount()))
	case 2:
		model = model.Within(time.Duration(amount()))
	case 3:
		model = attribution.Model{}
	case 4:
		model = attribution.Custom("x", attribution.Weights{First: amount(), Lead: amount(), Opportunity: amount(), Last: amount(), Rest: amount()}).WithAbsent(attribution.Absent(next() % 3))
	case 5:
		model = attribution.LastNonDirect(string(rune('a' + next()%4)))
	}
	j := attribution.Journey{ID: fmt.Sprint(next()), Suppressed: moment()}
	for range next() % 32 {
		j.Touches = append(j.Touches, attribution.Touch{ID: fmt.Sprint(next() % 64), Channel: string(rune('a' + next()%4)),
			At: moment(), Cost: amount(), Side: attribution.Side([]string{"", "", "", "marketing", "sales", "internal", "x"}[next()%7])})
	}
	for range next() % 8 {
		j.Milestones = append(j.Milestones, attribution.Milestone{At: moment(),
			Stage: attribution.Stage([]string{"lead_created", "mql", "sal", "sql", "opportunity", "won", "x"}[next()%7])})
	}
	for range next() % 8 {
		j.Conversions = append(j.Conversions, attribution.Conversion{ID: fmt.Sprint(next() % 16), At: moment(), Revenue: amount()})
		c := &j.Conversions[len(j.Conversions)-1]
		for range next() % 4 {
			c.Refunds = append(c.Refunds, attribution.Refund{ID: fmt.Sprint(next() % 4), At: moment(), Amount: amount()})
		}
	}
	for range next() % 4 {
		j.Pipeline = append(j.Pipeline, attribution.OpenDeal{ID: fmt.Sprint(next() % 8), At: moment(), Closed: moment(), Amount: amount()})
	}
	j.Currency = []string{"", "", "EUR", "USD"}[next()%4]
	return j, model
}

func seeds(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{5, 0, 1, 200, 1, 1, 2, 0, 1, 1, 0, 0, 0, 0})
	for seed := range uint64(20) {
		r := random(100 + seed)
		data := make([]byte, 40+r.IntN(200))
		for i := range data {
			data[i] = byte(r.IntN(256))
			if r.IntN(3) > 0 {
				data[i] %= 8
			}
		}
		f.Add(data)
	}
}

func FuzzCredit(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		j, m := drawn(data)
		credit, err := m.Credit(j)
		if err != nil {
			if err.Error() == "" || credit != nil {
				t.Fatalf("credit %v with error %v", credit, err)
			}
			return
		}
		var sum attribution.Share
		for _, share := range credit {
			if share < 0 {
				t.Fatalf("negative share in %v", credit)
			}
			sum += share
		}
		if sum != attribution.One && !strings.HasPrefix(m.Name(), "participation") || len(credit) != len(j.Touches) {
			t.Fatalf("%v sums to %d", credit, sum)
		}
	})
}

func FuzzBook(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		j, m := drawn(data)
		half := len(data) / 2
		k, _ := drawn(data[half:])
		ledger, err := attribution.Book([]attribution.Journey{j, k}, m)
		sum, tallyErr := attribution.Compare([]attribution.Journey{j, k}, attribution.Options{}, m)
		if (err == nil) != (tallyErr == nil) {
			t.Fatalf("Book says %v, Compare says %v", err, tallyErr)
		}
		if err != nil {
			return
		}
		var won, booked int64
		for _, d := range ledger.Deals {
			won += d.Revenue
		}
		for _, r := range ledger.Refunds {
			won -= r.Amount
		}
		for _, e := range ledger.Entries {
			booked += e.Amount
		}
		if ledger.Participation {
			booked = won
		}
		if won != booked || sum[0].Revenue != won {
			t.Fatalf("won %d, booked %d, reported %d", won, booked, sum[0].Revenue)
		}
	})
}
