package main

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/handoff/routing"
	"github.com/leadloop/leadloop/handoff/worktime"
	"github.com/leadloop/leadloop/scoring"
)

// host is the program that embeds the library: it owns the clock, the store, the people and the mails, and asks the
// library what to do. Everything happens in one order, that of the agenda.
type host struct {
	world  *world
	agenda agenda
	store  store
	books  *books

	scorer *scoring.Scorer[Lead, Activity]
	calm   *scoring.Scorer[Lead, Activity] // without rules that take points for activities
	policy *funnel.Policy[Lead]
	desk   *handoff.Desk[Lead]
	agreed handoff.Agreement
	hours  *worktime.Calendar

	leads    []progressOfLead
	diary    diary
	accounts []accountNotes
	tempers  map[string]temper
	buffer   []Activity      // reused from score to score
	rating   scoring.Score   // reused, too
	enough   map[string]bool // grades that the desk was asked about, and whether they suffice for the hand-over

	scored int64                         // how many scores were taken
	oddity map[scoring.ProblemKind]int64 // scores that reported such a problem
	watch  *progress
	export *export // nil: nothing is exported
}

// progressOfLead is what the host keeps of every lead, at the desk or not.
type progressOfLead struct {
	acts  entries // all activities, those to come included
	next  uint16  // the first that has not happened yet
	turn  uint16  // stamp of the appointment for it
	asked uint8   // the last grade with which the desk refused it, so as not to ask again for nothing
	over  bool    // won, lost or out: nothing more to decide
	phone uint32  // the second in which data enrichment completed it; 0: it did not
	desk  bool    // it has been at the desk, so that the store knows where it stands
}

// accountNotes is what sales people know of an account.
type accountNotes struct {
	open  int16 // opportunities in progress
	deals int16
}

// run lives through the year, looks ahead, and closes the books.
func (h *host) run() error {
	if err := h.year(); err != nil {
		return err
	}
	if err := h.outlook(yearEnd.Add(-time.Second)); err != nil {
		return err
	}
	return h.finish()
}

// year does everything on the agenda until the end of the year.
func (h *host) year() error {
	for i := range h.world.people {
		if h.world.missing(h.world.people[i].entry) {
			continue // nobody has brought it in
		}
		h.agenda.add(entry{at: h.world.people[i].created, lead: uint32(i), task: leadTask})
	}
	end := second(yearEnd)
	for !h.agenda.empty() {
		e := h.agenda.next()
		if e.at >= end {
			break // all others are later still
		}
		if err := h.do(e); err != nil {
			return fmt.Errorf("%s, lead %s: %w", instant(e.at).Format(time.RFC3339), leadID(int(e.lead)), err)
		}
		h.watch.show(e.at, end)
	}
	h.watch.done()
	return nil
}

// do carries out one appointment, unless it was called off.
func (h *host) do(e entry) error {
	now := instant(e.at)
	if e.task == leadTask {
		if e.stamp != uint32(h.leads[e.lead].turn) {
			return nil
		}
		return h.act(e.lead, now)
	}
	r := h.store.records[e.lead]
	switch {
	case r == nil:
		return nil
	case e.task == tickTask && e.stamp == r.tick:
		return h.decide(e.lead, r, handoff.Tick{}, now)
	case e.task == personTask && e.stamp == r.stamp:
		return h.person(e.lead, r, now)
	case e.task == mailTask && e.stamp == r.mail:
		h.mail(e.lead, r, e.at)
	}
	return nil
}

// act takes a lead's next activity in: score it, and where the score asks for it, bring it to the desk.
func (h *host) act(lead uint32, now time.Time) error {
	l := &h.leads[lead]
	if l.acts.count == 0 {
		h.diary.write(&l.acts, h.world.activities(int(lead)))
	}
	l.next++
	h.expect(lead)
	if l.over {
		return nil // it still costs and counts as a touch, but nothing is decided any more
	}
	r := h.store.records[lead]
	if r != nil && r.state.Stage != funnel.Recycled && r.state.Deadlines.Offer.Due.IsZero() {
		return nil // sales has it; what it does now is told at the next hand-over
	}
	return h.consider(lead, r, now)
}

// expect puts the lead's next activity on the agenda.
func (h *host) expect(lead uint32) {
	l := &h.leads[lead]
	l.turn++
	if l.next < l.acts.count {
		h.agenda.add(entry{at: h.diary.read(l.acts)[l.next].at, lead: lead, stamp: uint32(l.turn), task: leadTask})
	}
}

// past is what a lead has done so far; until it does more.
func (h *host) past(lead uint32) []act {
	l := &h.leads[lead]
	return h.diary.read(l.acts)[:l.next]
}

// subject is a lead as it stands, for the scorer; until the next is asked for.
func (h *host) subject(lead uint32, r *record) (Lead, scoring.Subject[Lead, Activity]) {
	view := h.world.lead(int(lead))
	l := &h.leads[lead]
	view.HasPhone = view.HasPhone || l.phone > 0
	h.buffer = h.buffer[:0]
	for _, a := range h.past(lead) {
		h.buffer = append(h.buffer, Activity{At: instant(a.at), Kind: kindNames[a.kind]})
	}
	subject := scoring.Subject[Lead, Activity]{Lead: &view, Activities: h.buffer}
	if r != nil {
		subject.Adjustments = r.adjustments
	}
	return view, subject
}

// score rates a lead; until the next one is.
func (h *host) score(lead uint32, r *record, now time.Time) (Lead, *scoring.Score) {
	view, subject := h.subject(lead, r)
	score := &h.rating
	h.scorer.ScoreInto(score, subject, now)
	h.scored++
	for _, p := range score.Problems {
		h.oddity[p.Kind]++
	}
	view.Grade = score.Grade
	return view, score
}

// consider scores a lead and asks the desk to hand it over. The desk decides: it knows the criterion, and what the
// reason of an earlier return asks for.
func (h *host) consider(lead uint32, r *record, now time.Time) error {
	view, score := h.score(lead, r, now)
	grade := gradeNumber(score.Grade)
	if r == nil {
		if h.leads[lead].asked == grade {
			return nil // the desk has refused it with this grade
		}
		if enough, err := h.handedOver(score.Grade, now); err != nil || !enough {
			h.leads[lead].asked = grade
			return err
		}
	}
	offer := handoff.Offer{
		By:       handoff.By{Actor: "marketing"},
		Pools:    h.store.pool,
		Absences: absences,
		Activity: h.newest(lead, r),
	}
	fresh := r == nil
	if fresh {
		r = &record{}
		created := handoff.Register{By: handoff.By{Actor: "marketing", Occurred: instant(h.world.people[lead].created)}, ID: view.ID}
		d, err := h.desk.Decide(r.state, created, &view, now)
		if err != nil {
			return err
		}
		if err := h.store.append(r, &d); err != nil {
			return err
		}
	}
	offer.Version, offer.Filled = r.state.Version, r.filled
	d, err := h.desk.Decide(r.state, offer, &view, now)
	if refused(err) {
		if fresh {
			h.leads[lead].asked = grade // nothing is stored of a lead that stays an inquiry
		}
		return nil
	}
	if err != nil {
		return err
	}
	offer.Packet = h.packet(lead, score) // only now that the desk would take the lead: most are refused most of the time
	if d, err = h.desk.Decide(r.state, offer, &view, now); err != nil {
		return err
	}
	h.store.records[lead], h.leads[lead].desk = r, true
	return h.commit(lead, r, &d, now)
}

// refused says that the desk does not take the lead now, which is an answer and not a fault.
func refused(err error) bool {
	return errors.Is(err, handoff.ErrCriterion) || errors.Is(err, handoff.ErrNoNewActivity) ||
		errors.Is(err, handoff.ErrIncomplete) || errors.Is(err, funnel.ErrCoolingDown) || errors.Is(err, funnel.ErrReEntry) ||
		errors.Is(err, funnel.ErrTooManyRounds)
}

// decide asks the desk and carries out what follows.
func (h *host) decide(lead uint32, r *record, c handoff.Command, now time.Time) error {
	view := h.world.lead(int(lead))
	view.Grade = r.state.Rating.Grade
	d, err := h.desk.Decide(r.state, c, &view, now)
	if err != nil {
		return err
	}
	return h.commit(lead, r, &d, now)
}

// commit stores a decision, and only then acts on it. Nothing crashes in between here; a host that may would carry the
// effects out from an outbox and remember each Effect.Key, so that a retry does nothing twice.
func (h *host) commit(lead uint32, r *record, d *handoff.Decision, now time.Time) error {
	if err := h.store.append(r, d); err != nil {
		return err
	}
	for i := range d.Events {
		h.books.note(lead, &r.notes, r.state.Owner, &d.Events[i])
	}
	r.tick++
	if !d.Next.IsZero() {
		h.agenda.add(entry{at: second(d.Next), lead: lead, stamp: r.tick, task: tickTask})
	}
	again := false
	for i := range d.Effects {
		if h.effect(lead, r, &d.Effects[i], now) {
			again = true
		}
	}
	switch r.state.Stage {
	case funnel.Won, funnel.Lost, funnel.Disqualified:
		if !r.reviewing() {
			return h.end(lead, r)
		}
	}
	if again {
		return h.consider(lead, r, now)
	}
	return nil
}

// end lets go of a lead to which nothing more happens.
func (h *host) end(lead uint32, r *record) error {
	h.leads[lead].over = true
	return h.close(lead, r)
}

// close hands the whole log over to the books.
func (h *host) close(lead uint32, r *record) error {
	log, err := h.store.close(lead, r)
	if err != nil {
		return err
	}
	h.export.log(lead, log)
	return h.books.close(lead, r.state.Stage, log)
}

// finish closes the books over everything that is still open, and over the leads that nobody has ever handed over.
func (h *host) finish() error {
	for i := range h.leads {
		if !h.leads[i].desk {
			h.books.travel(uint32(i), nil)
		}
	}
	open := make([]uint32, 0, len(h.store.records))
	for lead := range h.store.records {
		open = append(open, lead)
	}
	slices.Sort(open)
	for _, lead := range open {
		if err := h.close(lead, h.store.records[lead]); err != nil {
			return err
		}
	}
	return nil
}

// packet tells sales what the score rests on.
func (h *host) packet(lead uint32, s *scoring.Score) handoff.Packet {
	p := handoff.Packet{Rating: handoff.Rating{
		Model: s.Model, ModelVersion: s.Version, Grade: s.Grade, Points: int64(s.Total), Hits: s.Hits(),
	}}
	for i, hit := range p.Hits {
		p.Hits[i] = h.store.shelf.kept(hit) // the names of a few rules, over and over
	}
	p.Reasons = make([]handoff.Line, 0, len(s.Lines))
	for i := range s.Lines {
		line := &s.Lines[i]
		if line.Kind == scoring.RuleLine {
			p.Reasons = append(p.Reasons, handoff.Line{Rule: line.Dimension + "/" + line.Rule, Points: int64(line.Points)})
		}
	}
	past := h.past(lead)
	newest := past[max(0, len(past)-10):]
	p.Activities = make([]handoff.Activity, 0, len(newest))
	for _, a := range newest {
		p.Activities = append(p.Activities, handoff.Activity{At: instant(a.at), Kind: kindNames[a.kind], HighIntent: a.kind == demo})
	}
	for _, a := range past {
		if c := campaigns[a.campaign]; a.campaign != noCampaign {
			p.Journey = append(p.Journey, handoff.Touch{At: instant(a.at), Channel: c.channel, Campaign: c.name})
		}
	}
	return p
}

// newest is the lead's latest activity, or the latest request for a demonstration since it was returned.
func (h *host) newest(lead uint32, r *record) handoff.Activity {
	past := h.past(lead)
	for i := len(past) - 1; i >= 0; i-- {
		a := past[i]
		if r == nil || !instant(a.at).After(r.state.Since) {
			break
		}
		if a.kind == demo {
			return handoff.Activity{At: instant(a.at), Kind: kindNames[a.kind], HighIntent: true}
		}
	}
	a := past[len(past)-1]
	return handoff.Activity{At: instant(a.at), Kind: kindNames[a.kind]}
}

// gradeNumber packs a grade such as "B2" into a byte that is never 0.
func gradeNumber(grade string) uint8 { return (grade[0]-'A')*4 + (grade[1] - '1') + 1 }

// absences are the holidays of the sales people.
var absences = []routing.Absence{
	{Member: "ae-1", From: yearStart.AddDate(0, 6, 20), Until: yearStart.AddDate(0, 7, 8)},
	{Member: "ae-3", From: yearStart.AddDate(0, 7, 3), Until: yearStart.AddDate(0, 7, 23)},
	{Member: "ae-6", From: yearStart.AddDate(0, 1, 9), Until: yearStart.AddDate(0, 1, 23)},
}
