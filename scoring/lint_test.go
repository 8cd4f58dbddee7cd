package scoring_test

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/leadloop/leadloop/internal/script"
	"github.com/leadloop/leadloop/scoring"
)

// The script's input is what follows a model's name; expected are the findings, one a line:
// severity, kind, path and the other path. So that the lines stay short, dimensions[0] is left out.
func TestLint(t *testing.T) {
	script.Run(t, "testdata/lint.txt", func(input string) string {
		m, err := scoring.Parse([]byte(`{"schema": 1, "name": "m", ` + input + `}`))
		if err != nil {
			return err.Error()
		}
		lines := []string{}
		for _, f := range scoring.Lint(m) {
			line := strings.TrimSpace(fmt.Sprint(f.Severity, " ", f.Kind, " ", f.Path, " ", f.Other))
			lines = append(lines, strings.ReplaceAll(line, "dimensions[0].", ""))
		}
		return strings.Join(lines, "\n")
	})
}

// What a finding says is so for every lead.
func TestLintIsCertain(t *testing.T) {
	r := rand.New(rand.NewSource(11))
	checked := map[scoring.FindingKind]int{}
	for range 400 {
		m := reviewModel(r)
		scorer := reviewScorer(t, m)
		var subjects []scoring.Subject[prospect, deed]
		var scores []scoring.Score
		for range 18 {
			s := reviewSubject(r)
			subjects, scores = append(subjects, s), append(scores, scorer.Score(s, noon))
		}
		// same checks that the totals and dimensions are those of another model.
		same := func(f scoring.Finding, other scoring.Model) {
			t.Helper()
			scorer := reviewScorer(t, other)
			for i, s := range subjects {
				score := scorer.Score(s, noon)
				if score.Total != scores[i].Total || !reflect.DeepEqual(score.Dimensions, scores[i].Dimensions) {
					data, _ := json.Marshal(m)
					t.Fatalf("%s\n%s\n%s\n%s", f, data, scores[i].Explain(), score.Explain())
				}
			}
		}
		for _, f := range scoring.Lint(m) {
			checked[f.Kind]++
			value := at(t, &m, f.Path)
			for _, score := range scores {
				wrong := false
				switch f.Kind {
				case scoring.BandUnreachable:
					d := at(t, &m, strings.Split(f.Path, ".")[0]).Interface().(scoring.Dimension)
					for _, ds := range score.Dimensions {
						wrong = wrong || ds.Name == d.Name && ds.Band == value.Interface().(scoring.Band).Name
					}
				case scoring.GradeUnreachable:
					wrong = strings.Contains(f.Message, fmt.Sprintf("%q", score.Grade))
				case scoring.ThresholdUnreachable:
					name := at(t, &m, strings.TrimSuffix(f.Path, ".from")).Interface().(scoring.Threshold).Name
					wrong = slices.Contains(score.Reached, name)
				case scoring.ThresholdAlways:
					name := at(t, &m, strings.TrimSuffix(f.Path, ".from")).Interface().(scoring.Threshold).Name
					wrong = !slices.Contains(score.Reached, name)
				case scoring.NeverMatches, scoring.AlwaysMatches:
					if strings.HasPrefix(f.Path, "disqualifiers") {
						q := at(t, &m, strings.TrimSuffix(f.Path, ".when")).Interface().(scoring.Disqualifier)
						wrong = slices.Contains(score.Disqualified, scoring.Disqualification{Name: q.Name, Reason: q.Reason})
						break
					}
					d := at(t, &m, strings.Split(f.Path, ".")[0]).Interface().(scoring.Dimension)
					rule := at(t, &m, f.Path[:strings.LastIndex(f.Path, ".")]).Interface().(scoring.Rule)
					wrong = slices.ContainsFunc(score.Lines, func(l scoring.Line) bool {
						return l.Kind == scoring.RuleLine && l.Dimension == d.Name && l.Rule == rule.Name
					}) == (f.Kind == scoring.NeverMatches)
				case scoring.CalibrationFlat:
					wrong = score.Probability != scores[0].Probability
				case scoring.AlwaysDisqualifies:
					q := at(t, &m, strings.TrimSuffix(f.Path, ".when")).Interface().(scoring.Disqualifier)
					wrong = !slices.Contains(score.Disqualified, scoring.Disqualification{Name: q.Name, Reason: q.Reason})
				}
				if wrong {
					data, _ := json.Marshal(m)
					t.Fatalf("%s\n%s\n%s", f, data, score.Explain())
				}
			}
			other := copyOf(m)
			change := at(t, &other, f.Path)
			switch f.Kind {
			case scoring.NeverMatters:
				if strings.HasSuffix(f.Path, ".idle.floor") {
					other = without(t, m, strings.TrimSuffix(f.Path, ".idle.floor"))
				} else if change.Kind() == reflect.Pointer {
					change.Elem().SetInt(0)
				} else {
					change.SetInt(0)
				}
			case scoring.LimitUnused:
				change.SetZero()
			case scoring.PointsCut:
				// The limit stands in the words of the finding.
				words := strings.Fields(f.Message)
				var limit scoring.Points
				if err := json.Unmarshal([]byte(words[len(words)-2]), &limit); err != nil {
					t.Fatal(f.Message, err)
				}
				if change.Kind() == reflect.Pointer {
					change = change.Elem()
				}
				change.SetInt(int64(limit))
			case scoring.RowNeverApplies:
				other = without(t, m, f.Path)
			case scoring.ValueRepeated:
				other = without(t, m, f.Path)
			case scoring.WindowUnused:
				change.SetZero()
			case scoring.DecayUnseen:
				if !strings.Contains(f.Message, "begins after") {
					continue
				}
				at(t, &other, f.Other).SetZero()
			default:
				continue
			}
			same(f, other)
		}
	}
	for _, kind := range []scoring.FindingKind{scoring.RangesOverlap, scoring.RangesGap, scoring.RowNeverApplies, scoring.ValueRepeated,
		scoring.BandUnreachable, scoring.GradeUnreachable, scoring.ThresholdUnreachable, scoring.ThresholdAlways, scoring.NeverMatches, scoring.NeverMatters,
		scoring.DuplicateRule, scoring.PointsCut, scoring.DecayUnseen, scoring.WindowUnused, scoring.DuplicateDisqualifier, scoring.AlwaysDisqualifies,
		scoring.AlwaysMatches, scoring.ObservedOnly, scoring.LimitUnused, scoring.CalibrationFalls, scoring.CalibrationFlat} {
		if checked[kind] < 5 {
			t.Errorf("%s was found %d times", kind, checked[kind])
		}
	}
}

// A row is reported as overlapping, or a gap, only if a number shows it.
func TestLintTablesByNumbers(t *testing.T) {
	r := rand.New(rand.NewSource(12))
	in := func(row scoring.Range, x float64) bool {
		return (row.From == nil || x >= *row.From) && (row.To == nil || x <= *row.To) && (row.Below == nil || x < *row.Below)
	}
	for range 1500 {
		table := reviewTable(r, false)
		if table.Ranges == nil {
			continue
		}
		m := scoring.Model{Schema: 1, Name: "m", Dimensions: []scoring.Dimension{{Name: "d", Rules: []scoring.Rule{{Name: "r", Table: table}}}}}
		overlaps, gap, last, inner := 0, false, -1.0, false
		for x := 0.0; x < 40; x += 0.25 { // all bounds are integers
			rows := 0
			for _, row := range table.Ranges {
				if in(row, x) {
					rows++
				}
			}
			overlaps = max(overlaps, rows)
			switch {
			case rows > 0:
				gap = gap || inner
				last = x
			case last >= 0 && x == float64(int(x)):
				inner = true // an integer without points, a gap if a row follows
			}
		}
		found := map[scoring.FindingKind]bool{}
		for _, f := range scoring.Lint(m) {
			found[f.Kind] = true
		}
		if clash := found[scoring.RangesOverlap] || found[scoring.RowNeverApplies]; clash != (overlaps > 1) {
			t.Fatalf("%+v: overlap %v", table, clash)
		}
		if found[scoring.RangesGap] != (gap && table.Otherwise == nil) {
			data, _ := json.Marshal(table)
			t.Fatalf("%s: gap %v, want %v", data, found[scoring.RangesGap], gap)
		}
	}
}

// The bands of the published scorecard, read with both ends included, overlap at 1000
// employees and at 1, 10 and 100 million dollars. Source: PostHog/posthog.com,
// contents/handbook/growth/sales/lead-scoring.md.
func TestLintPublishedPostHogScorecard(t *testing.T) {
	data, err := os.ReadFile("testdata/cases/posthog_published.json")
	if err != nil {
		t.Fatal(err)
	}
	m, err := scoring.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range scoring.Lint(m) {
		if f.Kind == scoring.RangesOverlap || f.Kind == scoring.RangesGap {
			got = append(got, string(f.Kind)+" "+f.Path+" "+f.Other+" "+strings.Fields(f.Message)[4])
		}
	}
	want := []string{
		"ranges_overlap dimensions[0].rules[0].table.ranges[2] dimensions[0].rules[0].table.ranges[1] 1000:",
		"ranges_overlap dimensions[0].rules[4].table.ranges[1] dimensions[0].rules[4].table.ranges[0] 1:",
		"ranges_overlap dimensions[0].rules[4].table.ranges[2] dimensions[0].rules[4].table.ranges[1] 10:",
		"ranges_overlap dimensions[0].rules[4].table.ranges[3] dimensions[0].rules[4].table.ranges[2] 100:",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestLintSpecialCategories(t *testing.T) {
	for name, want := range map[string]bool{
		"Religion": true, "religion_text": true, "LeadReligion": true, "Ethnicity": true, "HealthCondition": true, "Health": true,
		"UnionMember": true, "trade_union": true, "sexualOrientation": true, "HasDisability": true, "IsPregnant": true, "political_party": true,
		"Konfession": true, "Religionszugehörigkeit": true, "gewerkschaft": true, "Schwerbehinderung": true, "IstSchwanger": true, "BloodType": true,
		"HIVStatus": true, "BiometricID": true, "Race": true, "Hautfarbe": true,
		"HealthScore": false, "Healthcare": false, "CustomerHealth": false, "RaceCondition": false, "EuropeanUnion": false, "CreditUnionMember": false,
		"MedicalDevices": false, "Gender": false, "Disabled": false, "Sex": false, "Partner": false, "Geopolitical": false, "DeviceFingerprint": false,
		"Interface": false, "Employees": false, "Country": false, "Parteien": false, "Trace": false,
	} {
		m := scoring.Model{Schema: 1, Name: "m", Dimensions: []scoring.Dimension{{Name: "d", Rules: []scoring.Rule{
			{Name: "r", When: name + ` == "religion health trade union"`, Points: scoring.Point}}}}}
		found := slices.ContainsFunc(scoring.Lint(m), func(f scoring.Finding) bool { return f.Kind == scoring.SpecialCategory })
		if found != want {
			t.Errorf("%s: %v, want %v", name, found, want)
		}
	}
}

// Lint takes models that Compile refuses.
func TestLintOfBrokenModels(t *testing.T) {
	huge := scoring.Points(1<<63 - 1)
	nan := 0.0
	nan = nan / nan
	for _, m := range []scoring.Model{
		{},
		{Grade: &scoring.Grade{Dimensions: []string{"x"}, Cells: []scoring.Cell{{Bands: []string{"a", "b"}}}}},
		{Dimensions: []scoring.Dimension{{Bands: []scoring.Band{{}, {}}, Rules: []scoring.Rule{{}, {When: "("}, {Each: "a", Points: huge}, {Each: "a", Points: -huge - 1, Minimum: &huge},
			{Table: &scoring.Table{Ranges: []scoring.Range{{From: &nan, To: &nan}, {}, {From: new(2.0), To: new(1.0)}}}}, {Idle: &scoring.Idle{Floor: &huge}, Points: -1}}}},
			Grade: &scoring.Grade{Dimensions: []string{""}, Cells: []scoring.Cell{{Bands: []string{"a", "b"}}}}, Minimum: &huge, Maximum: &huge},
	} {
		for _, f := range scoring.Lint(m) {
			if f.Path == "" || f.Message == "" || f.Severity == "" {
				t.Errorf("%+v", f)
			}
		}
	}
}
