//go:build !unix

package main

import "time"

// processorTime is elapsed time where the system does not tell more.
func processorTime() time.Duration { return elapsedTime() }
