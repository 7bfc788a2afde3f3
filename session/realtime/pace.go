package realtime

import (
	"errors"
	"slices"
	"sync"
	"time"

	"huike/audio"
)

const (
	// longest is how much sound may wait to be heard: a client that sends a file
	// at once has that much, and no more, in memory.
	longest = 60 * time.Second
	// pauseAfter is how much later than its predecessors' sound a frame may come
	// before the client is taken to have paused. Less is the network's doing.
	pauseAfter = 300 * time.Millisecond
	// beat is the time from one frame to the next while more sound waits than time
	// has passed: two in a thousand less than a PTime, so that what a client's fast
	// clock gathers is worked off.
	beat = audio.PTime - 40*time.Microsecond
	// settleFrames is over how many frames the least lateness is taken for the
	// client's slow clock.
	settleFrames = 250 // x 20 ms = 5 s
	keepBuffer   = 128 << 10
)

var errFull = errors.New("more than 60 s of sound wait to be heard")

// spurt is sound without a pause in it.
type spurt struct {
	first int64     // its first frame
	due   time.Time // when that frame is due
	stamp uint32    // its timestamp
}

// pace holds the sound that a client has sent, in chunks of any size, and gives
// it out in frames, each no earlier than real time. A frame that comes late is
// given at once, so that a jittery network looks like one.
type pace struct {
	frame  int    // bytes of one PTime
	stamps uint32 // timestamp units of one PTime

	mu       sync.Mutex
	buffer   []byte // sound that waits: buffer[head:]
	head     int
	complete int64   // frames that have come
	given    int64   // frames that were given out
	spurts   []spurt // the first one holds frame `given`, or the next to come
	least    time.Duration
	counted  int // frames in least

	mark int64 // the frame after the last that finish waits for; 0 is none
	wake chan struct{}
}

func newPace(frame int, stamps uint32) *pace {
	return &pace{frame: frame, stamps: stamps, wake: make(chan struct{}, 1)}
}

// append takes sound that came at now, and copies it. All of it or nothing.
func (p *pace) append(sound []byte, now time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.buffer)-p.head+len(sound) > int(longest/audio.PTime)*p.frame {
		return errFull
	}
	if p.head > 0 && len(p.buffer)+len(sound) > cap(p.buffer) {
		p.buffer = p.buffer[:copy(p.buffer, p.buffer[p.head:])]
		p.head = 0
	}
	p.buffer = append(p.buffer, sound...)
	p.arrived(now)
	return nil
}

// arrived notes when the frames are due that are complete now.
func (p *pace) arrived(now time.Time) {
	complete := p.given + int64((len(p.buffer)-p.head)/p.frame)
	if complete == p.complete {
		return
	}
	if len(p.spurts) == 0 {
		p.spurts = append(p.spurts, spurt{first: p.complete, due: now})
	}
	last := &p.spurts[len(p.spurts)-1]
	late := now.Sub(last.due.Add(time.Duration(p.complete-last.first) * beat))
	if late > pauseAfter && p.complete > last.first {
		nominal := time.Duration(p.complete-last.first) * audio.PTime
		gap := max(now.Sub(last.due)-nominal, 0)
		p.spurts = append(p.spurts, spurt{
			first: p.complete, due: now,
			stamp: last.stamp + uint32(nominal/audio.PTime)*p.stamps + uint32(gap*time.Duration(p.stamps)/audio.PTime),
		})
		p.least, p.counted = 0, 0
	} else {
		p.settle(last, late, int(complete-p.complete))
	}
	p.complete = complete
	p.nudge()
}

// settle follows a client whose clock is slower than ours.
func (p *pace) settle(last *spurt, late time.Duration, frames int) {
	if p.counted == 0 || late < p.least {
		p.least = late
	}
	if p.counted += frames; p.counted < settleFrames {
		return
	}
	if p.least > 0 {
		last.due = last.due.Add(p.least)
	}
	p.counted = 0
}

func (p *pace) nudge() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// given is one frame that next gave out.
type given struct {
	stamp  uint32
	marker bool // it begins a spurt
	last   bool // of what finish waited for
}

// next fills frame with the next sound if it is due at now. Otherwise it says how
// long to wait; 0 is until more has come.
func (p *pace) next(frame []byte, now time.Time) (g given, wait time.Duration, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.given == p.complete {
		return g, 0, false
	}
	if len(p.spurts) > 1 && p.spurts[1].first == p.given {
		p.spurts = slices.Delete(p.spurts, 0, 1)
	}
	s := &p.spurts[0]
	number := p.given - s.first
	if wait = s.due.Add(time.Duration(number) * beat).Sub(now); wait > 0 {
		return g, wait, false
	}
	copy(frame, p.buffer[p.head:p.head+p.frame])
	p.head += p.frame
	p.given++
	if p.head == len(p.buffer) {
		p.head, p.buffer = 0, p.buffer[:0]
		if cap(p.buffer) > keepBuffer {
			p.buffer = nil
		}
	}
	g = given{stamp: s.stamp + uint32(number)*p.stamps, marker: number == 0}
	if p.mark != 0 && p.given >= p.mark {
		p.mark, g.last = 0, true
	}
	return g, 0, true
}

// finish fills up a frame that has begun with silence, and has next say when all
// that has come was given out. It returns true if it was already.
func (p *pace) finish(silence []byte, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if rest := (len(p.buffer) - p.head) % p.frame; rest > 0 {
		p.buffer = append(p.buffer, silence[rest:]...)
		p.arrived(now)
	}
	p.mark = p.complete
	if p.given == p.complete {
		p.mark = 0
		return true
	}
	return false
}

// clear forgets the sound that nobody has heard yet. It returns true if finish
// was waiting for it.
func (p *pace) clear() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.buffer, p.head = p.buffer[:0], 0
	for len(p.spurts) > 1 && p.spurts[len(p.spurts)-1].first > p.given {
		p.spurts = p.spurts[:len(p.spurts)-1]
	}
	p.complete = p.given
	p.counted = 0
	waited := p.mark != 0
	p.mark = 0
	return waited
}

// waiting is how much sound nobody has heard yet.
func (p *pace) waiting() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Duration(p.complete-p.given) * audio.PTime
}

// position is how much sound had been heard at a moment.
func (p *pace) position(at time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.spurts) == 0 {
		return 0
	}
	s := p.spurts[0]
	return min(time.Duration(s.first)*audio.PTime+max(at.Sub(s.due), 0), time.Duration(p.given)*audio.PTime)
}
