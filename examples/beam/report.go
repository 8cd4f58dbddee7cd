package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/leadloop/leadloop/attribution"
	"github.com/leadloop/leadloop/funnel/flow"
	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/scoring/learn"
)

// The files of a report.
const (
	reportText = "report.txt"
	reportJSON = "report.json"
)

// figures are the report, as JSON.
type figures struct {
	AsOf        time.Time               `json:"as_of"`
	Digests     []digest                `json:"digests"`
	Accounts    int64                   `json:"accounts"`
	Capped      cappedFigures           `json:"capped"`
	Strays      int64                   `json:"touches_of_unknown_leads"`
	Shared      map[string]int64        `json:"ids_of_several_accounts"`
	Grades      map[string]int64        `json:"grades"`
	Attribution []attribution.Statement `json:"attribution"`
	Paths       pathFigures             `json:"paths"`
	Flow        *flow.Report            `json:"flow"`
	Handoff     handoff.Result          `json:"handoff"`
	Evidence    []learn.Report          `json:"evidence"`
}

// digest is the SHA-256 of an aggregate's canonical bytes: two runs that have the same digest have counted the same.
type digest struct {
	Aggregate string `json:"aggregate"`
	Bytes     int    `json:"bytes"`
	SHA256    string `json:"sha256"`
}

// cappedFigures say what the cap has dropped. Credit, paths and scores are of the touches that were kept; costs are of all.
type cappedFigures struct {
	Accounts int64 `json:"accounts"` // of which touches were dropped
	Touches  int64 `json:"touches"`
	Kept     int   `json:"kept"`   // of a month at most: -max-touches
	Needed   int64 `json:"needed"` // the least -max-touches that drops none; 0 if none was dropped
}

type pathFigures struct {
	Different int64              `json:"different"`
	All       attribution.Counts `json:"all"`
	Untouched attribution.Counts `json:"untouched"` // journeys without a touch to credit
	Top       []pathFigure       `json:"top"`
}

type pathFigure struct {
	Path []string `json:"path"`
	attribution.Counts
}

func (e *engine) figures(all sums) (*figures, error) {
	accounts, cases, paths := all[ofAccounts].(*accountSums), all[ofCases].(*caseSums), all[ofPaths].(*topPaths)
	kept, err := paths.kept()
	c := &accounts.counts
	f := &figures{
		AsOf: e.plan.AsOf, Accounts: c.accounts, Capped: cappedFigures{c.capped, c.dropped, e.plan.MaxTouches, c.needed}, Strays: c.strays,
		Shared: map[string]int64{}, Grades: accounts.grades, Attribution: accounts.tally.Result(),
		Paths: pathFigures{Different: paths.different, All: paths.all, Untouched: paths.untouched, Top: []pathFigure{}},
		Flow:  cases.flow.Report(), Handoff: cases.report.Result(),
		Evidence: []learn.Report{cases.evidence.Report(learn.Acceptance), cases.evidence.Report(learn.Win)},
	}
	for kind, n := range c.shared {
		f.Shared[rowsNames[kind]] = n
	}
	for _, row := range paths.rows {
		f.Paths.Top = append(f.Paths.Top, pathFigure{row.steps, row.counts})
	}
	for _, part := range []struct {
		name string
		of   encoding.BinaryMarshaler
	}{
		{"attribution.Tally", accounts.tally}, {"attribution.Paths", kept}, {"flow.Flow", cases.flow}, {"handoff.Report", cases.report},
		{"learn.Evidence", cases.evidence}, {"all accounts", accounts}, {"all paths", paths}, {"all cases", cases},
	} {
		data, failed := part.of.MarshalBinary()
		err = errors.Join(err, failed)
		sum := sha256.Sum256(data)
		f.Digests = append(f.Digests, digest{part.name, len(data), hex.EncodeToString(sum[:])})
	}
	return f, err
}

// writeReport writes the two files of the report on what a run has summed.
func (e *engine) writeReport(ctx context.Context, output string) error {
	all, err := e.readSums(ctx, output)
	if err != nil {
		return err
	}
	f, err := e.figures(all)
	if err != nil {
		return err
	}
	data, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return err
	}
	return errors.Join(
		writeFile(ctx, inFolder(output, reportText), []byte(f.text())),
		writeFile(ctx, inFolder(output, reportJSON), append(data, '\n')),
	)
}

// text is the report for people.
func (f *figures) text() string {
	var out bytes.Buffer
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	title := func(text string) { fmt.Fprintf(w, "\n%s\n", text) }
	fmt.Fprintf(w, "As of %s\n", f.AsOf.Format(time.RFC3339))

	title(fmt.Sprintf("Accounts: %d", f.Accounts))
	touch, touches := "a touch", "touches"
	if f.Capped.Touches > 0 {
		touch, touches = "a kept touch", "kept touches"
		fmt.Fprintf(w, "NOT ALL TOUCHES WERE KEPT: of %d accounts %d were dropped, the oldest of months with more than %d.\n", f.Capped.Accounts, f.Capped.Touches, f.Capped.Kept)
		fmt.Fprintf(w, "Costs are of all touches; revenue by channel, paths and scores are of those kept. -max-touches %d keeps all.\n", f.Capped.Needed)
	}
	if f.Strays > 0 {
		fmt.Fprintf(w, "%s of a lead that their account does not have, so that they score nobody: %d\n", touches, f.Strays)
	}
	for _, name := range rowsNames {
		if n := f.Shared[name]; n > 0 {
			fmt.Fprintf(w, "ids of %s that several accounts have, so that they count in each: %d\n", name, n)
		}
	}
	fmt.Fprint(w, "grade")
	var leads strings.Builder
	for _, grade := range sortedKeys(f.Grades) {
		fmt.Fprintf(w, "\t%s", grade)
		fmt.Fprintf(&leads, "\t%d", f.Grades[grade])
	}
	fmt.Fprintf(w, "\nleads%s\n", leads.String())

	if len(f.Attribution) > 0 {
		s := &f.Attribution[0]
		title(fmt.Sprintf("Revenue: %s of %d deals, %s of it without %s; marketing's cost %s", money(s.Revenue), s.Conversions, money(s.Unattributed), touch, money(s.Cost)))
		fmt.Fprint(w, "channel")
		for _, s := range f.Attribution {
			fmt.Fprintf(w, "\t%s", s.Model)
		}
		fmt.Fprintln(w)
		for i, channel := range s.Channels {
			fmt.Fprint(w, channel.Name)
			for _, s := range f.Attribution {
				fmt.Fprintf(w, "\t%s", money(s.Channels[i].Revenue))
			}
			fmt.Fprintln(w)
		}
	}

	title(fmt.Sprintf("Paths: %d different ones, along which %d converted and %d did not; %d were without %s; the first of %d", f.Paths.Different,
		f.Paths.All.Conversions, f.Paths.All.Nulls, f.Paths.Untouched.Conversions+f.Paths.Untouched.Nulls, touch, len(f.Paths.Top)))
	for _, p := range f.Paths.Top[:min(10, len(f.Paths.Top))] {
		fmt.Fprintf(w, "%d won\t%d not\t%s\t%s\n", p.Conversions, p.Nulls, money(p.Value), strings.Join(p.Path, " > "))
	}

	title(fmt.Sprintf("Funnel: %d leads", f.Flow.Leads))
	for _, level := range f.Flow.Waterfall {
		fmt.Fprintf(w, "%s\t%d\t%s\n", level.Stage, level.Reached, level.Step)
	}
	for _, p := range f.Flow.Problems.Counts {
		fmt.Fprintf(w, "problem: %s\t%d\n", p.Kind, p.Count)
	}

	o := f.Handoff.Offers
	title(fmt.Sprintf("Hand-over: %d offers: %d accepted, %d by silence, %d rejected, %d expired, %d withdrawn, %d open", o.Made, o.Accepted, o.AutoAccepted,
		o.Rejected, o.Expired, o.Withdrawn, o.Open))
	fmt.Fprintf(w, "acceptance\t%s\n", f.Handoff.Acceptance)
	fmt.Fprintf(w, "answered in time\t%s\nfirst attempt in time\t%s\noutcome in time\t%s\n", f.Handoff.Accept.Rate(), f.Handoff.Touch.Rate(), f.Handoff.Feedback.Rate())
	fmt.Fprintf(w, "speed to lead\tmedian %s\t90 %% %s\n", f.Handoff.Assigned.Median, f.Handoff.Assigned.P90)
	for _, reason := range f.Handoff.Rejections[:min(5, len(f.Handoff.Rejections))] {
		fmt.Fprintf(w, "rejected: %s\t%d\n", reason.Reason, reason.Count)
	}
	for _, e := range f.Evidence {
		fmt.Fprintf(w, "%s of offers that were judged\t%s\n", e.Target, e.Base)
	}

	title("Canonical bytes, SHA-256")
	for _, d := range f.Digests {
		fmt.Fprintf(w, "%s\t%d\t%s\n", d.Aggregate, d.Bytes, d.SHA256)
	}
	w.Flush() // to memory: it can't fail
	return out.String()
}

// money writes cents.
func money(cents int64) string {
	sign := ""
	if cents < 0 {
		sign, cents = "-", -cents
	}
	return fmt.Sprintf("%s%d.%02d", sign, cents/100, cents%100)
}
