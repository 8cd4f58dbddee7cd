package handoff_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
)

func someLogs(r *rand.Rand, n int) (logs [][]handoff.Event) {
	for i := range n {
		what := []string{"accepted", "rejected", "recycled", "open"}[r.IntN(4)]
		reason := []funnel.Reason{"other", "misrouted", "timing"}[r.IntN(3)]
		if what == "accepted" || what == "open" {
			reason = ""
		}
		at := time.Date(2026, time.Month(1+r.IntN(4)), 1+r.IntN(28), r.IntN(24), 0, 0, 0, time.UTC)
		logs = append(logs, offered(i, at, fmt.Sprint("owner", r.IntN(3)), what, reason))
	}
	return logs
}

func bytesOf(t testing.TB, r *handoff.Report) []byte {
	t.Helper()
	data, err := r.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Shards that are sent as bytes and merged at random give the bytes, and the result, of the whole.
func TestReportShardsGiveTheSameBytes(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	d, again := desk(t), desk(t) // the same agreement, on another machine
	asOf := time.Date(2026, 3, 15, 0, 0, 0, 0, time.UTC)
	for range 30 {
		logs := someLogs(r, 120)
		whole := d.Report(asOf).Within(asOf.AddDate(0, -2, 0), time.Time{})
		for _, log := range logs {
			whole.Add(log)
		}
		r.Shuffle(len(logs), func(a, b int) { logs[a], logs[b] = logs[b], logs[a] })
		merged := again.Report(asOf).Within(asOf.AddDate(0, -2, 0), time.Time{})
		for part := range slices.Chunk(logs, 1+r.IntN(50)) {
			shard, sent := d.Report(asOf).Within(asOf.AddDate(0, -2, 0), time.Time{}), again.Report(asOf).Within(asOf.AddDate(0, -2, 0), time.Time{})
			for _, log := range part {
				shard.Add(log)
			}
			if err := errors.Join(sent.UnmarshalBinary(bytesOf(t, shard)), merged.Merge(sent)); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(bytesOf(t, whole), bytesOf(t, merged)) {
			t.Fatal("other bytes")
		}
		if diff := cmp.Diff(whole.Result(), merged.Result()); diff != "" {
			t.Fatal(diff)
		}
		if len(whole.Result().Leaks) == 0 || len(whole.Result().Mix) == 0 {
			t.Fatal("the cases tell too little")
		}
	}
}

func TestReportOfOtherMakingIsRefused(t *testing.T) {
	asOf := time.Date(2026, 3, 15, 0, 0, 0, 0, time.UTC)
	mine := desk(t).Report(asOf)
	for _, log := range someLogs(rand.New(rand.NewPCG(1, 2)), 9) {
		mine.Add(log)
	}
	data := bytesOf(t, mine)
	a := agreement(t)
	a.Version++
	newer, err := handoff.Compile(a, policy(t), time.LoadLocation)
	if err != nil {
		t.Fatal(err)
	}
	for what, other := range map[string]*handoff.Report{
		"another instant": desk(t).Report(asOf.Add(1)), "a period": desk(t).Report(asOf).Within(asOf.AddDate(0, -1, 0), time.Time{}),
		"no agreement": handoff.NewReport(asOf), "a newer agreement": newer.Report(asOf),
	} {
		before := bytesOf(t, other)
		if err := other.UnmarshalBinary(data); !errors.Is(err, handoff.ErrIncompatible) || !bytes.Equal(before, bytesOf(t, other)) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for size := range len(data) {
		if err := mine.UnmarshalBinary(data[:size]); !errors.Is(err, handoff.ErrDamaged) {
			t.Fatalf("%d of %d bytes: %v", size, len(data), err)
		}
	}
	for i := range data {
		changed := slices.Clone(data)
		changed[i] ^= 0x41
		if err := mine.UnmarshalBinary(changed); err == nil && !bytes.Equal(changed, bytesOf(t, mine)) {
			t.Fatalf("byte %d: read as something else", i)
		}
		if err := mine.UnmarshalBinary(data); err != nil {
			t.Fatal(err)
		}
	}
}

func FuzzReportBinary(f *testing.F) {
	asOf := time.Date(2026, 3, 15, 0, 0, 0, 0, time.UTC)
	d := desk(f)
	for seed := range uint64(5) {
		report := d.Report(asOf)
		for _, log := range someLogs(rand.New(rand.NewPCG(seed, 3)), 6) {
			report.Add(log)
		}
		f.Add(bytesOf(f, report))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		report := d.Report(asOf)
		if report.UnmarshalBinary(data) != nil {
			return
		}
		if !bytes.Equal(bytesOf(t, report), data) {
			t.Fatal("read and written again, other bytes")
		}
		double := d.Report(asOf)
		if err := errors.Join(double.Merge(report), double.Merge(report)); err != nil {
			t.Fatal(err)
		}
		if o := double.Result().Offers; o.Made < 0 || o.Made != o.Accepted+o.AutoAccepted+o.Rejected+o.Expired+o.Withdrawn+o.Open {
			t.Fatalf("%+v", o)
		}
	})
}
