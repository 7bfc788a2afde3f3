package session

import (
	"encoding/binary"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"huike/audio"
	"huike/audio/codec"
	"huike/dialog"
	"huike/session/journal"
)

// caller is a leg with a person behind it: a goroutine sends a packet each
// PTime, half a PTime out of step with the call, with what the script says. The
// call's own goroutines use it as their leg. It is made in a synctest bubble.
type caller struct {
	tb       testing.TB
	began    time.Time
	packets  chan audio.Packet
	messages chan []byte
	gone     chan struct{} // closed when the leg has ended

	mu      sync.Mutex
	voice   []int16           // still to be spoken
	words   string            // what a recogniser may make of what is being said
	number  uint16            // of the next packet
	lose    func(uint16) bool // packets that do not arrive; nil for none
	stalled bool              // the network holds packets back
	held    []audio.Packet
	silent  bool // sends nothing while there is nothing to say
	heard   []sounded
	told    []journal.Event
	closed  string        // the reason of the first Close
	after   int           // messages sent to it after Close
	deaf    chan struct{} // not nil: WritePacket blocks until it is closed
	failing bool          // WritePacket fails
	mute    bool          // the leg carries words in place of sound
	panics  bool          // ReadPacket panics
	mutters bool          // WritePacket does
}

// sounded is one packet that the caller received.
type sounded struct {
	at      time.Duration // call time
	stamp   uint32
	number  uint16
	mark    bool
	samples []int16
}

// loud says whether it is more than silence.
func (s sounded) loud() bool { return slices.Max(s.samples) > 0 }

func newCaller(tb testing.TB) *caller {
	tb.Helper()
	return &caller{
		tb: tb, began: time.Now(), packets: make(chan audio.Packet, 1024), messages: make(chan []byte, 64),
		gone: make(chan struct{}),
	}
}

// speak is the goroutine that sends what the caller says.
func (c *caller) speak() {
	timer := time.NewTimer(audio.PTime / 2)
	defer timer.Stop()
	for n := 1; ; n++ {
		select {
		case <-c.gone:
			return
		case <-timer.C:
		}
		c.send()
		timer.Reset(time.Until(c.began.Add(time.Duration(n)*audio.PTime + audio.PTime/2)))
	}
}

// send sends one PTime.
func (c *caller) send() {
	c.mu.Lock()
	defer c.mu.Unlock()
	frame := make([]int16, audio.FrameSamples)
	n := copy(frame, c.voice)
	c.voice = c.voice[n:]
	number := c.number
	c.number++
	if c.silent && n == 0 || c.lose != nil && c.lose(number) {
		return
	}
	p := audio.Packet{
		SSRC: 7, Sequence: number, Timestamp: uint32(number) * audio.FrameSamples, Payload: bytesOf(frame),
	}
	if c.stalled {
		c.held = append(c.held, p)
		return
	}
	c.deliver(p)
}

func (c *caller) deliver(p audio.Packet) {
	select {
	case c.packets <- p:
	default:
		c.tb.Error("the call does not read its packets")
	}
}

// stall has the network hold packets back for d; keep says whether they come in
// one burst after it, or are lost.
func (c *caller) stall(d time.Duration, keep bool) {
	c.mu.Lock()
	c.stalled = true
	c.mu.Unlock()
	time.Sleep(d)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stalled = false
	for _, p := range c.held {
		if keep {
			c.deliver(p)
		}
	}
	c.held = nil
}

// behave changes how the caller, or the leg, behaves from now on.
func (c *caller) behave(change func(c *caller)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change(c)
}

// say begins to speak a clip that a recogniser may hear as words, and returns
// when it will be over.
func (c *caller) say(clip []int16, words string) (end time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.words = words
	c.voice = append(slices.Clip(c.voice), clip...)
	return time.Since(c.began) + audio.Duration(len(c.voice), audio.Rate)
}

// press, type and the like are messages of the caller's page.
func (c *caller) write(message string) { c.messages <- []byte(message) }

func (c *caller) press(keys string) {
	for _, k := range keys {
		c.write(`{"type":"key","key":"` + string(k) + `"}`)
	}
}

// hangUp ends the leg from the caller's side.
func (c *caller) hangUp() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed == "" {
		c.closed = "caller hung up"
		close(c.gone)
		close(c.messages)
	}
}

func (c *caller) now() time.Duration { return time.Since(c.began) }

// The leg.

func (c *caller) Format() audio.Format {
	if c.mute {
		return audio.Format{Name: "text"}
	}
	return codec.PCM(audio.Rate)
}

func (c *caller) ReadPacket(p *audio.Packet) error {
	select {
	case <-c.gone:
		return io.EOF
	case *p = <-c.packets:
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.panics {
		panic("the leg is broken") //nolint:forbidigo // what the test is about
	}
	return nil
}

func (c *caller) WritePacket(p *audio.Packet) error {
	c.mu.Lock()
	deaf := c.deaf
	c.mu.Unlock()
	if deaf != nil {
		select {
		case <-deaf:
		case <-c.gone:
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.mutters {
		panic("the leg is broken") //nolint:forbidigo // what the test is about
	}
	if c.failing || c.closed != "" {
		return io.ErrClosedPipe
	}
	c.heard = append(c.heard, sounded{
		at: time.Since(c.began), stamp: p.Timestamp, number: p.Sequence, mark: p.Marker, samples: samplesOf(p.Payload),
	})
	return nil
}

func (c *caller) Messages() <-chan []byte { return c.messages }

func (c *caller) Send(message []byte) error {
	var ev journal.Event
	if err := json.Unmarshal(message, &ev); err != nil {
		c.tb.Errorf("message %q: %v", message, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed != "" {
		c.after++
		return io.ErrClosedPipe
	}
	c.told = append(c.told, ev)
	return nil
}

func (c *caller) Close(reason string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed == "" {
		c.closed = reason
		close(c.gone)
		close(c.messages)
	}
	return nil
}

// What the caller saw and heard.

// events returns what the page was told, of the given types; all without any.
func (c *caller) events(types ...journal.Type) []journal.Event {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []journal.Event
	for _, ev := range c.told {
		if len(types) == 0 || slices.Contains(types, ev.Type) {
			out = append(out, ev)
		}
	}
	return out
}

// sounds returns the packets with sound since from.
func (c *caller) sounds(from time.Duration) []sounded {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []sounded
	for _, s := range c.heard {
		if s.at >= from && s.loud() {
			out = append(out, s)
		}
	}
	return out
}

// read returns the captions of a party since from, joined.
func (c *caller) read(party dialog.Party, from time.Duration) string {
	var texts []string
	for _, ev := range c.events(journal.TypeCaption) {
		if ev.Party == party && ev.Final && ev.At >= journal.MS(from) {
			texts = append(texts, ev.Text)
		}
	}
	return strings.Join(texts, " ")
}

func bytesOf(pcm []int16) []byte {
	payload := make([]byte, 2*len(pcm))
	for i, v := range pcm {
		binary.LittleEndian.PutUint16(payload[2*i:], uint16(v))
	}
	return payload
}

func samplesOf(payload []byte) []int16 {
	pcm := make([]int16, len(payload)/2)
	for i := range pcm {
		pcm[i] = int16(binary.LittleEndian.Uint16(payload[2*i:]))
	}
	return pcm
}
