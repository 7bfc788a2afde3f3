package storetest

import (
	"context"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// Redis is a real redis-server on loopback that keeps what it was told, as one with an
// append-only file does. It can be killed and started again.
type Redis struct {
	tb   testing.TB
	port int
	dir  string
	cmd  *exec.Cmd
}

// OpenRedis starts a redis-server, which ends with the test.
func OpenRedis(tb testing.TB) *Redis {
	tb.Helper()
	port, err := freePort()
	if err != nil {
		tb.Fatal(err)
	}
	r := &Redis{tb: tb, port: port, dir: tb.TempDir()}
	tb.Cleanup(r.Kill)
	r.Start()
	return r
}

// Address is its host and port.
func (r *Redis) Address() string { return "127.0.0.1:" + strconv.Itoa(r.port) }

// URL is where it answers.
func (r *Redis) URL() string { return "redis://" + r.Address() }

// Start starts it and waits until it answers.
func (r *Redis) Start() {
	r.tb.Helper()
	ctx, cancel := context.WithTimeout(r.tb.Context(), patience)
	defer cancel()
	r.cmd = exec.CommandContext(context.WithoutCancel(ctx), "redis-server", "--port", strconv.Itoa(r.port), "--bind", "127.0.0.1", //nolint:gosec // a port
		"--save", "", "--appendonly", "yes", "--appendfsync", "always", "--enable-debug-command", "yes", "--dir", r.dir)
	if err := r.cmd.Start(); err != nil {
		r.tb.Fatalf("%v; run: apt-get install redis-server", err)
	}
	client := redis.NewClient(&redis.Options{Addr: r.Address(), MaxRetries: -1})
	defer client.Close() //nolint:errcheck // only asked
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for client.Ping(ctx).Err() != nil {
		select {
		case <-tick.C:
		case <-ctx.Done():
			r.tb.Fatal("redis-server does not answer")
		}
	}
}

// Kill ends it at once, as a crash would.
func (r *Redis) Kill() {
	if r.cmd == nil {
		return
	}
	_ = r.cmd.Process.Kill()
	_ = r.cmd.Wait() // killed is what it is to be
	r.cmd = nil
}
