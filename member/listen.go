package member

import (
	"context"
	"errors"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// How the connection that brings tidings is watched.
const (
	heartbeat = time.Second            // silence after which Redis is asked whether it lives
	rejoin    = 200 * time.Millisecond // between attempts to subscribe
)

// Stats counts where members were read from since the start.
type Stats struct {
	Local, Redis, Store uint64 // reads that this process' copy, Redis or the store answered
	Stale               uint64 // that an old copy answered, as the store was slow or gone
	Failed              uint64 // that nobody answered: a call goes on without its member
	RedisFailed         uint64 // exchanges with Redis that failed or took too long

	RedisDown, StoreDown bool // as it is now
}

type counters struct{ local, redis, store, stale, failed atomic.Uint64 }

// Stats returns the counts.
func (d *Directory) Stats() Stats {
	return Stats{
		Local: d.counts.local.Load(), Redis: d.counts.redis.Load(), Store: d.counts.store.Load(),
		Stale: d.counts.stale.Load(), Failed: d.counts.failed.Load(), RedisFailed: d.remote.failed.Load(),
		RedisDown: d.remote.rdb != nil && !d.local.isTrusted(), StoreDown: d.down.Load(),
	}
}

// Run listens for changes that other processes make, until ctx ends, and then waits
// for the reads under way. While Redis is gone it tries again, and every Get asks
// the store. It returns nil.
func (d *Directory) Run(ctx context.Context) error {
	defer d.lookups.close()
	defer d.loads.close()
	defer d.local.trust(false)
	if d.remote.rdb == nil {
		<-ctx.Done()
		return nil
	}
	told := false
	for ctx.Err() == nil {
		err := d.listen(ctx)
		if d.local.isTrusted() {
			told = false
		}
		d.local.trust(false)
		if !told && ctx.Err() == nil {
			told = true
			d.cfg.Log.Warn("redis is gone: members are read from the store", "error", err)
		}
		pause(ctx, rejoin)
	}
	return nil
}

// listen subscribes and takes tidings until the connection breaks.
func (d *Directory) listen(ctx context.Context) error {
	sub := d.remote.rdb.Subscribe(ctx, changes)
	defer func() { _ = sub.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = sub.Close() })
	defer stop()
	asked := false
	for {
		msg, err := sub.ReceiveTimeout(ctx, heartbeat)
		var slow net.Error
		switch {
		case err == nil:
			asked = false
			d.heard(ctx, msg)
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.As(err, &slow) && slow.Timeout() && !asked && d.local.isTrusted():
			asked = true
			if err := sub.Ping(ctx); err != nil {
				return err
			}
		default:
			return err
		}
		d.payDebts(ctx)
	}
}

// heard takes one message of the subscription.
func (d *Directory) heard(ctx context.Context, msg any) {
	switch msg := msg.(type) {
	case *redis.Subscription:
		d.remote.resting.Store(0)
		d.payDebts(ctx) // before anybody trusts what Redis holds
		d.local.trust(true)
	case *redis.Message:
		id, version, ok := strings.Cut(msg.Payload, " ")
		if v, err := strconv.ParseInt(version, 10, 64); ok && err == nil {
			d.local.told(ID(id), v)
		}
	}
}

// payDebts tells Redis what it missed while it was gone.
func (d *Directory) payDebts(ctx context.Context) {
	if !d.remote.usable() {
		return
	}
	versions, handles := d.remote.debts()
	for _, h := range handles {
		d.remote.changed(ctx, h)
	}
	for id, version := range versions {
		d.Changed(ctx, id, version)
	}
}

// storeAnswered logs the store's going and coming back, once each.
func (d *Directory) storeAnswered(err error) {
	down := err != nil && !errors.Is(err, ErrUnknown)
	if d.down.Swap(down) == down {
		return
	}
	if down {
		d.cfg.Log.Warn("the member store does not answer: old copies stand in", "error", err)
		return
	}
	d.cfg.Log.Info("the member store answers again")
}

// pause waits, or less if ctx ends first.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
