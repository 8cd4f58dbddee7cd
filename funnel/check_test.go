package funnel_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/funnel"
)

func TestCheck(t *testing.T) {
	policy := standard(t)
	far := time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		name   string
		change func(*funnel.Position)
		kind   error
		field  string
		text   string
	}{
		{"fine", func(*funnel.Position) {}, nil, "", ""},
		{"more rounds than this version allows", func(p *funnel.Position) { p.Round = 6 }, nil, "", ""},
		{"reason", func(p *funnel.Position) { p.Reason = funnel.ReasonOther }, nil, "", ""},
		{"policy", func(p *funnel.Position) { p.Policy = "x" }, funnel.ErrWrongPolicy, "", "funnel: the position belongs to another policy"},
		{"later version", func(p *funnel.Position) { p.PolicyVersion = 2 }, funnel.ErrPolicyVersion, "", "later than this one, 1"},
		{"stage", func(p *funnel.Position) { p.Stage = "mqls" }, funnel.ErrUnknownStage, "", `funnel: the policy has no stage "mqls"; it has inquiry, mql`},
		{"id", func(p *funnel.Position) { p.ID = "" }, funnel.ErrPosition, "id", "funnel: the position's id is impossible"},
		{"no version of the policy", func(p *funnel.Position) { p.PolicyVersion = 0 }, funnel.ErrPosition, "policy_version", ""},
		{"round", func(p *funnel.Position) { p.Round = 0 }, funnel.ErrPosition, "round", ""},
		{"version", func(p *funnel.Position) { p.Version = math.MinInt64 }, funnel.ErrPosition, "version", ""},
		{"no since", func(p *funnel.Position) { p.Since = time.Time{} }, funnel.ErrPosition, "since", ""},
		{"far since", func(p *funnel.Position) { p.Since = far }, funnel.ErrPosition, "since", ""},
		{"wait", func(p *funnel.Position) { p.NotBefore = far }, funnel.ErrPosition, "not_before", ""},
		{"ancient wait", func(p *funnel.Position) { p.NotBefore = time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC) }, funnel.ErrPosition, "not_before", ""},
		{"unknown reason", func(p *funnel.Position) { p.Reason = "othr" }, funnel.ErrReasonUnknown, "", `funnel: unknown reason "othr", did you mean "other"?`},
	} {
		err := policy.Check(with(at(funnel.MQL), test.change))
		if !errors.Is(err, test.kind) || (err == nil) != (test.kind == nil) {
			t.Errorf("%s: %v, want %v", test.name, err, test.kind)
		}
		var refusal *funnel.Refusal
		if errors.As(err, &refusal) && (refusal.Field != test.field || !strings.Contains(err.Error(), test.text)) {
			t.Errorf("%s: %+v: %v", test.name, refusal, err)
		}
	}
}
