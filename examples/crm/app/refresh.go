package app

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"time"

	"github.com/leadloop/leadloop/examples/crm/store"
)

// patience is how long a page waits for parts to be read anew, before it shows them as they were read last.
const patience = 500 * time.Millisecond

// Warm makes the first report, which waits until all is read, so that nobody who opens the page has to.
func (a *App) Warm(ctx context.Context) {
	r, err := a.Report(ctx)
	switch {
	case err == nil:
		a.log.Info("report", "leads", r.Leads)
	case ctx.Err() == nil:
		a.log.Error("report", "error", err)
	}
}

// refresh brings the parts up to date with the marks, in the background. Whoever asks waits for that, but no longer than his patience,
// unless there are parts that were never read. It answers what is there, and how many parts are not up to date.
func (a *App) refresh(ctx context.Context, marks [store.Parts]store.Mark) (parts [store.Parts]*part, stale int, err error) {
	reading := a.startReading(ctx, marks)
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	select {
	case <-reading:
	case <-deadline.C:
	case <-ctx.Done():
		return parts, 0, ctx.Err()
	}
	if a.books.incomplete() {
		select {
		case <-reading:
		case <-ctx.Done():
			return parts, 0, ctx.Err()
		}
	}
	a.books.mutex.Lock()
	defer a.books.mutex.Unlock()
	for i, p := range a.books.parts {
		if p == nil {
			return parts, 0, errors.Join(errors.New("the report could not be counted"), a.books.failed)
		}
		if p.mark != marks[i] {
			stale++
		}
	}
	return a.books.parts, stale, nil
}

func (b *books) incomplete() bool {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	for _, p := range b.parts {
		if p == nil {
			return true
		}
	}
	return false
}

// startReading reads what has changed, unless that is being done already. The channel is closed when it is done.
func (a *App) startReading(ctx context.Context, marks [store.Parts]store.Mark) <-chan struct{} {
	b := a.books
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.reading != nil {
		return b.reading
	}
	done := make(chan struct{})
	b.reading = done
	before := b.parts
	work := func() {
		err := a.read(context.WithoutCancel(ctx), marks, before) // whoever asked may leave; others will want it
		b.mutex.Lock()
		b.reading, b.failed = nil, err
		b.mutex.Unlock()
		close(done)
	}
	go work()
	return done
}

// read reads the parts that are not as marked: the first time on all cores, later on half of them, so that the pages are not slowed down.
func (a *App) read(ctx context.Context, marks [store.Parts]store.Mark, before [store.Parts]*part) error {
	numbers := make(chan int)
	var errs []error
	var mutex sync.Mutex
	var workers sync.WaitGroup
	readers := runtime.GOMAXPROCS(0)
	if before[0] != nil {
		readers = max(1, readers/2)
	}
	for range readers {
		workers.Go(func() {
			for i := range numbers {
				p, err := a.readPart(ctx, i, marks[i], before[i])
				if err != nil {
					mutex.Lock()
					errs = append(errs, err)
					mutex.Unlock()
					continue
				}
				a.books.mutex.Lock()
				a.books.parts[i] = p
				a.books.mutex.Unlock()
			}
		})
	}
	for i := range marks {
		if before[i] == nil || before[i].mark != marks[i] {
			numbers <- i
		}
	}
	close(numbers)
	workers.Wait()
	return errors.Join(errs...)
}
