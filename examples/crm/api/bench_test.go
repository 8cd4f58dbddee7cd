package api

import (
	"fmt"
	"strings"
	"testing"
)

// BenchmarkParse reads a batch of 100 calls, as a web site's client sends it, into messages.
func BenchmarkParse(b *testing.B) {
	calls := make([]string, 100)
	for i := range calls {
		calls[i] = fmt.Sprintf(`{"type":"track","messageId":"m%d","userId":"u%d","event":"Pricing View","timestamp":"2026-01-02T10:00:00Z","properties":{"plan":"team","seats":%d},
			"context":{"campaign":{"medium":"email","name":"march"},"page":{"path":"/pricing","url":"https://example.com/pricing"},"library":{"name":"analytics.js","version":"5"}}}`, i, i%7, i)
	}
	body := []byte(`{"batch":[` + strings.Join(calls, ",") + `]}`)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		o, err := parse(body)
		if err != nil {
			b.Fatal(err)
		}
		for _, value := range o.values["batch"].([]any) {
			if _, err := readCall(value.(object), "", "track", object{}); err != nil {
				b.Fatal(err)
			}
		}
	}
}
