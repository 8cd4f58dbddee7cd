package funnel

// The stages of [Lifecycle]: the internal names that HubSpot stores in the property lifecyclestage.
const (
	LifecycleSubscriber  Stage = "subscriber"             // has asked to hear from us
	LifecycleLead        Stage = "lead"                   // has shown more interest than that
	LifecycleMQL         Stage = "marketingqualifiedlead" // marketing holds it ready for sales
	LifecycleSQL         Stage = "salesqualifiedlead"     // sales holds it worth pursuing
	LifecycleOpportunity Stage = "opportunity"            // has a deal
	LifecycleCustomer    Stage = "customer"               // has a won deal
	LifecycleEvangelist  Stage = "evangelist"             // a customer that speaks for us
	LifecycleOther       Stage = "other"                  // none of these: a partner, an applicant
)

// The events of [Lifecycle]: each leads to the stage of like name from any earlier one.
const (
	BecomeLead        Event = "become_lead"
	BecomeMQL         Event = "become_mql"
	BecomeSQL         Event = "become_sql"
	BecomeOpportunity Event = "become_opportunity"
	BecomeCustomer    Event = "become_customer"
	BecomeEvangelist  Event = "become_evangelist"
	BecomeOther       Event = "become_other"
)

// Lifecycle returns HubSpot's lifecycle of a contact or company, forward only:
//
//	subscriber → lead → marketingqualifiedlead → salesqualifiedlead → opportunity → customer → evangelist → other
//
// Its source is HubSpot's property "lifecycle stage" with its eight default stages in their order, under the names by which
// its programming interface knows them. HubSpot's automatic updates only ever move a record to a later stage, over as many as
// may be; an earlier one can be set by hand, or after the property has been cleared. This definition is what the automatic
// updates do: no stage is ever left for an earlier one. That is good for mirroring HubSpot's data, to read a log of its changes
// and find where it was set back. It is no agreement between departments: nobody can return a lead and say why, so
// that there are no reasons; [Standard] is one.
//
// Customer and evangelist both count as won. Other stands last as in HubSpot, so that whoever is classed as other once stays it.
//
// The value is a copy: change it, rename it and compile it as an own definition.
func Lifecycle() Definition {
	stages := []StageDefinition{
		{Name: LifecycleSubscriber, Kind: KindInventory, Phase: PhaseAwareness, Order: 1},
		{Name: LifecycleLead, Kind: KindInventory, Phase: PhaseAwareness, Order: 2},
		{Name: LifecycleMQL, Kind: KindGate, Phase: PhaseConsideration, Order: 3},
		{Name: LifecycleSQL, Kind: KindGate, Phase: PhaseConsideration, Order: 4},
		{Name: LifecycleOpportunity, Kind: KindInventory, Phase: PhaseDecision, Order: 5},
		{Name: LifecycleCustomer, Kind: KindWon, Phase: PhaseDecision, Order: 6},
		{Name: LifecycleEvangelist, Kind: KindWon, Phase: PhaseDecision, Order: 7},
		{Name: LifecycleOther, Kind: KindDetour},
	}
	var names []Stage
	for _, stage := range stages {
		names = append(names, stage.Name)
	}
	return Definition{
		Schema:  Schema,
		Name:    "hubspot_lifecycle",
		Version: 1,
		Initial: LifecycleSubscriber,
		Stages:  stages,
		Edges: ahead(names, []Event{BecomeLead, BecomeMQL, BecomeSQL, BecomeOpportunity, BecomeCustomer, BecomeEvangelist,
			BecomeOther}),
	}
}
