package receiver_test

import (
	"encoding/binary"
	"testing"
	"time"

	"huike/audio"
	"huike/audio/codec"
	"huike/audio/receiver"
)

// FuzzReceiver gives every decoder and both listeners packets that an attacker
// wrote: a frame comes for each PTime whatever they hold, and no more of them
// than the packets last.
func FuzzReceiver(f *testing.F) {
	packet := func(seq uint16, ts uint16, payload ...byte) []byte {
		head := []byte{0, byte(seq >> 8), byte(seq), byte(ts >> 8), byte(ts), byte(len(payload))}
		return append(head, payload...)
	}
	opus := []byte{0}
	for i := range uint16(6) {
		opus = append(opus, packet(i, i*960, 0x48, 0x07, 0xc9, 0x72, 0x27, 0xe1, 0x3e, 0x53)...)
	}
	f.Add(opus)
	f.Add(append([]byte{16}, opus[1:]...))
	f.Add(append([]byte{1}, append(packet(1, 160, 0xff, 0x7f, 0, 1), packet(3, 480, 0xff)...)...))
	f.Add(append([]byte{2}, append(packet(9, 0, 3, 0xff), packet(8, 960, 0xfb, 0x30, 0)...)...))
	formats := []audio.Format{codec.Opus, codec.PCMU, codec.PCMA, codec.G722, codec.L16(audio.Rate), codec.PCM(8000)}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) == 0 {
			return
		}
		catchesUp := data[0]&16 != 0
		r, err := receiver.New(receiver.Config{Format: formats[int(data[0]&15)%len(formats)], CatchesUp: catchesUp})
		if err != nil {
			t.Fatal(err)
		}
		at, pushed, extra := time.Second, 0, 0
		for data = data[1:]; len(data) > 6; {
			size := min(int(data[5]), len(data)-6)
			p := audio.Packet{
				SSRC:      uint32(data[0] & 1),
				Sequence:  binary.BigEndian.Uint16(data[1:]),
				Timestamp: uint32(binary.BigEndian.Uint16(data[3:])),
				Payload:   data[6 : 6+size],
			}
			at += time.Duration(data[0]>>1) * ms
			data = data[6+size:]
			r.Push(&p, at)
			pushed++
			for more := p.Sequence&3 != 3; more; extra++ {
				var frame audio.Frame
				var arrived time.Duration
				frame, arrived, more = r.Next(at)
				if len(frame) != audio.FrameSamples || arrived > at || more && !catchesUp {
					t.Fatalf("%d samples at %v of %v, more: %v", len(frame), arrived, at, more)
				}
			}
			if longest := 8 * pushed; extra > longest { // 120 ms of each packet, and a frame for each call
				t.Fatalf("%d frames of %d packets", extra, pushed)
			}
		}
	})
}
