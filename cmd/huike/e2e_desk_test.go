package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// live waits until a desk is told of the queue as it changes.
func live(p *tab) {
	p.t.Helper()
	p.shows("the desk to be live", `document.querySelector("#live.on")`)
}

func TestTheDeskWhenPeopleVanish(t *testing.T) {
	t.Parallel()
	s := startServer(t, "--stub")
	b := startBrowser(t, "")
	anna := b.open(s.url("/desk#token=" + token + "&agent=Anna"))
	live(anna)

	// Key 0 asks for a person, into the greeting.
	c := s.call(t, "http", "en", james)
	c.hears("Hello Mr Smith")
	c.presses("0")
	if ev := c.handoff("waiting"); ev.Reason != "caller_asked" {
		t.Errorf("key 0 asked for a person because of %q", ev.Reason)
	}
	anna.says("#queue", "Asked for a person")
	anna.click("#queue .take")
	c.handoff("taken")
	anna.shows("the agent's sound to be on", `document.querySelector("#brief")?.dataset.sound === "on"`)

	// Her page vanishes. After the lease the call waits again, and the caller is told.
	bob := b.open(s.url("/desk#token=" + token + "&agent=Bob"))
	live(bob)
	bob.shows("a call that Anna has", `document.querySelector("#queue .ticket")?.dataset.state === "taken"`)
	anna.close()
	c.handoff("waiting")
	bob.shows("the call to wait again", `document.querySelector("#queue .take:not(:disabled)")`)

	// He takes it, and ends it.
	bob.click("#queue .take")
	c.handoff("taken")
	bob.shows("the agent's sound to be on", `document.querySelector("#brief")?.dataset.sound === "on"`)
	bob.click("#end")
	if ev := c.over(); ev.Disposition != "handed_off" || ev.By != "human" {
		t.Errorf("the call ended as %q by %q", ev.Disposition, ev.By)
	}
	bob.shows("the queue to be empty", "window.huike.state.queue.length === 0")

	// A caller who hangs up while it rings is gone from the desk.
	c = s.call(t, "ws", "en", "")
	c.hears("Hello")
	c.types("I want to make a complaint.")
	if ev := c.handoff("waiting"); ev.Reason != "complaint" {
		t.Errorf("a complaint asked for a person because of %q", ev.Reason)
	}
	bob.shows("the complaint", `document.querySelector("#queue .ticket")?.dataset.reason === "complaint"`)
	c.hangUp()
	bob.shows("the queue to be empty", "window.huike.state.queue.length === 0")
	if n, _ := s.metric(`huike_handoffs_total{state="cancelled"}`); n != 1 {
		t.Errorf("%v cancelled handoffs are counted", n)
	}
	bob.clean()
}

// TestTheDeskKnowsWhyAndWhatTheCallerWants asks for a person, answers the question
// that bridges the wait, and hangs up: the desk shows the rule, the answer - to a
// page that was there and to one that comes after it - and how the call ended.
func TestTheDeskKnowsWhyAndWhatTheCallerWants(t *testing.T) {
	t.Parallel()
	s := startServer(t, "--stub")
	b := startBrowser(t, "")
	anna := b.open(s.url("/desk#token=" + token + "&agent=Anna"))
	live(anna)
	c := s.call(t, "ws", "en", james)
	c.hears("Hello Mr Smith")
	c.types("I want to speak to a person, please.")
	c.handoff("waiting")
	anna.click("#queue .open")
	anna.says("#summary", "asked for a person")
	c.hears("what is it about")
	c.quiet()
	const answer = "the zipper of my jacket is stuck"
	c.types(answer)
	c.hears("passed that on")
	anna.says("#slots", answer)
	anna.says("#slots", "What it is about")

	bob := b.open(s.url("/desk?lang=zh#token=" + token + "&agent=Bob"))
	live(bob)
	bob.click("#queue .open")
	bob.says("#slots", answer)
	bob.says("#slots", "要办的事")
	bob.shows("the rule that decided", `document.querySelector("#rule")?.dataset.rule === "asked"`)
	bob.says("#rule", "来电人要求人工")
	bob.says("#calls .outcome", "进行中")
	bob.says(".legend", "机器人")

	// Whoever takes it is led on by the keyboard, and can pass it on no further than its line goes.
	bob.click("#queue .take")
	bob.shows("the agent's sound to be on", `document.querySelector("#brief")?.dataset.sound === "on"`)
	bob.shows("the focus to go on", `document.querySelector("#brief").contains(document.activeElement)`)
	bob.fills("#call-tag", "易怒\n")
	bob.shows("the tag beside the call", `document.querySelector('#tags [data-tag="易怒"]')`)
	bob.click(`#tags [data-tag="易怒"] .off`)
	bob.shows("no tag", `!document.querySelector('#tags [data-tag="易怒"]')`)
	bob.shows("a way to all that is known", `document.querySelector("#view360").href.includes("/members#/m/m_james_smith?call=")`)
	bob.do("pass on", chromedp.SendKeys(chromedp.CSS("#transfer input"), "200\n", chromedp.NodeVisible))
	bob.says("#passing", "未能转接：这条来电线路不支持转接")
	for _, wide := range []int64{1280, 390} {
		bob.do("size", chromedp.EmulateViewport(wide, 860))
		bob.shows("no words out of their buttons", `[...document.querySelectorAll(".outward button, .actions button")].every((b) => b.clientHeight < 60 && b.scrollWidth <= b.clientWidth)`)
		bob.shows("nothing out of the page", `document.documentElement.scrollWidth <= innerWidth`)
	}
	c.hangUp()
	bob.says("#calls .outcome", "通话已挂断。") // nobody has pressed Refresh
	anna.says("#calls .outcome", "The call was hung up.")
	anna.clean()
}

func TestACallThatNobodyTakesIsToldAndWrittenDown(t *testing.T) {
	t.Parallel()
	s := startServer(t, "--stub", "--patience=1s")
	c := s.call(t, "ws", "en", james)
	c.hears("Hello Mr Smith")
	c.types("I want to speak to a person, please.")
	c.handoff("waiting")
	c.handoff("nobody")
	c.hears("busy")
	c.types("yes")
	c.hears("right?")
	c.quiet() // a yes before it was read whole would count for nothing
	c.types("yes")
	c.hears("else")
	c.types("No, goodbye.")
	if ev := c.over(); ev.Disposition != "call_back" {
		t.Errorf("the call ended as %q", ev.Disposition)
	}
	_, list := s.ask("/v1/desk/callbacks")
	if !strings.Contains(list, "139****5678") || strings.Contains(list, james) {
		t.Errorf("the call-backs: %s", list)
	}
}

func TestADeskWithoutTheTokenStaysShut(t *testing.T) {
	t.Parallel()
	s := startServer(t, "--stub")
	for _, path := range []string{"/v1/desk/events", "/v1/calls", "/v1/desk/callbacks", "/v1/desk/calls/c_x", "/v1/calls/c_x/recording.wav?token=guess"} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url(path), http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s without the token: %s", path, response.Status)
		}
	}
}

func TestTheChinesePageWithoutARecogniser(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	b := startBrowser(t, "")
	p := b.open(s.url("/?lang=zh&as=" + zhangLi))
	p.says("#no-recogniser", "中文")
	p.shows("the page to be ready", `document.querySelector("#who").value === "`+zhangLi+`"`)
	p.click("#call")
	p.says(`#captions .caption[data-party="agent"]`, "张女士您好")
	p.hears("the Chinese greeting")
	p.types("我有多少积分")
	p.says(`#captions .caption[data-party="caller"][data-final="true"]`, "我有多少积分")
	p.says(`#captions .caption[data-party="agent"]`, "您目前有1280积分")
	p.hears("the Chinese answer")
	if folder := os.Getenv(pictures); folder != "" {
		p.picture(filepath.Join(folder, "chinese.png"), 900)
	}
	p.types("再见")
	p.shows("the robot's goodbye", `document.querySelector("#status").dataset.disposition === "completed"`)
	p.clean()
}
