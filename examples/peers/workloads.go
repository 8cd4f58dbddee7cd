package main

import (
	"time"

	"github.com/leadloop/leadloop/attribution"
)

// sizes are how many inputs the workloads have.
type sizes struct{ leads, fewLeads, manyRules, steps, learnedSteps, reports, paths, channels, players, questions int }

var (
	usualSizes = sizes{leads: 256, fewLeads: 8, manyRules: 5000, steps: 1 << 16, learnedSteps: 1 << 12, reports: 4, paths: 50_000, channels: 100, players: 20, questions: 1000}
	tinySizes  = sizes{leads: 16, fewLeads: 8, manyRules: 200, steps: 500, learnedSteps: 200, reports: 1, paths: 500, channels: 8, players: 6, questions: 100}
)

// workloads are made one after the other, so that none pays for the memory of another.
func workloads(n sizes) []func() (workload, error) {
	return []func() (workload, error){
		func() (workload, error) { return fifty(n.leads, 20) },
		func() (workload, error) { return fiftyMaps(n.leads) },
		func() (workload, error) { return onTheLead(n.leads) },
		func() (workload, error) { return changed(n.leads) },
		func() (workload, error) { return many(n.fewLeads, n.manyRules) },
		func() (workload, error) { return decaying(n.leads) },
		func() (workload, error) { return steps(n.steps, true) },
		func() (workload, error) { return learned(n.learnedSteps) },
		func() (workload, error) { return steps(n.steps, false) },
		func() (workload, error) { return credit(n.reports, attribution.Linear, linearWeights) },
		func() (workload, error) { return credit(n.reports, attribution.PositionBased, positionWeights) },
		func() (workload, error) {
			return credit(n.reports, attribution.TimeDecay(7*24*time.Hour), decayWeights)
		},
		func() (workload, error) { return removal(n.paths, n.channels) },
		func() (workload, error) { return coalitions(n.paths, n.players) },
		func() (workload, error) { return deadlines(n.questions) },
		func() (workload, error) { return elapsed(n.questions) },
	}
}
