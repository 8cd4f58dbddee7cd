package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
)

// One journey of many touches and many conversions takes memory in proportion to both together, not to each pair.
func TestHeavyJourney(t *testing.T) {
	var touches, won strings.Builder
	touches.WriteString("journey,at,channel\n")
	won.WriteString("journey,at,value\n")
	for i := range 4000 {
		fmt.Fprintf(&touches, "J,2026-01-01 %02d:%02d:%02d,c%d\n", i/3600, i/60%60, i%60, i%5)
	}
	for i := range 400 {
		fmt.Fprintf(&won, "J,2026-02-01 00:%02d:%02d,10\n", i/60, i%60)
	}
	files := []string{"-conversions", write(t, "won.csv", won.String()), write(t, "touches.csv", touches.String())}
	for _, model := range []string{"last", "markov"} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		out, errs, code := call(append([]string{"-model", model, "-format", "csv"}, files...)...)
		runtime.ReadMemStats(&after)
		if code != 0 || errs != "" || strings.Count(out, "\n") != 6 {
			t.Fatalf("%s: code %d, %s%s", model, code, errs, out)
		}
		// 1.6 million pairs, a row of a ledger each, would be 700 MB; sharing out each conversion alone is 60 MB, one after the other.
		if taken := after.TotalAlloc - before.TotalAlloc; taken > 100<<20 {
			t.Errorf("%s: %d MB are taken", model, taken>>20)
		}
	}
}

// Every step of a long row may be new, and of a row that counts nothing is; neither is looked through more than once.
func TestLongRowsOfNewChannels(t *testing.T) {
	var path strings.Builder
	for i := range 60_000 {
		fmt.Fprintf(&path, "c%d>", i)
	}
	path.WriteString("end")
	for _, counts := range []string{",0,0,0\na,1,1,0\n", ",1,1,0\na,1,1,0\n"} {
		if _, errs, code := call("-format", "csv", write(t, "paths.csv", header+path.String()+counts)); code != 0 || errs != "" {
			t.Errorf("code %d, %s", code, errs)
		}
	}
}

// What is not UTF-8 is a row that can't be used; a time may have a T and no zone; the same file twice, and a channel of direct
// visits that does not exist, are told.
func TestWhatIsTold(t *testing.T) {
	bad := write(t, "paths.csv", header+"a\xff > b,1,1,0\nb,1,1,0\n")
	if _, errs, code := call(bad); code != 1 || errs != bad+":2: path is not UTF-8: save the file as UTF-8\n" {
		t.Errorf("code %d, %s", code, errs)
	}
	good := write(t, "paths.csv", header+"a > direct,1,1,0\n")
	out, errs, code := call("-format", "csv", good, good)
	if code != 0 || errs != "attribute: "+good+" is given twice, and counts twice\n" || !strings.HasSuffix(out, "direct,1,1,2,2.00\n") {
		t.Errorf("code %d, %s%s", code, errs, out)
	}
	if _, errs, code = call("-model", "last-non-direct", "-direct", "Direct", good); code != 0 || errs != "attribute: no touch is of the channel \"Direct\", so that last-non-direct is last: check -direct\n" {
		t.Errorf("code %d, %s", code, errs)
	}
	if _, errs, code = call("-model", "last-non-direct", "-direct", "direct", good); code != 0 || errs != "" {
		t.Errorf("code %d, %s", code, errs)
	}
	log := write(t, "touches.csv", "journey,at,channel\nJ,2026-01-01T10:00:00,a\nJ,2026-01-01T12:00:00,b\nJ,2026-01-01T11:00:00,c\xfe\n")
	won := write(t, "won.csv", "journey,at,value\nJ,2026-01-01 11:00:00,5\n")
	if out, errs, code = call("-lenient", "-format", "csv", "-conversions", won, log); code != 0 || !strings.Contains(errs, log+":4: channel is not UTF-8") || !strings.Contains(out, "\na,1,1,1,5.00\n") {
		t.Errorf("code %d, %s%s", code, errs, out)
	}
}

// A minus sign names standard input.
func TestStandardInput(t *testing.T) {
	from, err := os.Open(write(t, "paths.csv", header+"a,1,1,0\nb,x,1,0\n"))
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	was := os.Stdin
	os.Stdin = from
	defer func() { os.Stdin = was }()
	if _, errs, code := call("-"); code != 1 || !strings.HasPrefix(errs, "standard input:3: total_conversions is not a whole number") {
		t.Errorf("code %d, %s", code, errs)
	}
}
