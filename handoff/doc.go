// Package handoff keeps the agreement between marketing and sales.
package handoff
