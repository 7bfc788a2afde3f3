package realtime

import (
	"encoding/base64"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"huike/audio"
	"huike/audio/codec"
	"huike/session/crash"
	"huike/session/webrtc"
	"huike/session/wire"
)

const (
	messagesIn = 64      // that the session has not taken; then the leg is over
	eventLimit = 4 << 20 // bytes of one event: a minute of sound in base64
	keepText   = 64 << 10
	// commitWait is how long after its last frame a committed turn is over: what
	// keeps sound in order may hold it back that long.
	commitWait = 150 * time.Millisecond
)

// carrier takes texts to the client.
type carrier interface {
	Send(text []byte) error
	Close(reason string) error
	Reason() string
}

// Leg is one client's end of a call. ReadPacket is for one goroutine, WritePacket
// for one other; the rest may be called from any.
type Leg struct {
	carrier carrier
	conn    *wire.Conn  // nil over WebRTC
	peer    *webrtc.Leg // nil over a WebSocket
	log     *slog.Logger

	messages chan []byte
	begun    chan struct{} // closed when the client has said what it wants
	done     chan struct{} // closed when the leg is over

	// Written before begun is closed.
	format  audio.Format
	pace    *pace
	convert *converter // nil when sound comes as it goes

	// Of ReadPacket.
	frame    []byte
	sequence uint16
	timer    *time.Timer

	// Of the reader.
	text   []byte
	decode []byte    // sound out of base64
	sounds [1][]byte // which an event has

	mu     sync.Mutex // what it guards is called under it, and never blocks
	talk   talk
	closed bool        // messages is closed
	wake   *time.Timer // for talk.tick
	fresh  time.Duration
}

func newLeg(c carrier, socket bool, may func(string) bool, log *slog.Logger) *Leg {
	l := &Leg{
		carrier: c, log: log, messages: make(chan []byte, messagesIn), begun: make(chan struct{}), done: make(chan struct{}),
	}
	l.talk = talk{teller: newTeller(l.out, l.loud), in: l.give, socket: socket, may: may, sound: l}
	l.wake = time.AfterFunc(time.Hour, func() { l.step((*talk).tick) })
	l.wake.Stop()
	return l
}

// step does something to the talk.
func (l *Leg) step(do func(*talk)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	defer l.guard()
	l.talk.now = time.Now()
	do(&l.talk)
	l.wake.Stop()
	if at := l.talk.deadline(); !at.IsZero() {
		l.wake.Reset(time.Until(at))
	}
}

// guard ends this call alone for a panic of what its client has caused.
func (l *Leg) guard() {
	if value := recover(); value != nil {
		l.log.Error("a call's translation panicked", crash.Attr(value))
		l.lose(websocket.CloseInternalServerErr, "the server is at fault")
	}
}

// lose ends the connection without waiting for it.
func (l *Leg) lose(code int, why string) {
	if l.conn != nil {
		l.conn.Over(code, why)
	} else if l.peer != nil {
		go func() { _ = l.peer.Close(why) }() // which waits for what was sent
	}
}

func (l *Leg) out(text []byte)  { _ = l.carrier.Send(text) }                      // its reader knows when it is over
func (l *Leg) loud(text []byte) { _ = l.conn.Sound(websocket.TextMessage, text) } // likewise

// give gives the session a message. A client that sends more than it takes loses
// the leg.
func (l *Leg) give(message []byte) {
	select {
	case l.messages <- message:
	default:
		l.lose(websocket.ClosePolicyViolation, "messages came faster than they could be taken")
	}
}

// begin fixes what the client has said so far, once, and lets the call begin.
// It is called under the mutex.
func (l *Leg) begin() {
	if l.talk.fixed {
		return
	}
	l.format = l.talk.settings.output
	in := l.talk.settings.input
	frame := len(codec.Silence(in))
	l.pace = newPace(frame, uint32(audio.Samples(audio.PTime, l.format.ClockRate)))
	l.frame, l.timer = make([]byte, frame), time.NewTimer(time.Hour)
	if in != l.format {
		l.convert = newConverter(in, l.format)
	}
	l.talk.start()
	close(l.begun)
}

// hear takes one text of the client's. What takes as long as the text is, is done
// before the mutex is taken: WritePacket waits for that.
func (l *Leg) hear(text []byte) {
	defer l.guard()
	e, f := l.parse(text)
	l.step(func(t *talk) {
		first := !t.fixed
		if first && e.Type != "session.update" {
			l.begin()
		}
		t.take(&e, f)
		if first {
			l.begin()
		}
	})
	if cap(l.decode) > keepText {
		l.decode = nil
	}
}

// parse reads an event; sound in its common form makes no garbage.
func (l *Leg) parse(text []byte) (event, *fault) {
	sound, ok := appended(text)
	if !ok {
		return parse(text)
	}
	if n := base64.StdEncoding.DecodedLen(len(sound)); cap(l.decode) < n || l.decode == nil {
		l.decode = make([]byte, n)
	}
	n, err := base64.StdEncoding.Decode(l.decode[:cap(l.decode)], sound)
	if err != nil {
		return parse(text)
	}
	l.sounds[0] = l.decode[:n]
	return event{Type: appendType, sounds: l.sounds[:]}, nil
}

// read takes the client's events until the connection is over.
func (l *Leg) read() {
	defer l.end()
	for {
		kind, message, err := l.conn.Next()
		if err != nil {
			return
		}
		if kind != websocket.TextMessage {
			l.complain("invalid_event", "Events are JSON in text messages.")
			continue
		}
		text, err := wire.ReadText(message, l.text[:0], eventLimit)
		switch {
		case err == wire.ErrTooLong: //nolint:errorlint // it is never wrapped
			l.complain("event_too_long", "An event may have 4 MiB: a minute of sound.")
			continue
		case err != nil:
			l.conn.Broken(err)
			return
		}
		l.hear(text)
		if l.text = text; cap(text) > keepText {
			l.text = nil
		}
	}
}

// listen is read over WebRTC.
func (l *Leg) listen() {
	defer l.end()
	for text := range l.peer.Messages() {
		l.hear(text)
	}
}

func (l *Leg) complain(code, message string) {
	l.step(func(t *talk) {
		t.refuse(&fault{kind: "invalid_request_error", code: code, message: message}, "")
	})
}

// end closes Messages, once.
func (l *Leg) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	l.closed = true
	l.wake.Stop()
	close(l.messages)
	close(l.done)
}

// append takes sound, which is copied. It is called under the mutex.
func (l *Leg) append(sound []byte) *fault {
	if l.conn == nil {
		return unsupported("type", "Over WebRTC the caller's sound comes by its track.")
	}
	if sound == nil {
		return wrongValue("audio", "The sound is not base64.")
	}
	if l.pace.append(sound, l.talk.now) != nil {
		return &fault{
			kind: "invalid_request_error", code: "input_audio_buffer_full", param: "audio",
			message: "More than 60 s of sound wait to be heard. They are heard in real time; send the rest later.",
		}
	}
	l.fresh += time.Duration(len(sound)) * audio.PTime / time.Duration(l.pace.frame)
	return nil
}

// commit tells the session that the turn is over once its sound was heard. It
// is called under the mutex.
func (l *Leg) commit() {
	if l.conn == nil || l.pace.finish(codec.Silence(l.talk.settings.input), l.talk.now) {
		l.turnOver()
	}
}

func (l *Leg) turnOver() {
	time.AfterFunc(commitWait, func() { l.step(func(t *talk) { t.send(fields{"type": "commit"}) }) })
}

// clear drops what nobody has heard. It is called under the mutex.
func (l *Leg) clear() {
	l.fresh = 0
	if l.conn != nil && l.pace.clear() {
		l.turnOver()
	}
}

// uncommitted is how much sound has come since the last commit, which this is.
// It is called under the mutex.
func (l *Leg) uncommitted() time.Duration {
	if l.conn == nil {
		return leastCommit
	}
	come := l.fresh
	if come >= leastCommit {
		l.fresh = 0
	}
	return come
}

// position is how many milliseconds of sound had come at a moment of the call.
// It is called under the mutex.
func (l *Leg) position(at time.Duration) int64 {
	if l.conn == nil {
		return milliseconds(at)
	}
	return milliseconds(l.pace.position(l.talk.began.Add(at)))
}

// Format is how sound travels: as the session says, or Opus over WebRTC.
func (l *Leg) Format() audio.Format {
	if l.peer != nil {
		return l.peer.Format()
	}
	return l.format
}

// ReadPacket waits for the next 20 ms of the caller's sound, whatever chunks it
// came in, and fills p; p.Payload is valid until the next ReadPacket. Sound that
// came faster than real time is given in real time. It returns io.EOF when the
// client hung up or is lost, or the leg was closed.
func (l *Leg) ReadPacket(p *audio.Packet) error {
	if l.peer != nil {
		return l.peer.ReadPacket(p)
	}
	for {
		g, wait, ok := l.pace.next(l.frame, time.Now())
		if ok {
			if g.last {
				l.turnOver()
			}
			*p = audio.Packet{Sequence: l.sequence, Timestamp: g.stamp, Marker: g.marker, Payload: l.frame}
			if l.convert != nil {
				p.Payload = l.convert.frame(l.frame)
			}
			l.sequence++
			return nil
		}
		if wait == 0 {
			wait = time.Hour
		}
		l.timer.Reset(wait)
		select {
		case <-l.pace.wake:
		case <-l.timer.C:
		case <-l.done:
			return io.EOF
		}
	}
}

// WritePacket sends p, whose payload is copied, and never blocks. It returns
// io.ErrClosedPipe once the leg is over.
func (l *Leg) WritePacket(p *audio.Packet) error {
	written, err := l.sent(p)
	if err != nil || written || l.peer == nil {
		return err
	}
	return l.peer.WritePacket(p)
}

// sent tells the talk of a packet, and whether the agent answers in writing.
func (l *Leg) sent(p *audio.Packet) (written bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false, io.ErrClosedPipe
	}
	l.talk.now = time.Now()
	l.talk.sent(p.Payload)
	return l.talk.settings.written, nil
}

// Messages returns what the client wants of the session, as JSON texts. It is
// closed when the leg is over.
func (l *Leg) Messages() <-chan []byte { return l.messages }

// Send tells the client an event of the session's, in the protocol's words, and
// never blocks.
func (l *Leg) Send(message []byte) error {
	select {
	case <-l.done:
		return io.ErrClosedPipe
	default:
		l.step(func(t *talk) { t.learn(message) })
		return nil
	}
}

// Close ends the leg; what was sent still goes out. It may be called more than
// once. The first reason given, here or by the client's going, is what Reason
// returns.
func (l *Leg) Close(reason string) error {
	l.step((*talk).finish)
	err := l.carrier.Close(reason)
	l.end()
	return err
}

// Reason says why the leg is over, in words for a log; it is empty before.
func (l *Leg) Reason() string { return l.carrier.Reason() }

// String returns the leg's transport and encoding.
func (l *Leg) String() string {
	if l.peer != nil {
		return "realtime(" + l.peer.String() + ")"
	}
	return "realtime(" + l.Format().String() + ")"
}
