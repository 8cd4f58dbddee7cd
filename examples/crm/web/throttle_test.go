package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestGuessing: who guesses passwords has to wait, by the address and by the account; others never have to.
func TestGuessing(t *testing.T) {
	d := open(t)
	// try signs in from an address, in a browser of its own.
	try := func(address, who, word string) answered {
		t.Helper()
		p := d.stranger()
		p.get("/sign-in")
		p.address = address
		return p.post("/sign-in", url.Values{"user": {who}, "password": {word}})
	}
	for i := range mostGuesses {
		try("192.0.2.7:1", []string{"sales/anna", "sales/ben", "nobody"}[i%3], "guess").want(t, http.StatusUnprocessableEntity, "That is not the password")
	}
	d.now = d.now.Add(30 * time.Second)
	got := try("192.0.2.7:2", "admin/maria", password)
	got.want(t, http.StatusTooManyRequests, "Too many wrong passwords were given. Try again in 15 minutes.")
	if after := got.Header().Get("Retry-After"); after != "870" {
		t.Errorf("again after %q, want 870 s", after)
	}
	try("192.0.2.8:1", "admin/maria", password).wantTo(t, "/")
	d.now = d.now.Add(guessTime - 30*time.Second)
	try("192.0.2.7:1", "admin/maria", "guess").want(t, http.StatusUnprocessableEntity)
	try("192.0.2.7:1", "admin/maria", password).wantTo(t, "/")

	// One account from many addresses: each of them has a single try, and who has the password is heard.
	d.now = d.now.Add(guessTime)
	for i := range 3 * mostGuesses {
		try(fmt.Sprintf("203.0.113.%d:1", i), "admin/maria", "guess").want(t, http.StatusUnprocessableEntity)
	}
	try("203.0.113.5:1", "admin/maria", password).want(t, http.StatusTooManyRequests)
	try("203.0.113.5:1", "sales/anna", password).wantTo(t, "/")
	try("192.0.2.9:1", "admin/maria", password).wantTo(t, "/")
}

// TestGuessingAtOnce: tries that come together are no more than others.
func TestGuessingAtOnce(t *testing.T) {
	throttle := newThrottle()
	var taken atomic.Int64
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 100 {
				if throttle.take("a", "b", false, tuesday) == 0 {
					taken.Add(1)
				}
			}
		})
	}
	group.Wait()
	if taken.Load() != mostGuesses {
		t.Errorf("%d guesses were taken, want %d", taken.Load(), mostGuesses)
	}
}

// TestGuessesForgotten: any number of addresses take no more memory than some. The oldest are forgotten, and a new count is not old.
func TestGuessesForgotten(t *testing.T) {
	g := newGuesses(3)
	at := tuesday
	for _, key := range []string{"a", "b", "c", "a", "d"} {
		g.add(key, at)
		at = at.Add(time.Second)
	}
	if g.of("a", at).wrong != 0 || g.of("b", at).wrong != 1 || len(g.byKey) != 3 || g.order.Len() != 3 {
		t.Errorf("%v, %d in order", g.byKey, g.order.Len())
	}
	at = at.Add(guessTime) // b begins anew, so c is the oldest
	g.add("b", at)
	g.add("e", at)
	if g.of("b", at).wrong != 1 || g.of("e", at).wrong != 1 || g.byKey["c"] != nil || g.byKey["d"] == nil {
		t.Errorf("%v", g.byKey)
	}
}

// TestSender: who asks is told by the connection, or by the proxy; never by who asks.
func TestSender(t *testing.T) {
	for _, test := range []struct {
		remote    string
		forwarded []string
		secure    bool
		want      string
	}{
		{"192.0.2.7:1234", nil, false, "192.0.2.7/32"},
		{"192.0.2.7:1234", []string{"198.51.100.1"}, false, "192.0.2.7/32"},
		{"10.0.0.1:1234", []string{"198.51.100.1"}, true, "198.51.100.1/32"},
		{"10.0.0.1:1234", []string{"1.2.3.4", "5.6.7.8, 198.51.100.1"}, true, "198.51.100.1/32"},
		{"10.0.0.1:1234", nil, true, "10.0.0.1/32"},
		{"10.0.0.1:1234", []string{"me"}, true, ""},
		{"[2001:db8:1:2:3::4]:1234", nil, false, "2001:db8:1:2::/64"},
		{"[::ffff:192.0.2.7]:1234", nil, false, "192.0.2.7/32"},
		{"@", nil, false, ""},
	} {
		r := httptest.NewRequest(http.MethodPost, "/sign-in", nil)
		r.RemoteAddr = test.remote
		r.Header["X-Forwarded-For"] = test.forwarded
		if got := (&site{secure: test.secure}).sender(r); got != test.want {
			t.Errorf("%+v: %q", test, got)
		}
	}
}
