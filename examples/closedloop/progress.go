package main

import (
	"fmt"
	"io"
	"strings"
)

// progress draws one line on a terminal, and nothing where there is none.
type progress struct {
	out  io.Writer // nil: silent
	last uint32
}

// show draws the bar up to a second of the year, whenever it has grown by half a percent.
func (p *progress) show(at, end uint32) {
	if p.out == nil {
		return
	}
	step := uint32(uint64(at) * 200 / uint64(end))
	if step == p.last {
		return
	}
	p.last = step
	filled := int(step / 5)
	fmt.Fprintf(p.out, "\r[%s%s] %3d %% %s", strings.Repeat("#", filled), strings.Repeat("·", 40-filled), step/2, dateOf(instant(at)))
}

// done wipes the line, so that the report starts on an empty one.
func (p *progress) done() {
	if p.out != nil {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
}
