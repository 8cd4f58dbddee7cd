package funnel

// An index finds the place of a name in a list. A funnel has a few dozen names at most, so that one look at the length and
// three letters tells which of them a name can be: a perfect hash, found when the policy is compiled. Longer lists and
// names that look too much alike are left to a map.
type index struct {
	places [256]uint8 // by hash: place + 1 of the only name that has it, 0 for none
	factor uint32     // 0: use the map
	others map[string]int
}

func newIndex[S ~string](names []S) index {
	if len(names) <= 64 { // of more, hardly any factor keeps all apart
		for factor := uint32(1); factor < 1<<15; factor += 2 {
			if x := (index{factor: factor * 0x9E3779B1}); x.fill(len(names), func(i int) string { return string(names[i]) }) {
				return x
			}
		}
	}
	x := index{others: map[string]int{}}
	for i, name := range names {
		x.others[string(name)] = i
	}
	return x
}

func (x *index) fill(n int, name func(int) string) bool {
	for i := range n {
		if name(i) == "" {
			return false
		}
		place := &x.places[x.hash(name(i))]
		if *place != 0 {
			return false
		}
		*place = uint8(i + 1)
	}
	return true
}

// hash is of a name that is not empty.
func (x *index) hash(name string) uint8 {
	n := len(name)
	return uint8((uint32(n) ^ uint32(name[0])<<8 ^ uint32(name[n/2])<<16 ^ uint32(name[n-1])<<24) * x.factor >> 24)
}

// place gives the only place that a name can have, or -1. Whether the name there is the same is for the caller to compare.
func (x *index) place(name string) int {
	if x.factor == 0 || name == "" {
		return x.inMap(name)
	}
	return int(x.places[x.hash(name)]) - 1
}

func (x *index) inMap(name string) int {
	if i, ok := x.others[name]; ok {
		return i
	}
	return -1
}
