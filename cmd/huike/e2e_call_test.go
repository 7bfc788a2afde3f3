package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"huike/audio"
)

// pictures names a folder for screenshots of the pages; none are taken without.
const pictures = "HUIKE_PICTURES"

// TestACallInABrowser is a whole call by microphone: greeted, answered,
// interrupted, taken by a person at the desk, given back, hung up, kept, played
// and deleted. What the caller says is a file; what the test does waits for what
// it hears.
func TestACallInABrowser(t *testing.T) {
	s := startServer(t)
	said := []line{
		{10 * time.Second, "Where is my order?"},
		{16 * time.Second, "How many points do I have?"}, // into the answer
		{24 * time.Second, "I want to speak to a person, please."},
	}
	for at := 31 * time.Second; at < 110*time.Second; at += 5 * time.Second {
		said = append(said, line{at, "How many points do I have?"})
	}
	callers := startBrowser(t, microphone(t, 120*time.Second, said...))
	var greetings []line
	for at := time.Second; at < 115*time.Second; at += 4 * time.Second {
		greetings = append(greetings, line{at, "Hello, this is Anna from the shop. How can I help you?"})
	}
	agents := startBrowser(t, microphone(t, 120*time.Second, greetings...))
	desk := agents.open(s.url("/desk#token=" + token + "&agent=Anna"))
	desk.shows("the desk to be live", `document.querySelector("#live.on")`)
	page := callers.open(s.url("/?lang=en&as=" + james))
	page.shows("the page to be ready", `document.querySelector("#who").value === "`+james+`"`)

	page.click("#call")
	answered(t, page)
	interrupted(t, page)
	call := taken(t, s, page, desk)
	returned(t, page, desk)

	page.click("#hangup")
	page.shows("the call to have ended", `document.querySelector("#status").dataset.status === "ended"`)
	page.shows("by the caller's own hand", `document.querySelector("#status").dataset.disposition === "hung_up"`)
	kept(t, s, desk, call)
	page.clean()
	desk.clean()
}

// answered hears the greeting and the first answer.
func answered(t *testing.T, page *tab) {
	t.Helper()
	page.shows("the call to be connected", `document.querySelector("#status").dataset.status === "connected"`)
	page.says(`#captions .caption[data-party="agent"]`, "Hello Mr Smith")
	page.says("#member", "139****5678")
	page.hears("the greeting")
	page.says(`#captions .caption[data-party="caller"][data-final="true"]`, "order")
	page.says(`#captions .caption[data-party="agent"]`, "Your order 10027")
	page.shows("how long the answer took", `document.querySelector("#captions .latency")`)
	ms := look[float64](page, `Number(document.querySelector("#captions .latency").dataset.ms)`)
	if ms < 100 {
		t.Errorf("the page shows %v ms for an answer", ms)
	}
	page.hears("the answer")
}

// watchStop notes when the caller was first heard to speak over the agent, and
// when the sound that the page hears stopped growing for 300 ms after that: 1e-4 is 10 ms at -20 dBFS.
const watchStop = `window.testStop = (async () => {
	const over = () => window.huike.state.spans.some((s) => s.party === "caller" && s.to === undefined);
	while (!over()) await new Promise((done) => setTimeout(done, 10));
	const began = performance.now();
	let last = await window.testEnergy(), since = performance.now();
	while (performance.now() - began < 5000) {
		await new Promise((done) => setTimeout(done, 10));
		const energy = await window.testEnergy();
		if (energy > last + 1e-4) { last = energy; since = performance.now(); }
		if (performance.now() - since > 300) return since - began;
	}
	return -1;
})(); true`

// interrupted speaks into the answer, which stops; the question is answered.
func interrupted(t *testing.T, page *tab) {
	t.Helper()
	look[bool](page, watchStop)
	page.shows("the interruption", "window.huike.state.cuts.length > 0")
	if stop := look[float64](page, "window.testStop"); stop < 0 {
		t.Error("the agent's sound did not stop within 5 s after the caller was heard")
	} else { // how fast is what huike eval turns measures
		t.Logf("the agent's sound stopped %.0f ms after the caller was heard", stop)
	}
	page.shows("the agent to have stopped", `(({spans, cuts}) =>
		spans.some((s) => s.party === "agent" && s.to !== undefined && s.to <= cuts[0].at))(window.huike.state)`)
	page.shows("the interrupted answer", `document.querySelector("#captions .badge")`)
	page.says(`#captions .caption[data-party="agent"]`, "You have 1099 points")
	if folder := os.Getenv(pictures); folder != "" {
		page.picture(filepath.Join(folder, "caller.png"), 900)
	}
}

// taken asks for a person, who takes the call at the desk and sees what they must
// before they speak. It returns the call's id.
func taken(t *testing.T, s *server, page, desk *tab) (call string) {
	t.Helper()
	page.shows("the wait for a person", `document.querySelector("#status").dataset.status === "waiting"`)
	desk.shows("the waiting call", `document.querySelector("#queue .take")`)
	call = look[string](desk, "window.huike.state.queue[0].call")
	desk.says("#queue", "Asked for a person")
	desk.click("#queue .open")
	desk.says("#summary blockquote", "speak to a person") // the very sentence
	desk.says("#transcript", "Hello Mr Smith")
	desk.says("#transcript", "order")
	desk.says("#profile", "139****5678")
	desk.says("#profile", "Smith")
	desk.says("#slots", "person")
	if strings.Contains(look[string](desk, "document.body.innerText"), james) {
		t.Error("the desk shows a whole phone number")
	}
	desk.click("#queue .take")
	page.shows("a person to be there", `document.querySelector("#status").dataset.status === "person"`)
	desk.shows("the agent's sound to be on", `document.querySelector("#brief")?.dataset.sound === "on"`)
	page.hears("the person")
	desk.hears("the caller")
	desk.says(`#transcript .caption[data-party="caller"]`, "points") // and goes on being told
	if folder := os.Getenv(pictures); folder != "" {
		desk.picture(filepath.Join(folder, "desk.png"), 800)
	}
	until(t, "the handoff to be counted", func() bool { n, _ := s.metric(`huike_handoffs_total{state="taken"}`); return n > 0 })
	return call
}

// returned gives the call back to the robot, which goes on.
func returned(t *testing.T, page, desk *tab) {
	t.Helper()
	desk.click("#return")
	page.shows("the robot to have the call", `document.querySelector("#status").dataset.status === "connected"`)
	page.shows("the page to say so", `window.huike.state.handoff.state === "returned"`)
	page.click("#mute") // the file goes on speaking
	page.types("Where is my order?")
	page.says(`#captions .caption[data-party="agent"]`, "10027")
	page.hears("the robot")
	desk.shows("the queue to be empty", "window.huike.state.queue.length === 0")
}

// kept lists, plays and deletes the call at the desk.
func kept(t *testing.T, s *server, desk *tab, call string) {
	t.Helper()
	row := fmt.Sprintf(`#calls li[data-call=%q]`, call)
	until(t, "the call to be kept", func() bool {
		_, list := s.ask("/v1/calls")
		return strings.Contains(list, call) && strings.Contains(list, "hung_up")
	})
	desk.click("#refresh")
	desk.shows("the kept call", `document.querySelector('`+row+`')?.dataset.disposition === "hung_up"`)
	desk.click(row + " .open-call")
	desk.says("#kept-transcript", "order")
	desk.shows("the recording to have a length", `document.querySelector('`+row+` audio')?.duration > 20`)
	look[bool](desk, `(async () => {
		const audio = document.querySelector('`+row+` audio');
		audio.muted = true;
		await audio.play();
		await new Promise((done) => audio.addEventListener("timeupdate", () => audio.currentTime > 0 && done()));
		audio.pause();
		return true;
	})()`)

	status, recording := s.ask("/v1/calls/" + call + "/recording.wav")
	if status != http.StatusOK || !strings.HasPrefix(recording, "RIFF") {
		t.Fatalf("the recording: %d, %d bytes", status, len(recording))
	}
	name := filepath.Join(t.TempDir(), "recording.wav")
	if err := os.WriteFile(name, []byte(recording), 0o600); err != nil {
		t.Fatal(err)
	}
	if heard := sounds(t, name); len(heard) != 2 || !heard[0] || !heard[1] {
		t.Errorf("channels with sound: %v; want the caller left and the agent right", heard)
	}
	if seconds := len(recording) / (4 * audio.Rate); seconds < 20 {
		t.Errorf("the recording has %d s", seconds)
	}

	desk.click(row + " .delete")
	desk.click("#delete-yes")
	desk.shows("the call to be gone", `document.querySelector('`+row+`') === null`)
	if status, _ := s.ask("/v1/calls/" + call); status != http.StatusNotFound {
		t.Errorf("a deleted call: %d", status)
	}
	if _, err := os.Stat(filepath.Join(s.data, "calls", call)); !os.IsNotExist(err) {
		t.Errorf("a deleted call's folder: %v", err)
	}
}
