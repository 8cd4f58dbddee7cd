// Package attribution says which marketing touch earned which revenue, to the cent.
package attribution
