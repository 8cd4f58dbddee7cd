package app

import (
	"strconv"
	"strings"
	"time"

	"github.com/leadloop/leadloop/examples/crm/store"
)

// Lead is what the rules of the scoring model see of a lead.
type Lead struct {
	Source    string // the channel that brought it in
	Title     string
	Seniority string // chief, vice president, director, manager or specialist
	Industry  string
	Employees int
	Country   string
	FreeMail  bool // a private mail address
	HasPhone  bool
	CreatedAt time.Time
}

// Activity is what the rules of the scoring model see of an activity.
type Activity struct {
	At   time.Time
	Kind string
}

// View is what the conditions of funnel, criterion and routing see: the lead, and the grade that scoring gives it.
type View struct {
	Lead
	Grade string
}

// leadOf makes a row into what rules see.
func leadOf(l *store.Lead) Lead {
	employees, _ := strconv.Atoi(l.Fields["employees"]) // checked when it came in
	_, domain, _ := strings.Cut(l.Fields["email"], "@")
	return Lead{
		Source: l.Channel, Title: l.Fields["title"], Seniority: l.Fields["seniority"], Industry: l.Fields["industry"], Employees: employees,
		Country: l.Fields["country"], FreeMail: freeMail[strings.ToLower(domain)], HasPhone: l.Fields["phone"] != "", CreatedAt: l.Created,
	}
}

// freeMail are providers of private mail addresses.
var freeMail = map[string]bool{
	"gmail.com": true, "googlemail.com": true, "outlook.com": true, "hotmail.com": true, "yahoo.com": true, "gmx.de": true, "gmx.net": true,
	"web.de": true, "icloud.com": true, "proton.me": true, "t-online.de": true,
}

// known says that somebody can be reached: only such leads are registered at the desk. Others are visitors.
func known(l *store.Lead) bool { return l.Fields["email"] != "" && l.Suppressed.IsZero() }

// labelOf is how lists call a lead.
func labelOf(fields map[string]string) string {
	name, company := fields["name"], fields["company"]
	switch {
	case name == "" && company == "":
		return "Visitor"
	case name == "":
		return company
	case company == "":
		return name
	}
	return name + ", " + company
}
