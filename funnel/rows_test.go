package funnel_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/leadloop/leadloop/funnel"
)

// memory is a database of one table for tests: INSERT appends the arguments as a row, SELECT answers all rows. It gives back
// what drivers give: integers as int64, text as string or bytes, times in a zone of its own, with microseconds.
type memory struct {
	rows  [][]driver.Value
	zone  *time.Location
	bytes bool
}

func (m *memory) Connect(context.Context) (driver.Conn, error) { return m, nil }
func (m *memory) Driver() driver.Driver                        { return nil }
func (m *memory) Close() error                                 { return nil }
func (m *memory) Begin() (driver.Tx, error)                    { return nil, errors.ErrUnsupported }
func (m *memory) Prepare(query string) (driver.Stmt, error)    { return &statement{m, query}, nil }

type statement struct {
	*memory
	query string
}

func (s *statement) NumInput() int { return -1 }

func (s *statement) Exec(args []driver.Value) (driver.Result, error) {
	row := make([]driver.Value, len(args))
	for i, v := range args {
		switch v := v.(type) {
		case time.Time:
			row[i] = v.In(s.zone).Truncate(time.Microsecond)
		case string:
			if row[i] = v; s.bytes {
				row[i] = []byte(v)
			}
		default:
			row[i] = v
		}
	}
	s.rows = append(s.rows, row)
	return driver.RowsAffected(1), nil
}

func (s *statement) Query([]driver.Value) (driver.Rows, error) {
	columns := strings.TrimPrefix(s.query[:strings.Index(s.query, " FROM")], "SELECT ")
	return &cursor{columns: strings.Split(columns, ", "), rows: s.rows}, nil
}

type cursor struct {
	columns []string
	rows    [][]driver.Value
}

func (c *cursor) Columns() []string { return c.columns }
func (c *cursor) Close() error      { return nil }
func (c *cursor) Next(dest []driver.Value) error {
	if len(c.rows) == 0 {
		return io.EOF
	}
	copy(dest, c.rows[0])
	c.rows = c.rows[1:]
	return nil
}

// The columns of a position and of a transition, as the examples show them.
const (
	positionColumns   = "id, policy, policy_version, stage, since, round, version, not_before, reason"
	transitionColumns = "id, policy, policy_version, version, from_stage, to_stage, event, return, reason, feedback, occurred, recorded, actor, round, not_before, redacted, amendment"
)

// nullable is NULL for the zero time.
func nullable(t time.Time) sql.Null[time.Time] { return sql.Null[time.Time]{V: t, Valid: !t.IsZero()} }

func insertPosition(db *sql.DB, p funnel.Position) error {
	_, err := db.Exec("INSERT INTO positions ("+positionColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
		p.ID, p.Policy, p.PolicyVersion, p.Stage, p.Since, p.Round, p.Version, nullable(p.NotBefore), p.Reason)
	return err
}

func scanPosition(row interface{ Scan(...any) error }) (p funnel.Position, err error) {
	var wait sql.Null[time.Time]
	err = row.Scan(&p.ID, &p.Policy, &p.PolicyVersion, &p.Stage, &p.Since, &p.Round, &p.Version, &wait, &p.Reason)
	p.Since, p.NotBefore = p.Since.UTC(), wait.V.UTC()
	return p, err
}

func insertTransition(db *sql.DB, tr funnel.Transition) error {
	feedback, err := json.Marshal(tr.Feedback)
	if err != nil {
		return err
	}
	var amendment sql.Null[string]
	if tr.Amendment != nil {
		text, err := json.Marshal(tr.Amendment)
		if err != nil {
			return err
		}
		amendment = sql.Null[string]{V: string(text), Valid: true}
	}
	_, err = db.Exec("INSERT INTO transitions ("+transitionColumns+") VALUES ($1, $2, …)",
		tr.ID, tr.Policy, tr.PolicyVersion, tr.Version, tr.From, tr.To, tr.Event, tr.Return, tr.Reason, string(feedback),
		tr.Occurred, tr.Recorded, tr.Actor, tr.Round, nullable(tr.NotBefore), tr.Redacted, amendment)
	return err
}

func scanTransition(row interface{ Scan(...any) error }) (tr funnel.Transition, err error) {
	var wait sql.Null[time.Time]
	var amendment sql.Null[string]
	var feedback string
	if err := row.Scan(&tr.ID, &tr.Policy, &tr.PolicyVersion, &tr.Version, &tr.From, &tr.To, &tr.Event, &tr.Return, &tr.Reason, &feedback,
		&tr.Occurred, &tr.Recorded, &tr.Actor, &tr.Round, &wait, &tr.Redacted, &amendment); err != nil {
		return tr, err
	}
	tr.Occurred, tr.Recorded, tr.NotBefore = tr.Occurred.UTC(), tr.Recorded.UTC(), wait.V.UTC()
	err = json.Unmarshal([]byte(feedback), &tr.Feedback)
	if amendment.Valid {
		err = errors.Join(err, json.Unmarshal([]byte(amendment.V), &tr.Amendment))
	}
	return tr, err
}

// Plain columns of text, numbers and times carry positions and transitions through database/sql, and the history that is
// read replays to the position that is read.
func TestRows(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 4))
	for round := range 40 {
		d := randomDefinition(random)
		policy, err := funnel.Compile(d, consent())
		if err != nil {
			t.Fatal(err)
		}
		start := policy.Start("lead", on("web", "2026-01-01"))
		log := walk(t, random, policy, &d, start, 6)
		for i := range log { // to what the database can hold
			log[i].Occurred, log[i].Recorded = log[i].Occurred.Truncate(time.Microsecond), log[i].Recorded.Truncate(time.Microsecond)
			log[i].NotBefore = log[i].NotBefore.Truncate(time.Microsecond)
		}
		if len(log) > 0 {
			tr, err := policy.Correct(start, log, int64(len(log)), later(fold(start, log)))
			if err != nil {
				t.Fatal(err)
			}
			merged, err := policy.Merge(fold(start, append(log, tr)), with(at(funnel.MQL), func(p *funnel.Position) { p.ID = "other" }), on("", "2199-01-01"))
			if err != nil {
				t.Fatal(err)
			}
			log = append(log, tr, merged)
		}
		zone := time.FixedZone("machine", 3600)
		positions := sql.OpenDB(&memory{zone: zone, bytes: round%2 == 0})
		transitions := sql.OpenDB(&memory{zone: zone, bytes: round%2 == 0})
		pos := start
		var want []funnel.Position
		for _, tr := range log {
			pos = funnel.Apply(pos, tr)
			want = append(want, pos)
			if err := errors.Join(insertPosition(positions, pos), insertTransition(transitions, tr)); err != nil {
				t.Fatal(err)
			}
		}
		var got []funnel.Position
		rows, err := positions.Query("SELECT " + positionColumns + " FROM positions")
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			p, err := scanPosition(rows)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, p)
		}
		var read []funnel.Transition
		if rows, err = transitions.Query("SELECT " + transitionColumns + " FROM transitions"); err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			tr, err := scanTransition(rows)
			if err != nil {
				t.Fatal(err)
			}
			read = append(read, tr)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("positions (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(log, read); diff != "" {
			t.Fatalf("transitions (-want +got):\n%s", diff)
		}
		if replayed, err := policy.ReplayFrom(start, read); err != nil || len(got) > 0 && replayed != got[len(got)-1] {
			t.Fatalf("replayed to %+v: %v", replayed, err)
		}
		if err := errors.Join(positions.Close(), transitions.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

// Columns of text alone, as in a CSV file, carry a position without loss, to the nanosecond.
func TestTextColumns(t *testing.T) {
	_, log, _ := amended(t)
	var want []funnel.Position
	var out strings.Builder
	w := csv.NewWriter(&out)
	pos := funnel.Position{}
	for i, tr := range log {
		pos = funnel.Apply(pos, tr)
		pos.Since = pos.Since.Add(time.Duration(i))
		pos.ID = "a,\"b\"\n" + pos.ID
		want = append(want, pos)
		if err := w.Write([]string{pos.ID, pos.Policy, fmt.Sprint(pos.PolicyVersion), string(pos.Stage), pos.Since.Format(time.RFC3339Nano), fmt.Sprint(pos.Round),
			fmt.Sprint(pos.Version), pos.NotBefore.Format(time.RFC3339Nano), string(pos.Reason)}); err != nil {
			t.Fatal(err)
		}
	}
	w.Flush()
	records, err := csv.NewReader(strings.NewReader(out.String())).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i, record := range records {
		var p funnel.Position
		var errs [5]error
		p.ID, p.Policy, p.Stage, p.Reason = record[0], record[1], funnel.Stage(record[3]), funnel.Reason(record[8])
		p.PolicyVersion, errs[0] = strconv.Atoi(record[2])
		p.Since, errs[1] = time.Parse(time.RFC3339Nano, record[4])
		p.Round, errs[2] = strconv.Atoi(record[5])
		p.Version, errs[3] = strconv.ParseInt(record[6], 10, 64)
		p.NotBefore, errs[4] = time.Parse(time.RFC3339Nano, record[7])
		if err := errors.Join(errs[:]...); err != nil || p != want[i] {
			t.Errorf("%+v becomes %+v: %v", want[i], p, err)
		}
	}
}

// What a row may hold that no policy wrote is refused, with a type: by Check, and by whatever is asked about it.
func TestImpossibleRows(t *testing.T) {
	policy := standard(t)
	db := sql.OpenDB(&memory{zone: time.UTC})
	good := at(funnel.MQL)
	var want []error
	for _, test := range []struct {
		change func(*funnel.Position)
		kind   error
	}{
		{func(p *funnel.Position) { p.Stage = "mqls" }, funnel.ErrUnknownStage},
		{func(p *funnel.Position) { p.PolicyVersion = 7 }, funnel.ErrPolicyVersion},
		{func(p *funnel.Position) { p.Round = -3 }, funnel.ErrPosition},
		{func(p *funnel.Position) { p.Version = -1 }, funnel.ErrPosition},
		{func(p *funnel.Position) { p.ID = "" }, funnel.ErrPosition},
		{func(p *funnel.Position) { p.Policy = "other" }, funnel.ErrWrongPolicy},
	} {
		if err := insertPosition(db, with(good, test.change)); err != nil {
			t.Fatal(err)
		}
		want = append(want, test.kind)
	}
	rows, err := db.Query("SELECT " + positionColumns + " FROM positions")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for i := 0; rows.Next(); i++ {
		pos, err := scanPosition(rows)
		if err != nil {
			t.Fatal(err)
		}
		kind := want[i]
		_, moved := policy.Move(pos, funnel.Accept, nil, later(good))
		_, returned := policy.Return(pos, funnel.Reject, funnel.ReasonMisrouted, funnel.Feedback{Fields: map[string]string{"suggested_queue": "x"}}, nil, later(good))
		_, due := policy.Due(pos, nil)
		_, merged := policy.Merge(good, pos, later(good))
		for name, err := range map[string]error{"Check": policy.Check(pos), "Move": moved, "Return": returned, "Due": due, "Merge": merged,
			"Permitted": policy.Permitted(pos, nil, good.Since)[0].Err} {
			var refusal *funnel.Refusal
			if !errors.As(err, &refusal) || !errors.Is(err, kind) {
				t.Errorf("%s of %+v: %v, want %v", name, pos, err, kind)
			}
		}
	}
	// JSON whose numbers are none of the type's is no position at all.
	var pos funnel.Position
	if err := json.Unmarshal([]byte(`{"round": 1.5}`), &pos); err == nil {
		t.Errorf("%+v", pos)
	}
}

// What a host stores: a position is a row of nine plain columns, a transition one of seventeen, of which feedback and amendment
// are JSON. The update of the position carries the version check.
//
//	CREATE TABLE positions (
//		id TEXT PRIMARY KEY, policy TEXT NOT NULL, policy_version INTEGER NOT NULL, stage TEXT NOT NULL, since TIMESTAMP NOT NULL,
//		round INTEGER NOT NULL, version BIGINT NOT NULL, not_before TIMESTAMP, reason TEXT NOT NULL)
//
//	UPDATE positions SET … WHERE id = $1 AND version = $2    -- tr.ID, tr.Version-1
func ExamplePosition() {
	policy, err := funnel.Compile[Lead](funnel.Standard())
	if err != nil {
		panic(err)
	}
	db := sql.OpenDB(&memory{zone: time.Local}) // any database/sql driver
	defer db.Close()

	// The stage, the reason and the times go into their columns as they are; no wait is NULL.
	p := policy.Start("lead-17", on("web", "2026-01-05"))
	_, err = db.Exec("INSERT INTO positions (id, policy, policy_version, stage, since, round, version, not_before, reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
		p.ID, p.Policy, p.PolicyVersion, p.Stage, p.Since, p.Round, p.Version, sql.Null[time.Time]{V: p.NotBefore, Valid: !p.NotBefore.IsZero()}, p.Reason)
	if err != nil {
		panic(err)
	}

	var read funnel.Position
	var wait sql.Null[time.Time]
	err = db.QueryRow("SELECT id, policy, policy_version, stage, since, round, version, not_before, reason FROM positions").
		Scan(&read.ID, &read.Policy, &read.PolicyVersion, &read.Stage, &read.Since, &read.Round, &read.Version, &wait, &read.Reason)
	if err != nil {
		panic(err)
	}
	read.Since, read.NotBefore = read.Since.UTC(), wait.V.UTC() // drivers answer in the machine's zone
	fmt.Println(read == p, policy.Check(read))

	read.Stage = "inqury" // somebody has edited the row
	fmt.Println(policy.Check(read))
	// Output:
	// true <nil>
	// funnel: the policy has no stage "inqury"; it has inquiry, mql, sal, sql, opportunity, won, lost, recycled, disqualified
}
