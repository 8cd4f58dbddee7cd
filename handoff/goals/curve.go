package goals

import (
	"fmt"
	"math/big"
	"sort"
)

// curve is a Curve, checked. Exactly one kind's fields are set.
type curve struct {
	kind      CurveKind
	threshold *big.Rat // nil: none
	at, pay   []*big.Rat
	whole     bool
}

// step is one line of how a curve came to its value.
type step struct {
	text  string
	value *big.Rat
}

// steps gives what the curve pays for an attainment: the values sum to it. There
// is at least one step, and no value is below 0.
func (c *curve) steps(attainment *big.Rat) []step {
	if c.threshold != nil && attainment.Cmp(c.threshold) < 0 {
		return []step{{"below " + c.threshold.RatString(), new(big.Rat)}}
	}
	if attainment.Sign() < 0 { // corrections can outweigh what was won; nobody pays for that
		return []step{{"below 0", new(big.Rat)}}
	}
	switch c.kind {
	case CurveCliff:
		return []step{{"reached " + c.threshold.RatString(), new(big.Rat).SetInt64(1)}}
	case CurveRamp:
		return []step{c.ramp(attainment)}
	case CurveTiers:
		if c.whole {
			i := c.reached(attainment)
			return []step{{fmt.Sprintf("all at %s, from %s", c.pay[i].RatString(), c.at[i].RatString()), new(big.Rat).Mul(attainment, c.pay[i])}}
		}
		return c.marginal(attainment)
	}
	return []step{{"linear", new(big.Rat).Set(attainment)}}
}

// reached is the last point or tier that is not above the attainment, −1 if none is.
func (c *curve) reached(attainment *big.Rat) int {
	return sort.Search(len(c.at), func(i int) bool { return c.at[i].Cmp(attainment) > 0 }) - 1
}

func (c *curve) ramp(attainment *big.Rat) step {
	i := c.reached(attainment)
	switch {
	case i < 0:
		return step{"below " + c.at[0].RatString(), new(big.Rat)}
	case i == len(c.at)-1:
		return step{"from " + c.at[i].RatString(), new(big.Rat).Set(c.pay[i])}
	}
	value := new(big.Rat).Sub(attainment, c.at[i])
	value.Quo(value, new(big.Rat).Sub(c.at[i+1], c.at[i]))
	value.Mul(value, new(big.Rat).Sub(c.pay[i+1], c.pay[i]))
	return step{c.at[i].RatString() + " to " + c.at[i+1].RatString(), value.Add(value, c.pay[i])}
}

func (c *curve) marginal(attainment *big.Rat) (list []step) {
	for i := range c.reached(attainment) + 1 {
		upper, text := attainment, "from "+c.at[i].RatString()
		if i+1 < len(c.at) {
			text = c.at[i].RatString() + " to " + c.at[i+1].RatString()
			if c.at[i+1].Cmp(upper) < 0 {
				upper = c.at[i+1]
			}
		}
		value := new(big.Rat).Sub(upper, c.at[i])
		if i > 0 && value.Sign() == 0 { // exactly at the start of a tier nothing lies in it
			break
		}
		list = append(list, step{text + " at " + c.pay[i].RatString(), value.Mul(value, c.pay[i])})
	}
	return list
}
