package main

import (
	"cmp"
	"fmt"
	"time"
)

// This file makes the simulated world the roster of the books: who a lead is, and which segments it is of.

func (w *world) id(lead uint32) string         { return leadID(int(lead)) }
func (w *world) account(lead uint32) uint32    { return w.people[lead].account }
func (w *world) created(lead uint32) time.Time { return instant(w.people[lead].created) }
func (w *world) channel(lead uint32) int       { return channelNumber[w.people[lead].entry] }

// segments are what tells leads apart from the day they come in.
func (w *world) segments(lead uint32, names []string) []string {
	p := &w.people[lead]
	return append(names, segmentNames.channel[w.channel(lead)], segmentNames.industry[p.industry], segmentNames.rank[p.rank],
		segmentNames.size[sizeOf(int(p.employees))])
}

// channelNumber is each campaign's channel as a place in [channels].
var channelNumber = func() []int {
	numbers := make([]int, len(campaigns))
	for i, c := range campaigns {
		for k, name := range channels {
			if c.channel == name {
				numbers[i] = k
			}
		}
	}
	return numbers
}()

// segmentNames are the names of the segments, made once.
var segmentNames = func() (names struct{ channel, industry, rank, size []string }) {
	for _, c := range channels {
		names.channel = append(names.channel, channelSegment+c)
	}
	for _, i := range industries {
		names.industry = append(names.industry, industrySegment+i.name)
	}
	for _, r := range ranks {
		names.rank = append(names.rank, rankSegment+cmp.Or(r.name, notGiven))
	}
	for i, s := range sizes {
		name := fmt.Sprintf("%s to %s", thousands(int64(s.lo)), thousands(int64(s.hi)))
		switch i {
		case 0:
			name = "up to " + thousands(int64(s.hi))
		case len(sizes) - 1:
			name = thousands(int64(s.lo)) + " and more"
		}
		names.size = append(names.size, sizeSegment+name)
	}
	return names
}()

// How the names of segments begin.
const (
	channelSegment  = "channel: "
	industrySegment = "industry: "
	rankSegment     = "seniority: "
	sizeSegment     = "employees: "

	notGiven = "not given"
)
