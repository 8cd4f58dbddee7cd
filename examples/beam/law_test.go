package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/attribution"
)

// a world is a market that has been read.
type worldOf struct {
	accounts map[string]account
	logs     []caseLog
	rows     []account // each row as it was read
}

func world(t testing.TB, touches int) *worldOf {
	t.Helper()
	w, ids := &worldOf{}, map[string][]account{}
	files := must(listInput(context.Background(), made(t, market{touches: touches, seed: 5, shards: 2, shuffle: 9})))
	plan := testedPlan(t)
	for _, name := range files.rows {
		err := withFile(context.Background(), name, func(r io.Reader) error {
			return readRows(name, r, plan.AsOf, func(a account) error {
				w.rows = append(w.rows, a)
				ids[a.identity()] = append(ids[a.identity()], a)
				return nil
			})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	w.accounts = must(accountsOf(ids, plan.MaxTouches))
	lines := map[string][]string{}
	for _, name := range files.events {
		err := withFile(context.Background(), name, func(r io.Reader) error {
			return readEvents(name, r, func(lead, line string) error {
				lines[lead] = append(lines[lead], line)
				return nil
			})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, lead := range sortedKeys(lines) {
		w.logs = append(w.logs, must(logOf(lead, lines[lead])))
	}
	return w
}

// sums adds all of the world to one aggregate of each kind.
func (w *worldOf) sums(t testing.TB, e *engine) sums {
	t.Helper()
	all := must(e.emptySums())
	if _, err := e.sumAccounts(w.accounts, all); err != nil {
		t.Fatal(err)
	}
	for _, log := range w.logs {
		if err := all[ofCases].(*caseSums).add(log.events); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// Rows may come in any order and be merged in any grouping: the account is the same. It keeps the touches of each month that a plain sort
// and cut of all its rows gives, and has the sums of all others.
func TestAccountMerge(t *testing.T) {
	dice := rand.New(rand.NewPCG(1, 2))
	at := func() time.Time { return marketBegin.Add(time.Duration(dice.IntN(50*24)) * time.Hour) }
	some := 0
	for range 3000 {
		most := 1 + dice.IntN(12)
		var rows []account
		var all []Touch
		for number := range dice.IntN(120) {
			row := account{id: "A"}
			switch id := fmt.Sprint(number); dice.IntN(6) {
			case 0:
				row.leads = []Lead{{ID: id, Created: marketBegin}}
				row.shared[leadRow] = int64(dice.IntN(2))
			case 1:
				row.deals = []Deal{{ID: id, Opened: marketBegin, Outcome: open}}
			default:
				row.touches = []Touch{{ID: id, At: at(), Channel: []string{"x", "y"}[dice.IntN(2)], Cost: int64(dice.IntN(3))}}
				all = append(all, row.touches...)
			}
			rows = append(rows, row)
		}
		whole := account{}
		for _, row := range rows {
			whole = whole.merge(row, most)
		}
		dice.Shuffle(len(rows), func(i, k int) { rows[i], rows[k] = rows[k], rows[i] })
		parts := slices.Clone(rows)
		for len(parts) > 1 { // any two neighbours, and at times through the coder
			i := dice.IntN(len(parts) - 1)
			merged := parts[i].merge(parts[i+1], most)
			if dice.IntN(3) == 0 {
				merged = must(decodeAccount(must(encodeAccount(merged))))
			}
			parts = append(slices.Clone(parts[:i]), append([]account{merged}, parts[i+2:]...)...)
		}
		if len(parts) == 0 {
			continue
		}
		a, b := whole.tidy(most), parts[0].tidy(most)
		if x, y := must(encodeAccount(a)), must(encodeAccount(b)); !bytes.Equal(x, y) {
			t.Fatalf("in order\n%+v\nin another\n%+v", a, b)
		}
		slices.SortFunc(all, func(a, b Touch) int { return compareTouches(b, a) })
		months, dropped := map[time.Month]int{}, map[droppedFrom]droppedTouches{}
		var kept []Touch
		for _, touch := range all {
			if months[touch.At.Month()]++; months[touch.At.Month()] <= most {
				kept = append(kept, touch)
				continue
			}
			from := droppedFrom{touch.At.Year()*12 + int(touch.At.Month()) - 1, touch.Channel, touch.Campaign}
			dropped[from] = droppedTouches{dropped[from].touches + 1, dropped[from].cost + touch.Cost}
		}
		slices.Reverse(kept)
		if !slices.Equal(a.touches, kept) || !maps.Equal(a.dropped, dropped) {
			t.Fatalf("touches\n%+v\nwithout %v, want\n%+v\nwithout %v", a.touches, a.dropped, kept, dropped)
		}
		some += len(dropped)
	}
	if some == 0 {
		t.Error("nothing was dropped")
	}
}

// Whatever the order of an id's rows: each account that has the id gets one, and the first of several is told that it is not alone. Rows that
// differ are a mistake.
func TestDistinctRows(t *testing.T) {
	lead := func(account, country string) account {
		return accountWith(account, Lead{ID: "L", Created: marketBegin, Country: country})
	}
	for _, c := range []struct {
		rows   []account
		want   []string
		shared int64
		err    string
	}{
		{rows: []account{lead("A", "DE")}, want: []string{"A"}},
		{rows: []account{lead("A", "DE"), lead("A", "DE"), lead("A", "DE")}, want: []string{"A"}},
		{rows: []account{lead("B", "DE"), lead("A", "AT"), lead("B", "DE")}, want: []string{"A", "B"}, shared: 1},
		{rows: []account{lead("B", "DE"), lead("A", "DE"), lead("B", "AT")}, err: `account "B", lead "L": given twice with different fields: leave one row of each lead`},
	} {
		rows, err := distinctRows(c.rows)
		var ids []string
		var sum sharedIDs
		for _, a := range rows {
			ids = append(ids, a.id)
			sum = sum.plus(a.shared)
		}
		if !slices.Equal(ids, c.want) || sum != (sharedIDs{c.shared}) || c.err == "" && err != nil || c.err != "" && (err == nil || err.Error() != c.err) {
			t.Errorf("%v %v %v, want %+v", ids, sum, err, c)
		}
	}
	for want, a := range map[string]account{"lead T": accountWith("A", Lead{ID: "T"}), "touch T": {touches: []Touch{{ID: "T"}}}, "deal T": {deals: []Deal{{ID: "T"}}}} {
		if got := a.identity(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func accountWith(id string, leads ...Lead) account { return account{id: id, leads: leads} }

// What attribution refuses, the program refuses; and costs of dropped touches that do not fit are told.
func TestAccountCheck(t *testing.T) {
	e := testedEngine(t)
	conflict := account{id: "A", touches: []Touch{{ID: "T", Channel: "x", At: marketBegin}, {ID: "T", Channel: "y", At: marketBegin}}}
	r, _, err := e.rate(conflict)
	if err != nil {
		t.Fatal(err)
	}
	if err := must(e.emptyAccounts()).add(r); !errors.Is(err, attribution.ErrConflict) {
		t.Error(err)
	}
	if _, err := must(e.pather()).of(r.Journey); !errors.Is(err, attribution.ErrConflict) {
		t.Error(err)
	}
	if _, err := (&combiner{Plan: e.plan, Kind: "none"}).MergeAccumulators(state{}, state{}); err == nil {
		t.Error("an aggregate of no kind")
	}
	huge := account{id: "A"}
	for n := range e.plan.MaxTouches + 2 {
		huge.touches = append(huge.touches, Touch{ID: fmt.Sprint(n), Channel: "x", At: marketBegin, Cost: 1 << 62})
	}
	if _, _, err := e.rate(huge); err == nil || !strings.Contains(err.Error(), `account "A", channel "x": costs do not fit 64 bits`) {
		t.Error(err)
	}
}

// Shards merge in any order and grouping, through their bytes as well, into the same bytes as one loop gives. Merging the empty one
// changes nothing.
func TestSumsMerge(t *testing.T) {
	e, w := testedEngine(t), world(t, 3000)
	want := w.sums(t, e)
	ids := sortedKeys(w.accounts)
	for seed := range uint64(10) {
		dice := rand.New(rand.NewPCG(seed, 3))
		shards := make([]*worldOf, 1+dice.IntN(6))
		for i := range shards {
			shards[i] = &worldOf{accounts: map[string]account{}}
		}
		pick := func() *worldOf { return shards[dice.IntN(len(shards))] }
		for _, id := range ids {
			pick().accounts[id] = w.accounts[id]
		}
		for _, log := range w.logs {
			s := pick()
			s.logs = append(s.logs, log)
		}
		for _, kind := range []string{ofAccounts, ofCases} { // paths of different shards are not different: see below
			c := combiner{Plan: e.plan, Kind: kind}
			states := []state{c.CreateAccumulator()}
			for _, s := range shards {
				states = append(states, state{live: s.sums(t, e)[kind]})
			}
			for len(states) > 1 {
				i := dice.IntN(len(states) - 1)
				merged, err := c.MergeAccumulators(states[i], states[i+1])
				if err != nil {
					t.Fatal(err)
				}
				if dice.IntN(2) == 0 {
					merged = must(decodeState(must(encodeState(merged))))
				}
				states = append(states[:i], append([]state{merged}, states[i+2:]...)...)
			}
			if got := must(c.ExtractOutput(states[0])); !bytes.Equal(got, must(want[kind].MarshalBinary())) {
				t.Errorf("seed %d: %s of %d shards differ from the whole", seed, kind, len(shards))
			}
		}
	}
}

// The most frequent paths are those of one big table, however many keys share them.
func TestTopPaths(t *testing.T) {
	dice := rand.New(rand.NewPCG(4, 4))
	for round := range 2000 {
		most, keys := 1+dice.IntN(8), 1+dice.IntN(6)
		perKey := make([]*pathSums, keys)
		for i := range perKey {
			perKey[i] = newPathSums()
		}
		table := map[string]attribution.Counts{}
		var all, untouched attribution.Counts
		for range dice.IntN(80) {
			p := pathCount{counts: attribution.Counts{Nulls: 1}}
			if dice.IntN(2) == 0 {
				p.counts = attribution.Counts{Conversions: 1, Value: int64(dice.IntN(3))}
			}
			for range dice.IntN(4) {
				p.steps = append(p.steps, []string{"a", "b", "c"}[dice.IntN(3)])
			}
			if err := perKey[p.key(keys)].add(p); err != nil {
				t.Fatal(err)
			}
			into := &untouched
			if len(p.steps) > 0 {
				sum := table[strings.Join(p.steps, ">")]
				table[strings.Join(p.steps, ">")] = must(plus(sum, p.counts))
				into = &all
			}
			*into = must(plus(*into, p.counts))
		}
		dice.Shuffle(keys, func(i, k int) { perKey[i], perKey[k] = perKey[k], perKey[i] })
		got := &topPaths{most: most}
		for _, s := range perKey {
			again := newPathSums()
			if err := again.UnmarshalBinary(must(s.MarshalBinary())); err != nil {
				t.Fatal(err)
			}
			if err := got.merge(topOf(again.paths, again.untouched, most)); err != nil {
				t.Fatal(err)
			}
		}
		if got.different != int64(len(table)) || got.all != all || got.untouched != untouched {
			t.Fatalf("round %d: %+v, want %d paths, %+v and %+v", round, got, len(table), all, untouched)
		}
		rank := func(c attribution.Counts) int64 { return (c.Conversions*1000+c.Value)*1000 + c.Nulls }
		names := sortedKeys(table)
		slices.SortStableFunc(names, func(a, b string) int { return int(rank(table[b]) - rank(table[a])) })
		names = names[:min(most, len(names))]
		if len(names) != len(got.rows) {
			t.Fatalf("round %d: %d paths, want %d", round, len(got.rows), len(names))
		}
		for i, row := range got.rows {
			if strings.Join(row.steps, ">") != names[i] || row.counts != table[names[i]] {
				t.Fatalf("round %d: path %d is %v %+v, want %s %+v", round, i, row.steps, row.counts, names[i], table[names[i]])
			}
		}
		again := &topPaths{most: most}
		if err := again.UnmarshalBinary(must(got.MarshalBinary())); err != nil || !reflect.DeepEqual(again, got) {
			t.Fatalf("round %d: %v: %+v came back as %+v", round, err, got, again)
		}
	}
}

// Sums that do not fit are told.
func TestOverflow(t *testing.T) {
	huge := attribution.Counts{Conversions: 1, Value: 1 << 62}
	if _, err := plus(must(plus(huge, attribution.Counts{})), huge); err == nil {
		t.Error("2^63 fits 64 bits")
	}
	s, o := newPathSums(), newPathSums()
	for _, sums := range []*pathSums{s, o} {
		if err := errors.Join(sums.add(pathCount{counts: huge}), sums.add(pathCount{[]string{"a"}, huge})); err != nil {
			t.Fatal(err)
		}
	}
	if s.add(pathCount{counts: huge}) == nil || s.add(pathCount{[]string{"a"}, huge}) == nil || s.merge(o) == nil {
		t.Error("no error")
	}
	top := topOf(s.paths, s.untouched, 3)
	if top.merge(topOf(o.paths, o.untouched, 3)) == nil {
		t.Error("no error")
	}
}

// Bytes that were cut, or to which something was added, are refused, and never is there a panic.
func TestDamage(t *testing.T) {
	e, w := testedEngine(t), world(t, 500)
	all := w.sums(t, e)
	data := map[string][]byte{}
	for kind, a := range all {
		data[kind] = must(a.MarshalBinary())
	}
	paths := newPathSums()
	if err := paths.add(pathCount{[]string{"a", "b"}, attribution.Counts{Nulls: 1}}); err != nil {
		t.Fatal(err)
	}
	data[ofOnePathKey] = must(paths.MarshalBinary())
	for _, kind := range sortedKeys(data) {
		step := max(1, len(data[kind])/400)
		for n := 0; n < len(data[kind]); n += step {
			if a := must(e.start(kind)); a.UnmarshalBinary(data[kind][:n]) == nil {
				t.Fatalf("%s: the first %d bytes of %d are taken", kind, n, len(data[kind]))
			}
		}
		if a := must(e.start(kind)); a.UnmarshalBinary(append(slices.Clone(data[kind]), 0)) == nil {
			t.Errorf("%s: a byte more is taken", kind)
		}
	}
}

// A worker that gets what it can't use says so: a plan that does not compile, bytes that are damaged, a sum of no kind, a file system that
// there is not.
func TestWorkersRefuse(t *testing.T) {
	ctx := context.Background()
	good := testedPlan(t)
	bad := good
	bad.Model = []byte(`{"schema": 1}`)
	damaged := state{bytes: []byte("damaged")}
	nothing := func(*[]byte) bool { return false }
	once := func(sum []byte) func(*[]byte) bool {
		return func(into *[]byte) bool {
			*into, sum = sum, nil
			return *into != nil
		}
	}
	second := func(_ any, err error) error { return err }
	e, cut := testedEngine(t), t.TempDir()
	if err := errors.Join(writeSums(ctx, cut, must(e.emptySums())), os.Truncate(filepath.Join(cut, sumsFile), 50)); err != nil {
		t.Fatal(err)
	}
	noField := json.RawMessage(`{"schema": 1, "name": "x", "version": 1, "dimensions": [{"name": "d", "rules": [{"name": "r", "when": "Nope", "points": 1}]}]}`)
	for name, err := range map[string]error{
		"plan of a combiner":      second((&combiner{Plan: bad, Kind: ofCases}).MergeAccumulators(state{}, state{})),
		"merging damage":          second((&combiner{Plan: good, Kind: ofCases}).MergeAccumulators(state{}, damaged)),
		"extracting damage":       second((&combiner{Plan: good, Kind: ofAccounts}).ExtractOutput(damaged)),
		"adding an account":       second((&sumAccounts{combiner{Plan: good, Kind: ofAccounts}}).AddInput(damaged, rated{})),
		"adding a case":           second((&sumCases{combiner{Plan: good, Kind: ofCases}}).AddInput(damaged, caseLog{})),
		"adding a path":           second((&sumPaths{combiner{Plan: good, Kind: ofOnePathKey}}).AddInput(damaged, pathCount{})),
		"extracting paths":        second((&sumPaths{combiner{Plan: good, Kind: ofOnePathKey}}).ExtractOutput(damaged)),
		"adding a part":           second((&sumParts{combiner{Plan: good, Kind: ofPaths}}).AddInput(state{}, damaged.bytes)),
		"plan of a pipeline":      second(pipeline(bad, input{}, "")),
		"plan of a local run":     runLocal(ctx, bad, input{}, ""),
		"plan of a rater":         (&rateFn{Plan: bad}).ProcessElement("", account{}, nil, nil, nil),
		"plan of sums":            (&writeSumsFn{Plan: bad}).ProcessElement(ctx, 0, nothing),
		"sums of no kind":         (&writeSumsFn{Plan: good}).ProcessElement(ctx, 0, once([]byte("\x01x"))),
		"sums of damage":          (&writeSumsFn{Plan: good}).ProcessElement(ctx, 0, once(appendText(nil, ofPaths))),
		"sums to nowhere":         (&writeSumsFn{Plan: good, Output: "nowhere://x"}).ProcessElement(ctx, 0, nothing),
		"sums under a file":       (&writeSumsFn{Plan: good, Output: must(os.Executable())}).ProcessElement(ctx, 0, nothing),
		"reading from nowhere":    (&readRowsFn{}).ProcessElement(ctx, "nowhere://x", nil),
		"reading what is not":     (&readEventsFn{}).ProcessElement(ctx, t.TempDir()+"/x", nil),
		"local, what is not":      runLocal(ctx, good, input{rows: []string{t.TempDir() + "/x"}}, ""),
		"local, no events":        runLocal(ctx, good, input{events: []string{t.TempDir() + "/x"}}, ""),
		"report of no sums":       e.writeReport(ctx, t.TempDir()),
		"report of sums cut off":  e.writeReport(ctx, cut),
		"a rule on no such field": second(compile(&Plan{AsOf: good.AsOf, Model: noField, Agreement: good.Agreement})),
		"no instant":              second(compile(&Plan{Model: good.Model, Agreement: good.Agreement})),
		"negative lookback":       second((&engine{plan: Plan{Lookback: -1}}).pather()),
		"an instant of two":       second(decodeAccount([]byte(accountMagic + "\x00\x01\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"))),
		"half a log":              second(decodeLog([]byte("\x01\x05{"))),
		"2^63 shared ids":         second(decodeAccount([]byte(accountMagic + "\x00\x00\x00\x00\x00\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01\x00\x00"))),
		"2^30 nanoseconds":        second(decodeAccount([]byte(accountMagic + "\x00\x01\x00\x01\x00\x80\x80\x80\x80\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"))),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
