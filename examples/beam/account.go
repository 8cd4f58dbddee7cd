package main

import (
	"cmp"
	"encoding/binary"
	"maps"
	"math"
	"slices"
	"time"
)

// Lead, Touch and Deal are rows of the input. Rules of the scoring model look at the fields of leads and touches.
type (
	Lead struct {
		ID                           string
		Created                      time.Time
		Industry, Country, Seniority string
		Employees                    *int // nil: not known
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
// free of order. Each row goes in once: distinct.go sees to it. Of the touches the latest of each month are kept, so that an account
// with millions of them stays small, on each worker and on the way between them, and so that no month takes the credit of another;
// those that are dropped are summed up.
type account struct {
	id      string
	leads   []Lead
	touches []Touch
	deals   []Deal
	dropped map[droppedFrom]droppedTouches
	shared  sharedIDs
	room    int // how many touches there may be until they are capped again; it stays where it is, and is not sent
}

// droppedFrom says whose sum it is. Month counts from the year 0.
type droppedFrom struct {
	month             int
	channel, campaign string
}

// droppedTouches are touches that the cap has dropped: they still cost. A cost that does not fit is the greatest there is.
type droppedTouches struct{ touches, cost int64 }

func (d droppedTouches) plus(e droppedTouches) droppedTouches {
	return droppedTouches{saturated(d.touches, e.touches), saturated(d.cost, e.cost)}
}

// saturated adds numbers that are not negative.
func saturated(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

// merge adds the rows of another part of the same account, which stays as it is. As with append, only the result is used afterwards.
func (a account) merge(b account, maxTouches int) account {
	a.id = max(a.id, b.id)
	a.leads = append(a.leads, b.leads...)
	a.deals = append(a.deals, b.deals...)
	a.touches = append(a.touches, b.touches...)
	a.shared = a.shared.plus(b.shared)
	for from, touches := range b.dropped {
		a.drop(from, touches)
	}
	if len(a.touches) > max(a.room, 2*maxTouches+64) {
		a.capTouches(maxTouches)
		a.room = 2*len(a.touches) + 64 // months may be many: what is sorted each time has doubled
	}
	return a
}

// tidy gives the account as it is, whatever the order in which its rows came.
func (a account) tidy(maxTouches int) account {
	a.leads = slices.SortedFunc(slices.Values(a.leads), compareLeads)
	a.deals = slices.SortedFunc(slices.Values(a.deals), compareDeals)
	a.touches, a.dropped, a.room = slices.Clone(a.touches), maps.Clone(a.dropped), 0
	a.capTouches(maxTouches)
	return a
}

// capTouches sorts the touches, keeps the last ones of each month, and sums the others up. It writes to the slice.
func (a *account) capTouches(maxTouches int) {
	slices.SortFunc(a.touches, compareTouches)
	kept := a.touches[:0]
	for rest := a.touches; len(rest) > 0; {
		month, n := monthOf(rest[0]), 1
		for n < len(rest) && monthOf(rest[n]) == month {
			n++
		}
		over := max(0, n-maxTouches)
		for _, t := range rest[:over] {
			a.drop(droppedFrom{month, t.Channel, t.Campaign}, droppedTouches{1, t.Cost})
		}
		kept = append(kept, rest[over:n]...)
		rest = rest[n:]
	}
	a.touches = kept
}

func monthOf(t Touch) int { return t.At.Year()*12 + int(t.At.Month()) - 1 }

func (a *account) drop(from droppedFrom, touches droppedTouches) {
	if a.dropped == nil {
		a.dropped = map[droppedFrom]droppedTouches{}
	}
	a.dropped[from] = a.dropped[from].plus(touches)
}

func compareTouches(a, b Touch) int {
	return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Lead, b.Lead), cmp.Compare(a.Kind, b.Kind),
		cmp.Compare(a.Channel, b.Channel), cmp.Compare(a.Campaign, b.Campaign), cmp.Compare(a.Cost, b.Cost))
}

func compareLeads(a, b Lead) int {
	return cmp.Or(cmp.Compare(a.ID, b.ID), a.Created.Compare(b.Created), cmp.Compare(a.Industry, b.Industry), cmp.Compare(a.Country, b.Country),
		cmp.Compare(a.Seniority, b.Seniority), compareKnown(a.Employees, b.Employees))
}

// compareKnown puts what is not known first.
func compareKnown(a, b *int) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return -1
	case b == nil:
		return 1
	}
	return cmp.Compare(*a, *b)
}

func compareDeals(a, b Deal) int {
	return cmp.Or(cmp.Compare(a.ID, b.ID), a.Opened.Compare(b.Opened), a.Closed.Compare(b.Closed), cmp.Compare(a.Outcome, b.Outcome), cmp.Compare(a.Amount, b.Amount))
}

func compareDropped(a, b droppedFrom) int {
	return cmp.Or(cmp.Compare(a.month, b.month), cmp.Compare(a.channel, b.channel), cmp.Compare(a.campaign, b.campaign))
}

const accountMagic = "LBacct\x02"

// encodeAccount is the coder of accounts.
func encodeAccount(a account) ([]byte, error) {
	b := appendText([]byte(accountMagic), a.id)
	b = binary.AppendUvarint(b, uint64(len(a.leads)))
	for _, l := range a.leads {
		b = appendInstant(appendText(b, l.ID), l.Created)
		b = appendText(appendText(appendText(b, l.Industry), l.Country), l.Seniority)
		b = appendKnown(b, l.Employees)
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
	b = binary.AppendUvarint(b, uint64(len(a.dropped)))
	for _, from := range slices.SortedFunc(maps.Keys(a.dropped), compareDropped) {
		b = appendText(appendText(binary.AppendVarint(b, int64(from.month)), from.channel), from.campaign)
		b = appendNatural(appendNatural(b, a.dropped[from].touches), a.dropped[from].cost)
	}
	return appendShared(b, a.shared), nil
}

func decodeAccount(data []byte) (account, error) {
	w := &wire{rest: data}
	w.magic(accountMagic)
	a := account{id: w.text()}
	for range w.count(6) {
		l := Lead{ID: w.text(), Created: w.instant(), Industry: w.text(), Country: w.text(), Seniority: w.text(), Employees: w.known()}
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
	for range w.count(5) {
		from := droppedFrom{month: int(w.varint()), channel: w.text(), campaign: w.text()}
		a.drop(from, droppedTouches{w.natural(), w.natural()})
	}
	a.shared = w.shared()
	return a, w.done()
}
