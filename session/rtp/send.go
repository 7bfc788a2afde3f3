package rtp

import (
	"fmt"
	"io"
	"net/netip"
	"sync"
	"time"

	"huike/audio"
	"huike/audio/codec"
	"huike/audio/rtcp"
)

const (
	maxPayload  = 1400 // bytes that no network cuts into fragments
	room        = 64   // for headers, MKI and tags
	keepAlive   = 15 * time.Second
	staleAfter  = 100 * time.Millisecond
	bytesOpus   = codec.MaxPayload
	leastPacket = 10 * time.Millisecond
)

// sender numbers and sends packets.
type sender struct {
	mu       sync.Mutex
	ssrc     uint32
	seq      uint16 // of the next packet
	base     uint32 // timestamp that stands for 0
	stamp    uint32 // of the newest packet, from 0
	at       time.Duration
	began    bool // a packet has left
	pressing bool // keys are being sent: no sound meanwhile

	pending []byte       // sound that does not fill a packet yet
	joiner  codec.Joiner // likewise, of Opus
	from    uint32       // its timestamp, from 0
	since   time.Duration
	marker  bool

	buffer  []byte
	history *rtcp.History // nil until NACK is agreed upon
}

// WritePacket sends p, whose Sequence and Timestamp count from 0 in units of the
// format's clock; the endpoint adds its offsets, SSRC and payload type, and
// numbers packets by itself. Where the other side wants packets of another
// length than p's, they are joined or cut. What cannot go out, because nothing
// is agreed upon or the other side holds the call, is dropped; what the network
// does not take is lost, not late. It returns io.ErrClosedPipe once the endpoint
// is closed.
func (e *Endpoint) WritePacket(p *audio.Packet) error {
	if e.closed() {
		return io.ErrClosedPipe
	}
	a := e.agreed.Load()
	if a.held() {
		e.counts.unsent.Add(1)
		return nil
	}
	now := e.now()
	to := e.path.target()
	o := &e.out
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.pressing {
		return nil // RFC 4733, 2.5.1.2: a key takes the sound's place
	}
	if len(p.Payload) > maxDatagram {
		return fmt.Errorf("payload of %d bytes: want no more than %d", len(p.Payload), maxDatagram)
	}
	k, _ := kindOf(a.format)
	if k.clockBytes == 0 {
		if a.pack >= 2*audio.PTime || o.joiner.Duration() > 0 {
			e.join(a, to, p, now)
			return nil
		}
		e.send(a, to, audio.Packet{Timestamp: p.Timestamp, Marker: p.Marker, PayloadType: a.sendType, Payload: p.Payload}, now)
		return nil
	}
	e.pack(a, k, to, p, now)
	return nil
}

// pack cuts sound into packets of the length that the other side wants.
func (e *Endpoint) pack(a *agreement, k kind, to netip.AddrPort, p *audio.Packet, now time.Duration) {
	o := &e.out
	size := packBytes(a, k)
	if len(o.pending) > 0 && p.Timestamp != o.from+uint32(len(o.pending)/k.clockBytes) {
		e.flush(a, k, to, now)
	}
	payload := p.Payload
	if len(o.pending) == 0 {
		o.from, o.since, o.marker = p.Timestamp, now, p.Marker
		for len(payload) >= size { // the usual case: nothing is copied
			e.send(a, to, audio.Packet{Timestamp: o.from, Marker: o.marker, PayloadType: a.sendType, Payload: payload[:size]}, now)
			payload = payload[size:]
			o.from, o.marker = o.from+uint32(size/k.clockBytes), false
		}
	}
	o.pending = append(o.pending, payload...)
	for len(o.pending) >= size {
		e.send(a, to, audio.Packet{Timestamp: o.from, Marker: o.marker, PayloadType: a.sendType, Payload: o.pending[:size]}, now)
		o.from, o.marker, o.since = o.from+uint32(size/k.clockBytes), false, now
		o.pending = o.pending[:copy(o.pending, o.pending[size:])]
	}
}

// join puts as many packets of Opus into one as the other side wants in it. Frames
// are not cut: one that wants less than a frame holds gets a frame.
func (e *Endpoint) join(a *agreement, to netip.AddrPort, p *audio.Packet, now time.Duration) {
	o := &e.out
	if o.joiner.Duration() > 0 && (p.Timestamp != o.from+o.joiner.Units() || !o.joiner.Add(p.Payload, maxPayload)) {
		e.sendJoined(a, to, now)
	}
	if o.joiner.Duration() == 0 {
		o.from, o.since, o.marker = p.Timestamp, now, p.Marker
		if !o.joiner.Add(p.Payload, maxPayload) { // it is no single frame: as it is
			e.send(a, to, audio.Packet{Timestamp: p.Timestamp, Marker: p.Marker, PayloadType: a.sendType, Payload: p.Payload}, now)
			return
		}
	}
	if o.joiner.Duration()+audio.PTime > a.pack {
		e.sendJoined(a, to, now)
	}
}

// sendJoined sends what was joined, if it is not too late.
func (e *Endpoint) sendJoined(a *agreement, to netip.AddrPort, now time.Duration) {
	o := &e.out
	o.pending = o.joiner.Append(o.pending[:0])
	if now-o.since < staleAfter {
		e.send(a, to, audio.Packet{Timestamp: o.from, Marker: o.marker, PayloadType: a.sendType, Payload: o.pending}, now)
	}
	o.pending = o.pending[:0]
}

// flush sends the end of a talk spurt as a short packet, if it is not too late.
func (e *Endpoint) flush(a *agreement, k kind, to netip.AddrPort, now time.Duration) {
	o := &e.out
	if now-o.since < staleAfter {
		whole := len(o.pending) / k.clockBytes * k.clockBytes
		e.send(a, to, audio.Packet{Timestamp: o.from, Marker: o.marker, PayloadType: a.sendType, Payload: o.pending[:whole]}, now)
	}
	o.pending = o.pending[:0]
}

// packBytes is how many bytes of sound go into a packet.
func packBytes(a *agreement, k kind) int {
	size := func(d time.Duration) int { return k.clockBytes * audio.Samples(d, a.format.ClockRate) }
	pack := a.pack
	for pack > leastPacket && size(pack) > maxPayload {
		pack -= leastPacket
	}
	return size(max(pack, leastPacket))
}

// send puts one packet on the wire; p's timestamp counts from 0. The caller
// holds out.mu.
func (e *Endpoint) send(a *agreement, to netip.AddrPort, p audio.Packet, now time.Duration) {
	o := &e.out
	if !to.IsValid() {
		e.counts.unsent.Add(1)
		return
	}
	if o.buffer == nil {
		o.buffer = make([]byte, 0, maxDatagram+room)
	}
	if int32(p.Timestamp-o.stamp) > 0 || !o.began {
		o.stamp, o.at = p.Timestamp, now
	}
	p.SSRC, p.Sequence, p.Timestamp = o.ssrc, o.seq, p.Timestamp+o.base
	if !e.write(a, to, &p) {
		return
	}
	o.seq++
	o.began = true
	e.reports.session.Sent(&p, now)
	if !a.nack {
		return
	}
	if o.history == nil {
		o.history = &rtcp.History{}
	}
	o.history.Put(&p)
}

// write seals and sends a packet as it is; false if there are no keys yet. The
// caller holds out.mu.
func (e *Endpoint) write(a *agreement, to netip.AddrPort, p *audio.Packet) bool {
	b := appendRTP(e.out.buffer[:0], p)
	if a.secure {
		var err error
		if b, err = e.vault.seal(b, false); err != nil {
			e.counts.unsent.Add(1)
			return false
		}
	}
	if err := e.writeTo(b, to); err != nil {
		e.counts.failed.Add(1)
	}
	return true
}

// resend answers a NACK.
func (e *Endpoint) resend(a *agreement, seqs []uint16, now time.Duration) {
	roundTrip := e.reports.session.RoundTrip()
	to := e.path.target()
	e.out.mu.Lock()
	defer e.out.mu.Unlock()
	if !to.IsValid() || !a.nack || e.out.history == nil {
		return
	}
	var p audio.Packet
	for _, seq := range seqs {
		if e.out.history.Take(seq, now, roundTrip, &p) && e.write(a, to, &p) {
			e.reports.session.Resent(&p)
		}
	}
}

// keep sends a packet of silence when nothing was sent for long, so that NATs and
// gateways on the way keep the path (RFC 6263, 4), and one at once, so that a
// peer that waits for our address gets it. It returns when it is due next.
func (e *Endpoint) keep(a *agreement, now time.Duration) time.Duration {
	to := e.path.target()
	o := &e.out
	o.mu.Lock()
	defer o.mu.Unlock()
	if a.held() || o.pressing || !to.IsValid() {
		return now + time.Second
	}
	if o.began && now-o.at < keepAlive {
		return o.at + keepAlive
	}
	frame := audio.Samples(audio.PTime, a.format.ClockRate)
	stamp := o.stamp + uint32(audio.Samples(now-o.at, a.format.ClockRate)-frame)
	if !o.began {
		stamp = -uint32(frame)
	}
	e.send(a, to, audio.Packet{Timestamp: stamp, PayloadType: a.sendType, Payload: codec.Silence(a.format)}, now)
	if !o.began {
		return now + time.Second
	}
	return now + keepAlive
}
