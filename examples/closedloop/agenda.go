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

// agenda is a binary heap of appointments, the earliest on top. Its order is total, so that the loop has one order too.
type agenda []entry

func (a *agenda) add(e entry) {
	heap := append(*a, e)
	i := len(heap) - 1
	for i > 0 && heap[i].before(heap[(i-1)/2]) {
		heap[i], heap[(i-1)/2] = heap[(i-1)/2], heap[i]
		i = (i - 1) / 2
	}
	*a = heap
}

func (a *agenda) next() entry {
	heap := *a
	top, last := heap[0], len(heap)-1
	heap[0] = heap[last]
	heap = heap[:last]
	for i := 0; ; {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < last; child++ {
			if heap[child].before(heap[least]) {
				least = child
			}
		}
		if least == i {
			break
		}
		heap[i], heap[least] = heap[least], heap[i]
		i = least
	}
	*a = heap
	return top
}
