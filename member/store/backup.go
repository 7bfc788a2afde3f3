package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"huike/member/vault"
)

// errNotEmpty says that a restore would write over something.
var errNotEmpty = errors.New("it is not empty, and nothing is written over; name an empty one")

// Names of a backup's file, which tell what can read it.
const (
	backupSQLite   = "huike.db"     // a SQLite database
	backupPostgres = "huike.pgdump" // pg_dump's custom format
)

// Backup writes one state of the store into a new file of the folder and returns its
// name, which tells its kind. Others may read and write meanwhile. For Postgres it runs
// pg_dump, which must be installed and not older than the server.
func (s *Store) Backup(ctx context.Context, folder string) (name string, err error) {
	if d, ok := s.where.(database); ok {
		file := filepath.Join(folder, backupPostgres)
		return backupPostgres, d.tool(ctx, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--file="+file, "--dbname="+d.bare())
	}
	file := filepath.Join(folder, backupSQLite)
	if _, err := s.write.ExecContext(ctx, `VACUUM INTO $1`, file); err != nil {
		return "", fmt.Errorf("back up %s: %w", s.where, err)
	}
	return backupSQLite, os.Chmod(file, fileMode)
}

// Restore puts a file that [Store.Backup] wrote in the place of an address that holds
// nothing yet: a SQLite file that is not there, or a Postgres database without tables.
func Restore(ctx context.Context, file, address string) error {
	a, err := parse(address)
	if err != nil {
		return err
	}
	d, isPostgres := a.(database)
	if isPostgres != (filepath.Base(file) == backupPostgres) {
		return fmt.Errorf("restore into %s: the backup is %s; name a store of that kind", a, filepath.Base(file))
	}
	if isPostgres {
		return d.restore(ctx, file)
	}
	path := strings.TrimSuffix(a.String(), "/")
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("restore into %s: %w", path, errNotEmpty)
	}
	if err := os.MkdirAll(filepath.Dir(path), dirMode); err != nil {
		return err
	}
	return os.Rename(file, path)
}

// restore runs pg_restore, all or nothing.
func (d database) restore(ctx context.Context, file string) error {
	db := d.open(&vault.Vault{}, 1, reading())
	defer db.Close() //nolint:errcheck // only asked
	var tables int
	err := db.QueryRowContext(ctx, `SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = current_schema()`).Scan(&tables)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("restore into %s: %w", d, d.explain(err))
	}
	if tables > 0 {
		return fmt.Errorf("restore into %s: %w", d, errNotEmpty)
	}
	return d.tool(ctx, "pg_restore", "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", "--dbname="+d.bare(), file)
}

// bare is the database's address without its password, which others would see in the
// list of processes.
func (d database) bare() string {
	u, err := url.Parse(d.config.ConnString())
	if err != nil {
		return ""
	}
	if u.User != nil {
		u.User = url.User(u.User.Username())
	}
	return u.String()
}

// tool runs one of Postgres' own programs.
func (d database) tool(ctx context.Context, name string, args ...string) error {
	path, err := postgresTool(name)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, path, args...) //nolint:gosec // one of two names
	cmd.Env = append(os.Environ(), "PGPASSWORD="+d.config.Password)
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Run(); err != nil {
		line, _, _ := strings.Cut(strings.TrimSpace(said.String()), "\n")
		return fmt.Errorf("%s of %s: %w: %.300s", name, d, err, line)
	}
	return nil
}

// postgresTool finds a program on the path or where Debian puts it, the newest first.
func postgresTool(name string) (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	slices.Sort(found)
	if path, err := exec.LookPath(name); err == nil {
		found = append(found, path)
	}
	if len(found) == 0 {
		return "", fmt.Errorf("%s is not installed, and a Postgres store is backed up and restored with it; run: apt-get install postgresql-client", name)
	}
	return found[len(found)-1], nil
}
