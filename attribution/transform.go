package attribution

import (
	"fmt"
	"slices"
	"strconv"
)

// A Transform rewrites a path of channel numbers before it is counted, in place: the result is a part of the path that was
// given. It takes time in proportion to the path. The transforms here are those that Google's fractribution names, whose
// "unique" is a path as it is; more of them are applied one after the other.
type Transform func(path []uint16) []uint16

// Exposure counts immediate repetitions of a channel as one touch: D A B B C D C C becomes D A B C D C.
func Exposure(path []uint16) []uint16 {
	kept := path[:0]
	for i, n := range path {
		if i == 0 || n != kept[len(kept)-1] {
			kept = append(kept, n)
		}
	}
	return kept
}

// FirstExposure counts a channel once, where it came first: D A B B C D C C becomes D A B C.
func FirstExposure(path []uint16) []uint16 {
	kept := path[:0]
	if len(path) < 32 { // shorter than a set is made
		for _, n := range path {
			if !slices.Contains(kept, n) {
				kept = append(kept, n)
			}
		}
		return kept
	}
	had := map[uint16]bool{}
	for _, n := range path {
		if !had[n] {
			had[n] = true
			kept = append(kept, n)
		}
	}
	return kept
}

// Drop leaves a channel out, such as that of direct visits, unless nothing else is in the path: without D, D A D becomes A, and D D
// stays.
func Drop(channel uint16) Transform {
	return func(path []uint16) []uint16 {
		if !containsOther(path, channel) {
			return path
		}
		kept := path[:0]
		for _, n := range path {
			if n != channel {
				kept = append(kept, n)
			}
		}
		return kept
	}
}

// DropLast leaves a channel out where it ends the path, unless nothing else is in it: without D at the end, D A D D becomes D A, and
// D D stays.
func DropLast(channel uint16) Transform {
	return func(path []uint16) []uint16 {
		if !containsOther(path, channel) {
			return path
		}
		for path[len(path)-1] == channel {
			path = path[:len(path)-1]
		}
		return path
	}
}

func containsOther(path []uint16, channel uint16) bool {
	return slices.ContainsFunc(path, func(n uint16) bool { return n != channel })
}

// Trim keeps the last n touches; less than 1 is 1, as a path has a touch.
func Trim(n int) Transform {
	n = max(1, n)
	return func(path []uint16) []uint16 { return path[max(0, len(path)-n):] }
}

// Frequency counts a channel once, where it came first, and makes channels of how often it came: D A B B C D C C becomes D(2) A(1)
// B(2) C(3), in place. A channel that already has such a name is the same. The error wraps [ErrUnknown] (a number that no channel has; nothing has changed), or [ErrChannels] when these
// are too many; the path is then of no use.
func (c *Channels) Frequency(path []uint16) ([]uint16, error) {
	times := map[uint16]int{}
	for _, n := range path {
		if int(n) >= c.Len() {
			return nil, fmt.Errorf("attribution: path: %w: no channel has the number %d; take those that Number gives", ErrUnknown, n)
		}
		times[n]++
	}
	kept := FirstExposure(path)
	for i, n := range kept {
		named, err := c.number(c.Name(n) + "(" + strconv.Itoa(times[n]) + ")")
		if err != nil {
			return nil, err
		}
		kept[i] = named
	}
	return kept, nil
}
