package journal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"sync"
	"sync/atomic"
	"time"

	"huike/audio"
	"huike/audio/wav"
)

const (
	channels    = 2                                // caller left, agent or person right
	blockFrames = 10                               // x 20 ms = 200 ms of sound in one write
	blockLength = blockFrames * audio.FrameSamples // samples
	queueBlocks = 2048                             // x 200 ms x 1 call; 4 s of 100 calls; 26 MB when full
	maxSilence  = 10 * time.Minute                 // the longest gap that is filled; a longer one is a clock's fault
)

// ErrStopped is returned when the store's Run has ended.
var ErrStopped = errors.New("recording stopped")

// Recording is one call's stereo sound on its way to the disk. Write is called
// from one goroutine, the media loop's, and Close after its last call.
type Recording struct {
	disk    *disk
	current *block
	next    int64 // where the current block ends, in samples since the call began
	dropped atomic.Int64
	deleted atomic.Bool
	paused  atomic.Bool

	// The disk goroutine's own.
	file    *wav.Writer
	written int64 // samples
	failed  error
	done    chan struct{} // closed when the file is
}

// block is up to 200 ms of one call.
type block struct {
	of     *Recording
	start  int64 // samples since the call began
	n      int   // samples
	last   bool  // the recording ends with this block
	caller [blockLength]int16
	agent  [blockLength]int16
}

// disk is the one goroutine that writes recordings, and the queue to it. A full
// queue drops sound and counts it.
type disk struct {
	queue   chan *block
	stopped chan struct{}
	blocks  *sync.Pool
}

func newDisk() disk {
	return disk{
		queue:   make(chan *block, queueBlocks),
		stopped: make(chan struct{}),
		blocks:  &sync.Pool{New: func() any { return new(block) }},
	}
}

// Record begins the recording of a call whose journal was created. The
// Recording is the caller's to close.
func (s *Store) Record(id string) (*Recording, error) {
	if _, err := s.find(id); err != nil {
		return nil, err
	}
	if s.recorded(id) {
		return nil, fmt.Errorf("create recording: %w", ErrExists)
	}
	file, err := s.tape(id)
	if err != nil {
		return nil, fmt.Errorf("create recording: %w", notFound(err))
	}
	r := &Recording{disk: &s.disk, file: file, done: make(chan struct{})}
	s.mu.Lock()
	defer s.mu.Unlock()
	sum, ok := s.index[id]
	if !ok { // deleted meanwhile, and the file with it
		r.deleted.Store(true)
		return r, nil
	}
	sum.Recording = true
	s.index[id] = sum
	s.takes[id] = r
	return r, nil
}

// recorded tells whether the call has a recording.
func (s *Store) recorded(id string) bool {
	_, err := s.root.Stat(path.Join(callsDir, id, recordingFile))
	return err == nil
}

// Write takes one frame of each side, copied; at is the call time at which they
// begin, and nil is silence. It never blocks: when the disk does not keep up,
// sound is dropped and counted, and silence stands in its place.
func (r *Recording) Write(at time.Duration, caller, agent audio.Frame) {
	if r.paused.Load() {
		return
	}
	start := int64(audio.Samples(at, audio.Rate))
	b := r.current
	if b != nil && (b.n == blockLength || start >= r.next+audio.FrameSamples) {
		r.hand(b)
		b = nil
	}
	if b == nil {
		b, _ = r.disk.blocks.Get().(*block)
		b.of, b.n, b.last = r, 0, false
		b.start = max(start, r.next)
		r.current, r.next = b, b.start
	}
	lay(b.caller[b.n:b.n+audio.FrameSamples], caller)
	lay(b.agent[b.n:b.n+audio.FrameSamples], agent)
	b.n += audio.FrameSamples
	r.next += audio.FrameSamples
}

// Pause stops the recording from the next frame on, or lets it go on: what is said
// meanwhile is not kept, and silence stands in its place if it goes on. Any goroutine may
// call it.
func (r *Recording) Pause(yes bool) { r.paused.Store(yes) }

// Discard deletes what was recorded and records nothing more, for good. The call's
// journal stays.
func (s *Store) Discard(id string) error {
	s.mu.Lock()
	r, sum := s.takes[id], s.index[id]
	if r != nil {
		r.deleted.Store(true)
		sum.Recording = false
		s.index[id] = sum
	}
	s.mu.Unlock()
	if r == nil {
		return nil
	}
	if err := s.root.Remove(path.Join(callsDir, id, recordingFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("discard recording: %w", err)
	}
	return nil
}

// Dropped returns how much sound was lost on the way to the disk.
func (r *Recording) Dropped() time.Duration {
	return audio.Duration(int(r.dropped.Load()), audio.Rate)
}

// Close hands over what is left and waits until the file is closed, or ctx is
// done, or the disk's goroutine has ended.
func (r *Recording) Close(ctx context.Context) error {
	b := r.current
	r.current = nil
	if b == nil {
		b = &block{of: r, start: r.next}
	}
	b.last = true
	select {
	case r.disk.queue <- b:
	case <-r.disk.stopped:
		return ErrStopped
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-r.done:
		return r.failed
	case <-r.disk.stopped:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-r.done:
		return r.failed
	default:
		return ErrStopped
	}
}

func (r *Recording) hand(b *block) {
	r.current = nil
	select {
	case r.disk.queue <- b:
	default:
		r.dropped.Add(int64(b.n))
		r.disk.blocks.Put(b)
	}
}

// lay copies a frame, and silence where it is too short.
func lay(dst []int16, frame audio.Frame) {
	clear(dst[copy(dst, frame):])
}

func (d *disk) run(ctx context.Context) error {
	defer close(d.stopped)
	for {
		select {
		case b := <-d.queue:
			b.of.take(b)
			d.blocks.Put(b)
			continue
		case <-ctx.Done():
		}
		for { // what is still queued
			select {
			case b := <-d.queue:
				b.of.take(b)
			default:
				return nil
			}
		}
	}
}

// take writes a block; the disk goroutine calls it.
func (r *Recording) take(b *block) {
	if r.failed == nil && !r.deleted.Load() {
		r.failed = r.store(b)
	}
	if !b.last {
		return
	}
	if err := r.file.Close(); err != nil && r.failed == nil {
		r.failed = fmt.Errorf("close recording: %w", err)
	}
	close(r.done)
}

func (r *Recording) store(b *block) error {
	gap := min(b.start-r.written, int64(audio.Samples(maxSilence, audio.Rate)))
	var silence [blockLength]int16
	for gap > 0 {
		n := min(gap, blockLength)
		if err := r.file.Write(silence[:n], silence[:n]); err != nil {
			return fmt.Errorf("write recording: %w", err)
		}
		gap -= n
	}
	if err := r.file.Write(b.caller[:b.n], b.agent[:b.n]); err != nil {
		return fmt.Errorf("write recording: %w", err)
	}
	r.written = b.start + int64(b.n)
	return nil
}
