package session

import (
	"sync/atomic"
	"time"

	"huike/audio"
	"huike/audio/enhance"
	"huike/audio/jitter"
	"huike/audio/playout"
	"huike/audio/receiver"
	"huike/audio/vad"
)

// benefit is how long a caller whose packets stop in mid-word is taken to speak on:
// a network that stalls is not a pause. A sender that is silent says so before it
// stops sending.
const benefit = 1200 * time.Millisecond

const (
	catchUp = 25 // frames that one tick takes at most, when it is late or after a stall
	tail    = 3  // packets of silence after the last sound, so that no peer conceals it
)

// media is the sound of one call. Only the media loop, or the driver of a
// replay, steps it; what others touch too are the buffer of its ear, the memory,
// the queue and the bridge.
type media struct {
	leg      Leg
	peer     reporter
	ear      atomic.Pointer[receiver.Receiver] // another when the leg changes its encoding
	before   atomic.Pointer[jitter.Stats]      // of the ears before this one; nil: none
	heardAs  audio.Format                      // the encoding of ear; the receive goroutine's
	memory   *memory
	detector *vad.Detector
	guard    *enhance.Guard // of a leg whose peer may not cancel echo; else nil
	queue    *playout.Queue
	silence  []byte
	kept     kept
	post     func(event)
	bridge   atomic.Pointer[bridge] // the person's leg while one has the call
	parked   atomic.Bool            // the caller has put the call on hold: nothing is heard or said

	heard   int // PTimes of the incoming clock
	late    int // ticks that came over a PTime late
	missing []uint16

	offset   time.Duration // call time of the outgoing clock's zero
	said     int           // PTimes of the outgoing clock
	packet   audio.Packet
	stamp    uint32 // timestamp units in a PTime
	quietFor int    // PTimes without sound
	turn     uint32 // the agent's turn that sounds; 0 when none
	clause   int
	agent    audio.Frame   // what was sent in the latest PTime; nil when silent
	echo     *enhance.Echo // of agent, where it was measured before
	saidAs   audio.Format
	recode   *recoder // of what was encoded for another format; nil when there is none
}

// hear takes the frames that are due at call time now from the ear to the
// detector and the memory.
func (m *media) hear(now time.Duration) {
	due := int(now/audio.PTime) - m.heard
	if due > 2 {
		m.late++
	}
	m.heard += due
	for range min(due, catchUp) {
		more := m.hearOne(now)
		for i := 0; more && i < catchUp; i++ { // after a stall nothing is lost, it only comes late
			more = m.hearOne(now)
		}
	}
	if roundTrip := m.peer.RoundTrip(); roundTrip > 0 {
		if m.missing = m.ear.Load().Missing(m.missing[:0], now, roundTrip); len(m.missing) > 0 {
			m.peer.Nack(m.missing)
		}
	}
}

func (m *media) hearOne(now time.Duration) (more bool) {
	ear := m.ear.Load()
	frame, at, more := ear.Next(now)
	if m.parked.Load() { // what comes is music, or nothing
		clear(frame)
	}
	m.kept.record(now, frame, m.agent)
	if m.guard != nil {
		m.guard.Heard(frame)
	}
	m.memory.write(frame, at)
	if stalled := ear.Starved() > 0 && ear.Starved() <= benefit && m.detector.Speaking(); !stalled {
		for _, edge := range m.detector.Push(frame, at) {
			m.post(heardEdge{edge})
		}
	}
	ear.Quiet(!m.detector.Speaking())
	if b := m.bridge.Load(); b != nil {
		b.caller(frame)
	}
	return more
}

// say sends what is due at call time now.
func (m *media) say(now time.Duration) {
	due := int((now-m.offset)/audio.PTime) - m.said
	if due > catchUp { // sound is never late, only lost
		m.said += due - catchUp
		m.packet.Timestamp += uint32(due-catchUp) * m.stamp
		due = catchUp
	}
	if format := m.leg.Format(); format != m.saidAs && due > 0 {
		m.change(format)
	}
	for range due {
		m.sayOne(now)
		switch {
		case m.guard == nil:
		case m.echo != nil:
			m.guard.PlayedEcho(m.echo)
		default:
			m.guard.Played(m.agent)
		}
	}
}

// begins says whether sound waits that breaks a silence, and so need not wait for a tick.
func (m *media) begins() bool {
	return m.turn == 0 && m.bridge.Load() == nil && m.queue.Pending() > 0 && !m.parked.Load()
}

// sayNow sends the first sound after a silence without waiting for a tick, and
// lets the outgoing clock beat from here. It says whether it did.
func (m *media) sayNow(now time.Duration) bool {
	if !m.begins() {
		return false
	}
	m.offset = now - time.Duration(m.said+1)*audio.PTime
	m.say(now)
	return true
}

func (m *media) sayOne(now time.Duration) {
	m.said++
	m.echo = nil
	m.packet.Timestamp += m.stamp
	if m.parked.Load() {
		m.agent = nil
		m.send(m.silence, false)
		return
	}
	if b := m.bridge.Load(); b != nil {
		frame, payload := b.person(now)
		m.agent = frame
		m.send(payload, true)
		return
	}
	item, t, ok := m.queue.Next()
	if ok {
		m.agent, m.echo = item.PCM, item.Echo
		m.send(m.recode.payload(item, t), true)
		if t != m.turn || item.Clause != m.clause {
			m.post(clauseBegan{at: now, turn: t, clause: item.Clause, first: t != m.turn})
		}
		m.turn, m.clause = t, item.Clause
	} else {
		m.agent, m.turn, m.clause = nil, 0, 0
		m.send(m.silence, false)
	}
	if item.Last {
		m.post(turnFinished{at: now, turn: t})
	}
}

// send writes one packet. In a long silence nothing is sent, as in Opus's DTX:
// the timestamp goes on, and a marker says that sound is back.
func (m *media) send(payload []byte, sounds bool) {
	m.packet.Marker = sounds && m.quietFor > 0
	if sounds {
		m.quietFor = 0
	} else if m.quietFor++; m.quietFor > tail {
		return
	}
	if payload == nil { // a leg without sound
		return
	}
	m.packet.Payload = payload
	_ = m.leg.WritePacket(&m.packet) // a leg that takes no sound has ended; its reader says so
	m.packet.Sequence++
}
