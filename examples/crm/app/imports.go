package app

import (
	"context"
	"io"
	"time"
)

// An Import is a CSV file that is read, or was.
type Import struct {
	ID, Name    string
	Total, Read int64    // bytes
	Rows        int64    // taken
	Refused     int64    // rows
	Problems    []string // the first 20, with their lines
	State       string   // running, done or failed
	Started     time.Time
}

// MaxImport is the size of a file that [App.Import] takes, in bytes.
const MaxImport = 64 << 20

// Import takes a CSV file of leads and activities. The header names the columns: those of [FieldNames], and user, kind, at, channel,
// campaign, cost, messageId. It returns at once; [App.ImportProgress] tells how far it is. The same file twice adds nothing.
func (a *App) Import(ctx context.Context, by User, name string, file io.Reader) (id string, err error) {
	return "", nil
}

// ImportProgress tells of one import; [store.ErrNotFound] if there is none.
func (a *App) ImportProgress(ctx context.Context, id string) (Import, error) { return Import{}, nil }

// Imports lists the latest 20.
func (a *App) Imports(ctx context.Context) ([]Import, error) { return nil, nil }
