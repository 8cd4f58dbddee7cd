package attribution

import (
	"fmt"
	"strings"
)

// MaxChannels is how many channels [Channels] can number.
const MaxChannels = 1<<16 - 1

// Channels gives channels numbers, from 0 in the order in which they first come, so that paths are small and quick to
// compare. The numbers mean nothing outside of it. The zero Channels is empty. It is not safe for concurrent use.
type Channels struct {
	names   []string
	numbers map[string]uint16
}

// Number gives the number of a channel; a new one has the next. It makes no string of a name that it knows. The error wraps
// [ErrMissing] if the name is empty, or [ErrChannels] if there are [MaxChannels] others.
func (c *Channels) Number(name []byte) (uint16, error) {
	if n, known := c.numbers[string(name)]; known {
		return n, nil
	}
	return c.number(string(name))
}

// number is Number for who has a string.
func (c *Channels) number(name string) (uint16, error) {
	if n, known := c.numbers[name]; known {
		return n, nil
	}
	switch {
	case len(name) == 0:
		return 0, fmt.Errorf("attribution: channel: %w: a step of a path needs a name", ErrMissing)
	case len(c.names) == MaxChannels:
		return 0, fmt.Errorf("attribution: channel: %w: there are %d already; are these campaigns?", ErrChannels, MaxChannels)
	case c.numbers == nil:
		c.numbers = map[string]uint16{}
	}
	n := uint16(len(c.names))
	name = strings.Clone(name) // it may be a part of a long text
	c.names = append(c.names, name)
	c.numbers[name] = n
	return n, nil
}

// Name is the name of a number below Len.
func (c *Channels) Name(number uint16) string { return c.names[number] }

// Len is how many channels there are; nil has none.
func (c *Channels) Len() int {
	if c == nil {
		return 0
	}
	return len(c.names)
}
