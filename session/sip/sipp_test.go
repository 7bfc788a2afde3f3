package sip

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// sipp runs a scenario of testdata/sipp against a server, as
//
//	sipp -sf SCENARIO -m CALLS ... HOST:PORT
//
// and fails when one of its calls does.
func sipp(t *testing.T, scenario, address string, args ...string) {
	t.Helper()
	program, err := exec.LookPath("sipp")
	if err != nil {
		t.Fatal("sipp is not there: apt-get install sip-tester")
	}
	network, hostPort, _ := strings.Cut(address, ":")
	transport := map[string]string{"udp": "u1", "tcp": "t1"}[network]
	folder := t.TempDir()
	path, err := filepath.Abs(filepath.Join("testdata", "sipp", scenario+".xml"))
	if err != nil {
		t.Fatal(err)
	}
	all := append([]string{
		"-sf", path, "-i", "127.0.0.1", "-t", transport, "-s", "shop", "-nostdin", "-trace_err", "-timeout", "25s", "-recv_timeout", "5000",
	}, args...)
	command := exec.CommandContext(t.Context(), program, append(all, hostPort)...)
	command.Dir = folder
	out, err := command.CombinedOutput()
	if err == nil {
		return
	}
	faults, _ := filepath.Glob(filepath.Join(folder, "*errors.log"))
	for _, name := range faults {
		text, _ := os.ReadFile(name)
		t.Logf("%.3000s", text)
	}
	t.Errorf("sipp %s: %v\n%s", scenario, err, lastLines(string(out), 30))
}

func lastLines(text string, n int) string {
	lines := strings.Split(text, "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// Each scenario is a call as sipp places it; the server only answers.
func TestScenariosOfSIPp(t *testing.T) {
	for _, scenario := range []string{"call", "hold", "late_offer", "reliable", "timer", "info", "cancel", "options", "malformed", "refer_refused"} {
		t.Run(scenario, func(t *testing.T) {
			for _, network := range []string{"udp", "tcp"} {
				shop := serve(t, func(c *Config) {
					c.Listen = []string{network + ":127.0.0.1:0"}
					if scenario == "cancel" {
						c.Ring = time.Minute
					}
				})
				sipp(t, scenario, shop.Addrs()[0], "-m", "3", "-r", "3")
				eventually(t, "no dialog is left", func() bool { return shop.Legs() == 0 })
			}
		})
	}
}

func TestSIPpShowsAPassword(t *testing.T) {
	shop := serve(t, func(c *Config) {
		c.Digest = []string{"MD5", "SHA-256"} // sipp reads the first
		c.Users, c.Peers = map[string]string{"alice": "s3cret"}, prefixes(t, "192.0.2.0/24")
	})
	sipp(t, "auth", shop.Addrs()[0], "-m", "3", "-r", "3", "-au", "alice", "-ap", "s3cret")
	if n := shop.Stats()["answered"]; n != 3 {
		t.Errorf("%d calls answered", n)
	}
}

// A burst of calls that stand together, each with its sound from the handler.
func TestManyCallsOfSIPpStandTogether(t *testing.T) {
	const calls = 100
	shop := serve(t, nil)
	go func() {
		for range shop.calls {
			continue
		}
	}()
	sipp(t, "call", shop.Addrs()[0], "-m", fmt.Sprint(calls), "-r", "50", "-l", fmt.Sprint(calls), "-d", "2000")
	if n := shop.Stats()["answered"]; n != calls {
		t.Errorf("%d calls answered: %v", n, shop.Stats())
	}
	eventually(t, "no dialog is left", func() bool { return shop.Legs() == 0 })
}
