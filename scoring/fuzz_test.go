package scoring_test

import (
	"encoding/json"
	"math"
	"math/rand"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/leadloop/leadloop/scoring"
)

// FuzzParse reads any text: it never panics, what it accepts is written and read
// again as the same, and what compiles scores with lines that sum to the total.
func FuzzParse(f *testing.F) {
	f.Add([]byte(modelJSON))
	for _, path := range []string{"testdata/parse_errors.txt", "testdata/compile_errors.txt"} {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		for _, block := range strings.Split(string(data), "\n\n") {
			text, _, _ := strings.Cut(block, "\n----\n")
			f.Add([]byte(text))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := scoring.Parse(data)
		if err != nil {
			if len(scoring.Mistakes(err)) == 0 {
				t.Fatalf("no mistake in %v", err)
			}
			return
		}
		written, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		again, err := scoring.Parse(written)
		if err != nil {
			t.Fatalf("%v\n%s", err, written)
		}
		rewritten, err := json.Marshal(again)
		if err != nil || string(rewritten) != string(written) {
			t.Fatal(cmp.Diff(string(written), string(rewritten)))
		}
		if s, err := scoring.Compile[Lead, Activity](m); err == nil {
			checkSums(t, s.Score(subject(Activity{"visit", ago(1)}, Activity{"demo", ago(9)}), noon))
		}
	})
}

// FuzzScore scores any dates and points: it never panics, the lines sum to the total
// and the order of the activities does not matter.
func FuzzScore(f *testing.F) {
	f.Add(int64(1), int64(0), int64(0), int64(1e12))
	f.Add(int64(2), int64(-1)<<62, int64(1)<<62, int64(-1))
	f.Add(int64(3), int64(math.MaxInt64), int64(math.MinInt64), int64(0))
	f.Fuzz(func(t *testing.T, seed, second, now, points int64) {
		r := rand.New(rand.NewSource(seed))
		m := randomModel(r)
		for i := range m.Dimensions {
			for j := range m.Dimensions[i].Rules {
				if rule := &m.Dimensions[i].Rules[j]; rule.PointsExpression == "" && rule.Table == nil && rule.Idle == nil {
					rule.Points = scoring.Points(points) % (scoring.MaxPoints + 1)
				}
			}
		}
		scorer, err := scoring.Compile[visitor, visit](m, scoring.Zones(time.LoadLocation))
		if err != nil {
			t.Fatal(err)
		}
		at := time.Unix(now, 0)
		s := randomSubject(r, m, at)
		for i := range s.Activities {
			if i%2 == 0 {
				s.Activities[i].At = time.Unix(second, int64(i))
			}
		}
		score := scorer.Score(s, at)
		checkSums(t, score)
		r.Shuffle(len(s.Activities), func(i, j int) { s.Activities[i], s.Activities[j] = s.Activities[j], s.Activities[i] })
		if again := scorer.Score(s, at); again.Explain() != score.Explain() {
			t.Fatalf("the order of activities matters:\n%s\n%s", score.Explain(), again.Explain())
		}
	})
}

// FuzzModel reads any model that fits the random types and scores random leads by it: it
// never panics, the lines sum to the total and the order of the activities does not matter.
func FuzzModel(f *testing.F) {
	r := rand.New(rand.NewSource(5))
	for range 30 {
		data, err := json.Marshal(randomModel(r))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, int64(1))
	}
	f.Fuzz(func(t *testing.T, data []byte, seed int64) {
		m, err := scoring.Parse(data)
		if err != nil || len(m.Dimensions) == 0 {
			return
		}
		scorer, err := scoring.Compile[visitor, visit](m, scoring.Zones(time.LoadLocation))
		if err != nil {
			if len(scoring.Mistakes(err)) == 0 {
				t.Fatalf("no mistake in %v", err)
			}
			return
		}
		r := rand.New(rand.NewSource(seed))
		for range 3 {
			now := randomNow(r)
			s := randomSubject(r, m, now)
			score := scorer.Score(s, now)
			checkSums(t, score)
			r.Shuffle(len(s.Activities), func(i, j int) { s.Activities[i], s.Activities[j] = s.Activities[j], s.Activities[i] })
			if again := scorer.Score(s, now); again.Total != score.Total {
				t.Fatalf("the order of activities matters:\n%s\n%s", score.Explain(), again.Explain())
			}
		}
	})
}
