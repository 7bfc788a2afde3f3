package wire

import (
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

const (
	soundQueue   = 50  // x 20 ms = 1 s; what is more is lost
	textQueue    = 256 // texts; what is more ends the connection
	textBytes    = 2 << 20
	socketBuffer = 64 << 10
	lastWrite    = time.Second // for all that is queued when the connection is over
	pingPart     = 3           // of lost: the time between pings
	stallPart    = 6           // of lost: the time that one message may take
)

// item is one message to be written.
type item struct {
	kind  int // websocket.TextMessage or websocket.BinaryMessage
	data  []byte
	sound bool // data goes back to the free buffers
}

// writer writes a connection's messages. Its queue keeps sound and texts in
// order.
type writer struct {
	conn  *websocket.Conn
	lost  time.Duration
	queue chan item
	free  chan []byte // buffers for sound; none left means that sound is lost
	done  <-chan struct{}
	ended chan struct{} // closed when run has returned
	over  func(code int, reason string)
	texts atomic.Int64              // bytes of the texts in queue
	ping  atomic.Pointer[time.Time] // when the latest ping was sent; nil: none was

	code   int // of the close frame; set before done is closed
	reason string
}

func newWriter(conn *websocket.Conn, lost time.Duration, done <-chan struct{}, over func(int, string)) *writer {
	w := &writer{
		conn: conn, lost: lost, done: done, over: over,
		queue: make(chan item, soundQueue+textQueue),
		free:  make(chan []byte, soundQueue),
		ended: make(chan struct{}),
	}
	for range soundQueue {
		w.free <- nil // grows to one packet when first used
	}
	return w
}

// sound queues a copy of data, or loses it.
func (w *writer) sound(kind int, data []byte) {
	select {
	case buffer := <-w.free:
		buffer = append(buffer[:0], data...)
		select {
		case w.queue <- item{kind, buffer, true}:
		default:
			w.free <- buffer
		}
	default:
	}
}

// text queues msg, or reports that the queue is full.
func (w *writer) text(msg []byte) bool {
	if len(w.queue) >= textQueue || w.texts.Load() > textBytes {
		return false
	}
	w.texts.Add(int64(len(msg)))
	select {
	case w.queue <- item{websocket.TextMessage, msg, false}:
		return true
	default:
		return false
	}
}

// tripped is how long the latest ping took that was answered at now; 0 for an answer
// to none.
func (w *writer) tripped(now time.Time) time.Duration {
	at := w.ping.Load()
	if at == nil {
		return 0
	}
	return now.Sub(*at)
}

// run writes until the connection is over, then what is still queued and the
// close frame.
func (w *writer) run() {
	defer close(w.ended)
	ping := time.NewTicker(w.lost / pingPart)
	defer ping.Stop()
	for {
		select {
		case next := <-w.queue:
			_ = w.conn.SetWriteDeadline(time.Now().Add(w.lost / stallPart))
			if !w.write(next) {
				w.over(websocket.ClosePolicyViolation, "peer stopped reading")
				return
			}
		case <-ping.C:
			now := time.Now()
			w.ping.Store(&now)
			if w.conn.WriteControl(websocket.PingMessage, nil, now.Add(w.lost/stallPart)) != nil {
				w.over(websocket.ClosePolicyViolation, "peer lost")
				return
			}
		case <-w.done:
			w.finish()
			return
		}
	}
}

func (w *writer) write(next item) bool {
	err := w.conn.WriteMessage(next.kind, next.data)
	if next.sound {
		w.free <- next.data
	} else {
		w.texts.Add(-int64(len(next.data)))
	}
	return err == nil
}

// finish writes what is queued but sound, which would be late, and says
// goodbye.
func (w *writer) finish() {
	deadline := time.Now().Add(lastWrite)
	_ = w.conn.SetWriteDeadline(deadline)
	for {
		select {
		case next := <-w.queue:
			if !next.sound && !w.write(next) {
				return
			}
		default:
			goodbye := websocket.FormatCloseMessage(w.code, closeText(w.reason))
			_ = w.conn.WriteControl(websocket.CloseMessage, goodbye, deadline)
			return
		}
	}
}

// closeText cuts reason to what a close frame holds (RFC 6455 section 5.5).
func closeText(reason string) string {
	const limit = 123 // bytes
	if len(reason) > limit {
		return reason[:limit]
	}
	return reason
}
