// Package stream takes events from a Redis Stream as one of a consumer group, so that
// several servers share the work and what one has left undone another does.
//
// Every event is taken at least once, and counts once, as [event.Inbox] knows it by its
// source and id: an entry is acknowledged when its event is in the store, or in the dead
// letters with its reason. What a consumer that died has read and not acknowledged is
// claimed by the others (XAUTOCLAIM). While the store does not answer nothing more is read:
// the stream keeps what comes.
//
// An entry has a field "event" with a CloudEvent in its JSON format, or fields named as the
// attributes of CloudEvents 1.0, of which data is JSON.
//
// It starts no goroutine: [Source.Run] is one.
package stream

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"

	"huike/member/event"
)

// Taker takes events; [event.Inbox] is one.
type Taker interface {
	Take(ctx context.Context, bodies [][]byte) ([]event.Outcome, error)
}

// Config shapes a [Source]. Zero values work.
type Config struct {
	Stream   string        // its key; "huike:events"
	Group    string        // of the consumers; "huike"
	Consumer string        // this one's name, which no other has; a new one each time
	Idle     time.Duration // after which what another has not acknowledged is claimed; 30 s
	Block    time.Duration // how long one reading waits for entries; 1 s, under the client's time-out
	Log      *slog.Logger  // takes a line for each step down; nil: slog's default
}

// Times between attempts on a Redis or a store that fails.
const (
	firstPause = 50 * time.Millisecond
	lastPause  = 2 * time.Second
)

// Stats counts what a [Source] has done.
type Stats struct {
	Read      int64 // entries, those that were claimed included
	Claimed   int64 // from consumers that did not acknowledge them
	Accepted  int64
	Duplicate int64
	Refused   int64 // they are in the dead letters
	Failures  int64 // of Redis or the store; each was tried again
}

// Source is one consumer of a stream. Run may be called once.
type Source struct {
	rdb redis.UniversalClient
	in  Taker
	cfg Config

	read, claimed, accepted, duplicate, refused, failures atomic.Int64
}

const defaultStream = "huike:events"

// New returns a consumer that gives what it reads to in.
func New(rdb redis.UniversalClient, in Taker, cfg Config) *Source {
	cfg.Stream = cmp.Or(cfg.Stream, defaultStream)
	cfg.Group = cmp.Or(cfg.Group, "huike")
	cfg.Consumer = cmp.Or(cfg.Consumer, uuid.NewString())
	cfg.Idle = cmp.Or(cfg.Idle, 30*time.Second)
	cfg.Block = cmp.Or(cfg.Block, time.Second)
	cfg.Log = cmp.Or(cfg.Log, slog.Default())
	return &Source{rdb: rdb, in: in, cfg: cfg}
}

// Stats returns the counts so far. It is safe from any goroutine.
func (s *Source) Stats() Stats {
	return Stats{s.read.Load(), s.claimed.Load(), s.accepted.Load(), s.duplicate.Load(), s.refused.Load(), s.failures.Load()}
}

// Run reads and takes until ctx ends. It returns nil: what fails is tried again, however
// long that takes.
func (s *Source) Run(ctx context.Context) error {
	claim := time.Time{}
	down := &outage{s: s}
	for ctx.Err() == nil {
		entries, err := s.next(ctx, &claim)
		if err != nil {
			down.wait(ctx, "Redis", err)
			continue
		}
		down.over("Redis")
		if len(entries) > 0 {
			s.take(ctx, entries)
		}
	}
	s.leave(context.WithoutCancel(ctx))
	return nil
}

// next returns entries that another has left, now and then, or new ones.
func (s *Source) next(ctx context.Context, claim *time.Time) ([]redis.XMessage, error) {
	if time.Since(*claim) > s.cfg.Idle/2 {
		left, cursor, err := s.rdb.XAutoClaim(ctx, &redis.XAutoClaimArgs{
			Stream: s.cfg.Stream, Group: s.cfg.Group, Consumer: s.cfg.Consumer, MinIdle: s.cfg.Idle, Start: "0", Count: event.BatchEvents,
		}).Result()
		if err != nil {
			return nil, s.found(ctx, err)
		}
		if cursor == "0-0" {
			*claim = time.Now()
		}
		s.claimed.Add(int64(len(left)))
		if len(left) > 0 {
			return left, nil
		}
	}
	streams, err := s.rdb.XReadGroup(ctx, &redis.XReadGroupArgs{
		Group: s.cfg.Group, Consumer: s.cfg.Consumer, Streams: []string{s.cfg.Stream, ">"}, Count: event.BatchEvents, Block: s.cfg.Block,
	}).Result()
	if errors.Is(err, redis.Nil) {
		return nil, nil
	}
	if err != nil {
		return nil, s.found(ctx, err)
	}
	var all []redis.XMessage
	for _, one := range streams {
		all = append(all, one.Messages...)
	}
	return all, nil
}

// found makes the group where there is none, as at the first start, or after a Redis has
// lost it: from the stream's beginning, as nothing counts twice.
func (s *Source) found(ctx context.Context, err error) error {
	if !strings.HasPrefix(err.Error(), "NOGROUP") {
		return err
	}
	made := s.rdb.XGroupCreateMkStream(ctx, s.cfg.Stream, s.cfg.Group, "0").Err()
	if made != nil && !strings.HasPrefix(made.Error(), "BUSYGROUP") {
		return made
	}
	return nil
}

// take gives entries to the inbox until it has them, and then acknowledges them.
func (s *Source) take(ctx context.Context, entries []redis.XMessage) {
	s.read.Add(int64(len(entries)))
	bodies, ids := make([][]byte, len(entries)), make([]string, len(entries))
	for i, e := range entries {
		bodies[i], ids[i] = body(e.Values), e.ID
	}
	down := &outage{s: s}
	for ctx.Err() == nil {
		out, err := s.in.Take(ctx, bodies)
		if err != nil {
			down.wait(ctx, "the store", err)
			continue
		}
		down.over("the store")
		s.count(out)
		break
	}
	for ctx.Err() == nil {
		err := s.rdb.XAck(ctx, s.cfg.Stream, s.cfg.Group, ids...).Err()
		if err == nil {
			down.over("Redis")
			return
		}
		down.wait(ctx, "Redis", err)
	}
}

func (s *Source) count(out []event.Outcome) {
	for _, o := range out {
		switch o.Status {
		case event.Accepted:
			s.accepted.Add(1)
		case event.Duplicate:
			s.duplicate.Add(1)
		case event.Refused:
			s.refused.Add(1)
		}
	}
}

// leave takes this consumer out of the group, if it has left nothing for others to claim.
func (s *Source) leave(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	all, err := s.rdb.XInfoConsumers(ctx, s.cfg.Stream, s.cfg.Group).Result()
	if err != nil {
		return // somebody else may be told of it; it costs a name in a list
	}
	for _, one := range all {
		if one.Name == s.cfg.Consumer && one.Pending == 0 {
			_ = s.rdb.XGroupDelConsumer(ctx, s.cfg.Stream, s.cfg.Group, s.cfg.Consumer).Err() // as above
		}
	}
}

// body is the CloudEvent that an entry holds. What is none is refused by the inbox, with
// all that the entry said.
func body(values map[string]any) []byte {
	if text, whole := values["event"].(string); whole {
		return []byte(text)
	}
	attributes := make(map[string]any, len(values))
	maps.Copy(attributes, values)
	if text, is := values["data"].(string); is && json.Valid([]byte(text)) {
		attributes["data"] = json.RawMessage(text)
	}
	text, err := json.Marshal(attributes)
	if err != nil {
		return nil // there is nothing in it that cannot be marshalled
	}
	return text
}

// outage waits longer each time, and logs where it begins and ends.
type outage struct {
	s     *Source
	pause time.Duration
	what  string
}

func (o *outage) wait(ctx context.Context, what string, err error) {
	if ctx.Err() != nil {
		return
	}
	o.s.failures.Add(1)
	if o.what != what {
		o.what = what
		o.s.cfg.Log.Warn("events of the stream wait", "stream", o.s.cfg.Stream, "for", what, "error", err)
	}
	o.pause = min(max(firstPause, 2*o.pause), lastPause)
	timer := time.NewTimer(o.pause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

func (o *outage) over(what string) {
	if o.what == what {
		o.s.cfg.Log.Info("events of the stream go on", "stream", o.s.cfg.Stream, "after", what)
		o.what = ""
	}
	o.pause = 0
}

// String names the stream and its group.
func (s *Source) String() string { return fmt.Sprintf("%s as one of %s", s.cfg.Stream, s.cfg.Group) }
