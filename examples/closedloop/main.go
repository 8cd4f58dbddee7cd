// Command closedloop runs the whole loop of marketing and sales on a data set and prints one report for the heads of both:
// scoring, how leads flow through the funnel, the hand-over with its agreement, feedback, recycling, deals, attribution, and which scoring rules
// the feedback supports. Without flags the data set is simulated from a seed; with -olist it is a real one.
//
// It is also a worked example of a host: see loop.go for the order in which a host decides, stores and acts.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"
)

const usage = `closedloop runs the closed loop of marketing and sales on a data set and prints one report.

usage: closedloop [-json] [-seed N] [-leads N] [-export DIR]                         a simulated year of a B2B company
       closedloop [-json] -data DIR [-mapping NAME|FILE] [-lenient] [-as-of DATE]    your own data
       closedloop [-json] -olist DIR [-as-of DATE]                                   the real marketing funnel of Olist

  -json        print the figures as JSON (keys: see README.md) instead of text
  -seed N      the seed of the simulation, 0 to 2^64-1 (default 1): the same seed gives the same bytes
  -leads N     how many leads to simulate, 1 to 2000000 (default 5000); a progress bar is shown on
               standard error if that is a terminal
  -export DIR  write the simulated year into DIR, as leads.csv, activities.csv, deals.csv, model.json and
               agreement.json: what -data reads; files that are there already are left alone, with an error
  -data DIR    read leads.csv, activities.csv and deals.csv from DIR, and model.json and agreement.json if they are
               there (columns: see README.md)
  -mapping M   with -data: what the export calls its columns: hubspot, salesforce, or a JSON file of your own;
               default: mapping.json in DIR if there is one, else the columns of README.md
  -lenient     with -data: skip rows that are wrong; the report counts them by cause
  -olist DIR   read olist_marketing_qualified_leads_dataset.csv and olist_closed_deals_dataset.csv from DIR
  -as-of DATE  with -data or -olist: report as of the end of this day (2018-09-30), in the time zone of the
               mapping; the default is the latest time in the data

The report goes to standard output, errors to standard error. Exit code 0: done; 1: the input is wrong, its
mistakes are listed as file:line: what, what to do (the first 50, the rest is counted), or the report could not be
written; 2: wrong flags.
`

const (
	defaultLeads = 5000
	maxLeads     = 2_000_000
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr, isTerminal(os.Stderr)))
}

// isTerminal says whether a progress bar makes sense there: pipes and files get none.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// run is the program without its process: what tests call.
func run(args []string, out, errs io.Writer, terminal bool) int {
	flags := flag.NewFlagSet("closedloop", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	asJSON := flags.Bool("json", false, "")
	seed := flags.Uint64("seed", 1, "")
	leads := flags.Int("leads", defaultLeads, "")
	olist := flags.String("olist", "", "")
	export := flags.String("export", "", "")
	data := flags.String("data", "", "")
	mapping := flags.String("mapping", "", "")
	lenient := flags.Bool("lenient", false, "")
	asOf := flags.String("as-of", "", "")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			fmt.Fprint(out, usage)
			return 0
		}
		return misuse(errs, err)
	}
	given := map[string]bool{}
	flags.Visit(func(f *flag.Flag) { given[f.Name] = true })
	if err := checkFlags(flags, given, *leads); err != nil {
		return misuse(errs, err)
	}
	var report *Report
	var err error
	var day time.Time
	if given["as-of"] {
		if day, err = time.Parse(time.DateOnly, *asOf); err != nil {
			return misuse(errs, fmt.Errorf("-as-of %q is not a date, write it as 2018-09-30", *asOf))
		}
	}
	switch {
	case given["olist"]:
		end := day
		if given["as-of"] {
			end = day.AddDate(0, 0, 1).Add(-time.Second)
		}
		report, err = olistReport(*olist, end)
	case given["data"]:
		report, err = ownReport(ownOptions{dir: *data, mapping: *mapping, lenient: *lenient, day: day})
	default:
		var watch io.Writer
		if terminal {
			watch = errs
		}
		report, err = simulate(*seed, *leads, *export, watch)
	}
	if err != nil {
		fmt.Fprintln(errs, err)
		return 1
	}
	if err := write(out, report, *asJSON); err != nil {
		fmt.Fprintf(errs, "closedloop: the report could not be written: %v\n", err)
		return 1
	}
	return 0
}

func checkFlags(flags *flag.FlagSet, given map[string]bool, leads int) error {
	switch {
	case flags.NArg() > 0:
		return fmt.Errorf("unexpected argument %q, all input is given by flags", flags.Arg(0))
	case given["olist"] && given["data"]:
		return errors.New("-data and -olist are two data sets, give one of them")
	case (given["olist"] || given["data"]) && (given["seed"] || given["leads"] || given["export"]):
		return errors.New("-seed, -leads and -export belong to the simulation, leave them out with -data and -olist")
	case given["as-of"] && !given["olist"] && !given["data"]:
		return errors.New("-as-of belongs to -data and -olist, the simulated year always ends on 31 December 2025")
	case (given["mapping"] || given["lenient"]) && !given["data"]:
		return errors.New("-mapping and -lenient belong to -data, give the folder")
	case leads < 1 || leads > maxLeads:
		return fmt.Errorf("-leads %d is out of range, give 1 to %d", leads, maxLeads)
	}
	return nil
}

func misuse(errs io.Writer, err error) int {
	fmt.Fprintf(errs, "closedloop: %v\nRun closedloop -h for the flags.\n", err)
	return 2
}

func write(out io.Writer, report *Report, asJSON bool) error {
	buffered := bufio.NewWriter(out)
	if asJSON {
		data, err := indent(report)
		if err != nil {
			return err
		}
		buffered.Write(data)
	} else {
		buffered.WriteString(report.text())
	}
	return buffered.Flush()
}
