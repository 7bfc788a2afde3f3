package jitter_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"huike/audio"
	"huike/audio/jitter"
)

// near fails unless got is within tolerance of want.
func near(t *testing.T, what string, got, want, tolerance time.Duration) {
	t.Helper()
	if (got - want).Abs() > tolerance {
		t.Errorf("%s is %v, want %v ± %v", what, got, want, tolerance)
	}
}

// handed returns how many packets were handed out.
func handed(pieces []heard) int {
	n := 0
	for _, p := range pieces {
		if p.Kind == jitter.Packet {
			n++
		}
	}
	return n
}

func TestLossBringsTheNextPacketForErrorCorrection(t *testing.T) {
	t.Parallel()
	tr := trace{}.speak(5*time.Minute, 20*ms).lose(0.1)
	pieces, stats := listener{phase: 7 * ms}.listen(t, tr)
	lost, single, helped := 0, 0, 0
	for i, s := range tr {
		if s.never {
			lost++
			if i+1 < len(tr) && !tr[i+1].never {
				single++
			}
		}
	}
	for _, p := range pieces {
		if p.Kind != jitter.Lost || p.Next == nil {
			continue
		}
		helped++
		missing := tr[0].pos + time.Duration(p.Timestamp-tr[0].Timestamp)*time.Second/48000
		number := int(missing / (20 * ms))
		if !tr[number].never || !bytes.Equal(p.Next, tr[number+1].Payload) {
			t.Fatalf("Next of packet %d, lost: %v, is %v", number, tr[number].never, p.Next)
		}
		near(t, "At of a lost packet", p.At, tr[number].arrives, 25*ms)
	}
	t.Logf("%d lost, %d followed by one that came, %d with help; %+v", lost, single, helped, stats)
	if helped < single*9/10 {
		t.Errorf("%d of %d came with Next", helped, single)
	}
	if stats.PacketsLost != int64(lost) {
		t.Errorf("PacketsLost = %d, want %d", stats.PacketsLost, lost)
	}
}

func TestDuplicatesAreHandedOutOnce(t *testing.T) {
	t.Parallel()
	tr := trace{}.speak(10*time.Second, 20*ms)
	twice := trace{}
	for _, s := range tr {
		again := s
		again.arrives += 13 * ms
		twice = append(twice, s, again)
	}
	pieces, stats := listener{phase: 5 * ms}.listen(t, twice)
	inOrder(t, tr, pieces)
	if handed(pieces) != len(tr) || stats.PacketsDuplicated != uint64(len(tr)) || stats.PacketsLate != 0 || stats.PacketsLost != 0 {
		t.Errorf("%d handed out of %d: %+v", handed(pieces), len(tr), stats)
	}
}

func TestALatePacketIsNoLostOne(t *testing.T) {
	t.Parallel()
	tr := trace{}.speak(10*time.Second, 20*ms)
	tr[100].arrives += 150 * ms
	tr[200].never = true
	_, stats := listener{phase: 5 * ms}.listen(t, tr)
	if stats.PacketsLate != 1 || stats.PacketsDiscarded != 1 || stats.PacketsLost != 1 {
		t.Errorf("%+v", stats)
	}
}

func TestAPauseOfTheSenderIsAGapAndNoLoss(t *testing.T) {
	t.Parallel()
	tr := trace{}.speak(3*time.Second, 20*ms)
	for range 5 {
		tr = tr.pause(400*ms, true).speak(20*ms, 20*ms)
	}
	tr = tr.pause(2*time.Second, true).speak(3*time.Second, 20*ms)
	for phase := time.Duration(0); phase < audio.PTime; phase += 5 * ms {
		pieces, stats := listener{phase: phase}.listen(t, tr)
		pieces = begin(pieces)
		sums := kinds(pieces)
		near(t, "gap", sums[jitter.Gap], 4*time.Second, 40*ms)
		if sums[jitter.Lost] != 0 || sums[jitter.Empty] > 120*ms || stats.PacketsLost != 0 {
			t.Errorf("phase %v: %v %+v", phase, sums, stats)
		}
		near(t, "spread", spread(tr, pieces), 0, 20*ms)
		near(t, "wait", waited(pieces, 0), 0, 25*ms)
	}
}

func TestHolesInTheNetworkHealAtOnce(t *testing.T) {
	t.Parallel()
	for _, d := range []time.Duration{time.Second, 10 * time.Second} {
		for _, test := range []struct {
			name    string
			trace   trace
			catchUp bool
			handed  int
		}{
			{"packets lost", trace{}.speak(3*time.Second, 20*ms).speak(d, 20*ms).speak(3*time.Second, 20*ms).each(func(_ int, s *sent) {
				s.never = s.pos >= 3*time.Second && s.pos < 3*time.Second+d
			}), false, 300},
			{"nothing sent, nothing announced", trace{}.speak(3*time.Second, 20*ms).pause(d, false).speak(3*time.Second, 20*ms), false, 300},
			{"packets held back, by a caller who catches up", trace{}.speak(6*time.Second+d, 20*ms).stall(3*time.Second, d), true, 300 + int(d/(20*ms))},
			{"the sender's clock stood still", trace{}.speak(6*time.Second, 20*ms).each(func(_ int, s *sent) {
				if s.pos >= 3*time.Second {
					s.arrives += d
				}
			}), false, 300},
			{"the sender's clock leapt", trace{}.speak(6*time.Second, 20*ms).each(func(_ int, s *sent) {
				if s.pos >= 3*time.Second {
					s.Timestamp += uint32(d/ms) * 48
				}
			}), false, 300},
		} {
			t.Run(fmt.Sprintf("%s for %v", test.name, d), func(t *testing.T) {
				t.Parallel()
				for phase := time.Duration(0); phase < audio.PTime; phase += 5 * ms {
					pieces, stats := listener{phase: phase, catchUp: test.catchUp}.listen(t, test.trace)
					pieces = begin(pieces)
					if got := handed(pieces); got != test.handed {
						t.Errorf("phase %v: %d handed out, want %d", phase, got, test.handed)
					}
					// From the first packet after the hole on all is as before it.
					last := test.trace[len(test.trace)-1].arrives
					near(t, "wait after the hole", waited(pieces, last-2900*ms), 10*ms, 15*ms)
					if sums := kinds(pieces); sums[jitter.Lost] > 40*ms {
						t.Errorf("phase %v: %v %+v", phase, sums, stats)
					}
				}
			})
		}
	}
}

func TestAStallIsWorkedOffByACallerWhoDoesNotCatchUp(t *testing.T) {
	t.Parallel()
	tr := trace{}.speak(20*time.Second, 20*ms).stall(3*time.Second, 300*ms)
	for _, quiet := range []bool{true, false} {
		pieces, stats := listener{phase: 5 * ms, quiet: quiet}.listen(t, tr)
		near(t, "wait at the end", waited(pieces, 10*time.Second), 10*ms, 20*ms)
		dropped := int(stats.RemovedSamplesForAcceleration) - int(stats.InsertedSamplesForDeceleration)
		near(t, "time dropped", audio.Duration(dropped, audio.Rate), 300*ms, 25*ms)
	}
}

func TestDrift(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		ppm     float64
		catchUp bool
		quiet   bool
	}{{200, false, false}, {200, true, false}, {200, false, true}, {-200, false, false}, {-200, true, true}} {
		t.Run(fmt.Sprintf("%+v", test), func(t *testing.T) {
			t.Parallel()
			tr := trace{}.speak(10*time.Minute, 20*ms).drift(test.ppm)
			pieces, stats := listener{phase: 5 * ms, catchUp: test.catchUp, quiet: test.quiet}.listen(t, tr)
			pieces = begin(pieces)
			near(t, "longest wait", waited(pieces, 0), 15*ms, 15*ms)
			if got := spread(tr, pieces); got > 140*ms { // 10 min x 200 ppm and a packet
				t.Errorf("spread is %v", got)
			}
			if missing := len(tr) - handed(pieces); missing > 7 || (test.catchUp && missing > 0) {
				t.Errorf("%d packets dropped: %+v", missing, stats)
			}
		})
	}
}

func TestOtherStreams(t *testing.T) {
	t.Parallel()
	change := func(from time.Duration, f func(s *sent)) trace {
		return trace{}.speak(10*time.Second, 20*ms).each(func(_ int, s *sent) {
			if s.pos >= from {
				f(s)
			}
		})
	}
	for _, test := range []struct {
		name     string
		trace    trace
		strays   uint64
		restarts uint64
	}{
		{"another SSRC is followed, and nothing is lost", change(5*time.Second, func(s *sent) {
			s.SSRC, s.Sequence, s.Timestamp = 8, s.Sequence+20000, s.Timestamp+1<<31
		}), 0, 1},
		{"a sender that begins anew under its old SSRC is followed", change(5*time.Second, func(s *sent) {
			s.Sequence, s.Timestamp = s.Sequence-9000, s.Timestamp-5000000
		}), 0, 1},
		{"a timestamp that leaps back is followed", change(5*time.Second, func(s *sent) {
			s.Timestamp -= 480000
		}), 0, 1},
		{"strays of another SSRC are ignored", func() trace {
			tr := trace{}
			for i, s := range (trace{}).speak(10*time.Second, 20*ms) {
				tr = append(tr, s)
				if i%5 == 4 {
					s.SSRC, s.Payload, s.arrives = 666, []byte{20, 0xff, 0xff, 0xff, 0xff}, s.arrives+ms
					tr = append(tr, s)
				}
			}
			return tr
		}(), 100, 0},
		{"two streams at once do not mix", func() trace {
			tr := trace{}
			for _, s := range (trace{}).speak(10*time.Second, 20*ms) {
				other := s
				other.SSRC, other.Payload, other.arrives = 666, []byte{20, 0xff, 0xff, 0xff, 0xff}, s.arrives+ms
				tr = append(tr, s, other)
			}
			return tr
		}(), 500, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			pieces, stats := listener{phase: 5 * ms, catchUp: true}.listen(t, test.trace)
			if got := handed(pieces); got != 500 {
				t.Errorf("%d handed out, want 500: %+v", got, stats)
			}
			for _, p := range pieces {
				if p.number > 1000 {
					t.Fatal("a stray was handed out")
				}
			}
			near(t, "wait at the end", waited(pieces, 7*time.Second), 10*ms, 15*ms)
			if stats.PacketsStray != test.strays || stats.Restarts != test.restarts {
				t.Errorf("%+v", stats)
			}
		})
	}
}

func TestMalformedPacketsAreCounted(t *testing.T) {
	t.Parallel()
	b := jitter.New(jitter.Config{Duration: length})
	b.Push(&audio.Packet{}, 0)
	b.Push(&audio.Packet{Payload: []byte{0, 1, 2}}, 0)
	if got := b.Pop(0, 0); got.Kind != jitter.Empty || b.Stats().PacketsMalformed != 2 {
		t.Errorf("%+v %+v", got, b.Stats())
	}
}

func TestAPayloadIsValidUntilTheNextPop(t *testing.T) {
	t.Parallel()
	b := jitter.New(jitter.Config{})
	p := audio.Packet{Payload: []byte("first")}
	b.Push(&p, 0)
	popped := b.Pop(0, 0)
	for range 2000 { // more than the buffer holds
		p.Sequence++
		p.Timestamp += 960
		copy(p.Payload, "later")
		b.Push(&p, 0)
	}
	if string(popped.Payload) != "first" {
		t.Errorf("payload has become %q", popped.Payload)
	}
}

func TestPushGoesOnBesidePop(t *testing.T) {
	t.Parallel()
	b := jitter.New(jitter.Config{Duration: length})
	tr := trace{}.speak(40*time.Second, 20*ms)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range tr {
			b.Push(&tr[i].Packet, tr[i].arrives)
		}
	}()
	got := 0
	for at, ended := time.Duration(0), false; ; at += audio.PTime {
		p := b.Pop(at, audio.PTime)
		b.Quiet(got%2 == 0)
		if p.Kind == jitter.Packet {
			got++
			continue
		}
		if ended && p.Kind == jitter.Empty && p.Lasted > time.Second {
			break
		}
		select {
		case <-done:
			ended = true
		default:
		}
	}
	if stats := b.Stats(); uint64(got)+stats.PacketsDiscarded != uint64(len(tr)) {
		t.Errorf("%d handed out of %d: %+v", got, len(tr), stats)
	}
}
