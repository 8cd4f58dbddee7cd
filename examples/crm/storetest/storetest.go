// Package storetest opens databases for the tests of all packages: one on SQLite and, if there is one, one on PostgreSQL.
package storetest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/examples/crm/store"
)

// Postgres names the environment variable with the address of a PostgreSQL database. Each test has a schema of its own in it.
const Postgres = "CRM_TEST_POSTGRES"

// Each runs a test on every database, as a subtest with an address that opens an empty one.
func Each(t *testing.T, test func(t *testing.T, address func(t *testing.T) string)) {
	t.Run("sqlite", func(t *testing.T) { test(t, SQLite) })
	t.Run("postgres", func(t *testing.T) {
		if os.Getenv(Postgres) == "" {
			if os.Getenv("CI") == "true" {
				t.Fatalf("%s is not set: start a server with testdata/postgres.sh", Postgres)
			}
			t.Skipf("%s is not set", Postgres)
		}
		test(t, Schema)
	})
}

// SQLite is the address of a new file.
func SQLite(t *testing.T) string {
	return "file:" + filepath.Join(t.TempDir(), "crm.db")
}

// Schema is the address of a new schema in the PostgreSQL database. It goes when the test ends.
func Schema(t *testing.T) string {
	t.Helper()
	base := os.Getenv(Postgres)
	name := "test_" + strings.ToLower(rand.Text())
	run := func(statement string) {
		db, err := sql.Open("pgx", base)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	run("CREATE SCHEMA " + name)
	t.Cleanup(func() { run("DROP SCHEMA " + name + " CASCADE") })
	separator := "?"
	if strings.Contains(base, "?") {
		separator = "&"
	}
	return base + separator + "search_path=" + name + "&application_name=" + name
}

// Waiting returns once somebody at a database of [Schema] waits for a row that another transaction has locked. On SQLite, where only one
// transaction writes and the others queue for it, it returns at once.
func Waiting(t *testing.T, address string) {
	t.Helper()
	_, name, found := strings.Cut(address, "application_name=")
	if !found {
		return
	}
	db, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		var waiting bool
		err := db.QueryRow("SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE application_name = $1 AND wait_event_type = 'Lock')", name).Scan(&waiting)
		if err != nil {
			t.Fatal(err)
		}
		if waiting {
			return
		}
		if time.Now().After(end) {
			t.Fatal("nobody waits for a row within 20 s")
		}
	}
}

// Open opens a database and closes it when the test ends.
func Open(t *testing.T, address string) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}
