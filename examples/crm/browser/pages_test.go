package browser_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/leadloop/leadloop/examples/crm/app"
)

// axe installs axe-core in the version of package-lock.json, and returns its text.
func axe(t *testing.T) string {
	t.Helper()
	npm, dir := need(t, "npm"), t.TempDir()
	for _, name := range []string{"package.json", "package-lock.json"} {
		body, err := os.ReadFile(name)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), body, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	install := exec.Command(npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	install.Dir = dir
	if out, err := install.CombinedOutput(); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("npm ci: %v\n%s", err, out)
		}
		t.Skipf("npm ci: %v\n%s", err, out)
	}
	body, err := os.ReadFile(filepath.Join(dir, "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// violations lists what axe-core finds on the page.
const violations = `axe.run(document, {resultTypes: ["violations"]}).then(r => JSON.stringify(r.violations.map(v =>
	({id: v.id, impact: v.impact, help: v.help, nodes: v.nodes.slice(0, 5).map(n => n.html.slice(0, 200) + " | " + n.failureSummary)}))))`

type violation struct {
	ID, Impact, Help string
	Nodes            []string
}

// spills lists what does not fit: a page that is wider than the window, text that is cut, short words that are broken, and boxes of text that lie over each other.
const spills = `(() => {
	const list = [], wide = document.documentElement.scrollWidth - window.innerWidth;
	if (wide > 0) list.push("the page is " + wide + " px wider than the window");
	const scrolls = e => e.closest(".scroll, pre, textarea, svg, .hidden, .skip, details:not([open])") || getComputedStyle(e).clipPath !== "none";
	const seen = [];
	for (const e of document.querySelectorAll("body *")) {
		const own = [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
		if (!own || scrolls(e) || e.closest("thead")) continue;
		const box = e.getBoundingClientRect();
		if (box.width === 0) continue;
		if (box.left < -1 || box.right > window.innerWidth + 1) list.push("outside: " + e.textContent.trim().slice(0, 60));
		if (getComputedStyle(e).display !== "inline" && e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0) list.push("cut: " + e.textContent.trim().slice(0, 60));
		for (const n of e.childNodes) {
			if (n.nodeType !== 3 || !n.data.trim()) continue;
			const range = document.createRange(); range.selectNodeContents(n);
			for (const word of n.data.matchAll(/[^\s-]+/g)) {
				range.setStart(n, word.index); range.setEnd(n, word.index + word[0].length);
				if (word[0].length < 20 && new Set([...range.getClientRects()].map(r => Math.round(r.top))).size > 1) list.push("broken: " + word[0]);
			}
			range.selectNodeContents(n);
			for (const r of range.getClientRects()) if (r.width > 2) seen.push({e, r, t: n.data.trim().slice(0, 40)});
		}
	}
	seen.sort((a, b) => a.r.top - b.r.top);
	for (let i = 0; i < seen.length; i++) for (let k = i + 1; k < seen.length && seen[k].r.top < seen[i].r.bottom - 4; k++) {
		const a = seen[i].r, b = seen[k].r;
		if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 6)
			list.push("overlap: " + seen[i].t + " / " + seen[k].t);
	}
	return list.slice(0, 10);
})()`

// TestSpills shows that what does not fit is found.
func TestSpills(t *testing.T) {
	b := open(t, "")
	b.size(390, "light")
	for page, want := range map[string]string{
		`<p>all is well</p>`: "", `<p style="width:2000px">wide</p>`: "wider than the window", `<p style="width:50px;overflow:hidden;white-space:nowrap">much too long for this</p>`: "cut: ",
		`<p style="width:40px;overflow-wrap:anywhere">Qualification</p>`: "broken: Qualification", `<p style="margin:0">one text</p><p style="margin-top:-15px">another text</p>`: "overlap: ",
	} {
		b.visit("data:text/html," + url.PathEscape(`<meta name="viewport" content="width=device-width">`+page))
		if got := strings.Join(ask(b, page, chromedp.Evaluate[[]string](spills)), "; "); (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%s: found %q, want %q", page, got, want)
		}
	}
}

// TestPages looks at every page in every size and scheme: nothing is cut or overlaps, axe-core finds nothing serious, no picture is
// broken. Pictures of all of them are kept for people to look at.
func TestPages(t *testing.T) {
	need(t, "chromium", "chromium-browser", "google-chrome")
	script := axe(t)
	pictures := os.Getenv("CRM_SCREENSHOTS")
	if pictures == "" {
		pictures = t.TempDir()
	}
	var sales string
	leads := map[string]string{} // by the name of their picture
	database := demo(t, 200, func(ctx context.Context, a *app.App) {
		var offered, working app.Row
		sales, offered, working = desk(t, ctx, a)
		leads["offered"], leads["working"] = offered.ID, working.ID
		leads["existing"] = existing(t, ctx, a)
	})
	b := open(t, start(t, database))
	pages := []struct{ who, name, path string }{
		{"", "sign-in", "/sign-in"},
		{sales, "inbox-sales", "/"}, {sales, "lead-offered", "/leads/" + leads["offered"]}, {sales, "lead-working", "/leads/" + leads["working"]},
		{sales, "reject", "/leads/" + leads["offered"] + "/do/reject"}, {sales, "recycle", "/leads/" + leads["working"] + "/do/recycle?reason=no_budget"},
		{sales, "attempt", "/leads/" + leads["working"] + "/do/attempt"}, {sales, "pipeline-sales", "/pipeline"}, {sales, "error-forbidden", "/audit"},
		{"marketing/max", "lead-existing", "/leads/" + leads["existing"]}, {"marketing/max", "inbox-marketing", "/"}, {"marketing/max", "returned", "/?list=returned"}, {"marketing/max", "import", "/imports"},
		{"marketing/max", "privacy-marketing", "/leads/" + leads["offered"] + "/privacy"},
		{"admin/maria", "inbox-admin", "/"}, {"admin/maria", "inbox-of-anna", "/?owner=anna&list=working"}, {"admin/maria", "report", "/report"}, {"admin/maria", "pipeline", "/pipeline"},
		{"admin/maria", "model", "/model"}, {"admin/maria", "model-won", "/model?target=win"}, {"admin/maria", "funnel", "/funnel"},
		{"admin/maria", "documents", "/documents"}, {"admin/maria", "document", "/documents/model/1"}, {"admin/maria", "adopt", "/documents/model/new"},
		{"admin/maria", "effects", "/effects"}, {"admin/maria", "audit", "/audit"}, {"admin/maria", "privacy", "/leads/" + leads["offered"] + "/privacy"},
		{"admin/maria", "search", "/search?q=a"}, {"admin/maria", "error-not-found", "/nothing"},
	}
	who := ""
	for _, page := range pages {
		if page.who != who {
			if who != "" {
				b.signOut()
			}
			b.size(1280, "light")
			b.signIn(page.who)
			who = page.who
		}
		for _, width := range []int64{1280, 390} {
			for _, scheme := range []string{"light", "dark"} {
				b.size(width, scheme)
				b.visit(page.path)
				if h1, failed := b.text("h1"), strings.HasPrefix(page.name, "error-"); (h1 == "Forbidden" || h1 == "Not Found" || h1 == "Internal Server Error") != failed {
					t.Fatalf("%s is the page %q", page.path, h1)
				}
				where := fmt.Sprintf("%s-%d-%s", page.name, width, scheme)
				b.look(where, filepath.Join(pictures, where+".png"), script)
			}
		}
	}
}

// look checks the page that is shown.
func (b *browser) look(where, picture, axe string) {
	b.t.Helper()
	ask(b, where, chromedp.Evaluate[int](axe+";0"))
	broken := ask(b, where, chromedp.Evaluate[[]string](`[...document.images].filter(i => !i.complete || !i.naturalWidth).map(i => i.currentSrc)`))
	spilled := ask(b, where, chromedp.Evaluate[[]string](spills))
	found := ask(b, where, chromedp.Evaluate[string](violations, chromedp.EvalAwaitPromise))
	image := ask(b, where, chromedp.FullScreenshot(100))
	if err := os.WriteFile(picture, image, 0o600); err != nil {
		b.t.Fatal(err)
	}
	for _, text := range spilled {
		b.t.Errorf("%s: %s", where, text)
	}
	for _, source := range broken {
		b.t.Errorf("%s: broken picture %s", where, source)
	}
	var list []violation
	if err := json.Unmarshal([]byte(found), &list); err != nil {
		b.t.Fatal(err)
	}
	for _, v := range list {
		report := b.t.Logf
		if v.Impact == "serious" || v.Impact == "critical" {
			report = b.t.Errorf
		}
		report("%s: %s (%s): %s\n%s", where, v.ID, v.Impact, v.Help, strings.Join(v.Nodes, "\n"))
	}
}

// desk finds somebody of sales with a lead on offer and another in work.
func desk(t *testing.T, ctx context.Context, a *app.App) (who string, offered, working app.Row) {
	t.Helper()
	for _, user := range a.Users() {
		if user.Role != app.Sales {
			continue
		}
		var lists [2][]app.Row
		for i, filter := range []string{"offered", "working"} {
			inbox, err := a.Inbox(ctx, user, app.InboxQuery{Filter: filter})
			if err != nil {
				t.Fatal(err)
			}
			lists[i] = inbox.Rows
		}
		if len(lists[0]) > 0 && len(lists[1]) > 0 {
			return "sales/" + user.ID, lists[0][0], lists[1][0]
		}
	}
	t.Fatal("nobody of sales has a lead on offer and another in work: change the size of the demo")
	return "", app.Row{}, app.Row{}
}

// existing brings a lead to sales whose account has an open opportunity already.
func existing(t *testing.T, ctx context.Context, a *app.App) (lead string) {
	t.Helper()
	for _, user := range []string{"first", "second"} {
		fields := map[string]string{"name": "Somebody " + user, "email": user + "@firm.example", "company": "A firm with a rather long name GmbH & Co. KG", "account": "firm",
			"industry": "software", "employees": "300", "country": "DE", "seniority": "director", "phone": "1"}
		_, err := a.Ingest(ctx, []app.Message{{ID: user + "1", User: user, Fields: fields}, {ID: user + "2", User: user, Kind: "demo_request"}, {ID: user + "3", User: user, Kind: "trial"}})
		if err == nil {
			_, err = a.Step(ctx)
		}
		if err != nil {
			t.Fatal(err)
		}
		rows, err := a.Search(ctx, app.User{}, "somebody "+user)
		if err != nil || len(rows) != 1 {
			t.Fatal(rows, err)
		}
		lead = rows[0].ID
		for _, command := range []string{app.Accept, app.Attempt, app.Qualify, app.Open} {
			page, err := a.Lead(ctx, app.User{}, lead)
			if err == nil && user == "first" {
				err = a.Do(ctx, app.User{ID: page.Owner, Role: app.Sales}, lead, app.Request{Command: command, Version: page.Version, Reached: true})
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	return lead
}
