package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/leadloop/leadloop/attribution"
)

// report is what there is to tell, in whatever format.
type report struct {
	compare      bool
	digits       int                // of minor units
	results      []result           // one for each model, each with all channels, in order of names
	total        attribution.Counts // attributed conversions and value, and nulls
	log          bool               // of touches; only then there are the following
	unattributed attribution.Counts // conversions without a touch, and their value
	costs        map[string]int64   // nil without a column of costs
	cost         int64
	skipped      int // rows
}

// report asks the models.
func (in *input) report() (*report, error) {
	r := &report{compare: in.job.compare, digits: in.job.minorDigits, skipped: in.bad.count()}
	var err error
	if in.kind == pathTable {
		r.total = in.paths.total
		r.results, err = in.paths.credits(in.job.models)
	} else {
		r.log = true
		r.results, r.total, r.unattributed, err = in.log.credit(in.job.models, in.job.lookback)
		if in.hasCost {
			r.costs, r.cost = in.log.costOf(), in.log.cost
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", strings.Join(in.job.files, ", "), err)
	}
	var channels []string
	if in.kind == touchLog {
		channels = in.log.channels.list
	} else {
		channels = in.paths.dropped()
	}
	r.complete(channels)
	for _, of := range r.results {
		if d := of.model.direct; of.model.kind == nonDirect && !slices.ContainsFunc(of.credits, func(c credit) bool { return c.Channel == d }) {
			fmt.Fprintf(in.errs, "attribute: no touch is of the channel %q, so that last-non-direct is last: check -direct\n", shown(d))
		}
	}
	if n := r.unattributed.Conversions; n > 0 {
		within := ""
		if in.job.lookback > 0 {
			within = " within the lookback"
		}
		fmt.Fprintf(in.errs, "attribute: %s without a touch before%s, worth %s: no channel gets them\n",
			many(n, "conversion"), within, decimal(r.unattributed.Value, r.digits))
	}
	return r, nil
}

// complete gives each result a row for each channel that is in any of them, or that the log names.
func (r *report) complete(channels []string) {
	all := map[string]bool{}
	for _, name := range channels {
		all[name] = true
	}
	for i := range r.results {
		for _, c := range r.results[i].credits {
			all[c.Channel] = true
		}
	}
	names := slices.Sorted(maps.Keys(all))
	for i := range r.results {
		own := map[string]credit{}
		for _, c := range r.results[i].credits {
			own[c.Channel] = c
		}
		rows := make([]credit, len(names))
		for k, name := range names {
			rows[k] = own[name]
			rows[k].Channel = name
		}
		r.results[i].credits = rows
	}
}

// hasEffects reports whether the model of the only result removes channels.
func (r *report) hasEffects() bool { return r.results[0].model.kind == markovChain }
