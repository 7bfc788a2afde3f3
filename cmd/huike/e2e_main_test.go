package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"huike/member/store/storetest"
)

// asProgram is the variable of the environment that makes the test's binary
// behave as huike itself, so that a server under test is a process of its own.
const asProgram = "HUIKE_TEST_AS_PROGRAM"

// prompts is a folder of prompts already spoken, shared by all servers under test.
var prompts string

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(testAll(m))
}

func testAll(m *testing.M) int {
	folder, err := os.MkdirTemp("", "huike-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(folder)
	prompts = filepath.Join(folder, "prompts")
	defer storetest.Stop() // if a test has started it
	return m.Run()
}

const (
	token   = "e2e-token"      // opens the desk of every server under test
	limit   = 60 * time.Second // for anything that must happen
	glance  = 30 * time.Millisecond
	james   = "13900005678" // calls in English, with consent to everything
	zhangLi = "13800001234" // calls in Chinese
)

// program is huike with arguments, as a process that has not been started.
func program(ctx context.Context, args ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, os.Args[0], args...)
	command.Env = append(os.Environ(), asProgram+"=1")
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = 10 * time.Second
	return command
}

// execute runs huike to its end and returns what it printed.
func execute(t *testing.T, env []string, args ...string) (out, notes string, err error) {
	t.Helper()
	var outBook, notesBook book
	command := program(t.Context(), args...)
	command.Env = append(command.Env, env...)
	command.Stdout, command.Stderr = &outBook, &notesBook
	err = command.Run()
	return outBook.String(), notesBook.String(), err
}

// book is a buffer that several goroutines may use.
type book struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *book) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *book) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}

// server is huike serve on a free port of loopback, with a folder of its own.
type server struct {
	t       *testing.T
	command *exec.Cmd
	address string // host:port of its pages
	data    string
	log     *book
	exited  chan struct{} // closed when the process has ended
	err     error         // how it ended; read after exited
}

// startServer starts a server that is stopped when the test ends. Its log is
// searched then for what no log may hold.
func startServer(t *testing.T, flags ...string) *server {
	t.Helper()
	s := &server{t: t, data: t.TempDir(), log: &book{}, exited: make(chan struct{})}
	args := []string{
		"serve", "--listen=127.0.0.1:0", "--data=" + s.data, "--prompts=" + prompts,
		"--models=../../bin/models", "--desk-token=" + token, "--drain=2s", "--member-wait=10s",
	}
	s.command = program(context.WithoutCancel(t.Context()), append(args, flags...)...)
	s.command.Stderr = s.log
	out, err := s.command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.stop)
	answers := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if _, address, ok := strings.Cut(lines.Text(), "caller  http://"); ok {
				answers <- strings.TrimSuffix(address, "/")
			}
		}
		s.err = s.command.Wait()
		close(s.exited)
	}()
	select {
	case s.address = <-answers:
	case <-s.exited:
		t.Fatalf("the server ended at once: %v\n%s", s.err, s.log)
	case <-time.After(limit):
		t.Fatalf("the server did not answer within %v:\n%s", limit, s.log)
	}
	return s
}

// stop ends the server in order and reads its log.
func (s *server) stop() {
	_ = s.command.Process.Signal(syscall.SIGTERM)
	s.ends(limit)
	s.private()
}

// ends waits for the process to end by itself, with success.
func (s *server) ends(within time.Duration) {
	s.t.Helper()
	select {
	case <-s.exited:
	case <-time.After(within):
		_ = s.command.Process.Kill()
		s.t.Errorf("the server did not end within %v", within)
		return
	}
	if s.err != nil {
		s.t.Errorf("the server ended with %v:\n%s", s.err, s.log)
	}
}

// stamped is what a line of the log says of time and addresses: digits that mean
// nobody.
var stamped = regexp.MustCompile(`time=\S+|127\.0\.0\.1:\d+`)

// private checks that the log holds no member's number or name, and no words of
// a caller.
func (s *server) private() {
	s.t.Helper()
	log := strings.ToLower(stamped.ReplaceAllString(s.log.String(), ""))
	if !strings.Contains(log, "call began") {
		return // nothing was said
	}
	for _, secret := range []string{
		james[:5], james[5:], zhangLi[:5], "****", "smith", "james", "张", "zhang", "boots",
		"opening hours", "how many points", "person, please", "where is my", "99999", "积分", "人工", "订单",
	} {
		if strings.Contains(log, secret) {
			s.t.Errorf("the log tells of %q:\n%s", secret, s.log)
		}
	}
}

// url is the address of a path of the server.
func (s *server) url(path string) string { return "http://" + s.address + path }

// ask gets a path of the server with the desk's token, and returns the status and
// the body.
func (s *server) ask(path string) (status int, body string) {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.url(path), http.NoBody)
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// metric returns the value of a line of /metrics, or false when there is none.
func (s *server) metric(name string) (value float64, ok bool) {
	s.t.Helper()
	_, body := s.ask("/metrics")
	for line := range strings.Lines(body) {
		if rest, found := strings.CutPrefix(line, name+" "); found {
			if _, err := fmt.Sscan(rest, &value); err != nil {
				s.t.Errorf("metric %s: %v", name, err)
			}
			return value, true
		}
	}
	return 0, false
}

// until waits for a condition.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	ticker := time.NewTicker(glance)
	defer ticker.Stop()
	ctx, cancel := context.WithTimeoutCause(t.Context(), limit, errors.New("not within "+limit.String()))
	defer cancel()
	for !ok() {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			t.Fatalf("waited for %s: %v", what, context.Cause(ctx))
		}
	}
}
