package routing_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/leadloop/leadloop/handoff/routing"
)

func TestCompileReportsEverything(t *testing.T) {
	many := routing.Pool{Name: "many", Members: make([]routing.Member, routing.MaxMembers+1)}
	for i := range many.Members {
		many.Members[i] = routing.Member{ID: strings.Repeat("x", i+1), Weight: 1}
	}
	for _, c := range []struct {
		pool routing.Pool
		want []string
		is   []error
	}{
		{routing.Pool{}, []string{"name: ", "members: the pool has no members"}, []error{routing.ErrName, routing.ErrMembers}},
		{routing.Pool{Name: "p", Members: []routing.Member{{ID: "a"}, {ID: "b"}}}, []string{"members: no member has a weight"}, []error{routing.ErrWeight}},
		{routing.Pool{Name: "p", Members: []routing.Member{{Weight: 1}, {ID: "b", Weight: -1}, {ID: "c", Weight: routing.MaxWeight + 1}, {ID: "b", Capacity: -1}}},
			[]string{"members[0].id: the member has no id", "members[1].weight: ", "members[2].weight: ", "members[3].id: members[1] has the same id", "members[3].capacity: "},
			[]error{routing.ErrID, routing.ErrWeight, routing.ErrCapacity}},
		{many, []string{"members: the pool has 1001 members"}, []error{routing.ErrMembers}},
	} {
		router, err := routing.Compile(c.pool)
		if err == nil || router != nil {
			t.Errorf("%v is accepted", c.want)
			continue
		}
		lines := strings.Split(err.Error(), "\n")
		if len(lines) != len(c.want) {
			t.Errorf("%d mistakes, want %d: %v", len(lines), len(c.want), err)
			continue
		}
		for i, want := range c.want {
			if !strings.HasPrefix(lines[i], want) {
				t.Errorf("%q, want %q", lines[i], want)
			}
		}
		for _, is := range c.is {
			if !errors.Is(err, is) {
				t.Errorf("%v is not %v", err, is)
			}
		}
		var e *routing.Error
		if !errors.As(err, &e) || e.Path == "" {
			t.Errorf("%v has no *routing.Error", err)
		}
	}
}

func TestCompileCopies(t *testing.T) {
	p := pool(1, 1)
	router := compile(t, p)
	p.Members[0].ID = "changed"
	if d, _ := router.Route(routing.State{}, routing.Request{Now: now}); d.Member != "m000" {
		t.Errorf("got %q", d.Member)
	}
}

func TestParse(t *testing.T) {
	want := routing.Pool{Name: "p", Members: []routing.Member{{ID: "a", Weight: 2, Capacity: 30}, {ID: "b", Weight: 1}}}
	data, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := routing.Parse(data); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	for bad, message := range map[string]string{
		`{"name": "p", "members": [{"id": "a", "wieght": 1}]}`: `members[0].wieght:1:39: unknown key, did you mean "weight"?`,
		`{"name": "p", "name": "q"}`:                           "name:",
		`{"members": [{"weight": 0.5}]}`:                       "members[0].weight:",
		`{} 1`:                                                 "1:4:",
	} {
		if _, err := routing.Parse([]byte(bad)); err == nil || !strings.Contains(err.Error(), message) {
			t.Errorf("%s: got %v, want %s", bad, err, message)
		}
	}
}
