package sip

import (
	"testing"

	"huike/audio"
)

// instant is media without a network.
type instant struct{ Media }

func (instant) ReadPacket(p *audio.Packet) error  { p.Sequence++; return nil }
func (instant) WritePacket(_ *audio.Packet) error { return nil }

func BenchmarkLegFrame(b *testing.B) {
	l := &Leg{sound: instant{}, done: make(chan struct{})}
	var p audio.Packet
	b.ReportAllocs()
	for b.Loop() {
		_ = l.ReadPacket(&p)
		_ = l.WritePacket(&p)
	}
}

func TestAFrameAllocatesNothing(t *testing.T) {
	l := &Leg{sound: instant{}, done: make(chan struct{})}
	var p audio.Packet
	if n := testing.AllocsPerRun(100, func() {
		_ = l.ReadPacket(&p)
		_ = l.WritePacket(&p)
	}); n != 0 {
		t.Errorf("%v allocations for a frame", n)
	}
}
