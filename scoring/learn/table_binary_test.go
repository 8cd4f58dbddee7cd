package learn_test

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/leadloop/leadloop/scoring"
	"github.com/leadloop/leadloop/scoring/learn"
)

func tableBytes(t testing.TB, table *learn.Table) []byte {
	t.Helper()
	data, err := table.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Bytes do not depend on the order of leads, and give the table back.
func TestTableBytes(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 50 {
		leads := randomLeads(r, 200)
		data := tableBytes(t, tableOf(t, mixed, leads))
		r.Shuffle(len(leads), func(i, j int) { leads[i], leads[j] = leads[j], leads[i] })
		merged := tableOf(t, mixed, leads[:80])
		if err := merged.Merge(tableOf(t, mixed, leads[80:])); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(data, tableBytes(t, merged)) {
			t.Fatal("another order gives other bytes")
		}
		back := tableOf(t, mixed, leads[:3]) // which is replaced
		if err := back.UnmarshalBinary(data); err != nil {
			t.Fatal(err)
		}
		want, err := learn.Induce(merged, learn.InduceOptions{})
		if err != nil {
			t.Fatal(err)
		}
		got, err := learn.Induce(back, learn.InduceOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" || !bytes.Equal(data, tableBytes(t, back)) {
			t.Fatal(diff)
		}
		if err := back.Add(leads[0].lead, true); err != nil || back.Total().Sum() != 201 {
			t.Fatal(err, back.Total())
		}
	}
	below := tableOf(t, mixed, []judged{{scoring.Record{"Budget": math.Copysign(0, -1)}, true}})
	above := tableOf(t, mixed, []judged{{scoring.Record{"Budget": 0.0}, true}})
	if !bytes.Equal(tableBytes(t, below), tableBytes(t, above)) {
		t.Error("0 and −0 are one number, but give other bytes")
	}
}

func TestDamagedTableBytes(t *testing.T) {
	data := tableBytes(t, tableOf(t, mixed, randomLeads(rand.New(rand.NewPCG(2, 1)), 40)))
	table := tableOf(t, mixed, randomLeads(rand.New(rand.NewPCG(3, 1)), 5))
	before := tableBytes(t, table)
	for n := range data {
		if err := table.UnmarshalBinary(data[:n]); !errors.Is(err, learn.ErrDamaged) && !errors.Is(err, learn.ErrColumn) {
			t.Fatalf("cut off after %d bytes: %v", n, err)
		}
	}
	if err := table.UnmarshalBinary(append(bytes.Clone(data), 0)); !errors.Is(err, learn.ErrDamaged) {
		t.Error(err)
	}
	if err := newTable(t, mixed[:2]...).UnmarshalBinary(data); !errors.Is(err, learn.ErrColumn) {
		t.Error(err)
	}
	if !bytes.Equal(before, tableBytes(t, table)) {
		t.Error("an error has changed the table")
	}
}

// Whatever is read is what would be written.
func FuzzTableBytes(f *testing.F) {
	for _, n := range []int{2, 30} {
		f.Add(tableBytes(f, tableOf(f, mixed, randomLeads(rand.New(rand.NewPCG(4, uint64(n))), n))))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		table := newTable(t, mixed...)
		if err := table.UnmarshalBinary(data); err != nil {
			return
		}
		if !bytes.Equal(tableBytes(t, table), data) {
			t.Fatal("other bytes are written")
		}
		_, _ = learn.Induce(table, learn.InduceOptions{})
		if err := table.Merge(table); err != nil {
			t.Fatal(err)
		}
	})
}
