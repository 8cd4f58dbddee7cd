package main

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/funnel/flow"
	"github.com/leadloop/leadloop/handoff"
)

// stay is a visit of a stage, as the tests see it.
type stay struct {
	stage  funnel.Stage
	from   time.Time
	until  time.Time // zero: not over
	reason funnel.Reason
}

// travelled is a lead's journey, made from the log alone.
type travelled struct {
	person  *person
	stays   []stay
	revenue int64
}

func (j *travelled) won() bool { return j.stays[len(j.stays)-1].stage == funnel.Won }

// journeysOf runs a year and keeps each lead's log on its way to the books.
func journeysOf(t *testing.T, seed uint64, leads int) (*host, *Report, []travelled) {
	t.Helper()
	h, err := newHost(seed, leads, nil)
	if err != nil {
		t.Fatal(err)
	}
	logs := map[string][]handoff.Event{}
	replay := h.store.replay
	h.store.replay = func(log []handoff.Event) (handoff.Case, error) {
		c, err := replay(log)
		logs[c.ID] = slices.Clone(log)
		return c, err
	}
	if err := h.run(); err != nil {
		t.Fatal(err)
	}
	r, err := h.report(seed)
	if err != nil {
		t.Fatal(err)
	}
	var all []travelled
	for i := range h.world.people {
		p := &h.world.people[i]
		j := travelled{person: p, stays: []stay{{stage: funnel.Inquiry, from: instant(p.created)}}}
		for _, e := range logs[leadID(i)] {
			if tr := e.Transition; tr != nil {
				j.stays[len(j.stays)-1].until = tr.Occurred
				j.stays = append(j.stays, stay{stage: tr.To, from: tr.Occurred, reason: tr.Reason})
				j.revenue += e.Revenue
			}
		}
		all = append(all, j)
	}
	return h, r, all
}

// TestFlowAgainstTheLogs counts everything that the report takes from flow again, from the logs and by plain loops.
func TestFlowAgainstTheLogs(t *testing.T) {
	for _, seed := range []uint64{1, 5} {
		h, r, all := journeysOf(t, seed, 1500)
		if !r.Conservation.Holds {
			t.Errorf("seed %d: %+v", seed, r.Conservation)
		}
		againstWaterfall(t, r, all)
		againstStays(t, h, r, all)
		againstSteps(t, r, all)
		againstTimeToWin(t, r, all)
		againstVelocity(t, r, all)
		againstJourneys(t, r, all)
		againstSegments(t, r, all)
		againstCohorts(t, r, all)
		againstYields(t, r, all)
	}
}

func againstWaterfall(t *testing.T, r *Report, all []travelled) {
	reached := make([]int64, len(path))
	for _, j := range all {
		top := 0
		for _, s := range j.stays {
			top = max(top, slices.Index(path, s.stage))
		}
		for i := range top + 1 {
			reached[i]++
		}
	}
	for i, step := range r.Waterfall {
		if step.Leads != reached[i] || i > 0 && *step.Conversion != (Rate{reached[i], reached[i-1]}) || (step.TimeInStage == nil) != (step.Stage == "won") {
			t.Errorf("%s: %+v, want %d leads", step.Stage, step, reached[i])
		}
	}
	if last := len(path) - 1; r.Won != reached[last] || len(r.Waterfall) != len(path) {
		t.Errorf("%d won in %d stages, want %d", r.Won, len(r.Waterfall), reached[last])
	}
}

const tick = 15 * time.Minute

// ticks rounds a length up to whole ticks.
func ticks(d time.Duration) int64 { return int64((d + tick - 1) / tick) }

// spell is a length of time in ticks and how it ended: "" is not yet.
type spell struct {
	length int64
	end    string
}

// incidence is the estimate of Aalen and Johansen of the share that has ended in a way by a length, written as its definition
// has it: at each length at which something ends, the share still under way times the share of those at risk that end so.
func incidence(spells []spell, way string, by int64) (share, under float64) {
	under = 1
	lengths := map[int64]bool{}
	for _, s := range spells {
		if s.end != "" && s.length <= by {
			lengths[s.length] = true
		}
	}
	var sorted []int64
	for l := range lengths {
		sorted = append(sorted, l)
	}
	slices.Sort(sorted)
	for _, l := range sorted {
		var risk, ended, so float64
		for _, s := range spells {
			if s.length >= l {
				risk++
			}
			if s.length == l && s.end != "" {
				ended++
				if s.end == way {
					so++
				}
			}
		}
		share += float64(under * so / risk)
		under *= 1 - ended/risk
	}
	return share, under
}

// againstStays holds the medians of time in stage against the estimate of Kaplan and Meier, in calendar and in working time.
func againstStays(t *testing.T, h *host, r *Report, all []travelled) {
	for i, stage := range path[:len(path)-1] {
		var calendar, working []spell
		for _, j := range all {
			for _, s := range j.stays {
				if s.stage != stage {
					continue
				}
				until, end := s.until, "left"
				if until.IsZero() {
					until, end = lastSecond, ""
				}
				calendar = append(calendar, spell{ticks(until.Sub(s.from)), end})
				working = append(working, spell{ticks(h.hours.Between(s.from, until)), end})
			}
		}
		got := r.Waterfall[i].TimeInStage
		if got.Visits != int64(len(calendar)) {
			t.Errorf("%s: %d visits, want %d", stage, got.Visits, len(calendar))
		}
		for _, q := range []struct {
			name   string
			got    *Seconds
			spells []spell
			share  float64
		}{{"median", got.Median, calendar, 0.5}, {"90 %", got.P90, calendar, 0.9}, {"working median", got.WorkingMedian, working, 0.5},
			{"working 90 %", got.WorkingP90, working, 0.9}} {
			if q.got == nil {
				if most, _ := incidence(q.spells, "left", math.MaxInt64); most >= q.share {
					t.Errorf("%s: the %s is not reached, but %v have left", stage, q.name, most)
				}
				continue
			}
			at := int64(*q.got) / int64(tick/time.Second)
			before, _ := incidence(q.spells, "left", at-1)
			then, _ := incidence(q.spells, "left", at)
			if before >= q.share || then < q.share-1e-9 {
				t.Errorf("%s: the %s is %s, but %v have left before and %v then", stage, q.name, q.got, before, then)
			}
		}
	}
}

// rounds are the spells from a stage to a later one, round by round.
func rounds(all []travelled, from, to funnel.Stage) []spell {
	var spells []spell
	for _, j := range all {
		var since time.Time
		for i, s := range j.stays {
			if s.stage == from && since.IsZero() {
				since = s.from
			}
			if since.IsZero() {
				continue
			}
			end := map[funnel.Stage]string{funnel.Lost: "lost", funnel.Recycled: "aside", funnel.Disqualified: "aside"}[s.stage]
			if slices.Index(path, s.stage) >= slices.Index(path, to) {
				end = "converted"
			}
			switch {
			case end != "":
				spells = append(spells, spell{ticks(s.from.Sub(since)), end})
				since = time.Time{}
			case i == len(j.stays)-1:
				spells = append(spells, spell{ticks(lastSecond.Sub(since)), ""})
			}
		}
	}
	return spells
}

func againstTimeToWin(t *testing.T, r *Report, all []travelled) {
	spells := rounds(all, funnel.MQL, funnel.Won)
	got := r.TimeToWin
	count := map[string]int64{}
	for _, s := range spells {
		count[s.end]++
	}
	if got.Spells != int64(len(spells)) || got.Converted != count["converted"] || got.Lost != count["lost"] || got.Aside != count["aside"] || got.Open != count[""] {
		t.Errorf("time to win: %+v, want %v", got, count)
	}
	if len(got.Marks) < 5 || got.ByHorizon == nil || got.ByHorizon.Share == 0 {
		t.Fatalf("time to win: %+v", got)
	}
	for _, m := range append(slices.Clone(got.Marks), *got.ByHorizon) {
		want, _ := incidence(spells, "converted", m.Days*24*int64(time.Hour/tick))
		if math.Abs(float64(m.Share)-want*1000) > 0.5+1e-9 || m.Low > m.Share || m.High < m.Share || m.Share > 0 && m.Low == m.High {
			t.Errorf("after %d days %s (%s to %s) are won, want %v", m.Days, m.Share, m.Low, m.High, want)
		}
	}
	if most, _ := incidence(spells, "converted", math.MaxInt64); (got.Median.Time == nil) != (most < 0.5) {
		t.Errorf("the median is %v, and %v were won", got.Median.Time, most)
	}
}

func againstVelocity(t *testing.T, r *Report, all []travelled) {
	var open, won, over, revenue int64
	var cycle time.Duration
	for _, j := range all {
		for i, s := range j.stays {
			if s.stage != funnel.Opportunity {
				continue
			}
			if i == len(j.stays)-1 {
				open++
				continue
			}
			over++
			if j.stays[i+1].stage == funnel.Won {
				won++
				cycle += s.until.Sub(s.from)
			}
		}
		revenue += j.revenue
	}
	v := r.Velocity
	mean := time.Duration(int64(cycle) / won)
	perDay := float64(open) * float64(revenue) / float64(won) * float64(won) / float64(over) / (float64(mean) / float64(24*time.Hour))
	if v.Opportunities != open || v.Win != (Rate{won, over}) || math.Abs(float64(*v.Deal)-float64(revenue)/float64(won)) > 0.5 ||
		*v.Cycle != Seconds(mean/time.Second) || math.Abs(float64(*v.PerDay)-perDay) > 1e-4*perDay {
		t.Errorf("velocity %+v, deal %v, cycle %v, a day %v; want %d open, %d of %d won, %v, %v", v, *v.Deal, *v.Cycle, *v.PerDay, open, won, over, mean, perDay)
	}
}

// againstJourneys groups the leads by their way until the win, or until the last stage of the success path.
func againstJourneys(t *testing.T, r *Report, all []travelled) {
	type sums struct{ leads, won, closed, revenue int64 }
	ways := map[string]*sums{}
	for _, j := range all {
		var way []string
		cut := 0
		for i, s := range j.stays {
			way = append(way, string(s.stage))
			if s.stage != funnel.Won && slices.Contains(path, s.stage) || s.stage != funnel.Won && j.won() {
				cut = i + 1
			}
		}
		key := strings.Join(way[:cut], " ")
		w := ways[key]
		if w == nil {
			w = &sums{}
			ways[key] = w
		}
		w.leads++
		w.revenue += j.revenue
		if j.won() {
			w.won++
		}
		if last := j.stays[len(j.stays)-1].stage; last == funnel.Won || !slices.Contains(path, last) {
			w.closed++
		}
	}
	listed := 0
	for _, w := range ways {
		if w.closed >= 30 {
			listed++
		}
	}
	if len(r.Journeys) != listed || listed < 3 {
		t.Errorf("%d journeys are listed, want %d", len(r.Journeys), listed)
	}
	for i, j := range r.Journeys {
		w := ways[strings.Join(j.Stages, " ")]
		if w == nil || *w != (sums{j.Leads, j.Won.Count, j.Won.Of, j.Revenue}) {
			t.Errorf("journey %+v, want %+v", j, w)
		}
		if i > 0 && j.Low > r.Journeys[i-1].Low {
			t.Errorf("journey %d is better than the one before", i)
		}
	}
}

// wilson is the 95 % interval of a share after Wilson, as textbooks write it.
func wilson(k, n int64) (low, high float64) {
	const z = 1.959963984540054
	p, m := float64(k)/float64(n), float64(n)
	middle, half := (p+z*z/2/m)/(1+z*z/m), z/(1+z*z/m)*math.Sqrt(p*(1-p)/m+z*z/4/m/m)
	return middle - half, middle + half
}

func againstSegments(t *testing.T, r *Report, all []travelled) {
	type sums struct{ leads, won, quick, mature int64 }
	by := map[string]*sums{}
	var base sums
	for _, j := range all {
		p := j.person
		names := []string{"channel: " + campaigns[p.entry].channel, "industry: " + industries[p.industry].name, "seniority: " + cmp.Or(ranks[p.rank].name, "not given")}
		switch e := p.employees; {
		case e < 50:
			names = append(names, "employees: up to 49")
		case e < 250:
			names = append(names, "employees: 50 to 249")
		case e < 2000:
			names = append(names, "employees: 250 to 1,999")
		default:
			names = append(names, "employees: 2,000 and more")
		}
		list := []*sums{&base}
		for _, name := range names {
			if by[name] == nil {
				by[name] = &sums{}
			}
			list = append(list, by[name])
		}
		for _, s := range list {
			s.leads++
			if j.won() {
				s.won++
			}
			if created := instant(p.created); !created.Add(quick).After(lastSecond) {
				s.mature++
				if j.won() && !j.stays[len(j.stays)-1].from.After(created.Add(quick)) {
					s.quick++
				}
			}
		}
	}
	q := r.QuickWins
	if len(q.Segments) != len(by) || q.Base.Quick != (Rate{base.quick, base.mature}) || base.quick == 0 {
		t.Errorf("%d segments, base %+v; want %d, %+v", len(q.Segments), q.Base, len(by), base)
	}
	rate := float64(base.quick) / float64(base.mature)
	for _, g := range q.Segments {
		w := by[g.Name]
		if w == nil || *w != (sums{g.Leads, g.Won, g.Quick.Count, g.Quick.Of}) {
			t.Errorf("segment %+v, want %+v", g, w)
			continue
		}
		low, high := wilson(w.quick, w.mature)
		if math.Abs(float64(g.Low)-max(0, low)*1000) > 0.5+1e-6 || math.Abs(float64(g.High)-high*1000) > 0.5+1e-6 {
			t.Errorf("%s: %s to %s, want %v to %v", g.Name, g.Low, g.High, low, high)
		}
		want := "undecided"
		switch {
		case w.mature >= 30 && low > rate:
			want = "above"
		case w.mature >= 30 && high < rate:
			want = "below"
		}
		if g.Finding != want {
			t.Errorf("%s is %s, want %s", g.Name, g.Finding, want)
		}
	}
}

func againstCohorts(t *testing.T, r *Report, all []travelled) {
	months := map[string]*Cohort{}
	for _, j := range all {
		created := instant(j.person.created)
		c := months[created.Format("2006-01")]
		if c == nil {
			c = &Cohort{Month: created.Format("2006-01")}
			months[c.Month] = c
		}
		c.Leads++
		c.Won.Of++
		if len(j.stays) > 1 {
			c.MQL++
		}
		if j.won() {
			c.Won.Count++
		}
		if !created.Add(inTime).After(lastSecond) {
			c.InTime.Of++
			if j.won() && !j.stays[len(j.stays)-1].from.After(created.Add(inTime)) {
				c.InTime.Count++
			}
		}
	}
	if len(r.Cohorts) != len(months) {
		t.Errorf("%d months, want %d", len(r.Cohorts), len(months))
	}
	var sum Cohort
	for _, c := range r.Cohorts {
		if want := months[c.Month]; want == nil || c != *want {
			t.Errorf("%+v, want %+v", c, want)
		}
	}
	for _, q := range quarters(r.Cohorts) {
		sum.Leads += q.Leads
		sum.MQL += q.MQL
		sum.Won.Count += q.Won.Count
	}
	if len(quarters(r.Cohorts)) != 4 || sum.Leads != r.Leads || sum.MQL != r.MQL || sum.Won.Count != r.Won {
		t.Errorf("the quarters sum up to %+v", sum)
	}
}

func againstYields(t *testing.T, r *Report, all []travelled) {
	got := map[string]Yield{}
	for _, y := range r.Yields {
		y.Back = nil
		got[y.Stage+" "+y.Reason] = y
	}
	want := map[string]Yield{}
	for _, j := range all {
		first := map[string]int{}
		again := map[string]bool{}
		for i, s := range j.stays {
			if slices.Contains(path, s.stage) {
				continue
			}
			key := string(s.stage) + " " + string(s.reason)
			y := want[key]
			y.Stage, y.Reason = string(s.stage), string(s.reason)
			y.Returns++
			if _, seen := first[key]; !seen {
				first[key] = i
			}
			want[key] = y
			again[key] = again[key] || i+1 < len(j.stays) && slices.Contains(path, j.stays[i+1].stage)
		}
		for key := range first {
			y := want[key]
			y.Leads++
			y.Again.Of++
			y.Won.Of++
			if again[key] {
				y.Again.Count++
			}
			if j.won() {
				y.Won.Count++
				y.Revenue += j.revenue
			}
			want[key] = y
		}
	}
	if len(got) != len(want) || len(want) < 5 {
		t.Errorf("%d yields, want %d", len(got), len(want))
	}
	for key, w := range want {
		if got[key] != w {
			t.Errorf("%s: %+v, want %+v", key, got[key], w)
		}
	}
}

// TestJourneyTwice: a journey that flow counts twice, or a deal that only one of both knows, shows.
func TestJourneyTwice(t *testing.T) {
	for name, damage := range map[string]func(h *host){
		"flow, reached inquiry": func(h *host) { h.books.travel(0, nil) },
		"flow, reached sal":     func(h *host) { h.books.reached[funnel.SAL]++ },
		"flow, in lost":         func(h *host) { h.books.standing[funnel.Lost]++; h.books.standing[funnel.Recycled]-- },
		"flow, won":             func(h *host) { h.books.revenue++ },
	} {
		h, err := newHost(1, 60, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := h.run(); err != nil {
			t.Fatal(err)
		}
		damage(h)
		r, err := h.report(1)
		if err != nil {
			t.Fatal(err)
		}
		broken := slices.ContainsFunc(r.Conservation.Lines, func(b Balance) bool { return b.Name == name && !b.Holds })
		if r.Conservation.Holds || !broken || !strings.Contains(r.text(), "but not") {
			t.Errorf("%s is wrong, and the report does not say so", name)
		}
	}
}

// againstSteps holds the steps against their curves. One that ends early tells the share by the horizon only if everybody has
// ended by then.
func againstSteps(t *testing.T, r *Report, all []travelled) {
	known, early := 0, 0
	for i, c := range r.Conversions {
		spells := rounds(all, path[i], path[i+1])
		share, under := incidence(spells, "converted", ticks(inTime))
		longest := int64(0)
		for _, s := range spells {
			longest = max(longest, s.length)
		}
		if longest < ticks(inTime) {
			early++
		}
		if c.From != string(path[i]) || c.To != string(path[i+1]) || c.Spells != int64(len(spells)) {
			t.Errorf("%+v, want %d spells", c, len(spells))
		}
		if m := c.ByHorizon; (m != nil) != (longest >= ticks(inTime) || under < 1e-9) {
			t.Errorf("%s to %s: %+v, when the longest takes %d ticks and %v are left", c.From, c.To, m, longest, under)
		} else if m != nil {
			known++
			if math.Abs(float64(m.Share)-share*1000) > 0.5+1e-9 {
				t.Errorf("%s to %s: %s, want %v", c.From, c.To, m.Share, share)
			}
		}
	}
	if known < 3 || early == 0 {
		t.Errorf("%d shares are known, %d curves end early: nothing is tested", known, early)
	}
}

// TestManySegments: of many segments the best and the worst are shown, and how many more there are.
func TestManySegments(t *testing.T) {
	r := &Report{QuickWins: &QuickWins{Days: 90, Base: Segment{Quick: Rate{500, 1000}}}, Simulated: true}
	for i := range Percent(9) {
		r.QuickWins.Segments = append(r.QuickWins.Segments, Segment{Name: "good " + string(rune('1'+i)), Low: 900 - i, High: 950, Finding: "above"})
	}
	for i := range Percent(7) {
		r.QuickWins.Segments = append(r.QuickWins.Segments, Segment{Name: "bad " + string(rune('1'+i)), Low: 100 - i, High: 200 - i, Finding: "below"}, Segment{Name: "so so", Finding: "undecided"})
	}
	s := &sheet{}
	r.textSegments(s)
	text := s.String()
	for _, want := range []string{"all leads", "good 1 ", "good 6 ", "bad 7 ", "bad 3 ", "and 5 more"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not shown:\n%s", want, text)
		}
	}
	for _, hidden := range []string{"good 7", "bad 2", "so so"} {
		if strings.Contains(text, hidden) {
			t.Errorf("%q is shown:\n%s", hidden, text)
		}
	}
}

// TestTextOfNothing: what is not known is said in words.
func TestTextOfNothing(t *testing.T) {
	c := Conversion{From: "mql"}
	if got := c.text(); got != "time to win, from MQL: too early to say; median undefined" {
		t.Error(got)
	}
	ten, twenty := Seconds(10*day), Seconds(20*day)
	c = Conversion{From: "mql", Spells: 9, Median: Quantile{&ten, nil, &twenty}, Marks: []Mark{{Days: 90, Share: 801, Low: 700, High: 900}}}
	if got := c.text(); got != "time to win, from MQL: 80.1 % within 90 d (70.0 to 90.0); median 10.0 d (not reached to 20.0 d)" {
		t.Error(got)
	}
	if got := c.within(); got != "not known yet" {
		t.Error(got)
	}
	c.ByHorizon = &Mark{Days: 90, Share: 0}
	if got := c.within(); got != "0.0 %" {
		t.Error(got)
	}
	working := Seconds(72 * hour)
	if got := inHours(&working, 1) + inHours(nil, 1) + inHours(nil, 0); got != "72.0 hnot reachedundefined" {
		t.Error(got)
	}
	if m := byHorizon(&flow.Conversion{}, flow.Span{Time: inTime, Reached: true}); m != nil {
		t.Errorf("of no spells it is %+v", m)
	}
	if got := (&Velocity{}).text(); got != "velocity: undefined without a won opportunity" {
		t.Error(got)
	}
	s := &sheet{}
	if (&Report{Journeys: []Journey{{Leads: 40, Won: Rate{0, 40}}}}).textJourneys(s); !strings.Contains(s.String(), "too few leads") {
		t.Error(s.String())
	}
	j := Journey{Stages: []string{"inquiry", "mql"}, More: true}
	if got := j.text(); got != "inquiry → MQL → …" {
		t.Error(got)
	}
}
