package web

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/scoring"
)

func TestMoney(t *testing.T) {
	for minor, want := range map[int64]string{
		0: "€0", 1: "€0.01", 99: "€0.99", 100: "€1", 1250: "€12.50", 99_900: "€999", 100_000: "€1,000", 123_456_789: "€1,234,567.89", -5: "−€0.05", -100_000: "−€1,000",
		1<<63 - 1: "€92,233,720,368,547,758.07", -1 << 63: "−€92,233,720,368,547,758.08",
	} {
		if got := money(minor); got != want {
			t.Errorf("money(%d) = %q, want %q", minor, got, want)
		}
	}
	for minor, want := range map[int64]string{0: "€0", 49: "€0", 50: "€1", 149: "€1", 123_456: "€1,235", -150: "−€2"} {
		if got := euros(minor); got != want {
			t.Errorf("euros(%d) = %q, want %q", minor, got, want)
		}
	}
}

// TestReadMoney holds that what is written is read as the same amount.
func TestReadMoney(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		minor := rng.Int64N(1 << rng.IntN(62))
		if got, err := readMoney(money(minor)); err != nil || got != minor {
			t.Fatalf("readMoney(%q) = %d, %v, want %d", money(minor), got, err, minor)
		}
	}
	for text, want := range map[string]int64{"12500": 1_250_000, " 12500.50 ": 1_250_050, "1,250": 125_000, "€ 7": 700, "0.05": 5, "12 500": 1_250_000} {
		if got, err := readMoney(text); err != nil || got != want {
			t.Errorf("readMoney(%q) = %d, %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "€", ".50", "1.5", "1.500", "1,50", "1,2345", ",500", "1,,000", "-1", "+1", "1e5", "0x10", "1_000", "92233720368547758.08", "１"} {
		if got, err := readMoney(text); err == nil {
			t.Errorf("readMoney(%q) = %d, want an error", text, got)
		}
	}
}

func FuzzReadMoney(f *testing.F) {
	for _, seed := range []string{"1", "1,000.50", "€5", "1.", "00", "9223372036854775807"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		minor, err := readMoney(text)
		if err != nil {
			return
		}
		if again, err := readMoney(money(minor)); minor < 0 || err != nil || again != minor {
			t.Errorf("readMoney(%q) = %d, written as %q, read as %d, %v", text, minor, money(minor), again, err)
		}
	})
}

func TestSpan(t *testing.T) {
	for length, want := range map[time.Duration]string{
		0: "less than a minute", 59 * time.Second: "less than a minute", time.Minute: "1 min", 61 * time.Minute: "1 h 1 min", 2 * time.Hour: "2 h",
		24 * time.Hour: "1 day", 25 * time.Hour: "1 day 1 h", 49*time.Hour + 59*time.Minute: "2 days 1 h", 20*24*time.Hour + time.Hour: "20 days",
	} {
		if got := span(length); got != want {
			t.Errorf("span(%v) = %q, want %q", length, got, want)
		}
	}
}

func TestCountdown(t *testing.T) {
	d := open(t)
	s := &site{app: d.app, zone: time.FixedZone("", 7200)}
	due := tuesday.Add(2 * time.Hour)
	until := due.Add(15 * time.Hour)
	for _, c := range []struct {
		now  time.Time
		want string
	}{
		{tuesday, "in 2 h"}, {due, "in less than a minute"}, {due.Add(time.Hour), "due now, in time for 14 h"}, {until, "due now, in time for less than a minute"},
		{until.Add(time.Minute), "1 min late"},
	} {
		d.now = c.now
		if got := s.countdown(due, until); got != c.want {
			t.Errorf("at %v: %q, want %q", c.now, got, c.want)
		}
	}
	if got := s.countdown(time.Time{}, time.Time{}); got != "" {
		t.Errorf("without a deadline: %q", got)
	}
	if got := s.at(tuesday) + "|" + s.day(tuesday.Add(14*time.Hour)) + "|" + s.at(time.Time{}) + "|" + s.day(time.Time{}); got != "16 Jun 2026, 11:30|17 Jun 2026|–|–" {
		t.Errorf("instants in a zone: %s", got)
	}
}

func TestPoints(t *testing.T) {
	for p, want := range map[scoring.Points]string{0: "0", 25 * scoring.Point: "+25", -20 * scoring.Point: "−20", 12_340_000: "+12.3", 12_350_000: "+12.4", -12_350_000: "−12.4", 40_000: "+0"} {
		if got := points(p); got != want {
			t.Errorf("points(%d) = %q, want %q", p, got, want)
		}
	}
}

func TestWords(t *testing.T) {
	for _, c := range [][2]string{
		{words(funnel.Reason("no_budget")), "No budget"}, {words(""), ""}, {sentence("österreich"), "Österreich"}, {lower("Économie"), "économie"}, {lower(""), ""},
		{rule("fit/mid_size"), "Mid size"}, {rule("fit"), "Fit"}, {reason("mid_size +11.72592"), "Mid size +11.7"}, {reason("private_mail -20"), "Private mail −20"}, {reason("odd line"), "Odd line"}, {reason("odd"), "Odd"}, {band(""), "none"}, {band("A1"), "a"}, {band("hot"), "other"}, {band(`"><b>`), "other"},
		{plural(1, "lead"), "1 lead"}, {plural(50_000, "lead"), "50,000 leads"}, {share(1, 3), "33 %"}, {share(1, 0), "–"}, {percent(nil), "–"},
		{baseName("last-non-direct (\"direct\") within 180d"), "last-non-direct"}, {baseName("markov, order 1"), "markov"}, {fraction("4/5"), "80 %"}, {fraction("x"), "x"},
		{plain(`handoff: accept of case "L-\"1" at version 3: nobody has accepted the lead`), "nobody has accepted the lead"},
		{plain(`"open" at stage "sal": not permitted here; possible are "a"`), "not possible from where the lead stands"}, {plain("funnel: a: b"), "a: b"}, {plain("a"), "a"},
		{plain("the latest offer has ended as accepted; if time has passed, give the desk a tick"), "the latest offer has ended as accepted"},
		{moneyText(99_999), "€1000"}, {moneyText(12_345_678), "€123k"}, {moneyText(150_000_000), "€1.5M"}, {moneyText(2_000_000_000), "€20M"}, {countText(12345), "12,345"},
	} {
		if c[0] != c[1] {
			t.Errorf("%q, want %q", c[0], c[1])
		}
	}
	if _, err := dict("a"); err == nil {
		t.Error("a name without a value is taken")
	}
	if _, err := dict(1, 2); err == nil || !strings.Contains(err.Error(), "no text") {
		t.Error("a name that is no text is taken")
	}
}

func TestReadField(t *testing.T) {
	berlin := time.FixedZone("", 3600)
	for _, c := range []struct {
		kind              funnel.FieldType
		text, value, says string
	}{
		{funnel.FieldText, " hello ", "hello", ""}, {funnel.FieldText, "  ", "", ""}, {funnel.FieldMoney, "12.50", "1250", ""}, {funnel.FieldMoney, "much", "", "Write an amount"},
		{funnel.FieldTime, "2026-03-01T09:00", "2026-03-01T08:00:00Z", ""}, {funnel.FieldTime, "2026-03-01T09:00:30", "2026-03-01T08:00:30Z", ""},
		{funnel.FieldTime, "soon", "", "Write a day and a time"}, {funnel.FieldDate, "2026-03-01", "2026-03-01", ""}, {funnel.FieldList, "a, b", "a, b", ""},
	} {
		value, problem := readField(funnel.Field{Name: "f", Type: c.kind}, c.text, berlin)
		if value != c.value || !strings.HasPrefix(problem, c.says) || (problem == "") != (c.says == "") {
			t.Errorf("readField(%s, %q) = %q, %q, want %q, %q", c.kind, c.text, value, problem, c.value, c.says)
		}
	}
	for _, kind := range []funnel.FieldType{funnel.FieldList, funnel.FieldID, funnel.FieldMoney} {
		if fieldHint(kind) == "" {
			t.Errorf("there is no hint for %s", kind)
		}
	}
}
