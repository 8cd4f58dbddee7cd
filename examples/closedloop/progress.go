package main

import (
	"fmt"
	"io"
	"strings"
)

// progress draws one line on a terminal, and nothing where there is none.
type progress struct {
	out  io.Writer // nil: silent
	last int64
}

// show draws the bar when it has grown by half a percent.
func (p *progress) show(done, all int64, what string) {
	if p.out == nil || all == 0 {
		return
	}
	step := done * 200 / all
	if step == p.last && done != 0 {
		return
	}
	p.last = step
	filled := int(step * 40 / 200)
	fmt.Fprintf(p.out, "\r[%s%s] %3d %% %s", strings.Repeat("#", filled), strings.Repeat("·", 40-filled), step/2, what)
}

// done wipes the line, so that the report starts on an empty one.
func (p *progress) done() {
	if p.out != nil {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
}
