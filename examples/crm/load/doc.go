// Package load has tests of the whole program: how much it takes in, and that nothing is lost when it is killed. They start the real
// program, talk to it over HTTP, and look into its database afterwards.
package load
