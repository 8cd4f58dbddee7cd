package main

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"
	"time"
)

// Lead, Touch and Deal are rows of the input. Rules of the scoring model look at the fields of leads and touches.
type (
	Lead struct {
		ID                           string
		Created                      time.Time
		Industry, Country, Seniority string
		Employees                    int
	}
	Touch struct {
		ID, Lead, Kind, Channel, Campaign string
		At                                time.Time
		Cost                              int64 // cents
	}
	Deal struct {
		ID, Outcome    string // "open", "won" or "lost"
		Opened, Closed time.Time
		Amount         int64 // cents
	}
)

// account is what is known of one account: of one row as it was read, or of several ones together. It is an aggregate: merging is
// free of order, and rows that repeat count once. Of the touches the latest ones are kept, so that an account with millions of
// them stays small, on each worker and on the way between them.
type account struct {
	id      string
	leads   []Lead
	touches []Touch
	deals   []Deal
}

// merge adds the rows of another part of the same account, which stays as it is. As with append, only the result is used afterwards.
func (a account) merge(b account, maxTouches int) account {
	a.id = max(a.id, b.id)
	a.leads = append(a.leads, b.leads...)
	a.deals = append(a.deals, b.deals...)
	a.touches = append(a.touches, b.touches...)
	if len(a.touches) > 2*maxTouches+64 {
		a.touches = latest(a.touches, maxTouches)
	}
	return a
}

// tidy gives the account as it is, whatever the order in which its rows came.
func (a account) tidy(maxTouches int) account {
	a.leads = distinct(a.leads, compareLeads)
	a.deals = distinct(a.deals, compareDeals)
	a.touches = latest(slices.Clone(a.touches), maxTouches)
	return a
}

func distinct[T comparable](rows []T, compare func(a, b T) int) []T {
	rows = slices.SortedFunc(slices.Values(rows), compare)
	return slices.Compact(rows)
}

// latest sorts touches, drops what repeats, and keeps the last ones. It writes to the slice.
func latest(touches []Touch, maxTouches int) []Touch {
	slices.SortFunc(touches, compareTouches)
	touches = slices.Compact(touches)
	return touches[max(0, len(touches)-maxTouches):]
}

func compareTouches(a, b Touch) int {
	return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Lead, b.Lead), cmp.Compare(a.Kind, b.Kind),
		cmp.Compare(a.Channel, b.Channel), cmp.Compare(a.Campaign, b.Campaign), cmp.Compare(a.Cost, b.Cost))
}

func compareLeads(a, b Lead) int {
	return cmp.Or(cmp.Compare(a.ID, b.ID), a.Created.Compare(b.Created), cmp.Compare(a.Industry, b.Industry), cmp.Compare(a.Country, b.Country),
		cmp.Compare(a.Seniority, b.Seniority), cmp.Compare(a.Employees, b.Employees))
}

func compareDeals(a, b Deal) int {
	return cmp.Or(cmp.Compare(a.ID, b.ID), a.Opened.Compare(b.Opened), a.Closed.Compare(b.Closed), cmp.Compare(a.Outcome, b.Outcome), cmp.Compare(a.Amount, b.Amount))
}

// check finds leads that are given twice. Of touches and deals attribution does.
func (a account) check() error {
	for i := 1; i < len(a.leads); i++ {
		if a.leads[i].ID == a.leads[i-1].ID {
			return fmt.Errorf("account %q, lead %q: given twice with different fields: leave one row of each lead", a.id, a.leads[i].ID)
		}
	}
	return nil
}

const accountMagic = "LBacct\x01"

// encodeAccount is the coder of accounts.
func encodeAccount(a account) ([]byte, error) {
	b := appendText([]byte(accountMagic), a.id)
	b = binary.AppendUvarint(b, uint64(len(a.leads)))
	for _, l := range a.leads {
		b = appendInstant(appendText(b, l.ID), l.Created)
		b = appendText(appendText(appendText(b, l.Industry), l.Country), l.Seniority)
		b = binary.AppendVarint(b, int64(l.Employees))
	}
	b = binary.AppendUvarint(b, uint64(len(a.touches)))
	for _, t := range a.touches {
		b = appendText(appendText(appendText(appendText(appendText(b, t.ID), t.Lead), t.Kind), t.Channel), t.Campaign)
		b = binary.AppendVarint(appendInstant(b, t.At), t.Cost)
	}
	b = binary.AppendUvarint(b, uint64(len(a.deals)))
	for _, d := range a.deals {
		b = appendInstant(appendInstant(appendText(appendText(b, d.ID), d.Outcome), d.Opened), d.Closed)
		b = binary.AppendVarint(b, d.Amount)
	}
	return b, nil
}

func decodeAccount(data []byte) (account, error) {
	w := &wire{rest: data}
	w.magic(accountMagic)
	a := account{id: w.text()}
	for range w.count(6) {
		l := Lead{ID: w.text(), Created: w.instant(), Industry: w.text(), Country: w.text(), Seniority: w.text(), Employees: int(w.varint())}
		a.leads = append(a.leads, l)
	}
	n := w.count(7)
	a.touches = make([]Touch, 0, n)
	for range n {
		t := Touch{ID: w.text(), Lead: w.text(), Kind: w.text(), Channel: w.text(), Campaign: w.text(), At: w.instant(), Cost: w.varint()}
		a.touches = append(a.touches, t)
	}
	for range w.count(5) {
		d := Deal{ID: w.text(), Outcome: w.text(), Opened: w.instant(), Closed: w.instant(), Amount: w.varint()}
		a.deals = append(a.deals, d)
	}
	return a, w.done()
}
