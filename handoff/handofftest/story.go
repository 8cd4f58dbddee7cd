package handofftest

import (
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/handoff/routing"
)

const (
	three = "lead-3"
	day   = 24 * time.Hour
)

// note is a text that goes wrong where texts are pieced together or read in another encoding.
const note = "„Ruf' im Juni an“ said\tshe:\n100 % \\ \"sure\" <b>& so on</b> {} $1 ? 😀"

// A scene is a command of the long story. The manager gives all of them, with her cause.
type scene struct {
	after time.Duration
	id    string
	cmd   func(by handoff.By) handoff.Command
}

// story reaches every field that cases, events, effects, packets and the state of the pools can have.
func story() []scene {
	type command = handoff.Command
	fields := func(name, value string) funnel.Feedback {
		return funnel.Feedback{Note: note, Fields: map[string]string{name: value}}
	}
	register := func(id string) func(by handoff.By) command {
		return func(by handoff.By) command { return handoff.Register{By: by, ID: id} }
	}
	offer := func(by handoff.By) command { return handoff.Offer{By: by, Packet: packet()} }
	accept := func(by handoff.By) command { return handoff.Accept{By: by} }
	attempt := func(by handoff.By) command { return handoff.Attempt{By: by, Reached: true} }
	tick := func(handoff.By) command { return handoff.Tick{} }
	return []scene{
		// a deal that takes two rounds, and is merged with another one when it is won
		{0, one, register(one)},
		{time.Hour, one, offer},
		{6 * time.Hour, one, accept}, // warned before
		{7 * time.Hour, one, attempt},
		{8 * time.Hour, one, func(by handoff.By) command {
			return handoff.Recycle{By: by, Reason: funnel.ReasonTiming, Feedback: fields("revisit_at", "2026-06-01")}
		}},
		{150 * day, one, offer}, // woken before, and let in again
		{150*day + time.Hour, one, accept},
		{150*day + 2*time.Hour, one, attempt},
		{150*day + 3*time.Hour, one, func(by handoff.By) command { return handoff.Qualify{By: by} }},
		{151 * day, one, func(by handoff.By) command { return handoff.Open{By: by} }},
		{152 * day, one, func(by handoff.By) command { return handoff.Win{By: by, Revenue: large} }},
		{153 * day, one, func(by handoff.By) command { // there is no way out of won: without a step of the funnel
			return handoff.Withdraw{By: by, Reason: funnel.ReasonDuplicate, Feedback: fields("survivor_id", "lead-7/ä")}
		}},

		// nobody answers, nobody offers it again, nobody works on it
		{154 * day, two, register(two)},
		{155 * day, two, offer},
		{158 * day, two, tick},
		{165 * day, two, tick},

		// somebody else's customer, of whom too little is known
		{168 * day, three, register(three)},
		{169 * day, three, offer},
		{169*day + time.Hour, three, func(by handoff.By) command {
			return handoff.Reject{By: by, Reason: funnel.ReasonExistingCustomer, Feedback: fields("account_id", "ext/7")}
		}},
		{169*day + 2*time.Hour, three, func(by handoff.By) command { // which counts in both pools of hers
			return handoff.Offer{By: by, Packet: packet(), Existing: routing.Existing{Kind: routing.OpenOpportunity, ID: note, Owner: "cleo"}}
		}},
		{169*day + 3*time.Hour, three, func(by handoff.By) command {
			return handoff.Reject{By: by, Reason: funnel.ReasonInsufficientData, Feedback: fields("missing_fields", "Phone, Country")}
		}},
		{170 * day, three, func(by handoff.By) command {
			return handoff.Withdraw{By: by, Reason: funnel.ReasonConsentWithdrawn, Feedback: fields("withdrawn_at", "2026-06-24T08:00:00Z")}
		}},
	}
}

// after adds a decision to what must have been stored.
func (t *view) after(i int, d handoff.Decision) {
	for _, e := range d.Events {
		t.cases[i] = handoff.Apply(t.cases[i], e)
	}
	t.logs[i] = append(t.logs[i], d.Events...)
	t.pending = byLead(append(t.pending, d.Effects...))
	if d.Pools != nil {
		t.offer.Pools = d.Pools
	}
}

// tell gives the story, with a look after every scene: at what must have been stored, and at which lead the scene was about.
func (s *session) tell(look func(t *view, i int) error) error {
	ids := []string{one, two, three}
	t := &view{ids: ids, cases: make([]handoff.Case, len(ids)), logs: make([][]handoff.Event, len(ids))}
	for _, scene := range story() {
		i := 0
		for ids[i] != scene.id {
			i++
		}
		s.now = start.Add(scene.after)
		w, err := s.decide(scene.id, scene.cmd(handoff.By{Actor: "mara", Version: t.cases[i].Version, Because: note}))
		if err != nil {
			return err
		}
		if err := s.save(w); err != nil {
			return err
		}
		t.after(i, w.d)
		if err := look(t, i); err != nil {
			return err
		}
	}
	return nil
}

// replay holds the log of each scene's lead against its case.
func replay(k *kit) error {
	s := k.session()
	return s.tell(func(t *view, i int) error {
		id := t.ids[i]
		got, err := s.look(id)
		if err != nil {
			return err
		}
		c, err := s.desk.Replay(got.logs[0])
		if err != nil {
			return fmt.Errorf("the log of %s does not fit together: %w", id, err)
		}
		if d := difference(c, got.cases[0]); d != "" {
			return fmt.Errorf("in the case of %s, held against its log: %s", id, d)
		}
		return nil
	})
}

// roundTrip reads everything after every scene, and once more after a restart.
func roundTrip(k *kit) error {
	s := k.session()
	var last *view
	same := func(t *view, _ int) error {
		last = t
		got, err := s.look(t.ids...)
		if err != nil {
			return err
		}
		if d := got.unlike(t); d != "" {
			return errors.New(d)
		}
		return nil
	}
	if err := s.tell(same); err != nil {
		return err
	}
	if err := s.reopen(restart); err != nil {
		return err
	}
	return same(last, 0)
}

// large is a number that a float does not hold.
const large = 1<<53 + 1

// packet fills every field that a host may fill, with values that are all different.
func packet() handoff.Packet {
	var p handoff.Packet
	n := 0
	fill(reflect.ValueOf(&p).Elem(), &n)
	p.Deadlines, p.Owed = handoff.Deadlines{}, handoff.OwedList{} // the desk's
	return p
}

// fill sets what is made of texts, numbers, truths, instants, and lists and structs of them.
func fill(v reflect.Value, n *int) {
	*n++
	if v.Type() == reflect.TypeFor[time.Time]() {
		v.Set(reflect.ValueOf(start.Add(time.Duration(-*n) * time.Hour)))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprintf("%d %s", *n, note))
	case reflect.Int:
		v.SetInt(int64(*n))
	case reflect.Int64:
		v.SetInt(large + int64(2**n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0), n)
		fill(v.Index(1), n)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i), n)
			}
		}
	}
}
