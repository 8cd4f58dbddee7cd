// Package leadloop is being written.
package leadloop
