package realtime

import (
	"testing"
	"time"

	"github.com/pion/webrtc/v4"
)

// offerer is a WebRTC client in the test.
type offerer struct {
	t      *testing.T
	pc     *webrtc.PeerConnection
	data   *webrtc.DataChannel
	offer  string
	events chan []byte
	open   chan struct{}
}

func newOfferer(t *testing.T) *offerer {
	t.Helper()
	pc, err := webrtc.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pc.Close() })
	o := &offerer{t: t, pc: pc, events: make(chan []byte, 256), open: make(chan struct{})}
	if _, err := pc.AddTransceiverFromKind(webrtc.RTPCodecTypeAudio); err != nil {
		t.Fatal(err)
	}
	if o.data, err = pc.CreateDataChannel("oai-events", nil); err != nil {
		t.Fatal(err)
	}
	o.data.OnOpen(func() { close(o.open) })
	o.data.OnMessage(func(message webrtc.DataChannelMessage) { o.events <- message.Data })
	offer, err := pc.CreateOffer(nil)
	if err != nil {
		t.Fatal(err)
	}
	gathered := webrtc.GatheringCompletePromise(pc)
	if err := pc.SetLocalDescription(offer); err != nil {
		t.Fatal(err)
	}
	<-gathered
	o.offer = pc.LocalDescription().SDP
	return o
}

func (o *offerer) connect(answer string) {
	o.t.Helper()
	if err := o.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer}); err != nil {
		o.t.Fatal(err)
	}
	select {
	case <-o.open:
	case <-time.After(longWait):
		o.t.Fatal("the data channel did not open")
	}
}

func (o *offerer) send(text string) {
	o.t.Helper()
	if err := o.data.SendText(text); err != nil {
		o.t.Fatal(err)
	}
}

// next waits for an event of that type.
func (o *offerer) next(kind string) fields {
	o.t.Helper()
	late := time.After(longWait)
	for {
		select {
		case text := <-o.events:
			if event := read(o.t, text); event["type"] == kind {
				return event
			}
		case <-late:
			o.t.Fatalf("no %s came", kind)
		}
	}
}
