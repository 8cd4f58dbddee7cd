package funnel

// The reasons of [Standard].
const (
	ReasonMisrouted             Reason = "misrouted"               // belongs to another team or queue
	ReasonDuplicate             Reason = "duplicate"               // the same lead exists already
	ReasonOpportunityInProgress Reason = "opportunity_in_progress" // its account has an open opportunity
	ReasonExistingCustomer      Reason = "existing_customer"       // belongs to whoever looks after the customer
	ReasonRecentlyContacted     Reason = "recently_contacted"      // somebody spoke with it a short while ago
	ReasonNoCapacity            Reason = "no_capacity"             // nobody can take it in time
	ReasonInsufficientData      Reason = "insufficient_data"       // too little is known to work with it
	ReasonInvalidContactData    Reason = "invalid_contact_data"    // cannot be reached with what is recorded
	ReasonSpamOrTest            Reason = "spam_or_test"            // no person is behind it
	ReasonNotTargetMarket       Reason = "not_target_market"       // outside the agreed market
	ReasonWrongRegion           Reason = "wrong_region"            // outside the region that is served
	ReasonBelowThreshold        Reason = "below_threshold"         // does not meet the agreed hand-over criterion
	ReasonStudentOrResearcher   Reason = "student_or_researcher"   // wants to learn, not to buy
	ReasonCompetitor            Reason = "competitor"              // works for a competitor
	ReasonVendorOrApplicant     Reason = "vendor_or_applicant"     // wants to sell to us, or a job
	ReasonWrongPerson           Reason = "wrong_person"            // not involved in such a purchase
	ReasonUnreachable           Reason = "unreachable"             // did not answer the agreed number of attempts
	ReasonNoNeed                Reason = "no_need"                 // has no need for the product
	ReasonNoBudget              Reason = "no_budget"               // has no budget, or not yet
	ReasonNoAuthority           Reason = "no_authority"            // cannot decide about the purchase
	ReasonTiming                Reason = "timing"                  // wants to talk again at a later date
	ReasonChoseCompetitor       Reason = "chose_competitor"        // bought elsewhere
	ReasonInContract            Reason = "in_contract"             // is bound by a contract
	ReasonProductGap            Reason = "product_gap"             // needs what the product cannot do
	ReasonPrice                 Reason = "price"                   // finds it too expensive
	ReasonLegalOrExport         Reason = "legal_or_export"         // may not be sold to
	ReasonConsentWithdrawn      Reason = "consent_withdrawn"       // withdrew the consent to be contacted
	ReasonDoNotContact          Reason = "do_not_contact"          // asked not to be contacted
	ReasonOther                 Reason = "other"                   // none of these; a person reviews the note
)

// reasons is the catalogue of [Standard]: why sales returns a lead, and what follows.
//
// It gathers the usual practice of agreements between marketing and sales: rejection, before contact, for what can be
// seen in the record; recycling and disqualification for what is learned in a conversation; compliance above all. The
// cool-downs, factors and lead days are defaults from practice: every agreement may change them.
func reasons() []ReasonDefinition {
	return []ReasonDefinition{

		// Procedural: wrong route or state.
		{
			Code: ReasonMisrouted, Class: ClassProcedural, BeforeContact: true,
			Disposition: DispositionReroute, AtFault: SideRouting,
			Fields:  []Field{{Name: "suggested_queue", Type: FieldText}},
			Adjust:  []Adjustment{},
			ReEntry: ReEntry{When: WhenAtOnce, Needs: NeedsNone},
		},
		{
			Code: ReasonDuplicate, Class: ClassProcedural, BeforeContact: true,
			Disposition: DispositionMerge, AtFault: SideData,
			Fields:  []Field{{Name: "survivor_id", Type: FieldID}},
			Adjust:  []Adjustment{},
			ReEntry: ReEntry{When: WhenNever, Needs: NeedsNone},
		},
		{
			Code: ReasonOpportunityInProgress, Class: ClassProcedural, BeforeContact: true,
			Disposition: DispositionAttach, AtFault: SideRouting,
			Fields:  []Field{{Name: "opportunity_id", Type: FieldID}},
			Adjust:  []Adjustment{},
			ReEntry: ReEntry{When: WhenNever, Needs: NeedsNone},
		},
		{
			Code: ReasonExistingCustomer, Class: ClassProcedural, BeforeContact: true,
			Disposition: DispositionReroute, Track: "customer", AtFault: SideRouting,
			Fields:  []Field{{Name: "account_id", Type: FieldID}},
			Adjust:  []Adjustment{},
			ReEntry: ReEntry{When: WhenAtOnce, Needs: NeedsNone},
		},
		{
			Code: ReasonRecentlyContacted, Class: ClassProcedural, BeforeContact: true,
			Disposition: DispositionDefer, CoolDownDays: 30, AtFault: SideNone,
			Fields:  []Field{{Name: "last_contact_at", Type: FieldTime}},
			Adjust:  []Adjustment{},
			ReEntry: ReEntry{When: WhenCoolDown, Needs: NeedsNone},
		},
		{
			Code: ReasonNoCapacity, Class: ClassProcedural, BeforeContact: true,
			Disposition: DispositionReroute, AtFault: SideSales,
			Fields:  []Field{},
			Adjust:  []Adjustment{},
			ReEntry: ReEntry{When: WhenAtOnce, Needs: NeedsNone},
		},

		// Clerical: the record is wrong or incomplete.
		{
			Code: ReasonInsufficientData, Class: ClassClerical, BeforeContact: true,
			Disposition: DispositionEnrich, Track: "data_fix", AtFault: SideMarketing,
			Fields:  []Field{{Name: "missing_fields", Type: FieldList}},
			Adjust:  []Adjustment{},
			ReEntry: ReEntry{When: WhenComplete, Needs: NeedsNone},
		},
		{
			Code: ReasonInvalidContactData, Class: ClassClerical, BeforeContact: true,
			Disposition: DispositionEnrich, Track: "data_fix", AtFault: SideMarketing,
			Fields:  []Field{{Name: "bad_fields", Type: FieldList}},
			Adjust:  []Adjustment{},
			ReEntry: ReEntry{When: WhenComplete, Needs: NeedsNone},
		},
		{
			Code: ReasonSpamOrTest, Class: ClassClerical, BeforeContact: true,
			Disposition: DispositionSuppress, AtFault: SideMarketing,
			Fields:  []Field{},
			Adjust:  []Adjustment{{Dimension: "*", Op: OpReset}},
			ReEntry: ReEntry{When: WhenNever, Needs: NeedsNone},
		},

		// Definitional: not what was agreed to call an MQL.
		{
			Code: ReasonNotTargetMarket, Class: ClassDefinitional, BeforeContact: true,
			Disposition: DispositionDisqualify, AtFault: SideMarketing,
			Fields:  []Field{{Name: "failed_criterion", Type: FieldText}},
			Adjust:  []Adjustment{{Dimension: "fit", Op: OpScale, Factor: "1/2"}},
			ReEntry: ReEntry{When: WhenManual, Needs: NeedsNone},
		},
		{
			Code: ReasonWrongRegion, Class: ClassDefinitional, BeforeContact: true,
			Disposition: DispositionDisqualify, Track: "partner", AtFault: SideMarketing,
			Fields:  []Field{{Name: "region", Type: FieldText}},
			Adjust:  []Adjustment{{Dimension: "fit", Op: OpScale, Factor: "1/2"}},
			ReEntry: ReEntry{When: WhenManual, Needs: NeedsNone},
		},
		{
			Code: ReasonBelowThreshold, Class: ClassDefinitional, BeforeContact: true,
			Disposition: DispositionRecycle, Track: "general", AtFault: SideMarketing,
			Fields:  []Field{{Name: "agreed_criterion", Type: FieldText}},
			Adjust:  []Adjustment{},
			ReEntry: ReEntry{When: WhenCoolDown, Needs: NeedsNewActivity},
		},
		{
			Code: ReasonStudentOrResearcher, Class: ClassDefinitional, BeforeContact: true,
			Disposition: DispositionDisqualify, Track: "newsletter", AtFault: SideMarketing,
			Fields:  []Field{},
			Adjust:  []Adjustment{{Dimension: "fit", Op: OpScale, Factor: "1/2"}},
			ReEntry: ReEntry{When: WhenManual, Needs: NeedsNone},
		},
		{
			Code: ReasonCompetitor, Class: ClassDefinitional, BeforeContact: true,
			Disposition: DispositionSuppress, AtFault: SideMarketing,
			Fields:  []Field{},
			Adjust:  []Adjustment{{Dimension: "*", Op: OpReset}},
			ReEntry: ReEntry{When: WhenNever, Needs: NeedsNone},
		},
		{
			Code: ReasonVendorOrApplicant, Class: ClassDefinitional, BeforeContact: true,
			Disposition: DispositionDisqualify, AtFault: SideMarketing,
			Fields:  []Field{},
			Adjust:  []Adjustment{{Dimension: "*", Op: OpReset}},
			ReEntry: ReEntry{When: WhenNever, Needs: NeedsNone},
		},

		// Qualification: learned only after contact.
		{
			Code: ReasonWrongPerson, Class: ClassQualification,
			Disposition: DispositionRecycle, Track: "find_champion", CoolDownDays: 30, AtFault: SideNone,
			Fields:  []Field{{Name: "referred_contact", Type: FieldID, Optional: true}},
			Adjust:  []Adjustment{{Dimension: "fit", Op: OpScale, Factor: "3/4"}},
			ReEntry: ReEntry{When: WhenCoolDown, Needs: NeedsNewActivity, Bypass: BypassHighIntent},
		},
		{
			Code: ReasonUnreachable, Class: ClassQualification,
			Disposition: DispositionRecycle, Track: "reengage", CoolDownDays: 30, MinAttempts: "agreement.attempts", AtFault: SideNone,
			Fields:  []Field{},
			Adjust:  []Adjustment{{Dimension: "engagement", Op: OpScale, Factor: "3/4"}},
			ReEntry: ReEntry{When: WhenCoolDown, Needs: NeedsNewActivity, Bypass: BypassHighIntent},
		},
		{
			Code: ReasonNoNeed, Class: ClassQualification,
			Disposition: DispositionRecycle, Track: "education", CoolDownDays: 180, AtFault: SideMarketing,
			Fields:  []Field{},
			Adjust:  []Adjustment{{Dimension: "engagement", Op: OpReset}},
			ReEntry: ReEntry{When: WhenCoolDown, Needs: NeedsNewActivity, Bypass: BypassHighIntent},
		},
		{
			Code: ReasonNoBudget, Class: ClassQualification,
			Disposition: DispositionRecycle, Track: "business_case", CoolDownDays: 90, AtFault: SideNone,
			Fields:  []Field{{Name: "budget_date", Type: FieldDate, Optional: true}},
			Adjust:  []Adjustment{{Dimension: "engagement", Op: OpScale, Factor: "1/2"}},
			ReEntry: ReEntry{When: WhenCoolDown, Needs: NeedsThreshold, Field: "budget_date", Bypass: BypassHighIntent},
		},
		{
			Code: ReasonNoAuthority, Class: ClassQualification,
			Disposition: DispositionRecycle, Track: "find_champion", CoolDownDays: 60, AtFault: SideNone,
			Fields:  []Field{{Name: "decision_maker", Type: FieldID, Optional: true}},
			Adjust:  []Adjustment{{Dimension: "fit", Op: OpScale, Factor: "3/4"}},
			ReEntry: ReEntry{When: WhenCoolDown, Needs: NeedsNewActivity, Bypass: BypassHighIntent},
		},
		{
			Code: ReasonTiming, Class: ClassQualification,
			Disposition: DispositionRecycle, Track: "long_term", AtFault: SideNone,
			Fields:  []Field{{Name: "revisit_at", Type: FieldDate}},
			Adjust:  []Adjustment{{Dimension: "engagement", Op: OpScale, Factor: "1/2"}},
			ReEntry: ReEntry{When: WhenField, Needs: NeedsNone, Field: "revisit_at", LeadDays: 14, Bypass: BypassHighIntent},
		},
		{
			Code: ReasonChoseCompetitor, Class: ClassQualification,
			Disposition: DispositionRecycle, Track: "win_back", CoolDownDays: 270, AtFault: SideNone,
			Fields:  []Field{{Name: "competitor", Type: FieldText}, {Name: "contract_end", Type: FieldDate, Optional: true}},
			Adjust:  []Adjustment{{Dimension: "engagement", Op: OpReset}},
			ReEntry: ReEntry{When: WhenField, Needs: NeedsNone, Field: "contract_end", LeadDays: 90, Bypass: BypassHighIntent},
		},
		{
			Code: ReasonInContract, Class: ClassQualification,
			Disposition: DispositionRecycle, Track: "win_back", AtFault: SideNone,
			Fields:  []Field{{Name: "contract_end", Type: FieldDate}},
			Adjust:  []Adjustment{{Dimension: "engagement", Op: OpScale, Factor: "1/2"}},
			ReEntry: ReEntry{When: WhenField, Needs: NeedsNone, Field: "contract_end", LeadDays: 90, Bypass: BypassHighIntent},
		},
		{
			Code: ReasonProductGap, Class: ClassQualification,
			Disposition: DispositionRecycle, Track: "roadmap", CoolDownDays: 180, AtFault: SideProduct,
			Fields:  []Field{{Name: "missing_capability", Type: FieldText}},
			Adjust:  []Adjustment{},
			ReEntry: ReEntry{When: WhenManual, Needs: NeedsNone},
		},
		{
			Code: ReasonPrice, Class: ClassQualification,
			Disposition: DispositionRecycle, Track: "business_case", CoolDownDays: 120, AtFault: SideNone,
			Fields:  []Field{{Name: "expected_price", Type: FieldMoney, Optional: true}},
			Adjust:  []Adjustment{{Dimension: "engagement", Op: OpScale, Factor: "1/2"}},
			ReEntry: ReEntry{When: WhenCoolDown, Needs: NeedsThreshold, Bypass: BypassHighIntent},
		},

		// Compliance: law or consent.
		{
			Code: ReasonLegalOrExport, Class: ClassCompliance, BeforeContact: true,
			Disposition: DispositionSuppress, AtFault: SideNone,
			Fields:  []Field{{Name: "basis", Type: FieldText}},
			Adjust:  []Adjustment{{Dimension: "*", Op: OpReset}},
			ReEntry: ReEntry{When: WhenNever, Needs: NeedsNone},
		},
		{
			Code: ReasonConsentWithdrawn, Class: ClassCompliance, BeforeContact: true,
			Disposition: DispositionSuppress, AtFault: SideNone,
			Fields:  []Field{{Name: "withdrawn_at", Type: FieldTime}},
			Adjust:  []Adjustment{{Dimension: "*", Op: OpReset}},
			ReEntry: ReEntry{When: WhenNever, Needs: NeedsNone},
		},
		{
			Code: ReasonDoNotContact, Class: ClassCompliance, BeforeContact: true,
			Disposition: DispositionSuppress, AtFault: SideNone,
			Fields:  []Field{{Name: "requested_at", Type: FieldTime}},
			Adjust:  []Adjustment{{Dimension: "*", Op: OpReset}},
			ReEntry: ReEntry{When: WhenNever, Needs: NeedsNone},
		},

		// Any: may be given at any time.
		{
			Code: ReasonOther, Class: ClassAny, BeforeContact: true,
			Disposition: DispositionReview, Track: "general", AtFault: SideReview,
			Fields:  []Field{{Name: "note", Type: FieldText}},
			Adjust:  []Adjustment{},
			ReEntry: ReEntry{When: WhenManual, Needs: NeedsNone},
		},
	}
}
