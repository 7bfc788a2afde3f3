package session

import (
	"context"
	"errors"
	"time"

	"huike/audio"
	"huike/session/journal"
)

// kept is where a call is kept: its journal, written by the conversation, and
// its recording, written by the media loop. The zero kept keeps nothing.
type kept struct {
	journal   diary
	recording *journal.Recording
	discard   func() error // deletes the recording
}

// keep opens what keeps a call that begins now. A nil store keeps nothing.
func keep(store *journal.Store, call string) (kept, error) {
	if store == nil {
		return kept{}, nil
	}
	writer, err := store.Create(call, time.Now())
	if err != nil {
		return kept{}, err
	}
	recording, err := store.Record(call)
	if err != nil {
		return kept{}, errors.Join(err, writer.Close())
	}
	return kept{journal: writer, recording: recording, discard: func() error { return store.Discard(call) }}, nil
}

// diary is a journal that is being written: a [journal.Writer], or a replay's.
type diary interface {
	Write(ev journal.Event) error
	Close() error
}

func (k kept) write(ev journal.Event) error {
	if k.journal == nil {
		return nil
	}
	return k.journal.Write(ev)
}

// record takes what both sides sounded like in one PTime; nil is silence.
func (k kept) record(at time.Duration, caller, agent audio.Frame) {
	if k.recording != nil {
		k.recording.Write(at, caller, agent)
	}
}

func (k kept) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, closeWait)
	defer cancel()
	var errs []error
	if k.recording != nil {
		errs = append(errs, k.recording.Close(ctx))
	}
	if k.journal != nil {
		errs = append(errs, k.journal.Close())
	}
	return errors.Join(errs...)
}
