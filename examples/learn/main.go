// Command learn makes a scoring model from a CSV file of leads whose outcome is known, and says how good it is.
//
//	go run ./examples/learn -outcome Converted leads.csv                                evidence, proposal and evaluation
//	go run ./examples/learn -outcome Stage -positive won -drop Phone,Owner leads.csv    of several stages, won is the good one
//	go run ./examples/learn -outcome Converted -time Created -out model.json leads.csv  the test is on the latest leads; keep the model
//	go run ./examples/score -model model.json -extra leads.csv                          and score leads by it
//
// In a clone of the repository, try it on the sample data:
//
//	cd examples/learn/testdata && go run .. -outcome Converted -time Created -now 2026-06-15 -out my-model.json leads.csv
//
// # Input
//
// The first line names the columns. A column of which all cells are whole numbers is an integer, one of numbers a
// number; both are cut into ranges. Where nine in ten cells are numbers, the others are mistakes, and listed; -text
// makes such a column, and one of numbers that are only names, such as postal codes, a text. Everything else is a text,
// whose values are told apart as they are written. An empty cell is a missing value, which is evidence of its own.
// Leads without an outcome are not judged yet and left out, never taken for lost.
//
// Leave out, with -drop, what identifies a lead, and what is filled in when the outcome is known or near: the model
// would learn to predict the past. Columns that tell too much are named, under "leakage", but it takes people to know
// when a field is filled in. A column id is the lead's id, as in examples/score, and never learned from.
//
// # Method
//
// The leads are split into three parts: about 60 % to train, 20 % to calibrate and 20 % to test. With -time it is the
// earliest that train and the latest that test, since a model is for leads to come; otherwise a hash of the whole row
// decides, so that the order of rows makes no difference. -split fnv takes the FNV-1a hash (32 bits) of the row's
// index, counted from 0 and written in decimals, modulo 10: 0 to 5 train, 6 and 7 calibrate, 8 and 9 test.
//
// From the training part learn.Induce makes a draft, with a rule for each column that tells something, and Sample.Fit
// finds whole points for each row of the rules' tables, and the probability that goes with each total. What is printed
// under "evaluation" are figures of the test part, which none of that has seen:
//
//	card               the proposed model: whole points, and their probability
//	logistic           the same fit before points were rounded
//	naive_bayes        learn.Bayes over the rows of the draft: as if columns were independent of each other
//	naive_bayes_platt  the same, its probability mended on the part to calibrate (Platt's sigmoid over the probability)
//	naive_bayes_odds   the same, mended over its log-odds, which suits it better; not in -json
//	base_rate          everybody gets the share of positives in the training part
//
// AUC is the probability that a positive lead has more points than a negative one; of log loss and Brier score, less is
// better. In brackets are 95 % intervals by bootstrap.
//
// # Output
//
// Text on standard output, or with -json the test figures for machines. -out writes the proposed model, if it is better
// than the base rate on the test part: it is the model that was evaluated, ready for examples/score, which finds
// columns by the same names. A field is called as its column, with _ for what is no letter or digit of English.
//
// The same leads, in any order, give the same bytes (but for -split fnv, which goes by the order).
//
// The whole file is kept in memory, and every lead as a record: 45,000 leads with 16 columns, 4 MB, take 200 MB.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

const usage = `learn makes a scoring model from a CSV file of leads whose outcome is known, and says how good it is.

usage: learn -outcome COLUMN [-positive VALUE] [-drop A,B] [-text A,B] [-time COLUMN] [-split HOW] [-now TIME] [-seed N]
             [-json] [-out model.json] leads.csv

  -outcome COLUMN   what became of each lead; leads where it is empty are left out
  -positive VALUE   the good outcome; all others are bad (default: 1, true, yes, won, accepted or converted, where there are two outcomes)
  -drop A,B         columns not to learn from: identifiers, and what is filled in when the outcome is known
  -text A,B         columns whose numbers are names, such as postal codes
  -time COLUMN      when each lead was handed over: 2026-06-15T09:30:00Z, or 2026-06-15; the latest leads are the test
  -split HOW        which leads train, calibrate and test: time (default with -time), hash (of the row; default otherwise)
                    or fnv (of the row's number)
  -now TIME         learn as of this instant: later leads are left out (default: now)
  -seed N           of the intervals, and of the split by hash (default: 1)
  -json             print the test figures for machines instead
  -out FILE         write the model, for examples/score; not if it is no better than the base rate

A column "id" is the lead's id and not learned from. An empty cell is a missing value. What is wrong or odd goes to standard
error, as file:line: what, what to do (the first 50, the rest is counted). go doc ./examples/learn says more.

Exit code 0: done; 1: the input is wrong, nothing could be learned, or the result could not be written; 2: wrong flags.
`

func main() {
	os.Exit(run(os.Args[1:], streams{os.Stdout, os.Stderr, isTerminal(os.Stderr), time.Now}))
}

// isTerminal says whether a progress bar makes sense there: pipes and files get none.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// streams is all that the program has of its surroundings but the files: what tests replace.
type streams struct {
	out, errs io.Writer
	terminal  bool // errs is one
	clock     func() time.Time
}

func (s streams) say(format string, args ...any) { fmt.Fprintf(s.errs, "learn: "+format+"\n", args...) }

// job is what the flags ask for.
type job struct {
	leads             string
	outcome, positive string
	anyPositive       bool // positive was not given
	drop, text        []string
	time              string
	split             string
	now               time.Time
	seed              uint64
	json              bool
	out               string
}

// run is the program without its process.
func run(args []string, s streams) int {
	j, err := parseFlags(args, s.clock)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(s.out, usage)
		return 0
	case err != nil:
		s.say("%v", err)
		fmt.Fprintln(s.errs, "Run learn -h for the flags.")
		return 2
	}
	if err := study(j, s); err != nil {
		fmt.Fprintln(s.errs, err)
		return 1
	}
	return 0
}

// study reads, learns and tells.
func study(j job, s streams) error {
	watch := newProgress(s)
	defer watch.done()
	leads, err := readLeads(j, s, watch)
	if err != nil {
		return err
	}
	found, err := learnFrom(leads, j, watch)
	watch.done()
	if err != nil {
		return fmt.Errorf("%s: %w", j.leads, err)
	}
	for _, note := range found.notes {
		s.say("%s: %s", j.leads, note)
	}
	if j.json {
		err = found.writeJSON(s.out)
	} else {
		err = found.write(s.out)
	}
	if err != nil {
		return fmt.Errorf("learn: the result can't be written: %v", err)
	}
	if j.out == "" {
		return nil
	}
	return found.writeModel(j.out)
}

func parseFlags(args []string, clock func() time.Time) (j job, err error) {
	flags := flag.NewFlagSet("learn", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&j.outcome, "outcome", "", "")
	flags.StringVar(&j.positive, "positive", "", "")
	flags.StringVar(&j.time, "time", "", "")
	flags.StringVar(&j.split, "split", "", "")
	flags.StringVar(&j.out, "out", "", "")
	flags.BoolVar(&j.json, "json", false, "")
	flags.Uint64Var(&j.seed, "seed", 1, "")
	drop, text, now := flags.String("drop", "", ""), flags.String("text", "", ""), flags.String("now", "", "")
	if err := flags.Parse(args); err != nil {
		return j, err
	}
	given := map[string]bool{}
	flags.Visit(func(f *flag.Flag) { given[f.Name] = true })
	j.anyPositive = !given["positive"]
	j.drop, j.text = list(*drop), list(*text)
	switch {
	case j.outcome == "":
		return j, errors.New("-outcome is missing: name the column that tells what became of each lead")
	case given["positive"] && strings.TrimSpace(j.positive) == "":
		return j, errors.New("-positive is empty: give the good outcome; an empty cell is a lead without one")
	case given["time"] && j.time == "":
		return j, errors.New("-time is empty: name the column, or leave the flag out")
	case given["out"] && j.out == "":
		return j, errors.New("-out is empty: name the file, or leave the flag out")
	case given["split"] && !slices.Contains([]string{"time", "hash", "fnv"}, j.split):
		return j, fmt.Errorf("-split is %q: give time, hash or fnv", j.split)
	case j.split == "time" && j.time == "":
		return j, errors.New("-split time needs -time: name the column that tells when each lead was handed over")
	case flags.NArg() == 0:
		return j, errors.New("give the CSV file of the leads, behind the flags")
	case flags.NArg() > 1:
		return j, fmt.Errorf("unexpected argument %q: give one file of leads, behind the flags", flags.Arg(1))
	}
	if j.split == "" {
		j.split = "hash"
		if j.time != "" {
			j.split = "time"
		}
	}
	j.leads = flags.Arg(0)
	if !given["now"] {
		j.now = clock()
	} else if j.now, err = parseTime(*now); err != nil {
		return j, fmt.Errorf("-now %s", err)
	}
	return j, nil
}

// list takes names apart at commas.
func list(text string) (names []string) {
	for name := range strings.SplitSeq(text, ",") {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	return names
}
