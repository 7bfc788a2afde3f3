// Package audit keeps the trail of who read or wrote what of a member, as what and
// what for. It is not a log: a row is never dropped, and a read whose row cannot be
// kept is refused.
//
// Goroutines: [Log.Run], one, takes rows from the queue and writes them in batches.
package audit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// Actions of a [Row].
const (
	Find   = "find"   // by handle
	Get    = "get"    // by id
	Update = "update" // the profile
	Record = "record" // an interaction
	Show   = "show"   // to a language model
	Shop   = "shop"   // an operation on orders, points, tickets and the like
)

// Outcomes of a [Row].
const (
	OK      = "ok"
	Unknown = "unknown" // no such member
	Denied  = "denied"
	Stale   = "stale"  // answered from an old copy
	Failed  = "failed" // the store did not answer
)

// Row is one read or write. It holds no personal data: the member is named by id.
type Row struct {
	At      time.Time
	Member  string // empty where none was found
	Reader  string
	Role    string
	Purpose string
	Call    string
	Action  string // one of the actions
	Fields  string // which groups of fields were returned, or the shop's operation
	Outcome string // one of the outcomes
}

// Sink is where rows are kept for good.
type Sink interface {
	// AppendAudit writes all rows or none. It may keep neither the slice nor
	// change it.
	AppendAudit(ctx context.Context, rows []Row) error
}

// Why a row is not taken.
var (
	ErrFull   = errors.New("audit queue is full") // the sink has failed for long
	ErrClosed = errors.New("audit log has stopped")
)

// Limits of a [Log].
const (
	queueRows = 1 << 16 // rows; at 100 reads/s, 11 minutes without a store
	batchRows = 512
	retryWait = 250 * time.Millisecond // between attempts on a failing sink
	lastWords = 5 * time.Second        // for what is queued when the server stops
)

// Log is the way to the audit trail. Append is safe from any goroutine.
type Log struct {
	sink Sink
	log  *slog.Logger

	mu    sync.Mutex
	queue []Row
	room  []Row         // where queue starts over when it is empty
	ended bool          // Run has returned
	wake  chan struct{} // capacity 1: a row is waiting
}

// New returns a log that writes to the sink once Run runs. A nil logger is
// slog's default.
func New(sink Sink, log *slog.Logger) *Log {
	if log == nil {
		log = slog.Default()
	}
	room := make([]Row, 0, batchRows)
	return &Log{sink: sink, log: log, wake: make(chan struct{}, 1), queue: room, room: room}
}

// Append queues a row. It never blocks; an error means that the row was not taken,
// and that what it stands for must not happen.
func (l *Log) Append(row Row) error {
	if err := l.push(row); err != nil {
		return err
	}
	select {
	case l.wake <- struct{}{}:
	default:
	}
	return nil
}

func (l *Log) push(row Row) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.ended:
		return ErrClosed
	case len(l.queue) >= queueRows:
		return ErrFull
	}
	l.queue = append(l.queue, row)
	return nil
}

// Run writes rows until ctx ends, then writes what is still queued, for at most
// five seconds. It returns an error only if rows are left over, with their count.
// After that no row is taken: stop the calls first, then Run, then the store.
func (l *Log) Run(ctx context.Context) error {
	batch := make([]Row, 0, batchRows)
	failing := false
	for ctx.Err() == nil {
		batch = l.take(batch)
		if len(batch) == 0 {
			select {
			case <-l.wake:
			case <-ctx.Done():
			}
			continue
		}
		err := l.write(ctx, batch)
		if err == nil {
			batch, failing = batch[:0], false
			continue
		}
		if !failing && ctx.Err() == nil {
			l.log.Warn("audit rows wait for the store", "rows", len(batch), "error", err)
			failing = true
		}
		wait(ctx, retryWait)
	}
	return l.drain(context.WithoutCancel(ctx), batch)
}

// write gives the batch to the sink. A stop does not break it off half way, or
// nobody could tell whether the rows are kept.
func (l *Log) write(ctx context.Context, batch []Row) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer cancel()
	return l.sink.AppendAudit(ctx, batch)
}

// drain writes what is left after the last reader has gone.
func (l *Log) drain(ctx context.Context, batch []Row) error {
	ctx, cancel := context.WithTimeout(ctx, lastWords)
	defer cancel()
	var err error
	for {
		if batch = l.take(batch); len(batch) == 0 && l.end() {
			return nil
		}
		if err = l.sink.AppendAudit(ctx, batch); err == nil {
			batch = batch[:0]
			continue
		}
		wait(ctx, retryWait)
		if ctx.Err() != nil {
			l.mu.Lock()
			left := len(batch) + len(l.queue)
			l.ended = true
			l.mu.Unlock()
			return fmt.Errorf("%d audit rows are lost: %w", left, err)
		}
	}
}

// take moves rows from the queue behind those that batch still holds.
func (l *Log) take(batch []Row) []Row {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := min(len(l.queue), batchRows-len(batch))
	batch = append(batch, l.queue[:n]...)
	l.queue = l.queue[n:]
	if len(l.queue) == 0 {
		l.queue = l.room[:0]
	}
	return batch
}

// end refuses further rows, unless some have come since the last take.
func (l *Log) end() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = len(l.queue) == 0
	return l.ended
}

// Waiting returns how many rows are queued.
func (l *Log) Waiting() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.queue)
}

func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
