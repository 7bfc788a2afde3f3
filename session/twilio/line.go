package twilio

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"huike/session/wire"
)

const (
	textLimit = 64 << 10 // bytes of one message; Twilio's longest are a stream's parameters
	keypad    = "0123456789*#"
)

// HandedOver is what Reason says of a leg that ended because Twilio connects the
// caller with a person.
const HandedOver = "handed over"

var (
	errNoText   = errors.New("every message must be a text of JSON")
	errTooLong  = errors.New("a message may have 65536 bytes")
	errNoObject = errors.New("every message must be a JSON object")
	errTarget   = errors.New("twilio: a call is handed to a number like +14155550100 or an address like sip:desk@shop.example")
)

// line is what both kinds of leg have: Twilio's WebSocket, and the handoff.
type line struct {
	server  *Server
	wire    *wire.Conn
	call    string // CallSid
	text    []byte // the reader's latest message
	ignored atomic.Uint64

	mu      sync.Mutex
	id      string // the call's own id, under which its brief is found
	handoff handoffData
	armed   bool        // a person is to have the call once the agent has finished
	timer   *time.Timer // hands over an agent who never finishes
}

// handoffPatience is how long the agent may speak after it has asked for a person.
const handoffPatience = 15 * time.Second

// read waits for the next message, which stays valid until the next read. Its
// error means that the leg is over.
func (l *line) read(next func() (int, io.Reader, error)) ([]byte, error) {
	kind, message, err := next()
	if err != nil {
		return nil, err
	}
	if kind != websocket.TextMessage {
		return nil, l.reject(websocket.CloseUnsupportedData, errNoText)
	}
	l.text, err = wire.ReadText(message, l.text[:0], textLimit)
	switch {
	case errors.Is(err, wire.ErrTooLong):
		return nil, l.reject(websocket.CloseMessageTooBig, errTooLong)
	case err != nil:
		l.wire.Broken(err)
		return nil, err
	case !json.Valid(l.text) || l.text[space(l.text, 0)] != '{':
		return nil, l.reject(websocket.CloseUnsupportedData, errNoObject)
	}
	return l.text, nil
}

// reject ends the leg because the peer broke the protocol; Twilio shows the close
// frame's reason in its console.
func (l *line) reject(code int, why error) error { return l.wire.Reject(code, why.Error(), nil) }

// deliver gives the session a message.
func (l *line) deliver(message any) error {
	text, err := json.Marshal(message)
	if err != nil { // of strings: never
		return err
	}
	if err := l.wire.Deliver(text); err != nil {
		return l.reject(websocket.ClosePolicyViolation, err)
	}
	return nil
}

// key gives the session a key of the keypad. Those with letters are none of its.
func (l *line) key(digit []byte) error {
	if len(digit) != 1 || !strings.Contains(keypad, string(digit)) {
		l.ignored.Add(1)
		return nil
	}
	return l.deliver(struct {
		Type string `json:"type"`
		Key  string `json:"key"`
	}{"key", string(digit)})
}

// send queues a message for Twilio.
func (l *line) send(message any) error {
	text, err := json.Marshal(message)
	if err != nil {
		return fmt.Errorf("twilio: %w", err)
	}
	return l.wire.Send(text)
}

// event is what a leg reads of the session's events.
type event struct {
	Type          string `json:"type"`
	Call          string `json:"call"`
	Party         string `json:"party"`
	State         string `json:"state"`
	Reason        string `json:"reason"`
	Lang          string `json:"lang"`
	Text          string `json:"text"`
	Turn          uint32 `json:"turn"`
	On            bool   `json:"on"`
	Final         bool   `json:"final"`
	Interruptible *bool  `json:"interruptible"`
}

// parse reads an event of the session; what is none says nothing.
func parse(msg []byte) event {
	var ev event
	if json.Unmarshal(msg, &ev) != nil {
		return event{}
	}
	return ev
}

// follow notes what the handoff needs of the session's events; leave is called,
// once, when a person should have the call and the agent never finishes.
func (l *line) follow(ev event, leave func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case ev.Type == "started":
		l.id = ev.Call
	case ev.Type != "handoff":
	case ev.State == "waiting" && l.server.config.Dial != "":
		l.handoff = handoffData{ReasonCode: "handoff", Reason: ev.Reason, Call: l.id}
		l.armed = true
		if l.timer == nil {
			l.timer = time.AfterFunc(handoffPatience, leave)
		}
	default: // a person at the desk was quicker, or nobody is wanted any more
		l.disarm()
	}
}

// disarm gives up the handoff. The mutex is held.
func (l *line) disarm() {
	l.armed = false
	if l.timer != nil {
		l.timer.Stop()
		l.timer = nil
	}
}

// leaving returns the handoff that is due, which is no longer due then.
func (l *line) leaving() (handoffData, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	due := l.armed
	l.disarm()
	return l.handoff, due
}

// waits tells whether a person is to have the call.
func (l *line) waits() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.armed
}

// transfer arms a handoff to target.
func (l *line) transfer(target string) error {
	if !IsTarget(target) {
		return errTarget
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.handoff = handoffData{ReasonCode: "transfer", Reason: "transfer", Call: l.id, Target: target}
	l.armed = true
	return nil
}

// Messages returns what the caller's side says beside the sound, as JSON texts.
// It is closed when the leg is over.
func (l *line) Messages() <-chan []byte { return l.wire.Messages() }

// Reason says why the leg is over, in words for a log; it is empty before.
func (l *line) Reason() string { return l.wire.Reason() }

// RoundTrip is how long Twilio took to answer the latest ping; 0 before that.
func (l *line) RoundTrip() time.Duration { return l.wire.RoundTrip() }
