package main

// task is what an entry of the agenda asks for.
type task uint8

// The tasks, in the order in which those of the same second are done: people before deadlines, because what is done at the
// last instant is in time, and what leads do last.
const (
	personTask task = iota // a person at the company does what was planned
	tickTask               // the desk wants to be asked again
	mailTask               // the next mail of a nurture track
	leadTask               // the lead is created, or does its next activity
)

// entry is one appointment. A stamp that is not the record's any more means that it has been called off.
type entry struct {
	at    uint32
	lead  uint32
	stamp uint32
	task  task
}

func (e entry) before(f entry) bool {
	switch {
	case e.at != f.at:
		return e.at < f.at
	case e.task != f.task:
		return e.task < f.task
	case e.lead != f.lead:
		return e.lead < f.lead
	}
	return e.stamp < f.stamp
}

// agenda holds the appointments: those of today in a binary heap, the earliest on top, and those of each later day in no order
// until it comes, so that what is looked at is little. Its order is total, so that the loop has one order too.
type agenda struct {
	today []entry
	day   uint32
	later [days + 1][]entry // the last one is of all after the year
	count int
}

func (a *agenda) empty() bool { return a.count == 0 }

func (a *agenda) add(e entry) {
	a.count++
	if d := min(e.at/day, days); d > a.day {
		a.later[d] = append(a.later[d], e)
		return
	}
	a.today = append(a.today, e)
	heap, i := a.today, len(a.today)-1
	for i > 0 && heap[i].before(heap[(i-1)/2]) {
		heap[i], heap[(i-1)/2] = heap[(i-1)/2], heap[i]
		i = (i - 1) / 2
	}
}

// next takes out the earliest appointment; there must be one.
func (a *agenda) next() entry {
	for len(a.today) == 0 {
		a.day++
		a.today, a.later[a.day] = a.later[a.day], nil
		for i := len(a.today)/2 - 1; i >= 0; i-- {
			sink(a.today, i)
		}
	}
	top, last := a.today[0], len(a.today)-1
	a.today[0] = a.today[last]
	a.today = a.today[:last]
	sink(a.today, 0)
	a.count--
	return top
}

// sink lets an entry of a heap down to its place.
func sink(heap []entry, i int) {
	for {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(heap); child++ {
			if heap[child].before(heap[least]) {
				least = child
			}
		}
		if least == i {
			return
		}
		heap[i], heap[least] = heap[least], heap[i]
		i = least
	}
}
