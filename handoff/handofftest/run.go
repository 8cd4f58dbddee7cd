package handofftest

import (
	"strings"
	"testing"

	"github.com/leadloop/leadloop/handoff"
)

// Run holds a store against all laws, each as a subtest. Create makes an empty store; it is called for every
// story, about a hundred times in all.
func Run(t *testing.T, create func(t *testing.T) Store) {
	t.Helper()
	for _, l := range laws {
		t.Run(strings.ReplaceAll(l.name, " ", "_"), func(t *testing.T) {
			if f := l.hold(func() Store { return create(t) }); f != nil {
				t.Error(f)
			}
		})
	}
}

// Failures holds a store against all laws and returns those that it breaks, in the order of the package's documentation. It
// is Run for who wants to see a kit fail: sabotage the store and look.
func Failures(create func() Store) []Failure {
	var failures []Failure
	for _, l := range laws {
		if f := l.hold(create); f != nil {
			failures = append(failures, *f)
		}
	}
	return failures
}

// A Failure is a law that a store breaks.
type Failure struct {
	Law     string   // its name, such as "lost update"
	Rule    string   // what must hold
	Broken  string   // what happened instead
	History []string // the steps that show it, each in a line
}

// String tells all of it, the history line by line.
func (f Failure) String() string {
	var b strings.Builder
	b.WriteString(f.Law + ": " + f.Rule + "\n" + f.Broken + "\n")
	for _, line := range f.History {
		b.WriteString("    " + line + "\n")
	}
	return b.String()
}

// A law is one of the promises of a store. Its check tells stories, from the shortest one on, until one goes wrong.
type law struct {
	name  string
	rule  string
	check func(k *kit) error
}

var laws = []law{
	{"unknown lead", "a lead that was never registered is the zero case, with no events", unknownLead},
	{"lost update", "of decisions from the same version one is stored, and nothing of the others", lostUpdate},
	{"repeated command", "a command that comes twice is known to have been decided, and applied once", repeatedCommand},
	{"gaps", "events that don't follow on the version that was loaded, or one another, are refused, and nothing of them is stored", gaps},
	{"all or nothing", "of a decision that can't be stored, nothing is", allOrNothing},
	{"effects", "each effect is pending, in its order, until it is done", effects},
	{"crash", "wherever the host crashes, nothing is lost and nothing done twice", crash},
	{"pool", "no two offers are decided from the same state of the pools", pool},
	{"deadlines", "the stored cases alone say who needs a tick", deadlines},
	{"replay", "the log gives the case", replay},
	{"round trip", "what is written is read again without loss", roundTrip},
}

// hold returns how the law is broken, if it is.
func (l law) hold(create func() Store) *Failure {
	k := &kit{create: create}
	err := k.begin()
	if err == nil {
		err = l.check(k)
	}
	if err == nil {
		return nil
	}
	f := &Failure{Law: l.name, Rule: l.rule, Broken: err.Error()}
	if k.latest != nil {
		f.History = k.latest.steps
	}
	return f
}

// A kit is what one law works with.
type kit struct {
	create func() Store
	desk   *handoff.Desk[lead]
	latest *session // whose history shows what is broken
}

func (k *kit) begin() (err error) {
	k.desk, err = compile()
	return err
}

// session begins a new story on an empty store.
func (k *kit) session() *session {
	k.latest = &session{desk: k.desk, store: k.create(), now: start}
	return k.latest
}
