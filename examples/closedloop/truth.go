package main

import (
	"fmt"
	"runtime"
	"sync"
)

// Since the world is made up, it can be lived through again without a channel: what is won less is what the channel really
// brought. No attribution model can do that; this file tells how near each comes to it.

// truthLeads is how large the worlds without a channel are at most: each takes as long as the report itself.
const truthLeads = defaultLeads

// Truth is what channels really brought, and how far each model is from it.
type Truth struct {
	Leads    int64          `json:"leads"`         // of the worlds without a channel: those of the report, or fewer
	Revenue  int64          `json:"revenue_cents"` // of that world with all channels
	Channels []TrueChannel  `json:"channels"`      // those of marketing
	Off      map[string]int `json:"off_per_mille"` // by model: how much of a thousand of what it attributes would have to change places to give the true shares
}

// TrueChannel is one channel's part in the truth.
type TrueChannel struct {
	Channel string `json:"channel"`
	Lost    int64  `json:"lost_cents"` // revenue that is not won without the channel; less than 0 if its leads only kept sales from better ones
	Share   Rate   `json:"share"`      // of what all channels' removals cost, each by itself; a negative loss counts as none
}

// judge finds the truth of a simulated year, and how far each model of the report is from it.
func (r *Report) judge(seed uint64, leads int) error {
	t, err := truth(seed, min(leads, truthLeads))
	if err != nil {
		return err
	}
	for _, model := range r.Models {
		t.judge(model, r.Attributed[model])
	}
	r.Truth = t
	return nil
}

// truth lives through the year again, without each of marketing's channels.
func truth(seed uint64, leads int) (*Truth, error) {
	worlds := append([]string{""}, channels[:len(channels)-1]...) // sales outbound is sales' own
	revenue := make([]int64, len(worlds))
	errs := make([]error, len(worlds))
	next := make(chan int, len(worlds))
	for i := range worlds {
		next <- i
	}
	close(next)
	var done sync.WaitGroup
	for range min(len(worlds), runtime.GOMAXPROCS(0)) {
		done.Go(func() {
			for i := range next {
				revenue[i], errs[i] = yearWithout(seed, leads, worlds[i])
			}
		})
	}
	done.Wait()
	out := &Truth{Leads: int64(leads), Revenue: revenue[0], Off: map[string]int{}}
	sum := int64(0)
	for i, name := range worlds {
		if errs[i] != nil {
			return nil, fmt.Errorf("the year without %q: %w", name, errs[i])
		}
		if i > 0 {
			lost := revenue[0] - revenue[i]
			sum += max(0, lost)
			out.Channels = append(out.Channels, TrueChannel{Channel: name, Lost: lost, Share: Rate{Count: max(0, lost)}})
		}
	}
	for i := range out.Channels {
		out.Channels[i].Share.Of = sum
	}
	return out, nil
}

// yearWithout is the revenue of a year without a channel.
func yearWithout(seed uint64, leads int, channel string) (int64, error) {
	h, err := newHost(seed, leads, nil)
	if err != nil {
		return 0, err
	}
	h.world.without = channel
	if err := h.year(); err != nil {
		return 0, err
	}
	return h.books.revenue, nil
}

// judge notes how far a model is from the truth: the total variation between its shares of the attributed revenue and the
// true shares, in per mille. Where either has nothing to share, it is not judged.
func (t *Truth) judge(model string, by map[string]int64) {
	attributed, lost := int64(0), int64(0)
	for _, c := range t.Channels {
		attributed += by[c.Channel]
		lost = c.Share.Of
	}
	if attributed == 0 || lost == 0 {
		return
	}
	distance := 0.0
	for _, c := range t.Channels {
		difference := float64(by[c.Channel])/float64(attributed) - float64(c.Share.Count)/float64(lost)
		distance += max(difference, 0)
	}
	t.Off[model] = int(float64(1000*distance) + 0.5)
}
