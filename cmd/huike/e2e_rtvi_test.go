package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// rtviClient is the page that calls with Pipecat's own client.
const rtviClient = "../../session/rtvi/testdata/client"

// rtviPage is where the page has been built, once for all tests.
var rtviPage struct {
	once   sync.Once
	folder string
	err    error
}

// serveRTVIPage serves the page from an origin that is not the server's.
func serveRTVIPage(t *testing.T) (origin string) {
	t.Helper()
	rtviPage.once.Do(func() {
		rtviPage.folder = filepath.Join(filepath.Dir(prompts), "rtvi")
		rtviPage.err = bundle(t, rtviClient, rtviPage.folder)
	})
	if rtviPage.err != nil {
		t.Fatal(rtviPage.err)
	}
	pages := httptest.NewServer(http.FileServer(http.Dir(rtviPage.folder)))
	t.Cleanup(pages.Close)
	return pages.URL
}

// bundle builds a page that is made of pinned packages.
func bundle(t *testing.T, source, folder string) error {
	t.Helper()
	if _, err := os.Stat(filepath.Join(source, "node_modules", "vite")); err != nil {
		return fmt.Errorf("%w; make test installs the clients with npm ci", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, "npx", "vite", "build", "--outDir", folder, "--emptyOutDir", "--logLevel", "warn")
	command.Dir = source
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("build the page in %s: %w\n%s", source, err, out)
	}
	return nil
}

// rtviKey opens the servers of these tests.
const rtviKey = "e2e-caller-key"

// rtviTab is a page whose client has been told things.
type rtviTab struct{ *tab }

// place calls; options are the page's.
func (p rtviTab) place(options map[string]any) {
	p.t.Helper()
	text, err := json.Marshal(options)
	if err != nil {
		p.t.Fatal(err)
	}
	p.shows("the page", "window.place")
	if !look[bool](p.tab, "window.place("+string(text)+").then(() => true)") {
		p.t.Fatal("the call was not placed")
	}
}

// told waits until the client was told an event whose data, d, fits.
func (p rtviTab) told(event, fits string) {
	p.t.Helper()
	p.shows(event+" with "+fits, fmt.Sprintf(`window.rtviLog.some(({event, data: d}) => event === %q && (%s))`, event, fits))
}

// forget forgets what the client was told so far.
func (p rtviTab) forget() {
	p.t.Helper()
	look[bool](p.tab, "window.rtviLog.splice(0); true")
}

// order returns the events so far, of those named, in a row.
func (p rtviTab) order(names ...string) string {
	p.t.Helper()
	list, _ := json.Marshal(names)
	return look[string](p.tab, fmt.Sprintf("window.rtviLog.map((e) => e.event).filter((e) => %s.includes(e)).join(' ')", list))
}

// explain shows what the client was told when a test fails.
func (p rtviTab) explain() {
	p.t.Cleanup(func() {
		if p.t.Failed() {
			p.t.Log(p.state())
		}
	})
}

// openRTVI opens the page in a browser whose microphone hears lines.
func openRTVI(t *testing.T, lines ...line) (s *server, p rtviTab) {
	t.Helper()
	origin := serveRTVIPage(t)
	s = startServer(t, "--origins="+origin, "--whip-tokens="+rtviKey)
	p = rtviTab{startBrowser(t, microphone(t, 100*time.Second, lines...)).open(origin)}
	p.explain()
	look[bool](p.tab, `window.huike = { get state() { return window.rtviLog?.map((e) => e.event + " " + JSON.stringify(e.data)); } }; true`)
	return s, p
}

// TestACallWithPipecatsClient is a whole call from Pipecat's SDK in a browser:
// started, greeted, answered, interrupted, typed, a function done by the page,
// and the bot sent away.
func TestACallWithPipecatsClient(t *testing.T) {
	said := []line{{10 * time.Second, "Where is my order?"}}
	for at := 16 * time.Second; at < 60*time.Second; at += 11 * time.Second { // into the answer, and again until it is understood
		said = append(said, line{at, "How many points do I have?"})
	}
	s, page := openRTVI(t, said...)
	page.place(map[string]any{"start": s.url("/v1/rtvi/start"), "token": rtviKey, "data": map[string]any{"lang": "en", "as": james}})
	page.told("botReady", `d.version === "2.1.0" && d.about.library === "huike"`)
	page.told("botStarted", `d.sessionId`)
	page.told("serverMessage", `d.type === "started" && d.lang === "en"`)
	page.told("botTranscript", `d.text.includes("Hello Mr Smith")`)
	page.told("botOutput", `d.text.includes("Hello Mr Smith") && d.spoken_status === "completed"`)
	page.hears("the greeting")
	if got, want := page.order("botTtsStarted", "botStartedSpeaking", "botLlmStarted"), "botLlmStarted botTtsStarted botStartedSpeaking"; !strings.HasPrefix(got, want) {
		t.Errorf("the greeting was told as %s", got)
	}

	page.told("userTranscript", `d.final && /order/i.test(d.text) && !isNaN(Date.parse(d.timestamp))`)
	page.told("userLlmText", `/order/i.test(d.text)`)
	page.told("botTtsText", `d.text.includes("Your order 10027")`)
	page.told("metrics", `d.ttfb[0].value > 0.1 && d.ttfb[0].value < 5 && d.processing.length === 5`)
	page.told("serverMessage", `d.type === "interrupted"`) // by the second question
	page.told("botOutput", `d.spoken_progress?.remaining_text && d.spoken_progress.accumulated_text`)
	page.told("botTranscript", `d.text.includes("You have 1099 points")`)
	page.hears("the second answer")
	speaking := page.order("userStartedSpeaking", "userStoppedSpeaking")
	if !strings.HasPrefix(speaking, "userStartedSpeaking userStoppedSpeaking userStartedSpeaking userStoppedSpeaking") {
		t.Errorf("the caller spoke as %s", speaking)
	}

	typedRTVI(t, page)
	functionRTVI(page)
	look[bool](page.tab, "window.rtvi.disconnectBot(); true")
	page.told("botDisconnected", "true")
	page.told("disconnected", "true")
	page.shows("the client to be disconnected", `window.rtvi.state === "disconnected"`)
	keptRTVI(t, s, "hung_up")
	page.clean()
}

// typedRTVI types, with and without sound for an answer, and says what is refused.
func typedRTVI(t *testing.T, page rtviTab) {
	t.Helper()
	page.forget()
	look[bool](page.tab, "window.rtvi.enableMic(false); true")
	look[bool](page.tab, `window.rtvi.sendText("Where is my order?").then(() => true)`)
	page.told("botTtsText", `d.text.includes("Your order 10027")`)
	page.hears("the answer")
	page.told("botStoppedSpeaking", "true")

	page.forget()
	look[bool](page.tab, `window.rtvi.sendText("How many points do I have?", { audio_response: false }).then(() => true)`)
	page.told("botTranscript", `d.text.includes("You have 1099 points")`)
	page.told("botOutput", `d.will_be_spoken === false`)
	if got := page.order("botTtsStarted", "botStartedSpeaking", "botTtsText"); got != "" {
		t.Errorf("an answer in writing alone is told as sound: %s", got)
	}

	look[bool](page.tab, `window.rtvi.appendToContext({ role: "user", content: "I am tall." }).then(() => true)`)
	page.told("messageError", `d.data.error.includes("append-to-context is not supported")`)
	refused := look[string](page.tab, `window.rtvi.sendClientRequest("weather", {}).then(() => "taken", (e) => e.data.error)`)
	if !strings.Contains(refused, "t is not one of") {
		t.Errorf("a request that nobody understands: %s", refused)
	}
}

// functionRTVI has the page do one of the shop's operations.
func functionRTVI(page rtviTab) {
	page.t.Helper()
	page.forget()
	look[bool](page.tab, `window.rtvi.registerFunctionCallHandler("order.status", async (call) => {
		window.rtviCall = call;
		return { ok: true, rows: [{ number: "20481", status: "delivered" }] };
	}); true`)
	if !look[bool](page.tab, `window.rtvi.sendClientRequest("operates", ["order.status"]).then((d) => d.taken)`) {
		page.t.Error("operates was not taken")
	}
	look[bool](page.tab, `window.rtvi.sendText("Where is my order?").then(() => true)`)
	page.told("llmFunctionCallInProgress", `d.function_name === "order.status" && d.tool_call_id && d.arguments`)
	page.told("llmFunctionCallStopped", `d.function_name === "order.status" && !d.cancelled && d.result.ok`)
	page.told("botTranscript", `d.text.includes("20481") && d.text.includes("delivered")`)
	page.shows("the page's own function", `window.rtviCall.functionName === "order.status"`)
}

// keptRTVI waits until the only call is kept with its disposition, and checks the
// journal for how it came and how it ended.
func keptRTVI(t *testing.T, s *server, disposition string) {
	t.Helper()
	var calls []string
	until(t, "the call to be kept", func() bool {
		_, list := s.ask("/v1/calls")
		calls, _ = filepath.Glob(filepath.Join(s.data, "calls", "c_*"))
		return strings.Contains(list, disposition) && len(calls) == 1
	})
	lines := strings.Split(strings.TrimSpace(keptText(t, s.data, filepath.Base(calls[0]))), "\n")
	if first := lines[0]; !strings.Contains(first, `"type":"started"`) || !strings.Contains(first, `"channel":"rtvi"`) {
		t.Errorf("the journal begins with %s", first)
	}
	if last := lines[len(lines)-1]; !strings.Contains(last, `"type":"ended"`) || !strings.Contains(last, disposition) {
		t.Errorf("the journal ends with %s", last)
	}
}

// TestPipecatsClientComesBackOverAnotherConnection loses its connection in
// mid-call: the SDK makes another one, and the same call goes on.
func TestPipecatsClientComesBackOverAnotherConnection(t *testing.T) {
	s, page := openRTVI(t)
	page.place(map[string]any{"offer": s.url("/v1/rtvi/offer"), "token": rtviKey, "data": map[string]any{"lang": "en", "as": james}})
	page.told("botTranscript", `d.text.includes("Hello Mr Smith")`)
	page.told("botStoppedSpeaking", "true")
	page.forget()
	look[bool](page.tab, "window.rtvi._transport.attemptReconnection(true).then(() => true)")
	page.shows("another connection", `window.testPeers.length === 2 && window.testPeers[1].connectionState === "connected"`)
	page.shows("its channel", `window.rtvi._transport.dc.readyState === "open"`)
	// The SDK forgets the new track with the end of the old one, and stops the microphone with it.
	look[bool](page.tab, `document.querySelector("#bot").srcObject = new MediaStream([window.testPeers[1].getReceivers()[0].track]); true`)
	look[bool](page.tab, `window.rtvi.sendText("Where is my order?").then(() => true)`)
	page.told("botTtsText", `d.text.includes("Your order 10027")`)
	page.hears("the answer")
	page.told("botStoppedSpeaking", "true")

	page.forget() // and once more over the same connection
	look[bool](page.tab, "window.rtvi._transport.attemptReconnection(false).then(() => true)")
	look[bool](page.tab, `window.rtvi.sendText("How many points do I have?").then(() => true)`)
	page.told("botTtsText", `d.text.includes("You have 1099 points")`)
	page.hears("the answer")

	look[bool](page.tab, "window.rtvi.disconnect().then(() => true)")
	keptRTVI(t, s, "hung_up")
	page.clean()
}

// TestPipecatsClientIsToldWhyItMayNotCall calls without the token.
func TestPipecatsClientIsToldWhyItMayNotCall(t *testing.T) {
	s, page := openRTVI(t)
	page.shows("the page", "window.place")
	got := look[string](page.tab, `window.place({ start: "`+s.url("/v1/rtvi/start")+`" }).then(() => "called", (e) => e.message)`)
	if !strings.Contains(got, "Bearer TOKEN") {
		t.Errorf("start without a token: %s", got)
	}
	got = look[string](page.tab, `window.place({ offer: "`+s.url("/v1/rtvi/offer")+`" }).then(() => "called", (e) => e.message)`)
	if !strings.Contains(got, "401") {
		t.Errorf("an offer without a token: %s", got)
	}
}
