package app

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/leadloop/leadloop/examples/crm/store"
)

// An Import is a CSV file that is read, or was.
type Import struct {
	ID, Name    string
	Total, Read int64    // bytes
	Rows        int64    // taken
	Refused     int64    // rows
	Problems    []string // the first 20, with their lines
	State       string   // running, done, failed or interrupted
	Started     time.Time
	Seen        time.Time // when it last got on
}

// MaxImport is the size of a file that [App.Import] takes, in bytes.
const MaxImport = 64 << 20

// ErrImport is a file that can't be taken at all.
var ErrImport = errors.New("the file can't be imported")

// ErrBusy is a file that can't be taken now. [BusyFor] says when to send it again.
var ErrBusy = fmt.Errorf("%d other files are being read, send it again when one of them is done", mostImports)

// BusyFor is about as long as it takes to read a file.
const BusyFor = 30 * time.Second

const (
	importBatch  = 500
	mostImports  = 4 // files that a process reads at the same time, since each is in memory
	mostProblems = 20
	silent       = time.Minute // after it an import that has not got on is taken for interrupted: a batch takes a second at most
)

// importColumns are those that are no fields of the lead.
var importColumns = []string{"user", "kind", "at", "channel", "campaign", "cost", "messageId"}

// Import takes a CSV file of leads and activities. The header names the columns: those of [FieldNames], and user, kind, at, channel,
// campaign, cost, messageId. A row needs an email or a user. It returns at once; [App.ImportProgress] tells how far it is. The same file
// twice adds nothing. Marketing and admins may.
func (a *App) Import(ctx context.Context, by User, name string, file io.Reader) (id string, err error) {
	if by.Role == Sales {
		return "", ErrForbidden
	}
	if problem := unfit(name, maxText); problem != "" {
		return "", fmt.Errorf("%w: its name %s", ErrImport, problem)
	}
	select {
	case a.imports <- struct{}{}:
	default:
		return "", ErrBusy
	}
	started := false
	defer func() {
		if !started {
			<-a.imports
		}
	}()
	data, err := io.ReadAll(io.LimitReader(file, MaxImport+1))
	switch {
	case err != nil:
		return "", err
	case len(data) > MaxImport:
		return "", fmt.Errorf("%w: it is larger than %d MiB, send it in parts", ErrImport, MaxImport>>20)
	}
	reader := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	reader.ReuseRecord = true
	header, err := reader.Read()
	if err != nil {
		return "", fmt.Errorf("%w: it has no header", ErrImport)
	}
	header = slices.Clone(header)
	for _, column := range header {
		if !slices.Contains(FieldNames, column) && !slices.Contains(importColumns, column) {
			return "", fmt.Errorf("%w: its header has a column that is none of %s, %s", ErrImport, strings.Join(FieldNames, ", "), strings.Join(importColumns, ", "))
		}
	}
	sum := sha256.Sum256(data)
	i := &importing{app: a, reader: reader, header: header, file: hex.EncodeToString(sum[:8]), state: store.Import{
		ID: rand.Text(), Name: name, Total: int64(len(data)), State: "running", Started: a.now(),
	}}
	if err := i.put(ctx); err != nil {
		return "", err
	}
	if err := a.store.Audit(ctx, store.AuditEntry{At: a.now(), Actor: by.ID, Action: "import", Target: i.state.ID}); err != nil {
		return "", err
	}
	started = true
	go i.run(context.WithoutCancel(ctx)) // a crash interrupts it: the same file once more takes in the rest
	return i.state.ID, nil
}

// importing is a file that is being read.
type importing struct {
	app    *App
	reader *csv.Reader
	header []string
	file   string // hash, in the ids of messages
	row    int
	batch  []Message
	state  store.Import
}

func (i *importing) run(ctx context.Context) {
	defer func() { <-i.app.imports }()
	err := i.rows(ctx)
	i.state.State = "done"
	if err != nil {
		i.app.log.Error("import", "id", i.state.ID, "error", err)
		i.state.State = "failed"
	}
	i.state.Read = i.reader.InputOffset()
	if err := i.put(ctx); err != nil {
		i.app.log.Error("import", "id", i.state.ID, "error", err)
	}
}

func (i *importing) rows(ctx context.Context) error {
	for {
		record, err := i.reader.Read()
		if err == io.EOF {
			return i.flush(ctx)
		}
		i.row++
		var broken *csv.ParseError
		if errors.As(err, &broken) {
			i.refuse(broken.StartLine, "is no CSV row of the header's columns")
			continue
		}
		if err != nil {
			return err
		}
		line, _ := i.reader.FieldPos(0) // a row that is broken in its first field has no position
		m, problem := i.message(record)
		if problem == "" {
			if err := m.check(0); err != nil {
				problem = strings.TrimPrefix(err.Error(), "message 0: ")
			}
		}
		if problem != "" {
			i.refuse(line, problem)
			continue
		}
		i.batch = append(i.batch, m)
		if len(i.batch) == importBatch {
			if err := i.flush(ctx); err != nil {
				return err
			}
		}
	}
}

// message makes a row into a message.
func (i *importing) message(record []string) (m Message, problem string) {
	m = Message{ID: fmt.Sprintf("import-%s-%d", i.file, i.row), Fields: map[string]string{}}
	for column, value := range record {
		value = strings.TrimSpace(value)
		if value == "" {
			continue
		}
		var err error
		switch name := i.header[column]; name {
		case "user":
			m.User = value
		case "kind":
			m.Kind = value
		case "at":
			if m.At, err = time.Parse(time.RFC3339, value); err != nil {
				return m, "at: must be a time such as 2026-03-31T09:00:00Z"
			}
		case "channel":
			m.Channel = value
		case "campaign":
			m.Campaign = value
		case "cost":
			if m.Cost, err = strconv.ParseInt(value, 10, 64); err != nil {
				return m, "cost: must be a whole number of cents"
			}
		case "messageId":
			m.ID = value
		default:
			m.Fields[name] = value
		}
	}
	if m.User == "" && m.Fields["email"] == "" {
		return m, "needs an email or a user"
	}
	if m.User == "" {
		m.User = "email:" + normal("email", m.Fields["email"])
	}
	return m, ""
}

func (i *importing) refuse(line int, problem string) {
	i.state.Refused++
	if len(i.state.Problems) < mostProblems {
		i.state.Problems = append(i.state.Problems, fmt.Sprintf("line %d: %s", line, problem))
	}
}

// flush stores a batch and how far the import is.
func (i *importing) flush(ctx context.Context) error {
	if _, err := i.app.Ingest(ctx, i.batch); err != nil {
		return err
	}
	i.state.Rows += int64(len(i.batch))
	i.state.Read = i.reader.InputOffset()
	i.batch = i.batch[:0]
	return i.put(ctx)
}

// put stores how far the import is.
func (i *importing) put(ctx context.Context) error {
	i.state.Seen = i.app.now()
	return i.app.store.PutImport(ctx, i.state)
}

// seen is an import as people see it: one that has not got on for long has lost its process. Which process that was does not matter, so
// that several can share a database and end at any time.
func (a *App) seen(row store.Import) Import {
	i := Import(row)
	if i.State == "running" && a.now().Sub(i.Seen) > silent {
		i.State = "interrupted"
		i.Problems = append(i.Problems, "the program ended while it read the file: import the same file once more, which takes in the rest")
	}
	return i
}

// ImportProgress tells of one import; [store.ErrNotFound] if there is none.
func (a *App) ImportProgress(ctx context.Context, id string) (Import, error) {
	list, err := a.store.Imports(ctx, id, 1)
	if err == nil && (len(list) == 0 || id == "") {
		err = store.ErrNotFound
	}
	if err != nil {
		return Import{}, err
	}
	return a.seen(list[0]), nil
}

// Imports lists the latest 20.
func (a *App) Imports(ctx context.Context) ([]Import, error) {
	rows, err := a.store.Imports(ctx, "", 20)
	var list []Import
	for _, r := range rows {
		list = append(list, a.seen(r))
	}
	return list, err
}
