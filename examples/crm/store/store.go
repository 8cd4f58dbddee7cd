// Package store keeps the application's tables in SQLite or PostgreSQL: one schema, one set of statements, one set of tests.
//
// What the loop needs of a database is little: an event log per lead under a version check, the effects of a decision in an outbox, and
// timers as rows, all written in one transaction with the case ([Store.Commit]). Everything else here is lists and look-ups.
//
// Instants are stored as whole microseconds since 1970 in UTC; 0 is none. Cases, events and effects are stored as JSON, which keeps
// nanoseconds, beside the columns that lists search by. Money is in minor units.
//
// On SQLite one connection writes and the others read (WAL), every transaction that writes begins as such (BEGIN IMMEDIATE), and
// whoever has to wait does so for up to ten seconds. On PostgreSQL transactions are READ COMMITTED: every check is part of the
// statement that writes.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"net/url"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "modernc.org/sqlite"             // the driver "sqlite"
)

// Errors of a store, for errors.Is.
var (
	ErrConflict = errors.New("store: somebody else was faster: load and decide again")
	ErrNotFound = errors.New("store: there is no such row")
)

// A Store is a database. It is safe for concurrent use.
type Store struct {
	write, read *sql.DB
	within      *sql.Tx // set in a store that is bound to a transaction, see [Store.Within]
	postgres    bool
}

// Open opens a database and brings its schema up to date. The address is "file:crm.db" (a path for SQLite) or
// "postgres://user@host/database".
func Open(ctx context.Context, address string) (*Store, error) {
	s := &Store{}
	var err error
	if strings.HasPrefix(address, "postgres://") || strings.HasPrefix(address, "postgresql://") {
		s.postgres = true
		if s.write, err = sql.Open("pgx", address); err != nil {
			return nil, fmt.Errorf("store: open: %w", err)
		}
		s.write.SetMaxOpenConns(16)
		s.write.SetMaxIdleConns(16)
		s.read = s.write
	} else if err := s.openSQLite(address); err != nil {
		return nil, err
	}
	if err := s.migrate(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Store) openSQLite(address string) error {
	path, query, _ := strings.Cut(strings.TrimPrefix(address, "file:"), "?")
	if path == "" {
		return fmt.Errorf("store: %q names no file, write file:crm.db", address)
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return fmt.Errorf("store: %q: %w", address, err)
	}
	for _, pragma := range []string{"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "cache_size(-65536)", "temp_store(MEMORY)"} {
		values.Add("_pragma", pragma)
	}
	values.Set("_txlock", "immediate")
	address = "file:" + path + "?" + values.Encode()
	if s.write, err = sql.Open("sqlite", address); err != nil {
		return fmt.Errorf("store: open: %w", err)
	}
	s.write.SetMaxOpenConns(1)
	values.Add("_pragma", "query_only(1)")
	if s.read, err = sql.Open("sqlite", "file:"+path+"?"+values.Encode()); err != nil {
		return fmt.Errorf("store: open: %w", err)
	}
	s.read.SetMaxOpenConns(max(4, runtime.GOMAXPROCS(0)))
	s.read.SetMaxIdleConns(max(4, runtime.GOMAXPROCS(0)))
	return nil
}

// Close closes the database. What was committed stays.
func (s *Store) Close() error {
	if s.read == s.write {
		return s.write.Close()
	}
	return errors.Join(s.read.Close(), s.write.Close())
}

// Ping says whether the database answers.
func (s *Store) Ping(ctx context.Context) error { return s.read.PingContext(ctx) }

// Within runs a function in one transaction: what it does through the store that it is given is done as a whole, or, if it
// returns an error, not at all. That store must not be used by several goroutines, nor afterwards.
func (s *Store) Within(ctx context.Context, do func(*Store) error) error {
	if s.within != nil {
		return do(s)
	}
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return fault("begin", err)
	}
	defer tx.Rollback() // does nothing after a commit
	bound := *s
	bound.within = tx
	if err := do(&bound); err != nil {
		return err
	}
	return fault("commit", tx.Commit())
}

// exec runs a statement that writes.
func (s *Store) exec(ctx context.Context, statement string, values ...any) (int64, error) {
	var result sql.Result
	var err error
	if s.within != nil {
		result, err = s.within.ExecContext(ctx, s.dialect(statement), values...)
	} else {
		result, err = s.write.ExecContext(ctx, s.dialect(statement), values...)
	}
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// query runs a statement that reads.
func (s *Store) query(ctx context.Context, statement string, values ...any) (*sql.Rows, error) {
	if s.within != nil {
		return s.within.QueryContext(ctx, s.dialect(statement), values...)
	}
	return s.read.QueryContext(ctx, s.dialect(statement), values...)
}

// row reads one row; without one it is [ErrNotFound].
func (s *Store) row(ctx context.Context, statement string, values []any, into ...any) error {
	var err error
	if s.within != nil {
		err = s.within.QueryRowContext(ctx, s.dialect(statement), values...).Scan(into...)
	} else {
		err = s.read.QueryRowContext(ctx, s.dialect(statement), values...).Scan(into...)
	}
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return err
}

// each runs a statement that reads and hands every row to a function, which scans it.
func (s *Store) each(ctx context.Context, statement string, values []any, take func(scan func(into ...any) error) error) error {
	rows, err := s.query(ctx, statement, values...)
	if err != nil {
		return err
	}
	return drain(rows, take)
}

func drain(rows *sql.Rows, take func(scan func(into ...any) error) error) error {
	defer rows.Close()
	for rows.Next() {
		if err := take(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// dialect writes the placeholders of a statement as the database wants them: ? on SQLite, $1, $2 on PostgreSQL. Statements are
// constants without a question mark in any text.
func (s *Store) dialect(statement string) string {
	if !s.postgres || !strings.Contains(statement, "?") {
		return statement
	}
	var b strings.Builder
	b.Grow(len(statement) + 16)
	n := 0
	for _, r := range statement {
		if r == '?' {
			n++
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(n))
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// placeholders writes n rows of k placeholders: (?,?),(?,?).
func placeholders(n, k int) string {
	row := "(" + strings.TrimSuffix(strings.Repeat("?,", k), ",") + ")"
	return strings.TrimSuffix(strings.Repeat(row+",", n), ",")
}

// forUpdate ends a statement whose rows are locked until the transaction ends. On SQLite nobody else writes meanwhile anyway.
func (s *Store) forUpdate() string {
	if s.postgres {
		return " FOR UPDATE"
	}
	return ""
}

// fault says what was being done, and tells a conflict of transactions, which a retry settles, from a failure of the database.
func fault(doing string, err error) error {
	if err == nil {
		return nil
	}
	var answer *pgconn.PgError
	if errors.As(err, &answer) && (answer.Code == "40001" || answer.Code == "40P01") { // serialization failure, deadlock
		return fmt.Errorf("%s: %w (%s)", doing, ErrConflict, answer.Code)
	}
	if errors.Is(err, ErrConflict) || errors.Is(err, ErrNotFound) {
		return err
	}
	return fmt.Errorf("store: %s: %w", doing, err)
}

// micros writes an instant for a column, rounded down to the microsecond.
func micros(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.UnixMicro()
}

// never is the instant in columns that lists are ordered by, where there is none: it comes last.
const never = math.MaxInt64

// orNever is [micros] with [never] for none.
func orNever(at time.Time) int64 {
	if at.IsZero() {
		return never
	}
	return at.UnixMicro()
}

// instant reads an instant from a column.
func instant(micros int64) time.Time {
	if micros == 0 || micros == never {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}
