package twilio

import (
	"slices"
	"sync"
	"time"
)

const mostMarks = 32 // that Twilio has not returned

// marks are the ends of the agent's turns that Twilio has still to play, and what
// their return tells: when the caller has heard them.
type marks struct {
	mu      sync.Mutex
	pending []mark
	played  chan struct{} // closed when none is pending; nil when none was
	delay   time.Duration
}

type mark struct {
	name string
	sent time.Time
}

// sent notes a mark that has been sent.
func (m *marks) sent(name string, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.pending) == mostMarks {
		m.pending = slices.Delete(m.pending, 0, 1)
	}
	if len(m.pending) == 0 {
		m.played = make(chan struct{})
	}
	m.pending = append(m.pending, mark{name, now})
}

// returned notes that Twilio has played everything before a mark. It tells whether
// the mark was one of ours.
func (m *marks) returned(name []byte, now time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := slices.IndexFunc(m.pending, func(sent mark) bool { return sent.name == string(name) })
	if i < 0 {
		return false
	}
	m.delay = now.Sub(m.pending[i].sent)
	m.pending = slices.Delete(m.pending, 0, i+1) // those before it were played before it
	m.done()
	return true
}

// cleared forgets the marks that Twilio will return unplayed.
func (m *marks) cleared() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pending = m.pending[:0]
	m.done()
}

// done wakes who waits when nothing is pending. The mutex is held.
func (m *marks) done() {
	if len(m.pending) == 0 && m.played != nil {
		close(m.played)
		m.played = nil
	}
}

// wait returns a channel that is closed when everything has been played, or nil
// when it has.
func (m *marks) wait() <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.played
}

// latest is how long after it was sent the latest mark was played.
func (m *marks) latest() time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.delay
}
