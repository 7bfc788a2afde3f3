package vad

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	ort "github.com/yalue/onnxruntime_go"

	"huike/audio"
	"huike/audio/infer"
)

// sizes are how many windows a run of the network may have. One costs nearly as much
// as the next, so a run is filled up by a quarter at most.
var sizes = [...]int{1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, maxBatch} //nolint:gochecknoglobals // a constant

const (
	maxBatch = 64 // windows in one run of the network

	// gather is how long Run lets windows of other calls come together. A
	// detector looks for results once each PTime, so this delays no edge.
	gather = audio.PTime / 2
)

// Model is the neural network, shared by all calls of the process.
type Model struct {
	session *ort.DynamicAdvancedSession

	work    sync.Mutex          // held while the network runs
	batches []*batch            // one of each of sizes; none when closed
	rest    [2 * hidden]float32 // the network's state after long silence

	mu      sync.Mutex // guards the list
	waiting []*stream
	wake    chan struct{} // capacity 1: the list is not empty

	windows, runs, failed atomic.Uint64
}

// Stats counts what a [Model] has judged.
type Stats struct {
	Windows uint64 // windows judged, 32 ms each
	Runs    uint64 // runs of the network that judged them
	Failed  uint64 // windows that the network could not judge; energy alone decides them
}

// OpenModel opens Silero VAD from the runtime's models folder.
func OpenModel(rt *infer.Runtime) (*Model, error) {
	s, err := rt.Session(infer.Silero, []string{"input", "state", "sr"}, []string{"output", "stateN"})
	if err != nil {
		return nil, err
	}
	m := &Model{session: s, wake: make(chan struct{}, 1)}
	for _, n := range sizes {
		b, err := newBatch(s, n)
		if err != nil {
			return nil, fmt.Errorf("voice detector, batch of %d: %w", n, errors.Join(err, m.Close()))
		}
		m.batches = append(m.batches, b)
	}
	m.hearSilence()
	return m, nil
}

// hearSilence finds the state in which the network waits for speech. From a state
// of zeros it takes 64 ms longer to be sure.
func (m *Model) hearSilence() {
	const long = 32 // windows: 1 s
	var s stream
	for range long {
		s.tail.Add(1)
		m.judge([]*stream{&s})
	}
	m.rest = s.state
	m.windows.Store(0)
	m.runs.Store(0)
}

// Close frees the tensors. Run must have returned; the runtime closes the session.
func (m *Model) Close() error {
	var errs []error
	for _, b := range m.batches {
		errs = append(errs, b.close())
	}
	m.batches = nil
	return errors.Join(errs...)
}

// Stats returns the counts since the model was opened.
func (m *Model) Stats() Stats {
	return Stats{
		Windows: m.windows.Load(), Runs: m.runs.Load(),
		Failed: m.failed.Load(),
	}
}

// Run judges the windows of all detectors until ctx ends, and returns its error.
// While it does not run, detectors go by energy alone.
func (m *Model) Run(ctx context.Context) error {
	timer := time.NewTimer(gather)
	defer timer.Stop()
	streams := make([]*stream, 0, maxBatch)
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-m.wake:
		}
		timer.Reset(gather)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
		}
		for streams = m.take(streams); len(streams) > 0; streams = m.take(streams) {
			m.judge(streams)
		}
	}
}

// submit implements [Inferer].
func (m *Model) submit(s *stream) {
	if s.queued.Swap(true) {
		return
	}
	m.mu.Lock()
	m.waiting = append(m.waiting, s)
	m.mu.Unlock()
	select {
	case m.wake <- struct{}{}:
	default: // it knows
	}
}

// take moves up to maxBatch streams from the list into batch.
func (m *Model) take(streams []*stream) []*stream {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := min(maxBatch, len(m.waiting))
	streams = append(streams[:0], m.waiting[:n]...)
	rest := copy(m.waiting, m.waiting[n:])
	clear(m.waiting[rest:])
	m.waiting = m.waiting[:rest]
	return streams
}

// judge runs the network once over the oldest window of each stream.
func (m *Model) judge(streams []*stream) {
	m.work.Lock()
	defer m.work.Unlock()
	ok := m.batches != nil // else the model is closed
	var b *batch
	if ok {
		at, _ := slices.BinarySearch(sizes[:], len(streams))
		b = m.batches[at]
		for row, s := range streams {
			b.load(row, s, &m.rest)
		}
		ok = m.session.RunWithBinding(b.binding) == nil
		m.runs.Add(1)
	}
	for row, s := range streams {
		if !ok {
			m.failed.Add(1)
			s.judged(unknown)
		} else {
			m.windows.Add(1)
			s.judged(b.store(row, s, &m.rest))
		}
		s.queued.Store(false)
		if s.waits() {
			m.submit(s)
		}
	}
}

// Inline returns an inferer that judges each window at once, on the goroutine of
// the detector's Push, so that the same sound gives the same events.
func (m *Model) Inline() Inferer { return inline{m} }

type inline struct{ model *Model }

func (i inline) submit(s *stream) {
	one := [1]*stream{s}
	i.model.judge(one[:])
}
