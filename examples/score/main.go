// Command score rates the leads of a CSV file by a scoring model: a number, a grade and the reasons for each.
//
//	go run ./examples/score -model model.json leads.csv                              scores as CSV
//	go run ./examples/score -model model.json -activities activities.csv leads.csv   with what the leads did
//	go run ./examples/score -model model.json -explain L-3 leads.csv                 one lead, line by line
//	go run ./examples/score -model model.json -lint                                  a review of the model
//
// In a clone of the repository, try it on the sample data:
//
//	cd examples/score/testdata && go run .. -model model.json -activities activities.csv -now 2026-06-15 leads.csv
//
// # Input
//
// The model declares the fields that its rules read, with their types, under "fields" (of leads) and "activity_fields" (of
// activities). leads.csv has a column id and a column for each declared field; activities.csv has a column lead, which
// holds the id of a lead, and a column for each declared field, of which At, the time of the activity, is one. Columns
// are found by the names in the first line, in any order; since names in rules are of letters, digits and _, the field
// Lead_Source is also found as the column "Lead Source". An empty cell is a missing value, which rules see as nil: guard
// against it as in Employees != nil and Employees >= 50. The cells of each type:
//
//	text     anything; the id may be such a field, too
//	integer  1200, -3
//	number   0.75, -3, 1e6
//	boolean  true or false, in upper or lower case
//	time     2026-06-15T09:30:00+02:00, or 2026-06-15 for midnight UTC
//	texts    several texts with ; between them; spaces around each, and empty ones, are dropped
//
// Files are read as UTF-8 with commas. A column that the model does not declare is an error, for it is more often a
// misspelt one than one too many; with -extra such columns are named on standard error, and ignored.
//
// # Output
//
// CSV on standard output, a row for each lead in the order of leads.csv: id, total, the points of each dimension, grade,
// probability (of the outcome that the model's calibration names; only where the model has one), disqualified ("name: reason"), reasons (the three strongest rules for the lead, then the three strongest against it) and
// problems (how many things could not count; standard error says which). A text that a spreadsheet would take for a
// formula gets an apostrophe in front; so does an id such as -5. The same input gives the same bytes; give -now to fix
// the instant, too, which is otherwise that of the machine's clock.
//
// All or nothing: leads.csv is read twice, once to check it and once to score it, and if anything is wrong with any file
// nothing is scored. What is wrong is listed as file:line: what, what to do; the first 50, the rest is counted. No cell is
// ever repeated in a message but ids. What is odd and not wrong, such as activities of leads that are not in leads.csv,
// is counted on standard error.
//
// # Memory
//
// leads.csv is read row by row, however long it is; of each lead only its id is kept. All activities are kept: a million
// of 50 bytes take half a gigabyte.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"
	_ "time/tzdata" // the model's time zone, on machines that have none installed
)

const usage = `score rates the leads of a CSV file by a scoring model.

usage: score -model model.json [-activities activities.csv] [-now TIME] [-extra] [-explain ID] leads.csv
       score -model model.json -lint

  -model FILE       the model, as JSON; its "fields" and "activity_fields" declare the columns of the CSV files
  -activities FILE  what the leads did: a column "lead" with the lead's id, and a column for each declared field
  -now TIME         score as of this instant: 2026-06-15T09:30:00Z, or 2026-06-15 for midnight UTC (default: now)
  -extra            allow columns that the model does not declare: they are named on standard error, and ignored
  -explain ID       print all lines of this lead's score instead of CSV
  -lint             review the model instead: what overlaps, can't be reached, never counts or must not be looked at

leads.csv has a column "id" and a column for each declared field. An empty cell is a missing value. The scores go to
standard output as CSV (id, total, each dimension, grade, probability where the model has a calibration, disqualified,
reasons, problems) in the order of leads.csv; what is wrong or odd goes to standard error, as file:line: what, what to do
(the first 50, the rest is counted).
All or nothing: if anything is wrong in a file, nothing is scored. go doc ./examples/score says more.

Exit code 0: done; 1: the input is wrong, the scores could not be written, or the model must not go live (-lint finds an
error); 2: wrong flags.
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

func (s streams) say(format string, args ...any) { fmt.Fprintf(s.errs, "score: "+format+"\n", args...) }

// job is what the flags ask for.
type job struct {
	model, activities, leads string
	now                      time.Time
	extra, lint              bool
	explain                  *string // an id
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
		fmt.Fprintln(s.errs, "Run score -h for the flags.")
		return 2
	}
	model, err := readModel(j.model)
	if err == nil && j.lint {
		err = review(model, j.model, s)
	} else if err == nil {
		err = rate(model, j, s)
	}
	if err != nil {
		fmt.Fprintln(s.errs, err)
		return 1
	}
	return 0
}

func parseFlags(args []string, clock func() time.Time) (j job, err error) {
	flags := flag.NewFlagSet("score", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&j.model, "model", "", "")
	flags.StringVar(&j.activities, "activities", "", "")
	flags.BoolVar(&j.extra, "extra", false, "")
	flags.BoolVar(&j.lint, "lint", false, "")
	explain, now := flags.String("explain", "", ""), flags.String("now", "", "")
	if err := flags.Parse(args); err != nil {
		return j, err
	}
	given := map[string]bool{}
	flags.Visit(func(f *flag.Flag) { given[f.Name] = true })
	switch {
	case j.model == "":
		return j, errors.New("-model is missing: give the file that holds the scoring model")
	case j.lint && (flags.NArg() > 0 || given["activities"] || given["now"] || given["extra"] || given["explain"]):
		return j, errors.New("-lint looks at the model alone: leave leads and all other flags but -model out")
	case !j.lint && flags.NArg() == 0:
		return j, errors.New("give the CSV file of the leads, behind the flags")
	case flags.NArg() > 1:
		return j, fmt.Errorf("unexpected argument %q: give one file of leads, behind the flags", flags.Arg(1))
	case given["activities"] && j.activities == "":
		return j, errors.New("-activities is empty: name the file, or leave the flag out")
	}
	j.leads = flags.Arg(0)
	if given["explain"] {
		j.explain = explain
	}
	if !given["now"] {
		j.now = clock()
	} else if j.now, err = parseTime(*now); err != nil {
		return j, fmt.Errorf("-now %s", err)
	}
	return j, nil
}
