package rule

import (
	"math"
	"math/bits"
)

// chunkSize is how many activities are taken together.
const chunkSize = 64

// chunk is some activities on their way through the indexes: one index looks at
// all of them before the next, so that it stays at hand.
type chunk struct {
	first, count int
	holds        [chunkSize]uint64 // the clauses that are still possible
	suspects     [chunkSize]uint64
	keys         [chunkSize]int64 // of the dates
	skipped      uint64           // a bit for each activity that does not count
	doubted      bool             // there are suspects
}

// passWord is pass for at most 64 clauses.
func (v *view) passWord(p *plan) {
	t, counting, counters := p.items, p.counting[0], uint64(1)<<p.counters-1 // all bits if there are 64 counters
	// What holds for one activity already need not be decided for another,
	// unless it is counted or might fail.
	once := counters &^ counting & t.sure
	var some uint64
	c := &v.chunk
	for c.first = 0; c.first < v.rows.count; c.first += chunkSize {
		c.count = min(chunkSize, v.rows.count-c.first)
		v.load(t)
		for i := t.dated; i < len(t.indexes); i++ {
			v.narrow(t.indexes[i : i+1])
		}
		held := c.held()
		if open := held & t.rest[0] & once; open != 0 && !c.doubted {
			some |= v.decideOnce(t, open&^some)
			held &^= open
		}
		if held&t.rest[0]&^once != 0 || c.doubted {
			held = v.finishEach(p, once)
		}
		some |= held
		v.count(p)
		if held&^counters != 0 {
			for i, holds := range c.holds[:c.count] {
				if holds&^counters != 0 {
					p.list(&v.matches, 0, holds, c.first+i)
				}
			}
		}
	}
	for once := some & counters &^ counting; once != 0; once &= once - 1 {
		v.counts[bits.TrailingZeros64(once)] = 1
	}
}

// held is what holds for any activity of the chunk.
func (c *chunk) held() (held uint64) {
	for _, holds := range c.holds[:c.count] {
		held |= holds
	}
	return held
}

// decideOnce tells which of the open clauses, which can't fail, hold for some activity.
// It takes one clause after the other, so that the next jump is mostly that of before.
func (v *view) decideOnce(t *table, open uint64) (some uint64) {
	c := &v.chunk
	for ; open != 0; open &= open - 1 {
		clause := bits.TrailingZeros64(open)
		decide := t.left[clause]
		var possible uint64 // a bit for each activity
		for i, holds := range c.holds[:c.count] {
			possible |= holds >> (clause & 63) & 1 << (i & 63)
		}
		for ; possible != 0; possible &= possible - 1 {
			i := bits.TrailingZeros64(possible)
			v.item, v.itemKey = v.rows.at(c.first+i), c.keys[i]
			if decide(&v.frame) == yes {
				some |= 1 << clause
				break
			}
		}
	}
	return some
}

// finishEach decides what is open of one activity after the other, and gives what
// holds for any. What needs to be decided but once has been, unless there are suspects.
func (v *view) finishEach(p *plan, once uint64) (some uint64) {
	c, t := &v.chunk, p.items
	for i, holds := range c.holds[:c.count] {
		settled := once
		if c.doubted {
			settled &= some
		}
		if holds&t.rest[0]&^settled != 0 || c.suspects[i] != 0 {
			var failing uint64
			v.item, v.itemKey = v.rows.at(c.first+i), c.keys[i]
			holds, failing = t.finish(&v.frame, 0, holds, settled, c.suspects[i])
			if failing != 0 {
				v.fail(p, 0, failing, c.first+i)
			}
		}
		if !c.doubted {
			holds &^= t.rest[0] & once
		}
		c.holds[i] = holds
		some |= holds
	}
	return some
}

// Counters are counted in lanes of a word, of 8 bits each: more than a chunk has
// activities. The product of 7 bits with spread has each at the end of a lane.
const (
	laneCounters = 7
	spread       = 1 | 1<<7 | 1<<14 | 1<<21 | 1<<28 | 1<<35 | 1<<42
	laneEnds     = 1 | 1<<8 | 1<<16 | 1<<24 | 1<<32 | 1<<40 | 1<<48
)

// count adds to the counters what holds for the chunk's activities.
func (v *view) count(p *plan) {
	c := &v.chunk
	for first := 0; first < p.counters; first += laneCounters {
		counting := p.counting[0] >> first & (1<<laneCounters - 1)
		if counting == 0 {
			continue
		}
		lanes := uint64(0)
		for _, holds := range c.holds[:c.count] {
			lanes += holds >> (first & 63) & (1<<laneCounters - 1) * spread & laneEnds
		}
		for ; counting != 0; counting &= counting - 1 {
			lane := bits.TrailingZeros64(counting)
			v.counts[first+lane] += int(lanes >> (8 * lane & 63) & 255)
		}
	}
}

// load begins a chunk: every clause whose windows hold is possible for the
// activities that count.
func (v *view) load(t *table) {
	c, all := &v.chunk, t.all[0]
	var cuts []int64
	rows := t.all // a single row
	if t.dated > 0 {
		x := &t.indexes[0]
		cuts, rows = v.cuts[x.from:x.to], x.rows
	}
	if c.doubted {
		clear(c.suspects[:])
		c.doubted = false
	}
	c.skipped = 0
	holds := c.holds[:c.count]
	if v.date == nil {
		for i := range holds {
			holds[i] = all
		}
		return
	}
	direct, pointed, s, now := v.date.direct(), v.date.pointer && !v.date.fallible(), &v.date.last, v.nowKey
	if pointed {
		s = &v.date.value
	}
	list, first, field := v.rows, c.first, *s
	for i := range holds {
		m := list.at(first + i)
		if pointed {
			m = v.date.last.follow(m)
		}
		if direct || pointed && !absent(m) {
			key := keyOf(field.time(m))
			c.keys[i] = key
			if key < now && key > math.MinInt64 {
				row := 0
				for _, cut := range cuts {
					row += ones(key >= cut)
				}
				holds[i] = rows[row]
				continue
			}
		}
		v.item = list.at(first + i)
		if v.leftOut() {
			c.skipped |= 1 << i
			holds[i] = 0
			continue
		}
		c.keys[i] = v.itemKey
		holds[i] = rows[rowOfKey(cuts, v.itemKey)]
	}
}

// narrow takes the chunk through one index.
func (v *view) narrow(one []index) {
	c, x := &v.chunk, &one[0]
	if x.pointer {
		v.narrowPointed(x)
		return
	}
	holds, rows := c.holds[:c.count], x.rows
	list, first, field := v.rows, c.first, x.slot // at hand, for the loops are short
	switch x.easy {
	case easyText:
		texts := &x.texts
		for i := range holds {
			holds[i] &= rows[texts.sure(field.text(list.at(first+i)))]
		}
	case easyOnly:
		only := x.texts.only
		for i := range holds {
			holds[i] &= rows[ones(field.text(list.at(first+i)) == only)]
		}
	case easyNumber:
		for i := range holds {
			holds[i] &= rows[x.rowOfNumber(field.number(list.at(first+i)))]
		}
	case easyInteger:
		for i := range holds {
			holds[i] &= rows[x.rowOfInteger(field.integer(list.at(first+i)))]
		}
	default:
		for i := range holds {
			if c.skipped>>i&1 == 0 { // even where nothing is possible, something may fail
				v.item, v.itemKey = v.rows.at(c.first+i), c.keys[i]
				var doubt uint64
				holds[i], doubt = narrowWord(one, &v.frame, v.item, holds[i])
				c.suspects[i] |= doubt
				c.doubted = c.doubted || doubt != 0
			}
		}
	}
}

// narrowPointed takes the chunk through an index of a field that is pointed to.
func (v *view) narrowPointed(x *index) {
	c := &v.chunk
	holds, rows := c.holds[:c.count], x.rows
	for i := range holds {
		m := x.slot.follow(v.rows.at(c.first + i))
		if absent(m) {
			holds[i] &= rows[x.missing]
			if doubt := x.doubt[0]; doubt != 0 && c.skipped>>i&1 == 0 {
				c.suspects[i] |= doubt
				c.doubted = true
			}
			continue
		}
		row := 0
		switch x.easy {
		case easyText:
			row = x.texts.sure(x.value.text(m))
		case easyOnly:
			row = ones(x.value.text(m) == x.texts.only)
		case easyNumber:
			row = x.rowOfNumber(x.value.number(m))
		case easyInteger:
			row = x.rowOfInteger(x.value.integer(m))
		default:
			v.item = v.rows.at(c.first + i)
			row = x.row(&v.frame)
		}
		holds[i] &= rows[row]
	}
}
