package main

import (
	"encoding/binary"
	"errors"
	"math"
	"time"
)

// This file is the alphabet of all coders: numbers, texts and instants.

// errDamaged says that bytes are not what a coder of this program wrote.
var errDamaged = errors.New("the bytes are damaged, or of another version of this program: run the pipeline again with one version")

func appendText(b []byte, text string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

func appendBlock(b, block []byte) []byte {
	return append(binary.AppendUvarint(b, uint64(len(block))), block...)
}

func appendInstant(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(b, 0)
	}
	b = binary.AppendVarint(append(b, 1), t.Unix())
	return binary.AppendUvarint(b, uint64(t.Nanosecond()))
}

// appendNatural writes a number that is not negative.
func appendNatural(b []byte, n int64) []byte { return binary.AppendUvarint(b, uint64(n)) }

// appendKnown writes a number that is not negative, or that it is not known.
func appendKnown(b []byte, n *int) []byte {
	if n == nil {
		return append(b, 0)
	}
	return appendNatural(append(b, 1), int64(*n))
}

// wire reads what the functions above wrote. After the first mistake it gives zeros; done tells.
type wire struct {
	rest []byte
	bad  bool
}

// done is nil if all has been read, and nothing was wrong.
func (w *wire) done() error {
	if w.bad || len(w.rest) > 0 {
		return errDamaged
	}
	return nil
}

func (w *wire) fail() {
	w.bad, w.rest = true, nil
}

// magic reads what the bytes must begin with.
func (w *wire) magic(magic string) {
	if len(w.rest) < len(magic) || string(w.rest[:len(magic)]) != magic {
		w.fail()
		return
	}
	w.rest = w.rest[len(magic):]
}

func (w *wire) varint() int64 {
	n, size := binary.Varint(w.rest)
	if size <= 0 {
		w.fail()
		return 0
	}
	w.rest = w.rest[size:]
	return n
}

func (w *wire) uvarint() uint64 {
	n, size := binary.Uvarint(w.rest)
	if size <= 0 {
		w.fail()
		return 0
	}
	w.rest = w.rest[size:]
	return n
}

func (w *wire) natural() int64 {
	n := w.uvarint()
	if n > math.MaxInt64 {
		w.fail()
		return 0
	}
	return int64(n)
}

func (w *wire) known() *int {
	if !w.flag() {
		return nil
	}
	n := int(w.natural())
	return &n
}

// flag reads whether something follows.
func (w *wire) flag() bool {
	n := w.uvarint()
	if n > 1 {
		w.fail()
	}
	return n == 1
}

// count reads how many things follow, each of which takes at least so many bytes: no more than there is room for.
func (w *wire) count(least int) int {
	n := w.uvarint()
	if n > uint64(len(w.rest)/least) {
		w.fail()
		return 0
	}
	return int(n)
}

// block reads bytes, which are not copied.
func (w *wire) block() []byte {
	n := w.count(1)
	block := w.rest[:n:n]
	w.rest = w.rest[n:]
	return block
}

func (w *wire) text() string { return string(w.block()) }

func (w *wire) instant() time.Time {
	if !w.flag() {
		return time.Time{}
	}
	seconds, nanos := w.varint(), w.uvarint()
	if nanos >= 1_000_000_000 {
		w.fail()
		return time.Time{}
	}
	return time.Unix(seconds, int64(nanos)).UTC()
}
