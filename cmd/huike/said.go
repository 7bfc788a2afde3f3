package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"huike/member"
	"huike/session/journal"
)

// saidIdle is how long what was read of kept calls is held after somebody asked for it.
const saidIdle = 10 * time.Minute

// saidCache holds what callers said unanswered, masked, call by call, so that a look at it
// reads no journal twice. A call that has ended is not written any more; one that is
// deleted is dropped at the next look, and everything when a person is erased, or nobody
// has looked for a while.
type saidCache struct {
	mu    sync.Mutex
	calls map[string]saidOf
	idle  *time.Timer
	reads int // journals read so far
}

// saidOf is one call's part, and which state of the call it was read from.
type saidOf struct {
	stamp  string
	said   []turnSaid
	unread bool // the call cannot be read: sealed otherwise, or damaged
}

// turns returns what was said unanswered in the kept calls, the oldest call first, and in
// how many of them it cannot be read. Of each of those the log has one line.
func (c *saidCache) turns(calls *journal.Store, log *slog.Logger) (all []turnSaid, unread int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := map[string]saidOf{}
	for _, sum := range slices.Backward(calls.List(0)) {
		stamp := fmt.Sprint(sum.Began.UnixNano(), sum.Duration, sum.Figures.Turns, sum.BrokenOff)
		one, known := c.calls[sum.Call]
		if !known || sum.Live || one.stamp != stamp {
			said, err := saidIn(calls, sum.Call)
			if errors.Is(err, journal.ErrNotFound) { // deleted meanwhile
				continue
			}
			if err != nil {
				log.Warn("what was not answered in a kept call cannot be read", "call", sum.Call, "err", err)
			}
			c.reads++
			one = saidOf{stamp, said, err != nil}
		}
		if one.unread {
			unread++
		}
		if !sum.Live {
			now[sum.Call] = one
		}
		all = append(all, one.said...)
	}
	c.calls = now
	if c.idle != nil {
		c.idle.Stop()
	}
	c.idle = time.AfterFunc(saidIdle, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.calls = nil
	})
	return all, unread
}

// Forget is [privacy.Forgetter]: whoever said it, all of it is read again when it is asked
// for.
func (c *saidCache) Forget(context.Context, member.ID, []member.Handle) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls = nil
	return nil
}

// saidIn reads what was said unanswered in one kept call.
func saidIn(calls *journal.Store, id string) ([]turnSaid, error) {
	call, err := calls.Open(id)
	if err != nil {
		return nil, fmt.Errorf("call %s: %w", id, err)
	}
	return unansweredOf(call.Events), nil
}
