package learn_test

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/rand"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/leadloop/leadloop/scoring"
	"github.com/leadloop/leadloop/scoring/learn"
)

// Probabilities equal a slow reference in exact fractions, which counts from the list of leads.
func TestBayesAgainstFractions(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	unscoreable, tagged := 0, 0
	for range 250 {
		fields, stages := randomBayesFields(r, 4), eitherOf(r, randomBayesStages, nil)
		b := newBayes(t, fields, stages...)
		var closed []closedLead
		for range []int{0, 1, 3, 20, 700}[r.Intn(5)] {
			l := randomBayesLead(r, fields, stages)
			closed = append(closed, l)
			if err := b.Add(l.BayesLead, l.won); err != nil {
				t.Fatal(err)
			}
		}
		for range 20 {
			lead := randomBayesLead(r, fields, stages).BayesLead
			if r.Intn(9) == 0 {
				lead.Team = "unknown"
			}
			got, err := b.Predict(lead)
			if alone, again := b.Probability(lead); alone != got.Probability || (again == nil) != (err == nil) {
				t.Fatalf("%v alone, %v", alone, got.Probability)
			}
			switch {
			case len(stages) > 0 && lead.Stage == "":
				if err != nil || !reflect.DeepEqual(got, learn.BayesPrediction{LogOdds: math.Inf(-1)}) {
					t.Fatalf("without a stage: %+v, %v", got, err)
				}
				continue
			case lead.Stage == "won":
				if err != nil || !reflect.DeepEqual(got, learn.BayesPrediction{Probability: 1, LogOdds: math.Inf(1), BasisPoints: 10_000}) {
					t.Fatalf("in a won stage: %+v, %v", got, err)
				}
				continue
			}
			odds, ok := slowBayes(fields, stages, closed, lead)
			if !ok {
				unscoreable++
				if !errors.Is(err, learn.ErrUnscoreable) || !reflect.DeepEqual(got, learn.BayesPrediction{}) {
					t.Fatalf("%+v, %v", got, err)
				}
				continue
			}
			want := oddsShare(odds)
			logOdds := math.Log(want) - math.Log1p(-want)
			if err != nil || math.Abs(got.Probability-want) > 1e-14*want || math.Abs(got.LogOdds-logOdds) > 1e-12+1e-15/(1-want) {
				t.Fatalf("%v, log-odds %v: want %v, %v: %v", got.Probability, got.LogOdds, want, logOdds, err)
			}
			if exact := 10_000 * want; got.BasisPoints < 1 || got.BasisPoints > 9999 ||
				math.Abs(float64(got.BasisPoints)-exact) > 0.5+1e-9 && exact > 0.5 && exact < 9999.5 {
				t.Fatalf("%d basis points of %v", got.BasisPoints, want)
			}
			if slices.ContainsFunc(append(got.For, got.Against...), func(f learn.BayesFactor) bool { return f.Field == learn.TagField }) {
				tagged++
			}
		}
	}
	if unscoreable < 20 || tagged < 100 {
		t.Errorf("%d unscoreable, %d with tags tell little", unscoreable, tagged)
	}
}

// Hundreds of fields neither vanish nor lose digits.
func TestBayesOfManyFields(t *testing.T) {
	r := rand.New(rand.NewSource(2))
	var fields []learn.BayesField
	for i := range 600 {
		fields = append(fields, learn.BayesField{Name: fmt.Sprint(i)})
	}
	b := newBayes(t, fields)
	var closed []closedLead
	for range 200 {
		l := randomBayesLead(r, nil, nil)
		l.Team = ""
		for i := range fields { // where a lead is won, one value is frequent
			value := strconv.Itoa(r.Intn(9))
			if r.Intn(3) > 0 {
				value = map[learn.Verdict]string{learn.Positive: "w", learn.Negative: "l"}[l.won] + strconv.Itoa(i%2)
			}
			l.Values = append(l.Values, value)
		}
		closed = append(closed, l)
		if err := b.Add(l.BayesLead, l.won); err != nil {
			t.Fatal(err)
		}
	}
	for _, value := range []string{"w0", "l0", "w1", "l1", "3"} {
		lead := learn.BayesLead{}
		for i := range fields {
			if value = value[:len(value)-1] + strconv.Itoa(i%2); len(value) == 1 {
				value = strconv.Itoa(i % 9)
			}
			lead.Values = append(lead.Values, value)
		}
		odds, _ := slowBayes(fields, nil, closed, lead)
		got, err := b.Predict(lead)
		if err != nil {
			t.Fatal(err)
		}
		want := new(big.Float).SetRat(odds)
		exponent := want.MantExp(want)
		mantissa, _ := want.Float64()
		logOdds := math.Log(mantissa) + float64(exponent)*math.Ln2
		if math.Abs(got.LogOdds-logOdds) > 1e-11*max(1, math.Abs(logOdds)) || !(got.Probability > 0 && got.Probability < 1) {
			t.Errorf("log-odds %v of %v, want %v", got.LogOdds, got.Probability, logOdds)
		}
		if math.Abs(logOdds) > 750 && (got.Probability != 1-0x1p-53 && got.Probability != math.SmallestNonzeroFloat64) {
			t.Errorf("%v at log-odds %v", got.Probability, logOdds)
		}
		if p := got.Prediction(true); p.Probability != got.Probability || !p.Positive || math.Abs(float64(p.Points)/1e6-logOdds) > 1e-6 {
			t.Errorf("%+v of log-odds %v", p, logOdds)
		}
	}
	if p := (learn.BayesPrediction{Probability: 1, LogOdds: math.Inf(1)}).Prediction(false); p.Points != scoring.MaxPoints {
		t.Errorf("%+v", p)
	}
}

func bayesBytes(t testing.TB, b *learn.Bayes) string {
	t.Helper()
	data, err := b.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// Any order, any parts, what is added and removed again, and bytes in between: the same counts, bytes and probabilities.
func TestBayesLaws(t *testing.T) {
	r := rand.New(rand.NewSource(3))
	for range 150 {
		fields, stages := randomBayesFields(r, 3), eitherOf(r, randomBayesStages, nil)
		add := func(b *learn.Bayes, l closedLead) {
			if err := b.Add(l.BayesLead, l.won); err != nil {
				t.Fatal(err)
			}
		}
		whole := newBayes(t, fields, stages...)
		var closed []closedLead
		for range r.Intn(150) {
			closed = append(closed, randomBayesLead(r, fields, stages))
			add(whole, closed[len(closed)-1])
		}
		r.Shuffle(len(closed), func(i, j int) { closed[i], closed[j] = closed[j], closed[i] })
		parts := []*learn.Bayes{newBayes(t, fields, stages...), newBayes(t, fields, stages...), newBayes(t, fields, stages...)}
		for _, l := range closed {
			part := parts[r.Intn(3)]
			slices.Reverse(l.Tags)
			add(part, l)
			extra := randomBayesLead(r, fields, stages)
			add(part, extra)
			if err := part.Remove(extra.BayesLead, extra.won); err != nil {
				t.Fatal(err)
			}
		}
		sum := newBayes(t, fields, stages...)
		if err := sum.UnmarshalBinary([]byte(bayesBytes(t, parts[2]))); err != nil {
			t.Fatal(err)
		}
		for _, part := range parts[:2] {
			before := bayesBytes(t, part)
			if err := sum.Merge(part); err != nil || bayesBytes(t, part) != before {
				t.Fatal(err)
			}
		}
		if bayesBytes(t, sum) != bayesBytes(t, whole) || sum.Len() != whole.Len() || sum.Len() != int64(len(closed)) {
			t.Fatal("the parts are not the whole")
		}
		for range 10 {
			lead := randomBayesLead(r, fields, stages).BayesLead
			a, errA := sum.Predict(lead)
			b, errB := whole.Predict(lead)
			if !reflect.DeepEqual(a, b) || (errA == nil) != (errB == nil) {
				t.Fatalf("%+v, %+v", a, b)
			}
		}
		twice := newBayes(t, fields, stages...)
		for _, l := range closed {
			add(twice, l)
			add(twice, l)
		}
		if err := sum.Merge(sum); err != nil || bayesBytes(t, sum) != bayesBytes(t, twice) {
			t.Fatalf("with itself: %v", err)
		}
		moved := newBayes(t, fields, stages...)
		for _, l := range closed {
			if l.Team == "a" {
				l.Team = "b"
			}
			add(moved, l)
		}
		if whole.MergeTeam("a", "b"); bayesBytes(t, whole) != bayesBytes(t, moved) {
			t.Fatal("a team that is moved differs from one that was never there")
		}
		for _, l := range closed {
			if l.Team == "a" {
				l.Team = "b"
			}
			if err := whole.Remove(l.BayesLead, l.won); err != nil {
				t.Fatal(err)
			}
		}
		if bayesBytes(t, whole) != bayesBytes(t, newBayes(t, fields, stages...)) {
			t.Fatal("what is left is not nothing")
		}
	}
}

// The three factors that say most, each way.
func TestBayesFactors(t *testing.T) {
	b := newBayes(t, []learn.BayesField{{Name: "country"}, {Name: "source"}, {Name: "size"}, {Name: "phone", Unset: true}},
		learn.BayesStage{Name: "new"}, learn.BayesStage{Name: "offer"})
	add := func(n int, won learn.Verdict, stage string, tags string, values ...string) {
		for range n {
			if err := b.Add(learn.BayesLead{Team: "t", Stage: stage, Values: values, Tags: strings.Fields(tags)}, won); err != nil {
				t.Fatal(err)
			}
		}
	}
	add(30, learn.Positive, "offer", "demo", "DE", "fair", "large", "ok")
	add(10, learn.Positive, "new", "demo rare", "US", "fair", "small", "")
	add(35, learn.Negative, "new", "demo", "DE", "mail", "small", "")
	add(25, learn.Negative, "offer", "price", "US", "mail", "large", "ok")
	got, err := b.Predict(learn.BayesLead{Team: "t", Stage: "offer", Values: []string{"DE", "mail", "large", ""}, Tags: []string{"demo", "rare", "unseen"}})
	if err != nil {
		t.Fatal(err)
	}
	text := func(factors []learn.BayesFactor) (text string) {
		for _, f := range factors {
			text += fmt.Sprintf("%s=%s %.4f; ", f.Field, f.Value, f.Share)
		}
		return text
	}
	// large: 30.1/40.2 of won, 25.1/60.2 of lost. offer: 1 − 25.1/60.1. DE: 30.1/40.2 and 35.1/60.2. demo is the only tag that counts.
	if got, want := text(got.For), "size=large 0.6423; stage=offer 0.5824; country=DE 0.5622; "; got != want {
		t.Errorf("for: %s, want %s", got, want)
	}
	// mail: 0.1/40.2 and 60.1/60.2. unset phone: 10.1/40.2 and 35.1/60.2.
	if got, want := text(got.Against), "source=mail 0.0025; phone= 0.3011; "; got != want {
		t.Errorf("against: %s, want %s", got, want)
	}
	if got.AllTeams {
		t.Error("it was compared with its team")
	}
}

// An unscoreable team has an answer of its own, whatever was asked before.
func TestBayesUnscoreableTeam(t *testing.T) {
	b := newBayes(t, []learn.BayesField{{Name: "f"}}, learn.BayesStage{Name: "new"}, learn.BayesStage{Name: "won", Won: true})
	for _, l := range []learn.BayesLead{{Team: "good", Stage: "new"}, {Team: "lost", Stage: ""}} {
		l.Values = []string{"x"}
		for range 5 {
			if err := b.Add(l, learn.Negative); err != nil {
				t.Fatal(err)
			}
		}
	}
	for range 2 {
		if p, err := b.Predict(learn.BayesLead{Team: "good", Stage: "new", Values: []string{"x"}}); err != nil || p.AllTeams {
			t.Fatal(p, err)
		}
		_, err := b.Predict(learn.BayesLead{Team: "lost", Stage: "new", Values: []string{"x"}})
		if !errors.Is(err, learn.ErrUnscoreable) || !strings.Contains(err.Error(), `"lost"`) {
			t.Fatal(err)
		}
		if p, err := b.Predict(learn.BayesLead{Stage: "new", Values: []string{"x"}}); err != nil || !p.AllTeams {
			t.Fatal(p, err)
		}
	}
}

func TestBayesRefusals(t *testing.T) {
	_, err := learn.NewBayes([]learn.BayesField{{Name: ""}, {Name: "stage"}, {Name: "tags"}, {Name: "a"}, {Name: "a"}}, learn.BayesStage{}, learn.BayesStage{Name: "a"}, learn.BayesStage{Name: "a"})
	if !errors.Is(err, learn.ErrFields) || len(strings.Split(err.Error(), "\n")) != 6 || !strings.Contains(err.Error(), `the name "a" of stages[2] is taken`) {
		t.Error(err)
	}
	fields := []learn.BayesField{{Name: "a"}, {Name: "b", Unset: true}}
	b := newBayes(t, fields, randomBayesStages...)
	lead := learn.BayesLead{Team: "t", Stage: "new", Values: []string{"", "x"}, Tags: []string{"hot"}}
	if err := b.Add(lead, learn.Positive); err != nil {
		t.Fatal(err)
	}
	before := bayesBytes(t, b)
	with := func(change func(*learn.BayesLead)) learn.BayesLead {
		l := lead
		l.Values = slices.Clone(l.Values)
		change(&l)
		return l
	}
	same := with(func(*learn.BayesLead) {})
	for _, test := range []struct {
		name string
		err  error
		want error
	}{
		{"pending", b.Add(lead, learn.Pending), learn.ErrOutcome},
		{"no verdict", b.Remove(lead, 9), learn.ErrOutcome},
		{"values missing", b.Add(with(func(l *learn.BayesLead) { l.Values = l.Values[:1] }), learn.Positive), learn.ErrLead},
		{"unknown stage", b.Add(with(func(l *learn.BayesLead) { l.Stage = "New" }), learn.Positive), learn.ErrLead},
		{"other outcome", b.Remove(same, learn.Negative), learn.ErrNotAdded},
		{"other team", b.Remove(with(func(l *learn.BayesLead) { l.Team = "" }), learn.Positive), learn.ErrNotAdded},
		{"other value", b.Remove(with(func(l *learn.BayesLead) { l.Values[1] = "y" }), learn.Positive), learn.ErrNotAdded},
		{"further value", b.Remove(with(func(l *learn.BayesLead) { l.Values[0] = "y" }), learn.Positive), learn.ErrNotAdded},
		{"further tag", b.Remove(with(func(l *learn.BayesLead) { l.Tags = []string{"hot", "cold"} }), learn.Positive), learn.ErrNotAdded},
		{"tag missing", b.Remove(with(func(l *learn.BayesLead) { l.Tags = nil }), learn.Positive), learn.ErrNotAdded},
		{"other fields", b.Merge(newBayes(t, fields[:1], randomBayesStages...)), learn.ErrOtherModel},
		{"other stages", b.Merge(newBayes(t, fields)), learn.ErrOtherModel},
		{"other bytes", b.UnmarshalBinary([]byte(bayesBytes(t, newBayes(t, nil)))), learn.ErrOtherModel},
		{"no bytes", b.UnmarshalBinary(nil), learn.ErrDamaged},
		{"cut", b.UnmarshalBinary([]byte(before[:len(before)-1])), learn.ErrDamaged},
		{"longer", b.UnmarshalBinary([]byte(before + "\x00")), learn.ErrDamaged},
	} {
		if !errors.Is(test.err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, test.err, test.want)
		}
	}
	if bayesBytes(t, b) != before {
		t.Error("a refusal has changed the counts")
	}
	// A lost lead, too, is known by its stage; and without a value, by what the others have.
	if err := b.Add(lead, learn.Negative); err != nil {
		t.Fatal(err)
	}
	if err := b.Remove(with(func(l *learn.BayesLead) { l.Stage = "offer" }), learn.Negative); !errors.Is(err, learn.ErrNotAdded) {
		t.Error(err)
	}
	if err := b.Add(with(func(l *learn.BayesLead) { l.Values[0] = "y" }), learn.Negative); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		err = b.Remove(lead, learn.Negative)
	}
	if !errors.Is(err, learn.ErrNotAdded) { // the one that is left has y
		t.Error(err)
	}
}

// Counts do not grow beyond what can be summed.
func TestBayesTooMany(t *testing.T) {
	b := newBayes(t, []learn.BayesField{{Name: "f"}})
	lead := learn.BayesLead{Values: []string{"x"}}
	for range 1 << 6 {
		lead.Tags = append(lead.Tags, strconv.Itoa(len(lead.Tags)))
	}
	if err := b.Add(lead, learn.Positive); err != nil {
		t.Fatal(err)
	}
	var err error
	for err == nil {
		if err = b.Merge(b); err == nil && b.Len() > 1<<50 {
			t.Fatal("no end")
		}
	}
	before := bayesBytes(t, b)
	if p, again := b.Probability(lead); !errors.Is(err, learn.ErrLead) || again != nil || !(p > 0.999) || b.UnmarshalBinary([]byte(before)) != nil {
		t.Errorf("%v, %v: %v", p, again, err)
	}
	none := newBayes(t, nil)
	if err := none.Add(learn.BayesLead{}, learn.Negative); err != nil {
		t.Fatal(err)
	}
	for none.Len() < 1<<50 {
		if err := none.Merge(none); err != nil {
			t.Fatal(err)
		}
	}
	if err := none.Add(learn.BayesLead{}, learn.Negative); !errors.Is(err, learn.ErrLead) || none.Len() != 1<<50 {
		t.Error(err)
	}
}
