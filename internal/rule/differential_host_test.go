package rule_test

import (
	"math"
	"time"

	"github.com/leadloop/leadloop/internal/rule"
)

// The differential tests look at hosts and their deeds: types that hold a value
// of every kind that a rule can reach. They are generic over their named types,
// so that plainHost and plainDeed are the same without any: there the bare
// expression language must say what the rules say here.
type (
	host      = hostOf[tier, level, quota, ratio, flag]
	deed      = deedOf[tier, level, quota, ratio, flag]
	plainHost = hostOf[string, int, uint, float64, bool]
	plainDeed = deedOf[string, int, uint, float64, bool]

	tier  string
	level int8
	quota uint64
	ratio float32
	flag  bool
)

type hostOf[T ~string, I ~int8 | ~int, U ~uint64 | ~uint, R ~float32 | ~float64, B ~bool] struct {
	contactData
	*Firm
	Name, Country, Title string
	Nick                 *string
	Renamed              string `expr:"alias"`
	Tier                 T
	Grade                *T

	I     int
	I8    int8
	I16   int16
	I32   int32
	I64   int64
	U     uint
	U8    uint8
	U16   uint16
	U32   uint32
	U64   uint64
	Level I
	Quota U
	Age   *int
	Size  *uint16
	Big   *uint64
	Floor *I

	F     float64
	F32   float32
	Ratio R
	Worth *float64
	Part  *float32

	On   bool
	Flag B
	Sure *bool
	Said *B

	Born   time.Time
	Closed *time.Time
	Wait   time.Duration
	Pause  *time.Duration

	Home placeOf[T]
	Work *placeOf[T]

	Tags   []string
	Tiers  []T
	Sizes  []int
	Levels []I
	Scores []float64
	Pair   [2]int
	Trio   [3]string
	Times  []time.Time
	Marks  *[]string

	Any    any
	Anys   []any
	Counts map[string]int
	Words  map[string]string
	Levies map[T]int
	Ledger *map[string]int
	Places []placeOf[T]
	Spots  []*placeOf[T]

	Now        time.Time // gives way to the reserved name
	Activities []string
}

type contactData struct {
	Email string
	Owner string
	Seen  *time.Time
}

// Firm is embedded by a pointer that may be nil.
type Firm struct {
	Sector string
	Staff  int
}

type placeOf[T ~string] struct {
	City  string
	Zip   int
	Class T
	Note  *string
	Geo   *geo
}

type geo struct{ Lat float64 }

type deedOf[T ~string, I ~int8 | ~int, U ~uint64 | ~uint, R ~float32 | ~float64, B ~bool] struct {
	*Origin
	Kind   string
	Type   T
	Page   string
	Note   *string
	Sort   *T
	Value  float64
	Worth  *float64
	Count  int
	Small  I
	Size   uint16
	Bulk   U
	Ratio  R
	Times  *int
	Ok     bool
	Spam   B
	Sure   *bool
	At     time.Time
	Until  *time.Time
	Took   time.Duration
	Labels []string
	Types  []T
	Steps  []int
	Place  placeOf[T]
	Spot   *placeOf[T]
	Any    any
}

// Origin is embedded by a pointer that may be nil.
type Origin struct {
	Campaign string
	Cost     int
}

// wide is the integer, or where it has 32 bits what they hold of it.
func wide(i int64) int { return int(i) }

// The pools from which values are drawn, and constants of the texts too, so that
// they often meet.
var (
	someTexts = []string{"", "a", "b", "DE", "US", "AT", "de", "mql", "sal", "visit", "call", "mail", "/pricing", "/docs/start", "VP Engineering",
		"Head of Sales\nDACH", "cto", "CTO office", "ab", "aab", "K", "\u212a", "ſ", "straße", "STRASSE", "é", "x@y.io", "+49 30 1", "42", " a ", "\xff", "a\xffb", "a\x00b", "日本"}
	someInts = []int{0, 1, 2, 3, 5, 7, 12, 40, 100, 127, -1, -3, 255, 256, 1000, 65535, wide(1 << 31), wide(1<<53 - 1), wide(1 << 53), wide(1<<53 + 1),
		math.MaxInt, math.MaxInt - 1, math.MinInt}
	someFloats = []float64{0, 1, 2, 3.5, 0.5, 5, 100, -1, math.Copysign(0, -1), 0.1, 1e6, 1 << 53, 1<<53 + 2, 1 << 63, 1 << 64, 1e300,
		math.NaN(), math.Inf(1), math.Inf(-1), math.SmallestNonzeroFloat64}
	someSpans  = []time.Duration{0, 1, time.Second, time.Hour, 24 * time.Hour, 720 * time.Hour, -time.Hour, math.MaxInt64, math.MinInt64}
	berlin     = time.FixedZone("CET", 3600)
	someZones  = []*time.Location{time.UTC, berlin, time.FixedZone("LINT", 14*3600), time.FixedZone("odd", -34567)}
	someAges   = []time.Duration{0, 1, -1, time.Hour, 24 * time.Hour, 24*time.Hour - 1, 7 * 24 * time.Hour, 720 * time.Hour, 720*time.Hour + 1, 2160 * time.Hour, 9000 * time.Hour}
	farOff     = []time.Time{{}, time.Unix(0, 0), time.Date(1, 1, 1, 0, 0, 1, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 999999999, time.UTC), time.Date(1677, 9, 21, 0, 12, 43, 145224192, time.UTC), time.Date(2262, 4, 11, 23, 47, 16, 854775808, time.UTC), time.Unix(1<<63-62135596801, 999999999), time.Unix(-1<<63, 0), time.Date(-5, 3, 1, 0, 0, 0, 0, time.UTC)}
	clockShift = []time.Time{time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC), time.Date(2026, 3, 29, 0, 59, 59, 0, time.UTC), time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC), time.Date(2026, 10, 25, 1, 30, 0, 0, time.UTC)}
)

func init() {
	if zone, err := time.LoadLocation("Europe/Berlin"); err == nil { // clocks change there
		berlin = zone
		someZones[1] = zone
	}
}

// dice are the choices of a case, one byte each. When they run out, every choice
// is the first, so that each prefix is a case of its own and ends soon.
type dice struct{ left []byte }

func (d *dice) below(n int) int {
	if len(d.left) == 0 {
		return 0
	}
	b := int(d.left[0])
	d.left = d.left[1:]
	return b % n
}

// chance is true in the given share of a hundred; false when choices run out.
func (d *dice) chance(percent int) bool { return d.below(100) >= 100-percent }

func choose[T any](d *dice, from []T) T { return from[d.below(len(from))] }

func maybe[T any](d *dice, value T) *T {
	if d.chance(60) {
		return &value
	}
	return nil
}

func several[T any](d *dice, most int, draw func() T) []T {
	n := d.below(most+2) - 1
	if n < 0 {
		return nil
	}
	list := make([]T, n)
	for i := range list {
		list[i] = draw()
	}
	return list
}

func (d *dice) text() string        { return choose(d, someTexts) }
func (d *dice) small() int          { return choose(d, someInts[:12]) } // fits in 8 bits
func (d *dice) int() int            { return choose(d, someInts) }
func (d *dice) uint() uint64        { return uint64(d.int()) }
func (d *dice) float() float64      { return choose(d, someFloats) }
func (d *dice) bool() bool          { return d.chance(50) }
func (d *dice) span() time.Duration { return choose(d, someSpans) }

// instant is mostly shortly before now, sometimes at a clock change or far off.
func (d *dice) instant(now time.Time) time.Time {
	var t time.Time
	switch d.below(12) {
	case 10:
		t = choose(d, clockShift)
	case 11:
		return choose(d, farOff)
	default:
		t = now.Add(-choose(d, someAges))
	}
	return t.In(choose(d, someZones))
}

func (d *dice) anything(now time.Time) any {
	switch d.below(12) {
	case 0:
		return nil
	case 1, 2, 3:
		return d.text()
	case 4, 5:
		return d.int()
	case 6:
		return d.float()
	case 7:
		return d.bool()
	case 8:
		return d.instant(now)
	case 9:
		return several(d, 3, d.text)
	case 10:
		return map[string]any{"a": d.small(), "b": d.text()}
	}
	return maybe(d, d.small())
}

func placeFrom[T ~string](d *dice) placeOf[T] {
	return placeOf[T]{City: d.text(), Zip: d.int(), Class: T(d.text()), Note: maybe(d, d.text()), Geo: maybe(d, geo{d.float()})}
}

// hostFrom draws a host. The same dice give the same values, whatever the named types.
func hostFrom[T ~string, I ~int8 | ~int, U ~uint64 | ~uint, R ~float32 | ~float64, B ~bool](d *dice, now time.Time) *hostOf[T, I, U, R, B] {
	h := &hostOf[T, I, U, R, B]{
		contactData: contactData{Email: d.text(), Owner: d.text(), Seen: maybe(d, d.instant(now))}, Firm: maybe(d, Firm{d.text(), d.int()}),
		Name: d.text(), Country: d.text(), Title: d.text(), Nick: maybe(d, d.text()), Renamed: d.text(), Tier: T(d.text()), Grade: maybe(d, T(d.text())),
		I: d.int(), I8: int8(d.int()), I16: int16(d.int()), I32: int32(d.int()), I64: int64(d.int()),
		U: uint(d.uint()), U8: uint8(d.uint()), U16: uint16(d.uint()), U32: uint32(d.uint()), U64: d.uint(), Level: I(d.small()), Quota: U(d.uint()),
		Age: maybe(d, d.int()), Size: maybe(d, uint16(d.int())), Big: maybe(d, d.uint()), Floor: maybe(d, I(d.small())),
		F: d.float(), F32: float32(d.float()), Ratio: R(float32(d.float())), Worth: maybe(d, d.float()), Part: maybe(d, float32(d.float())),
		On: d.bool(), Flag: B(d.bool()), Sure: maybe(d, d.bool()), Said: maybe(d, B(d.bool())),
		Born: d.instant(now), Closed: maybe(d, d.instant(now)), Wait: d.span(), Pause: maybe(d, d.span()),
		Home: placeFrom[T](d), Work: maybe(d, placeFrom[T](d)),
		Tags: several(d, 4, d.text), Tiers: several(d, 3, func() T { return T(d.text()) }), Sizes: several(d, 3, d.int),
		Levels: several(d, 3, func() I { return I(d.small()) }), Scores: several(d, 3, d.float),
		Pair: [2]int{d.int(), d.small()}, Trio: [3]string{d.text(), d.text(), d.text()},
		Times: several(d, 2, func() time.Time { return d.instant(now) }), Marks: maybe(d, several(d, 3, d.text)),
		Any: d.anything(now), Anys: several(d, 3, func() any { return d.anything(now) }),
		Places: several(d, 2, func() placeOf[T] { return placeFrom[T](d) }), Spots: several(d, 2, func() *placeOf[T] { return maybe(d, placeFrom[T](d)) }),
		Now: now.AddDate(1, 0, 0), Activities: []string{"none of the rules' business"},
	}
	if d.chance(70) {
		h.Counts, h.Words, h.Levies = map[string]int{"a": d.small(), "": d.int()}, map[string]string{d.text(): d.text()}, map[T]int{T(d.text()): d.int()}
		h.Ledger = maybe(d, h.Counts)
	}
	return h
}

// deedFrom draws a deed. The same dice give the same values, whatever the named types.
func deedFrom[T ~string, I ~int8 | ~int, U ~uint64 | ~uint, R ~float32 | ~float64, B ~bool](d *dice, now time.Time) deedOf[T, I, U, R, B] {
	return deedOf[T, I, U, R, B]{
		Kind: choose(d, someTexts[9:14]), At: d.instant(now), Type: T(choose(d, someTexts[6:12])), Page: d.text(), Value: d.float(), Count: d.int(),
		Origin: maybe(d, Origin{d.text(), d.int()}), Note: maybe(d, d.text()), Sort: maybe(d, T(d.text())), Worth: maybe(d, d.float()),
		Small: I(d.small()), Size: uint16(d.int()), Bulk: U(d.uint()), Ratio: R(float32(d.float())), Times: maybe(d, d.int()),
		Ok: d.bool(), Spam: B(d.bool()), Sure: maybe(d, d.bool()), Until: maybe(d, d.instant(now)), Took: d.span(),
		Labels: several(d, 3, d.text), Types: several(d, 2, func() T { return T(d.text()) }), Steps: several(d, 3, d.int),
		Place: placeFrom[T](d), Spot: maybe(d, placeFrom[T](d)), Any: d.anything(now),
	}
}

// scene is a subject, the same without named types, and which of its activities count.
type scene struct {
	subject rule.Subject[host, deed]
	plain   rule.Subject[plainHost, plainDeed]
	dated   []int // what counts where activities are dated
	all     []int
}

func sceneFrom(d *dice) scene {
	when := now.In(choose(d, someZones))
	if d.chance(8) {
		when = choose(d, farOff)
	}
	twin := *d // draws the same once more
	s := scene{subject: rule.Subject[host, deed]{Lead: hostFrom[tier, level, quota, ratio, flag](d, when), Now: when},
		plain: rule.Subject[plainHost, plainDeed]{Lead: hostFrom[string, int, uint, float64, bool](&twin, when), Now: when}}
	for i := range choose(d, []int{3, 0, 1, 2, 5, 8, 3, 5, 8, 40, 63, 64, 65, 130}) {
		twin = *d
		if d.chance(20) && i > 0 { // most deeds are alike but for a few fields
			twin = *d
			s.add(deedFrom[tier, level, quota, ratio, flag](d, when), deedFrom[string, int, uint, float64, bool](&twin, when))
			continue
		}
		short := &dice{left: take(d, 6)}
		twin = *short
		s.add(deedFrom[tier, level, quota, ratio, flag](short, when), deedFrom[string, int, uint, float64, bool](&twin, when))
	}
	return s
}

func take(d *dice, n int) []byte {
	n = min(n, len(d.left))
	head := d.left[:n]
	d.left = d.left[n:]
	return head
}

func (s *scene) add(a deed, plain plainDeed) {
	i := len(s.subject.Activities)
	s.subject.Activities, s.plain.Activities = append(s.subject.Activities, a), append(s.plain.Activities, plain)
	s.all = append(s.all, i)
	if !a.At.IsZero() && !a.At.After(s.subject.Now) {
		s.dated = append(s.dated, i)
	}
}
