//go:build unix

package main

import (
	"syscall"
	"time"
)

// processorTime is how long all cores have worked for this process, the collection of garbage included.
func processorTime() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		panic(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
