package main

import (
	"time"

	"github.com/leadloop/leadloop/scoring"
)

// Report is everything that the program found, in the order in which the text shows it. It is also the JSON that -json
// prints; its keys are stable. Money is in cents, spans are in seconds, dates are days in UTC. Sections that a data set
// cannot know are absent; single figures that are undefined are null.
type Report struct {
	Title      string     `json:"title"`
	Simulated  bool       `json:"simulated"` // true: nothing in here happened
	Notice     string     `json:"notice"`
	Seed       *uint64    `json:"seed,omitempty"`
	From       string     `json:"from"`
	AsOf       string     `json:"as_of"` // what is open then is "not yet"
	Leads      int64      `json:"leads"`
	Accounts   int64      `json:"accounts,omitempty"`
	Activities int64      `json:"activities,omitempty"`
	Scores     int64      `json:"scores,omitempty"` // how often a lead was scored: at each activity while marketing has it, and whenever it is to be offered again
	MQL        int64      `json:"mql"`              // leads that reached the stage, at least once
	Won        int64      `json:"won"`              // leads that were won
	Revenue    *int64     `json:"revenue_cents"`
	Waterfall  []Step     `json:"waterfall"`
	Standing   []Standing `json:"standing"` // where every lead is as of the date

	HorizonDays int64         `json:"horizon_days"` // what "in time" means
	TimeToWin   *Conversion   `json:"time_to_win"`  // from MQL, round by round
	Conversions []*Conversion `json:"conversions"`  // of each step of the waterfall
	Velocity    *Velocity     `json:"velocity,omitempty"`
	Journeys    []Journey     `json:"journeys,omitempty"` // those that close best first
	QuickWins   *QuickWins    `json:"quick_wins"`
	Cohorts     []Cohort      `json:"cohorts"`
	Yields      []Yield       `json:"recycle_yield,omitempty"`

	Offers     *Offers     `json:"offers,omitempty"`
	Reasons    []Reason    `json:"reasons,omitempty"`
	Faults     []Fault     `json:"faults,omitempty"`
	Speed      []Speed     `json:"speed_to_lead,omitempty"`
	Promises   []Promise   `json:"sales_agreement,omitempty"`
	Delivery   []Delivery  `json:"marketing_agreement,omitempty"`
	Goals      []Goal      `json:"goals,omitempty"`
	Pay        []Payout    `json:"pay,omitempty"`
	Leaks      []Leak      `json:"leaks,omitempty"`
	Signals    []string    `json:"signals,omitempty"` // where figures may have been played for, in words
	Recycling  *Recycling  `json:"recycling,omitempty"`
	People     []Person    `json:"sales_people,omitempty"`
	Channels   []Channel   `json:"channels,omitempty"`
	Models     []string    `json:"models,omitempty"` // the attribution models, in the order of the text
	Attributed Attribution `json:"attribution,omitempty"`
	Truth      *Truth      `json:"truth,omitempty"` // of a simulation alone
	Shares     []Share     `json:"marketing_share,omitempty"`

	ByOrigin map[string]Origin `json:"by_origin,omitempty"` // Olist: the empty origin has the key ""

	Grades       []Grade           `json:"grades"`
	Target       string            `json:"rules_target"` // what the evidence per rule measures
	Rules        []Rule            `json:"rules"`
	Proposals    []Proposal        `json:"proposals,omitempty"` // what the outcomes would change in the scoring model
	Review       []scoring.Finding `json:"model_review"`        // what Lint finds in the scoring model
	Outlook      *Outlook          `json:"outlook,omitempty"`
	Conservation Conservation      `json:"conservation"`
	Problems     []Finding         `json:"data_problems"`
}

// Offers counts what became of every offer to a sales person. The unit is the offer: a lead may have several.
type Offers struct {
	Offers       int64 `json:"offers"`
	Accepted     int64 `json:"accepted"`
	AutoAccepted int64 `json:"auto_accepted"`
	Rejected     int64 `json:"rejected"`
	Expired      int64 `json:"expired"`
	Withdrawn    int64 `json:"withdrawn"`
	Open         int64 `json:"open"`
	Acceptance   Rate  `json:"acceptance"` // accepted by a person, of all that were accepted, auto-accepted, rejected or expired
}

// Reason is how often a lead came back with a reason.
type Reason struct {
	Return  string `json:"return"` // reject, recycle, disqualify or lose
	Reason  string `json:"reason"`
	AtFault string `json:"at_fault"`
	Count   int64  `json:"count"`
}

// Fault sums the rejections by the side that they count against.
type Fault struct {
	Side    string `json:"side"`
	Returns Rate   `json:"returns"` // of all rejections
}

// Speed is how fast sales touched the leads that it had accepted, by the wall clock.
type Speed struct {
	From   string   `json:"from"` // what the clock started with
	Median *Seconds `json:"median_seconds"`
	P90    *Seconds `json:"p90_seconds"` // null: more than a tenth was never touched
	Bands  []Band   `json:"bands"`
	NotYet int64    `json:"not_yet"` // still inside the deadline: in no band
}

// Band counts what fell between two limits.
type Band struct {
	Name  string `json:"name"`
	Leads Rate   `json:"leads"`
}

// Promise is one promise of the agreement that sales makes.
type Promise struct {
	Name   string `json:"name"`
	Within string `json:"within"`
	Met    Rate   `json:"met"`  // of met and missed
	Open   int64  `json:"open"` // not due yet
}

// Leak is an offer that nobody has decided although it is past due.
type Leak struct {
	Lead  string    `json:"lead"`
	Owner string    `json:"owner"`
	Due   time.Time `json:"due"`
}

// Delivery is what marketing had handed over by a day of what it owed by then, at the run rate of working time.
type Delivery struct {
	By        string `json:"by"`
	Delivered Rate   `json:"delivered"` // new MQLs since the period began, of those due by then
	Committed int64  `json:"committed"` // for the whole period
}

// Recycling is what came of the leads that sales gave back for nurturing.
type Recycling struct {
	Recycled Rate  `json:"recycled"` // leads recycled at least once, of the MQLs
	Again    Rate  `json:"again"`    // handed over once more, of the recycled
	Won      Rate  `json:"won"`      // won later, of the recycled
	Revenue  int64 `json:"revenue_cents"`
}

// Person is one sales person. Names are opaque.
type Person struct {
	ID       string `json:"id"`
	Role     string `json:"role,omitempty"`
	Offers   int64  `json:"offers,omitempty"`
	Accepted int64  `json:"accepted,omitempty"`
	Rejected int64  `json:"rejected,omitempty"`
	Expired  int64  `json:"expired,omitempty"`
	Won      int64  `json:"won"`
}

// Channel is what a channel cost and brought. The revenue by model is in [Report].Attributed.
type Channel struct {
	Channel string `json:"channel"`
	Leads   int64  `json:"leads"`
	MQL     int64  `json:"mql"`
	Won     int64  `json:"won"`
	Cost    int64  `json:"cost_cents"`
	CostPer *int64 `json:"cost_per_mql_cents"` // null without an MQL

	Sourced    Rate `json:"sourced_cents"`    // of all revenue: of the deals whose first touch was here and marketing's; sums to the share of marketing
	Influenced Rate `json:"influenced_cents"` // of all revenue: of the deals with a touch here; overlaps, and is never added
	Return     Rate `json:"return_cents"`     // revenue by the linear model, of the cost
}

// Attribution is cents by model, then by channel.
type Attribution map[string]map[string]int64

// Share is a part of the won revenue that marketing can claim, by one definition.
type Share struct {
	Name    string `json:"name"`
	Revenue Rate   `json:"revenue_cents"`
}

// Origin is what became of the leads of one origin.
type Origin struct {
	Leads int64 `json:"leads"`
	Won   int64 `json:"won"`
	Rate  Rate  `json:"rate"`
}

// Grade is what came of the hand-overs with one grade: whether the score can tell good leads from bad ones.
type Grade struct {
	Grade    string `json:"grade"`
	Leads    int64  `json:"leads"`              // handed over with it, each offer counted
	Accepted *Rate  `json:"accepted,omitempty"` // of those that a person judged
	Won      Rate   `json:"won"`                // of those that are closed
}

// Rule is what the outcomes say of one scoring rule.
type Rule struct {
	Rule       string    `json:"rule"`
	Points     string    `json:"points"`
	Acceptance *Evidence `json:"acceptance,omitempty"`
	Win        Evidence  `json:"win"`
}

// Evidence is what the outcomes say of one scoring rule for one question.
type Evidence struct {
	Support   Rate   `json:"support"`      // judged leads that the rule matched, of all judged
	Precision Rate   `json:"precision"`    // positive leads, of those that it matched
	Lift      *int64 `json:"lift_percent"` // precision over the base rate: 100 tells nothing; null: undefined
	Finding   string `json:"finding"`      // supported, contradicted or open
}

// Outlook is what comes next with the leads that are open as of the date.
type Outlook struct {
	Cooling Cooling `json:"cooling"`
	Near    Near    `json:"near_hand_over"`
}

// Cooling says how the grades of the leads that sales has will change if these do nothing more: Leads is the sum of Fall,
// Rise, Stay and Unknown.
type Cooling struct {
	Leads   int64  `json:"leads"`
	Fall    int64  `json:"fall"`
	Soon    int64  `json:"within_7_days"` // of Fall
	Rise    int64  `json:"rise"`          // what counts against them fades
	Stay    int64  `json:"stay"`
	Unknown int64  `json:"unknown"`
	Next    []Fall `json:"next"` // the first ten to fall
}

// Fall is the next fall of a lead's grade.
type Fall struct {
	Lead  string    `json:"lead"`
	Stage string    `json:"stage"`
	Owner string    `json:"owner,omitempty"`
	From  string    `json:"from"`
	To    string    `json:"to"`
	At    time.Time `json:"at"`
}

// Near is the leads that marketing has and that are one band of fit or engagement short of the hand-over.
type Near struct {
	Leads int64      `json:"leads"`
	Next  []NearLead `json:"next"` // the ten that lack least
}

// NearLead is one of them, and up to three ways to the hand-over, that of the fewest points first.
type NearLead struct {
	Lead  string `json:"lead"`
	Stage string `json:"stage"`
	Grade string `json:"grade"`
	Lifts []Way  `json:"lifts"`
}

// Way is what would bring a lead to the hand-over.
type Way struct {
	Needs  []Need         `json:"needs"`
	Points scoring.Points `json:"points"` // that it adds
	Grade  string         `json:"grade"`  // then
}

// Need is a rule that has to match.
type Need struct {
	Rule       string `json:"rule"`
	Activities int    `json:"activities,omitempty"` // how many more; 0 if a fact about the lead has to be known
}

// Conservation is the proof that nothing was lost.
type Conservation struct {
	Holds bool      `json:"holds"`
	Lines []Balance `json:"lines"`
}

// Balance is a whole and the parts that must sum to it.
type Balance struct {
	Name  string `json:"name"`
	Unit  string `json:"unit"` // leads, offers or cents
	Whole int64  `json:"whole"`
	Parts []Part `json:"parts"`
	Holds bool   `json:"holds"`
}

// Part is one part of a [Balance].
type Part struct {
	Name  string `json:"name"`
	Value int64  `json:"value"`
}

// Finding is something odd in the data, how often it was seen, and what was done about it.
type Finding struct {
	What  string `json:"what"`
	Count int64  `json:"count"`
	Where string `json:"where,omitempty"` // the first place, as file:line, or the first lead
	Done  string `json:"done"`
}

// balance adds a line and checks it.
func (c *Conservation) balance(name, unit string, whole int64, parts ...Part) {
	sum := int64(0)
	for _, p := range parts {
		sum += p.Value
	}
	if len(c.Lines) == 0 {
		c.Holds = true
	}
	c.Lines = append(c.Lines, Balance{name, unit, whole, parts, sum == whole})
	c.Holds = c.Holds && sum == whole
}
