package rtp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"huike/audio"
	"huike/audio/dtmf"
	"huike/session/datagram"
)

const (
	switchAfter = 3    // packets in a row that show that the other side has changed its format
	maxErrors   = 1000 // reads in a row that may fail
	maxReads    = 16   // batches, of 16 packets, that are read at a time: in a flood the rest is lost
)

// receiver is what the reader of the media socket knows.
type receiver struct {
	mu     sync.Mutex // held by whoever reads
	buffer []byte
	packet audio.Packet // in buffer, for the next ReadPacket
	waits  bool         // there is one
	keys   dtmf.Receiver
	wake   time.Duration   // call time at which something is due
	batch  *datagram.Batch // what Poll has not handed out yet; nil: nothing
	reads  int             // of it
	count  renumber
	other  uint8 // payload type that comes in the place of the one agreed upon
	others int   // in a row
	errors int
}

// polled is the media socket once Poll has been called.
type polled struct {
	socket atomic.Pointer[datagram.Socket]
	due    atomic.Bool // the next Poll looks at what is due
}

// ReadPacket waits for the other side's next packet of sound and fills p, whose
// payload is valid until the next ReadPacket. It returns io.EOF when the
// endpoint is closed; a gap, however long, is waited out. Packets come in order
// of arrival; their numbers leave out those of keys and comfort noise, which
// would look lost: a packet of noise has the number of the sound before it. Between
// them, ReadPacket takes RTCP and keys, and sends the reports and keep-alives that
// are due. What came before the first ReadPacket is thrown away by each Accept and
// Answer, so that nobody hears it ring.
func (e *Endpoint) ReadPacket(p *audio.Packet) error {
	e.heard.Store(true)
	e.in.mu.Lock()
	defer e.in.mu.Unlock()
	if e.in.waits {
		*p, e.in.waits = e.in.packet, false
		return nil
	}
	for {
		got, err := e.read(p)
		if err != nil || got {
			return err
		}
	}
}

// Poll is [Endpoint.ReadPacket] for one who comes by anyway, as often as there are
// packets: it never waits. ok is false when none is left; age is for how long the
// packet has waited since the kernel got it. Who has called Poll goes on with Poll,
// and no longer calls ReadPacket: the socket wakes nobody any more.
func (e *Endpoint) Poll(p *audio.Packet) (age time.Duration, ok bool, err error) {
	if e.closed() {
		return 0, false, io.EOF
	}
	if !e.in.mu.TryLock() {
		return 0, false, nil // a handshake reads the socket still
	}
	defer e.in.mu.Unlock()
	e.heard.Store(true)
	if e.in.waits {
		*p, e.in.waits = e.in.packet, false
		return 0, true, nil
	}
	now := e.now()
	if e.in.batch == nil {
		if err := e.gather(now); err != nil {
			return 0, false, err
		}
	}
	for {
		b, from, age, ok := e.in.batch.Next()
		switch {
		case ok && len(b) == maxDatagram:
			e.counts.malformed.Add(1)
		case ok && e.take(p, b, from, now-age):
			return age, true, nil
		case !ok && e.in.readsOn():
			if err := e.polled.socket.Load().Read(e.in.batch); err != nil {
				return 0, false, io.EOF
			}
		case !ok:
			e.in.batch.Free()
			e.in.batch = nil
			return 0, false, nil
		}
	}
}

// readsOn tells whether more may have come than the batch had room for, which is read
// only so often.
func (r *receiver) readsOn() bool {
	r.reads++
	return r.batch.Full() && r.reads <= maxReads
}

// gather takes what has come, after what is due was done.
func (e *Endpoint) gather(now time.Duration) error {
	socket := e.polled.socket.Load()
	if socket == nil {
		var err error
		if socket, err = datagram.Take(e.media); err != nil {
			return io.EOF // it was closed
		}
		e.polled.socket.Store(socket)
		_ = e.media.Close()
	}
	if e.polled.due.Swap(false) || now >= e.in.wake {
		e.tend(now)
	}
	e.in.batch, e.in.reads = datagram.NewBatch(), 1
	if err := socket.Read(e.in.batch); err != nil {
		return io.EOF
	}
	return nil
}

// writeTo sends a datagram from the media socket.
func (e *Endpoint) writeTo(b []byte, to netip.AddrPort) error {
	if socket := e.polled.socket.Load(); socket != nil {
		return socket.Write(b, to)
	}
	_, err := e.media.WriteToUDPAddrPort(b, to)
	if socket := e.polled.socket.Load(); err != nil && socket != nil { // taken over meanwhile
		return socket.Write(b, to)
	}
	return err
}

// read handles one datagram, or one passing of a deadline; got is true if it
// was a packet of sound.
func (e *Endpoint) read(p *audio.Packet) (got bool, err error) {
	if e.in.buffer == nil {
		e.in.buffer = make([]byte, maxDatagram)
	}
	n, from, err := e.media.ReadFromUDPAddrPort(e.in.buffer)
	now := e.now()
	if err != nil {
		if e.closed() || errors.Is(err, net.ErrClosed) {
			return false, io.EOF
		}
		var timeout net.Error // not every deadline's error is os.ErrDeadlineExceeded
		if !errors.As(err, &timeout) || !timeout.Timeout() {
			if e.in.errors++; e.in.errors > maxErrors {
				return false, fmt.Errorf("read RTP: %w", err)
			}
		}
		e.tend(now)
		return false, nil
	}
	e.in.errors = 0
	if now >= e.in.wake {
		e.tend(now)
	}
	if n == len(e.in.buffer) {
		e.counts.malformed.Add(1)
		return false, nil
	}
	from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
	return e.take(p, e.in.buffer[:n], from, now), nil
}

// take looks at a datagram of the media socket.
func (e *Endpoint) take(p *audio.Packet, b []byte, from netip.AddrPort, now time.Duration) (got bool) {
	switch protocolOf(b) {
	case isRTP:
		return e.takeRTP(p, b, from, now)
	case isRTCP:
		e.takeControl(b, from, now, true)
	case isDTLS:
		e.associations.take(b, from, &e.path)
	case otherProtocol:
		e.counts.malformed.Add(1)
	}
	return false
}

// takeRTP checks a packet's keys, source and payload type.
func (e *Endpoint) takeRTP(p *audio.Packet, b []byte, from netip.AddrPort, now time.Duration) (got bool) {
	a := e.agreed.Load()
	if a == nil {
		e.counts.early.Add(1)
		return false
	}
	if a.secure {
		var err error
		if b, err = e.vault.open(b, binary.BigEndian.Uint32(b[8:])); errors.Is(err, errLocked) {
			e.counts.early.Add(1)
			return false
		} else if err != nil {
			e.counts.unauthentic.Add(1)
			return false
		}
		e.associations.proven()
	}
	if !parseRTP(b, p) {
		e.counts.malformed.Add(1)
		return false
	}
	what := a.meanings[p.PayloadType]
	if what == foreign {
		e.counts.foreignTypes.Add(1)
		return false
	}
	if !e.path.takes(from, p.SSRC, p.Sequence, a.secure, now) {
		e.counts.foreignSources.Add(1)
		return false
	}
	e.reports.session.Received(p, now)
	got = e.sort(a, p, what)
	e.in.count.number(p, got && !p.Noise)
	return got
}

// sort does with a believed packet what its payload type says.
func (e *Endpoint) sort(a *agreement, p *audio.Packet, what meaning) (got bool) {
	switch what {
	case key:
		if k, ok := e.in.keys.Take(p); ok {
			e.pressed(k)
		}
		return false
	case noise:
		e.counts.noise.Add(1)
		p.Noise = a.hears() && !e.deaf.Load()
		return p.Noise
	case otherSound:
		if !e.follow(a, p.PayloadType) {
			return false
		}
	case sound, foreign:
		e.in.others = 0
	}
	if len(p.Payload) == 0 {
		return false // keeps a NAT open
	}
	if !a.hears() || e.deaf.Load() {
		e.counts.onHold.Add(1)
		return false
	}
	return true
}

// follow counts packets of another format that was agreed upon, and goes over
// to it when they keep coming.
func (e *Endpoint) follow(a *agreement, payloadType uint8) bool {
	if e.in.other != payloadType {
		e.in.other, e.in.others = payloadType, 0
	}
	if e.in.others++; e.in.others < switchAfter {
		return false
	}
	e.in.others = 0
	next := a.switched(payloadType)
	if !e.agreed.CompareAndSwap(a, next) {
		return false
	}
	e.reports.session.SetClockRate(next.format.ClockRate)
	e.counts.switches.Add(1)
	return true
}

// renumber counts the packets that are not handed out, so that the others have
// numbers without holes.
type renumber struct {
	ssrc    uint32
	newest  uint16
	began   bool
	skipped atomic.Uint32
}

// number gives a packet its number among those that are handed out.
func (r *renumber) number(p *audio.Packet, handedOut bool) {
	ahead := int16(p.Sequence-r.newest) > 0
	if !r.began || p.SSRC != r.ssrc {
		r.began, r.ssrc, ahead = true, p.SSRC, true
	}
	if ahead {
		r.newest = p.Sequence
		if !handedOut {
			r.skipped.Add(1)
		}
	}
	p.Sequence -= uint16(r.skipped.Load())
}
