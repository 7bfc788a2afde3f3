package sip

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	wire "github.com/emiago/sipgo/sip"

	"huike/audio"
	"huike/session/crash"
)

const (
	messagesIn  = 64               // texts that nobody took; then the leg is over
	requestWait = 10 * time.Second // for the answer to a request within a dialog that somebody waits for
	keysWait    = 10 * time.Second // for what is agreed upon beside the signalling (DTLS)
	goodbyeWait = 2 * time.Second  // for that to a BYE, when the server is closed
)

// Why a leg is over: the other side ended the call, or Close did.
const (
	byPeer  = "peer hung up"
	closing = "server closed"
)

// Leg is one end of a call. ReadPacket is for one goroutine, WritePacket for one
// other; the rest may be called from any.
type Leg struct {
	server  *Server
	release func()        // of the line
	in      chan []byte   // Messages
	done    chan struct{} // closed when the leg is over
	heard   atomic.Int64  // when the last packet came, in nanoseconds since began
	began   time.Time

	mu       sync.Mutex
	dialog   *dialog // with the peer; another when the call is passed on
	sound    Media   // of dialog
	started  bool    // the media are agreed upon
	held     bool    // what the messages have said of it
	closed   bool    // in is closed
	reason   string
	transfer *transfer // under way, by REFER
	timer    *sessionTimer

	closeOnce sync.Once
}

// newLeg makes the leg of d, which carries sound.
func newLeg(s *Server, d *dialog, sound Media, release func()) *Leg {
	l := &Leg{
		server: s, release: release, dialog: d, sound: sound,
		in: make(chan []byte, messagesIn), done: make(chan struct{}), began: time.Now(),
	}
	l.timer = &sessionTimer{changed: make(chan struct{}, 1)}
	d.owner.Store(l)
	return l
}

// session returns the agreement on how long the call lasts unless it is renewed.
func (l *Leg) session() *sessionTimer {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.timer
}

// start lets the call begin: its media are agreed upon.
func (l *Leg) start() {
	l.mu.Lock()
	l.started = true
	sound := l.sound
	l.mu.Unlock()
	l.server.run(func() { l.hear(sound) })
	l.server.run(l.watch)
}

// parts returns what the leg stands on now.
func (l *Leg) parts() (*dialog, Media) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.dialog, l.sound
}

// carry runs handle once sound can be sent, then ends the leg.
func (s *Server) carry(ctx context.Context, leg *Leg, req Request) {
	defer func() {
		if value := recover(); value != nil {
			s.config.Log.Error("handler of a SIP leg panicked", crash.Attr(value))
		}
		_ = leg.Close("call over")
	}()
	_, sound := leg.parts()
	late := time.NewTimer(keysWait)
	defer late.Stop()
	select {
	case <-sound.Ready():
		s.config.Handle(ctx, leg, req)
	case <-leg.done:
	case <-late.C:
		leg.over("no keys came for the sound")
	}
}

// Format is the encoding that was agreed upon last: a re-INVITE may change it, and so
// may the peer, among those that it has offered.
func (l *Leg) Format() audio.Format {
	_, sound := l.parts()
	return sound.Format()
}

// begun reports whether the leg is in a call: started, and not over.
func (l *Leg) begun() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.started && !l.closed
}

// ReadPacket waits for the peer's next packet and fills p, whose payload is valid
// until the next ReadPacket. It returns io.EOF when the leg is over; a gap in the
// packets, as on hold, is waited out.
func (l *Leg) ReadPacket(p *audio.Packet) error {
	for {
		_, sound := l.parts()
		err := sound.ReadPacket(p)
		if err == nil {
			l.heard.Store(int64(time.Since(l.began)))
			return nil
		}
		if _, now := l.parts(); now == sound { // else the call goes on with another peer
			l.over("media ended")
			return io.EOF
		}
	}
}

// Poll fills p with the next packet that has come, if one has: it never waits. The
// packet came age ago, and its payload is valid until the next Poll. It returns io.EOF
// when the leg is over. Who calls it no longer calls ReadPacket.
func (l *Leg) Poll(p *audio.Packet) (age time.Duration, ok bool, err error) {
	_, sound := l.parts()
	age, ok, err = sound.Poll(p)
	if ok {
		l.heard.Store(int64(time.Since(l.began)))
	}
	if err == nil {
		return age, ok, nil
	}
	if _, now := l.parts(); now != sound { // the call goes on with another peer
		return 0, false, nil
	}
	l.over("media ended")
	return 0, false, io.EOF
}

// WritePacket sends p, whose Sequence and Timestamp count from 0. It returns
// io.ErrClosedPipe once the leg is over. What the network does not take is lost.
func (l *Leg) WritePacket(p *audio.Packet) error {
	select {
	case <-l.done:
		return io.ErrClosedPipe
	default:
	}
	_, sound := l.parts()
	return sound.WritePacket(p)
}

// Messages returns what the peer does beside its sound, as JSON texts:
// {"type":"key"} for each key, {"type":"hold"} when it puts the call on hold or
// takes it back. It is closed when the leg is over; a leg whose messages are not
// taken is closed.
func (l *Leg) Messages() <-chan []byte { return l.in }

// Send does nothing: a telephone shows no texts.
func (l *Leg) Send([]byte) error {
	select {
	case <-l.done:
		return io.ErrClosedPipe
	default:
		return nil
	}
}

// SendKeys presses keys of a telephone towards the peer: as telephone events when
// those were agreed upon (RFC 4733), else by INFO.
func (l *Leg) SendKeys(keys string) error {
	if strings.Trim(keys, keypad) != "" {
		return fmt.Errorf("sip: want keys of a telephone, %s", keypad)
	}
	d, sound := l.parts()
	if sound.SendKeys(keys) == nil {
		return nil
	}
	ctx, cancel := l.server.within(requestWait)
	defer cancel()
	return d.sendInfo(ctx, keys)
}

// RoundTrip returns how long a packet takes there and back, 0 when not known.
func (l *Leg) RoundTrip() time.Duration {
	_, sound := l.parts()
	return sound.RoundTrip()
}

// Loss returns the part of our packets, 0 to 1, that the peer reports lost.
func (l *Leg) Loss() float64 {
	_, sound := l.parts()
	return sound.Loss()
}

// Nack asks the peer for packets again.
func (l *Leg) Nack(seqs []uint16) {
	_, sound := l.parts()
	sound.Nack(seqs)
}

// Stats returns what was counted of the sound, by the names of the WebRTC statistics
// API.
func (l *Leg) Stats() map[string]float64 {
	_, sound := l.parts()
	return sound.Stats()
}

// Echoes reports true: a telephone may not cancel echo.
func (l *Leg) Echoes() bool { return true }

// Reason says why the leg is over, in words for a log; it is empty before.
func (l *Leg) Reason() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.reason
}

// String returns the leg's transport and encoding.
func (l *Leg) String() string {
	d, sound := l.parts()
	return "sip/" + strings.ToLower(d.network) + "(" + sound.Format().String() + ")"
}

// Close ends the leg with BYE. It may be called more than once. The first reason
// given, here or by the leg itself, is what Reason returns.
func (l *Leg) Close(reason string) error {
	l.over(reason)
	l.closeOnce.Do(l.hangUp)
	return nil
}

// over ends the leg for its reader and for Messages, once.
func (l *Leg) over(reason string) {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return
	}
	l.reason = reason
	l.closed = true
	close(l.in)
	close(l.done)
	sound := l.sound
	l.mu.Unlock()
	if err := sound.Close(); err != nil {
		l.server.config.Log.Warn("media not closed", "err", err)
	}
}

// hangUp says goodbye to a peer that has not, and gives everything back.
func (l *Leg) hangUp() {
	d, _ := l.parts()
	defer l.release()
	d.bye(l.Reason())
}

// push gives a text to the taker of Messages. One who takes none loses the leg.
func (l *Leg) push(text string) {
	l.mu.Lock()
	full := false
	if !l.closed {
		select {
		case l.in <- []byte(text):
		default:
			full = true
		}
	}
	l.mu.Unlock()
	if full {
		l.over("messages from the peer were not taken")
	}
}

// hear passes on the keys of sound until it is closed.
func (l *Leg) hear(sound Media) {
	for key := range sound.Keys() {
		l.key(key)
	}
}

// keypad is what a telephone has, and what is passed on of it.
const keypad = "0123456789*#"

func (l *Leg) key(key string) {
	if len(key) == 1 && strings.Contains(keypad, key) {
		l.push(`{"type":"key","key":"` + key + `"}`)
	}
}

// tellHold says whether the peer has put the call on hold, when that is news.
func (l *Leg) tellHold() {
	l.mu.Lock()
	held := l.sound.Held()
	news := held != l.held
	l.held = held
	l.mu.Unlock()
	if news && held {
		l.push(`{"type":"hold","on":true}`)
	} else if news {
		l.push(`{"type":"hold","on":false}`)
	}
}

// bye ends the dialog: with BYE, unless the peer has ended it. A call that has not been
// answered is refused instead (RFC 3261 15), and one that this side places is
// cancelled by who places it.
func (d *dialog) bye(reason string) {
	if !d.finish() || d.id.remote == "" {
		return
	}
	if in := d.unanswered(); in != nil {
		in.dismiss(reason)
		return
	}
	req := d.request(wire.BYE)
	if code := causeOf(reason); code != "" {
		req.AppendHeader(wire.NewHeader("Reason", code))
	}
	sent := make(chan struct{})
	if d.server.tryRun(func() {
		defer d.server.said(sent)
		d.sendBye(req, d.server.within, 64*wire.T1)
	}) {
		d.server.saying(sent)
	} else {
		d.sendBye(req, d.server.beyond, goodbyeWait)
	}
}

func (d *dialog) sendBye(req *wire.Request, within func(time.Duration) (context.Context, context.CancelFunc), wait time.Duration) {
	ctx, cancel := within(wait)
	defer cancel()
	if _, err := d.do(ctx, req); err != nil && !errors.Is(err, context.Canceled) {
		d.server.counts.lost.Add(1)
	}
}

// causeOf is the Reason header field (RFC 3326) of a BYE for what is no ordinary end.
func causeOf(reason string) string {
	switch reason {
	case "peer lost", "session expired":
		return `SIP;cause=408;text="` + reason + `"`
	case "no acknowledgement":
		return `SIP;cause=408;text="no ACK"`
	case closing:
		return `SIP;cause=503;text="server closed"`
	}
	return ""
}
