package goals

import (
	"fmt"
	"math/big"
	"time"
)

// Pay is a pay plan that is checked and ready to pay by. It is immutable and safe
// for concurrent use. Make one with [CompilePay]; the zero Pay knows no role.
type Pay struct {
	roles  []payRole
	window time.Duration
}

type payRole struct {
	name       string
	target     *big.Rat
	components []payComponent
	gates      []payGate
	floor, cap *big.Rat // nil: none
}

type payComponent struct {
	name, measure string
	weight        *big.Rat
	curve         curve
	floor, cap    *big.Rat // nil: none
}

type payGate struct {
	name, measure     string
	threshold, factor *big.Rat
}

// CompilePay checks the plan. All mistakes are reported at once, joined, each an
// *[Error] with its path: a name that is missing or stands twice, weights that do
// not sum to 1, a fraction that is malformed, a curve that lacks what its kind
// needs or has what belongs to another, points or tiers that do not rise, a floor
// above its cap, a gate without a threshold or with a factor that is missing or
// above 1, and the like.
func CompilePay(plan PayPlan) (*Pay, error) {
	r := &review{}
	if plan.Schema > PaySchema {
		return nil, laterSchema(plan.Schema)
	}
	if plan.Schema < 0 {
		r.report("schema", ErrSchema, "must be %d, or left out", PaySchema)
	}
	r.name("name", plan.Name, map[string]bool{})
	if plan.Version < 1 {
		r.report("version", ErrSchema, "versions start at 1: raise it with every change that people agree on")
	}
	if plan.Clawback.Days < 0 || plan.Clawback.Days > maxDays {
		r.report("clawback.days", ErrPeriod, "give 0 to %d days", maxDays)
	}
	p := &Pay{window: time.Duration(plan.Clawback.Days) * 24 * time.Hour}
	gateNames := map[string]bool{}
	shared := r.gates("gates", plan.Gates, gateNames)
	if n := len(plan.Roles); n == 0 || n > maxRoles {
		r.report("roles", ErrAmount, "there are %d roles: give 1 to %d", n, maxRoles)
	}
	names := map[string]bool{}
	for i, role := range plan.Roles[:min(len(plan.Roles), maxRoles)] {
		at := fmt.Sprintf("roles[%d].", i)
		r.name(at+"name", role.Name, names)
		if role.Target <= 0 {
			r.report(at+"target", ErrAmount, "the target is not above 0: give the variable pay at 100 %%, in minor units")
		}
		own := map[string]bool{}
		for _, g := range plan.Gates {
			own[g.Name] = true
		}
		c := payRole{name: role.Name, target: new(big.Rat).SetInt64(role.Target), components: r.components(at, role.Components)}
		c.gates = append(shared[:len(shared):len(shared)], r.gates(at+"gates", role.Gates, own)...)
		c.floor, c.cap = r.limits(at, role.Floor, role.Cap)
		p.roles = append(p.roles, c)
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	return p, nil
}

func (r *review) gates(path string, list []Gate, names map[string]bool) (gates []payGate) {
	if len(list) > maxGates {
		r.report(path, ErrAmount, "there are %d gates: give at most %d", len(list), maxGates)
		return nil
	}
	for i, g := range list {
		at := fmt.Sprintf("%s[%d].", path, i)
		r.name(at+"name", g.Name, names)
		r.measure(at, g.Measure)
		c := payGate{name: g.Name, measure: g.Measure, threshold: r.fraction(at+"threshold", g.Threshold), factor: r.fraction(at+"factor", g.Factor)}
		if c.threshold != nil && c.threshold.Sign() == 0 {
			r.report(at+"threshold", ErrFraction, "it is zero: the gate would never close; give the least that opens it")
		}
		if c.factor != nil && c.factor.Cmp(one) >= 0 {
			r.report(at+"factor", ErrFraction, `it is not below one: a closed gate must cut; give what is left, such as "0" or "1/2"`)
		}
		gates = append(gates, c)
	}
	return gates
}

func (r *review) measure(at, measure string) {
	if measure == "" {
		r.report(at+"measure", ErrName, "it is missing: name what is measured, such as %q", AttainedRevenue)
	}
}

func (r *review) components(at string, list []Component) (components []payComponent) {
	if n := len(list); n == 0 || n > maxComponents {
		r.report(at+"components", ErrAmount, "there are %d components: give 1 to %d", n, maxComponents)
		return nil
	}
	sum, names := new(big.Rat), map[string]bool{}
	for i, c := range list {
		at := fmt.Sprintf("%scomponents[%d].", at, i)
		r.name(at+"name", c.Name, names)
		r.measure(at, c.Measure)
		weight := r.share(at+"weight", c.Weight)
		if weight == nil {
			sum = nil
		} else if sum != nil {
			sum.Add(sum, weight)
		}
		checked := payComponent{name: c.Name, measure: c.Measure, weight: weight, curve: r.curve(at+"curve.", c.Curve)}
		checked.floor, checked.cap = r.limits(at, c.Floor, c.Cap)
		components = append(components, checked)
	}
	if sum != nil && sum.Cmp(one) != 0 {
		r.report(at+"components", ErrFraction, "the weights sum to %s: make them sum to 1", sum.RatString())
	}
	return components
}

func (r *review) limits(at string, floor, limit Fraction) (low, high *big.Rat) {
	low, high = r.optional(at+"floor", floor), r.optional(at+"cap", limit)
	if high != nil && high.Sign() == 0 {
		r.report(at+"cap", ErrFraction, "it is zero: nothing could ever be paid")
	}
	if low != nil && high != nil && low.Cmp(high) > 0 {
		r.report(at+"floor", ErrFraction, "the floor is above the cap: lower it, or raise the cap")
	}
	return low, high
}

func (r *review) curve(at string, c Curve) curve {
	out := curve{kind: c.Kind, threshold: r.optional(at+"threshold", c.Threshold)}
	switch c.Kind {
	case CurveLinear:
	case CurveCliff:
		if c.Threshold == "" || out.threshold != nil && out.threshold.Sign() == 0 {
			r.report(at+"threshold", ErrCurve, "a cliff needs the attainment above 0 from which it pays")
		}
	case CurveRamp:
		if n := len(c.Points); n < 2 || n > maxSteps {
			r.report(at+"points", ErrCurve, "there are %d points: a ramp needs 2 to %d", n, maxSteps)
		}
		for i, p := range c.Points[:min(len(c.Points), maxSteps)] {
			at := fmt.Sprintf("%spoints[%d].", at, i)
			out.at = r.rising(at+"at", p.At, out.at)
			out.pay = append(out.pay, r.fraction(at+"pay", p.Pay))
		}
	case CurveTiers:
		if n := len(c.Tiers); n < 1 || n > maxSteps {
			r.report(at+"tiers", ErrCurve, "there are %d tiers: give 1 to %d", n, maxSteps)
		}
		for i, t := range c.Tiers[:min(len(c.Tiers), maxSteps)] {
			at := fmt.Sprintf("%stiers[%d].", at, i)
			out.at = r.rising(at+"from", t.From, out.at)
			if first := out.at[0]; i == 0 && first != nil && first.Sign() != 0 {
				r.report(at+"from", ErrCurve, `the first tier starts above 0: start it at "0", with the rate "0" if nothing is paid there`)
			}
			out.pay = append(out.pay, r.fraction(at+"rate", t.Rate))
		}
		if c.Mode != "" && c.Mode != TiersMarginal && c.Mode != TiersWhole {
			r.report(at+"mode", ErrCurve, "give %q or %q, or leave it out for %q", TiersMarginal, TiersWhole, TiersMarginal)
		}
		out.whole = c.Mode == TiersWhole
	case "":
		r.report(at+"kind", ErrCurve, "it is missing: give %q, %q, %q or %q", CurveLinear, CurveCliff, CurveRamp, CurveTiers)
		return out
	default:
		r.report(at+"kind", ErrCurve, "there is no such curve: give %q, %q, %q or %q", CurveLinear, CurveCliff, CurveRamp, CurveTiers)
		return out
	}
	if c.Kind != CurveRamp && len(c.Points) > 0 {
		r.report(at+"points", ErrCurve, "only a ramp has points: leave them out, or give the kind %q", CurveRamp)
	}
	if c.Kind != CurveTiers && (len(c.Tiers) > 0 || c.Mode != "") {
		r.report(at+"tiers", ErrCurve, "only tiers have tiers and a mode: leave them out, or give the kind %q", CurveTiers)
	}
	return out
}

// rising reads an attainment that must be above the one before.
func (r *review) rising(path string, f Fraction, before []*big.Rat) []*big.Rat {
	v := r.fraction(path, f)
	if n := len(before); v != nil && n > 0 && before[n-1] != nil && v.Cmp(before[n-1]) <= 0 {
		r.report(path, ErrCurve, "it is not above the one before: order by rising attainment")
	}
	return append(before, v)
}
