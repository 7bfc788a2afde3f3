package rtcp

import (
	"sync"
	"time"

	"huike/audio"
)

const (
	kept    = 64 // x 20 ms = 1.28 s, which no peer's buffer waits for; a power of two
	resends = 2  // times that one packet is sent again
)

// History keeps the packets that were sent last, so that they can be sent again.
// Its zero value is ready, and any goroutines may share it. Once as many packets
// were put as it holds, 64, it allocates only for payloads longer than all
// before in the same place.
type History struct {
	mu    sync.Mutex
	slots [kept]past
}

// past is one packet, with a payload of its own.
type past struct {
	packet audio.Packet
	there  bool
	times  int           // that it was sent again
	last   time.Duration // call time of that
}

// Put keeps a copy of a packet, as it is on the wire, in the place of the one
// that is 64 sequence numbers older.
func (h *History) Put(p *audio.Packet) {
	h.mu.Lock()
	defer h.mu.Unlock()
	slot := &h.slots[p.Sequence%kept]
	payload := append(slot.packet.Payload[:0], p.Payload...)
	*slot = past{packet: *p, there: true}
	slot.packet.Payload = payload
}

// Take copies the packet of that sequence number to p, whose payload's room it
// uses, and tells whether to send it again: it is kept, was not sent again twice
// already, and not within the last round trip, for then it may be on its way. So
// whoever asks in a flood gets no flood.
func (h *History) Take(seq uint16, at, roundTrip time.Duration, p *audio.Packet) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	slot := &h.slots[seq%kept]
	if !slot.there || slot.packet.Sequence != seq || slot.times >= resends ||
		slot.times > 0 && at-slot.last < roundTrip {
		return false
	}
	slot.times++
	slot.last = at
	payload := append(p.Payload[:0], slot.packet.Payload...)
	*p = slot.packet
	p.Payload = payload
	return true
}
