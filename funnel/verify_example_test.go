package funnel_test

import (
	"fmt"

	"github.com/leadloop/leadloop/funnel"
)

// Before a definition goes live it is reviewed: here two people have forgotten something.
func ExampleVerify() {
	d := funnel.Standard()
	d.MaxRounds = 0 // "they may come back as often as they like"
	d.Stages = append(d.Stages, funnel.StageDefinition{Name: "demo", Kind: funnel.KindSLA})
	d.Edges = append(d.Edges, funnel.Edge{From: funnel.SQL, On: "show", To: "demo"})

	for _, finding := range funnel.Verify(d) {
		fmt.Println(finding)
	}
	// Output:
	// error: stages[9]: work is owed at "demo", and nothing leads on when it is late: add an edge or a return to another stage
	// warning: edges[5]: leads may circle among "mql", "sal", "sql", "opportunity", "lost", "recycled", "disqualified" without a bound: set max_rounds, and give the edge that lets leads in again a release
}
