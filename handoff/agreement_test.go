package handoff_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/handoff/goals"
	"github.com/leadloop/leadloop/handoff/worktime"
)

// TestAgreementMistakes reads the agreements of testdata/mistakes. Each file says, after "----", every mistake that must be
// reported, a line each; a line that ends in "..." may go on, and their order is free.
func TestAgreementMistakes(t *testing.T) {
	files, err := filepath.Glob("testdata/mistakes/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			input, rest, _ := strings.Cut(string(data), "\n----\n")
			want := strings.Split(strings.TrimSpace(rest), "\n")
			a, err := handoff.Parse([]byte(input))
			if err == nil {
				_, err = handoff.Compile(a, policy(t), time.LoadLocation)
			}
			if err == nil {
				t.Fatal("no mistake was found")
			}
			got := strings.Split(err.Error(), "\n")
			slices.Sort(want)
			slices.Sort(got)
			for i := range min(len(got), len(want)) {
				if prefix, ok := strings.CutSuffix(want[i], "..."); ok && strings.HasPrefix(got[i], prefix) {
					got[i] = want[i]
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestAgreementSurvivesJSON(t *testing.T) {
	a := agreement(t)
	data, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	b, err := handoff.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(a, b); diff != "" {
		t.Error(diff)
	}
}

// TestCompileChecksTheFunnel takes from the funnel what a desk needs.
func TestCompileChecksTheFunnel(t *testing.T) {
	for name, x := range map[string]struct {
		change func(*funnel.Definition)
		want   string
	}{
		"guarded accept": {
			func(d *funnel.Definition) { d.Edges[1].When = `Grade != ""` },
			`policy: the funnel's edges[1] guards "accept": silence could then drop a lead`,
		},
		"other name":    {func(d *funnel.Definition) { d.Name = "mine" }, `policy: the agreement is made for the funnel policy "standard", but this one is "mine"`},
		"other version": {func(d *funnel.Definition) { d.Version = 2 }, `policy_version: the agreement is made for version 1 of the funnel policy, but this one is 2`},
		"no sales_qualify": {
			func(d *funnel.Definition) { d.Edges[2].On = "advance" },
			`policy: the funnel has no edge on "sales_qualify", which the desk needs`,
		},
		"no way in": {
			func(d *funnel.Definition) { d.Edges[0].On = "advance" },
			`policy: the funnel has no edge on "qualify" from its initial stage "inquiry", which the desk needs`,
		},
		"offered where nobody can accept": {
			func(d *funnel.Definition) {
				for i := range d.Edges {
					if d.Edges[i].From == funnel.Disqualified {
						d.Edges[i].To = funnel.Inquiry
					}
				}
			},
			`], on "reopen", leads to "inquiry", which has no edge on "accept": silence would drop leads there`,
		},
		"no rejection": {
			func(d *funnel.Definition) {
				d.Returns = slices.DeleteFunc(d.Returns, func(e funnel.ReturnEdge) bool { return e.On == funnel.Reject })
			},
			`policy: the funnel has no edge for the return "reject", which the desk needs`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := funnel.Standard()
			x.change(&d)
			p, err := funnel.Compile[Lead](d)
			if err != nil {
				t.Fatal(err)
			}
			_, err = handoff.Compile(agreement(t), p, time.LoadLocation)
			if err == nil || !strings.Contains(err.Error(), x.want) {
				t.Errorf("got %v, want %s", err, x.want)
			}
		})
	}
	var mistake *handoff.Mistake
	if _, err := handoff.Compile[Lead](agreement(t), nil, time.LoadLocation); !errors.As(err, &mistake) || mistake.Path != "policy" {
		t.Errorf("without a policy: %v", err)
	}
}

// TestDeadlinesMustComeInThisLife: one minute of business a week makes a deadline of years of hours end beyond the calendar,
// where it would never fire.
func TestDeadlinesMustComeInThisLife(t *testing.T) {
	a := agreement(t)
	minute := []worktime.Window{"09:00-09:01"}
	a.Calendar.Hours = worktime.Week{Fri: minute}
	a.Accept.WarnAfter = 0
	a.Accept.Within, a.FirstTouch, a.Feedback = handoff.Duration(87*time.Hour), handoff.Duration(86*time.Hour), handoff.Duration(8000*time.Hour)
	_, err := handoff.Compile(a, policy(t), time.LoadLocation)
	// 52.2 weeks a year make 5,218 minutes, just under 87 hours, in a hundred years
	want := "accept.within: the deadline would fall due more than 100 years later in these business hours\n" +
		"feedback: the deadline would fall due more than 100 years later in these business hours"
	if err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
}

// TestMistakesWithoutACalendar are reported along with the calendar's.
func TestMistakesWithoutACalendar(t *testing.T) {
	a := agreement(t)
	a.Calendar.TimeZone = "Nowhere"
	a.Marketing.Count = -1
	_, err := handoff.Compile(a, policy(t), time.LoadLocation)
	if err == nil || !strings.Contains(err.Error(), "calendar.time_zone: ") || !strings.Contains(err.Error(), "marketing.count: ") || strings.Contains(err.Error(), "marketing.calendar") {
		t.Error(err)
	}
}

// A host that has no loader of zones is told so.
func TestNoLoaderOfZones(t *testing.T) {
	_, err := handoff.Compile(schemaAgreement(t), policy(t), nil)
	if err == nil || !errors.Is(err, worktime.ErrTimeZone) || !strings.Contains(err.Error(), "calendar.time_zone: ") || !strings.Contains(err.Error(), "calendars.late.time_zone: ") {
		t.Error(err)
	}
}

// TestMistakesKeepTheirCause finds the calendar's own sentinel under the agreement's path.
func TestMistakesKeepTheirCause(t *testing.T) {
	a := agreement(t)
	a.Calendar.TimeZone = "Nowhere"
	_, err := handoff.Compile(a, policy(t), time.LoadLocation)
	if !errors.Is(err, worktime.ErrTimeZone) {
		t.Error(err)
	}
}

func TestDeskKeepsItsOwnAgreement(t *testing.T) {
	written := func() handoff.Agreement { // each time in other memory
		a := schemaAgreement(t)
		a.Calendar.Holidays = []worktime.Date{"2026-12-24"}
		a.Calendar.Breaks = map[worktime.Date][]worktime.Window{"2026-12-23": {"12:00-13:00"}}
		return a
	}
	a, want := written(), written()
	d, err := handoff.Compile(a, policy(t), time.LoadLocation)
	if err != nil {
		t.Fatal(err)
	}
	got := d.Agreement()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
	spoil := func(a *handoff.Agreement) {
		values(reflect.ValueOf(a).Elem(), "a", func(_ string, value reflect.Value, put func(reflect.Value)) { put(other(t, value)) })
	}
	spoil(&got)
	if diff := cmp.Diff(want, d.Agreement()); diff != "" {
		t.Errorf("a caller has changed the desk's agreement: %s", diff)
	}
	spoil(&a)
	if diff := cmp.Diff(want, d.Agreement()); diff != "" {
		t.Errorf("who has made the desk has changed its agreement: %s", diff)
	}
	plan := d.Routing().Plan()
	plan.Pools[0].Members[0].Skills[0] = "x"
	if d.Routing().Plan().Pools[0].Members[0].Skills[0] == "x" {
		t.Error("a caller has changed the desk's routing")
	}
	if d.Plan() == nil || d.Calendar() == nil {
		t.Error("no plan or calendar")
	}
	a = agreement(t)
	a.Marketing = goals.Commitment{}
	if d, err = handoff.Compile(a, policy(t), time.LoadLocation); err != nil || d.Plan() != nil {
		t.Error("a plan without a commitment", err)
	}
}

// Spans of business time are written in hours, and survive a round trip.
func TestDurationsAreWrittenInHours(t *testing.T) {
	for span, want := range map[time.Duration]string{
		72 * time.Hour: "72h", 90 * time.Minute: "1h30m", 30 * time.Second: "30s", 0: "0s", -25*time.Hour - 5*time.Minute: "-25h5m", -time.Minute: "-1m",
	} {
		d := handoff.Duration(span)
		if d.String() != want {
			t.Errorf("%v is written %q, want %q", span, d, want)
		}
		var back handoff.Duration
		if err := back.UnmarshalText([]byte(d.String())); err != nil || back != d {
			t.Errorf("%q is read as %v, %v", want, time.Duration(back), err)
		}
	}
}

// A way back that the desk does not know by its name would let leads wait for ever.
func TestWaysBackAreNamedAsTheDeskTakesThem(t *testing.T) {
	for i, want := range map[int]string{
		5: `edges[5] lets leads in again on "again", but the desk takes edges with the release "cool_down" by the name "requalify"`,
		6: `edges[6] lets leads in again on "again", but the desk takes edges with the release "high_intent" by the name "reawaken"`,
		8: `edges[8] lets leads in again on "again", but the desk takes edges with the release "manual" by the name "reopen"`,
	} {
		d := funnel.Standard()
		d.Edges[i].On = "again"
		p, err := funnel.Compile[Lead](d)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := handoff.Compile(agreement(t), p, time.LoadLocation); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v\nwant %s", err, want)
		}
	}
}

// What JSON can't hold, an agreement made in Go may not have either: it would be another one once it has been stored.
func TestPartsOfSeconds(t *testing.T) {
	a := agreement(t)
	a.Accept.WarnAfter += handoff.Duration(time.Millisecond)
	a.FirstTouch += handoff.Duration(time.Millisecond)
	_, err := handoff.Compile(a, policy(t), time.LoadLocation)
	want := "first_touch: must be in whole seconds: JSON has no parts of them\naccept.warn_after: must be in whole seconds: JSON has no parts of them"
	if err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
}
