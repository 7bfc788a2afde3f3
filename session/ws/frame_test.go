package ws

import (
	"testing"

	"huike/audio"
)

// BenchmarkPacket is one packet from the caller's WritePacket to the agent's
// ReadPacket, over a socket on loopback.
func BenchmarkPacket(b *testing.B) {
	e := serve(b, Config{})
	caller, agent := e.call(b, Options{})
	packet := audio.Packet{Payload: make([]byte, 640)}
	var got audio.Packet
	b.ReportAllocs()
	for b.Loop() {
		agent.timeline.Restart() // the benchmark is ahead of time
		if err := caller.WritePacket(&packet); err != nil {
			b.Fatal(err)
		}
		if err := agent.ReadPacket(&got); err != nil {
			b.Fatal(err)
		}
	}
}
