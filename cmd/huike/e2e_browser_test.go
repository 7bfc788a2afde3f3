package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// chromium is where Debian puts it.
const chromium = "/usr/bin/chromium"

// browser is a Chromium of its own, whose microphone hears a file.
type browser struct {
	t   *testing.T
	ctx context.Context //nolint:containedctx // chromedp's browser is its context
}

// startBrowser starts a browser whose microphone hears a WAV file, from its
// beginning each time that a page opens it; "" is a microphone that beeps.
func startBrowser(t *testing.T, microphone string) *browser {
	t.Helper()
	if _, err := os.Stat(chromium); err != nil {
		t.Fatalf("%v; make test installs chromium", err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium), chromedp.UserDataDir(t.TempDir()), chromedp.WindowSize(1280, 860),
		chromedp.Flag("use-fake-device-for-media-stream", true), chromedp.Flag("use-fake-ui-for-media-stream", true),
		chromedp.Flag("autoplay-policy", "no-user-gesture-required"),
		chromedp.Flag("disable-gpu", true), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("lang", "en"),
	)
	if microphone != "" {
		options = append(options, chromedp.Flag("use-file-for-fake-audio-capture", microphone+"%noloop"))
	}
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	background := context.WithoutCancel(t.Context()) // the browser ends by our cleanup, in order
	allocator, release := chromedp.NewExecAllocator(background, options...)
	ctx, quit := chromedp.NewContext(allocator)
	t.Cleanup(func() {
		quit()
		release()
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start %s: %v", chromium, err)
	}
	return &browser{t: t, ctx: ctx}
}

// tab is one page of a browser.
type tab struct {
	t     *testing.T
	ctx   context.Context //nolint:containedctx // chromedp's tab is its context
	close context.CancelFunc
	log   *book // what its console was told
}

// peers keeps a page's connections, so that a test can ask for their statistics.
const peers = `window.testPeers = [];
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...given) { super(...given); window.testPeers.push(this); }
};
window.testEnergy = async () => {
  let energy = 0;
  for (const peer of window.testPeers) {
    if (peer.connectionState === "closed") continue;
    for (const one of (await peer.getStats()).values()) {
      if (one.type === "inbound-rtp" && one.kind === "audio") energy += one.totalAudioEnergy;
    }
  }
  return energy;
};`

// open opens a page in a tab of its own.
func (b *browser) open(url string) *tab {
	b.t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx)
	p := &tab{t: b.t, ctx: ctx, close: cancel, log: &book{}}
	b.t.Cleanup(cancel)
	// The first call binds the tab to its context, which has no end of its own.
	if _, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: peers}); err != nil {
		b.t.Fatal(err)
	}
	messages := chromedp.Console(ctx)
	go func() {
		for message, err := range messages {
			if err != nil {
				return
			}
			if message.Type == chromedp.ConsoleError || message.Type == chromedp.ConsoleException {
				fmt.Fprintln(p.log, message)
			}
		}
	}()
	p.do("open "+url, chromedp.Navigate(url))
	return p
}

// do does actions, which must succeed.
func (p *tab) do(what string, actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeoutCause(p.ctx, limit, errors.New("not within "+limit.String()))
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		p.t.Fatalf("%s: %v (%v)\n%s", what, err, context.Cause(ctx), p.state())
	}
}

func (p *tab) click(selector string) {
	p.t.Helper()
	p.do("click "+selector, chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

func (p *tab) types(text string) {
	p.t.Helper()
	p.do("type", chromedp.SendKeys(chromedp.CSS("#text"), text+"\n", chromedp.NodeVisible))
}

// look returns the value of an expression of the page.
func look[T any](p *tab, expression string) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeoutCause(p.ctx, limit, errors.New("not within "+limit.String()))
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("%s: %v (%v)\n%s", expression, err, context.Cause(ctx), p.state())
	}
	return value
}

// shows waits until an expression of the page is true.
func (p *tab) shows(what, expression string) {
	p.t.Helper()
	ticker := time.NewTicker(glance)
	defer ticker.Stop()
	late := time.NewTimer(limit)
	defer late.Stop()
	for {
		if look[bool](p, "!!("+expression+")") {
			return
		}
		select {
		case <-ticker.C:
		case <-late.C:
			p.t.Fatalf("waited %v for %s; the page knows:\n%s", limit, what, p.state())
		}
	}
}

// says waits until the text of an element holds words.
func (p *tab) says(selector, words string) {
	p.t.Helper()
	want, _ := json.Marshal(words)
	where, _ := json.Marshal(selector)
	p.shows(selector+" to say "+words, fmt.Sprintf("[...document.querySelectorAll(%s)].some((e) => e.textContent.includes(%s))", where, want))
}

// energy is the energy of all sound that the page has heard from its calls.
func (p *tab) energy() float64 {
	p.t.Helper()
	return look[float64](p, "window.testEnergy()")
}

// hears waits until the page has heard speech: 2e-3 is a second of it at -27 dBFS.
func (p *tab) hears(who string) {
	p.t.Helper()
	before := p.energy()
	until(p.t, "sound of "+who, func() bool { return p.energy() > before+2e-3 })
}

// state is what the page knows, for a person who reads why a test failed.
func (p *tab) state() string {
	ctx, cancel := context.WithTimeout(p.ctx, 3*time.Second)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`JSON.stringify(window.huike?.state ?? document.body.innerText)`))
	if err != nil {
		return err.Error()
	}
	return text + "\n" + p.log.String()
}

// picture writes what the tab shows, 1280 wide, to a file.
func (p *tab) picture(name string, height int64) {
	p.t.Helper()
	p.do("size", chromedp.EmulateViewport(1280, height))
	png, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(name, png, 0o600); err != nil {
		p.t.Error(err)
	}
}

// clean checks that the page had nothing to complain of.
func (p *tab) clean() {
	p.t.Helper()
	if log := strings.TrimSpace(p.log.String()); log != "" {
		p.t.Errorf("the page's console:\n%s", log)
	}
}
