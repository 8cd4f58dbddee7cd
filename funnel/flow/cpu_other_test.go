//go:build !unix

package flow_test

import "time"

var began = time.Now()

// cpu is, where a process can not be asked for it, the time that has passed.
func cpu() time.Duration { return time.Since(began) }
