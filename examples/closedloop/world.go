package main

import (
	"slices"
	"time"
)

// Seconds of the simulated year. Everything in the world is counted in whole seconds since [yearStart].
const (
	minute = 60
	hour   = 60 * minute
	day    = 24 * hour
	days   = 365
)

// yearStart and yearEnd bound the simulated year: half-open, in UTC.
var (
	yearStart = time.Date(2025, time.January, 1, 0, 0, 0, 0, time.UTC)
	yearEnd   = yearStart.AddDate(1, 0, 0)
)

func instant(second uint32) time.Time { return yearStart.Add(time.Duration(second) * time.Second) }
func second(t time.Time) uint32       { return uint32(t.Sub(yearStart) / time.Second) }

// person is one lead of the world, visible facts and hidden truth, in as few bytes as a million of them ask for.
type person struct {
	account   uint32
	created   uint32
	employees uint32
	quality   int16 // the truth: 0 hopeless to 1000 ideal
	industry  uint8
	country   uint8
	rank      uint8
	persona   persona
	entry     uint8 // the campaign that brought the lead in
	freeMail  bool
	phone     bool
	double    bool // a colleague typed the same person in twice
	customer  bool // the account has been a customer for years
}

// act is one activity, eight bytes.
type act struct {
	at       uint32
	cents    uint16 // what this touch cost
	campaign uint8  // [noCampaign]: no touch of its own
	kind     kind
}

// world is the company's market: the leads in order of their number, and the contacts of each account, which have
// consecutive numbers.
type world struct {
	seed     uint64
	people   []person
	accounts []uint32 // the first lead of each account; a last entry closes the last account
	scratch  []act    // reused between leads
	without  string   // a channel that does not exist in this world; "" for none
}

// missing says that a campaign does not exist in this world.
func (w *world) missing(campaign uint8) bool {
	return campaign != noCampaign && campaigns[campaign].channel == w.without
}

// newWorld makes a market of n leads from a seed.
func newWorld(seed uint64, n int) *world {
	w := &world{seed: seed, people: make([]person, 0, n)}
	for len(w.people) < n {
		w.accounts = append(w.accounts, uint32(len(w.people)))
		w.addAccount(uint32(len(w.accounts)-1), n)
	}
	w.accounts = append(w.accounts, uint32(n))
	return w
}

// addAccount adds a company with one to six people. Its need is the same for all of them; colleagues of the first one
// turn up in the months after.
func (w *world) addAccount(number uint32, limit int) {
	d := roll(w.seed, 1, uint64(number))
	industry := d.pick(weights(industries))
	country := d.pick(weights(countries))
	size := sizes[d.pick([]int{sizes[0].weight, sizes[1].weight, sizes[2].weight, sizes[3].weight})]
	employees := d.between(size.lo, size.hi)
	need := d.below(100)
	customer := d.chance(25)
	first := uint32(0)
	for i, count := 0, 1+d.pick([]int{460, 240, 140, 80, 50, 30}); i < count && len(w.people) < limit; i++ {
		p := person{
			account: number, employees: uint32(employees), industry: uint8(industry), country: uint8(country),
			rank: uint8(d.pick(weights(ranks))), persona: persona(d.pick(personaWeights)),
			phone: d.chance(700), double: i > 0 && d.chance(45), customer: customer,
		}
		switch {
		case i > 0:
			p.created = office(d, min(days-1, first/day+uint32(d.below(120))))
		case d.chance(240): // the year begins with the contacts that last year left
			first = office(d, uint32(d.below(45)))
			p.created = first
		default:
			first = office(d, uint32(d.below(days)))
			p.created = first
		}
		p.entry = uint8(entryCampaign(d, p.created))
		p.freeMail = d.chance([]int{60, 150, 250, 700, 120, 500, 800}[p.persona])
		p.quality = int16(quality(&p, need, size.truth))
		w.people = append(w.people, p)
	}
}

// quality is the hidden truth that decides what sales finds: the account's need, the person, and how well both suit.
func quality(p *person, need, size int) int {
	q := 5*need + industries[p.industry].truth + countries[p.country].truth + ranks[p.rank].truth + size +
		3*campaigns[p.entry].need + []int{330, 90, -130, -300, -400, -400, -500}[p.persona]
	return max(0, min(1000, q))
}

// entryCampaign picks what brought a lead in: fairs only bring leads in their weeks.
func entryCampaign(d *dice, created uint32) int {
	month := created / (30 * day)
	odds := make([]int, len(campaigns))
	for i, c := range campaigns {
		odds[i] = c.weight
	}
	switch month {
	case 2, 3:
		odds[8] *= 6
		odds[9] = 0
	case 8, 9:
		odds[9] *= 6
		odds[8] = 0
	default:
		odds[8], odds[9] = 0, 0
	}
	return d.pick(odds)
}

// activities are what a lead does of its own accord through the year, oldest first: waves of visits, each begun by a
// touch, with what its persona likes to do in between. The list is good until the next one is asked for.
func (w *world) activities(lead int) []act {
	p := &w.people[lead]
	d := roll(w.seed, 2, uint64(lead))
	h := &habits[p.persona]
	all := w.scratch[:0]
	at := p.created
	for wave, waves := 0, h.waves.draw(d); wave < waves; wave++ {
		before := len(all)
		c := int(p.entry)
		if wave > 0 {
			c = returnCampaign(d, p.entry == coldCalls)
		}
		all = append(all, touch(d, at, c))
		t := at
		for step, steps := 0, h.steps.draw(d); step < steps; step++ {
			t += uint32(spread{{55, 1 * minute, 20 * minute}, {30, hour, 2 * day}, {15, 2 * day, 6 * day}}.draw(d))
			k := habitKinds[d.pick(h.mix)]
			if k == demo && int(p.quality) < d.below(700) { // who has no need seldom asks for a demonstration
				k = visit
			}
			all = append(all, act{at: t, kind: k})
		}
		if w.missing(uint8(c)) { // the dice were cast all the same, so that everything else happens as it would have
			all = all[:before]
		}
		at = office(d, t/day+uint32(d.between(6, 50)))
	}
	slices.SortStableFunc(all, func(a, b act) int { return int(int64(a.at) - int64(b.at)) })
	end := second(yearEnd)
	for len(all) > 1 && all[len(all)-1].at >= end {
		all = all[:len(all)-1]
	}
	w.scratch = all
	return all
}

// nurture is what comes of one mail of a nurture track: often nothing, sometimes an opened mail, a click, and for people
// with a need, a visit that shows it.
func (w *world) nurture(lead, mail int, at uint32) []act {
	d := roll(w.seed, 3, uint64(lead), uint64(mail))
	p := &w.people[lead]
	if !d.chance(450) || w.missing(nurtureMail) {
		return nil
	}
	all := []act{{at: at, kind: emailOpen}}
	if !d.chance(150 + int(p.quality)/2) {
		return all
	}
	all = append(all, touch(d, at+uint32(d.between(30, 600)), nurtureMail))
	t := at + uint32(d.between(700, 1500))
	for range d.between(1, 4) {
		k := []kind{visit, pricing, demo, webinar}[d.pick([]int{600, 200 + int(p.quality)/4, int(p.quality) / 6, 60})]
		all = append(all, act{at: t, kind: k})
		t += uint32(d.between(60, 900))
	}
	for len(all) > 0 && all[len(all)-1].at >= second(yearEnd) {
		all = all[:len(all)-1]
	}
	return all
}

// touch is an activity that a campaign paid for.
func touch(d *dice, at uint32, c int) act {
	return act{at: at, kind: campaigns[c].kind, campaign: uint8(c), cents: uint16(d.between(campaigns[c].lo, campaigns[c].hi))}
}

// returnCampaign picks what brings a known lead back. Leads that sales found itself mostly hear from sales.
func returnCampaign(d *dice, outbound bool) int {
	if outbound && d.chance(850) {
		return coldCalls
	}
	odds := make([]int, len(campaigns))
	for i, c := range campaigns {
		odds[i] = c.again
	}
	return d.pick(odds)
}

// office is a second of the given day of the year, rarely at a week-end and mostly by day.
func office(d *dice, dayOfYear uint32) uint32 {
	weekday := (dayOfYear + 2) % 7 // from Monday: 1 January 2025 was a Wednesday
	if weekday >= 5 && d.chance(750) {
		dayOfYear += 7 - weekday
	}
	h := []int{5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21}[d.pick([]int{
		5, 15, 50, 90, 110, 110, 90, 70, 90, 100, 90, 60, 40, 30, 25, 15, 10})]
	return dayOfYear*day + uint32(h*hour+d.below(hour))
}

// lead is the host's view of a person.
func (w *world) lead(i int) Lead {
	p := &w.people[i]
	source := "marketing"
	if p.entry == coldCalls {
		source = "outbound"
	}
	return Lead{
		ID: leadID(i), Account: accountID(p.account), Source: source, Industry: industries[p.industry].name,
		Employees: int(p.employees), Country: countries[p.country].name, Seniority: ranks[p.rank].name,
		FreeMail: p.freeMail, HasPhone: p.phone,
	}
}

func leadID(i int) string            { return numbered('L', i+1) }
func accountID(number uint32) string { return numbered('A', int(number)+1) }

// numbered is a letter and seven digits.
func numbered(letter byte, n int) string {
	text := [8]byte{0: letter}
	for i := 7; i > 0; i-- {
		text[i] = byte('0' + n%10)
		n /= 10
	}
	return string(text[:])
}

func weights(bands []band) []int {
	w := make([]int, len(bands))
	for i, b := range bands {
		w[i] = b.weight
	}
	return w
}
