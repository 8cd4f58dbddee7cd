package learn

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Errors of [Bayes]. The errors returned say more.
var (
	ErrFields      = errors.New("learn: the fields or stages make no sense")
	ErrLead        = errors.New("learn: the lead does not fit the fields and stages")
	ErrUnscoreable = errors.New("learn: there is no closed lead to start from")
)

// The fields of a [BayesFactor] that are none of the host's own.
const (
	StageField = "stage"
	TagField   = "tags"
)

// MinimumTag is how many closed leads of a team a tag needs before it counts.
const MinimumTag = 50

// BayesField is a field of leads that [Bayes] looks at.
type BayesField struct {
	Name string `json:"name"` // unique, neither [StageField] nor [TagField]
	// Unset makes an empty value count like any other, as it does for whether an e-mail address
	// or a phone number is correct. Otherwise what is empty is left out.
	Unset bool `json:"unset,omitempty"`
}

// BayesStage is a stage of the pipeline.
type BayesStage struct {
	Name string `json:"name"` // unique
	Won  bool   `json:"won,omitempty"`
}

// BayesLead is a lead as [Bayes] sees it.
type BayesLead struct {
	Team   string   // empty if it has none
	Stage  string   // where it is, or where it was lost; empty if nowhere
	Values []string // one for each field, in their order; empty if unset
	Tags   []string // in any order; what is repeated counts once
}

// Bayes estimates the probability that a lead is won, by naive Bayes: as if the
// fields of won leads, and those of lost leads, said nothing about each other. It
// is the predictive lead scoring of Odoo CRM (addons/crm, crm_lead.py), whose
// probabilities it gives: it needs no rules, starts with the first closed lead,
// and says why. Because fields do say something about each other, it is too sure
// of itself: see [Platt].
//
// Closed leads are counted per team. A won lead counts in all stages, whatever its
// own; a lost one in the stages up to its own. Let won(v) and lost(v) be the leads
// of the team that had a value, each 0.1 more than counted where at least one lead
// had it, and W and L those of the first stage (all, if there are no stages). Then
// the scores
//
//	won:  W/(W+L) · Π won(v)/Σ won    lost:  L/(W+L) · Π lost(v)/Σ lost
//
// are products over the lead's values, Σ being the sum over all values of the same
// field, and W and L themselves for the stage; the probability is the share of the
// won score in both. Values that no closed lead had are left out. Each tag counts
// by itself, as a field of which a lead has many values, but only where at least
// [MinimumTag] leads of the team had it. A lead without a team, or of a team
// without a closed lead, is compared with all teams, whose counts, tenths included,
// are summed.
//
// Counts are integers: the order of leads does not matter, parts merge, and
// [Bayes.Remove] undoes exactly, so that a value that no lead has any more is
// unseen again (Odoo keeps it, with a count of 0.1). Nor does a team without a
// lead in the first stage get what was computed for another team, as it does
// there: it is [ErrUnscoreable]. Use [NewBayes] to make one. It is not safe for
// concurrent changes; give each goroutine its own and merge them.
type Bayes struct {
	fields      []BayesField
	stages      []BayesStage
	fingerprint [sha256.Size]byte // of fields and stages
	teams       map[string]*bayesTeam
	all         bayesTally // the sum of what the teams count
	leads       int64
	mass        int64 // of all counts of values
}

// bayesTeam is the closed leads of one team.
type bayesTeam struct {
	bayesTally
	won  int64
	lost []int64 // by stage, and last without one
}

// bayesTally is what probabilities are made of, in tenths of leads.
type bayesTally struct {
	stages []bayesPair            // one at least: what it starts from
	fields []map[string]bayesPair // and last the tags
	totals []bayesPair            // of the values that count, by field
}

// bayesPair is tenths of leads: those counted and, if there is any, one tenth more on both sides.
type bayesPair struct{ won, lost int64 }

func (p bayesPair) plus(o bayesPair) bayesPair { return bayesPair{p.won + o.won, p.lost + o.lost} }

func (p bayesPair) minus(o bayesPair) bayesPair { return bayesPair{p.won - o.won, p.lost - o.lost} }

// seen is the pair of so many leads.
func seen(won, lost int64) bayesPair {
	if won == 0 && lost == 0 {
		return bayesPair{}
	}
	return bayesPair{10*won + 1, 10*lost + 1}
}

// leads gives how many were counted for one team.
func (p bayesPair) leads() (won, lost int64) { return p.won / 10, p.lost / 10 }

// mostBayesMass bounds the sum of all counts of values, so that tenths can't overflow.
const mostBayesMass = 1 << 56

// NewBayes makes an empty estimator for leads with such fields, and with tags. The stages are in the order in
// which leads go through them; without any, leads have none. All
// mistakes are reported, each an [ErrFields].
func NewBayes(fields []BayesField, stages ...BayesStage) (*Bayes, error) {
	var errs []error
	check := func(what string, i int, name string, names map[string]bool) {
		switch {
		case name == "":
			errs = append(errs, fmt.Errorf("%w: %s[%d] has no name", ErrFields, what, i))
		case names[name]:
			errs = append(errs, fmt.Errorf("%w: the name %q of %s[%d] is taken", ErrFields, name, what, i))
		}
		names[name] = true
	}
	b := &Bayes{fields: slices.Clone(fields), stages: slices.Clone(stages)}
	var definition []byte
	names := map[string]bool{StageField: true, TagField: true}
	for i, f := range fields {
		check("fields", i, f.Name, names)
		definition = appendFlagged(definition, f.Name, f.Unset)
	}
	names = map[string]bool{}
	definition = append(definition, 2) // no flag
	for i, s := range stages {
		check("stages", i, s.Name, names)
		definition = appendFlagged(definition, s.Name, s.Won)
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	b.fingerprint = sha256.Sum256(definition)
	b.clear()
	return b, nil
}

func appendFlagged(to []byte, name string, flag bool) []byte {
	if flag {
		to = append(to, 1)
	} else {
		to = append(to, 0)
	}
	return append(binary.AppendUvarint(to, uint64(len(name))), name...)
}

func (b *Bayes) clear() {
	b.teams, b.all, b.leads, b.mass = map[string]*bayesTeam{}, b.tally(), 0, 0
}

func (b *Bayes) tally() bayesTally {
	t := bayesTally{stages: make([]bayesPair, max(1, len(b.stages))), fields: make([]map[string]bayesPair, len(b.fields)+1),
		totals: make([]bayesPair, len(b.fields)+1)}
	for i := range t.fields {
		t.fields[i] = map[string]bayesPair{}
	}
	return t
}

// Len is how many closed leads are counted.
func (b *Bayes) Len() int64 { return b.leads }

// Add counts a closed lead: won is Positive or Negative. After an error nothing of it has been
// counted. It takes time in proportion to fields, tags and stages.
func (b *Bayes) Add(lead BayesLead, won Verdict) error {
	tags, stage, err := b.closed(lead, won)
	if err != nil {
		return err
	}
	if b.leads == mostOutcomes || b.mass >= mostBayesMass-int64(len(b.fields)+len(tags)) {
		return fmt.Errorf("%w: there are too many to be counted", ErrLead)
	}
	b.count(lead, tags, stage, won, 1)
	return nil
}

// Remove undoes [Bayes.Add] of the same lead, as it was, with the same outcome. It is
// [ErrNotAdded], and nothing has changed, if the counts show that it was not added. It takes
// time in proportion to the team's tags, too.
func (b *Bayes) Remove(lead BayesLead, won Verdict) error {
	tags, stage, err := b.closed(lead, won)
	if err != nil {
		return err
	}
	if !b.holds(lead, tags, stage, won) {
		return ErrNotAdded
	}
	b.count(lead, tags, stage, won, -1)
	return nil
}

// closed checks a closed lead. It gives its tags in order, and where among the lost ones it stands.
func (b *Bayes) closed(lead BayesLead, won Verdict) (tags []string, stage int, err error) {
	if won != Positive && won != Negative {
		return nil, 0, fmt.Errorf("%w: a closed lead is won or lost: Positive or Negative", ErrOutcome)
	}
	return b.place(lead)
}

// place checks a lead. It gives its tags in order, each once, and its stage's index, which is behind the
// last if it is nowhere.
func (b *Bayes) place(lead BayesLead) (tags []string, stage int, err error) {
	if len(lead.Values) != len(b.fields) {
		return nil, 0, fmt.Errorf("%w: it has %d values for %d fields: give each field one, empty if unset", ErrLead, len(lead.Values), len(b.fields))
	}
	switch {
	case lead.Stage != "":
		stage = slices.IndexFunc(b.stages, func(s BayesStage) bool { return s.Name == lead.Stage })
		if stage < 0 {
			return nil, 0, fmt.Errorf("%w: there is no stage %q", ErrLead, lead.Stage)
		}
	case len(b.stages) > 0:
		stage = len(b.stages)
	}
	tags = slices.Clone(lead.Tags)
	slices.Sort(tags)
	tags = slices.Compact(tags)
	if len(tags) > 0 && tags[0] == "" {
		tags = tags[1:]
	}
	return tags, stage, nil
}

// values calls do with the index of each field, and of the tags, and each value that counts.
func (b *Bayes) values(lead BayesLead, tags []string, do func(field int, value string)) {
	for i, value := range lead.Values {
		if value != "" || b.fields[i].Unset {
			do(i, value)
		}
	}
	for _, tag := range tags {
		do(len(b.fields), tag)
	}
}

// holds tells whether a team holds a lead, as far as counts can tell: without it no other lead
// may be left with more than it can have.
func (b *Bayes) holds(lead BayesLead, tags []string, stage int, won Verdict) bool {
	t := b.teams[lead.Team]
	if t == nil {
		return false
	}
	side := func(p bayesPair) int64 {
		if won == Positive {
			n, _ := p.leads()
			return n
		}
		_, n := p.leads()
		return n
	}
	leads := t.won
	if won == Negative {
		if t.lost[stage] == 0 {
			return false
		}
		leads = 0
		for _, n := range t.lost {
			leads += n
		}
	}
	if leads == 0 {
		return false
	}
	hadField, hadTag := make([]bool, len(b.fields)), map[string]bool{}
	ok := true
	b.values(lead, tags, func(field int, value string) {
		ok = ok && side(t.fields[field][value]) > 0
		if field < len(b.fields) {
			hadField[field] = true
		} else {
			hadTag[value] = true
		}
	})
	for i, had := range hadField {
		if ok && !had { // the other leads must be able to hold all values
			sum := int64(0)
			for _, p := range t.fields[i] {
				sum += side(p)
			}
			ok = sum < leads
		}
	}
	for tag, p := range t.fields[len(b.fields)] {
		ok = ok && (hadTag[tag] || side(p) < leads)
	}
	return ok
}

// count counts a lead once more, or once less.
func (b *Bayes) count(lead BayesLead, tags []string, stage int, won Verdict, once int64) {
	t := b.team(lead.Team)
	wins, losses := once, int64(0)
	if won == Negative {
		wins, losses = 0, once
	}
	b.values(lead, tags, func(field int, value string) { b.value(t, field, value, wins, losses) })
	b.close(t, wins, stage, losses)
	b.forget(lead.Team, t)
}

// team gives a team's counts, which it makes if there are none.
func (b *Bayes) team(name string) *bayesTeam {
	t := b.teams[name]
	if t == nil {
		t = &bayesTeam{bayesTally: b.tally(), lost: make([]int64, max(1, len(b.stages))+1)}
		b.teams[name] = t
	}
	return t
}

// forget drops a team that has no lead.
func (b *Bayes) forget(name string, t *bayesTeam) {
	if t.won == 0 && !slices.ContainsFunc(t.lost, func(n int64) bool { return n != 0 }) {
		delete(b.teams, name)
	}
}

// value counts leads with a value.
func (b *Bayes) value(t *bayesTeam, field int, value string, won, lost int64) {
	before := t.fields[field][value]
	hadWon, hadLost := before.leads()
	after := seen(hadWon+won, hadLost+lost)
	setPair(t.fields[field], value, after)
	change := b.counts(field, after).minus(b.counts(field, before))
	t.totals[field] = t.totals[field].plus(change)
	setPair(b.all.fields[field], value, b.all.fields[field][value].plus(change))
	b.all.totals[field] = b.all.totals[field].plus(change)
	b.mass += won + lost
}

// setPair keeps a pair, or nothing where no lead is counted.
func setPair(values map[string]bayesPair, value string, p bayesPair) {
	if p == (bayesPair{}) {
		delete(values, value)
	} else {
		values[value] = p
	}
}

// counts gives a team's pair if it counts: of a tag only with enough leads.
func (b *Bayes) counts(field int, p bayesPair) bayesPair {
	if field == len(b.fields) && p.won+p.lost < 10*MinimumTag+2 {
		return bayesPair{}
	}
	return p
}

// close counts leads that are won, and such that are lost in a stage.
func (b *Bayes) close(t *bayesTeam, won int64, stage int, lost int64) {
	t.won += won
	t.lost[stage] += lost
	b.leads += won + lost
	still := int64(0) // lost in this stage or a later one
	for i := len(t.stages) - 1; i >= 0; i-- {
		still += t.lost[i]
		now := seen(t.won, still)
		b.all.stages[i] = b.all.stages[i].plus(now.minus(t.stages[i]))
		t.stages[i] = now
	}
}

// Merge adds the counts of other, which stays as it is. Both must be for the same fields and
// stages; else it is [ErrOtherModel]. After an error nothing has changed.
func (b *Bayes) Merge(other *Bayes) error {
	if b.fingerprint != other.fingerprint {
		return fmt.Errorf("%w: the fields or stages are others", ErrOtherModel)
	}
	if b.leads > mostOutcomes-other.leads || b.mass > mostBayesMass-other.mass {
		return fmt.Errorf("%w: together they are too many to be counted", ErrLead)
	}
	for _, name := range slices.Sorted(maps.Keys(other.teams)) { // of itself, too: no team is added on the way
		b.absorb(name, other.teams[name], 1)
	}
	return nil
}

// MergeTeam moves all that is counted for one team to another, as when a team is dissolved or renamed; the empty name
// stands for leads without a team.
func (b *Bayes) MergeTeam(from, to string) {
	if t := b.teams[from]; t != nil && from != to {
		moved := t.clone()
		b.absorb(from, moved, -1)
		b.absorb(to, moved, 1)
	}
}

// absorb counts all that a team holds for a team of that name: once more, or once less.
func (b *Bayes) absorb(name string, from *bayesTeam, times int64) {
	from = from.clone() // it may be the same
	t := b.team(name)
	for field, values := range from.fields {
		for value, p := range values {
			won, lost := p.leads()
			b.value(t, field, value, times*won, times*lost)
		}
	}
	for stage, lost := range from.lost {
		b.close(t, 0, stage, times*lost)
	}
	b.close(t, times*from.won, 0, 0)
	b.forget(name, t)
}

func (t *bayesTeam) clone() *bayesTeam {
	c := &bayesTeam{won: t.won, lost: slices.Clone(t.lost)}
	for _, values := range t.fields {
		c.fields = append(c.fields, maps.Clone(values))
	}
	return c
}
