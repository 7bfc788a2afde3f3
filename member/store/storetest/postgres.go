package storetest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"huike/member/store"
)

// patience is how long one of Postgres' own commands may take on a busy machine.
const patience = 2 * time.Minute

// postgres is a server in a temporary folder, on loopback.
type postgres struct {
	mu     sync.Mutex
	tried  bool
	err    error
	dir    string
	bin    string
	port   int
	owner  *syscall.Credential // Postgres does not run as root
	number int                 // of databases made
}

// database makes an empty database, copied from one whose tables are up to date.
func (p *postgres) database() (string, error) { return p.create(" TEMPLATE model") }

// empty makes one without tables.
func (p *postgres) empty() (string, error) { return p.create("") }

func (p *postgres) create(from string) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.tried {
		p.tried = true
		p.err = p.begin()
	}
	if p.err != nil {
		return "", p.err
	}
	p.number++
	name := "t" + strconv.Itoa(p.number)
	return p.url(name), p.admin("CREATE DATABASE " + name + from)
}

func (p *postgres) url(name string) string {
	return fmt.Sprintf("postgres://huike@127.0.0.1:%d/%s?sslmode=disable", p.port, name)
}

// begin sets up the server and the database that all others are copied from.
func (p *postgres) begin() error {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return errors.New("Postgres is not installed; run: apt-get install postgresql") //nolint:staticcheck // a name
	}
	slices.Sort(found)
	p.bin = filepath.Dir(found[len(found)-1])
	if p.dir, err = os.MkdirTemp("", "huike-postgres-"); err != nil {
		return err
	}
	if os.Geteuid() == 0 {
		if err := p.drop(); err != nil {
			return err
		}
	}
	if p.port, err = freePort(); err != nil {
		return err
	}
	if err := p.run("initdb", "-D", p.data(), "-U", "huike", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"); err != nil {
		return err
	}
	if err := p.start(); err != nil {
		return err
	}
	if err := p.admin("CREATE DATABASE model"); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience) //nolint:forbidigo // outlives the test that asks first
	defer cancel()
	s, err := store.Open(ctx, p.url("model"), store.Config{})
	if err != nil {
		return err
	}
	return s.Close()
}

// drop gives the folder to a user who is not root.
func (p *postgres) drop() error {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		p.owner = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		return os.Chown(p.dir, uid, gid)
	}
	return errors.New("there is neither a user postgres nor nobody to run Postgres as")
}

func (p *postgres) data() string { return filepath.Join(p.dir, "data") }

func (p *postgres) start() error {
	options := fmt.Sprintf("-F -c listen_addresses=127.0.0.1 -p %d -k %s -c max_connections=200 -c shared_buffers=64MB", p.port, p.dir)
	return p.run("pg_ctl", "-D", p.data(), "-w", "-t", "60", "-l", filepath.Join(p.dir, "log"), "-o", options, "start")
}

func (p *postgres) halt() error {
	return p.run("pg_ctl", "-D", p.data(), "-w", "-t", "60", "-m", "immediate", "stop")
}

func (p *postgres) restart(do func()) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.halt(); err != nil {
		return err
	}
	do()
	return p.start()
}

func (p *postgres) stop() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dir == "" {
		return nil
	}
	var err error
	if _, gone := os.Stat(filepath.Join(p.data(), "postmaster.pid")); gone == nil {
		err = p.halt()
	}
	return errors.Join(err, os.RemoveAll(p.dir))
}

// run runs one of Postgres' commands as the user who may.
func (p *postgres) run(name string, args ...string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience) //nolint:forbidigo // outlives the test that asks first
	defer cancel()
	said, err := os.OpenFile(filepath.Join(p.dir, name+".out"), os.O_CREATE|os.O_RDWR|os.O_TRUNC, 0o600) //nolint:gosec // below the test's own folder
	if err != nil {
		return err
	}
	defer said.Close()                                                   //nolint:errcheck // read below, if at all
	cmd := exec.CommandContext(ctx, filepath.Join(p.bin, name), args...) //nolint:gosec // found by begin
	cmd.Dir, cmd.Stdout, cmd.Stderr = p.dir, said, said                  // a file: the server keeps it open
	if p.owner != nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: p.owner}
	}
	if err := cmd.Run(); err != nil {
		text, _ := os.ReadFile(said.Name())
		return fmt.Errorf("%s: %w: %s", name, err, text)
	}
	return nil
}

func (p *postgres) admin(statement string) error {
	db, err := sql.Open("pgx", p.url("postgres"))
	if err != nil {
		return err
	}
	defer db.Close()                                                   //nolint:errcheck // nothing is left to lose
	ctx, cancel := context.WithTimeout(context.Background(), patience) //nolint:forbidigo // as above
	defer cancel()
	_, err = db.ExecContext(ctx, statement)
	return err
}

func freePort() (int, error) {
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0") //nolint:forbidigo // at once
	if err != nil {
		return 0, err
	}
	defer l.Close() //nolint:errcheck // only its number is wanted
	return l.Addr().(*net.TCPAddr).Port, nil
}
