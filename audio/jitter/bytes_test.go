package jitter_test

import (
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"huike/audio"
	"huike/audio/jitter"
)

// mostKept is how many packets a Buffer may keep, and how many it may owe to a
// stranger whom it has just believed.
const mostKept = 512 + 3

// FuzzBuffer feeds packets whose headers an attacker chose, pops when it is told
// to, and checks what every caller of Pop relies on: what is handed out was
// pushed, is handed out once, and lasts as long as it says; no more is kept than
// there is room for.
func FuzzBuffer(f *testing.F) {
	steady := []byte{0}
	for i := range byte(40) {
		steady = append(steady, 0, 0, i, byte(uint(i)*960>>8), byte(uint(i)*960&0xff), 20)
	}
	f.Add(steady)
	f.Add(append([]byte{3}, steady[1:]...))
	f.Add([]byte{1, 0, 0xff, 0xff, 0xff, 0xff, 20, 1, 0, 0, 0, 0, 60, 1, 0, 1, 0, 0, 60, 1, 0, 2, 0, 0, 60})
	f.Add([]byte{2, 0, 0, 1, 0, 0, 20, 0, 0, 9, 0, 0, 20, 0, 0, 3, 200, 0, 1, 2, 127, 255, 128, 0, 120})
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) == 0 {
			return
		}
		h := hostile{at: time.Second, given: map[uint32]bool{}}
		config := jitter.Config{Duration: length, Stretches: data[0]&1 != 0}
		if data[0]&2 != 0 {
			config.Redundant = length
		}
		h.buffer = jitter.New(config)
		for data = data[1:]; len(data) >= 6; data = data[6:] {
			h.step(t, [6]byte(data))
		}
		h.drain(t)
	})
}

// hostile is a sender who chose what to send, and a caller of Pop.
type hostile struct {
	buffer *jitter.Buffer
	at     time.Duration
	pushed uint32
	given  map[uint32]bool // numbers of the packets handed out
}

// step pushes a packet and pops up to three times.
func (h *hostile) step(t *testing.T, data [6]byte) {
	t.Helper()
	p := audio.Packet{
		SSRC:      uint32(data[0] & 3),
		Sequence:  binary.BigEndian.Uint16(data[1:]),
		Timestamp: uint32(binary.BigEndian.Uint16(data[3:])) << (data[0] >> 4),
		Payload:   []byte{data[5] % 121},
	}
	if data[5] < 250 { // else it is so short that it announces silence
		p.Payload = binary.BigEndian.AppendUint32(p.Payload, h.pushed)
	}
	h.pushed++
	h.at += time.Duration(data[0]&0x3c) * ms / 2
	h.buffer.Push(&p, h.at)
	h.buffer.Quiet(data[5]&1 == 0)
	for pops := data[0] & 3; pops > 0; pops-- {
		h.pop(t, time.Duration(data[5])*200*time.Microsecond)
	}
	if data[0]&4 == 0 {
		return
	}
	if missing := h.buffer.Missing(nil, h.at, 10*ms); len(missing) > mostKept {
		t.Fatalf("%d packets are asked for", len(missing))
	}
}

// pop checks one piece and tells whether it was a packet.
func (h *hostile) pop(t *testing.T, need time.Duration) bool {
	t.Helper()
	popped := h.buffer.Pop(h.at, need)
	if popped.Duration <= 0 || popped.Duration > 120*ms {
		t.Fatalf("Duration of %+v", popped)
	}
	if (popped.Kind == jitter.Packet) != (len(popped.Payload) > 0) || popped.Kind != jitter.Lost && popped.Next != nil {
		t.Fatalf("payload of %+v", popped)
	}
	if next := popped.Next; len(next) >= 5 && binary.BigEndian.Uint32(next[1:]) >= h.pushed {
		t.Fatalf("%v was not pushed", next)
	}
	if popped.Kind != jitter.Packet {
		return false
	}
	if length(popped.Payload) != popped.Duration {
		t.Fatalf("Duration of %+v", popped)
	}
	if len(popped.Payload) >= 5 {
		number := binary.BigEndian.Uint32(popped.Payload[1:])
		if number >= h.pushed || h.given[number] {
			t.Fatalf("packet %d of %d is handed out, before: %v", number, h.pushed, h.given[number])
		}
		h.given[number] = true
	}
	return true
}

// drain pops until the buffer runs empty.
func (h *hostile) drain(t *testing.T) {
	t.Helper()
	out := 0
	for idle := 0; idle < 1000; idle++ {
		h.at += audio.PTime
		if h.pop(t, audio.PTime) {
			out++
			idle = 0
		}
		if out > mostKept {
			t.Fatalf("%d packets were kept", out)
		}
	}
	if s := h.buffer.Stats(); s.PacketsReceived+s.PacketsStray+s.PacketsMalformed > uint64(h.pushed) || s.PacketsDuplicated > uint64(h.pushed) {
		t.Fatalf("%d pushed: %+v", h.pushed, s)
	}
}

func ExampleBuffer() {
	b := jitter.New(jitter.Config{})
	for i, word := range []string{"where", "is", "", "order"} {
		if word == "" {
			continue // lost on the way
		}
		p := audio.Packet{Sequence: uint16(i), Timestamp: uint32(i * 960), Payload: []byte(word)}
		b.Push(&p, time.Duration(i)*audio.PTime)
	}
	for at := 65 * time.Millisecond; at < 150*time.Millisecond; at += audio.PTime {
		p := b.Pop(at, audio.PTime)
		fmt.Printf("%v %q %q %v\n", p.Kind, p.Payload, p.Next, p.At)
	}
	// Output:
	// packet "where" "" 0s
	// packet "is" "" 20ms
	// lost "" "order" 40ms
	// packet "order" "" 60ms
	// empty "" "" 80ms
}

func BenchmarkPushPop(b *testing.B) {
	buffer := jitter.New(jitter.Config{Duration: length})
	p := audio.Packet{Payload: make([]byte, 80)}
	p.Payload[0] = 20
	at := time.Duration(0)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if i%10 != 9 { // one in ten is lost
			buffer.Push(&p, at)
		}
		p.Sequence++
		p.Timestamp += 960
		at += audio.PTime
		buffer.Pop(at, audio.PTime)
	}
}
