package main

import (
	"context"
	"encoding/binary"
	"encoding/pem"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"huike/audio"
	"huike/audio/resample"
	"huike/audio/wav"
)

// clients is where the pinned clients of the Realtime protocol are.
const clients = "../../session/realtime/testdata/clients"

// realtimeKey opens calls of the servers under test.
const realtimeKey = "sk-e2e"

// recording writes what a person says in a recorded call, as 24 kHz PCM.
func recording(t *testing.T, call string, from, to time.Duration) string {
	t.Helper()
	channels, err := wav.ReadFile(filepath.Join("../../testdata/calls", call, "caller.wav"))
	if err != nil {
		t.Fatal(err)
	}
	said := channels[0][audio.Samples(from, audio.Rate):audio.Samples(to, audio.Rate)]
	var bytes []byte
	for _, sample := range resample.New(audio.Rate, 24000).Resample(nil, said) {
		bytes = binary.LittleEndian.AppendUint16(bytes, uint16(sample))
	}
	name := filepath.Join(t.TempDir(), "said.pcm")
	if err := os.WriteFile(name, bytes, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// inTLS serves a server by TLS, which some clients insist on, and returns the
// address and the file with the certificate.
func (s *server) inTLS() (address, certificate string) {
	s.t.Helper()
	web := httptest.NewTLSServer(httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: s.address}))
	s.t.Cleanup(web.Close)
	certificate = filepath.Join(s.t.TempDir(), "certificate.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: web.Certificate().Raw})
	if err := os.WriteFile(certificate, text, 0o600); err != nil {
		s.t.Fatal(err)
	}
	return web.URL, certificate
}

// converse runs one of the clients' conversations with s to its end.
func (s *server) converse(t *testing.T, script string) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(clients, "node_modules", "openai")); err != nil {
		t.Fatalf("%v; make test installs the clients with npm ci", err)
	}
	address, certificate := s.inTLS()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, "node", script)
	command.Dir = clients
	command.Env = append(os.Environ(),
		"HUIKE_URL="+address, "HUIKE_KEY="+realtimeKey, "NODE_EXTRA_CA_CERTS="+certificate, "OPENAI_AGENTS_DISABLE_TRACING=1",
		"HOURS="+recording(t, "real_hello_hours_goodbye", 8*time.Second, 9*time.Second),
		"LONG="+recording(t, "real_prompts_heard_whole", 11300*time.Millisecond, 16500*time.Millisecond),
	)
	out, err := command.CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v\n%s", script, err, out)
	}
	t.Log(strings.TrimSpace(string(out)))
}

// The real clients of OpenAI's Realtime protocol hold a conversation over a
// WebSocket: what people recorded is heard, the agent is interrupted and
// stopped, and the client does what the shop would.
func TestOpenAIClientsConverseOverAWebSocket(t *testing.T) {
	s := startServer(t, "--api-keys="+realtimeKey)
	for _, script := range []string{"openai.mjs", "agents.mjs"} {
		t.Run(script, func(t *testing.T) { s.converse(t, script) })
	}
}
