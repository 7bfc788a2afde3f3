package rtvi

import (
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"huike/audio"
	"huike/session/webrtc"
)

const (
	toSession = 64  // messages that the session has not taken
	early     = 256 // messages kept for a client that has no connection just now
	// settling is how long after the end of the agent's sound a client is told that
	// it was heard whole: an interruption is told at once.
	settling = 100 * time.Millisecond
)

// Leg is one RTVI client's end of a call. It outlives its WebRTC connection: a
// client that lost its network brings another, and the call goes on. ReadPacket
// is for one goroutine, WritePacket for one other; the rest may be called from
// any.
type Leg struct {
	messages chan []byte
	ready    chan struct{} // closed when the client has said client-ready
	begun    chan struct{} // closed when sound can go both ways for the first time
	done     chan struct{} // closed when the leg is over
	quiet    atomic.Bool   // the agent's sound is not wanted

	packet  audio.Packet // of WritePacket
	skipped uint16       // packets that were not wanted

	mu       sync.Mutex
	current  *link         // nil while the client is between two connections
	changed  chan struct{} // closed when current changes
	expected int           // connections that were answered and have not come
	waiting  [][]byte      // for a client without a connection
	newest   *webrtc.Leg   // that there was; nil before the first
	over     bool
	reason   string // why it is over

	words  sync.Mutex // of what follows
	talk   *translator
	settle *time.Timer
}

// link is one connection of a leg's.
type link struct {
	leg  *webrtc.Leg // nil before its sound can go both ways; guarded by Leg.mu
	gone bool        // it is over; guarded by Leg.mu
}

func newLeg(version string) *Leg {
	return &Leg{
		messages: make(chan []byte, toSession),
		ready:    make(chan struct{}), begun: make(chan struct{}), done: make(chan struct{}), changed: make(chan struct{}),
		talk: newTranslator(version),
	}
}

// Format returns Opus at 48 kHz, whatever rate is encoded inside.
func (l *Leg) Format() audio.Format { return audio.Format{Name: "opus", ClockRate: 48000} }

// ReadPacket waits for the client's next packet and fills p; p.Payload is valid
// until the next ReadPacket. After another connection its SSRC and sequence are
// new ones. It returns io.EOF when the client hung up, is lost, or the leg was
// closed; a gap in packets, and one between two connections, is waited out.
func (l *Leg) ReadPacket(p *audio.Packet) error {
	var spent *webrtc.Leg
	for {
		connection, changed := l.connection()
		if connection != nil && connection != spent {
			if connection.ReadPacket(p) == nil {
				return nil
			}
			spent = connection
			continue
		}
		select {
		case <-changed:
		case <-l.done:
			return io.EOF
		}
	}
}

// connection returns the current connection, or nil, and what is closed when it
// changes.
func (l *Leg) connection() (current *webrtc.Leg, changed <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.current == nil {
		return nil, l.changed
	}
	return l.current.leg, l.changed
}

// WritePacket sends p, whose Sequence and Timestamp count from 0. It blocks for no
// longer than the system call, and returns io.ErrClosedPipe once the leg is over.
// What no connection takes is lost, not late. The sound of a turn that the client
// wants in writing alone is not sent, and leaves no gap in the sequence.
func (l *Leg) WritePacket(p *audio.Packet) error {
	select {
	case <-l.done:
		return io.ErrClosedPipe
	default:
	}
	if l.quiet.Load() {
		l.skipped++
		return nil
	}
	current, _ := l.connection()
	if current == nil {
		return nil
	}
	l.packet = *p
	l.packet.Sequence -= l.skipped
	_ = current.WritePacket(&l.packet) // a connection that is over is told by its end
	return nil
}

// Messages returns what the client says beside the sound, as JSON texts of the
// session's. It is closed when the leg is over.
func (l *Leg) Messages() <-chan []byte { return l.messages }

// Send tells the client an event of the session's, as far as RTVI has words for
// it. It never blocks. A client that stops reading loses its connection.
func (l *Leg) Send(msg []byte) error {
	select {
	case <-l.done:
		return io.ErrClosedPipe
	default:
	}
	l.words.Lock()
	l.talk.tell(msg)
	_, out := l.talk.take()
	l.quiet.Store(l.talk.agent.quiet)
	if l.talk.agent.settles {
		l.settleSoon()
	}
	l.words.Unlock()
	return l.tell(out)
}

// settleSoon has the end of the agent's turn told if nothing else comes. It is
// called with l.words held.
func (l *Leg) settleSoon() {
	if l.settle != nil {
		l.settle.Reset(settling)
		return
	}
	l.settle = time.AfterFunc(settling, func() {
		l.words.Lock()
		l.talk.settle()
		_, out := l.talk.take()
		l.words.Unlock()
		_ = l.tell(out) // its end is told elsewhere
	})
}

// tell sends messages to the client, or keeps them until it has a connection.
func (l *Leg) tell(out [][]byte) error {
	l.mu.Lock()
	current := l.current
	if current == nil {
		l.waiting = append(l.waiting, out...)
		if extra := len(l.waiting) - early; extra > 0 {
			l.waiting = slices.Delete(l.waiting, 0, extra)
		}
	}
	l.mu.Unlock()
	if current == nil {
		return nil
	}
	for _, msg := range out {
		if err := current.leg.Send(msg); err != nil {
			return fmt.Errorf("tell the client: %w", err)
		}
	}
	return nil
}

// Close ends the leg: the client is told that its bot has left. It may be called
// more than once; the first reason, here or of the leg itself, is what Reason
// returns.
func (l *Leg) Close(reason string) error {
	current := l.finish(reason)
	if current == nil {
		return nil
	}
	_ = current.leg.Send(left()) // it may be gone
	return current.leg.Close(reason)
}

// finish ends the leg for its reader and for Messages, and returns the connection
// that is to be closed.
func (l *Leg) finish(reason string) *link {
	l.words.Lock()
	if l.settle != nil {
		l.settle.Stop()
	}
	l.words.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.over {
		l.over, l.reason = true, reason
		close(l.done)
		close(l.messages)
	}
	current := l.current
	l.current = nil
	return current
}

// Reason says why the leg is over, in words for a log; it is empty before.
func (l *Leg) Reason() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.reason
}

// String returns the leg's protocol, transport and encoding.
func (l *Leg) String() string { return "rtvi(webrtc(" + l.Format().String() + "))" }
