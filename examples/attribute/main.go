// Command attribute says which channels earned which conversions and which revenue, from a table of paths or from a log of
// touches, under any of the models of packages attribution, attribution/markov and attribution/shapley.
//
//	go run ./examples/attribute paths.csv                                              by last touch, as a table with bars
//	go run ./examples/attribute -model markov -order 2 -format csv paths.csv           removal effects of a Markov chain
//	go run ./examples/attribute -compare first,last,linear,markov shard1.csv shard2.csv  models side by side
//	go run ./examples/attribute -model time-decay -lookback 90 -conversions won.csv touches.csv
//
// In a clone of the repository, try it on the sample data:
//
//	go run ./examples/attribute -compare first,last,linear,markov examples/attribute/testdata/paths.csv
//	cd examples/attribute/testdata && go run .. -model linear -conversions conversions.csv touches.csv
//
// # Input
//
// CSV files, UTF-8 with commas. The first line names the columns, in any order, in upper or lower case; others are named on
// standard error, and ignored. Several files are shards of one input: neither their order nor that of their rows changes a
// byte of the output. All of them are of one of two kinds, which their columns tell.
//
// A table of paths has a row for each path, or for each journey:
//
//	path                    channels in the order in which they were touched, such as search > email > search; blanks around
//	                        them don't count
//	total_conversions       how many journeys along the path converted; a whole number
//	total_conversion_value  what those conversions are worth together, such as 120.50; with -minor-digits 2, the default, up
//	                        to two digits stand behind the point
//	total_null              how many journeys along the path did not convert
//
// A row of which all numbers are 0 is none: it does not even name channels.
//
// A log of touches has a row for each touch:
//
//	journey   the id of the lead or the account
//	at        when it was touched
//	channel   by which channel
//	campaign  of the channel; the column may be missing
//	cost      of the touch, such as 0.80; the column may be missing, and cells may be empty
//
// What these journeys came to is a list in a file of its own, which -conversions names (several times, if it has shards):
//
//	journey   the same id
//	at        when it converted
//	value     what that is worth, such as 120.50
//
// Times are written as 2026-06-15T09:30:00+02:00; as 2026-06-15 09:30:00 or with a T, which is UTC; or as 2026-06-15, its first instant
// in UTC. They lie in the years 1700 to 2199. Rows have no ids: each is a touch or a conversion, also one that says the same
// as another.
//
// A conversion is credited to touches up to it, those of the same instant included, and with -lookback to those that are at
// most so many days older. One without such a touch is credited to no channel: it is told on standard error, and not in the
// totals. Touches of the same instant stand in order of channel, campaign and cost: where times are dates, that decides which
// is first and which last. Models that look at paths get for each conversion the path of these touches; a journey that did not
// convert is one path, of all of them, or with -lookback of those that are at most so many days older than its last. Other models share out each conversion to the minor unit, tables of paths the whole at once: where a
// cent does not divide, the two differ by it.
//
// # What is wrong
//
// Rows that can't be used are listed as file:line: what, what to do; the line is that on which the row begins. The first 50
// are listed, the rest is counted, and there is no report. With -lenient they are skipped and counted, on standard error. They
// are: an empty path, or a step without a channel; a count that is no whole number, or negative; an amount that is no decimal,
// negative, or has too many digits behind the point; a number, or a sum of all rows, that does not fit 64 bits (of some models,
// times the touches of the paths); a channel that is not UTF-8; a value without a conversion; no time; a row with fewer or more cells than the first line; a
// quote that is not closed, or misplaced. A row that can't be told from the next ends with its line. Cells are not repeated in
// messages.
//
// A file that can't be read and a missing column are errors under -lenient, too. Which rows are skipped depends on their order only
// where all together are too much: for 64 bits, or for the 65,535 channels that can be told apart.
//
// # Models
//
//	first, last, linear    all to the first touch, all to the last, the same to each
//	last-non-direct        all to the last touch that is not of the channel -direct names; where there is none, to the last
//	position-based         40 % to the first touch, 40 % to the last, 20 % to the rest; also u, u-shaped
//	j, inverse-j           20 % first and 60 % last, or the other way round, 20 % to the rest; also j-shaped,
//	                       inverse-j-shaped
//	time-decay             half as much for every -half-life of age, of 7 days; for logs
//	participation          all to each channel that took part, so that it does not sum to the total
//	markov                 in proportion to what a channel's removal would cost, in a Markov chain of order 1 to 8 (-order)
//	shapley                each conversion in equal parts to the channels of its path; the Shapley value, simplified
//	ordered                the same, summed by place in the path: ordered Shapley, which gives channels the same credit
//	shao-li                what a channel adds alone and beside each other (Shao and Li, 2011)
//
// Models that need to know when leads or opportunities were created (w-shaped, full-path, lead-creation) are in package
// attribution; these files don't tell.
//
// # Output
//
// Channels are in order of their names: those in any path, or in the log. A table is for people. CSV has the columns
//
//	channel                                 the name
//	conversion_share, value_share           parts of the whole, from 0 to 1 (of shao-li, now and then below or above), as the
//	                                        shortest decimals that are exact
//	removal_effect, value_removal_effect    markov only: the share of conversions, and of value, that its removal would cost
//	conversions, value                      the shares as whole conversions, and as money with -minor-digits digits behind
//	                                        the point, apportioned by largest remainder, so that they sum to the totals;
//	                                        equal remainders go to the channel that stands first, of markov to whichever is
//	                                        larger in the last bit of the effects
//
// With -compare there are conversion_share, value_share, conversions and value of each model, the model's name and _ before
// them. JSON has the same figures, money in minor units, the totals, and the bound of the error of removal effects; that and the
// table also have, of logs with a column cost, the cost of each channel, and the return on it (value ÷ cost).
//
// The same input gives the same bytes on every machine.
//
// # Speed and memory
//
// Tables of paths are read through one buffer, of 256 KB unless a row is longer, 16 MB at most; what is kept is what the models
// need: sums by channel and length of the paths that converted, for markov runs of touches, 26 to 51 bytes for each that differs, and as
// much again while it is solved; a high order of many long paths takes gigabytes, and of more than 1,024 channels minutes. On one core of an AMD EPYC server, five million journeys over 50 channels,
// 184 MB, take 0.5 seconds and 5 MB by last touch, and as much by all models of its kind at once; over 200 channels, 195 MB, they take
// 0.6 seconds and 7 MB by markov of order 1, 3.4 seconds and 140 MB of order 2. A log is kept: 32 bytes a touch, 24 a
// conversion, and each journey's id and some 70 more; five million touches of a million journeys, 252 MB, take 2.5 seconds and
// 320 MB. bench_test.go says how to measure that.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"time"
)

const usage = `attribute says which channels earned which conversions, from tables of paths or logs of touches.

usage: attribute [-model NAME | -compare A,B,…] [-order N] [-half-life DAYS] [-direct CHANNEL] [-minor-digits N]
                 [-format table|csv|json] [-lenient] paths.csv…
       attribute [the same] -conversions FILE [-lookback DAYS] touches.csv…

  -model NAME        first, last, last-non-direct, linear, position-based, j, inverse-j, time-decay, participation, markov,
                     shapley, ordered or shao-li (default: last)
  -compare A,B,…     several models side by side
  -order N           how many touches markov looks back, 1 to 8 (default: 1)
  -half-life DAYS    of time-decay (default: 7)
  -direct CHANNEL    the channel that last-non-direct passes over
  -lookback DAYS     older touches don't count (default: 0, all do); for logs of touches
  -conversions FILE  what the journeys of a log of touches came to
  -minor-digits N    digits behind the point of a value, 0 to 18 (default: 2)
  -format KIND       table, csv or json (default: table)
  -lenient           skip and count rows that can't be used

A table of paths has the columns path,total_conversions,total_conversion_value,total_null, with > between the steps of a path.
A log of touches has journey,at,channel and, if you like, campaign,cost; a list of conversions journey,at,value. Several files
are shards of one input. What is wrong goes to standard error, as file:line: what, what to do. go doc ./examples/attribute says
more.

Exit code 0: done; 1: the input is wrong, or the output could not be written; 2: wrong flags.
`

func main() {
	debug.SetGCPercent(25) // what is kept is small beside what is read; a collection costs little
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// job is what the flags ask for.
type job struct {
	files, conversions []string
	models             []model
	compare            bool
	lookback           time.Duration
	minorDigits        int
	format             string
	lenient            bool
}

// run is the program without its process.
func run(args []string, out, errs io.Writer) int {
	j, err := parseFlags(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(out, usage)
		return 0
	case err != nil:
		fmt.Fprintf(errs, "attribute: %v\nRun attribute -h for the flags.\n", err)
		return 2
	}
	if err := j.do(out, errs); err != nil {
		fmt.Fprintln(errs, err)
		return 1
	}
	return 0
}

func parseFlags(args []string) (j job, err error) {
	flags := flag.NewFlagSet("attribute", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	name := flags.String("model", "last", "")
	compare := flags.String("compare", "", "")
	order := flags.Int("order", 1, "")
	lookback := flags.Int("lookback", 0, "")
	halfLife := flags.Int("half-life", 7, "")
	direct := flags.String("direct", "", "")
	flags.IntVar(&j.minorDigits, "minor-digits", 2, "")
	flags.StringVar(&j.format, "format", "table", "")
	flags.BoolVar(&j.lenient, "lenient", false, "")
	flags.Func("conversions", "", func(name string) error {
		if name == "" {
			return errors.New("name the file")
		}
		j.conversions = append(j.conversions, name)
		return nil
	})
	if err := flags.Parse(args); err != nil {
		return j, err
	}
	given := map[string]bool{}
	flags.Visit(func(f *flag.Flag) { given[f.Name] = true })
	const day = 24 * time.Hour
	switch {
	case given["model"] && given["compare"]:
		return j, errors.New("-model is one model, -compare several: give one of the flags")
	case *order < 1 || *order > 8:
		return j, fmt.Errorf("-order is %d: give 1 to 8", *order)
	case *lookback < 0 || *lookback > 100_000:
		return j, fmt.Errorf("-lookback is %d: give days, up to 100000; 0 looks at whole journeys", *lookback)
	case *halfLife < 1 || *halfLife > 100_000:
		return j, fmt.Errorf("-half-life is %d: give days, 1 to 100000", *halfLife)
	case j.minorDigits < 0 || j.minorDigits > 18:
		return j, fmt.Errorf("-minor-digits is %d: give 0 to 18, such as 2 for cents", j.minorDigits)
	case j.format != "table" && j.format != "csv" && j.format != "json":
		return j, fmt.Errorf("-format is %q: give table, csv or json", shown(j.format))
	}
	j.lookback = time.Duration(*lookback) * day
	list := *name
	if given["compare"] {
		j.compare, list = true, *compare
	}
	kinds := map[string]bool{}
	for each := range strings.SplitSeq(list, ",") {
		m, err := findModel(each, options{*order, time.Duration(*halfLife) * day, strings.TrimSpace(*direct), j.lookback})
		if err != nil {
			return j, err
		}
		if kinds[m.name] {
			return j, fmt.Errorf("-compare names the model %s twice", m.name)
		}
		kinds[m.name] = true
		j.models = append(j.models, m)
	}
	switch {
	case !j.compare && len(j.models) > 1:
		return j, errors.New("-model takes one model; -compare puts several side by side")
	case *order != 1 && !kinds["markov"]:
		return j, errors.New("-order is of the model markov: leave it out, or add -model markov")
	case given["half-life"] && !kinds["time-decay"]:
		return j, errors.New("-half-life is of the model time-decay: leave it out, or add -model time-decay")
	case kinds["last-non-direct"] && strings.TrimSpace(*direct) == "":
		return j, errors.New("the model last-non-direct needs -direct CHANNEL: the channel of direct visits")
	case given["direct"] && !kinds["last-non-direct"]:
		return j, errors.New("-direct is of the model last-non-direct: leave it out, or add -model last-non-direct")
	case flags.NArg() == 0:
		return j, errors.New("give the CSV files, behind the flags")
	}
	for _, name := range flags.Args() {
		if strings.HasPrefix(name, "-") && name != "-" {
			return j, fmt.Errorf("the flag %s stands behind a file: give flags first", shown(name))
		}
	}
	j.files = flags.Args()
	return j, nil
}

func (j job) do(out, errs io.Writer) error {
	in, err := readAll(j, errs)
	if err != nil {
		return err
	}
	r, err := in.report()
	if err != nil {
		return err
	}
	write := r.table
	switch j.format {
	case "csv":
		write = r.csv
	case "json":
		write = r.json
	}
	if _, err := io.WriteString(out, write()); err != nil {
		return fmt.Errorf("attribute: the output can't be written: %v", err)
	}
	return nil
}
