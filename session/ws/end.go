package ws

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"time"

	"github.com/gorilla/websocket"
)

var errRejected = errors.New("ws: the peer broke the protocol")

// over ends the leg, once: its reader, its Messages and, after what is queued,
// its writer, which sends the close frame.
func (l *Leg) over(code int, reason string) {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return
	}
	l.closed = true
	l.code, l.reason = code, reason
	l.out.code, l.out.reason = code, reason
	close(l.in)
	close(l.done)
	l.mu.Unlock()
	l.setReadDeadline(time.Now())
	// An ordinary write's deadline would hold up the close of a stuck peer.
	_ = l.conn.NetConn().SetWriteDeadline(time.Now().Add(lastWrite))
}

// reject tells the peer what it did wrong and ends the leg.
func (l *Leg) reject(code int, why string) error {
	msg, err := json.Marshal(struct {
		Type  string `json:"type"`
		Error string `json:"error"`
	}{"error", why})
	if err == nil {
		l.out.text(msg)
	}
	l.over(code, why)
	return errRejected
}

// broken ends the leg for an error of the connection.
func (l *Leg) broken(err error) {
	var closed *websocket.CloseError
	var network net.Error
	switch {
	case errors.As(err, &closed) && closed.Code == websocket.CloseAbnormalClosure:
		l.over(websocket.CloseNormalClosure, "peer lost")
	case errors.As(err, &closed) && closed.Code == websocket.CloseProtocolError,
		errors.As(err, &closed) && closed.Code == websocket.CloseInvalidFramePayloadData:
		l.over(closed.Code, "peer broke the WebSocket protocol")
	case errors.As(err, &closed):
		l.over(websocket.CloseNormalClosure, "peer hung up")
	case errors.As(err, &network) && network.Timeout():
		l.over(websocket.ClosePolicyViolation, "peer lost")
	default:
		l.over(websocket.CloseProtocolError, "peer lost")
	}
}

// linger reads on for a moment after the close frame: to close a socket that
// holds unread bytes would reset it, and take from the peer what it was told.
func (l *Leg) linger() {
	conn := l.conn.NetConn()
	if half, ok := conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
	_ = conn.SetReadDeadline(time.Now().Add(lingerTime))
	_, _ = io.CopyN(io.Discard, conn, lingerBytes)
}

// refresh gives the peer time to send anything, a pong at least.
func (l *Leg) refresh(now time.Time) {
	l.refreshed = now
	l.setReadDeadline(now.Add(l.lost))
}

func (l *Leg) setReadDeadline(at time.Time) { _ = l.conn.SetReadDeadline(at) }
