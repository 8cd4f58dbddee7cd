package browser_test

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/leadloop/leadloop/examples/crm/app"
)

// shot keeps a picture of the page in both sizes.
func (b *browser) shot(name string) {
	b.t.Helper()
	dir := os.Getenv("CRM_SCREENSHOTS")
	if dir == "" {
		return
	}
	for _, width := range []int64{390, 1280} {
		b.size(width, "light")
		image := ask(b, name, chromedp.FullScreenshot(100))
		if err := os.WriteFile(filepath.Join(dir, "loop-"+name+"-"+strconv.FormatInt(width, 10)+".png"), image, 0o600); err != nil {
			b.t.Fatal(err)
		}
	}
}

// cell reads a figure of the report: the row and the column by their names.
func (b *browser) cell(row, column string) int64 {
	b.t.Helper()
	text := ask(b, "read "+row, chromedp.Evaluate[string](`[...document.querySelectorAll("tbody tr")].filter(r => r.cells[0].innerText === `+strconv.Quote(row)+`)
		.map(r => r.querySelector('[data-name=`+column+`]')?.innerText ?? "").join("")`))
	n, err := strconv.ParseInt(strings.ReplaceAll(text, ",", ""), 10, 64)
	if err != nil && text != "" {
		b.t.Fatalf("the report has %q for %s, %s", text, row, column)
	}
	return n
}

// TestLoop goes once around: sales accepts a lead and recycles another, and must say what it owes; marketing finds that one on its track,
// and both departments find it in the report.
func TestLoop(t *testing.T) {
	need(t, "chromium", "chromium-browser", "google-chrome")
	var sales string
	var offered, working app.Row
	database := demo(t, 200, func(ctx context.Context, a *app.App) { sales, offered, working = desk(t, ctx, a) })
	b := open(t, start(t, database))
	b.size(1280, "light")

	b.visit("/leads/" + offered.ID)
	b.says("h1", "Sign in") // nobody sees a lead without it
	b.enter(sales)
	b.says("h1", offered.Label) // and then it goes on to where one wanted to go

	b.visit("/report")
	accepted, recycled := b.cell("Accepted", "Offers"), b.cell("No authority", "Recycled")

	b.visit("/")
	b.says("main", offered.Label)
	b.click(`a[href="/leads/` + offered.ID + `"]`)
	b.shot("offered")
	b.click(`form[action$="/do/accept"] button`)
	b.says("[role=status]", "You have accepted the lead")
	b.says("#history + ol li", "Accepted by")
	b.shot("accepted")

	// Timing asks for a date. Without it the lead stays where it is, and the page says so at the field.
	b.visit("/?list=working")
	b.click(`a[href="/leads/` + working.ID + `"]`)
	b.click(`a[href$="/do/recycle"]`)
	b.click(`button[name=next]`) // without a reason
	b.says("#reason", "Choose a reason first")
	b.shot("reasons")
	b.do("choose", chromedp.Click(chromedp.CSS(`input[value=timing]`)))
	b.click(`button[name=next]`)
	b.click(`form button.main`)
	b.says("[role=alert]", "Nothing has been done yet")
	b.says(`[id="field.revisit_at-wrong"]`, "This is owed")
	if invalid := ask(b, "look", chromedp.Evaluate[string](`document.getElementById("field.revisit_at").getAttribute("aria-invalid")`)); invalid != "true" {
		t.Errorf("the field that is missing is not marked as invalid, but %q", invalid)
	}
	b.shot("refused")

	// Another reason owes nothing more.
	b.click(`a[href$="/do/recycle"]`)
	b.do("choose", chromedp.Click(chromedp.CSS(`input[value=no_authority]`)))
	b.click(`button[name=next]`)
	b.do("note", chromedp.SendKeys(chromedp.CSS(`#note`), `Asks <b>her</b> boss; "later"`))
	b.click(`form button.main`)
	b.says("[role=status]", "back with marketing")
	b.says("#history + ol li", "Recycled")
	b.says("#history + ol li", `Asks <b>her</b> boss; "later"`)
	b.shot("recycled")
	b.signOut()

	b.signIn("marketing/max")
	b.visit("/?list=returned")
	b.says("main", working.Label)
	track := ask(b, "track", chromedp.Evaluate[string](`document.querySelector('a[href="/leads/`+working.ID+`"]').closest("tr").innerText`))
	if !strings.Contains(track, "track find") {
		t.Errorf("marketing sees the lead as %q, not on the track to find the one who decides", track)
	}
	b.shot("returned")
	b.visit("/report")
	if got := b.cell("Accepted", "Offers"); got != accepted+1 {
		t.Errorf("the report has %d accepted offers, want %d", got, accepted+1)
	}
	if got := b.cell("No authority", "Recycled"); got != recycled+1 {
		t.Errorf("the report has %d leads recycled for want of authority, want %d", got, recycled+1)
	}
	b.shot("report")
}
