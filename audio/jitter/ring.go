package jitter

// maxPackets is how many packets wait at most: 10 s of 20 ms after a stall.
const maxPackets = 512 // a power of two

// ring keeps the packets that wait, ordered by timestamp. It grows as it must
// and then allocates no more: slots keep their payload's memory.
type ring struct {
	slots   []slot // length a power of two
	head, n int
}

// at returns the i-th packet from the front.
func (r *ring) at(i int) *slot { return &r.slots[(r.head+i)&(len(r.slots)-1)] }

func (r *ring) front() *slot { return r.at(0) }
func (r *ring) back() *slot  { return r.at(r.n - 1) }
func (r *ring) full() bool   { return r.n == maxPackets }

// drop takes the packet at the front away.
func (r *ring) drop() {
	r.head = (r.head + 1) & (len(r.slots) - 1)
	r.n--
}

// insert puts a packet in its place, with a copy of its payload. It returns
// false if there is one with that timestamp. The ring must not be full.
func (r *ring) insert(s slot) bool {
	place := r.n
	for place > 0 && r.at(place-1).ts >= s.ts {
		place--
		if r.at(place).ts == s.ts {
			return false
		}
	}
	if r.n == len(r.slots) {
		grown := make([]slot, max(16, 2*len(r.slots)))
		n := copy(grown, r.slots[r.head:])
		copy(grown[n:], r.slots[:r.head])
		r.slots, r.head = grown, 0
	}
	r.n++
	fresh := r.back()
	s.payload = append(fresh.payload[:0], s.payload...)
	*fresh = s
	for i := r.n - 1; i > place; i-- {
		a, b := r.at(i), r.at(i-1)
		*a, *b = *b, *a
	}
	return true
}
