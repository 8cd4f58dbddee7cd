package webhook

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2"
)

// maxEvent bounds what a receiver reads.
const maxEvent = 1 << 20

// A Receiver is the other end: an [http.Handler] that believes signed requests only and gives each event to Take.
type Receiver struct {
	Secret Secret
	Now    func() time.Time
	// Take carries out an event. The same event can come again, so it must recognise the event's ID: best in the transaction in which it
	// does what is asked, with the ID under a unique key; [Once] is that in memory. On an error the sender tries again.
	Take func(ctx context.Context, event cloudevents.Event) error
}

// ServeHTTP answers 204 if the event was taken, now or before; 401 if it is not to be believed, 400 if it is none.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, request.Body, maxEvent))
	if err != nil {
		http.Error(w, "the body can't be read", http.StatusBadRequest)
		return
	}
	// First the signature, over the bytes as they came. Nothing is parsed for who can't sign.
	if err := r.Secret.Verify(request.Header, body, r.Now()); err != nil {
		http.Error(w, err.Error(), http.StatusUnauthorized)
		return
	}
	event := cloudevents.NewEvent()
	err = event.UnmarshalJSON(body)
	if err == nil && event.ID() != request.Header.Get(idHeader) {
		err = errors.New("the event's id is not that of the request")
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if err := r.Take(request.Context(), event); err != nil {
		http.Error(w, "not taken, try again", http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// Once remembers keys in memory.
type Once struct {
	mutex sync.Mutex
	done  map[string]bool
}

// Do does something unless it was done for the key before. If it fails it was not.
func (o *Once) Do(key string, do func() error) error {
	o.mutex.Lock() // while it is being done as well: the same key can come twice at the same time
	defer o.mutex.Unlock()
	if o.done[key] {
		return nil
	}
	if err := do(); err != nil {
		return err
	}
	if o.done == nil {
		o.done = map[string]bool{}
	}
	o.done[key] = true
	return nil
}
