package app

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/leadloop/leadloop/examples/crm/store"
	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/handoff/routing"
	"github.com/leadloop/leadloop/scoring"
)

// scored is a lead with what scoring says of it.
type scored struct {
	lead       store.Lead
	activities []store.Activity // that matter, the newest first
	subject    scoring.Subject[Lead, Activity]
	score      scoring.Score
}

// scoreLead rates a lead as of now.
func (a *App) scoreLead(ctx context.Context, g *agreed, id string) (*scored, error) {
	row, err := a.store.Lead(ctx, id)
	if err != nil {
		return nil, err
	}
	now := a.now()
	s := &scored{lead: row}
	since, bounded := g.scorer.Horizon().Since(now)
	if !bounded {
		since = time.Time{}
	}
	if s.activities, err = a.store.Activities(ctx, id, since, 0); err != nil {
		return nil, err
	}
	if s.subject.Adjustments, err = a.store.Adjustments(ctx, id); err != nil {
		return nil, err
	}
	s.subject.Activities = make([]Activity, len(s.activities))
	for i, activity := range s.activities {
		s.subject.Activities[i] = Activity{At: activity.At, Kind: activity.Kind}
	}
	lead := leadOf(&row)
	s.subject.Lead = &lead
	s.score = g.scorer.Score(s.subject, now)
	return s, nil
}

func (s *scored) view() *View { return &View{*s.subject.Lead, s.score.Grade} }

// why lists the rules that weigh most, in words for lists.
func (s *scored) why() []string {
	var list []string
	plus, minus := s.score.Reasons(3)
	for _, line := range append(plus, minus...) {
		sign := ""
		if line.Points > 0 {
			sign = "+"
		}
		list = append(list, line.Text()+" "+sign+line.Points.String())
	}
	return list
}

// rescore does what a score timer asks: it rates the lead, brings it to the desk, offers it to sales if the agreement says so, and
// answers when the score changes next if nothing else happens.
func (a *App) rescore(ctx context.Context, id string) (next time.Time, err error) {
	g, err := a.current(ctx)
	if err != nil {
		return time.Time{}, err
	}
	s, err := a.scoreLead(ctx, g, id)
	if errors.Is(err, store.ErrNotFound) {
		return time.Time{}, nil // joined with another, or dropped
	}
	if err != nil {
		return time.Time{}, err
	}
	now := a.now()
	if why := s.why(); s.lead.Scored.IsZero() || s.lead.Grade != s.score.Grade || s.lead.Points != int64(s.score.Total) || !slices.Equal(why, s.lead.Why) {
		if err := a.store.PutScore(ctx, id, s.score.Grade, int64(s.score.Total), why, now); err != nil {
			return time.Time{}, err
		}
	}
	if known(&s.lead) {
		if err := a.register(ctx, s); err != nil {
			return time.Time{}, err
		}
		if err := a.offer(ctx, s, "system"); err != nil && !Refused(err) {
			return time.Time{}, err
		}
	}
	if change := g.scorer.NextChange(s.subject, now); change.Kind != scoring.Never {
		return change.At, nil
	}
	return time.Time{}, nil
}

// register opens a case for a lead that has none.
func (a *App) register(ctx context.Context, s *scored) error {
	c, err := a.store.Case(ctx, s.lead.ID)
	if err != nil || c.Version > 0 {
		return err
	}
	_, err = a.decide(ctx, s.lead.ID, func(handoff.Case) (handoff.Command, *View, error) {
		return handoff.Register{By: handoff.By{Actor: "system", Occurred: earlier(s.lead.Created, a.now())}, ID: s.lead.ID}, s.view(), nil
	})
	if errors.Is(err, handoff.ErrRegistered) || errors.Is(err, errUnknown) {
		return nil // another process was faster, or the lead has been erased since it was loaded
	}
	return err
}

// offer hands a lead over to sales, if it may be: the desk knows the criterion, and what the reason of an earlier return asks for.
func (a *App) offer(ctx context.Context, s *scored, actor string) error {
	_, err := a.decide(ctx, s.lead.ID, func(c handoff.Case) (handoff.Command, *View, error) {
		if !offerable(c) {
			return nil, nil, errNotOfferable
		}
		offer := s.offer(c, actor)
		err := a.surroundings(ctx, s, &offer)
		return offer, s.view(), err
	})
	if err == errNotOfferable {
		return nil
	}
	return err
}

// offer makes the command, all but its surroundings.
func (s *scored) offer(c handoff.Case, actor string) handoff.Offer {
	offer := handoff.Offer{By: handoff.By{Actor: actor, Version: c.Version}, Packet: s.packet(), Activity: s.newest(c.Since), Filled: s.filled(c)}
	if !s.lead.Suppressed.IsZero() {
		offer.Suppression = routing.Blocked
	}
	return offer
}

var errUnknown = errors.New("the lead is not known, or not any more")

// stillKnown is [errUnknown] if a lead, which was known when it was loaded, has been erased, suppressed or dropped meanwhile. In the
// transaction that registers it, nobody can do so afterwards.
func (a *App) stillKnown(ctx context.Context, lead string) error {
	rows, err := a.store.LockLeads(ctx, []string{lead})
	if err == nil && (len(rows) == 0 || !known(&rows[0])) {
		err = errUnknown
	}
	return err
}

var errNotOfferable = errors.New("the lead is with sales, or out")

// offerable spares the desk the question where the answer is known: sales has the lead, or it is out.
func offerable(c handoff.Case) bool {
	return c.Stage == funnel.Inquiry || c.Stage == funnel.Recycled || !c.Deadlines.Offer.Due.IsZero()
}

// packet tells sales what the score rests on.
func (s *scored) packet() handoff.Packet {
	p := handoff.Packet{Rating: handoff.Rating{
		Model: s.score.Model, ModelVersion: s.score.Version, Grade: s.score.Grade, Source: s.lead.Channel, Points: int64(s.score.Total), Hits: s.score.Hits(),
	}}
	for _, line := range s.score.Lines {
		if line.Kind == scoring.RuleLine {
			p.Reasons = append(p.Reasons, handoff.Line{Rule: line.Dimension + "/" + line.Rule, Points: int64(line.Points)})
		}
	}
	for _, activity := range slices.Backward(s.activities[:min(10, len(s.activities))]) {
		p.Activities = append(p.Activities, handoff.Activity{At: activity.At, Kind: activity.Kind, HighIntent: highIntent(activity.Kind)})
		if activity.Channel != "" {
			p.Journey = append(p.Journey, handoff.Touch{At: activity.At, Channel: activity.Channel, Campaign: activity.Campaign})
		}
	}
	return p
}

// highIntent says of a kind of activity that it shows that the lead is about to decide.
func highIntent(kind string) bool { return kind == "demo_request" }

// newest is the lead's newest activity, or the newest of high intent if there is one since an instant.
func (s *scored) newest(since time.Time) handoff.Activity {
	for _, activity := range s.activities {
		if activity.At.After(since) && highIntent(activity.Kind) {
			return handoff.Activity{At: activity.At, Kind: activity.Kind, HighIntent: true}
		}
	}
	if len(s.activities) == 0 {
		return handoff.Activity{}
	}
	return handoff.Activity{At: s.activities[0].At, Kind: s.activities[0].Kind}
}

// filled names the missing fields of a case that have been given since its return.
func (s *scored) filled(c handoff.Case) []string {
	var names []string
	for _, name := range c.Missing {
		key := strings.ToLower(name)
		if s.lead.Fields[key] != "" && s.lead.Filled[key].After(c.Since) {
			names = append(names, name)
		}
	}
	return names
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// Refused says that an error is an answer to whoever asked, not a failure of the application: show its text.
func Refused(err error) bool {
	var desk *handoff.Refusal
	var policy *funnel.Refusal
	return errors.As(err, &desk) || errors.As(err, &policy) || errors.Is(err, ErrForbidden) || errors.Is(err, errRequest) || errors.Is(err, ErrProposal)
}
