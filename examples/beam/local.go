package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
)

// sums are all aggregates, by kind.
type sums map[string]aggregate

func (e *engine) emptySums() (sums, error) {
	all := sums{}
	for _, kind := range kinds {
		a, err := e.empty(kind)
		if err != nil {
			return nil, err
		}
		all[kind] = a
	}
	return all, nil
}

// sumsFile has the canonical bytes of all sums.
const sumsFile = "sums.bin"

const allMagic = "LBsums\x01"

func writeSums(ctx context.Context, output string, all sums) error {
	data, err := []byte(allMagic), error(nil)
	for _, kind := range kinds {
		sum, failed := all[kind].MarshalBinary()
		data, err = appendBlock(data, sum), errors.Join(err, failed)
	}
	return errors.Join(err, writeFile(ctx, inFolder(output, sumsFile), data))
}

// readSums reads what a run has summed.
func (e *engine) readSums(ctx context.Context, output string) (sums, error) {
	all, err := e.emptySums()
	if err != nil {
		return nil, err
	}
	name := inFolder(output, sumsFile)
	return all, withFile(ctx, name, func(in io.Reader) error {
		data, err := io.ReadAll(in)
		w := &wire{rest: data}
		w.magic(allMagic)
		for _, kind := range kinds {
			err = errors.Join(err, all[kind].UnmarshalBinary(w.block()))
		}
		if err = errors.Join(err, w.done()); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return nil
	})
}

// runLocal is the run without Beam: the same functions in one loop. It keeps all rows in memory.
func runLocal(ctx context.Context, plan Plan, in input, output string) error {
	e, err := engineOf(&plan)
	if err != nil {
		return err
	}
	ids, cases := map[string][]account{}, map[string][]string{}
	for _, name := range in.rows {
		err := withFile(ctx, name, func(r io.Reader) error {
			return readRows(name, r, plan.AsOf, func(a account) error {
				ids[a.identity()] = append(ids[a.identity()], a)
				return nil
			})
		})
		if err != nil {
			return err
		}
	}
	accounts, err := accountsOf(ids, plan.MaxTouches)
	if err != nil {
		return err
	}
	for _, name := range in.events {
		err := withFile(ctx, name, func(r io.Reader) error {
			return readEvents(name, r, func(lead, line string) error {
				cases[lead] = append(cases[lead], line)
				return nil
			})
		})
		if err != nil {
			return err
		}
	}
	all, err := e.emptySums()
	if err != nil {
		return err
	}
	scores, err := e.sumAccounts(accounts, all)
	if err != nil {
		return err
	}
	for _, lead := range slices.Sorted(maps.Keys(cases)) {
		log, err := logOf(lead, cases[lead])
		if err != nil {
			return err
		}
		if err := all[ofCases].(*caseSums).add(log.events); err != nil {
			return err
		}
	}
	for file, lines := range scores {
		if len(lines) > 0 {
			err = errors.Join(err, writeScores(ctx, output, file, lines))
		}
	}
	return errors.Join(err, writeSums(ctx, output, all))
}

// accountsOf puts the rows of all ids together to accounts. Some of the mistakes are told together.
func accountsOf(ids map[string][]account, maxTouches int) (map[string]account, error) {
	accounts, problems := map[string]account{}, map[string]error{}
	for identity, rows := range ids {
		rows, err := distinctRows(rows)
		if err != nil {
			problems[identity] = err
		}
		for _, a := range rows {
			accounts[a.id] = accounts[a.id].merge(a, maxTouches)
		}
	}
	var told []error
	for _, identity := range sortedKeys(problems)[:min(len(problems), mostProblems)] {
		told = append(told, problems[identity])
	}
	return accounts, errors.Join(told...)
}

// sumAccounts adds all accounts and their paths, and gives the lines of each file of scores.
func (e *engine) sumAccounts(accounts map[string]account, all sums) ([][]string, error) {
	scores := make([][]string, e.plan.ScoreFiles)
	pather, err := e.pather()
	if err != nil {
		return nil, err
	}
	paths := newPathSums()
	for _, id := range slices.Sorted(maps.Keys(accounts)) {
		r, lines, err := e.rate(accounts[id])
		if err != nil {
			return nil, err
		}
		for _, line := range lines {
			scores[line.file] = append(scores[line.file], line.text)
		}
		list, err := pather.of(r.Journey)
		for _, p := range list {
			err = errors.Join(err, paths.add(p))
		}
		if err = errors.Join(err, all[ofAccounts].(*accountSums).add(r)); err != nil {
			return nil, err
		}
	}
	all[ofPaths] = topOf(paths.paths, paths.untouched, e.plan.TopPaths)
	return scores, nil
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
