package main

import "time"

// This file holds what the simulated company sells to and what it spends money on: plain tables, all integers.

// Lead is the host's view of a lead: what a form, an enrichment service and the loop itself know about it. Scoring rules,
// the hand-over criterion and funnel guards read it. The hidden truth about a lead is in [person] and is never shown here.
type Lead struct {
	ID        string
	Account   string
	Source    string // marketing or outbound: who brought it in
	Industry  string
	Employees int
	Country   string
	Seniority string // empty where the form did not ask
	FreeMail  bool   // a private mail address
	HasPhone  bool
	Grade     string // what scoring says of it now: fit A to D, engagement 1 to 4
}

// Activity is one thing that a lead did. At is what the scorer's decay and the funnel's order look at.
type Activity struct {
	At   time.Time
	Kind string
}

// kind is what a lead did, as the scoring model names it in [kindNames].
type kind uint8

const (
	adClick kind = iota
	visit
	pricing
	ebook
	webinar
	booth
	emailOpen
	emailClick
	trial
	demo
	careers
	reply
	kinds
)

var kindNames = [kinds]string{
	"ad_click", "visit", "pricing_view", "ebook", "webinar", "booth", "email_open", "email_click", "trial", "demo_request",
	"careers_view", "reply",
}

// campaign is one thing that money was spent on. A touch costs between lo and hi cents.
type campaign struct {
	channel, name string
	lo, hi        int
	kind          kind // how the touch shows up as an activity
	weight        int  // how often it brings a new lead
	again         int  // how often it brings a known lead back
	need          int  // how much more (or less) its leads need the product, in points of a hundred
}

// noCampaign marks activities inside a visit: they are scored, and they are no touch of their own.
const noCampaign = 0

// The campaigns that the code refers to by place.
const (
	nurtureMail = 11
	coldCalls   = 15
)

var campaigns = []campaign{
	noCampaign:  {},
	1:           {"paid search", "brand", 250, 620, adClick, 90, 80, 10},
	2:           {"paid search", "generic", 1100, 2300, adClick, 150, 60, 2},
	3:           {"paid social", "lead forms", 2200, 4100, adClick, 130, 30, -12},
	4:           {"paid social", "retargeting", 480, 950, adClick, 0, 120, 4},
	5:           {"organic search", "blog", 0, 0, visit, 170, 80, -4},
	6:           {"organic search", "comparison pages", 0, 0, visit, 90, 60, 10},
	7:           {"webinar", "monthly demo", 2500, 4600, webinar, 60, 60, 4},
	8:           {"event", "spring fair", 21000, 34000, booth, 60, 6, 2},
	9:           {"event", "autumn expo", 24000, 39000, booth, 70, 6, 6},
	10:          {"email", "newsletter", 8, 20, emailClick, 25, 130, -2},
	nurtureMail: {"email", "nurture", 15, 35, emailClick, 0, 0, 0},
	12:          {"referral", "partners", 6000, 14000, visit, 50, 15, 18},
	13:          {"content syndication", "e-book library", 5500, 9000, ebook, 100, 15, -18},
	14:          {"direct", "(none)", 0, 0, visit, 60, 120, 6},
	coldCalls:   {"sales outbound", "cold sequence", 1800, 3600, reply, 80, 0, -4},
}

// channels are the channels of [campaigns] in the order of the report.
var channels = []string{
	"paid search", "paid social", "organic search", "webinar", "event", "email", "referral", "content syndication", "direct",
	"sales outbound",
}

// band is one line of a table: a name, how often it comes, and how it changes the truth about a lead.
type band struct {
	name   string
	weight int
	truth  int // points added to the hidden quality
}

// industries, countries and ranks say what a form shows. In truth, chief officers click and do not buy: the scoring model
// believes otherwise, and feedback has to find out.
var (
	industries = []band{
		{"software", 240, 90}, {"manufacturing", 200, 70}, {"finance", 140, 40}, {"retail", 140, -20}, {"healthcare", 110, 0},
		{"education", 90, -80}, {"public sector", 80, -60},
	}
	countries = []band{
		{"DE", 380, 30}, {"AT", 90, 20}, {"CH", 90, 20}, {"FR", 120, 0}, {"NL", 110, 10}, {"UK", 140, 0}, {"other", 70, -120},
	}
	ranks = []band{
		{"chief", 120, -130}, {"vice president", 90, 30}, {"director", 170, 80}, {"manager", 250, 60}, {"specialist", 230, -30},
		{"", 140, -40},
	}
	sizes = []struct{ weight, lo, hi, truth int }{
		{300, 2, 49, -90}, {340, 50, 249, 40}, {230, 250, 1999, 80}, {130, 2000, 40000, -10},
	}
)

// persona is who somebody really is. Nobody but the simulation knows before a sales person has talked to them.
type persona uint8

const (
	buyer persona = iota
	curious
	researcher
	student
	competitor
	applicant
	spam
)

var personaWeights = []int{330, 380, 130, 60, 25, 40, 35}

// habits say how busy each persona is and with what: rows of weights over the kinds of activity within a visit.
var habits = [...]struct {
	waves, steps spread
	mix          []int // visit, pricing, ebook, webinar, email open, trial, demo, careers
}{
	buyer:      {spread{{50, 2, 3}, {50, 3, 5}}, spread{{60, 3, 6}, {40, 5, 9}}, []int{400, 170, 60, 50, 210, 35, 60, 5}},
	curious:    {spread{{60, 1, 1}, {40, 2, 3}}, spread{{70, 1, 3}, {30, 3, 6}}, []int{560, 45, 60, 30, 290, 4, 5, 6}},
	researcher: {spread{{60, 2, 3}, {40, 3, 5}}, spread{{60, 3, 5}, {40, 4, 8}}, []int{380, 30, 290, 90, 200, 4, 3, 3}},
	student:    {spread{{70, 1, 2}, {30, 2, 4}}, spread{{60, 2, 4}, {40, 4, 7}}, []int{430, 20, 390, 50, 80, 20, 5, 5}},
	competitor: {spread{{100, 1, 3}}, spread{{100, 3, 7}}, []int{430, 290, 100, 60, 60, 40, 20, 0}},
	applicant:  {spread{{100, 1, 2}}, spread{{100, 2, 5}}, []int{450, 10, 20, 10, 60, 0, 10, 440}},
	spam:       {spread{{100, 1, 1}}, spread{{100, 1, 3}}, []int{500, 50, 150, 0, 0, 100, 200, 0}},
}

var habitKinds = []kind{visit, pricing, ebook, webinar, emailOpen, trial, demo, careers}
