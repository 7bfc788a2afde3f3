package ws

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"huike/audio"
)

const (
	textLimit   = 16 << 10 // bytes of one JSON text
	messagesIn  = 64       // texts that nobody took; then the leg is over
	longest     = 10       // x 20 ms = 200 ms, the longest binary message
	refreshPart = 30       // of lost: how often the read deadline is moved, which costs a timer
	lingerTime  = 500 * time.Millisecond
	lingerBytes = 1 << 20
)

var (
	errOversized = errors.New("a text message may have 16384 bytes")
	errNotJSON   = errors.New(`a text message must be a JSON object with a "type"`)
)

// Leg is one end of a WebSocket call. ReadPacket is for one goroutine; the rest
// may be called from any.
type Leg struct {
	conn *websocket.Conn
	peer string
	rate int           // hertz
	lost time.Duration // without a word from the peer until the leg is over
	out  *writer
	done chan struct{} // closed when the leg is over

	// Of the reader.
	buffer    []byte // sound that was read: buffer[given:] is to be given
	given     int    // bytes
	frame     int    // bytes of one PTime
	sequence  uint16
	timeline  timeline
	marker    bool // the next packet begins a talk spurt
	refreshed time.Time

	mu     sync.Mutex
	in     chan []byte // Messages
	closed bool        // in is closed
	reason string
	code   int // of the close frame

	closeOnce sync.Once
}

func newLeg(conn *websocket.Conn, peer string, lost time.Duration) *Leg {
	if tcp, ok := conn.NetConn().(*net.TCPConn); ok {
		_ = tcp.SetWriteBuffer(socketBuffer) // what waits in there is late already
	}
	l := &Leg{
		conn: conn, peer: peer, lost: lost,
		done: make(chan struct{}), in: make(chan []byte, messagesIn),
		marker: true,
	}
	l.out = newWriter(conn, lost, l.done, l.over)
	conn.SetPongHandler(func(string) error {
		l.refresh(time.Now())
		return nil
	})
	go l.out.run()
	return l
}

// setRate is called once, before the first ReadPacket.
func (l *Leg) setRate(rate int) {
	l.rate = rate
	l.frame = 2 * audio.Samples(audio.PTime, rate)
	l.buffer = make([]byte, 0, (longest+1)*l.frame)
	l.timeline.rate = rate
}

// Format returns 16-bit little-endian PCM at the call's rate.
func (l *Leg) Format() audio.Format { return audio.Format{Name: "pcm", ClockRate: l.rate} }

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
		Timestamp: l.timeline.given(audio.Samples(audio.PTime, l.rate)),
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
	if now := time.Now(); now.Sub(l.refreshed) > l.lost/refreshPart {
		l.refresh(now)
	}
	select {
	case <-l.done: // after the refresh: over sets the deadline last
		return io.EOF
	default:
	}
	kind, reader, err := l.conn.NextReader()
	if err != nil {
		l.broken(err)
		return err
	}
	if kind == websocket.BinaryMessage {
		return l.readSound(reader)
	}
	text, err := readText(reader)
	if err != nil {
		l.refuseText(err)
		return err
	}
	l.push(text)
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
		l.broken(err)
		return err
	}
	if n%2 != 0 {
		return l.reject(websocket.CloseUnsupportedData, "a binary message must hold whole 16-bit samples")
	}
	switch l.timeline.arrived(n/2, time.Now()) {
	case ahead:
		l.buffer = l.buffer[:rest]
	case afterPause:
		l.buffer = append(l.buffer[:0], l.buffer[rest:]...)
		l.marker = true
	case inTime:
	}
	return nil
}

// readText reads one text message.
func readText(reader io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(reader, textLimit+1))
	switch {
	case err != nil:
		return nil, err
	case len(text) > textLimit:
		return nil, errOversized
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
func (l *Leg) refuseText(err error) {
	switch {
	case errors.Is(err, errOversized):
		_ = l.reject(websocket.CloseMessageTooBig, err.Error())
	case errors.Is(err, errNotJSON):
		_ = l.reject(websocket.CloseUnsupportedData, err.Error())
	default:
		l.broken(err)
	}
}

// push gives text to the taker of Messages. One who takes none loses the leg.
func (l *Leg) push(text []byte) {
	l.mu.Lock()
	full := false
	if !l.closed {
		select {
		case l.in <- text:
		default:
			full = true
		}
	}
	l.mu.Unlock()
	if full {
		_ = l.reject(websocket.ClosePolicyViolation, "messages came faster than they could be taken")
	}
}

// WritePacket queues p's sound for the peer and never blocks; p.Payload is
// copied. Sequence and Timestamp are not sent: a WebSocket keeps order, and
// plays when it comes. Sound for a peer that does not take it is lost, not
// late. It returns io.ErrClosedPipe once the leg is over.
func (l *Leg) WritePacket(p *audio.Packet) error {
	select {
	case <-l.done:
		return io.ErrClosedPipe
	default:
		l.out.sound(p.Payload)
		return nil
	}
}

// Messages returns the JSON texts from the peer, each an object with a type.
// It is closed when the leg is over; a leg whose messages are not taken is
// closed.
func (l *Leg) Messages() <-chan []byte { return l.in }

// Send queues a JSON text for the peer and never blocks; msg must not be
// changed afterwards. A peer that stops reading loses its leg.
func (l *Leg) Send(msg []byte) error {
	select {
	case <-l.done:
		return io.ErrClosedPipe
	default:
	}
	if !l.out.text(msg) {
		l.over(websocket.ClosePolicyViolation, "peer stopped reading")
		return io.ErrClosedPipe
	}
	return nil
}

// Close ends the leg, after what was sent has gone out or cannot. It may be
// called more than once. The first reason given, here or by the leg itself, is
// what Reason returns.
func (l *Leg) Close(reason string) error {
	l.over(websocket.CloseNormalClosure, reason)
	var err error
	l.closeOnce.Do(func() {
		<-l.out.ended
		l.linger()
		err = l.conn.Close()
	})
	return err
}

// Reason says why the leg is over, in words for a log; it is empty before.
func (l *Leg) Reason() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.reason
}

// String returns the leg's transport and encoding.
func (l *Leg) String() string { return "ws(" + l.Format().String() + ")" }
