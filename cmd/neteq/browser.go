package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/pion/interceptor"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"huike/audio/trace"
)

// browser is a headless Chromium with one page.
type browser struct {
	ctx   context.Context //nolint:containedctx // chromedp's tab is its context
	close func()
	runs  int
}

// page answers offers and tells what a connection has counted.
const page = `
window.peers = {};
window.answer = async (name, sdp) => {
  const peer = new RTCPeerConnection();
  const sound = new Audio();
  peer.ontrack = (e) => { sound.srcObject = new MediaStream([e.track]); sound.play(); };
  window.peers[name] = {peer, sound};
  await peer.setRemoteDescription({type: "offer", sdp});
  await peer.setLocalDescription(await peer.createAnswer());
  if (peer.iceGatheringState !== "complete") {
    await new Promise((done) => peer.addEventListener("icegatheringstatechange", () => peer.iceGatheringState === "complete" && done()));
  }
  return peer.localDescription.sdp;
};
window.counted = async (name) => {
  for (const one of (await window.peers[name].peer.getStats()).values()) {
    if (one.type === "inbound-rtp" && one.kind === "audio") {
      return {delay: one.jitterBufferDelay, emitted: one.jitterBufferEmittedCount,
        concealed: one.concealedSamples, total: one.totalSamplesReceived, packets: one.packetsReceived};
    }
  }
  return {delay: 0, emitted: 0, concealed: 0, total: 0, packets: 0};
};
window.hangup = (name) => { window.peers[name].sound.srcObject = null; window.peers[name].peer.close(); delete window.peers[name]; return true; };
true`

// counted is what Chromium has counted; times are in seconds.
type counted struct {
	Delay     float64 `json:"delay"`
	Emitted   float64 `json:"emitted"`
	Concealed float64 `json:"concealed"`
	Total     float64 `json:"total"`
	Packets   float64 `json:"packets"`
}

func startBrowser(ctx context.Context, path string, runs int) (*browser, error) {
	profile, err := os.MkdirTemp("", "huike-neteq-")
	if err != nil {
		return nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.UserDataDir(profile), chromedp.Flag("autoplay-policy", "no-user-gesture-required"),
		chromedp.Flag("allow-loopback-in-peer-connection", true), chromedp.Flag("disable-gpu", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
	)
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	allocator, release := chromedp.NewExecAllocator(context.WithoutCancel(ctx), options...)
	tab, quit := chromedp.NewContext(allocator)
	b := &browser{ctx: tab, runs: max(1, runs), close: func() {
		quit()
		release()
		_ = os.RemoveAll(profile) // a temporary folder
	}}
	if err := chromedp.Do(tab, chromedp.Navigate("about:blank")); err != nil {
		b.close()
		return nil, fmt.Errorf("start %s: %w", path, err)
	}
	if _, err := evaluate[bool](b, page); err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

func evaluate[T any](b *browser, expression string) (T, error) {
	ctx, cancel := context.WithTimeoutCause(b.ctx, 20*time.Second, errors.New("the page does not answer"))
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// play plays the trace so often, one after the other; the pacing is the worst.
func (b *browser) play(ctx context.Context, t *trace.Trace, payloads [][]byte, warmup time.Duration) (runs []figures, worst pacing, err error) {
	for range b.runs {
		one, paced, err := b.quiet(ctx, t, payloads, warmup)
		if err != nil {
			return nil, pacing{}, err
		}
		runs = append(runs, one)
		worst.P99, worst.Max = max(worst.P99, paced.P99), max(worst.Max, paced.Max)
	}
	return runs, worst, nil
}

// quiet plays the trace once more, up to twice, where the machine was too busy to
// send its packets in time, and returns the run whose packets were least late.
func (b *browser) quiet(ctx context.Context, t *trace.Trace, payloads [][]byte, warmup time.Duration) (best figures, least pacing, err error) {
	const tries = 3
	for try := range tries {
		one, paced, err := b.once(ctx, t, payloads, warmup)
		if err != nil {
			return figures{}, pacing{}, err
		}
		if try == 0 || paced.P99 < least.P99 {
			best, least = one, paced
		}
		if !least.late() {
			break
		}
		fmt.Fprintf(os.Stderr, "%s: packets left %.0f ms late at the 99th percentile, run %d of at most %d\n", t.Name, paced.P99, try+1, tries)
	}
	return best, least, nil
}

// once sends the trace's packets to Chromium when they arrive, and returns what
// it has counted from warmup on.
func (b *browser) once(ctx context.Context, t *trace.Trace, payloads [][]byte, warmup time.Duration) (figures, pacing, error) {
	peer, track, err := b.connect(ctx, t.Name)
	if err != nil {
		return figures{}, pacing{}, err
	}
	defer peer.Close() //nolint:errcheck // nothing is left to lose
	var from, to counted
	look := func(into *counted) error { //nolint:contextcheck // the page's context is the browser's
		*into, err = evaluate[counted](b, "counted("+strconv.Quote(t.Name)+")")
		return err
	}
	order := trace.Arrivals(t)
	p := pacer{began: time.Now().Add(200*time.Millisecond - t.Packets[order[0]].Arrived)}
	begun := make(chan error, 1)
	for _, i := range order {
		if at := t.Packets[i].Arrived; warmup > 0 && at >= t.Packets[order[0]].Arrived+warmup {
			warmup = 0
			go func() { begun <- look(&from) }()
		}
		p.wait(t.Packets[i].Arrived)
		packet := rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: t.Packets[i].Sequence, Timestamp: t.Packets[i].Timestamp}, Payload: payloads[i]}
		if err := track.WriteRTP(&packet); err != nil {
			return figures{}, pacing{}, err
		}
		p.sent(t.Packets[i].Arrived)
		if ctx.Err() != nil {
			return figures{}, pacing{}, ctx.Err()
		}
	}
	err = errors.Join(<-begun, look(&to))
	if _, hung := evaluate[bool](b, "hangup("+strconv.Quote(t.Name)+")"); err == nil {
		err = hung
	}
	if err != nil {
		return figures{}, pacing{}, err
	}
	if got := int(to.Packets); got < len(order)*99/100 {
		return figures{}, pacing{}, fmt.Errorf("Chromium has got %d of %d packets", got, len(order)) //nolint:staticcheck // a name
	}
	return figures{
		Delay:     1000 * (to.Delay - from.Delay) / (to.Emitted - from.Emitted),
		Concealed: 100 * (to.Concealed - from.Concealed) / (to.Total - from.Total),
	}, p.sum(), nil
}

// connect makes a connection that carries one stream of Opus and answers no NACK.
func (b *browser) connect(ctx context.Context, name string) (*webrtc.PeerConnection, *webrtc.TrackLocalStaticRTP, error) {
	var engine webrtc.MediaEngine
	capability := webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2, SDPFmtpLine: "minptime=10;useinbandfec=1"}
	if err := engine.RegisterCodec(webrtc.RTPCodecParameters{RTPCodecCapability: capability, PayloadType: 111}, webrtc.RTPCodecTypeAudio); err != nil {
		return nil, nil, err
	}
	var settings webrtc.SettingEngine
	settings.SetIncludeLoopbackCandidate(true)
	api := webrtc.NewAPI(webrtc.WithMediaEngine(&engine), webrtc.WithInterceptorRegistry(&interceptor.Registry{}), webrtc.WithSettingEngine(settings))
	peer, err := api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return nil, nil, err
	}
	track, err := webrtc.NewTrackLocalStaticRTP(capability, "sound", name)
	if err != nil {
		return nil, nil, err
	}
	if _, err := peer.AddTransceiverFromTrack(track, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly}); err != nil {
		return nil, nil, err
	}
	connected := make(chan struct{})
	peer.OnConnectionStateChange(func(s webrtc.PeerConnectionState) {
		if s == webrtc.PeerConnectionStateConnected {
			close(connected)
		}
	})
	gathered := webrtc.GatheringCompletePromise(peer)
	offer, err := peer.CreateOffer(nil)
	if err != nil {
		return nil, nil, err
	}
	if err := peer.SetLocalDescription(offer); err != nil {
		return nil, nil, err
	}
	<-gathered
	sdp, err := evaluate[string](b, "answer("+strconv.Quote(name)+","+strconv.Quote(peer.LocalDescription().SDP)+")")
	if err != nil {
		return nil, nil, err
	}
	if err := peer.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: sdp}); err != nil {
		return nil, nil, err
	}
	select {
	case <-connected:
		return peer, track, nil
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	case <-time.After(15 * time.Second):
		return nil, nil, errors.New("not connected within 15 s")
	}
}

// pacing is how late packets left, in milliseconds.
type pacing struct {
	P99 float64 `json:"late_ms_p99"`
	Max float64 `json:"late_ms_max"`
}

// late tells whether the other side has heard another trace than ours, 5 ms off.
func (p pacing) late() bool { return p.P99 > 5 }

// pacer sends at the trace's times.
type pacer struct {
	began time.Time
	late  []time.Duration
}

// wait sleeps until the time has come, the last bit of it awake.
func (p *pacer) wait(at time.Duration) {
	const awake = 600 * time.Microsecond
	due := p.began.Add(at)
	time.Sleep(time.Until(due) - awake)
	for time.Now().Before(due) { // awake
	}
}

func (p *pacer) sent(at time.Duration) { p.late = append(p.late, time.Since(p.began)-at) }

func (p *pacer) sum() pacing {
	slices.Sort(p.late)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return pacing{P99: ms(p.late[len(p.late)*99/100]), Max: ms(p.late[len(p.late)-1])}
}
