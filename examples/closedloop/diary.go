package main

// diary holds the activities of all leads on pages side by side. A slice for each of a million leads would be a million pointers
// that the garbage collector follows, time and again.
type diary struct{ pages [][]act }

// entries are a lead's activities in the diary, oldest first.
type entries struct {
	at    uint32 // page and place on it
	count uint16
	room  uint16 // for how many there is place
}

const pageBits = 16

// read is a lead's activities; until they are written to.
func (d *diary) read(e entries) []act {
	if e.count == 0 {
		return nil
	}
	from := e.at & (1<<pageBits - 1)
	return d.pages[e.at>>pageBits][from : from+uint32(e.count)]
}

// write puts a lead's activities in the place of those that it had. Who gets more once will get more again, and is left room.
func (d *diary) write(e *entries, all []act) {
	if len(all) > int(e.room) {
		room := len(all)
		if e.room > 0 {
			room = min(2*room, 1<<16-1)
		}
		last := len(d.pages) - 1
		if last < 0 || len(d.pages[last])+room > cap(d.pages[last]) {
			d.pages = append(d.pages, make([]act, 0, 1<<pageBits))
			last++
		}
		e.at, e.room = uint32(last)<<pageBits|uint32(len(d.pages[last])), uint16(room)
		d.pages[last] = d.pages[last][:len(d.pages[last])+room]
	}
	e.count = uint16(len(all))
	copy(d.read(*e), all)
}
