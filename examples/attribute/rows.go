package main

import (
	"bytes"
	"io"
)

const (
	bufferSize = 256 << 10
	rowLimit   = 16 << 20 // bytes of a row; a longer one is an open quote, or no CSV
)

// rows reads a CSV file through one buffer, a row at a time, and makes no string of what it reads. It takes what package
// encoding/csv takes, and ends lines in the same ways. A row that it can't read is broken and ends with its first line, so
// that one open quote does not swallow the rest of the file.
type rows struct {
	from  io.Reader
	limit int // bytes of a row

	cells  [][]byte // of the row, valid until the next
	line   int      // on which the row begins, from 1
	broken string   // why the row can't be read; "" if it can
	failed error    // of from

	buffer     []byte
	begin, end int  // what is not used yet
	ended      bool // there is nothing more to read
	quote      int  // index of the first quotation mark at or after begin; end if there is none
	lines      int  // that are behind
	unquoted   []byte
	ends       []int
}

func newRows(from io.Reader) *rows {
	return newRowsWithin(from, bufferSize, rowLimit)
}

func newRowsWithin(from io.Reader, size, limit int) *rows {
	r := &rows{from: from, limit: limit, buffer: make([]byte, max(size, 3))} // the mark fits
	r.fill()
	if mark := "\xef\xbb\xbf"; r.end >= len(mark) && string(r.buffer[:len(mark)]) == mark {
		r.begin = len(mark) // that Excel puts in front of UTF-8
	}
	return r
}

// next goes to the next row, and reports whether there is one. Empty lines are none.
func (r *rows) next() bool {
	for r.failed == nil {
		rest := r.buffer[r.begin:r.end]
		n := bytes.IndexByte(rest, '\n')
		if n < 0 && !r.ended {
			if len(rest) < r.limit {
				r.fill()
				continue
			}
			r.tooLong()
			return true
		}
		used := n + 1
		if n < 0 {
			if len(rest) == 0 {
				return false
			}
			n, used = len(rest), len(rest)
		}
		if n > 0 && rest[n-1] == '\r' {
			n--
		}
		if n == 0 {
			r.use(used, 1)
			continue
		}
		r.line = r.lines + 1
		if r.quote < r.begin+n {
			return r.nextQuoted()
		}
		r.broken = ""
		r.split(rest[:n])
		r.use(used, 1)
		return true
	}
	return false
}

// split cuts a line without quotation marks into cells.
func (r *rows) split(line []byte) {
	r.cells = r.cells[:0]
	for {
		n := bytes.IndexByte(line, ',')
		if n < 0 {
			r.cells = append(r.cells, line)
			return
		}
		r.cells = append(r.cells, line[:n])
		line = line[n+1:]
	}
}

// use goes behind what was read.
func (r *rows) use(used, lines int) {
	r.begin += used
	r.lines += lines
	r.findQuote()
}

func (r *rows) findQuote() {
	if r.quote >= r.begin {
		return
	}
	r.quote = r.end
	if n := bytes.IndexByte(r.buffer[r.begin:r.end], '"'); n >= 0 {
		r.quote = r.begin + n
	}
}

// fill reads until the buffer is full, and makes it larger if it is.
func (r *rows) fill() {
	if r.begin == 0 && r.end == len(r.buffer) {
		larger := make([]byte, 2*len(r.buffer))
		copy(larger, r.buffer)
		r.buffer = larger
	} else {
		r.end = copy(r.buffer, r.buffer[r.begin:r.end])
		r.begin = 0
	}
	for r.end < len(r.buffer) && !r.ended {
		n, err := r.from.Read(r.buffer[r.end:])
		r.end += n
		if err != nil {
			r.ended = true
			if err != io.EOF {
				r.failed = err
			}
		}
	}
	r.quote = -1
	r.findQuote()
}

// What breaks a row.
const (
	openQuote  = `the quote is not closed: close it, or write a quotation mark within quotes as ""`
	afterQuote = `something follows the closing quote: write a quotation mark within quotes as ""`
	bareQuote  = `a quotation mark in a cell without quotes: put the cell in quotes, and write the mark as ""`
	longRow    = `the row is longer than 16 MB: check the quotation marks, and that the file is CSV`
)

// tooLong goes behind a line that is longer than a row may be.
func (r *rows) tooLong() {
	r.line, r.broken = r.lines+1, longRow
	for {
		if n := bytes.IndexByte(r.buffer[r.begin:r.end], '\n'); n >= 0 {
			r.use(n+1, 1)
			return
		}
		r.begin = r.end
		if r.ended {
			r.use(0, 1)
			return
		}
		r.fill()
	}
}

// nextQuoted reads a row with a quotation mark in its first line.
func (r *rows) nextQuoted() bool {
	for {
		rest := r.buffer[r.begin:r.end]
		used, lines, wrong := r.unquote(rest)
		if !r.ended && (wrong == openQuote || wrong == "" && rest[used-1] != '\n') { // what follows may change it
			if len(rest) < r.limit {
				r.fill()
				continue
			}
			wrong = longRow
		}
		if r.broken = wrong; wrong != "" {
			used, lines = len(rest), 1
			if n := bytes.IndexByte(rest, '\n'); n >= 0 {
				used = n + 1
			}
		}
		r.use(used, lines)
		return true
	}
}

// unquote takes the first row apart, and says how long it is, or what is wrong with it. A quote that is open at the end may be
// closed in what has not been read yet.
func (r *rows) unquote(rest []byte) (used, lines int, wrong string) {
	r.unquoted, r.ends = r.unquoted[:0], r.ends[:0]
	for at := 0; ; {
		// at is where a cell begins.
		n := 0
		if at < len(rest) && rest[at] == '"' {
			at++
			if n, wrong = r.unquoteCell(rest[at:], &lines); wrong != "" {
				return 0, 0, wrong
			}
			at += n
		} else {
			for at+n < len(rest) && rest[at+n] != ',' && rest[at+n] != '\n' {
				if rest[at+n] == '"' {
					return 0, 0, bareQuote
				}
				n++
			}
			cell := rest[at : at+n]
			at += n
			if n > 0 && cell[n-1] == '\r' && (at == len(rest) || rest[at] == '\n') {
				cell = cell[:n-1]
			}
			r.unquoted = append(r.unquoted, cell...)
		}
		r.ends = append(r.ends, len(r.unquoted))
		if at < len(rest) && rest[at] == ',' {
			at++
			continue
		}
		if at < len(rest) && rest[at] == '\r' {
			at++
		}
		if at < len(rest) {
			at++ // the end of the line
		}
		r.cells = r.cells[:0]
		begin := 0
		for _, end := range r.ends {
			r.cells = append(r.cells, r.unquoted[begin:end])
			begin = end
		}
		return at, lines + 1, ""
	}
}

// unquoteCell reads a cell from behind its opening quote to behind the closing one, and counts ends of lines within.
func (r *rows) unquoteCell(rest []byte, lines *int) (used int, wrong string) {
	for at := 0; at < len(rest); at++ {
		c := rest[at]
		switch {
		case c == '\n':
			*lines++
			if n := len(r.unquoted); n > 0 && at > 0 && rest[at-1] == '\r' {
				r.unquoted = r.unquoted[:n-1]
			}
		case c == '"' && at+1 < len(rest) && rest[at+1] == '"':
			at++
		case c == '"':
			at++
			after := rest[at:]
			if len(after) > 0 && after[0] == '\r' {
				after = after[1:]
				if len(after) > 0 && after[0] != '\n' {
					return 0, afterQuote
				}
				return at, ""
			}
			if len(after) > 0 && after[0] != ',' && after[0] != '\n' {
				return 0, afterQuote
			}
			return at, ""
		}
		r.unquoted = append(r.unquoted, c)
	}
	return 0, openQuote
}
