package session

import (
	"huike/audio"
	"huike/audio/codec"
	"huike/audio/jitter"
	"huike/audio/playout"
	"huike/audio/receiver"
)

// listener returns the receiver for the leg's encoding, a new one when that has
// changed, as after a re-INVITE (RFC 3264, 8.3.2). The receive goroutine calls it.
func (m *media) listener() *receiver.Receiver {
	format := m.leg.Format()
	if format == m.heardAs {
		return m.ear.Load()
	}
	m.heardAs = format
	if ear, err := receiver.New(receiver.Config{Format: format, CatchesUp: true}); err == nil {
		before := m.received()
		m.ear.Store(ear)
		m.before.Store(&before) // after it: who asks between the two is told too little, never too much
	}
	return m.ear.Load()
}

// received returns what was counted of the caller's sound, in all its encodings. Any
// goroutine may ask.
func (m *media) received() jitter.Stats {
	before := m.before.Load()
	stats := m.ear.Load().Stats()
	if before != nil {
		stats = stats.Plus(*before)
	}
	return stats
}

// change goes on in another encoding. What waits in the old one is encoded anew.
func (m *media) change(format audio.Format) {
	m.saidAs, m.stamp, m.silence = format, stamp(format), codec.Silence(format)
	if encoder, err := codec.NewEncoder(format); err == nil {
		m.recode = &recoder{encoder: encoder}
	}
	if b := m.bridge.Load(); b != nil {
		b.change(format)
	}
}

// recoder encodes sound anew that was encoded for another format.
type recoder struct {
	encoder codec.Encoder
	begun   bool
	until   uint32 // the last turn that may hold such sound
	room    [codec.MaxPayload]byte
}

// overlapping is how many turn numbers after a change may have been begun before it.
const overlapping = 4

// payload returns item's payload in the leg's format, valid until the next call. A
// nil recoder returns it as it is.
func (r *recoder) payload(item playout.Item, turn uint32) []byte {
	if r == nil || len(item.PCM) == 0 {
		return item.Payload
	}
	if !r.begun {
		r.begun, r.until = true, turn+overlapping
	}
	if turn > r.until {
		return item.Payload
	}
	n, err := r.encoder.Encode(item.PCM, r.room[:])
	if err != nil {
		return item.Payload
	}
	return r.room[:n]
}
