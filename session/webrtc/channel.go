package webrtc

import (
	"errors"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/pion/datachannel"
	"github.com/pion/webrtc/v4"
)

const (
	channelLabel  = "events"
	messagesIn    = 64  // texts from the peer that nobody took; then the leg is over
	messagesEarly = 256 // texts kept for a peer that has not opened its channel
	readBuffer    = 2 << 10
	// unsent is how many bytes may wait for a peer to take them: more than a
	// minute of a lively call's events.
	unsent     = 256 << 10
	flushWait  = 300 * time.Millisecond
	flushCheck = 5 * time.Millisecond
)

var errNotReading = errors.New("webrtc: peer does not read its messages")

// channel is the leg's data channel, before and after it is open.
type channel struct {
	in    chan []byte // Messages
	over  func(reason string)
	label string // of the data channel; AnyChannel takes the first
	limit int    // bytes of a message from the peer

	// sending keeps texts in order while the early ones are sent.
	sending sync.Mutex
	early   [][]byte // sent before the channel was open
	data    *webrtc.DataChannel
	conn    datachannel.ReadWriteCloser // nil until open

	mu     sync.Mutex // of in, which must not be sent to once closed
	closed bool
}

func newChannel(over func(string)) *channel {
	return &channel{in: make(chan []byte, messagesIn), over: over, label: channelLabel, limit: messageLimit}
}

// take chooses the data channel by its label, and how long its messages may be.
// Zero values leave what it was. It is called before there is an answer.
func (c *channel) take(label string, limit int) {
	if label != "" {
		c.label = label
	}
	if limit > 0 {
		c.limit = min(limit, messageMost)
	}
}

// offer takes the channel that the peer opened, if it is the one for messages.
// It is called by pion.
func (c *channel) offer(data *webrtc.DataChannel) {
	if c.label != AnyChannel && data.Label() != c.label {
		data.OnOpen(func() { _ = data.Close() })
		return
	}
	data.OnOpen(func() { c.carry(data) })
}

// carry sends what waited and reads until the channel ends. pion calls it on a
// goroutine of its own, in place of the one that would read for it.
func (c *channel) carry(data *webrtc.DataChannel) {
	conn, err := data.Detach()
	if err != nil {
		return
	}
	c.sending.Lock()
	if c.conn != nil { // a second channel of that name
		c.sending.Unlock()
		_ = conn.Close()
		return
	}
	c.conn, c.data = conn, data
	for _, msg := range c.early {
		_, err = conn.WriteDataChannel(msg, true)
	}
	c.early = nil
	c.sending.Unlock()
	if err == nil {
		c.read(conn)
	}
}

func (c *channel) read(conn datachannel.Reader) {
	buffer := make([]byte, readBuffer)
	for {
		n, _, err := conn.ReadDataChannel(buffer)
		switch {
		case errors.Is(err, io.ErrShortBuffer) && len(buffer) < c.limit:
			buffer = make([]byte, min(2*len(buffer), c.limit)) // the text is still there
		case errors.Is(err, io.ErrShortBuffer):
			c.over("peer sent an oversized message")
			return
		case err != nil:
			return // the channel is closed; the call may go on without
		default:
			c.push(slices.Clone(buffer[:n]))
		}
	}
}

// push gives msg to the taker of Messages. One who takes none loses the leg.
func (c *channel) push(msg []byte) {
	c.mu.Lock()
	full := false
	if !c.closed {
		select {
		case c.in <- msg:
		default:
			full = true
		}
	}
	c.mu.Unlock()
	if full {
		c.over("messages from the peer were not taken")
	}
}

// send queues msg and never blocks.
func (c *channel) send(msg []byte) error {
	c.sending.Lock()
	defer c.sending.Unlock()
	if c.conn == nil {
		if len(c.early) == messagesEarly {
			c.early = c.early[1:] // a peer without the channel still has its sound
		}
		c.early = append(c.early, slices.Clone(msg))
		return nil
	}
	if c.data.BufferedAmount() > unsent {
		c.over("peer stopped reading messages")
		return errNotReading
	}
	_, err := c.conn.WriteDataChannel(msg, true)
	return err
}

// flush waits a moment until the peer has what was sent.
func (c *channel) flush() {
	c.sending.Lock()
	data := c.data
	c.sending.Unlock()
	if data == nil {
		return
	}
	tick := time.NewTicker(flushCheck)
	defer tick.Stop()
	for deadline := time.Now().Add(flushWait); data.BufferedAmount() > 0; {
		if now := <-tick.C; now.After(deadline) {
			return
		}
	}
}

// close ends Messages.
func (c *channel) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed {
		c.closed = true
		close(c.in)
	}
}
