// Package playout holds the agent's sound between the voice that makes it and
// the media loop that sends it, one [audio.PTime] at a time. Sound waits here
// encoded, so that sending it costs nothing, and by turn, so that a caller who
// takes the floor silences all of it by one number. It starts no goroutine and
// reads no clock: each call of Next is one PTime.
package playout

import (
	"context"
	"math"
	"sync"
	"time"

	"huike/audio"
	"huike/audio/enhance"
)

// Limit is how many items a Queue holds before Append waits: 60 s.
const Limit = 3000

// remembered is how many turns, the current one included, Heard knows about.
const remembered = 8

// An Item is one PTime of the agent's sound. Its slices may be shared by many
// calls and are read-only to all.
type Item struct {
	Payload []byte      // encoded for the wire
	PCM     audio.Frame // the same sound, for the recording; may be nil

	// Echo is what a guard must know of PCM; nil: nobody has measured it yet.
	Echo *enhance.Echo

	// Set by Next: which clause of its turn it sounds, as Append was told, and
	// whether it ends a finished turn.
	Clause int
	Last   bool
}

// A Queue is the agent's sound that waits to be sent. The zero Queue is not
// ready; see New. All methods may be called by any goroutine.
type Queue struct {
	ready chan struct{}
	limit int // items

	mu       sync.Mutex
	space    sync.Cond // Append waits for Next or Begin
	pieces   []piece   // a ring: length a power of two
	head     int       // the first piece
	waiting  int       // pieces
	n        int       // items in them
	turn     uint32
	heard    [remembered]heard
	finished bool // no more will come for this turn
	ended    bool // Next has said so
	held     bool
	told     chan<- *Queue // in the place of ready; nil: nobody
}

// piece is what one Append brought.
type piece struct {
	items  []Item // shared, as Append was given them
	clause int
}

// heard is how much of a turn was taken.
type heard struct {
	turn  uint32
	items int
}

// New returns an empty Queue at turn 0.
func New() *Queue {
	q := &Queue{ready: make(chan struct{}, 1), pieces: make([]piece, 8), limit: Limit}
	q.space.L = &q.mu
	return q
}

// NewEndless returns an empty Queue without a Limit, whose Append never waits:
// for a replay, where the goroutine that appends is the one that takes.
func NewEndless() *Queue {
	q := New()
	q.limit = math.MaxInt
	return q
}

// Begin makes turn the current one. Sound of older turns that still waits is
// dropped at once, what comes later for them is stale, and a Hold is over. A
// turn that is not newer than the current one changes nothing.
func (q *Queue) Begin(turn uint32) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if turn <= q.turn {
		return
	}
	clear(q.pieces)
	q.n, q.waiting = 0, 0
	q.turn, q.finished, q.ended, q.held = turn, false, false, false
	q.heard[turn%remembered] = heard{turn: turn}
	q.space.Broadcast()
}

// Append adds items of one clause to the end of turn. It keeps the slice, which
// nobody may change any more. While the queue is full it waits, for all of them or
// until ctx is done. It returns false if the turn is not the current one, is
// finished, or ctx is done: the items that did not fit are dropped, and the voice
// may stop.
func (q *Queue) Append(ctx context.Context, turn uint32, clause int, items ...Item) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	var stop func() bool
	for len(items) > 0 {
		for q.n >= q.limit && q.open(turn) && ctx.Err() == nil {
			if stop == nil {
				stop = context.AfterFunc(ctx, q.wake)
				defer stop()
			}
			q.space.Wait()
		}
		if !q.open(turn) || ctx.Err() != nil {
			return false
		}
		fit := min(len(items), q.limit-q.n)
		q.put(piece{items[:fit], clause})
		items = items[fit:]
	}
	return q.open(turn)
}

// wake lets waiting Appends look at their contexts.
func (q *Queue) wake() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.space.Broadcast()
}

// Finish says that no more will come for turn. A stale turn changes nothing.
func (q *Queue) Finish(turn uint32) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.turn == turn {
		q.finished = true
	}
}

// Next takes one PTime. ok is false if there is nothing to send: silence, or a
// Hold. turn is the current turn in any case. item.Last says that turn has now
// been heard to its end, once for each finished turn; if the turn was finished
// only after its last item had been taken, Last comes alone, with ok false.
func (q *Queue) Next() (item Item, turn uint32, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.held {
		return Item{}, q.turn, false
	}
	if q.n > 0 {
		item, ok = q.take(), true
		q.heard[q.turn%remembered].items++
		if q.n == q.limit-1 {
			q.space.Broadcast()
		}
	}
	item.Last = q.finished && !q.ended && q.n == 0
	q.ended = q.ended || item.Last
	return item, q.turn, ok
}

// Hold stops the sound where it stands, for a pause that may be taken back.
// It affects the current turn only.
func (q *Queue) Hold() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.held = true
}

// Resume ends a Hold: Next goes on with the very item that it would have
// returned, and nothing is lost.
func (q *Queue) Resume() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.held && q.n > 0 {
		q.signal()
	}
	q.held = false
}

// Heard returns how much of turn has been taken by Next. It remembers the
// current turn and the seven before it.
func (q *Queue) Heard(turn uint32) time.Duration {
	q.mu.Lock()
	defer q.mu.Unlock()
	if h := q.heard[turn%remembered]; h.turn == turn {
		return time.Duration(h.items) * audio.PTime
	}
	return 0
}

// Pending returns how much sound waits, held or not.
func (q *Queue) Pending() time.Duration {
	q.mu.Lock()
	defer q.mu.Unlock()
	return time.Duration(q.n) * audio.PTime
}

// Ready is signalled when sound comes to an empty queue, or is resumed, so
// that the first packet need not wait for a tick. A signal may be stale by the
// time it is read: ask Next.
func (q *Queue) Ready() <-chan struct{} { return q.ready }

// Tell has the queue itself sent to that channel instead of a signal to Ready, so that
// one goroutine waits for many queues. A channel that is full is told nothing. It is
// called before there is sound.
func (q *Queue) Tell(to chan<- *Queue) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.told = to
}

// open tells whether turn takes more sound. The caller holds mu, as for all below.
func (q *Queue) open(turn uint32) bool { return q.turn == turn && !q.finished }

func (q *Queue) put(p piece) {
	if q.waiting == len(q.pieces) {
		grown := make([]piece, 2*len(q.pieces))
		n := copy(grown, q.pieces[q.head:])
		copy(grown[n:], q.pieces[:q.head])
		q.pieces, q.head = grown, 0
	}
	q.pieces[(q.head+q.waiting)&(len(q.pieces)-1)] = p
	q.waiting++
	if q.n == 0 && !q.held {
		q.signal()
	}
	q.n += len(p.items)
}

func (q *Queue) take() Item {
	p := &q.pieces[q.head]
	item := p.items[0]
	item.Clause = p.clause
	p.items = p.items[1:]
	if len(p.items) == 0 {
		*p = piece{}
		q.head = (q.head + 1) & (len(q.pieces) - 1)
		q.waiting--
	}
	q.n--
	return item
}

func (q *Queue) signal() {
	if q.told != nil {
		select {
		case q.told <- q:
		default:
		}
		return
	}
	select {
	case q.ready <- struct{}{}:
	default:
	}
}
