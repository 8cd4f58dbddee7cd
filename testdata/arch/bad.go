// Package attribution breaks every rule of the contract, each on a line that
// says so. It is parsed by a test and never built.
package attribution

import (
	"context"           // want: import of context
	crand "crypto/rand" // want: import of crypto/rand
	"fmt"
	"hash/maphash" // want: import of hash/maphash
	"log"          // want: import of log
	"maps"
	"math"
	"math/rand"
	"net" // want: import of net
	"os"  // want: import of os
	"slices"
	"sync"
	"sync/atomic"
	"time"
	. "time"
	clock "time"
	_ "unsafe" // want: import of unsafe

	"github.com/expr-lang/expr" // want: attribution may not import github.com/expr-lang/expr

	"github.com/leadloop/leadloop/funnel"        // want: attribution may not import funnel
	"github.com/leadloop/leadloop/internal/rule" // want: attribution may not import internal/rule
)

var counter int
var table = map[string]int{}
var list = make([]int, 2)
var cache sync.Map
var state struct{ total atomic.Int64 }

// Everything has the types that an API must not show.
type Everything struct {
	Value  any             // want: exported Value has any in its API
	Client *net.Resolver   // no rule of its own
	Option []expr.Option   // want: exported Option has github.com/expr-lang/expr.Option in its API
	Rule   rule.Error      // want: exported Rule has rule.Error in its API
	Events <-chan string   // want: exported Events has a channel in its API
	Table  map[string]any  // want: exported Table has any in its API
	Nested struct{ V any } // want: exported Nested has any in its API
}

// Alias hides what it stands for.
type Alias = rule.Error // want: exported Alias has rule.Error in its API

// Store takes what nobody knows.
type Store interface { // want: exported Store has any in its API
	Put(value any)
}

func Undocumented() funnel.Stage { return "" } // want: exported Undocumented has no documentation

// Format is documented, but takes what nobody knows.
func Format(values ...any) string { return fmt.Sprint(values...) } // want: exported Format has any in its API

func clocks() time.Duration {
	start := clock.Now()              // want: time.Now: a clock is no input
	zone, _ := time.LoadLocation("")  // want: time.LoadLocation: the machine's zones is no input
	_ = start.In(zone).In(time.Local) // want: time.Local: the machine's zone is no input
	_ = start.Local()                 // want: (time.Time).Local: the machine's zone is no input
	now := time.Since                 // want: time.Since: a clock is no input
	_ = time.Time.Local               // want: (time.Time).Local: the machine's zone is no input
	_ = Now()                         // want: time.Now: a clock is no input
	_ = struct{ time.Time }{}.Local() // want: (time.Time).Local: the machine's zone is no input
	_, _ = time.Parse("MST", "CET")   // want: time.Parse: the machine's zone is no input
	_ = time.Unix(0, 0)               // want: time.Unix: the machine's zone is no input
	_ = time.Unix(0, 0).UTC().Equal(time.Unix(0, 0).In(zone))
	_, _ = context.WithTimeout(nil, 0) // reported by its import
	return now(start)
}

func globals(values []int) {
	delete(table, "x")           // want: a change of the global table
	clear(list)                  // want: a change of the global list
	copy(list[1:], values)       // want: a change of the global list
	list[:1][0] = 1              // want: a change of the global list
	for counter = range values { // want: a change of the global counter
	}
	for _, list[0] = range values { // want: a change of the global list
	}
	p := &counter                      // want: a change of the global counter
	*p = 1                             // its own address was reported
	cache.Store(1, maphash.MakeSeed()) // want: a change of the global cache
	state.total.Add(1)                 // want: a change of the global state
	select {                           // want: a choice by chance
	case <-make(chan int):
	default:
	}
	panic("x") // want: a panic outside of a Must function
}

// Must may panic.
func Must() { panic("x") }

func order(m map[string]int) []string {
	_ = slices.Collect(maps.Keys(m)) // want: maps.Keys: sort it at once, its order changes
	return slices.Sorted(maps.Keys(m))
}

func generic[F ~float32 | ~float64](a, b F) F {
	return a*b + a // want: a product that the compiler may fuse
}

func imaginary(a, b complex128) complex128 {
	return a*b + a // want: a product that the compiler may fuse
}

func output() {
	fmt.Println(len(os.Args)) // want: fmt.Println: output is no input
	println("x")              // want: println
	log.Print(net.IPv4len)    // reported by its import
	_, _ = crand.Read(nil)    // reported by its import
	go output()               // want: a goroutine
	counter++                 // want: a change of the global counter
	table["x"] = 1            // want: a change of the global table
	net.DefaultResolver = nil // want: a change of the global DefaultResolver
	_ = rand.Int()            // want: math/rand.Int has no seed
	_ = rand.New(rand.NewSource(1)).Int()
}

func floats(a, b, c float64) float64 {
	x := a * b // want: a product that the compiler may fuse
	c += a * b // want: a product that the compiler may fuse
	c *= a     // want: a product that the compiler may fuse
	c += float64(a*b) + a/b + math.Sqrt(x)
	if a*b > c || a*b/c == 1 {
		return math.Exp(c) // want: math.Exp differs between architectures
	}
	return a + (b * 2) // want: a product that the compiler may fuse
}
