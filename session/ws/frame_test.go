package ws

import (
	"testing"
	"testing/synctest"
	"time"

	"huike/audio"
)

func TestTimelineFollowsTheClock(t *testing.T) {
	const frame = 320
	synctest.Test(t, func(t *testing.T) {
		line := timeline{rate: 16000}
		step := func(wait time.Duration, n int, want arrival, stamp uint32) {
			t.Helper()
			time.Sleep(wait)
			if got := line.arrived(n, time.Now()); got != want {
				t.Errorf("arrival is %d, want %d", got, want)
			} else if got == ahead {
				return
			}
			if got := line.given(n); got != stamp {
				t.Errorf("timestamp is %d, want %d", got, stamp)
			}
		}
		step(0, frame, inTime, 0)
		step(20*time.Millisecond, frame, inTime, 320)
		step(220*time.Millisecond, frame, inTime, 640) // a stall of 200 ms
		step(0, 10*frame, inTime, 960)                 // and its burst
		step(time.Second+20*time.Millisecond, frame, afterPause, 16000+4160)
		step(20*time.Millisecond, frame, inTime, 16000+4480)
		for i := range 50 { // a second ahead of time is taken, more is not
			step(0, frame, inTime, 20800+uint32(i)*frame)
		}
		step(0, frame, ahead, 0)
		step(20*time.Millisecond, frame, inTime, 36800)
		step(10*time.Second, frame, afterPause, 36800+uint32((10*time.Second-time.Second)/time.Millisecond)*16)
	})
}

// BenchmarkPacket is one packet from the caller's WritePacket to the agent's
// ReadPacket, over a socket on loopback.
func BenchmarkPacket(b *testing.B) {
	e := serve(b, Config{})
	caller, agent := e.call(b, Options{})
	packet := audio.Packet{Payload: make([]byte, 640)}
	var got audio.Packet
	b.ReportAllocs()
	for b.Loop() {
		agent.timeline.began = time.Now() // the benchmark is ahead of time
		agent.timeline.received = 0
		if err := caller.WritePacket(&packet); err != nil {
			b.Fatal(err)
		}
		if err := agent.ReadPacket(&got); err != nil {
			b.Fatal(err)
		}
	}
}
