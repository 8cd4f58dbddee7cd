package main

import "encoding/binary"

// names gives names numbers, from 0 in the order in which they first come. A name that it knows costs no string.
type names struct {
	slots []slot // by hash, open addressing; a power of two
	list  []string
}

type slot struct {
	key    uint64
	length uint32
	number uint32 // plus 1; 0 is an empty slot
}

// key is 64 bits of a name: of up to eight bytes all there is to know, together with the length; otherwise a hash.
func key(name []byte) uint64 {
	n := len(name)
	if n <= 8 {
		return word(name) & (1<<(8*uint(n)) - 1)
	}
	h := uint64(n)
	for ; len(name) > 8; name = name[8:] {
		h = mix(h ^ word(name))
	}
	return mix(h ^ key(name))
}

// word is the first eight bytes; behind the end of a short text stands what happens to stand there.
func word(text []byte) (w uint64) {
	if cap(text) >= 8 {
		return binary.LittleEndian.Uint64(text[:8])
	}
	for i, c := range text {
		w |= uint64(c) << (8 * i)
	}
	return w
}

func mix(h uint64) uint64 {
	h *= 0x9E3779B97F4A7C15
	return h ^ h>>32
}

// find gives the number of a name, or −1 if it is new.
func (s *names) find(name []byte) int { return s.findKey(key(name), name) }

// findKey is find for who knows the key.
func (s *names) findKey(k uint64, name []byte) int {
	if len(s.slots) == 0 {
		return -1
	}
	length := uint32(len(name))
	mask := len(s.slots) - 1
	for i := int(mix(k+uint64(length))>>20) & mask; ; i = (i + 1) & mask {
		at := &s.slots[i]
		if at.key == k && at.length == length && at.number != 0 && (length <= 8 || s.list[at.number-1] == string(name)) {
			return int(at.number) - 1
		}
		if at.number == 0 {
			return -1
		}
	}
}

// add gives a new name the next number.
func (s *names) add(name []byte) int {
	s.list = append(s.list, string(name))
	if 2*len(s.list) > len(s.slots) {
		s.slots = make([]slot, max(64, 2*len(s.slots)))
		for i, name := range s.list {
			s.place([]byte(name), i)
		}
	} else {
		s.place(name, len(s.list)-1)
	}
	return len(s.list) - 1
}

func (s *names) place(name []byte, number int) {
	k := key(name)
	mask := len(s.slots) - 1
	i := int(mix(k+uint64(len(name)))>>20) & mask
	for s.slots[i].number != 0 {
		i = (i + 1) & mask
	}
	s.slots[i] = slot{k, uint32(len(name)), uint32(number) + 1}
}

// number finds or adds a name.
func (s *names) number(name []byte) int {
	if n := s.find(name); n >= 0 {
		return n
	}
	return s.add(name)
}
