package main

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// Every day of the years that are read without package time, at an odd second of it.
func TestTimesOfEveryDay(t *testing.T) {
	for at := time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() < 2200; at = at.Add(24*time.Hour + 61*time.Second) {
		for _, layout := range []string{time.RFC3339, time.DateTime} {
			if got, plain := plainTime([]byte(at.Format(layout))); !plain || !got.time().Equal(at) {
				t.Fatalf("%s is read as %s", at.Format(layout), got.time())
			}
		}
		date := at.Truncate(24 * time.Hour)
		if got, plain := plainTime([]byte(date.Format(time.DateOnly))); !plain || !got.time().Equal(date) {
			t.Fatalf("%s is read as %s", date.Format(time.DateOnly), got.time())
		}
	}
}

func TestDecimals(t *testing.T) {
	for _, c := range []struct {
		minor  int64
		places int
		want   string
	}{
		{0, 0, "0"}, {0, 2, "0.00"}, {5, 2, "0.05"}, {-5, 2, "-0.05"}, {1234, 0, "1234"}, {-1234, 3, "-1.234"}, {math.MinInt64, 2, "-92233720368547758.08"},
		{math.MaxInt64, 18, "9.223372036854775807"},
	} {
		if got := decimal(c.minor, c.places); got != c.want {
			t.Errorf("%d with %d places is %s, want %s", c.minor, c.places, got, c.want)
		}
	}
	for number, want := range map[string]string{"0": "0", "999": "999", "1000": "1,000", "-999.50": "-999.50", "-123456.7": "-123,456.7", "1234567": "1,234,567"} {
		if got := thousands(number); got != want {
			t.Errorf("%s is shown as %s, want %s", number, got, want)
		}
	}
	for length, want := range map[float64]string{0: "", -1: "", 1e-9: "▏", 0.5: "█▌", 1: "███", 2: "███"} {
		if got := bar(length, 3); got != want {
			t.Errorf("a bar of %v is %q, want %q", length, got, want)
		}
	}
}

// Names keep their numbers, however alike they look: zeros at the end, and hashes that are the same.
func TestNames(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var s names
		want := map[string]int{}
		add := func(name string) {
			// What stands behind a name in the buffer must not matter.
			cell := append([]byte(name), byte(r.Uint32()), byte(r.Uint32()), 1, 2, 3, 4, 5, 6, 7, 8)[: len(name) : len(name)+r.IntN(10)]
			n, known := want[name]
			if !known {
				n = len(want)
				want[name] = n
			}
			if (s.find(cell) >= 0) != known || s.number(cell) != n || s.list[n] != name {
				t.Fatalf("%q is number %d, want %d", name, s.find(cell), n)
			}
		}
		for range 400 {
			name := make([]byte, r.IntN(11))
			for i := range name {
				name[i] = "\x00\x00\x00a"[r.IntN(4)]
			}
			add(string(name))
			// Another one of the same hash: what the first word makes different, the second makes up for.
			var a, b [16]byte
			first, other, second := r.Uint64(), r.Uint64(), r.Uint64()
			binary.LittleEndian.PutUint64(a[:], first)
			binary.LittleEndian.PutUint64(a[8:], second)
			binary.LittleEndian.PutUint64(b[:], other)
			binary.LittleEndian.PutUint64(b[8:], second^mix(16^first)^mix(16^other))
			if key(a[:]) != key(b[:]) {
				t.Fatal("the two do not collide")
			}
			add(string(a[:]))
			add(string(b[:]))
		}
	}
}
