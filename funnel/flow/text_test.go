package flow_test

import (
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/funnel/flow"
)

var update = flag.Bool("update", false, "write the golden files anew")

// The report of 2000 leads as people see it: to be read, whenever it changes.
func TestReportAsText(t *testing.T) {
	f := newFlow(t, flow.Options{Definition: funnel.Standard(), AsOf: day("2026-07-01"), Calendar: officeHours(t)})
	w := newWalker(5)
	for i := range 2000 {
		j := w.journey(i)
		if i%4 == 1 && i%3 == 0 { // a webinar after which leads decide at once
			for k := range j.Steps {
				j.Steps[k].At = j.Steps[0].At.Add(j.Steps[k].At.Sub(j.Steps[0].At) / 20)
			}
		}
		if i == 7 {
			j.Steps = append(j.Steps, flow.Step{At: day("2026-01-01"), Stage: "new\nline", Line: 99})
		}
		f.Add(j)
	}
	report := f.Report()
	const golden = "testdata/report.txt"
	got := report.String()
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the report has changed; look at it, and run the test with -update:\n%s", got)
	}
	data, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	var back flow.Report
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(back)
	if err != nil || string(again) != string(data) {
		t.Errorf("the report is not read as it was written: %v", err)
	}
}

// A report of nothing is a report: all is undefined, nothing is zero by accident.
func TestEmptyReport(t *testing.T) {
	f := newFlow(t, flow.Options{Definition: flow.Path("x", []funnel.Stage{"lead", "won"}), AsOf: day("2026-07-01")})
	r := f.Report()
	if c, ok := r.Conversion("lead", "won"); !ok || c.Converted.Median.Reached || c.Converted.Until.Reached || c.Within.String() != "undefined" {
		t.Errorf("%+v", c)
	}
	if r.Velocity.Defined || !strings.Contains(r.String(), "undefined") {
		t.Error(r)
	}
	if _, ok := r.Conversion("won", "lead"); ok {
		t.Error("a conversion from won")
	}
	data, err := json.Marshal(r)
	if err != nil || strings.Contains(string(data), "NaN") || !strings.Contains(string(data), `"median":{"time":null`) {
		t.Errorf("%s %v", data, err)
	}
}

func TestSpan(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 s", 59 * time.Second: "59 s", 61 * time.Second: "1 min 1 s", 3*time.Hour + 20*time.Minute: "3 h 20 min", 26 * time.Hour: "1 d 2 h",
		30 * oneDay: "30 d", -90 * time.Minute: "−1 h 30 min", 47*time.Hour + 59*time.Minute: "2 d",
	} {
		if got := (flow.Span{Time: d, Reached: true}).String(); got != want {
			t.Errorf("%v: got %q, want %q", d, got, want)
		}
	}
	for _, bad := range []string{`"1"`, `1.5`, `9223372036854775807`, `{}`} {
		if err := json.Unmarshal([]byte(bad), new(flow.Span)); err == nil {
			t.Errorf("%s is read", bad)
		}
	}
	var s flow.Span
	if err := json.Unmarshal([]byte("90"), &s); err != nil || s != (flow.Span{Time: 90 * time.Second, Reached: true}) {
		t.Error(s, err)
	}
}
