package main

import (
	_ "embed"
	"fmt"
	"io"
	"runtime/debug"
	"time"
	_ "time/tzdata" // the agreement's time zone, on machines that have none installed

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/scoring"
)

// What people agreed on: the scoring model and the agreement of marketing and sales.
var (
	//go:embed model.json
	modelJSON []byte
	//go:embed agreement.json
	agreementJSON []byte
)

// simulate runs a year of a made-up company and reports on it. It writes its data into the folder export, if that is named.
func simulate(seed uint64, leads int, export string, watch io.Writer) (*Report, error) {
	debug.SetGCPercent(400) // garbage is collected seldom, as long as memory lasts
	debug.SetMemoryLimit(1<<28 + int64(leads)*bytesOfLead)
	h, err := newHost(seed, leads, watch)
	if err != nil {
		return nil, err
	}
	if export != "" {
		if h.export, err = newExport(export); err != nil {
			return nil, err
		}
	}
	if err := h.run(); err != nil {
		return nil, err
	}
	if err := h.export.finish(h); err != nil {
		return nil, err
	}
	report, err := h.report(seed)
	if err != nil {
		return nil, err
	}
	return report, report.judge(seed, leads)
}

// bytesOfLead is how much memory a lead may take on top of a quarter of a gigabyte, garbage included: a million take less than two.
const bytesOfLead = 1600

// newHost compiles what was agreed and sets up an empty desk in front of a new market.
func newHost(seed uint64, leads int, watch io.Writer) (*host, error) {
	model, err := scoring.Parse(modelJSON)
	if err != nil {
		return nil, fmt.Errorf("model.json: %w", err)
	}
	h := &host{
		world: newWorld(seed, leads), leads: make([]progressOfLead, leads), tempers: map[string]temper{}, enough: map[string]bool{},
		oddity: map[scoring.ProblemKind]int64{}, watch: &progress{out: watch},
	}
	if h.scorer, err = scoring.Compile[Lead, Activity](model); err != nil {
		return nil, fmt.Errorf("model.json: %w", err)
	}
	if h.calm, err = scoring.Compile[Lead, Activity](withoutMalus(model)); err != nil {
		return nil, fmt.Errorf("model.json: %w", err)
	}
	if h.policy, err = funnel.Compile[Lead](funnel.Standard()); err != nil {
		return nil, err
	}
	if h.agreed, err = handoff.Parse(agreementJSON); err != nil {
		return nil, fmt.Errorf("agreement.json: %w", err)
	}
	// The agreed numbers are meant for the usual size of the market.
	h.agreed.Marketing.Count = max(1, h.agreed.Marketing.Count*int64(leads)/defaultLeads)
	for i := range h.agreed.Goals.Periods {
		p := &h.agreed.Goals.Periods[i]
		p.Marketing.Count = max(1, p.Marketing.Count*int64(leads)/defaultLeads)
		p.Sales.Revenue = max(1, p.Sales.Revenue/defaultLeads*int64(leads))
	}
	if h.desk, err = handoff.Compile(h.agreed, h.policy, time.LoadLocation); err != nil {
		return nil, fmt.Errorf("agreement.json: %w", err)
	}
	h.hours = h.desk.Calendar()
	for i, m := range h.agreed.Routing.Pools[0].Members {
		h.tempers[m.ID] = tempers[i%len(tempers)]
	}
	h.accounts = make([]accountNotes, len(h.world.accounts)-1)
	h.store = store{records: map[uint32]*record{}, replay: h.desk.Replay}
	h.books, err = newBooks(h.world, channels, model, h.policy.Definition(), h.desk, yearEnd.Add(-time.Second))
	return h, err
}
