package funnel

// The stages of [Standard].
const (
	Inquiry      Stage = "inquiry"      // somebody has raised a hand, or was found
	MQL          Stage = "mql"          // marketing-qualified: meets the agreed criterion and is offered to sales
	SAL          Stage = "sal"          // sales-accepted: sales has agreed to work on it
	SQL          Stage = "sql"          // sales-qualified: a conversation has shown need and means
	Opportunity  Stage = "opportunity"  // a deal with an amount and a date
	Won          Stage = "won"          // bought
	Lost         Stage = "lost"         // did not buy
	Recycled     Stage = "recycled"     // back with marketing, to be nurtured
	Disqualified Stage = "disqualified" // set aside
)

// The events of [Standard].
const (
	Qualify      Event = "qualify"       // inquiry to mql
	Accept       Event = "accept"        // mql to sal
	SalesQualify Event = "sales_qualify" // sal to sql
	Open         Event = "open"          // sql to opportunity
	Win          Event = "win"           // opportunity to won
	Requalify    Event = "requalify"     // recycled to mql, a new round, once the wait is over
	Reawaken     Event = "reawaken"      // recycled to mql, a new round, on an activity of high intent, which may end a wait
	Reopen       Event = "reopen"        // recycled, disqualified or lost to mql, a new round, by a person's decision
)

// The returns of [Standard].
const (
	Reject     Return = "reject"     // mql, before contact: offered again, recycled or disqualified as the reason says
	Recycle    Return = "recycle"    // sal, sql or opportunity to recycled
	Disqualify Return = "disqualify" // sal, sql or opportunity to disqualified; elsewhere where law or a duplicate demands it
	Lose       Return = "lose"       // opportunity to lost
)

// Standard returns the standard funnel of business-to-business marketing: the stages of the demand waterfall, with the
// ways back that keep it from leaking, and the catalogue of reasons.
//
//	inquiry → mql → sal → sql → opportunity → won
//	             ↖ recycled, disqualified ↙    ↘ lost
//
// A rejection before contact goes where its reason says: to be offered again (misrouted), to be recycled (incomplete,
// below the threshold, a review owed), or to be disqualified (not the market, a duplicate, unwanted). After contact sales
// recycles or disqualifies. A lost deal is won back by a person's decision; what should come back by itself is recycled, not
// lost. Duplicates and withdrawn consent disqualify a lead wherever marketing has it, and a lost one, too. A lead may
// go through the funnel in 5 rounds: a limit that hardly any lead reaches, but one caught in a circle of automatic
// re-entries does. A rejection that offers it again starts no round: how often a lead is rerouted is for the desk to bound.
//
// The adjustments of its reasons name the dimensions "fit" and "engagement" of the scoring model, or all of them ("*"). A
// model that calls its dimensions otherwise has them changed in a copy; what scoring does not find, it lists as a problem.
//
// The value is a copy: change it, rename it and compile it as an own definition.
func Standard() Definition {
	back := []Disposition{DispositionReroute, DispositionDefer, DispositionEnrich, DispositionRecycle, DispositionReview}
	out := []Disposition{DispositionMerge, DispositionAttach, DispositionDisqualify, DispositionSuppress, DispositionReview}
	lost := []Disposition{DispositionMerge, DispositionAttach, DispositionRecycle, DispositionDisqualify, DispositionSuppress, DispositionReview}
	aside := []Disposition{DispositionMerge, DispositionAttach, DispositionDisqualify, DispositionSuppress}
	gone := []Disposition{DispositionMerge, DispositionSuppress}
	d := Definition{
		Schema:    Schema,
		Name:      "standard",
		Version:   1,
		Initial:   Inquiry,
		MaxRounds: 5,
		Stages: []StageDefinition{
			{Name: Inquiry, Kind: KindInventory, Phase: PhaseAwareness, Order: 1},
			{Name: MQL, Kind: KindGate, Phase: PhaseConsideration, Order: 2},
			{Name: SAL, Kind: KindSLA, Phase: PhaseConsideration, Order: 3},
			{Name: SQL, Kind: KindGate, Phase: PhaseDecision, Order: 4},
			{Name: Opportunity, Kind: KindInventory, Phase: PhaseDecision, Order: 5},
			{Name: Won, Kind: KindWon, Phase: PhaseDecision, Order: 6},
			{Name: Lost, Kind: KindLost, Phase: PhaseDecision},
			{Name: Recycled, Kind: KindDetour, Phase: PhaseConsideration},
			{Name: Disqualified, Kind: KindDetour},
		},
		Edges: []Edge{
			{From: Inquiry, On: Qualify, To: MQL},
			{From: MQL, On: Accept, To: SAL},
			{From: SAL, On: SalesQualify, To: SQL},
			{From: SQL, On: Open, To: Opportunity},
			{From: Opportunity, On: Win, To: Won},
			{From: Recycled, On: Requalify, To: MQL, Release: ReleaseCoolDown},
			{From: Recycled, On: Reawaken, To: MQL, Release: ReleaseHighIntent},
			{From: Recycled, On: Reopen, To: MQL, Release: ReleaseManual},
			{From: Disqualified, On: Reopen, To: MQL, Release: ReleaseManual},
			{From: Lost, On: Reopen, To: MQL, Release: ReleaseManual},
		},
		Returns: []ReturnEdge{
			{From: MQL, On: Reject, Dispositions: []Disposition{DispositionReroute}, To: MQL, BeforeContact: true},
			{From: MQL, On: Reject, Dispositions: []Disposition{DispositionDefer, DispositionEnrich, DispositionRecycle, DispositionReview}, To: Recycled, BeforeContact: true},
			{From: MQL, On: Reject, Dispositions: aside, To: Disqualified, BeforeContact: true},
			{From: SAL, On: Recycle, Dispositions: back, To: Recycled},
			{From: SAL, On: Disqualify, Dispositions: out, To: Disqualified},
			{From: SQL, On: Recycle, Dispositions: back, To: Recycled},
			{From: SQL, On: Disqualify, Dispositions: out, To: Disqualified},
			{From: Opportunity, On: Recycle, Dispositions: back, To: Recycled},
			{From: Opportunity, On: Disqualify, Dispositions: out, To: Disqualified},
			{From: Opportunity, On: Lose, Dispositions: lost, To: Lost},
			{From: Inquiry, On: Disqualify, Dispositions: aside, To: Disqualified, BeforeContact: true},
			{From: Recycled, On: Disqualify, Dispositions: aside, To: Disqualified},
			{From: Disqualified, On: Disqualify, Dispositions: gone, To: Disqualified},
			{From: Lost, On: Disqualify, Dispositions: gone, To: Disqualified},
		},
		Reasons: reasons(),
	}
	return d.clone() // the lists of dispositions are shared above
}
