package jitter_test

import (
	"testing"
	"time"

	"huike/audio"
	"huike/audio/jitter"
)

func swap(a, b *sent) { a.arrives, b.arrives = b.arrives, a.arrives }

// TestNetworks is how the buffer gets on with what networks do, for every
// phase of the media loop's ticks against the packets' arrival.
func TestNetworks(t *testing.T) {
	t.Parallel()
	minute := func() trace { return trace{}.speak(time.Minute, 20*ms) }
	for _, test := range []struct {
		name     string
		trace    func() trace
		listener listener
		spread   time.Duration // most time put in or taken out, all in all
		wait     time.Duration // longest wait in the last third
		lost     int           // most packets that were sent and not handed out, but for those lost on the way
	}{
		{"a steady network costs no time and no more than one tick", minute, listener{}, 0, 20 * ms, 0},
		{"a sequence and a timestamp that wrap do not matter", minute, listener{}, 0, 20 * ms, 0},
		{"10 ms packets", func() trace { return trace{}.speak(time.Minute, 10*ms) }, listener{}, 10 * ms, 30 * ms, 0},
		{"40 ms packets", func() trace { return trace{}.speak(time.Minute, 40*ms) }, listener{}, 0, 20 * ms, 0},
		{"60 ms packets", func() trace { return trace{}.speak(time.Minute, 60*ms) }, listener{}, 0, 20 * ms, 0},
		{"packet time that changes in mid-call", func() trace {
			tr := trace{}.speak(5*time.Second, 20*ms).speak(5*time.Second, 10*ms).speak(3*time.Second, 60*ms)
			return tr.speak(4*time.Second, 40*ms).speak(20*time.Second, 20*ms)
		}, listener{}, 60 * ms, 44 * ms, 2},
		{"packet time that changes in mid-call, with a caller who catches up", func() trace {
			tr := trace{}.speak(5*time.Second, 20*ms).speak(5*time.Second, 10*ms).speak(3*time.Second, 60*ms)
			return tr.speak(4*time.Second, 40*ms).speak(20*time.Second, 20*ms)
		}, listener{catchUp: true}, 60 * ms, 24 * ms, 0},
		{"neighbours that change places", func() trace {
			tr := minute()
			for i := 10; i < len(tr)-1; i += 10 {
				swap(&tr[i], &tr[i+1])
			}
			return tr
		}, listener{}, 60 * ms, 62 * ms, 5},
		{"10 % loss loses no time", func() trace { return minute().lose(0.1) }, listener{}, 40 * ms, 45 * ms, 0},
		{"30 % loss loses no time", func() trace { return minute().lose(0.3) }, listener{}, 40 * ms, 45 * ms, 0},
		{"10 % loss of 60 ms packets loses no time", func() trace { return trace{}.speak(time.Minute, 60*ms).lose(0.1) }, listener{}, 80 * ms, 90 * ms, 0},
		{"jitter of 60 ms is learned", func() trace { return minute().delay(60 * ms) }, listener{}, 80 * ms, 100 * ms, 30},
		{"jitter of 60 ms and 10 % loss", func() trace { return minute().lose(0.1).delay(60 * ms) }, listener{}, 100 * ms, 120 * ms, 60},
		{"jitter in silence", func() trace { return minute().delay(60 * ms) }, listener{quiet: true}, 80 * ms, 100 * ms, 12},
		{"Wi-Fi that delivers four packets together", func() trace {
			return minute().each(func(_ int, s *sent) { s.arrives = (s.arrives + 79*ms).Truncate(80 * ms) })
		}, listener{}, 80 * ms, 86 * ms, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for phase := time.Duration(0); phase < audio.PTime; phase += 3 * ms {
				tr := test.trace()
				l := test.listener
				l.phase = phase
				pieces, stats := l.listen(t, tr)
				pieces = begin(pieces)
				inOrder(t, tr, pieces)
				arrived, handed := 0, 0
				for _, s := range tr {
					if !s.never {
						arrived++
					}
				}
				for _, p := range pieces {
					if p.Kind == jitter.Packet {
						handed++
					}
				}
				if got := spread(tr, pieces); got > test.spread {
					t.Errorf("phase %v: spread of %v, want %v", phase, got, test.spread)
				}
				if got := waited(pieces, tr[len(tr)*2/3].arrives); got > test.wait {
					t.Errorf("phase %v: waited %v, want %v", phase, got, test.wait)
				}
				if lost := arrived - handed; lost > test.lost {
					t.Errorf("phase %v: %d packets not handed out, want %d", phase, lost, test.lost)
				}
				if t.Failed() {
					t.Fatalf("%v %+v", kinds(pieces), stats)
				}
			}
		})
	}
}
