package journal

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
)

// flushEvery is how much call time may pass before written events reach the
// file, where no event of weight pushes them there at once.
const flushEvery Milliseconds = 1000

// ErrDeleted is returned for a call that was deleted: it stays deleted.
var ErrDeleted = errors.New("call deleted")

// Writer appends events to one call's journal. Its methods are called from one
// goroutine, the conversation's. It masks what it writes.
type Writer struct {
	buffer  *bufio.Writer
	keys    keyRun
	masker  Masker
	tally   tally
	flushed Milliseconds
	failed  error // the first, kept: a full disk costs the journal, not the call
	deleted atomic.Bool
	finish  func(*tally, error) error
}

// NewWriter returns a Writer onto w, for a journal outside of a [Store], such
// as a replay's.
func NewWriter(w io.Writer) *Writer {
	return &Writer{buffer: bufio.NewWriterSize(w, 8<<10)}
}

// Write appends e, masked. After the first error every further Write returns
// that same error and writes nothing.
func (w *Writer) Write(e Event) error {
	if w.deleted.Load() {
		return ErrDeleted
	}
	for _, ready := range w.keys.push(w.masker.Mask(e)) {
		if err := w.append(ready); err != nil {
			return err
		}
	}
	return nil
}

// Close writes what is held back and closes the journal. A call without an
// ended event is listed as broken off.
func (w *Writer) Close() error {
	for _, ready := range w.keys.flush() {
		_ = w.append(ready) // kept in w.failed
	}
	err := w.flush()
	if w.finish != nil {
		err = w.finish(&w.tally, err)
	}
	return err
}

func (w *Writer) append(e Event) error {
	if w.failed != nil {
		return w.failed
	}
	line, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("write event %s: %w", e.Type, err) // costs this event alone
	}
	w.tally.add(&e)
	if _, err := w.buffer.Write(append(line, '\n')); err != nil {
		return w.fail(err)
	}
	if weighty(e.Type) || e.At-w.flushed >= flushEvery {
		w.flushed = e.At
		return w.flush()
	}
	return nil
}

func (w *Writer) flush() error {
	if w.failed != nil {
		return w.failed
	}
	if err := w.buffer.Flush(); err != nil {
		return w.fail(err)
	}
	return nil
}

func (w *Writer) fail(err error) error {
	w.failed = fmt.Errorf("write journal: %w", err)
	return w.failed
}

// weighty tells which events must not be lost with the process.
func weighty(t Type) bool {
	switch t {
	case TypeStarted, TypeMember, TypeOperation, TypeHandoff, TypeAudit, TypeEnded, TypeError:
		return true
	default:
		return false
	}
}
