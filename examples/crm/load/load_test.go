package load_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/leadloop/leadloop/examples/crm/storetest"
)

// activities is a batch of what visitors do, as a web site's client sends it: about one in ten says who somebody is.
func activities(from, n, leads int) []byte {
	var b strings.Builder
	b.WriteString(`{"batch":[`)
	for i := from; i < from+n; i++ {
		if i > from {
			b.WriteByte(',')
		}
		lead := (i * 7919) % leads
		if i%10 == 0 {
			fmt.Fprintf(&b, `{"type":"identify","messageId":"m%d","userId":"u%d","timestamp":"2026-01-0%dT10:00:00Z","traits":{"name":"Lead %d","email":"u%d@example.com","industry":"software","employees":%d,"country":"DE"}}`,
				i, lead, 1+i%9, lead, lead, 10+i%3000)
			continue
		}
		fmt.Fprintf(&b, `{"type":"track","messageId":"m%d","userId":"u%d","event":"%s","timestamp":"2026-01-0%dT10:00:00Z","context":{"campaign":{"medium":"email","name":"march"}}}`,
			i, lead, []string{"visit", "Pricing View", "Ebook Downloaded", "Email Opened"}[i%4], 1+i%9)
	}
	b.WriteString(`]}`)
	return []byte(b.String())
}

// TestIngestRate sends batches of 100 from four clients at once, while the scheduler scores what comes in. It prints the rate. The bound is
// far below what a machine with two cores does, so that only a real loss of speed fails.
func TestIngestRate(t *testing.T) {
	const size, clients, leads, bound = 100, 4, 5000, 500
	total := 60_000
	if testing.Short() {
		total = 6_000
	}
	storetest.Each(t, func(t *testing.T, address func(*testing.T) string) {
		p := start(t, address(t), "http://127.0.0.1:1/") // nobody listens there
		var next, slowest atomic.Int64
		var group sync.WaitGroup
		began := time.Now()
		for range clients {
			group.Go(func() {
				for {
					from := int(next.Add(size)) - size
					if from >= total {
						return
					}
					sent := time.Now()
					if code, answer := p.call(t.Context(), http.MethodPost, "/v1/batch", activities(from, size, leads), withKey); code != http.StatusOK {
						t.Errorf("batch from %d: %d %s", from, code, answer)
						return
					}
					for took := int64(time.Since(sent)); ; {
						most := slowest.Load()
						if took <= most || slowest.CompareAndSwap(most, took) {
							break
						}
					}
				}
			})
		}
		group.Wait()
		took := time.Since(began)
		rate := float64(total) / took.Seconds()
		t.Logf("%d activities of %d leads in %v: %.0f a second, the slowest batch of %d took %v", total, leads, took.Round(time.Millisecond), rate, size, time.Duration(slowest.Load()).Round(time.Millisecond))
		if rate < bound {
			t.Errorf("%.0f activities a second, want %d at least", rate, bound)
		}
		if got := p.metric(t, `crm_messages_total{result="new"}`); got != fmt.Sprint(total) && got != fmt.Sprintf("%g", float64(total)) {
			t.Errorf("%s messages were new, want %d", got, total)
		}
	})
}
