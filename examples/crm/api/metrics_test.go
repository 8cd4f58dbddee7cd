package api_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2"

	"github.com/leadloop/leadloop/examples/crm/api/webhook"
	"github.com/leadloop/leadloop/examples/crm/app"
	"github.com/leadloop/leadloop/examples/crm/storetest"
)

// TestDeliveryInMetrics takes in a lead, delivers what follows to a receiver that first fails, and reads the metrics at each step.
func TestDeliveryInMetrics(t *testing.T) {
	b := open(t, storetest.SQLite(t))
	v := b.hot("u1")
	has := func(lines ...string) {
		t.Helper()
		_, text := b.do(request(t, http.MethodGet, b.url+"/metrics"))
		for _, line := range lines {
			if !strings.Contains(text, line+"\n") {
				t.Errorf("metrics without %s:\n%s", line, text)
			}
		}
		if strings.Contains(text, v.ID) || strings.Contains(text, "u1") {
			t.Errorf("metrics that name a lead:\n%s", text)
		}
	}
	pending, err := b.store.Pending(t.Context())
	if err != nil || len(pending) != 3 {
		t.Fatalf("%d effects are pending, want 3: the track begins, ends, and somebody has the lead; %v", len(pending), err)
	}
	has(`crm_decisions_total{command="register",outcome="decided"} 1`, `crm_decisions_total{command="offer",outcome="decided"} 1`) // by the scheduler
	has(`crm_outbox_effects{state="pending"} 3`, `crm_outbox_effects{state="dead"} 0`)

	key, err := webhook.ParseSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	failing := true
	server := httptest.NewServer(&webhook.Receiver{Secret: key, Now: time.Now, Take: func(_ context.Context, e cloudevents.Event) error {
		if failing {
			return errors.New("not now")
		}
		kinds = append(kinds, strings.TrimPrefix(e.Type(), webhook.Prefix))
		if e.Subject() != v.ID {
			t.Errorf("%s is about %s, want %s", e.ID(), e.Subject(), v.ID)
		}
		return nil
	}})
	defer server.Close()
	sender, err := webhook.NewSender(server.URL, key, "/crm", time.Now)
	if err != nil {
		t.Fatal(err)
	}
	d := app.Delivery{Send: b.metrics.Sent(sender.Send), Attempts: 1}
	deliver := func() {
		t.Helper()
		if _, err := b.app.DeliverDue(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	deliver()
	has(`crm_outbox_effects{state="pending"} 0`, `crm_outbox_effects{state="dead"} 3`, `crm_deliveries_total{outcome="failed"} 3`)
	failing = false
	dead, err := b.store.DeadEffects(t.Context(), 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range dead {
		if e.Error != "the answer is 500 Internal Server Error" {
			t.Errorf("%s says %q", e.Key, e.Error)
		}
		if err := b.store.ReviveEffect(t.Context(), e.Key, b.app.Now()); err != nil {
			t.Fatal(err)
		}
	}
	deliver()
	has(`crm_outbox_effects{state="pending"} 0`, `crm_outbox_effects{state="dead"} 0`, `crm_deliveries_total{outcome="delivered"} 3`)
	if got := strings.Join(kinds, " "); got != "start_nurture stop_nurture assign" {
		t.Errorf("delivered %s", got)
	}
}
