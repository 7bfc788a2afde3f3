package session

import (
	"sync"
	"time"

	"huike/audio"
)

const (
	leadIn  = 300 * time.Millisecond // sound before the detector's edge that belongs to the words
	leadOut = 100 * time.Millisecond // and after it
	recent  = 500 * time.Millisecond // what is kept while nobody speaks
	longest = 30 * time.Second       // what is kept at most; a recogniser takes no more
)

// memory holds the caller's sound since the turn began, for the recogniser. The
// media loop writes it and the conversation cuts from it.
type memory struct {
	mu   sync.Mutex
	pcm  []int16         // whole frames
	ends []time.Duration // call time at the end of each frame
	from time.Duration   // sound since here is kept
}

// write appends a frame that ended at time at.
func (m *memory) write(frame audio.Frame, at time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pcm = append(m.pcm, frame...)
	m.ends = append(m.ends, at)
	from := max(min(m.from-leadIn, at-recent), at-longest)
	drop := 0
	for drop < len(m.ends) && m.ends[drop] < from {
		drop++
	}
	if drop > len(m.ends)/2 && drop > 25 { // move rarely, in large pieces
		m.drop(drop)
	}
}

// drop forgets the first n frames, and gives back the room of a long turn.
func (m *memory) drop(n int) {
	pcm, ends := m.pcm[:0], m.ends[:0]
	if left := len(m.ends) - n; cap(ends) > 4*max(left, 50) {
		pcm, ends = make([]int16, 0, 2*left*audio.FrameSamples), make([]time.Duration, 0, 2*left)
	}
	m.pcm = append(pcm, m.pcm[n*audio.FrameSamples:]...)
	m.ends = append(ends, m.ends[n:]...)
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
	first, last := len(m.ends), 0
	for i, end := range m.ends {
		if end > from-leadIn && i < first {
			first = i
		}
		if end <= to+leadOut+audio.PTime {
			last = i + 1
		}
	}
	if first >= last {
		return nil
	}
	return append([]int16(nil), m.pcm[first*audio.FrameSamples:last*audio.FrameSamples]...)
}
