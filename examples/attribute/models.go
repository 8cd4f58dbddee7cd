package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/leadloop/leadloop/attribution"
)

// A model is one that the user asked for.
type model struct {
	name   string
	times  bool // it needs a log of touches
	kind   modelKind
	rule   attribution.Model // of ruled and of nonDirect
	direct string            // of nonDirect
	order  int               // of markovChain
}

type modelKind int

const (
	ruled modelKind = iota
	nonDirect
	markovChain
	simplified
	ordered
	shaoLi
)

// offered are all models, in the order in which they are listed.
var offered = []struct {
	name    string
	aliases []string
	model   model
}{
	{"first", nil, model{rule: attribution.First}},
	{"last", nil, model{rule: attribution.Last}},
	{"last-non-direct", nil, model{kind: nonDirect}},
	{"linear", nil, model{rule: attribution.Linear}},
	{"position-based", []string{"u", "u-shaped"}, model{rule: attribution.PositionBased}},
	{"j", []string{"j-shaped"}, model{rule: attribution.JShaped}},
	{"inverse-j", []string{"inverse-j-shaped"}, model{rule: attribution.InverseJShaped}},
	{"time-decay", nil, model{times: true}},
	{"participation", nil, model{rule: attribution.Participation}},
	{"markov", nil, model{kind: markovChain}},
	{"shapley", []string{"shapley-simplified"}, model{kind: simplified}},
	{"ordered", []string{"shapley-ordered"}, model{kind: ordered}},
	{"shao-li", nil, model{kind: shaoLi}},
}

// milestones are models of the library that these files can't feed.
var milestones = []string{"w-shaped", "w", "full-path", "lead-creation"}

// offeredNames lists the models.
func offeredNames() string {
	var names []string
	for _, o := range offered {
		names = append(names, o.name)
	}
	return strings.Join(names, ", ")
}

// options are flags that only some models take.
type options struct {
	order    int
	halfLife time.Duration
	direct   string
	lookback time.Duration
}

// findModel makes the model of a name.
func findModel(name string, o options) (model, error) {
	name = strings.ToLower(strings.TrimSpace(name))
	for _, m := range milestones {
		if name == m {
			return model{}, fmt.Errorf("the model %s needs to know when leads and opportunities were created, which these files don't tell; take one of %s", name, offeredNames())
		}
	}
	for _, candidate := range offered {
		known := candidate.name == name
		for _, alias := range candidate.aliases {
			known = known || alias == name
		}
		if !known {
			continue
		}
		m := candidate.model
		m.name = candidate.name
		switch {
		case m.times:
			m.rule = attribution.TimeDecay(o.halfLife)
		case m.kind == nonDirect:
			m.rule, m.direct = attribution.LastNonDirect(o.direct), o.direct
		case m.kind == markovChain:
			m.order = o.order
		}
		if o.lookback > 0 && m.byTime() {
			m.rule = m.rule.Within(o.lookback)
		}
		return m, nil
	}
	return model{}, fmt.Errorf("there is no model %q; take one of %s", shown(name), offeredNames())
}

// byTime reports whether a log's journeys are credited as they are, and not as paths.
func (m model) byTime() bool { return m.kind == ruled || m.kind == nonDirect }

// title is how a report names the model.
func (m model) title() string {
	if m.kind == markovChain {
		return fmt.Sprintf("markov, order %d", m.order)
	}
	return m.name
}
