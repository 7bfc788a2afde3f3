package webrtc

import (
	"bytes"
	"sync"
	"sync/atomic"
	"time"

	pionrtcp "github.com/pion/rtcp"

	"huike/audio"
	"huike/audio/rtcp"
)

const (
	clockRate = 48000                // of Opus, RFC 7587
	cname     = "huike"              // as pion writes it to the description
	twice     = 2 * time.Millisecond // within which pion gives one RTCP packet to each SSRC that it names
)

// control is the RTCP of a leg: reports both ways, and packets sent again where
// the two ends agreed on NACK. It has no goroutine: a timer sends what is due,
// and pion's SRTCP reader brings what came.
type control struct {
	began   time.Time // call time 0
	session atomic.Pointer[rtcp.Session]
	history atomic.Pointer[rtcp.History] // nil until NACK is agreed upon
	write   func(raw []byte)             // to the peer, best effort
	resend  func(p *audio.Packet) error

	interval time.Duration // between reports; 0 is rtcp's own
	reduced  atomic.Bool   // the peer takes RTCP without a report before it (RFC 5506)

	mu    sync.Mutex
	timer *time.Timer // of the next report
	over  bool
	last  []byte    // packet taken last, and when
	at    time.Time // pion repeats it for each SSRC
	again audio.Packet

	streams atomic.Int32 // SSRCs that the peer's RTCP named
}

// opened counts an RTCP stream and reports whether there are too many: each
// costs memory in pion for good.
func (c *control) opened() (tooMany bool) { return c.streams.Add(1) > 2*streamLimit }

func (c *control) now() time.Duration { return time.Since(c.began) }

// start begins the reports, once the SSRC of this side's packets is known.
func (c *control) start(ssrc uint32) {
	session := rtcp.New(rtcp.Config{
		SSRC: ssrc, CNAME: cname, ClockRate: clockRate, Interval: c.interval, ReducedSize: c.reduced.Load(), Seed: uint64(ssrc),
	})
	if !c.session.CompareAndSwap(nil, session) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.over {
		c.timer = time.AfterFunc(session.Due()-c.now(), c.report)
	}
}

// keep begins the history that NACKs are answered from.
func (c *control) keep() { c.history.CompareAndSwap(nil, &rtcp.History{}) }

// report sends the report that is due, on the timer's goroutine.
func (c *control) report() {
	session := c.session.Load()
	c.write(session.Append(nil, c.now(), time.Now()))
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.over {
		c.timer.Reset(session.Due() - c.now())
	}
}

// stop ends the reports.
func (c *control) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
	if c.timer != nil {
		c.timer.Stop()
	}
}

// received counts a packet of the peer's that came at call time at.
func (c *control) received(p *audio.Packet, at time.Duration) {
	if session := c.session.Load(); session != nil {
		session.Received(p, at)
	}
}

// sent counts a packet of this side's, as it is on the wire, and keeps it where
// the peer may ask for it again.
func (c *control) sent(p *audio.Packet) {
	if session := c.session.Load(); session != nil {
		session.Sent(p, c.now())
	}
	if history := c.history.Load(); history != nil {
		history.Put(p)
	}
}

// take reads an RTCP packet of the peer's, and sends again what it asks for. It
// is called by pion's SRTCP reader.
func (c *control) take(raw []byte) {
	session := c.session.Load()
	if session == nil || c.repeated(raw) {
		return
	}
	feedback, err := session.Take(raw, c.now())
	history := c.history.Load()
	if err != nil || history == nil {
		return // malformed packets are counted
	}
	for _, seq := range feedback.Nacks {
		if !history.Take(seq, c.now(), session.RoundTrip(), &c.again) {
			continue
		}
		if c.resend(&c.again) == nil {
			session.Resent(&c.again)
		}
	}
}

// repeated reports whether pion gives the packet once more.
func (c *control) repeated(raw []byte) bool {
	now := time.Now()
	if bytes.Equal(raw, c.last) && now.Sub(c.at) < twice {
		return true
	}
	c.last, c.at = append(c.last[:0], raw...), now
	return false
}

// RoundTrip returns how long a packet takes to the peer and back, or 0 as long
// as no report has told.
func (l *Leg) RoundTrip() time.Duration {
	if session := l.control.session.Load(); session != nil {
		return session.RoundTrip()
	}
	return 0
}

// Loss returns the part, 0 to 1, of this side's packets that the peer reports
// lost.
func (l *Leg) Loss() float64 {
	if session := l.control.session.Load(); session != nil {
		return session.Loss()
	}
	return 0
}

// Nack asks the peer for the packets of these sequence numbers, in ascending
// order, once more (RFC 4585), if the two ends agreed on that.
func (l *Leg) Nack(seqs []uint16) {
	session := l.control.session.Load()
	if session == nil || l.control.history.Load() == nil {
		return
	}
	if raw := session.AppendNack(nil, seqs); len(raw) > 0 {
		l.control.write(raw)
	}
}

// Stats returns what RTCP has counted, by the names of the WebRTC statistics
// API; nil before the leg is connected.
func (l *Leg) Stats() map[string]float64 {
	session := l.control.session.Load()
	if session == nil {
		return nil
	}
	return session.Stats()
}

// writeControl sends RTCP as it is.
func (l *Leg) writeControl(raw []byte) {
	packet := pionrtcp.RawPacket(raw)
	_ = l.pc.WriteRTCP([]pionrtcp.Packet{&packet}) // what is lost is reported anew
}
