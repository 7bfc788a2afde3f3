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
		stamp := uint32(20800)
		for range 11 * 50 { // what may have been held back is forgotten after a while
			step(20*time.Millisecond, frame, wire.InTime, stamp)
			stamp += frame
		}
		for range 50 { // a second ahead of time is taken, more is not
			step(0, frame, wire.InTime, stamp)
			stamp += frame
		}
		step(0, frame, wire.Ahead, 0)
		step(20*time.Millisecond, frame, wire.InTime, stamp)
		step(10*time.Second, frame, wire.AfterPause, stamp+uint32((10*time.Second-time.Second)/time.Millisecond)*16)
	})
}

func TestNothingIsLostOfAStall(t *testing.T) {
	const frame = 320
	for stall, taken := range map[time.Duration]int{
		400 * time.Millisecond: 400/20 + 50, // what was held back, and a second ahead of time
		5 * time.Second:        5000/20 + 50,
		time.Minute:            10*50 + 1, // what the jitter buffer has room for
	} {
		synctest.Test(t, func(t *testing.T) {
			line := wire.Timeline{Rate: 16000}
			line.Arrived(frame, time.Now())
			for range 3 { // each of several
				time.Sleep(stall)
				got := 0
				for line.Arrived(frame, time.Now()) != wire.Ahead {
					got++
				}
				if got != taken {
					t.Errorf("%v: %d frames are taken, want %d", stall, got, taken)
				}
				for range 20 * 50 { // and what comes in time then
					time.Sleep(20 * time.Millisecond)
					if line.Arrived(frame, time.Now()) != wire.InTime {
						t.Fatalf("%v: a frame in time is none", stall)
					}
				}
				time.Sleep(time.Second) // until the line is no longer ahead
			}
		})
	}
}
