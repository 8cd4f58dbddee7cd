package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// progress draws one line on a terminal once the work takes longer than a second, and nothing where there is none.
type progress struct {
	out   io.Writer // nil: silent
	clock func() time.Time
	next  time.Time // when to draw again
	drawn bool
}

func newProgress(s streams) *progress {
	if !s.terminal {
		return &progress{}
	}
	return &progress{out: s.errs, clock: s.clock, next: s.clock().Add(time.Second)}
}

// show says how far the work is. Without a total it says how much is done.
func (p *progress) show(what string, done, total int) {
	if p.out == nil || done%100 != 0 {
		return
	}
	now := p.clock()
	if now.Before(p.next) {
		return
	}
	p.next, p.drawn = now.Add(200*time.Millisecond), true
	if total == 0 {
		fmt.Fprintf(p.out, "\r\x1b[K%d %s", done, what)
		return
	}
	filled := done * 40 / total
	fmt.Fprintf(p.out, "\r\x1b[K[%s%s] %d of %d %s", strings.Repeat("#", filled), strings.Repeat("·", 40-filled), done, total, what)
}

// done wipes the line, so that what comes next starts on an empty one.
func (p *progress) done() {
	if p.drawn {
		fmt.Fprint(p.out, "\r\x1b[K")
		p.drawn = false
	}
}
