package funnel

import "slices"

// The stages of [Pipeline].
const (
	AppointmentScheduled  Stage = "appointment_scheduled"    // a first conversation has a date
	QualifiedToBuy        Stage = "qualified_to_buy"         // need and means are there
	PresentationScheduled Stage = "presentation_scheduled"   // the solution will be shown
	DecisionMakerBoughtIn Stage = "decision_maker_bought_in" // whoever decides is in favour
	ContractSent          Stage = "contract_sent"            // the offer lies with the buyer
	ClosedWon             Stage = "closed_won"               // signed
	ClosedLost            Stage = "closed_lost"              // the deal did not come about
	Withdrawn             Stage = "withdrawn"                // it was no deal of its own: a duplicate, or part of another
)

// The events of [Pipeline], besides [Win] and [Reopen]: each leads to the stage of like name from any earlier one, as deals
// skip steps.
const (
	QualifyToBuy         Event = "qualify_to_buy"
	SchedulePresentation Event = "schedule_presentation"
	BuyIn                Event = "buy_in"
	SendContract         Event = "send_contract"
)

// Withdraw takes a deal out of a [Pipeline] without calling it lost.
const Withdraw Return = "withdraw"

// Pipeline returns an opportunity pipeline: what happens to one deal from the first appointment to the signature. It is
// meant for positions with ids of their own, several for a lead or an account where there are several deals.
//
//	appointment_scheduled → qualified_to_buy → presentation_scheduled → decision_maker_bought_in → contract_sent → closed_won
//	                                  (from each of them closed_lost and withdrawn; closed_lost → appointment_scheduled)
//
// Its source is the sales pipeline with which HubSpot's deals come, with these seven stages but for withdrawn. There each
// has a probability for forecasts: 20, 40, 60, 80, 90, 100 and 0 %; they are HubSpot's figures from nobody's data, so that this
// definition leaves them out: count your own. HubSpot lets a deal go anywhere; here it goes on, skips, or closes, and a
// contract must have been sent before it is won. Withdrawn is ours, so that duplicates don't count as lost.
//
// A lost deal owes its reason, and is reopened by a person where the reason allows it: a deal may run in 3 rounds. The
// reasons are those of [Standard] that can concern a deal; their cool-downs don't matter here, as nothing reopens by itself.
//
// The value is a copy: change it, rename it and compile it as an own definition.
func Pipeline() Definition {
	open := []Stage{AppointmentScheduled, QualifiedToBuy, PresentationScheduled, DecisionMakerBoughtIn, ContractSent}
	d := Definition{
		Schema:    Schema,
		Name:      "opportunity_pipeline",
		Version:   1,
		Initial:   AppointmentScheduled,
		MaxRounds: 3,
		Stages: []StageDefinition{
			{Name: AppointmentScheduled, Kind: KindInventory, Phase: PhaseConsideration, Order: 1},
			{Name: QualifiedToBuy, Kind: KindInventory, Phase: PhaseConsideration, Order: 2},
			{Name: PresentationScheduled, Kind: KindInventory, Phase: PhaseDecision, Order: 3},
			{Name: DecisionMakerBoughtIn, Kind: KindInventory, Phase: PhaseDecision, Order: 4},
			{Name: ContractSent, Kind: KindGate, Phase: PhaseDecision, Order: 5},
			{Name: ClosedWon, Kind: KindWon, Phase: PhaseDecision, Order: 6},
			{Name: ClosedLost, Kind: KindLost, Phase: PhaseDecision},
			{Name: Withdrawn, Kind: KindDetour},
		},
		Edges: append(ahead(open, []Event{QualifyToBuy, SchedulePresentation, BuyIn, SendContract}),
			Edge{From: ContractSent, On: Win, To: ClosedWon},
			Edge{From: ClosedLost, On: Reopen, To: AppointmentScheduled, Release: ReleaseManual}),
	}
	for _, stage := range open {
		d.Returns = append(d.Returns,
			ReturnEdge{From: stage, On: Lose, To: ClosedLost, Dispositions: []Disposition{DispositionRecycle, DispositionDisqualify, DispositionSuppress, DispositionReview}},
			ReturnEdge{From: stage, On: Withdraw, To: Withdrawn, Dispositions: []Disposition{DispositionMerge, DispositionAttach}})
	}
	d.Reasons = slices.DeleteFunc(reasons(), func(r ReasonDefinition) bool {
		switch r.Code {
		case ReasonBelowThreshold, ReasonSpamOrTest, ReasonStudentOrResearcher, ReasonVendorOrApplicant: // there is a deal
			return true
		}
		switch r.Disposition {
		case DispositionReroute, DispositionDefer, DispositionEnrich: // it is not offered to anybody
			return true
		}
		return false
	})
	return d
}

// ahead leads from each stage to all later ones; on[i] is the event that leads to stages[i+1].
func ahead(stages []Stage, on []Event) (edges []Edge) {
	for i, from := range stages {
		for j := i + 1; j < len(stages); j++ {
			edges = append(edges, Edge{From: from, On: on[j-1], To: stages[j]})
		}
	}
	return edges
}
