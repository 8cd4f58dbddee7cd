package main

import (
	"testing"
)

// TestWorldWithout: a channel that is missing has no touch, and all that others do, they do as before.
func TestWorldWithout(t *testing.T) {
	const leads = 2000
	whole := newWorld(4, leads)
	for _, channel := range channels[:len(channels)-1] {
		without := newWorld(4, leads)
		without.without = channel
		gone, kept := 0, 0
		for i := range leads {
			if without.missing(without.people[i].entry) != (campaigns[whole.people[i].entry].channel == channel) {
				t.Fatalf("lead %d, which %s brought", i, campaigns[whole.people[i].entry].channel)
			}
			if without.missing(without.people[i].entry) {
				continue // never comes, so that nobody asks what it does
			}
			left := map[act]int{}
			for _, a := range whole.activities(i) {
				left[a]++
			}
			acts := without.activities(i)
			if len(acts) == 0 || acts[0].at != whole.people[i].created {
				t.Fatalf("lead %d does not begin without %s", i, channel)
			}
			for _, a := range acts {
				if campaigns[a.campaign].channel == channel {
					t.Fatalf("lead %d has a touch of %s without it", i, channel)
				}
				if left[a]--; left[a] < 0 {
					t.Fatalf("lead %d does without %s what it does not do with it", i, channel)
				}
				kept++
			}
			for _, n := range left {
				gone += n
			}
		}
		if gone == 0 && channel != "event" || kept == 0 {
			t.Errorf("without %s: %d activities less, %d as before", channel, gone, kept)
		}
	}
	mails := 0
	for mail := range 40 {
		mails += len(whole.nurture(7, mail, 1000))
	}
	whole.without = "email"
	for mail := range 40 {
		if len(whole.nurture(7, mail, 1000)) > 0 {
			t.Error("a mail without mail")
		}
	}
	if mails == 0 {
		t.Error("no mail is ever answered")
	}
}

// TestTruth: the truth is about the world of the report, and the shares are those of what is lost.
func TestTruth(t *testing.T) {
	const leads = 500
	tr, err := truth(3, leads)
	if err != nil {
		t.Fatal(err)
	}
	h, err := newHost(3, leads, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.year(); err != nil {
		t.Fatal(err)
	}
	if tr.Leads != leads || tr.Revenue != h.books.revenue || tr.Revenue == 0 || len(tr.Channels) != len(channels)-1 {
		t.Fatalf("%+v, want revenue %d", tr, h.books.revenue)
	}
	sum := int64(0)
	for i, c := range tr.Channels {
		without, err := yearWithout(3, leads, c.Channel)
		if err != nil {
			t.Fatal(err)
		}
		if c.Channel != channels[i] || c.Lost != tr.Revenue-without || c.Share.Count != max(0, c.Lost) {
			t.Errorf("%+v: %d are won without it", c, without)
		}
		sum += c.Share.Count
	}
	if sum == 0 || tr.Channels[0].Share.Of != sum {
		t.Errorf("shares of %d, the losses sum to %d", tr.Channels[0].Share.Of, sum)
	}
}

// TestJudge: 60:40 instead of 30:70 puts three tenths to the wrong channel.
func TestJudge(t *testing.T) {
	tr := &Truth{Off: map[string]int{}, Channels: []TrueChannel{{Channel: "a", Share: Rate{3, 10}}, {Channel: "b", Share: Rate{7, 10}}}}
	tr.judge("off", map[string]int64{"a": 60, "b": 40, unattributed: 900})
	tr.judge("right", map[string]int64{"a": 6, "b": 14})
	tr.judge("nothing", map[string]int64{unattributed: 10})
	if tr.Off["off"] != 300 || tr.Off["right"] != 0 || len(tr.Off) != 2 {
		t.Errorf("%v", tr.Off)
	}
	nobody := &Truth{Off: map[string]int{}, Channels: []TrueChannel{{Channel: "a"}}}
	if nobody.judge("any", map[string]int64{"a": 1}); len(nobody.Off) != 0 {
		t.Error("a truth without a loss judges")
	}
}
