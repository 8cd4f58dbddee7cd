package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The data of the benchmarks can be written to a file, so that the whole program can be measured:
//
//	go test ./examples/attribute -run TestGenerate -generate /tmp/raw.csv -rows 5000000 -channels 50
//	go test ./examples/attribute -run TestGenerate -generate /tmp/paths.csv -rows 1000000 -channels 200 -aggregate
//	go build -o /tmp/attribute ./examples/attribute
//	/usr/bin/time -v /tmp/attribute -model markov -order 2 /tmp/paths.csv
var (
	generateFile = flag.String("generate", "", "write the journeys of the benchmarks to this file")
	generateLog  = flag.String("generate-conversions", "", "with -generate: write a log of touches there, and its conversions to this file")
	rowCount     = flag.Int("rows", 1_000_000, "with -generate: how many journeys")
	channelCount = flag.Int("channels", 50, "with -generate: over how many channels")
	aggregate    = flag.Bool("aggregate", false, "with -generate: a row for each path, in place of one for each journey")
)

// splitmix is a generator of random numbers that any language can repeat.
type splitmix uint64

func (r *splitmix) next() uint64 {
	*r += 0x9E3779B97F4A7C15
	z := uint64(*r)
	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9
	z = (z ^ (z >> 27)) * 0x94D049BB133111EB
	return z ^ (z >> 31)
}

func (r *splitmix) float() float64 { return float64(r.next()>>11) / (1 << 53) }

// journeys makes journeys of five touches on average. Channels are as popular as words are (Zipf), each next one depends on the
// last, and some make a conversion more likely.
func journeys(rows, channels int, visit func(steps []int, converted bool, value int64)) {
	r := splitmix(1)
	next := make([][]float64, channels+1) // by the last channel: cumulated probabilities; the last row is that of the first touch
	for i := range next {
		weights := make([]float64, channels)
		sum, shift := 0.0, int(r.next()%uint64(channels))
		for k := range weights {
			weights[k] = 0.6/float64(k+1) + 0.4/float64((k+shift)%channels+1)
			sum += weights[k]
		}
		so := 0.0
		for k := range weights {
			so += weights[k] / sum
			weights[k] = so
		}
		weights[channels-1] = 1
		next[i] = weights
	}
	lift := make([]float64, channels)
	for i := range lift {
		lift[i] = -0.3 + 0.8*r.float()
	}
	var steps []int
	for range rows {
		steps = steps[:0]
		at, logit := channels, -3.2
		for {
			at = min(sort.SearchFloat64s(next[at], r.float()), channels-1)
			steps = append(steps, at)
			logit += lift[at]
			if r.float() < 0.2 {
				break
			}
		}
		value := int64(0)
		converted := r.float() < 1/(1+math.Exp(-logit))
		if converted {
			value = int64(5 + r.next()%496)
		}
		visit(steps, converted, value)
	}
}

func appendPath(row []byte, steps []int) []byte {
	for i, step := range steps {
		if i > 0 {
			row = append(row, " > "...)
		}
		row = append(row, "ch"...)
		row = strconv.AppendInt(row, int64(step), 10)
	}
	return row
}

// writeJourneys writes a row for each journey.
func writeJourneys(to io.Writer, rows, channels int) {
	w := bufio.NewWriter(to)
	defer w.Flush()
	w.WriteString(header)
	var row []byte
	journeys(rows, channels, func(steps []int, converted bool, value int64) {
		row = appendPath(row[:0], steps)
		if converted {
			row = fmt.Appendf(row, ",1,%d,0\n", value)
		} else {
			row = append(row, ",0,0,1\n"...)
		}
		w.Write(row)
	})
}

// writePaths writes a row for each path, in the order in which paths first come.
func writePaths(to io.Writer, rows, channels int) {
	type counts struct{ conversions, value, nulls int64 }
	index := map[string]int{}
	var paths []string
	var all []counts
	journeys(rows, channels, func(steps []int, converted bool, value int64) {
		path := string(appendPath(nil, steps))
		at, known := index[path]
		if !known {
			at = len(all)
			index[path] = at
			paths, all = append(paths, path), append(all, counts{})
		}
		if converted {
			all[at].conversions++
			all[at].value += value
		} else {
			all[at].nulls++
		}
	})
	w := bufio.NewWriter(to)
	defer w.Flush()
	w.WriteString(header)
	for i, path := range paths {
		fmt.Fprintf(w, "%s,%d,%d,%d\n", path, all[i].conversions, all[i].value, all[i].nulls)
	}
}

// writeLog writes a touch an hour, and a conversion an hour after the last.
func writeLog(touches, conversions io.Writer, rows, channels int) {
	t, c := bufio.NewWriter(touches), bufio.NewWriter(conversions)
	defer t.Flush()
	defer c.Flush()
	t.WriteString("journey,at,channel,campaign,cost\n")
	c.WriteString("journey,at,value\n")
	n := 0
	journeys(rows, channels, func(steps []int, converted bool, value int64) {
		at := time.Date(2026, 1, 1, 0, n%60, 0, 0, time.UTC)
		for _, step := range steps {
			fmt.Fprintf(t, "lead-%07d,%s,ch%d,spring,0.%02d\n", n, at.Format(time.RFC3339), step, step%100)
			at = at.Add(time.Hour)
		}
		if converted {
			fmt.Fprintf(c, "lead-%07d,%s,%d\n", n, at.Format(time.RFC3339), value)
		}
		n++
	})
}

func TestGenerate(t *testing.T) {
	if *generateFile == "" {
		t.Skip("-generate FILE writes the data of the benchmarks")
	}
	create := func(name string) *os.File {
		f, err := os.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	f := create(*generateFile)
	switch {
	case *generateLog != "":
		won := create(*generateLog)
		writeLog(f, won, *rowCount, *channelCount)
		if err := won.Close(); err != nil {
			t.Fatal(err)
		}
	case *aggregate:
		writePaths(f, *rowCount, *channelCount)
	default:
		writeJourneys(f, *rowCount, *channelCount)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// The generator makes the same journeys everywhere: the first of those with which the program was measured.
func TestGeneratorIsTheSame(t *testing.T) {
	var text strings.Builder
	writeJourneys(&text, 5, 50)
	want := header + firstJourneys
	if text.String() != want {
		t.Errorf("got\n%swant\n%s", text.String(), want)
	}
}

// BenchmarkProgram measures the whole program, from files to the table.
func BenchmarkProgram(b *testing.B) {
	for _, c := range []struct {
		name, flags    string
		rows, channels int
		write          func(io.Writer, int, int)
	}{
		{"last", "-model last", 5_000_000, 50, writeJourneys},
		{"compare", "-compare first,last,linear,u,j,participation", 5_000_000, 50, writeJourneys},
		{"shapley", "-model shapley", 5_000_000, 50, writeJourneys},
		{"ordered", "-model ordered", 5_000_000, 50, writeJourneys},
		{"shao-li", "-model shao-li", 5_000_000, 50, writeJourneys},
		{"markov1", "-model markov", 5_000_000, 200, writeJourneys},
		{"markov2", "-model markov -order 2", 5_000_000, 200, writeJourneys},
		{"markov2", "-model markov -order 2", 1_000_000, 50, writePaths},
		{"markov3", "-model markov -order 3", 1_000_000, 50, writePaths},
		{"markov2", "-model markov -order 2", 1_000_000, 200, writePaths},
		{"markov4", "-model markov -order 4", 1_000_000, 10, writePaths},
		{"shapley", "-model shapley", 1_000_000, 50, writePaths},
		{"ordered", "-model ordered", 1_000_000, 50, writePaths},
	} {
		b.Run(fmt.Sprintf("%s/rows=%d/channels=%d", c.name, c.rows, c.channels), func(b *testing.B) {
			file := filepath.Join(b.TempDir(), "paths.csv")
			f, err := os.Create(file)
			if err != nil {
				b.Fatal(err)
			}
			c.write(f, c.rows, c.channels)
			if err := f.Close(); err != nil {
				b.Fatal(err)
			}
			measure(b, append(strings.Fields(c.flags), file), file)
		})
	}
	b.Run("log/journeys=200000", func(b *testing.B) {
		touches, won := filepath.Join(b.TempDir(), "touches.csv"), filepath.Join(b.TempDir(), "won.csv")
		t, err := os.Create(touches)
		if err != nil {
			b.Fatal(err)
		}
		c, err := os.Create(won)
		if err != nil {
			b.Fatal(err)
		}
		writeLog(t, c, 200_000, 50)
		if t.Close() != nil || c.Close() != nil {
			b.Fatal("the files can't be written")
		}
		measure(b, []string{"-conversions", won, touches}, touches)
	})
}

// measure runs the program, and counts the bytes of a file.
func measure(b *testing.B, args []string, file string) {
	info, err := os.Stat(file)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(info.Size())
	b.ReportAllocs()
	for b.Loop() {
		if code := run(args, io.Discard, os.Stderr); code != 0 {
			b.Fatal(code)
		}
	}
}
