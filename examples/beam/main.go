// Command beam runs leadloop's aggregates on Apache Beam, and the same code without it: README.md says what it reads and
// writes, on which runners it has been tried, and how to run it on others.
//
//	go -C examples/beam run . -generate /tmp/data -touches 100000          made-up data in shards
//	go -C examples/beam run . -local -as-of 2026-07-01 -input /tmp/data -output /tmp/one   one loop on one machine
//	go -C examples/beam run . -runner=prism -as-of 2026-07-01 -input /tmp/data -output /tmp/many
//	diff -r /tmp/one /tmp/many                                             no difference
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	_ "time/tzdata" // the agreement's time zone, on workers that have none installed

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/options/jobopts"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/x/beamx"
)

var flags = options{
	input:       flag.String("input", "", "folder with leads*.csv, touches*.csv, deals*.csv and events*.jsonl: local, or gs://"),
	output:      flag.String("output", "", "folder to write the reports to: local, or gs://"),
	local:       flag.Bool("local", false, "run without Beam, in this process: the same reports"),
	asOf:        flag.String("as-of", "", "the instant of the reports, such as 2026-07-01 or 2026-06-30T22:00:00Z (required)"),
	lookback:    flag.Int("lookback", 180, "days before a conversion in which a touch is credited; 0: all"),
	maxTouches:  flag.Int("max-touches", 1000, "how many touches of a month an account keeps, the latest ones; those that are dropped cost, but earn no credit"),
	topPaths:    flag.Int("top-paths", 100, "how many of the most frequent paths are kept"),
	pathKeys:    flag.Int("path-keys", 64, "how many workers at most share the paths; changes no result"),
	fanOut:      flag.Int("fan-out", 16, "how many workers at most share each sum before it is made one; changes no result"),
	scoreFiles:  flag.Int("score-files", 16, "how many files the scores are written to"),
	model:       flag.String("model", "", "the scoring model, as JSON; default: model.json of this folder, as it was when the program was built"),
	agreement:   flag.String("agreement", "", "the hand-over agreement, as JSON; default: agreement.json of this folder, likewise"),
	generate:    flag.String("generate", "", "write made-up data to this folder, and do nothing else"),
	touches:     flag.Int("touches", 100_000, "with -generate: about how many touches"),
	seed:        flag.Uint64("seed", 1, "with -generate: the same seed gives the same rows"),
	shards:      flag.Int("shards", 8, "with -generate: files of each kind"),
	shuffleSeed: flag.Uint64("shuffle", 0, "with -generate: write the same rows in another order, and each to another shard; 0: as they come"),
}

func main() {
	flag.Parse()
	beam.Init() // a worker's process ends here
	err := noArguments(flag.Args())
	if err == nil {
		err = run(context.Background(), flags, os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "beam: "+err.Error())
		os.Exit(1)
	}
}

// noArguments refuses what is no flag: the flags behind it would go unread.
func noArguments(arguments []string) error {
	if len(arguments) > 0 {
		return fmt.Errorf("argument %q: not a flag: all input is given by flags, -h lists them", arguments[0])
	}
	return nil
}

// run does what the flags say.
func run(ctx context.Context, o options, out io.Writer) error {
	if *o.generate != "" {
		return generate(*o.generate, market{touches: *o.touches, seed: *o.seed, shards: *o.shards, shuffle: *o.shuffleSeed})
	}
	plan, err := o.plan()
	if err != nil {
		return err
	}
	files, err := listInput(ctx, *o.input)
	if err != nil {
		return err
	}
	if *o.local {
		err = runLocal(ctx, plan, files, *o.output)
	} else {
		var p *beam.Pipeline
		if p, err = pipeline(plan, files, *o.output); err == nil {
			sendItself()
			err = beamx.Run(ctx, p)
		}
	}
	if err != nil {
		return err
	}
	e, err := engineOf(&plan)
	if err != nil {
		return err
	}
	if err := e.writeReport(ctx, *o.output); err != nil {
		return err
	}
	return withFile(ctx, inFolder(*o.output, reportText), func(text io.Reader) error {
		_, err := io.Copy(out, text)
		return err
	})
}

// sendItself makes this very program what workers run, where they are of its kind. Else Beam would build one of main.go alone, which
// is not all of the program.
func sendItself() {
	if name, err := os.Executable(); err == nil && *jobopts.WorkerBinary == "" && runtime.GOOS == "linux" {
		*jobopts.WorkerBinary = name
	}
}
