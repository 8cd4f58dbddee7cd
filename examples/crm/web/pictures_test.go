package web

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"

	"github.com/leadloop/leadloop/examples/crm/app"
	"github.com/leadloop/leadloop/funnel"
)

// wellFormed reads all of an XML text.
func wellFormed(t *testing.T, what string, body []byte) {
	t.Helper()
	decoder := xml.NewDecoder(bytes.NewReader(body))
	for {
		_, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
}

func TestPlots(t *testing.T) {
	d := open(t)
	p := d.as("sales/anna")
	page := p.get("/report")
	sources := regexp.MustCompile(`srcset="([^"]+)"|<img src="([^"]+)" alt="([^"]+)"`).FindAllStringSubmatch(page.Body.String(), -1)
	if len(sources) != 4*4 {
		t.Fatalf("the report has %d addresses of pictures, want 4 pictures in 4 forms", len(sources))
	}
	seen := map[string]bool{}
	for _, match := range sources {
		address := strings.ReplaceAll(match[1]+match[2], "&amp;", "&")
		got := p.get(address)
		got.want(t, http.StatusOK)
		if got.Header().Get("Content-Type") != "image/svg+xml" || !strings.Contains(got.Header().Get("Content-Security-Policy"), "sandbox") {
			t.Errorf("%s has headers %v", address, got.Header())
		}
		wellFormed(t, address, got.Body.Bytes())
		if seen[got.Body.String()] {
			t.Errorf("%s is the same as another", address)
		}
		seen[got.Body.String()] = true
	}
	// One of a report that is gone is drawn from the one that is there.
	p.get("/report/funnel.svg?of=old").want(t, http.StatusOK)
}

// TestReportPage holds the page against the report: the values of each picture stand in its text, and every table is whole.
func TestReportPage(t *testing.T) {
	d := open(t)
	report, err := d.app.Report(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	page := newReportPage(report)
	for name, c := range page.Charts {
		for _, category := range c.Categories {
			if !strings.Contains(c.Listing(), category+": ") {
				t.Errorf("%s: the text %q leaves out %s", name, c.Listing(), category)
			}
		}
		for _, s := range c.Series {
			if len(s.Values) != len(c.Categories) {
				t.Errorf("%s: %s has %d values for %d categories", name, s.Name, len(s.Values), len(c.Categories))
			}
		}
	}
	var here int64
	for _, l := range append(page.Funnel, page.Aside...) {
		here += l.Here
	}
	if here != report.Flow.Leads {
		t.Errorf("%d leads stand somewhere, of %d", here, report.Flow.Leads)
	}
	for i, model := range report.Models {
		sum := model.Unattributed
		for _, channel := range page.Revenue {
			sum += channel.By[i]
		}
		if sum != model.Revenue {
			t.Errorf("under %s the table sums to %d, not %d", model.Model, sum, model.Revenue)
		}
	}
	var rejected int64
	for _, r := range page.Reasons {
		rejected += r.Rejected
	}
	if rejected != report.Desk.Offers.Rejected {
		t.Errorf("the table has %d rejections of %d", rejected, report.Desk.Offers.Rejected)
	}
	var offers int64
	for _, o := range page.Offers() {
		offers += o.Count
	}
	if offers != report.Desk.Offers.Made {
		t.Errorf("the answers sum to %d of %d offers", offers, report.Desk.Offers.Made)
	}
	text := d.as("admin/maria").get("/report").Body.String()
	for _, want := range []string{money(report.Linear.Revenue), "Marketing: leads delivered", "Answer to an offer", "Returns by reason", "Leads by stage"} {
		if !strings.Contains(text, want) {
			t.Errorf("the report does not say %q", want)
		}
	}
}

// TestEmptyReport is the report of a database in which nothing has happened.
func TestEmptyReport(t *testing.T) {
	d := over(t, "file:"+t.TempDir()+"/crm.db")
	p := d.as("admin/maria")
	for _, path := range []string{"/", "/report", "/pipeline", "/model", "/funnel", "/effects", "/audit", "/imports"} {
		p.get(path).want(t, http.StatusOK)
	}
}

func TestChart(t *testing.T) {
	hostile := `<script>&"'` + strings.Repeat("x", 40)
	for _, c := range []chart{
		{Categories: []string{hostile}, Series: []series{{hostile, []float64{0}}}, Format: countText},
		{Categories: []string{"a", "b"}, Series: []series{{"one", []float64{1, 2}}, {hostile, []float64{3, 0}}, {"three", []float64{0, 1e12}}}, Format: moneyText, Goal: 5},
		{Categories: []string{"a", "b"}, Series: []series{{"one", []float64{1, 2}}, {"two", []float64{3, 0}}}, Format: countText, Stacked: true},
	} {
		for _, width := range []vg.Length{wide, narrow} {
			for _, colours := range []theme{light, dark} {
				body, err := c.picture(width, colours)
				if err != nil {
					t.Fatal(err)
				}
				wellFormed(t, "chart", body)
				if bytes.Contains(body, []byte("<script")) {
					t.Error("a name is written as markup")
				}
				if again, err := c.picture(width, colours); err != nil || !bytes.Equal(body, again) {
					t.Error("the same chart is drawn differently")
				}
			}
		}
	}
}

func TestNiceStep(t *testing.T) {
	for step, want := range map[float64]float64{0.1: 1, 1: 1, 1.1: 2, 3: 5, 6: 10, 11: 20, 49: 50, 51: 100, 1e9 + 1: 2e9} {
		if got := niceStep(step); got != want {
			t.Errorf("niceStep(%v) = %v, want %v", step, got, want)
		}
	}
}

// TestDiagram draws every funnel that the library has: whole, within its frame, with every name escaped.
func TestDiagram(t *testing.T) {
	standard := funnel.Standard()
	evil := funnel.Standard()
	evil.Edges[0].On = `<script>"&`
	evil.Stages[0].Name, evil.Edges[0].From = `<script>"&`, `<script>"&`
	for name, definition := range map[string]funnel.Definition{
		"standard": standard, "waterfall": funnel.Waterfall(), "pipeline": funnel.Pipeline(), "lifecycle": funnel.Lifecycle(), "evil": evil, "empty": {},
	} {
		body := string(diagram(definition))
		wellFormed(t, name, []byte(body))
		if strings.Contains(body, "<script") {
			t.Errorf("%s: a name is written as markup", name)
		}
		frame := regexp.MustCompile(`viewBox="0 0 (\d+) (\d+)" role`).FindStringSubmatch(body)
		width, _ := strconv.Atoi(frame[1])
		height, _ := strconv.Atoi(frame[2])
		for _, m := range regexp.MustCompile(`<(?:rect|text)[^>]* x="(-?\d+)" y="(-?\d+)"(?: width="(\d+)" height="(\d+)")?`).FindAllStringSubmatch(body, -1) {
			x, _ := strconv.Atoi(m[1])
			y, _ := strconv.Atoi(m[2])
			w, _ := strconv.Atoi(m[3])
			h, _ := strconv.Atoi(m[4])
			if x < 0 || y < 0 || x+w > width || y+h > height {
				t.Errorf("%s: %s is outside of %v by %v", name, m[0], width, height)
			}
		}
		if got, want := strings.Count(body, "<rect"), len(definition.Stages); got != want {
			t.Errorf("%s: %d boxes for %d stages", name, got, want)
		}
	}
	body := string(diagram(standard))
	for _, e := range standard.Edges {
		if !strings.Contains(body, ">"+strings.ReplaceAll(string(e.On), "_", " ")+"<") {
			t.Errorf("the picture has no %s", e.On)
		}
		if want := lower(app.StageLabel(e.From)) + " to " + lower(app.StageLabel(e.To)); !strings.Contains(body, want) {
			t.Errorf("the text has no step from %s", want)
		}
	}
	d := open(t)
	d.as("sales/anna").get("/funnel").want(t, http.StatusOK, "Reject asks for a reason", "once the wait is over", "by a person’s decision", "stateDiagram", "No budget")
}
