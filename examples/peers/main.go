// Command peers measures leadloop against other libraries and against Go by hand, and checks it against independent ones.
//
//	go -C examples/peers run .                   tables, in some minutes
//	go -C examples/peers run . -format csv       workload,candidate,ns,bytes,allocs,ratio_to_ours
//	go -C examples/peers run . -growth           how cost grows, and memory that is kept
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
)

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

func run(arguments []string, out, problems io.Writer) error {
	flags := flag.NewFlagSet("peers", flag.ContinueOnError)
	flags.SetOutput(problems)
	format := flags.String("format", "table", "table or csv")
	growth := flags.Bool("growth", false, "measure how cost grows instead, and the memory that is kept")
	only := flags.String("run", "", "measure workloads whose name matches this `pattern` alone, and check nothing else")
	rounds := flags.Int("rounds", usual.rounds, "batches of each candidate")
	quiet := flags.Duration("quiet", usual.quiet, "length of a batch that leaves no garbage: in a long one the processor learns the inputs by heart")
	clock := flags.String("clock", "wall", "the time that counts: wall, or cpu: what all cores work, for a machine that is busy with other things")
	tiny := flags.Bool("tiny", false, "few inputs and short batches: to see that all works, not how fast")
	root := flags.String("root", "../..", "leadloop's own `folder`, whose schemas and documents are checked")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	pattern, err := regexp.Compile(*only)
	switch {
	case err != nil:
		return fmt.Errorf("-run: %w", err)
	case flags.NArg() > 0:
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case *format != "table" && *format != "csv":
		return fmt.Errorf("-format is table or csv, not %q", *format)
	case clocks[*clock] == nil:
		return fmt.Errorf("-clock is wall or cpu, not %q", *clock)
	case *quiet < 0:
		return fmt.Errorf("-quiet is no negative time, not %v", *quiet)
	case *rounds < 1:
		return fmt.Errorf("-rounds is at least 1, not %d", *rounds)
	}
	p, n, steps := usual, usualSizes, usualSteps
	p.rounds, p.quiet = *rounds, *quiet
	if *tiny {
		p, n, steps = pace{rounds: 1}, tinySizes, tinySteps
	}
	p.clock = clocks[*clock]
	r := newReport(out, *format == "csv")
	r.head(p, *clock)
	if *growth {
		return r.growth(p, steps, pattern)
	}
	found := false
	for _, build := range workloads(n) {
		w, err := build()
		if err != nil {
			return err
		}
		if !pattern.MatchString(w.name) {
			continue
		}
		found = true
		if err := w.agree(); err != nil {
			return err
		}
		r.table(w, w.measure(p))
	}
	if !found {
		return errNothing(*only)
	}
	if *only == "" {
		if err := r.checks(append(checkSchemas(*root), checkStatistics()...)); err != nil {
			return err
		}
	}
	r.end()
	return nil
}

// errNothing says that no name matches a pattern, which would look like success otherwise.
func errNothing(pattern string) error {
	return fmt.Errorf("-run: no workload's name matches %q: leave -run out to see the names", pattern)
}
