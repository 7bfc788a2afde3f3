package twilio

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"huike/audio"
	"huike/audio/codec"
	"huike/session/wire"
)

const (
	mostSamples = 960 // x 125 us = 120 ms in one message, as long as any packet may be
	// aheadLimit is how far sound may come ahead of real time, as it does when the
	// first of it was held up. More is dropped.
	aheadLimit = 5 * time.Second
	driftPart  = 100 // of the time since then: how much more that may become
	// lastPlayed is how long the end of a call waits until the caller has heard the
	// agent's last words.
	lastPlayed = 2 * time.Second
)

var (
	errStart    = errors.New("the first message must be connected or start, and start must come within 5 seconds")
	errTwice    = errors.New("a stream starts once")
	errStream   = errors.New("start must have a streamSid and a callSid")
	errFormat   = errors.New("the media format must be audio/x-mulaw at 8000 Hz, one channel")
	errPayload  = errors.New("a payload must be base64 of sound")
	errSamples  = errors.New("a payload may hold 120 ms of sound")
	errMessages = errors.New("start must follow connected")
)

// Media is a call by Media Streams: sound both ways, PCMU. ReadPacket is for one
// goroutine; the rest may be called from any.
type Media struct {
	line
	stream string // streamSid
	marks  marks

	// Of the reader.
	payload  []byte
	next     uint32        // the timestamp behind the latest packet
	sequence uint16        // of the latest packet
	began    time.Time     // when the sound of timestamp 0 was sent, had it come at once
	taken    time.Duration // call time of the latest sound's end
	first    bool

	ahead           atomic.Uint64 // packets dropped because they came ahead
	packets, octets atomic.Uint64 // sent
	leftOnce        sync.Once
	writing         sync.Mutex // guards the two below
	message         []byte
	head            int    // bytes of message that are the same every time
	turn            uint32 // the agent's latest; guarded by line.mu
}

// carryMedia reads the start of a stream and runs Handle.
func (s *Server) carryMedia(ctx context.Context, conn *wire.Conn, r *http.Request) {
	leg := &Media{line: line{server: s, wire: conn}, first: true}
	a, err := leg.readStart()
	if err != nil {
		return // told to the peer
	}
	s.config.Handle(ctx, leg, s.request(a, r.RemoteAddr))
}

// started is the start message of a stream.
type started struct {
	Start struct {
		StreamSid        string            `json:"streamSid"`
		CallSid          string            `json:"callSid"`
		CustomParameters map[string]string `json:"customParameters"`
		MediaFormat      struct {
			Encoding   string `json:"encoding"`
			SampleRate number `json:"sampleRate"`
			Channels   number `json:"channels"`
		} `json:"mediaFormat"`
	} `json:"start"`
}

// readStart waits for the start message.
func (m *Media) readStart() (arrival, error) {
	deadline := time.Now().Add(startTimeout)
	for range 2 {
		message, err := m.read(func() (int, io.Reader, error) { return m.wire.First(time.Until(deadline)) })
		if err != nil {
			return arrival{}, m.reject(websocket.ClosePolicyViolation, errStart) // unless it was told better
		}
		switch string(text(value(message, "event"))) {
		case "connected":
		case "start":
			return m.start(message)
		default:
			return arrival{}, m.reject(websocket.CloseUnsupportedData, errStart)
		}
	}
	return arrival{}, m.reject(websocket.CloseUnsupportedData, errMessages)
}

// start takes the start message.
func (m *Media) start(message []byte) (arrival, error) {
	first, err := parseStarted(message)
	if err != nil {
		return arrival{}, m.reject(websocket.CloseUnsupportedData, err)
	}
	m.call, m.stream = first.Start.CallSid, first.Start.StreamSid
	m.message = append(m.message, `{"event":"media","streamSid":"`+m.stream+`","media":{"payload":"`...)
	m.head = len(m.message)
	return arrival{call: m.call, params: first.Start.CustomParameters}, nil
}

// parseStarted reads a start message. Its errors are told to the peer, and do not
// repeat what the peer said.
func parseStarted(message []byte) (started, error) {
	var first started
	if err := json.Unmarshal(message, &first); err != nil {
		return started{}, errStream
	}
	if !isID(first.Start.StreamSid) || !isID(first.Start.CallSid) {
		return started{}, errStream
	}
	format := first.Start.MediaFormat
	if (format.Encoding != "" && format.Encoding != "audio/x-mulaw") ||
		(format.SampleRate != 0 && format.SampleRate != 8000) || format.Channels > 1 {
		return started{}, errFormat
	}
	return first, nil
}

// Format returns PCMU at 8 kHz.
func (m *Media) Format() audio.Format { return codec.PCMU }

// ReadPacket waits for the next packet of the caller's sound and fills p, with
// Twilio's chunk as its sequence number and Twilio's clock as its timestamp: the
// jitter buffer puts in order what comes out of it. p.Payload is valid until the
// next ReadPacket. It returns io.EOF when the caller hung up, the stream broke or
// the leg was closed. Keys, marks and pings are read here too, so it must be
// called for as long as the leg is wanted.
func (m *Media) ReadPacket(p *audio.Packet) error {
	for {
		message, err := m.read(m.wire.Next)
		if err != nil {
			return io.EOF
		}
		got, err := m.take(message, p, time.Now())
		if err != nil {
			return io.EOF
		}
		if got {
			return nil
		}
	}
}

// take does what a message says, and tells whether it was a packet. Its error
// means that the leg is over.
func (m *Media) take(message []byte, p *audio.Packet, now time.Time) (got bool, err error) {
	switch string(text(value(message, "event"))) {
	case "media":
		return m.sound(value(message, "media"), p, now)
	case "dtmf":
		return false, m.key(text(value(value(message, "dtmf"), "digit")))
	case "mark":
		m.marks.returned(text(value(value(message, "mark"), "name")), now)
	case "stop":
		m.wire.Over(websocket.CloseNormalClosure, wire.PeerHungUp)
		return false, io.EOF
	case "start":
		return false, m.reject(websocket.ClosePolicyViolation, errTwice)
	default: // later versions say more
		m.ignored.Add(1)
	}
	return false, nil
}

// sound makes a packet of a media message, and tells whether it did.
func (m *Media) sound(media []byte, p *audio.Packet, now time.Time) (bool, error) {
	if track := text(value(media, "track")); len(track) > 0 && string(track) != "inbound" {
		m.ignored.Add(1)
		return false, nil
	}
	encoded := text(value(media, "payload"))
	if base64.StdEncoding.DecodedLen(len(encoded)) > mostSamples+2 {
		return false, m.reject(websocket.CloseMessageTooBig, errSamples)
	}
	payload, err := base64.StdEncoding.AppendDecode(m.payload[:0], encoded)
	switch {
	case err != nil:
		return false, m.reject(websocket.CloseUnsupportedData, errPayload)
	case len(payload) > mostSamples:
		return false, m.reject(websocket.CloseMessageTooBig, errSamples)
	}
	m.payload = payload
	if len(payload) == 0 {
		return false, nil
	}
	m.place(media, len(payload))
	length := audio.Duration(len(payload), m.Format().ClockRate)
	m.taken = max(m.taken, audio.Duration(int(m.next), m.Format().ClockRate)) + length
	if m.tooSoon(now) {
		m.taken -= length
		m.ahead.Add(1)
		return false, nil
	}
	*p = audio.Packet{Sequence: m.sequence, Timestamp: m.next, Marker: m.first, Payload: payload}
	m.next += uint32(len(payload))
	m.first = false
	return true, nil
}

// tooSoon tells whether the sound that has come by now is so far ahead of real
// time that the latest of it must be dropped.
func (m *Media) tooSoon(now time.Time) bool {
	if m.began.IsZero() {
		m.began = now.Add(-m.taken)
	}
	passed := now.Sub(m.began)
	return m.taken-passed > aheadLimit+passed/driftPart
}

// place finds the packet's sequence number and timestamp. A message that tells
// none follows the one before.
func (m *Media) place(media []byte, samples int) {
	chunk, counted := count(value(media, "chunk"))
	at, timed := count(value(media, "timestamp"))
	m.sequence++
	if !counted || !timed {
		return
	}
	m.sequence = uint16(chunk)
	stamp := uint32(at * 8) // milliseconds to samples
	// Twilio's timestamps are rounded: those of packets without a gap between them
	// are made to count samples.
	if off := int32(stamp - m.next); m.first || off > int32(samples/2) || off < -int32(samples/2) {
		m.next = stamp
	}
}

// WritePacket queues p's sound for the caller and never blocks; p.Payload is
// copied. Sequence and Timestamp are not sent: Twilio plays what comes in the
// order in which it comes. Sound that Twilio does not take is lost, not late. It
// returns io.ErrClosedPipe once the leg is over.
func (m *Media) WritePacket(p *audio.Packet) error {
	m.writing.Lock()
	defer m.writing.Unlock()
	m.message = base64.StdEncoding.AppendEncode(m.message[:m.head], p.Payload)
	m.message = append(m.message, `"}}`...)
	m.packets.Add(1)
	m.octets.Add(uint64(len(p.Payload)))
	return m.wire.Sound(websocket.TextMessage, m.message)
}

// Send takes an event of the session, and tells Twilio what follows from it: a
// mark behind each of the agent's turns, and that what it has not played is
// stale. Twilio shows no words, so the rest is nobody's. It never blocks.
func (m *Media) Send(msg []byte) error {
	ev := parse(msg)
	m.follow(ev, m.leave)
	switch {
	case ev.Type == "caption" && ev.Party == "agent":
		m.mu.Lock()
		m.turn = ev.Turn
		m.mu.Unlock()
	case ev.Type == "speech" && ev.Party == "agent" && !ev.On:
		return m.turnEnded()
	case ev.Type == "interrupted":
		m.marks.cleared()
		return m.send(struct {
			Event  string `json:"event"`
			Stream string `json:"streamSid"`
		}{"clear", m.stream})
	}
	return nil
}

// turnEnded sends a mark behind the agent's turn, and hands the call over once it
// has come back, if that is due.
func (m *Media) turnEnded() error {
	m.mu.Lock()
	name := "turn-" + strconv.FormatUint(uint64(m.turn), 10)
	m.mu.Unlock()
	m.marks.sent(name, time.Now())
	err := m.send(struct {
		Event  string            `json:"event"`
		Stream string            `json:"streamSid"`
		Mark   map[string]string `json:"mark"`
	}{"mark", m.stream, map[string]string{"name": name}})
	if m.waits() {
		m.leftOnce.Do(func() { go m.leavePlayed() })
	}
	return err
}

// leavePlayed hands the call over when the caller has heard that it will be.
func (m *Media) leavePlayed() {
	m.heard()
	m.leave()
}

// heard waits until the caller has heard the agent's latest words.
func (m *Media) heard() {
	played := m.marks.wait()
	if played == nil {
		return
	}
	late := time.NewTimer(lastPlayed)
	defer late.Stop()
	select {
	case <-played:
	case <-late.C:
	case <-m.wire.Done():
	}
}

// leave hands the call over: Twilio asks the action webhook what becomes of it.
func (m *Media) leave() {
	data, due := m.leaving()
	if !due {
		return
	}
	m.server.handoffs.keep(m.call, data)
	m.wire.Over(websocket.CloseNormalClosure, HandedOver)
}

// Transfer ends the stream and has Twilio call target, a number or a SIP address,
// for the caller. It returns an error if target is neither; whether anybody
// answers there is not known here.
func (m *Media) Transfer(_ context.Context, target string) error {
	if err := m.transfer(target); err != nil {
		return err
	}
	m.leave()
	return nil
}

// Echoes returns true: the caller's telephone may send back what it plays.
func (m *Media) Echoes() bool { return true }

// Playback is how long after its sending the caller has heard the agent's sound,
// by the latest mark that came back: Twilio's buffer, and the way there and back.
// It is 0 before the first.
func (m *Media) Playback() time.Duration { return m.marks.latest() }

// Stats returns the leg's own statistics: roundTripTime and playbackDelay in
// seconds, packetsSent, bytesSent, packetsDiscarded (they came ahead of real
// time), messagesIgnored.
func (m *Media) Stats() map[string]float64 {
	return map[string]float64{
		"roundTripTime": m.RoundTrip().Seconds(), "playbackDelay": m.Playback().Seconds(),
		"packetsSent": float64(m.packets.Load()), "bytesSent": float64(m.octets.Load()),
		"packetsDiscarded": float64(m.ahead.Load()), "messagesIgnored": float64(m.ignored.Load()),
	}
}

// Close ends the stream once the caller has heard the agent's last words, or 2 s
// are over. Twilio asks the action webhook then, which hangs up. It may be called
// more than once; the first reason is what Reason returns.
func (m *Media) Close(reason string) error {
	m.heard()
	return m.wire.Close(reason)
}

// String returns the leg's transport and encoding.
func (m *Media) String() string { return "twilio(" + m.Format().String() + ")" }
