// Package webhook sends effects to another program over HTTP, and is the other end of that wire as well.
//
// An effect goes out as a CloudEvent 1.0 in structured mode: a POST with one JSON document. Its id is the effect's key, its subject the
// lead, its type [Prefix] and the effect's kind, its time that of the event that caused it, its data the effect as package handoff
// writes it. The request is signed as Standard Webhooks 1.0.0 describes, so that receivers can use a library they have:
//
//	webhook-id: 5ZK…/3/0                       the key again: the same at each try
//	webhook-timestamp: 1767225600              when this try was made, in seconds
//	webhook-signature: v1,K5oZfzN95Z9UVu1E…    HMAC-SHA256 of id.timestamp.body, in base64
//
// An answer 2xx within the time of a try is the end of it. Any other, or none, lets the effect be tried again. Since an answer can get
// lost, the same effect can come twice: a receiver recognises the key ([Receiver]).
package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The headers of a signed request.
const (
	idHeader        = "webhook-id"
	timestampHeader = "webhook-timestamp"
	signatureHeader = "webhook-signature"
)

// Tolerance is how far the time of a signature may be from the receiver's. What was recorded on the way can be sent again for as long; later
// the key is still known.
const Tolerance = 5 * time.Minute

// ErrSignature says that a request is not from who has the secret, was changed, or is too old.
var ErrSignature = errors.New("webhook: the signature does not hold")

// A Secret is what sender and receiver share.
type Secret []byte

// ParseSecret reads a secret as Standard Webhooks writes it: 24 to 64 random bytes in base64, with or without "whsec_" before them.
func ParseSecret(text string) (Secret, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(text, "whsec_"))
	if err != nil {
		return nil, errors.New("webhook: the secret is not base64, write whsec_ and 24 to 64 random bytes in base64")
	}
	if len(key) < 24 || len(key) > 64 {
		return nil, fmt.Errorf("webhook: the secret has %d bytes, it should have 24 to 64", len(key))
	}
	return key, nil
}

// sign signs one try.
func (s Secret) sign(header http.Header, id string, at time.Time, body []byte) {
	timestamp := strconv.FormatInt(at.Unix(), 10)
	header.Set(idHeader, id)
	header.Set(timestampHeader, timestamp)
	header.Set(signatureHeader, "v1,"+base64.StdEncoding.EncodeToString(s.sum(id, timestamp, body)))
}

func (s Secret) sum(id, timestamp string, body []byte) []byte {
	mac := hmac.New(sha256.New, s)
	fmt.Fprintf(mac, "%s.%s.", id, timestamp)
	mac.Write(body)
	return mac.Sum(nil)
}

// Verify checks a request's headers and body; [ErrSignature] if it must not be believed.
func (s Secret) Verify(header http.Header, body []byte, now time.Time) error {
	id, timestamp := header.Get(idHeader), header.Get(timestampHeader)
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if id == "" || err != nil {
		return fmt.Errorf("%w: %s or %s is missing", ErrSignature, idHeader, timestampHeader)
	}
	if age := now.Sub(time.Unix(seconds, 0)); age > Tolerance || age < -Tolerance {
		return fmt.Errorf("%w: it is more than %s from now", ErrSignature, Tolerance)
	}
	want := s.sum(id, timestamp, body)
	for one := range strings.FieldsSeq(header.Get(signatureHeader)) { // several while a secret is being replaced
		text, version1 := strings.CutPrefix(one, "v1,")
		got, err := base64.StdEncoding.DecodeString(text)
		if version1 && err == nil && hmac.Equal(got, want) {
			return nil
		}
	}
	return ErrSignature
}
