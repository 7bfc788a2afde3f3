package jitter_test

import (
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"huike/audio"
	"huike/audio/jitter"
)

// FuzzBuffer feeds packets whose headers an attacker chose and checks what
// every caller of Pop relies on.
func FuzzBuffer(f *testing.F) {
	steady := []byte{}
	for i := range byte(40) {
		steady = append(steady, 0, 0, i, byte(uint(i)*960>>8), byte(uint(i)*960&0xff), 20)
	}
	f.Add(steady)
	f.Add([]byte{0, 0xff, 0xff, 0xff, 0xff, 20, 1, 0, 0, 0, 0, 60, 1, 0, 1, 0, 0, 60, 1, 0, 2, 0, 0, 60})
	f.Add([]byte{0, 0, 1, 0, 0, 20, 0, 0, 9, 0, 0, 20, 0, 0, 3, 200, 0, 1, 2, 127, 255, 128, 0, 120})
	f.Fuzz(func(t *testing.T, data []byte) {
		b := jitter.New(jitter.Config{Duration: length})
		at := time.Duration(0)
		var in uint64
		for ; len(data) >= 6; data = data[6:] {
			p := audio.Packet{
				SSRC:      uint32(data[0] & 3),
				Sequence:  binary.BigEndian.Uint16(data[1:]),
				Timestamp: uint32(binary.BigEndian.Uint16(data[3:])) << (data[0] >> 4),
				Payload:   make([]byte, 1+data[0]>>6),
			}
			p.Payload[0] = data[5] % 121
			at += time.Duration(data[0]&0x3c) * ms / 2
			b.Push(&p, at)
			in++
			b.Quiet(data[5]&1 == 0)
			if data[0]&4 != 0 {
				continue
			}
			popped := b.Pop(at, audio.PTime)
			if popped.Duration <= 0 || popped.Duration > 120*ms {
				t.Fatalf("Duration of %+v", popped)
			}
			if (popped.Kind == jitter.Packet) != (len(popped.Payload) > 0) || popped.Kind != jitter.Lost && popped.Next != nil {
				t.Fatalf("payload of %+v", popped)
			}
		}
		if out := drain(t, b, at); out > in || b.Stats().PacketsDuplicated > in {
			t.Fatalf("%d in, %d out: %+v", in, out, b.Stats())
		}
	})
}

// drain pops until the buffer runs empty and returns how many packets came.
func drain(t *testing.T, b *jitter.Buffer, at time.Duration) (out uint64) {
	t.Helper()
	idle := 0
	for range 50000 {
		at += audio.PTime
		idle++
		if b.Pop(at, audio.PTime).Kind == jitter.Packet {
			out++
			idle = 0
		}
		if idle > 1000 {
			return out
		}
	}
	t.Fatal("the buffer does not run empty")
	return 0
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
