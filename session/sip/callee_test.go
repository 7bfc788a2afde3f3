package sip

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// callee starts sipp to take one call by a scenario of testdata/sipp, as
//
//	sipp -sf SCENARIO -p PORT -m 1 ...
//
// and returns its URI, and what waits for its end and fails when the call was not as
// the scenario has it.
func callee(t *testing.T, scenario string) (uri string, ended func()) {
	t.Helper()
	return calleeBy(t, "udp", scenario)
}

// calleeBy is callee by UDP or TCP.
func calleeBy(t *testing.T, network, scenario string) (uri string, ended func()) {
	t.Helper()
	program, err := exec.LookPath("sipp")
	if err != nil {
		t.Fatal("sipp is not there: apt-get install sip-tester")
	}
	path, err := filepath.Abs(filepath.Join("testdata", "sipp", scenario+".xml"))
	if err != nil {
		t.Fatal(err)
	}
	free, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.LocalAddr().String()
	_ = free.Close()
	_, port, _ := net.SplitHostPort(address)
	out := &record{}
	command := exec.CommandContext(t.Context(), program, "-sf", path, "-i", "127.0.0.1", "-p", port, "-t", map[string]string{"udp": "u1", "tcp": "t1"}[network], "-m", "1",
		"-nostdin", "-trace_err", "-error_file", "/dev/stderr", "-timeout", "30s", "-timeout_error", "-recv_timeout", "20000")
	command.Dir, command.Stdout, command.Stderr = t.TempDir(), out, out
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("sipp %s: %s", scenario, lastLines(out.String(), 60))
		}
	})
	done := make(chan error, 1)
	go func() { done <- command.Wait() }()
	number, _ := strconv.Atoi(port)
	eventually(t, "sipp listens", func() bool {
		sockets, err := os.ReadFile("/proc/net/" + network)
		return err == nil && bytes.Contains(sockets, fmt.Appendf(nil, ":%04X 00000000:0000", number))
	})
	uri = "sip:peer@" + address
	if network != "udp" {
		uri += ";transport=" + network
	}
	return uri, func() {
		t.Helper()
		if err := receive(t, done); err != nil {
			t.Errorf("sipp %s: %v", scenario, err)
		}
	}
}

func TestCallsThatAreAnswered(t *testing.T) {
	for _, by := range []string{
		"udp answers", "udp redirects", "udp 401", "udp 407", "udp forks", "udp early", "tcp answers", "tcp 401", "tcp forks", "tcp early",
	} {
		t.Run(by, func(t *testing.T) {
			network, scenario, _ := strings.Cut(by, " ")
			uri, ended := calleeBy(t, network, "callee_"+scenario)
			account, err := ParseAccount(strings.Replace(uri, "peer", "alice:s3cret", 1))
			if err != nil {
				t.Fatal(err)
			}
			shop := serve(t, nil)
			shop.config.Trunk = &account // of which sipp is not asked whether it is there
			leg, err := shop.Call(t.Context(), uri, CallOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if leg.Format().Name != "pcmu" {
				t.Errorf("the call is in %v", leg.Format())
			}
			if scenario == "forks" {
				eventually(t, "one has hung up, after the other was", func() bool { return leg.Reason() == byPeer })
			}
			_ = leg.Close("done")
			ended()
			eventually(t, "no dialog is left", func() bool { return shop.Legs() == 0 })
		})
	}
}

func TestCallsThatAreRefused(t *testing.T) {
	for by, status := range map[string]int{"udp 486": 486, "udp 603": 603, "udp redirects_away": 302, "tcp 486": 486, "tcp 603": 603} {
		t.Run(by, func(t *testing.T) {
			network, scenario, _ := strings.Cut(by, " ")
			uri, ended := calleeBy(t, network, "callee_"+scenario)
			shop := serve(t, nil)
			_, err := shop.Call(t.Context(), uri, CallOptions{})
			if refused, ok := errors.AsType[*ResponseError](err); !ok || refused.Status != status {
				t.Errorf("%v, want %d", err, status)
			}
			ended()
			if n := shop.Legs(); n != 0 {
				t.Errorf("%d dialogs are left", n)
			}
		})
	}
}

// The scenario answers the CANCEL, or the call in spite of it.
func TestCallsThatNobodyWaitsFor(t *testing.T) {
	for _, by := range []string{"udp rings", "udp answers_a_cancel", "tcp rings", "tcp answers_a_cancel"} {
		t.Run(by, func(t *testing.T) {
			network, scenario, _ := strings.Cut(by, " ")
			uri, ended := calleeBy(t, network, "callee_"+scenario)
			shop := serve(t, nil)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			_, err := shop.Call(ctx, uri, CallOptions{trying: func(status int) {
				if status == 180 {
					cancel()
				}
			}})
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%v, want that it was cancelled", err)
			}
			ended()
			eventually(t, "no dialog is left", func() bool { return shop.Legs() == 0 })
		})
	}
}

func TestACalleeChangesTheSession(t *testing.T) {
	for _, network := range []string{"udp", "tcp"} {
		t.Run(network, func(t *testing.T) { calleeHolds(t, network) })
	}
}

func calleeHolds(t *testing.T, network string) {
	t.Helper()
	uri, ended := calleeBy(t, network, "callee_holds")
	shop := serve(t, nil)
	leg, err := shop.Call(t.Context(), uri, CallOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"true", "false", "true", "false"} {
		if got := string(receive(t, leg.Messages())); got != `{"type":"hold","on":`+want+`}` {
			t.Errorf("told %s, want hold %s", got, want)
		}
	}
	eventually(t, "the callee has hung up", func() bool { return leg.Reason() == byPeer })
	_ = leg.Close("over")
	ended()
}

func TestASessionIsRefreshedByEitherSideAndEndsWhenItIsNot(t *testing.T) {
	uri, ended := callee(t, "callee_timer")
	shop := serve(t, nil)
	leg, err := shop.Call(t.Context(), uri, CallOptions{})
	if err != nil {
		t.Fatal(err)
	}
	agreed := func(interval time.Duration, ours bool) func() bool {
		return func() bool {
			timer := leg.session()
			timer.mu.Lock()
			defer timer.mu.Unlock()
			return timer.interval == interval && timer.ours == ours
		}
	}
	eventually(t, "this side is to refresh", agreed(90*time.Second, true))
	leg.session().set(200*time.Millisecond, true) // time goes by
	eventually(t, "the other side has refreshed in its turn", agreed(150*time.Second, false))
	leg.session().set(200*time.Millisecond, false)
	eventually(t, "the session has ended", func() bool { return leg.Reason() == "session expired" })
	_ = leg.Close("over")
	ended()
}

func TestACalleeLeavesWhileItIsPutOnHold(t *testing.T) {
	uri, ended := callee(t, "callee_leaves")
	shop := serve(t, nil)
	leg, err := shop.Call(t.Context(), uri, CallOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := leg.Hold(t.Context(), true); !errors.Is(err, ErrClosed) {
		t.Errorf("%v, want that the call is over", err)
	}
	if leg.Reason() != byPeer {
		t.Errorf("the call is over because: %q", leg.Reason())
	}
	_ = leg.Close("over")
	ended() // whose last step is the ACK of what it answers to the INVITE
}

func TestWhoIsNotThereIsNotWaitedFor(t *testing.T) {
	shop := serve(t, nil)
	if _, err := shop.Call(t.Context(), "sip:nobody@127.0.0.1:9", CallOptions{}); err == nil {
		t.Error("a call to nobody was answered")
	}
	media := shop.config.Media
	for uri, want := range map[string]string{
		"sip:nobody@127.0.0.1:9;transport=tcp": "no SIP call to 127.0.0.1:9 by TCP: connection refused; check that",
		"sip:nobody@name.invalid":              "no SIP call to name.invalid:5060 by UDP: its name has no address; check that",
	} {
		if _, err := Dial(t.Context(), uri, Options{Media: media}); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v: want %s", err, want)
		}
	}
	eventually(t, "no dialog is left", func() bool { return shop.Legs() == 0 })
}
