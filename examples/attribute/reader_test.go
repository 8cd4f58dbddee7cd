package main

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/leadloop/leadloop/attribution"
)

func checkTable(t testing.TB, text string, digits, buffer int) {
	t.Helper()
	want, got := readTable(text, digits), fastTable(t, text, digits, buffer, rowLimit)
	if want.fatal != got.fatal || !slices.Equal(want.rows, got.rows) || !sameLines(got.wrong, want.wrong) {
		t.Fatalf("%q, %d digits, buffer of %d:\ngot  %+v\nwant %+v", text, digits, buffer, got, want)
	}
}

func checkLog(t testing.TB, text string, digits, buffer int) {
	t.Helper()
	want, got := readLog(text, digits), fastLog(t, text, digits, buffer, rowLimit)
	if want.fatal != got.fatal || !slices.Equal(want.rows, got.rows) || !sameLines(got.wrong, want.wrong) {
		t.Fatalf("%q, %d digits, buffer of %d:\ngot  %+v\nwant %+v", text, digits, buffer, got, want)
	}
}

// hostile makes rows of cells that are mostly sound, and now and then breaks one, or what holds them together.
type hostile struct{ *rand.Rand }

func (h hostile) one(of ...string) string { return of[h.IntN(len(of))] }

// odd reports whether to do something unusual.
func (h hostile) odd() bool { return h.IntN(40) == 0 }

func (h hostile) channel() string {
	if h.odd() {
		return h.one("", " ", "\x00", "a\x00", "\xff\xfe", "ä", "日本語のチャンネル", "12345678", "123456789", "123456780", "a,b", "a\"b", "a\nb", "a\r\nb", strings.Repeat("long ", 30))
	}
	return h.one("a", "b", "email", "search", "paid search", "affiliates", "sponsored content")
}

func (h hostile) count() string {
	if h.odd() {
		return h.one("", "-1", "1.0", "1.5", "+1", "1e3", "x", "00012", "9223372036854775807", "9223372036854775808", "99999999999999999999999", " 7 ", "1_0", "٣", "-0", "\x00")
	}
	return h.one("0", "1", "2", "17")
}

func (h hostile) amount() string {
	if h.odd() {
		return h.one("", ".5", "5.", ".", "-5", "+5", "1e3", "1.2.3", "NaN", "Inf", "0x10", "92233720368547758.07", "92233720368547758.08", "9223372036854775807", "0.000", "1,5", " 3.5 ", "12.345", "-", "5-", "5.-1")
	}
	return h.one("0", "10", "2.5", "3.25", "0.01", "120.00")
}

func (h hostile) time() string {
	if h.odd() {
		return h.one("", "2026-02-29", "2024-02-29", "1900-02-29", "2000-02-29", "2100-02-29", "1699-12-31", "1700-01-01", "2199-12-31T23:59:59Z", "2200-01-01", "0000-00-00", "2026-13-01", "2026-01-32", "2026-01-01T24:00:00Z",
			"2026-01-01T23:59:60Z", "2026-1-1", "2026-01-01T10:00:00", "2026-01-01 10:00:00Z", "2026-01-01t10:00:00z", "2026-01-01T10:00:00.5Z", "2026-01-01T10:00:00,5Z", "2026-01-01 10:00:00.123456789", "2026-01-01T10:00:00-23:59", "1969-12-31T23:59:59Z",
			"2200-01-01T01:00:00+02:00", "10:00", "2026/01/01", "-026-01-01", "2026-01-01T1a:00:00Z", "2026-01-01T10-00:00Z", " 2026-06-15 ")
	}
	return h.one("2026-01-01", "2026-03-31 23:59:59", "2024-12-31T12:30:00Z", "2025-06-30T00:00:00+02:00", "1970-01-01", "2199-12-31", "2026-02-28 00:00:00")
}

// cell quotes what needs it, and sometimes what does not.
func (h hostile) cell(text string) string {
	if strings.ContainsAny(text, "\",\n") && !h.odd() || h.IntN(20) == 0 {
		return `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
	}
	return text
}

// file puts rows together.
func (h hostile) file(header []string, cell func(column string) string) string {
	var b strings.Builder
	if h.IntN(5) == 0 {
		b.WriteString("\xef\xbb\xbf")
	}
	end := h.one("\n", "\n", "\r\n")
	columns := slices.Clone(header)
	if h.IntN(3) == 0 {
		h.Shuffle(len(columns), func(i, k int) { columns[i], columns[k] = columns[k], columns[i] })
	}
	if h.IntN(30) == 0 {
		columns = columns[1:]
	}
	if h.IntN(10) == 0 {
		columns = append(columns, h.one("extra", "", "path", "cost", "campaign", "journey"))
	}
	for i, name := range columns {
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString(h.cell(h.one(name, name, name, " "+name, strings.ToUpper(name))))
	}
	b.WriteString(end)
	for range h.IntN(12) {
		for i, name := range columns {
			if i > 0 {
				b.WriteString(",")
			}
			b.WriteString(h.cell(cell(strings.TrimSpace(name))))
			if h.IntN(300) == 0 {
				b.WriteString(h.one(`"`, `""`, ",", "\n", "\r", "\r\n", " "))
			}
		}
		if h.odd() {
			b.WriteString(h.one("\r", "\n", "\r\n\r\n", ",", " "))
		}
		b.WriteString(end)
	}
	text := b.String()
	if h.IntN(4) == 0 {
		text = strings.TrimRight(text, "\r\n")
	}
	if h.IntN(20) == 0 {
		text = text[:h.IntN(len(text)+1)]
	}
	return text
}

func (h hostile) table() string {
	return h.file(columns[pathTable].required, func(column string) string {
		switch column {
		case "path":
			steps := []string{h.channel()}
			for h.IntN(3) > 0 {
				steps = append(steps, h.channel())
			}
			if h.odd() {
				steps = append(steps, "")
			}
			return strings.Join(steps, h.one(">", " > ", "  >\t"))
		case "total_conversion_value":
			return h.amount()
		}
		return h.count()
	})
}

func (h hostile) log() string {
	return h.file(append(slices.Clone(columns[touchLog].required), columns[touchLog].optional...), func(column string) string {
		switch column {
		case "at":
			return h.time()
		case "cost":
			return h.one(h.amount(), "")
		case "channel":
			return h.channel()
		}
		return h.one("L-1", "L-2", "lead-000000001", "lead-000000002", h.channel(), "x")
	})
}

func TestReaderAgreesWithAReference(t *testing.T) {
	h := hostile{rand.New(rand.NewPCG(1, 2))}
	taken, refused := 0, 0
	for range 3_000 {
		text, buffer := h.table(), 1+h.IntN(100)
		checkTable(t, text, h.IntN(4), buffer)
		want := readTable(text, 2)
		taken += len(want.rows)
		refused += len(want.wrong)
		checkLog(t, h.log(), h.IntN(4), buffer)
	}
	if taken < 3_000 || refused < 3_000 {
		t.Errorf("%d rows taken, %d refused: the inputs tell too little", taken, refused)
	}
}

// Whatever bytes come, in whatever order.
func TestReaderOfNoise(t *testing.T) {
	h := hostile{rand.New(rand.NewPCG(3, 4))}
	pieces := []string{`"`, `""`, ",", ">", " ", "\r", "\n", "\r\n", "a", "1", "0", "-", ".", "\x00", "\xff", ",1,1,1\n", "a>b,1,1,1", "2026-01-01"}
	for range 3_000 {
		text := h.one("path,total_conversions,total_conversion_value,total_null\n", "total_null,PATH,total_conversion_value,total_conversions\r\n")
		log := "journey,at,channel\n"
		for range h.IntN(30) {
			piece := h.one(pieces...)
			text += piece
			log += piece
		}
		checkTable(t, text, 2, 1+h.IntN(40))
		checkLog(t, log, 2, 1+h.IntN(40))
	}
}

func TestLongRows(t *testing.T) {
	const header = "path,total_conversions,total_conversion_value,total_null\n"
	long := strings.Repeat("a > ", 60) + "b"
	for _, c := range []struct {
		text  string
		rows  int
		wrong []int
	}{
		{header + "a,1,1,1\n" + long + ",1,1,1\nb,1,1,1\n", 2, []int{3}},
		{header + "a,1,1,1\n" + long + ",1,1,1", 1, []int{3}},
		{header + "\"" + long + "\n" + long + "\",1,1,1\nb,1,1,1\n", 1, []int{2, 3}},
		{header + "\"a,1,1,1\n" + strings.Repeat("b,1,1,1\n", 40), 40, []int{2}},
	} {
		got := fastTable(t, c.text, 2, 16, 128)
		if len(got.rows) != c.rows || !slices.Equal(got.wrong, c.wrong) {
			t.Errorf("%q: %d rows, wrong %v, want %d and %v", c.text, len(got.rows), got.wrong, c.rows, c.wrong)
		}
	}
	// As long as they may be, such rows are read.
	checkTable(t, header+long+",1,1,1\n\""+long+"\n > c\",1,1,1\n", 2, 16)
}

// The whole program, on whatever comes: a report whose parts sum to what the reference has read, or a reason.
func TestProgramOnHostileFiles(t *testing.T) {
	h := hostile{rand.New(rand.NewPCG(11, 12))}
	reports := 0
	for range 300 {
		text := h.table()
		want := readTable(text, 2)
		var total attribution.Counts
		for _, c := range want.counts {
			total.Conversions += c.Conversions
			total.Value += c.Value
			total.Nulls += c.Nulls
		}
		if total.Conversions > 1<<40 || total.Value > 1<<40 || total.Nulls > 1<<40 {
			continue // times the touches they may not fit
		}
		model := h.one("first", "linear", "u", "markov", "shapley", "ordered", "shao-li")
		out, errs, code := call("-lenient", "-model", model, "-format", "json", write(t, "paths.csv", text))
		var d document
		switch {
		case code == 1 && (want.fatal || len(want.rows) == 0 || model == "markov" && total.Conversions == 0):
			if out != "" || errs == "" {
				t.Errorf("%q: %q, %q", text, out, errs)
			}
			continue
		case code != 0:
			t.Fatalf("%q: code %d, %s", text, code, errs)
		}
		if err := json.Unmarshal([]byte(out), &d); err != nil {
			t.Fatal(err)
		}
		reports++
		sum := attribution.Counts{Nulls: total.Nulls}
		for _, c := range d.Channels {
			sum.Conversions += c.Conversions
			sum.Value += c.Value
		}
		if d.Totals.Counts != total || sum != total || d.Skipped != len(want.wrong) {
			t.Errorf("%q by %s: totals %+v, sums %+v, %d skipped, want %+v, %d", text, model, d.Totals.Counts, sum, d.Skipped, total, len(want.wrong))
		}
		for _, format := range []string{"csv", "table"} {
			if out, _, code := call("-lenient", "-model", model, "-format", format, write(t, "paths.csv", text)); code != 0 || out == "" {
				t.Errorf("%q: code %d", text, code)
			}
		}
	}
	if reports < 100 {
		t.Errorf("%d reports tell too little", reports)
	}
}

func FuzzTable(f *testing.F) {
	h := hostile{rand.New(rand.NewPCG(5, 6))}
	for range 20 {
		f.Add(h.table(), byte(2), byte(30))
	}
	f.Fuzz(func(t *testing.T, text string, digits, buffer byte) {
		checkTable(t, text, int(digits)%19, 1+int(buffer))
	})
}

func FuzzLog(f *testing.F) {
	h := hostile{rand.New(rand.NewPCG(7, 8))}
	for range 20 {
		f.Add(h.log(), byte(2), byte(30))
	}
	f.Fuzz(func(t *testing.T, text string, digits, buffer byte) {
		checkLog(t, text, int(digits)%19, 1+int(buffer))
	})
}
