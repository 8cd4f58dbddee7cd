package attribution_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/leadloop/leadloop/attribution"
)

// Zero values answer, or say what to do; none panics.
func TestZeroValues(t *testing.T) {
	var paths attribution.Paths
	n, err := paths.Channels().Number([]byte("a"))
	if err != nil {
		t.Fatal(err)
	}
	if err := paths.Add([]uint16{n}, attribution.Counts{Nulls: 1}); err != nil || paths.Len() != 1 {
		t.Errorf("paths: %v", err)
	}
	var merged attribution.Paths
	if err := merged.Merge(&paths); err != nil || merged.Total().Nulls != 1 {
		t.Errorf("merged paths: %v", err)
	}
	var positions, sum attribution.Positions
	if n, err = positions.Channels().Number([]byte("a")); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(positions.Add([]uint16{n}, attribution.Counts{Conversions: 1, Value: 5}), sum.Merge(&positions)); err != nil || sum.Total().Value != 5 {
		t.Errorf("positions: %v", err)
	}
	if credits, err := new(attribution.Positions).Credit(attribution.Linear); err != nil || len(credits) != 0 {
		t.Errorf("nothing: %v, %v", credits, err)
	}
	var reader attribution.JourneyPaths
	if _, err := reader.Of(acme); !errors.Is(err, attribution.ErrModel) {
		t.Errorf("journey paths: %v", err)
	}
	own, err := attribution.NewJourneyPaths(nil, 0, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	found, err := own.Of(acme)
	if err != nil {
		t.Fatal(err)
	}
	for p := range found {
		if len(p.Channels) != 5 || p.Counts.Value != 100_000 {
			t.Errorf("channels of its own: %+v", p)
		}
		break
	}
}

// What is paid back, touched and won after an instant is not in the paths as of it.
func TestPathsOfJourneysAsOf(t *testing.T) {
	j := timeline("1:a 2:b 3:€ 5:c 6:€ 8:d 9:MQL")
	j.Conversions[0].Refunds = []attribution.Refund{{ID: "r", At: day(4), Amount: 40_00}}
	for asOf, want := range map[int]string{
		1: "a 0/0/1", 2: "a>b 0/0/1", 3: "a>b 1/10000/0", 4: "a>b 1/6000/0", 5: "a>b 1/6000/0", 6: "a>b 1/6000/0, a>b>c 1/10000/0", 20: "a>b 1/6000/0, a>b>c 1/10000/0",
	} {
		var channels attribution.Channels
		reader, err := attribution.NewJourneyPaths(&channels, 0, day(asOf))
		if err != nil {
			t.Fatal(err)
		}
		paths, err := reader.Of(j)
		if got := described(&channels, paths); err != nil || got != want {
			t.Errorf("as of day %d: got %s, %v; want %s", asOf, got, err, want)
		}
	}
}

// A sign-up that is worth nothing has no currency.
func TestNothingHasNoCurrency(t *testing.T) {
	free, euro := timeline("1:a 2:€"), acme
	free.Conversions[0].Revenue, free.Pipeline, euro.Currency = 0, []attribution.OpenDeal{{ID: "d", At: day(1)}}, "EUR"
	if s := attribution.Report(book(t, []attribution.Journey{free, euro}, attribution.Linear), attribution.Options{}); s.Currency != "EUR" || s.Conversions != 2 {
		t.Errorf("%+v", s)
	}
}

// Rows of a deal that were stored twice count once.
func TestDealStoredTwice(t *testing.T) {
	j := acme
	j.Conversions = []attribution.Conversion{{ID: "order-1", At: day(20), Revenue: 100_000, Refunds: []attribution.Refund{{ID: "r", At: day(21), Amount: 500}}}}
	l := book(t, []attribution.Journey{j, globex}, attribution.Linear)
	want := attribution.Report(l, attribution.Options{})
	l.Deals, l.Refunds = append(l.Deals, l.Deals...), append(l.Refunds, l.Refunds...)
	if diff := cmp.Diff(want, attribution.Report(l, attribution.Options{})); diff != "" {
		t.Error(diff)
	}
}

func TestEmptyLedgerAsJSON(t *testing.T) {
	data, err := json.Marshal(book(t, nil, attribution.Linear))
	if err != nil || strings.Contains(string(data), "null") {
		t.Errorf("%s, %v", data, err)
	}
}

// Two models that a reader of the statements could not tell apart are refused.
func TestModelsOfOneName(t *testing.T) {
	other := attribution.Custom("first", attribution.Weights{Last: 1})
	if _, err := attribution.NewTally(attribution.Options{}, attribution.First, other); !errors.Is(err, attribution.ErrModel) {
		t.Errorf("%v", err)
	}
}

func TestCreditsOfNothing(t *testing.T) {
	huge := new(big.Int).Exp(big.NewInt(10), big.NewInt(400), nil)
	got, err := attribution.Credits(attribution.Counts{Conversions: 2}, []attribution.ChannelWeight{
		{Channel: "a", Conversions: big.NewInt(1), Value: big.NewInt(1)}, {Channel: "b", Conversions: big.NewInt(1), Value: big.NewInt(3)}})
	if err != nil || got[0].ValueShare != 0 || got[1].ValueShare != 0 || got[0].ConversionShare != 0.5 {
		t.Errorf("without value: %+v, %v", got, err)
	}
	wide := []attribution.ChannelWeight{{Channel: "a", Conversions: huge}, {Channel: "b", Conversions: new(big.Int).Sub(big.NewInt(1), huge)}}
	if got, err := attribution.Credits(attribution.Counts{Conversions: 1}, wide); !errors.Is(err, attribution.ErrOverflow) {
		t.Errorf("shares beyond all numbers: %+v, %v", got, err)
	}
	if got, err := attribution.Credits(attribution.Counts{}, wide); err != nil || got[0].ConversionShare != 0 {
		t.Errorf("nothing: %+v, %v", got, err)
	}
	if _, err := attribution.Credits(attribution.Counts{Value: -1}, nil); !errors.Is(err, attribution.ErrNegative) {
		t.Errorf("less than nothing: %v", err)
	}
}

// A limit below the number of channels costs no more than one above it: paths of one touch are as short as paths get.
func TestPathsOfOneTouchAreNotCutAgain(t *testing.T) {
	p := attribution.NewPaths(3)
	var steps []uint16
	for i := range 3000 {
		steps = append(steps, numbered(t, p.Channels(), []string{string(rune('a' + i))})...)
	}
	allocations := testing.AllocsPerRun(1, func() {
		for _, n := range steps {
			if err := p.Add([]uint16{n}, attribution.Counts{Nulls: 1}); err != nil {
				t.Fatal(err)
			}
		}
	})
	if p.Longest() != 1 || p.Len() != len(steps) || allocations > 3*float64(len(steps)) {
		t.Errorf("longest %d, %d paths, %v allocations", p.Longest(), p.Len(), allocations)
	}
}

// A shard with one channel and many lengths costs a shard with many channels no more than its own size.
func TestPositionsMergeInProportion(t *testing.T) {
	wide, long := attribution.NewPositions(nil), attribution.NewPositions(nil)
	for i := range 5000 {
		if err := wide.Add(numbered(t, wide.Channels(), []string{string(rune('a' + i))}), attribution.Counts{Conversions: 1}); err != nil {
			t.Fatal(err)
		}
	}
	only := numbered(t, long.Channels(), []string{"z"})[0]
	var path []uint16
	for range 300 {
		path = append(path, only)
		if err := long.Add(path, attribution.Counts{Conversions: 1}); err != nil {
			t.Fatal(err)
		}
	}
	a, _ := wide.MarshalBinary()
	b, _ := long.MarshalBinary()
	if err := wide.Merge(long); err != nil {
		t.Fatal(err)
	}
	if both, _ := wide.MarshalBinary(); len(both) > len(a)+2*len(b) {
		t.Errorf("%d and %d bytes merged to %d", len(a), len(b), len(both))
	}
}

// impossibleTally writes a tally of one linear model, without channels.
func impossibleTally(t *testing.T, currency string, revenue, cost, pipeline int64, numbers map[int]int64) []byte {
	t.Helper()
	empty, err := attribution.NewTally(attribution.Options{}, attribution.Linear)
	if err != nil {
		t.Fatal(err)
	}
	data := marshalled(t, empty)
	const sums = 29 // of a balance: 14 of revenue, 2 of pipeline, 2 of cost, 11 counts
	data = data[:len(data)-(1+3+sums+1)]
	data = append(binary.AppendUvarint(data, uint64(len(currency))), currency...)
	for _, n := range []int64{revenue, cost, pipeline} {
		data = binary.AppendVarint(data, n)
	}
	for i := range sums {
		data = binary.AppendVarint(data, numbers[i])
	}
	return append(data, 0)
}

// What no journeys can come to is not read.
func TestTallyThatNoJourneysHave(t *testing.T) {
	// The places: 0 revenue, 1 influenced, 2 unattributed, 3 gap, 4 refunded, 5… origins by three; 14 pipeline, 15 unattributed of it;
	// 16 cost, 17 other cost; 18 conversions, 19 customers, 20 unattributed conversions, 21 touches, 22 other touches, 23… stages.
	sold := map[int]int64{0: 3, 2: 3, 7: 3, 10: 3, 13: 3, 18: 1, 19: 1, 20: 1} // found by nobody
	with := func(changes map[int]int64) map[int]int64 {
		all := map[int]int64{}
		for _, m := range []map[int]int64{sold, changes} {
			for i, n := range m {
				all[i] = n
			}
		}
		return all
	}
	for _, c := range []struct {
		what string
		data []byte
		want error
	}{
		{"as it comes", impossibleTally(t, "EUR", 3, 0, 0, sold), nil},
		{"less attributed than nothing", impossibleTally(t, "EUR", 10, 0, 0, with(map[int]int64{2: 10})), attribution.ErrDamaged},
		{"more influenced than won", impossibleTally(t, "EUR", 10, 0, 0, with(map[int]int64{1: 10})), attribution.ErrDamaged},
		{"origins of more than won", impossibleTally(t, "EUR", 10, 0, 0, with(map[int]int64{5: 1})), attribution.ErrDamaged},
		{"more than the total", impossibleTally(t, "EUR", 2, 0, 0, sold), attribution.ErrDamaged},
		{"more with refunds than the total", impossibleTally(t, "EUR", 4, 0, 0, with(map[int]int64{4: 2})), attribution.ErrDamaged},
		{"attributed to no channel", impossibleTally(t, "EUR", 3, 0, 0, with(map[int]int64{2: 1})), attribution.ErrDamaged},
		{"pipeline of no channel", impossibleTally(t, "EUR", 3, 0, 9, with(map[int]int64{14: 9})), attribution.ErrDamaged},
		{"touches of no channel", impossibleTally(t, "EUR", 3, 0, 0, with(map[int]int64{21: 1})), attribution.ErrDamaged},
		{"a currency without money", impossibleTally(t, "EUR", 0, 0, 0, map[int]int64{}), attribution.ErrDamaged},
		{"less than nothing", impossibleTally(t, "EUR", 3, 0, 0, with(map[int]int64{22: -1})), attribution.ErrDamaged},
		{"more than anybody counts", impossibleTally(t, "EUR", 3, 0, 0, with(map[int]int64{22: 1<<53 + 1})), attribution.ErrDamaged},
	} {
		tally, err := attribution.NewTally(attribution.Options{}, attribution.Linear)
		if err != nil {
			t.Fatal(err)
		}
		if err := tally.UnmarshalBinary(c.data); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.what, err, c.want)
		}
		if c.want == nil && !bytes.Equal(marshalled(t, tally), c.data) {
			t.Errorf("%s: written otherwise", c.what)
		}
	}
	full, err := attribution.NewTally(attribution.Options{}, attribution.Linear)
	if err != nil {
		t.Fatal(err)
	}
	if err := full.UnmarshalBinary(impossibleTally(t, "EUR", 3, 0, 0, with(map[int]int64{22: 1 << 53}))); err != nil {
		t.Fatal(err)
	}
	before := marshalled(t, full)
	if err := full.Merge(full); !errors.Is(err, attribution.ErrOverflow) || !bytes.Equal(before, marshalled(t, full)) {
		t.Errorf("a count beyond counting: %v", err)
	}
}
