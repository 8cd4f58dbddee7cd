package app_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/leadloop/leadloop/examples/crm/app"
	"github.com/leadloop/leadloop/examples/crm/storetest"
	"github.com/leadloop/leadloop/handoff"
)

// adopted is an application whose agreement was changed by replacing texts: old, new, old, new.
func adopted(t *testing.T, a *app.App, replace ...string) {
	t.Helper()
	body := document(t, a, app.AgreementDocument)
	for i := 0; i < len(replace); i += 2 {
		if !strings.Contains(body, replace[i]) {
			t.Fatalf("the agreement has no %s", replace[i])
		}
		body = strings.ReplaceAll(body, replace[i], replace[i+1])
	}
	if _, err := a.Adopt(t.Context(), maria, app.AgreementDocument, strings.Replace(body, `"version": 1,`, `"version": 2,`, 1), ""); err != nil {
		t.Fatal(err)
	}
}

// leadsOf is how many leads the pools' state has for each member.
func leadsOf(t *testing.T, a *app.App) map[string]int64 {
	t.Helper()
	pools, err := a.Store().Pools(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	leads := map[string]int64{}
	for _, p := range pools {
		for _, account := range p.State.Accounts {
			leads[account.Member] += account.Leads
		}
	}
	return leads
}

// TestTurns: a lead that somebody gets by silence or by an escalation counts against the quota, so that fewer leads are offered.
func TestTurns(t *testing.T) {
	for name, test := range map[string]struct {
		agreement []string
		accept    bool // the first offer
	}{
		"silence":    {[]string{`"max_offers": 2`, `"max_offers": 1`, `"fallback": "maria"`, `"fallback": "david"`}, false},
		"escalation": {[]string{`"to": "maria"`, `"to": "david", "reassign": true`}, true},
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, address func(*testing.T) string) {
				c := &clock{juneMorning}
				a := open(t, address(t), c.now)
				adopted(t, a, append(test.agreement, `"version": 1,`, `"version": 1, "quota_period": "year",`, `"weight": 2`, `"weight": 2, "quota": 1`)...)
				first := offered(t, a, 1)[0]
				if state := caseOf(t, a, first); state.Owner == "david" {
					t.Fatal("david was offered the lead: the test shows nothing")
				} else if test.accept {
					if err := a.Do(t.Context(), app.User{ID: state.Owner, Role: app.Sales}, first, app.Request{Command: app.Accept, Version: state.Version}); err != nil {
						t.Fatal(err)
					}
				}
				for range 30 {
					next, err := a.Step(t.Context())
					if err != nil {
						t.Fatal(err)
					}
					if caseOf(t, a, first).Owner == "david" {
						break
					}
					c.at = next
				}
				if caseOf(t, a, first).Owner != "david" {
					t.Fatalf("david has not got the lead: %+v", caseOf(t, a, first))
				}
				if n := leadsOf(t, a)["david"]; n != 1 {
					t.Errorf("%d leads of david's are counted", n)
				}
				for _, id := range offered(t, a, 12)[1:] {
					if caseOf(t, a, id).Owner == "david" {
						t.Error("david, who has all that his quota allows, is offered another")
					}
				}
			})
		})
	}
}

// TestTurnsAtOnce: two processes give leads by silence while others are offered. No turn is lost, and none is counted twice.
func TestTurnsAtOnce(t *testing.T) {
	const silent, leads = 16, 32
	storetest.Each(t, func(t *testing.T, address func(*testing.T) string) {
		at := address(t)
		c := &clock{juneMorning}
		a := open(t, at, c.now)
		adopted(t, a, `"max_offers": 2`, `"max_offers": 1`, `"fallback": "maria"`, `"fallback": "david"`)
		ids := offered(t, a, silent)
		owners := map[string]string{}
		for _, id := range ids {
			owners[id] = caseOf(t, a, id).Owner
		}
		c.at = c.at.AddDate(0, 0, 3)
		for i := silent; i < leads; i++ {
			if _, err := a.Ingest(t.Context(), hot(i)); err != nil {
				t.Fatal(err)
			}
		}
		b := open(t, at, c.now)
		var group sync.WaitGroup
		for _, worker := range []*app.App{a, b, a, b} {
			group.Go(func() {
				if _, err := worker.Step(context.Background()); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		want := map[string]int64{}
		for _, id := range offered(t, a, leads) {
			last := ""
			for _, e := range replayed(t, a, id) {
				if (e.Kind == handoff.Offered || e.Kind == handoff.AutoAccepted) && e.Owner != last {
					last = e.Owner
					want[last]++
				}
			}
			if owners[id] != "" && last != "david" {
				t.Errorf("silence gave lead %s to %q", id, last)
			}
		}
		got, sum := leadsOf(t, a), int64(0)
		for member, n := range want {
			sum += n
			if got[member] != n {
				t.Errorf("%d leads of %s are counted, the logs have %d", got[member], member, n)
			}
		}
		if sum <= leads {
			t.Errorf("%d turns of %d leads: nothing was given by silence", sum, leads)
		}
	})
}
