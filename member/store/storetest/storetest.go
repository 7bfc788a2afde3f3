// Package storetest gives tests a member store on each of the two databases: SQLite in
// a temporary folder, and a real Postgres that the test binary starts with initdb and
// pg_ctl. It is for tests alone.
//
// It starts no goroutine. Postgres runs as a process of its own, one for each test
// binary, from the first test that asks until [Main] returns.
package storetest

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"huike/member/store"
	"huike/member/vault"
)

// Kinds are the databases that a suite runs on.
func Kinds() []string { return []string{"sqlite", "postgres"} }

// Main runs the tests of a package and stops what they started. TestMain calls it.
func Main(m *testing.M) {
	code := m.Run()
	if err := server().stop(); err != nil {
		code = 1
	}
	os.Exit(code)
}

// Stop stops what the tests started, for a TestMain that has more to do than [Main].
func Stop() error { return server().stop() }

// Each runs a test on an empty store of each kind.
func Each(t *testing.T, test func(t *testing.T, s *store.Store)) {
	t.Helper()
	for _, kind := range Kinds() {
		t.Run(kind, func(t *testing.T) { test(t, Open(t, kind)) })
	}
}

// Open returns an empty store of a kind, closed when the test ends. Its hours are UTC.
func Open(tb testing.TB, kind string) *store.Store {
	tb.Helper()
	return At(tb, Address(tb, kind))
}

// At opens the store at an address, for a test in which several processes share one.
func At(tb testing.TB, address string) *store.Store {
	tb.Helper()
	s, err := store.Open(tb.Context(), address, store.Config{Location: time.UTC, KMS: Master()})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

// Master is the master key that the stores of tests are sealed with.
func Master() vault.KMS {
	m, err := vault.NewMaster("dGVzdHMgc2VhbCB0aGVpciBzdG9yZXMgd2l0aCB0aGk")
	if err != nil {
		panic(err) //nolint:forbidigo // it is right
	}
	return m
}

// Address returns where an empty store of a kind may be opened.
func Address(tb testing.TB, kind string) string {
	tb.Helper()
	if kind == "postgres" {
		address, err := server().database()
		if err != nil {
			tb.Fatal(err)
		}
		return address
	}
	return filepath.Join(tb.TempDir(), "huike.db")
}

// Restart stops Postgres as a crash would and starts it again; between the two it runs
// do. What was committed is there again.
func Restart(tb testing.TB, do func()) {
	tb.Helper()
	if err := server().restart(do); err != nil {
		tb.Fatal(err)
	}
}

// server is the Postgres of this test binary.
var server = sync.OnceValue(func() *postgres { return &postgres{} }) //nolint:gochecknoglobals // one for the process

// Empty returns the address of a Postgres database that has no tables.
func Empty(tb testing.TB) string {
	tb.Helper()
	address, err := server().empty()
	if err != nil {
		tb.Fatal(err)
	}
	return address
}
