package stream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"huike/audio/asr"
)

// errForGood is the error of a server that another try does not mend.
var errForGood = errors.New("the server refuses")

// connection hears one turn.
type connection struct {
	turn     string
	protocol Protocol
	ws       *websocket.Conn
	code     func([]int16) []Message
	expire   *time.Timer
	read     chan struct{} // closed when nobody reads any more
	news     chan struct{} // of length 1: something was read

	using sync.Mutex // for one hear at a time, which alone writes to ws
	sent  int        // samples
	ended bool       // the end was told

	mu         sync.Mutex // guards what was read
	finals     []string
	open       string // words that may change
	others     []string
	sum        float64 // of the final words' confidences
	said       int     // of those that have one
	done       bool
	err        error
	toldTheEnd bool
}

func dial(ctx context.Context, r *Recognizer, hint asr.Hint) (*connection, error) {
	address, header, first := r.Protocol.Open(r.URL, r.Key, hint)
	dialer := websocket.Dialer{Proxy: http.ProxyFromEnvironment, HandshakeTimeout: r.timeout()}
	ws, answer, err := dialer.DialContext(ctx, address, header)
	if err != nil {
		if answer != nil {
			_ = answer.Body.Close()
			if s := answer.StatusCode; s < 500 && s != http.StatusTooManyRequests && s != http.StatusOK {
				return nil, fmt.Errorf("%w: status %d", errForGood, s)
			}
			return nil, fmt.Errorf("status %d: %w", answer.StatusCode, err)
		}
		return nil, fmt.Errorf("open: %w", err)
	}
	ws.SetReadLimit(mostRead)
	c := &connection{
		turn: hint.Turn, protocol: r.Protocol, ws: ws, code: r.Protocol.Coder(),
		read: make(chan struct{}), news: make(chan struct{}, 1),
	}
	go c.listen()
	if err := c.write(ctx, first); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// close ends the connection and waits for its reader.
func (c *connection) close() {
	_ = c.ws.Close() // the reader ends by it
	<-c.read
}

// listen reads until the connection ends.
func (c *connection) listen() {
	defer close(c.read)
	for {
		kind, data, err := c.ws.ReadMessage()
		var heard Heard
		if err == nil {
			heard, err = c.protocol.Read(Message{Data: data, Binary: kind == websocket.BinaryMessage})
		}
		c.take(heard, err)
		select {
		case c.news <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

// take keeps what a message said.
func (c *connection) take(h Heard, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil {
		err = h.Err
	}
	if err != nil {
		if c.toldTheEnd && websocket.IsCloseError(err, websocket.CloseNormalClosure) {
			c.done = true // the server has nothing more to say
			return
		}
		c.err = fmt.Errorf("read: %w", err)
		return
	}
	switch {
	case h.Final:
		c.open = ""
		if h.Text != "" {
			c.finals = append(c.finals, h.Text)
			c.others = h.Others
		}
		if h.Confidence > 0 && h.Text != "" {
			c.sum += h.Confidence
			c.said++
		}
	case h.Append:
		c.open += h.Text
	case h.Text != "":
		c.open = h.Text
	}
	if h.Done && c.toldTheEnd {
		c.done = true
	}
}

// hear sends the sound that the server has not, and for a final its end, for whose
// answer it waits.
func (c *connection) hear(ctx context.Context, pcm []int16, final bool) error {
	c.using.Lock()
	defer c.using.Unlock()
	c.expire.Reset(idle)
	if err := c.failed(); err != nil {
		return err
	}
	for c.sent < len(pcm) {
		n := min(piece, len(pcm)-c.sent)
		if err := c.write(ctx, c.code(pcm[c.sent:c.sent+n])); err != nil {
			return err
		}
		c.sent += n
	}
	if !final {
		return nil
	}
	if !c.ended {
		c.ended = true
		c.mu.Lock()
		c.toldTheEnd = true
		c.mu.Unlock()
		if err := c.write(ctx, c.protocol.End()); err != nil {
			return err
		}
	}
	for {
		c.mu.Lock()
		done, err := c.done, c.err
		c.mu.Unlock()
		if done || err != nil {
			return err
		}
		select {
		case <-c.news:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (c *connection) failed() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

func (c *connection) write(ctx context.Context, messages []Message) error {
	deadline, _ := ctx.Deadline() // there is one: Recognize's
	if err := c.ws.SetWriteDeadline(deadline); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	for _, m := range messages {
		kind := websocket.TextMessage
		if m.Binary {
			kind = websocket.BinaryMessage
		}
		if err := c.ws.WriteMessage(kind, m.Data); err != nil {
			return fmt.Errorf("write: %w", errors.Join(err, io.ErrClosedPipe))
		}
	}
	return nil
}

// fill writes what was heard into the result.
func (c *connection) fill(result *asr.Result) {
	c.mu.Lock()
	defer c.mu.Unlock()
	settled := join(c.finals)
	result.Text = strings.TrimSpace(join([]string{settled, c.open}))
	if !result.Final {
		result.Stable = min(len(settled), len(result.Text))
	}
	if len(c.finals) == 1 {
		result.Alternatives = c.others
	}
	if c.said > 0 {
		result.Confidence = min(c.sum/float64(c.said), 1)
	}
}

// join puts texts behind one another, with a space but between Han characters.
func join(texts []string) string {
	var b strings.Builder
	for _, t := range texts {
		t = strings.TrimSpace(t)
		if b.Len() > 0 && t != "" && t[0] < 0x80 && b.String()[b.Len()-1] < 0x80 {
			b.WriteByte(' ')
		}
		b.WriteString(t)
	}
	return b.String()
}
