package main

import (
	"cmp"
	"fmt"
	"slices"
)

// This file brings all rows of an id together, before they go to their accounts. A row that repeats then counts once, however many touches
// its account has: once the cap has dropped a touch, nobody could tell that it comes again. And an id that several accounts have is seen.

// The kinds of rows.
const (
	leadRow = iota
	touchRow
	dealRow
)

var (
	rowNames  = [...]string{"lead", "touch", "deal"}
	rowsNames = [...]string{"leads", "touches", "deals"}
)

// sharedIDs counts the ids of leads, touches and deals that several accounts have. One of these accounts carries the count.
type sharedIDs [len(rowNames)]int64

func (s sharedIDs) plus(t sharedIDs) sharedIDs {
	for kind := range s {
		s[kind] += t[kind]
	}
	return s
}

func appendShared(b []byte, s sharedIDs) []byte {
	for _, n := range s {
		b = appendNatural(b, n)
	}
	return b
}

func (w *wire) shared() (s sharedIDs) {
	for kind := range s {
		s[kind] = w.natural()
	}
	return s
}

// row says what the account is that was read of one row.
func (a *account) row() (kind int, id string) {
	switch {
	case len(a.leads) > 0:
		return leadRow, a.leads[0].ID
	case len(a.touches) > 0:
		return touchRow, a.touches[0].ID
	}
	return dealRow, a.deals[0].ID
}

// identity is the key that all rows of an id have.
func (a *account) identity() string {
	kind, id := a.row()
	return rowNames[kind] + " " + id
}

// distinctRows gives the different ones of all rows of an id: one for each account that has the id. It writes to the slice.
func distinctRows(rows []account) ([]account, error) {
	if len(rows) == 1 {
		return rows, nil
	}
	slices.SortFunc(rows, compareRows)
	rows = slices.CompactFunc(rows, func(a, b account) bool { return compareRows(a, b) == 0 })
	kind, id := rows[0].row()
	for i := 1; i < len(rows); i++ {
		if rows[i].id == rows[i-1].id {
			return nil, fmt.Errorf("account %q, %s %q: given twice with different fields: leave one row of each %[2]s", rows[i].id, rowNames[kind], id)
		}
	}
	if len(rows) > 1 {
		rows[0].shared[kind]++
	}
	return rows, nil
}

func compareRows(a, b account) int {
	return cmp.Or(cmp.Compare(a.id, b.id), slices.CompareFunc(a.leads, b.leads, compareLeads), slices.CompareFunc(a.touches, b.touches, compareTouches),
		slices.CompareFunc(a.deals, b.deals, compareDeals))
}
