package main

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
)

// export writes the simulated year in the columns of own data, as a CRM would know it. A nil export writes nothing.
type export struct {
	dir                      string
	leads, activities, deals *csvSink
	err                      error // the first
}

// csvSink is a CSV file being written.
type csvSink struct {
	file   *os.File
	buffer *bufio.Writer
	csv    *csv.Writer
	rows   int64
}

// newExport makes the files. It overwrites nothing.
func newExport(dir string) (*export, error) {
	e := &export{dir: dir}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, fmt.Errorf("-export: %w", err)
	}
	for _, f := range []struct {
		name    string
		columns []string
		sink    **csvSink
	}{{"leads.csv", leadColumns, &e.leads}, {"activities.csv", activityColumns, &e.activities}, {"deals.csv", dealColumns, &e.deals}} {
		file, err := e.create(f.name)
		if err != nil {
			return nil, err
		}
		buffer := bufio.NewWriterSize(file, 1<<16)
		*f.sink = &csvSink{file: file, buffer: buffer, csv: csv.NewWriter(buffer)}
		e.write(*f.sink, f.columns...)
	}
	return e, nil
}

func (e *export) create(name string) (*os.File, error) {
	path := filepath.Join(e.dir, name)
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return nil, fmt.Errorf("-export: %s cannot be made (%w), give a folder without it", path, reason(err))
	}
	return file, nil
}

func (e *export) write(s *csvSink, fields ...string) {
	if err := s.csv.Write(fields); e.err == nil {
		e.err = err
	}
}

// log writes what the desk has kept of a lead: its events as activities of sales, its opportunities as deals.
func (e *export) log(lead uint32, log []handoff.Event) {
	if e == nil {
		return
	}
	id := leadID(int(lead))
	var opened time.Time
	for i := range log {
		ev := &log[i]
		event, person := exported(ev)
		if tr := ev.Transition; tr != nil {
			switch tr.To {
			case funnel.Opportunity:
				opened = tr.Occurred
				continue
			case funnel.Won, funnel.Lost:
				e.deal(id, opened, tr, log[i].Revenue, log[i-1].Owner)
				opened = time.Time{}
				continue
			}
			e.write(e.activities, id, stamp(ev.Occurred), "", "", "", "", "", event, string(tr.To), person, string(tr.Reason))
		} else if event != "" {
			e.write(e.activities, id, stamp(ev.Occurred), "", "", "", "", "", event, "", person, string(ev.Reason))
		}
	}
	if !opened.IsZero() {
		e.deal(id, opened, nil, 0, log[len(log)-1].Owner)
	}
}

// exported is what an event is called, and who did it or got the lead; "" for what a CRM does not know.
func exported(ev *handoff.Event) (event, person string) {
	switch ev.Kind {
	case handoff.Offered:
		return "offered", ev.Owner
	case handoff.Accepted, handoff.Rejected, handoff.Withdrawn:
		return string(ev.Kind), ev.Actor
	case handoff.AutoAccepted:
		return "auto_accepted", ev.Owner
	case handoff.Expired:
		return "expired", ""
	case handoff.Attempted:
		if ev.Reached {
			return "reached", ev.Actor
		}
		return "attempted", ev.Actor
	case handoff.Moved:
		return "moved", ev.Actor
	}
	return "", ""
}

// deal writes an opportunity; tr is its end, if there is one yet.
func (e *export) deal(lead string, opened time.Time, tr *funnel.Transition, cents int64, owner string) {
	outcome, closed, why, amount := "open", "", "", ""
	if tr != nil {
		outcome, closed, why = string(tr.To), stamp(tr.Occurred), string(tr.Reason)
	}
	if outcome == "won" {
		amount = units(cents)
	}
	begin := ""
	if !opened.IsZero() {
		begin = stamp(opened)
	}
	e.deals.rows++
	e.write(e.deals, fmt.Sprintf("D%07d", e.deals.rows), lead, begin, closed, outcome, "", "", amount, owner, why)
}

// finish writes the leads, what they did, and what was agreed, and closes the files.
func (e *export) finish(h *host) error {
	if e == nil {
		return nil
	}
	for i := range h.world.people {
		e.lead(h, uint32(i))
	}
	for _, s := range []*csvSink{e.leads, e.activities, e.deals} {
		s.csv.Flush()
		e.err = errors.Join(e.err, s.csv.Error(), s.buffer.Flush(), s.file.Close())
	}
	agreement, err := indent(h.agreed)
	e.err = errors.Join(e.err, err)
	for name, text := range map[string][]byte{modelFile: modelJSON, agreementFile: agreement} {
		file, err := e.create(name)
		if err != nil {
			e.err = errors.Join(e.err, err)
			continue
		}
		_, err = file.Write(text)
		e.err = errors.Join(e.err, err, file.Close())
	}
	if e.err != nil {
		return fmt.Errorf("the data could not be exported: %w", e.err)
	}
	return nil
}

// lead writes a lead and its activities.
func (e *export) lead(h *host, lead uint32) {
	view, p := h.world.lead(int(lead)), &h.world.people[lead]
	source := ""
	switch h.journeySource(p.account) { // where the CRM's field is empty, it is so for the account
	case "":
	default:
		source = "marketing"
		if p.entry == coldCalls {
			source = "sales"
		}
	}
	phone, since := "", ""
	if view.HasPhone {
		phone = "known"
	} else if at := h.leads[lead].phone; at > 0 {
		phone, since = "known", stamp(instant(at))
	}
	free := "no"
	if view.FreeMail {
		free = "yes"
	}
	e.write(e.leads, view.ID, stamp(instant(p.created)), view.Account, campaigns[p.entry].channel, source, view.Industry, strconv.Itoa(view.Employees), view.Country,
		view.Seniority, free, "", phone, since, "", "", "", "", "", "", "")
	for _, a := range h.diary.read(h.leads[lead].acts) {
		c := &campaigns[a.campaign]
		cost, side := "", ""
		if a.campaign != noCampaign {
			cost = units(int64(a.cents))
		}
		if a.campaign == coldCalls {
			side = "sales"
		}
		e.write(e.activities, view.ID, stamp(instant(a.at)), kindNames[a.kind], c.channel, c.name, cost, side, "", "", "", "")
	}
}

// stamp writes an instant.
func stamp(at time.Time) string { return at.UTC().Format(time.RFC3339) }

// units writes cents as an amount.
func units(cents int64) string {
	return strconv.FormatInt(cents/100, 10) + "." + strconv.FormatInt(100+cents%100, 10)[1:]
}
