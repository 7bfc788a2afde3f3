package session

import (
	"math"
	"sync"
	"time"

	"huike/audio"
)

const (
	leadIn  = 300 * time.Millisecond // sound before the detector's edge that belongs to the words
	leadOut = 100 * time.Millisecond // and after it
	recent  = 700 * time.Millisecond // what is kept while nobody speaks: leadIn before an edge that is known late
	longest = 30 * time.Second       // what is kept at most; a recogniser takes no more
)

// strip is a part of the caller's sound. The calls of a process share those that are
// free, so that what one call has forgotten another remembers with.
type strip struct {
	n    int // frames in it
	pcm  [stripFrames * audio.FrameSamples]int16
	ends [stripFrames]time.Duration // call time at the end of each frame
}

const stripFrames = 10 // x 20 ms

var strips = sync.Pool{New: func() any { return new(strip) }} //nolint:gochecknoglobals // free memory is the process's

// memory holds the caller's sound since the turn began, for the recogniser. The
// media loop writes it and the conversation cuts from it.
type memory struct {
	mu     sync.Mutex
	strips []*strip      // all but the last are full
	from   time.Duration // sound since here is kept
}

// write appends a frame that ended at time at.
func (m *memory) write(frame audio.Frame, at time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if n := len(m.strips); n == 0 || m.strips[n-1].n == stripFrames {
		m.forget(max(min(m.from-leadIn, at-recent), at-longest))
		fresh, _ := strips.Get().(*strip)
		fresh.n = 0
		m.strips = append(m.strips, fresh)
	}
	last := m.strips[len(m.strips)-1]
	copy(last.pcm[last.n*audio.FrameSamples:(last.n+1)*audio.FrameSamples], frame)
	last.ends[last.n] = at
	last.n++
}

// forget drops the strips that end before from.
func (m *memory) forget(from time.Duration) {
	drop := 0
	for drop < len(m.strips) && m.strips[drop].ends[m.strips[drop].n-1] < from {
		strips.Put(m.strips[drop])
		drop++
	}
	if drop > 0 {
		left := copy(m.strips, m.strips[drop:])
		clear(m.strips[left:])
		m.strips = m.strips[:left]
	}
}

// keep says that sound since from is still wanted.
func (m *memory) keep(from time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.from = from
}

// cut returns a copy of the sound between two call times, with what the
// detector's edges leave out on both sides.
func (m *memory) cut(from, to time.Duration) []int16 {
	m.mu.Lock()
	defer m.mu.Unlock()
	first, last, frames := -1, 0, 0
	for _, s := range m.strips {
		for i, end := range s.ends[:s.n] {
			if end > from-leadIn && first < 0 {
				first = frames + i
			}
			if end <= to+leadOut+audio.PTime {
				last = frames + i + 1
			}
		}
		frames += s.n
	}
	if first < 0 || first >= last {
		return nil
	}
	return m.copyOf(first, last)
}

// copyOf returns a copy of the frames from first to before last.
func (m *memory) copyOf(first, last int) []int16 {
	out := make([]int16, 0, (last-first)*audio.FrameSamples)
	for ; first < last; first++ {
		at := first % stripFrames * audio.FrameSamples
		out = append(out, m.strips[first/stripFrames].pcm[at:at+audio.FrameSamples]...)
	}
	return out
}

// release gives the strips back: the call is over.
func (m *memory) release() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.strips {
		strips.Put(s)
	}
	m.strips = nil
}

const (
	stirredFor  = 650 * time.Millisecond // that a sound counts as just heard
	stirsAbove  = 20                     // dB over the quietest frame of that time
	stirsFrom   = -50                    // dBFS; what is fainter is the line's own
	quietestRMS = 1e-9                   // mean square of digital silence
)

// stirs tells whether something was heard just before call time at that stands out from
// what else there was, such as a cough.
func (m *memory) stirs(at time.Duration) bool {
	pcm := m.cut(at-stirredFor+leadIn, at)
	least, most := math.Inf(1), math.Inf(-1)
	for n := 0; n+audio.FrameSamples <= len(pcm); n += audio.FrameSamples {
		sum := 0.0
		for _, v := range pcm[n : n+audio.FrameSamples] {
			sum += float64(v) * float64(v)
		}
		level := 10 * math.Log10(sum/audio.FrameSamples/(1<<30)+quietestRMS)
		least, most = min(least, level), max(most, level)
	}
	return most > stirsFrom && most > least+stirsAbove
}
