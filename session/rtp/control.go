package rtp

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"

	"huike/audio/rtcp"
)

// reports is the RTCP of a call.
type reports struct {
	session *rtcp.Session
	once    sync.Once // starts the reader of the port beside

	mu   sync.Mutex
	told netip.AddrPort // where RTCP goes when it is not multiplexed
	at   netip.AddrPort // where it comes from
}

func (r *reports) tell(told netip.AddrPort) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if told != r.told {
		r.told, r.at = told, netip.AddrPort{}
	}
}

// target is where RTCP goes on a port of its own.
func (r *reports) target() netip.AddrPort {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.at.IsValid() {
		return r.at
	}
	return r.told
}

// takes tells whether RTCP may come from there: from where it was told to, from
// the host that the sound comes from, or from anywhere if it is authentic.
func (r *reports) takes(from netip.AddrPort, host netip.Addr, authentic bool) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if from != r.told && from.Addr() != host && !authentic {
		return false
	}
	r.at = from
	return true
}

// tend does what is due, and sets the time to look again. The reader calls it.
func (e *Endpoint) tend(now time.Duration) {
	next := now + time.Hour // settle wakes the reader
	if a := e.agreed.Load(); a != nil && (!a.secure || e.vault.ready()) {
		next = e.keep(a, now)
		if e.reports.session.Due() <= now {
			e.sendControl(a, e.reports.session.Append(nil, now, e.begun.Add(now)))
		}
		next = min(next, e.reports.session.Due())
	}
	e.in.wake = next
	if e.polled.socket.Load() == nil {
		_ = e.media.SetReadDeadline(e.begun.Add(next))
	}
}

// sendControl puts a compound packet on the wire, which it may overwrite. A call
// on hold by 0.0.0.0 has no address to send to; others on hold have.
func (e *Endpoint) sendControl(a *agreement, b []byte) {
	if a.secure {
		var err error
		if b, err = e.vault.seal(b, true); err != nil {
			return
		}
	}
	to := e.reports.target()
	if a.mux {
		to = e.path.target()
	}
	if len(b) == 0 || !to.IsValid() || !a.remote.IsValid() && !a.sending {
		return
	}
	var err error
	if a.mux {
		err = e.writeTo(b, to)
	} else {
		_, err = e.control.WriteToUDPAddrPort(b, to)
	}
	if err != nil {
		e.counts.failed.Add(1)
	}
}

// readControl reads the port beside until the endpoint is closed.
func (e *Endpoint) readControl() {
	buffer := make([]byte, maxDatagram)
	for {
		n, from, err := e.control.ReadFromUDPAddrPort(buffer)
		if errors.Is(err, net.ErrClosed) || e.closed() {
			return
		}
		if err == nil && protocolOf(buffer[:n]) == isRTCP {
			from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
			e.takeControl(buffer[:n], from, e.now(), false)
		}
	}
}

// takeControl reads a compound packet.
func (e *Endpoint) takeControl(b []byte, from netip.AddrPort, now time.Duration, muxed bool) {
	a := e.agreed.Load()
	if a == nil {
		return
	}
	if a.secure {
		var err error
		if b, err = e.vault.openControl(b); err != nil {
			e.counts.unauthentic.Add(1)
			return
		}
	}
	if muxed && !a.secure && from != e.path.target() ||
		!muxed && !e.reports.takes(from, e.path.host(), a.secure) {
		e.counts.foreignSources.Add(1)
		return
	}
	feedback, err := e.reports.session.Take(b, now)
	if err == nil && len(feedback.Nacks) > 0 {
		e.resend(a, feedback.Nacks, now)
	}
}

// Nack asks the other side to send packets again, by the numbers that ReadPacket
// would have given them, in ascending order. Where it was not agreed upon
// (a=rtcp-fb, RFC 4585) it does nothing. It overwrites seqs.
func (e *Endpoint) Nack(seqs []uint16) {
	a := e.agreed.Load()
	if a == nil || !a.nack || len(seqs) == 0 || e.closed() {
		return
	}
	for i := range seqs {
		seqs[i] += uint16(e.in.count.skipped.Load())
	}
	e.sendControl(a, e.reports.session.AppendNack(nil, seqs))
}

// sayBye tells the other side that this one leaves.
func (e *Endpoint) sayBye() {
	if a := e.agreed.Load(); a != nil {
		e.sendControl(a, e.reports.session.AppendBye(nil))
	}
}
