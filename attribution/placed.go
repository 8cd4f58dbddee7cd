package attribution

// placed is what the channels of paths of one length gained, by place: a hash table by channel, so that its size is that of what
// occurs together. A single touch is a first one.
type placed struct {
	slots []slot // open addressing; a power of two, less than three quarters full
	used  int
}

type slot struct {
	channel              uint32 // its number plus 1; 0 is a free slot
	first, between, last gain
}

// of is where a channel is counted.
func (p *placed) of(channel uint16) *slot {
	if 4*p.used >= 3*len(p.slots) {
		p.grow()
	}
	s := p.at(channel)
	if s.channel == 0 {
		s.channel = uint32(channel) + 1
		p.used++
	}
	return s
}

// find is nil for a channel that is in no path of the length.
func (p *placed) find(channel uint16) *slot {
	if len(p.slots) == 0 {
		return nil
	}
	if s := p.at(channel); s.channel != 0 {
		return s
	}
	return nil
}

// at is the channel's slot, or the free one where it belongs.
func (p *placed) at(channel uint16) *slot {
	mask := uint32(len(p.slots) - 1)
	for i := uint32(channel) * 0x9E3779B1 >> 7 & mask; ; i = (i + 1) & mask {
		if s := &p.slots[i]; s.channel == 0 || s.channel == uint32(channel)+1 {
			return s
		}
	}
}

func (p *placed) grow() {
	old := p.slots
	p.slots = make([]slot, max(8, 2*len(old)))
	for _, s := range old {
		if s.channel != 0 {
			*p.at(uint16(s.channel - 1)) = s
		}
	}
}
