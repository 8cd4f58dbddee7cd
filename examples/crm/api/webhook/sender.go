package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2"

	"github.com/leadloop/leadloop/examples/crm/store"
)

// Prefix begins the type of each event; the effect's kind follows, such as "com.github.leadloop.effect.assign".
const Prefix = "com.github.leadloop.effect."

// A Sender sends effects to one address.
type Sender struct {
	url    string
	secret Secret
	source string
	now    func() time.Time
	client *http.Client
}

// NewSender makes a sender to an address, with the source that its events name, such as "/crm". It follows no redirect: the signed body
// goes to that address or nowhere.
func NewSender(address string, secret Secret, source string, now func() time.Time) (*Sender, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("webhook: %q is no address, write https://host/path", address)
	}
	if len(secret) == 0 {
		return nil, errors.New("webhook: a secret is needed, to sign what is sent")
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Sender{url: address, secret: secret, source: source, now: now, client: &http.Client{CheckRedirect: stay}}, nil
}

// Send sends an effect once. It is made for [app.Delivery].
func (s *Sender) Send(ctx context.Context, d store.Delivery) error {
	body, err := s.event(d)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", cloudevents.ApplicationCloudEventsJSON)
	s.secret.sign(request.Header, d.Key, s.now(), body)
	response, err := s.client.Do(request)
	if err != nil {
		var at *url.Error // its text has the address, which may hold a password
		if errors.As(err, &at) {
			err = at.Err
		}
		return fmt.Errorf("no answer: %w", err)
	}
	defer response.Body.Close()
	io.Copy(io.Discard, io.LimitReader(response.Body, 1<<16)) // so that the connection can be used again
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("the answer is %s", response.Status)
	}
	return nil
}

// event writes an effect as a CloudEvent.
func (s *Sender) event(d store.Delivery) ([]byte, error) {
	e := cloudevents.NewEvent(cloudevents.VersionV1)
	e.SetID(d.Key)
	e.SetSource(s.source)
	e.SetType(Prefix + string(d.Kind))
	e.SetSubject(d.Lead)
	e.SetTime(d.At)
	if err := e.SetData(cloudevents.ApplicationJSON, json.RawMessage(d.Body)); err != nil {
		return nil, err
	}
	if err := e.Validate(); err != nil {
		return nil, err
	}
	return json.Marshal(e)
}
