package main

import (
	"encoding/csv"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/leadloop/leadloop/attribution"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// call runs the program.
func call(args ...string) (out, errs string, code int) {
	var o, e strings.Builder
	code = run(args, &o, &e)
	return o.String(), e.String(), code
}

// write makes a file of the test.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s differs:\n%s", path, got)
	}
}

const header = "path,total_conversions,total_conversion_value,total_null\n"

// hand is small enough to be worked out with a pencil: 8 conversions worth 12.00.
const hand = header + "a > b > a,3,6.00,1\nb,1,2,0\n\"c\" > b,4,4.00,2\nd,0,0,9\n"

// With bare quotes the third row would be broken: it is written as encoding/csv wants it.
var byHand = strings.Replace(hand, `"c" > b`, `"c > b"`, 1)

func TestModelsByHand(t *testing.T) {
	file := write(t, "paths.csv", byHand)
	const plain = "channel,conversion_share,value_share,conversions,value\n"
	const none = "d,0,0,0,0.00\n"
	for _, c := range []struct{ flags, want string }{
		// Last: a 3 worth 6, b 1+4 worth 2+4.
		{"", plain + "a,0.375,0.5,3,6.00\nb,0.625,0.5,5,6.00\nc,0,0,0,0.00\n" + none},
		{"-model first", plain + "a,0.375,0.5,3,6.00\nb,0.125,0.16666666666666666,1,2.00\nc,0.5,0.3333333333333333,4,4.00\n" + none},
		// Linear: a ⅔ of 3 and of 6; b ⅓ of 3 and 6, all of 1 and 2, ½ of 4 and 4; c the other half.
		{"-model LINEAR", plain + "a,0.25,0.3333333333333333,2,4.00\nb,0.5,0.5,4,6.00\nc,0.25,0.16666666666666666,2,2.00\n" + none},
		// U: a 80 % of 3 = 2.4 and of 6 = 4.8; b 0.6 + 1 + 2 = 3.6 and 1.2 + 2 + 2 = 5.2; c 2 and 2. Of 8: the one left goes to b.
		{"-model u", plain + "a,0.3,0.4,2,4.80\nb,0.45,0.43333333333333335,4,5.20\nc,0.25,0.16666666666666666,2,2.00\n" + none},
		// J: a 80 % likewise; of two touches 25:75. b 0.6 + 1 + 3 = 4.6 and 1.2 + 2 + 3 = 6.2; c 1 and 1.
		{"-model j-shaped", plain + "a,0.3,0.4,2,4.80\nb,0.575,0.5166666666666667,5,6.20\nc,0.125,0.08333333333333333,1,1.00\n" + none},
		{"-model inverse-j", plain + "a,0.3,0.4,2,4.80\nb,0.325,0.35,3,4.20\nc,0.375,0.25,3,3.00\n" + none},
		// Without b, which is direct: a, b alone, c.
		{"-model last-non-direct -direct b", plain + "a,0.375,0.5,3,6.00\nb,0.125,0.16666666666666666,1,2.00\nc,0.5,0.3333333333333333,4,4.00\n" + none},
		{"-model last-non-direct -direct nobody", plain + "a,0.375,0.5,3,6.00\nb,0.625,0.5,5,6.00\nc,0,0,0,0.00\n" + none},
		// Participation: b took part in all.
		{"-model participation", plain + "a,0.375,0.5,3,6.00\nb,1,1,8,12.00\nc,0.5,0.3333333333333333,4,4.00\n" + none},
		// Different channels: a 1.5 of 3 and 3 of 6; b as much, 1 and 2, and 2 of 4; c 2. The one left goes to the first of equals.
		{"-model shapley", plain + "a,0.1875,0.25,2,3.00\nb,0.5625,0.5833333333333334,4,7.00\nc,0.25,0.16666666666666666,2,2.00\n" + none},
		{"-model shapley-ordered", plain + "a,0.1875,0.25,2,3.00\nb,0.5625,0.5833333333333334,4,7.00\nc,0.25,0.16666666666666666,2,2.00\n" + none},
		// Of journeys with a 3 in 4 convert, with b 8 in 11, with c 4 in 6, with a and b 3 in 4, with b and c 4 in 6. In 132nds, a
		// contributes 3·(99−48) = 153, b 3·48+96+4·48 = 432, c 4·(88−48) = 160; to value 6·51 = 306, 6·48+2·96+4·48 = 672, 160.
		{"-model shao-li", plain + "a,0.20536912751677852,0.2688927943760984,2,3.23\nb,0.5798657718120805,0.5905096660808435,4,7.08\nc,0.21476510067114093,0.140597539543058,2,1.69\n" + none},
		{"-minor-digits 3 -model first", strings.NewReplacer(".00\n", ".000\n").Replace(plain + "a,0.375,0.5,3,6.00\nb,0.125,0.16666666666666666,1,2.00\nc,0.5,0.3333333333333333,4,4.00\n" + none)},
	} {
		out, errs, code := call(append(strings.Fields(c.flags), "-format", "csv", file)...)
		told := ""
		if strings.Contains(c.flags, "nobody") {
			told = "attribute: no touch is of the channel \"nobody\", so that last-non-direct is last: check -direct\n"
		}
		if code != 0 || errs != told || out != c.want {
			t.Errorf("%s: code %d, %s\ngot\n%swant\n%s", c.flags, code, errs, out, c.want)
		}
	}
}

// Of order 1, by hand: no journey converts by a > b without a, nor without b, and none by d without d.
func TestMarkovByHand(t *testing.T) {
	file := write(t, "paths.csv", header+"a > b,2,3.01,2\nc,0,0,4\nd,2,1.00,0\n")
	out, errs, code := call("-model", "markov", "-format", "csv", file)
	if code != 0 || errs != "" || !strings.HasPrefix(out, "channel,conversion_share,value_share,removal_effect,value_removal_effect,conversions,value\n") {
		t.Fatalf("code %d, %s\n%s", code, errs, out)
	}
	// a and b cost 2 of 4 conversions and 3.01 of 4.01 each, d the other 2 and 1.00: shares ⅓ each, and 301, 301, 100 of 702.
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if err != nil || len(rows) != 5 {
		t.Fatal(rows, err)
	}
	for i, wantRow := range []struct {
		name                               string
		share, valueShare, effect, onValue float64
		conversions, value                 string
	}{
		// 4 ⅓s of conversions: 1 each, the one left to a. 401·301/702 = 171.94, 401·100/702 = 57.12: 1.72, 1.72, 0.57.
		{"a", 1.0 / 3, 301.0 / 702, 0.5, 301.0 / 401, "2", "1.72"},
		{"b", 1.0 / 3, 301.0 / 702, 0.5, 301.0 / 401, "1", "1.72"},
		{"c", 0, 0, 0, 0, "0", "0.00"},
		{"d", 1.0 / 3, 100.0 / 702, 0.5, 100.0 / 401, "1", "0.57"},
	} {
		row := rows[i+1]
		if row[0] != wantRow.name || row[5] != wantRow.conversions || row[6] != wantRow.value {
			t.Errorf("got %v, want %+v", row, wantRow)
		}
		for k, want := range []float64{wantRow.share, wantRow.valueShare, wantRow.effect, wantRow.onValue} {
			if got, err := strconv.ParseFloat(row[k+1], 64); err != nil || math.Abs(got-want) > 1e-14 {
				t.Errorf("%s of %s is %v, want %v", rows[0][k+1], row[0], got, want)
			}
		}
	}
}

// figures are those of the only model of a JSON document, by channel.
func figures(t *testing.T, args ...string) (document, map[string]channelDocument) {
	t.Helper()
	out, errs, code := call(append([]string{"-format", "json"}, args...)...)
	var d document
	if err := json.Unmarshal([]byte(out), &d); err != nil || code != 0 {
		t.Fatalf("%v: code %d, %v, %s", args, code, err, errs)
	}
	channels := map[string]channelDocument{}
	if d.ModelDocument != nil {
		for _, c := range d.Channels {
			channels[c.Channel] = c
		}
	}
	return d, channels
}

func TestJSON(t *testing.T) {
	file := write(t, "paths.csv", byHand+"broken,1\n")
	d, channels := figures(t, "-lenient", "-model", "markov", "-order", "2", file)
	if d.Model != "markov" || d.Order != 2 || d.ErrorBound == nil || *d.ErrorBound > 1e-12 || d.Skipped != 1 || d.MinorDigits != 2 ||
		d.Totals.Counts != (attribution.Counts{Conversions: 8, Value: 1200, Nulls: 12}) || d.Models != nil {
		t.Errorf("%+v", d)
	}
	conversions, value := int64(0), int64(0)
	for _, c := range channels {
		conversions, value = conversions+c.Conversions, value+c.Value
		if c.RemovalEffect == nil || c.ValueRemovalEffect == nil || c.Cost != nil || c.ROAS != nil {
			t.Errorf("%+v", c)
		}
	}
	if conversions != 8 || value != 1200 || *channels["b"].RemovalEffect != 1 {
		t.Errorf("%+v", channels)
	}
	d, _ = figures(t, "-lenient", "-compare", "last, markov", file)
	if d.ModelDocument != nil || len(d.Models) != 2 || d.Models[0].Model != "last" || d.Models[0].ErrorBound != nil || len(d.Models[1].Channels) != 4 || d.Models[1].Order != 1 {
		t.Errorf("%+v", d)
	}
}

func TestCompareCSV(t *testing.T) {
	out, errs, code := call("-compare", "first,u", "-format", "csv", write(t, "paths.csv", byHand))
	want := "channel,first_conversion_share,first_value_share,first_conversions,first_value,position-based_conversion_share,position-based_value_share,position-based_conversions,position-based_value\n" +
		"a,0.375,0.5,3,6.00,0.3,0.4,2,4.80\n" +
		"b,0.125,0.16666666666666666,1,2.00,0.45,0.43333333333333335,4,5.20\n" +
		"c,0.5,0.3333333333333333,4,4.00,0.25,0.16666666666666666,2,2.00\n" +
		"d,0,0,0,0.00,0,0,0,0.00\n"
	if code != 0 || errs != "" || out != want {
		t.Errorf("code %d, %s\n%s", code, errs, out)
	}
}

// A channel's name is written so that it can be read again.
func TestNamesInCSV(t *testing.T) {
	names := []string{"a,b", `say "hi"`, "line\nbreak", " spaced", "\x00", "=1+1", "ünï"}
	text := header
	for _, name := range names {
		text += `"` + strings.ReplaceAll(name, `"`, `""`) + "\",1,1,0\n"
	}
	file := write(t, "paths.csv", text)
	out, _, code := call("-format", "csv", file)
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if code != 0 || err != nil || len(rows) != len(names)+1 {
		t.Fatalf("code %d, %v\n%s", code, err, out)
	}
	found := map[string]bool{}
	for _, row := range rows[1:] {
		found[row[0]] = true
	}
	for _, name := range names {
		if !found[strings.TrimSpace(name)] {
			t.Errorf("%q is not in %q", name, out)
		}
	}
	for _, format := range []string{"table", "json"} {
		if out, errs, code := call("-format", format, file); code != 0 || strings.Contains(out, "\x00") || strings.Contains(out, "\xff") {
			t.Errorf("code %d, %s%q", code, errs, out)
		}
	}
}

// sameCSV compares numbers as such: fractions are written here with more digits than a float has.
func sameCSV(t *testing.T, got, want string) bool {
	t.Helper()
	a, err1 := csv.NewReader(strings.NewReader(got)).ReadAll()
	b, err2 := csv.NewReader(strings.NewReader(want)).ReadAll()
	if err1 != nil || err2 != nil || len(a) != len(b) {
		return false
	}
	for i := range a {
		if len(a[i]) != len(b[i]) {
			return false
		}
		for k := range a[i] {
			x, err1 := strconv.ParseFloat(a[i][k], 64)
			y, err2 := strconv.ParseFloat(b[i][k], 64)
			if a[i][k] != b[i][k] && (err1 != nil || err2 != nil || x != y) {
				return false
			}
		}
	}
	return true
}

func TestGoldenTables(t *testing.T) {
	for name, flags := range map[string]string{
		"markov.txt":  "-model markov testdata/paths.csv",
		"linear.txt":  "-model linear -conversions testdata/conversions.csv testdata/touches.csv",
		"markov.csv":  "-model markov -order 2 -format csv testdata/paths.csv",
		"compare.txt": "-compare first,last,linear,participation,markov testdata/paths.csv",
	} {
		out, _, code := call(strings.Fields(flags)...)
		if code != 0 {
			t.Errorf("%s: code %d", name, code)
		}
		golden(t, filepath.Join("testdata", name), out)
	}
}

func TestTableWithoutValue(t *testing.T) {
	file := write(t, "paths.csv", header+strings.Repeat("x", 40)+" > b,3,0,1\nb,0,0,1234567\n")
	out, _, code := call("-model", "markov", file)
	if code != 0 || strings.Contains(out, "value") || !strings.Contains(out, strings.Repeat("x", 17)+"…"+strings.Repeat("x", 10)) || !strings.Contains(out, "1,234,568 journeys did not convert") {
		t.Errorf("code %d\n%s", code, out)
	}
	out, _, code = call("-compare", "first,markov", file)
	if code != 0 || !strings.HasPrefix(out, "share of conversions;") {
		t.Errorf("code %d\n%s", code, out)
	}
	out, _, code = call(write(t, "paths.csv", header+"a,0,0,1\n"))
	if code != 0 || !strings.Contains(out, "total              0  0.0 %") {
		t.Errorf("code %d\n%s", code, out)
	}
}

// Shards, in any order of files and rows, give the same bytes.
func TestShards(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	h := hostile{r}
	for range 30 {
		var paths, touches, conversions []string
		for n := range 60 {
			steps := []string{h.one("a", "b", "c", "email")}
			for r.IntN(3) > 0 {
				steps = append(steps, h.one("a", "b", "c", "email"))
			}
			paths = append(paths, fmt.Sprintf("%s,%d,%d.%02d,%d", strings.Join(steps, " > "), 1+r.IntN(3), r.IntN(90), r.IntN(100), r.IntN(9)))
			touches = append(touches, fmt.Sprintf("L-%d,2026-01-%02d,%s,%s,%d", r.IntN(20), 1+r.IntN(4), h.one("a", "b", "c", "email"), h.one("", "x", "y"), r.IntN(3)))
			if n%4 == 0 {
				conversions = append(conversions, fmt.Sprintf("L-%d,2026-01-%02d,%d", r.IntN(22), 1+r.IntN(6), r.IntN(500)))
			}
		}
		files := func(name, header string, rows []string, shards int) (files []string) {
			r.Shuffle(len(rows), func(i, k int) { rows[i], rows[k] = rows[k], rows[i] })
			for n := range shards {
				text := header
				for i := n; i < len(rows); i += shards {
					text += rows[i] + "\n"
				}
				files = append(files, write(t, fmt.Sprint(name, n, ".csv"), text))
			}
			return files
		}
		run := func(shards int) (all string) {
			for _, format := range []string{"csv", "json", "table"} {
				flags := []string{"-format", format, "-compare", "first,last,last-non-direct,linear,u,j,participation,markov,shapley,ordered,shao-li", "-direct", "a", "-order", "2"}
				out, errs, code := call(append(flags, files("p", header, paths, shards)...)...)
				all += fmt.Sprintln(code, out, errs)
				flags[3] += ",time-decay"
				for _, name := range files("c", "journey,at,value\n", conversions, shards) {
					flags = append(flags, "-conversions", name)
				}
				out, errs, code = call(append(flags, files("t", "journey,at,channel,campaign,cost\n", touches, shards)...)...)
				all += fmt.Sprintln(code, out, errs)
			}
			return all
		}
		want := run(1)
		if strings.Count(want, "\n0 ") < 5 {
			t.Fatal(want)
		}
		for shards := 1; shards <= 3; shards++ {
			if got := run(shards); got != want {
				t.Fatalf("%d shards:\n%s\nwant\n%s", shards, got, want)
			}
		}
	}
}

// pathdata is where the PathData set lies; it is not ours to copy.
func pathdata(t *testing.T) string {
	t.Helper()
	path := filepath.Join("..", "..", "..", "shared", "data", "pathdata.csv")
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("the PathData set is not there (shared/data/pathdata.csv beside the repository)")
	}
	return path
}

// The results of other programs, in the cases of packages markov and attribution, which name their source.
func TestPathData(t *testing.T) {
	file := pathdata(t)
	read := func(path string, into any) {
		data, err := os.ReadFile(filepath.FromSlash(path))
		if err == nil {
			err = json.Unmarshal(data, into)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	var chain struct {
		PathData struct {
			Channels map[string]struct {
				Conv, Value, Removal float64
				RemovalValue         float64 `json:"removal_value"`
			}
		}
	}
	read("../../attribution/markov/testdata/cases.json", &chain)
	d, channels := figures(t, "-minor-digits", "3", "-model", "markov", file)
	if len(channels) != 12 || len(chain.PathData.Channels) != 12 {
		t.Fatalf("%d channels", len(channels))
	}
	near := func(what string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-10 {
			t.Errorf("%s is %v, want %v", what, got, want)
		}
	}
	for name, want := range chain.PathData.Channels {
		got := channels[name]
		near(name+" effect", *got.RemovalEffect, want.Removal)
		near(name+" on value", *got.ValueRemovalEffect, want.RemovalValue)
		near(name+" share", got.ConversionShare, want.Conv/float64(d.Totals.Conversions))
		near(name+" value share", got.ValueShare, want.Value*1000/float64(d.Totals.Value))
		if math.Abs(float64(got.Conversions)-want.Conv) > 1 || math.Abs(float64(got.Value)-want.Value*1000) > 1 {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
	var rules struct {
		PathData []map[string]any
	}
	read("../../attribution/testdata/attribution.json", &rules)
	for _, model := range []string{"first", "last", "linear"} {
		d, channels := figures(t, "-minor-digits", "3", "-model", model, file)
		for _, want := range rules.PathData {
			name := want["channel_name"].(string)
			number := func(what string) float64 {
				x, err := strconv.ParseFloat(fmt.Sprint(want[model+"_touch_"+what]), 64)
				if err != nil {
					t.Fatal(err)
				}
				return x
			}
			near(name+" "+model, channels[name].ConversionShare, number("conversions")/float64(d.Totals.Conversions))
			near(name+" "+model+" value", channels[name].ValueShare, number("value")*1000/float64(d.Totals.Value))
		}
	}
}
