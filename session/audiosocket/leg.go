package audiosocket

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"huike/audio"
	"huike/audio/codec"
	"huike/audio/resample"
	"huike/session/wire"
)

const (
	messagesIn = 64 // texts that nobody took; then the leg is over
	keypad     = "0123456789*#"
	longest    = 10 // x 20 ms = 200 ms: what a frame of sound may hold
)

// The errors of a peer that breaks the protocol, as the log has them.
var (
	errNoUUID    = errors.New("no UUID came in time")
	errFirst     = errors.New("the first frame must be a UUID of 16 bytes")
	errTwice     = errors.New("a call is named once")
	errHalf      = errors.New("sound must be whole 16-bit samples")
	errLong      = errors.New("a frame may hold 200 ms of sound")
	errFlood     = errors.New("keys came faster than they could be taken")
	errPeer      = errors.New("the peer reports an error")
	errPeerClose = errors.New("peer hung up")
)

// Leg is the caller's end of a call by AudioSocket. ReadPacket is for one
// goroutine; the rest may be called from any.
type Leg struct {
	conn net.Conn
	lost time.Duration
	scan *scanner
	done chan struct{} // closed when the leg is over
	out  chan []byte   // sound to be written
	free chan []byte   // buffers for it; none left means that sound is lost
	sent chan struct{} // closed when write has returned
	kind atomic.Int32  // of the sound, both ways

	format   audio.Format
	inward   *resample.Resampler // nil where the wire has the format's rate
	outward  *resample.Resampler
	outPCM   []int16 // of WritePacket
	outFrame []byte
	frame    int // bytes of one PTime of the format

	// Of the reader.
	buffer   []byte // sound that was read: buffer[given:] is to be given
	given    int
	pcm, alt []int16
	sequence uint16
	marker   bool // the next packet begins a talk spurt
	timeline wire.Timeline

	refused atomic.Uint64 // frames of other rates, and kinds that are not known

	writing sync.Mutex // guards outward and its slices
	mu      sync.Mutex
	in      chan []byte // Messages
	closed  bool
	reason  string

	closeOnce sync.Once
}

func newLeg(conn net.Conn, lost time.Duration) *Leg {
	l := &Leg{
		conn: conn, lost: lost, scan: newScanner(conn), marker: true, in: make(chan []byte, messagesIn),
		done: make(chan struct{}), sent: make(chan struct{}), out: make(chan []byte, soundQueue), free: make(chan []byte, soundQueue),
	}
	for range soundQueue {
		l.free <- nil // grows to one frame when first used
	}
	l.kind.Store(kindAudio)
	return l
}

// start reads the UUID and the first sound, which tells the call's rate.
func (l *Leg) start() (name string, err error) {
	_ = l.conn.SetReadDeadline(time.Now().Add(startTimeout))
	kind, payload, err := l.scan.next()
	switch {
	case err != nil:
		return "", l.reject(errNoUUID)
	case kind != kindUUID || len(payload) != uuidLength:
		return "", l.reject(errFirst)
	}
	name = uuid(payload)
	l.setKind(kindAudio)
	_ = l.conn.SetReadDeadline(time.Now().Add(soundTimeout))
	for {
		kind, payload, err := l.scan.next()
		var network net.Error
		switch {
		case errors.As(err, &network) && network.Timeout():
			return name, nil // a silent line; 8 kHz, as the dialplan's application has it
		case err != nil:
			return "", l.broken(err)
		case isAudio(kind):
			l.setKind(kind)
		}
		if err := l.take(kind, payload); err != nil {
			return "", err
		}
		if isAudio(kind) {
			return name, nil
		}
	}
}

// setKind sets the rate of the wire, and the leg's by it. It is called before the
// first ReadPacket.
func (l *Leg) setKind(kind byte) {
	l.kind.Store(int32(kind))
	rate := rateOf(kind)
	own := rate
	switch rate {
	case 12000:
		own = 16000
	case 96000, 192000: // nothing of speech is up there
		own = 48000
	}
	l.format = codec.PCM(own)
	l.inward, l.outward = nil, nil
	if own != rate {
		l.inward, l.outward = resample.New(rate, own), resample.New(own, rate)
	}
	l.frame = 2 * audio.Samples(audio.PTime, own)
	l.buffer = make([]byte, 0, (longest+2)*l.frame)
	l.timeline = wire.Timeline{Rate: own}
}

// Format returns 16-bit little-endian PCM at the wire's rate, but for 12 kHz (16),
// 96 and 192 kHz (48).
func (l *Leg) Format() audio.Format { return l.format }

// ReadPacket waits for the next 20 ms of the caller's sound, whatever lengths it
// came in, and fills p; p.Payload is valid until the next ReadPacket. It returns
// io.EOF when the caller hung up, Asterisk is lost or broke the protocol, or the
// leg was closed. Keys are read here too, so it must be called for as long as the
// leg is wanted.
func (l *Leg) ReadPacket(p *audio.Packet) error {
	for len(l.buffer)-l.given < l.frame {
		_ = l.conn.SetReadDeadline(time.Now().Add(l.lost))
		if l.isOver() { // after the deadline: over sets it last
			return io.EOF
		}
		kind, payload, err := l.scan.next()
		if err != nil {
			_ = l.broken(err)
			return io.EOF
		}
		if l.take(kind, payload) != nil {
			return io.EOF
		}
	}
	*p = audio.Packet{
		Sequence: l.sequence, Timestamp: l.timeline.Given(l.frame / 2), Marker: l.marker, Payload: l.buffer[l.given : l.given+l.frame],
	}
	l.given += l.frame
	l.sequence++
	l.marker = false
	return nil
}

// take does what a frame says. Its error means that the leg is over.
func (l *Leg) take(kind byte, payload []byte) error {
	switch {
	case kind == kindHangup:
		return l.reject(errPeerClose)
	case kind == kindUUID:
		return l.reject(errTwice)
	case kind == kindError:
		if len(payload) == 1 && payload[0] == 1 { // Asterisk's: the caller has hung up
			return l.reject(errPeerClose)
		}
		return l.reject(errPeer)
	case kind == kindKey:
		return l.key(payload)
	case int32(kind) == l.kind.Load():
		return l.sound(payload)
	}
	l.refused.Add(1)
	return nil
}

// key gives the session a key of the keypad. Those with letters are none of its.
func (l *Leg) key(payload []byte) error {
	if len(payload) != 1 || !strings.Contains(keypad, string(payload)) {
		l.refused.Add(1)
		return nil
	}
	text, err := json.Marshal(struct {
		Type string `json:"type"`
		Key  string `json:"key"`
	}{"key", string(payload)})
	if err != nil { // of strings: never
		return err
	}
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
		return l.reject(errFlood)
	}
	return nil
}

// sound appends a frame's sound to the buffer.
func (l *Leg) sound(payload []byte) error {
	rate := rateOf(byte(l.kind.Load()))
	switch {
	case len(payload)%2 != 0:
		return l.reject(errHalf)
	case len(payload) > longest*2*audio.Samples(audio.PTime, rate):
		return l.reject(errLong)
	}
	if l.inward != nil {
		payload = l.resampled(payload)
	}
	rest := copy(l.buffer, l.buffer[l.given:])
	l.given = 0
	switch l.timeline.Arrived(len(payload)/2, time.Now()) {
	case wire.Ahead:
		payload = nil
	case wire.AfterPause:
		rest = 0
		l.marker = true
	case wire.InTime:
	}
	l.buffer = append(l.buffer[:rest], payload...)
	return nil
}

// resampled is payload at the format's rate.
func (l *Leg) resampled(payload []byte) []byte {
	l.pcm = l.pcm[:0]
	for i := 0; i < len(payload); i += 2 {
		l.pcm = append(l.pcm, int16(binary.LittleEndian.Uint16(payload[i:])))
	}
	l.alt = l.inward.Resample(l.alt[:0], l.pcm)
	payload = slices.Grow([]byte(nil), 2*len(l.alt))
	return appendPCM(payload, l.alt)
}

func appendPCM(dst []byte, pcm []int16) []byte {
	for _, sample := range pcm {
		dst = binary.LittleEndian.AppendUint16(dst, uint16(sample))
	}
	return dst
}

// Messages returns the caller's keys, as JSON texts. It is closed when the leg is
// over; a leg whose messages are not taken is closed.
func (l *Leg) Messages() <-chan []byte { return l.in }

// Send does nothing: Asterisk understands sound and no words. It returns
// io.ErrClosedPipe once the leg is over.
func (l *Leg) Send([]byte) error {
	if l.isOver() {
		return io.ErrClosedPipe
	}
	return nil
}

// Echoes returns true: the caller's telephone may send back what it plays.
func (l *Leg) Echoes() bool { return true }

// Stats returns the leg's own statistics: framesRefused are those of a rate that
// is not the call's, and those of kinds that are not known.
func (l *Leg) Stats() map[string]float64 {
	return map[string]float64{"framesRefused": float64(l.refused.Load())}
}

// Reason says why the leg is over, in words for a log; it is empty before.
func (l *Leg) Reason() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.reason
}

// String returns the leg's transport and encoding.
func (l *Leg) String() string { return "audiosocket(" + l.Format().String() + ")" }

func (l *Leg) isOver() bool {
	select {
	case <-l.done:
		return true
	default:
		return false
	}
}

// over ends the leg, once: its reader, its Messages and, after what is queued, its
// writer, which tells Asterisk.
func (l *Leg) over(reason string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	l.closed, l.reason = true, reason
	close(l.in)
	close(l.done)
	_ = l.conn.SetReadDeadline(time.Now())
	_ = l.conn.SetWriteDeadline(time.Now().Add(lastWrite)) // an ordinary one would hold up the close
}

func (l *Leg) reject(why error) error {
	l.over(why.Error())
	return why
}

// broken ends the leg for an error of reading.
func (l *Leg) broken(err error) error {
	if errors.Is(err, io.EOF) { // as good as a hang-up, says the protocol
		return l.reject(errPeerClose)
	}
	l.over("peer lost")
	return err
}
