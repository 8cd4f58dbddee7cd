package scoring_test

import (
	"fmt"

	"github.com/leadloop/leadloop/scoring"
)

// A service keeps a state per lead: it feeds each activity once, says which fields have
// changed, and stores the state as bytes.
func ExampleScorer_State() {
	scorer := scoring.MustCompile[visitor, visit](scoring.Model{Schema: 1, Name: "leads", Dimensions: []scoring.Dimension{
		{Name: "fit", Rules: []scoring.Rule{{Name: "at home", When: `Country == "DE"`, Points: 10 * scoring.Point}}},
		{Name: "engagement", Rules: []scoring.Rule{{Name: "visits", Each: `Kind == "visit"`, Points: 4 * scoring.Point, HalfLife: 14 * scoring.Day}}},
	}})
	lead := visitor{Country: "US"}
	state, err := scorer.State(&lead)
	if err != nil {
		fmt.Println(err)
		return
	}
	state.Add(visit{Kind: "visit", At: noon})
	fmt.Println(state.Points(noon), state.Points(noon.AddDate(0, 0, 14)))

	lead.Country = "DE"
	if err := state.Changed("Country"); err != nil {
		fmt.Println(err)
	}
	stored, err := state.MarshalBinary()
	if err != nil {
		fmt.Println(err)
	}
	later, err := scorer.Restore(&lead, stored)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(later.Points(noon.AddDate(0, 0, 14)))
	// Output:
	// 4 2
	// 12
}
