package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/leadloop/leadloop/attribution"
)

// exact is the shortest decimal that reads back as the same number.
func exact(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

// csv is the report for machines that read tables.
func (r *report) csv() string {
	var text strings.Builder
	w := csv.NewWriter(&text)
	header := []string{"channel"}
	for _, of := range r.results {
		prefix := ""
		if r.compare {
			prefix = of.model.name + "_"
		}
		header = append(header, prefix+"conversion_share", prefix+"value_share")
		if !r.compare && r.hasEffects() {
			header = append(header, "removal_effect", "value_removal_effect")
		}
		header = append(header, prefix+"conversions", prefix+"value")
	}
	w.Write(header) // a strings.Builder takes all
	for i, c := range r.results[0].credits {
		row := []string{c.Channel}
		for _, of := range r.results {
			c := of.credits[i]
			row = append(row, exact(c.ConversionShare), exact(c.ValueShare))
			if !r.compare && r.hasEffects() {
				row = append(row, exact(c.effect), exact(c.valueEffect))
			}
			row = append(row, strconv.FormatInt(c.Conversions, 10), decimal(c.Value, r.digits))
		}
		w.Write(row)
	}
	w.Flush()
	return text.String()
}

// document is the report for machines that read JSON. All money is in minor units.
type document struct {
	*ModelDocument                 // of the only model
	Models         []ModelDocument `json:"models,omitempty"` // of several
	MinorDigits    int             `json:"minor_digits"`
	Totals         totals          `json:"totals"`
	Skipped        int             `json:"skipped"`
}

type totals struct {
	attribution.Counts
	UnattributedConversions *int64 `json:"unattributed_conversions,omitempty"`
	UnattributedValue       *int64 `json:"unattributed_value,omitempty"`
	Cost                    *int64 `json:"cost,omitempty"`
}

type ModelDocument struct {
	Model      string            `json:"model"`
	Order      int               `json:"order,omitempty"`
	ErrorBound *float64          `json:"error_bound,omitempty"`
	Channels   []channelDocument `json:"channels"`
}

type channelDocument struct {
	Channel            string   `json:"channel"`
	ConversionShare    float64  `json:"conversion_share"`
	ValueShare         float64  `json:"value_share"`
	RemovalEffect      *float64 `json:"removal_effect,omitempty"`
	ValueRemovalEffect *float64 `json:"value_removal_effect,omitempty"`
	Conversions        int64    `json:"conversions"`
	Value              int64    `json:"value"`
	Cost               *int64   `json:"cost,omitempty"`
	ROAS               *float64 `json:"roas,omitempty"` // attributed value ÷ cost; none without a cost
}

// json is the report as a document.
func (r *report) json() string {
	d := document{MinorDigits: r.digits, Skipped: r.skipped, Totals: totals{Counts: r.total}}
	if r.log {
		d.Totals.UnattributedConversions, d.Totals.UnattributedValue = &r.unattributed.Conversions, &r.unattributed.Value
	}
	if r.costs != nil {
		d.Totals.Cost = &r.cost
	}
	for _, of := range r.results {
		m := ModelDocument{Model: of.model.name, Order: of.model.order, Channels: []channelDocument{}}
		chain := of.model.kind == markovChain
		if chain {
			m.ErrorBound = &of.bound
		}
		for _, c := range of.credits {
			row := channelDocument{Channel: c.Channel, ConversionShare: c.ConversionShare, ValueShare: c.ValueShare, Conversions: c.Conversions, Value: c.Value}
			if chain {
				row.RemovalEffect, row.ValueRemovalEffect = &c.effect, &c.valueEffect
			}
			if r.costs != nil {
				cost := r.costs[c.Channel]
				row.Cost = &cost
				if roas, defined := (attribution.Ratio{Numerator: c.Value, Denominator: cost}).Float64(); defined {
					row.ROAS = &roas
				}
			}
			m.Channels = append(m.Channels, row)
		}
		d.Models = append(d.Models, m)
	}
	if !r.compare {
		d.ModelDocument, d.Models = &d.Models[0], nil
	}
	var text bytes.Buffer
	w := json.NewEncoder(&text)
	w.SetEscapeHTML(false)
	w.SetIndent("", "  ")
	w.Encode(d) // plain data: it can't fail
	return text.String()
}
