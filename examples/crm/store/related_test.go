package store_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/leadloop/leadloop/examples/crm/store"
	"github.com/leadloop/leadloop/examples/crm/storetest"
	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
)

// TestRelated: what is found is what a walk through all leads finds.
func TestRelated(t *testing.T) {
	storetest.Each(t, func(t *testing.T, address func(*testing.T) string) {
		s := storetest.Open(t, address(t))
		random := rand.New(rand.NewPCG(1, 2))
		stages := []funnel.Stage{funnel.Inquiry, funnel.MQL, funnel.SAL, funnel.SQL, funnel.Opportunity, funnel.Won, funnel.Lost}
		type known struct {
			lead, email, account string
			named                bool // has the address as its identity, too
			c                    handoff.Case
		}
		var all []known
		taken := map[string]bool{}
		for i := range 120 {
			k := known{lead: fmt.Sprintf("L-%03d", i), email: fmt.Sprintf("p%d@x.example", random.IntN(80))}
			if n := random.IntN(20); n > 0 { // some have none
				k.account = fmt.Sprintf("account %d", n)
			}
			if err := s.PutLead(t.Context(), store.Lead{ID: k.lead, Fields: map[string]string{"email": k.email, "account": k.account}}); err != nil {
				t.Fatal(err)
			}
			if k.named = !taken[k.email]; k.named {
				taken[k.email] = true
				if err := s.AddIdentities(t.Context(), map[store.Identity]string{{Kind: "email", Value: k.email}: k.lead}); err != nil {
					t.Fatal(err)
				}
			}
			e := handoff.Event{ID: k.lead, Version: 1, Kind: handoff.Registered, Stage: stages[random.IntN(len(stages))],
				Occurred: time.Date(2026, 6, 1, random.IntN(24), random.IntN(60), i%60, 0, time.UTC)}
			if e.Recorded = e.Occurred; random.IntN(5) > 0 {
				e.Owner = fmt.Sprintf("owner %d", random.IntN(4))
			}
			k.c = handoff.Apply(handoff.Case{}, e)
			if err := s.Commit(t.Context(), handoff.Case{}, handoff.Register{}, handoff.Decision{Events: []handoff.Event{e}}); err != nil {
				t.Fatal(err)
			}
			all = append(all, k)
		}
		found := map[string]int{}
		for _, k := range all {
			latest := map[string]known{}
			note := func(what string, o known) {
				if was, have := latest[what]; !have || o.c.Last.After(was.c.Last) {
					latest[what] = o
				}
			}
			for _, o := range all {
				if o.lead == k.lead || o.c.Owner == "" || !slices.Contains(stages[1:5], o.c.Stage) {
					continue
				}
				if o.named && o.email == k.email {
					note(store.SameAddress, o)
				}
				if o.account != "" && o.account == k.account && o.c.Stage != funnel.MQL {
					note(store.SameAccount, o)
					if o.c.Stage == funnel.Opportunity {
						note(store.OpenOpportunity, o)
					}
				}
			}
			var want []store.Related
			for _, what := range []string{store.SameAddress, store.OpenOpportunity, store.SameAccount} {
				if o, have := latest[what]; have {
					want = append(want, store.Related{What: what, Lead: o.lead, Owner: o.c.Owner, Stage: o.c.Stage})
					found[what]++
				}
			}
			got, err := s.Related(t.Context(), k.lead, k.email, k.account)
			if err != nil || !slices.Equal(got, want) {
				t.Fatalf("related to %s\n%+v\nwant\n%+v, %v", k.lead, got, want, err)
			}
		}
		if found[store.SameAddress] < 5 || found[store.OpenOpportunity] < 20 || found[store.SameAccount] < 40 {
			t.Errorf("found %v: the test shows little", found)
		}
		mail := all[0].email // what is erased is related to nobody
		for _, k := range all {
			if k.account != "account 1" && k.email != mail {
				continue
			}
			if err := s.Erase(t.Context(), k.lead, func(e handoff.Event) handoff.Event { return e }); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := s.Related(t.Context(), "L-new", mail, "account 1"); err != nil || len(got) > 0 {
			t.Errorf("erased leads are related: %+v, %v", got, err)
		}
		if got, err := s.Related(t.Context(), "L-new", "", ""); err != nil || len(got) > 0 {
			t.Errorf("without an address and an account %+v is related, %v", got, err)
		}
	})
}
