package vad

import "sync/atomic"

const (
	window = 512 // samples that the network judges at a time: 32 ms
	before = 64  // samples before the window that it is shown again: 4 ms
	hidden = 128 // numbers in each of the network's two state vectors
	ring   = 8   // windows that a stream may have waiting: 256 ms

	// unknown stands for the probability of a window that could not be judged.
	unknown = -1
)

// stream is what one detector and the inferer share. The detector writes
// windows and tail, the inferer judges them in order and writes probabilities
// and done; each reads the other's counter before the other's slots.
type stream struct {
	slots  [ring]slot
	tail   atomic.Uint32 // windows submitted
	done   atomic.Uint32 // windows judged; tail-ring <= done <= tail
	queued atomic.Bool   // the stream stands in the inferer's list
	state  [2 * hidden]float32
}

type slot struct {
	input       [before + window]int16
	window      int  // the detector's number for it
	fresh       bool // comes after silence that the network was not shown
	probability float32
}

// Inferer judges the windows of streams: a [*Model], which judges those of many
// calls together, or what [Model.Inline] returns.
type Inferer interface {
	// submit makes sure that the stream's windows up to its tail will be judged.
	// It never blocks on other streams' work for longer than it takes.
	submit(s *stream)
}

// full reports whether no slot is free.
func (s *stream) full() bool { return s.tail.Load()-s.done.Load() == ring }

// next returns the slot for the next window; the stream must not be full.
func (s *stream) next() *slot { return &s.slots[s.tail.Load()%ring] }

// waits reports whether a window is submitted and not judged.
func (s *stream) waits() bool { return s.tail.Load() != s.done.Load() }

// judged stores the probability of speech in the oldest waiting window.
func (s *stream) judged(probability float32) {
	done := s.done.Load()
	s.slots[done%ring].probability = probability
	s.done.Store(done + 1)
}
