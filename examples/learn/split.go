package main

import (
	"encoding/binary"
	"hash/fnv"
	"slices"
	"strconv"
	"time"
)

// part is what a lead is for.
type part int

const (
	train part = iota
	calibrate
	test
	parts int = iota
)

// partOf decides by a hash. Parts by time are decided later, when all times are known.
func partOf(j job, index int, row []string) part {
	if j.split == "fnv" {
		h := fnv.New32a()
		h.Write([]byte(strconv.Itoa(index)))
		return tenth(uint64(h.Sum32()))
	}
	h := fnv.New64a()
	h.Write(binary.BigEndian.AppendUint64(nil, j.seed))
	for _, cell := range row {
		h.Write(binary.AppendUvarint(nil, uint64(len(cell))))
		h.Write([]byte(cell))
	}
	return tenth(h.Sum64())
}

// tenth gives six of ten hashes to train, two to calibrate and two to test.
func tenth(hash uint64) part {
	switch tenth := hash % 10; {
	case tenth < 6:
		return train
	case tenth < 8:
		return calibrate
	}
	return test
}

// splitByTime lets the earliest leads train, and those of unknown time. Leads of one instant stay together.
func splitByTime(rows []lead) {
	var times []time.Time
	for i := range rows {
		if !rows[i].at.IsZero() {
			times = append(times, rows[i].at)
		}
	}
	if len(times) == 0 {
		return
	}
	slices.SortFunc(times, time.Time.Compare)
	from := [2]time.Time{times[len(times)*6/10], times[len(times)*8/10]}
	for i := range rows {
		switch r := &rows[i]; {
		case r.at.IsZero() || r.at.Before(from[0]):
			r.part = train
		case r.at.Before(from[1]):
			r.part = calibrate
		default:
			r.part = test
		}
	}
}
