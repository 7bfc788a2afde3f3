package ws

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/gorilla/websocket"

	"huike/audio"
	"huike/audio/codec"
	"huike/session/wire"
)

const (
	textLimit = 16 << 10 // bytes of one JSON text
	longest   = 10       // x 20 ms = 200 ms, the longest binary message
)

var (
	errOversized = errors.New("a text message may have 16384 bytes")
	errNotJSON   = errors.New(`a text message must be a JSON object with a "type"`)
)

// Leg is one end of a WebSocket call. ReadPacket is for one goroutine; the rest
// may be called from any.
type Leg struct {
	wire *wire.Conn
	rate int // hertz

	// Of the reader.
	buffer   []byte // sound that was read: buffer[given:] is to be given
	given    int    // bytes
	frame    int    // bytes of one PTime
	sequence uint16
	timeline wire.Timeline
	marker   bool // the next packet begins a talk spurt
}

func newLeg(conn *wire.Conn) *Leg { return &Leg{wire: conn, marker: true} }

// setRate is called once, before the first ReadPacket.
func (l *Leg) setRate(rate int) {
	l.rate = rate
	l.frame = 2 * audio.Samples(audio.PTime, rate)
	l.buffer = make([]byte, 0, (longest+1)*l.frame)
	l.timeline.Rate = rate
}

// Format returns 16-bit little-endian PCM at the call's rate.
func (l *Leg) Format() audio.Format { return codec.PCM(l.rate) }

// ReadPacket waits for the next 20 ms of the peer's sound, whatever sizes it
// came in, and fills p; p.Payload is valid until the next ReadPacket. It
// returns io.EOF when the peer hung up, broke the protocol or is lost, or the
// leg was closed. Texts and pings are read here too, so it must be called for
// as long as the leg is wanted.
func (l *Leg) ReadPacket(p *audio.Packet) error {
	for len(l.buffer)-l.given < l.frame {
		if err := l.readMessage(); err != nil {
			return io.EOF
		}
	}
	*p = audio.Packet{
		Sequence:  l.sequence,
		Timestamp: l.timeline.Given(audio.Samples(audio.PTime, l.rate)),
		Marker:    l.marker,
		Payload:   l.buffer[l.given : l.given+l.frame],
	}
	l.given += l.frame
	l.sequence++
	l.marker = false
	return nil
}

// readMessage reads one message: sound into the buffer, a text into Messages.
func (l *Leg) readMessage() error {
	kind, reader, err := l.wire.Next()
	if err != nil {
		return err
	}
	if kind == websocket.BinaryMessage {
		return l.readSound(reader)
	}
	text, err := readText(reader)
	if err != nil {
		return l.refuseText(err)
	}
	if err := l.wire.Deliver(text); err != nil {
		return l.reject(websocket.ClosePolicyViolation, err.Error())
	}
	return nil
}

// readSound appends one binary message to the buffer.
func (l *Leg) readSound(reader io.Reader) error {
	rest := copy(l.buffer, l.buffer[l.given:])
	l.given = 0
	room := l.buffer[rest : rest+longest*l.frame]
	n, err := io.ReadFull(reader, room)
	l.buffer = l.buffer[:rest+n]
	if err == nil { // it fills the room: is there more?
		var more [1]byte
		if n, _ := reader.Read(more[:]); n > 0 {
			return l.reject(websocket.CloseMessageTooBig,
				fmt.Sprintf("a binary message may have %d bytes, 200 ms at this rate", len(room)))
		}
	} else if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		l.wire.Broken(err)
		return err
	}
	if n%2 != 0 {
		return l.reject(websocket.CloseUnsupportedData, "a binary message must hold whole 16-bit samples")
	}
	switch l.timeline.Arrived(n/2, time.Now()) {
	case wire.Ahead:
		l.buffer = l.buffer[:rest]
	case wire.AfterPause:
		l.buffer = append(l.buffer[:0], l.buffer[rest:]...)
		l.marker = true
	case wire.InTime:
	}
	return nil
}

// readText reads one text message.
func readText(reader io.Reader) ([]byte, error) {
	text, err := wire.ReadText(reader, nil, textLimit)
	switch {
	case errors.Is(err, wire.ErrTooLong):
		return nil, errOversized
	case err != nil:
		return nil, err
	}
	var object struct {
		Type string `json:"type"`
	}
	if json.Unmarshal(text, &object) != nil || object.Type == "" {
		return nil, errNotJSON
	}
	return text, nil
}

// refuseText ends the leg for a text message that could not be taken.
func (l *Leg) refuseText(err error) error {
	switch {
	case errors.Is(err, errOversized):
		return l.reject(websocket.CloseMessageTooBig, err.Error())
	case errors.Is(err, errNotJSON):
		return l.reject(websocket.CloseUnsupportedData, err.Error())
	default:
		l.wire.Broken(err)
		return err
	}
}

// reject tells the peer what it did wrong and ends the leg.
func (l *Leg) reject(code int, why string) error {
	told, err := json.Marshal(struct {
		Type  string `json:"type"`
		Error string `json:"error"`
	}{"error", why})
	if err != nil {
		told = nil
	}
	return l.wire.Reject(code, why, told)
}

// WritePacket queues p's sound for the peer and never blocks; p.Payload is
// copied. Sequence and Timestamp are not sent: a WebSocket keeps order, and
// plays when it comes. Sound for a peer that does not take it is lost, not
// late. It returns io.ErrClosedPipe once the leg is over.
func (l *Leg) WritePacket(p *audio.Packet) error {
	return l.wire.Sound(websocket.BinaryMessage, p.Payload)
}

// Messages returns the JSON texts from the peer, each an object with a type.
// It is closed when the leg is over; a leg whose messages are not taken is
// closed.
func (l *Leg) Messages() <-chan []byte { return l.wire.Messages() }

// Send queues a JSON text for the peer and never blocks; msg must not be
// changed afterwards. A peer that stops reading loses its leg.
func (l *Leg) Send(msg []byte) error { return l.wire.Send(msg) }

// Close ends the leg, after what was sent has gone out or cannot. It may be
// called more than once. The first reason given, here or by the leg itself, is
// what Reason returns.
func (l *Leg) Close(reason string) error { return l.wire.Close(reason) }

// Reason says why the leg is over, in words for a log; it is empty before.
func (l *Leg) Reason() string { return l.wire.Reason() }

// RoundTrip is how long the latest ping took to be answered; 0 before the first
// answer.
func (l *Leg) RoundTrip() time.Duration { return l.wire.RoundTrip() }

// String returns the leg's transport and encoding.
func (l *Leg) String() string { return "ws(" + l.Format().String() + ")" }
