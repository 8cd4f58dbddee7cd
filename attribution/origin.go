package attribution

import "fmt"

// Origin is a definition of what "sourced by marketing" means. People mean different things by it, so an agreement between
// marketing and sales must name one; the Ledger and the Statement show all of them side by side.
type Origin struct{ definition uint8 }

// The definitions. The zero Origin is OriginFirstTouch.
var (
	// OriginFirstTouch goes by the first touch of all, internal and automated ones aside. If it is known when the lead was
	// created, that touch must not be later: the origin is fixed at that moment, and without such a touch unknown.
	OriginFirstTouch = Origin{0}

	// OriginSourceField goes by Journey.Source, the source field of the CRM.
	OriginSourceField = Origin{1}

	// OriginBeforeSales asks for a touch by marketing before the first sales activity, which is the first of: a touch by
	// sales, the lead accepted by sales, an opportunity opened. At the same instant is not before.
	OriginBeforeSales = Origin{2}
)

// origins lists the definitions in the order in which a Statement shows them.
var origins = [...]Origin{OriginFirstTouch, OriginSourceField, OriginBeforeSales}

var originNames = [...]string{"first_touch", "source_field", "before_sales"}

// String returns "first_touch", "source_field" or "before_sales".
func (o Origin) String() string { return originNames[o.definition] }

// Equal reports whether both are the same definition; packages that compare results ask for it.
func (o Origin) Equal(p Origin) bool { return o == p }

// MarshalText returns the name that String returns.
func (o Origin) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText accepts a name that String returns.
func (o *Origin) UnmarshalText(text []byte) error {
	for _, known := range origins {
		if string(text) == known.String() {
			*o = known
			return nil
		}
	}
	return fmt.Errorf("attribution: origin: %w: use first_touch, source_field or before_sales", ErrUnknown)
}

// Origins says who found a deal, by each definition. "" means that it is unknown.
type Origins struct {
	FirstTouch  Side `json:"first_touch,omitempty"`
	SourceField Side `json:"source_field,omitempty"`
	BeforeSales Side `json:"before_sales,omitempty"`
}

// By returns the side by one definition.
func (o Origins) By(definition Origin) Side {
	return [...]Side{o.FirstTouch, o.SourceField, o.BeforeSales}[definition.definition]
}

// Agree reports whether all definitions give the same answer to the question whether marketing sourced the deal.
func (o Origins) Agree() bool {
	first := o.FirstTouch == Marketing
	return (o.SourceField == Marketing) == first && (o.BeforeSales == Marketing) == first
}
