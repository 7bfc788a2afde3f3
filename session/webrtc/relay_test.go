package webrtc

import (
	"context"
	"net"
	"net/http"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/pion/webrtc/v4"
)

// startTurn starts Debian's coturn on loopback, as
//
//	turnserver --use-auth-secret --static-auth-secret=SECRET --realm=huike --listening-ip=127.0.0.1
//
// and returns its address.
func startTurn(tb testing.TB, secret string) string {
	tb.Helper()
	program, err := exec.LookPath("turnserver")
	if err != nil {
		tb.Fatalf("%v: install Debian's package coturn", err)
	}
	free, err := (&net.ListenConfig{}).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	address := free.Addr().String()
	_ = free.Close()
	_, port, _ := net.SplitHostPort(address)
	folder := tb.TempDir()
	ctx, cancel := context.WithCancel(context.WithoutCancel(tb.Context()))
	command := exec.CommandContext(ctx, program, "-n",
		"--listening-ip=127.0.0.1", "--listening-port="+port, "--relay-ip=127.0.0.1", "--allow-loopback-peers",
		"--use-auth-secret", "--static-auth-secret="+secret, "--realm=huike", "--fingerprint",
		"--no-tls", "--no-dtls", "--no-cli", "--log-file=stdout",
		"--pidfile="+folder+"/pid", "--userdb="+folder+"/db",
	)
	if err := command.Start(); err != nil {
		cancel()
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		cancel()
		_ = command.Wait()
	})
	eventually(tb, "coturn answers", func() bool {
		conn, err := (&net.Dialer{}).DialContext(tb.Context(), "tcp", address)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
	return address
}

var iceLink = regexp.MustCompile(`^<([^>]+)>; rel="ice-server"(?:; username="([^"]*)"; credential="([^"]*)"; credential-type="password")?$`)

// linked reads the ICE servers of an answer as a client does.
func linked(tb testing.TB, got reply) (servers []webrtc.ICEServer) {
	tb.Helper()
	for _, link := range got.header.Values("Link") {
		parts := iceLink.FindStringSubmatch(link)
		if parts == nil {
			tb.Fatalf("Link is %s", link)
		}
		server := webrtc.ICEServer{URLs: []string{parts[1]}}
		if parts[2] != "" {
			server.Username, server.Credential = parts[2], parts[3]
		}
		servers = append(servers, server)
	}
	return servers
}

func TestCallThroughATurnServerAlone(t *testing.T) {
	address := startTurn(t, "s3cret")
	e := serve(t, func(c *Config) {
		c.ICEServers, c.TurnSecret = []ICEServer{{URL: "turn:" + address + "?transport=udp"}}, "s3cret"
	})
	servers := linked(t, do(t, http.MethodOptions, e.url, "", ""))
	if len(servers) != 1 {
		t.Fatalf("%d servers are told", len(servers))
	}
	relays := webrtc.Configuration{ICEServers: servers, ICETransportPolicy: webrtc.ICETransportPolicyRelay}
	caller, err := newLeg(engine{relays: relays, lost: defaultLost}, "", "")
	if err != nil {
		t.Fatal(err)
	}
	b, agent := e.browse(t, caller)
	local := caller.pc.LocalDescription().SDP
	if !strings.Contains(local, "typ relay") || strings.Contains(local, "typ host") {
		t.Errorf("the caller's candidates are\n%s", fragmentOf(local))
	}
	exchange(t, caller, agent)
	exchange(t, agent, caller)
	b.restart(t)
	pour(t, caller, agent)
	pour(t, agent, caller)
}

func TestTurnRefusesCredentialsOfAnotherSecret(t *testing.T) {
	address := startTurn(t, "s3cret")
	config := Config{ICEServers: []ICEServer{{URL: "turn:" + address + "?transport=udp"}}, TurnSecret: "other", TurnLife: defaultTurnLife}
	server := (&Server{config: config}).ICEServers()[0]
	if _, err := strconv.Atoi(server.Username); err != nil {
		t.Errorf("the user name is %q, and tells more than a time", server.Username)
	}
	relays := webrtc.Configuration{ICETransportPolicy: webrtc.ICETransportPolicyRelay, ICEServers: []webrtc.ICEServer{
		{URLs: []string{server.URL}, Username: server.Username, Credential: server.Credential},
	}}
	caller, err := newLeg(engine{relays: relays, lost: defaultLost}, "", "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = caller.Close("test over") }()
	offer, err := caller.offer(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(offer, "a=candidate") {
		t.Errorf("a relay was given to\n%s", fragmentOf(offer))
	}
}
