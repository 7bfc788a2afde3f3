package rtp

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"huike/audio/dtmf"
	"huike/audio/rtcp"
	"huike/session/crash"
)

// Endpoint is this side of one call's sound. ReadPacket is for one goroutine,
// WritePacket for one other; the rest may be called from any.
type Endpoint struct {
	ports   *Ports
	options Options
	media   *net.UDPConn
	control *net.UDPConn
	begun   time.Time // call time counts from it

	signalling signalling
	agreed     atomic.Pointer[agreement] // nil before the first
	deaf       atomic.Bool               // this side holds the call
	heard      atomic.Bool               // ReadPacket has been called
	path       path
	reports    reports
	vault      vault
	out        sender
	in         receiver
	polled     polled
	presses    presses
	counts     counts

	associations associations // of DTLS

	readyOnce sync.Once
	ready     chan struct{}
	closeOnce sync.Once
	done      chan struct{}
	keys      chan string
	workers   sync.WaitGroup
}

// keysAhead is how many keys of the other side wait to be taken.
const keysAhead = 32

func newEndpoint(p *Ports, o Options, media, control *net.UDPConn) (*Endpoint, error) {
	var random [32]byte
	if _, err := rand.Read(random[:]); err != nil {
		return nil, fmt.Errorf("random numbers: %w", err)
	}
	ssrc := binary.BigEndian.Uint32(random[0:])
	e := &Endpoint{
		ports: p, options: o, media: media, control: control, begun: time.Now(),
		ready: make(chan struct{}), done: make(chan struct{}), keys: make(chan string, keysAhead),
	}
	e.reports.session = rtcp.New(rtcp.Config{
		SSRC: ssrc, CNAME: base64.RawURLEncoding.EncodeToString(random[16:28]), // RFC 7022, 4.2
		ClockRate: o.Codecs[0].ClockRate, Seed: binary.BigEndian.Uint64(random[8:]),
	})
	e.signalling.written = written{
		id:      uint64(binary.BigEndian.Uint32(random[28:])),
		version: uint64(e.begun.Unix()),
	}
	e.path.strict = p.config.Signalled
	e.path.hosts = o.Peer.Unmap()
	e.out.ssrc = ssrc
	e.out.seq = binary.BigEndian.Uint16(random[4:]) &^ 0x8000 // SRTP must not wrap at once (RFC 3711, 3.3.1)
	e.out.base = binary.BigEndian.Uint32(random[8:])
	return e, nil
}

// now is the call time.
func (e *Endpoint) now() time.Duration { return time.Since(e.begun) }

// settle makes an agreement take effect. The caller holds signalling.mu.
func (e *Endpoint) settle(a *agreement, how keying, proto string, keys *plan) error {
	if e.closed() {
		return net.ErrClosed
	}
	s := &e.signalling
	switch how {
	case bySDES:
		if err := e.vault.install(keys.local, keys.remote); err != nil {
			return fmt.Errorf("%w: %w", ErrSecurity, err)
		}
		s.secrets, s.theirs = []cryptoLine{keys.local}, keys.remote
	case byDTLS, plain:
	}
	s.keying, s.proto = how, proto
	if how != byDTLS && !e.heard.Load() {
		e.drain()
	}
	if a.remote.IsValid() {
		e.path.tell(a.remote)
		e.reports.tell(a.control)
	}
	e.reports.session.SetClockRate(a.format.ClockRate)
	e.agreed.Store(a)
	if how == byDTLS {
		if !keys.dtls.equal(s.dtls) {
			s.dtls = keys.dtls
			e.vault.lock()
			e.associate(keys.dtls)
		}
	} else {
		s.dtls = nil
		e.isReady()
	}
	if !a.mux {
		e.reports.once.Do(func() { e.work(e.readControl) })
	}
	e.wake()
	return nil
}

func (e *Endpoint) isReady() { e.readyOnce.Do(func() { close(e.ready) }) }

// Ready is closed when sound can be sent: a description is agreed upon, and
// there are keys where it must be encrypted. What is written before is dropped.
func (e *Endpoint) Ready() <-chan struct{} { return e.ready }

// Keys delivers the keys that the other side presses as RFC 4733 events, each
// once and one of 0123456789*#ABCD. They come while ReadPacket is being called;
// more than 32 that nobody takes are dropped. It is closed with the endpoint.
func (e *Endpoint) Keys() <-chan string { return e.keys }

// wake makes the reader look for what is due.
func (e *Endpoint) wake() {
	e.polled.due.Store(true)
	_ = e.media.SetReadDeadline(time.Unix(1, 0))
}

// Close frees the ports. It tells the other side by an RTCP BYE where anything
// was agreed upon, and waits for the endpoint's goroutines but for ReadPacket's.
// It may be called more than once.
func (e *Endpoint) Close() error {
	e.closeOnce.Do(func() {
		e.sayBye()
		e.signalling.mu.Lock() // nobody starts a goroutine behind it
		e.presses.mu.Lock()
		close(e.done)
		e.presses.mu.Unlock()
		e.signalling.mu.Unlock()
		_ = e.media.Close()
		_ = e.control.Close()
		e.associations.close()
		e.workers.Wait()
		e.in.mu.Lock() // a reader that is about to deliver a key has gone
		e.closePolled()
		close(e.keys)
		e.in.mu.Unlock()
		e.ports.count(-1)
	})
	return nil
}

// work runs f beside, and Close waits for it. A panic in it costs this call what f
// was for, and nobody else anything.
func (e *Endpoint) work(f func()) {
	e.workers.Go(func() {
		defer func() {
			if value := recover(); value != nil {
				e.ports.config.Log.Error("a worker of a call's sound panicked", crash.Attr(value))
			}
		}()
		f()
	})
}

// closePolled closes the socket that Poll reads. The caller holds in.mu.
func (e *Endpoint) closePolled() {
	if socket := e.polled.socket.Load(); socket != nil {
		_ = socket.Close()
	}
}

func (e *Endpoint) closed() bool {
	select {
	case <-e.done:
		return true
	default:
		return false
	}
}

// String returns the transport and its encoding, such as "rtp(pcmu/8000)".
func (e *Endpoint) String() string {
	a := e.agreed.Load()
	switch {
	case a == nil:
		return "rtp"
	case a.secure:
		return "srtp(" + a.format.String() + ")"
	}
	return "rtp(" + a.format.String() + ")"
}

// pressed hands a key out.
func (e *Endpoint) pressed(k byte) {
	for i := range len(dtmf.Keys) {
		if dtmf.Keys[i] != k {
			continue
		}
		select {
		case e.keys <- dtmf.Keys[i : i+1]:
		default:
			e.counts.keysDropped.Add(1)
		}
	}
}
