package realtime

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"huike/audio"
)

const ms = time.Millisecond

// drain takes what is due at now.
func drain(p *pace, now time.Time) (sound []byte, stamps []uint32) {
	frame := make([]byte, p.frame)
	for {
		g, _, ok := p.next(frame, now)
		if !ok {
			return sound, stamps
		}
		sound, stamps = append(sound, frame...), append(stamps, g.stamp)
	}
}

func counting(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*7 + i>>8)
	}
	return b
}

func TestAFileAtOnceIsHeardInRealTimeWithoutLoss(t *testing.T) {
	p := newPace(960, 480)
	now := time.Unix(100, 0)
	file := counting(960 * 500) // 10 s
	for rest := file; len(rest) > 0; {
		n := min(rand.IntN(5000)+1, len(rest))
		if err := p.append(rest[:n], now); err != nil {
			t.Fatal(err)
		}
		rest = rest[n:]
	}
	var heard []byte
	for i := range 500 {
		sound, stamps := drain(p, now.Add(time.Duration(i)*audio.PTime))
		heard = append(heard, sound...)
		if want := i + 1; len(heard) < want*960 || len(heard) > (want+2)*960 {
			t.Fatalf("%d ms after the file came %d frames were given", i*20, len(heard)/960)
		}
		for k, stamp := range stamps {
			if want := uint32(len(heard)/960-len(stamps)+k) * 480; stamp != want {
				t.Fatalf("timestamp %d, want %d", stamp, want)
			}
		}
	}
	if !bytes.Equal(heard, file) {
		t.Error("what was heard is not what was sent")
	}
}

func TestMoreThanAMinuteIsRefusedAndNothingOfItIsHeard(t *testing.T) {
	p := newPace(160, 160)
	now := time.Unix(100, 0)
	if err := p.append(make([]byte, 60*8000), now); err != nil {
		t.Fatal(err)
	}
	if err := p.append(make([]byte, 1), now); !errors.Is(err, errFull) {
		t.Errorf("one byte more: %v", err)
	}
	if p.waiting() != time.Minute {
		t.Errorf("%v wait", p.waiting())
	}
	if drain(p, now.Add(2*time.Minute)); p.append(make([]byte, 8000), now.Add(2*time.Minute)) != nil {
		t.Error("sound was refused after the first was heard")
	}
}

func TestAPauseOfTheClientIsAPauseInTheTimestamps(t *testing.T) {
	p := newPace(960, 480)
	now := time.Unix(100, 0)
	_ = p.append(make([]byte, 960), now)
	drain(p, now)
	_ = p.append(make([]byte, 960), now.Add(220*ms)) // a stall
	if _, stamps := drain(p, now.Add(220*ms)); len(stamps) != 1 || stamps[0] != 480 {
		t.Errorf("after a stall: %v", stamps)
	}
	_ = p.append(make([]byte, 960), now.Add(2*time.Second)) // a pause
	if _, stamps := drain(p, now.Add(2*time.Second)); len(stamps) != 1 || stamps[0] != 24000*2 {
		t.Errorf("after a pause: %v, want 48000", stamps)
	}
}

func TestAClientsClockMayBeSlowOrFast(t *testing.T) {
	for _, ppm := range []float64{-500, 500} {
		p := newPace(960, 480)
		began := time.Unix(100, 0)
		given := 0
		var stamp uint32
		for i := range 50 * 900 { // a quarter of an hour
			at := began.Add(time.Duration(float64(i) * float64(audio.PTime) * (1 - ppm/1e6)))
			if p.append(make([]byte, 960), at) != nil {
				t.Fatal("full")
			}
			_, stamps := drain(p, at)
			given += len(stamps)
			if len(stamps) > 0 {
				stamp = stamps[len(stamps)-1]
			}
			if behind := i + 1 - given; behind > 3 {
				t.Fatalf("%v ppm: after %d s %d frames wait", ppm, i/50, behind)
			}
		}
		if want := uint32(given-1) * 480; stamp != want {
			t.Errorf("%v ppm: the last timestamp is %d, want %d: no pause was made", ppm, stamp, want)
		}
	}
}

func TestFinishTellsWhenAllWasHeard(t *testing.T) {
	p := newPace(960, 480)
	now := time.Unix(100, 0)
	if !p.finish(make([]byte, 960), now) {
		t.Fatal("nothing waits, and that was not told")
	}
	_ = p.append(counting(1000), now) // a frame and a bit
	if p.finish(make([]byte, 960), now) {
		t.Error("told before the rest was heard")
	}
	frame := make([]byte, 960)
	if g, _, ok := p.next(frame, now); !ok || g.last {
		t.Error("told before the rest was heard")
	}
	g, _, ok := p.next(frame, now.Add(audio.PTime))
	if !ok || !g.last || !bytes.Equal(frame[:40], counting(1000)[960:]) || !bytes.Equal(frame[40:], make([]byte, 920)) {
		t.Errorf("the rest: %+v %v", g, ok)
	}
}

func TestClearForgetsWhatNobodyHasHeard(t *testing.T) {
	p := newPace(960, 480)
	now := time.Unix(100, 0)
	_ = p.append(make([]byte, 96000+10), now)
	drain(p, now)
	p.clear()
	if p.waiting() != 0 {
		t.Error("sound still waits")
	}
	_ = p.append(counting(960), now.Add(20*ms))
	if heard, stamps := drain(p, now.Add(20*ms)); !bytes.Equal(heard, counting(960)) || stamps[0] != 480 {
		t.Errorf("after clear: %v", stamps)
	}
}
