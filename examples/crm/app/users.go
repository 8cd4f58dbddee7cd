package app

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

// Users are those who can sign in to the demo: the members and managers of the agreement, and one of marketing.
func (a *App) Users() []User { return nil }

// User looks one up by id and role, which a session holds.
func (a *App) User(id string, role Role) (User, bool) { return User{}, false }
