package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/register"
)

func init() {
	register.DoFn3x1[context.Context, string, func(string, account), error](&readRowsFn{})
	register.DoFn3x1[context.Context, string, func(string, string), error](&readEventsFn{})
	register.DoFn5x1[string, account, func(int, rated), func(int, string), func(int, pathCount), error](&rateFn{})
	register.DoFn3x1[string, func(*string) bool, func(int, caseLog), error](&orderFn{})
	register.DoFn3x1[context.Context, int, func(*string) bool, error](&writeScoresFn{})
	register.DoFn3x1[context.Context, int, func(*[]byte) bool, error](&writeSumsFn{})
	register.Function2x1(dropShare)
	register.Function3x1(distinctFn)
	register.DoFn1x1[[]byte, []byte](&nameFn{})
	register.Emitter2[string, account]()
	register.Emitter2[string, string]()
	register.Emitter2[int, rated]()
	register.Emitter2[int, string]()
	register.Emitter2[int, pathCount]()
	register.Emitter2[int, caseLog]()
	register.Iter1[account]()
	register.Iter1[string]()
	register.Iter1[[]byte]()
}

// pipeline is the whole run:
//
//	rows of leads, touches and deals ─► by id, distinct ─► by account, merged and capped ─► scored ─┐
//	     ┌──────────────────────────────────────────────────────────────────────────────────────────┘
//	     ├─► files of scores
//	     ├─► journeys ─► sums of shares ─► one sum ────────────────────────┐
//	     └─► paths ─► top of each key ─► one top ──────────────────────────┤
//	events ─► by case, in order ─► sums of shares ─► one sum ──────────────┴─► file of sums
//
// The report is made of the file of sums by the program, once the job has succeeded. Workers must not write it: when prism fails a
// bundle, it drops the bundle's rows and may still run what comes after it, so that a job that has failed may have written sums of
// some of the rows.
//
// No key is hot, unless all rows have one id. What goes to an account or to a sum is merged in each bundle of work before it is sent
// (combiner lifting): of an account of a million touches a bundle sends about twice as many as are kept at most, and of a sum one. A sum of
// many bundles goes over several keys, the shares, before it goes over one; all that a bundle has goes to one share, since else it would send
// a sum to each.
func pipeline(plan Plan, in input, output string) (*beam.Pipeline, error) {
	if _, err := engineOf(&plan); err != nil {
		return nil, err
	}
	p, s := beam.NewPipelineWithRoot()

	rows := beam.ParDo(s.Scope("rows"), &readRowsFn{Plan: plan}, names(s, in.rows))
	distinct := beam.ParDo(s.Scope("distinct"), distinctFn, beam.GroupByKey(s, rows))
	accounts := beam.CombinePerKey(s.Scope("accounts"), &mergeAccounts{MaxTouches: plan.MaxTouches}, distinct)
	journeys, scores, paths := beam.ParDo3(s.Scope("rate"), &rateFn{Plan: plan}, accounts)
	beam.ParDo0(s.Scope("scores"), &writeScoresFn{Output: output}, beam.GroupByKey(s, scores))

	events := beam.ParDo(s.Scope("events"), &readEventsFn{}, names(s, in.events))
	cases := beam.ParDo(s.Scope("cases"), &orderFn{Plan: plan}, beam.GroupByKey(s, events))

	sum := func(kind string, shares beam.PCollection) beam.PCollection {
		s := s.Scope(kind)
		parts := beam.ParDo(s, dropShare, shares)
		one := beam.Combine(s, &sumParts{combiner{Plan: plan, Kind: kind}}, parts)
		return beam.ParDo(s, &nameFn{Kind: kind}, one)
	}
	all := beam.Flatten(s,
		sum(ofAccounts, beam.CombinePerKey(s, &sumAccounts{combiner{Plan: plan, Kind: ofAccounts}}, journeys)),
		sum(ofCases, beam.CombinePerKey(s, &sumCases{combiner{Plan: plan, Kind: ofCases}}, cases)),
		sum(ofPaths, beam.CombinePerKey(s, &sumPaths{combiner{Plan: plan, Kind: ofOnePathKey}}, paths)),
		beam.Create(s, []byte{}), // so that there are sums of nothing, too
	)
	beam.ParDo0(s.Scope("sums"), &writeSumsFn{Plan: plan, Output: output}, beam.GroupByKey(s, beam.AddFixedKey(s, all)))
	return p, nil
}

// names are files to read, each on a worker of its own.
func names(s beam.Scope, files []string) beam.PCollection {
	if len(files) == 0 {
		return beam.CreateList(s, []string{""}) // Beam has no empty list; nothing is read
	}
	return beam.Reshuffle(s, beam.CreateList(s, files))
}

// readRowsFn reads files of leads, touches and deals.
type readRowsFn struct{ Plan Plan }

func (f *readRowsFn) ProcessElement(ctx context.Context, name string, emit func(string, account)) error {
	if name == "" {
		return nil
	}
	return withFile(ctx, name, func(in io.Reader) error {
		return readRows(name, in, f.Plan.AsOf, func(a account) error {
			emit(a.identity(), a)
			return nil
		})
	})
}

// distinctFn sends the rows of an id to their accounts, each once.
func distinctFn(_ string, rows func(*account) bool, emit func(string, account)) error {
	var list []account
	var row account
	for rows(&row) {
		list = append(list, row)
	}
	list, err := distinctRows(list)
	for _, a := range list {
		emit(a.id, a)
	}
	return err
}

// readEventsFn reads files of events.
type readEventsFn struct{}

func (f *readEventsFn) ProcessElement(ctx context.Context, name string, emit func(string, string)) error {
	if name == "" {
		return nil
	}
	return withFile(ctx, name, func(in io.Reader) error {
		return readEvents(name, in, func(lead, line string) error {
			emit(lead, line)
			return nil
		})
	})
}

// rateFn scores the leads of an account, and gives its journey and its paths to those that sum them.
type rateFn struct {
	Plan   Plan
	e      *engine
	pather *pather
	share  share
}

// StartBundle is for Beam.
func (f *rateFn) StartBundle(func(int, rated), func(int, string), func(int, pathCount)) { f.share = 0 }

func (f *rateFn) ProcessElement(id string, a account, journeys func(int, rated), scores func(int, string), paths func(int, pathCount)) error {
	if f.e == nil {
		e, err := engineOf(&f.Plan)
		if err != nil {
			return err
		}
		if f.pather, err = e.pather(); err != nil {
			return err
		}
		f.e = e
	}
	r, lines, err := f.e.rate(a)
	if err != nil {
		return err
	}
	for _, line := range lines {
		scores(line.file, line.text)
	}
	list, err := f.pather.of(r.Journey)
	for _, p := range list {
		paths(p.key(f.Plan.PathKeys), p)
	}
	journeys(f.share.of(id, f.Plan.FanOut), r)
	return err
}

// share is the key that a bundle's part of a sum goes to, plus one; 0: not yet known.
type share int

// of gives the share, which follows from the first thing that is summed.
func (s *share) of(id string, fanOut int) int {
	if *s == 0 {
		*s = share(hashOf(id)%uint32(fanOut)) + 1
	}
	return int(*s) - 1
}

// orderFn puts the log of each case in order.
type orderFn struct {
	Plan  Plan
	share share
}

// StartBundle is for Beam.
func (f *orderFn) StartBundle(func(int, caseLog)) { f.share = 0 }

func (f *orderFn) ProcessElement(lead string, lines func(*string) bool, emit func(int, caseLog)) error {
	var list []string
	var line string
	for lines(&line) {
		list = append(list, line)
	}
	log, err := logOf(lead, list)
	if err == nil {
		emit(f.share.of(lead, f.Plan.FanOut), log)
	}
	return err
}

// writeScoresFn writes a file of scores, in the order of its lines.
type writeScoresFn struct{ Output string }

func (f *writeScoresFn) ProcessElement(ctx context.Context, file int, lines func(*string) bool) error {
	var list []string
	var line string
	for lines(&line) {
		list = append(list, line)
	}
	return writeScores(ctx, f.Output, file, list)
}

func writeScores(ctx context.Context, output string, file int, lines []string) error {
	slices.Sort(lines)
	return writeFile(ctx, inFolder(output, fmt.Sprintf("scores-%05d.csv", file)), []byte(scoreHeader+strings.Join(lines, "")))
}

// dropShare forgets which share of a sum a part is.
func dropShare(_ int, part []byte) []byte { return part }

// nameFn puts the kind of a sum in front of its bytes.
type nameFn struct{ Kind string }

func (f *nameFn) ProcessElement(sum []byte) []byte { return append(appendText(nil, f.Kind), sum...) }

// writeSumsFn writes the file of all sums.
type writeSumsFn struct {
	Plan   Plan
	Output string
}

func (f *writeSumsFn) ProcessElement(ctx context.Context, _ int, parts func(*[]byte) bool) error {
	e, err := engineOf(&f.Plan)
	if err != nil {
		return err
	}
	all, err := e.emptySums()
	if err != nil {
		return err
	}
	var part []byte
	for parts(&part) {
		if len(part) == 0 {
			continue
		}
		w := &wire{rest: part}
		kind := w.text()
		a := all[kind]
		if a == nil {
			return errDamaged
		}
		if err := a.UnmarshalBinary(w.rest); err != nil {
			return fmt.Errorf("sum of %s: %w", kind, err)
		}
	}
	return writeSums(ctx, f.Output, all)
}
