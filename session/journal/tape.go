package journal

import (
	"errors"
	"fmt"
	"io"
)

// ErrOffTape is returned when a replay asks for words of sound that the
// recogniser was not given when the journal was written.
var ErrOffTape = errors.New("not on the tape")

// Tape plays back what the recogniser gave in a recorded call, in the same
// order, so that a replay needs no recogniser. One goroutine uses it.
type Tape struct {
	heard []Recognised
	next  int
	took  map[uint32]Milliseconds
}

// NewTape returns the tape of a journal.
func NewTape(events []Event) *Tape {
	t := &Tape{took: map[uint32]Milliseconds{}}
	began := map[uint32]Milliseconds{}
	for i := range events {
		if op := events[i].Operation; op != nil && op.Done {
			t.took[op.ID] = events[i].At - began[op.ID]
		} else if op != nil {
			began[op.ID] = events[i].At
		}
		if events[i].Type == TypeRecognised && events[i].Recognised != nil {
			t.heard = append(t.heard, *events[i].Recognised)
		}
	}
	return t
}

// Next returns the next output of the sound between the two call times, and a draft where
// a draft is asked for: a draft that was given up is not on the tape, though what came
// after it may be of the same sound. Outputs before it that were not asked for are passed
// over: where something takes another time in the replay than it did in the call, such as
// the shop, one recognition more or less must not cost the rest of the call its words. It
// returns io.EOF after the last one and [ErrOffTape], without moving on, when none that is
// left is of that stretch of sound.
func (t *Tape) Next(from, to Milliseconds, partial bool) (Recognised, error) {
	if t.next == len(t.heard) {
		return Recognised{}, io.EOF
	}
	for i, r := range t.heard[t.next:] {
		if r.From == from && r.To == to && r.Partial == partial {
			t.next += i + 1
			return r, nil
		}
	}
	r := t.heard[t.next]
	return Recognised{}, fmt.Errorf("%w: asked for %d-%d ms, recorded is %d-%d ms", ErrOffTape, from, to, r.From, r.To)
}

// Took returns how long an operation of the recorded call took; 0 for one that is not in
// it.
func (t *Tape) Took(operation uint32) Milliseconds { return t.took[operation] }

// Left returns how many outputs were not asked for yet.
func (t *Tape) Left() int { return len(t.heard) - t.next }

// ModelTape plays back what a language model answered in a recorded call, so that a
// replay needs no model. One goroutine uses it.
type ModelTape struct {
	events []Event
	leads  bool
}

// NewModelTape returns the tape of a journal, or nil where no model was asked.
func NewModelTape(events []Event) *ModelTape {
	t := &ModelTape{}
	for i := range events {
		if events[i].Type == TypeModel {
			t.events = append(t.events, events[i])
			t.leads = t.leads || events[i].Model != nil && events[i].Model.Leads
		}
	}
	if len(t.events) == 0 {
		return nil
	}
	return t
}

// Leads says whether the model led the conversation.
func (t *ModelTape) Leads() bool { return t.leads }

// Next returns what came next of the help with the caller's turn. It returns
// [ErrOffTape], without moving on, where the tape has nothing of that turn.
func (t *ModelTape) Next(turn uint32) (Event, error) {
	if len(t.events) == 0 || t.events[0].Turn != turn {
		return Event{}, fmt.Errorf("%w: the model's help with turn %d", ErrOffTape, turn)
	}
	ev := t.events[0]
	t.events = t.events[1:]
	return ev, nil
}
