package main

import (
	"maps"
	"net"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"
)

// redisServer is a real redis-server on a free port of loopback.
type redisServer struct {
	command *exec.Cmd
	url     string
	client  *redis.Client
}

func startRedis(t *testing.T) *redisServer {
	t.Helper()
	free, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(address)
	r := &redisServer{url: "redis://" + address, client: redis.NewClient(&redis.Options{Addr: address})}
	r.command = exec.CommandContext(t.Context(), "redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", t.TempDir())
	if err := r.command.Start(); err != nil {
		t.Fatalf("%v; make test installs redis-server", err)
	}
	t.Cleanup(func() {
		_ = r.client.Close()
		r.kill()
	})
	until(t, "redis-server to answer", func() bool { return r.client.Ping(t.Context()).Err() == nil })
	return r
}

// kill ends the server at once, as a crash would.
func (r *redisServer) kill() {
	_ = r.command.Process.Kill()
	_ = r.command.Wait()
}

// business is a call in which a member asks for what is theirs, and what the agent
// says in it. inBetween happens after the first answer.
func business(t *testing.T, s *server, inBetween func()) []string {
	t.Helper()
	c := s.call(t, "ws", "en", james)
	c.hears("Hello Mr Smith")
	c.types("How many points do I have?")
	c.hears("1099 points")
	inBetween()
	c.types("Where is my order?")
	c.hears("10027")
	c.types("Please call me back tomorrow.")
	c.hears("right?")
	c.quiet() // a yes before it was read whole would count for nothing
	c.types("yes")
	c.hears("will call you")
	defer c.hangUp()
	return c.agent()
}

func TestACallGoesOnWhenItsRedisDies(t *testing.T) {
	t.Parallel()
	r := startRedis(t)
	var mu sync.Mutex
	told := make(map[string][]string)
	holds := func() {
		keys, err := r.client.Keys(t.Context(), "*").Result()
		if err != nil || len(keys) == 0 {
			t.Errorf("redis holds %v (%v); the call read a member", keys, err)
		}
		for _, key := range keys {
			if strings.Contains(key, james) {
				t.Errorf("a key tells a phone number: %s", key)
			}
		}
		r.kill()
	}
	t.Run("the same call", func(t *testing.T) {
		for name, test := range map[string]struct {
			flags     []string
			inBetween func()
		}{
			"on the embedded redis":       {[]string{"--stub"}, func() {}},
			"on a real redis, which dies": {[]string{"--stub", "--redis=" + r.url}, holds},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				s := startServer(t, test.flags...)
				said := business(t, s, test.inBetween)
				mu.Lock()
				told[name] = said
				mu.Unlock()
				s.call(t, "ws", "en", james).hears("Hello Mr Smith") // and so does the next one
				if status, body := s.ask("/readyz"); status != http.StatusOK {
					t.Errorf("readyz answers %d %q", status, body)
				}
			})
		}
	})
	all := slices.Collect(maps.Values(told))
	if len(all) != 2 || !slices.Equal(all[0], all[1]) {
		t.Errorf("the two calls differ:\n%q", told)
	}
}
