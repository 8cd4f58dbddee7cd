package web

import (
	"container/list"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"
)

const (
	mostGuesses  = 10               // wrong passwords from one address, or for one account
	guessTime    = 15 * time.Minute // in which they count together
	mostSenders  = 4096             // addresses that are remembered
	mostAccounts = 256
)

// A throttle bounds how many passwords somebody may guess. An address with too many wrong ones has to wait. So has one with a single wrong
// one at an account where many were wrong, since guesses may come from many addresses; but an address without any is always heard: nobody
// is locked out by what others guess from other addresses.
//
// It is kept in memory, so that each process counts for itself and forgets when it ends. That makes guesses a little cheaper, and an answer
// never waits for the database.
type throttle struct {
	mutex             sync.Mutex
	senders, accounts guesses
}

func newThrottle() *throttle {
	return &throttle{senders: newGuesses(mostSenders), accounts: newGuesses(mostAccounts)}
}

// take takes a try to sign in, by whether its password is right, and says how long to wait if it is not taken. It asks and counts at once:
// tries that come together are no more than others. Comparing the password before costs nothing here; where that is slow, because it
// is hashed as it ought to be, ask before as well.
func (t *throttle) take(sender, account string, right bool, now time.Time) (wait time.Duration) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	from, at := t.senders.of(sender, now), t.accounts.of(account, now)
	switch {
	case from.wrong >= mostGuesses:
		return from.end.Sub(now)
	case at.wrong >= mostGuesses && from.wrong > 0:
		return min(from.end.Sub(now), at.end.Sub(now))
	}
	if !right {
		t.senders.add(sender, now)
		t.accounts.add(account, now)
	}
	return 0
}

// guesses counts wrong passwords by a key. When it is full, the oldest count is forgotten.
type guesses struct {
	most  int
	byKey map[string]*list.Element
	order *list.List // of *guess, the oldest first
}

// A guess counts the wrong passwords of a key until its time ends.
type guess struct {
	key   string
	wrong int
	end   time.Time
}

func newGuesses(most int) guesses {
	return guesses{most: most, byKey: map[string]*list.Element{}, order: list.New()}
}

// of is the count of a key; zero if there is none, or its time has ended.
func (g *guesses) of(key string, now time.Time) guess {
	if e := g.byKey[key]; e != nil && e.Value.(*guess).end.After(now) {
		return *e.Value.(*guess)
	}
	return guess{}
}

func (g *guesses) add(key string, now time.Time) {
	if e := g.byKey[key]; e != nil {
		count := e.Value.(*guess)
		if !count.end.After(now) {
			count.wrong, count.end = 0, now.Add(guessTime)
			g.order.MoveToBack(e)
		}
		count.wrong++
		return
	}
	if g.order.Len() == g.most {
		delete(g.byKey, g.order.Remove(g.order.Front()).(*guess).key)
	}
	g.byKey[key] = g.order.PushBack(&guess{key, 1, now.Add(guessTime)})
}

// sender is the address that a request comes from. Behind a proxy that is the last one in its header: the ones before it anybody may
// have written there. Of IPv6 it is the network, for whoever has one address has all of it.
func (s *site) sender(r *http.Request) string {
	text, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		text = r.RemoteAddr
	}
	if forwarded := r.Header.Values("X-Forwarded-For"); s.secure && len(forwarded) > 0 {
		last := forwarded[len(forwarded)-1]
		text = strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])
	}
	address, err := netip.ParseAddr(text)
	if err != nil {
		return "" // all that say nothing sensible are one
	}
	address = address.Unmap()
	bits := address.BitLen()
	if address.Is6() {
		bits = 64
	}
	network, err := address.Prefix(bits)
	if err != nil {
		return ""
	}
	return network.String()
}
