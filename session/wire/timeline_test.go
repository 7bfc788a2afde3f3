package wire_test

import (
	"testing"
	"testing/synctest"
	"time"

	"huike/session/wire"
)

func TestTimelineFollowsTheClock(t *testing.T) {
	const frame = 320
	synctest.Test(t, func(t *testing.T) {
		line := wire.Timeline{Rate: 16000}
		step := func(wait time.Duration, n int, want wire.Arrival, stamp uint32) {
			t.Helper()
			time.Sleep(wait)
			if got := line.Arrived(n, time.Now()); got != want {
				t.Errorf("arrival is %d, want %d", got, want)
			} else if got == wire.Ahead {
				return
			}
			if got := line.Given(n); got != stamp {
				t.Errorf("timestamp is %d, want %d", got, stamp)
			}
		}
		step(0, frame, wire.InTime, 0)
		step(20*time.Millisecond, frame, wire.InTime, 320)
		step(220*time.Millisecond, frame, wire.InTime, 640) // a stall of 200 ms
		step(0, 10*frame, wire.InTime, 960)                 // and its burst
		step(time.Second+20*time.Millisecond, frame, wire.AfterPause, 16000+4160)
		step(20*time.Millisecond, frame, wire.InTime, 16000+4480)
		for i := range 50 { // a second ahead of time is taken, more is not
			step(0, frame, wire.InTime, 20800+uint32(i)*frame)
		}
		step(0, frame, wire.Ahead, 0)
		step(20*time.Millisecond, frame, wire.InTime, 36800)
		step(10*time.Second, frame, wire.AfterPause, 36800+uint32((10*time.Second-time.Second)/time.Millisecond)*16)
	})
}
