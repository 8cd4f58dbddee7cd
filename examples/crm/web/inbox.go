package web

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/leadloop/leadloop/examples/crm/app"
)

// A rowsPage is a page of leads.
type rowsPage struct {
	app.Inbox
	More   string     // address of the next page; "" if this is the last
	Text   string     // that was searched for
	Owners []app.User // whose inboxes one may look into
	Owner  string     // whose inbox is shown; "": one's own
}

// List is the address of a list of the inbox that is shown.
func (p rowsPage) List(name string) string {
	query := url.Values{"list": {name}}
	if p.Owner != "" {
		query.Set("owner", p.Owner)
	}
	return "/?" + query.Encode()
}

// cursor is the form of [app.Inbox].Next: an instant in microseconds and an id.
var cursor = regexp.MustCompile(`^[0-9]{1,18}~[0-9A-Za-z-]+$|^9223372036854775807~[0-9A-Za-z-]+$`)

// Stages says whether the leads stand at different stages, so that it is worth a column.
func (p rowsPage) Stages() bool {
	return slices.ContainsFunc(p.Rows, func(r app.Row) bool { return r.Stage != p.Rows[0].Stage })
}

func (s *site) showInbox(v *visit) error {
	query := v.r.URL.Query()
	if after := query.Get("after"); after != "" && !cursor.MatchString(after) {
		return errForm
	}
	var page rowsPage
	whose := v.user
	if v.user.Role != app.Sales {
		for _, user := range s.app.Users() {
			if user.Role == app.Sales {
				page.Owners = append(page.Owners, user)
			}
		}
		if page.Owner = query.Get("owner"); page.Owner != "" {
			i := slices.IndexFunc(page.Owners, func(u app.User) bool { return u.ID == page.Owner })
			if i < 0 {
				return errNotFound
			}
			whose = page.Owners[i] // to look only: what one may do with a lead, its page says
		}
	}
	var err error
	page.Inbox, err = s.app.Inbox(v.context(), whose, app.InboxQuery{Filter: query.Get("list"), After: query.Get("after")})
	if err != nil {
		return err
	}
	if page.Next != "" {
		page.More = page.List(page.Filter) + "&" + url.Values{"after": {page.Next}}.Encode()
	}
	return v.show(http.StatusOK, "inbox", page)
}

// longestSearch is the longest text that is searched for, in bytes.
const longestSearch = 200

func (s *site) showSearch(v *visit) error {
	page := rowsPage{Text: strings.TrimSpace(v.r.URL.Query().Get("q"))}
	if len(page.Text) > longestSearch {
		return errForm
	}
	if page.Text != "" {
		var err error
		if page.Rows, err = s.app.Search(v.context(), v.user, page.Text); err != nil {
			return err
		}
	}
	return v.show(http.StatusOK, "search", page)
}

func (s *site) showPipeline(v *visit) error {
	pipeline, err := s.app.Pipeline(v.context(), v.user)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "pipeline", pipeline)
}
