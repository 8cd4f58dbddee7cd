package funneltest

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/leadloop/leadloop/funnel"
)

// Stages asserts that the constants that a host declares for its stages are exactly those of the policy, in whatever order:
// one that is missing, has another spelling or is left over from an earlier version is shown.
func Stages[L any](t testing.TB, policy *funnel.Policy[L], constants ...funnel.Stage) {
	t.Helper()
	var want []funnel.Stage
	for _, stage := range policy.Definition().Stages {
		want = append(want, stage.Name)
	}
	got := slices.Clone(constants)
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("stages (-policy +constants):\n%s", diff)
	}
}
