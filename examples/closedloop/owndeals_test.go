package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// madeUp is own data that chance has written, and an obvious count over its rows.
type madeUp struct {
	leads, activities, deals []string // rows

	revenue, won int64
	paid         int64            // won deals that have an amount
	sold         map[string]int64 // won deals, by person
	after        int64            // leads that were won after they had been recycled
	afterCents   int64            // what they brought then
}

// makeUp writes a few leads with several deals each: one after the other, overlapping, in the same second, lost between, recycled
// between, without an amount; and deals that only a lead names.
func makeUp(random *rand.Rand) *madeUp {
	m := &madeUp{sold: map[string]int64{}}
	at := func(hours int) string {
		return time.Date(2025, 1, 1, hours, 0, 0, 0, time.UTC).Format(time.RFC3339)
	}
	deals := 0
	for lead := range 1 + random.IntN(6) {
		id := fmt.Sprintf("L%d", lead)
		claim, ownDeal := "", -1
		count := random.IntN(5)
		if count > 0 && random.IntN(3) == 0 {
			ownDeal = random.IntN(count)
			claim = fmt.Sprintf("D%d", deals+ownDeal)
		}
		mql := ""
		if random.IntN(2) == 0 {
			mql = at(random.IntN(200))
		}
		m.leads = append(m.leads, fmt.Sprintf("%s,%s,a%d,%s,%s,%s", id, at(0), random.IntN(3), []string{"email", "web", "direct"}[random.IntN(3)], mql, claim))
		recycled := 0 // hours; 0: never
		for range random.IntN(3) {
			hours := 1 + 2*random.IntN(200) // odd, and all about deals is even: nothing rests on what comes first in a second
			if random.IntN(2) == 0 {
				m.activities = append(m.activities, fmt.Sprintf("%s,%s,,,mql,", id, at(hours)))
			} else {
				m.activities = append(m.activities, fmt.Sprintf("%s,%s,,,recycled,timing", id, at(hours)))
				if recycled == 0 || hours < recycled {
					recycled = hours
				}
			}
		}
		for range random.IntN(3) {
			m.activities = append(m.activities, fmt.Sprintf("%s,%s,visit,%s,,", id, at(random.IntN(400)), []string{"email", "web", "direct"}[random.IntN(3)]))
		}
		won, wonAfter := false, false
		for deal := range count {
			opened := 2 * random.IntN(150)
			closed := opened + 2*random.IntN(60)
			outcome, cents, person := []string{"won", "won", "lost", "open"}[random.IntN(4)], int64(random.IntN(4))*1250, []string{"p", "q", ""}[random.IntN(3)]
			owner := id
			if deal == ownDeal {
				owner = ""
			}
			begin := at(opened)
			if outcome != "open" && random.IntN(5) == 0 {
				begin = ""
			}
			m.deals = append(m.deals, fmt.Sprintf("D%d,%s,%s,%s,%s,%d.%02d,%s", deals, owner, begin, at(closed), outcome, cents/100, cents%100, person))
			deals++
			if outcome != "won" {
				continue
			}
			won = true
			m.revenue += cents
			m.paid += int64(when(cents > 0, 1))
			m.sold[person]++
			if recycled > 0 && closed > recycled {
				wonAfter = true
				m.afterCents += cents
			}
		}
		m.won += int64(when(won, 1))
		m.after += int64(when(wonAfter, 1))
	}
	return m
}

func (m *madeUp) write(t *testing.T) string {
	return writeOwn(t, "lead_id,created,account_id,channel,mql_at,deal_id\n"+strings.Join(m.leads, "\n")+"\n",
		"lead_id,at,kind,channel,stage,reason\n"+strings.Join(m.activities, "\n")+"\n",
		"deal_id,lead_id,opened,closed,outcome,amount,person\n"+strings.Join(m.deals, "\n")+"\n")
}

// TestSeveralDeals: whatever deals leads have, nothing is lost, and the sums are those of the rows, in any order.
func TestSeveralDeals(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	for round := range 400 {
		m := makeUp(random)
		dir := m.write(t)
		r, err := ownReport(ownOptions{dir: dir})
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		if !r.Conservation.Holds {
			t.Fatalf("round %d, %s: %+v", round, dir, r.Conservation)
		}
		people := map[string]int64{}
		for _, p := range r.People {
			people[p.ID] = p.Won
		}
		for _, person := range []string{"p", "q"} {
			if people[person] != m.sold[person] {
				t.Fatalf("round %d: %s has won %d deals, want %d", round, person, people[person], m.sold[person])
			}
		}
		journeys, yields, deals := int64(0), int64(0), int64(0)
		for _, c := range r.Channels {
			journeys += c.Won
		}
		for _, y := range r.Yields {
			if y.Stage == "recycled" {
				yields += y.Revenue
			}
		}
		if v := r.Velocity; v.Deal != nil {
			deals = *v.Deal
		}
		if *r.Revenue != m.revenue || r.Won != m.won || journeys != m.won || yields != m.afterCents || r.Recycling.Revenue != m.afterCents || r.Recycling.Won.Count != m.after ||
			m.paid > 0 && deals != (m.revenue+m.paid/2)/m.paid {
			t.Fatalf("round %d: revenue %d, won %d and %d, recycled %d, %+v, a deal %d; want %+v", round, *r.Revenue, r.Won, journeys, yields, r.Recycling, deals, m)
		}
		if round%20 > 0 {
			continue
		}
		for _, rows := range [][]string{m.leads, m.activities, m.deals} {
			random.Shuffle(len(rows), func(i, k int) { rows[i], rows[k] = rows[k], rows[i] })
		}
		if got, want := placeless(reportOf(t, "-json", "-data", m.write(t))), placeless(reportOf(t, "-json", "-data", dir)); got != want {
			t.Fatalf("round %d: %s", round, firstDifference(got, want))
		}
	}
}

// TestVelocityOfSeveralDeals: what a day brings is the same whether three deals are one lead's or three leads'.
func TestVelocityOfSeveralDeals(t *testing.T) {
	const deals = "deal_id,lead_id,opened,closed,outcome,amount\nD1,a,2025-01-02,2025-01-12,won,100\nD2,%s,2025-01-20,2025-01-30,won,100\nD3,%s,2025-02-02,2025-02-12,won,100\nE,d,2025-02-01,,open,\n"
	for _, leads := range [][2]string{{"a", "a"}, {"b", "c"}} {
		r, err := ownReport(ownOptions{dir: writeOwn(t, "lead_id,created\na,2025-01-01\nb,2025-01-01\nc,2025-01-01\nd,2025-01-01\n", "lead_id,at,kind\n", fmt.Sprintf(deals, leads[0], leads[1]))})
		if err != nil {
			t.Fatal(err)
		}
		// One is open, a deal brings € 100, 3 of 3 were won, each in 10 days.
		if v := r.Velocity; v.Opportunities != 1 || *v.Deal != 100_00 || v.Win != (Rate{3, 3}) || *v.Cycle != 10*24*3600 || *v.PerDay != 10_00 {
			t.Errorf("%v: %+v, a deal %d, a day %d", leads, v, *v.Deal, *v.PerDay)
		}
	}
}

// placeless is a report without the places of its data problems, which depend on the order of rows, of course.
func placeless(report []byte) string {
	var b strings.Builder
	for line := range strings.Lines(string(report)) {
		if !strings.Contains(line, `"where"`) {
			b.WriteString(line)
		}
	}
	return b.String()
}

// problemsOf are the data problems of a report, by what they say.
func problemsOf(r *Report) map[string]int64 {
	found := map[string]int64{}
	for _, p := range r.Problems {
		found[p.What] += p.Count
	}
	return found
}

// TestWhoseDeal: a deal is of the lead that it names, else of the one that came in first of those that name it, whatever the
// order of their rows; what contradicts is counted.
func TestWhoseDeal(t *testing.T) {
	for _, test := range []struct {
		name, leads, deals, want string
		problem                  string
		count                    int64
	}{
		{"two leads name it", "a,2025-01-01,email,D\nb,2025-01-02,web,D\n", "D,\n", "email", "a lead names a deal that another lead names, too", 1},
		{"three leads, two at once", "a,2025-01-02,email,D\nb,2025-01-02,web,D\nc,2025-01-03,event,D\n", "D,\n", "email", "a lead names a deal that another lead names, too", 2},
		{"the deal names its lead", "a,2025-01-01,email,D\nb,2025-01-02,web,\n", "D,b\n", "web", "a lead names a deal that names another lead", 1},
		{"both agree", "a,2025-01-01,email,D\nb,2025-01-02,web,D\n", "D,a\n", "email", "a lead names a deal that names another lead", 1},
		{"of a list", "a,2025-01-01,email,D\nb,2025-01-02,web,D\n", "D,x;b;a\n", "web", "a lead names a deal that names another lead", 0},
		{"the deal names nobody known", "a,2025-01-01,email,D\nb,2025-01-02,web,\n", "D,x\n", "email", "the deal names an unknown lead, and a lead names the deal", 1},
	} {
		lines := strings.SplitAfter(test.leads, "\n")
		var want []byte
		for turn := range 2 {
			leads := "lead_id,created,channel,deal_id\n"
			for i := range lines {
				if turn == 1 {
					i = len(lines) - 1 - i
				}
				leads += lines[i]
			}
			dir := writeOwn(t, leads, "lead_id,at,kind\n", "deal_id,lead_id,opened,closed,outcome,amount\n"+strings.ReplaceAll(test.deals, "\n", ",2025-01-10,2025-02-01,won,100\n"))
			r, err := ownReport(ownOptions{dir: dir})
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range r.Channels {
				if won := int64(when(c.Channel == test.want, 1)); c.Won != won {
					t.Errorf("%s: %s has won %d, want %d", test.name, c.Channel, c.Won, won)
				}
			}
			if got := problemsOf(r)[test.problem]; got != test.count {
				t.Errorf("%s: %d times %s, want %d: %+v", test.name, got, test.problem, test.count, r.Problems)
			}
			if report := reportOf(t, "-json", "-data", dir); turn == 0 {
				want = report
			} else if !bytes.Equal(report, want) {
				t.Errorf("%s: the order of the rows decides: %s", test.name, firstDifference(string(report), string(want)))
			}
		}
	}
	dir := filepath.Join("testdata", "salesforce")
	if text := string(reportOf(t, "-data", dir, "-mapping", "salesforce")); strings.Contains(text, "names a deal") {
		t.Errorf("two deals of two leads contradict each other:\n%s", text)
	}
}

// TestLargeAmounts: amounts that no figure could be made of are refused, alone and together.
func TestLargeAmounts(t *testing.T) {
	deals := "deal_id,lead_id,opened,closed,outcome,amount,person\n"
	for amounts, want := range map[string]string{
		"10000000000000":               "",
		"00000000000000000000012":      "",
		"10000000000000.01":            `deals.csv:2: amount is too large: "10000000000000.01", give at most 10,000,000,000,000`,
		"99999999999999999999":         `deals.csv:2: amount is too large: "99999999999999999999", give at most`,
		"6000000000000,4000000000000":  "",
		"6000000000000,4000000000001":  "deals.csv: all of amount together is too large, correct the amounts: together they may be at most 10,000,000,000,000",
		"1" + strings.Repeat("0", 300): "deals.csv:2: amount is too large",
	} {
		rows := ""
		for i, amount := range strings.Split(amounts, ",") {
			rows += fmt.Sprintf("D%d,a,2025-01-05,2025-02-0%d,won,%s,p\n", i, i+1, amount)
		}
		var out, errs bytes.Buffer
		dir := writeOwn(t, ownLeads, ownActivities, deals+rows)
		writeFile(t, dir, agreementFile, string(agreementJSON))
		code := run([]string{"-data", dir}, &out, &errs, false)
		if want == "" {
			if code != 0 || strings.Contains(out.String(), "BROKEN") {
				t.Errorf("%s: exit code %d, %s\n%s", amounts, code, errs.String(), out.String())
			}
		} else if code != 1 || !strings.HasPrefix(errs.String(), want) {
			t.Errorf("%s: exit code %d, %s, want %s", amounts, code, errs.String(), want)
		}
	}
	costs := ownActivities + strings.Repeat("a,2025-01-02,visit,email,c,6000000000000,,,,,\n", 2)
	var out, errs bytes.Buffer
	if code := run([]string{"-lenient", "-data", writeOwn(t, ownLeads, costs, ownDeals)}, &out, &errs, false); code != 1 || !strings.HasPrefix(errs.String(), "activities.csv: all of cost together is too large") {
		t.Errorf("exit code %d: %s", code, errs.String())
	}
}
