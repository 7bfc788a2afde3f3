package webrtc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"huike/audio"
	"huike/audio/dtmf"
)

// goneAfter is how long after the end of a leg its handler's context ends: one
// who reads the leg has learnt by then who hung up.
const goneAfter = time.Second

// Leg is one end of a WebRTC call. ReadPacket or Poll is for one goroutine, WritePacket
// for one other; the rest may be called from any.
type Leg struct {
	id   string // name of its resource
	peer string // address, for String
	pc   *webrtc.PeerConnection
	mux  ice.UDPMux // closed with the leg, if it is the leg's own; else nil

	in      *inbox
	sockets ice.UDPMux // that it may share with others; nil: pion's own
	opener  atomic.Pointer[opener]
	out     *track
	talk    *channel
	control control
	ready   chan struct{} // closed when sound can go both ways
	done    chan struct{} // closed when the leg is over

	guarded    bool       // its resource asks for a token
	gone       func()     // ends the handler's context; nil for the caller's end
	signalling sync.Mutex // one offer and its answer at a time
	session    atomic.Pointer[session]
	restarted  atomic.Pointer[time.Time] // when ICE was last; nil: never
	types      atomic.Pointer[payloadTypes]
	spare      []byte        // buffer of the packet that ReadPacket gave last
	packet     rtp.Packet    // of ReadPacket
	keys       dtmf.Receiver // of ReadPacket

	candidates atomic.Int32 // trickled in this ICE session
	readyOnce  sync.Once
	overOnce   sync.Once
	closeOnce  sync.Once
	reason     string // why it is over; read after done
}

// newLeg makes a leg and its peer connection, which sends one track of Opus.
func newLeg(e engine, id, peer string) (*Leg, error) {
	leg := &Leg{
		id: id, peer: peer,
		in: newInbox(), out: newTrack(), sockets: e.mux,
		ready: make(chan struct{}), done: make(chan struct{}),
	}
	leg.talk = newChannel(leg.over)
	leg.control.began, leg.control.write, leg.control.resend = time.Now(), leg.writeControl, leg.out.resend
	leg.control.interval, leg.out.control = e.interval, &leg.control
	leg.types.Store(&payloadTypes{})
	pc, err := e.connection(leg.buffer)
	if err != nil {
		return nil, err
	}
	leg.pc = pc
	pc.OnConnectionStateChange(leg.changed)
	return leg, nil
}

// agree takes what the two ends agreed upon, and the peer's own description.
func (l *Leg) agree(types payloadTypes, remote string) {
	l.types.Store(&types)
	l.control.reduced.Store(strings.Contains(remote, "a=rtcp-rsize"))
	if types.nack {
		l.control.keep()
	}
}

// changed is called by pion, on a goroutine for each change.
func (l *Leg) changed(state webrtc.PeerConnectionState) {
	switch state {
	case webrtc.PeerConnectionStateConnected:
		l.readyOnce.Do(l.waitForTrack)
	case webrtc.PeerConnectionStateFailed:
		l.over("peer lost")
	case webrtc.PeerConnectionStateClosed:
		l.over("peer hung up")
	default: // disconnected may come back
	}
}

// waitForTrack waits the moment in which pion binds the track, so that the
// first words are not lost, and says that the leg is ready.
func (l *Leg) waitForTrack() {
	if !l.types.Load().mute {
		select {
		case <-l.out.open:
		case <-l.done:
			return
		}
	}
	l.shorten()
	close(l.ready)
}

// over ends the leg for its reader and for Messages, once; the peer connection
// is closed by Close, which the leg's holder calls.
func (l *Leg) over(reason string) {
	l.overOnce.Do(func() {
		l.reason = reason
		close(l.done)
		l.in.close()
		l.talk.close()
		l.control.stop()
		if l.gone != nil {
			time.AfterFunc(goneAfter, l.gone)
		}
	})
}

// Format returns Opus at 48 kHz, whatever rate is encoded inside.
func (l *Leg) Format() audio.Format { return audio.Format{Name: "opus", ClockRate: 48000} }

// ReadPacket waits for the peer's next packet, in order of arrival, whatever
// its SSRC, and fills p; p.Payload is valid until the next ReadPacket. It
// returns io.EOF when the peer hung up, is lost, or the leg was closed; a gap
// in packets is waited out, however long.
func (l *Leg) ReadPacket(p *audio.Packet) error {
	for {
		came, err := l.in.take(l.spare)
		if err != nil {
			return err
		}
		if l.open(came, p, l.control.now()) {
			return nil
		}
	}
}

// Poll fills p with the next packet that has come, if one has: it never waits. The
// packet came age ago, and its payload is valid until the next Poll. The error is
// ReadPacket's; who calls one does not call the other.
func (l *Leg) Poll(p *audio.Packet) (age time.Duration, ok bool, err error) {
	for range inboxPackets { // in a flood of what cannot be opened, the rest waits for the next Poll
		came, err := l.in.poll(l.spare)
		if came.packet == nil || err != nil {
			return 0, false, err
		}
		if l.open(came, p, came.at.Sub(l.control.began)) {
			return time.Since(came.at), true, nil
		}
	}
	return 0, false, nil
}

// open fills p with what came at call time at, if it is sound; keys are told.
func (l *Leg) open(came arrival, p *audio.Packet, at time.Duration) (sound bool) {
	raw := came.packet
	l.spare = raw
	if came.sealed {
		opened, ok, tooMany := l.opener.Load().open(raw)
		if tooMany {
			l.over("peer sent too many streams")
		}
		if !ok || tooMany {
			return false
		}
		raw = opened
	}
	if err := l.packet.Unmarshal(raw); err != nil {
		return false // authenticated by SRTP, and yet no RTP: the peer's own fault
	}
	types := l.types.Load()
	sound = l.packet.PayloadType == types.opus
	if !sound && !types.isKey(l.packet.PayloadType) {
		return false // an encoding that was not agreed upon
	}
	*p = audio.Packet{
		SSRC:        l.packet.SSRC,
		Sequence:    l.packet.SequenceNumber,
		Timestamp:   l.packet.Timestamp,
		Marker:      l.packet.Marker,
		PayloadType: l.packet.PayloadType,
		Payload:     l.packet.Payload,
	}
	l.control.received(p, at)
	if !sound {
		l.press(p)
	}
	return sound && len(p.Payload) > 0 // else it is padding
}

// press tells the key that an event packet begins (RFC 4733), if it begins one.
func (l *Leg) press(p *audio.Packet) {
	if key, ok := l.keys.Take(p); ok {
		l.talk.push(fmt.Appendf(nil, `{"type":"key","key":"%c"}`, key))
	}
}

// WritePacket sends p, whose Sequence and Timestamp count from 0; the leg adds
// RFC 3550's random offsets and its own SSRC and payload type. It blocks for
// no longer than the system call, and returns io.ErrClosedPipe once the leg is
// over. What the network does not take is lost, not late.
func (l *Leg) WritePacket(p *audio.Packet) error {
	select {
	case <-l.done:
		return io.ErrClosedPipe
	default:
		return l.out.send(p)
	}
}

// Messages returns the JSON texts from the peer, and {"type":"key"} for the
// keys it pressed as RFC 4733 events. It is closed when the leg is over; a leg
// whose messages are not taken is closed.
func (l *Leg) Messages() <-chan []byte { return l.talk.in }

// Send queues a JSON text for the peer and never blocks. Before the peer has
// opened its data channel the texts wait; a peer that stops reading them loses
// its leg.
func (l *Leg) Send(msg []byte) error {
	select {
	case <-l.done:
		return io.ErrClosedPipe
	default:
		return l.talk.send(msg)
	}
}

// Close ends the leg. It gives what was sent a moment to arrive, and may be
// called more than once. The first reason given, here or by the leg itself, is
// what Reason returns.
func (l *Leg) Close(reason string) error {
	l.over(reason)
	var err error
	l.closeOnce.Do(func() {
		l.talk.flush()
		err = l.pc.Close()
		if l.mux != nil {
			err = errors.Join(err, l.mux.Close())
		}
	})
	return err
}

// Reason says why the leg is over, in words for a log; it is empty before.
func (l *Leg) Reason() string {
	select {
	case <-l.done:
		return l.reason
	default:
		return ""
	}
}

// String returns the leg's transport and encoding.
func (l *Leg) String() string { return "webrtc(" + l.Format().String() + ")" }

// Dropped returns how many received packets were lost because nobody read them
// in time.
func (l *Leg) Dropped() uint64 {
	l.in.mu.Lock()
	defer l.in.mu.Unlock()
	return l.in.dropped
}

// connected waits until sound can go both ways.
func (l *Leg) connected(ctx context.Context) error {
	select {
	case <-l.ready:
		return nil
	case <-l.done:
		return errors.New(l.reason)
	case <-ctx.Done():
		return fmt.Errorf("wait for the media path: %w", ctx.Err())
	}
}
