package funnel

// The stages that only [Waterfall] has. The others are those of [Standard].
const (
	AQL Stage = "aql" // automation-qualified lead: behaviour and profile meet the criterion, as software measures it
	TAL Stage = "tal" // teleprospecting-accepted lead: teleprospecting has agreed to call it within the agreed time
	TQL Stage = "tql" // teleprospecting-qualified lead: a call has confirmed it, and it is offered to sales
	TGL Stage = "tgl" // teleprospecting-generated lead: found and qualified by teleprospecting's own calls, offered to sales
	SGL Stage = "sgl" // sales-generated lead: found by sales itself, which need not accept it
)

// The events that only [Waterfall] has. [Accept], [SalesQualify], [Win], [Requalify], [Reawaken] and [Reopen] are those of
// [Standard]; here Accept leads from tql or tgl to sal, SalesQualify from sal or sgl to sql, and Win from sql to won.
const (
	AutomationQualify Event = "automation_qualify" // inquiry to aql
	TeleAccept        Event = "tele_accept"        // aql to tal
	TeleQualify       Event = "tele_qualify"       // tal to tql
	TeleGenerate      Event = "tele_generate"      // inquiry to tgl
	SalesGenerate     Event = "sales_generate"     // inquiry to sgl
)

// Waterfall returns the re-architected demand waterfall: a funnel for firms in which teleprospecting stands between
// marketing and sales.
//
//	inquiry → aql → tal → tql → sal → sql → won
//	        ↘ tgl ───────────↗     ↗     ↘ lost
//	        ↘ sgl ────────────────↗
//
// Its source is the demand waterfall of SiriusDecisions in the form of 2012 (the firm is part of Forrester since 2019). That
// form split the one marketing-qualified lead of the waterfall of 2006 in two: what automation qualifies (aql), and what
// people on the telephone accept (tal) and qualify (tql). It gave places of their own to the leads that teleprospecting
// (tgl) and sales (sgl) generate: a tgl goes to sales for acceptance as a tql does; an sgl needs none. An sql is a deal in
// the pipeline.
//
// The source draws the way down alone, and lets tgl and sgl come in from the side. Here every lead begins as an inquiry, which
// those two leave at once, so that one start and one count hold for all. The ways back are those of [Standard], which see:
// before anybody has spoken with a lead, teleprospecting rejects it; after that, it is recycled or disqualified; sales
// rejects what teleprospecting offers, with any reason, as a call has taken place. What was found by calls comes back as an
// aql, too. Reasons, the stages
// recycled and disqualified, and the limit of 5 rounds are those of Standard.
//
// The value is a copy: change it, rename it and compile it as an own definition.
func Waterfall() Definition {
	standard := Standard()
	again := []Disposition{DispositionReroute}
	back := []Disposition{DispositionDefer, DispositionEnrich, DispositionRecycle, DispositionReview}
	aside := []Disposition{DispositionMerge, DispositionAttach, DispositionDisqualify, DispositionSuppress}
	recycle := append(again, back...)
	lost := append([]Disposition{DispositionRecycle, DispositionReview}, aside...)
	d := Definition{
		Schema:    Schema,
		Name:      "demand_waterfall",
		Version:   1,
		Initial:   Inquiry,
		MaxRounds: standard.MaxRounds,
		Stages: []StageDefinition{
			{Name: Inquiry, Kind: KindInventory, Phase: PhaseAwareness, Order: 1},
			{Name: AQL, Kind: KindGate, Phase: PhaseConsideration, Order: 2},
			{Name: TAL, Kind: KindSLA, Phase: PhaseConsideration, Order: 3},
			{Name: TQL, Kind: KindGate, Phase: PhaseConsideration, Order: 4},
			{Name: TGL, Kind: KindGate, Phase: PhaseConsideration},
			{Name: SAL, Kind: KindSLA, Phase: PhaseConsideration, Order: 5},
			{Name: SGL, Kind: KindSLA, Phase: PhaseConsideration},
			{Name: SQL, Kind: KindInventory, Phase: PhaseDecision, Order: 6},
			{Name: Won, Kind: KindWon, Phase: PhaseDecision, Order: 7},
			{Name: Lost, Kind: KindLost, Phase: PhaseDecision},
			{Name: Recycled, Kind: KindDetour, Phase: PhaseConsideration},
			{Name: Disqualified, Kind: KindDetour},
		},
		Edges: []Edge{
			{From: Inquiry, On: AutomationQualify, To: AQL},
			{From: Inquiry, On: TeleGenerate, To: TGL},
			{From: Inquiry, On: SalesGenerate, To: SGL},
			{From: AQL, On: TeleAccept, To: TAL},
			{From: TAL, On: TeleQualify, To: TQL},
			{From: TQL, On: Accept, To: SAL},
			{From: TGL, On: Accept, To: SAL},
			{From: SAL, On: SalesQualify, To: SQL},
			{From: SGL, On: SalesQualify, To: SQL},
			{From: SQL, On: Win, To: Won},
			{From: Recycled, On: Requalify, To: AQL, Release: ReleaseCoolDown},
			{From: Recycled, On: Reawaken, To: AQL, Release: ReleaseHighIntent},
			{From: Recycled, On: Reopen, To: AQL, Release: ReleaseManual},
			{From: Disqualified, On: Reopen, To: AQL, Release: ReleaseManual},
			{From: Lost, On: Reopen, To: AQL, Release: ReleaseManual},
		},
		Returns: []ReturnEdge{
			{From: AQL, On: Reject, Dispositions: again, To: AQL, BeforeContact: true},
			{From: AQL, On: Reject, Dispositions: back, To: Recycled, BeforeContact: true},
			{From: AQL, On: Reject, Dispositions: aside, To: Disqualified, BeforeContact: true},
			{From: TAL, On: Recycle, Dispositions: recycle, To: Recycled},
			{From: TAL, On: Disqualify, Dispositions: aside, To: Disqualified},
			{From: TQL, On: Reject, Dispositions: again, To: TQL},
			{From: TQL, On: Reject, Dispositions: back, To: Recycled},
			{From: TQL, On: Reject, Dispositions: aside, To: Disqualified},
			{From: TGL, On: Reject, Dispositions: again, To: TGL},
			{From: TGL, On: Reject, Dispositions: back, To: Recycled},
			{From: TGL, On: Reject, Dispositions: aside, To: Disqualified},
			{From: SAL, On: Recycle, Dispositions: recycle, To: Recycled},
			{From: SAL, On: Disqualify, Dispositions: aside, To: Disqualified},
			{From: SGL, On: Recycle, Dispositions: recycle, To: Recycled},
			{From: SGL, On: Disqualify, Dispositions: aside, To: Disqualified},
			{From: SQL, On: Recycle, Dispositions: recycle, To: Recycled},
			{From: SQL, On: Disqualify, Dispositions: aside, To: Disqualified},
			{From: SQL, On: Lose, Dispositions: lost, To: Lost},
			{From: Inquiry, On: Disqualify, Dispositions: aside, To: Disqualified, BeforeContact: true},
			{From: Recycled, On: Disqualify, Dispositions: aside, To: Disqualified},
			{From: Disqualified, On: Disqualify, Dispositions: []Disposition{DispositionMerge, DispositionSuppress}, To: Disqualified},
			{From: Lost, On: Disqualify, Dispositions: []Disposition{DispositionMerge, DispositionSuppress}, To: Disqualified},
		},
		Reasons: standard.Reasons,
	}
	return d.clone() // the lists of dispositions are shared above
}
