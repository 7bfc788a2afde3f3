// Package wire is what every call over a WebSocket (RFC 6455) needs, whatever
// is spoken on it: one writer behind a bounded queue, a bounded inbox of texts,
// pings and deadlines, a close that tells why, and a [Server] that admits,
// counts and ends connections. The rooms beside it (ws, twilio, realtime) say
// what the messages mean; this one does not look into them.
//
// Goroutines. Config.Handle runs on the HTTP request's own goroutine. Each
// [Conn] has one more, which writes, and sends the pings. Reading, control
// frames included, is done by whoever calls [Conn.Next].
package wire

import (
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

const (
	messagesIn  = 64 // texts that nobody took; then the connection is over
	refreshPart = 30 // of lost: how often the read deadline is moved, which costs a timer
	lingerTime  = 500 * time.Millisecond
	lingerBytes = 1 << 20
)

// DefaultLost is how long a peer may send nothing, not even an answer to a
// ping: it lets two pings of three be lost in a stall.
const DefaultLost = 30 * time.Second

// PeerHungUp is what Reason says when the peer closed the connection in order.
const PeerHungUp = "peer hung up"

// The errors of a Conn. Whoever gets one returns io.EOF to its own caller.
var (
	// ErrRejected is the error of a peer that broke the protocol and was told so.
	ErrRejected = errors.New("wire: the peer broke the protocol")
	// ErrTooLong is the error of a text that is longer than its limit.
	ErrTooLong = errors.New("wire: the text is too long")
	// ErrFlooded is the error of texts that nobody takes in time.
	ErrFlooded = errors.New("messages came faster than they could be taken")
)

// Conn is a WebSocket that carries one call. Next and what reads from its
// readers are for one goroutine; the rest may be called from any.
type Conn struct {
	conn *websocket.Conn
	lost time.Duration // without a word from the peer until the connection is over
	out  *writer
	done chan struct{} // closed when the connection is over

	refreshed time.Time // of the reader
	tripped   atomic.Int64

	mu     sync.Mutex
	in     chan []byte // Messages
	closed bool        // in is closed
	reason string

	closeOnce sync.Once
}

// New takes over an open WebSocket and starts its writer. Zero lost is
// [DefaultLost]. Close must be called.
func New(conn *websocket.Conn, lost time.Duration) *Conn {
	if lost == 0 {
		lost = DefaultLost
	}
	if tcp, ok := conn.NetConn().(*net.TCPConn); ok {
		_ = tcp.SetWriteBuffer(socketBuffer) // what waits in there is late already
	}
	c := &Conn{conn: conn, lost: lost, done: make(chan struct{}), in: make(chan []byte, messagesIn)}
	c.out = newWriter(conn, lost, c.done, c.Over)
	conn.SetPongHandler(func(string) error {
		now := time.Now()
		c.tripped.Store(int64(c.out.tripped(now)))
		c.refresh(now)
		return nil
	})
	go c.out.run()
	return c
}

// Next waits for the peer's next message. It answers pings meanwhile. Its error
// means that the connection is over, and Reason says why.
func (c *Conn) Next() (kind int, message io.Reader, err error) {
	if now := time.Now(); now.Sub(c.refreshed) > c.lost/refreshPart {
		c.refresh(now)
	}
	return c.next()
}

// First is Next for a peer that must say something within patience. Its error
// has not ended the connection: Reject tells the peer what was due.
func (c *Conn) First(patience time.Duration) (kind int, message io.Reader, err error) {
	c.setReadDeadline(time.Now().Add(patience))
	if c.over() {
		return 0, nil, io.EOF
	}
	return c.conn.NextReader()
}

func (c *Conn) next() (kind int, message io.Reader, err error) {
	if c.over() { // after the refresh: Over sets the deadline last
		return 0, nil, io.EOF
	}
	kind, message, err = c.conn.NextReader()
	if err != nil {
		c.Broken(err)
	}
	return kind, message, err
}

// ReadText appends a message's bytes to buffer, at most limit of them. What is
// longer is ErrTooLong; other errors are the connection's, for Broken.
func ReadText(message io.Reader, buffer []byte, limit int) ([]byte, error) {
	began := len(buffer)
	for {
		if len(buffer) == cap(buffer) {
			buffer = append(buffer, 0)[:len(buffer)]
		}
		n, err := message.Read(buffer[len(buffer):cap(buffer)])
		buffer = buffer[:len(buffer)+n]
		switch {
		case len(buffer)-began > limit:
			return buffer[:began], ErrTooLong
		case errors.Is(err, io.EOF):
			return buffer, nil
		case err != nil:
			return buffer[:began], err
		}
	}
}

// Deliver gives text to the taker of Messages, who owns it from here on. It
// returns ErrFlooded where nobody takes them: Reject such a peer.
func (c *Conn) Deliver(text []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil
	}
	select {
	case c.in <- text:
		return nil
	default:
		return ErrFlooded
	}
}

// Messages returns the texts of Deliver. It is closed when the connection is
// over.
func (c *Conn) Messages() <-chan []byte { return c.in }

// Sound queues a copy of data as a message of that kind, and never blocks.
// Sound for a peer that does not take it is lost, not late. It returns
// io.ErrClosedPipe once the connection is over.
func (c *Conn) Sound(kind int, data []byte) error {
	if c.over() {
		return io.ErrClosedPipe
	}
	c.out.sound(kind, data)
	return nil
}

// Send queues a text for the peer and never blocks; text must not be changed
// afterwards. A peer that stops reading loses the connection. It returns
// io.ErrClosedPipe once the connection is over.
func (c *Conn) Send(text []byte) error {
	if c.over() {
		return io.ErrClosedPipe
	}
	if !c.out.text(text) {
		c.Over(websocket.ClosePolicyViolation, "peer stopped reading")
		return io.ErrClosedPipe
	}
	return nil
}

// Reject ends the connection because the peer broke the protocol. told, if not
// nil, is a last text that says so in the protocol's own words. It returns
// ErrRejected.
func (c *Conn) Reject(code int, why string, told []byte) error {
	if told != nil && !c.over() {
		c.out.text(told)
	}
	c.Over(code, why)
	return ErrRejected
}

// Over ends the connection, once, with an RFC 6455 section 7.4.1 code and a
// reason: its reader, its Messages and, after what is queued, its writer, which
// sends the close frame. Close must still be called.
func (c *Conn) Over(code int, reason string) {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return
	}
	c.closed = true
	c.reason = reason
	c.out.code, c.out.reason = code, reason
	close(c.in)
	close(c.done)
	c.mu.Unlock()
	c.setReadDeadline(time.Now())
	// An ordinary write's deadline would hold up the close of a stuck peer.
	_ = c.conn.NetConn().SetWriteDeadline(time.Now().Add(lastWrite))
}

// Broken ends the connection for an error of reading from it.
func (c *Conn) Broken(err error) {
	var closed *websocket.CloseError
	var network net.Error
	switch {
	case errors.As(err, &closed) && closed.Code == websocket.CloseAbnormalClosure:
		c.Over(websocket.CloseNormalClosure, "peer lost")
	case errors.As(err, &closed) && closed.Code == websocket.CloseProtocolError,
		errors.As(err, &closed) && closed.Code == websocket.CloseInvalidFramePayloadData:
		c.Over(closed.Code, "peer broke the WebSocket protocol")
	case errors.As(err, &closed):
		c.Over(websocket.CloseNormalClosure, PeerHungUp)
	case errors.As(err, &network) && network.Timeout():
		c.Over(websocket.ClosePolicyViolation, "peer lost")
	default:
		c.Over(websocket.CloseProtocolError, "peer lost")
	}
}

// Close ends the connection, after what was sent has gone out or cannot. It may
// be called more than once. The first reason given, here or before, is what
// Reason returns.
func (c *Conn) Close(reason string) error {
	c.Over(websocket.CloseNormalClosure, reason)
	var err error
	c.closeOnce.Do(func() {
		<-c.out.ended
		c.linger()
		err = c.conn.Close()
	})
	return err
}

// Done is closed when the connection is over.
func (c *Conn) Done() <-chan struct{} { return c.done }

// Reason says why the connection is over, in words for a log; it is empty
// before.
func (c *Conn) Reason() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.reason
}

// RoundTrip is how long the latest ping took to be answered; 0 before the first
// answer.
func (c *Conn) RoundTrip() time.Duration { return time.Duration(c.tripped.Load()) }

func (c *Conn) over() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// linger reads on for a moment after the close frame: to close a socket that
// holds unread bytes would reset it, and take from the peer what it was told.
func (c *Conn) linger() {
	conn := c.conn.NetConn()
	if half, ok := conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
	_ = conn.SetReadDeadline(time.Now().Add(lingerTime))
	_, _ = io.CopyN(io.Discard, conn, lingerBytes)
}

// refresh gives the peer time to send anything, a pong at least.
func (c *Conn) refresh(now time.Time) {
	c.refreshed = now
	c.setReadDeadline(now.Add(c.lost))
}

func (c *Conn) setReadDeadline(at time.Time) { _ = c.conn.SetReadDeadline(at) }
