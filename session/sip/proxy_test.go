package sip

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// proxyConfig is Kamailio as a proxy that stays in the way of each call.
const proxyConfig = `#!KAMAILIO
debug=1
log_stderror=yes
fork=yes
children=1
listen=udp:%[1]s
mpath="/usr/lib/x86_64-linux-gnu/kamailio/modules/"
loadmodule "kex.so"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
request_route {
	if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
	if (has_totag()) {
		if (loose_route()) { t_relay(); exit; }
		if (is_method("ACK") && t_check_trans()) { t_relay(); exit; }
		sl_send_reply("404", "Not here");
		exit;
	}
	if (is_method("CANCEL")) { if (t_check_trans()) t_relay(); exit; }
	record_route();
	$du = "sip:%[2]s";
	t_relay();
	exit;
}
`

// startProxy starts Kamailio in front of a server.
func startProxy(t *testing.T, behind string) (address string) {
	t.Helper()
	address, _ = startKamailio(t, func(at string) string { return fmt.Sprintf(proxyConfig, at, behind) })
	return address
}

// startKamailio starts Kamailio with a configuration for its address, as
//
//	kamailio -f CONFIG -DD -E -w FOLDER -Y FOLDER
func startKamailio(t *testing.T, configured func(address string) string) (address string, log *record) {
	t.Helper()
	program, err := exec.LookPath("kamailio")
	if err != nil {
		t.Fatal("kamailio is not there: apt-get install kamailio")
	}
	free, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address = free.LocalAddr().String()
	_ = free.Close()
	folder := t.TempDir()
	config := filepath.Join(folder, "kamailio.cfg")
	if err := os.WriteFile(config, []byte(configured(address)), 0o600); err != nil {
		t.Fatal(err)
	}
	log = &record{}
	command := exec.CommandContext(t.Context(), program, "-f", config, "-DD", "-E", "-w", folder, "-Y", folder, "-m", "16", "-M", "4")
	command.Stdout, command.Stderr = log, log
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.WaitDelay = 5 * time.Second
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Signal(os.Interrupt)
		_ = command.Wait()
		if t.Failed() {
			t.Log(log)
		}
	})
	probe := dialPeer(t, "udp:"+address)
	s := newScript(probe, "UDP")
	s.target = "sip:shop@" + address
	eventually(t, "Kamailio to answer", func() bool {
		s.seq++
		if _, err := probe.conn.Write([]byte(strings.ReplaceAll(s.request("OPTIONS", s.seq, "", ""), "\n", "\r\n"))); err != nil {
			return false
		}
		return probe.hear(300*time.Millisecond) != nil
	})
	return address, log
}

func TestACallThroughAProxyThatRecordsItsRoute(t *testing.T) {
	shop, home := serve(t, nil), serve(t, nil)
	proxy := startProxy(t, strings.TrimPrefix(shop.Addrs()[0], "udp:"))
	for _, agentEnds := range []bool{false, true} {
		caller, err := home.Call(t.Context(), "sip:shop@"+proxy, CallOptions{From: "13900005678"})
		if err != nil {
			t.Fatal(err)
		}
		drain(caller)
		agent := receive(t, shop.calls).leg
		hears(t, caller, agent)
		hears(t, agent, caller)
		for _, leg := range []*Leg{caller, agent} {
			d, _ := leg.parts()
			if len(d.route) != 1 || !strings.Contains(d.nextHop(), proxy) {
				t.Errorf("requests go by %v to %s, not by the proxy", d.route, d.nextHop())
			}
			if err := leg.Hold(t.Context(), true); err != nil {
				t.Error(err)
			}
			if err := leg.Hold(t.Context(), false); err != nil {
				t.Error(err)
			}
		}
		first, second := caller, agent
		if agentEnds {
			first, second = agent, caller
		}
		_ = first.Close("done")
		eventually(t, "the other side has ended", func() bool { return second.Reason() == byPeer })
		_ = second.Close("over")
	}
}
