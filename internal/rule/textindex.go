package rule

// textIndex numbers texts from 1 on; 0 is any other.
type textIndex struct {
	only    string // the single text
	single  bool
	perfect bool // no two texts have one place
	short   bool // the length and the first byte tell the texts apart
	hash    hash
	entries []textEntry
	numbers map[string]int // if not perfect
}

type textEntry struct {
	text   string
	number int
}

// hash makes places of a few bytes of a text, which tell most sets of names apart.
type hash struct {
	multiplier uint64
	shift      uint
}

// triedMultipliers is how many are tried at each size of the table.
const triedMultipliers = 16

func newTextIndex(texts []string) textIndex {
	if len(texts) == 1 {
		return textIndex{only: texts[0], single: true}
	}
	for _, short := range []bool{true, false} {
		for bits := uint(2); 1<<bits <= 32*len(texts); bits++ {
			multiplier := uint64(0x9E3779B97F4A7C15)
			for range triedMultipliers {
				x := textIndex{perfect: true, short: short, hash: hash{multiplier, 64 - bits}, entries: make([]textEntry, 1<<bits)}
				if len(texts) <= 1<<bits && x.place(texts) {
					return x
				}
				multiplier = multiplier*6364136223846793005 + 1442695040888963407
			}
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
		e := x.at(text)
		if e.number != 0 {
			return false
		}
		*e = textEntry{text, i + 1}
	}
	return true
}

// at is the place of a text.
func (x *textIndex) at(text string) *textEntry {
	n := uint64(len(text))
	if n == 0 {
		return &x.entries[0]
	}
	n ^= uint64(text[0]) << 8
	if !x.short {
		n ^= uint64(text[len(text)-1])<<16 ^ uint64(text[len(text)>>1])<<24
	}
	return &x.entries[n*x.hash.multiplier>>x.hash.shift&uint64(len(x.entries)-1)]
}

// sure gives the text's number, or 0, of a perfect index.
func (x *textIndex) sure(text string) int {
	if e := x.at(text); equalText(e.text, text) {
		return e.number
	}
	return 0
}

// equalText is a == b without a call for the usual lengths of names.
func equalText(a, b string) bool {
	n := len(a)
	switch {
	case n != len(b):
		return false
	case n >= 8 && n <= 16:
		return load8(a) == load8(b) && load8(a[n-8:]) == load8(b[n-8:])
	case n >= 4 && n < 8:
		return load4(a) == load4(b) && load4(a[n-4:]) == load4(b[n-4:])
	}
	return a == b
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
