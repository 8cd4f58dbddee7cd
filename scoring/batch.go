package scoring

import (
	"iter"
	"sync"
	"time"
)

// All scores one subject after the other. The score is valid until the next,
// for its memory is used again: Score it anew, or copy its slices, to keep it.
func (s *Scorer[L, A]) All(subjects iter.Seq[Subject[L, A]], now time.Time) iter.Seq2[Subject[L, A], *Score] {
	return func(yield func(Subject[L, A], *Score) bool) {
		var score Score
		for subject := range subjects {
			s.ScoreInto(&score, subject, now)
			if !yield(subject, &score) {
				return
			}
		}
	}
}

// batchSize is how many subjects a worker takes at once.
const batchSize = 32

// Batch scores the subjects on so many workers at once, or on one if workers is
// below 1, and returns when all are done. The scores are in the order of the subjects;
// the memory of those given, which may be fewer or none, is used again.
func (s *Scorer[L, A]) Batch(scores []Score, subjects []Subject[L, A], now time.Time, workers int) []Score {
	if missing := len(subjects) - len(scores); missing > 0 {
		scores = append(scores, make([]Score, missing)...)
	}
	scores = scores[:len(subjects)]
	var next sync.Mutex
	from := 0
	take := func() (first, end int) {
		next.Lock()
		defer next.Unlock()
		first = from
		from = min(from+batchSize, len(subjects))
		return first, from
	}
	work := func() {
		for first, end := take(); first < end; first, end = take() {
			for i := first; i < end; i++ {
				s.ScoreInto(&scores[i], subjects[i], now)
			}
		}
	}
	var others sync.WaitGroup
	for range min(workers, (len(subjects)+batchSize-1)/batchSize) - 1 {
		others.Go(work)
	}
	work()
	others.Wait()
	return scores
}
