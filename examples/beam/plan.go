package main

import (
	"crypto/sha256"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/leadloop/leadloop/attribution"
	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/funnel/flow"
	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/scoring"
	"github.com/leadloop/leadloop/scoring/learn"
)

//go:embed model.json
var modelJSON []byte

//go:embed agreement.json
var agreementJSON []byte

// options are the flags of the program.
type options struct {
	input, output, asOf, model, agreement, generate      *string
	local                                                *bool
	lookback, maxTouches, topPaths, pathKeys, scoreFiles *int
	fanOut, touches, shards                              *int
	seed, shuffleSeed                                    *uint64
}

// Plan is all that a worker needs to know. It travels in each function of the pipeline, as JSON, so that workers need neither flags
// nor files.
type Plan struct {
	AsOf       time.Time
	Lookback   time.Duration
	MaxTouches int // of an account in a month
	TopPaths   int
	PathKeys   int
	FanOut     int
	ScoreFiles int
	Model      json.RawMessage
	Agreement  json.RawMessage
}

// plan checks the flags.
func (o options) plan() (Plan, error) {
	p := Plan{
		Lookback: time.Duration(*o.lookback) * 24 * time.Hour, MaxTouches: *o.maxTouches, TopPaths: *o.topPaths,
		PathKeys: *o.pathKeys, FanOut: *o.fanOut, ScoreFiles: *o.scoreFiles, Model: modelJSON, Agreement: agreementJSON,
	}
	var errs []error
	for _, f := range []struct{ name, value string }{{"input", *o.input}, {"output", *o.output}, {"as-of", *o.asOf}} {
		if f.value == "" {
			errs = append(errs, fmt.Errorf("-%s: missing: give it, -h lists all flags", f.name))
		}
	}
	if *o.asOf != "" {
		at, err := instant(*o.asOf)
		if err != nil {
			errs = append(errs, fmt.Errorf("-as-of: %w", err))
		}
		p.AsOf = at
	}
	if *o.lookback < 0 || *o.lookback > 36500 {
		errs = append(errs, errors.New("-lookback: not a number of days from 0 to 36500: 0 looks at all touches"))
	}
	for _, f := range []struct {
		name  string
		value int
	}{{"max-touches", p.MaxTouches}, {"top-paths", p.TopPaths}, {"path-keys", p.PathKeys}, {"fan-out", p.FanOut}, {"score-files", p.ScoreFiles}} {
		if f.value < 1 || f.value > 1_000_000 {
			errs = append(errs, fmt.Errorf("-%s: not from 1 to 1000000: leave it out for the default", f.name))
		}
	}
	for _, f := range []struct {
		flag, name string
		into       *json.RawMessage
	}{{"model", *o.model, &p.Model}, {"agreement", *o.agreement, &p.Agreement}} {
		if f.name != "" {
			data, err := os.ReadFile(f.name)
			if err != nil {
				errs = append(errs, fmt.Errorf("-%s: %w: name a file that can be read", f.flag, err))
			}
			*f.into = data
		}
	}
	if err := errors.Join(errs...); err != nil {
		return Plan{}, err
	}
	_, err := engineOf(&p)
	return p, err
}

// engine is a plan that has been compiled. It does not change, and is safe for concurrent use.
type engine struct {
	plan   Plan
	models []attribution.Model
	model  scoring.Model
	scorer *scoring.Scorer[Lead, Touch]
	desk   *handoff.Desk[view]
	flow   *flow.Flow // empty
}

// view is what the agreement's criterion looks at.
type view struct{ Grade string }

// engines keeps what has been compiled, since a runner makes many copies of a function on one worker.
var engines struct {
	sync.Mutex
	of map[[sha256.Size]byte]*engine
}

func engineOf(p *Plan) (*engine, error) {
	text, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	key := sha256.Sum256(text)
	engines.Lock()
	defer engines.Unlock()
	if e := engines.of[key]; e != nil {
		return e, nil
	}
	e, err := compile(p)
	if err != nil {
		return nil, err
	}
	if engines.of == nil {
		engines.of = map[[sha256.Size]byte]*engine{}
	}
	engines.of[key] = e
	return e, nil
}

func compile(p *Plan) (*engine, error) {
	e := &engine{plan: *p}
	for _, m := range []attribution.Model{attribution.First, attribution.Last, attribution.Linear, attribution.WShaped, attribution.TimeDecay(7 * 24 * time.Hour)} {
		if p.Lookback > 0 {
			m = m.Within(p.Lookback)
		}
		e.models = append(e.models, m)
	}
	var err error
	if e.model, err = scoring.Parse(p.Model); err != nil {
		return nil, fmt.Errorf("the scoring model: %w", err)
	}
	if e.scorer, err = scoring.Compile[Lead, Touch](e.model); err != nil {
		return nil, fmt.Errorf("the scoring model: %w", err)
	}
	if _, err = learn.NewEvidence(e.model); err != nil {
		return nil, fmt.Errorf("the scoring model: %w", err)
	}
	agreement, err := handoff.Parse(p.Agreement)
	if err != nil {
		return nil, fmt.Errorf("the agreement: %w", err)
	}
	policy, err := funnel.Compile[view](funnel.Standard())
	if err != nil {
		return nil, err
	}
	if e.desk, err = handoff.Compile(agreement, policy, time.LoadLocation); err != nil {
		return nil, fmt.Errorf("the agreement: %w", err)
	}
	if e.flow, err = flow.New(flow.Options{Definition: funnel.Standard(), AsOf: p.AsOf}); err != nil {
		return nil, err
	}
	return e, nil
}
