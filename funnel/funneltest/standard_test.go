package funneltest_test

import (
	"testing"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/funnel/funneltest"
)

// agreed is the agreement about the standard funnel.
func agreed() funneltest.Suite[Lead] {
	return funneltest.Suite[Lead]{
		Definition: funnel.Standard(),
		Checks: []funneltest.Check{
			funneltest.Script("testdata/standard.txt"),
			funneltest.Matrix("testdata/standard_matrix.txt"),
			funneltest.Diagram("testdata/standard.mmd"),
			funneltest.Precedes("nobody buys before sales has accepted", funneltest.To(funnel.SAL), funneltest.To(funnel.Won)),
			funneltest.Never("what is won stays won", funneltest.From(funnel.Won)),
			funneltest.Never("who withdrew consent is left alone", funneltest.Both(
				funneltest.Returned(funnel.ReasonConsentWithdrawn, funnel.ReasonDoNotContact), funneltest.Not(funneltest.To(funnel.Disqualified)))),
			funneltest.EventuallyPossible("every lead that marketing hands over can still be won or closed", funneltest.To(funnel.MQL),
				funneltest.To(funnel.Won, funnel.Disqualified)),
		},
	}
}

func TestStandard(t *testing.T)        { agreed().Run(t) }
func TestStandardCovered(t *testing.T) { agreed().Covers(t) }
func TestStandardMutants(t *testing.T) { agreed().Notices(t) }
