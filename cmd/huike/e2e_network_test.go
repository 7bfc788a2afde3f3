package main

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// relay is Debian's coturn on loopback, the only way between a browser and the
// server: when it is stopped the network is gone, and when it is another the
// network has changed.
type relay struct {
	t       *testing.T
	port    string
	command *exec.Cmd
}

// turnSecret is what it shares with the server under test.
const turnSecret = "e2e-turn-secret"

func startTurn(t *testing.T) *relay {
	t.Helper()
	free, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(free.Addr().String())
	_ = free.Close()
	u := &relay{t: t, port: port}
	u.start()
	t.Cleanup(u.kill)
	return u
}

// start starts coturn and waits until it answers.
func (u *relay) start() {
	u.t.Helper()
	program, err := exec.LookPath("turnserver")
	if err != nil {
		u.t.Fatalf("%v: install Debian's package coturn", err)
	}
	folder := u.t.TempDir()
	u.command = exec.CommandContext(context.WithoutCancel(u.t.Context()), program, "-n",
		"--listening-ip=127.0.0.1", "--listening-port="+u.port, "--relay-ip=127.0.0.1", "--allow-loopback-peers",
		"--use-auth-secret", "--static-auth-secret="+turnSecret, "--realm=huike", "--fingerprint",
		"--no-tls", "--no-dtls", "--no-cli", "--log-file=stdout", "--pidfile="+folder+"/pid", "--userdb="+folder+"/db",
	)
	if err := u.command.Start(); err != nil {
		u.t.Fatal(err)
	}
	until(u.t, "coturn to answer", func() bool {
		conn, err := (&net.Dialer{}).DialContext(u.t.Context(), "tcp", "127.0.0.1:"+u.port)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
}

func (u *relay) kill() {
	_ = u.command.Process.Kill()
	_ = u.command.Wait()
}

// gap stops the network for so long.
func (u *relay) gap(length time.Duration) {
	u.t.Helper()
	if err := u.command.Process.Signal(syscall.SIGSTOP); err != nil {
		u.t.Fatal(err)
	}
	<-time.After(length)
	if err := u.command.Process.Signal(syscall.SIGCONT); err != nil {
		u.t.Fatal(err)
	}
}

// relayed makes a page's connections use relays alone.
const relayed = `window.RTCPeerConnection = class extends window.RTCPeerConnection {
  constructor(given, ...rest) { super({ ...given, iceTransportPolicy: "relay" }, ...rest); }
  setConfiguration(given) { super.setConfiguration({ ...given, iceTransportPolicy: "relay" }); }
};`

// relayedCall places a call through coturn alone, from a browser whose caller
// asks the same question every six seconds.
func relayedCall(t *testing.T) (network *relay, page *tab) {
	t.Helper()
	network = startTurn(t)
	s := startServer(t, "--ice-servers=turn:127.0.0.1:"+network.port+"?transport=udp", "--turn-secret="+turnSecret, "--whip-tokens=e2e-whip")
	var said []line
	for at := 9 * time.Second; at < 110*time.Second; at += 6 * time.Second {
		said = append(said, line{at, "How many points do I have?"})
	}
	page = startBrowser(t, microphone(t, 115*time.Second, said...)).open(s.url("/?lang=en&as=" + james + "#token=e2e-whip"))
	page.shows("the page to be ready", `document.querySelector("#who").value === "`+james+`"`)
	look[bool](page, relayed+"true")
	page.click("#call")
	page.shows("the call to be connected", `document.querySelector("#status").dataset.status === "connected"`)
	kinds := look[string](page, `(async () => {
		const stats = [...(await window.testPeers.at(-1).getStats()).values()];
		const pair = stats.find((one) => one.type === "candidate-pair" && one.nominated && one.state === "succeeded");
		return stats.find((one) => one.id === pair?.localCandidateId)?.candidateType ?? "none";
	})()`)
	if kinds != "relay" {
		t.Errorf("the call goes by a candidate of type %s", kinds)
	}
	nextTurn(t, page)
	return network, page
}

// nextTurn waits until a question that is asked from now on has been answered
// and heard.
func nextTurn(t *testing.T, page *tab) {
	t.Helper()
	const count = `window.huike.state.captions.filter((c) => c.party === "agent" && c.clauses.join(" ").includes("1099 points")).length`
	before := look[int](page, count)
	energy := page.energy()
	page.shows("the next turn to be answered", fmt.Sprintf("%s > %d", count, before))
	until(t, "the answer to be heard", func() bool { return page.energy() > energy+2e-3 })
}

func TestACallInABrowserGoesOnAfterAGap(t *testing.T) {
	network, page := relayedCall(t)
	for _, gap := range []time.Duration{500 * time.Millisecond, time.Second, 10 * time.Second} {
		network.gap(gap)
		nextTurn(t, page)
	}
	page.shows("one stall in the picture, and none in a silence", `(({gaps}) => gaps.length === 1 && gaps[0].to - gaps[0].from > 5000)(window.huike.state)`)
	page.shows("the stall in words", `/No connection for 0:\d\d/.test(document.querySelector("#timeline").getAttribute("aria-label"))`)
	page.says(".legend", "no connection")
	page.click("#hangup")
	page.shows("the call to have ended", `document.querySelector("#status").dataset.disposition === "hung_up"`)
}

func TestACallInABrowserGoesOnInAnotherNetwork(t *testing.T) {
	network, page := relayedCall(t)
	const ufrag = `/a=ice-ufrag:(.*)/.exec(window.testPeers.at(-1).remoteDescription.sdp)[1]`
	before := look[string](page, ufrag)
	look[bool](page, "window.testPeers.at(-1).restartIce(); true")
	page.shows("the server's new ICE session", fmt.Sprintf("%s !== %q", ufrag, before))
	nextTurn(t, page)

	network.kill() // with every address that it gave
	network.start()
	nextTurn(t, page)
	page.click("#hangup")
	page.shows("the call to have ended", `document.querySelector("#status").dataset.disposition === "hung_up"`)
}
