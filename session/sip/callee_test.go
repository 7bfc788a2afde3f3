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
	command := exec.CommandContext(t.Context(), program, "-sf", path, "-i", "127.0.0.1", "-p", port, "-t", "u1", "-m", "1",
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
		sockets, err := os.ReadFile("/proc/net/udp")
		return err == nil && bytes.Contains(sockets, fmt.Appendf(nil, ":%04X 00000000:0000", number))
	})
	return "sip:peer@" + address, func() {
		t.Helper()
		if err := receive(t, done); err != nil {
			t.Errorf("sipp %s: %v", scenario, err)
		}
	}
}

func TestCallsThatAreAnswered(t *testing.T) {
	for _, scenario := range []string{"answers", "redirects", "401", "407", "forks", "early"} {
		t.Run(scenario, func(t *testing.T) {
			uri, ended := callee(t, "callee_"+scenario)
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
	for scenario, status := range map[string]int{"486": 486, "603": 603, "redirects_away": 302} {
		t.Run(scenario, func(t *testing.T) {
			uri, ended := callee(t, "callee_"+scenario)
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
	for _, scenario := range []string{"rings", "answers_a_cancel"} {
		t.Run(scenario, func(t *testing.T) {
			uri, ended := callee(t, "callee_"+scenario)
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
	uri, ended := callee(t, "callee_holds")
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
	eventually(t, "no dialog is left", func() bool { return shop.Legs() == 0 })
}
