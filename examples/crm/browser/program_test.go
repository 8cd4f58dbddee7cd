package browser_test

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/leadloop/leadloop/examples/crm/app"
	"github.com/leadloop/leadloop/examples/crm/store"
)

const password = "open sesame"

// need skips the test if a program is missing, but fails where the machine is one that must have it.
func need(t *testing.T, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("none of %v is installed", names)
	}
	t.Skipf("none of %v is installed", names)
	return ""
}

// demo fills a database and returns its address.
func demo(t *testing.T, leads int, look func(ctx context.Context, a *app.App)) string {
	t.Helper()
	ctx, address := context.Background(), "file:"+filepath.Join(t.TempDir(), "crm.db")
	s, err := store.Open(ctx, address)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	a, err := app.New(ctx, s, app.Options{})
	if err == nil {
		err = a.Seed(ctx, leads)
	}
	if err != nil {
		t.Fatal(err)
	}
	look(ctx, a)
	return address
}

// start builds the program, starts it over a database and returns where its pages are. It is stopped when the test ends, and must
// then end without an error.
func start(t *testing.T, database string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "crm")
	if out, err := exec.Command("go", "build", "-o", binary, "..").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	program := exec.Command(binary, "-addr", "127.0.0.1:0", "-dsn", database, "-seed", "0", "-password", password)
	program.Stderr = os.Stderr
	out, err := program.StdoutPipe()
	if err == nil {
		err = program.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		program.Process.Signal(syscall.SIGTERM)
		if err := program.Wait(); err != nil {
			t.Errorf("the program ended with %v", err)
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	_, address, _ := strings.Cut(line, "Pages at ")
	address, _, found := strings.Cut(address, ",")
	if !found {
		t.Fatalf("the program says %q, not where its pages are", line)
	}
	return strings.TrimSuffix(address, "/")
}

// A browser is a window of Chromium. Everything it does ends within a minute.
type browser struct {
	t    *testing.T
	ctx  context.Context
	base string
}

func open(t *testing.T, base string) *browser {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(need(t, "chromium", "chromium-browser", "google-chrome")))
	for _, name := range []string{"no-sandbox", "disable-gpu", "disable-quic", "disable-background-networking", "disable-component-update", "disable-sync"} {
		options = append(options, chromedp.Flag(name, true))
	}
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	b := &browser{t, ctx, base}
	if err := chromedp.Do(ctx); err != nil { // starts it: without a deadline, for that would end it
		t.Fatal(err)
	}
	return b
}

// ask lets the browser do something and returns what it says.
func ask[T any](b *browser, what string, action chromedp.Action[T]) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
	defer cancel()
	answer, err := chromedp.Run(ctx, action)
	if err != nil {
		b.t.Fatalf("%s: %v", what, err)
	}
	return answer
}

func (b *browser) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ask(b, what, chromedp.Steps(steps...))
}

// visit opens a page by its path, or by its address.
func (b *browser) visit(path string) {
	b.t.Helper()
	if strings.HasPrefix(path, "/") {
		path = b.base + path
	}
	b.do("open "+path, chromedp.Navigate(path))
}

// click clicks what leads to another page, and waits for that.
func (b *browser) click(selector string) {
	b.t.Helper()
	ask(b, "click "+selector, func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.RunResponse(ctx, chromedp.Click(chromedp.CSS(selector)))
		return chromedp.Void{}, err
	})
}

// text is what a part of the page says.
func (b *browser) text(selector string) string {
	b.t.Helper()
	return ask(b, "read "+selector, chromedp.Evaluate[string](`document.querySelector(`+strconv.Quote(selector)+`)?.innerText ?? ""`))
}

// says checks that a part of the page says something.
func (b *browser) says(selector, want string) {
	b.t.Helper()
	if got := b.text(selector); !strings.Contains(got, want) {
		b.t.Errorf("%s says %q, want %q in it", selector, got, want)
	}
}

// signIn signs in as somebody, such as "sales/anna".
func (b *browser) signIn(who string) {
	b.t.Helper()
	b.visit("/sign-in")
	b.enter(who)
}

// enter fills in the form of the page for signing in.
func (b *browser) enter(who string) {
	b.t.Helper()
	b.do("fill in", chromedp.SetValue(chromedp.CSS("#user"), who), chromedp.SendKeys(chromedp.CSS("#password"), password))
	b.click("button.main")
	_, name, _ := strings.Cut(who, "/")
	b.says(".who", strings.ToUpper(name[:1])+name[1:])
}

func (b *browser) signOut() {
	b.t.Helper()
	b.click(".signed button")
	b.says("h1", "Sign in")
}

// size makes the window so wide, light or dark.
func (b *browser) size(width int64, scheme string) {
	b.t.Helper()
	b.do("resize", chromedp.EmulateViewport(width, 900), chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		feature := &emulation.MediaFeature{Name: "prefers-color-scheme", Value: scheme}
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{feature}})
		return err
	}))
}
