package webrtc

import (
	"io"
	"sync"
	"time"

	"github.com/pion/transport/v4/packetio"
)

const (
	inboxPackets = 128 // x 20 ms = 2.56 s, for a reader that is held up
	inboxFirst   = 8   // packets that there is room for at first; a power of two
	sparePackets = 8   // buffers kept for packets to come
	streamLimit  = 32  // SSRCs of one peer; each costs memory in pion for good
)

// inbox is where pion's SRTP reader puts each decrypted packet of a peer,
// whatever its SSRC, and where ReadPacket takes it. A full inbox drops its
// oldest packet: sound is never late, only lost.
type inbox struct {
	wake chan struct{} // capacity 1: a packet has come, or the inbox was closed

	mu      sync.Mutex
	ring    []arrival // of inboxFirst to inboxPackets; grows with the need
	first   int       // index of the oldest packet
	count   int
	spare   [][]byte // buffers for packets to come
	dropped uint64
	streams int // RTP streams seen
	closed  bool
}

// arrival is a packet and when it came.
type arrival struct {
	packet []byte
	at     time.Time
	sealed bool // not decrypted yet
}

func newInbox() *inbox {
	return &inbox{wake: make(chan struct{}, 1), ring: make([]arrival, inboxFirst), spare: make([][]byte, 0, sparePackets)}
}

// put copies a packet into the inbox and never blocks.
func (b *inbox) put(packet []byte) { b.add(packet, time.Now(), false) }

// putSealed is put for one that is not decrypted and came at that time.
func (b *inbox) putSealed(packet []byte, at time.Time) { b.add(packet, at, true) }

func (b *inbox) add(packet []byte, at time.Time, sealed bool) {
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		return
	}
	if b.count == len(b.ring) {
		b.makeRoom()
	}
	var buffer []byte
	if last := len(b.spare) - 1; last >= 0 {
		buffer = b.spare[last]
		b.spare = b.spare[:last]
	}
	b.ring[(b.first+b.count)%len(b.ring)] = arrival{append(buffer, packet...), at, sealed}
	b.count++
	b.mu.Unlock()
	b.signal()
}

// makeRoom doubles a full ring, or drops its oldest packet when it is as long as
// it may be.
func (b *inbox) makeRoom() {
	if len(b.ring) == inboxPackets {
		b.keep(b.ring[b.first].packet)
		b.first = (b.first + 1) % inboxPackets
		b.count--
		b.dropped++
		return
	}
	ring := make([]arrival, 2*len(b.ring))
	n := copy(ring, b.ring[b.first:])
	copy(ring[n:], b.ring[:b.first])
	b.ring, b.first = ring, 0
}

// keep keeps a buffer that nobody needs for a packet to come.
func (b *inbox) keep(buffer []byte) {
	if len(b.spare) < sparePackets && cap(buffer) > 0 {
		b.spare = append(b.spare, buffer[:0])
	}
}

// take waits for the oldest packet and returns it in exchange for spare, a
// buffer that the caller no longer needs. It returns io.EOF once closed.
func (b *inbox) take(spare []byte) (arrival, error) {
	for {
		oldest, err := b.poll(spare)
		if err != nil {
			b.signal() // for another reader
			return arrival{}, err
		}
		if oldest.packet != nil {
			return oldest, nil
		}
		<-b.wake
	}
}

// poll is take without waiting: the packet is nil, and no spare is kept, when there
// is none.
func (b *inbox) poll(spare []byte) (arrival, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return arrival{}, io.EOF
	}
	if b.count == 0 {
		return arrival{}, nil
	}
	oldest := b.ring[b.first]
	b.ring[b.first] = arrival{}
	b.keep(spare)
	b.first = (b.first + 1) % len(b.ring)
	b.count--
	return oldest, nil
}

// close ends every take, now and later.
func (b *inbox) close() {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	b.signal()
}

func (b *inbox) signal() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// opened counts an RTP stream and reports whether there are too many.
func (b *inbox) opened() (tooMany bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.streams++
	return b.streams > streamLimit
}

// tap is the buffer that pion is given for one SSRC. What pion writes goes to
// the inbox; what pion reads, to guess what an undeclared SSRC may be, ends at
// once, so that it keeps no goroutine waiting.
type tap struct{ write func(packet []byte) }

func (t tap) Write(packet []byte) (int, error) {
	t.write(packet)
	return len(packet), nil
}

func (tap) Read([]byte) (int, error) { return 0, io.EOF }
func (tap) Close() error             { return nil }

// buffer makes the tap for a stream. It is pion's buffer factory.
func (l *Leg) buffer(kind packetio.BufferPacketType, _ uint32) io.ReadWriteCloser {
	if kind == packetio.RTCPBufferPacket {
		if l.control.opened() {
			l.over("peer sent too many streams")
		}
		return tap{write: l.control.take}
	}
	if l.in.opened() {
		l.over("peer sent too many streams")
	}
	return tap{write: l.in.put}
}
