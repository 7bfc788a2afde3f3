package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"encoding/pem"
	"net/http"
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
		"HOURS="+recording(t, "real_hello_hours_goodbye", 7600*time.Millisecond, 9400*time.Millisecond),
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

// recorded24 reads what recording wrote, at audio.Rate.
func recorded24(t *testing.T, name string) []int16 {
	t.Helper()
	bytes, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	said := make([]int16, len(bytes)/2)
	for i := range said {
		said[i] = int16(binary.LittleEndian.Uint16(bytes[2*i:]))
	}
	return resample.New(24000, audio.Rate).Resample(nil, said)
}

// clientSecret asks the server for a key that a page may have.
func (s *server) clientSecret(t *testing.T, session string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url("/v1/realtime/client_secrets"),
		strings.NewReader(`{"expires_after":{"anchor":"created_at","seconds":60},"session":`+session+`}`))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+realtimeKey)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var made struct{ Value string }
	if err := json.NewDecoder(response.Body).Decode(&made); err != nil || !strings.HasPrefix(made.Value, "ek_") {
		t.Fatalf("client secret: %d, %q, %v", response.StatusCode, made.Value, err)
	}
	return made.Value
}

// OpenAI's agents client calls over WebRTC from a page of another site, with a
// key that was made for it.
func TestOpenAIAgentsCallFromABrowser(t *testing.T) {
	s := startServer(t, "--api-keys="+realtimeKey)
	pages := httptest.NewServer(http.FileServer(http.Dir(clients)))
	t.Cleanup(pages.Close)
	heard := make([]int16, audio.Samples(60*time.Second, audio.Rate))
	hours := recorded24(t, recording(t, "real_hello_hours_goodbye", 7600*time.Millisecond, 9400*time.Millisecond))
	long := recorded24(t, recording(t, "real_prompts_heard_whole", 11300*time.Millisecond, 13700*time.Millisecond))
	for at := 10 * time.Second; at < 50*time.Second; at += 13 * time.Second { // again, for a machine that stutters
		copy(heard[audio.Samples(at, audio.Rate):], hours)
		copy(heard[audio.Samples(at+3500*time.Millisecond, audio.Rate):], long)
	}
	microphone := filepath.Join(t.TempDir(), "microphone.wav")
	if err := writeWAV(microphone, heard); err != nil {
		t.Fatal(err)
	}
	key := s.clientSecret(t, `{"type":"realtime","metadata":{"as":"`+james+`"},"tools":[{"type":"function","name":"points_balance"}]}`)
	page := startBrowser(t, microphone).open(pages.URL + "/browser.html#" + s.url("") + "," + key)

	page.shows("the call to be connected", "window.huike.state.connected")
	page.hears("the greeting")
	page.shows("who calls to be known", `JSON.stringify(window.huike.state.history).includes("Mr Smith")`)
	page.shows("the question in the history", `window.huike.state.history.some((item) => item.role === "user" && /hours/i.test(item.content[0]?.transcript ?? ""))`)
	page.shows("the answer to be cut", `window.huike.state.events.some((e) => e.type === "response.done" && e.response.status === "cancelled")`)
	page.shows("how much of it was heard", `window.huike.state.events.some((e) => e.type === "conversation.item.truncated" && e.audio_end_ms > 300)`)
	page.shows("the buffer to be cleared", `window.huike.state.events.some((e) => e.type === "output_audio_buffer.cleared")`)
	page.shows("the answer to what cut it", `window.huike.state.events.filter((e) => e.type === "output_audio_buffer.stopped").length >= 2`)
	look[bool](page, `window.session.mute(true), true`)
	look[bool](page, `window.session.sendMessage("How many points do I have?"), true`)
	page.shows("the points", `JSON.stringify(window.huike.state.history).includes("4711")`)
	page.hears("the points")
	if asked := look[int](page, "window.huike.state.asked"); asked != 1 {
		t.Errorf("the page's function was asked %d times", asked)
	}
	if errors := look[string](page, "window.huike.state.errors.join()"); errors != "" {
		t.Errorf("the client complains: %s", errors)
	}
	look[bool](page, "window.session.close(), true")
	until(t, "the call to end", func() bool { return strings.Contains(s.log.String(), "call ended") })
	page.clean()
}
