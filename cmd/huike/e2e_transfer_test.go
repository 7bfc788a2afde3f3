package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"huike/audio"
	"huike/audio/wav"
)

// linger gives the phone's microphone a recording and then a quiet line, so that the
// phone does not hang up while others act.
func (p *phone) linger(t *testing.T, recorded string) {
	t.Helper()
	const (
		turn  = 12 * audio.Rate // the first one is over by then
		quiet = 90 * audio.Rate // longer than the test may take
	)
	channels, err := wav.ReadFile(filepath.Join("../../testdata/calls", recorded, "caller.wav"))
	if err != nil {
		t.Fatal(err)
	}
	long := filepath.Join(t.TempDir(), "long.wav")
	// The first turn alone, twice: what the recording says later would answer a robot.
	first := wav.Mono(channels)[:turn]
	if err := writeWAV(long, slices.Concat(first, first, make([]int16, quiet))); err != nil {
		t.Fatal(err)
	}
	narrow(t, long, filepath.Join(p.folder, "microphone.wav"))
}

// TestTheDeskPressesKeysOnATelephonesLineAndPassesItOn has a telephone ask for a
// person, whose page then presses keys on its line and passes it on to another
// telephone: first to a house whose only line is taken, which is this one, then to one
// that answers.
func TestTheDeskPressesKeysOnATelephonesLineAndPassesItOn(t *testing.T) {
	s, at := startSIP(t, "--sip=udp:127.0.0.1:0", "--max-calls=1")
	b := startBrowser(t, "")
	desk := b.open(s.url("/desk#token=" + token + "&agent=Anna"))
	live(desk)

	other := pick(t, zhangLi, "real_noise_silent_caller", "audio_codecs=pcmu;answermode=auto")
	other.linger(t, "real_noise_silent_caller")
	other.run(t)
	until(t, "the other telephone to be ready", func() bool { return strings.Contains(other.log.String(), "baresip is ready") })
	caller := pick(t, james, "synthetic_a_person_please", "audio_codecs=pcmu")
	caller.linger(t, "synthetic_a_person_please")
	caller.run(t, "-s", "-e", "/dial sip:shop@"+at["udp"])

	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the caller's telephone:\n%s\nthe other:\n%s", caller.log, other.log)
		}
	})

	desk.shows("the call to wait", `document.querySelector("#queue .take:not(:disabled)")`)
	desk.click("#queue .take")
	desk.shows("the agent's sound to be on", `document.querySelector("#brief")?.dataset.sound === "on"`)

	press(desk, "press", "159#")
	received := regexp.MustCompile(`received event: '(.)' \(end=1\)`)
	until(t, "the keys at the telephone", func() bool { return len(received.FindAllString(caller.log.String(), -1)) >= 4 })
	var keys strings.Builder
	for _, one := range received.FindAllStringSubmatch(caller.log.String(), -1) {
		keys.WriteString(one[1])
	}
	if keys.String() != "159#" {
		t.Errorf("the telephone was pressed %q", keys.String())
	}
	if strings.Contains(caller.log.String(), "INFO sip:") {
		t.Error("the keys came by INFO, and not in the sound (RFC 4733)")
	}

	press(desk, "transfer", "sip:shop@"+at["udp"])
	desk.shows("the transfer to be refused", `document.querySelector("#passing")?.dataset.state === "refused"`)
	desk.says("#passing", "it takes no calls now")
	desk.shows("the call to be hers still", `document.querySelector("#brief")?.dataset.sound === "on"`)
	if folder := os.Getenv(pictures); folder != "" {
		desk.picture(filepath.Join(folder, "passing.png"), 900)
	}
	press(desk, "transfer", "sip:"+zhangLi+"@"+other.at)
	until(t, "the other telephone to talk", func() bool { return strings.Contains(other.log.String(), "Call established") })
	desk.shows("the call to be over here", "window.huike.state.mine === ''")
	until(t, "the call to be kept", func() bool {
		_, list := s.ask("/v1/calls")
		return strings.Contains(list, `"disposition"`)
	})
	if folder := os.Getenv(pictures); folder != "" {
		desk.picture(filepath.Join(folder, "passed.png"), 900)
	}
	_, list := s.ask("/v1/calls")
	if !strings.Contains(list, `"handed_off"`) {
		t.Errorf("the call is kept as %s", list)
	}
	if id := regexp.MustCompile(`c_[a-z0-9]{16}`).FindString(list); id == "" {
		t.Error("no call is kept")
	} else if _, call := s.ask("/v1/calls/" + id); strings.Contains(call, zhangLi) || strings.Contains(call, james) {
		t.Errorf("the call's journal tells a number: %s", call)
	}
	desk.clean()
}

// press fills in one of the desk's short forms and sends it.
func press(p *tab, form, value string) {
	p.t.Helper()
	p.do(form, chromedp.SendKeys(chromedp.CSS("#"+form+" input"), value+"\n", chromedp.NodeVisible))
}
