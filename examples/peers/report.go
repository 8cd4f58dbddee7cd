package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
)

// A report prints what was measured, as tables for people or as CSV.
type report struct {
	out    io.Writer
	csv    *csv.Writer // nil for tables
	asked  int         // how many ratios were asked for
	missed []string
}

func newReport(out io.Writer, asCSV bool) *report {
	r := &report{out: out}
	if asCSV {
		r.csv = csv.NewWriter(out)
		r.csv.Write([]string{"workload", "candidate", "ns", "bytes", "allocs", "ratio_to_ours"})
	}
	return r
}

// head names the machine.
func (r *report) head(p pace, clock string) {
	if r.csv != nil {
		return
	}
	fmt.Fprintf(r.out, "%s/%s, %s, %d CPUs, %s, GOGC %s; load %s\n", runtime.GOOS, runtime.GOARCH, processor(), runtime.NumCPU(), runtime.Version(),
		orElse(os.Getenv("GOGC"), "100"), load())
	fmt.Fprintf(r.out, "time by the clock %q; batches by turns, the fastest counts: of %v, or of %v where garbage is left, so that its collection is in the time\n", clock, p.quiet, p.garbage)
	fmt.Fprintln(r.out, strings.Join(versions(), ", "))
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func processor() string {
	data, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(data)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "a processor that does not say its name"
}

func load() string {
	data, err := os.ReadFile("/proc/loadavg")
	if fields := strings.Fields(string(data)); err == nil && len(fields) > 3 {
		return strings.Join(fields[:3], " ")
	}
	return "unknown"
}

// versions lists the modules that are compared.
func versions() (list []string) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	for _, m := range info.Deps {
		for _, name := range []string{"expr-lang/expr", "google/cel-go", "grule-rule-engine", "PaesslerAG/gval", "casbin/govaluate", "qmuntal/stateless", "looplab/fsm",
			"rickar/cal", "santhosh-tekuri/jsonschema", "gonum.org/v1/gonum"} {
			if strings.Contains(m.Path, name) {
				list = append(list, strings.TrimPrefix(m.Path, "github.com/")+" "+m.Version)
			}
		}
	}
	return list
}

// table prints one workload.
func (r *report) table(w workload, all []measured) {
	if r.csv != nil {
		for _, m := range all {
			r.csv.Write([]string{w.name, m.name, short(m.nanoseconds), short(m.bytes), short(m.allocations), short(m.nanoseconds / all[0].nanoseconds)})
		}
		r.csv.Flush()
		return
	}
	fmt.Fprintf(r.out, "\n%s, for one %s; inputs on which all agree: %d; batches: %d\n", w.name, w.per, w.inputs*max(w.divide, 1), all[0].batches)
	width := 0
	for _, m := range all {
		width = max(width, len(m.name))
	}
	for _, m := range all {
		ratio := m.nanoseconds / all[0].nanoseconds
		line := fmt.Sprintf("  %-*s %9s %10s %8s allocs %9s", width, m.name, duration(m.nanoseconds), memory(m.bytes), count(m.allocations), times(ratio))
		if text, met := m.asked.judge(ratio); text != "" {
			r.asked++
			line += "   asked: " + text
			if !met {
				line += " MISSED"
				r.missed = append(r.missed, fmt.Sprintf("%s, %s: %s, asked %s", w.name, m.name, times(ratio), text))
			}
		}
		fmt.Fprintln(r.out, strings.TrimRight(line, " "))
	}
	for _, l := range w.lacks {
		fmt.Fprintf(r.out, "  - %s: %s\n", l.candidate, l.what)
	}
}

// judge says what was asked of a ratio, and whether it is so.
func (a asked) judge(ratio float64) (text string, met bool) {
	switch {
	case a.most > 0:
		return "at most " + times(a.most), ratio <= a.most
	case a.least >= 1:
		return "at least " + times(a.least), ratio >= a.least
	case a.least > 0:
		return fmt.Sprintf("ours at most %s of it, is %s", times(1/a.least), times(1/ratio)), ratio >= a.least
	}
	return "", true
}

// checks prints the cross-checks.
func (r *report) checks(findings []finding) error {
	if r.csv == nil {
		fmt.Fprintln(r.out, "\nCross-checks against independent libraries")
	}
	for _, f := range findings {
		if f.err != nil {
			return fmt.Errorf("cross-check of %s: %w", f.what, f.err)
		}
		if r.csv == nil {
			fmt.Fprintf(r.out, "  %-38s %-40s %s\n", f.what, f.by, f.result)
		}
	}
	return nil
}

// end lists what was asked and is not reached.
func (r *report) end() {
	if r.csv != nil || r.asked == 0 {
		return
	}
	if len(r.missed) == 0 {
		fmt.Fprintln(r.out, "\nEvery ratio that was asked for above is reached.")
		return
	}
	fmt.Fprintln(r.out, "\nAsked for and not reached:")
	for _, m := range r.missed {
		fmt.Fprintln(r.out, "  "+m)
	}
}

// short writes a number with four digits.
func short(x float64) string { return strconv.FormatFloat(x, 'g', 4, 64) }

func duration(ns float64) string {
	switch {
	case ns >= 1e9:
		return fmt.Sprintf("%.2f s", ns/1e9)
	case ns >= 1e6:
		return fmt.Sprintf("%.2f ms", ns/1e6)
	case ns >= 1e4:
		return fmt.Sprintf("%.1f µs", ns/1e3)
	case ns >= 100:
		return fmt.Sprintf("%.0f ns", ns)
	}
	return fmt.Sprintf("%.1f ns", ns)
}

func memory(bytes float64) string {
	switch {
	case bytes >= 1e6:
		return fmt.Sprintf("%.1f MB", bytes/1e6)
	case bytes >= 1e4:
		return fmt.Sprintf("%.1f kB", bytes/1e3)
	}
	return fmt.Sprintf("%.0f B", bytes)
}

func count(n float64) string {
	if n == 0 || n >= 10 {
		return fmt.Sprintf("%.0f", n)
	}
	return fmt.Sprintf("%.1f", n)
}

func times(x float64) string {
	switch {
	case x >= 99.5:
		return fmt.Sprintf("%.0f×", x)
	case x >= 9.95:
		return fmt.Sprintf("%.1f×", x)
	}
	return fmt.Sprintf("%.2f×", x)
}
