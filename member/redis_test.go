package member_test

import (
	"context"
	"net"
	"os/exec"
	"strconv"
	"syscall"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"huike/member"
)

// server is a Redis of the test's own that can be killed, frozen and started again.
type server interface {
	url() string
	kill()
	start()
}

// servers are the two that every cache test runs on.
func servers() map[string]func(t *testing.T) server {
	return map[string]func(t *testing.T) server{
		"embedded":     func(t *testing.T) server { t.Helper(); return startEmbedded(t) },
		"redis-server": func(t *testing.T) server { t.Helper(); return startReal(t) },
	}
}

type embedded struct {
	t *testing.T
	m *miniredis.Miniredis
}

func startEmbedded(t *testing.T) *embedded {
	t.Helper()
	return &embedded{t, miniredis.RunT(t)}
}

func (e *embedded) url() string { return "redis://" + e.m.Addr() }
func (e *embedded) kill()       { e.m.Close() }

func (e *embedded) start() {
	if err := e.m.Restart(); err != nil {
		e.t.Fatal(err)
	}
}

// process is Debian's redis-server on a free port of loopback.
type process struct {
	t    *testing.T
	path string
	port string
	cmd  *exec.Cmd
}

func startReal(t *testing.T) *process {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		t.Fatal("redis-server is not installed; run: apt-get install redis-server")
	}
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &process{t: t, path: path, port: strconv.Itoa(l.Addr().(*net.TCPAddr).Port)}
	l.Close()
	t.Cleanup(p.kill)
	p.start()
	return p
}

func (p *process) url() string { return "redis://127.0.0.1:" + p.port }

func (p *process) start() {
	p.cmd = exec.CommandContext(context.WithoutCancel(p.t.Context()), p.path, "--port", p.port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", p.t.TempDir())
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:" + p.port, MaxRetries: -1})
	defer client.Close()
	until(p.t, "redis-server answers", func() bool { return client.Ping(p.t.Context()).Err() == nil })
}

func (p *process) kill() {
	if p.cmd == nil {
		return
	}
	p.cmd.Process.Kill()
	p.cmd.Wait()
	p.cmd = nil
}

// freeze stops the process without closing its connections: a Redis that has hung.
func (p *process) freeze() { p.cmd.Process.Signal(syscall.SIGSTOP) }
func (p *process) thaw()   { p.cmd.Process.Signal(syscall.SIGCONT) }

// open returns a client of the server.
func open(t *testing.T, s server) redis.UniversalClient {
	t.Helper()
	client, closer, err := member.OpenRedis(s.url())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closer() })
	return client
}

func TestOpenRedis(t *testing.T) {
	t.Run("nothing named is a server inside the process, and keys expire in it by themselves", func(t *testing.T) {
		client, closer, err := member.OpenRedis("")
		if err != nil {
			t.Fatal(err)
		}
		if err := client.Set(t.Context(), "k", "v", 20_000_000).Err(); err != nil {
			t.Fatal(err)
		}
		until(t, "the key expires", func() bool { return client.Exists(t.Context(), "k").Val() == 0 })
		if err := closer(); err != nil {
			t.Error(err)
		}
	})
	t.Run("several addresses are a cluster", func(t *testing.T) {
		client, closer, err := member.OpenRedis("127.0.0.1:7001, 127.0.0.1:7002")
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := client.(*redis.ClusterClient); !ok {
			t.Errorf("got %T", client)
		}
		closer()
	})
	for name, url := range map[string]string{"a word": "nonsense", "another protocol": "http://x:1", "no port": "redis://,x"} {
		t.Run(name+" is refused with what would be right", func(t *testing.T) {
			if _, _, err := member.OpenRedis(url); err == nil {
				t.Error("no error")
			}
		})
	}
}
