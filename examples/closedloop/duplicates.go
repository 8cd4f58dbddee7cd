package main

import (
	"hash/maphash"
	"strings"
)

// differingRows finds the ids of a file that several rows have which do not say the same in the columns that are read. Where bad
// rows are skipped, none of them counts: to take one of them would let the order of the rows decide. It reads the whole file once
// before it is read for what it says, so that no row has counted by then.
func differingRows(dir, name, id string, kind tableKind) map[string]bool {
	t := openTable(dir, name, kind, &problems{lenient: true}) // the second reading reports what is wrong
	if t == nil {
		return nil
	}
	first, differing := map[string]uint64{}, map[string]bool{}
	var hash maphash.Hash
	for t.next() {
		key := t.text(id)
		hash.Reset()
		for _, column := range t.columns {
			hash.WriteString(t.text(column))
			hash.WriteByte(0)
		}
		if sum, known := first[key]; !known {
			first[strings.Clone(key)] = hash.Sum64()
		} else if sum != hash.Sum64() {
			differing[strings.Clone(key)] = true
		}
	}
	return differing
}
