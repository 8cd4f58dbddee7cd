package num

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

const precision = 300

func wide(x float64) *big.Float { return new(big.Float).SetPrec(precision).SetFloat64(x) }

func fresh() *big.Float { return new(big.Float).SetPrec(precision) }

// trueExp sums the series of e^(x/2²⁰) and squares it 20 times.
func trueExp(x *big.Float) *big.Float {
	small := fresh().SetMantExp(x, -20)
	sum, term := wide(1), wide(1)
	for i := 1; i < 30; i++ {
		term.Quo(term.Mul(term, small), wide(float64(i)))
		sum.Add(sum, term)
	}
	for range 20 {
		sum.Mul(sum, sum)
	}
	return sum
}

// trueLog solves e^l = x by Halley's method, which triples the digits each time.
func trueLog(x *big.Float) *big.Float {
	var mantissa big.Float
	exponent := x.MantExp(&mantissa)
	m, _ := mantissa.Float64()
	l := wide(math.Log(m) + float64(exponent)*math.Ln2)
	for range 4 {
		e := trueExp(l)
		l.Add(l, fresh().SetMantExp(fresh().Quo(fresh().Sub(x, e), fresh().Add(x, e)), 1))
	}
	return l
}

// units is by how many units in the last place of want got is off.
func units(got float64, want *big.Float) float64 {
	nearest, _ := want.Float64()
	last := math.Nextafter(math.Abs(nearest), math.Inf(1)) - math.Abs(nearest)
	off, _ := fresh().Sub(wide(got), want).Float64()
	return math.Abs(off) / last
}

func TestTablesOfExpAndLogAreComputedAnew(t *testing.T) {
	ln2 := trueLog(wide(2))
	step := fresh().SetMantExp(ln2, -7)
	for i, p := range powers {
		want := trueExp(fresh().Mul(step, wide(float64(i))))
		high, _ := want.Float64()
		tail, _ := fresh().Quo(fresh().Sub(want, wide(high)), wide(high)).Float64()
		if i == 0 {
			high, tail = 1, 0
		}
		if math.Float64frombits(p.bits) != high || p.tail != tail {
			t.Errorf("powers[%d] is %x and %x, want %x and %x", i, math.Float64frombits(p.bits), p.tail, high, tail)
		}
	}
	for i, c := range reciprocals {
		center := 1 + float64(i)/128
		if i >= halved {
			center /= 2
		}
		if want := math.RoundToEven(4096/center) / 4096; c.inverse != want {
			t.Errorf("reciprocals[%d] has 1/c = %v, want %v", i, c.inverse, want)
		}
		if scaled := math.Ldexp(c.high, 42); scaled != math.Floor(scaled) {
			t.Errorf("reciprocals[%d]: multiples of ln 2 and the high part %x do not add exactly", i, c.high)
		}
		want := fresh().Neg(trueLog(wide(c.inverse)))
		if low, _ := fresh().Sub(want, wide(c.high)).Float64(); i != 0 && i != 128 && c.low != low {
			t.Errorf("reciprocals[%d] has the low part %x, want %x", i, c.low, low)
		}
	}
	for _, c := range []struct {
		name      string
		high, low float64
		want      *big.Float
	}{{"ln 2/128", stepHigh, stepLow, step}, {"ln 2", ln2High, ln2Low, ln2}} {
		if low, _ := fresh().Sub(c.want, wide(c.high)).Float64(); low != c.low {
			t.Errorf("%s has the low part %x, want %x", c.name, c.low, low)
		}
	}
}

func TestExpAndLogAgainstBigFloats(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 4))
	worst := map[string]float64{}
	check := func(name string, x, got float64, want *big.Float, limit float64) {
		off := units(got, want)
		if worst[name] = max(worst[name], off); off > limit {
			t.Errorf("%s(%x) = %x is off by %.3f units in the last place", name, x, got, off)
		}
	}
	one := wide(1)
	for range 800 {
		x := (r.Float64() - 0.5) * 1400
		check("Exp", x, Exp(x), trueExp(wide(x)), 0.52)
		x = r.NormFloat64() * math.Exp2(float64(r.IntN(60)-55))
		check("Exp", x, Exp(x), trueExp(wide(x)), 0.52)
		check("Logistic", x, Logistic(x), fresh().Quo(one, fresh().Add(one, trueExp(wide(-x)))), 2)
		check("Softplus", x, Softplus(x), trueLog(fresh().Add(one, trueExp(wide(x)))), 2)
		x = -708 - 37*r.Float64() // subnormal
		check("Exp below", x, Exp(x), trueExp(wide(x)), 1)

		x = math.Float64frombits(r.Uint64N(0x7ff0_0000_0000_0000))
		check("Log", x, Log(x), trueLog(wide(x)), 0.52)
		x = 0.4 + 2*r.Float64()
		check("Log", x, Log(x), trueLog(wide(x)), 0.52)
		x = 1 + r.NormFloat64()*math.Exp2(float64(r.IntN(45)-50))
		check("Log", x, Log(x), trueLog(wide(x)), 0.52)
		x = math.Exp(r.NormFloat64()*10) - r.Float64()
		check("Log1p", x, Log1p(x), trueLog(fresh().Add(one, wide(x))), 1.5)
		x = r.NormFloat64() * math.Exp2(float64(r.IntN(60)-62))
		check("Log1p", x, Log1p(x), trueLog(fresh().Add(one, wide(x))), 1.5)
	}
	for i := range reciprocals { // both sides of each entry's edges
		edge := 1 + (float64(i)-0.5)/128
		for _, x := range []float64{math.Nextafter(edge, 0), edge, edge * 0.5, edge * 1024} {
			check("Log", x, Log(x), trueLog(wide(x)), 0.52)
		}
	}
	for k := range 260 { // both sides of each step's edges
		x := (float64(k) - 130.5) / stepsPerUnit
		for _, x := range []float64{math.Nextafter(x, -9), x, math.Nextafter(x, 9)} {
			check("Exp", x, Exp(x), trueExp(wide(x)), 0.52)
		}
	}
	t.Logf("worst errors in units in the last place: %v", worst)
}

func TestExpAndLogAtTheEdges(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, c := range []struct {
		name      string
		f         func(float64) float64
		x, result float64
	}{
		{"Exp", Exp, 0, 1}, {"Exp", Exp, inf, inf}, {"Exp", Exp, -inf, 0}, {"Exp", Exp, nan, nan},
		{"Exp", Exp, 709.7827128933840, 0x1.fffffffffff2ap+1023}, {"Exp", Exp, 709.7827128933841, inf},
		{"Exp", Exp, -745.1332191019411, 0x1p-1074}, {"Exp", Exp, -745.1332191019413, 0}, {"Exp", Exp, 1e-300, 1},
		{"Log", Log, 1, 0}, {"Log", Log, 0, -inf}, {"Log", Log, math.Copysign(0, -1), -inf}, {"Log", Log, -1, nan},
		{"Log", Log, inf, inf}, {"Log", Log, -inf, nan}, {"Log", Log, nan, nan}, {"Log", Log, 2, math.Ln2},
		{"Log", Log, 0x1p-1074, -0x1.74385446d71c3p+09}, {"Log", Log, math.MaxFloat64, 0x1.62e42fefa39efp+09},
		{"Log1p", Log1p, 0, 0}, {"Log1p", Log1p, -1, -inf}, {"Log1p", Log1p, -2, nan}, {"Log1p", Log1p, inf, inf},
		{"Log1p", Log1p, -inf, nan}, {"Log1p", Log1p, nan, nan}, {"Log1p", Log1p, 1e-300, 1e-300}, {"Log1p", Log1p, math.MaxFloat64, 0x1.62e42fefa39efp+09},
		{"Logistic", Logistic, 0, 0.5}, {"Logistic", Logistic, inf, 1 - 0x1p-53}, {"Logistic", Logistic, -inf, 0x1p-1074},
		{"Logistic", Logistic, 40, 1 - 0x1p-53}, {"Logistic", Logistic, -800, 0x1p-1074}, {"Logistic", Logistic, nan, nan},
		{"Softplus", Softplus, inf, inf}, {"Softplus", Softplus, -inf, 0}, {"Softplus", Softplus, nan, nan},
		{"Softplus", Softplus, 0, math.Ln2}, {"Softplus", Softplus, 800, 800},
	} {
		if got := c.f(c.x); got != c.result && !(math.IsNaN(got) && math.IsNaN(c.result)) {
			t.Errorf("%s(%v) = %x, want %x", c.name, c.x, got, c.result)
		}
	}
}

// One hash over many results, so that an architecture whose compiler fuses
// anything is found out.
func TestExpAndLogHaveTheSameBitsEverywhere(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 4))
	hash := uint64(0xcbf29ce484222325)
	for range 200_000 {
		x := (r.Float64() - 0.5) * 1500
		y := math.Float64frombits(r.Uint64N(0x7ff0_0000_0000_0000))
		for _, v := range []float64{Exp(x), Log(y), Log1p(x), Logistic(x / 20), Softplus(x / 20), Log(1 + x/2000)} {
			if math.IsNaN(v) {
				v = -1
			}
			hash = (hash ^ math.Float64bits(v)) * 0x100000001b3
		}
	}
	if got := fmt.Sprintf("%016x", hash); got != "78e52ac9a10b0b2c" {
		t.Errorf("the hash of the results is %s: this architecture, or the code, gives other bits", got)
	}
}

func BenchmarkExp(b *testing.B) {
	b.ReportAllocs()
	x, sum := -3.0, 0.0
	for b.Loop() {
		sum += Exp(x)
		x += 0.001
		if x > 3 {
			x = -3
		}
	}
	sink = sum
}

func BenchmarkLog(b *testing.B) {
	b.ReportAllocs()
	x, sum := 0.1, 0.0
	for b.Loop() {
		sum += Log(x)
		x += 0.001
		if x > 9 {
			x = 0.1
		}
	}
	sink = sum
}

func BenchmarkLogistic(b *testing.B) {
	b.ReportAllocs()
	x, sum := -3.0, 0.0
	for b.Loop() {
		sum += Logistic(x)
		x += 0.001
		if x > 3 {
			x = -3
		}
	}
	sink = sum
}

var sink float64
