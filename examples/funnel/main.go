// Command funnel says how leads move through a funnel, from one log of what happened to them, and which rows of the log the
// agreed funnel does not explain.
//
//	go run ./examples/funnel log.csv                                  the report, as text
//	go run ./examples/funnel -as-of 2026-06-30T00:00:00Z log.csv      as of an instant; what is open then is "not yet"
//	go run ./examples/funnel -definition def.json log.csv             of your own funnel
//	go run ./examples/funnel -mermaid                                 the standard funnel, as a drawing
//	go run ./examples/funnel -mermaid log.csv                         with how many leads went along each edge
//	go run ./examples/funnel -json log.csv                            the report, for machines
//
// In a clone of the repository, try it on the sample log:
//
//	go run ./examples/funnel examples/funnel/testdata/log.csv
//
// and on one of events in a funnel of its own, whose definition is one to start from:
//
//	go run ./examples/funnel -definition examples/funnel/testdata/definition.json examples/funnel/testdata/trials.csv
//
// # Input
//
// The log is a CSV file, UTF-8 with commas, a row for each thing that happened, in any order. Its first line names the
// columns, which stand in any order:
//
//	lead    an id that is the lead's own; required
//	at      when it happened: 2026-06-15T09:30:00+02:00; 2026-06-15 09:30:00, which is taken as UTC; or 2026-06-15, its
//	        first instant in UTC; required
//	stage   the stage that the lead entered; or
//	event   the event or return that happened, where the log does not know stages: the stage follows from the definition,
//	        for a return from its reason. One of the two columns is required. Where both are there a row may fill in either,
//	        and the stage counts
//	reason  why the lead was returned; a code of the definition's catalogue
//	by      who did it; may be there, and is not looked at
//	amount  what the deal is worth, a whole number of minor units (cents), in the rows that know it
//
// Other columns are named on standard error, and ignored. Names of stages, events and reasons are those of the definition,
// in upper or lower case. The definition is a JSON file as package funnel reads it; without one it is the standard funnel
// (inquiry, mql, sal, sql, opportunity, won, lost, recycled, disqualified). The guards and conditions of a definition are not
// asked: the log does not know what they would look at.
//
// # Output
//
// The report of package funnel/flow, which documents each figure and where the method comes from: waterfall, time to
// convert, time in stage, variants, skips and steps back, recycling, velocity, cohorts; and the rows of the log that do not
// conform, each with its line, as they stand in the list of problems. Without -as-of the report is as of the latest row. The same log gives the
// same bytes.
//
// A log that can't be read gives no report: what is wrong is listed as file:line: what, what to do; the first 50, the
// rest is counted. Cells are not repeated in these messages.
//
// # Memory
//
// Each row takes about 20 bytes, and each id of a lead its length and some 50 more.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/funnel/flow"
)

const usage = `funnel says how leads move through a funnel, from a log of what happened to them.

usage: funnel [-definition def.json] [-as-of TIME] [-json] log.csv
       funnel [-definition def.json] -mermaid [[-as-of TIME] log.csv]

  -definition FILE  the funnel, as JSON (default: the standard funnel of business-to-business marketing)
  -as-of TIME       report as of this instant: 2026-06-15T09:30:00Z, or 2026-06-15 for midnight UTC (default: the latest row)
  -json             print the report as JSON
  -mermaid          draw the definition in the Mermaid language, with the observed flow on its edges if a log is given

The log is a CSV file with the columns "lead", "at", and "stage" or "event"; and, if you like, "reason", "by" and "amount"
(in cents). The report goes to standard output, with the rows that do not conform; what can't be read goes to standard
error, as file:line: what, what to do. go doc ./examples/funnel says more.

Exit code 0: done; 1: the input is wrong, or the report could not be written; 2: wrong flags.
`

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// job is what the flags ask for.
type job struct {
	definition, log string // paths; "" for none
	asOf            time.Time
	json, mermaid   bool
}

// run is the program without its process.
func run(args []string, out, errs io.Writer) int {
	j, err := parseFlags(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(out, usage)
		return 0
	case err != nil:
		fmt.Fprintf(errs, "funnel: %v\nRun funnel -h for the flags.\n", err)
		return 2
	}
	if err := j.do(out, errs); err != nil {
		fmt.Fprintln(errs, err)
		return 1
	}
	return 0
}

func parseFlags(args []string) (j job, err error) {
	flags := flag.NewFlagSet("funnel", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&j.definition, "definition", "", "")
	flags.BoolVar(&j.json, "json", false, "")
	flags.BoolVar(&j.mermaid, "mermaid", false, "")
	asOf := flags.String("as-of", "", "")
	if err := flags.Parse(args); err != nil {
		return j, err
	}
	given := map[string]bool{}
	flags.Visit(func(f *flag.Flag) { given[f.Name] = true })
	j.log = flags.Arg(0)
	switch {
	case flags.NArg() > 1:
		return j, fmt.Errorf("unexpected argument %q: give one log, behind the flags", flags.Arg(1))
	case given["definition"] && j.definition == "":
		return j, errors.New("-definition is empty: name the file, or leave the flag out")
	case j.json && j.mermaid:
		return j, errors.New("-json and -mermaid are two kinds of output: choose one")
	case j.log == "" && !j.mermaid:
		return j, errors.New("give the CSV file of the log, behind the flags")
	case j.log == "" && given["as-of"]:
		return j, errors.New("-as-of needs a log")
	}
	if given["as-of"] {
		if j.asOf, err = parseTime(*asOf); err != nil {
			return j, fmt.Errorf("-as-of %v", err)
		}
		if y := j.asOf.Year(); y < 1970 || y > 2199 {
			return j, errors.New("-as-of must lie in the years 1970 to 2199")
		}
	}
	return j, nil
}

func (j job) do(out, errs io.Writer) error {
	definition, err := readDefinition(j.definition)
	if err != nil {
		return err
	}
	var report *flow.Report
	if j.log != "" {
		if report, err = measure(definition, j, errs); err != nil {
			return err
		}
	}
	text := ""
	switch {
	case j.mermaid:
		text, err = draw(definition, report)
	case j.json:
		var data []byte
		data, err = json.MarshalIndent(report, "", "  ")
		text = string(data) + "\n"
	default:
		text = report.String()
	}
	if err != nil {
		return err
	}
	if _, err := io.WriteString(out, text); err != nil {
		return fmt.Errorf("the output could not be written: %w", err)
	}
	return nil
}

// measure reads the log and reports. It says on standard error what it assumed.
func measure(definition funnel.Definition, j job, errs io.Writer) (*flow.Report, error) {
	l, err := readLog(j.log, definition)
	if err != nil {
		return nil, err
	}
	for _, name := range l.ignored {
		fmt.Fprintf(errs, "funnel: the column %q is ignored\n", name)
	}
	asOf := j.asOf
	if asOf.IsZero() {
		if l.latest.Year() < 1970 {
			return nil, fmt.Errorf("%s: no row has a time in the years 1970 to 2199: check the column at", j.log)
		}
		asOf = l.latest
		fmt.Fprintf(errs, "funnel: as of the latest row, %s; -as-of says otherwise\n", asOf.Format(time.RFC3339))
	}
	f, err := flow.New(flow.Options{Definition: definition, AsOf: asOf})
	if err != nil {
		return nil, fmt.Errorf("the funnel can't be measured: %w", err)
	}
	for journey := range l.rows.Journeys() {
		f.Add(journey)
	}
	report := f.Report()
	if report.Leads == 0 && report.Later < report.Rows {
		return nil, l.foreign(j, definition)
	}
	return report, nil
}

// readDefinition reads the funnel and checks that it makes sense.
func readDefinition(path string) (funnel.Definition, error) {
	if path == "" {
		return funnel.Standard(), nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return funnel.Definition{}, fmt.Errorf("%w: check the name behind -definition", err)
	}
	definition, err := funnel.Parse(data)
	if err == nil {
		_, err = compile(definition)
	}
	if err != nil {
		return funnel.Definition{}, fmt.Errorf("%s: %w", path, err)
	}
	return definition, nil
}
