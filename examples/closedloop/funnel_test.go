package main

import (
	"testing"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/funnel/funneltest"
)

// agreedFunnel is what the heads of marketing and sales signed, held against the policy that the host runs on: read
// testdata/funnel.txt first. Take it as a model: write the scenarios without what stands behind the arrows, run
//
//	go test -run Funnel -funneltest.update ./examples/closedloop
//
// and read what the policy does with them. Where that is not what people meant, change the policy.
func agreedFunnel() funneltest.Suite[Lead] {
	sales := []funnel.Stage{funnel.SAL, funnel.SQL, funnel.Opportunity}
	unwanted := []funnel.Reason{funnel.ReasonConsentWithdrawn, funnel.ReasonDoNotContact, funnel.ReasonLegalOrExport}
	return funneltest.Suite[Lead]{
		Definition: funnel.Standard(),
		Checks: []funneltest.Check{
			funneltest.Script("testdata/funnel.txt"),
			funneltest.Matrix("testdata/funnel_matrix.txt"),
			funneltest.Diagram("testdata/funnel.mmd"),
			funneltest.Precedes("nobody is won before sales has accepted", funneltest.To(funnel.SAL), funneltest.To(funnel.Won)),
			funneltest.Precedes("nobody works on a lead that marketing has not handed over", funneltest.To(funnel.MQL), funneltest.To(sales...)),
			funneltest.Never("nobody drops a lead in silence", funneltest.Both(funneltest.To(funnel.Lost, funnel.Recycled, funnel.Disqualified),
				funneltest.That("without a reason", func(_ funnel.Position, tr funnel.Transition) bool { return tr.Reason == "" }))),
			funneltest.Never("who must not be contacted is never handed over again", funneltest.Both(
				funneltest.Returned(unwanted...), funneltest.To(funnel.MQL))),
			funneltest.EventuallyPossible("every lead that is handed over can still be won, or is closed with a reason",
				funneltest.To(funnel.MQL), funneltest.To(funnel.Won, funnel.Disqualified)),
		},
	}
}

// TestFunnel: the policy is what was agreed.
func TestFunnel(t *testing.T) { agreedFunnel().Run(t) }

// TestFunnelCovered: the scenarios walk every edge and use every reason.
func TestFunnelCovered(t *testing.T) { agreedFunnel().Covers(t) }

// TestFunnelMutants: whoever changes the policy, wherever, breaks a scenario, the matrix or a law.
func TestFunnelMutants(t *testing.T) { agreedFunnel().Notices(t) }

// TestFunnelInUse: the desk and the books work on the policy that was agreed, stage by stage.
func TestFunnelInUse(t *testing.T) {
	h, err := newHost(1, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	if h.policy.Definition().Name != agreedFunnel().Definition.Name {
		t.Errorf("the host runs on %q", h.policy.Definition().Name)
	}
	funneltest.Stages(t, h.policy, append([]funnel.Stage{funnel.Lost, funnel.Recycled, funnel.Disqualified}, path...)...)
}
