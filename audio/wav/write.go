package wav

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"huike/audio"
)

// ErrFull is returned when a recording has reached the 4 GiB of a WAV file:
// 18 hours of two channels.
var ErrFull = errors.New("recording is full")

const (
	headerSize = 44
	// flushSize is how much waits in memory: 256 ms of two channels.
	flushSize = 16 << 10
	// tellEvery is how many flushes pass from one update of the header to the
	// next: about a second of two channels, so that no more than that is lost
	// to a reader if the process dies.
	tellEvery = 4
)

// A Writer writes a recording of 16-bit samples at [audio.Rate] as it goes. It
// holds a quarter of a second in memory, however long the recording is, and
// the file is a proper one at any moment. It is for one goroutine.
type Writer struct {
	file interface {
		io.Writer
		io.WriterAt
	}
	closer   io.Closer
	channels int
	pending  []byte
	written  int64 // bytes of samples in the file
	flushes  int
	header   [headerSize]byte
}

// Create makes or empties the named file and returns a Writer to it. Close
// closes the file.
func Create(name string, channels int) (*Writer, error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600) //nolint:gosec // the name is the caller's to choose
	if err != nil {
		return nil, err
	}
	w := &Writer{
		file:     f,
		closer:   f,
		channels: channels,
		pending:  make([]byte, 0, flushSize),
	}
	if _, err := f.Write(w.describe()); err != nil {
		return nil, errors.Join(fmt.Errorf("write header: %w", err), f.Close())
	}
	return w, nil
}

// NewSamples returns a Writer that writes the samples alone: what stands before them is
// [Header]. Close closes out.
func NewSamples(out io.WriteCloser, channels int) *Writer {
	return &Writer{file: samples{out}, closer: out, channels: channels, pending: make([]byte, 0, flushSize)}
}

// samples is where no header is kept.
type samples struct{ io.Writer }

func (samples) WriteAt(p []byte, _ int64) (int, error) { return len(p), nil }

// Header returns what stands before so many bytes of samples in a file.
func Header(channels int, size int64) []byte {
	w := Writer{channels: channels, written: min(size, math.MaxUint32-headerSize)}
	return w.describe()
}

// describe fills the header for what is in the file.
func (w *Writer) describe() []byte {
	h, frame := w.header[:], 2*w.channels
	copy(h, "RIFF....WAVEfmt ")
	binary.LittleEndian.PutUint32(h[4:], uint32(headerSize-8+w.written))
	binary.LittleEndian.PutUint32(h[16:], 16)
	binary.LittleEndian.PutUint16(h[20:], tagPCM)
	binary.LittleEndian.PutUint16(h[22:], uint16(w.channels))
	binary.LittleEndian.PutUint32(h[24:], audio.Rate)
	binary.LittleEndian.PutUint32(h[28:], uint32(audio.Rate*frame))
	binary.LittleEndian.PutUint16(h[32:], uint16(frame))
	binary.LittleEndian.PutUint16(h[34:], 16)
	copy(h[36:], "data")
	binary.LittleEndian.PutUint32(h[40:], uint32(w.written))
	return h
}

// Write adds one piece of each channel, all of one length. It keeps none of
// the slices and allocates nothing.
func (w *Writer) Write(channels ...[]int16) error {
	if len(channels) != w.channels {
		return fmt.Errorf("write %d channels to a recording of %d", len(channels), w.channels)
	}
	n := len(channels[0])
	for _, channel := range channels {
		if len(channel) != n {
			return fmt.Errorf("write channels of %d and %d samples", n, len(channel))
		}
	}
	for from := 0; from < n; {
		room := (flushSize - len(w.pending)) / (2 * w.channels)
		if room == 0 {
			if err := w.flush(); err != nil {
				return err
			}
			continue
		}
		to := min(n, from+room)
		w.weave(channels, from, to)
		from = to
	}
	return nil
}

// weave appends the samples from one to the other of all channels to those that are
// pending, which have room for them.
func (w *Writer) weave(channels [][]int16, from, to int) {
	begin, frame := len(w.pending), 2*w.channels
	w.pending = w.pending[:begin+(to-from)*frame]
	if len(channels) == 2 { // a call's: both samples in one store
		out, right := w.pending[begin:], channels[1][from:to]
		for i, left := range channels[0][from:to] {
			binary.LittleEndian.PutUint32(out[4*i:], uint32(uint16(left))|uint32(uint16(right[i]))<<16)
		}
		return
	}
	for c, channel := range channels {
		out := w.pending[begin+2*c:]
		for i, v := range channel[from:to] {
			binary.LittleEndian.PutUint16(out[i*frame:], uint16(v))
		}
	}
}

func (w *Writer) flush() error {
	if w.written+int64(len(w.pending)) > math.MaxUint32-headerSize {
		return ErrFull
	}
	n, err := w.file.Write(w.pending)
	w.written += int64(n)
	if err != nil {
		return fmt.Errorf("write samples: %w", err)
	}
	w.pending = w.pending[:0]
	w.flushes++
	if w.flushes%tellEvery == 1 {
		return w.tell()
	}
	return nil
}

// tell brings the header up to date.
func (w *Writer) tell() error {
	if _, err := w.file.WriteAt(w.describe(), 0); err != nil {
		return fmt.Errorf("write header: %w", err)
	}
	return nil
}

// Close writes what is pending, and the header for good, and closes the file.
func (w *Writer) Close() error {
	return errors.Join(w.flush(), w.tell(), w.closer.Close())
}
