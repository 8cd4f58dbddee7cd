package attribution

import (
	"errors"
	"fmt"

	"github.com/leadloop/leadloop/internal/num"
)

// Economics is what the host knows of its business beside journeys, for the figures that need it.
type Economics struct {
	// Margin is what is left of revenue after the cost of what is sold, for example {60, 100}; from 0 to 1.
	Margin Ratio
	// MonthlyRevenue is that of one account, on average, in minor units.
	MonthlyRevenue int64
	// MarketingOverhead and SalesOverhead are what both cost beside their touches (salaries, tools, agencies), in minor units.
	MarketingOverhead int64
	SalesOverhead     int64
}

// Validate returns nil, or an error that wraps [ErrRatio], if the margin is not from 0 to 1, or [ErrNegative], if an amount is
// negative. The figures below are undefined then.
func (e Economics) Validate() error {
	var errs []error
	if e.Margin.Denominator <= 0 || e.Margin.Numerator < 0 || e.Margin.Numerator > e.Margin.Denominator {
		errs = append(errs, fmt.Errorf("attribution: margin: %w: give a part of revenue from 0 to 1, such as {60, 100}", ErrRatio))
	}
	if e.MonthlyRevenue < 0 {
		errs = append(errs, fmt.Errorf("attribution: monthly revenue: %w: give zero or more minor units", ErrNegative))
	}
	if e.MarketingOverhead < 0 || e.SalesOverhead < 0 {
		errs = append(errs, fmt.Errorf("attribution: overhead: %w: give zero or more minor units", ErrNegative))
	}
	return errors.Join(errs...)
}

// ROI is the return on investment, (sourced margin − cost) ÷ cost: Sourced times the margin, rounded to minor units, against
// the cost of the touches. It says what marketing found; [Figures.ROAS] says what a model attributes.
func (f Figures) ROI(e Economics) Ratio { return roi(f.Sourced, f.Cost, e) }

// ROI is the return on investment of marketing: see [Figures.ROI]. Its overhead is a part of the cost.
func (s Statement) ROI(e Economics) Ratio {
	cost, ok := plus(s.Cost, e.MarketingOverhead)
	if !ok {
		return Ratio{}
	}
	return roi(s.Sourced.Numerator, cost, e)
}

func roi(sourced, cost int64, e Economics) Ratio {
	margin, ok := num.MulDiv(sourced, e.Margin.Numerator, e.Margin.Denominator)
	if !ok || e.Validate() != nil {
		return Ratio{}
	}
	return Ratio{margin - cost, cost}
}

// CAC is what it costs to win a customer: the cost of all touches, those of sales included, and all overhead, ÷ Customers.
func (s Statement) CAC(e Economics) Ratio {
	cost, ok := s.allCost(e)
	if !ok {
		return Ratio{}
	}
	return Ratio{cost, s.Customers}
}

// Payback is after how many months a customer has earned what it cost to win it: CAC ÷ (monthly revenue × margin). The
// denominator is the monthly margin of all Customers, rounded to minor units.
func (s Statement) Payback(e Economics) Ratio {
	cost, fits := s.allCost(e)
	monthly, ok := num.MulDiv(e.MonthlyRevenue, s.Customers, 1)
	if !ok || !fits {
		return Ratio{}
	}
	if monthly, ok = num.MulDiv(monthly, e.Margin.Numerator, e.Margin.Denominator); !ok {
		return Ratio{}
	}
	return Ratio{cost, monthly}
}

func (s Statement) allCost(e Economics) (int64, bool) {
	if e.Validate() != nil {
		return 0, false
	}
	sum, ok := s.Cost, true
	for _, part := range [...]int64{s.OtherCost, e.MarketingOverhead, e.SalesOverhead} {
		if sum, ok = plus(sum, part); !ok {
			return 0, false
		}
	}
	return sum, true
}

// plus adds what is not negative.
func plus(a, b int64) (int64, bool) {
	sum := a + b
	return sum, sum >= a
}
