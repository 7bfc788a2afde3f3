package webrtc

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"huike/audio"
)

// track is the sound that a leg sends: pion's TrackLocal without its pool and
// locks, as one connection and one writer are all that it has.
type track struct {
	open    chan struct{} // closed when bound
	bound   atomic.Pointer[binding]
	control *control
	sealer  atomic.Pointer[sealer] // nil: pion encrypts
	stamp   uint32                 // random offset, RFC 3550 section 5.1

	mu       sync.Mutex
	header   rtp.Header
	seq      uint16       // random offset
	last     audio.Packet // as it was on the wire, without its payload
	sentAt   time.Time    // when the last packet of sound was
	pressing bool         // keys, in the place of sound
}

type binding struct {
	writer webrtc.TrackLocalWriter
	ssrc   uint32
	pt     uint8
}

func newTrack() *track {
	// Half the range: the first packets must not wrap, as old peers take a
	// wrap so early for a packet of long ago (RFC 3711 section 3.3.1).
	seq := uint16(rand.Uint32N(1 << 15)) //nolint:gosec // not a secret
	stamp := rand.Uint32()               //nolint:gosec // not a secret
	return &track{
		open: make(chan struct{}), seq: seq, stamp: stamp, last: audio.Packet{Sequence: seq - 1, Timestamp: stamp},
	}
}

// send writes p if the connection takes sound yet.
func (t *track) send(p *audio.Packet) error {
	to := t.bound.Load()
	if to == nil {
		return nil // not connected yet: lost, as it would be late
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.pressing {
		t.seq-- // so that the keys leave no hole
		return nil
	}
	t.header = rtp.Header{
		Version:        2,
		Marker:         p.Marker,
		PayloadType:    to.pt,
		SequenceNumber: t.seq + p.Sequence,
		Timestamp:      t.stamp + p.Timestamp,
		SSRC:           to.ssrc,
	}
	t.sentAt = time.Now()
	return t.write(to, p.Payload)
}

// resend writes a packet once more, as it was on the wire.
func (t *track) resend(p *audio.Packet) error {
	to := t.bound.Load()
	if to == nil {
		return nil
	}
	header := rtp.Header{
		Version: 2, Marker: p.Marker, PayloadType: p.PayloadType,
		SequenceNumber: p.Sequence, Timestamp: p.Timestamp, SSRC: p.SSRC,
	}
	return t.put(to, &header, p.Payload)
}

// put sends a packet: by the leg's own keys where it has them, and then never by pion,
// which would count for itself how often the sequence numbers have gone round.
func (t *track) put(to *binding, header *rtp.Header, payload []byte) error {
	if sealer := t.sealer.Load(); sealer != nil {
		return sealer.send(header, payload)
	}
	_, err := to.writer.WriteRTP(header, payload)
	return err
}

// Bind is called by pion once the encoding is agreed upon.
func (t *track) Bind(ctx webrtc.TrackLocalContext) (webrtc.RTPCodecParameters, error) {
	for _, codec := range ctx.CodecParameters() {
		if isOpus(codec.MimeType) {
			to := &binding{writer: ctx.WriteStream(), ssrc: uint32(ctx.SSRC()), pt: uint8(codec.PayloadType)}
			if t.bound.Swap(to) == nil {
				close(t.open)
			}
			t.control.start(to.ssrc)
			return codec, nil
		}
	}
	return webrtc.RTPCodecParameters{}, webrtc.ErrUnsupportedCodec
}

// Unbind is called by pion when the connection is closed.
func (t *track) Unbind(webrtc.TrackLocalContext) error {
	return nil // a late write fails by itself
}

// ID, StreamID and RID name the track in the SDP.
func (*track) ID() string { return "agent" }

// StreamID names the stream that the track is in.
func (*track) StreamID() string { return "huike" }

// RID is empty: there is one encoding.
func (*track) RID() string { return "" }

// Kind says that the track is sound.
func (*track) Kind() webrtc.RTPCodecType { return webrtc.RTPCodecTypeAudio }
