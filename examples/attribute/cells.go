package main

import (
	"fmt"
	"math"
	"time"
)

// A fault is what is wrong with a cell, and what to do; "" is nothing.
type fault string

const (
	emptyNumber    fault = "is empty: write 0 for none"
	negativeNumber fault = "is negative: nothing can be taken from other rows"
	fractionCount  fault = "is not a whole number such as 12"
	largeNumber    fault = "is too large: it must fit 64 bits"
	noAmount       fault = "is not an amount such as 12.50, without separators of thousands, sign and unit"
	digitsAmount   fault = "has more digits behind the point than -minor-digits says: raise it, or round the amount"
	noTime         fault = "is not a time: write it as 2026-06-15T09:30:00+02:00, or as 2026-06-15 for midnight UTC"
	noText         fault = "is not UTF-8: save the file as UTF-8"
	distantTime    fault = "is not in the years 1700 to 2199: check the date"
)

// blank tells of the characters that don't count around cells and steps.
func blank(c byte) bool { return c == ' ' || c-'\t' < 5 } // \t \n \v \f \r

func trim(cell []byte) []byte {
	for len(cell) > 0 && blank(cell[0]) {
		cell = cell[1:]
	}
	for len(cell) > 0 && blank(cell[len(cell)-1]) {
		cell = cell[:len(cell)-1]
	}
	return cell
}

// digits reads what digits there are.
func digits(cell []byte, n int64) (_ int64, used int, fits bool) {
	for used < len(cell) && cell[used]-'0' <= 9 {
		d := int64(cell[used] - '0')
		if n > math.MaxInt64/10 || n*10 > math.MaxInt64-d {
			return 0, 0, false
		}
		n = n*10 + d
		used++
	}
	return n, used, true
}

// parseCount reads a whole number that is not negative.
func parseCount(cell []byte) (int64, fault) {
	if len(cell) == 1 && cell[0]-'0' <= 9 {
		return int64(cell[0] - '0'), ""
	}
	cell = trim(cell)
	n, used, fits := digits(cell, 0)
	switch {
	case len(cell) == 0:
		return 0, emptyNumber
	case cell[0] == '-':
		return 0, negativeNumber
	case !fits:
		return 0, largeNumber
	case used < len(cell):
		return 0, fractionCount
	}
	return n, ""
}

// parseAmount reads a decimal that is not negative as minor units, of which places digits stand behind the point.
func parseAmount(cell []byte, places int) (int64, fault) {
	cell = trim(cell)
	n, used, fits := digits(cell, 0)
	switch {
	case len(cell) == 0:
		return 0, emptyNumber
	case cell[0] == '-':
		return 0, negativeNumber
	case !fits:
		return 0, largeNumber
	case used == 0:
		return 0, noAmount
	}
	cell = cell[used:]
	behind := 0
	if len(cell) > 0 {
		if cell[0] != '.' || len(cell) == 1 {
			return 0, noAmount
		}
		for behind < len(cell)-1 && cell[1+behind]-'0' <= 9 {
			behind++
		}
		switch {
		case behind < len(cell)-1:
			return 0, noAmount
		case behind > places:
			return 0, digitsAmount
		}
		if n, _, fits = digits(cell[1:], n); !fits {
			return 0, largeNumber
		}
	}
	for ; behind < places; behind++ {
		if n > math.MaxInt64/10 {
			return 0, largeNumber
		}
		n *= 10
	}
	return n, ""
}

// instant is nanoseconds since 1970, UTC.
type instant int64

func (i instant) time() time.Time { return time.Unix(0, int64(i)).UTC() }

// parseTime reads an instant, a time of UTC, or a date as the midnight in UTC that begins it.
func parseTime(cell []byte) (instant, fault) {
	cell = trim(cell)
	if at, ok := plainTime(cell); ok {
		return at, ""
	}
	for _, layout := range [...]string{time.RFC3339, time.DateTime, "2006-01-02T15:04:05", time.DateOnly} {
		if at, err := time.Parse(layout, string(cell)); err == nil {
			if at = at.UTC(); at.Year() < 1700 || at.Year() > 2199 {
				return 0, distantTime
			}
			return instant(at.UnixNano()), ""
		}
	}
	return 0, noTime
}

// plainTime reads the most frequent forms, of the years 1970 to 2199, in which no field is out of range; it leaves all
// others to package time.
func plainTime(cell []byte) (instant, bool) {
	var hour, minute, second int
	switch {
	case len(cell) == len("2006-01-02"):
	case len(cell) == len("2006-01-02T15:04:05Z") && cell[10] == 'T' && cell[19] == 'Z', len(cell) == len("2006-01-02 15:04:05") && (cell[10] == ' ' || cell[10] == 'T'):
		if cell[13] != ':' || cell[16] != ':' {
			return 0, false
		}
		hour, minute, second = two(cell[11:]), two(cell[14:]), two(cell[17:])
	default:
		return 0, false
	}
	century, year, month, day := two(cell), two(cell[2:]), two(cell[5:]), two(cell[8:])
	year += 100 * century
	if cell[4] != '-' || cell[7] != '-' || century < 0 || year < 1970 || year > 2199 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) ||
		hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 {
		return 0, false
	}
	seconds := int64(daysSince1970(year, month, day))*86400 + int64(hour*3600+minute*60+second)
	return instant(seconds * 1e9), true
}

// two reads two digits; something negative if they are none.
func two(cell []byte) int {
	a, b := cell[0]-'0', cell[1]-'0'
	if a > 9 || b > 9 {
		return -1 << 16
	}
	return int(a)*10 + int(b)
}

func daysIn(year, month int) int {
	if month == 2 && year%4 == 0 && (year%100 != 0 || year%400 == 0) {
		return 29
	}
	return [...]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[month-1]
}

// daysSince1970 counts the days of the Gregorian calendar, in years that begin in March, so that leap days come last.
func daysSince1970(year, month, day int) int {
	if month < 3 {
		year--
		month += 12
	}
	return 365*year + year/4 - year/100 + year/400 + (153*(month-3)+2)/5 + day - 719469
}

// decimal writes minor units with so many digits behind the point.
func decimal(minor int64, places int) string {
	sign, size := "", uint64(minor)
	if minor < 0 {
		sign, size = "-", -size
	}
	text := fmt.Sprintf("%0*d", places+1, size)
	if places == 0 {
		return sign + text
	}
	return sign + text[:len(text)-places] + "." + text[len(text)-places:]
}
