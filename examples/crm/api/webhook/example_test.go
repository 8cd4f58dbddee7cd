package webhook_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2"

	"github.com/leadloop/leadloop/examples/crm/api/webhook"
	"github.com/leadloop/leadloop/examples/crm/store"
	"github.com/leadloop/leadloop/handoff"
)

// A program that rings the owner when a lead is offered. The effect comes twice, for the first answer was lost, and rings once.
func ExampleReceiver() {
	secret, err := webhook.ParseSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		panic(err)
	}
	var once webhook.Once
	receiver := &webhook.Receiver{Secret: secret, Now: time.Now, Take: func(_ context.Context, e cloudevents.Event) error {
		return once.Do(e.ID(), func() error {
			if e.Type() != webhook.Prefix+string(handoff.Assign) {
				return nil // of no interest here
			}
			var effect handoff.Effect
			if err := e.DataAs(&effect); err != nil {
				return err
			}
			fmt.Printf("%s: lead %s is yours\n", effect.To, e.Subject())
			return nil
		})
	}}
	server := httptest.NewServer(receiver)
	defer server.Close()

	sender, err := webhook.NewSender(server.URL, secret, "/crm", time.Now)
	if err != nil {
		panic(err)
	}
	effect := handoff.Effect{Key: "L-1/3/0", Kind: handoff.Assign, To: "anna", At: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	body, err := json.Marshal(effect)
	if err != nil {
		panic(err)
	}
	for range 2 {
		if err := sender.Send(context.Background(), store.Delivery{Effect: effect, Lead: "L-1", Body: string(body)}); err != nil {
			panic(err)
		}
	}
	// Output:
	// anna: lead L-1 is yours
}
