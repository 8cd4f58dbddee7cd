package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
)

// A List selects cases. The zero List is all of them.
type List struct {
	Owner  string         // "": anybody's
	Status handoff.Status // of the offer; "": any
	Stages []funnel.Stage // none: all
	Newest bool           // the ones that changed last come first; else those whose deadline is next
	After  string         // the cursor of the row after which the list goes on; "": from the start
	Limit  int
}

// A ListRow is a case with its lead.
type ListRow struct {
	Lead   Lead
	Case   handoff.Case
	Cursor string // for [List].After
}

// where writes the conditions of a list.
func (l List) where() (string, []any) {
	var b strings.Builder
	var values []any
	b.WriteString(" WHERE 1 = 1")
	if l.Owner != "" {
		b.WriteString(" AND c.owner = ?")
		values = append(values, l.Owner)
	}
	if len(l.Stages) > 0 {
		b.WriteString(" AND c.stage IN " + placeholders(1, len(l.Stages)))
		for _, s := range l.Stages {
			values = append(values, string(s))
		}
	}
	if l.Status != "" {
		b.WriteString(" AND c.status = ?")
		values = append(values, string(l.Status))
	}
	return b.String(), values
}

// Cases lists cases with their leads.
func (s *Store) Cases(ctx context.Context, l List) ([]ListRow, error) {
	where, values := l.where()
	column, order := "c.next", "c.next, c.lead"
	if l.Newest {
		column, order = "c.changed", "c.changed DESC, c.lead DESC"
	}
	if l.After != "" {
		at, lead, found := strings.Cut(l.After, "~")
		mark, err := strconv.ParseInt(at, 10, 64)
		if err != nil || !found {
			return nil, fmt.Errorf("store: list: the cursor is none of this list")
		}
		than := ">"
		if l.Newest {
			than = "<"
		}
		where += " AND (" + column + ", c.lead) " + than + " (?, ?)"
		values = append(values, mark, lead)
	}
	// The page of cases is cut first, so that leads are looked up for its rows alone.
	statement := `SELECT ` + prefixed("l.", leadColumns) + `, p.body, p.mark FROM (SELECT c.lead, c.body, ` + column + ` AS mark FROM cases AS c` + where +
		` ORDER BY ` + order + ` LIMIT ?) AS p JOIN leads AS l ON l.id = p.lead ORDER BY p.mark, p.lead`
	if l.Newest {
		statement = strings.Replace(statement, "ORDER BY p.mark, p.lead", "ORDER BY p.mark DESC, p.lead DESC", 1)
	}
	var list []ListRow
	err := s.each(ctx, statement, append(values, l.Limit), func(scan func(...any) error) error {
		var r ListRow
		var body string
		var mark int64
		var err error
		if r.Lead, err = scanLead(scan, &body, &mark); err != nil {
			return err
		}
		r.Cursor = strconv.FormatInt(mark, 10) + "~" + r.Lead.ID
		list = append(list, r)
		return json.Unmarshal([]byte(body), &list[len(list)-1].Case)
	})
	return list, fault("list", err)
}

// CountCases counts the cases of a list.
func (s *Store) CountCases(ctx context.Context, l List) (int64, error) {
	where, values := l.where()
	var n int64
	err := s.row(ctx, `SELECT COUNT(*) FROM cases AS c`+where, values, &n)
	return n, fault("count list", err)
}

// Search finds leads whose label has a text in it, the newest first; at most limit. It looks at every label: fast enough for a hundred
// thousand leads, beyond that a full-text index is due.
func (s *Store) Search(ctx context.Context, text string, limit int) ([]Lead, error) {
	var list []Lead
	escaped := strings.NewReplacer(`!`, `!!`, `%`, `!%`, `_`, `!_`).Replace(strings.ToLower(text))
	err := s.each(ctx, `SELECT `+leadColumns+` FROM leads WHERE LOWER(label) LIKE ? ESCAPE '!' ORDER BY newest DESC, id LIMIT ?`, []any{"%" + escaped + "%", limit},
		func(scan func(...any) error) error {
			l, err := scanLead(scan)
			list = append(list, l)
			return err
		})
	return list, fault("search", err)
}

// prefixed writes a prefix before each column of a list.
func prefixed(prefix, columns string) string {
	return prefix + strings.ReplaceAll(columns, ", ", ", "+prefix)
}

// An Import is how far the reading of a file has come.
type Import struct {
	ID, Name    string
	Total, Read int64
	Rows        int64
	Refused     int64
	Problems    []string
	State       string
	Started     time.Time
	Seen        time.Time // when it last got on
}

// PutImport stores how far an import is.
func (s *Store) PutImport(ctx context.Context, i Import) error {
	problems, err := json.Marshal(append([]string{}, i.Problems...))
	if err != nil {
		return err
	}
	_, err = s.exec(ctx, `INSERT INTO imports (id, name, total, read, rows, refused, problems, state, started, seen) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET read = excluded.read, rows = excluded.rows, refused = excluded.refused, problems = excluded.problems, state = excluded.state,
			seen = excluded.seen`,
		i.ID, i.Name, i.Total, i.Read, i.Rows, i.Refused, string(problems), i.State, micros(i.Started), micros(i.Seen))
	return fault("put import", err)
}

// Imports lists the latest imports, or the one with an id.
func (s *Store) Imports(ctx context.Context, id string, limit int) ([]Import, error) {
	var list []Import
	err := s.each(ctx, `SELECT id, name, total, read, rows, refused, problems, state, started, seen FROM imports WHERE id = ? OR ? = '' ORDER BY started DESC, id LIMIT ?`,
		[]any{id, id, limit}, func(scan func(...any) error) error {
			var i Import
			var problems string
			var started, seen int64
			if err := scan(&i.ID, &i.Name, &i.Total, &i.Read, &i.Rows, &i.Refused, &problems, &i.State, &started, &seen); err != nil {
				return err
			}
			i.Started, i.Seen = instant(started), instant(seen)
			list = append(list, i)
			return json.Unmarshal([]byte(problems), &list[len(list)-1].Problems)
		})
	return list, fault("imports", err)
}
