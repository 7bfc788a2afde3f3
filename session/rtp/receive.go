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
)

const (
	switchAfter = 3    // packets in a row that show that the other side has changed its format
	maxErrors   = 1000 // reads in a row that may fail
)

// receiver is what the reader of the media socket knows.
type receiver struct {
	mu     sync.Mutex // held by whoever reads
	buffer []byte
	packet audio.Packet // in buffer, for the next ReadPacket
	waits  bool         // there is one
	keys   dtmf.Receiver
	wake   time.Duration // call time at which something is due
	count  renumber
	other  uint8 // payload type that comes in the place of the one agreed upon
	others int   // in a row
	errors int
}

// ReadPacket waits for the other side's next packet of sound and fills p, whose
// payload is valid until the next ReadPacket. It returns io.EOF when the
// endpoint is closed; a gap, however long, is waited out. Packets come in order
// of arrival; their numbers leave out those of keys and comfort noise, which
// would look lost. Between them, ReadPacket takes RTCP and keys, and sends the
// reports and keep-alives that are due. What came before the first ReadPacket is
// thrown away by each Accept and Answer, so that nobody hears it ring.
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

// read handles one datagram, or one passing of a deadline; got is true if it
// was a packet of sound.
func (e *Endpoint) read(p *audio.Packet) (got bool, err error) {
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
	e.in.count.number(p, got)
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
		return false
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
	if !a.receiving || a.held() || e.deaf.Load() {
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
