package rule

// textIndex numbers texts from 1 on; 0 is any other.
type textIndex struct {
	only       string // the single text
	single     bool
	perfect    bool // no two texts have one place
	multiplier uint64
	shift      uint
	entries    []textEntry
	numbers    map[string]int // if not perfect
}

type textEntry struct {
	digest digest
	text   string
	number int
}

// digest is two words made of the bytes of a text. Up to 16 bytes they are all
// in it, so that texts of one length are equal if their digests are.
type digest struct{ head, tail uint64 }

// wholeDigest is up to which length a digest has all bytes.
const wholeDigest = 16

// digestOf has no more jumps than the lengths of a field's usual values need.
func digestOf(s string) digest {
	n := len(s)
	switch {
	case n > wholeDigest:
		return digest{load8(s), load8(s[n-8:])}
	case n >= 4:
		middle := n >> 3 << 2 // 4 from 8 bytes on
		return digest{uint64(load4(s))<<32 | uint64(load4(s[middle:])), uint64(load4(s[n-4:]))<<32 | uint64(load4(s[n-4-middle:]))}
	case n > 0:
		return digest{uint64(s[0])<<16 | uint64(s[n>>1])<<8 | uint64(s[n-1]), 0}
	}
	return digest{}
}

// load8 reads 8 bytes, which compilers make one load of.
func load8(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 | uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

func load4(s string) uint32 {
	_ = s[3]
	return uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
}

// triedMultipliers is how many are tried at each size of the table.
const triedMultipliers = 16

// mostPerfect is up to how many texts are tried: of more, two nearly always have
// one place, and the tries would cost seconds.
const mostPerfect = 512

func newTextIndex(texts []string) textIndex {
	if len(texts) == 1 {
		return textIndex{only: texts[0], single: true}
	}
	bits := uint(2)
	for 1<<bits < 2*len(texts) {
		bits++
	}
	for ; len(texts) <= mostPerfect && 1<<bits <= 32*len(texts); bits++ {
		multiplier := uint64(0x9E3779B97F4A7C15)
		for range triedMultipliers {
			x := textIndex{perfect: true, multiplier: multiplier, shift: 64 - bits, entries: make([]textEntry, 1<<bits)}
			if x.place(texts) {
				return x
			}
			multiplier = multiplier*6364136223846793005 + 1442695040888963406 // odd again
		}
	}
	x := textIndex{numbers: map[string]int{}}
	for i, text := range texts {
		x.numbers[text] = i + 1
	}
	return x
}

// place puts each text into its place; false if one is taken.
func (x *textIndex) place(texts []string) bool {
	for i, text := range texts {
		d := digestOf(text)
		e := x.at(d, len(text))
		if e.number != 0 {
			return false
		}
		*e = textEntry{d, text, i + 1}
	}
	return true
}

// at is the place of a text of so many bytes.
func (x *textIndex) at(d digest, length int) *textEntry {
	hash := (d.head ^ d.tail>>7 ^ d.tail<<57 ^ uint64(length)) * x.multiplier
	return &x.entries[hash>>(x.shift&63)]
}

// sure gives the text's number, or 0, of a perfect index.
func (x *textIndex) sure(text string) int {
	var d digest
	if n := len(text); n >= 4 && n <= wholeDigest { // as digestOf has it, without a call
		middle := n >> 3 << 2
		d.head = uint64(load4(text))<<32 | uint64(load4(text[middle:]))
		d.tail = uint64(load4(text[n-4:]))<<32 | uint64(load4(text[n-4-middle:]))
	} else {
		d = digestOf(text)
	}
	e := x.at(d, len(text))
	// One jump less than a comparison of the parts one by one.
	found := ones((e.digest.head^d.head)|(e.digest.tail^d.tail)|uint64(len(e.text)^len(text)) == 0)
	if len(text) > wholeDigest && found != 0 {
		found = ones(e.text == text)
	}
	return e.number & -found
}

// find gives the text's number, or 0.
func (x *textIndex) find(text string) int {
	switch {
	case x.single:
		return ones(text == x.only)
	case x.perfect:
		return x.sure(text)
	}
	return x.numbers[text]
}
