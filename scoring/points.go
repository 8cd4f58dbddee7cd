package scoring

import (
	"errors"
	"strconv"
	"strings"
)

// Points is a number of points in micropoints: 12.5 points are 12_500_000.
// Sums and limits of points are therefore exact.
type Points int64

// Point is one point: write 5 * scoring.Point in Go, 5 in JSON.
const Point Points = 1_000_000

// MaxPoints is the largest number of points, up or down, that a rule, a limit,
// a band or an adjustment may name.
const MaxPoints = 1_000_000 * Point

// String writes the points as a decimal number with no more places than needed.
func (p Points) String() string {
	u := uint64(p)
	var b []byte
	if p < 0 {
		u = -u
		b = append(b, '-')
	}
	b = strconv.AppendUint(b, u/uint64(Point), 10)
	fraction := u % uint64(Point)
	if fraction == 0 {
		return string(b)
	}
	digits := strconv.FormatUint(uint64(Point)+fraction, 10)[1:]
	return string(b) + "." + strings.TrimRight(digits, "0")
}

// MarshalJSON writes the points as a JSON number.
func (p Points) MarshalJSON() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalJSON reads a JSON number of at most 6 decimal places, without an
// exponent. No float is involved, so that what was written is read again. Sums of points
// may be larger than [MaxPoints], which a model is held to by [Compile].
func (p *Points) UnmarshalJSON(data []byte) error {
	v, err := parsePoints(string(data))
	if err != nil {
		return err
	}
	*p = v
	return nil
}

// parsePoints reads a decimal number exactly.
func parsePoints(s string) (Points, error) {
	wrong := errors.New("points are a number such as 12 or -2.5, of at most 6 decimal places and without an exponent")
	rest, negative := strings.CutPrefix(s, "-")
	whole, fraction, hasFraction := strings.Cut(rest, ".")
	if whole == "" || strings.Trim(whole, "0123456789") != "" || len(whole) > 1 && whole[0] == '0' {
		return 0, wrong
	}
	if hasFraction && fraction == "" || len(fraction) > 6 || strings.Trim(fraction, "0123456789") != "" {
		return 0, wrong
	}
	sign := ""
	if negative {
		sign = "-"
	}
	n, err := strconv.ParseInt(sign+whole+(fraction + "000000")[:6], 10, 64)
	if err != nil { // the digits are in order
		return 0, errors.New("points lie between -9223372036854 and 9223372036854")
	}
	return Points(n), nil
}
