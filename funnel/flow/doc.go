// Package flow says how leads move through a funnel: how many reach each stage, how long it takes, where they wait, leak
// and come back, which journeys close best, and what in the log cannot be true.
//
// One log goes in and a [Report] comes out, as of one instant. The unit is the [Journey]: all that the log knows of one
// lead, its rows in any order. A [Flow] counts journeys:
//
//	total, err := flow.New(flow.Options{Definition: funnel.Standard(), AsOf: now})
//	for journey := range log.Journeys() {
//		total.Add(journey)
//	}
//	fmt.Println(total.Report())
//
// Where each lead's rows are together, as in a query with an order or after a GroupByKey of a distributed engine, the host
// makes the journeys itself, by [StepOf] from transitions of a [funnel.Policy]. Where rows come as they happened, a [Log]
// gathers them. It is the only thing here that grows with the number of rows. A Flow forgets the leads: it holds counts,
// is merged with others ([Flow.Merge]), written and read ([Flow.MarshalBinary]), and all of it is whole numbers, so that
// any order and any sharding give the same bits, provided that a journey is added once, as a whole. On an engine: group
// the rows by lead, then combine the journeys.
//
// # What is measured
//
// A visit is the time from entering a stage to leaving it. A spell is the time from entering a stage to reaching a later
// one; it ends converted when the lead is at its goal or beyond, lost or aside when it leaves the success path for a
// stage of that kind, and it is censored when it is still under way at AsOf. The success path are the stages of the
// definition with an order, lost and detour kinds apart.
//
//   - Ties: all that ends in a tick was at risk throughout it, and what ends comes before what is censored in the same
//     tick, as is usual. Lengths are rounded up to whole ticks ([Options].Tick), so that what takes at most 90 days
//     counts at 90 days. Steps of one lead at the same instant are put in the order of their versions, then so that
//     each follows from the one before (its From, else an edge of the definition), then along the success path.
//   - Re-entry: a lead that left the path and comes back starts a new round, and its spells are new ones. A step back
//     that stays on the path (a regression) starts nothing: the clock of the round goes on. Visits are counted each,
//     and also summed per lead.
//   - Left truncation: a lead that was imported in mid-funnel would not be in the log had it been lost before.
//     [Journey].Observed says since when it is watched; what began earlier is at risk only from there on, and what also
//     ended earlier is not measured. Where the log does not know when a stage was entered, nothing is measured from it.
//   - Contradictions: a lead whose times run backwards counts wherever leads are counted, and nowhere where time is
//     measured. It is listed as a [NegativeDuration].
//
// # Method and sources
//
// Time to convert is the cumulative incidence of Aalen and Johansen (1978) with lost and aside as competing risks, and,
// for comparison, the estimate of Kaplan and Meier (1958) that takes those as censored. Variances are Greenwood's (1926),
// for the incidence in the form of Andersen, Borgan, Gill and Keiding (1993, section IV.4). Intervals of 95 % are those of the log–log transformation (Kalbfleisch and
// Prentice 1980): of the share that has not ended for Kaplan–Meier, of the incidence itself for Aalen–Johansen. Those of
// quantiles are where the limits cross (Brookmeyer and Crowley 1982). Shares of counts have Wilson's interval (1927). The
// figures agree with the R package survival (survfit with conf.type "log-log") to 1e-9; see testdata. For incidences it reports the
// infinitesimal jackknife, which equals Greenwood's variance as long as nobody came late under observation; from there
// on the two differ a little, and this package stays with Greenwood's.
//
// Sums are integers and estimates are computed from them in a fixed order, without fused products and with a logarithm and an
// exponential that are the same everywhere: equal states give equal bits on every machine.
//
// # Limits
//
// Lengths of time are 24-hour days or, with a calendar, working time; nothing here says why a lead waited. Shares by
// segment, variant or reason are observations, not effects: what differs may be the leads. Variants keep the first 48
// stages of a journey. A lead is one journey through one definition; several deals of a lead are journeys of their own.
package flow
