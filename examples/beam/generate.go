package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// market is made-up data: accounts with leads, what these did, the deals, and the desk's log of the leads that were handed over. The
// first account has one in twenty of all touches, as a reseller or a hospital group has: it is the hot key.
type market struct {
	touches int    // about how many
	seed    uint64 // the same seed gives the same rows
	shards  int    // files of each kind
	shuffle uint64 // the seed of the order of rows; 0: as they come
}

// The time in which the market lives. The reports of the tests are as of two weeks before its end, so that some of it is not there yet.
var (
	marketBegin = time.Date(2025, 7, 1, 0, 0, 0, 0, time.UTC)
	marketEnd   = time.Date(2026, 7, 15, 0, 0, 0, 0, time.UTC)
)

// sheets are the rows of all files, as text.
type sheets struct{ leads, touches, deals, events []string }

// generate writes the market to a folder.
func generate(folder string, m market) error {
	if m.touches < 1 || m.shards < 1 || m.shards > 9999 {
		return errors.New("-touches and -shards: not from 1 on: give at least one touch, and 1 to 9999 shards")
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	old, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, file := range old {
		if kindOf(file.Name()) != "" {
			return fmt.Errorf("-generate: %s: it has %s already, and two sets of rows would be taken for one: name a new folder", folder, file.Name())
		}
	}
	s, err := m.rows()
	if err != nil {
		return err
	}
	for _, kind := range []struct {
		pattern, header string
		rows            []string
	}{
		{"leads-%04d.csv", "lead,account,created,industry,country,seniority,employees\n", s.leads},
		{"touches-%04d.csv", "touch,account,lead,at,kind,channel,campaign,cost\n", s.touches},
		{"deals-%04d.csv", "deal,account,opened,closed,outcome,amount\n", s.deals},
		{"events-%04d.jsonl", "", s.events},
	} {
		if m.shuffle != 0 {
			dice := rand.New(rand.NewPCG(m.shuffle, uint64(len(kind.header))))
			dice.Shuffle(len(kind.rows), func(i, k int) { kind.rows[i], kind.rows[k] = kind.rows[k], kind.rows[i] })
		}
		for shard := range m.shards {
			from, to := len(kind.rows)*shard/m.shards, len(kind.rows)*(shard+1)/m.shards
			text := kind.header + strings.Join(kind.rows[from:to], "")
			if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf(kind.pattern, shard)), []byte(text), 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}

// rows makes the market up.
func (m market) rows() (*sheets, error) {
	office, err := newOffice()
	if err != nil {
		return nil, err
	}
	s := &sheets{}
	for number := 0; len(s.touches) < m.touches; number++ {
		dice := rand.New(rand.NewPCG(m.seed, uint64(number)))
		many := 1 + dice.IntN(24)
		if number == 0 {
			many = max(many, m.touches/20)
		}
		if err := m.account(s, office, dice, number, many); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// The words of the market. Of the first channels there is most.
var (
	industries  = []string{"software", "manufacturing", "finance", "education", "retail", "health"}
	countries   = []string{"DE", "AT", "CH", "FR", "US"}
	seniorities = []string{"staff", "staff", "manager", "chief"}
	channels    = []struct{ name, kind string }{
		{"paid search", "ad_click"}, {"organic search", "visit"}, {"email", "email_click"}, {"direct", "pricing_view"}, {"webinar", "webinar"},
		{"social", "visit"}, {"partner", "visit"}, {"event", "webinar"}, {"display", "ad_click"}, {"direct", "demo_request"},
	}
	campaigns = []string{"", "", "spring", "autumn", "brand"}
)

// account makes one account up, with so many touches.
func (m market) account(s *sheets, o *office, dice *rand.Rand, number, many int) error {
	id := fmt.Sprintf("A%07d", number)
	var leads []*Lead
	for k := range 1 + dice.IntN(4) {
		l := &Lead{
			ID: fmt.Sprintf("%s-%d", id, k), Created: marketBegin.Add(time.Duration(dice.IntN(360*24*60)) * time.Minute),
			Industry: industries[dice.IntN(len(industries))], Country: countries[dice.IntN(len(countries))],
			Seniority: seniorities[dice.IntN(len(seniorities))], Employees: new(int),
		}
		*l.Employees = 1 << dice.IntN(14)
		leads = append(leads, l)
	}
	deeds := make([][]Touch, len(leads))
	for k := range many {
		which := dice.IntN(len(leads))
		l := leads[which]
		channel := channels[min(dice.IntN(len(channels)), dice.IntN(len(channels)))]
		at := l.Created.Add(time.Duration(dice.IntN(1+int(marketEnd.Sub(l.Created)/time.Second)/(1+dice.IntN(12)))) * time.Second)
		t := Touch{ID: fmt.Sprintf("T%s-%d", id, k), Lead: l.ID, Kind: channel.kind, Channel: channel.name, Campaign: campaigns[dice.IntN(len(campaigns))],
			At: at, Cost: int64(dice.IntN(900))}
		deeds[which] = append(deeds[which], t)
		s.touches = append(s.touches, fmt.Sprintf("%s,%s,%s,%s,%s,%s,%s,%s\n", t.ID, id, t.Lead, at.Format(time.RFC3339), t.Kind, t.Channel, t.Campaign, money(t.Cost)))
	}
	for k, l := range leads {
		s.leads = append(s.leads, fmt.Sprintf("%s,%s,%s,%s,%s,%s,%d\n", l.ID, id, l.Created.Format(time.RFC3339), l.Industry, l.Country, l.Seniority, *l.Employees))
		deal, err := o.handle(s, dice, l, deeds[k])
		if err != nil {
			return fmt.Errorf("lead %s: %w", l.ID, err)
		}
		if deal.ID != "" {
			closed := ""
			if !deal.Closed.IsZero() {
				closed = deal.Closed.Format(time.RFC3339)
			}
			s.deals = append(s.deals, fmt.Sprintf("%s,%s,%s,%s,%s,%s\n", deal.ID, id, deal.Opened.Format(time.RFC3339), closed, deal.Outcome, money(deal.Amount)))
		}
	}
	return nil
}
