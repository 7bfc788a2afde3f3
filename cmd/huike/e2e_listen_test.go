package main

import (
	"bytes"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

func TestCallsReachEachAddressThatIsListenedTo(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, host, call string }{
		{"all addresses", "", "127.0.0.1"},
		{"all addresses by their number", "0.0.0.0", "127.0.0.1"},
		{"all addresses of IPv6", "[::]", "[::1]"},
		{"loopback of IPv6", "[::1]", "[::1]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			probe, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", test.call+":0")
			if err != nil {
				t.Skip("this machine has no such address:", err)
			}
			if err := probe.Close(); err != nil {
				t.Fatal(err)
			}
			s := startServer(t, "--stub", "--listen="+test.host+":0")
			_, port, err := net.SplitHostPort(s.address)
			if err != nil {
				t.Fatal(err)
			}
			s.address = test.call + ":" + port
			s.call(t, "http", "en", "").hears("shop")
		})
	}
}

func TestManyCallsAtOnceGetNoMoreThanTheLines(t *testing.T) {
	t.Parallel()
	s := startServer(t, "--stub", "--max-calls=2")
	var group sync.WaitGroup
	admitted := make(chan *caller, 12)
	for i := range 12 {
		group.Go(func() {
			c, err := s.dial(t, []string{"http", "ws"}[i%2], "en", "")
			if err == nil {
				admitted <- c
			} else if !strings.Contains(err.Error(), "lines are busy") {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if len(admitted) != 2 {
		t.Errorf("%d calls were admitted to 2 lines", len(admitted))
	}
	close(admitted)
	for c := range admitted {
		c.hangUp()
	}
	until(t, "room for a call", func() bool {
		status, _ := s.ask("/readyz")
		return status == http.StatusOK
	})
}

func TestASignalEndsACallFromTheCommandLine(t *testing.T) {
	t.Parallel()
	s := startServer(t, "--stub")
	for _, scheme := range []string{"http", "ws"} {
		var out book
		command := program(t.Context(), "call", "--patience=60s", "--text=hello", scheme+"://"+s.address)
		command.Stdout = &out
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		until(t, "the call to begin", func() bool { return strings.Contains(out.String(), `"started"`) })
		if err := command.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- command.Wait() }()
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("the call by %s ended with %v", scheme, err)
			}
		case <-time.After(limit):
			t.Errorf("the call by %s goes on after a signal", scheme)
			_ = command.Process.Kill()
		}
	}
}

func TestAServerThatIsToldToStopWhileItStartsEndsWell(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	command := program(t.Context(), "serve", "--listen=127.0.0.1:0", "--data="+data, "--prompts="+prompts, "--models=../../bin/models")
	var notes bytes.Buffer
	command.Stderr = &notes
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	until(t, "the server to open its rooms", func() bool {
		_, err := os.Stat(data)
		return err == nil
	})
	if err := command.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, syscall.ESRCH) {
		t.Fatal(err)
	}
	var printed bytes.Buffer
	_, _ = printed.ReadFrom(out)
	if err := command.Wait(); err != nil || strings.Contains(notes.String(), "huike:") {
		t.Errorf("%v\n%s", err, notes.String())
	}
	t.Logf("printed %q before it ended", printed.String())
}

func TestKeysThatNoTelephoneHasAreRefused(t *testing.T) {
	t.Parallel()
	_, notes, err := execute(t, nil, "call", "--keys=0x", "http://127.0.0.1:9")
	if err == nil || !strings.Contains(notes, "--keys=0x: want") {
		t.Errorf("%v\n%s", err, notes)
	}
}
