package main

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/leadloop/leadloop/attribution"
)

// log is what logs of touches and lists of conversions hold, as they were read: 32 bytes a touch, 24 a conversion, and each
// journey's id once.
type log struct {
	digits      int
	journeys    names
	channels    names
	campaigns   names
	pages       [][]touch // full ones but for the last, so that growing copies nothing
	touches     int
	conversions []conversion
	costs       []int64 // by channel
	cost, value int64   // sums
}

type touch struct {
	at       instant
	cost     int64
	journey  uint32
	campaign uint32
	channel  uint16
}

type conversion struct {
	at      instant
	value   int64
	journey uint32
}

const pageSize = 1 << 13

const (
	emptyCell  fault = "is empty: complete it"
	manyOfKind fault = "is one too many to tell apart: is it another column?"
)

func newLog(j job) *log { return &log{digits: j.minorDigits} }

// readTouches reads the rows of a log of touches.
func (l *log) readTouches(f *file) {
	journey, at, channel, campaign, cost := f.at[0], f.at[1], f.at[2], f.at[3], f.at[4]
	f.hasCost = f.hasCost || cost >= 0
	for f.next() {
		var t touch
		var is fault
		cells := f.rows.cells
		id, name, part := trim(cells[journey]), trim(cells[channel]), []byte(nil)
		if campaign >= 0 {
			part = trim(cells[campaign])
		}
		if len(id) == 0 {
			f.cell("journey", emptyCell)
			continue
		}
		if len(name) == 0 {
			f.cell("channel", emptyCell)
			continue
		}
		if t.at, is = parseTime(cells[at]); is != "" {
			f.cell("at", is)
			continue
		}
		if cost >= 0 && len(trim(cells[cost])) > 0 { // an empty cell is no cost
			if t.cost, is = parseAmount(cells[cost], l.digits); is != "" {
				f.cell("cost", is)
				continue
			}
		}
		if t.cost > math.MaxInt64-l.cost {
			f.row(sumTooLarge)
			continue
		}
		if l.channels.find(name) < 0 {
			if !utf8.Valid(name) {
				f.cell("channel", noText)
				continue
			}
			if len(l.channels.list) == attribution.MaxChannels {
				f.cell("channel", manyOfKind)
				continue
			}
		}
		t.journey, t.channel, t.campaign = uint32(l.journeys.number(id)), uint16(l.channels.number(name)), uint32(l.campaigns.number(part))
		l.add(t)
	}
}

func (l *log) add(t touch) {
	if l.touches%pageSize == 0 {
		l.pages = append(l.pages, make([]touch, 0, pageSize))
	}
	last := &l.pages[len(l.pages)-1]
	*last = append(*last, t)
	l.touches++
	if int(t.channel) == len(l.costs) {
		l.costs = append(l.costs, 0)
	}
	l.costs[t.channel] += t.cost
	l.cost += t.cost
}

// readConversions reads the rows of a list of conversions.
func (l *log) readConversions(f *file) {
	journey, at, value := f.at[0], f.at[1], f.at[2]
	for f.next() {
		var c conversion
		var is fault
		cells := f.rows.cells
		id := trim(cells[journey])
		if len(id) == 0 {
			f.cell("journey", emptyCell)
			continue
		}
		if c.at, is = parseTime(cells[at]); is != "" {
			f.cell("at", is)
			continue
		}
		if c.value, is = parseAmount(cells[value], l.digits); is != "" {
			f.cell("value", is)
			continue
		}
		if c.value > math.MaxInt64-l.value {
			f.row(sumTooLarge)
			continue
		}
		l.value += c.value
		c.journey = uint32(l.journeys.number(id))
		l.conversions = append(l.conversions, c)
	}
}

// each gives every journey, one after the other, in buffers that the next one reuses. Rows have no ids: those of a journey get
// ids in order of their content, so that the order of rows makes no difference.
func (l *log) each(visit func(attribution.Journey) error) error {
	touches := grouped(len(l.journeys.list), l.touches, func(i int) uint32 { return l.touch(i).journey })
	conversions := grouped(len(l.journeys.list), len(l.conversions), func(i int) uint32 { return l.conversions[i].journey })
	channelRank, campaignRank := ranks(l.channels.list), ranks(l.campaigns.list)
	var ids []string
	id := func(i int) string {
		for len(ids) <= i {
			ids = append(ids, paddedNumber(len(ids)))
		}
		return ids[i]
	}
	var own []touch
	var won []conversion
	j := attribution.Journey{}
	for n, name := range l.journeys.list {
		own, won = own[:0], won[:0]
		for _, i := range touches.of(n) {
			own = append(own, *l.touch(int(i)))
		}
		for _, i := range conversions.of(n) {
			won = append(won, l.conversions[i])
		}
		slices.SortFunc(own, func(a, b touch) int {
			return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(channelRank[a.channel], channelRank[b.channel]),
				cmp.Compare(campaignRank[a.campaign], campaignRank[b.campaign]), cmp.Compare(a.cost, b.cost))
		})
		slices.SortFunc(won, func(a, b conversion) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.value, b.value)) })
		j.ID, j.Touches, j.Conversions = name, j.Touches[:0], j.Conversions[:0]
		for i, t := range own {
			j.Touches = append(j.Touches, attribution.Touch{
				ID: id(i), Channel: l.channels.list[t.channel], Campaign: l.campaigns.list[t.campaign], At: t.at.time(), Cost: t.cost})
		}
		for i, c := range won {
			j.Conversions = append(j.Conversions, attribution.Conversion{ID: id(i), At: c.at.time(), Revenue: c.value})
		}
		if err := visit(j); err != nil {
			return err
		}
	}
	return nil
}

func (l *log) touch(i int) *touch { return &l.pages[i/pageSize][i%pageSize] }

// paddedNumber is a number with as many digits as any has, so that texts stand in the order of numbers.
func paddedNumber(n int) string {
	text := decimal(int64(n), 0)
	return strings.Repeat("0", 10-len(text)) + text
}

// groups are the indices of rows by journey.
type groups struct {
	begins []uint32 // by journey; one more than there are
	rows   []uint32
}

func (g groups) of(journey int) []uint32 { return g.rows[g.begins[journey]:g.begins[journey+1]] }

// grouped sorts rows by journey, by counting.
func grouped(journeys, n int, journey func(row int) uint32) groups {
	g := groups{make([]uint32, journeys+1), make([]uint32, n)}
	for i := range n {
		g.begins[journey(i)]++
	}
	sum := uint32(0)
	for k, count := range g.begins {
		sum += count
		g.begins[k] = sum // the end so far: rows are put in from behind
	}
	for i := n - 1; i >= 0; i-- {
		k := journey(i)
		g.begins[k]--
		g.rows[g.begins[k]] = uint32(i)
	}
	return g
}

// ranks are the places of names in their order.
func ranks(names []string) []uint32 {
	order := make([]uint32, len(names))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(a, b uint32) int { return strings.Compare(names[a], names[b]) })
	rank := make([]uint32, len(names))
	for place, n := range order {
		rank[n] = uint32(place)
	}
	return rank
}
