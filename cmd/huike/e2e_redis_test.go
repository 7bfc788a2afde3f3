package main

import (
	"fmt"
	"net"
	"os/exec"
	"slices"
	"strings"
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

// business is a call in which a member asks for what is theirs. inBetween happens
// after the first answer.
func business(t *testing.T, s *server, inBetween func()) []string {
	t.Helper()
	c := s.call(t, "ws", "en", james)
	c.hears("How can I help")
	c.quiet()
	c.types("How many points do I have?")
	c.hears("1099 points")
	c.quiet()
	inBetween()
	c.types("Where is my order?")
	c.hears("10027")
	c.quiet()
	c.types("Please call me back tomorrow.")
	c.hears("right?")
	c.quiet()
	c.types("yes")
	c.hears("anything else")
	c.quiet()
	c.hangUp()
	return c.agent()
}

func TestACallGoesOnWhenItsRedisDies(t *testing.T) {
	t.Parallel()
	r := startRedis(t)
	told := make(map[string][]string)
	for name, test := range map[string]struct {
		flags     []string
		inBetween func()
	}{
		"embedded": {nil, func() {}},
		"real": {[]string{"--redis=" + r.url}, func() {
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
		}},
	} {
		s := startServer(t, append(test.flags, "--stub")...)
		told[name] = business(t, s, test.inBetween)
		if next := s.call(t, "ws", "en", james); name == "real" {
			next.hears("Hello Mr Smith") // and so does the next one
		}
		if response, body := s.ask("GET", "/readyz"); response.StatusCode != 200 {
			t.Errorf("%s: readyz answers %s %q", name, response.Status, body)
		}
	}
	strip := func(said []string) []string { // tickets are numbered anew by each server
		return slices.DeleteFunc(said, func(text string) bool { return strings.Contains(text, "ticket") })
	}
	if embedded, real := strip(told["embedded"]), strip(told["real"]); !slices.Equal(embedded, real) {
		t.Errorf("the two calls differ:\n%s", fmt.Sprintf("embedded: %q\nreal: %q", embedded, real))
	}
}
