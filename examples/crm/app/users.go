package app

import (
	"strings"
)

// A Role is what somebody may see and do.
type Role string

// The roles. A manager decides in an owner's place, giving the cause, and takes over documents and requests about personal data.
const (
	Marketing Role = "marketing"
	Sales     Role = "sales"
	Admin     Role = "admin"
)

// A User is somebody who is signed in.
type User struct {
	ID   string // as the agreement knows them: a member of a pool, or a manager
	Name string
	Role Role
}

// Users are those who can sign in to the demo: one of marketing, and the members and managers of the agreement.
func (a *App) Users() []User {
	list := []User{{"max", "Max", Marketing}}
	seen := map[string]bool{"max": true}
	add := func(id string, role Role) {
		if !seen[id] && id != "" {
			seen[id] = true
			list = append(list, User{id, strings.ToUpper(id[:1]) + id[1:], role})
		}
	}
	agreement := a.agreed.Load().agreement
	for _, id := range agreement.Managers {
		add(id, Admin)
	}
	for _, pool := range agreement.Routing.Pools {
		for _, m := range pool.Members {
			add(m.ID, Sales)
		}
	}
	return list
}

// User looks one up by id and role, which a session holds. Who has left the agreement is not found any more.
func (a *App) User(id string, role Role) (User, bool) {
	for _, u := range a.Users() {
		if u.ID == id && u.Role == role {
			return u, true
		}
	}
	return User{}, false
}
